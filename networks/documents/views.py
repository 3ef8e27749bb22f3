"""Packs and action plans as files: asking for one, how far it is, its history, and handing it out."""

from typing import Any

import structlog
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from impact.core.access.permissions import has_perm
from impact.core.jobs.models import Job
from impact.core.web.files import uploads
from impact.core.web.forms import errors_as_messages
from networks.documents import services
from networks.documents.models import Document
from networks.groups.models import Group, Network
from networks.groups.pages import find_group
from networks.meetings.models import Meeting
from networks.meetings.pages import find_meeting

log = structlog.get_logger(__name__)
SHOWN = 8


def documents_of(about: Meeting | Group | Network, user: Any) -> dict[str, Any]:
    """What a page shows of the documents about one thing: the newest in each size, the rest, the build that runs."""
    field = {Meeting: "meeting", Group: "group", Network: "network"}[type(about)]
    visible = Document.objects.visible_to(user).filter(**{field: about}).select_related("job", "asked_by__person")
    rows = list(visible[: SHOWN * 2])
    for row in rows:
        setattr(row, field, about)  # spares a query each
    may_build = has_perm(user, "networks.build_document", about)
    if isinstance(about, Network):
        may_build = may_build and has_perm(user, "networks.view_all")
    ready = [row for row in rows if row.is_ready]
    newest = ready[0] if ready else None
    waiting = next((row for row in rows if row.job and row.job.state != Job.State.SUCCEEDED), None)
    is_shown = waiting is not None and (newest is None or waiting.number > newest.number)
    return {
        "documents": ready[:SHOWN] if may_build else ready[:1],
        "newest_document": newest,
        "may_build": may_build,
        "is_out_of_date": bool(may_build and newest and services.is_out_of_date(newest)),
        **_job_context(waiting if is_shown and may_build else None, user),
    }


def _job_context(document: Document | None, user: Any) -> dict[str, Any]:
    """A build that runs or failed, for the fragment that shows it."""
    job = document.job if document else None
    shown = job if job and job.state != Job.State.SUCCEEDED else None
    return {
        "document": document,
        "job": shown,
        "is_waiting": bool(shown and not shown.is_finished),
        "may_retry": bool(shown and shown.state == Job.State.FAILED and has_perm(user, "core.retry_job")),
    }


def _find(request: HttpRequest, pk: int) -> Document:
    rows = Document.objects.visible_to(request.user).select_related("meeting__group", "group", "network", "job")
    return get_object_or_404(rows, pk=pk)


def _back_to(document: Document) -> str:
    """The place on a page where its documents are."""
    about = document.about
    return f"{about.get_absolute_url()}#pack" if isinstance(about, Meeting) else plan_url(about)


def plan_url(about: Group | Network) -> str:
    """The address of the action plan of a group or a network."""
    name = "networks:group-plan" if isinstance(about, Group) else "networks:plan"
    return reverse(name, args=[about.slug])


@never_cache
@require_GET
def document_job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a build is: the fragment that its page swaps in while it waits."""
    document = _find(request, pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(_back_to(document))
    context = _job_context(document, request.user)
    response = render(request, "networks/documents/_job.html", {**context, "job_back": _back_to(document)})
    if not context["is_waiting"]:
        response["HX-Refresh"] = "true"  # the page has a file, or a reason, to show
    return response


def _say(request: HttpRequest, document: Document, job: Job, what: str) -> HttpResponse:
    if job.state == Job.State.SUCCEEDED:
        messages.info(request, f"Nothing has changed since {what} {document.number}, so it is up to date.")
    else:
        messages.info(request, "It is being built. This takes a few seconds, and you can carry on with other things.")
    return redirect(_back_to(document))


@require_POST
def pack_build(request: HttpRequest, pk: int) -> HttpResponse:
    """Freeze the pack of a meeting and have it built."""
    meeting = find_meeting(request, pk)
    with errors_as_messages(request):
        document, job = services.request_pack(
            by=request.user, meeting=meeting, is_large=request.POST.get("size") == "large"
        )
        return _say(request, document, job, "pack")
    return redirect(meeting.get_absolute_url() + "#pack")


def _build_plan(request: HttpRequest, about: Group | Network) -> HttpResponse:
    with errors_as_messages(request):
        document, job = services.request_action_plan(
            by=request.user, about=about, is_large=request.POST.get("size") == "large"
        )
        return _say(request, document, job, "plan")
    return redirect(plan_url(about))


@require_POST
def group_plan_build(request: HttpRequest, slug: str) -> HttpResponse:
    """Freeze the action plan of a group and have it built."""
    return _build_plan(request, find_group(request, slug))


@require_POST
def network_plan_build(request: HttpRequest, slug: str) -> HttpResponse:
    """Freeze the action plan of a whole network and have it built."""
    return _build_plan(request, get_object_or_404(Network.objects.visible_to(request.user), slug=slug))


@require_GET
def document_file(request: HttpRequest, pk: int) -> FileResponse:
    """Hand out a built document; who may have it is asked each time."""
    rows = Document.objects.visible_to(request.user).ready().select_related("meeting__group", "group", "network")
    document = get_object_or_404(rows, pk=pk)
    try:
        return uploads.serve_file(document.file, name=document.file_name, content_type="application/pdf")
    except FileNotFoundError:
        log.error("document.file_missing", document=document.pk)
        raise Http404("This file is missing from the storage.") from None
