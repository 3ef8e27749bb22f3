"""People can be found by name alone: not by an address, nor by what they need."""

from typing import Any

from django.db import models
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.web.search.registry import Searchable


def _people(kind: Searchable, user: Any) -> models.QuerySet:
    """Those whom the page of people lists, for those who may open it."""
    return kind.manager.all() if has_perm(user, "core.view_people") else kind.manager.none()


PEOPLE = Searchable(
    kind="person",
    model="core.Person",
    one="Person",
    many="People",
    title="t.name",
    visible=_people,
    nation="nation",
    url=lambda person: reverse("core:person-detail", args=[person.pk]),
)
