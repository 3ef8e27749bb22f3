"""What the reporting year asks of the staff, for their first page: sections of their own, and steps that are due."""

from datetime import timedelta
from typing import Any

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.services import Status
from reports.writing.year.models import ReportingYear
from reports.writing.year.services import DUE_SOON

Item = dict[str, Any]
FEW = 4
AHEAD = timedelta(days=14)
# A step is done once the report has come this far.
DONE_WHEN = {
    "group_on": {Status.GROUP, Status.SUBMITTED, Status.APPROVED, Status.PUBLISHED},
    "leadership_on": {Status.SUBMITTED, Status.APPROVED, Status.PUBLISHED},
    "publish_on": {Status.PUBLISHED},
}
WORDS = {
    "group_on": "goes to the advisory group",
    "leadership_on": "goes to the leadership team",
    "publish_on": "is published",
}


def report_attention(user: Any) -> list[Item]:
    """Sections of one's own that are due soon or overdue, and the next step of each report that is due soon or late."""
    if not has_perm(user, "reports.edit_report"):
        return []
    return _own_sections(user) + _steps()


def _own_sections(user: Any) -> list[Item]:
    on = clock.today()
    rows = ReportSection.objects.owed().filter(owner_id=user.pk, due_on__lte=on + AHEAD)
    return [
        {
            "title": f"Write “{row.get_key_display()}” in the {row.report.year} report",
            "href": row.get_absolute_url(),
            "detail": f"{'It was due' if row.is_overdue(on) else 'It is due'} by {day(row.due_on)}.",
            "tone": "yellow" if row.is_overdue(on) else "blue",
        }
        for row in rows.select_related("report").order_by("due_on", "position")[:FEW]
    ]


def _steps() -> list[Item]:
    on = clock.today()
    reports = AnnualReport.objects.exclude(status=Status.PUBLISHED)
    statuses = dict(reports.values_list("year", "status"))
    items = []
    for steps in ReportingYear.objects.filter(year__in=statuses):
        for name, words in WORDS.items():
            due: Any = getattr(steps, name)
            if statuses[steps.year] in DONE_WHEN[name]:
                continue
            if due <= on + DUE_SOON:
                items.append(
                    {
                        "title": f"The {steps.year} report {words} {'on' if due >= on else 'later than planned:'} {day(due)}",
                        "href": steps.get_absolute_url(),
                        "detail": "The calendar shows every step, and you can move the days that are still to come.",
                        "tone": "blue" if due >= on else "yellow",
                    }
                )
            break  # only the next step
    return items[:FEW]
