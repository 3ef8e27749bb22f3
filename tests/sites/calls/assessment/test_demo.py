"""The demonstration's assessment: most is submitted, one outlier is moderated, and building it twice changes nothing."""

from datetime import date

import pytest

import sites.management.demo.estate
from impact.core.access.models import AuditEvent
from impact.core.management import demo as core_demo
from impact.core.people.models import Person, User
from sites.calls.assessment.dashboard.progress import totals_of, workloads_of
from sites.calls.assessment.models import Assessment, Assignment, Criterion, RoundAssessor, Score, plan_of
from sites.calls.assessment.scoring.todo import todo_of
from sites.calls.rounds.models import Round

pytestmark = pytest.mark.django_db


@pytest.fixture
def accounts(settings):
    settings.DEMO, settings.DEMO_TODAY = True, date(2023, 1, 16)
    made = core_demo.build()
    sites.management.demo.estate.build(made)
    return made


def test_the_round_is_assessed_as_the_data_say_and_building_twice_changes_nothing(accounts):
    round = Round.objects.get(slug="2023-24")
    totals = totals_of(round, plan_of(round))
    assert totals.fully_assigned == totals.applications and totals.ineligible == 1
    assert totals.submitted / totals.places > 0.9 and totals.conflicts == 2
    assert (totals.outliers, totals.outliers_open) == (2, 1)
    people = workloads_of(round, plan_of(round))
    assert [w.assessor.has_lived_experience for w in people].count(True) == 3 and len(people) == 5
    assert max(w.given for w in people) - min(w.given for w in people) <= 2
    assert all(person.is_illustrative for person in Person.objects.filter(user__assessor_in__round=round))
    left = [todo for todo in todo_of(accounts["assessor"]) if todo.is_left]
    assert {todo.state for todo in left} == {"Not opened", "Begun, 2 of 5 scored"}
    invented = User.objects.filter(email__endswith="@assessors.impact.example")
    assert invented.count() == 4 and not any(user.has_usable_password() for user in invented)
    tables = [Criterion, RoundAssessor, Assignment, Assessment, Score, AuditEvent, User]
    before = [model.objects.count() for model in tables]
    sites.management.demo.estate.build(accounts)
    assert [model.objects.count() for model in tables] == before
