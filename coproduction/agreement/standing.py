"""Show where members stand on a text, as far as one reader may know, and what each answer means."""

from datetime import date
from typing import Any

from coproduction.agreement.models import AgreementRound, Position
from impact.core.access.permissions import has_perm
from impact.core.basics.suppression import people_by

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
