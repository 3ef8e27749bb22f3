"""Two people at the same moment: one approval, one claim, one payment. Without the lock, the fault is there to see."""

import threading
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection

from coproduction.claims import paying, services
from coproduction.claims.models import Claim, ClaimStep, PaymentBatch
from impact.core.access.models import AuditEvent
from impact.core.basics.states import StateConflict
from tests import factories
from tests.coproduction.claims.conftest import fare

pytestmark = [pytest.mark.postgresql_only, pytest.mark.database, pytest.mark.django_db(transaction=True)]


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act gave, or the refusal that it raised, all begun at the same moment."""
    barrier, found = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=20)
            found.append(act())
        except (ValidationError, OperationalError) as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


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


def test_the_same_expense_claimed_at_the_same_moment_is_there_once_and_the_other_is_told_why(pay):
    found = at_once(*[lambda: fare(pay)] * 2)
    assert sum(isinstance(one, Claim) for one in found) == 1
    (refusal,) = [one for one in found if isinstance(one, ValidationError)]
    assert "has been claimed already" in " ".join(refusal.messages)
    assert Claim.objects.filter(kind="travel").count() == 1


def test_a_claim_is_paid_once_when_two_payments_are_recorded_at_the_same_moment(pay):
    claim = fare(pay)
    services.approve_claim(by=pay.lead, claim=claim)
    found = at_once(
        *[
            lambda n=n: paying.mark_paid(by=pay.lead, claims=[claim.pk], paid_on=pay.today, reference=f"Run {n}")
            for n in range(2)
        ]
    )
    assert sum(isinstance(one, StateConflict) for one in found) == 1
    assert PaymentBatch.objects.count() == 1 and ClaimStep.objects.filter(state="paid").count() == 1
