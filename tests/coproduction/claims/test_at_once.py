"""Two people at the same moment: one approval, one claim, one payment. Without the lock, the fault is there to see."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from coproduction.claims import paying, services
from coproduction.claims.models import Claim, ClaimStep, PaymentBatch
from impact.core.access.models import AuditEvent
from impact.core.basics.states import StateConflict
from tests import factories
from tests.coproduction.at_once import at_once, meet, without_locks
from tests.coproduction.claims.conftest import fare

pytestmark = [pytest.mark.postgresql_only, pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def two_leads(pay):
    """A claim, and two engagement leads who approve it at the same moment."""
    pay.claim = fare(pay)
    pay.second = factories.UserFactory(roles=["engagement_lead"])

    def approve():
        return at_once(*[lambda by=by: services.approve_claim(by=by, claim=pay.claim) for by in (pay.lead, pay.second)])

    pay.approve_twice = approve
    return pay


def test_without_the_lock_two_approvals_at_the_same_moment_both_count(two_leads, monkeypatch):
    """The fault that the lock is there for: both read the claim before either has written."""
    both_have_read = threading.Barrier(2)

    def read_without_lock(claim):
        found = Claim.objects.select_related("person", "group").get(pk=claim.pk)
        both_have_read.wait(timeout=20)
        return found

    monkeypatch.setattr(services, "lock", read_without_lock)
    found = two_leads.approve_twice()
    assert all(isinstance(one, Claim) for one in found)
    assert ClaimStep.objects.filter(state="approved").count() == 2


def test_of_two_approvals_at_the_same_moment_one_counts_and_the_other_is_told(two_leads):
    found = two_leads.approve_twice()
    assert sorted(type(one).__name__ for one in found) == ["Claim", "StateConflict"]
    assert ClaimStep.objects.filter(state="approved").count() == 1
    assert AuditEvent.objects.filter(type="claim.approved").count() == 1
    stored = Claim.objects.get(pk=two_leads.claim.pk)
    assert stored.approved_by_id == ClaimStep.objects.get(state="approved").by_id


@pytest.fixture
def without_the_constraint(pay):
    """The protection switched off: the database takes the same expense twice."""
    rule = next(one for one in Claim._meta.constraints if one.name == "expense_claimed_once")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Claim, rule)
    yield
    Claim.objects.filter(kind="travel").delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Claim, rule)


def test_without_the_constraint_one_expense_is_claimed_twice(pay, without_the_constraint, monkeypatch):
    """The fault: both look for the same claim before either is saved, and find none."""
    meet(monkeypatch, Claim, "save")
    assert all(isinstance(one, Claim) for one in at_once(*[lambda: fare(pay)] * 2))
    assert Claim.objects.filter(kind="travel").count() == 2


def test_the_same_expense_claimed_at_the_same_moment_is_there_once_and_the_other_is_told_why(pay, monkeypatch):
    meet(monkeypatch, Claim, "save")
    found = at_once(*[lambda: fare(pay)] * 2)
    assert sum(isinstance(one, Claim) for one in found) == 1
    (refusal,) = [one for one in found if isinstance(one, ValidationError)]
    assert "has been claimed already" in " ".join(refusal.messages)
    assert Claim.objects.filter(kind="travel").count() == 1


@pytest.fixture
def pay_twice(pay):
    """An approved claim, and two payments of it recorded at the same moment."""
    claim = services.approve_claim(by=pay.lead, claim=fare(pay))

    def record(n: int):
        return lambda: paying.mark_paid(by=pay.lead, claims=[claim.pk], paid_on=pay.today, reference=f"Run {n}")

    return lambda: at_once(record(1), record(2))


def test_without_the_lock_a_claim_is_paid_twice(pay_twice, monkeypatch):
    """The fault: both find the claim approved, and both tell finance's books that it was paid."""
    without_locks(monkeypatch)
    meet(monkeypatch, PaymentBatch, "full_clean")
    pay_twice()
    assert PaymentBatch.objects.count() == 2 and ClaimStep.objects.filter(state="paid").count() == 2


def test_a_claim_is_paid_once_when_two_payments_are_recorded_at_the_same_moment(pay_twice, monkeypatch):
    meet(monkeypatch, PaymentBatch, "full_clean")
    assert sum(isinstance(one, StateConflict) for one in pay_twice()) == 1
    assert PaymentBatch.objects.count() == 1 and ClaimStep.objects.filter(state="paid").count() == 1
