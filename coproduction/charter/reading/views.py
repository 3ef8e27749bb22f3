"""Pages for reading a charter: what changed, one section's history, the course of versions and waypoints, files."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import structlog
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from coproduction.agreement.standing import who_answered
from coproduction.charter.models import Charter, CharterSection, CharterVersion
from coproduction.charter.pages import charter_for, reading_context, version_for
from coproduction.charter.reading import pages, printing
from coproduction.charter.reading.formats import formats_of
from coproduction.charter.reading.models import CharterPdf, EasyRead, EasyReadLine, Recording
from coproduction.group.views import course
from impact.core.basics import clock
from impact.core.jobs.models import Job
from impact.core.people.accounts import SignedInRequest
from impact.core.web.files import uploads
from impact.core.web.forms import errors_as_messages

log = structlog.get_logger(__name__)
Status = CharterVersion.Status


# --- A version -----------------------------------------------------------------------------------
def version_context(request: SignedInRequest, version: CharterVersion, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page of a version shows beside its words: formats, PDFs, and who answered."""
    context = pages.format_context(request, version, rows)
    context |= pages.pdf_context(request, version, [row["text"] for row in rows])
    agreement = version.agreement_rounds.order_by("-pk").first()
    if agreement is not None:
        context["answered"] = who_answered(agreement, request.user)
    return context


def compare_page(request: SignedInRequest, version: CharterVersion, against: CharterVersion) -> HttpResponse:
    """What changed from one version to another."""
    context = reading_context(request, version.charter) | pages.compare_context(request, against, version)
    context |= {"version": version, "against": against}
    return render(request, "coproduction/charter/reading/compare.html", context)


@require_GET
def charter_compare(request: SignedInRequest, pk: int) -> HttpResponse:
    """Choose two versions; the choice leads to the permanent address of what changed between them."""
    charter = charter_for(request, pk)
    context = reading_context(request, charter)
    if "to" in request.GET:
        names = [request.GET.get(name, "") for name in ("from", "to")]
        chosen = [next((v for v in context["versions"] if v.slug == name), None) for name in names]
        if chosen[0] and chosen[1] and chosen[0] != chosen[1]:
            return redirect(f"{chosen[1].get_absolute_url()}?against={chosen[0].slug}")
        messages.error(request, "Choose two different versions.")
    newest = [version.slug for version in context["versions"][:2]]
    context |= {"newer": newest[0] if newest else None, "older": newest[-1] if newest else None}
    return render(request, "coproduction/charter/reading/choose.html", context)


@require_GET
def charter_section(request: SignedInRequest, pk: int, key: str) -> HttpResponse:
    """One section through all versions that the reader may read: its permanent address."""
    charter = charter_for(request, pk)
    section = get_object_or_404(CharterSection, charter=charter, key=key)
    context = reading_context(request, charter)
    steps = pages.section_steps(context["versions"][::-1], key)
    if not steps:
        raise Http404("This section is in no text that you can read.")
    shown = context["agreed"] or context["proposed"] or context["versions"][0]
    now = next((step for step in steps if step["version"].pk == shown.pk and step["text"]), None)
    found = formats_of([shown])[shown.pk]
    context |= {
        "section": section,
        "steps": steps,
        "shown": shown,
        "now": now,
        "title": steps[0]["change"].title,
        "easy": found.easy_read.get(section.pk) if now else None,
        "sound": found.sound.get(section.pk) if now else None,
    }
    return render(request, "coproduction/charter/reading/section.html", context)


# --- The course ----------------------------------------------------------------------------------
@require_GET
def charter_course(request: SignedInRequest, pk: int) -> HttpResponse:
    """Versions and waypoints on one line, oldest first, with what is still to come."""
    charter = charter_for(request, pk)
    context = reading_context(request, charter)
    stops = [*_version_stops(context["versions"]), *_waypoint_stops(charter)]
    stops.sort(key=lambda stop: (stop["on"], stop["is_waypoint"]))
    today = clock.today()
    context |= {
        "past": [stop for stop in stops if not stop["is_ahead"]],
        "ahead": [stop for stop in stops if stop["is_ahead"]],
        "today": today,
    }
    return render(request, "coproduction/charter/reading/course.html", context)


