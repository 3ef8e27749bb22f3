"""How a round is assessed: its plan, criteria and assessors, and which applications may be considered. For staff."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, reject_unknown, save_changes
from impact.core.people.models import User
from sites.calls.applications.models import Application
from sites.calls.assessment.models import (
    HIGHEST,
    Assessment,
    AssessmentPlan,
    Assignment,
    Criterion,
    EarlierAssessment,
    EligibilityCheck,
    RoundAssessor,
    Score,
)
from sites.calls.rounds.models import Round
from sites.organisations.models import Organisation

PLAN_FIELDS = frozenset({"is_blind", "assessors_each", "due_on"})
CRITERION_FIELDS = frozenset({"name", "guidance", "weight", "score_words"})
ASSESSOR_FIELDS = frozenset({"has_lived_experience", "nation", "most"})


def lock_plan(round: Round) -> AssessmentPlan:
    """The round's plan, locked for this transaction: what opens, closes or freezes its assessment waits here in turn."""
    AssessmentPlan.objects.get_or_create(round=round)
    return AssessmentPlan.objects.select_for_update().select_related("round").get(round=round)


def _require_not_closed(plan: AssessmentPlan) -> None:
    if plan.closed_at:
        raise StateConflict("Assessment of this round is closed. Reopen it first.", code="closed")


# --- The plan ------------------------------------------------------------------------------------
@transaction.atomic
def update_plan(*, by: Actor, round: Round, expected: int | None = None, **changes: Any) -> AssessmentPlan:
    """Say whether names are withheld, how many assess each application, and until when. For staff.

    Names are withheld or shown from the first application that an assessor opened; then that stays.
    """
    require(by, "sites.edit_assessment")
    reject_unknown(changes, PLAN_FIELDS)
    plan = lock_plan(round)
    _require_not_closed(plan)
    if changes.get("is_blind", plan.is_blind) != plan.is_blind:
        opened = Assignment.objects.filter(application__round=round).exclude(conflict=Assignment.Conflict.UNKNOWN)
        if opened.exists():
            words = "An assessor has opened an application already, so this can no longer change in this round."
            raise ValidationError({"is_blind": words})
    if changed := save_changes(plan, changes, expected=expected):
        audit.record(by, "assessment.planned", round, fields=changed)
    return plan


@transaction.atomic
def close_assessment(*, by: Actor, round: Round) -> AssessmentPlan:
    """Close a round's assessment: from then on nothing is scored, submitted or reopened. For staff."""
    require(by, "sites.edit_assessment")
    plan = lock_plan(round)
    _require_not_closed(plan)
    save_changes(plan, {"closed_at": clock.now()}, expected=None)
    audit.record(by, "assessment.closed", round)
    return plan


@transaction.atomic
def reopen_assessment(*, by: Actor, round: Round) -> AssessmentPlan:
    """Let assessors go on. For staff; after the release only where an application still waits for a decision."""
    require(by, "sites.edit_assessment")
    plan = lock_plan(round)
    if not plan.closed_at:
        raise StateConflict("Assessment of this round is open.", code="open")
    waiting = Application.objects.filter(round=round, state=Application.State.SUBMITTED, decision__isnull=True)
    if getattr(round, "release", None) is not None and not waiting.exclude(eligibility__is_eligible=False).exists():
        raise StateConflict(
            "Every applicant has been told what was decided, so nothing is left to assess.", code="released"
        )
    save_changes(plan, {"closed_at": None}, expected=None)
    audit.record(by, "assessment.continued", round)
    return plan


# --- Criteria ------------------------------------------------------------------------------------
def is_any_submitted(round: Round) -> bool:
    """Whether an assessment of this round was ever submitted: its criteria are fixed from then on."""
    of_round = {"assessment__assignment__application__round": round}
    return (
        Assessment.objects.filter(assignment__application__round=round, submitted_at__isnull=False).exists()
        or EarlierAssessment.objects.filter(**of_round).exists()
    )


