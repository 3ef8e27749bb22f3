"""Pages about support at meetings, and about putting the charter before one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coproduction.charter.pages import charter_for, number_of, version_for
from coproduction.group.meetings import services
from coproduction.group.meetings.forms import (
    ArrangeForm,
    AskForm,
    BeforeMeetingForm,
    ChangeForm,
    ConfirmForm,
    SupportFilter,
)
from coproduction.group.meetings.models import CharterBeforeMeeting, SupportBooking
from coproduction.group.meetings.pages import may_speak_for
from coproduction.group.members import say_day
from coproduction.group.people.pages import is_own
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import Crumbs, errors_as_messages, errors_on, form_page, show_conflict
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.groups.models import Group
from networks.meetings.pages import find_meeting, meeting_crumbs


def find_booking(request: HttpRequest, pk: int) -> SupportBooking:
    """A booking that the reader may see, or 404."""
    rows = SupportBooking.objects.visible_to(request.user)
    rows = rows.select_related("meeting__group", "person", "arranged_by__person", "recorded_by__person")
    return get_object_or_404(rows, pk=pk)


def _crumbs(booking: SupportBooking) -> Crumbs:
    return [
        ("Support at meetings", reverse("coproduction:support-booking-list")),
        (_title(booking), booking.get_absolute_url()),
    ]


def _title(booking: SupportBooking) -> str:
    return f"{booking.get_kind_display()} on {say_day(booking.meeting.starts_on)}"


# --- The list, and one booking -------------------------------------------------------------------
@require_GET
def support_booking_list(request: SignedInRequest) -> HttpResponseBase:
    """Support at meetings that the reader may know of: their own, that of members they support, or what they arrange."""
    user = request.user
    rows = SupportBooking.objects.visible_to(user)
    listing = list_rows(
        request,
        rows.select_related("meeting__group", "person", "arranged_by__person", "recorded_by__person"),
        SupportFilter,
        sorts={
            "meeting": ("Meeting", "meeting__starts_at"),
            "name": ("Name", "person__name"),
            "asked": ("Asked", "asked_on"),
        },
        default="-meeting",
    )
    others = [b for b in listing.page if b.person.user_id != user.pk]
    if wants_file(request):
        if rows.exclude(person__user_id=user.pk).exists():
            audit.record_reading(user, "support_exported", user, each_time=True, rows=listing.total)
        columns: dict[str, Callable[[Any], Any]] = {
            "Group": lambda b: b.meeting.group.name,
            "Meeting": lambda b: b.meeting.title,
            "Date": lambda b: b.meeting.starts_on,
            "Member": lambda b: b.person.name,
            "Kind": lambda b: b.get_kind_display(),
            "What is needed": lambda b: b.words,
            "Asked on": lambda b: b.asked_on,
            "Written down by": lambda b: b.written_down_by,
            "Who arranges it": lambda b: b.arranged_by.display_name if b.arranged_by else "",
            "Arrange by": lambda b: b.arrange_by or "",
            "Status": lambda b: b.state_label,
            "What is booked": lambda b: b.arranged,
        }
        return list_file(request, "support", columns, listing.rows)
    if others:
        audit.record_reading(user, "support", user)
    context = {
        "listing": listing,
        "names": bool(others),
        "arranges": Group.objects.permitted(user, "coproduction.arrange_support").exists(),
    }
    return render(request, "coproduction/group/meetings/support_list.html", context)


@require_GET
def support_booking_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One booking: what is needed, who arranges it by when, what is booked."""
    booking = find_booking(request, pk)
    own = is_own(request.user, booking.person)
    arranges = has_perm(request.user, "coproduction.arrange_support", booking)
    if not own:
        audit.record_reading(request.user, "support", booking.meeting)
    context = {
        "booking": booking,
        "title": _title(booking),
        "is_own": own,
        "arranges": arranges,
        "is_late": booking.is_late(clock.today()),
        "may_change": booking.is_open and booking.confirmed_on is None,
        "may_confirm": arranges and booking.is_open and booking.state != SupportBooking.State.CONFIRMED,
        "history": audit.history(booking),
    }
    return render(request, "coproduction/group/meetings/support_detail.html", context)


