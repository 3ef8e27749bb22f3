"""Offers of paid time: made by the engagement lead, taken up in whole or part, or declined, by the member."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.claims.models import Claim
from coproduction.claims.steps import lock, require_state, save_new, step, tell_leads, tell_member, write
from coproduction.group.members import deciding_members, say_day
from coproduction.group.models import require_told
from coproduction.involvements.models import Involvement
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.people.models import Person
from networks.groups.models import Group
from networks.meetings.models import Meeting
from sites.registry.models import Site

QUARTER = Decimal("0.25")
State = Claim.State


def _require_quarters(hours: Decimal, field: str) -> None:
    if hours % QUARTER:
        raise ValidationError({field: "Enter hours in quarters, such as 1.5 or 2.25."})


@transaction.atomic
def offer_time(
    *,
    by: Actor,
    group: Group,
    person: Person,
    what: str,
    on: date,
    hours: Decimal,
    rate_pence: int,
    meeting: Meeting | None = None,
    involvement: Involvement | None = None,
    site: Site | None = None,
    is_illustrative: bool = False,
) -> Claim:
    """Offer a member pay for their time: what for, on which day, how many hours and at what rate."""
    require(by, "coproduction.manage_claims")
    if person.user_id is not None and person.user_id == by.pk:
        raise ValidationError({"person": "You cannot offer pay to yourself. Ask another engagement lead."})
    if not deciding_members(group, on).filter(person=person).exists():
        raise ValidationError({"person": f"Choose someone who is a member of the group on {say_day(on)}."})
    _require_quarters(hours, "hours")
    require_same_group(group, meeting, involvement)
    claim = Claim(
        group=group,
        person=person,
        kind=Claim.Kind.TIME,
        state=State.OFFERED,
        what=what.strip(),
        on=on,
        hours_offered=hours,
        rate_pence=rate_pence,
        meeting=meeting,
        involvement=involvement,
        site=site,
        recorded_by_id=by.pk,
        is_illustrative=is_illustrative,
    )
    save_new(claim)
    step(by, claim)
    audit.record(by, "claim.offered", claim)
    tell_member(
        claim, "You are offered pay for your time", "Say whether you take it up: all of it, part of it, or none."
    )
    return claim


def require_same_group(group: Group, meeting: Meeting | None, involvement: Involvement | None) -> None:
    """Refuse a link to another group's meeting or involvement."""
    for name, row in (("meeting", meeting), ("involvement", involvement)):
        if row is not None and row.group_id != group.pk:
            raise ValidationError({name: "This belongs to another group. Choose one of this group’s, or none."})


@transaction.atomic
def answer_offer(
    *,
    by: Actor,
    claim: Claim,
    hours: Decimal | None,
    is_unpaid: bool = False,
    words: str = "",
    told: str = "",
    expected: int | None = None,
) -> Claim:
    """Take up an offer in whole or part, or decline it (no hours). Until the pay is claimed, the answer can be changed.

    ``is_unpaid``: the member takes part, and wants no pay for it.
    """
    require(by, "coproduction.claim", claim)
    claim = lock(claim)
    told = require_told(by, claim.person, told)
    require_state(claim, "answer it", State.OFFERED, State.TAKEN_UP, State.DECLINED)
    changes: dict[str, Any] = {"recorded_by_id": by.pk, "told": told}
    if hours:
        _require_quarters(hours, "hours")
        if claim.hours_offered is not None and not 0 < hours <= claim.hours_offered:
            raise ValidationError({"hours": f"Enter from 0.25 to {claim.hours_offered.normalize():f} hours."})
        changes |= {"state": State.TAKEN_UP, "hours_taken": hours, "is_unpaid": is_unpaid}
    else:
        changes |= {"state": State.DECLINED, "hours_taken": None, "is_unpaid": False}
    write(claim, changes, expected)
    step(by, claim, told=told, words=words)
    audit.record(by, "claim.taken_up" if hours else "claim.declined", claim)
    title = "An offer of paid time was taken up" if hours else "An offer of paid time was declined"
    tell_leads(by, claim, title, "Open it to read the answer.")
    if by.pk != claim.person.user_id:
        tell_member(
            claim, "Your answer about paid time was written down", "If it is not what you said, change it here."
        )
    return claim


@transaction.atomic
def withdraw_offer(*, by: Actor, claim: Claim, reason: str, expected: int | None = None) -> Claim:
    """Take back an offer that the member has not claimed pay for, saying why."""
    require(by, "coproduction.manage_claims")
    claim = lock(claim)
    require_state(claim, "withdraw the offer", State.OFFERED, State.TAKEN_UP)
    if not reason.strip():
        raise ValidationError({"reason": "Say why, so that the member knows."})
    write(claim, {"state": State.WITHDRAWN}, expected)
    step(by, claim, words=reason)
    audit.record(by, "claim.withdrawn", claim)
    tell_member(claim, "An offer of paid time was withdrawn", "Open it to read the reason.")
    return claim
