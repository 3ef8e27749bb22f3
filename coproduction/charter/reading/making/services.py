"""Writing Easy Read, having it reviewed, and keeping recordings of a charter."""

from collections.abc import Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Any, Protocol, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.charter.models import CharterVersion, SectionText
from coproduction.charter.reading.models import EasyRead, EasyReadLine, Recording, hash_words
from coproduction.group.members import require_past_day
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.web.files import uploads
from impact.core.web.files.uploads import Upload

EDIT = "coproduction.edit_charter"
FOLDER = "charter"
LINES, LONGEST = 80, 300
SOUND = ("mp3", "m4a")
PICTURE_FIELDS = ("picture", "sha256", "size", "width", "height", "alt")
Status = EasyRead.Status


class HasWords(Protocol):
    """A line of an Easy Read, here or in a report."""

    @property
    def words(self) -> str: ...


Line = TypeVar("Line", bound=HasWords)


# --- Easy Read -----------------------------------------------------------------------------------
@transaction.atomic
def write_easy_read(
    *,
    by: Actor,
    text: SectionText,
    sentences: Sequence[str],
    start_from: EasyRead | None = None,
    expected: int | None = None,
) -> EasyRead:
    """Save a section in Easy Read, one sentence a line; what was reviewed goes back to draft. Pictures stay with their sentences.

    ``start_from``: the Easy Read of an earlier version, whose pictures come along with the sentences that stay.
    ``expected``: the version that the writer saw, 0 where there was none.
    """
    require(by, EDIT, text.version)
    # The charter's version is held, so that two first saves of one section come one after the other.
    version = CharterVersion.objects.select_for_update().get(pk=text.version_id)
    text = SectionText.objects.select_related("section", "version").get(pk=text.pk)
    if start_from is not None and start_from.text.section_id != text.section_id:
        raise ValidationError("That Easy Read is of another section.")
    sentences = checked_sentences(sentences)
    easy = EasyRead.objects.select_for_update(of=("self",)).filter(text=text).first()
    if expected is not None and expected != (easy.version if easy else 0):
        if easy is None:
            raise StateConflict("This Easy Read is no longer there. Copy what you wrote, and open the page again.")
        raise Conflict(easy)
    mark = hash_words(text.title, text.body)
    source = easy or start_from
    old = list(source.lines.all()) if source else []
    if easy is None:
        easy = EasyRead(text=text, words_hash=mark, written_by_id=by.pk)
        easy.full_clean()
        easy.save()
    elif [line.words for line in old] == sentences and easy.words_hash == mark:
        return easy
    else:
        _reopen(easy, mark)
    easy.lines.all().delete()
    lines = [
        EasyReadLine(easy_read=easy, position=n, words=words, **_picture_of(kept))
        for n, (words, kept) in enumerate(pair_sentences(old, sentences), start=1)
    ]
    EasyReadLine.objects.bulk_create(lines)
    audit.record(by, "easy_read.written", easy, section=text.title, version=version.name)
    return easy


def checked_sentences(sentences: Sequence[str]) -> list[str]:
    """Sentences of an Easy Read without empty lines. ValidationError where there are none, too many or too long ones."""
    found = [" ".join(words.split()) for words in sentences]
    found = [words for words in found if words]
    if not found:
        raise ValidationError({"sentences": "Write at least one sentence."})
    if len(found) > LINES:
        raise ValidationError({"sentences": f"Write at most {LINES} sentences. Easy Read is short."})
    if too_long := next((words for words in found if len(words) > LONGEST), None):
        raise ValidationError(
            {"sentences": f"Make this sentence shorter, or put its parts on lines of their own: “{too_long[:60]}…”"}
        )
    return found


def _reopen(easy: EasyRead, mark: str) -> None:
    """Take an Easy Read back to draft: what was reviewed is no longer what it says."""
    easy.words_hash = mark
    easy.status, easy.reviewed_by, easy.reviewed_on = Status.DRAFT, "", None
    easy.version += 1
    easy.full_clean()
    easy.save(update_fields=["words_hash", "status", "reviewed_by", "reviewed_on", "version"])


def pair_sentences(old: Sequence[Line], sentences: list[str]) -> list[tuple[str, Line | None]]:
    """Each sentence with the line it was before, if it was there or took the place of one."""
    matcher = SequenceMatcher(None, [line.words for line in old], sentences, autojunk=False)
    found: list[tuple[str, Line | None]] = []
    for operation, a, b, c, d in matcher.get_opcodes():
        keeps = operation == "equal" or (operation == "replace" and b - a == d - c)
        found += [(sentences[c + n], old[a + n] if keeps else None) for n in range(d - c)]
    return found


def _picture_of(line: EasyReadLine | None) -> dict[str, Any]:
    return {name: getattr(line, name) for name in PICTURE_FIELDS} if line else {}


def _line_in_writing(by: Actor, line: EasyReadLine) -> tuple[EasyReadLine, EasyRead]:
    """A line and its Easy Read, both held, for someone who may write it. Conflict when someone saved the sentences in the meantime."""
    require(by, EDIT, line.easy_read)
    easy = EasyRead.objects.select_for_update(of=("self",)).select_related("text__version").get(pk=line.easy_read_id)
    current = EasyReadLine.objects.filter(pk=line.pk).first()
    if current is None:
        raise StateConflict("Someone saved these sentences again in the meantime. Open the Easy Read and try again.")
    return current, easy


