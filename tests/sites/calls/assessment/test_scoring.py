"""An assessor's own work: conflict first, one's own score before others', pinned to a revision, every change kept."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error, transaction

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from sites.calls.applications import services as applications
from sites.calls.applications.models import Application
from sites.calls.assessment.models import Assessment, Assignment, Score
from sites.calls.assessment.scoring import services
from sites.calls.assessment.setup import services as setup
from tests.sites.calls.applications.build import submitted
from tests.sites.calls.assessment.build import assessed, assessed_round, assessor_of, given, opened, scores_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    return submitted(assessed_round())


def test_nothing_is_scored_before_the_conflict_question_is_answered(application):
    row = given(application)
    with pytest.raises(StateConflict, match="First say whether you have a conflict"):
        services.save_draft(by=row.assessor, assignment=row, scores={})
    assert not Application.objects.visible_to(row.assessor).exists()
    services.declare_conflict(by=row.assessor, assignment=row, has_conflict=False)
    assert Application.objects.visible_to(row.assessor).get() == application
    assert row.assessment.revision == application.revision


def test_a_conflict_shuts_the_application_for_good_until_staff_clear_it(application, staff):
    from sites.calls.assessment.setup.assignments import clear_conflict

    row = given(application)
    with pytest.raises(ValidationError, match="Say in a few words"):
        services.declare_conflict(by=row.assessor, assignment=row, has_conflict=True, reason=" ")
    services.declare_conflict(by=row.assessor, assignment=row, has_conflict=True, reason="My sister works there.")
    assert not Application.objects.visible_to(row.assessor).exists()
    with pytest.raises(StateConflict, match="ask staff to clear it"):
        services.declare_conflict(by=row.assessor, assignment=row, has_conflict=False)
    with pytest.raises(PermissionDenied):
        clear_conflict(by=row.assessor, assignment=row)
    clear_conflict(by=staff, assignment=row)
    services.declare_conflict(by=row.assessor, assignment=row, has_conflict=False)
    assert Application.objects.visible_to(row.assessor).exists()
    assert not AuditEvent.objects.filter(facts__icontains="sister").exists()


def test_what_was_scored_before_a_late_conflict_no_longer_counts(application):
    assessment = assessed(application, 4)
    row = assessment.assignment
    services.declare_conflict(by=row.assessor, assignment=row, has_conflict=True, reason="I recognised them.")
    assessment.refresh_from_db()
    assert (assessment.submitted_at, assessment.value) == (None, None)
    assert assessment.earlier.get().value == 100


def test_another_assessors_application_cannot_be_written(application):
    row, other = opened(application), assessor_of(application.round).user
    for act in (
        lambda: services.save_draft(by=other, assignment=row, scores={}),
        lambda: services.submit_assessment(by=other, assignment=row, scores={}),
        lambda: services.declare_conflict(by=other, assignment=row, has_conflict=False),
        lambda: services.reopen_assessment(by=other, assignment=row),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_a_draft_keeps_a_reason_without_a_score_and_tells_of_a_second_window(application):
    row = opened(application)
    first, second = application.round.criteria.all()
    saved = services.save_draft(
        by=row.assessor, assignment=row, scores={first.pk: (None, "Not sure yet"), second.pk: (3, "")}, comment="Hm"
    )
    assert saved.version == 2
    assert set(Score.objects.values_list("criterion", "value", "reason")) == {
        (first.pk, None, "Not sure yet"),
        (second.pk, 3, ""),
    }
    again = services.save_draft(by=row.assessor, assignment=row, scores={second.pk: (3, "")}, comment="Hm", expected=2)
    assert again.version == 2, "nothing changed"
    services.save_draft(by=row.assessor, assignment=row, scores={first.pk: (None, "")}, expected=2)
    assert Score.objects.get().criterion == second
    with pytest.raises(Conflict):
        services.save_draft(by=row.assessor, assignment=row, scores={second.pk: (4, "")}, expected=2)


def test_a_score_that_does_not_exist_or_a_criterion_of_another_round_is_refused(application):
    row = opened(application)
    criterion, elsewhere = application.round.criteria.first(), assessed_round().criteria.first()
    for scores in ({criterion.pk: (5, "")}, {criterion.pk: (-1, "")}, {elsewhere.pk: (3, "")}):
        with pytest.raises(ValidationError):
            services.save_draft(by=row.assessor, assignment=row, scores=scores)
    assert not Score.objects.exists()
    with pytest.raises(Error), transaction.atomic():
        Score.objects.create(assessment=row.assessment, criterion=criterion, value=9)


def test_submitting_needs_a_score_and_a_reason_for_each_criterion(application):
    row = opened(application)
    first, second = application.round.criteria.all()
    with pytest.raises(ValidationError) as error:
        services.submit_assessment(
            by=row.assessor, assignment=row, scores={first.pk: (2, ""), second.pk: (None, "Well")}
        )
    assert set(error.value.message_dict) == {f"reason-{first.pk}", f"score-{second.pk}"}
    done = services.submit_assessment(by=row.assessor, assignment=row, scores=scores_for(application.round, 2, 4))
    assert done.value == pytest.approx(100 * (2 * 1 + 4 * 2) / 12)
    with pytest.raises(StateConflict, match="Reopen it first"):
        services.save_draft(by=row.assessor, assignment=row, scores={})


def test_a_reopened_assessment_keeps_what_was_submitted(application):
    assessment = assessed(application, 1)
    row = assessment.assignment
    services.reopen_assessment(by=row.assessor, assignment=row)
    services.submit_assessment(by=row.assessor, assignment=row, scores=scores_for(application.round, 3))
    assessment.refresh_from_db()
    old = assessment.earlier.get()
    assert (old.value, assessment.value) == (25, 75)
    assert old.scores[0] == {"criterion": "Criterion 1", "value": 1, "reason": "Because of Criterion 1."}
    kinds = AuditEvent.objects.filter(type__startswith="assessment.").values_list("type", flat=True)
    assert list(kinds).count("assessment.submitted") == 2 and "assessment.reopened" in kinds


def test_after_closing_nothing_changes(application, staff):
    assessment = assessed(application, 1)
    begun = opened(application)
    setup.close_assessment(by=staff, round=application.round)
    for act in (
        lambda: services.reopen_assessment(by=assessment.assignment.assessor, assignment=assessment.assignment),
        lambda: services.save_draft(by=begun.assessor, assignment=begun, scores={}),
        lambda: services.submit_assessment(
            by=begun.assessor, assignment=begun, scores=scores_for(application.round, 2)
        ),
    ):
        with pytest.raises(StateConflict, match="closed"):
            act()
    setup.reopen_assessment(by=staff, round=application.round)
    services.reopen_assessment(by=assessment.assignment.assessor, assignment=assessment.assignment)


def test_an_assessment_stays_on_its_revision_until_its_assessor_moves_it(application):
    assessment = assessed(application, 2)
    row = assessment.assignment
    with pytest.raises(StateConflict, match="newest"):
        services.move_to_newest(by=row.assessor, assignment=row)
    applications.save_draft(by=SYSTEM, application=application, answers={"place": "Bala"})
    newer = applications.submit_application(by=SYSTEM, application=application)
    assessment.refresh_from_db()
    assert assessment.revision.number == 1 and assessment.submitted_at
    moved = services.move_to_newest(by=row.assessor, assignment=row)
    assert (moved.revision, moved.submitted_at) == (newer, None)
    assert moved.earlier.get().revision.number == 1
    assert moved.scores.count() == 2


def test_an_application_that_is_no_longer_considered_takes_no_scores(application, staff):
    row = opened(application)
    setup.check_eligibility(by=staff, application=application, is_eligible=False, reason="Outside the UK.")
    with pytest.raises(StateConflict, match="no longer being considered"):
        services.save_draft(by=row.assessor, assignment=row, scores={})
    setup.undo_eligibility(by=staff, application=application)
    services.save_draft(by=row.assessor, assignment=row, scores={})
    applications.withdraw_application(by=SYSTEM, application=application)
    with pytest.raises(StateConflict, match="no longer being considered"):
        services.save_draft(by=row.assessor, assignment=row, scores={})


def test_only_what_is_submitted_has_a_value(application):
    row = opened(application)
    with pytest.raises(Error), transaction.atomic():
        Assessment.objects.filter(assignment=row).update(value=50)
    assert Assignment.objects.left().get() == row
