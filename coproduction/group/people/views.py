"""Pages about a group and its members: the group's own page, one member, terms, strengths and supporters."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coproduction.agreement.models import AgreementRound
from coproduction.group.meetings.models import CharterBeforeMeeting, SupportBooking
from coproduction.group.members import deciding_members
from coproduction.group.models import SupportLink
from coproduction.group.outside.models import OutsideGroup
from coproduction.group.people import services
from coproduction.group.people.forms import EditTermForm, NewTermForm, StrengthsForm, SupporterForm
from coproduction.group.people.models import Strengths, Term
from coproduction.group.people.pages import (
    crumbs_of,
    find_chartered,
    find_member,
    is_own,
    member_crumbs,
    people_rows,
    shows_strengths,
    supported_by,
)
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.people.consents import FOR_MEMBERS, consent_states
from impact.core.web.forms import errors_as_messages, errors_on, form_page, show_conflict
from networks.actions.models import SOONEST, Action
from networks.documents.materials.models import Material
from networks.groups.models import Group, Membership
from networks.meetings.models import Meeting
from networks.members.guard import slots_of, without_links

FEW = 8


# --- The group -----------------------------------------------------------------------------------
@require_GET
def group_detail(request: SignedInRequest, slug: str) -> HttpResponse:
    """The group as its members see it: its people, meetings, papers, actions and the groups it is in touch with."""
    group = find_chartered(request, slug)
    user = request.user
    sees_names = has_perm(user, "coproduction.view_names", group) or has_perm(user, "networks.view_people", group)
    sees_meetings = Group.objects.visible_to(user).filter(pk=group.pk).exists()
    meetings = list(Meeting.objects.visible_to(user).filter(group=group).order_by("-starts_at"))
    group._prefetched_objects_cache = {"meetings": meetings}  # type: ignore[attr-defined]
    slots = slots_of(group, group.period_on(clock.today()))
    people = people_rows(group, user) if sees_names else []
    if people and not group.roles_of(user):
        audit.record_reading(user, "group_people", group)
    papers = Material.objects.visible_to(user).counted().filter(meeting__in=meetings).select_related("meeting")
    actions = Action.objects.visible_to(user).named(user).counted().filter(group=group)
    texts = CharterBeforeMeeting.objects.visible_to(user).filter(meeting__in=meetings)
    own = next((row.membership for row in people if is_own(user, row.membership.person)), None)
    context = {
        "group": group,
        "people": people,
        "sees_names": sees_names,
        "member_count": deciding_members(group).count(),
        "sees_meetings": sees_meetings,
        "slots": slots if sees_meetings else without_links(slots),
        "year": _year_line(group, meetings),
        "meetings": meetings[:FEW],
        "texts": list(texts.select_related("meeting", "version__charter")),
        "papers": papers.order_by("-meeting__starts_at", "title", "pk")[:FEW],
        "actions": actions.order_by("status", SOONEST, "pk")[:FEW],
        "outside": OutsideGroup.objects.visible_to(user).filter(group=group, ended_on__isnull=True)[:FEW],
        "own": own,
        "supports": supported_by(user, group),
        "may_edit": has_perm(user, "networks.edit_group", group),
    }
    return render(request, "coproduction/group/people/group_detail.html", context)


def _year_line(group: Group, meetings: list[Meeting]) -> str:
    """How many of the meetings planned for this period were held, in a sentence; empty before the group starts."""
    period = group.period_on(clock.today())
    if not period:
        return ""
    first, last = period
    inside = [m for m in meetings if first <= m.starts_on <= last and m.status != Meeting.Status.CANCELLED]
    held = sum(m.is_held for m in inside)
    ahead = len(inside) - held
    planned = f"{group.meetings_planned} meeting{'' if group.meetings_planned == 1 else 's'}"
    more = f", and {ahead} more {'has' if ahead == 1 else 'have'} a date" if ahead else ""
    return f"{held} of {planned} held{more}, between {first.day} {first:%B %Y} and {last.day} {last:%B %Y}."


# --- One member ----------------------------------------------------------------------------------
@require_GET
def member_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """A member's own page in the group: term, strengths, supporters, support booked, and what others may see."""
    membership = find_member(request, pk)
    group, person, user = membership.group, membership.person, request.user
    own = is_own(user, person)
    leads = has_perm(user, "coproduction.record_for_member", group)
    if not own:
        audit.record_reading(user, "member", person)
    consents = person.consents.filter(purpose__in=FOR_MEMBERS)
    bookings = SupportBooking.objects.visible_to(user).filter(person=person, meeting__group=group)
    waiting = AgreementRound.objects.filter(
        version__charter=group.charter,
        version__status="proposed",
        closed_on__isnull=True,
    ).first()
    if waiting and waiting.positions.in_force().filter(person=person).exists():
        waiting = None
    links = SupportLink.objects.visible_to(user).in_force().filter(group=group, member=person)
    is_current = membership.is_current(clock.today())
    context = {
        "membership": membership,
        "group": group,
        "person": person,
        "is_own": own,
        "is_current": is_current,
        "terms": membership.terms.order_by("-starts_on"),
        "has_terms": membership.terms.exists(),
        "may_edit": has_perm(user, "coproduction.edit_members", group),
        "may_consent": leads and person.user_id is None and is_current,
        "strengths": Strengths.objects.visible_to(user)
        .filter(group=group, person=person)
        .exclude(words="")
        .select_related("person", "recorded_by__person")
        .first(),
        "is_shown": shows_strengths(person),
        "states": consent_states(consents, clock.today(), FOR_MEMBERS) if own or leads else [],
        "links": [(link, services.support_everywhere(link)) for link in links.one_each().select_related("supporter")],
        "bookings": bookings.select_related("meeting", "arranged_by__person").order_by("-meeting__starts_at", "pk")[
            :FEW
        ],
        "next_meetings": Meeting.objects.visible_to(user).announced().upcoming().filter(group=group)[:3],
        "waiting": waiting,
        "others": [row for row in supported_by(user, group) if row.pk != membership.pk],
        "supports_them": not own and not leads,
    }
    return render(request, "coproduction/group/people/member_detail.html", context)


