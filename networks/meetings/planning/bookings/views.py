"""Pages of bookings: what a meeting needs, each booking from step to step, and what people say of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import audit
from impact.core.access.permissions import require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import Crumbs, errors_on, form_page, show_conflict, show_error, whole_number
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.groups.models import Group
from networks.meetings.models import Meeting
from networks.meetings.pages import find_meeting, meeting_crumbs
from networks.meetings.planning.bookings import forms, making, services
from networks.meetings.planning.bookings.models import Booking, BookingNeed, in_pounds, title_of
from networks.meetings.planning.bookings.needs import people_needing, standing_of
from networks.meetings.planning.bookings.own import said
from networks.meetings.planning.bookings.pages import left_over, to_arrange
from networks.meetings.planning.directory.kinds import FOR_NO_ONE, Kind
from networks.meetings.planning.directory.links import places
from networks.meetings.planning.directory.models import Provider

State = Booking.State


def booking_columns() -> dict[str, Any]:
    """What a file of bookings says of each: nothing of the people it is for."""
    return {
        "Meeting": lambda b: b.meeting.title,
        "Group": lambda b: b.meeting.group.name,
        "Nation": lambda b: b.meeting.group.get_nation_display(),
        "Date": lambda b: b.meeting.starts_on,
        "Kind": lambda b: b.get_kind_display(),
        "Paper": lambda b: b.material.title if b.material else "",
        "Provider": lambda b: b.provider.name if b.provider else "",
        "State": lambda b: b.get_state_display(),
        "Requested on": lambda b: b.requested_on,
        "Confirmed on": lambda b: b.confirmed_on,
        "Reference": lambda b: b.reference,
        "Expected cost": lambda b: None if b.expected_pence is None else b.expected_pence / 100,
        "Cost": lambda b: None if b.actual_pence is None else b.actual_pence / 100,
    }


def _require_planner(user: Any) -> None:
    """Only those who arrange bookings somewhere have lists of them."""
    if not Group.objects.permitted(user, "networks.arrange_bookings").exists():
        require(user, "networks.arrange_bookings")


@require_GET
def booking_list(request: HttpRequest) -> HttpResponseBase:
    """Bookings of the meetings that the reader plans, with what still has to be booked first."""
    _require_planner(request.user)
    rows = Booking.objects.visible_to(request.user).select_related("meeting__group", "provider", "material")
    listing = list_rows(
        request,
        rows,
        forms.BookingFilter,
        sorts={
            "date": ("Meeting", "meeting__starts_at"),
            "kind": ("Kind", "kind"),
            "state": ("State", "state"),
            "provider": ("Provider", "provider__name"),
        },
        default="-date",
    )
    if wants_file(request):
        return list_file(request, "bookings", booking_columns(), listing.rows)
    context = {
        "listing": listing,
        "places": places(request),
        "to_arrange": [] if listing.is_filtered else to_arrange(request.user),
        "left_over": [] if listing.is_filtered else left_over(request.user),
    }
    return render(request, "networks/meetings/planning/booking_list.html", context)


# --- One meeting ---------------------------------------------------------------------------------
def _planned(request: HttpRequest, pk: int) -> Meeting:
    """A meeting for which the reader arranges bookings; others are refused. Its pages name who needs what."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.arrange_bookings", meeting)
    audit.record_reading(request.user, "needs", meeting.group)
    return meeting


def bookings_crumbs(meeting: Meeting) -> Crumbs:
    return [*meeting_crumbs(meeting), ("Bookings", reverse("networks:meeting-bookings", args=[meeting.pk]))]