def _open_criteria(round: Round) -> None:
    """Refuse once scores have been submitted that another wording or weight would change."""
    lock_plan(round)
    if is_any_submitted(round):
        raise StateConflict(
            "An assessment was submitted, so the criteria of this round can no longer change: scores given by other words "
            "could not be compared. To use other criteria, make a new round.",
            code="criteria_fixed",
        )


def _words(score_words: Iterable[str]) -> list[str]:
    words = [text.strip() for text in score_words]
    if len(words) != HIGHEST + 1 or not all(words):
        raise ValidationError({"score_words": f"Give words for each score from 0 to {HIGHEST}."})
    return words


@transaction.atomic
def add_criterion(
    *, by: Actor, round: Round, name: str, weight: int = 1, guidance: str = "", score_words: Iterable[str]
) -> Criterion:
    """Add what applications are judged by, with words for each score. For staff, until an assessment is submitted."""
    require(by, "sites.edit_assessment")
    _open_criteria(round)
    last = round.criteria.aggregate(last=Max("order"))["last"]
    criterion = Criterion(
        round=round,
        order=0 if last is None else last + 1,
        name=name.strip(),
        guidance=guidance.strip(),
        weight=weight,
        score_words=_words(score_words),
    )
    criterion.full_clean()
    criterion.save()
    audit.record(by, "criterion.added", round, weight=weight)
    return criterion


@transaction.atomic
def update_criterion(*, by: Actor, criterion: Criterion, expected: int | None = None, **changes: Any) -> Criterion:
    """Change a criterion's name, guidance, weight or words. For staff, until an assessment is submitted."""
    require(by, "sites.edit_assessment")
    reject_unknown(changes, CRITERION_FIELDS)
    _open_criteria(criterion.round)
    if "score_words" in changes:
        changes["score_words"] = _words(changes["score_words"])
    if changed := save_changes(criterion, changes, expected=expected):
        audit.record(by, "criterion.changed", criterion.round, fields=changed)
    return criterion


@transaction.atomic
def remove_criterion(*, by: Actor, criterion: Criterion) -> None:
    """Take a criterion away that no assessor has scored. For staff."""
    require(by, "sites.edit_assessment")
    _open_criteria(criterion.round)
    if Score.objects.filter(criterion=criterion).exists():
        raise StateConflict(
            "An assessor has begun to score this criterion. Edit it instead, or ask them to clear their draft.",
            code="scored",
        )
    audit.record(by, "criterion.removed", criterion.round)
    criterion.delete()


@transaction.atomic
def move_criterion(*, by: Actor, criterion: Criterion, up: bool) -> None:
    """Move a criterion one place up or down in the list. For staff, until an assessment is submitted."""
    require(by, "sites.edit_assessment")
    _open_criteria(criterion.round)
    rows = list(criterion.round.criteria.all())
    here = next(n for n, row in enumerate(rows) if row.pk == criterion.pk)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(rows):
        return
    rows[here], rows[there] = rows[there], rows[here]
    for n, row in enumerate(rows):
        Criterion.objects.filter(pk=row.pk).update(order=n)
    audit.record(by, "criterion.moved", criterion.round)


# --- Assessors -----------------------------------------------------------------------------------
@transaction.atomic
def add_assessor(
    *,
    by: Actor,
    round: Round,
    user: User,
    has_lived_experience: bool = False,
    nation: str = "",
    most: int = 20,
    tied_to: Iterable[Organisation] = (),
) -> RoundAssessor:
    """Let someone with the role of assessor take part in a round, with the organisations they are tied to. For staff."""
    require(by, "sites.edit_assessment")
    if not has_perm(user, "sites.assess"):
        raise ValidationError({"user": "This person is not an assessor. Give them that role first."})
    if has_perm(user, "sites.view_applications"):
        words = "This person runs rounds and can read every application and score, so they cannot assess on their own."
        raise ValidationError({"user": words})
    assessor = RoundAssessor(
        round=round, user=user, has_lived_experience=has_lived_experience, nation=nation, most=most
    )
    assessor.full_clean()
    assessor.save()
    assessor.tied_to.set(tied_to)
    audit.record(by, "assessor.added", round, assessor_id=user.pk)
    return assessor


