"""Pages about the papers of meetings: adding them, their versions and history, sending, and handing out files."""

import structlog
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.basics.vocabulary import Format
from impact.core.web.files import uploads
from impact.core.web.forms import Crumbs, errors_as_messages, errors_on, form_page
from networks.documents.materials import services
from networks.documents.materials.forms import MaterialChangeForm, MaterialForm, MaterialVersionForm, UseAgainForm
from networks.documents.materials.models import Material, MaterialFile
from networks.documents.materials.reading.services import why_unread
from networks.documents.materials.sending.models import SentPaper
from networks.documents.materials.sending.services import working_links
from networks.groups.models import Group
from networks.meetings.models import Meeting
from networks.meetings.pages import find_meeting, meeting_crumbs

log = structlog.get_logger(__name__)


def _find(request: HttpRequest, pk: int) -> Material:
    """The paper, if the reader may see it."""
    rows = Material.objects.visible_to(request.user).select_related("meeting__group__site").prefetch_related("files")
    return get_object_or_404(rows, pk=pk)


def _crumbs(material: Material) -> Crumbs:
    return [*meeting_crumbs(material.meeting), (material.title, material.get_absolute_url())]


@require_http_methods(["GET", "POST"])
def material_add(request: HttpRequest, pk: int) -> HttpResponse:
    """List something that goes out before the meeting."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.plan_meeting", meeting)
    form = MaterialForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.add_material(by=request.user, meeting=meeting, **form.cleaned_data)
            messages.success(request, "The paper has been added.")
            return redirect(meeting.get_absolute_url() + "#materials")
    return form_page(
        request,
        form,
        title="Add a paper",
        button="Add paper",
        crumbs=meeting_crumbs(meeting),
        lead="Research, lived experience and practice knowledge count the same. A good pack has all three.",
    )


@require_GET
def material_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One paper: its formats and versions, and which version was used at which meeting."""
    material, user = _find(request, pk), request.user
    uses = (
        Material.objects.visible_to(user)
        .filter(lineage=material.lineage)
        .select_related("meeting__group")
        .prefetch_related("files")
        .order_by("meeting__starts_at")
    )
    keeps_log = has_perm(user, "networks.log_meeting", material.meeting)
    may_plan = has_perm(user, "networks.plan_meeting", material.meeting)
    newest = material.newest_files
    context = {
        "material": material,
        "meeting": material.meeting,
        "newest": newest,
        "unread": why_unread(material) if may_plan else [],
        "older": [file for file in material.files.all() if file not in newest] if keeps_log else [],
        "uses": uses,
        "may_plan": may_plan,
        **(_by_email(material) if may_plan else {}),
        "may_change": may_plan and material.meeting.status in (Meeting.Status.PLANNED, Meeting.Status.LOGGED),
    }
    return render(request, "networks/documents/materials/material_detail.html", context)


def _by_email(material: Material) -> dict[str, int]:
    """To how many people the platform sent a paper, and how many links to it were not stopped."""
    links = working_links(material)
    people = SentPaper.objects.filter(material=material).values("person_id").distinct()
    return {"sent_to": people.count(), "link_count": links.count()}


@require_http_methods(["GET", "POST"])
def material_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what is said about a paper."""
    material = _find(request, pk)
    require(request.user, "networks.plan_meeting", material.meeting)
    known = {name: getattr(material, name) for name in ("title", "evidence_kind", "url", "formats")}
    form = MaterialChangeForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.change_material(by=request.user, material=material, **form.cleaned_data)
            messages.success(request, "Saved.")
            return redirect(material)
    return form_page(request, form, title="Edit paper", button="Save", crumbs=_crumbs(material))


@require_http_methods(["GET", "POST"])
def material_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a format of a paper, or a new version with what changed."""
    material = _find(request, pk)
    require(request.user, "networks.plan_meeting", material.meeting)
    newest = material.newest_files
    form = MaterialVersionForm(request.POST or None, request.FILES or None, initial={"format": Format.STANDARD})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            row = services.add_material_version(by=request.user, material=material, **form.cleaned_data)
            messages.success(
                request, f"Version {row.number} has been added in this format: {row.get_format_display()}."
            )
            return redirect(material)
    there = ", ".join(f"{file.get_format_display()} (version {file.number})" for file in newest)
    return form_page(
        request,
        form,
        title="Add a file",
        button="Add file",
        crumbs=_crumbs(material),
        lead=f"Already added: {there}. Adding a format again makes a new version. The older one is kept."
        if there
        else "",
    )


@require_http_methods(["GET", "POST"])
def material_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Use a paper at another meeting, with the files as they are now."""
    material = _find(request, pk)
    require(request.user, "networks.plan_meeting", material.meeting)
    meetings = (
        Meeting.objects.upcoming()
        .filter(group__in=Group.objects.permitted(request.user, "networks.plan_meeting"))
        .exclude(materials__lineage=material.lineage)
        .select_related("group")
    )
    form = UseAgainForm(request.POST or None, meetings=meetings)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            again = services.use_material_again(by=request.user, material=material, **form.cleaned_data)
            messages.success(request, f"“{again.title}” has been added to {again.meeting.title}.")
            return redirect(again)
    return form_page(
        request,
        form,
        title="Reuse this paper",
        button="Add to meeting",
        crumbs=_crumbs(material),
        lead="The paper keeps one history: you can see later which version was used at which meeting.",
    )


def _of_meeting(request: HttpRequest, pk: int, material_pk: int) -> Material:
    rows = Material.objects.visible_to(request.user).select_related("meeting__group")
    return get_object_or_404(rows, meeting=find_meeting(request, pk), pk=material_pk)


@require_POST
def material_sent(request: HttpRequest, pk: int, material_pk: int) -> HttpResponse:
    """Note that a paper went out today."""
    material = _of_meeting(request, pk, material_pk)
    with errors_as_messages(request):
        services.mark_material_sent(by=request.user, material=material)
        messages.success(request, f"“{material.title}” has been marked as sent by you today.")
    return redirect(material.meeting.get_absolute_url() + "#materials")


@require_POST
def material_remove(request: HttpRequest, pk: int, material_pk: int) -> HttpResponse:
    """Take a paper off the list."""
    material = _of_meeting(request, pk, material_pk)
    title, meeting = material.title, material.meeting
    with errors_as_messages(request):
        services.remove_material(by=request.user, material=material)
        messages.success(request, f"“{title}” has been removed from the list.")
    return redirect(meeting.get_absolute_url() + "#materials")


@require_GET
def material_file(request: HttpRequest, pk: int) -> FileResponse | HttpResponse:
    """Hand out one version of a paper, or the part of a recording that a player asks for; who may have it is asked each
    time."""
    row = get_object_or_404(MaterialFile.objects.visible_to(request.user), pk=pk)
    try:
        return uploads.serve_media(request, row.file, name=row.name, content_type=row.content_type)
    except FileNotFoundError:
        log.error("material.file_missing", file=row.pk)
        raise Http404("The file of this paper is missing from the storage.") from None
