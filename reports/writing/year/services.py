"""The reporting year: its steps and their days, and the report that opens by itself. Every write, one function each."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.versions import reject_unknown, save_changes
from impact.core.notices.services import tell
from impact.core.people.models import Person
from reports.approval.review.people import holders_of, leaders
from reports.group_reading.answers import unanswered
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.services import Status, start_report, tell_owner, writers
from reports.writing.year.models import STEPS, ReportingYear

TITLE = "Co-production annual report"
# A report is opened on 1 November of the year that it looks back on. The steps then follow by these many days, so that it
# is published by the end of March.
OPENS = (11, 1)
AFTER = {
    "opens_on": 0,
    "sections_due_on": 70,
    "group_on": 77,
    "leadership_on": 112,
    "response_on": 140,
    "publish_on": 147,
}
DUE_SOON = timedelta(days=7)
RESPONSE_SOON = timedelta(days=3)
RESPONSE_LATE = timedelta(days=60)  # after that it is not asked for again: the report of the next year is on its way


def usual_days(year: int, opens: date | None = None) -> dict[str, date]:
    """The days of a year's steps as they usually fall; from today where the usual opening day has passed."""
    opens = opens or max(date(year, *OPENS), clock.today())
    return {name: opens + timedelta(days=days) for name, days in AFTER.items()}


@transaction.atomic
def plan_year(*, by: Actor, year: int, opens: date | None = None) -> ReportingYear:
    """The steps of a year: those that are there, or the usual ones, from ``opens`` on."""
    require(by, "reports.edit_report")
    row, is_new = ReportingYear.objects.get_or_create(year=year, defaults=usual_days(year, opens))
    if is_new:
        audit.record(by, "reporting_year.planned", row, year=year)
    return row


@transaction.atomic
def change_days(
    *, by: Actor, steps: ReportingYear, days: Mapping[str, date], expected: int | None = None
) -> ReportingYear:
    """Move steps of a year: in order, and to no day that has passed. Sections due on the old day move with it."""
    require(by, "reports.edit_report", steps)
    report = AnnualReport.objects.select_for_update().filter(year=steps.year).first()
    problems: dict[str, str] = {}
    reject_unknown(days, frozenset(STEPS))
    new = {**steps.dates, **days}
    if steps.response_on is None and "response_on" not in days:
        del new["response_on"]  # a year from before this was a step
    was = steps.dates
    for name, on in new.items():
        if on != was[name] and on < clock.today():
            problems[name] = f"{day(on)} has passed. Enter today or a later day."
        elif on != was[name] and name == "opens_on" and report is not None:
            problems[name] = "The report is open already, so this day stays."
    for (before, earlier), (name, later) in zip(list(new.items())[:-1], list(new.items())[1:], strict=True):
        is_strict = name in ("sections_due_on", "leadership_on")
        if later < earlier or (is_strict and later == earlier):
            problems.setdefault(
                name, f"This comes after “{STEPS[before].lower()}” ({day(earlier)}). Enter a later day."
            )
    if problems:
        raise ValidationError(problems)
    changed = save_changes(steps, new, expected=expected)
    if changed:
        audit.record(by, "reporting_year.moved", steps, fields=changed, year=steps.year)
        if report is not None and "sections_due_on" in changed:
            rows = report.sections.filter(due_on=was["sections_due_on"], status__in=ReportSection.UNFINISHED)
            rows.update(due_on=new["sections_due_on"])
    return steps


@transaction.atomic
def open_report(*, by: Actor, year: int, title: str, subtitle: str = "", is_illustrative: bool = False) -> AnnualReport:
    """Open a year's report with the frame of the year before: owners, guidance and days. Owners are told, and the
    leadership team gets a link to its calendar."""
    report = start_report(by=by, year=year, title=title, subtitle=subtitle, is_illustrative=is_illustrative)
    steps = plan_year(by=by, year=year, opens=clock.today())
    report.sections.update(due_on=steps.sections_due_on)
    for section in report.sections.select_related("report").exclude(owner=None):
        if section.owner_id != by.pk:
            tell_owner(
                section,
                f"“{section.get_key_display()}” in the {year} report is yours",
                f"You had it last year. It is due by {day(steps.sections_due_on)}.",
                "opened",
            )
    tell(
        people=leaders(),
        event="report-opened",
        title=f"The {year} report is being written",
        words=f"It comes to you on {day(steps.leadership_on)}. The calendar shows every step.",
        path=steps.get_absolute_url(),
        about=steps,
        key=f"report-opened:{year}",
    )
    return report


