"""The log of a meeting: one screen, saved as a whole, in the background, or entry by entry."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.api import idempotency
from impact.core.basics.dates import clock as clock_time
from impact.core.basics.versions import Conflict, mark
from impact.core.web.forms import errors_as_messages, removal_page, whole_number
from networks.actions.owners import owners_of
from networks.log import saving
from networks.log.forms import LogForm
from networks.log.models import Contribution
from networks.log.record.shown import not_to_be_shown
from networks.log.row_forms import PARTS
from networks.log.services import remove_contribution, restore_contribution
from networks.meetings.models import Meeting
from networks.meetings.pages import find_meeting
from networks.themes.models import Theme
from networks.themes.services import known_themes, similar_themes

THEMES_OFFERED = 500
NO_THEME = "There is no theme “{}” yet. Choose one from the list, or tick “Add it as a new theme”."


def themes_offered() -> list[tuple[str, str]]:
    """(theme, what was typed for it once) for the page to offer while someone types: each theme that logs speak of,
    and earlier names."""
    themes_first = F("merged_into_id").asc(nulls_first=True)
    rows = Theme.objects.spoken_of().select_related("merged_into").order_by(themes_first, "name")
    return [(t.merged_into.name, t.name) if t.merged_into else (t.name, "") for t in rows[:THEMES_OFFERED]]


FORGOTTEN = {"csrfmiddlewaretoken", "key"}


def _page(request: HttpRequest, form: LogForm, status: int = 200) -> HttpResponse:
    meeting = form.meeting
    context = {
        "meeting": meeting,
        "log": form,
        "themes": themes_offered(),
        "owners": owners_of(meeting.group),
        "is_held": meeting.is_held,
        "may_finish": meeting.status == Meeting.Status.PLANNED and meeting.has_started,
        "asked": not_to_be_shown(request.user, meeting),
        "closed_actions": meeting.actions.exclude(status="open"),
        "is_typed": form.data is not None,
        "form": {"errors": form.problems},  # for the page's title
    }
    return render(request, "networks/log/meeting_log.html", context, status=status)


@require_http_methods(["GET", "POST"])
def meeting_log(request: HttpRequest, pk: int) -> HttpResponse:
    """Log a meeting: who came, what was said, what was decided, who does what."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.log_meeting", meeting)
    sees_speakers = has_perm(request.user, "networks.view_speakers", meeting)
    if request.method == "GET":
        if meeting.act in ("done", "cancelled"):
            context = {"meeting": meeting, "act": meeting.act, "wish": "log"}
            return render(request, "networks/log/meeting_closed.html", context)
        return _page(request, LogForm(meeting, sees_speakers=sees_speakers))
    form = LogForm(meeting, request.POST, sees_speakers=sees_speakers)
    do = request.POST.get("do", "save")
    if do.startswith("more-") and do[5:] in PARTS:
        form.add_rows(do[5:])
        return _page(request, form)
    if do == "everyone":
        form.everyone_came()
        return _page(request, form)
    if do == "autosave":
        return _autosave(request, form)
    return _save(request, form, finish=do == "finish")


def _body(data: QueryDict) -> dict[str, list[str]]:
    return {name: values for name, values in data.lists() if name not in FORGOTTEN}


def _save(request: HttpRequest, form: LogForm, *, finish: bool) -> HttpResponse:
    meeting = form.meeting
    if not form.is_valid():
        return _page(request, form)
    known = known_themes()
    log, origin = form.sent(known_themes=known)
    if form.themes_to_come:
        rows = [(at, row) for at, row in origin.items() if row.prefix in form.themes_to_come]
        form.show_row_errors({at: {"theme": [NO_THEME.format(row["theme"].value())]} for at, row in rows}, origin)
        return _page(request, form)

    def effect() -> dict[str, Any]:
        return dict(saving.save_log(by=request.user, meeting=meeting, log=log, finish=finish))

    try:
        idempotency.once(
            user=request.user,  # type: ignore[arg-type]
            key=form.key,
            method="POST",
            path=request.path,
            body=_body(request.POST),
            effect=effect,
        )
    except saving.LogConflict as conflict:
        form.show_row_errors(conflict.rows, origin)
        form.take_marks(conflict.marks, origin)
        form.problems.insert(0, ("#log", conflict.messages[0]))
        if conflict.notes_now is not None:
            form.notes_now, form.notes_was = conflict.notes_now, mark(conflict.notes_now)
            form.problems.append(("#id_notes", "Notes: someone else changed them. Both texts are below."))
        form.renew_key()
        return _page(request, form, status=409)
    except saving.LogRefused as refused:
        form.show_row_errors(refused.rows, origin)
        form.renew_key()
        return _page(request, form)
    except idempotency.KeyReused:
        form.problems.append(
            ("#log", "You have already sent this page with different content. Check it, then save again.")
        )
        form.renew_key()
        return _page(request, form)
    except ValidationError as error:
        form.problems += [("#log", message) for message in error.messages]
        form.renew_key()
        return _page(request, form)
    _tell(request, meeting, finish=finish)
    _offer_known_themes(request, [s.theme for s in log.said if slugify(s.theme) and slugify(s.theme) not in known])
    return redirect(meeting) if finish else redirect("networks:meeting-log", meeting.pk)


