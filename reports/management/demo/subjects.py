"""The demonstration's other reports: a network as far as it has got, a site, and a note to funders for a past quarter."""

from dataclasses import dataclass

from django.db import transaction

from impact.core.management.demo import read
from impact.core.people.models import User
from reports.subjects import services
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
