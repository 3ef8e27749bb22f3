"""How each step of a reporting year stands today."""

from dataclasses import dataclass
from datetime import date

from impact.core.basics import clock
from reports.group_reading.answers import unanswered
from reports.group_reading.services import latest_reading
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.services import Status
from reports.writing.year.models import STEPS, ReportingYear


@dataclass(frozen=True)
class Step:
    """One step of the year as the calendar shows it."""

    label: str
    due: date
    state: str  # done, overdue, next, to-come
    words: str
    detail: str = ""


STATE_WORDS = {"done": "Done", "overdue": "Overdue", "next": "Next", "to-come": "To come"}


def _done(report: AnnualReport | None) -> dict[str, str]:
    """Which steps a report has taken, and since when as far as that is known."""
    if report is None:
        return {}
    done = {"opens_on": ""}
    unfinished = report.sections.filter(status__in=ReportSection.UNFINISHED).count()
    if report.status != Status.WRITING or not unfinished:
        done["sections_due_on"] = ""
    if latest_reading(report) is not None or report.status not in (Status.WRITING,):
        done["group_on"] = ""
    if report.status in (Status.SUBMITTED, Status.APPROVED, Status.PUBLISHED):
        done["leadership_on"] = ""
    if not unanswered(report):
        done["response_on"] = ""
    if report.status == Status.PUBLISHED:
        done["publish_on"] = ""
    return done


def steps_of(steps: ReportingYear, report: AnnualReport | None) -> list[Step]:
    """The steps of a year with how each stands today."""
    done, on, rows = _done(report), clock.today(), []
    is_next = True
    for name, label in STEPS.items():
        due = steps.dates[name]
        if name in done:
            state = "done"
        elif due < on:
            state, is_next = "overdue", False
        else:
            state, is_next = ("next" if is_next else "to-come"), False
        detail = ""
        if name == "sections_due_on" and report is not None and state != "done":
            left = report.sections.filter(status__in=ReportSection.UNFINISHED).count()
            detail = f"{left} of {report.sections.count()} sections are still to be written."
        rows.append(Step(label, due, state, STATE_WORDS[state], detail))
    return rows


def steps_of_report(report: AnnualReport) -> list[Step]:
    """The steps of a report's year; none for a report from before there was a calendar."""
    steps = ReportingYear.objects.filter(year=report.year).first()
    return steps_of(steps, report) if steps else []
