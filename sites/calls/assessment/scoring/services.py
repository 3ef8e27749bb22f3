"""An assessor's own work: say whether there is a conflict, score, submit, and think again until assessment closes."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from sites.calls.assessment.models import HIGHEST, Assessment, Assignment, Criterion, EarlierAssessment, Score
from sites.calls.assessment.setup.services import lock_plan
from sites.calls.assessment.value import value_of_scores

Given = Mapping[int, tuple[int | None, str]]  # criterion → score, and the reason for it


def _own(by: Actor, assignment: Assignment) -> Assignment:
    """The assignment, locked, if it is this assessor's and may still change."""
    require(by, "sites.assess", assignment)
    if assignment.assessor_id != by.pk:
        raise PermissionDenied("This application was given to another assessor.")
    if lock_plan(assignment.application.round).closed_at or assignment.application.round.is_released:
        raise StateConflict("Assessment of this round is closed, so nothing can change any more.", code="closed")
    row = Assignment.objects.select_for_update(of=("self",)).select_related("application__round").get(pk=assignment.pk)
    if not Assignment.objects.live().filter(pk=row.pk).exists():
        raise StateConflict("This application is no longer being considered. You need not assess it.", code="not_live")
    return row


def _opened(by: Actor, assignment: Assignment) -> tuple[Assignment, Assessment]:
    """The same, with its assessment, locked: only after the assessor said that they have no conflict."""
    row = _own(by, assignment)
    if row.conflict != Assignment.Conflict.NONE:
        raise StateConflict("First say whether you have a conflict of interest.", code="conflict_unknown")
    return row, Assessment.objects.select_for_update().get(assignment=row)


@transaction.atomic
def declare_conflict(*, by: Actor, assignment: Assignment, has_conflict: bool, reason: str = "") -> Assignment:
    """Say whether the assessor has a conflict. Without one the application opens, pinned to its newest revision.

    A conflict can also be declared later; what was scored then no longer counts. Only staff can clear one.
    """
    row = _own(by, assignment)
    if row.conflict == Assignment.Conflict.DECLARED:
        raise StateConflict("You declared a conflict. If that was a mistake, ask staff to clear it.", code="declared")
    reason = reason.strip()
    if has_conflict and not reason:
        raise ValidationError({"reason": "Say in a few words what the conflict is."})
    row.conflict = Assignment.Conflict.DECLARED if has_conflict else Assignment.Conflict.NONE
    row.conflict_reason = reason if has_conflict else ""
    row.declared_at = clock.now()
    row.full_clean()
    row.save(update_fields=["conflict", "conflict_reason", "declared_at"])
    if has_conflict:
        for assessment in Assessment.objects.select_for_update().filter(assignment=row):
            _keep_earlier(assessment)
            _reopen(assessment)
    elif not Assessment.objects.filter(assignment=row).exists():
        newest = row.application.revision
        if newest is None:
            raise StateConflict("This application was not submitted.", code="not_live")
        Assessment.objects.create(assignment=row, revision=newest)
    audit.record(by, "assessment.conflict_declared" if has_conflict else "assessment.opened", row.application)
    return row


def _write(assessment: Assessment, scores: Given, comment: str | None, expected: int | None) -> bool:
    """Keep scores, reasons and comment; whether anything changed. Raises Conflict if they changed since ``expected``."""
    if assessment.submitted_at:
        raise StateConflict("You submitted this assessment. Reopen it first.", code="submitted")
    if expected is not None and assessment.version != expected:
        raise Conflict(assessment)
    known = set(Criterion.objects.filter(round=assessment.assignment.application.round_id).values_list("pk", flat=True))
    if set(scores) - known:
        raise ValidationError({"scores": "Not a criterion of this round."})
    before = {score.criterion_id: score for score in assessment.scores.all()}
    has_changed = False
    for criterion, (value, reason) in scores.items():
        row = before.get(criterion) or Score(assessment=assessment, criterion_id=criterion)
        reason = reason.strip()
        if row.pk and (row.value, row.reason) == (value, reason):
            continue
        if value is None and not reason:
            if row.pk:
                row.delete()
                has_changed = True
            continue
        if value is not None and not 0 <= value <= HIGHEST:
            raise ValidationError({"scores": f"Give a score from 0 to {HIGHEST}."})
        row.value, row.reason = value, reason
        row.full_clean(exclude=["assessment", "criterion"])
        row.save()
        has_changed = True
    if comment is not None and comment.strip() != assessment.comment:
        assessment.comment = comment.strip()
        has_changed = True
    if has_changed:
        assessment.version += 1
        assessment.full_clean()
        assessment.save(update_fields=["comment", "version", "updated_at"])
    return has_changed


