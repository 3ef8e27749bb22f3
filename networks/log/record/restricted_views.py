"""Restricted notes and safeguarding flags of a meeting, for its coordinator and national staff."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import errors_on
from networks.log.record import restricted
from networks.log.record.forms import DoneForm, RestrictedNoteForm
from networks.log.record.models import RestrictedNote
from networks.meetings.models import Meeting
from networks.meetings.pages import find_meeting, meeting_crumbs

# Who looks after adults at risk, by nation.
TEAMS = {
    Nation.ENGLAND: "the adult safeguarding team of the local council",
    Nation.WALES: "the adult safeguarding team of the local council",
    Nation.SCOTLAND: "the local council, and ask for adult support and protection",
    Nation.NORTHERN_IRELAND: "the adult protection gateway service of the local Health and Social Care Trust",
}


@never_cache
@require_http_methods(["GET", "POST"])
def restricted_notes(request: HttpRequest, pk: int) -> HttpResponse:
    """Read and write what members do not read; say what to do when someone is not safe."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.view_restricted", meeting)
    form = RestrictedNoteForm(request.POST) if request.method == "POST" else RestrictedNoteForm()
    if form.is_bound and form.is_valid():
        with errors_on(form):
            note = restricted.write_restricted_note(by=request.user, meeting=meeting, **form.cleaned_data)
            if note.is_safeguarding:
                messages.success(request, "The flag is raised. National staff have been told by email.")
            else:
                messages.success(request, "The note is saved. Members cannot see it.")
            return redirect("networks:restricted-notes", meeting.pk)
    return _page(request, meeting, form)


def _page(
    request: HttpRequest, meeting: Meeting, form: RestrictedNoteForm, done: DoneForm | None = None
) -> HttpResponse:
    notes = restricted.read_restricted_notes(by=request.user, meeting=meeting)
    may_deal = has_perm(request.user, "networks.deal_with_flag", meeting)
    for note in notes:
        if may_deal and note.is_safeguarding and not note.dealt_with_at:
            prefix = f"note-{note.pk}"
            is_sent = done is not None and done.prefix == prefix
            note.done_form = done if is_sent else DoneForm(prefix=prefix, initial={"version": note.version})  # type: ignore[attr-defined]
    context = {
        "meeting": meeting,
        "crumbs": meeting_crumbs(meeting),
        "form": form,
        "done": done,
        "notes": notes,
        "may_deal": may_deal,
        "team": TEAMS.get(Nation(meeting.group.nation), TEAMS[Nation.ENGLAND]),
    }
    return render(request, "networks/log/record/restricted_notes.html", context)


@never_cache
@require_POST
def flag_dealt_with(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what was done about a safeguarding flag."""
    rows = RestrictedNote.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    note = get_object_or_404(rows.select_related("meeting__group"), pk=pk)
    require(request.user, "networks.deal_with_flag", note)
    form = DoneForm(request.POST, prefix=f"note-{note.pk}")
    if form.is_valid():
        with errors_on(form):
            restricted.deal_with_flag(
                by=request.user, note=note, done=form.cleaned_data["done"], expected=form.cleaned_data["version"]
            )
            messages.success(request, "Saved. The flag no longer appears on the home page.")
            return redirect("networks:restricted-notes", note.meeting_id)
    return _page(request, note.meeting, RestrictedNoteForm(), form)
