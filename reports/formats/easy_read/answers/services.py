"""Members say whether Easy Read is clear, take it back, and get answers. Every write, one function each."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, save_changes
from impact.core.notices.services import tell
from impact.core.people.models import Person
from reports.formats.easy_read import services as easy_read
from reports.formats.easy_read.answers.models import EasyReadAnswer, Status
from reports.formats.easy_read.chapters import SectionChapter
from reports.formats.easy_read.models import EasyReadSection, EasyReadWords
from reports.group_reading.models import GroupReading
from reports.group_reading.services import locked_reading, members_of, speaking_member
from reports.writing.models import ReportSection

Review = EasyReadWords.Status


@transaction.atomic
def send_to_members(*, by: Actor, section: Any, expected: int | None = None) -> EasyReadSection:
    """Send a chapter's Easy Read for review. Members are told, once a day, where the report is with them."""
    easy: EasyReadSection = easy_read.send_for_review(by=by, section=section, expected=expected)
    report = easy.section.report
    reading = report.readings.open().select_related("group").first()
    if reading is not None and not reading.is_past(clock.today()):
        tell(
            people=members_of(reading.group),
            event="easy-read-review",
            title=f"The {report.year} report in Easy Read: is it clear?",
            words="Parts of your annual report are in Easy Read now, with pictures. Say “clear” or “not clear”.",
            path=reading_address(reading),
            about=report,
            key=f"easy-read:{reading.pk}:{clock.today().isoformat()}",
        )
    return easy


def reading_address(reading: GroupReading) -> str:
    """Where the group reads the report in Easy Read."""
    return f"{reading.get_absolute_url()}easy-read/"


def _locked(reading: GroupReading, section: ReportSection) -> EasyReadSection:
    """The Easy Read of a chapter, locked, if members may read it now."""
    if section.report_id != reading.report_id:
        raise ValidationError("This section belongs to another report.")
    section.report = reading.report
    easy: EasyReadSection | None = easy_read.locked(SectionChapter(section), None)
    if easy is None or easy.status == Review.DRAFT:
        raise StateConflict("The writers are working on this Easy Read. Please read it again later.")
    return easy


@transaction.atomic
def say_whether_clear(
    *,
    by: Actor,
    reading: GroupReading,
    section: ReportSection,
    is_clear: bool,
    words: str = "",
    person: Person | None = None,
    told: str = "",
    seen: str | None = None,
    expected: int | None = None,
) -> EasyReadAnswer:
    """Say whether a chapter in Easy Read is clear, or change what was said; as a member or on a member's word.

    ``seen``: the hash of the Easy Read that the reader had before them. A changed answer waits to be answered again; the
    same one sent again changes nothing. What had been reviewed and is not clear to a member waits for review again.
    """
    reading = locked_reading(reading)
    found, told = speaking_member(by, reading, person, told)
    if reading.is_past(clock.today()):
        raise ValidationError("The deadline has passed. Ask the engagement lead for more time.")
    easy = _locked(reading, section)
    if seen is not None and seen != easy.text_hash:
        raise StateConflict("The Easy Read has changed since you opened it. Please read it again.")
    row = _answer_of(reading, section, found, told)
    if expected is not None and expected != (row.version if row else 0):
        if row is None:
            raise StateConflict("The answer was taken back meanwhile. Open the page again.")
        raise Conflict(row)
    answered = (is_clear, words.strip(), easy.text_hash, told)
    if row is not None and (row.is_clear, row.words, row.text_hash, row.told) == answered:
        return row
    if row is None:
        row = EasyReadAnswer(reading=reading, section=section, person=found, version=0)
    row.is_clear, row.words, row.text_hash, row.told = answered
    row.recorded_by_id, row.made_on = by.pk, clock.today()
    row.status, row.answer, row.answered_on, row.answered_by_id = Status.WAITING, "", None, None
    row.version += 1
    row.full_clean()
    row.save()
    if not is_clear:
        _back_to_review(easy)
    _record(by, "report.easy_read_said", row, for_member=bool(told))
    return row


@transaction.atomic
def take_back(
    *, by: Actor, reading: GroupReading, section: ReportSection, person: Person | None = None, told: str = ""
) -> None:
    """Take an answer back, while the report is with the group: it is deleted, with its words."""
    reading = locked_reading(reading)
    found, told = speaking_member(by, reading, person, told)
    easy = _locked(reading, section)
    row = _answer_of(reading, section, found, told)
    if row is None:
        raise StateConflict("There is no answer to take back.")
    _record(by, "report.easy_read_unsaid", row, for_member=bool(told))
    row.delete()
    if not easy.reviewed_by and not SectionChapter(section).counted().reviewers:
        _back_to_review(easy)


def _answer_of(reading: GroupReading, section: ReportSection, person: Person, told: str) -> EasyReadAnswer | None:
    """The answer of this member, locked. No one else changes what they said themselves."""
    rows = EasyReadAnswer.objects.select_for_update(of=("self",)).filter(reading=reading, section=section)
    row = rows.filter(person=person).first()
    if row is not None and told and not row.told:
        raise ValidationError("The member said so themselves, so only they can change it.")
    return row


def _back_to_review(easy: EasyReadSection) -> None:
    """What was reviewed waits for review again."""
    if easy.status == Review.REVIEWED:
        save_changes(easy, {"status": Review.WAITING, "reviewed_by": "", "reviewed_on": None}, expected=easy.version)


def _record(by: Actor, event: str, row: EasyReadAnswer, **facts: Any) -> None:
    audit.record(by, event, row.reading.report, section=row.section.get_key_display(), **facts)


@transaction.atomic
def answer_member(
    *, by: Actor, said: EasyReadAnswer, status: str, answer: str, expected: int | None = None
) -> EasyReadAnswer:
    """Answer what a member said about Easy Read: taken in, or not this time, and why. The member is told."""
    require(by, "reports.edit_report", said.reading.report)
    rows = EasyReadAnswer.objects.select_for_update(of=("self",))
    row = rows.select_related("reading__report", "reading__group", "section", "person").filter(pk=said.pk).first()
    if row is None:
        raise StateConflict("The member took this back meanwhile. There is nothing to answer.")
    if not row.wants_answer:
        raise ValidationError("This has already been answered. Reload the page to read the answer.")
    if status not in (Status.TAKEN_IN, Status.NOT_TAKEN_IN):
        raise ValidationError({"status": "Choose what becomes of it."})
    if not answer.strip():
        raise ValidationError({"answer": "Write an answer that the member will read."})
    changes = {"status": status, "answer": answer.strip(), "answered_on": clock.today(), "answered_by_id": by.pk}
    save_changes(row, changes, expected=expected)
    _record(by, "report.easy_read_answered", row)
    tell(
        people=[row.person],
        event="easy-read-answered",
        title="What you said about Easy Read has an answer",
        words=f"It is about “{row.section.get_key_display()}”. {row.get_status_display()}: {row.answer[:1000]}",
        path=row.get_absolute_url(),  # the Easy Read itself may be a draft again by now
        about=row.reading,
        key=f"easy-read-answer:{row.pk}:{row.version}",
    )
    return row
