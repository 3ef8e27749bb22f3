"""The demonstration's other reports: a network as far as it has got, a site, and a note to funders for a past quarter."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from impact.core.management.demo import read
from impact.core.people.models import User
from reports.formats.easy_read import services as easy_read
from reports.subjects import services
from reports.subjects.easy_read.services import SubjectChapter, chapters_of
from reports.subjects.models import SubjectReport
from sites.registry.models import Site


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A report: ``about`` is the short name of a network or site, or a quarter."""

    kind: SubjectReport.Kind
    about: str
    by: str
    opening: str
    closing: str


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """subjects.toml."""

    reports: list[Subject]


@dataclass(frozen=True, kw_only=True)
class EasyRead:
    """subjects_easy_read.toml: each chapter's sentences with their drawings, and who reviewed them."""

    about: str
    reviewed_on: date
    reviewed_by: str
    chapters: dict[str, list[list[str]]]


@transaction.atomic
def build(accounts: dict[str, User]) -> None:
    """Start each report, write its words and ask for its first edition, unless there is one already."""
    if SubjectReport.objects.exists():
        return
    for row in read(__file__, "subjects.toml", Subjects).reports:
        by = accounts[row.by]
        if row.kind == SubjectReport.Kind.FUNDERS:
            report = services.start_report(by=by, kind=row.kind, quarter=row.about)
        else:
            report = services.start_report(by=by, kind=row.kind, site=Site.objects.get(slug=row.about))
        services.edit_words(by=by, report=report, expected=report.version, opening=row.opening, closing=row.closing)
        services.request_edition(by=by, report=report)
    _write_easy_read(accounts["staff"])


def _write_easy_read(by: User) -> None:
    """Put the report of a network in Easy Read, as members reviewed it."""
    data = read(__file__, "subjects_easy_read.toml", EasyRead)
    report = SubjectReport.objects.select_related("site").get(kind=SubjectReport.Kind.NETWORK, site__slug=data.about)
    for said in chapters_of(report.editions.get()):
        chapter, rows = SubjectChapter(report, said), data.chapters[said.key]
        easy_read.write_easy_read(by=by, section=chapter, sentences=[words for words, _drawing in rows])
        easy_read.choose_drawings(by=by, section=chapter, pictures=[drawing for _words, drawing in rows])
        easy_read.send_for_review(by=by, section=chapter)
        easy_read.review_easy_read(by=by, section=chapter, reviewed_by=data.reviewed_by, reviewed_on=data.reviewed_on)