@transaction.atomic
def update_assessor(
    *,
    by: Actor,
    assessor: RoundAssessor,
    expected: int | None = None,
    tied_to: Iterable[Organisation] | None = None,
    **changes: Any,
) -> RoundAssessor:
    """Change what an assessor brings, the most they take, or whom they are tied to. What they have stays. For staff."""
    require(by, "sites.edit_assessment")
    reject_unknown(changes, ASSESSOR_FIELDS)
    seen = assessor.version if expected is None else expected
    changed = save_changes(assessor, changes, expected=expected)
    if tied_to is not None:
        wanted = {organisation.pk for organisation in tied_to}
        if wanted != set(assessor.tied_to.values_list("pk", flat=True)):
            if not changed:
                if not RoundAssessor.objects.filter(pk=assessor.pk, version=seen).update(version=seen + 1):
                    raise Conflict(RoundAssessor.objects.get(pk=assessor.pk))
                assessor.version = seen + 1
            assessor.tied_to.set(wanted)
            changed.append("tied_to")
    if changed:
        audit.record(by, "assessor.changed", assessor.round, fields=changed, assessor_id=assessor.user_id)
    return assessor


@transaction.atomic
def remove_assessor(*, by: Actor, assessor: RoundAssessor) -> int:
    """Take an assessor out of a round with what they have not submitted; how many applications that frees. For staff."""
    require(by, "sites.edit_assessment")
    lock_plan(assessor.round)
    open_ones = Assignment.objects.filter(application__round=assessor.round, assessor=assessor.user).left()
    freed = open_ones.count()
    open_ones.delete()
    audit.record(by, "assessor.removed", assessor.round, freed=freed, assessor_id=assessor.user_id)
    assessor.delete()
    return freed


# --- Eligibility ---------------------------------------------------------------------------------
@transaction.atomic
def check_eligibility(
    *, by: Actor, application: Application, is_eligible: bool, reason: str = "", expected: int | None = None
) -> EligibilityCheck:
    """Record whether a submitted application may be considered; if not, why. For staff. A second check replaces the first."""
    require(by, "sites.edit_assessment")
    application = Application.objects.select_for_update().get(pk=application.pk)
    if application.state != Application.State.SUBMITTED:
        raise StateConflict("Only a submitted application is checked.", code="not_submitted")
    decision = getattr(application, "decision", None)
    if not is_eligible and decision is not None and decision.told_at is not None:
        raise StateConflict("The applicant has been told the decision, so this can no longer be changed.", code="told")
    reason = reason.strip()
    if not is_eligible and not reason:
        raise ValidationError({"reason": "Say why this application is not eligible."})
    found = {
        "is_eligible": is_eligible,
        "reason": reason,
        "checked_by": by if isinstance(by, User) else None,
        "checked_at": clock.now(),
    }
    check = EligibilityCheck.objects.filter(application=application).first()
    if check is not None and check.told_at is not None:
        raise StateConflict("The applicant has been told. To put a mistake right, undo the check.", code="told")
    if check is None:
        if expected:
            raise StateConflict("Someone undid this check in the meantime. Check it again.", code="undone")
        check = EligibilityCheck(application=application, **found)
        check.full_clean()
        check.save()
    else:
        save_changes(check, found, expected=expected)
    audit.record(by, "application.eligible" if is_eligible else "application.ineligible", application)
    return check


@transaction.atomic
def undo_eligibility(*, by: Actor, application: Application) -> None:
    """Take an eligibility check back, as if no one had checked; also after the applicant was told, if it was a mistake."""
    require(by, "sites.edit_assessment")
    if not EligibilityCheck.objects.filter(application=application).delete()[0]:
        raise StateConflict("No one has checked this application.", code="not_checked")
    audit.record(by, "application.unchecked", application)
