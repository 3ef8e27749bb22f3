"""Which organisation on record an application may be from, and what the same organisation applied with before."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from rapidfuzz import fuzz, process, utils

from sites.calls.applications.models import Application
from sites.organisations.models import Organisation

NEAR = 80  # of 100; below this two names share a word or so
SUGGESTED = 5


def near_organisations(application: Application, user: Any) -> list[Organisation]:
    """Organisations with a name like the application's, the nearest first."""
    if not application.organisation_name:
        return []
    names = dict(Organisation.objects.visible_to(user).values_list("pk", "name"))
    found = process.extract(
        application.organisation_name,
        names,
        scorer=fuzz.token_set_ratio,
        processor=utils.default_process,
        score_cutoff=NEAR,
        limit=SUGGESTED,
    )
    rows = Organisation.objects.in_bulk([pk for _name, _score, pk in found])
    return [rows[pk] for _name, _score, pk in found]


@dataclass(frozen=True)
class Past:
    """Another application, and whether only its name says that it is from the same organisation."""

    application: Application
    is_by_name: bool


def past_applications(application: Application, user: Any) -> list[Past]:
    """What the same organisation sent in this and other rounds, newest first: by the record, or by the very same name."""
    same = Q(pk__in=[])
    if application.organisation_id:
        same |= Q(organisation=application.organisation_id)
    if application.organisation_name:
        same |= Q(organisation_name__iexact=application.organisation_name, organisation__isnull=True)
    rows: QuerySet[Application] = (
        Application.objects.visible_to(user)
        .filter(same)
        .exclude(pk=application.pk)
        .select_related("round")
        .order_by("-created_at", "-pk")
    )
    return [Past(row, row.organisation_id is None) for row in rows[:10]]
