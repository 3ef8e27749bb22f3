"""What of a round's assessment waits for staff, for their first page."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.people.models import Person
from impact.core.people.rights.acting.leaving import Ends
from sites.calls.assessment.dashboard.progress import Totals, totals_of
from sites.calls.assessment.models import AssessmentPlan, Assignment

SOON = timedelta(days=7)
FEW = 2  # rounds that are assessed at once


def assessments_to_watch(user: Any) -> list[dict[str, str]]:
    """Items of ``<c-attention>``: assessments that are late or soon due, and applications whose assessors differ much."""
    if not has_perm(user, "sites.edit_assessment"):
        return []
    items = []
    plans = AssessmentPlan.objects.filter(closed_at__isnull=True, round__release__isnull=True)
    plans = plans.select_related("round").order_by("-round__opens_at")
    for plan in plans[:FEW]:
        totals = totals_of(plan.round, plan)
        href = reverse("sites:assessment", args=[plan.round.slug])
        if totals.waiting and plan.due_on and plan.due_on <= clock.today() + SOON:
            items.append(_waiting(plan, totals, href))
        if number := totals.outliers_open:
            items.append(
                {
                    "title": f"Assessors differ much about {number} application{'' if number == 1 else 's'}",
                    "href": f"{href}?step=unmoderated",
                    "detail": f"{plan.round.name}. Compare the reasons and note what you found.",
                    "tone": "yellow",
                }
            )
    return items


def _waiting(plan: AssessmentPlan, totals: Totals, href: str) -> dict[str, str]:
    is_late = bool(plan.due_on and plan.due_on < clock.today())
    number = totals.waiting
    return {
        "title": f"{number} assessment{'' if number == 1 else 's'} to come for {plan.round.name}",
        "href": f"{href}?step=waiting",
        "detail": f"{'They were' if is_late else 'They are'} due on {day(plan.due_on)}. You can send reminders.",
        "tone": "yellow" if is_late else "blue",
    }


def assessments_left(person: Person) -> list[Ends]:
    """Applications that an assessor who leaves has not finished: assessing is personal, so staff give them to someone else."""
    rows = Assignment.objects.filter(assessor=person.user_id).live().left().select_related("application__round")
    by_round = Counter(row.application.round for row in rows)
    return [
        Ends(
            f"{number} application{'' if number == 1 else 's'} to assess in {round}",
            "give them to another assessor",
            reverse("sites:assessment", args=[round.slug]),
        )
        for round, number in by_round.items()
    ]
