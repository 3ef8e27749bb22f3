"""Pages about sending papers: who gets what, sending it, noting that it was sent another way, and the links in emails."""

import structlog
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from impact.core.access import audit
from impact.core.access.permissions import require
from impact.core.basics.states import StateConflict
from impact.core.web.files import uploads
from impact.core.web.forms import errors_as_messages
from impact.core.web.views import alone
from networks.documents.materials.models import Material
from networks.documents.materials.sending import services
from networks.documents.materials.sending.forms import MarkSentForm, WhichPapersForm
from networks.documents.materials.sending.models import SentPaper
from networks.documents.materials.sending.plan import (
    default_selection,
    file_behind,
    link_ends_at,
    materials_to_send,
    plan_of,
    sent_paper_of,
    why_no_file,
)
from networks.meetings.models import Meeting
from networks.meetings.pages import find_meeting, meeting_crumbs

log = structlog.get_logger(__name__)


def _chosen(request: HttpRequest, materials: list[Material]) -> list[Material]:
    """The papers that were chosen on the page, or those chosen at first."""
    given = request.POST if request.method == "POST" else request.GET
    if "chosen" not in given:
        return default_selection(materials)
    wanted = set(given.getlist("paper"))
    return [material for material in materials if str(material.pk) in wanted]


def _page(request: HttpRequest, meeting: Meeting, problem: ValidationError | None = None) -> HttpResponse:
    """Who gets what, before anything is sent."""
    materials = materials_to_send(meeting)
    chosen = _chosen(request, materials)
    plan = plan_of(meeting, chosen)
    audit.record_reading(request.user, "needs", meeting.group)
    rows = SentPaper.objects.filter(material__in=materials)
    working = set(rows.filter(stopped_at__isnull=True).values_list("material_id", flat=True))
    stopped = set(rows.filter(stopped_at__isnull=False).values_list("material_id", flat=True)) - working
    context = {
        "meeting": meeting,
        "plan": plan,
        "materials": materials,
        "choose": WhichPapersForm(
            materials=materials, stopped=stopped, initial={"paper": [material.pk for material in chosen]}
        ),
        "mark_form": MarkSentForm(),
        "unmarked": [material for material in chosen if not material.sent_on],
        "why_not": services.why_not_sent(meeting),
        "until": link_ends_at(meeting),
        "problem": problem,
        "crumbs": meeting_crumbs(meeting),
    }
    return render(
        request,
        "networks/documents/materials/sending/papers_send.html",
        context,
        status=409 if isinstance(problem, StateConflict) else 200,
    )


@require_http_methods(["GET", "POST"])
def papers_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who will get which paper in which format, then send the papers."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.plan_meeting", meeting)
    if request.method == "POST":
        chosen = _chosen(request, materials_to_send(meeting))
        try:
            sent = services.send_papers(
                by=request.user, meeting=meeting, materials=chosen, expected=request.POST.get("mark", "-")
            )
        except ValidationError as error:
            return _page(request, meeting, problem=error)
        emails = "1 email is" if sent.emails == 1 else f"{sent.emails} emails are"
        messages.success(request, f"{emails} on the way. Each person will get only what they did not already have.")
        return redirect(meeting.get_absolute_url() + "#materials")
    return _page(request, meeting)


@require_POST
def papers_mark_sent(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the papers were sent without the platform, and when."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.plan_meeting", meeting)
    form = MarkSentForm(request.POST)
    if not form.is_valid():
        return _page(request, meeting, problem=ValidationError([e for row in form.errors.values() for e in row]))
    try:
        marked = services.mark_materials_sent(
            by=request.user,
            meeting=meeting,
            materials=_chosen(request, materials_to_send(meeting)),
            on=form.cleaned_data["on"],
        )
    except ValidationError as error:
        return _page(request, meeting, problem=error)
    papers = "1 paper is" if len(marked) == 1 else f"{len(marked)} papers are"
    messages.success(request, f"{papers} marked as sent by you.")
    return redirect(meeting.get_absolute_url() + "#materials")


@require_POST
def paper_links_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop the links to a paper that was sent by email."""
    rows = Material.objects.visible_to(request.user).select_related("meeting__group")
    material = get_object_or_404(rows, pk=pk)
    with errors_as_messages(request):
        stopped = services.stop_paper_links(by=request.user, material=material)
        links = "1 link was" if stopped == 1 else f"{stopped} links were"
        messages.success(
            request,
            f"{links} stopped. Members who sign in still find the paper here, and in packs that hold it. If the file was "
            "wrong, add a new version and build the pack again.",
        )
    return redirect(material)


@never_cache
@login_not_required
@require_safe
def paper(request: HttpRequest, token: str) -> HttpResponse | FileResponse:
    """Hand out a paper by the link in an email, without an account; whether it still works is asked each time."""
    row = sent_paper_of(token)
    closed = "unknown" if row is None else why_no_file(row)
    if row is not None and not closed:
        file = file_behind(row)
        try:
            return alone(uploads.serve_media(request, file.file, name=file.name, content_type=file.content_type))
        except FileNotFoundError:
            log.error("material.file_missing", file=file.pk)
            closed = "missing"
    status = 404 if closed in ("unknown", "missing") else 410
    return alone(
        render(request, "networks/documents/materials/sending/paper_closed.html", {"closed": closed}, status=status)
    )