@transaction.atomic
def save_draft(
    *, by: Actor, assignment: Assignment, scores: Given, comment: str | None = None, expected: int | None = None
) -> Assessment:
    """Keep what an assessor has so far, complete or not. Criteria that are not named stay as they are."""
    row, assessment = _opened(by, assignment)
    assessment.assignment = row
    _write(assessment, scores, comment, expected)
    return assessment


@transaction.atomic
def submit_assessment(
    *, by: Actor, assignment: Assignment, scores: Given, comment: str | None = None, expected: int | None = None
) -> Assessment:
    """Hand an assessment in: every criterion with a score and a reason. Now its assessor sees the others'.

    Raises ValidationError with ``score-<criterion>`` and ``reason-<criterion>`` for what is missing.
    """
    row, assessment = _opened(by, assignment)
    assessment.assignment = row
    _write(assessment, scores, comment, expected)
    criteria = list(Criterion.objects.filter(round=row.application.round_id))
    if not criteria:
        raise StateConflict("This round has no criteria yet, so nothing can be submitted.", code="no_criteria")
    known = {score.criterion_id: score for score in assessment.scores.all()}
    missing: dict[str, Any] = {}
    for criterion in criteria:
        score = known.get(criterion.pk)
        if score is None or score.value is None:
            missing[f"score-{criterion.pk}"] = "Choose a score."
        if score is None or not score.reason:
            missing[f"reason-{criterion.pk}"] = "Give a reason for your score."
    if missing:
        raise ValidationError(missing)
    values = {pk: score.value for pk, score in known.items() if score.value is not None}
    assessment.value = value_of_scores(values, {criterion.pk: criterion.weight for criterion in criteria})
    assessment.submitted_at = clock.now()
    assessment.version += 1
    assessment.full_clean()
    assessment.save(update_fields=["value", "submitted_at", "version", "updated_at"])
    audit.record(by, "assessment.submitted", row.application, revision=assessment.revision.number)
    return assessment


def _keep_earlier(assessment: Assessment) -> None:
    """Keep what was submitted, as it was, before it is changed."""
    if assessment.submitted_at is None or assessment.value is None:
        return
    scores = [
        {"criterion": score.criterion.name, "value": score.value, "reason": score.reason}
        for score in assessment.scores.select_related("criterion")
    ]
    EarlierAssessment.objects.create(
        assessment=assessment,
        revision_id=assessment.revision_id,
        value=assessment.value,
        scores=scores,
        comment=assessment.comment,
        submitted_at=assessment.submitted_at,
    )


def _reopen(assessment: Assessment) -> None:
    assessment.submitted_at, assessment.value = None, None
    assessment.version += 1
    assessment.save(update_fields=["submitted_at", "value", "version", "updated_at", "revision"])


@transaction.atomic
def reopen_assessment(*, by: Actor, assignment: Assignment) -> Assessment:
    """Open an assessor's submitted assessment again. What was submitted is kept, and others' scores close again."""
    row, assessment = _opened(by, assignment)
    if assessment.submitted_at is None:
        raise StateConflict("You have not submitted this assessment, so you can change it.", code="not_submitted")
    _keep_earlier(assessment)
    _reopen(assessment)
    audit.record(by, "assessment.reopened", row.application)
    return assessment


@transaction.atomic
def move_to_newest(*, by: Actor, assignment: Assignment) -> Assessment:
    """Assess the applicant's newest revision instead. Scores stay, and have to be submitted again."""
    row, assessment = _opened(by, assignment)
    newest = row.application.revision
    if newest is None or newest.pk == assessment.revision_id:
        raise StateConflict("You are assessing the newest revision.", code="newest")
    _keep_earlier(assessment)
    assessment.revision = newest
    _reopen(assessment)
    audit.record(by, "assessment.moved", row.application, revision=newest.number)
    return assessment
