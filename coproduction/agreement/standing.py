"""Show where members stand on a text, as far as one reader may know, and what each answer means."""

from datetime import date
from typing import Any

from coproduction.agreement.models import AgreementRound, Position
from coproduction.group.members import deciding_members
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.suppression import people_by
from impact.core.people.models import Consent, Person

Stance = Position.Stance
MEANINGS = {
    Stance.AGREE: "I am happy with this text.",
    Stance.RESERVATION: "I can live with it, but something about it concerns me. This counts as agreeing.",
    Stance.STAND_ASIDE: "I do not agree, but I do not want to hold others up.",
    Stance.OBJECT: "I cannot accept it. The text cannot come into force while anyone objects.",
}


def standing(agreement: AgreementRound, user: Any, on: date | None = None) -> dict[str, Any]:
    """How the members stand: exact for those who see names (the members themselves and the engagement lead).

    Others read nothing while members are answering, because a number that moves says what one of them answered;
    afterwards what stood when the round closed, suppressed as in the annual report (decision 25). Shape: is_exact, rows
    [key, label, value (None: withheld)], total, is_withheld, is_waiting; answered and members if exact.
    """
    is_exact = has_perm(user, "coproduction.view_names", agreement)
    if not is_exact and agreement.closed_on is None:
        return {"is_exact": False, "is_waiting": True, "rows": [], "total": None, "is_withheld": True}
    tally = agreement.tally(on, at_closing=not is_exact)
    counts = {stance: getattr(tally, stance) for stance in Stance.values}
    if not is_exact:
        return {"is_exact": False, "is_waiting": False, **people_by(counts, dict(Stance.choices))}
    return {
        "is_exact": True,
        "is_waiting": False,
        "rows": [{"key": stance.value, "label": stance.label, "value": counts[stance]} for stance in Stance],
        "total": tally.answered,
        "is_withheld": False,
        "answered": tally.answered,
        "members": tally.members,
    }


def each_answer(agreement: AgreementRound) -> list[dict[str, Any]]:
    """Each member with the position in force and those before it, and those who have left: for the engagement lead alone.

    Shape: person, position (None: not yet answered), older (newest first), has_left, may_record.
    """
    positions: dict[int, list[Position]] = {}
    for position in agreement.positions.select_related("person", "recorded_by__person").order_by("pk"):
        positions.setdefault(position.person_id, []).append(position)
    rows: list[dict[str, Any]] = []
    members = deciding_members(agreement.version.charter.group).select_related("person").order_by("person__name")
    for membership in members:
        taken = positions.pop(membership.person_id, [])
        joined_later = membership.starts_on > agreement.opened_on
        rows.append(
            {
                "person": membership.person,
                "position": taken[-1] if taken else None,
                "older": taken[-2::-1],
                "joined_later": joined_later,
                "may_record": (agreement.closed_on is None or joined_later) and not (taken and taken[-1].is_own),
            }
        )
    for taken in positions.values():
        rows.append({"person": taken[-1].person, "position": taken[-1], "older": taken[-2::-1], "has_left": True})
    return rows


def who_answered(agreement: AgreementRound, user: Any, on: date | None = None) -> dict[str, Any] | None:
    """The names of members who have answered, as far as one reader may know them; None for those who see no names.

    The engagement lead sees all names. A member sees those of members who agreed to it (Consent.Purpose.ANSWERED), their
    own, and how many others have answered. No one sees here what anyone answered. Shape: names (sorted), unnamed.
    """
    if not has_perm(user, "coproduction.view_names", agreement):
        return None
    people = Person.objects.filter(pk__in=agreement.positions.counting(on or clock.today()).values("person")).order_by(
        "name", "pk"
    )
    if has_perm(user, "coproduction.view_positions", agreement):
        return {"names": [person.name for person in people], "unnamed": 0}
    agreed = _agreed_to_be_named(on or clock.today())
    named = [person.name for person in people if person.pk in agreed or person.user_id == user.pk]
    return {"names": named, "unnamed": len(people) - len(named)}


def _agreed_to_be_named(day: date) -> set[int]:
    """The ids of people whose newest word is that members may see that they have answered."""
    newest: dict[int, Consent] = {}
    asked = Consent.objects.filter(purpose=Consent.Purpose.ANSWERED, given_on__lte=day)
    for consent in asked.order_by("given_on", "pk"):
        newest[consent.person_id] = consent
    return {
        person
        for person, consent in newest.items()
        if consent.is_given and (consent.expires_on is None or consent.expires_on > day)
    }
