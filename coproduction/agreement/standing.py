"""Show where members stand on a text, as far as one reader may know, and what each answer means."""

from datetime import date
from typing import Any

from coproduction.agreement.models import AgreementRound, Position
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.suppression import people_by
from impact.core.people.consents import consent_states
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
    tally = agreement.tally(on)
    counts = {stance: getattr(tally, stance) for stance in Stance.values}
    if not has_perm(user, "coproduction.view_names", agreement):
        return {"is_exact": False, **people_by(counts, dict(Stance.choices))}
    return {
        "is_exact": True,
        "rows": [{"key": stance.value, "label": stance.label, "value": counts[stance]} for stance in Stance],
        "total": tally.answered,
        "is_withheld": False,
        "answered": tally.answered,
        "members": tally.members,
    }


def who_answered(agreement: AgreementRound, user: Any, on: date | None = None) -> dict[str, Any] | None:
    """The names of members who have answered, as far as one reader may know them; None for those who see no names.

    The engagement lead sees all names. A member sees those of members who agreed to it (Consent.Purpose.ANSWERED), and
    how many others have answered. No one sees here what anyone answered. Shape: names (sorted), unnamed.
    """
    if not has_perm(user, "coproduction.view_names", agreement):
        return None
    positions = agreement.counting(on).select_related("person").order_by("person__name", "pk")
    people = [position.person for position in positions]
    if has_perm(user, "coproduction.edit_charter", agreement):
        return {"names": [person.name for person in people], "unnamed": 0}
    agreed = _who_agreed_to_be_named(people, on or clock.today())
    own = next((person.pk for person in people if person.user_id == user.pk), None)
    named = [person.name for person in people if person.pk in agreed or person.pk == own]
    return {"names": named, "unnamed": len(people) - len(named)}


def _who_agreed_to_be_named(people: list[Person], on: date) -> set[int]:
    """Those whose newest answer about being named is yes and has not run out."""
    rows: dict[int, list[Consent]] = {}
    for consent in Consent.objects.filter(person__in=people, purpose=Consent.Purpose.ANSWERED):
        rows.setdefault(consent.person_id, []).append(consent)
    return {
        pk
        for pk, consents in rows.items()
        if consent_states(consents, on, [Consent.Purpose.ANSWERED])[0].words.startswith("Yes")
    }
