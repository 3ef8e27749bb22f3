"""Two requests at once: one submission, one reminder, and no criterion that changes under a submission."""

import threading
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs.models import OutboxEmail
from sites.calls.assessment.models import Assessment, Assignment, Criterion, RoundAssessor
from sites.calls.assessment.scoring import services
from sites.calls.assessment.setup import assignments
from sites.calls.assessment.setup import services as setup
from sites.calls.assessment.value import value_of_scores
from tests import factories
from tests.sites.calls.applications.build import submitted
from tests.sites.calls.assessment.build import assessed_round, given, opened, scores_for

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


def test_of_two_submissions_at_once_one_counts_and_the_other_is_told():
    row = opened(submitted(assessed_round()))
    acts = [
        lambda value=value: services.submit_assessment(
            by=row.assessor, assignment=row, scores=scores_for(row.application.round, value), expected=1
        )
        for value in (1, 4)
    ]
    found = at_once(*acts)
    assert sum(isinstance(one, Assessment) for one in found) == 1
    assert sum(isinstance(one, (StateConflict, Conflict)) for one in found) == 1
    assert AuditEvent.objects.filter(type="assessment.submitted").count() == 1
    stored = Assessment.objects.get()
    weights = dict(Criterion.objects.values_list("pk", "weight"))
    assert stored.value == value_of_scores(dict(stored.scores.values_list("criterion", "value")), weights)


def test_a_criterion_does_not_change_while_the_first_assessment_is_submitted():
    row = opened(submitted(assessed_round()))
    criterion = Criterion.objects.first()
    at_once(
        lambda: services.submit_assessment(
            by=row.assessor, assignment=row, scores=scores_for(row.application.round, 1, 4)
        ),
        lambda: setup.update_criterion(by=SYSTEM, criterion=criterion, weight=9),
    )
    stored = Assessment.objects.get()
    weights = dict(Criterion.objects.values_list("pk", "weight"))
    assert stored.value == value_of_scores(dict(stored.scores.values_list("criterion", "value")), weights)


def test_one_reminder_goes_out_when_two_are_asked_for_at_once():
    row = given(submitted(assessed_round()))
    staff, assessor = factories.UserFactory(roles=["staff"]), RoundAssessor.objects.get()
    at_once(*[lambda: assignments.remind_assessor(by=staff, assessor=assessor)] * 2)
    assert OutboxEmail.objects.filter(to=row.assessor.email).count() == 1


def test_assigning_twice_at_once_assigns_once():
    round = assessed_round()
    for n in range(4):
        submitted(round, organisation_name=f"Organisation {n}")
    for _n in range(2):
        setup.add_assessor(by=SYSTEM, round=round, user=factories.UserFactory(roles=["assessor"]))
    found = at_once(*[lambda: assignments.assign_by_rule(by=SYSTEM, round=round)] * 2)
    assert sorted(map(str, found)) == ["0", "8"] and Assignment.objects.count() == 8
