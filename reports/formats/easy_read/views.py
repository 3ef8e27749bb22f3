"""Pages on which an annual report is written in Easy Read and its review is recorded."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.people.accounts import SignedInRequest
from reports.formats.easy_read import pages, services
from reports.formats.easy_read.chapters import SectionChapter
from reports.formats.easy_read.models import EasyReadSection
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.pages import find_report


def _find_section(request: HttpRequest, year: int, key: str) -> ReportSection:
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    return get_object_or_404(ReportSection.objects.select_related("report"), report=report, key=key)


def _place(report: AnnualReport, key: str) -> pages.Place:
    every = reverse("reports:easy-read", args=[report.year])
    return pages.Place(
        every=every,
        edit=reverse("reports:easy-read-edit", args=[report.year, key]),
        send=reverse("reports:easy-read-send", args=[report.year, key]),
        review=reverse("reports:easy-read-review", args=[report.year, key]),
        report_title=f"{report.title} {report.year}",
        crumbs=[
            ("Reports", reverse("reports:list")),
            (str(report.year), report.get_absolute_url()),
            ("Easy Read", every),
        ],
    )


@require_GET
def easy_read(request: HttpRequest, year: int) -> HttpResponse:
    """Each chapter of a report with where its Easy Read stands."""
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    rows = EasyReadSection.objects.visible_to(request.user).filter(section__report=report).select_related("section")
    written = {easy.section_id: easy for easy in rows}
    sections = [
        {
            "title": section.get_key_display(),
            "href": reverse("reports:easy-read-edit", args=[year, section.key]),
            "easy": (easy := written.get(section.pk)),
            "is_out_of_date": bool(easy and services.is_out_of_date(easy)),
            "is_empty": not section.body,
        }
        for section in report.sections.all()
    ]
    may_edit = has_perm(request.user, services.EDIT, report)
    return pages.list_page(request, report, sections, _place(report, "summary"), may_edit=may_edit)


@require_http_methods(["GET", "POST"])
def easy_read_edit(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Write a chapter in Easy Read beside its words; choose drawings; send it for review."""
    section = _find_section(request, year, key)
    chapter = SectionChapter(section)
    easy = chapter.rows().filter(pk__in=EasyReadSection.objects.visible_to(request.user).values("pk")).first()
    return pages.edit_page(request, chapter, easy, {"body": section.body}, _place(section.report, key))


@require_POST
def easy_read_send(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Say that a chapter's Easy Read is ready for members to review."""
    section = _find_section(request, year, key)
    return pages.send(request, SectionChapter(section), _place(section.report, key))


@require_http_methods(["GET", "POST"])
def easy_read_review(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Record which members reviewed a chapter's Easy Read."""
    section = _find_section(request, year, key)
    require(request.user, services.EDIT, section.report)
    easy = get_object_or_404(EasyReadSection.objects.visible_to(request.user), section=section)
    return pages.review_page(request, SectionChapter(section), easy, _place(section.report, key))