@require_http_methods(["GET", "POST"])
def strengths_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write what a member wants to bring: the member, their supporter, or the engagement lead for them."""
    membership = find_member(request, pk)
    group, person = membership.group, membership.person
    own = is_own(request.user, person)
    row = Strengths.objects.filter(group=group, person=person).first()
    initial = {"words": row.words if row else "", "version": row.version if row else 0}
    form = StrengthsForm(request.POST or None, is_own=own, initial=initial)
    differences = None
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        with errors_on(form):
            try:
                services.write_strengths(
                    by=request.user,
                    group=group,
                    person=None if own else person,
                    words=sent["words"],
                    told=sent.get("told", ""),
                    expected=sent["version"],
                )
            except Conflict as conflict:
                differences = show_conflict(form, conflict, {"words": conflict.current.words})
            else:
                messages.success(request, "Saved." if own else f"Saved for {person.name}.")
                return redirect("coproduction:member-detail", membership.pk)
    lead = "Only you, your supporter and the engagement lead see this, unless you say that the group may."
    return form_page(
        request,
        form,
        title="What I want to bring" if own else f"What {person.name} wants to bring",
        button="Save" if own else f"Save for {person.name}",
        crumbs=member_crumbs(membership),
        lead=lead if own else f"You are writing for {person.name}. Your name is kept beside it.",
        differences=differences,
    )


# --- Terms ---------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def term_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record a member's term of office, or reappoint them."""
    membership = find_member(request, pk)
    require(request.user, "coproduction.edit_members", membership.group)
    last = membership.terms.order_by("-ends_on").first()
    start = last.ends_on + services.ONE_DAY if last else membership.starts_on
    form = NewTermForm(request.POST or None, initial={"starts_on": start, "after": membership.terms.count()})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.appoint_for_term(by=request.user, membership=membership, **form.cleaned_data)
            messages.success(request, f"The term of {membership.person.name} is saved.")
            return redirect("coproduction:member-detail", membership.pk)
    name = membership.person.name
    return form_page(
        request,
        form,
        title=f"Reappoint {name}" if last else f"Term of {name}",
        button="Save term",
        crumbs=member_crumbs(membership),
        lead="Earlier terms are kept." if last else "",
    )


