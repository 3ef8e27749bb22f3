"""Pages about one member, and about handing a group over."""

import copy
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from impact.core.basics.vocabulary import Nation
from impact.core.people import lookup
from impact.core.people.accounts import SignedInRequest
from impact.core.people.consents import SHORT, ConsentState, consent_states, purposes_of, shown_words
from impact.core.people.models import Consent
from impact.core.web.forms import errors_as_messages, errors_on, form_page, show_conflict, show_error
from impact.core.web.listing import list_file
from networks.groups.forms import CoordinatorForm
from networks.groups.models import Group, Membership
from networks.groups.pages import find_group, group_crumbs
from networks.members import services
from networks.members.forms import ConsentForm, EndMembershipForm, HandoverForm, MembershipForm, NeedsForm
from networks.members.handover import handover_for, open_things


def find_membership(request: HttpRequest, pk: int) -> Membership:
    """The membership, if the reader may see its group."""
    rows = Membership.objects.filter(group__in=Group.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("group__site", "person"), pk=pk)


def _find_member(request: HttpRequest, pk: int) -> Membership:
    """The membership of someone who has not left: what people need and agreed to is not for a group they were once in."""
    membership = find_membership(request, pk)
    require(request.user, "networks.edit_needs", membership.group)
    if membership.has_ended(clock.today()):
        raise Http404
    return membership


def consents_of(memberships: Iterable[Membership], group: Group) -> dict[int, list[ConsentState]]:
    """Where each person's consents to what members of this group are asked stand today, in two queries."""
    today, by_person = clock.today(), {m.person_id: [] for m in memberships}  # type: ignore[var-annotated]
    for consent in Consent.objects.filter(person_id__in=by_person).defer("wording"):
        by_person[consent.person_id].append(consent)
    asked = purposes_of(list(by_person), group.pk)
    return {pk: consent_states(rows, today, asked[pk]) for pk, rows in by_person.items()}


@require_http_methods(["GET", "POST"])
def membership_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a membership: perspective, role, dates."""
    membership = find_membership(request, pk)
    group = membership.group
    is_coordinator = membership.role == Membership.Role.COORDINATOR
    require(request.user, "networks.appoint_coordinator" if is_coordinator else "networks.edit_group", group)
    form = MembershipForm(request.POST or None, instance=copy.copy(membership))
    differences = None
    if request.method == "POST" and form.is_valid():
        expected = form.cleaned_data["version"]
        try:
            services.update_membership(by=request.user, membership=membership, expected=expected, **form.changes)
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in form.fields if name != "version"}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(group.get_absolute_url() + "#members")
    return form_page(
        request,
        form,
        title=f"Change the membership of {membership.person.name}",
        button="Save",
        crumbs=group_crumbs(group),
        differences=differences,
        way_out=None
        if membership.ends_on
        else ("End the membership", reverse("networks:membership-end", args=[membership.pk])),
    )


@require_http_methods(["GET", "POST"])
def membership_needs(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what a member needs in order to take part."""
    membership = _find_member(request, pk)
    group = membership.group
    is_theirs = membership.person.user_id is not None and membership.person.user_id != request.user.pk
    audit.record_reading(request.user, "needs", membership.person)
    form = NeedsForm(request.POST or None, instance=copy.copy(membership.person))
    differences = None
    if request.method == "POST" and form.is_valid():
        expected = form.cleaned_data["version"]
        try:
            services.update_needs(by=request.user, membership=membership, expected=expected, **form.changes)
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in NeedsForm.Meta.fields}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            person = membership.person
            if person.user_id is not None and person.user_id != request.user.pk:
                messages.success(request, f"Your suggestion was sent to {person.name}. They decide.")
            else:
                messages.success(request, f"What {person.name} needs is saved, with your name beside it.")
            return redirect(group.get_absolute_url() + "#members")
    return form_page(
        request,
        form,
        title=f"What {membership.person.name} needs",
        button="Suggest" if is_theirs else "Save",
        crumbs=group_crumbs(group),
        lead=f"{membership.person.name} has an account, so their record is theirs to change. They will get your suggestion."
        if is_theirs
        else "Ask, then ask again: what people need changes. You will see it when you plan a meeting.",
        differences=differences,
    )


