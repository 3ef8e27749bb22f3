"""A round with criteria and assessors, and assessments made through the services."""

from typing import Any

from impact.core.access.permissions import SYSTEM
from impact.core.people.models import User
from sites.calls.applications.models import Application
from sites.calls.assessment.models import Assessment, Assignment, Criterion, RoundAssessor
from sites.calls.assessment.scoring import services as scoring
from sites.calls.assessment.setup import assignments, services
from sites.calls.rounds.models import Round
from tests import factories
from tests.sites.calls.applications.build import open_round

WORDS = ["Not addressed", "Weak", "Fair", "Good", "Very good"]


def assessed_round(*, criteria: int = 2, **plan: Any) -> Round:
    """An open round with criteria of weights 1, 2, …"""
    round = open_round()
    for n in range(criteria):
        services.add_criterion(by=SYSTEM, round=round, name=f"Criterion {n + 1}", weight=n + 1, score_words=WORDS)
    if plan:
        services.update_plan(by=SYSTEM, round=round, **plan)
    return round


def assessor_of(round: Round, **details: Any) -> RoundAssessor:
    """Someone new who assesses in a round."""
    user = factories.UserFactory(roles=["assessor"])
    return services.add_assessor(by=SYSTEM, round=round, user=user, **details)


def given(application: Application, user: User | None = None) -> Assignment:
    """An application given to an assessor of its round, a new one unless named."""
    if user is None:
        user = assessor_of(application.round).user
    elif not RoundAssessor.objects.filter(round=application.round, user=user).exists():
        services.add_assessor(by=SYSTEM, round=application.round, user=user)
    return assignments.assign_by_hand(by=SYSTEM, application=application, assessor=user)


def opened(application: Application, user: User | None = None) -> Assignment:
    """The same, after its assessor said that they have no conflict."""
    row = given(application, user)
    return scoring.declare_conflict(by=row.assessor, assignment=row, has_conflict=False)


def scores_for(round: Round, *values: int) -> dict[int, tuple[int | None, str]]:
    """A score with a reason for each criterion in turn; the last value again where there are fewer."""
    criteria = list(Criterion.objects.filter(round=round))
    return {c.pk: (values[min(n, len(values) - 1)], f"Because of {c.name}.") for n, c in enumerate(criteria)}


def assessed(application: Application, *values: int, user: User | None = None) -> Assessment:
    """A submitted assessment with these scores."""
    row = opened(application, user)
    return scoring.submit_assessment(
        by=row.assessor, assignment=row, scores=scores_for(application.round, *values), comment="Worth a visit."
    )
