"""The demonstration's annual reports: one written, read by the advisory group and with the leadership team; one begun."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.urls import reverse

from coproduction.group.members import deciding_members
from coproduction.group.models import Told
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.notices.models import Notice
from impact.core.notices.services import mark_read
from impact.core.people.models import User
from networks.groups.models import Group
from networks.log.models import Contribution
from reports.approval.review.models import ReviewComment
from reports.approval.review.services import comment_on_report, settle_comment
from reports.approval.services import approve_report, submit_for_approval
from reports.formats.easy_read import services as easy_read
from reports.group_reading import services as group_reading
from reports.group_reading.models import LeadershipResponse, ReadingComment
from reports.quotes import services as quotes
from reports.quotes.models import Quote
from reports.writing import services
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.year.models import ReportingYear
from reports.writing.year.services import TITLE, change_days, open_report, plan_year


@dataclass(frozen=True, kw_only=True)
class Report:
    """report.toml."""

    year: int
    title: str
    subtitle: str
    days: dict[str, date]
    chapters: dict[ReportSection.Key, str]


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A section of the report that is being written: who has it, by when, and its first words."""

    key: ReportSection.Key
    owner: str
    due_on: date
    status: ReportSection.Status
    words: str = ""
    comment: str = ""
    passage: str = ""


@dataclass(frozen=True, kw_only=True)
class NextReport:
    """next_report.toml."""

    year: int
    opened_on: date
    subtitle: str
    days: dict[str, date]
    sections: list[Begun]


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
class Words:
    """Words that the writers asked for, and the speaker's answer, if there is one, with how they told their coordinator; one
    who has an account answers by themselves."""

    said: str
    answer: Quote.State = Quote.State.OFFERED
    told: Told | None = None


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What the leadership team commented on, and the answer, if there is one."""

    chapter: ReportSection.Key
    words: str
    passage: str = ""
    status: ReviewComment.Status = ReviewComment.Status.OPEN
    answer: str = ""


@dataclass(frozen=True, kw_only=True)
class Review:
    """quotes.toml."""

    offered_on: date
    answered_on: date
    withdrawn_on: date
    due_on: date
    quotes: list[Words]
    comments: list[Remark]


@dataclass(frozen=True, kw_only=True)
class Response:
    """What the leadership team answers to the report, or to one of its points."""

    words: str
    area: str = ""
    decision: LeadershipResponse.Decision | None = None
    due_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Responses:
    """responses.toml."""

    responses: list[Response]


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
    with clock.standing_on(data.days["opens_on"]):
        steps = plan_year(by=accounts["engagement"], year=data.year)
        change_days(by=accounts["engagement"], steps=steps, days=data.days)
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
    review = read(__file__, "quotes.toml", Review)
    _quotes(by, report, review)
    submit_for_approval(by=by, report=report, due_on=review.due_on)
    _comments(by, accounts["leadership"], report, review)
    _open_next(by, accounts)


@transaction.atomic
def approve(by: User) -> bool:
    """Have the leadership team approve the first edition of the report and answer it point by point, once. False when no
    edition has been built, or people have gone on with the report themselves."""
    year = read(__file__, "report.toml", Report).year
    report = AnnualReport.objects.filter(year=year, status=AnnualReport.Status.SUBMITTED).first()
    edition = report.editions.first() if report else None
    if report is None or edition is None or report.editions.count() > 1 or report.responses.exists():
        return False
    report = approve_report(by=by, report=report, edition=edition)
    for position, row in enumerate(read(__file__, "responses.toml", Responses).responses):
        group_reading.respond(
            by=by,
            report=report,
            words=row.words,
            area=row.area,
            decision=row.decision or "",
            due_on=row.due_on,
            position=position,
        )
    return True


def _quotes(by: User, report: AnnualReport, data: Review) -> None:
    """Words are asked for, and answered on the word of their speakers by the coordinators."""
    said = {row.words: row for row in Contribution.objects.counted().quotable()}
    for row in data.quotes:
        with clock.standing_on(data.offered_on):
            quote = quotes.offer_quote(by=by, report=report, contribution=said[row.said], words=row.said)
        coordinators = quotes.coordinators_of(quote.contribution.meeting.group)
        answers = next(person.user for person in coordinators if person.user is not None)
        told = row.told or ""
        if quote.person is not None and quote.person.user is not None:
            answers, told = quote.person.user, ""
            for notice in Notice.objects.visible_to(answers).unread().filter(path=reverse("reports:your-words")):
                mark_read(by=answers, notice=notice)
        with clock.standing_on(data.answered_on):
            if row.answer == Quote.State.DECLINED:
                quotes.decline_quote(by=answers, quote=quote, told=told)
            elif row.answer != Quote.State.OFFERED:
                quotes.approve_quote(by=answers, quote=quote, expected=quote.version, told=told)
        with clock.standing_on(data.withdrawn_on):
            if row.answer == Quote.State.WITHDRAWN:
                quotes.withdraw_quote(by=answers, quote=quote, told=told)


def _comments(by: User, leader: User, report: AnnualReport, data: Review) -> None:
    for row in data.comments:
        comment = comment_on_report(
            by=leader,
            report=report,
            section=report.sections.get(key=row.chapter),
            words=row.words,
            passage=row.passage,
        )
        if row.status != ReviewComment.Status.OPEN:
            settle_comment(by=by, comment=comment, status=row.status, answer=row.answer)


def _open_next(by: User, accounts: dict[str, User]) -> None:
    """The report of the new year, which has just been opened, with its first owners and words."""
    data = read(__file__, "next_report.toml", NextReport)
    with clock.standing_on(data.opened_on):
        report = open_report(by=by, year=data.year, title=TITLE, subtitle=data.subtitle, is_illustrative=True)
        steps = ReportingYear.objects.get(year=data.year)
        change_days(by=by, steps=steps, days=data.days)
        for row in data.sections:
            section = report.sections.select_related("report").get(key=row.key)
            owner = accounts[row.owner]
            if row.words:
                services.write_section(by=owner, section=section, body=row.words)
            services.plan_section(
                by=by,
                section=section,
                owner=owner,
                due_on=row.due_on,
                guidance=section.guidance,
                status=row.status,
            )
            if row.comment:
                author = accounts["staff"]
                comment_on_report(by=author, report=report, section=section, words=row.comment, passage=row.passage)


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
