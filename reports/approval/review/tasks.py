"""Scheduled work: reminders of the days by which the group and the leadership team are asked to answer."""

from datetime import date, timedelta
from typing import Any

from impact.core.basics.dates import day
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.notices.services import tell
from reports.approval.review.people import leaders
from reports.group_reading.models import GroupReading
from reports.group_reading.services import not_ready
from reports.writing.models import AnnualReport
from reports.writing.services import Status, writers_of

REMIND = "reports.remind_of_review"
DAYS_BEFORE = 3


@queue.daily(REMIND, "Reminders about the annual report")
def remind(claim: queue.Claim) -> queue.Finish:
    """Do the day's work, all in ``finish``: it counts once, however often the job is tried."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return run_day(on)

    return finish


def run_day(on: date) -> dict[str, Any]:
    """Remind members who are not ready and leaders who have not answered, three days before and, once, when it is late."""
    told = {"members": 0, "leaders": 0, "writers": 0}
    for reading in GroupReading.objects.open().select_related("group", "report"):
        if on <= reading.deadline <= on + timedelta(days=DAYS_BEFORE):
            told["members"] += tell(
                people=not_ready(reading),
                event="review-members-soon",
                title=f"You can comment on the {reading.report.year} report until {day(reading.deadline)}",
                words="Read a part and say what should change. Say “ready” when it can go to the leadership team.",
                path=reading.report.get_absolute_url(),
                about=reading.report,
                key=f"reading:{reading.pk}:soon:{reading.deadline.isoformat()}",
            )
    for report in AnnualReport.objects.filter(status=Status.SUBMITTED, review_due_on__isnull=False):
        due = report.review_due_on
        assert due  # noqa: S101  the query says so
        key = f"review:{report.pk}:{due.isoformat()}"
        if on > due:
            told["leaders"] += _tell_late(report, key)
            told["writers"] += tell(
                people=writers_of(report),
                event="review-late-writers",
                title=f"The leadership team has not answered the {report.year} report yet",
                words=f"You asked for an answer by {day(due)}. They have been reminded.",
                path=report.get_absolute_url(),
                about=report,
                key=f"{key}:late-writers",
            )
        elif due <= on + timedelta(days=DAYS_BEFORE):
            told["leaders"] += tell(
                people=leaders(),
                event="review-soon",
                title=f"The {report.year} report waits for your answer by {day(due)}",
                words="Read the newest edition, then approve it or send it back with reasons.",
                path=report.get_absolute_url(),
                about=report,
                key=f"{key}:soon",
            )
    return told


def _tell_late(report: AnnualReport, key: str) -> int:
    return tell(
        people=leaders(),
        event="review-late",
        title=f"The answer to the {report.year} report is late",
        words="The writers wait for it. Approve the report or send it back with reasons.",
        path=report.get_absolute_url(),
        about=report,
        key=f"{key}:late",
    )
