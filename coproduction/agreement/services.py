"""Putting a version to members, their positions, and closing a round."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.agreement.models import AgreementRound, Position
from coproduction.agreement.objections.services import follow_position
from coproduction.agreement.telling import tell_asked, tell_extended, tell_result
from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.services import KNOWN
from coproduction.group.members import deciding_members, require_past_day, resolve_member, say_day
from coproduction.group.models import require_told
from coproduction.suggestions.answering.taking import link_what_was_taken
from coproduction.suggestions.models import Suggestion
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.people.models import Person


@transaction.atomic
def propose_version(
    *,
    by: Actor,
    version: CharterVersion,
    closes_on: date,
    change_note: str = "",
    expected: int | None = None,
    on: date | None = None,
) -> AgreementRound:
    """Put a draft to the members: its words are fixed from now on, and a new round asks them about exactly these."""
    require(by, "coproduction.edit_charter", version)
    version = CharterVersion.objects.select_for_update().get(pk=version.pk)
    day = require_past_day(on, "on")
    if version.status != CharterVersion.Status.DRAFT:
        raise ValidationError(f"{version.label} is not a draft. Open a new draft to change the text.")
    if expected is not None and version.version != expected:
        raise Conflict(version)
    if closes_on <= max(day, clock.today()):
        raise ValidationError(
            {"closes_on": "Give members time to answer. Choose a deadline after today, and after the day you ask them."}
        )
    if not deciding_members(version.charter.group, day).exists():
        raise StateConflict(
            "This group has no members who could answer. Add its members or its chair first, then propose the text.",
            code="no_members",
        )
    empty = version.texts.filter(section__kind=KNOWN, body="").values_list("section__title", flat=True)
    if empty:
        raise ValidationError(f"Some known sections have no text yet: {', '.join(empty)}. Write them first.")
    if not version.texts.exclude(body="").exists():
        raise ValidationError("There is no text to agree yet. Write at least one section.")
    waiting = Suggestion.objects.waiting().filter(section__charter=version.charter_id).count()
    if waiting:
        raise ValidationError(f"Suggestions waiting for an answer: {waiting}. Answer them, then propose.")
    text_hash = version.hash_text()
    agreed = version.charter.agreed_version
    if agreed and agreed.text_hash == text_hash:
        raise ValidationError(f"The wording is the same as in version {agreed.name}, which members have agreed.")
    if version.number > 1 and not change_note.strip():
        raise ValidationError({"change_note": "Say what changed and why, so that members know what to look at."})
    version.change_note = change_note.strip()
    version.text_hash = text_hash
    version.status = CharterVersion.Status.PROPOSED
    version.proposed_on = day
    version.version += 1
    version.full_clean()
    version.save(update_fields=["change_note", "text_hash", "status", "proposed_on", "version"])
    agreement = AgreementRound(version=version, opened_on=day, closes_on=closes_on)
    agreement.full_clean()
    agreement.save()
    link_what_was_taken(by=by, version=version)
    audit.record(by, "charter_version.proposed", version, version=version.name, answers_by=say_day(closes_on))
    tell_asked(agreement, day)
    return agreement


@transaction.atomic
def withdraw_version(
    *,
    by: Actor,
    version: CharterVersion,
    reason: str,
    on: date | None = None,
    expected: int | None = None,
    expected_round: int | None = None,
) -> CharterVersion:
    """Withdraw a draft or a proposed text, with a reason; its text and the positions on it are kept."""
    require(by, "coproduction.edit_charter", version)
    version = CharterVersion.objects.select_for_update().get(pk=version.pk)
    day = require_past_day(on, "on")
    if version.status not in (CharterVersion.Status.DRAFT, CharterVersion.Status.PROPOSED):
        raise ValidationError(f"{version.label} is settled, so there is nothing to withdraw.")
    if expected is not None and version.version != expected:
        raise Conflict(version)
    agreement = version.agreement_rounds.select_for_update().filter(closed_on__isnull=True).first()
    _require_unchanged(agreement, expected_round)
    if not reason.strip():
        raise ValidationError({"reason": "Say why the text is withdrawn, so that members know the reason."})
    version.text_hash = version.text_hash or version.hash_text()
    version.status = CharterVersion.Status.WITHDRAWN
    version.status_reason = reason.strip()
    version.version += 1
    version.full_clean()
    version.save(update_fields=["text_hash", "status", "status_reason", "version"])
    audit.record(by, "charter_version.withdrawn", version, version=version.name)
    if agreement is not None:
        agreement.version = version
        _close(agreement, day)
        tell_result(agreement)
    return version


def _require_unchanged(agreement: AgreementRound | None, expected: int | None) -> None:
    """Refuse to go on from a round that someone changed after it was read."""
    if agreement is not None and expected is not None and agreement.row_version != expected:
        raise Conflict(agreement)


def _save_round(agreement: AgreementRound, *fields: str) -> None:
    agreement.row_version += 1
    agreement.save(update_fields=[*fields, "row_version"])


def _close(agreement: AgreementRound, day: date) -> None:
    """Close a round, and mark the positions that counted: figures for readers who see no names stay as they are now."""
    counting = list(agreement.positions.counting(day).values_list("pk", flat=True))
    agreement.positions.filter(pk__in=counting).update(counted_at_closing=True)
    agreement.closed_on = day
    _save_round(agreement, "closed_on")


# --- Agreement -----------------------------------------------------------------------------------
@transaction.atomic
def take_position(
    *,
    by: Actor,
    agreement: AgreementRound,
    text_hash: str,
    stance: str,
    reason: str = "",
    person: Person | None = None,
    told: str = "",
    on: date | None = None,
) -> Position:
    """Say where a member stands on one exact text. A change of mind replaces the old position, which is kept.

    Someone else who writes it down says how the member told them, and cannot change what the member answered
    themselves. After the deadline it counts as late while the round is open. Once the text is agreed, only someone who
    joined after the round opened may still take a position.
    """
    if person is None or (person.user_id is not None and person.user_id == by.pk):
        require(by, "coproduction.take_position", agreement)
    # The text first and then its round, in the order in which proposing, agreeing and withdrawing lock them.
    version = (
        CharterVersion.objects.select_for_update(of=("self",))
        .select_related("charter__group")
        .get(pk=agreement.version_id)
    )
    agreement = AgreementRound.objects.select_for_update().get(pk=agreement.pk)
    agreement.version = version
    group = version.charter.group
    day = require_past_day(on, "on")
    person = resolve_member(by, group, person, day, is_position=True)
    told = require_told(by, person, told)
    if text_hash != version.text_hash:
        raise superseded(version, "The text has changed since you read it.")
    joined = (
        deciding_members(group, day).filter(person=person).order_by("starts_on").values_list("starts_on", flat=True)[0]
    )
    if agreement.closed_on is not None:
        if version.status != CharterVersion.Status.AGREED:
            raise superseded(version, "This text is no longer the one to agree on.")
        if joined <= agreement.opened_on:
            raise StateConflict(
                f"This round closed on {say_day(agreement.closed_on)}. To change the charter now, suggest a change.",
                code="closed",
            )
    if day < agreement.opened_on:
        raise ValidationError("The round was not open on that day.")
    reason = reason.strip()
    if stance != Position.Stance.AGREE and not reason:
        raise ValidationError({"reason": "Say why, so that the group can think about it."})
    old = agreement.positions.in_force().select_related("person").filter(person=person).first()
    if told and old and old.is_own:
        raise StateConflict(
            f"{person.name} has answered already, and only they can change it. Ask them to sign in and change it.",
            code="answered_by_member",
        )
    if old and (old.stance, old.reason, bool(old.told)) == (stance, reason, bool(told)):
        return old
    if old:
        Position.objects.filter(pk=old.pk, replaced_at__isnull=True).update(replaced_at=clock.now())
    position = Position(
        round=agreement,
        person=person,
        stance=stance,
        reason=reason,
        taken_on=day,
        is_late=agreement.closed_on is not None or day > agreement.closes_on,
        recorded_by_id=by.pk,
        told=told,
    )
    position.full_clean()
    position.save()
    audit.record(by, "position.changed" if old else "position.taken", position, late=position.is_late)
    follow_position(by=by, position=position)
    return position


def superseded(version: CharterVersion, problem: str) -> StateConflict:
    """Refuse an answer to a text that members are no longer asked about, and say where the newest one is."""
    newest = (
        AgreementRound.objects.running().filter(version__charter=version.charter_id).first()
        or AgreementRound.objects.in_force().filter(version__charter=version.charter_id).first()
    )
    where = "Open the charter to find the newest text"
    if newest is not None:
        where = f"Read version {newest.version.name} on the agreement page"
    return StateConflict(f"{problem} {where}, then say where you stand.", code="superseded", current=newest)


@transaction.atomic
def extend_round(
    *, by: Actor, agreement: AgreementRound, closes_on: date, expected: int | None = None
) -> AgreementRound:
    """Give members more time on the same text."""
    require(by, "coproduction.edit_charter", agreement)
    agreement = AgreementRound.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    if agreement.closed_on is not None:
        raise StateConflict("This round is closed. Propose a new version to ask the members again.", code="closed")
    _require_unchanged(agreement, expected)
    if closes_on <= agreement.closes_on or closes_on < clock.today():
        raise ValidationError({"closes_on": f"Choose a day after {say_day(max(agreement.closes_on, clock.today()))}."})
    agreement.closes_on = closes_on
    agreement.full_clean()
    _save_round(agreement, "closes_on")
    audit.record(by, "agreement_round.extended", agreement.version, answers_by=say_day(closes_on))
    tell_extended(agreement)
    return agreement


def obstacles(agreement: AgreementRound, on: date) -> list[str]:
    """List what stops a text from being agreed, each with what to do; empty when it can come into force."""
    tally = agreement.tally(on)
    found = []
    if on <= agreement.closes_on and tally.still_to_answer:
        found.append(
            f"{tally.still_to_answer} of {tally.members} members have not answered yet. "
            f"Wait for them, or until after {say_day(agreement.closes_on)}."
        )
    if tally.object:
        found.append(
            "A member objects, so this text cannot be agreed. Talk it through with them: they may change their answer. "
            "Or withdraw the text and propose a changed one."
        )
    if not tally.has_majority:
        found.append(
            f"{tally.agreeing} of {tally.members} members agree. More than half are needed: give them more time, "
            "or withdraw the text."
        )
    waiting = Suggestion.objects.waiting().filter(version=agreement.version_id).count()
    if waiting:
        found.append(f"Suggestions on this text waiting for an answer: {waiting}. Answer them first.")
    return found


@transaction.atomic
def agree_version(
    *, by: Actor, version: CharterVersion, on: date | None = None, expected_round: int | None = None
) -> CharterVersion:
    """Close the round and put the text in force, if the members agreed it; the text before it is replaced.

    Members decide, not the engagement lead (docs/decisions/0007): the deadline has passed or everybody answered,
    no one objects, more than half agree, and every suggestion on the text has its answer.
    """
    require(by, "coproduction.edit_charter", version)
    charter = Charter.objects.select_for_update().get(pk=version.charter_id)
    version = CharterVersion.objects.select_for_update().get(pk=version.pk)
    day = require_past_day(on, "on")
    agreement = version.agreement_rounds.select_for_update().filter(closed_on__isnull=True).first()
    if version.status != CharterVersion.Status.PROPOSED or agreement is None:
        raise ValidationError(f"{version.label} is not out for agreement.")
    _require_unchanged(agreement, expected_round)
    in_the_way = obstacles(agreement, day)
    if in_the_way:
        raise StateConflict(in_the_way, code="not_agreed")
    before = charter.agreed_version
    if before:
        before.status = CharterVersion.Status.SUPERSEDED
        before.save(update_fields=["status"])
        audit.record(by, "charter_version.replaced", before, version=before.name, replaced_by=version.name)
    _close(agreement, day)
    version.status = CharterVersion.Status.AGREED
    version.agreed_on = day
    version.version += 1
    version.full_clean()
    version.save(update_fields=["status", "agreed_on", "version"])
    # No numbers: the history is read by people for whom they are withheld (decision 33).
    audit.record(by, "charter_version.agreed", version, version=version.name)
    agreement.version = version
    tell_result(agreement)
    return version
