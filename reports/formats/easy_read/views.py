"""Pages on which a report is written in Easy Read and its review is recorded."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import (
    errors_as_messages,
    errors_on,
    form_page,
    show_conflict,
    take_version,
    whole_number,
)
from reports.formats.easy_read import services
from reports.formats.easy_read.drawings import drawings
from reports.formats.easy_read.forms import DrawingsForm, EasyReadForm, ReviewForm
from reports.formats.easy_read.models import EasyReadSection
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.pages import find_report


def _find_section(request: HttpRequest, year: int, key: str) -> ReportSection:
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    return get_object_or_404(ReportSection.objects.select_related("report"), report=report, key=key)


def _easy_of(request: HttpRequest, section: ReportSection) -> EasyReadSection | None:
    rows = EasyReadSection.objects.visible_to(request.user).select_related("section__report")
    return rows.filter(section=section).first()


def _crumbs(report: AnnualReport) -> list[tuple[str, str]]:
    return [
        ("Reports", reverse("reports:list")),
        (str(report.year), report.get_absolute_url()),
        ("Easy Read", reverse("reports:easy-read", args=[report.year])),
    ]


@require_GET
def easy_read(request: HttpRequest, year: int) -> HttpResponse:
    """Each chapter of a report with where its Easy Read stands."""
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    rows = EasyReadSection.objects.visible_to(request.user).filter(section__report=report).select_related("section")
    written = {easy.section_id: easy for easy in rows}
    sections = [
        {
            "section": section,
            "easy": (easy := written.get(section.pk)),
            "is_out_of_date": bool(easy and services.is_out_of_date(easy)),
        }
        for section in report.sections.all()
    ]
    may_edit = has_perm(request.user, services.EDIT, report)
    context = {"report": report, "sections": sections, "may_edit": may_edit}
    return render(request, "reports/formats/easy_read/easy_read.html", context)


@require_http_methods(["GET", "POST"])
def easy_read_edit(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Write a chapter in Easy Read beside its words; choose drawings; send it for review."""
    section = _find_section(request, year, key)
    may_edit = has_perm(request.user, services.EDIT, section.report)
    if request.method == "POST":
        require(request.user, services.EDIT, section.report)
    easy = _easy_of(request, section)
    lines = services.lines_of(easy)
    is_drawing = request.method == "POST" and "drawings" in request.POST
    known = {"sentences": "\n".join(line.words for line in lines), "version": easy.version if easy else 0}
    form = EasyReadForm(request.POST if request.method == "POST" and not is_drawing else None, initial=known)
    chosen = DrawingsForm(
        request.POST if is_drawing else None, lines=lines, initial={"version": known["version"]}, prefix="drawing"
    )
    differences = None
    if request.method == "POST" and not is_drawing and form.is_valid():
        with errors_on(form):
            try:
                services.write_easy_read(
                    by=request.user,
                    section=section,
                    sentences=form.cleaned_data["sentences"],
                    expected=form.cleaned_data["version"],
                )
            except Conflict as conflict:
                form.cleaned_data["sentences"] = "\n".join(form.cleaned_data["sentences"])
                now = "\n".join(line.words for line in services.lines_of(conflict.current))
                differences = show_conflict(form, conflict, {"sentences": now})
                take_version(form, conflict.current)
            else:
                messages.success(request, f"The Easy Read of “{section.get_key_display()}” is saved.")
                return redirect(request.path)
    if is_drawing:
        if chosen.is_valid():
            with errors_as_messages(request):
                services.choose_drawings(
                    by=request.user,
                    section=section,
                    pictures=chosen.pictures,
                    expected=chosen.cleaned_data["version"],
                )
                messages.success(request, "The pictures are saved.")
            return redirect(f"{request.path}#pictures")
        messages.error(request, "Choose a picture from the list for each sentence, or none.")
    fields = [chosen[name] for name in chosen.names]
    library = drawings()
    shown = [
        {
            "words": line.words,
            "alt": line.alt,
            "src": static(library[line.picture].path) if line.picture in library else "",
            "field": field,
        }
        for line, field in zip(lines, fields, strict=True)
    ]
    context = {
        "report": section.report,
        "section": section,
        "easy": easy,
        "lines": shown,
        "is_out_of_date": bool(easy and services.is_out_of_date(easy)),
        "form": form if may_edit else None,
        "drawings_form": chosen,
        "may_edit": may_edit,
        "differences": differences,
    }
    status = 200 if differences is None else 409
    return render(request, "reports/formats/easy_read/easy_read_edit.html", context, status=status)


@require_POST
def easy_read_send(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Say that a chapter's Easy Read is ready for members to review."""
    section = _find_section(request, year, key)
    require(request.user, services.EDIT, section.report)
    with errors_as_messages(request):
        services.send_for_review(by=request.user, section=section, expected=whole_number(request.POST.get("version")))
        messages.success(request, f"The Easy Read of “{section.get_key_display()}” waits for review.")
    return redirect("reports:easy-read-edit", year, key)


@require_http_methods(["GET", "POST"])
def easy_read_review(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Record which members reviewed a chapter's Easy Read."""
    section = _find_section(request, year, key)
    require(request.user, services.EDIT, section.report)
    easy = get_object_or_404(EasyReadSection.objects.visible_to(request.user), section=section)
    form = ReviewForm(request.POST or None, initial={"version": easy.version})
    differences = None
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            try:
                services.review_easy_read(
                    by=request.user,
                    section=section,
                    reviewed_by=form.cleaned_data["reviewed_by"],
                    reviewed_on=form.cleaned_data["reviewed_on"],
                    expected=form.cleaned_data["version"],
                )
            except Conflict as conflict:
                differences = show_conflict(form, conflict, {})
            else:
                messages.success(request, f"The review of “{section.get_key_display()}” is saved.")
                return redirect("reports:easy-read", year)
    title = section.get_key_display()
    edit = reverse("reports:easy-read-edit", args=[year, key])
    return form_page(
        request,
        form,
        title=f"Who reviewed the Easy Read of “{title}”?",
        button="Save review",
        crumbs=[*_crumbs(section.report), (title, edit)],
        lead="Members who read Easy Read should say that it is clear. Only reviewed Easy Read is published.",
        differences=differences,
    )
