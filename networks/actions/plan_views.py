"""Action plans of a group and of a whole network, and adding an action to one."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import has_perm, require
from impact.core.web.forms import errors_on, form_page
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.actions import services
from networks.actions.filters import ActionFilter
from networks.actions.forms import ActionForm
from networks.actions.models import Action
from networks.actions.owners import owners_of
from networks.actions.plan import GROUPINGS, count_plan, in_parts, plan_rows, source_contribution, theme_of
from networks.actions.views import action_columns
from networks.documents.views import documents_of, plan_url
from networks.groups.models import Group, Network
from networks.groups.pages import find_group, group_crumbs
from networks.log.models import Contribution

PLAN_PAGE = 100
SORTS = {"due": ("Due", "due_on"), "owner": ("Owner", "owner"), "status": ("Status", "status")}


@require_GET
def group_plan(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The action plan of one group."""
    return _plan(request, find_group(request, slug), groupings=["state", "theme"])


@require_GET
def network_plan(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The action plan of a whole network: of its local networks, as far as the reader may see them."""
    network = get_object_or_404(Network.objects.visible_to(request.user), slug=slug)
    if not Group.objects.visible_to(request.user).filter(site=network).exists():
        require(request.user, "networks.view_all")
    return _plan(request, network, groupings=["group", "state", "theme"])


def _plan(request: HttpRequest, about: Group | Network, *, groupings: list[str]) -> HttpResponseBase:
    user = request.user
    rows = (plan_rows(about) & Action.objects.visible_to(user)).named(user)
    listing = list_rows(request, rows, ActionFilter, sorts=SORTS, default="due", page_size=PLAN_PAGE)
    if isinstance(about, Group):
        listing.form.fields.pop("group", None)
    if wants_file(request):
        return list_file(request, f"action-plan-{about.slug}", action_columns(), listing.rows)
    by = request.GET.get("by", "")
    by = by if by in groupings else groupings[0]
    for action in listing.page:
        action.theme_name, action.said = theme_of(action), source_contribution(action)
    unseen = 0
    if isinstance(about, Network) and not has_perm(user, "networks.view_all"):
        every = Group.objects.local_networks().filter(site=about)
        unseen = every.count() - every.filter(pk__in=Group.objects.visible_to(user)).count()
    context: dict[str, Any] = {
        "about": about,
        "is_network": isinstance(about, Network),
        "listing": listing,
        "parts": in_parts(listing.page, by),
        "by": by,
        "tabs": [{"label": GROUPINGS[key], "href": _by(request, key), "current": key == by} for key in groupings],
        "counts": count_plan(rows),
        "unseen": unseen,
        "may_add": isinstance(about, Group) and has_perm(user, "networks.edit_action", about),
        "plan_url": plan_url(about),
        **documents_of(about, user),
    }
    return render(request, "networks/actions/plan.html", context)


def _by(request: HttpRequest, key: str) -> str:
    """The same page, grouped another way."""
    query = request.GET.copy()
    query.pop("page", None)
    query["by"] = key
    return f"?{query.urlencode()}"


def _source(request: HttpRequest, group: Group) -> Contribution | None:
    """What was said that the address names, if it was said in this group and the reader may see it."""
    try:
        pk = uuid.UUID(request.GET.get("from", ""))
    except ValueError:
        return None
    rows = Contribution.objects.visible_to(request.user).filter(meeting__group=group)
    return rows.select_related("meeting", "theme").filter(pk=pk).first()


@require_http_methods(["GET", "POST"])
def action_add(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Write down an action outside the log: from something that was said, or in general."""
    group = find_group(request, slug)
    require(request.user, "networks.edit_action", group)
    said = _source(request, group)
    form = ActionForm(request.POST or None, instance=Action(group=group), initial={"contribution": said})
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in ActionForm.Meta.fields}
        source = data["contribution"]
        with errors_on(form):
            action = services.add_action(by=request.user, group=group, meeting=source and source.meeting, **data)
            messages.success(request, "The action has been added to the plan.")
            if request.POST.get("another"):
                return redirect("networks:action-add", group.slug)
            return redirect(action)
    return form_page(
        request,
        form,
        title="Add an action",
        button="Add action",
        crumbs=[*group_crumbs(group), ("Action plan", reverse("networks:group-plan", args=[group.slug]))],
        lead=f"Source: “{said.words[:200]}”" if said else "What will be done, by whom, and by when.",
        second_button=("another", "Add and start another"),
        owners=owners_of(group),
    )
