"""What becomes of answers and support when two records of one person are joined."""

from typing import Any

from coproduction.agreement.models import Position
from impact.core.basics import clock
from impact.core.people.rights.merging.rules import JOINS, Joins, always, unless_empty


def _why_not(ours: Position, theirs: Position) -> str:
    if ours.stance != theirs.stance:
        return f"Both answered {ours.round} and said something different. What each of them agreed to stands."
    if _has_counted(ours) and _has_counted(theirs):
        return f"Both answers counted when {ours.round} closed. What was counted then does not change."
    return ""


def _has_counted(position: Position) -> bool:
    """Whether an answer of theirs counted when the round closed, be it this one or one that it replaced."""
    return Position._base_manager.filter(
        round=position.round_id, person=position.person_id, counted_at_closing=True
    ).exists()


def _one_position(ours: Position, theirs: Position) -> None:
    """Keep one answer in force, if one of them counted at the closing that one. The other stays as an earlier answer."""
    earlier = ours if theirs.counted_at_closing else theirs
    earlier.replaced_at = clock.now()
    earlier.save(update_fields=["replaced_at"])


def _one_equality_invitation(ours: Any, theirs: Any) -> None:
    """Keep one invitation, used if either was, so that no one answers twice."""
    ours.is_used = ours.is_used or theirs.is_used
    ours.save(update_fields=["is_used"])
    theirs.delete()


def register() -> None:
    """Say what becomes of rows of co-production. Claims, objections, strengths and answers of both are refused."""
    JOINS["coproduction.Position"] = Joins(_why_not, _one_position)
    JOINS["coproduction.EqualityInvitation"] = Joins(always, _one_equality_invitation)
    JOINS["coproduction.SupportLink"] = Joins(always)
    JOINS["coproduction.CorrectionConfirmation"] = Joins(always)
    JOINS["coproduction.Participation"] = Joins(unless_empty("answered_on", "words", "took_part"))
