"""The demonstration's annual report: every chapter written, and with the leadership team."""

from dataclasses import dataclass

from django.db import transaction

from impact.core.management.demo import read
from impact.core.people.models import User
from reports.approval.services import submit_for_approval
from reports.writing import services
from reports.writing.models import AnnualReport, ReportSection


@dataclass(frozen=True, kw_only=True)
class Report:
    """report.toml."""

    year: int
    title: str
    subtitle: str
    chapters: dict[ReportSection.Key, str]


@transaction.atomic
def build(accounts: dict[str, User]) -> None:
    """Write the report and give it to the leadership team, unless there is one for its year already."""
    data = read(__file__, "report.toml", Report)
    if AnnualReport.objects.filter(year=data.year).exists():
        return
    by = accounts["engagement"]
    report = services.start_report(
        by=by, year=data.year, title=data.title, subtitle=data.subtitle, is_illustrative=True
    )
    for section in report.sections.select_related("report"):
        if body := data.chapters.get(ReportSection.Key(section.key)):
            services.write_section(by=by, section=section, body=body)
    submit_for_approval(by=by, report=report)
