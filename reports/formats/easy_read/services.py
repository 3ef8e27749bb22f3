"""Writing a report in Easy Read and having members review it. The rules are those of a charter's Easy Read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.charter.reading.making.services import checked_sentences, pair_sentences
from coproduction.charter.reading.models import hash_words
from coproduction.group.members import require_past_day
from impact.core.access.permissions import Actor, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from reports.formats.easy_read.chapters import Chapter, chapter_of
from reports.formats.easy_read.counting import NONE_YET, Counted, counted, reviewed_line
from reports.formats.easy_read.drawings import drawings
from reports.formats.easy_read.models import EasyReadSection, EasyReadWords
from reports.writing.models import AnnualReport, ReportSection

EDIT = "reports.edit_report"
Status = EasyReadWords.Status
Written = ReportSection | Chapter


@dataclass(frozen=True)
class Line:
    """One sentence, with the key of the drawing beside it and what that shows."""

    words: str
    picture: str = ""
    alt: str = ""


def lines_of(easy: EasyReadWords | None) -> list[Line]:
    """The sentences of a chapter's Easy Read."""
    return [Line(**line) for line in easy.lines] if easy else []


def mark_of(section: ReportSection, body: str | None = None) -> str:
    """A hash of the chapter's words, as they are or as an edition froze them."""
    return hash_words(section.get_key_display(), section.body if body is None else body)


def is_out_of_date(easy: EasyReadSection) -> bool:
    """Whether the chapter's words have changed since its Easy Read was saved."""
    return easy.words_hash != mark_of(easy.section)


def readable_in(report: AnnualReport) -> list[EasyReadSection]:
    """The chapters of a report that members may read in Easy Read: sent for review, and saying what the chapter says."""
    rows = EasyReadSection.objects.filter(section__report=report).exclude(status=Status.DRAFT)
    return [easy for easy in rows.select_related("section__report") if not is_out_of_date(easy)]


def locked(chapter: Chapter, expected: int | None) -> Any:
    """The Easy Read of a chapter, locked; Conflict where it is no longer what the writer saw (0: there was none)."""
    chapter.lock()
    easy = chapter.rows().select_for_update(of=("self",)).first()
    if expected is not None and expected != (easy.version if easy else 0):
        if easy is None:
            raise StateConflict("This Easy Read is no longer there. Copy what you wrote, and open the page again.")
        raise Conflict(easy)
    return easy


def _there(easy: Any) -> Any:
    if easy is None:
        raise StateConflict("This chapter is not in Easy Read yet. Write it first.")
    return easy


@transaction.atomic
def write_easy_read(*, by: Actor, section: Written, sentences: Sequence[str], expected: int | None = None) -> Any:
    """Save a chapter in Easy Read, one sentence a line; what was reviewed goes back to draft. Drawings stay with their sentences."""
    chapter = chapter_of(section)
    require(by, chapter.permission, chapter.report)
    sentences = checked_sentences(sentences)
    easy, mark = locked(chapter, expected), chapter.mark
    old = lines_of(easy)
    lines = [
        Line(words, kept.picture if kept else "", kept.alt if kept else "")
        for words, kept in pair_sentences(old, sentences)
    ]
    if easy and lines == old and easy.words_hash == mark:
        return easy
    if easy is None:
        easy = chapter.new()
        easy.version, easy.written_by_id = 0, by.pk
    return _save(by, chapter, easy, lines, mark)


def _save(by: Actor, chapter: Chapter, easy: Any, lines: list[Line], mark: str) -> Any:
    """Write the lines; what was reviewed is no longer what it says."""
    easy.lines, easy.words_hash = [asdict(line) for line in lines], mark
    easy.status, easy.reviewed_by, easy.reviewed_on = Status.DRAFT, "", None
    easy.version += 1
    easy.full_clean()
    easy.save()
    chapter.record(by, "written")
    return easy


@transaction.atomic
def choose_drawings(*, by: Actor, section: Written, pictures: Sequence[str], expected: int | None = None) -> Any:
    """Put drawings beside sentences, one key (or nothing) for each sentence in order."""
    chapter = chapter_of(section)
    require(by, chapter.permission, chapter.report)
    easy = _there(locked(chapter, expected))
    old, known = lines_of(easy), drawings()
    if len(pictures) != len(old) or any(key and key not in known for key in pictures):
        raise ValidationError("Choose a drawing from the list for each sentence, or none.")
    lines = [Line(line.words, key, known[key].alt if key else "") for line, key in zip(old, pictures, strict=True)]
    return easy if lines == old else _save(by, chapter, easy, lines, easy.words_hash)


