"""Pages on which a report about a network, a site or a quarter is written in Easy Read and its review is recorded."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.people.accounts import SignedInRequest
from reports.formats.easy_read import pages
from reports.subjects.easy_read import services
from reports.subjects.easy_read.models import SubjectEasyRead
from reports.subjects.easy_read.services import SubjectChapter
from reports.subjects.models import SubjectReport
from reports.subjects.views import find_subject

WRITE = SubjectChapter.permission


def _find_draft(request: HttpRequest, kind: str, slug: str) -> SubjectReport:
    """The report, if the reader may read its every edition."""
    report = find_subject(request, kind, slug)
    if not SubjectReport.objects.drafts_for(request.user).filter(pk=report.pk).exists():
        raise Http404
    return report


def _find_chapter(request: HttpRequest, kind: str, slug: str, key: str) -> SubjectChapter:
    """A chapter of the newest edition, or 404."""
    report = _find_draft(request, kind, slug)
    edition = services.newest_edition(report)
    for one in services.chapters_of(edition) if edition else []:
        if one.key == key:
            return SubjectChapter(report, one)
    raise Http404


def _place(report: SubjectReport, key: str) -> pages.Place:
    every = reverse("reports:subject-easy-read", args=[report.kind, report.slug])
    where = [report.kind, report.slug, key]
    return pages.Place(
        every=every,
        edit=reverse("reports:subject-easy-read-edit", args=where),
        send=reverse("reports:subject-easy-read-send", args=where),
        review=reverse("reports:subject-easy-read-review", args=where),
        report_title=report.title,
        crumbs=[
            ("Reports", reverse("reports:others")),
            (report.title, report.get_absolute_url()),
            ("Easy Read", every),
        ],
    )


@require_GET
def easy_read(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Each chapter of the newest edition with where its Easy Read stands."""
    report = _find_draft(request, kind, slug)
    written = {easy.key: easy for easy in SubjectEasyRead.objects.visible_to(request.user).filter(report=report)}
    edition = services.newest_edition(report)
    rows = [
        {
            "title": said.title,
            "href": reverse("reports:subject-easy-read-edit", args=[kind, report.slug, said.key]),
            "easy": (easy := written.get(said.key)),
            "is_out_of_date": bool(easy and services.is_out_of_date(easy, said)),
            "is_empty": False,
        }
        for said in (services.chapters_of(edition) if edition else [])
    ]
    note = (
        f"Easy Read is written for the words and figures of edition {edition.number}, the newest. Build an edition first "
        "if you want to change them: a new edition with other figures needs its Easy Read checked again."
        if edition
        else ""
    )
    may_edit = has_perm(request.user, WRITE, report)
    return pages.list_page(request, report, rows, _place(report, "summary"), may_edit=may_edit, note=note)


@require_http_methods(["GET", "POST"])
def easy_read_edit(request: SignedInRequest, kind: str, slug: str, key: str) -> HttpResponse:
    """Write a chapter in Easy Read beside its words; choose drawings; send it for review."""
    chapter = _find_chapter(request, kind, slug, key)
    return pages.edit_page(
        request, chapter, chapter.rows().first(), {"html": chapter.said.html}, _place(chapter.report, key)
    )


@require_POST
def easy_read_send(request: SignedInRequest, kind: str, slug: str, key: str) -> HttpResponse:
    """Say that a chapter's Easy Read is ready for members to review."""
    chapter = _find_chapter(request, kind, slug, key)
    return pages.send(request, chapter, _place(chapter.report, key))


@require_http_methods(["GET", "POST"])
def easy_read_review(request: SignedInRequest, kind: str, slug: str, key: str) -> HttpResponse:
    """Record which members reviewed a chapter's Easy Read."""
    chapter = _find_chapter(request, kind, slug, key)
    require(request.user, WRITE, chapter.report)
    easy = get_object_or_404(SubjectEasyRead.objects.visible_to(request.user), report=chapter.report, key=key)
    return pages.review_page(request, chapter, easy, _place(chapter.report, key))
