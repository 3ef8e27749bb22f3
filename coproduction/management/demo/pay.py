"""The demonstration's offers of paid time, expenses and payments, in each state."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from coproduction.claims import offers, paying, services
from coproduction.claims.models import Claim
from coproduction.claims.money import in_pence
from coproduction.group.members import deciding_members
from coproduction.involvements.models import Involvement
from coproduction.management.demo import shapes
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import Person, User
from networks.groups.models import Group
from networks.meetings.models import Meeting
from sites.registry.models import Site


@contextmanager
def _on(day: date | None) -> Iterator[bool]:
    """Stand on the day of a step; whether there is such a step."""
    if day is None:
        yield False
        return
    with clock.standing_on(day):
        yield True


@transaction.atomic
def build_claims(lead: User, member: User, group: Group) -> None:
    """Build the claims of the advisory group, where there are none."""
    if Claim.objects.filter(group=group).exists():
        return
    data = read(__file__, "claims.toml", shapes.Claims)
    memberships = deciding_members(group).exclude(person__user_id=member.pk).select_related("person").order_by("pk")
    people = [row.person for row in memberships]
    payments: dict[str, list[int]] = {reference: [] for reference in data.payments}
    rows: list[shapes.PaidOffer | shapes.Expense] = [*data.offers, *data.expenses]
    for row in rows:
        person = people[row.member - 1] if row.member else member.person
        claim = (
            _offer(lead, member, group, person, row)
            if isinstance(row, shapes.PaidOffer)
            else _expense(lead, member, group, person, row)
        )
        with _on(row.approved_on) as is_step:
            if is_step:
                services.approve_claim(by=lead, claim=claim)
        if row.payment:
            payments[row.payment].append(claim.pk)
    for reference, day in data.payments.items():
        with clock.standing_on(day):
            paying.mark_paid(by=lead, claims=payments[reference], paid_on=day, reference=reference)


def _speaker(lead: User, member: User, row: Any) -> dict[str, Any]:
    """Members without an account speak through the engagement lead."""
    return {"by": lead if row.member else member, "told": row.told if row.member else ""}


def _offer(lead: User, member: User, group: Group, person: Person, row: shapes.PaidOffer) -> Claim:
    with clock.standing_on(row.offered_on):
        claim = offers.offer_time(
            by=lead,
            group=group,
            person=person,
            what=row.what,
            on=row.on,
            hours=Decimal(str(row.hours)),
            rate_pence=in_pence(Decimal(str(row.rate))),
            meeting=Meeting.objects.filter(group=group, title=row.meeting).first() if row.meeting else None,
            involvement=Involvement.objects.filter(group=group, title=row.involvement).first(),
            site=Site.objects.filter(slug=row.site).first(),
            is_illustrative=True,
        )
    speaker = _speaker(lead, member, row)
    with _on(row.answered_on) as is_step:
        if is_step:
            hours = Decimal(str(row.taken)) if row.taken else None
            claim = offers.answer_offer(claim=claim, hours=hours, is_unpaid=row.is_unpaid, **speaker)
    with _on(row.claimed_on) as is_step:
        if is_step:
            claim = services.claim_time(claim=claim, **speaker)
    with _on(row.withdrawn_on) as is_step:
        if is_step:
            claim = offers.withdraw_offer(by=lead, claim=claim, reason=row.withdrawn_because)
    return claim


def _expense(lead: User, member: User, group: Group, person: Person, row: shapes.Expense) -> Claim:
    speaker = _speaker(lead, member, row)
    with clock.standing_on(row.claimed_on):
        claim = services.claim_expense(
            group=group,
            person=person,
            kind=row.kind,
            what=row.what,
            on=row.on,
            amount=Decimal(str(row.amount)),
            reference=row.reference,
            is_illustrative=True,
            **speaker,
        )
    with _on(row.returned_on) as is_step:
        if is_step:
            claim = services.return_claim(by=lead, claim=claim, reason=row.returned_because)
    with _on(row.withdrawn_on) as is_step:
        if is_step:
            claim = services.take_back_claim(claim=claim, **speaker)
    return claim