@transaction.atomic
def send_for_review(*, by: Actor, section: Written, expected: int | None = None) -> Any:
    """Say that a chapter's Easy Read is ready for members to review."""
    chapter = chapter_of(section)
    require(by, chapter.permission, chapter.report)
    easy = _there(locked(chapter, expected))
    if easy.status != Status.DRAFT:
        raise StateConflict(f"This Easy Read is {easy.get_status_display().lower()} already.")
    _require_up_to_date(easy, chapter)
    easy.status = Status.WAITING
    easy.version += 1
    easy.full_clean()
    easy.save(update_fields=["status", "version"])
    chapter.record(by, "sent")
    return easy


@transaction.atomic
def review_easy_read(
    *, by: Actor, section: Written, reviewed_on: date, reviewed_by: str = "", expected: int | None = None
) -> Any:
    """Record that a chapter's Easy Read is reviewed, and when.

    Members who answered on the platform are counted; ``reviewed_by`` names who reviewed it elsewhere, and may be empty
    where members answered. What they did not find clear has to be answered first.
    """
    chapter = chapter_of(section)
    require(by, chapter.permission, chapter.report)
    easy = _there(locked(chapter, expected))
    if easy.status != Status.WAITING:
        raise StateConflict(
            f"Only an Easy Read that waits for review can be reviewed. This one is {easy.get_status_display().lower()}."
        )
    _require_up_to_date(easy, chapter)
    easy.status, easy.reviewed_by = Status.REVIEWED, reviewed_by.strip()
    easy.reviewed_on = require_past_day(reviewed_on, "reviewed_on")
    count = chapter.counted()
    if count.waiting:
        raise ValidationError("Answer what members said about it first.")
    if not easy.reviewed_by and not count.reviewers:
        raise ValidationError({"reviewed_by": "Say who reviewed it: names or roles."})
    easy.version += 1
    easy.full_clean()
    easy.save(update_fields=["status", "reviewed_by", "reviewed_on", "version"])
    chapter.record(by, "reviewed")
    return easy


def _require_up_to_date(easy: Any, chapter: Chapter) -> None:
    if easy.words_hash != chapter.mark:
        raise StateConflict("The chapter has changed since this Easy Read was written. Put the Easy Read right first.")


# --- For an edition ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Said:
    """A chapter as an edition says it: the hash of its words, and what members answered about its Easy Read.

    ``is_needed``: whether it says anything that Easy Read has to say.
    """

    key: str
    title: str
    mark: str
    is_needed: bool
    count: Counted = NONE_YET


def frozen_contents(chapters: Sequence[Said], written: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the Easy Read of an edition says, as plain JSON values; ``written``: the Easy Read of each chapter.

    An Easy Read of other words than the edition's is not that edition's: StateConflict says which chapter it is.
    ``is_reviewed``: every chapter that is needed is in Easy Read, and members reviewed it; ``lacking``: those that are not.
    """
    sections, lacking = [], []
    for chapter in chapters:
        easy = written.get(chapter.key)
        if easy is None:
            if chapter.is_needed:
                lacking.append(chapter.title)
            continue
        if easy.words_hash != chapter.mark:
            raise StateConflict(
                f"The Easy Read of “{chapter.title}” was written for other words than those of this edition. "
                "Correct it first."
            )
        sections.append(
            {
                "key": chapter.key,
                "title": chapter.title,
                "lines": easy.lines,
                "reviewed_by": reviewed_line(chapter.count, easy.reviewed_by) if easy.status == Status.REVIEWED else "",
                "reviewed_on": easy.reviewed_on.isoformat() if easy.reviewed_on else None,
            }
        )
    if not sections:
        raise StateConflict("No chapter is in Easy Read yet. Write it first, on the page “Easy Read”.")
    is_reviewed = not lacking and all(one["reviewed_by"] for one in sections)
    return {"format": 1, "sections": sections, "lacking": lacking, "is_reviewed": is_reviewed}


def contents_for(report: AnnualReport, words: Mapping[str, str]) -> dict[str, Any]:
    """What the Easy Read of an annual report's edition says; ``words``: the edition's own, by chapter."""
    rows = EasyReadSection.objects.filter(section__report=report).select_related("section")
    counts, said = counted(report), []
    for section in report.sections.all():
        body, count = words.get(section.key, ""), counts.get(section.pk, NONE_YET)
        said.append(Said(section.key, section.get_key_display(), mark_of(section, body), bool(body), count))
    return frozen_contents(said, {easy.section.key: easy for easy in rows})
