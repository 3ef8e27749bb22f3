"""The applications of a round as they are weighed: one read for pages, suggestions, decisions and the report."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from sites.calls.applications.models import Application
from sites.calls.assessment.models import Assessment, Assignment
from sites.calls.assessment.value import assessed_value
from sites.calls.portfolios.characteristics import COLUMNS, Candidate, traits_of
from sites.calls.portfolios.models import Portfolio
from sites.calls.rounds.models import Round


def eligible(round: Round) -> QuerySet[Application]:
    """The applications of a round that can be chosen."""
    return Application.objects.filter(round=round).eligible()


def assessed_values(round: Round) -> dict[int, float]:
    """What each application of a round is worth to its assessors; those without a submitted assessment are left out."""
    given: dict[int, list[float | None]] = defaultdict(list)
    submitted = Assessment.objects.filter(
        submitted_at__isnull=False,
        assignment__conflict=Assignment.Conflict.NONE,
        assignment__application__round=round,
    )
    for application, value in submitted.order_by("pk").values_list("assignment__application_id", "value"):
        given[application].append(value)
    found = {application: assessed_value(values) for application, values in given.items()}
    return {application: value for application, value in found.items() if value is not None}


def is_scored(round: Round) -> bool:
    """Whether anyone has submitted an assessment, so that scores may have been seen."""
    return Assessment.objects.filter(submitted_at__isnull=False, assignment__application__round=round).exists()


def candidates_of(round: Round, *, with_values: bool) -> list[Candidate]:
    """Every application that can be chosen, in the order of their references.

    ``with_values``: only once the targets are locked, because no one should see scores before.
    """
    values = assessed_values(round) if with_values else {}
    rows = eligible(round).order_by("reference")
    columns = ["pk", "reference", "organisation_name", "place", "money", "topic__slug", *COLUMNS]
    return [_candidate(row, values.get(row["pk"])) for row in rows.values(*columns)]


def _candidate(row: dict[str, Any], value: float | None) -> Candidate:
    return Candidate(
        key=row["pk"],
        reference=row["reference"],
        name=row["organisation_name"],
        place=row["place"],
        value=value,
        money=row["money"] or Decimal(0),
        traits=traits_of({**row, "topic": row["topic__slug"] or ""}),
    )


def inside(portfolio: Portfolio, by_key: dict[int, Candidate]) -> list[Candidate]:
    """The candidates in a portfolio; what can no longer be chosen does not count."""
    return [by_key[row.pk] for row in portfolio.applications.all() if row.pk in by_key]
