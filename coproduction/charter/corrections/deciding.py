"""How a minor correction ends: a member stops it, all members say that it is fine, or the engagement lead undoes it."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from coproduction.charter.corrections.models import CorrectionConfirmation, CorrectionStop
from coproduction.charter.corrections.services import carry_positions, members_of
from coproduction.charter.models import Charter, CharterVersion
from coproduction.group.members import deciding_members, people_with, require_past_day, resolve_member, say_day
from coproduction.group.models import SupportLink, require_told
from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, Role, has_perm, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.notices.services import tell
from impact.core.people.models import Person


def _lock(version: CharterVersion) -> tuple[Charter, CharterVersion]:
    charter = Charter.objects.select_for_update().get(pk=version.charter_id)
    locked = CharterVersion.objects.select_for_update(of=("self",)).select_related("corrects").get(pk=version.pk)
    locked.charter = charter
    return charter, locked


def why_decided(version: CharterVersion, day: date | None = None) -> str:
    """Why there is nothing left to decide about a text, with what to do instead; empty while members can stop it."""
    if version.corrects is None or version.stop_until is None:
        return f"{version.label} is not a minor correction. To change it, suggest a change."
    if version.status == CharterVersion.Status.WITHDRAWN:
        return "This correction has been stopped or undone already, so there is nothing left to do."
    if version.status != CharterVersion.Status.AGREED:
        newer = version.corrects.corrections.filter(status=CharterVersion.Status.AGREED).first()
        if newer is not None:
            return f"This correction was changed since. Look at version {newer.name}, which is in force now."
        return "A newer text is in force since. To change it, suggest a change."
    if version.confirmed_on:
        said = f"Every member had said by {say_day(version.confirmed_on)} that this correction is fine"
        return f"{said}. To change the text now, suggest a change."
    if not version.can_be_stopped or (day is not None and day > version.stop_until):
        last = say_day(version.stop_until)
        return f"This correction could be stopped until {last}. To change the text now, suggest a change."
    return ""


def _require_undecided(version: CharterVersion, day: date) -> CharterVersion:
    """Refuse to go on once a correction is decided; the text that it corrects."""
    if refusal := why_decided(version, day):
        raise StateConflict(refusal)
    assert version.corrects  # noqa: S101  a correction has one
    return version.corrects


def _take_back(version: CharterVersion, before: CharterVersion, reason: str) -> None:
    """Put the text before a correction in force again, with the positions of those who joined since."""
    version.status = CharterVersion.Status.WITHDRAWN
    version.status_reason = reason
    version.version += 1
    version.full_clean()
    version.save(update_fields=["status", "status_reason", "version"])
    before.status = CharterVersion.Status.AGREED
    before.version += 1
    before.save(update_fields=["status", "version"])
    old, new = before.agreement_rounds.first(), version.agreement_rounds.first()
    if old and new:
        carry_positions(new, old)


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
    charter, version = _lock(version)
    day = require_past_day(on, "on")
    person = resolve_member(by, charter.group, person, day)
    told = require_told(by, person, told)
    before = _require_undecided(version, day)
    stop = CorrectionStop(
        version=version, person=person, reason=reason.strip(), stopped_on=day, recorded_by_id=by.pk, told=told
    )
    stop.full_clean()
    stop.save()
    _take_back(
        version,
        before,
        "A member stopped this correction. To come into force, the change needs the agreement of members.",
    )
    # Who stopped it stands in the first of these, which the engagement lead alone may read.
    audit.record(by, "correction.stopped", stop)
    audit.record(SYSTEM, "charter_version.correction_stopped", version, version=version.name)
    _tell_ended(
        version,
        f"The correction of the charter, version {version.name}, was stopped",
        f"A member stopped version {version.name} of “{charter.title}”. Version {before.name} is in force again. "
        "If the change is still wanted, it goes into a new draft, and all members are asked.",
        f"charter-correction-stopped:{version.pk}",
    )
    return stop


def all_have_confirmed(version: CharterVersion) -> bool:
    """Whether each member of today has said that a correction is fine."""
    return not members_of(version).exclude(pk__in=version.confirmations.values("person")).exists()


@transaction.atomic
def confirm_correction(
    *, by: Actor, version: CharterVersion, person: Person | None = None, told: str = "", on: date | None = None
) -> CorrectionConfirmation:
    """Say that a minor correction is fine, as a member or for one. Once all members have, it can no longer be stopped."""
    if person is None or (person.user_id is not None and person.user_id == by.pk):
        require(by, "coproduction.take_position", version)
    charter, version = _lock(version)
    day = require_past_day(on, "on")
    person = resolve_member(by, charter.group, person, day)
    told = require_told(by, person, told)
    known = version.confirmations.filter(person=person).first()
    if known is not None:
        return known
    _require_undecided(version, day)
    said = CorrectionConfirmation(version=version, person=person, confirmed_on=day, recorded_by_id=by.pk, told=told)
    said.full_clean()
    said.save()
    audit.record(by, "correction.confirmed", said)
    if all_have_confirmed(version):
        version.confirmed_on = day
        version.version += 1
        version.full_clean()
        version.save(update_fields=["confirmed_on", "version"])
        audit.record(SYSTEM, "charter_version.correction_confirmed", version, version=version.name)
        _tell_ended(
            version,
            f"All members say that version {version.name} of the charter is fine",
            f"The small correction in version {version.name} of “{charter.title}” stays. It can no longer be stopped. "
            "If you would like to change something, suggest a change.",
            f"charter-correction-confirmed:{version.pk}",
        )
    return said


@transaction.atomic
def undo_correction(*, by: Actor, version: CharterVersion, reason: str, expected: int | None = None) -> CharterVersion:
    """Undo a minor correction that members can still stop, with the reason: the text before is in force again."""
    require(by, "coproduction.edit_charter", version)
    charter, version = _lock(version)
    day = require_past_day(None, "on")
    before = _require_undecided(version, day)
    if expected is not None and expected != version.version:
        raise Conflict(version)
    if not reason.strip():
        raise ValidationError({"reason": "Say why, so that members know the reason."})
    _take_back(version, before, reason.strip())
    audit.record(by, "charter_version.correction_undone", version, version=version.name)
    _tell_ended(
        version,
        f"The correction of the charter, version {version.name}, was undone",
        f"The engagement lead undid version {version.name} of “{charter.title}”. Version {before.name} is in force again. "
        f"The reason: {reason.strip()}",
        f"charter-correction-undone:{version.pk}",
    )
    return version


def _tell_ended(version: CharterVersion, title: str, words: str, key: str) -> None:
    people: QuerySet[Person] = members_of(version) | people_with([Role.ENGAGEMENT_LEAD])
    tell(
        people=people.distinct(),
        event="charter-correction-ended",
        title=title,
        words=words,
        path=version.get_absolute_url(),
        about=version,
        key=key,
    )


def may_stop(user: Any, version: CharterVersion) -> bool:
    """Whether a reader can stop this correction now, for themselves or for a member."""
    if not version.can_be_stopped:
        return False
    is_member = deciding_members(version.charter.group).filter(person__user_id=user.pk).exists()
    is_allowed = is_member or has_perm(user, "coproduction.record_for_member", version)
    return is_allowed or bool(supported_members(user, version.charter))


def supported_members(user: Any, charter: Charter) -> set[int]:
    """The ids of the members for whom someone writes things down."""
    links = SupportLink.objects.in_force().filter(group=charter.group_id, supporter__user_id=user.pk)
    return set(
        deciding_members(charter.group).filter(person__in=links.values("member")).values_list("person", flat=True)
    )


def deciding_context(user: Any, version: CharterVersion) -> dict[str, Any]:
    """What a reader may do about a minor correction, and how many members have said that it is fine."""
    if not version.correction:
        return {"may_stop": False, "may_undo": False}
    confirmed = version.confirmations.filter(person__in=members_of(version).values("pk"))
    return {
        "may_stop": may_stop(user, version),
        "may_undo": version.can_be_stopped and has_perm(user, "coproduction.edit_charter", version),
        "has_confirmed": confirmed.filter(person__user_id=user.pk).exists(),
        "confirmed": confirmed.count() if has_perm(user, "coproduction.view_names", version) else None,
        "deciders": members_of(version).count(),
    }
