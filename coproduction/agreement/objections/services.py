"""Working on objections: planning a talk, writing down what was said, and how it ended."""

from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet

from coproduction.agreement.models import AgreementRound, Position
from coproduction.agreement.objections.models import Objection, ObjectionNote
from coproduction.agreement.telling import engagement_leads, say_version
from coproduction.charter.models import CharterVersion
from coproduction.group.members import deciding_members, require_past_day, say_day
from coproduction.suggestions.models import Suggestion
from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.notices.services import tell
from impact.core.people.models import Person

STANCE = Position.Stance
Status = Objection.Status


# --- Following a member's answer -----------------------------------------------------------------
def follow_position(*, by: Actor, position: Position) -> Objection | None:
    """Open work on an objection when a member objects, and end it when they change their answer.

    Called by the service that saves the position, under its locks.
    """
    current = Objection.objects.filter(round=position.round, person=position.person).open().first()
    if position.stance == STANCE.OBJECT:
        if current is None:
            return _open(by, position)
        if current.stance != position.stance:
            current.stance = position.stance
            _save(current, "stance")
        return current
    if current is not None and current.stance != position.stance:
        _settle(by, current, Status.CHANGED, position.taken_on)
    return current


def _open(by: Actor, position: Position) -> Objection:
    objection = Objection(
        round=position.round, person=position.person, stance=position.stance, opened_on=position.taken_on
    )
    objection.full_clean()
    objection.save()
    audit.record(by, "objection.opened", objection)
    tell(
        people=engagement_leads(),
        event="objection-made",
        title="A member has a concern about the charter",
        words=f"It is about {say_version(position.round.version)}. Plan who talks with them, and by when.",
        path=objection.get_absolute_url(),
        about=objection,
        key=f"objection:{objection.pk}",
    )
    return objection


def _save(objection: Objection, *fields: str) -> None:
    objection.version += 1
    objection.full_clean()
    objection.save(update_fields=[*fields, "version"])


def _settle(by: Actor, objection: Objection, status: Objection.Status, day: date, *fields: str) -> None:
    objection.status, objection.settled_on = status, day
    _save(objection, "status", "settled_on", *fields)
    audit.record(by, "objection.settled", objection, status=status.value)


def _locked(objection: Objection, expected: int | None) -> Objection:
    """The objection as it is now, locked. Raises if work on it has ended or someone saved it since it was read."""
    found = (
        Objection.objects.select_for_update(of=("self",))
        .select_related("person", "round__version__charter__group")
        .get(pk=objection.pk)
    )
    if not found.is_open:
        raise StateConflict(
            f"This was settled on {say_day(found.settled_on or clock.today())}. If the member still objects, ask them "
            "to answer again on the text that is out now.",
            code="settled",
        )
    if expected is not None and found.version != expected:
        raise Conflict(found)
    return found


# --- Working on it -------------------------------------------------------------------------------
@transaction.atomic
def work_on_reservation(*, by: Actor, position: Position) -> Objection:
    """Open work on a reservation, or on standing aside, that the engagement lead wants to talk through."""
    require(by, "coproduction.work_on_objection", position)
    agreement = AgreementRound.objects.select_for_update(of=("self",)).get(pk=position.round_id)
    position = Position.objects.select_related("person", "round__version__charter").get(pk=position.pk)
    if position.replaced_at is not None or position.stance == STANCE.AGREE:
        raise StateConflict(
            "There is nothing to talk through in this answer. Open the agreement page to see the newest."
        )
    found = Objection.objects.filter(round=agreement, person=position.person).open().first()
    return found or _open(by, position)


@transaction.atomic
def plan_talk(
    *, by: Actor, objection: Objection, talker: Person, talk_by: date, expected: int | None = None
) -> Objection:
    """Say who talks to the member and by when, and tell both."""
    require(by, "coproduction.work_on_objection", objection)
    objection = _locked(objection, expected)
    if talk_by < clock.today():
        raise ValidationError({"talk_by": "This day is over. Choose today or a later day."})
    if talker.pk == objection.person_id:
        raise ValidationError({"talker": "Choose someone other than the member."})
    if not possible_talkers(objection).filter(pk=talker.pk).exists():
        raise ValidationError({"talker": "Choose the engagement lead or a member of the group."})
    objection.talker, objection.talk_by, objection.talked_on = talker, talk_by, None
    _save(objection, "talker", "talk_by", "talked_on")
    audit.record(by, "objection.talk_planned", objection, talk_by=talk_by.isoformat())
    version = say_version(objection.round.version)
    when = say_day(talk_by)
    key = f"objection-talk:{objection.pk}:{objection.version}"
    tell(
        people=[objection.person],
        event="objection-taken",
        title="Someone will talk with you about your answer",
        words=f"It is about {version}. The talk is planned by {when}. You can read who it is, and write a note.",
        path=objection.get_absolute_url(),
        about=objection,
        key=key,
    )
    tell(
        people=[talker],
        event="objection-talk",
        title="You are asked to talk something through with a member",
        words=f"It is about {version}. Please do it by {when}. The engagement lead tells you more.",
        path=objection.round.get_absolute_url(),
        about=objection.round,
        key=key,
    )
    return objection


