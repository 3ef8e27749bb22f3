"""Minor corrections of an agreed text: a version of their own that members can stop within 14 days."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Model, QuerySet

from coproduction.agreement.models import AgreementRound
from coproduction.charter.corrections.models import CorrectionStop
from coproduction.charter.models import Charter, CharterVersion, SectionText
from coproduction.charter.services import bump
from coproduction.group.members import deciding_members, require_past_day, resolve_member, say_day
from coproduction.group.models import require_told
from impact.core.access import audit
from impact.core.access.models import RoleGrant
from impact.core.access.permissions import SYSTEM, Actor, Role, has_perm, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, tidy
from impact.core.basics.words.diff import ADDED, REMOVED, Piece, plain, word_diff
from impact.core.notices.models import NoticeKind
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
        raise ValidationError("Nothing has changed yet. Correct the text first.")
    words = sum(change.words for change in found)
    if words > MOST:
        raise ValidationError(
            f"This changes {words} words. A correction may change {MOST} at most. Open a draft, so that members can "
            "agree the new text."
        )
    return found


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
    if agreed.can_be_stopped and agreed.stop_until:
        return (
            f"{agreed.label} is a correction that members can stop until {say_day(agreed.stop_until)}. "
            "Wait until then before you correct the text again."
        )
    return ""


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

    ``is_sure``: the writer has read that more than a few words change, and says that none changes the meaning.
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
    changes = changes_of(version, fixed)
    words = sum(change.words for change in changes)
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
        corrects=version,
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
    if before:
        carry_positions(before, _copy(before, version=new, carried_from=before))
    _correct_draft(charter, changes)
    audit.record(by, "charter_version.corrected", new, version=new.name, corrects=version.name, words=words)
    _tell_members(new, version)
    return new


def _copy(row: Any, **given: Any) -> Any:
    """A new row with the values of another one, but for those given."""
    model: type[Model] = type(row)
    names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    return model._default_manager.create(**{name: getattr(row, name) for name in names} | given)


def carry_positions(old: AgreementRound, new: AgreementRound) -> int:
    """Copy the positions in force of one round to another, of members who have none there; how many were copied.

    The day, the reason and who wrote it down stay as they were.
    """
    there = set(new.positions.in_force().values_list("person", flat=True))
    rows = [
        row for row in old.positions.in_force().select_related("person", "recorded_by") if row.person_id not in there
    ]
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


def _people(version: CharterVersion) -> QuerySet[Person]:
    members = deciding_members(version.charter.group).values("person")
    return Person.objects.filter(pk__in=members)


def _tell_members(new: CharterVersion, before: CharterVersion) -> None:
    assert new.stop_until  # noqa: S101  a correction in force has one
    tell(
        people=_people(new),
        kind=NoticeKind.CHARTER,
        title=f"A small correction to the charter: version {new.name}",
        words=(
            f"Spelling or layout was corrected in version {before.name} of “{new.charter.title}”: {new.change_note} "
            "The meaning should be the same, so what members said about the text still counts. If you think the change "
            f"is more than that, you can stop it until {say_day(new.stop_until)}. You do not have to say why."
        ),
        path=new.get_absolute_url(),
        key=f"charter-corrected:{new.pk}",
    )


@transaction.atomic
def stop_correction(
    *,
    by: Actor,
    version: CharterVersion,
    reason: str = "",
    person: Person | None = None,
    told: str = "",
    on: date | None = None,
) -> CorrectionStop:
    """Stop a minor correction, as a member or for one: the text before is in force again, and the change needs everyone."""
    if person is None or (person.user_id is not None and person.user_id == by.pk):
        require(by, "coproduction.take_position", version)
    charter = Charter.objects.select_for_update().get(pk=version.charter_id)
    version = CharterVersion.objects.select_for_update(of=("self",)).select_related("corrects").get(pk=version.pk)
    day = require_past_day(on, "on")
    person = resolve_member(by, charter.group, person, day)
    told = require_told(by, person, told)
    before, last = version.corrects, version.stop_until
    if before is None or last is None:
        raise StateConflict(f"{version.label} is not a minor correction. To change it, suggest a change.")
    if version.status == CharterVersion.Status.WITHDRAWN:
        raise StateConflict("This correction has been stopped already, so there is nothing left to do.")
    if version.status != CharterVersion.Status.AGREED:
        raise StateConflict(
            f"Members have agreed a newer text since. To change it, suggest a change in {charter.title}."
        )
    if day > last:
        raise StateConflict(
            f"This correction could be stopped until {say_day(last)}. To change the text now, suggest a change."
        )
    stop = CorrectionStop(
        version=version, person=person, reason=reason.strip(), stopped_on=day, recorded_by_id=by.pk, told=told
    )
    stop.full_clean()
    stop.save()
    version.status = CharterVersion.Status.WITHDRAWN
    version.status_reason = (
        "A member stopped this correction. To come into force, the change needs the agreement of members."
    )
    version.version += 1
    version.full_clean()
    version.save(update_fields=["status", "status_reason", "version"])
    before.status = CharterVersion.Status.AGREED
    before.version += 1
    before.save(update_fields=["status", "version"])
    old, new = before.agreement_rounds.first(), version.agreement_rounds.first()
    if old and new:
        carry_positions(new, old)  # of those who joined since
    # Who stopped it stands in the first of these, which the engagement lead alone may read.
    audit.record(by, "correction.stopped", stop)
    audit.record(SYSTEM, "charter_version.correction_stopped", version, version=version.name)
    _tell_stopped(version, before)
    return stop


def _tell_stopped(version: CharterVersion, before: CharterVersion) -> None:
    words = (
        f"A member stopped version {version.name} of “{version.charter.title}”. Version {before.name} is in force again. "
        "If the change is still wanted, it goes into a new draft, and all members are asked."
    )
    leads = RoleGrant.objects.in_force().filter(role=Role.ENGAGEMENT_LEAD).values("user")
    tell(
        people=(_people(version) | Person.objects.filter(user__in=leads, user__is_active=True)).distinct(),
        kind=NoticeKind.CHARTER,
        title=f"The correction of the charter, version {version.name}, was stopped",
        words=words,
        path=version.get_absolute_url(),
        key=f"charter-correction-stopped:{version.pk}",
    )


def may_stop(user: Any, version: CharterVersion) -> bool:
    """Whether a reader can stop this correction now, for themselves or, as the engagement lead, for a member."""
    if not version.can_be_stopped:
        return False
    is_member = deciding_members(version.charter.group).filter(person__user_id=user.pk).exists()
    return is_member or has_perm(user, "coproduction.record_for_member", version)