def _find_term(request: SignedInRequest, pk: int) -> Term:
    rows = Term.objects.visible_to(request.user).select_related("membership__group", "membership__person")
    term = get_object_or_404(rows, pk=pk)
    require(request.user, "coproduction.edit_members", term)
    return term


@require_http_methods(["GET", "POST"])
def term_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Correct the days of a term."""
    term = _find_term(request, pk)
    membership = term.membership
    initial = {"starts_on": term.starts_on, "ends_on": term.ends_on, "version": term.version}
    form = EditTermForm(request.POST or None, initial=initial)
    differences = None
    if request.method == "POST" and form.is_valid():
        sent = dict(form.cleaned_data)
        with errors_on(form):
            try:
                services.update_term(by=request.user, term=term, expected=sent.pop("version"), **sent)
            except Conflict as conflict:
                now = {name: getattr(conflict.current, name) for name in sent}
                differences = show_conflict(form, conflict, now)
            else:
                messages.success(request, "Saved.")
                return redirect("coproduction:member-detail", membership.pk)
    return form_page(
        request,
        form,
        title=f"Correct a term of {membership.person.name}",
        button="Save term",
        crumbs=member_crumbs(membership),
        differences=differences,
    )


@require_POST
def term_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a term that was recorded by mistake."""
    term = _find_term(request, pk)
    membership = term.membership
    with errors_as_messages(request):
        services.remove_term(by=request.user, term=term)
        messages.success(request, "The term is removed.")
    return redirect("coproduction:member-detail", membership.pk)


# --- Supporters ----------------------------------------------------------------------------------
@require_GET
def supporting(request: SignedInRequest, slug: str) -> HttpResponse:
    """Whom the reader supports in a group, to choose whom they write for."""
    group = find_chartered(request, slug)
    rows = SupportLink.objects.visible_to(request.user).in_force().one_each().filter(group=group)
    links = list(rows.filter(supporter__user_id=request.user.pk).select_related("member"))
    members = {m.person_id: m for m in deciding_members(group).filter(person__in=[link.member_id for link in links])}
    context: dict[str, Any] = {
        "group": group,
        "rows": [
            (link, members[link.member_id], services.support_everywhere(link))
            for link in links
            if link.member_id in members
        ],
        "crumbs": crumbs_of(group),
    }
    return render(request, "coproduction/group/people/supporting.html", context)


@require_http_methods(["GET", "POST"])
def supporter_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Name a supporter: the member, or the engagement lead for them."""
    membership = find_member(request, pk)
    group, person = membership.group, membership.person
    own = is_own(request.user, person)
    if not own:
        require(request.user, "coproduction.edit_members", group)
    form = SupporterForm(request.POST or None, people=services.people_who_could_support(group, person))
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            supporter = form.cleaned_data["supporter"]
            services.name_supporter(by=request.user, group=group, member=person, supporter=supporter)
            messages.success(
                request, f"{supporter.name} can now write things down for {'you' if own else person.name}."
            )
            return redirect("coproduction:member-detail", membership.pk)
    lead = (
        "They can write down what you tell them. They see what you want to bring and the support that you ask for. "
        "You can end this at any time."
    )
    missing = "Is the person not on the list? The engagement lead can add them to the group as a supporter."
    return form_page(
        request,
        form,
        title="Name a supporter" if own else f"Name a supporter for {person.name}",
        button="Save supporter",
        crumbs=member_crumbs(membership),
        lead=f"{lead} {missing}" if own else f"Only when {person.name} has asked for it. {missing}",
    )


@require_POST
def supporter_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End support: the member, the supporter, or the engagement lead."""
    rows = SupportLink.objects.visible_to(request.user).select_related("group", "member", "supporter")
    link = get_object_or_404(rows, pk=pk)
    with errors_as_messages(request):
        services.end_support(by=request.user, link=link)
        said = f"{link.supporter.name} no longer writes things down for {link.member.name} in this group."
        if services.support_everywhere(link):
            said += " They still help in other groups, and can read this group’s papers."
        messages.success(request, said)
    if is_own(request.user, link.supporter):
        return redirect("coproduction:index")
    membership = Membership.objects.filter(group=link.group, person=link.member).order_by("-starts_on").first()
    if membership is None:
        return redirect("coproduction:index")
    return redirect(reverse("coproduction:member-detail", args=[membership.pk]) + "#supporters")