def _tell(request: HttpRequest, meeting: Meeting, *, finish: bool) -> None:
    """Report that everything is saved. The tag tells the browser to delete this user's local copy of the log."""
    words = "The log is finished. Debrief next, to complete the meeting." if finish else "Everything is saved."
    messages.success(request, words, extra_tags=f"log-saved-{request.user.pk}:{meeting.pk}")


def _offer_known_themes(request: HttpRequest, new: list[str]) -> None:
    """Point out a theme that is nearly the same as a new one."""
    if not new:
        return
    themes = list(Theme.objects.in_use().spoken_of())
    for name in new:
        near = similar_themes(name, themes)
        if near:
            listed = " or ".join(f"“{theme.name}”" for theme in near)
            messages.info(
                request,
                f"You added the theme “{name}”. There is already {listed}. If it means the same thing, use that one.",
            )


def _autosave(request: HttpRequest, form: LogForm) -> HttpResponse:
    """Save the valid entries and tell the page which are stored; the rest stays on the screen."""
    form.is_valid()
    known = known_themes()
    log, origin = form.sent(known_themes=known)
    unfinished = len(form.problems)
    state, text = "saved", f"All changes saved at {clock_time(timezone.localtime())}"
    marks: list[tuple[str, str, bool]] = []
    try:
        saving.save_log(by=request.user, meeting=form.meeting, log=log)
    except saving.LogConflict:
        state, text = "error", "Someone else changed the same entry. Save to compare the two."
    except ValidationError as error:
        state, text = "error", f"Not saved yet: {error.messages[0]}"
    else:
        marks = form.marks_after(origin)
        if unfinished:
            one = unfinished == 1
            text = f"Saved, apart from {unfinished} {'entry that is' if one else 'entries that are'} not finished"
        elif form.themes_to_come:
            text = "Saved without the new theme. Tick “Add it as a new theme” to add it"
        if unfinished or form.themes_to_come:
            state = "saving"
    said = form.meeting.contributions.filter(removed_at__isnull=True).count()
    context = {"state": state, "text": text, "marks": marks, "said": said}
    return render(request, "networks/log/_log_saved.html", context)


def find_contribution(request: HttpRequest, pk: Any) -> Contribution:
    """An entry of a log, if the reader may see the meeting."""
    rows = Contribution.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("meeting__group"), pk=pk)


@require_POST
def contribution_remove(request: HttpRequest, pk: Any) -> HttpResponse:
    """Take one entry off the log, if it still says what the page showed. It can be put back."""
    contribution = find_contribution(request, pk)
    try:
        remove_contribution(
            by=request.user, contribution=contribution, expected=whole_number(request.POST.get("version"))
        )
    except Conflict as conflict:
        return removal_page(
            request,
            conflict,
            now=conflict.current.in_full,
            title="Remove this entry from the log?",
            button="Remove it anyway",
            back=contribution.meeting.get_absolute_url() + "#log",
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, "Removed from the log. You can restore it below.")
    return redirect(contribution.meeting.get_absolute_url() + "#log")


@require_POST
def contribution_put_back(request: HttpRequest, pk: Any) -> HttpResponse:
    """Put an entry back on the log."""
    contribution = find_contribution(request, pk)
    with errors_as_messages(request):
        restore_contribution(by=request.user, contribution=contribution)
        messages.success(request, "Restored to the log.")
    return redirect(contribution.meeting.get_absolute_url() + "#log")
