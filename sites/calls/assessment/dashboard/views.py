"""A round's review list for staff: where each application stands; counts alone for leadership."""

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from impact.core.access import audit
from impact.core.access.permissions import has_perm
from impact.core.basics.dates import day
from impact.core.basics.vocabulary import FOUR_NATIONS
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.calls.applications.models import Application
from sites.calls.assessment.dashboard.filters import ReviewFilter
from sites.calls.assessment.dashboard.progress import is_late, totals_of, with_flags, with_progress
from sites.calls.assessment.models import AssessmentPlan, plan_of
from sites.calls.assessment.value import is_outlier
from sites.calls.rounds.models import Round
from sites.calls.rounds.pages import round_tabs

PAGE_SIZE = 250  # a round is reviewed as a whole
NATIONS = {nation.value: nation.label for nation in FOUR_NATIONS}


def find_round(request: HttpRequest, slug: str) -> Round:
    """The round, for those who may know how far its assessment is; for others its assessment is not there."""
    if not has_perm(request.user, "sites.view_portfolios"):
        raise Http404
    found: Round = get_object_or_404(Round.objects.visible_to(request.user), slug=slug)
    return found


def tabs(user: Any, round: Round, here: str) -> dict[str, Any]:
    """Links between the parts of a round, and below them between the pages about its assessment."""
    pages = [
        ("assessment", "Progress"),
        ("assessor-list", "Assessors"),
        ("criterion-list", "Criteria"),
        ("assessment-assign", "Assign"),
        ("assessment-plan", "Settings"),
    ]
    inner = [
        {"label": label, "href": reverse(f"sites:{name}", args=[round.slug]), "current": name == here}
        for name, label in pages
    ]
    return {"tabs": round_tabs(user, round, "assessment"), "parts": inner}


def review_rows(round: Round) -> Any:
    """The applications of a round that were submitted, with their progress."""
    rows = Application.objects.in_the_running().filter(round=round).select_related("eligibility").defer("draft")
    return with_flags(with_progress(rows))


@require_GET
def review(request: HttpRequest, slug: str) -> HttpResponse:
    """Where each application of a round stands."""
    round = find_round(request, slug)
    plan = plan_of(round)
    context: dict[str, Any] = {
        "round": round,
        "plan": plan,
        "totals": totals_of(round, plan),
        "due": _due(plan),
    }
    if not has_perm(request.user, "sites.view_applications"):
        context["tabs"] = round_tabs(request.user, round, "assessment")
        return render(request, "sites/calls/assessment/dashboard/figures.html", context)
    people = list(round.assessors.select_related("user__person"))
    listing = list_rows(
        request,
        review_rows(round),
        partial(ReviewFilter, each=plan.assessors_each, assessors=people),  # type: ignore[arg-type]
        sorts={
            "reference": ("Reference", "reference"),
            "organisation": ("Organisation", "organisation_name"),
            "submitted": ("Assessments", "-submitted"),
            "value": ("Value", "-value"),
            "spread": ("Difference", "-spread"),
        },
        default="reference",
        page_size=PAGE_SIZE,
    )
    if wants_file(request):
        audit.record_reading(request.user, "assessments_exported", round, each_time=True)
        return list_file(request, f"{round.slug}-assessment", COLUMNS, listing.rows)  # type: ignore[return-value]
    context |= {
        "listing": listing,
        **tabs(request.user, round, "assessment"),
        "rows": [_row(application, plan.assessors_each) for application in listing.page],
        "criteria_count": round.criteria.count(),
        "assessor_count": len(people),
        "may_edit": has_perm(request.user, "sites.edit_assessment"),
    }
    return render(request, "sites/calls/assessment/dashboard/review.html", context)


def _due(plan: AssessmentPlan) -> str:
    """When assessments are due, or when assessment was closed."""
    if plan.closed_at:
        return f"Closed on {day(plan.closed_at)}"
    if plan.due_on is None:
        return "No date set"
    return f"{'Were due' if is_late(plan.due_on) else 'Due'} on {day(plan.due_on)}"


def _eligible(application: Any) -> str:
    check = getattr(application, "eligibility", None)
    if check is None:
        return "Not checked"
    return "Eligible" if check.is_eligible else "Not eligible"


def _row(application: Any, each: int) -> dict[str, Any]:
    """A line of the list in words."""
    check = getattr(application, "eligibility", None)
    is_considered = check is None or check.is_eligible
    notes = []
    if check is None:
        notes.append(("Not checked", "grey"))
    if not is_considered:
        notes.append(("Not eligible", "red"))
    elif application.assigned < each:
        missing = each - application.assigned
        notes.append((f"{missing} assessor{'' if missing == 1 else 's'} missing", "yellow"))
    elif not application.has_lived:
        notes.append(("No lived experience", "yellow"))
    if is_outlier(application.spread) and is_considered and application.submitted > 1:
        notes.append(("Differs, moderated", "green") if application.is_moderated else ("Differs much", "red"))
    return {
        "application": application,
        "notes": notes,
        "nation": NATIONS.get(application.nation, ""),
        "href": f"applications/{application.reference}/",
        "value": "–" if application.value is None else f"{application.value:.0f}",
        "spread": f"{int(application.spread)}" if application.submitted > 1 else "–",
    }


COLUMNS: dict[str, Any] = {
    "Reference": lambda a: a.reference,
    "Organisation": lambda a: a.organisation_name,
    "Nation": lambda a: a.get_nation_display(),
    "Eligibility": _eligible,
    "Assessors": lambda a: a.assigned,
    "Conflicts declared": lambda a: a.conflicts,
    "Begun": lambda a: a.begun,
    "Submitted": lambda a: a.submitted,
    "Value": lambda a: None if a.value is None else round_to(a.value),
    "Lowest": lambda a: None if a.lowest is None else round_to(a.lowest),
    "Highest": lambda a: None if a.highest is None else round_to(a.highest),
    "Assessors differ much": lambda a: "yes" if is_outlier(a.spread) else "no",
    "Moderated": lambda a: "yes" if a.is_moderated else "no",
}


def round_to(value: float) -> float:
    """One decimal place, as pages show it."""
    return round(value, 1)