def possible_talkers(objection: Objection) -> QuerySet[Person]:
    """Who may talk to the member: an engagement lead, or another member of the group."""
    members = deciding_members(objection.round.version.charter.group).values("person")
    leads = engagement_leads().values("pk")
    both = Person.objects.filter(pk__in=members) | Person.objects.filter(pk__in=leads)
    return both.exclude(pk=objection.person_id).order_by("name")


@transaction.atomic
def record_talk(
    *, by: Actor, objection: Objection, talked_on: date, words: str, expected: int | None = None
) -> Objection:
    """Write down that the talk took place and what was said."""
    require(by, "coproduction.work_on_objection", objection)
    objection = _locked(objection, expected)
    day = require_past_day(talked_on, "talked_on")
    if day < objection.opened_on:
        raise ValidationError({"talked_on": f"Choose a day from {say_day(objection.opened_on)}, when it was raised."})
    objection.talked_on = day
    _save(objection, "talked_on")
    _write(by, objection, words)
    audit.record(by, "objection.talked", objection, talked_on=day.isoformat())
    return objection


@transaction.atomic
def add_note(*, by: Actor, objection: Objection, words: str) -> ObjectionNote:
    """Add a note. Only the engagement lead and the member who objects can write and read notes."""
    is_theirs = objection.person.user_id is not None and objection.person.user_id == by.pk
    if not is_theirs and not has_perm(by, "coproduction.work_on_objection", objection):
        raise PermissionDenied("These notes are between the member and the engagement lead.")
    objection = _locked(objection, None)
    note = _write(by, objection, words)
    audit.record(by, "objection.note_added", objection)
    return note


def _write(by: Actor, objection: Objection, words: str) -> ObjectionNote:
    words = words.strip()
    if not words:
        raise ValidationError({"words": "Write what was said."})
    if objection.notes.filter(words=words, written_by_id=by.pk, written_on=clock.today()).exists():
        return objection.notes.get(words=words, written_by_id=by.pk, written_on=clock.today())
    note = ObjectionNote(objection=objection, words=words, written_by_id=by.pk)
    note.full_clean()
    note.save()
    return note


@transaction.atomic
def settle_objection(
    *,
    by: Actor,
    objection: Objection,
    status: str,
    reason: str,
    led_to_version: CharterVersion | None = None,
    led_to_suggestion: Suggestion | None = None,
    expected: int | None = None,
) -> Objection:
    """Say how it ended when the member did not change their answer: the text changes, or the disagreement is recorded.

    Neither sets the objection aside. While the member's answer on this text is "object" the text cannot be agreed
    (docs/decisions/0007).
    """
    require(by, "coproduction.work_on_objection", objection)
    objection = _locked(objection, expected)
    if status not in (Status.ADAPTED, Status.RECORDED):
        raise ValidationError({"status": "Choose how it ended. A member changes their own answer."})
    if not reason.strip():
        raise ValidationError({"reason": "Say how it ended, and why."})
    charter = objection.round.version.charter_id
    if status == Status.ADAPTED:
        if led_to_version is None and led_to_suggestion is None:
            raise ValidationError({"led_to_version": "Choose the draft or the suggestion that it led to."})
        if led_to_version is not None and (
            led_to_version.charter_id != charter or led_to_version.number <= objection.round.version.number
        ):
            raise ValidationError({"led_to_version": "Choose a later version of the same charter."})
        if led_to_suggestion is not None and led_to_suggestion.section.charter_id != charter:
            raise ValidationError({"led_to_suggestion": "Choose a suggestion on the same charter."})
        objection.led_to_version, objection.led_to_suggestion = led_to_version, led_to_suggestion
    objection.reason = reason.strip()
    _settle(by, objection, Status(status), clock.today(), "reason", "led_to_version", "led_to_suggestion")
    tell(
        people=[objection.person],
        event="objection-settled",
        title="How your concern about the charter was dealt with",
        words=f"It is about {say_version(objection.round.version)}. Sign in to read how it ended, and why.",
        path=objection.get_absolute_url(),
        about=objection,
        key=f"objection-settled:{objection.pk}",
    )
    return objection