# --- What the day brings ---------------------------------------------------------------------------
def open_what_is_due(on: date) -> list[int]:
    """Open the reports whose day has come, and plan the year after the newest report, whether or not that one is out; the
    years opened. Where the one before is not published, those who can publish it hear so."""
    newest = AnnualReport.objects.order_by("-year").first()
    if newest is not None and newest.year < on.year:
        plan_year(by=SYSTEM, year=newest.year + 1)
    opened = []
    there = AnnualReport.objects.values("year")
    for steps in ReportingYear.objects.filter(opens_on__lte=on, year__lte=on.year).exclude(year__in=there):
        before = AnnualReport.objects.filter(year__lt=steps.year).order_by("-year").first()
        title, subtitle = (before.title, before.subtitle) if before else (TITLE, "")
        open_report(by=SYSTEM, year=steps.year, title=title, subtitle=subtitle)
        opened.append(steps.year)
        if before is not None and before.status != Status.PUBLISHED:
            _tell_late(
                before, f"The {steps.year} report is open now, and this one is not published yet.", "next-opened"
            )
    return opened


def tell_of_late(on: date) -> int:
    """Tell once of each report that was not published by its day; how many were told."""
    late = ReportingYear.objects.filter(publish_on__lt=on)
    days = dict(late.values_list("year", "publish_on"))
    reports = AnnualReport.objects.filter(year__in=days).exclude(status=Status.PUBLISHED)
    return sum(
        _tell_late(report, f"It was to be published by {day(days[report.year])}.", days[report.year].isoformat())
        for report in reports
    )


def _tell_late(report: AnnualReport, why: str, about: str) -> int:
    """Tell those who can publish a report, and the owners of what is unfinished, where it stands."""
    people = {person.pk: person for person in holders_of("reports.publish_report")}
    if report.status == Status.WRITING:
        owners = report.sections.filter(status__in=ReportSection.UNFINISHED, owner__in=writers()).values("owner")
        people |= {person.pk: person for person in Person.objects.filter(user__in=owners)}
    return tell(
        people=people.values(),
        event="report-late",
        title=f"The {report.year} report is late",
        words=f"{why} It is {report.get_status_display().lower()}. Finish it, or move its days in the calendar.",
        path=reverse("reports:calendar", args=[report.year]),
        about=report,
        key=f"report-late:{report.pk}:{about}",
    )


def remind_of_response(on: date) -> int:
    """Remind the leadership team of the points of an approved report that they have not answered: three days before, and
    once when it is late; how many were told."""
    told = 0
    due = dict(ReportingYear.objects.filter(response_on__lte=on + RESPONSE_SOON).values_list("year", "response_on"))
    finished = (Status.APPROVED, Status.PUBLISHED)
    for report in AnnualReport.objects.filter(year__in=due, status__in=finished).select_related(
        "approved_edition__snapshot"
    ):
        left, by = unanswered(report), due[report.year]
        if not left or by is None or on - by > RESPONSE_LATE:
            continue
        points = "1 point waits" if left == 1 else f"{left} points wait"
        told += tell(
            people=leaders(),
            event="response-due",
            title=f"The {report.year} report waits for your answer to its points",
            words=f"{points} for your answer. {'It was' if by < on else 'It is'} due by {day(by)}.",
            path=reverse("reports:responses", args=[report.year]),
            about=report,
            key=f"response-due:{report.pk}:{by.isoformat()}:{'late' if by < on else 'soon'}",
        )
    return told


def remind_owners(on: date) -> int:
    """Tell owners of sections that are due within a week, and once of those that are overdue; how many were told."""
    told = 0
    rows = ReportSection.objects.owed().filter(owner__isnull=False, due_on__lte=on + DUE_SOON)
    for section in rows.select_related("report").order_by("due_on", "position"):
        assert section.due_on  # noqa: S101  the query says so
        name, year = section.get_key_display(), section.report.year
        if section.due_on < on:
            told += tell_owner(
                section,
                f"“{name}” in the {year} report is overdue",
                f"It was due by {day(section.due_on)}. Write it, or agree another day.",
                f"overdue:{section.due_on.isoformat()}",
            )
        else:
            told += tell_owner(
                section,
                f"“{name}” in the {year} report is due by {day(section.due_on)}",
                "When it is written, mark it as ready for review.",
                f"due:{section.due_on.isoformat()}",
            )
    return told
