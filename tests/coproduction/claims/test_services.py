"""From offer to payment: each step, who may take it, and what is refused."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from coproduction.claims import offers, paying, services
from coproduction.claims.models import Claim, ClaimStep
from coproduction.group.attention import attention_for
from impact.core.access.models import AuditEvent, RoleGrant
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.notices.models import Notice
from impact.core.people.rights.acting import services as acting
from networks.groups.models import Membership
from tests import factories
from tests.coproduction.claims.conftest import claimed, fare, offered
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def refused(kind, act, **given):
    with pytest.raises(kind) as problem, transaction.atomic():
        act(**given)
    return " ".join(problem.value.messages) if isinstance(problem.value, ValidationError) else str(problem.value)


def test_time_goes_from_an_offer_to_a_payment_with_who_and_when_at_each_step(pay):
    claim = claimed(pay)
    assert (claim.state, claim.pence) == ("claimed", 6000)
    services.approve_claim(by=pay.lead, claim=claim)
    batch = paying.mark_paid(by=pay.lead, claims=[claim.pk], paid_on=date(2022, 9, 14), reference="Run 7")
    claim.refresh_from_db()
    assert (claim.state, claim.batch, claim.approved_by) == ("paid", batch, pay.lead)
    steps = claim.steps.values_list("state", "by", "at__date")
    assert list(steps) == [
        (state, by.pk, date(2022, 9, 15))
        for state, by in (
            ("offered", pay.lead),
            ("taken_up", pay.member),
            ("claimed", pay.member),
            ("approved", pay.lead),
            ("paid", pay.lead),
        )
    ]


def test_an_offer_is_taken_up_in_part_without_pay_or_declined_and_the_answer_can_change(pay):
    part = offers.answer_offer(by=pay.member, claim=pay.offer, hours=Decimal("1.5"))
    assert (part.state, part.full_pence) == ("taken_up", 3000)
    free = offers.answer_offer(by=pay.member, claim=part, hours=Decimal(3), is_unpaid=True)
    assert free.stands == "Taken up without pay"
    assert "without pay" in refused(StateConflict, services.claim_time, by=pay.member, claim=free)
    none = offers.answer_offer(by=pay.member, claim=free, hours=None)
    assert (none.state, none.hours_taken, none.is_unpaid) == ("declined", None, False)
    for hours in ("3.25", "-1", "0.1"):
        refused(ValidationError, offers.answer_offer, by=pay.member, claim=none, hours=Decimal(hours))


def test_a_member_can_claim_less_than_the_hours_come_to_and_never_more(pay):
    claim = offers.answer_offer(by=pay.member, claim=pay.offer, hours=Decimal(2))
    words = refused(ValidationError, services.claim_time, by=pay.member, claim=claim, amount=Decimal("40.01"))
    assert words == "Enter at most £40: that is what the hours come to."
    assert services.claim_time(by=pay.member, claim=claim, amount=Decimal(10)).pence == 1000


def test_time_is_not_claimed_before_its_day(pay):
    later = offered(pay, what="The next meeting", on=date(2022, 9, 20))
    later = offers.answer_offer(by=pay.member, claim=later, hours=Decimal(3))
    assert "20 September 2022" in refused(StateConflict, services.claim_time, by=pay.member, claim=later)
    with clock.standing_on(date(2022, 9, 20)):
        assert services.claim_time(by=pay.member, claim=later).state == "claimed"


# --- Twice ---------------------------------------------------------------------------------------
def test_the_same_expense_cannot_be_claimed_twice(pay):
    fare(pay)
    words = refused(ValidationError, fare, w=pay, what="BUS to the meeting")
    assert "has been claimed already" in words and "say so in “What it was for”" in words
    assert fare(pay, what="Bus home").state == "claimed"
    assert Claim.objects.filter(kind="travel").count() == 2


def test_the_database_itself_refuses_the_same_expense_twice(pay):
    first = fare(pay)
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.bulk_create([Claim(**{**_columns(first), "id": None})])


def _columns(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_receipt_counts_once_and_again_after_its_claim_was_taken_back(pay):
    first = fare(pay, reference="T-100")
    again = {"w": pay, "what": "Taxi", "amount": Decimal(9), "reference": "t-100"}
    assert "receipt with this number" in refused(ValidationError, fare, **again)
    services.take_back_claim(by=pay.member, claim=first)
    assert fare(**again).state == "claimed"


def test_time_is_claimed_once_and_offered_once(pay):
    claim = claimed(pay)
    words = refused(StateConflict, services.claim_time, by=pay.member, claim=claim)
    assert words == "You cannot claim it now. It is claimed, and waits for the engagement lead."
    assert "same thing on the same day" in refused(ValidationError, offered, w=pay)
    meeting = factories.MeetingFactory(group=pay.group)
    offered(pay, what="One", meeting=meeting)
    assert "for this meeting already" in refused(ValidationError, offered, w=pay, what="Two", meeting=meeting)


# --- Who ----------------------------------------------------------------------------------------
def test_a_claimant_never_approves_their_own_claim_though_they_are_the_engagement_lead(pay):
    claim = claimed(pay)
    RoleGrant.objects.create(user=pay.member, role="engagement_lead")
    pay.member.forget_roles()
    assert "your own claim" in refused(PermissionDenied, services.approve_claim, by=pay.member, claim=claim)
    assert "your own claim" in refused(
        PermissionDenied, services.return_claim, by=pay.member, claim=claim, reason="No reason"
    )
    assert services.approve_claim(by=pay.lead, claim=claim).state == "approved"


def test_no_one_approves_for_a_member_they_support(pay):
    services.share_pay(by=pay.member, link=pay.link)
    RoleGrant.objects.create(user=pay.supporter, role="engagement_lead")
    assert "own claim" in refused(PermissionDenied, services.approve_claim, by=pay.supporter, claim=claimed(pay))


def test_an_engagement_lead_offers_no_pay_to_themselves(pay):
    factories.MembershipFactory(group=pay.group, person=pay.lead.person)
    assert "to yourself" in refused(ValidationError, offered, w=pay, person=pay.lead.person)


@pytest.mark.parametrize("role", ["staff", "leadership", "administrator", "assessor", "api_client"])
def test_no_other_role_takes_any_step_or_sees_any_row(pay, role):
    other = factories.UserFactory(roles=[role])
    claim = claimed(pay)
    for act in (services.approve_claim, services.take_back_claim):
        refused(PermissionDenied, act, by=other, claim=claim)
    refused(PermissionDenied, services.return_claim, by=other, claim=claim, reason="Why")
    refused(PermissionDenied, paying.mark_paid, by=other, claims=[claim.pk], paid_on=pay.today, reference="R")
    refused(PermissionDenied, fare, w=pay, by=other)
    assert not Claim.objects.visible_to(other).exists()


def test_another_member_of_the_group_has_no_part_in_it(pay):
    other = factories.user_in(pay.group)
    assert not Claim.objects.visible_to(other).exists()
    refused(PermissionDenied, offers.answer_offer, by=other, claim=pay.offer, hours=Decimal(1))


def test_only_a_day_of_membership_can_be_claimed_for_and_a_former_member_still_claims_it(pay):
    assert "is not a day on which this person was a member" in refused(
        ValidationError, fare, w=pay, on=date(2019, 1, 1)
    )
    assert "future" in refused(ValidationError, fare, w=pay, on=pay.today + timedelta(days=1))
    Membership.objects.filter(person=pay.person).update(ends_on=date(2022, 9, 12))
    assert fare(pay).state == "claimed"
    assert list(Claim.objects.visible_to(pay.member).filter(kind="travel").values_list("state", flat=True)) == [
        "claimed"
    ]


# --- Supporters ----------------------------------------------------------------------------------
def test_a_supporter_sees_nothing_until_the_member_allows_it_and_nothing_after_they_stop(pay):
    mine = Claim.objects.filter(person=pay.person)
    assert not Claim.objects.visible_to(pay.supporter).exists()
    refused(PermissionDenied, offers.answer_offer, by=pay.supporter, claim=pay.offer, hours=Decimal(1), told="phone")
    services.share_pay(by=pay.member, link=pay.link)
    assert set(Claim.objects.visible_to(pay.supporter)) == set(mine)
    claim = offers.answer_offer(by=pay.supporter, claim=pay.offer, hours=Decimal(1), told="phone")
    assert claim.written_down_by == pay.supporter.display_name and claim.told == "phone"
    services.stop_sharing_pay(by=pay.member, link=pay.link)
    assert not Claim.objects.visible_to(pay.supporter).exists()


def test_a_supporter_who_does_not_say_how_they_were_told_is_asked(pay):
    services.share_pay(by=pay.member, link=pay.link)
    words = refused(ValidationError, offers.answer_offer, by=pay.supporter, claim=pay.offer, hours=Decimal(1))
    assert words == "Choose how the member told you."


def test_a_supporter_of_two_members_does_not_mix_them_up(pay):
    """One of the two shares their pay; the supporter cannot see or claim for the other, in either direction."""
    services.share_pay(by=pay.member, link=pay.link)
    other = pay.people[0]
    theirs = offered(pay, person=other)
    assert theirs not in Claim.objects.visible_to(pay.supporter)
    refused(PermissionDenied, fare, w=pay, by=pay.supporter, person=other, told="phone")
    refused(PermissionDenied, offers.answer_offer, by=pay.supporter, claim=theirs, hours=Decimal(1), told="phone")
    services.share_pay(by=pay.lead, link=pay.other_link, told="in_person")
    for person in (pay.person, other):
        assert fare(pay, by=pay.supporter, person=person, told="phone").person == person
    assert set(Claim.objects.filter(kind="travel").values_list("person", flat=True)) == {pay.person.pk, other.pk}


def test_only_the_member_shares_and_the_lead_only_for_one_without_an_account(pay):
    refused(PermissionDenied, services.share_pay, by=pay.supporter, link=pay.link)
    assert "has an account" in refused(PermissionDenied, services.share_pay, by=pay.lead, link=pay.link)
    assert "how the member told" in refused(ValidationError, services.share_pay, by=pay.lead, link=pay.other_link)
    services.share_pay(by=pay.lead, link=pay.other_link, told="phone")
    services.share_pay(by=pay.lead, link=pay.other_link, told="phone")
    assert pay.other_link.shared_pay.count() == 1


def test_a_link_that_has_ended_shows_nothing(pay):
    services.share_pay(by=pay.member, link=pay.link)
    pay.link.ends_on = pay.today - timedelta(days=1)
    pay.link.save()
    assert not Claim.objects.visible_to(pay.supporter).exists()
    assert "no longer supports" in refused(StateConflict, services.share_pay, by=pay.member, link=pay.link)


# --- Sent back, taken back, paid -----------------------------------------------------------------
def test_a_claim_that_is_sent_back_says_why_and_is_sent_again(pay):
    claim = fare(pay)
    assert "Say why" in refused(ValidationError, services.return_claim, by=pay.lead, claim=claim, reason=" ")
    services.return_claim(by=pay.lead, claim=claim, reason="Is it for both ways?")
    again = services.claim_again(by=pay.member, claim=claim, amount=Decimal("9.60"), what="Bus, both ways")
    assert (again.state, again.pence, again.what, again.returned_because) == ("claimed", 960, "Bus, both ways", "")
    refused(StateConflict, services.claim_again, by=pay.member, claim=again, amount=Decimal(1))


def test_time_that_is_taken_back_can_be_claimed_again(pay):
    claim = services.take_back_claim(by=pay.member, claim=claimed(pay))
    assert (claim.state, claim.pence) == ("taken_up", None)
    claim = services.claim_time(by=pay.member, claim=claim)
    services.approve_claim(by=pay.lead, claim=claim)
    assert "It is approved" in refused(StateConflict, services.take_back_claim, by=pay.member, claim=claim)


def test_an_offer_is_withdrawn_with_a_reason_and_not_after_a_claim(pay):
    assert "Say why" in refused(ValidationError, offers.withdraw_offer, by=pay.lead, claim=pay.offer, reason="")
    offers.withdraw_offer(by=pay.lead, claim=pay.offer, reason="The meeting was moved.")
    assert pay.offer.steps.last().words == "The meeting was moved."
    words = refused(StateConflict, offers.answer_offer, by=pay.member, claim=pay.offer, hours=Decimal(1))
    assert words == "You cannot answer it now. It was withdrawn."
    second = offered(pay)
    claim = services.claim_time(by=pay.member, claim=offers.answer_offer(by=pay.member, claim=second, hours=Decimal(1)))
    refused(StateConflict, offers.withdraw_offer, by=pay.lead, claim=claim, reason="No")


def test_a_payment_is_recorded_for_all_of_its_claims_or_none_and_can_be_undone(pay):
    first, second, waiting = fare(pay), fare(pay, what="Bus home"), fare(pay, what="Taxi")
    for claim in (first, second):
        services.approve_claim(by=pay.lead, claim=claim)
    given = {"by": pay.lead, "paid_on": pay.today, "reference": "Run 8"}
    refused(StateConflict, paying.mark_paid, **given, claims=[first.pk, waiting.pk])
    refused(StateConflict, paying.mark_paid, **given, claims=[first.pk, 10**9])
    assert Claim.objects.filter(state="paid").count() == 0
    batch = paying.mark_paid(**given, claims=[first.pk, second.pk])
    refused(StateConflict, paying.mark_paid, **given | {"reference": "Run 9"}, claims=[first.pk])
    assert "Say why" in refused(ValidationError, paying.undo_payment, by=pay.lead, batch=batch, reason="")
    paying.undo_payment(by=pay.lead, batch=batch, reason="The bank sent it back.")
    assert set(Claim.objects.filter(state="approved", batch=None)) == {first, second}
    assert "undone already" in refused(StateConflict, paying.undo_payment, by=pay.lead, batch=batch, reason="Again")
    paying.mark_paid(**given, claims=[first.pk, second.pk])


def test_a_reference_of_finance_counts_once(pay):
    first, second = fare(pay), fare(pay, what="Bus home")
    for claim in (first, second):
        services.approve_claim(by=pay.lead, claim=claim)
    given = {"by": pay.lead, "paid_on": pay.today, "reference": "Run 8"}
    paying.mark_paid(**given, claims=[first.pk])
    assert "recorded already" in refused(ValidationError, paying.mark_paid, **given, claims=[second.pk])


def test_the_second_of_two_who_opened_the_same_claim_is_told(pay):
    claim = fare(pay)
    services.return_claim(by=pay.lead, claim=claim, reason="Which bus?")
    refused(Conflict, services.claim_again, by=pay.member, claim=claim, amount=Decimal(5), expected=claim.version)


def test_the_costs_of_bookings_name_what_members_claim_to_the_lead_alone(pay, client):
    fare(pay)
    address = reverse("networks:booking-costs")
    RoleGrant.objects.create(user=pay.lead, role="staff", granted_by=pay.lead)
    shown = {}
    for reader, query in ((pay.lead, "?year=2022"), (pay.lead, "?year=2021"), (pay.lead, "?year=2022&nation=wales")):
        client.force_login(reader)
        shown[query] = "£4.80" in html_of(client.get(address + query))
    assert shown == {"?year=2022": True, "?year=2021": False, "?year=2022&nation=wales": False}
    client.force_login(factories.UserFactory(roles=["staff"]))
    assert "£4.80" not in html_of(client.get(address))


# --- Told ----------------------------------------------------------------------------------------
def test_people_are_told_of_each_step_and_no_amount_is_in_any_of_it(pay):
    claim = claimed(pay)
    services.return_claim(by=pay.lead, claim=claim, reason="Too much: £60")
    claim = services.claim_again(by=pay.member, claim=claim, amount=Decimal("43.21"))
    services.approve_claim(by=pay.lead, claim=claim)
    batch = paying.mark_paid(by=pay.lead, claims=[claim.pk], paid_on=pay.today, reference="Run 7")
    paying.undo_payment(by=pay.lead, batch=batch, reason="Came back")
    told = Notice.objects.filter(person=pay.person).order_by("pk")
    assert [notice.title for notice in told] == [
        "You are offered pay for your time",
        "Your claim was sent back",
        "Your claim was approved",
        "Your claim was paid",
        "Your claim is not paid yet",
    ]
    lead = Notice.objects.filter(person=pay.lead.person)
    assert {notice.title for notice in lead} == {"An offer of paid time was taken up", "A claim waits for you"}
    for notice in Notice.objects.all():
        said = notice.title + notice.words
        assert "£" not in said and pay.person.name not in said and "43" not in said and notice.kind == "claim"
    colleague = factories.UserFactory(roles=["staff"])
    cover = acting.ask_for_cover(
        by=pay.lead,
        person=pay.lead.person,
        helper=colleague.person,
        duties=["role:engagement_lead"],
        starts_on=clock.today(),
        ends_on=clock.today() + timedelta(days=7),
    )
    acting.answer(by=colleague, acting=cover, is_accepted=True)
    fare(pay)
    assert Notice.objects.filter(person=colleague.person, title="A claim waits for you").count() == 1


def test_neither_audit_nor_steps_hold_an_amount(pay):
    claim = fare(pay, amount=Decimal("43.21"))
    services.approve_claim(by=pay.lead, claim=claim)
    paying.mark_paid(by=pay.lead, claims=[claim.pk], paid_on=pay.today, reference="Run 7")
    rows = [*AuditEvent.objects.values(), *ClaimStep.objects.values()]
    assert rows and not [row for row in rows if "4321" in str(row) or "43.21" in str(row)]


def test_the_engagement_lead_is_reminded_and_the_member_too(pay):
    assert [i["title"] for i in attention_for(pay.member)] == ["Answer the offer of paid time: Reading the draft"]
    claim = claimed(pay)
    assert "Read 1 claim for pay or expenses" in [i["title"] for i in attention_for(pay.lead)]
    services.approve_claim(by=pay.lead, claim=claim)
    assert "Send 1 approved claim to finance" in [i["title"] for i in attention_for(pay.lead)]