@require_http_methods(["GET", "POST"])
def support_booking_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask for support at a meeting; who may ask for several members chooses one first."""
    meeting = find_meeting(request, pk)
    require(request.user, "coproduction.ask_for_support", meeting)
    people = may_speak_for(request.user, meeting.group)
    wanted = number_of(request.POST.get("person") or request.GET.get("person"))
    person = next((p for p in people if p.pk == wanted), None) or (people[0] if len(people) == 1 else None)
    if person is None:
        context = {"meeting": meeting, "people": [(p, is_own(request.user, p)) for p in people]}
        context["crumbs"] = meeting_crumbs(meeting)
        return render(request, "coproduction/group/meetings/support_for_whom.html", context)
    own = is_own(request.user, person)
    form = AskForm(request.POST or None, is_own=own, initial={"person": person.pk})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            booking = services.ask_for_support(
                by=request.user,
                meeting=meeting,
                person=person,
                kind=form.cleaned_data["kind"],
                words=form.cleaned_data["words"],
                told=form.cleaned_data.get("told", ""),
            )
            whom = "you" if own else person.name
            messages.success(request, f"Saved for {whom}. We tell {whom} once it is booked.")
            return redirect(booking)
    day = say_day(meeting.starts_on)
    return form_page(
        request,
        form,
        title="Ask for support" if own else f"Ask for support for {person.name}",
        button="Ask for support" if own else f"Ask for {person.name}",
        crumbs=meeting_crumbs(meeting),
        lead=f"For the meeting on {day}. Only {'you, your supporter' if own else f'{person.name}, their supporter'} "
        "and those who arrange it see this.",
    )


@require_http_methods(["GET", "POST"])
def support_booking_change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say more exactly what is needed."""
    booking = find_booking(request, pk)
    own = is_own(request.user, booking.person)
    initial = {"words": booking.words, "version": booking.version}
    form = ChangeForm(request.POST or None, is_own=own, initial=initial)
    differences = None
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        with errors_on(form):
            try:
                services.change_support(
                    by=request.user,
                    booking=booking,
                    words=sent["words"],
                    told=sent.get("told", ""),
                    expected=sent["version"],
                )
            except Conflict as conflict:
                differences = show_conflict(form, conflict, {"words": conflict.current.words})
            else:
                messages.success(request, "Saved." if own else f"Saved for {booking.person.name}.")
                return redirect(booking)
    name = booking.person.name
    return form_page(
        request,
        form,
        title="Change what you asked for" if own else f"Change what {name} asked for",
        button="Save" if own else f"Save for {name}",
        crumbs=_crumbs(booking),
        differences=differences,
    )


@require_http_methods(["GET", "POST"])
def support_booking_arrange(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say who arranges it, and by when."""
    booking = find_booking(request, pk)
    require(request.user, "coproduction.arrange_support", booking)
    usual = max(clock.today(), booking.meeting.starts_on - services.BEFORE)
    initial = {
        "arranged_by": booking.arranged_by_id or request.user.pk,
        "arrange_by": booking.arrange_by or usual,
        "version": booking.version,
    }
    form = ArrangeForm(request.POST or None, group=booking.meeting.group, initial=initial)
    return _step(
        request,
        booking,
        form,
        services.arrange_support,
        title=f"Who arranges this for {booking.person.name}?",
        button="Save",
        done="Saved.",
    )


@require_http_methods(["GET", "POST"])
def support_booking_confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that it is booked; the member is told."""
    booking = find_booking(request, pk)
    require(request.user, "coproduction.arrange_support", booking)
    initial = {"confirmed_on": clock.today(), "arranged": booking.arranged, "version": booking.version}
    form = ConfirmForm(request.POST or None, initial=initial)
    return _step(
        request,
        booking,
        form,
        services.confirm_support,
        title=f"Confirm support for {booking.person.name}",
        button="Confirm",
        done=f"Confirmed. {booking.person.name} is told.",
    )


def _step(
    request: SignedInRequest,
    booking: SupportBooking,
    form: Any,
    service: Callable[..., Any],
    *,
    title: str,
    button: str,
    done: str,
) -> HttpResponse:
    """A form of those who arrange support; a clash shows what is saved now."""
    differences = None
    if request.method == "POST" and form.is_valid():
        sent = dict(form.cleaned_data)
        with errors_on(form):
            try:
                service(by=request.user, booking=booking, expected=sent.pop("version"), **sent)
            except Conflict as conflict:
                now = {name: getattr(conflict.current, name) for name in sent}
                differences = show_conflict(form, conflict, now)
            else:
                messages.success(request, done)
                return redirect(booking)
    return form_page(
        request,
        form,
        title=title,
        button=button,
        crumbs=_crumbs(booking),
        lead=f"{booking.get_kind_display()} for the meeting on {say_day(booking.meeting.starts_on)}.",
        differences=differences,
    )


@require_POST
def support_booking_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Cancel it. It can be asked for again."""
    booking = find_booking(request, pk)
    with errors_as_messages(request):
        services.cancel_support(
            by=request.user, booking=booking, expected=number_of(request.POST.get("version")) or None
        )
        messages.success(request, "Cancelled. You can ask again until the meeting.")
    return redirect(booking)


# --- The charter before a meeting ----------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def charter_meeting_add(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """Link a version of the charter to a meeting that looks at it."""
    charter = charter_for(request, pk)
    version = version_for(request, charter, number)
    require(request.user, "coproduction.edit_charter", charter)
    form = BeforeMeetingForm(request.POST or None, version=version, user=request.user)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            row = services.put_before_meeting(by=request.user, version=version, **form.cleaned_data)
            messages.success(request, f"The text is on the page of “{row.meeting.title}”.")
            return redirect(version)
    return form_page(
        request,
        form,
        title="Put this text before a meeting",
        button="Save",
        crumbs=[
            ("Co-production", reverse("coproduction:index")),
            (version.label, version.get_absolute_url()),
        ],
        lead="The meeting’s page and the text then lead to each other. Members see it once the text is put to them.",
    )


@require_POST
def charter_meeting_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Undo a link between a version and a meeting."""
    rows = CharterBeforeMeeting.objects.visible_to(request.user).select_related(
        "version__charter__group", "meeting__group"
    )
    row = get_object_or_404(rows, pk=pk)
    services.take_off_meeting(by=request.user, row=row)
    messages.success(request, "The text is no longer on that meeting’s page.")
    return redirect(row.version)
