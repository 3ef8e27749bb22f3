"""Approved claims go to finance as a file; once they are paid, that is recorded for all of them together."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse

from coproduction.claims.models import WITH_AMOUNT, Claim, PaymentBatch
from coproduction.claims.steps import step, tell_member, write
from coproduction.group.members import require_past_day
from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from networks.meetings.planning.costs.figures import Elsewhere

State = Claim.State
MOST_AT_ONCE = 500


@transaction.atomic
def mark_paid(*, by: Actor, claims: Collection[int], paid_on: date, reference: str) -> PaymentBatch:
    """Record that finance paid these claims (by id), on a day and under a reference: all of them, or none.

    The ids are those that the reader saw: a claim approved a moment ago was not in finance's file.
    """
    require(by, "coproduction.manage_claims")
    wanted = set(claims)
    if not wanted:
        raise ValidationError({"claims": "Choose the claims that were paid."})
    if len(wanted) > MOST_AT_ONCE:
        raise ValidationError({"claims": f"Record at most {MOST_AT_ONCE} claims at a time."})
    rows = Claim.objects.select_for_update(of=("self",)).select_related("person", "group").filter(pk__in=wanted)
    found = list(rows.order_by("pk"))
    if len(found) != len(wanted) or any(claim.state != State.APPROVED for claim in found):
        raise StateConflict("Some of these claims no longer wait to be paid. Look at the list again, then choose.")
    batch = PaymentBatch(
        paid_on=require_past_day(paid_on, "paid_on"), reference=reference.strip(), made_by_id=by.pk, made_at=clock.now()
    )
    batch.full_clean()
    batch.save()
    for claim in found:
        write(claim, {"state": State.PAID, "batch": batch}, None)
        step(by, claim)
        audit.record(by, "claim.paid", claim)
        tell_member(claim, "Your claim was paid", "It can take a few days until the money reaches you.")
    audit.record(by, "payment.recorded", batch, number=len(found))
    return batch


@transaction.atomic
def undo_payment(*, by: Actor, batch: PaymentBatch, reason: str) -> PaymentBatch:
    """Undo a payment that was recorded by mistake or came back: its claims wait to be paid again."""
    require(by, "coproduction.manage_claims")
    batch = PaymentBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.undone_at is not None:
        raise StateConflict("This payment has been undone already.", code="undone")
    if not reason.strip():
        raise ValidationError({"reason": "Say why the payment is undone."})
    batch.undone_at, batch.undone_by_id, batch.undone_reason = clock.now(), by.pk, reason.strip()
    batch.full_clean()
    batch.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    rows = Claim.objects.select_for_update(of=("self",)).select_related("person", "group").filter(batch=batch)
    for claim in rows.order_by("pk"):
        write(claim, {"state": State.APPROVED, "batch": None}, None)
        step(by, claim, words="The payment was undone.")
        audit.record(by, "claim.payment_undone", claim)
        tell_member(claim, "Your claim is not paid yet", "The payment was undone. You hear again when it is paid.")
    audit.record(by, "payment.undone", batch)
    return batch


# --- Beside the costs of bookings -----------------------------------------------------------------
def paid_to_members(user: Any, year: int | None) -> list[Elsewhere]:
    """Expenses and pay that members claimed, by the day of the expense, for those who manage claims.

    The costs of bookings show it beside theirs: the same money is never in both.
    """
    if not has_perm(user, "coproduction.manage_claims"):
        return []
    rows = Claim.objects.visible_to(user).in_states(*WITH_AMOUNT)
    if year:
        rows = rows.filter(on__year=year)
    sums = dict(rows.order_by().values_list("kind").annotate(pence=Sum("pence")))
    words = {
        Claim.Kind.TRAVEL: "Members’ own fares and mileage. “Travel” above is what we book and pay to a provider.",
        Claim.Kind.CARE: "Replacement care that a member paid for.",
        Claim.Kind.TIME: "Pay for members’ time.",
    }
    return [
        Elsewhere(
            str(kind.label),
            sums[kind],
            reverse("coproduction:claim-list"),
            words.get(kind, "Other expenses of members."),
        )
        for kind in Claim.Kind
        if sums.get(kind)
    ]
