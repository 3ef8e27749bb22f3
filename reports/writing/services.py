"""The annual report's life: written, frozen, built, submitted, approved, published. Every write, one function each."""

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.versions import save_changes
from impact.core.people.models import Person
from reports.figures.gather import gather_figures
from reports.writing.facts import as_seen, facts_for, mark_of
from reports.writing.models import AnnualReport, ReportSection, ReportWriter

Status = AnnualReport.Status
OPEN = (Status.WRITING, Status.GROUP, Status.SUBMITTED)

# Rule 14: what the advisory group reports on. These, and the summary, must be written before others read it.
MUST_BE_WRITTEN = [
    ReportSection.Key.SUMMARY,
    ReportSection.Key.PROGRESS,
    ReportSection.Key.GOOD_PRACTICE,
    ReportSection.Key.DEVELOPMENT,
]


@transaction.atomic
def start_report(
    *, by: Actor, year: int, title: str, subtitle: str = "", is_illustrative: bool = False
) -> AnnualReport:
    """Open a year's report with every section empty, for those who write it."""
    require(by, "reports.edit_report")
    today = clock.today()
    if not 2022 <= year <= today.year:
        raise ValidationError({"year": f"Choose a year from 2022 to {today.year}: the report looks back on it."})
    if AnnualReport.objects.filter(year=year).exists():
        raise ValidationError({"year": f"There is already a report for {year}. Open it from the list of reports."})
    report = AnnualReport(year=year, title=title.strip(), subtitle=subtitle.strip(), is_illustrative=is_illustrative)
    report.full_clean()
    report.save()
    ReportSection.objects.bulk_create(
        ReportSection(report=report, key=key, position=position)
        for position, key in enumerate(ReportSection.Key.values, start=1)
    )
    audit.record(by, "report.started", report, year=year)
    return report


def locked_report(report: AnnualReport) -> AnnualReport:
    return AnnualReport.objects.select_for_update().get(pk=report.pk)


def note_writer(by: Actor, report: AnnualReport) -> None:
    """Remember that someone wrote words of the report, so that someone else approves it."""
    if by.pk is not None:
        ReportWriter.objects.get_or_create(report=report, user_id=by.pk)


def writers_of(report: AnnualReport) -> list[Person]:
    """Those who wrote words of the report and have an account today."""
    users = ReportWriter.objects.filter(report=report, user__is_active=True).values("user")
    return list(Person.objects.filter(user__in=users).order_by("pk"))


@transaction.atomic
def write_section(
    *, by: Actor, section: ReportSection, body: str, expected: int | None = None, shown: str | None = None
) -> ReportSection:
    """Save the words of one chapter. Raises Conflict when someone saved it in the meantime.

    The chapter's figures count as seen, unless ``shown``, the mark of those that the writer had before them, is of others.
    """
    require(by, "reports.edit_report", section)
    report = locked_report(section.report)
    if report.status != Status.WRITING:
        raise ValidationError(
            f"The report is {report.get_status_display().lower()}, so its text cannot be changed. "
            "Take it back to edit first."
        )
    changed = save_changes(section, {"body": body.replace("\r\n", "\n").strip()}, expected=expected)
    if changed:
        note_writer(by, report)
        audit.record(by, "section.written", section, fields=changed, characters=len(section.body))
        audit.record(by, "report.section_written", report, section=section.get_key_display())
    _see_figures(section, shown)
    return section


def _see_figures(section: ReportSection, shown: str | None) -> bool:
    """Keep the figures of a chapter as seen by its writer, if those of today are the ones that the page showed."""
    facts = facts_for(section.key, gather_figures(section.report.year))
    if shown not in (None, mark_of(facts)):
        return False
    section.figures_seen = as_seen(facts)
    ReportSection.objects.filter(pk=section.pk).update(figures_seen=section.figures_seen)
    return True


@transaction.atomic
def confirm_figures(*, by: Actor, section: ReportSection, shown: str) -> ReportSection:
    """Record that a chapter's text is still correct for the figures that the page showed."""
    require(by, "reports.edit_report", section)
    report = locked_report(section.report)
    if report.status in (Status.APPROVED, Status.PUBLISHED):
        raise ValidationError("The report is approved, so its figures no longer change.")
    if not _see_figures(section, shown):
        raise ValidationError("The figures have changed again while you were reading. Check them again.")
    audit.record(by, "section.figures_confirmed", section)
    audit.record(by, "report.figures_confirmed", report, section=section.get_key_display())
    return section