@require_http_methods(["GET", "POST"])
def membership_consent(request: HttpRequest, pk: int, purpose: str) -> HttpResponse:
    """Ask a member one consent question in its exact words, and keep the answer."""
    membership = _find_member(request, pk)
    group = membership.group
    if purpose not in services.asked_here(membership):
        raise Http404
    wanted = Consent.Purpose(purpose)
    audit.record_reading(request.user, "consents", membership.person)
    if membership.person.user_id is not None and membership.person.user_id != request.user.pk:
        return _answers_themselves(request, membership)
    words = shown_words(membership.person, wanted, request.GET.get("words"))
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.record_member_consent(
                by=request.user,
                membership=membership,
                purpose=purpose,
                easy_read=words.is_easy_read,
                **form.cleaned_data,
            )
            messages.success(request, f"The answer from {membership.person.name} has been saved.")
            return redirect(group.get_absolute_url() + "#members")
    return form_page(
        request,
        form,
        title=f"Ask {membership.person.name} about {SHORT[wanted].lower()}",
        button="Save answer",
        crumbs=group_crumbs(group),
        lead="Read this wording out, or show it. It is saved with the answer.",
        quote=words.text,
        links=[words.other],
        earlier=membership.person.consents.filter(purpose=purpose).select_related("recorded_by__person")[:5],
    )


def _answers_themselves(request: HttpRequest, membership: Membership) -> HttpResponse:
    """What a coordinator sees of the consents of a member with an account: the answers, and a way to ask."""
    consents = membership.person.consents.filter(purpose__in=services.asked_here(membership)).select_related(
        "recorded_by__person"
    )
    context = {"membership": membership, "consents": consents, "crumbs": group_crumbs(membership.group)}
    return render(request, "networks/members/consent_ask.html", context)


@require_POST
def consent_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a member with an account to answer the questions about consent."""
    membership = find_membership(request, pk)
    with errors_as_messages(request):
        services.ask_for_consent(by=request.user, membership=membership)
        messages.success(request, f"We have asked {membership.person.name} by email.")
    return redirect(membership.group.get_absolute_url() + "#members")


@require_GET
def members_file(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Everybody who belongs or belonged to a group, as a spreadsheet."""
    group = find_group(request, slug)
    require(request.user, "networks.view_people", group)
    audit.record_reading(request.user, "members_exported", group, each_time=True)
    columns = {
        "Name": lambda m: m.person.name,
        "Role": lambda m: m.get_role_display(),
        "Perspective": lambda m: m.get_perspective_display(),
        "In their own words": lambda m: m.perspective_note,
        "First day": lambda m: m.starts_on,
        "Last day": lambda m: m.ends_on or "",
        "Why it ended": lambda m: m.end_reason,
        "Recorded by": lambda m: m.recorded_by.display_name if m.recorded_by else "",
    }
    rows = group.memberships.select_related("person", "recorded_by__person").order_by("starts_on", "person__name", "pk")
    return list_file(request, f"members-{group.slug}", columns, rows)


# --- Handing over ---------------------------------------------------------------------------------
def _coordinating(request: SignedInRequest, group: Group) -> Membership:
    """The reader's own membership as coordinator; for the national team that of the present coordinator."""
    rows = Membership.objects.current().filter(group=group, role=Membership.Role.COORDINATOR)
    own = rows.filter(person__user_id=request.user.pk).select_related("person", "group").first()
    membership = own or rows.select_related("person", "group").order_by("-starts_on").first()
    if membership is None:
        raise Http404
    return membership


