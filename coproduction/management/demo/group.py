"""The advisory group in the demonstration: terms, what members bring, supporters, support at meetings, outside groups."""

from django.db import transaction

from coproduction.charter.models import Charter
from coproduction.group.meetings.services import arrange_support, ask_for_support, confirm_support, put_before_meeting
from coproduction.group.members import deciding_members
from coproduction.group.outside.services import add_exchange, add_outside_group
from coproduction.group.people.models import Term
from coproduction.group.people.services import appoint_for_term, name_supporter, write_strengths
from coproduction.management.demo import shapes
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.consents import ASK_AGAIN_AFTER, WORDING
from impact.core.people.models import Consent, Person, User
from impact.core.people.services import record_consent
from networks.groups.models import Group, Membership
from networks.members.services import add_member, record_member_consent, update_membership


@transaction.atomic
def build(accounts: dict[str, User], group: Group) -> None:
    """Build what the group knows of itself, where missing. The charter and the meetings are there already."""
    if Term.objects.filter(membership__group=group).exists():
        return
    data = read(__file__, "group.toml", shapes.TheGroup)
    lead = accounts["engagement"]
    members = _members(accounts, group)
    _terms(lead, data, members)
    _strengths(lead, accounts, group, data, members)
    _supporters(lead, accounts, group, data, members)
    _support(lead, accounts, group, data, members)
    _outside(lead, group, data)
    charter = Charter.objects.filter(group=group).first()
    meeting = group.meetings.filter(starts_at__date=data.induction_on).first()
    if charter and meeting:
        with clock.standing_on(data.induction_on):
            version = charter.versions.get(number=1)
            put_before_meeting(by=lead, version=version, meeting=meeting, is_induction=True)


def _members(accounts: dict[str, User], group: Group) -> dict[str, Membership]:
    """The members by number, in the order in which they joined the list; the one with the account as ``member``."""
    rows = deciding_members(group).select_related("person", "group").order_by("pk")
    own = accounts["member"].pk
    found = {str(n): row for n, row in enumerate(rows.exclude(person__user_id=own), start=1)}
    return found | {"member": rows.get(person__user_id=own)}


def _terms(lead: User, data: shapes.TheGroup, members: dict[str, Membership]) -> None:
    for name, membership in members.items():
        short = data.short_terms.get(name)
        with clock.standing_on(data.terms_from):
            appoint_for_term(by=lead, membership=membership, ends_on=short.ends_on if short else data.term_ends)
        if short and short.again_until and short.on:
            with clock.standing_on(short.on):
                appoint_for_term(by=lead, membership=membership, ends_on=short.again_until)
    with clock.standing_on(data.leads_from):
        update_membership(by=lead, membership=members[data.chair], role=Membership.Role.CHAIR)
        update_membership(by=lead, membership=members[data.vice_chair], role=Membership.Role.VICE_CHAIR)


def _strengths(
    lead: User, accounts: dict[str, User], group: Group, data: shapes.TheGroup, members: dict[str, Membership]
) -> None:
    purpose = Consent.Purpose.STRENGTHS
    for name, row in data.strengths.items():
        membership = members[name]
        is_own = name == "member"
        with clock.standing_on(row.on):
            write_strengths(
                by=accounts["member"] if is_own else lead,
                group=group,
                words=row.words,
                person=None if is_own else membership.person,
                told=row.told,
            )
            asked = {"is_given": row.shown, "given_on": row.on, "expires_on": row.on + ASK_AGAIN_AFTER}
            if is_own:
                record_consent(
                    by=accounts["member"],
                    person=membership.person,
                    purpose=purpose,
                    wording=WORDING[purpose],
                    is_given=row.shown,
                    given_on=row.on,
                    expires_on=row.on + ASK_AGAIN_AFTER,
                )
            else:
                record_member_consent(by=lead, membership=membership, purpose=purpose, **asked)  # type: ignore[arg-type]


def _supporters(
    lead: User, accounts: dict[str, User], group: Group, data: shapes.TheGroup, members: dict[str, Membership]
) -> None:
    for row in data.supporters:
        supporter: Person = accounts[row.account].person
        with clock.standing_on(row.since):
            add_member(by=lead, group=group, person=supporter, role=Membership.Role.SUPPORTER)
            for name in row.members:
                name_supporter(by=lead, group=group, supporter=supporter, member=members[name].person)


def _support(
    lead: User, accounts: dict[str, User], group: Group, data: shapes.TheGroup, members: dict[str, Membership]
) -> None:
    for row in data.support:
        meeting = group.meetings.filter(starts_at__date=row.meeting).first()
        if meeting is None:
            continue
        is_own = row.member == "member"
        with clock.standing_on(row.on):
            booking = ask_for_support(
                by=accounts["member"] if is_own else lead,
                meeting=meeting,
                kind=row.kind,
                words=row.words,
                person=members[row.member].person,
                told=row.told,
            )
            if row.arrange_by:
                booking = arrange_support(by=lead, booking=booking, arranged_by=lead, arrange_by=row.arrange_by)
        if row.confirmed_on:
            with clock.standing_on(row.confirmed_on):
                confirm_support(by=lead, booking=booking, arranged=row.arranged)


def _outside(lead: User, group: Group, data: shapes.TheGroup) -> None:
    for row in data.outside:
        with clock.standing_on(row.known_since):
            outside = add_outside_group(
                by=lead,
                group=group,
                name=row.name,
                about=row.about,
                known_since=row.known_since,
                is_illustrative=True,
            )
        for exchange in row.exchanges:
            with clock.standing_on(exchange.on):
                add_exchange(
                    by=lead,
                    outside_group=outside,
                    on=exchange.on,
                    direction=exchange.direction,
                    words=exchange.words,
                    led_to=exchange.led_to,
                )
