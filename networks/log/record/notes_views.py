"""The history of a meeting's notes, for those who keep its log: list, read, compare, put back."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from impact.core.access.permissions import require
from impact.core.basics.words.diff import plain, word_diff
from impact.core.web.forms import Crumbs, errors_as_messages, whole_number
from networks.log.record import notes
from networks.log.record.models import NotesVersion
from networks.meetings.models import Meeting
from networks.meetings.pages import find_meeting, meeting_crumbs

ON_A_PAGE = 60


def _meeting(request: HttpRequest, pk: int) -> Meeting:
    meeting = find_meeting(request, pk)
    require(request.user, "networks.log_meeting", meeting)
    return meeting


def _crumbs(meeting: Meeting) -> Crumbs:
    return [*meeting_crumbs(meeting), ("Versions of the notes", reverse("networks:notes-list", args=[meeting.pk]))]


def _version(meeting: Meeting, number: int) -> NotesVersion:
    return get_object_or_404(meeting.notes_versions.select_related("saved_by__person"), number=number)


def _is_changeable(meeting: Meeting) -> bool:
    return meeting.status in (Meeting.Status.PLANNED, Meeting.Status.LOGGED)


@require_GET
def notes_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version of the notes: who saved it, when, how long it is."""
    meeting = _meeting(request, pk)
    rows = meeting.notes_versions.select_related("saved_by__person").annotate(length=Length("text")).defer("text")
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    numbers = [row.number for row in page]
    context = {
        "meeting": meeting,
        "crumbs": meeting_crumbs(meeting),
        "page": page,
        "newest": meeting.notes_versions.values_list("number", flat=True).first(),
        "first_choice": numbers[1] if len(numbers) > 1 else None,
        "second_choice": numbers[0] if numbers else None,
    }
    return render(request, "networks/log/record/notes_list.html", context)


@require_GET
def notes_version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version as it read, and a way to put it back."""
    meeting = _meeting(request, pk)
    version = _version(meeting, number)
    before = meeting.notes_versions.filter(number__lt=number).first()
    context = {
        "meeting": meeting,
        "crumbs": _crumbs(meeting),
        "version": version,
        "before": before,
        "is_current": version.text == meeting.notes,
        "may_restore": _is_changeable(meeting) and version.text != meeting.notes,
        "is_closed": not _is_changeable(meeting),
    }
    return render(request, "networks/log/record/notes_version.html", context)


def _number(request: HttpRequest, name: str) -> int:
    return whole_number(request.GET.get(name)) or 0


@require_GET
def notes_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two versions as one text, with what came and what went."""
    meeting = _meeting(request, pk)
    chosen = sorted({_number(request, "from"), _number(request, "to")})
    found = {v.number: v for v in meeting.notes_versions.select_related("saved_by__person").filter(number__in=chosen)}
    if len(found) < 2:
        messages.info(request, "Choose two different versions to compare.")
        return redirect("networks:notes-list", meeting.pk)
    older, newer = (found[number] for number in chosen)
    context: dict[str, Any] = {
        "meeting": meeting,
        "crumbs": _crumbs(meeting),
        "older": older,
        "newer": newer,
        "pieces": word_diff(plain(older.text), plain(newer.text)),
        "is_same": older.text == newer.text,
    }
    return render(request, "networks/log/record/notes_compare.html", context)


@require_POST
def notes_restore(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Put one version back."""
    meeting = _meeting(request, pk)
    with errors_as_messages(request):
        notes.restore_notes(by=request.user, meeting=meeting, number=number)
        messages.success(
            request, f"Version {number} has been restored. The notes it replaced are kept as the previous version."
        )
    return redirect("networks:notes-list", meeting.pk)
