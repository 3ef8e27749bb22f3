"""A round with applications of several kinds, assessed, with targets that are locked."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from impact.core.people.models import User
from sites.calls.applications.models import Application
from sites.calls.assessment.models import Assessment, Assignment, Criterion, Score
from sites.calls.assessment.value import value_of_scores
from sites.calls.portfolios.deciding import services as deciding
from sites.calls.portfolios.models import Decision
from sites.calls.portfolios.weighing import services as weighing
from sites.calls.rounds.models import Round
from tests import factories
from tests.sites.calls.applications.build import open_round, submitted

NATIONS = ["wales", "wales", "scotland", "england", "england", "northern_ireland"]


def assessed(application: Application, *scores: int) -> Assessment:
    """A submitted assessment with one score for each criterion of the round, which are made as needed."""
    round = application.round
    for number in range(Criterion.objects.filter(round=round).count(), len(scores)):
        Criterion.objects.create(round=round, name=f"Criterion {number + 1}", order=number)
    criteria = list(Criterion.objects.filter(round=round))
    assignment = Assignment.objects.create(
        application=application,
        assessor=factories.UserFactory(roles=["assessor"]),
        conflict="none",
        declared_at=timezone.now(),
    )
    weights = {criterion.pk: criterion.weight for criterion in criteria}
    found = Assessment.objects.create(
        assignment=assignment,
        revision=application.revision,
        submitted_at=timezone.now(),
        value=value_of_scores(dict(zip(weights, scores, strict=True)), weights),
    )
    for criterion, value in zip(criteria, scores, strict=True):
        Score.objects.create(assessment=found, criterion=criterion, value=value)
    return found


def weighed_round(by: User, count: int = 6, **fields: Any) -> tuple[Round, list[Application]]:
    """A round with ``count`` applications of which the first is worth most, and locked targets: two places, £30,000,
    at least one from Wales. Each asks for £10,000 and is told apart by its name."""
    round = open_round(**fields)
    rows = [
        submitted(
            round,
            organisation_name=f"Group {number + 1}",
            nation=NATIONS[number % len(NATIONS)],
            **({"region": "london"} if NATIONS[number % len(NATIONS)] == "england" else {}),
            money="10000.00",
            is_user_led="yes" if number % 2 else "no",
        )
        for number in range(count)
    ]
    weighing.set_limits(by=by, round=round, most=2, money=Decimal(30_000))
    weighing.add_target(by=by, round=round, trait="nation:wales", bound="at_least", number=1)
    weighing.lock_mix(by=by, round=round)
    for number, row in enumerate(rows):
        assessed(row, max(0, 4 - number), 3)
    return round, rows


def decided(by: User, rows: list[Application]) -> list[Decision]:
    """Held decisions: the first chosen, the second on the reserve list, the others not chosen."""
    found = []
    for number, row in enumerate(rows):
        outcome = ["chosen", "reserve"][number] if number < 2 else "not_chosen"
        found.append(
            deciding.decide(
                by=by, application=row, outcome=outcome, reason="For the mix.", feedback=f"Feedback {number}."
            )
        )
    return found


def released(by: User, rows: list[Application]) -> list[Decision]:
    """The same, told."""
    decided(by, rows)
    round = rows[0].round
    deciding.release_decisions(by=by, round=round, confirmation=round.name)
    return list(Decision.objects.filter(application__round=round).select_related("application__round").order_by("pk"))
