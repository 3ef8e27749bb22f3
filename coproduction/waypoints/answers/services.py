"""Members' own answers at a waypoint: written, changed and shared by the member, or written down for them."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.group.members import resolve_member, say_day
from coproduction.group.models import require_told
from coproduction.waypoints.answers.models import WaypointAnswer
from coproduction.waypoints.models import Waypoint
from coproduction.waypoints.services import locked
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, tidy
from impact.core.people.models import Person

LONGEST_ANSWER = 4000


@transaction.atomic
def save_answer(
    *,
    by: Actor,
    waypoint: Waypoint,
    words: Sequence[str],
    is_shared: bool = False,
    person: Person | None = None,
    told: str = "",
    expected: int | None = None,
) -> WaypointAnswer:
    """Keep or change a member's answer while the waypoint is open; private unless they choose to share it.

    Someone else may write it down, saying how the member told them; once members have answered themselves, only they
    change their answer. ``expected``: the version being changed, 0 for a first answer; None does not ask.
    """
    require(by, "coproduction.answer_waypoint", waypoint)
    waypoint = locked(waypoint)
    _require_open(waypoint)
    person = resolve_member(by, waypoint.charter.group, person, clock.today())
    told = require_told(by, person, told)
    said = _tidy_words(waypoint, words)
    answer = WaypointAnswer.objects.select_for_update().filter(waypoint=waypoint, person=person).first()
    if answer is not None and told:
        _require_ours(by, answer)
    if expected is not None and expected != (answer.version if answer else 0):
        raise Conflict(answer) if answer else StateConflict("This answer is gone. Write it again.", "gone")
    if answer is None:
        answer = WaypointAnswer(waypoint=waypoint, person=person, version=0)
    elif (answer.words, answer.is_shared, answer.told, answer.recorded_by_id) == (said, is_shared, told, by.pk):
        return answer
    is_new = answer.pk is None
    answer.words, answer.is_shared, answer.told, answer.recorded_by_id = said, is_shared, told, by.pk
    answer.answered_on = clock.today()
    answer.version += 1
    answer.full_clean()
    answer.save()
    audit.record(by, "waypoint_answer.given" if is_new else "waypoint_answer.changed", answer)
    return answer


@transaction.atomic
def share_answer(*, by: Actor, answer: WaypointAnswer) -> WaypointAnswer:
    """Let the group and the engagement lead read an answer that was private, until the group's summary is written."""
    require(by, "coproduction.answer_waypoint", answer)
    waypoint = locked(answer.waypoint)
    person = resolve_member(by, waypoint.charter.group, answer.person, clock.today())
    answer = WaypointAnswer.objects.select_for_update(of=("self",)).select_related("waypoint").get(pk=answer.pk)
    if person.user_id is None or person.user_id != by.pk:
        _require_ours(by, answer)
    if waypoint.held_on or waypoint.cancelled_on:
        raise StateConflict("The group has taken stock, so answers stay as they are.", "held")
    if answer.is_shared:
        return answer
    answer.is_shared = True
    answer.version += 1
    answer.save(update_fields=["is_shared", "version"])
    audit.record(by, "waypoint_answer.shared", answer)
    return answer


def _require_open(waypoint: Waypoint) -> None:
    if waypoint.is_open(clock.today()):
        return
    if waypoint.cancelled_on:
        raise StateConflict("This waypoint is cancelled, so there is nothing to answer.", "cancelled")
    if waypoint.held_on:
        raise StateConflict("The group has taken stock, so answers stay as they are.", "held")
    if waypoint.due_on < clock.today():
        raise StateConflict(f"Answers closed on {say_day(waypoint.due_on)}. Tell the group at its meeting.", "closed")
    opens = f" on {say_day(waypoint.opens_on)}" if waypoint.opens_on else ""
    raise StateConflict(f"This waypoint is not open yet. It opens{opens}.", "not_open")


def _require_ours(by: Actor, answer: WaypointAnswer) -> None:
    """Refuse to write over what members answered themselves, or what another helper wrote down for them."""
    if not answer.told:
        raise StateConflict(
            f"{answer.person} has answered already. Only {answer.person} can change that answer.", "own_answer"
        )
    if answer.recorded_by_id != by.pk:
        raise StateConflict(
            f"Someone else has written down an answer for {answer.person}. Only they or {answer.person} can change it.",
            "written_by_another",
        )


def _tidy_words(waypoint: Waypoint, words: Sequence[str]) -> list[str]:
    questions = waypoint.question_list
    said = [tidy(text) for text in words]
    if len(said) != len(questions):
        raise ValidationError({"words": f"Send {len(questions)} texts, one for each question. A text may be empty."})
    if not any(said):
        raise ValidationError({"words": "Write an answer to at least one question."})
    if any(len(text) > LONGEST_ANSWER for text in said):
        raise ValidationError({"words": f"Keep each answer under {LONGEST_ANSWER} characters. Write the main points."})
    return said
