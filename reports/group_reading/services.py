"""The report with the advisory group: sent, read, commented on, said ready, answered. Every write, one function each."""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse

from coproduction.group.members import deciding_members, resolve_member, say_day
from coproduction.group.models import require_told
from coproduction.suggestions.passages import choose, read_markdown
from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import save_changes
from impact.core.basics.vocabulary import Format
from impact.core.notices.services import tell
from impact.core.people.models import Person
from networks.groups.models import Group, GroupKind
from reports.formats.easy_read.services import readable_in
from reports.group_reading.models import GroupReading, LeadershipResponse, ReadingComment, Ready
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.services import MUST_BE_WRITTEN, Status, locked_report

PROMISES = (LeadershipResponse.Decision.WILL_DO, LeadershipResponse.Decision.IN_PART)


def members_of(group: Group) -> list[Person]:
    """Who reads and says ready: the members of today."""
    return [row.person for row in deciding_members(group).select_related("person")]


def latest_reading(report: AnnualReport) -> GroupReading | None:
    """The newest time that the group had the report, leaving out those that were cut short."""
    return report.readings.select_related("group").filter(taken_back_because="").order_by("-pk").first()


def not_ready(reading: GroupReading) -> list[Person]:
    """The members of today who have not said that they are ready."""
    ready = set(reading.ready.in_force().values_list("person_id", flat=True))
    return [person for person in members_of(reading.group) if person.pk not in ready]


def is_heard(report: AnnualReport) -> bool:
    """Whether the group has had its say: the deadline has passed, or every member has said that they are ready."""
    reading = latest_reading(report)
    if reading is None:
        return False
    if reading.is_past(clock.today()):
        return True
    return bool(members_of(reading.group)) and not not_ready(reading)


def groups_to_ask() -> list[Group]:
    """The advisory groups to which a report can go."""
    return list(Group.objects.running().filter(kind=GroupKind.ADVISORY_GROUP).order_by("name"))


@transaction.atomic
def send_to_group(*, by: Actor, report: AnnualReport, group: Group, deadline: date) -> GroupReading:
    """Give the draft to the advisory group until a deadline. Its text stands still while members read."""
    require(by, "reports.edit_report", report)
    report = locked_report(report)
    if report.status != Status.WRITING:
        raise ValidationError(f"The report is {report.get_status_display().lower()} already.")
    if group.kind != GroupKind.ADVISORY_GROUP:
        raise ValidationError({"group": "Choose an advisory group: the report is theirs."})
    members = members_of(group)
    if not members:
        raise ValidationError({"group": "This group has no members today. Add members first."})
    if deadline <= clock.today():
        raise ValidationError({"deadline": "Choose a day after today, so that members have time to read."})
    empty = report.sections.filter(key__in=MUST_BE_WRITTEN, body="").order_by("position")
    if names := [section.get_key_display() for section in empty]:
        raise ValidationError(f"Write these sections first: {', '.join(names)}.")
    reading = GroupReading(report=report, group=group, deadline=deadline, opened_by_id=by.pk)
    reading.full_clean()
    reading.save()
    save_changes(report, {"status": Status.GROUP}, expected=report.version)
    audit.record(by, "report.sent_to_group", report, deadline=say_day(deadline))
    in_easy_read = easy_readers(members) if readable_in(report) else []
    tell(
        people=[person for person in members if person not in in_easy_read],
        event="reading-opened",
        title=f"Read your annual report for {report.year}",
        words=(
            f"The draft is with your group until {say_day(deadline)}. You can read it part by part. "
            "Say what should change. Say “ready” when it can go to the leadership team."
        ),
        path=report.get_absolute_url(),
        about=report,
        key=f"reading:{reading.pk}",
    )
    tell(
        people=in_easy_read,
        event="reading-opened",
        title=f"Read your annual report for {report.year} in Easy Read",
        words=(
            f"The draft is with your group until {say_day(deadline)}. There is Easy Read with pictures. "
            "Say what is clear and what is not."
        ),
        path=reverse("reports:reading-easy", args=[report.year]),
        about=report,
        key=f"reading:{reading.pk}",
    )
    return reading


def easy_readers(people: Iterable[Person]) -> list[Person]:
    """Those of these people who read papers in Easy Read."""
    return [person for person in people if person.preferred_format == Format.EASY_READ]


@transaction.atomic
def extend_reading(*, by: Actor, reading: GroupReading, deadline: date, expected: int | None = None) -> GroupReading:
    """Give members more time to read."""
    require(by, "reports.edit_report", reading.report)
    reading = locked_reading(reading)
    if deadline <= max(reading.deadline, clock.today()):
        raise ValidationError({"deadline": f"Choose a day after today and after {say_day(reading.deadline)}."})
    save_changes(reading, {"deadline": deadline}, expected=expected)
    audit.record(by, "report.reading_extended", reading.report, deadline=say_day(deadline))
    tell(
        people=members_of(reading.group),
        event="reading-extended",
        title=f"You have more time to read the {reading.report.year} report",
        words=f"You can comment and say “ready” until {say_day(deadline)}.",
        path=reading.report.get_absolute_url(),
        about=reading.report,
        key=f"reading:{reading.pk}:until:{deadline.isoformat()}",
    )
    return reading


