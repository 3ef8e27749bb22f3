"""Pages about meetings: the list, one meeting, the agenda, the debrief."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.web.forms import errors_on, form_page, whole_number
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.actions.models import SOONEST
from networks.documents.materials.papers import materials_of, needs_of
from networks.documents.materials.sending.plan import unsent_people
from networks.documents.views import documents_of
from networks.groups.changes.history import history_of
from networks.log.attendance.writer import mark_namesakes
from networks.log.models import Attendance, Contribution
from networks.log.record.photos import photos_for
from networks.meetings import services
from networks.meetings.filters import MeetingFilter
from networks.meetings.forms import AGENDA_LINES, AgendaFormSet, AgendaItemForm, DebriefForm, ReasonForm
from networks.meetings.invitations.views import answers
from networks.meetings.models import Debrief, Meeting
from networks.meetings.pages import BESIDE, find_meeting, meeting_crumbs
from networks.meetings.planning.bookings.pages import bookings_of, open_words_of
from networks.meetings.planning.directory.links import places, sees_costs
from networks.members.todo import meeting_todo

Kind = Contribution.Kind


@require_GET
def meeting_list(request: HttpRequest) -> HttpResponseBase:
    """Meetings that the reader may see: filter, sort, page, export."""
    rows = Meeting.objects.visible_to(request.user).select_related("group").defer("purpose", "notes")
    listing = list_rows(
        request,
        rows,
        MeetingFilter,
        sorts={"date": ("Date", "starts_at"), "group": ("Group", "group__name"), "status": ("Status", "status")},
        default="-date",
    )
    if wants_file(request):
        columns = {
            "Group": lambda m: m.group.name,
            "Nation": lambda m: m.group.get_nation_display(),
            "Number": lambda m: m.number,
            "Title": lambda m: m.title,
            "Date": lambda m: m.starts_on,
            "How people meet": lambda m: m.get_mode_display(),
            "Status": lambda m: m.get_status_display(),
            "Attended": lambda m: m.came if m.is_held else "",
            "Contributions": lambda m: m.said if m.is_held else "",
        }
        return list_file(request, "meetings", columns, listing.rows.with_counts())  # type: ignore[attr-defined]
    shown = [meeting.pk for meeting in listing.page]
    counts = Meeting.objects.filter(pk__in=shown).with_counts().in_bulk()  # only for the rows of this page
    open_needs = open_words_of(listing.page, request.user)
    for meeting in listing.page:
        meeting.came, meeting.said = counts[meeting.pk].came, counts[meeting.pk].said  # type: ignore[attr-defined]
        meeting.open_needs = open_needs.get(meeting.pk, "")
    context = {"listing": listing, "places": places(request), "sees_costs": sees_costs(request.user)}
    return render(request, "networks/meetings/meeting_list.html", context)


# --- One meeting ---------------------------------------------------------------------------------
def _said(meeting: Meeting) -> dict[str, Any]:
    rows = list(meeting.contributions.filter(removed_at__isnull=True).select_related("theme").with_quotable())
    return {
        "enablers": [row for row in rows if row.kind == Kind.ENABLER],
        "barriers": [row for row in rows if row.kind == Kind.BARRIER],
        "others": [row for row in rows if row.kind not in (Kind.ENABLER, Kind.BARRIER)],
        "said_count": len(rows),
    }


# Which part of a meeting stands first on its page.
PARTS = {
    "prepare": ["prepare", "log", "debrief"],
    "log": ["log", "debrief", "prepare"],
    "debrief": ["debrief", "log", "prepare"],
}


def _steps(act: str) -> list[dict[str, Any]]:
    """Prepare, run and log, debrief: which of them is done, which is now, which comes later."""
    titles = {"prepare": "Prepare", "log": "Run and log", "debrief": "Debrief"}
    order = [*titles, "done"]
    steps = []
    for name, title in titles.items():
        words = ""
        if act in order:
            before = order.index(name) - order.index(act)
            words = "Done" if before < 0 else "Later" if before else "Now"
        css = {"Done": "is-done", "Now": "is-now"}.get(words, "")
        steps.append({"href": f"#{name}", "title": title, "words": words, "css": css, "is_now": words == "Now"})
    return steps


@require_GET
def meeting_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting in three steps: prepare, run and log, debrief."""
    user = request.user
    meeting = find_meeting(request, pk)
    sees_people = has_perm(user, "networks.view_people", meeting)
    may_log = has_perm(user, "networks.log_meeting", meeting)
    sees_log = meeting.is_held or may_log
    agenda = list(meeting.agenda_items.select_related("carried_from__meeting"))
    papers = materials_of(meeting, user)
    attendances = list(meeting.attendances.select_related("person")) if sees_log else []
    is_open = meeting.status in (Meeting.Status.PLANNED, Meeting.Status.LOGGED)
    context: dict[str, Any] = {
        "meeting": meeting,
        "group": meeting.group,
        "act": meeting.act,
        "steps": _steps(meeting.act),
        "parts": [f"networks/meetings/_act_{part}.html" for part in PARTS.get(meeting.act, PARTS["log"])],
        "agenda": agenda,
        "agenda_minutes": sum(item.minutes or 0 for item in agenda),
        "agenda_too_long": _too_long(meeting.minutes_over(agenda)) if meeting.act == "prepare" else "",
        **papers,
        "sees_people": sees_people,
        "sees_log": sees_log,
        "attendances": mark_namesakes(meeting, attendances) if sees_people else [],
        "came": sum(a.status == Attendance.Status.PRESENT and not a.is_guest for a in attendances),
        "guests": sum(a.is_guest for a in attendances),
        "apologies": sum(a.status == Attendance.Status.APOLOGIES for a in attendances),
        "is_logged": bool(attendances),
        "debrief": Debrief.objects.filter(meeting=meeting).first(),
        "sees_debrief": has_perm(user, "networks.debrief_meeting", meeting) or has_perm(user, "networks.view_all"),
        "can": {
            "plan": has_perm(user, "networks.plan_meeting", meeting) and is_open,
            "log": may_log and is_open,
            "share": meeting.is_held and has_perm(user, "networks.share_learning", meeting),
            "restricted": has_perm(user, "networks.view_restricted", meeting),
            "finished": may_log and meeting.status == Meeting.Status.LOGGED,
            "debrief": has_perm(user, "networks.debrief_meeting", meeting) and meeting.act == "debrief",
            "reopen": may_log and meeting.act == "done",
            "cancel": has_perm(user, "networks.plan_meeting", meeting) and meeting.status == Meeting.Status.PLANNED,
        },
        "todo": meeting_todo(meeting, user, has_agenda=bool(agenda), late=papers["late"], waiting=papers["waiting"]),
        "beside": [part for find in BESIDE for part in find(user, meeting)],
        "moves": meeting.moves.select_related("moved_by__person"),
        **history_of(meeting),
        **answers(meeting, user, sees_people=sees_people),
        **documents_of(meeting, user),
        **bookings_of(meeting, user),
    }
    context["todo"] += context.get("booking_todo", [])
    if sees_people:
        context |= needs_of(meeting, papers["materials"])
        if context["can"]["plan"]:
            context["unsent_people"] = unsent_people(meeting, papers["materials"])
        if context["needs"]:
            audit.record_reading(user, "needs", meeting.group)
    if sees_log:
        context |= _said(meeting)
        context["photos"] = photos_for(user, meeting)
        context["decisions"] = meeting.decisions.all()
        context["actions"] = meeting.actions.select_related("contribution").order_by(SOONEST, "pk")
    if may_log and is_open:
        context["removed"] = meeting.contributions.filter(removed_at__isnull=False).select_related("theme")
    return render(request, "networks/meetings/meeting_detail.html", context)