def _version_stops(versions: list[CharterVersion]) -> list[dict[str, Any]]:
    """When each version was put to the members, and when they agreed it; a draft stands where it was opened."""
    stops = []
    for version, previous in zip(versions, [*versions[1:], None], strict=True):
        stop: dict[str, Any] = {"version": version, "previous": previous, "is_waypoint": False, "is_ahead": False}
        name = f"Version {version.name}"
        if version.proposed_on is None:
            opened: date = timezone.localtime(version.created_at).date()
            words = "withdrawn before members read it" if version.status == Status.WITHDRAWN else "draft opened"
            stops.append({**stop, "on": opened, "title": f"{name}: {words}", "note": version.status_reason})
            continue
        note = version.change_note
        if version.corrects:  # no one was asked about it
            title = f"{name} corrects version {version.corrects.name}"
            later = f"Not in force any more: {version.status_reason}" if version.status == Status.WITHDRAWN else ""
            stop |= {"previous": version.corrects, "later": later}
            stops.append({**stop, "on": version.proposed_on, "title": title, "note": note})
            continue
        stops.append({**stop, "on": version.proposed_on, "title": f"{name} put to the members", "note": note})
        if version.agreed_on:
            stops.append(
                {
                    **stop,
                    "on": version.agreed_on,
                    "title": f"{name} agreed by the members",
                    "note": "",
                    "previous": None,
                }
            )
        elif version.status == Status.WITHDRAWN:
            stops[-1]["later"] = f"Withdrawn later: {version.status_reason}"
    return stops


# The date stands above, so the chip says no more than what it is.
TAGS = {"Open for answers until": "Open for answers", "Overdue since": "Overdue"}


def _waypoint_stops(charter: Charter) -> list[dict[str, Any]]:
    return [
        {
            "waypoint": stop["waypoint"],
            "is_waypoint": True,
            "is_ahead": stop["waypoint"].held_on is None,
            "on": stop["date"],
            "title": stop["waypoint"].title,
            "words": TAGS.get(stop["words"], stop["words"]),
            "state": stop["state"],
        }
        for stop in course(list(charter.waypoints.all()))
    ]


# --- PDFs ----------------------------------------------------------------------------------------
def _back_to(version: CharterVersion) -> str:
    return f"{version.get_absolute_url()}#download"


@require_POST
def pdf_build(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """Freeze the words of a version and have a PDF built."""
    version = version_for(request, charter_for(request, pk), number)
    form = request.POST.get("form", "")
    with errors_as_messages(request):
        _pdf, job = printing.request_pdf(
            by=request.user, version=version, form=form if form in CharterPdf.Form.values else CharterPdf.Form.STANDARD
        )
        if job.state != Job.State.SUCCEEDED:
            messages.info(request, "The PDF is being built. This takes a few seconds.", extra_tags="at-download")
    return redirect(_back_to(version))


@never_cache
@require_GET
def pdf_job(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far a build is: the fragment that the page swaps in while it waits."""
    rows = CharterPdf.objects.visible_to(request.user).select_related("version", "job").defer("contents")
    pdf = get_object_or_404(rows, pk=pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(_back_to(pdf.version))
    context = pages.job_context(pdf, request.user)
    response = render(request, "coproduction/charter/reading/_job.html", {**context, "job_back": _back_to(pdf.version)})
    if not context["is_waiting"]:
        response["HX-Refresh"] = "true"  # the page has a file, or a reason, to show
    return response


# --- Files ---------------------------------------------------------------------------------------
@contextmanager
def missing_is_404(file: Any) -> Iterator[None]:
    """Say that a file is not there, and tell those who run the site, when the storage has lost it."""
    try:
        yield
    except FileNotFoundError:
        log.error("charter.file_missing", file=file.name)
        raise Http404("This file is missing from the storage.") from None


def _serve(file: Any, *, name: str, content_type: str) -> FileResponse:
    with missing_is_404(file):
        return uploads.serve_file(file, name=name, content_type=content_type)


@require_GET
def pdf_file(request: SignedInRequest, pk: int) -> FileResponse:
    """Hand out a PDF that was built; who may have it is asked each time."""
    rows = CharterPdf.objects.visible_to(request.user).ready().select_related("version").defer("contents")
    pdf = get_object_or_404(rows, pk=pk)
    return _serve(pdf.file, name=pdf.file_name, content_type="application/pdf")


@require_GET
def recording_file(request: SignedInRequest, pk: int) -> FileResponse | HttpResponse:
    """Hand out a recording, or the part of it that a player asks for."""
    recording = get_object_or_404(Recording.objects.visible_to(request.user), pk=pk)
    file, name, content_type = recording.file, recording.name, recording.content_type
    with missing_is_404(file):
        return uploads.serve_media(request, file, name=name, content_type=content_type)


@require_GET
def easy_read_picture(request: HttpRequest, pk: int) -> FileResponse:
    """Hand out the picture beside a sentence of an Easy Read that the reader may see."""
    rows = EasyReadLine.objects.filter(easy_read__in=EasyRead.objects.visible_to(request.user)).exclude(picture="")
    line = get_object_or_404(rows, pk=pk)
    return _serve(line.picture, name="picture.jpg", content_type="image/jpeg")
