"""What every step of a claim does: lock the row, check its state, write, keep who and when, and tell people."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from coproduction.claims.models import Claim, ClaimStep
from coproduction.group.members import people_with
from impact.core.access.permissions import Actor, Role
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.notices.services import tell

State = Claim.State
NOW = {
    State.OFFERED: "It is an offer that waits for an answer.",
    State.TAKEN_UP: "The offer is taken up, and the pay is not claimed yet.",
    State.DECLINED: "The offer was declined.",
    State.CLAIMED: "It is claimed, and waits for the engagement lead.",
    State.RETURNED: "It was sent back, to be put right and claimed again.",
    State.APPROVED: "It is approved, and waits to be paid.",
    State.PAID: "It has been paid.",
    State.WITHDRAWN: "It was withdrawn.",
}


def lock(claim: Claim) -> Claim:
    """The row as it is now, held until the end of the transaction, so that two steps at once take turns."""
    rows = Claim.objects.select_for_update(of=("self",)).select_related("person", "group")
    return rows.get(pk=claim.pk)


def require_state(claim: Claim, what: str, *states: str) -> None:
    """Refuse a step that does not fit where the claim stands."""
    if claim.state not in states:
        raise StateConflict(f"You cannot {what} now. {NOW[State(claim.state)]}", code=claim.state)


def save_new(claim: Claim) -> None:
    """Check and insert; of two that say the same at once, the second is told so."""
    claim.full_clean(exclude=["recorded_by"])
    try:
        with transaction.atomic():
            claim.save()
    except IntegrityError:
        claim.validate_constraints()
        raise


def write(claim: Claim, changes: Mapping[str, Any], expected: int | None) -> None:
    """Set, check and save the fields of a locked claim. ``expected``: the version that the writer saw."""
    if expected is not None and claim.version != expected:
        raise Conflict(claim)
    for name, value in changes.items():
        setattr(claim, name, value)
    claim.version += 1
    claim.full_clean(exclude=["recorded_by"])
    try:
        with transaction.atomic():
            claim.save(update_fields=[*changes, "version"])
    except IntegrityError:  # the same thing, claimed a moment ago
        claim.validate_constraints()
        raise


def step(by: Actor, claim: Claim, *, state: str = "", told: str = "", words: str = "") -> ClaimStep:
    """Keep who took a step and when, with the reason where there is one."""
    row = ClaimStep(
        claim=claim, state=state or claim.state, at=clock.now(), by_id=by.pk, told=told, words=words.strip()
    )
    try:
        row.full_clean(exclude=["claim", "by"])
    except ValidationError as error:
        raise ValidationError({"reason": error.messages}) from None
    row.save()
    return row


def _key(claim: Claim) -> str:
    return f"claim:{claim.pk}:{claim.state}:{claim.version}"


def tell_member(claim: Claim, title: str, words: str) -> None:
    """Tell the member of a step, without amounts: mail is read by others too."""
    tell(
        people=[claim.person],
        event="claim-member",
        title=title,
        words=words,
        path=claim.get_absolute_url(),
        about=claim,
        key=_key(claim),
    )


def tell_leads(by: Actor, claim: Claim, title: str, words: str) -> None:
    """Tell the engagement leads of a step, but for the one who took it and the one whom it would pay."""
    tell(
        people=people_with([Role.ENGAGEMENT_LEAD]).exclude(user_id=by.pk).exclude(pk=claim.person_id),
        event="claim-leads",
        title=title,
        words=words,
        path=claim.get_absolute_url(),
        about=claim,
        key=f"lead:{_key(claim)}",
    )