# --- The agenda ----------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def meeting_agenda(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the agenda: what to talk about, in which order, for how long, led by whom."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.plan_meeting", meeting)
    items = list(meeting.agenda_items.select_related("carried_from"))
    carried = {item.pk for item in items if item.carried_from_id}
    initial = [{name: getattr(item, name) for name in AgendaItemForm.FIELDS} for item in items]
    problem: ValidationError | None = None
    data, moved = _rearranged(request.POST) if request.method == "POST" else (None, None)
    formset = AgendaFormSet(data, initial=initial, prefix="items")
    if request.method == "POST" and "do" not in request.POST and formset.is_valid():
        rows = [form.cleaned_data for form in formset.forms if form.cleaned_data.get("title")]
        shown = {form.cleaned_data["id"] for form in formset.forms if form.cleaned_data.get("id")}
        try:
            agenda = services.set_agenda(by=request.user, meeting=meeting, items=rows, shown=shown)
        except ValidationError as error:
            problem = error
        else:
            if over := meeting.minutes_over(agenda):
                messages.warning(request, f"The agenda is saved. {_too_long(over)}")
            else:
                messages.success(request, "The agenda is saved.")
            return redirect(meeting)
    if moved:
        line, direction = moved
        at_end = {"up": line == 0, "down": line == len(formset.forms) - 1}[direction]
        focused: Any = formset.forms[line]
        focused.focus = {"up": "down", "down": "up"}[direction] if at_end else direction
    context = {
        "meeting": meeting,
        "formset": formset,
        "carried": carried,
        "problem": problem,
        "moved": moved,
        "last_index": len(formset.forms) - 1,
        "too_long": _too_long(meeting.minutes_over(items)),
    }
    return render(request, "networks/meetings/meeting_agenda.html", context)


