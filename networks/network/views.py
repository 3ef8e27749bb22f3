"""Networks: all of them, and one with its nations side by side."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.web.forms import errors_on, form_page, show_error
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.actions.models import SOONEST, Action
from networks.groups.changes.history import timeline
from networks.groups.filters import GroupFilter
from networks.groups.models import Group, Membership, Network, NetworkExplanation
from networks.groups.pages import NETWORK_LINKS
from networks.groups.services import explain_nations
from networks.meetings.models import Meeting
from networks.members.guard import counted_members, guard_for, nations_caution, slots_of, without_links
from networks.network import matrix, services
from networks.network.forms import ONE_EACH, LocalNetworkFormSet, NationsForm, NetworkStartForm
from networks.network.matrix_views import matrix_context

NETWORKS_SHOWN = 12
ACTIONS_SHOWN = 8


@require_GET
def network_list(request: HttpRequest) -> HttpResponseBase:
    """Networks and every other group that the reader may see: filter, sort, page, export."""
    user = request.user
    listing = list_rows(
        request,
        Group.objects.visible_to(user).select_related("site").with_facts(),
        GroupFilter,
        sorts={
            "name": ("Name", "name"),
            "kind": ("Kind", "kind"),
            "nation": ("Nation", "nation"),
            "members": ("Members", "member_count"),
            "next": ("Next meeting", "next_meeting_at"),
        },
        default="name",
    )
    if wants_file(request):
        columns = {
            "Name": lambda g: g.name,
            "Kind": lambda g: g.get_kind_display(),
            "Network": lambda g: g.site.name if g.site else "",
            "Nation": lambda g: g.get_nation_display(),
            "Place": lambda g: g.place,
            "Members": lambda g: g.member_count,
            "Next meeting": lambda g: timezone.localtime(g.next_meeting_at).date() if g.next_meeting_at else "",
        }
        return list_file(request, "groups", columns, listing.rows)
    networks = Network.objects.visible_to(user).search(request.GET.get("q", "").replace("\0", "")).order_by("name")
    shown = list(networks[:NETWORKS_SHOWN])
    local = Group.objects.local_networks().filter(site__in=shown).order_by().values("site")
    how_many = dict(local.values_list("site").annotate(n=Count("pk")))
    over = Meeting.objects.to_log(clock.now()).filter(group__in=local.values("pk")).order_by()
    waiting = dict(over.values_list("group__site").annotate(n=Count("pk")))
    for network in shown:
        network.local_networks, network.waiting = how_many.get(network.pk, 0), waiting.get(network.pk, 0)
    context = {
        "listing": listing,
        "networks": shown,
        "network_count": networks.count(),
        "may_add": has_perm(user, "networks.add_group"),
        "sees_networks": Network.objects.visible_to(user).exists(),
    }
    return render(request, "networks/network/network_list.html", context)


def _tile(group: Group, user: Any, *, is_open: bool) -> dict[str, Any]:
    """What the network page says about one local network. Names only where the reader may see who is in it."""
    today, now = clock.today(), clock.now()
    meetings = [m for m in group.meetings.all() if m.status != Meeting.Status.CANCELLED]
    held = [m for m in meetings if m.is_held]
    upcoming = [m for m in meetings if m.status == Meeting.Status.PLANNED and m.ends_at >= now]
    running = [m for m in group.memberships.all() if m.role == Membership.Role.COORDINATOR and m.is_current(today)]
    slots = slots_of(group)
    return {
        "group": group,
        "is_open": is_open,
        "coordinators": [m.person.name for m in running] if is_open else [],
        "has_coordinator": bool(running),
        "members": len(counted_members(group, today)),
        "next": upcoming[0] if upcoming else None,
        "last": held[-1] if held else None,
        "slots": slots if is_open else without_links(slots),
        "cautions": guard_for(user, group, today) if is_open else [],
    }


@require_GET
def network_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One network: nations side by side, what they said by theme, what is missing, what is being done."""
    user = request.user
    network = get_object_or_404(Network.objects.visible_to(user).select_related("topic"), slug=slug)
    groups = list(network.groups.local_networks().with_guard_data().order_by("nation", "name"))
    open_ids = set(Group.objects.visible_to(user).filter(site=network).values_list("pk", flat=True))
    returns = matrix.returns_of(network)
    found = matrix.theme_matrix(network, returns=returns)
    actions = (
        Action.objects.visible_to(user).named(user).counted().filter(group__site=network, status=Action.Status.OPEN)
    )
    chart = [
        {
            "label": row.theme,
            "enablers": row.enablers,
            "barriers": row.barriers,
            "href": reverse("networks:theme-detail", args=[network.slug, row.slug]),
        }
        for row in found.rows
        if row.enablers or row.barriers
    ]
    context = {
        "network": network,
        "open_ids": open_ids,
        "tiles": [_tile(group, user, is_open=group.pk in open_ids) for group in groups],
        "matrix": found,
        **matrix_context(network, found, returns),
        "chart": chart,
        "actions": actions.select_related("group").order_by(SOONEST, "pk")[:ACTIONS_SHOWN],
        "action_count": actions.count(),
        "overdue_count": actions.overdue().count(),
        "sees_actions": bool(open_ids),
        "may_add": has_perm(user, "networks.add_group"),
        "links": [link for more in NETWORK_LINKS for link in more(user, network)],
        "nations_caution": nations_caution(network, groups),
        "history": timeline(
            [g for g in groups if g.pk in open_ids],
            [m for g in groups if g.pk in open_ids for m in g.meetings.all()],
            limit=8,
        ),
    }
    return render(request, "networks/network/network_detail.html", context)


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
            messages.success(request, f"{network.name} has been set up. Add members to each local network next.")
            return redirect("networks:detail", network.slug)
    context = {
        "form": form,
        "rows": rows,
        "problem": problem,
        "crumbs": [("Networks", reverse("networks:list"))],
    }
    return render(request, "networks/network/network_start.html", context)


@require_http_methods(["GET", "POST"])
def network_explain(request: HttpRequest, slug: str) -> HttpResponse:
    """Say why a network is not in all four nations."""
    network = get_object_or_404(Network.objects.visible_to(request.user), slug=slug)
    require(request.user, "networks.add_group")
    known = NetworkExplanation.objects.filter(network_id=network.pk).first()
    form = NationsForm(request.POST or None, initial={"reason": known.reason if known else ""})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            row = explain_nations(by=request.user, network=network, **form.cleaned_data)
            messages.success(
                request, "Your explanation is shown with the network." if row else "The explanation has been removed."
            )
            return redirect("networks:detail", network.slug)
    return form_page(
        request,
        form,
        title="Explain missing nations",
        button="Save explanation",
        crumbs=[("Networks", reverse("networks:list")), (network.name, network.get_absolute_url())],
        lead="A warning does not stop you. A reason helps others to understand.",
    )
