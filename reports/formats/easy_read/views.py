"""Pages on which an annual report is written in Easy Read and its review is recorded."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import has_perm, require
from impact.core.people.accounts import SignedInRequest
from reports.formats.easy_read import pages, services
from reports.formats.easy_read.chapters import SectionChapter
from reports.formats.easy_read.counting import NONE_YET, counted, reviewed_line
from reports.formats.easy_read.models import EasyReadSection
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.pages import find_report


def find_section(request: HttpRequest, year: int, key: str) -> ReportSection:
    """A section of a report, for those who work on it."""
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    return get_object_or_404(ReportSection.objects.select_related("report"), report=report, key=key)


def place_of(report: AnnualReport, key: str) -> pages.Place:
    """Where the pages of a section's Easy Read are."""
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
    may_edit = has_perm(request.user, services.EDIT, report)
    is_exact = has_perm(request.user, "coproduction.record_for_member")
    counts = counted(report)
    sections = [
        {
            "title": section.get_key_display(),
            "href": reverse("reports:easy-read-edit", args=[year, section.key]),
            "easy": (easy := written.get(section.pk)),
            "is_out_of_date": bool(easy and services.is_out_of_date(easy)),
            "is_empty": not section.body,
            "reviewed_by": reviewed_line(counts.get(section.pk, NONE_YET), easy.reviewed_by) if easy else "",
            "count": counts.get(section.pk, NONE_YET).shown(is_exact=is_exact) if may_edit else None,
        }
        for section in report.sections.all()
    ]
    return pages.list_page(request, report, sections, place_of(report, "summary"), may_edit=may_edit)


@require_http_methods(["GET", "POST"])
def easy_read_review(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Record which members reviewed a chapter's Easy Read."""
    section = find_section(request, year, key)
    require(request.user, services.EDIT, section.report)
    easy = get_object_or_404(EasyReadSection.objects.visible_to(request.user), section=section)
    return pages.review_page(request, SectionChapter(section), easy, place_of(section.report, key))
