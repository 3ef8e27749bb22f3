"""What can be found. Each app says so for its own models when it starts, in its ``apps.py``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

BODY = 200_000  # characters of one thing that are looked at


@dataclass(frozen=True)
class Follows:
    """Another table whose changes change entries: the columns that matter, and how its NEW row leads to the thing ``t``.
    ``comes_and_goes``: its rows are made and deleted while the thing is there."""

    table: str
    columns: tuple[str, ...]
    link: str
    comes_and_goes: bool = False


def _visible(kind: "Searchable", user: Any) -> models.QuerySet:
    return kind.manager.visible_to(user)


def _url(found: Any) -> str:
    return str(found.get_absolute_url())


@dataclass(frozen=True)
class Searchable:
    """One kind of thing that can be found.

    ``title``, ``body``, ``day``, ``scope`` and ``where`` are SQL over the thing's row ``t`` (and ``joins``) that both
    databases read alike. Only what they name gets into the index, so what must not be found is not named.
    ``visible`` says who sees which, inside the query; ``nation`` is the look-up of a thing's nation.
    """

    kind: str  # one lower-case word
    model: str
    one: str
    many: str
    title: str = "''"
    body: str = "''"
    day: str = "NULL"
    scope: str = "NULL"
    joins: str = ""
    where: str = "1=1"
    follows: tuple[Follows, ...] = ()
    visible: Callable[["Searchable", Any], models.QuerySet] = _visible
    nation: str = ""
    related: tuple[str, ...] = ()
    url: Callable[[Any], str] = _url
    place: Callable[[Any], str] = str  # what it is part of, in a few words
    order: str = ""  # the column that says which came first, where the primary key does not
    is_public: bool = False  # visitors find those that ``visible`` shows them
    manager_name: str = "objects"

    @property
    def model_class(self) -> Any:
        return apps.get_model(self.model)

    @property
    def manager(self) -> Any:
        return getattr(self.model_class, self.manager_name)

    def visible_to(self, user: Any) -> models.QuerySet:
        """The things of this kind that ``user`` may see."""
        return self.visible(self, user)


KINDS: dict[str, Searchable] = {}
# The groups of a nation ("": of any) to which everything with a ``scope`` that ``user`` may see belongs, or None: look everywhere.
SCOPES: list[Callable[[Any, str], list[int] | None]] = []


def register(*kinds: Searchable) -> None:
    """Add what can be found. An app does so once, when it starts."""
    for kind in kinds:
        KINDS[kind.kind] = kind


def scopes_of(user: Any, nation: str = "") -> list[int] | None:
    """The groups that are worth looking in for ``user``; None for all."""
    found = [groups for scope in SCOPES if (groups := scope(user, nation)) is not None]
    return sorted({pk for groups in found for pk in groups}) if found else None