@transaction.atomic
def set_picture(*, by: Actor, line: EasyReadLine, alt: str, file: Upload | None = None) -> EasyReadLine:
    """Put a picture beside a sentence with words that say what it shows; without a file only the words change."""
    line, easy = _line_in_writing(by, line)
    if file is None and not line.picture:
        raise ValidationError({"file": "Choose a picture."})
    if file is not None:
        line.picture.name = uploads.keep(uploads.accept_photo(file), under=FOLDER)
        line.sha256, line.size = file.sha256, file.size
        line.width, line.height = file.width, file.height
    line.alt = alt.strip()
    if not line.alt:
        raise ValidationError({"alt": "Say what the picture shows, for people who do not see it."})
    line.full_clean()
    line.save(update_fields=list(PICTURE_FIELDS))
    _reopen(easy, easy.words_hash)
    audit.record(by, "easy_read.picture_set", easy, section=easy.text.title)
    return line


@transaction.atomic
def remove_picture(*, by: Actor, line: EasyReadLine) -> EasyReadLine:
    """Take away the picture beside a sentence."""
    line, easy = _line_in_writing(by, line)
    if not line.picture:
        return line
    blank = EasyReadLine()
    for name in PICTURE_FIELDS:
        setattr(line, name, getattr(blank, name))
    line.save(update_fields=list(PICTURE_FIELDS))
    _reopen(easy, easy.words_hash)
    audit.record(by, "easy_read.picture_removed", easy, section=easy.text.title)
    return line


def _require_up_to_date(easy: EasyRead) -> None:
    text = SectionText.objects.get(pk=easy.text_id)
    if easy.words_hash != hash_words(text.title, text.body):
        raise StateConflict("The section has changed since this Easy Read was written. Put the Easy Read right first.")


@transaction.atomic
def send_for_review(*, by: Actor, easy_read: EasyRead, expected: int | None = None) -> EasyRead:
    """Say that an Easy Read is ready to be reviewed."""
    require(by, EDIT, easy_read)
    easy = _held(easy_read, expected)
    if easy.status != Status.DRAFT:
        raise StateConflict(f"This Easy Read is {easy.get_status_display().lower()} already.")
    _require_up_to_date(easy)
    easy.status = Status.WAITING
    easy.version += 1
    easy.full_clean()
    easy.save(update_fields=["status", "version"])
    audit.record(by, "easy_read.sent", easy, section=easy.text.title)
    return easy


@transaction.atomic
def review_easy_read(
    *, by: Actor, easy_read: EasyRead, reviewed_by: str, reviewed_on: date, expected: int | None = None
) -> EasyRead:
    """Record who reviewed an Easy Read, and when; from then on readers see it."""
    require(by, EDIT, easy_read)
    easy = _held(easy_read, expected)
    if easy.status != Status.WAITING:
        raise StateConflict(
            f"Only an Easy Read that waits for review can be reviewed. This one is {easy.get_status_display().lower()}."
        )
    _require_up_to_date(easy)
    easy.status = Status.REVIEWED
    easy.reviewed_by = reviewed_by.strip()
    easy.reviewed_on = require_past_day(reviewed_on, "reviewed_on")
    if not easy.reviewed_by:
        raise ValidationError({"reviewed_by": "Say who reviewed it: a name or a role."})
    easy.version += 1
    easy.full_clean()
    easy.save(update_fields=["status", "reviewed_by", "reviewed_on", "version"])
    audit.record(by, "easy_read.reviewed", easy, section=easy.text.title)
    return easy


def _held(easy_read: EasyRead, expected: int | None) -> EasyRead:
    easy = EasyRead.objects.select_for_update(of=("self",)).select_related("text__version").get(pk=easy_read.pk)
    if easy.version != (easy_read.version if expected is None else expected):
        raise Conflict(easy)
    return easy


# --- Recordings ----------------------------------------------------------------------------------
@transaction.atomic
def add_recording(
    *, by: Actor, version: CharterVersion, file: Any, section_key: str = "", read_by: str = ""
) -> Recording:
    """Keep a recording of a version, or of one of its sections; it takes the place of the one before.

    Only once the text was put to the members: until then its words can still change under the recording.
    """
    require(by, EDIT, version)
    version = CharterVersion.objects.select_for_update().get(pk=version.pk)
    if version.status == CharterVersion.Status.DRAFT:
        raise StateConflict("The words of a draft can still change. Record it once it has been put to the members.")
    text = None
    if section_key:
        text = version.texts.filter(section__key=section_key).first()
        if text is None:
            raise ValidationError({"section": "This version has no such section. Choose another one."})
    upload = uploads.accept_paper(file, allowed=SOUND)
    mark = hash_words(text.title, text.body) if text else version.text_hash
    Recording.objects.filter(version=version, text=text).delete()
    recording = Recording(
        version=version,
        text=text,
        words_hash=mark,
        read_by=read_by.strip(),
        file=uploads.keep(upload, under=FOLDER),
        name=upload.name,
        content_type=upload.content_type,
        size=upload.size,
        sha256=upload.sha256,
        added_by_id=by.pk,
    )
    recording.full_clean()
    recording.save()
    audit.record(by, "charter_recording.added", version, section=text.title if text else "", version=version.name)
    return recording


@transaction.atomic
def remove_recording(*, by: Actor, recording: Recording) -> None:
    """Take a recording away from readers."""
    require(by, EDIT, recording)
    version = CharterVersion.objects.select_for_update().get(pk=recording.version_id)
    found = Recording.objects.select_related("text").filter(pk=recording.pk).first()
    if found is None:
        raise StateConflict("This recording is gone, or another one has taken its place.")
    section = found.text.title if found.text else ""
    found.delete()
    audit.record(by, "charter_recording.removed", version, section=section, version=version.name)
