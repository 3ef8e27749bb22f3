"""What an assessor has to do, and where each of their applications stands in words."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from sites.calls.applications.models import Application, Revision
from sites.calls.assessment.blind import title_for_assessor, who_applied
from sites.calls.assessment.models import Assignment, AssignmentQuerySet, Criterion, EligibilityCheck

SOON = timedelta(days=7)


@dataclass(frozen=True)
class Todo:
    """One application of an assessor, without anything that they may not read."""

    pk: int
    title: str
    round: str
    state: str
    due_on: date | None
    is_left: bool
    tone: str
    note: str = ""  # for example that the applicant has submitted a newer revision

    @property
    def due(self) -> str:
        """When it is due, in words."""
        if not self.is_left or self.due_on is None:
            return ""
        days = (self.due_on - clock.today()).days
        if days < 0:
            return f"Overdue since {day(self.due_on)}"
        return "Due today" if days == 0 else f"Due {day(self.due_on)}"


def with_state(rows: AssignmentQuerySet) -> AssignmentQuerySet:
    """Assignments with what their state is told by, in one query."""
    newest = Revision.objects.filter(application=OuterRef("application_id")).order_by("-number").values("number")[:1]
    criteria = Criterion.objects.filter(round=OuterRef("application__round_id")).order_by().values("round")
    wanted = criteria.annotate(n=Count("pk")).values("n")
    return (
        rows.select_related(
            "application__round__assessment_plan",
            "application__round__release",
            "assessment__revision",
            "application__eligibility",
        )
        .annotate(
            newest_revision=Subquery(newest, output_field=IntegerField()),
            criteria_count=Coalesce(Subquery(wanted, output_field=IntegerField()), 0),
            scored_count=Count("assessment__scores__value"),
            effective_due_on=Coalesce("due_on", "application__round__assessment_plan__due_on"),
        )
        .defer("application__draft")
    )


def is_blind(assignment: Assignment) -> bool:
    """Whether names are withheld in the assignment's round."""
    plan = getattr(assignment.application.round, "assessment_plan", None)
    return bool(plan and plan.is_blind)


def is_closed(assignment: Assignment) -> bool:
    """Whether the round's assessment is closed, or its results are out."""
    plan = getattr(assignment.application.round, "assessment_plan", None)
    return bool(plan and plan.closed_at) or assignment.application.round.is_released


def is_considered(application: Application) -> bool:
    """Whether an application is still in the running and not found ineligible."""
    check: EligibilityCheck | None = getattr(application, "eligibility", None)
    return application.state == Application.State.SUBMITTED and (check is None or check.is_eligible)


def state_of(assignment: Any) -> tuple[str, bool]:
    """Where an assignment from ``with_state`` stands in words, and whether it waits for the assessor."""
    assessment: Any = getattr(assignment, "assessment", None)
    if assignment.conflict == Assignment.Conflict.DECLARED:
        return "Conflict declared", False
    if not is_considered(assignment.application):
        return "No longer considered", False
    if assessment is not None and assessment.submitted_at:
        return "Submitted", False
    if is_closed(assignment):
        return "Closed before it was submitted", False
    if assignment.conflict == Assignment.Conflict.UNKNOWN:
        return "Not opened", True
    if assignment.scored_count == 0 and assessment.version == 1:
        return "Opened, not scored", True
    return f"Begun, {assignment.scored_count} of {assignment.criteria_count} scored", True


TONES = {"Submitted": "green", "Conflict declared": "grey", "Not opened": "purple", "No longer considered": "grey"}


def revision_note(assignment: Any) -> str:
    """That the applicant has submitted a newer revision than the one assessed; empty if not."""
    assessment = getattr(assignment, "assessment", None)
    if assessment is None or assignment.conflict != Assignment.Conflict.NONE:
        return ""
    if assignment.newest_revision == assessment.revision.number:
        return ""
    verb = "Assessed" if assessment.submitted_at else "Assessing"
    return f"{verb} on revision {assessment.revision.number}, now {assignment.newest_revision}"


def _title(assignment: Assignment) -> str:
    if assignment.conflict == Assignment.Conflict.DECLARED or not is_considered(assignment.application):
        return assignment.application.reference
    return title_for_assessor(assignment.application, is_blind=is_blind(assignment))


def todo_of(user: Any) -> list[Todo]:
    """Every application given to an assessor: what is left first, by due date, then the rest."""
    if not has_perm(user, "sites.assess"):
        return []
    found = []
    for row in with_state(Assignment.objects.visible_to(user).filter(assessor_id=user.pk)).order_by("pk"):
        state, is_left = state_of(row)
        found.append(
            Todo(
                pk=row.pk,
                title=_title(row),
                round=row.application.round.name,
                state=state,
                due_on=row.effective_due_on,  # type: ignore[attr-defined]
                is_left=is_left,
                tone=TONES.get(state, "blue"),
                note=revision_note(row),
            )
        )
    return sorted(found, key=lambda t: (not t.is_left, t.due_on or date.max, t.pk))


def next_after(user: Any, pk: int) -> Todo | None:
    """What is left for an assessor after one application: the next in the list, or the first again."""
    left = [todo for todo in todo_of(user) if todo.is_left and todo.pk != pk]
    return next((todo for todo in left if todo.pk > pk), left[0] if left else None)


def conflict_facts(assignment: Assignment) -> dict[str, str]:
    """What an assessor is told before they say whether they have a conflict."""
    return who_applied(assignment.application, is_blind=is_blind(assignment))