@require_http_methods(["GET", "POST"])
def group_handover(request: SignedInRequest, slug: str) -> HttpResponse:
    """Write what the next coordinator should know, beside what is open."""
    group = find_group(request, slug)
    require(request.user, "networks.edit_group", group)
    membership = _coordinating(request, group)
    form = HandoverForm(request.POST or None, initial={"note": membership.handover, "version": membership.version})
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.write_handover(
                by=request.user,
                membership=membership,
                note=form.cleaned_data["note"],
                expected=form.cleaned_data["version"],
            )
        except Conflict as conflict:
            differences = show_conflict(form, conflict, {"note": conflict.current.handover})
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "The note is saved. The next coordinator will see it on their first day.")
            return redirect(group)
    return form_page(
        request,
        form,
        title="Hand over",
        button="Save note",
        crumbs=group_crumbs(group),
        lead=f"A note from {membership.person.name} to the next coordinator. What is open is listed for you.",
        open_things=open_things(group),
        differences=differences,
    )


@require_POST
def handover_put_away(request: HttpRequest, pk: int) -> HttpResponse:
    """Put away what the coordinator before left."""
    membership = find_membership(request, pk)
    services.dismiss_handover(by=request.user, membership=membership)
    messages.success(request, "Note dismissed. You can find it again under Coordinators.")
    return redirect(membership.group)


def coordination(group: Group, user: Any, *, sees_notes: bool) -> dict[str, Any]:
    """Who coordinates and coordinated a group, with what they left for the next, for those who run it."""
    rows = [m for m in group.memberships.all() if m.role == Membership.Role.COORDINATOR]
    rows.sort(key=lambda m: m.starts_on, reverse=True)
    today = clock.today()
    own = next((m for m in rows if m.is_current(today) and m.person.user_id == user.pk), None)
    return {
        "coordinator_history": rows,
        "handover": handover_for(own, rows) if own else None,
        "may_hand_over": sees_notes and any(m.is_current(today) for m in rows),
        "sees_notes": sees_notes,
    }


@require_http_methods(["GET", "POST"])
def membership_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Record someone's last day in a group."""
    membership = find_membership(request, pk)
    group = membership.group
    require(request.user, "networks.edit_group", group)
    initial = {"ends_on": clock.today(), "version": membership.version}
    form = EndMembershipForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.end_membership(
                by=request.user,
                membership=membership,
                ends_on=form.cleaned_data["ends_on"],
                reason=form.cleaned_data["reason"],
                expected=form.cleaned_data["version"],
            )
            messages.success(request, f"The last day of {membership.person.name} is recorded.")
            return redirect(group)
    return form_page(
        request,
        form,
        title=f"End the membership of {membership.person.name}",
        button="Save last day",
        crumbs=group_crumbs(group),
        lead="Their record and what was said at meetings are kept.",
        is_warning=True,
    )


@require_http_methods(["GET", "POST"])
def coordinator_appoint(request: HttpRequest, slug: str) -> HttpResponse:
    """Appoint a coordinator, and say who hands over to them."""
    group = find_group(request, slug)
    require(request.user, "networks.appoint_coordinator", group)
    form = CoordinatorForm(request.POST or None, group=group, initial={"starts_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            with transaction.atomic():
                nation = group.nation if group.nation != Nation.UK else ""
                person = lookup.find_or_add(by=request.user, nation=nation, **form.who)
                services.appoint_coordinator(
                    by=request.user,
                    group=group,
                    person=person,
                    starts_on=form.cleaned_data["starts_on"],
                    takes_over_from=form.cleaned_data.get("takes_over_from"),
                )
            invited = (
                "" if person.user_id else " They have no account yet, so we have sent an invitation to set one up."
            )
            if not person.user_id and not person.email:
                invited = " They have no account and no email address yet, so they cannot sign in."
            messages.success(request, f"{person.name} coordinates {group.name}.{invited}")
            return redirect(group)
    return form_page(
        request,
        form,
        title="Appoint a coordinator",
        button="Appoint",
        crumbs=group_crumbs(group),
        lead="The coordinator plans meetings, keeps the log and looks after members.",
    )
