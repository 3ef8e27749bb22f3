"""Pages about one group: its life, its members, its guard rails."""

import copy
from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import audit
from impact.core.access.acting.models import ActingFor, Sort
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.suppression import people_by
from impact.core.basics.versions import Conflict
from impact.core.basics.vocabulary import Perspective
from impact.core.people.consents import consent_lines
from impact.core.people.models import Invitation, Person
from impact.core.web.forms import errors_on, form_page, show_conflict, show_error
from networks.actions.models import SOONEST, Action
from networks.documents.materials.papers import balance_of_group
from networks.groups import services
from networks.groups.changes.history import timeline
from networks.groups.forms import ExplainForm, GroupEditForm, GroupForm
from networks.groups.models import Group, GroupExplanation, GroupKind, Membership
from networks.groups.pages import LINKS, find_group, group_crumbs
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings.pages import bookings_attention
from networks.members.guard import counted_members, guard_for, slots_of
from networks.members.todo import group_todo
from networks.members.views import consents_of, coordination
from networks.network.learning.views import learning_of
from sites.topics.proposals.models import Proposal


def _perspectives(members: list[Membership]) -> dict[str, Any]:
    """How many bring each perspective, for readers who do not see who is in the group.

    The size of the group stands beside it, from which a withheld number could be worked out: so all or none is shown.
    """
    counts = Counter(m.perspective for m in members)
    found = people_by(counts, dict(Perspective.choices) | {"": "Not recorded"})
    return {**found, "rows": [] if found["is_withheld"] else found["rows"]}


def _recorders(members: list[Membership]) -> dict[int | None, str]:
    """The names of those who recorded members or what they need, by account."""
    users: set[Any] = {m.recorded_by_id for m in members} | {m.person.needs_recorded_by_id for m in members}
    return dict(Person.objects.filter(user_id__in=users - {None}).values_list("user_id", "name"))


def _accounts_to_come(memberships: list[Membership]) -> dict[int, tuple[int, str]]:
    """Of each coordinator who cannot sign in yet, by person: the person's id, and since when they are invited."""
    lookup = {m.person_id for m in memberships if m.role == Membership.Role.COORDINATOR and m.person.user_id is None}
    if not lookup:
        return {}
    rows = Invitation.objects.filter(person__in=lookup, accepted_at__isnull=True, withdrawn_at__isnull=True)
    invited = {
        row.person_id: f"invited on {day(row.created_at)}, no account yet" for row in rows.order_by("created_at")
    }
    return {pk: (pk, invited.get(pk, "no account yet, and not invited")) for pk in lookup}


def _covers(group: Group, coordinators: list[Membership]) -> list[ActingFor]:
    """Who coordinates it today for a coordinator who is away."""
    rows = ActingFor.objects.in_force().filter(person__in=[membership.person_id for membership in coordinators])
    rows = rows.filter(duties__sort=Sort.COORDINATE, duties__object_id=group.pk)
    return list(rows.select_related("helper"))


def _proposals(user: Any, group: Group) -> dict[str, Any]:
    """What an assembly proposed as topics, and whether the reader may record more. Other groups propose none."""
    if group.kind != GroupKind.ASSEMBLY:
        return {}
    rows = Proposal.objects.visible_to(user).filter(group=group).with_rows().order_by("-year", "-proposed_on", "pk")
    return {"proposals": list(rows), "may_propose": has_perm(user, "sites.propose_topic", group)}


