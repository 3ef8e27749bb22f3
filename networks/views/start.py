"""Beginning a network with its local networks in one step."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from impact.core.access.permissions import require
from networks import services
from networks.planning_forms import ONE_EACH, LocalNetworkFormSet, NetworkStartForm
from sites.forms import show_error


@require_http_methods(["GET", "POST"])
def network_start(request: HttpRequest) -> HttpResponse:
    """Begin a network: what it is about, its local networks nation by nation, and who coordinates each."""
    require(request.user, "networks.add_group")
    form = NetworkStartForm(request.POST or None, user=request.user)
    rows = LocalNetworkFormSet(request.POST or None, prefix="local", initial=ONE_EACH)
    problem = None
    if request.method == "POST" and request.POST.get("do") == "more":
        data = request.POST.copy()
        data["local-TOTAL_FORMS"] = str(min(20, len(rows.forms) + 1))
        rows = LocalNetworkFormSet(data, prefix="local", initial=ONE_EACH)
    elif request.method == "POST" and form.is_valid() and rows.is_valid():
        local_networks = [row.given for row in rows if row.cleaned_data.get("nation")]
        try:
            network = services.start_network(by=request.user, local_networks=local_networks, **form.cleaned_data)
        except ValidationError as error:
            if hasattr(error, "error_dict"):
                show_error(form, error)
            else:
                problem = error
        else:
            messages.success(request, f"{network.name} has begun. Add members to each local network next.")
            return redirect("networks:detail", network.slug)
    context = {
        "form": form,
        "rows": rows,
        "problem": problem,
        "crumbs": [("Networks", reverse("networks:list"))],
    }
    return render(request, "networks/network_start.html", context)