def locked_reading(reading: GroupReading) -> GroupReading:
    """The reading as it is now, if the report is still with the group."""
    locked_report(reading.report)
    fresh = GroupReading.objects.select_for_update(of=("self",)).select_related("group", "report").get(pk=reading.pk)
    if fresh.closed_on is not None:
        raise ValidationError("The report is no longer with the group. Reload the page to see where it is.")
    return fresh


@transaction.atomic
def end_reading(*, by: Actor, reading: GroupReading, reason: str = "") -> GroupReading:
    """Take the report back to writing. Before the group has had its say this needs a reason, which members read; the
    report then has to go to them again."""
    require(by, "reports.edit_report", reading.report)
    reading = locked_reading(reading)
    is_early = not is_heard(reading.report)
    reason = reason.strip()
    if is_early and not reason:
        raise ValidationError({"reason": "Members still have time to read. Say why you take it back; they read this."})
    reading.closed_on = clock.today()
    reading.taken_back_because = reason if is_early else ""
    reading.full_clean()
    reading.version += 1
    reading.save(update_fields=["closed_on", "taken_back_because", "version"])
    report = locked_report(reading.report)
    save_changes(report, {"status": Status.WRITING}, expected=report.version)
    audit.record(by, "report.reading_ended", report, early=is_early)
    if is_early:
        tell(
            people=members_of(reading.group),
            event="reading-taken-back",
            title=f"The {report.year} report was taken back before the deadline",
            words=f"You will get it again to read. The reason: {reason}",
            path="/co-production/",
            key=f"reading:{reading.pk}:taken-back",
        )
    return reading


# --- What members say ----------------------------------------------------------------------------
def speaking_member(by: Actor, reading: GroupReading, person: Person | None, told: str) -> tuple[Person, str]:
    """Whose word it is, and how they told the one who writes."""
    found = resolve_member(by, reading.group, person, clock.today())
    return found, require_told(by, found, told)


@transaction.atomic
def comment(
    *,
    by: Actor,
    reading: GroupReading,
    section: ReportSection,
    words: str,
    person: Person | None = None,
    told: str = "",
    quote: str = "",
    before: str = "",
    after: str = "",
    text: str | None = None,
) -> ReadingComment:
    """Say what should change in a section or a passage of it, as a member or written down for one.

    ``before`` and ``after``: what stands around the passage, to tell it from the same words elsewhere.
    ``text``: the section as its reader saw it, with the figures in their places.
    """
    reading = locked_reading(reading)
    found, told = speaking_member(by, reading, person, told)
    if section.report_id != reading.report_id:
        raise ValidationError("This section belongs to another report.")
    if reading.is_past(clock.today()):
        raise ValidationError("The deadline has passed. Ask the engagement lead for more time.")
    words = words.strip()
    if ReadingComment.objects.waiting().filter(reading=reading, section=section, person=found, words=words).exists():
        raise ValidationError({"words": "This comment is there already, and waits for an answer."})
    row = ReadingComment(
        reading=reading,
        section=section,
        person=found,
        words=words,
        recorded_by_id=by.pk,
        told=told,
        made_on=clock.today(),
    )
    if quote.strip():
        found_words = choose(text or read_markdown(section.body).text, quote, before, after)
        if found_words is None:
            raise ValidationError({"quote": "The part does not have these words. Copy them from the text again."})
        row.quote, row.prefix, row.suffix = found_words.quote, found_words.prefix, found_words.suffix
        row.is_only = found_words.is_only
    row.full_clean()
    row.save()
    audit.record(by, "report.commented", reading.report, section=section.get_key_display(), for_member=bool(told))
    return row


@transaction.atomic
def say_ready(*, by: Actor, reading: GroupReading, person: Person | None = None, told: str = "") -> Ready:
    """Say that the report can go to the leadership team, as a member or on a member's word."""
    reading = locked_reading(reading)
    found, told = speaking_member(by, reading, person, told)
    if reading.ready.in_force().filter(person=found).exists():
        raise ValidationError("This member has said that they are ready. There is nothing more to do.")
    row = Ready(reading=reading, person=found, recorded_by_id=by.pk, told=told, said_on=clock.today())
    row.full_clean()
    row.save()
    audit.record(by, "report.ready_said", reading.report, for_member=bool(told))
    return row


