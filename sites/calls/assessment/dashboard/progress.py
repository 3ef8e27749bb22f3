"""How far a round's assessment is, for each application and each assessor. One query for a list, however long."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Avg, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from impact.core.basics import clock
from sites.calls.applications.models import Application
from sites.calls.assessment.models import AssessmentPlan, Assignment, ModerationNote, RoundAssessor
from sites.calls.assessment.value import OUTLIER_SPREAD
from sites.calls.rounds.models import Round

DECLARED, NONE = Assignment.Conflict.DECLARED, Assignment.Conflict.NONE
COUNTS = Q(assignments__conflict=NONE, assignments__assessment__submitted_at__isnull=False)
IS_OUTLIER = Q(submitted__gte=2, highest__gte=F("lowest") + OUTLIER_SPREAD)  # as value.is_outlier says


def with_progress(rows: QuerySet[Application]) -> QuerySet[Application]:
    """Applications with how many were given them, have begun and submitted, and what they were worth.

    ``value`` is the mean of the submitted assessments, as value.assessed_value gives it.
    """
    started = Q(assignments__conflict=NONE, assignments__assessment__submitted_at__isnull=True)
    marks = F("assignments__assessment__value")
    return rows.annotate(
        assigned=Count("assignments", filter=~Q(assignments__conflict=DECLARED)),
        conflicts=Count("assignments", filter=Q(assignments__conflict=DECLARED)),
        begun=Count("assignments", filter=started & Q(assignments__assessment__version__gt=1)),
        submitted=Count("assignments", filter=COUNTS),
        value=Avg(marks, filter=COUNTS),
        highest=Max(marks, filter=COUNTS),
        lowest=Min(marks, filter=COUNTS),
        spread=F("highest") - F("lowest"),
    )


def with_flags(rows: QuerySet[Application]) -> QuerySet[Application]:
    """Whether an application has a moderation note, and an assessor with lived experience."""
    lived = Assignment.objects.filter(
        application=OuterRef("pk"),
        assessor__assessor_in__round=OuterRef("round"),
        assessor__assessor_in__has_lived_experience=True,
    ).exclude(conflict=DECLARED)
    return rows.annotate(
        is_moderated=Exists(ModerationNote.objects.filter(application=OuterRef("pk"))), has_lived=Exists(lived)
    )


@dataclass(frozen=True)
class Totals:
    """The figures above the list. They hold no name and no score, so leadership sees them too."""

    applications: int
    ineligible: int
    unchecked: int
    fully_assigned: int
    places: int  # assignments that count
    submitted: int
    conflicts: int
    outliers: int
    outliers_open: int

    @property
    def waiting(self) -> int:
        return self.places - self.submitted


def totals_of(round: Round, plan: AssessmentPlan) -> Totals:
    """A round's figures, in two queries."""
    checked = Application.objects.in_the_running().filter(round=round)
    eligibility = checked.aggregate(
        ineligible=Count("pk", filter=Q(eligibility__is_eligible=False)),
        unchecked=Count("pk", filter=Q(eligibility__isnull=True)),
    )
    rows: Any = with_flags(with_progress(Application.objects.eligible().filter(round=round).order_by()))
    found: Any = rows.values_list("assigned", "submitted", "conflicts", "highest", "lowest", "is_moderated")
    full = places = submitted = conflicts = outliers = outliers_open = number = 0
    for assigned, done, declared, highest, lowest, is_moderated in found:
        number += 1
        full += assigned >= plan.assessors_each
        places += assigned
        submitted += done
        conflicts += declared
        if done > 1 and highest - lowest >= OUTLIER_SPREAD:
            outliers += 1
            outliers_open += not is_moderated
    return Totals(
        applications=number,
        fully_assigned=full,
        places=places,
        submitted=submitted,
        conflicts=conflicts,
        outliers=outliers,
        outliers_open=outliers_open,
        **eligibility,
    )


@dataclass(frozen=True)
class Workload:
    """How far one assessor is."""

    assessor: RoundAssessor
    given: int
    unopened: int
    begun: int
    submitted: int
    conflicts: int
    overdue: int
    can_remind: bool

    @property
    def left(self) -> int:
        return self.given - self.submitted


def workloads_of(round: Round, plan: AssessmentPlan) -> list[Workload]:
    """Each assessor of a round with what they have done and what is left, in three queries."""
    today = clock.today()
    due = Coalesce("due_on", "application__round__assessment_plan__due_on")
    done = Q(conflict=NONE, assessment__submitted_at__isnull=False)
    open_one = ~Q(conflict=DECLARED) & Q(assessment__submitted_at__isnull=True)
    rows = (
        Assignment.objects.filter(application__round=round)
        .live()
        .annotate(due=due)
        .values("assessor_id")
        .order_by()
        .annotate(
            given=Count("pk", filter=~Q(conflict=DECLARED)),
            unopened=Count("pk", filter=Q(conflict=Assignment.Conflict.UNKNOWN)),
            submitted=Count("pk", filter=done),
            begun=Count("pk", filter=open_one & Q(conflict=NONE, assessment__version__gt=1)),
            conflicts=Count("pk", filter=Q(conflict=DECLARED)),
            overdue=Count("pk", filter=open_one & Q(due__lt=today)),
        )
    )
    figures: dict[int, dict[str, Any]] = {
        row["assessor_id"]: {name: n for name, n in row.items() if name != "assessor_id"} for row in rows
    }
    none = {"given": 0, "unopened": 0, "submitted": 0, "begun": 0, "conflicts": 0, "overdue": 0}
    found = []
    for assessor in round.assessors.select_related("user__person").prefetch_related("tied_to"):
        own = figures.get(assessor.user_id, none)
        has_left = own["given"] > own["submitted"]
        can_remind = has_left and not plan.closed_at and assessor.reminded_on != today
        found.append(Workload(assessor=assessor, can_remind=can_remind, **own))
    return found


def is_late(due_on: date | None) -> bool:
    return due_on is not None and due_on < clock.today()
