"""The demonstration's annual report: every chapter written, read by the advisory group, and with the leadership team."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from coproduction.group.members import deciding_members
from coproduction.group.models import Told
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import User
from networks.groups.models import Group
from reports.approval.services import submit_for_approval
from reports.formats.easy_read import services as easy_read
from reports.group_reading import services as group_reading
from reports.group_reading.models import ReadingComment
from reports.writing import services
from reports.writing.models import AnnualReport, ReportSection


@dataclass(frozen=True, kw_only=True)
class Report:
    """report.toml."""

    year: int
    title: str
    subtitle: str
    chapters: dict[ReportSection.Key, str]


@dataclass(frozen=True, kw_only=True)
class Comment:
    """What a member said about a chapter of the draft, and the answer. No number means the one who has an account."""

    chapter: ReportSection.Key
    on: date
    words: str
    member: int | None = None
    told: Told | None = None
    status: ReadingComment.Status
    answer: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """group_reading.toml: when the draft was with the group, who was ready, and what members said."""

    written_on: date
    sent_on: date
    deadline: date
    ready_on: date
    ready: list[int]
    ended_on: date
    answered_on: date
    comments: list[Comment]


@dataclass(frozen=True, kw_only=True)
class EasyRead:
    """easy_read.toml: each chapter's sentences with their drawings, and who reviewed them."""

    reviewed_on: date
    reviewed_by: str
    chapters: dict[ReportSection.Key, list[list[str]]]


@transaction.atomic
def build(accounts: dict[str, User]) -> None:
    """Write the report and give it to the leadership team, unless there is one for its year already."""
    data = read(__file__, "report.toml", Report)
    if AnnualReport.objects.filter(year=data.year).exists():
        return
    by = accounts["engagement"]
    reading = read(__file__, "group_reading.toml", Reading)
    with clock.standing_on(reading.written_on):
        report = services.start_report(
            by=by, year=data.year, title=data.title, subtitle=data.subtitle, is_illustrative=True
        )
        _write(by, report, data)
    _read_with_group(by, accounts["member"], report, reading)
    _write(by, report, data)  # with today's figures before the writers
    _write_easy_read(by, report)
    submit_for_approval(by=by, report=report)


def _write_easy_read(by: User, report: AnnualReport) -> None:
    """Put each chapter in Easy Read with its drawings, and record who reviewed it."""
    data = read(__file__, "easy_read.toml", EasyRead)
    with clock.standing_on(data.reviewed_on):
        for section in report.sections.select_related("report"):
            lines = data.chapters.get(ReportSection.Key(section.key), [])
            if not lines:
                continue
            easy_read.write_easy_read(by=by, section=section, sentences=[words for words, _picture in lines])
            easy_read.choose_drawings(by=by, section=section, pictures=[picture for _words, picture in lines])
            easy_read.send_for_review(by=by, section=section)
            easy_read.review_easy_read(
                by=by, section=section, reviewed_by=data.reviewed_by, reviewed_on=data.reviewed_on
            )


def _write(by: User, report: AnnualReport, data: Report) -> None:
    for section in report.sections.select_related("report"):
        if body := data.chapters.get(ReportSection.Key(section.key)):
            services.write_section(by=by, section=section, body=body)


def _read_with_group(by: User, member: User, report: AnnualReport, data: Reading) -> None:
    """The group read the draft, commented and was ready; each comment has its answer."""
    group = Group.objects.get(slug="advisory-group")
    others = deciding_members(group, data.sent_on).exclude(person__user_id=member.pk).select_related("person")
    people = [row.person for row in others.order_by("pk")]
    with clock.standing_on(data.sent_on):
        reading = group_reading.send_to_group(by=by, report=report, group=group, deadline=data.deadline)
    made = []
    for row in data.comments:
        with clock.standing_on(row.on):
            comment = group_reading.comment(
                by=by if row.member else member,
                reading=reading,
                section=report.sections.get(key=row.chapter),
                words=row.words,
                person=people[row.member - 1] if row.member else None,
                told=row.told or "",
            )
        made.append((comment, row))
    with clock.standing_on(data.ready_on):
        group_reading.say_ready(by=member, reading=reading)
        for number in data.ready:
            group_reading.say_ready(by=by, reading=reading, person=people[number - 1], told=Told.PHONE)
    with clock.standing_on(data.ended_on):
        group_reading.end_reading(by=by, reading=reading)
    with clock.standing_on(data.answered_on):
        for comment, row in made:
            group_reading.answer_comment(by=by, comment=comment, status=row.status, answer=row.answer)
    report.refresh_from_db()