@transaction.atomic
def take_back_ready(*, by: Actor, reading: GroupReading, person: Person | None = None, told: str = "") -> None:
    """Say that one is not ready after all, while the report is with the group."""
    reading = locked_reading(reading)
    found, told = speaking_member(by, reading, person, told)
    rows = reading.ready.in_force().filter(person=found)
    if told and rows.filter(told="").exists():
        raise ValidationError("The member said so themselves, so only they can take it back.")
    if not rows.update(taken_back_at=clock.now()):
        raise ValidationError("This member has not said that they are ready.")
    audit.record(by, "report.ready_taken_back", reading.report, for_member=bool(told))


@transaction.atomic
def answer_comment(
    *, by: Actor, comment: ReadingComment, status: str, answer: str, expected: int | None = None
) -> ReadingComment:
    """Answer a member's comment: taken in, not this time, or carried to next year's report, and why. The second of two
    people who answer is told."""
    require(by, "reports.edit_report", comment.reading.report)
    row = (
        ReadingComment.objects.select_for_update(of=("self",))
        .select_related("reading__report", "reading__group", "section", "person")
        .get(pk=comment.pk)
    )
    if row.status != ReadingComment.Status.WAITING:
        raise ValidationError("This comment has already been answered. Reload the page to read the answer.")
    if status == ReadingComment.Status.WAITING:
        raise ValidationError({"status": "Choose what becomes of the comment."})
    if not answer.strip():
        raise ValidationError({"answer": "Write an answer that the member will read."})
    changes = {
        "status": status,
        "answer": answer.strip(),
        "answered_on": clock.today(),
        "answered_by_id": by.pk,
    }
    save_changes(row, changes, expected=expected)
    audit.record(by, "report.comment_answered", row.reading.report, section=row.section.get_key_display())
    tell(
        people=[row.person],
        event="reading-comment-answered",
        title="Your comment on the annual report has an answer",
        words=f"It is about “{row.section.get_key_display()}”. {row.get_status_display()}: {row.answer[:1000]}",
        path=row.reading.get_absolute_url(),
        about=row.reading,
        key=f"comment:{row.pk}:answered",
    )
    return row


def carried_from_members(user: object, section: ReportSection) -> list[ReadingComment]:
    """What members said about this section of the report before, and was carried to this one, as far as the reader may
    see it."""
    before = AnnualReport.objects.filter(year__lt=section.report.year).order_by("-year").first()
    if before is None:
        return []
    rows = ReadingComment.objects.visible_to(user).filter(reading__report=before, section__key=section.key)
    return list(rows.filter(status=ReadingComment.Status.CARRIED).order_by("pk"))


# --- What comes back -----------------------------------------------------------------------------
@transaction.atomic
def respond(
    *,
    by: Actor,
    report: AnnualReport,
    words: str,
    area: str = "",
    decision: str = "",
    due_on: date | None = None,
    position: int = 0,
    expected: int | None = None,
) -> LeadershipResponse:
    """Give the leadership team's response to an approved report, or to one of its points (``area``, the title of an area
    for development or of a request); or change it."""
    require(by, "reports.approve_report", report)
    report = locked_report(report)
    if report.status not in (Status.APPROVED, Status.PUBLISHED):
        raise ValidationError("Approve the report first, then respond to it.")
    words, area = words.strip(), area.strip()
    if not words:
        raise ValidationError({"words": "Write the response that members will read."})
    if decision in PROMISES and area and due_on is None:
        raise ValidationError({"due_on": "Say by when it will be done."})
    given = {"words": words, "decision": decision, "due_on": due_on, "position": position}
    row = LeadershipResponse.objects.select_for_update().filter(report=report, area=area).first()
    if row is None:
        row = LeadershipResponse(report=report, area=area, given_by_id=by.pk, given_on=clock.today(), **given)
        row.full_clean()
        row.save()
    elif not save_changes(row, given, expected=expected):
        return row
    audit.record(by, "report.response_given", report, area=bool(area))
    reading = latest_reading(report)
    if reading is not None:
        tell(
            people=members_of(reading.group),
            event="report-response",
            title=f"The leadership team’s response to your {report.year} report",
            words="They answer it point by point. You can read their words on the page.",
            path=row.get_absolute_url(),
            about=row,
            key=f"response:{report.pk}:{clock.today().isoformat()}",  # once a day, however many points they answer
        )
    return row


def may_read_draft(user: object, report: AnnualReport) -> bool:
    """Whether someone may read the draft: those who write and approve, and the group that it is or was with."""
    if has_perm(user, "reports.view_unpublished"):
        return True
    return GroupReading.objects.visible_to(user).filter(report=report).exists()


def require_draft_reader(user: object, report: AnnualReport) -> None:
    """Refuse someone who may not read the draft."""
    if not may_read_draft(user, report):
        raise PermissionDenied("The draft is for the group and for those who write the report.")
