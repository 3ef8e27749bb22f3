"""What becomes of memberships, answers and attendance when two records of one person are joined."""

from collections.abc import Callable
from typing import Any

from impact.core.people.models import Person
from impact.core.people.rights.merging.rules import JOINS, Joins, always, differ_in
from networks.groups.models import Membership

SAID_OF_SUPPORT = ("wrong", "worked", "worked_words")


def _at_once(kept: Person, other: Person) -> list[tuple[Any, Any]]:
    """Memberships of both records in one group that share a day: people belong to a group once.

    Where one of theirs meets two of ours, or the other way round, all of them become one: the first of ours, with each
    of the others beside it.
    """
    rows = Membership._base_manager.filter(person__in=[kept.pk, other.pk]).select_related("group")
    spells: list[list[Membership]] = []
    for row in rows.order_by("group_id", "starts_on", "pk"):
        last = spells[-1] if spells else []
        if any(one.group_id == row.group_id and (not one.ends_on or one.ends_on >= row.starts_on) for one in last):
            last.append(row)
        else:
            spells.append([row])
    found = []
    for spell in spells:
        ours = next((row for row in spell if row.person_id == kept.pk), None)
        if ours is not None and any(row.person_id == other.pk for row in spell):
            found += [(ours, row) for row in spell if row is not ours]
    return found


def _why_not(ours: Membership, theirs: Membership) -> str:
    if (ours.role, ours.perspective) != (theirs.role, theirs.perspective):
        return (
            f"Both belong to {ours.group} at the same time, with another role or perspective. Two members of one group are "
            "usually two people. If it is one, change one of the two memberships so that both say the same."
        )
    if _has_open_handover(theirs) and _has_open_handover(ours):
        return f"Both have left a handover note in {ours.group} that is still shown. Dismiss one of them first."
    return ""


def _has_open_handover(membership: Membership) -> bool:
    return bool(membership.handover) and membership.handover_put_away_on is None


def _one_membership(ours: Membership, theirs: Membership) -> None:
    """One membership over the days of both, with what belongs to either."""
    for relation in Membership._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete:
            column: Any = relation.field  # type: ignore[union-attr]
            column.model._base_manager.filter(**{column.name: theirs.pk}).update(**{column.attname: ours.pk})
    ours.refresh_from_db()  # several memberships can meet the same one
    ours.starts_on = min(ours.starts_on, theirs.starts_on)
    ours.ends_on = max(ours.ends_on, theirs.ends_on) if ours.ends_on and theirs.ends_on else None
    ours.end_reason = (ours.end_reason or theirs.end_reason) if ours.ends_on else ""
    if _has_open_handover(theirs) or not ours.handover:
        ours.handover, ours.handover_put_away_on = theirs.handover, theirs.handover_put_away_on
    ours.perspective_note = ours.perspective_note or theirs.perspective_note
    ours.version += 1
    theirs.delete()
    ours.save()


def _differ_where_both_say(*names: str) -> Callable[[Any, Any], str]:
    """Refuse two rows that say different things; what only one of them says is taken over."""

    def refuse(ours: Any, theirs: Any) -> str:
        both = [name for name in names if getattr(ours, name) and getattr(theirs, name)]
        return differ_in(*both)(ours, theirs)

    return refuse


def _one_invitation(ours: Any, theirs: Any) -> None:
    """What was answered counts, and what is needed, whichever of the two invitations says it."""
    if theirs.answer and not ours.answer:
        for name in ("answer", "answered_at", "answered_via", "recorded_by_id"):
            setattr(ours, name, getattr(theirs, name))
    ours.access_needs = ours.access_needs or theirs.access_needs
    if theirs.withdrawn_at is None:
        ours.withdrawn_at = None
    ours.save()
    theirs.delete()


def _not_one_need(ours: Any, theirs: Any) -> str:
    return differ_in("booking_id", "not_needed")(ours, theirs) or _differ_where_both_say(*SAID_OF_SUPPORT)(ours, theirs)


def _one_need(ours: Any, theirs: Any) -> None:
    """What the person says of their support counts, whichever of the two rows holds it."""
    for name in (*SAID_OF_SUPPORT, "wrong_at"):
        setattr(ours, name, getattr(ours, name) or getattr(theirs, name))
    ours.save()
    theirs.delete()


def register() -> None:
    """Say what becomes of rows of networks."""
    JOINS["networks.Membership"] = Joins(_why_not, _one_membership, _at_once)
    JOINS["networks.MeetingInvitation"] = Joins(_differ_where_both_say("answer", "access_needs"), _one_invitation)
    JOINS["networks.Attendance"] = Joins(differ_in("status", "perspective"))
    JOINS["networks.ShownInPhoto"] = Joins(always)
    JOINS["networks.SentPaper"] = Joins(always)
    JOINS["networks.BookingNeed"] = Joins(_not_one_need, _one_need)
