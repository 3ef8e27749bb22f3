"""How staff prepare an assessment: criteria that become fixed, assessors, eligibility, assigning, reminders."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs.models import OutboxEmail
from sites.calls.applications.models import Application
from sites.calls.assessment.models import Assignment
from sites.calls.assessment.scoring import services as scoring
from sites.calls.assessment.setup import assignments, services
from tests import factories
from tests.sites.calls.applications.build import submitted
from tests.sites.calls.assessment.build import WORDS, assessed, assessed_round, assessor_of, given, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def round():
    return assessed_round()


@pytest.mark.parametrize("role", ["leadership", "assessor", "administrator", "api_client"])
def test_only_national_staff_prepare_an_assessment(round, role):
    user, application = factories.UserFactory(roles=[role]), submitted(round)
    for act in (
        lambda: services.update_plan(by=user, round=round, assessors_each=3),
        lambda: services.close_assessment(by=user, round=round),
        lambda: services.add_criterion(by=user, round=round, name="New", score_words=WORDS),
        lambda: services.add_assessor(by=user, round=round, user=user),
        lambda: services.check_eligibility(by=user, application=application, is_eligible=True),
        lambda: assignments.assign_by_rule(by=user, round=round),
        lambda: assignments.assign_by_hand(by=user, application=application, assessor=user),
        lambda: assignments.remind_all(by=user, round=round),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_criteria_have_words_for_each_score_and_one_name_each(round, staff):
    with pytest.raises(ValidationError, match="Give words for each score"):
        services.add_criterion(by=staff, round=round, name="New", score_words=["Bad", "", "x", "y", "z"])
    with pytest.raises(ValidationError, match="has a criterion of that name"):
        services.add_criterion(by=staff, round=round, name="Criterion 1", score_words=WORDS)
    with pytest.raises(ValidationError):
        services.add_criterion(by=staff, round=round, name="Heavy", weight=11, score_words=WORDS)
    first, second = round.criteria.all()
    services.move_criterion(by=staff, criterion=second, up=True)
    assert list(round.criteria.all()) == [second, first]
    services.update_criterion(by=staff, criterion=first, name="Renamed", expected=1)
    with pytest.raises(Conflict):
        services.update_criterion(by=staff, criterion=second, name="Other", expected=7)


def test_criteria_are_fixed_once_an_assessment_was_submitted_even_if_it_is_reopened(round, staff):
    criterion = round.criteria.first()
    assessment = assessed(submitted(round), 3)
    row = assessment.assignment
    scoring.reopen_assessment(by=row.assessor, assignment=row)
    for act in (
        lambda: services.add_criterion(by=staff, round=round, name="New", score_words=WORDS),
        lambda: services.update_criterion(by=staff, criterion=criterion, weight=9),
        lambda: services.move_criterion(by=staff, criterion=criterion, up=False),
        lambda: services.remove_criterion(by=staff, criterion=criterion),
    ):
        with pytest.raises(StateConflict, match="make a new round"):
            act()


def test_a_criterion_that_someone_has_begun_to_score_is_not_removed(round, staff):
    first, second = round.criteria.all()
    row = opened(submitted(round))
    scoring.save_draft(by=row.assessor, assignment=row, scores={first.pk: (1, "")})
    with pytest.raises(StateConflict, match="begun to score"):
        services.remove_criterion(by=staff, criterion=first)
    services.remove_criterion(by=staff, criterion=second)
    assert list(round.criteria.all()) == [first]


def test_someone_who_reads_every_application_cannot_assess(round, staff):
    both = factories.UserFactory(roles=["assessor", "staff"])
    with pytest.raises(ValidationError, match="can read every application"):
        services.add_assessor(by=staff, round=round, user=both)
    with pytest.raises(ValidationError, match="not an assessor"):
        services.add_assessor(by=staff, round=round, user=factories.UserFactory())
    person = assessor_of(round)
    with pytest.raises(ValidationError, match="assesses in this round already"):
        services.add_assessor(by=staff, round=round, user=person.user)


def test_eligibility_needs_a_reason_can_be_undone_and_decides_what_is_considered(round, staff):
    application = submitted(round)
    assert list(Application.objects.eligible()) == [application], "not checked counts as eligible"
    with pytest.raises(ValidationError, match="Say why"):
        services.check_eligibility(by=staff, application=application, is_eligible=False, reason=" ")
    services.check_eligibility(by=staff, application=application, is_eligible=False, reason="A private company.")
    assert not Application.objects.eligible().exists() and Application.objects.in_the_running().exists()
    with pytest.raises(Conflict):
        services.check_eligibility(by=staff, application=application, is_eligible=True, expected=9)
    services.check_eligibility(by=staff, application=application, is_eligible=True, expected=1)
    assert Application.objects.eligible().exists()
    services.undo_eligibility(by=staff, application=application)
    with pytest.raises(StateConflict, match="No one has checked"):
        services.undo_eligibility(by=staff, application=application)


def test_names_are_withheld_or_shown_from_the_first_opened_application(round, staff):
    services.update_plan(by=staff, round=round, is_blind=True)
    opened(submitted(round))
    with pytest.raises(ValidationError, match="opened an application already"):
        services.update_plan(by=staff, round=round, is_blind=False)
    services.update_plan(by=staff, round=round, is_blind=True, assessors_each=3)


def test_the_rule_assigns_and_a_second_run_fills_gaps_only(round, staff):
    lived, other, third = assessor_of(round, has_lived_experience=True), assessor_of(round), assessor_of(round)
    rows = [submitted(round, organisation_name=f"Organisation {n}") for n in range(3)]
    assert assignments.assign_by_rule(by=staff, round=round) == 6
    assert Assignment.objects.filter(assessor=lived.user, by_rule=True).count() == 3
    assert assignments.assign_by_rule(by=staff, round=round) == 0
    row = Assignment.objects.filter(assessor=other.user).first()
    scoring.declare_conflict(by=other.user, assignment=row, has_conflict=True, reason="A friend.")
    kept = set(Assignment.objects.values_list("pk", flat=True))
    assert assignments.assign_by_rule(by=staff, round=round) == 1
    new = Assignment.objects.exclude(pk__in=kept).get()
    assert (new.application, new.assessor) == (row.application, third.user)
    assert len(rows) == 3


def test_ties_and_conflicts_reach_every_application_of_an_organisation(round, staff):
    tied, free = assessor_of(round), assessor_of(round)
    body = factories.OrganisationFactory(name="Harbour  carers")
    services.update_assessor(by=staff, assessor=tied, tied_to=[body])
    one, two = submitted(round, organisation_name="harbour carers"), submitted(round, organisation_name="Hill House")
    three = submitted(round, organisation_name="HILL HOUSE")
    with pytest.raises(ValidationError, match="is tied to the organisation"):
        assignments.assign_by_hand(by=staff, application=one, assessor=tied.user)
    row = given(two, free.user)
    scoring.declare_conflict(by=free.user, assignment=row, has_conflict=True, reason="I worked there.")
    assert assignments.barred_applications(round) == {tied.user_id: {one.pk}, free.user_id: {two.pk, three.pk}}
    assignments.assign_by_rule(by=staff, round=round)
    found = set(Assignment.objects.exclude(conflict="declared").values_list("application_id", "assessor_id"))
    assert found == {(one.pk, free.user_id), (two.pk, tied.user_id), (three.pk, tied.user_id)}


def test_a_preview_that_has_become_old_is_refused(round, staff):
    assessor_of(round)
    submitted(round)
    stamp = assignments.preview_assignment(round).stamp
    submitted(round, organisation_name="Late")
    with pytest.raises(StateConflict, match="Check the new one"):
        assignments.assign_by_rule(by=staff, round=round, stamp=stamp)
    assert not Assignment.objects.exists()


def test_what_is_ineligible_withdrawn_or_not_submitted_is_not_assigned(round, staff):
    assessor_of(round)
    bad = submitted(round)
    services.check_eligibility(by=staff, application=bad, is_eligible=False, reason="No.")
    assert assignments.assign_by_rule(by=staff, round=round) == 0
    with pytest.raises(StateConflict, match="not being considered"):
        given(bad)


def test_an_application_is_taken_back_until_it_is_submitted(round, staff):
    application = submitted(round)
    row, done = opened(application), assessed(application, 2)
    assignments.remove_assignment(by=staff, assignment=row)
    with pytest.raises(StateConflict, match="was submitted"):
        assignments.remove_assignment(by=staff, assignment=done.assignment)
    assert list(Assignment.objects.all()) == [done.assignment]


def test_removing_an_assessor_frees_what_they_have_not_submitted(round, staff):
    one, two = submitted(round), submitted(round, organisation_name="Other")
    done = assessed(one, 2)
    person = round.assessors.get()
    given(two, person.user)
    assert services.remove_assessor(by=staff, assessor=person) == 1
    assert list(Assignment.objects.all()) == [done.assignment]


def test_a_reminder_goes_out_once_a_day_and_names_no_applicant(round, staff):
    services.update_plan(by=staff, round=round, due_on=clock.today() - timedelta(days=1))
    row = given(submitted(round))
    person = round.assessors.get()
    assignments.remind_assessor(by=staff, assessor=person)
    with pytest.raises(StateConflict, match="reminded today"):
        assignments.remind_assessor(by=staff, assessor=person)
    mail = OutboxEmail.objects.get()
    assert mail.to == row.assessor.email and "You have 1 application left" in mail.body and "It was due on" in mail.body
    assert "/assessing/" in mail.body and "Harbour Carers" not in mail.body + mail.subject
    assert assignments.remind_all(by=staff, round=round) == 0
    with clock.standing_on(clock.today() + timedelta(days=1)):
        assert assignments.remind_all(by=staff, round=round) == 1


def test_no_reminder_goes_to_someone_who_has_nothing_left(round, staff):
    assessed(submitted(round), 3)
    with pytest.raises(StateConflict, match="submitted everything"):
        assignments.remind_assessor(by=staff, assessor=round.assessors.get())
    assert SYSTEM.pk is None and not OutboxEmail.objects.exists()
