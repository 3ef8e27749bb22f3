"""Show where members stand on a text, as far as one reader may know, and what each answer means."""

from datetime import date
from typing import Any

from django.db.models import OuterRef, Q, Subquery

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

    For everybody else it is suppressed as in the annual report (decision 33). Shape: is_exact, rows [key, label, value
    (None: withheld)], total, is_withheld; answered and members if exact.
    """
    is_exact = has_perm(user, "coproduction.view_names", agreement)
    tally = agreement.tally(on, at_closing=not is_exact)
    counts = {stance: getattr(tally, stance) for stance in Stance.values}
    if not is_exact:
        return {"is_exact": False, **people_by(counts, dict(Stance.choices))}
    return {
        "is_exact": True,
        "rows": [{"key": stance.value, "label": stance.label, "value": counts[stance]} for stance in Stance],
        "total": tally.answered,
        "is_withheld": False,
        "answered": tally.answered,
        "members": tally.members,
    }


def answered_with_consent(agreement: AgreementRound, on: date | None = None) -> list[str]:
    """The names of those who have answered and agreed that the other members see that they have.

    Members see these and nothing more: not what was answered, and not who is still to answer.
    """
    day = on or clock.today()
    answers = Consent.objects.filter(person=OuterRef("pk"), purpose=Consent.Purpose.ANSWERED, given_on__lte=day)
    newest = Subquery(answers.order_by("-given_on", "-pk").values("pk")[:1])
    in_force = Consent.objects.filter(Q(expires_on__isnull=True) | Q(expires_on__gt=day), is_given=True)
    people = Person.objects.filter(pk__in=agreement.positions.counting(day).values("person")).annotate(newest=newest)
    return list(people.filter(newest__in=in_force.values("pk")).order_by("name").values_list("name", flat=True))


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
    agreed = set(answered_with_consent(agreement, on))
    named = [person.name for person in people if person.name in agreed or person.user_id == user.pk]
    return {"names": named, "unnamed": len(people) - len(named)}