@require_GET
def meeting_bookings(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the people of a meeting need, by name, what is booked, and what the room lacks."""
    meeting = _planned(request, pk)
    standing = standing_of(meeting)
    needed = {line.kind for line in standing.lines if line.coming and line.material is None}
    context = {
        "meeting": meeting,
        "standing": standing,
        "venue": meeting.venue,
        "kind_form": forms.KindForm(initial={"kind": Kind.ROOM}, kinds=FOR_NO_ONE | needed),
        "is_open": meeting.act == "prepare",
        "crumbs": meeting_crumbs(meeting),
    }
    return render(request, "networks/meetings/planning/meeting_bookings.html", context)


def _asked(request: HttpRequest, meeting: Meeting) -> tuple[str, Any]:
    """The kind and the paper that an address names; 404 for what there is not."""
    kind = request.GET.get("kind", "")
    if kind not in Kind.values:
        kind = Kind.OTHER
    number = whole_number(request.GET.get("paper"))
    return kind, get_object_or_404(meeting.materials, pk=number) if number else None


def _providers(kind: str, meeting: Meeting) -> list[Provider]:
    """Who can be asked, those who provide this there first."""
    rows = list(Provider.objects.filter(is_active=True))
    return sorted(rows, key=lambda row: (not row.fits(kind, meeting.group.nation), row.name))


def last_time(meeting: Meeting, kind: str) -> dict[str, Any] | None:
    """Who provided this for the group last, and how people say it went: what the next booking begins from."""
    rows = Booking.objects.filter(meeting__group=meeting.group_id, kind=kind, state__in=[State.CONFIRMED, State.DONE])
    booking = (
        rows.filter(provider__isnull=False, meeting__starts_at__lt=clock.now()).order_by("-meeting__starts_at").first()
    )
    if booking is None:
        return None
    answers = list(booking.needs.exclude(worked="").values_list("worked", "worked_words"))
    worked = sum(answer == BookingNeed.Worked.YES for answer, _words in answers)
    return {
        "booking": booking,
        "words": f"It worked for {worked} of the {len(answers)} who answered."
        if answers
        else "No one has said how it went.",
        "said": [words for _answer, words in answers if words],
        "is_good": not answers or worked * 2 >= len(answers),
    }


@require_http_methods(["GET", "POST"])
def booking_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn a need into a booking, for this meeting or for several of a series."""
    meeting = _planned(request, pk)
    kind, paper = _asked(request, meeting)
    needs = people_needing(standing_of(meeting), kind, paper.pk if paper else None)
    if not needs and kind not in FOR_NO_ONE:
        what = title_of(kind, paper)
        messages.error(
            request, f"{what}: no one who is coming needs it. If someone does, add it to what they need first."
        )
        return redirect("networks:meeting-bookings", meeting.pk)
    others: list[Meeting] = []
    if paper is None:
        later = (
            Meeting.objects.upcoming().filter(group=meeting.group_id, starts_at__gt=clock.now()).exclude(pk=meeting.pk)
        )
        others = list(later[: making.MOST_AT_ONCE - 1])
    before = last_time(meeting, kind)
    initial: dict[str, Any] = {"due_on": meeting.materials_due_on}
    if before and before["is_good"]:
        initial["provider"] = before["booking"].provider_id
    form = forms.BookForm(
        request.POST or None,
        kind=kind,
        needs=needs,
        providers=_providers(kind, meeting),
        others=others,
        is_required=kind not in FOR_NO_ONE,
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            made = making.book(
                by=request.user,
                meetings=[meeting, *form.also],
                kind=kind,
                material=paper,
                people=form.people,
                **form.given,
            )
            number = "Booking saved." if len(made) == 1 else f"{len(made)} bookings saved, one for each meeting."
            messages.success(request, number)
            return redirect("networks:meeting-bookings", meeting.pk)
    title = f"New booking: {title_of(kind, paper)}"
    lead = "Choose whom it is for. If you have asked a provider already, say so; otherwise it waits on your list."
    if before:
        lead = f"Last time: {before['booking'].provider}. {before['words']} {' '.join(before['said'])}".strip()
    return form_page(request, form, title=title, button="Save booking", crumbs=bookings_crumbs(meeting), lead=lead)


@require_http_methods(["GET", "POST"])
def need_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a need is not booked for this time, and why."""
    meeting = _planned(request, pk)
    kind, paper = _asked(request, meeting)
    needs = people_needing(standing_of(meeting), kind, paper.pk if paper else None)
    form = forms.PutAsideForm(request.POST or None, needs=needs)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            reason = form.cleaned_data["reason"]
            making.put_aside(
                by=request.user, meeting=meeting, kind=kind, material=paper, people=form.people, reason=reason
            )
            messages.success(request, "Saved. It opens again if the person says that they need it.")
            return redirect("networks:meeting-bookings", meeting.pk)
    return form_page(
        request,
        form,
        title=f"{Kind(kind).label}: not needed this time",
        button="Save",
        crumbs=bookings_crumbs(meeting),
        lead="Only when you have asked them. What they need stays on their record.",
    )


# --- One booking ---------------------------------------------------------------------------------
def _find(request: HttpRequest, pk: int) -> Booking:
    rows = Booking.objects.visible_to(request.user)
    rows = rows.select_related("meeting__group", "meeting__venue", "provider", "material", "arranged_by__person")
    return get_object_or_404(rows, pk=pk)


@require_GET
def booking_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One booking: for whom, where it stands, what can be done next, what people say of it."""
    booking = _find(request, pk)
    standing = standing_of(booking.meeting)
    booked = next(one for one in standing.booked if one.booking.pk == booking.pk)
    if booked.needs:
        audit.record_reading(request.user, "needs", booking.meeting.group)
    meeting = booking.meeting
    is_before = meeting.act == "prepare"
    is_paper = bool(booking.material) and booking.kind == Kind.EASY_READ
    can_be_asked = is_before and (booking.is_live or booking.state == State.NOT_FOUND)
    steps = [
        ("request", "Note that you asked", can_be_asked),
        ("confirm", "Confirm", can_be_asked and not is_paper),
        ("not-found", "Could not be found", can_be_asked),
        ("done", "It took place", meeting.has_started and (booking.is_live or booking.state == State.DONE)),
        ("change", "Change", booking.is_live),
        ("cancel", "Cancel the booking", booking.is_live),
    ]
    context = {
        "booking": booking,
        "meeting": meeting,
        "booked": booked,
        "is_for_all": booking.kind in FOR_NO_ONE,
        "estimate": "" if booking.estimate_pence is None else in_pounds(booking.estimate_pence),
        "actual": "" if booking.actual_pence is None else in_pounds(booking.actual_pence),
        "waits_for_file": is_paper and booking.state in (State.NEEDED, State.REQUESTED),
        "steps": [(reverse(f"networks:booking-{name}", args=[booking.pk]), label) for name, label, may in steps if may],
        "history": audit.history(booking, *booked.needs, limit=12),
        "crumbs": bookings_crumbs(meeting),
    }
    return render(request, "networks/meetings/planning/booking_detail.html", context)


STEPS: dict[str, tuple[type[forms.Step], Any, str, str, str]] = {
    "request": (forms.RequestForm, services.request_booking, "Note that you asked", "Save", "The request is saved."),
    "confirm": (
        forms.ConfirmForm,
        services.confirm_booking,
        "Confirm the booking",
        "Confirm",
        "The booking is confirmed.",
    ),
    "not-found": (
        forms.GiveUpForm,
        services.give_up_booking,
        "It could not be found",
        "Save",
        "Saved. Tell the person, if you have not yet.",
    ),
    "cancel": (
        forms.CancelForm,
        services.cancel_booking,
        "Cancel the booking",
        "Cancel booking",
        "The booking is cancelled.",
    ),
    "done": (forms.FinishForm, services.finish_booking, "It took place", "Save", "Saved."),
    "change": (forms.ChangeForm, services.change_booking, "Change the booking", "Save", "Saved."),
}


@require_http_methods(["GET", "POST"])
def booking_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """One step of a booking: asked, confirmed, not found, cancelled, done, or changed."""
    booking = _find(request, pk)
    require(request.user, "networks.arrange_bookings", booking)
    form_class, service, title, button, done = STEPS[step]
    form = form_class(
        request.POST or None,
        booking=booking,
        providers=_providers(booking.kind, booking.meeting),
        seen=services.needs_mark(booking) if form_class.settles_needs else "",
    )
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            service(by=request.user, booking=booking, expected=form.cleaned_data["version"], **form.given)
        except Conflict as conflict:
            shown = [name for name in form.given if name != "seen"]
            now = {name: getattr(conflict.current, name) for name in shown if hasattr(conflict.current, name)}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
            if getattr(error, "code", "") == "needs":
                form.see_again(booking, services.needs_mark(booking))
        else:
            messages.success(request, done)
            return redirect("networks:meeting-bookings", booking.meeting_id)
    meeting = booking.meeting
    return form_page(
        request,
        form,
        title=f"{title}: {booking.title}",
        button=button,
        crumbs=[*bookings_crumbs(meeting), (booking.title, booking.get_absolute_url())],
        lead=f"{meeting.title}, {day(meeting.starts_on)}.",
        differences=differences,
        is_warning=step == "cancel",
    )


# --- The person ----------------------------------------------------------------------------------
def _own_need(request: SignedInRequest, pk: int) -> BookingNeed:
    rows = BookingNeed.objects.visible_to(request.user).filter(Q(person__user_id=request.user.pk))
    return get_object_or_404(rows.select_related("meeting__group", "person", "booking__material"), pk=pk)


@require_http_methods(["GET", "POST"])
def need_wrong(request: SignedInRequest, pk: int) -> HttpResponse:
    """I say that what is arranged for me is not right."""
    need = _own_need(request, pk)
    form = forms.WrongForm(request.POST or None, initial={"words": need.wrong})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            said.say_wrong(by=request.user, need=need, words=form.cleaned_data["words"])
            messages.success(request, "Thank you. The people who plan the meeting see this now.")
            return redirect(need.meeting)
    return form_page(
        request,
        form,
        title="This is not right for me",
        button="Send",
        crumbs=meeting_crumbs(need.meeting),
        lead=f"{need.booking.title if need.booking else need.get_kind_display()}, {day(need.meeting.starts_on)}.",
    )


@require_http_methods(["GET", "POST"])
def need_worked(request: SignedInRequest, pk: int) -> HttpResponse:
    """After the meeting, one tap: was it there, and did it work?"""
    need = _own_need(request, pk)
    posted = request.POST or None
    form = forms.WorkedForm(posted, initial={"worked": need.worked, "words": need.worked_words})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            said.say_worked(by=request.user, need=need, **form.cleaned_data)
            messages.success(request, "Thank you. This helps with the next booking.")
            return redirect(need.meeting)
    return form_page(
        request,
        form,
        title=f"{need.booking.title if need.booking else need.get_kind_display()}: how was it?",
        button="Save answer",
        crumbs=meeting_crumbs(need.meeting),
    )