@require_GET
def group_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One group: where it stands, what to do next, its meetings, members, actions and history."""
    user = request.user
    rows = Group.objects.visible_to(user).with_guard_data(user)
    group = get_object_or_404(rows, slug=slug)
    today = clock.today()
    belonging = [m for m in group.memberships.all() if m.is_current(today)]
    sees_people = has_perm(user, "networks.view_people", group)
    is_inside = bool(group.roles_of(user))
    meetings = sorted(group.meetings.all(), key=lambda m: m.starts_at, reverse=True)
    actions = (
        Action.objects.visible_to(user)
        .named(user)
        .counted()
        .filter(group=group)
        .select_related("contribution")
        .order_by("status", SOONEST, "pk")
    )
    may_edit = has_perm(user, "networks.edit_group", group)
    counted = counted_members(group, today)
    evidence = balance_of_group(group, user)
    members = [m for m in belonging if m.role != Membership.Role.COORDINATOR] if sees_people else []
    if members:
        audit.record_reading(user, "needs", group)
    coordinators = [m for m in belonging if m.role == Membership.Role.COORDINATOR]
    sees_coordinators = sees_people or is_inside or has_perm(user, "networks.view_all")
    to_come = _accounts_to_come(belonging) if has_perm(user, "networks.appoint_coordinator", group) else {}
    consents = consents_of(members, group)
    recorders = _recorders(members)
    for membership in members:
        membership.recorded_by_name = recorders.get(membership.recorded_by_id, "")
        membership.needs_by_name = recorders.get(membership.person.needs_recorded_by_id, "")
        is_own_account = membership.person.user_id in (None, user.pk)
        verb = "Change" if membership.person.needs else "Add needs"
        membership.needs_verb = verb if is_own_account else "Suggest"
        membership.consents = consent_lines(consents[membership.person_id])
    context = {
        "group": group,
        "links": [link for find in LINKS for link in find(user, group)],
        "evidence": evidence,
        "evidence_count": sum(row["value"] for row in evidence),
        "cautions": guard_for(user, group, today),
        "slots": slots_of(group),
        "todo": group_todo(group, user) + bookings_attention(user, group),
        "meetings": meetings,
        "next_meeting": next(
            (m for m in reversed(meetings) if m.status == Meeting.Status.PLANNED and not m.is_over), None
        ),
        "held": sum(m.is_held for m in meetings),
        "members": members,
        "invited": list(group.join_invitations.unanswered().order_by("name", "pk")) if may_edit else [],
        "to_ask": sum(any(state.needs_asking for state in consents[m.person_id]) for m in members),
        "first_names": sorted(m.person.name.split()[0] for m in counted) if is_inside and not sees_people else [],
        "former": [m for m in group.memberships.all() if m.has_ended(today)] if sees_people else [],
        "coordinators": coordinators,
        "coordinator_names": [(m.person.name, to_come.get(m.person_id)) for m in coordinators]
        if sees_coordinators
        else [("Appointed", None) for _ in coordinators],
        "covers": _covers(group, coordinators) if sees_coordinators and coordinators else [],
        "sees_coordinators": sees_coordinators,
        "count": len(counted),
        "perspectives": _perspectives(counted),
        "actions": list(actions[:12]),
        **_proposals(user, group),
        "action_count": actions.count(),
        "sees_people": sees_people,
        "is_aim_met": group.size_min <= len(counted) <= group.size_max,
        "can": {
            "edit": may_edit,
            "needs": has_perm(user, "networks.edit_needs", group),
            "plan": has_perm(user, "networks.plan_meeting", group),
            "share_learning": has_perm(user, "networks.share_learning", group),
            "appoint": has_perm(user, "networks.appoint_coordinator", group),
            "network": group.site_id and (has_perm(user, "networks.view_aggregates", group)),
        },
        "learning": learning_of(group),
        "history": timeline([group], meetings),
        **coordination(group, user, sees_notes=may_edit),
    }
    return render(request, "networks/groups/group_detail.html", context)


@require_http_methods(["GET", "POST"])
def group_add(request: HttpRequest) -> HttpResponse:
    """Start a group."""
    require(request.user, "networks.add_group")
    initial = {key: request.GET[key] for key in ("kind", "site", "nation") if key in request.GET}
    form = GroupForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            group = services.add_group(by=request.user, **form.cleaned_data)
            messages.success(request, f"{group.name} has been set up. Appoint a coordinator and add members next.")
            return redirect(group)
    return form_page(
        request,
        form,
        title="Start a group",
        button="Start group",
        crumbs=[("Networks", reverse("networks:list"))],
        lead="A local network, an advisory group, an assembly, or another circle of people that meets.",
    )


@require_http_methods(["GET", "POST"])
def group_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a group's name, dates and settings."""
    group = find_group(request, slug)
    require(request.user, "networks.edit_group", group)
    form = GroupEditForm(request.POST or None, instance=copy.copy(group))
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.update_group(by=request.user, group=group, expected=form.cleaned_data["version"], **form.changes)
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in GroupEditForm.Meta.fields}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(group)
    return form_page(
        request,
        form,
        title=f"Change {group.name}",
        button="Save",
        crumbs=group_crumbs(group),
        differences=differences,
    )


@require_http_methods(["GET", "POST"])
def group_explain(request: HttpRequest, slug: str) -> HttpResponse:
    """Say why a group is outside one of its guard rails."""
    group = find_group(request, slug)
    require(request.user, "networks.edit_group", group)
    asked = request.GET.get("guard", "")
    known = GroupExplanation.objects.filter(group=group, guard=asked).first()
    form = ExplainForm(request.POST or None, initial={"guard": asked, "reason": known.reason if known else ""})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            row = services.explain_guard(by=request.user, group=group, **form.cleaned_data)
            messages.success(
                request, "Your explanation is shown with the group." if row else "The explanation has been removed."
            )
            return redirect(group)
    return form_page(
        request,
        form,
        title="Explain why",
        button="Save explanation",
        crumbs=group_crumbs(group),
        lead="A warning does not stop you. A reason helps others to understand.",
    )