def _too_long(over: int) -> str:
    """What to say of an agenda that needs more time than the meeting has; nothing when it fits."""
    if over <= 0:
        return ""
    minutes = "1 minute" if over == 1 else f"{over} minutes"
    return f"It runs {minutes} past the end of the meeting. Shorten or remove an item, or change the end time."


def _rearranged(posted: QueryDict) -> tuple[QueryDict, tuple[int, str] | None]:
    """The lines as typed, with one moved up or down, or with a few more, as the button pressed asks.

    Answers also which line moved and in which direction, so that its button has the focus again.
    """
    data, do = posted.copy(), posted.get("do", "")
    total = min(whole_number(posted.get("items-TOTAL_FORMS")) or 0, AGENDA_LINES)
    if do == "more":
        data["items-TOTAL_FORMS"] = str(min(AGENDA_LINES, total + 3))
        return data, None
    direction, _, line = do.partition("-")
    number = whole_number(line)
    other = {"up": -1, "down": 1}.get(direction, 0) + (number or 0)
    if number is None or direction not in ("up", "down") or not 0 <= other < total or number >= total:
        return data, None
    for name in AgendaItemForm.FIELDS:
        one, two = f"items-{number}-{name}", f"items-{other}-{name}"
        data[one], data[two] = posted.get(two, ""), posted.get(one, "")
    return data, (other, direction)


# --- Debrief -------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def meeting_debrief(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what manager and coordinator agreed; that completes the meeting."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.debrief_meeting", meeting)
    known = Debrief.objects.filter(meeting=meeting).first()
    initial: dict[str, Any] = {"held_on": clock.today()}
    if known:
        initial = {name: getattr(known, name) for name in ("held_on", "went_well", "to_change", "agreed_next")}
    form = DebriefForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            debrief = services.debrief_meeting(by=request.user, meeting=meeting, **form.cleaned_data)
            messages.success(request, f"{meeting.title} is complete. {_where_carried(debrief)}")
            return redirect(meeting)
    if request.method == "GET" and meeting.act != "debrief":
        return _not_now(request, meeting)
    return form_page(
        request,
        form,
        title=f"Debrief of {meeting.title}",
        button="Complete meeting",
        crumbs=meeting_crumbs(meeting),
        lead="Talk about how it went, and agree how to run the next one. Ten minutes are enough.",
        summary=meeting,
    )


def _where_carried(debrief: Debrief) -> str:
    """Where what was agreed for next time stands now, in a sentence."""
    following = debrief.carried_to
    if following is None:
        return "What you agreed will go on the agenda of the next meeting, once it is planned."
    return f"What you agreed is on the agenda of {following.title} on {day(following.starts_at)}."


def _not_now(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Say why a meeting cannot be debriefed now, and what to do instead."""
    return render(
        request, "networks/log/meeting_closed.html", {"meeting": meeting, "act": meeting.act, "wish": "debrief"}
    )


@require_http_methods(["GET", "POST"])
def meeting_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the log of a complete meeting again, with a reason."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.log_meeting", meeting)
    form = ReasonForm(request.POST or None, hint="For example: an action was missing from the log.")
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.reopen_log(by=request.user, meeting=meeting, reason=form.cleaned_data["reason"])
            messages.success(request, "The log has been reopened. Hold another debrief when you have finished.")
            return redirect("networks:meeting-log", meeting.pk)
    return form_page(
        request,
        form,
        title=f"Reopen the log of {meeting.title}",
        button="Reopen log",
        crumbs=meeting_crumbs(meeting),
        lead="The reason is saved with the meeting. The meeting is complete again after another debrief.",
    )
