"""Minor corrections of an agreed text: a version of their own that members can stop within 14 days."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Model, Q, QuerySet

from coproduction.agreement.models import AgreementRound
from coproduction.charter.models import Charter, CharterVersion, SectionText
from coproduction.charter.services import bump
from coproduction.group.members import deciding_members, require_past_day, say_day
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, tidy
from impact.core.basics.words.diff import ADDED, REMOVED, Piece, plain, word_diff
from impact.core.notices.services import tell
from impact.core.people.models import Person

FEW = 5  # changed words that pass without a question
MOST = 30  # changed words that a correction may have at all


@dataclass(frozen=True)
class Fixed:
    """One section as the correction would have it."""

    title: str
    body: str


@dataclass(frozen=True)
class Change:
    """What a correction changes in one section."""

    text: SectionText
    new: Fixed
    pieces: list[Piece]
    title_pieces: list[Piece]

    @property
    def is_layout_only(self) -> bool:
        """Whether not one word or sign differs, only how the text is laid out."""
        return not self.words and plain(self.text.body) == plain(self.new.body) and self.text.title == self.new.title

    @property
    def words(self) -> int:
        """How many words differ: the larger of those removed and those added."""
        return _words(self.pieces) + _words(self.title_pieces)


def _words(pieces: list[Piece]) -> int:
    counts = {
        kind: sum(len(re.findall(r"\w+(?:['’-]\w+)*", piece.text)) for piece in pieces if piece.kind == kind)
        for kind in (ADDED, REMOVED)
    }
    return max(counts.values())


def changes_of(version: CharterVersion, fixed: Mapping[int, Fixed]) -> list[Change]:
    """What differs from the text in force, section by section; ValidationError where it is more than a correction.

    ``fixed``: by section id. Sections that are not given stay as they are.
    """
    texts = {text.section_id: text for text in version.texts.select_related("section").order_by("position", "pk")}
    if set(fixed) - set(texts):
        raise ValidationError("This section is not in the agreed text. To add one, open a draft and ask the members.")
    found = []
    for pk, text in texts.items():
        if pk not in fixed:
            continue
        new = Fixed(fixed[pk].title.strip(), tidy(fixed[pk].body))
        old = Fixed(text.title, tidy(text.body))
        if new == old:
            continue
        if not new.title:
            raise ValidationError(f"“{text.title}” needs a title. Type one, or leave the old one.")
        if not old.body and new.body:
            raise ValidationError(f"“{text.title}” has no words yet. To write some, open a draft and ask the members.")
        if old.body and not new.body:
            raise ValidationError(
                f"“{text.title}” would be left without words. To take them out, open a draft and ask the members."
            )
        pieces = word_diff(plain(old.body), plain(new.body)) if new.body != old.body else []
        titles = word_diff(old.title, new.title) if new.title != old.title else []
        found.append(Change(text, new, pieces, titles))
    if not found:
        raise ValidationError("Nothing has changed yet. Correct the text first.", code="nothing")
    words = sum(change.words for change in found)
    if words > MOST:
        raise ValidationError(
            f"This changes {words} words. A correction may change {MOST} at most. Open a draft, so that members can "
            "agree the new text."
        )
    return found


def all_changes(version: CharterVersion, fixed: Mapping[int, Fixed]) -> list[Change]:
    """What differs from the text that the correction is held against, with what a correction of it has changed before."""
    base = corrected_text(version)
    if base == version:
        return changes_of(version, fixed)
    whole = {text.section_id: Fixed(text.title, text.body) for text in version.texts.all()} | dict(fixed)
    try:
        return changes_of(base, whole)
    except ValidationError as error:
        if error.code == "nothing":
            raise ValidationError(
                f"This is version {base.name} again. To go back to it, undo the correction."
            ) from None
        raise


def correction_obstacle(charter: Charter) -> str:
    """Why the text in force cannot be corrected now, with what to do; empty when it can."""
    agreed = charter.agreed_version
    if agreed is None:
        return "No text is agreed yet, so there is nothing to correct. Write in the draft instead."
    proposed = charter.versions.filter(status=CharterVersion.Status.PROPOSED).first()
    if proposed:
        return (
            f"{proposed.label} is out for agreement. Wait until members have decided, or withdraw it on the agreement "
            "page, before you correct the text in force."
        )
    return ""


def corrected_text(version: CharterVersion) -> CharterVersion:
    """The text that a correction of this one is held against.

    A correction that members can still stop is changed, not corrected once more: members always look at one small step
    from the text that they agreed, and stopping it leads back there.
    """
    return version.corrects if version.corrects and version.can_be_stopped else version


@transaction.atomic
def correct_version(
    *,
    by: Actor,
    version: CharterVersion,
    fixed: Mapping[int, Fixed],
    note: str,
    is_sure: bool = False,
    expected_hash: str | None = None,
    on: date | None = None,
) -> CharterVersion:
    """Put a corrected text in force beside the positions on the text before, and tell the members, who can stop it.

    A correction that members can still stop is changed by this: the new one takes its place, with days of its own to
    stop it. ``is_sure``: the writer has read that more than a few words change, and says that none changes the meaning.
    """
    require(by, "coproduction.edit_charter", version)
    charter = Charter.objects.select_for_update().get(pk=version.charter_id)
    version = CharterVersion.objects.select_for_update().get(pk=version.pk)
    day = require_past_day(on, "on")
    if expected_hash is not None and expected_hash != version.text_hash:
        raise Conflict(version)
    if version.status != CharterVersion.Status.AGREED:
        raise StateConflict(f"{version.label} is not in force any more. Correct the text that is.")
    if obstacle := correction_obstacle(charter):
        raise StateConflict(obstacle)
    base = corrected_text(version)
    changes = changes_of(version, fixed)
    words = sum(change.words for change in all_changes(version, fixed))
    if words > FEW and not is_sure:
        raise ValidationError(
            {"is_sure": f"This changes {words} words. Tick the box if none of them changes the meaning."}
        )
    if not note.strip():
        raise ValidationError({"note": "Say what is corrected, so that members know what to look at."})
    last = charter.versions.filter(number=version.number).aggregate(last=Max("correction"))["last"] or 0
    new = CharterVersion(
        charter=charter,
        number=version.number,
        correction=last + 1,
        draft_number=version.draft_number,
        corrects=base,
        change_note=note.strip(),
    )
    new.full_clean()
    new.save()
    fixes = {change.text.section_id: change.new for change in changes}
    SectionText.objects.bulk_create(
        SectionText(
            version=new,
            section_id=text.section_id,
            title=fixes[text.section_id].title if text.section_id in fixes else text.title,
            body=fixes[text.section_id].body if text.section_id in fixes else text.body,
            position=text.position,
        )
        for text in version.texts.all()
    )
    version.status = CharterVersion.Status.SUPERSEDED
    version.version += 1
    version.save(update_fields=["status", "version"])
    new.status = CharterVersion.Status.AGREED
    new.text_hash = new.hash_text()
    new.proposed_on = day
    new.agreed_on = version.agreed_on
    new.full_clean()
    new.save(update_fields=["status", "text_hash", "proposed_on", "agreed_on"])
    before = version.agreement_rounds.filter(closed_on__isnull=False).first()
    if before:  # of a correction that is changed: with the positions of those who joined since
        carry_positions(before, _copy(before, version=new, carried_from=before))
    _correct_draft(charter, changes)
    audit.record(by, "charter_version.corrected", new, version=new.name, corrects=base.name, words=words)
    if base != version:
        audit.record(by, "charter_version.replaced", version, version=version.name, replaced_by=new.name)
    _tell_members(new, version)
    return new


def _copy(row: Any, **given: Any) -> Any:
    """A new row with the values of another one, but for those given."""
    model: type[Model] = type(row)
    names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    return model._default_manager.create(**{name: getattr(row, name) for name in names} | given)


def carry_positions(old: AgreementRound, new: AgreementRound) -> int:
    """Copy the positions of one round to another, of members who have none there; how many were copied.

    Those in force, and those that counted when the round closed, so that both rounds show the same figures. The day, the
    reason and who wrote it down stay as they were.
    """
    there = set(new.positions.in_force().values_list("person", flat=True))
    kept = old.positions.filter(Q(replaced_at__isnull=True) | Q(counted_at_closing=True)).order_by("pk")
    rows = [row for row in kept.select_related("person", "recorded_by") if row.person_id not in there]
    for row in rows:
        _copy(row, round=new)
    return len(rows)


def _correct_draft(charter: Charter, changes: list[Change]) -> None:
    """Correct the open draft too, where it still has the words that were corrected."""
    draft = charter.versions.filter(status=CharterVersion.Status.DRAFT).first()
    if draft is None:
        return
    done = 0
    for change in changes:
        row = draft.texts.select_for_update().filter(section_id=change.text.section_id).first()
        if row is not None and (row.title, row.body) == (change.text.title, change.text.body):
            row.title, row.body, row.revision = change.new.title, change.new.body, row.revision + 1
            row.save(update_fields=["title", "body", "revision"])
            done += 1
    if done:
        bump(draft)


def members_of(version: CharterVersion) -> QuerySet[Person]:
    """The people who decide about a charter today."""
    members = deciding_members(version.charter.group).values("person")
    return Person.objects.filter(pk__in=members)


def _tell_members(new: CharterVersion, before: CharterVersion) -> None:
    assert new.stop_until  # noqa: S101  a correction in force has one
    title = f"A small correction to the charter: version {new.name}"
    if new.corrects != before:
        title = f"A small correction was changed: version {new.name}"
    tell(
        people=members_of(new),
        event="charter-corrected",
        title=title,
        words=(
            f"Spelling or layout was corrected in version {before.name} of “{new.charter.title}”: {new.change_note} "
            "The meaning should be the same, so what members said about the text still counts. If you think the change "
            f"is more than that, you can stop it until {say_day(new.stop_until)}. You do not have to say why. "
            "If it is fine, you can say so."
        ),
        path=new.get_absolute_url(),
        about=new,
        key=f"charter-corrected:{new.pk}",
    )
