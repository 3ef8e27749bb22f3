"""The demonstration's accounts, and how each app's demonstration reads its data.

Each feature app's ``management/demo`` adds its own part through its own services. What is said there, by whom and when
is in files, in the folder ``data`` beside that code. A dataclass in the code says what a file must hold.
"""

import csv
import re
import tomllib
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction

from impact.core.access.permissions import SYSTEM, Role
from impact.core.basics.vocabulary import Format, Nation
from impact.core.people import services
from impact.core.people.accounts import grant_role
from impact.core.people.models import Person, User
from impact.core.web.context import DEMO_ACCOUNTS, DEMO_PASSWORD

Accounts = dict[str, User]
Shape = TypeVar("Shape")

# --- Data files ----------------------------------------------------------------------------------

PARSERS: dict[Any, Callable[[str], Any]] = {
    int: int,
    date: date.fromisoformat,
    bool: {"yes": True, "no": False}.__getitem__,
}
# A line break within a paragraph or a list item: what follows is no empty line, list item or heading.
BREAK = re.compile(r"(?<!\n)\n(?!\n|- |#|\d+\. ) *")


def read(beside: str, name: str, shape: type[Shape]) -> Shape:
    """Read a TOML or CSV file of the folder ``data`` beside a module (its ``__file__``), for a demonstration.

    The shape is a dataclass, or a list or dict of dataclasses or plain values. A key that is missing or not known is
    refused with the name of the file; otherwise a typing mistake would leave something out and no one would notice.
    An empty cell is a missing key. Long texts may be wrapped: the lines of a paragraph are joined.
    """
    path = Path(beside).resolve().parent / "data" / name
    where = str(path.relative_to(settings.BASE_DIR) if path.is_relative_to(settings.BASE_DIR) else path)
    try:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                found: Any = list(csv.DictReader(file, restkey="a cell without a heading", restval="", strict=True))
        else:
            found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, csv.Error) as error:
        raise CommandError(f"{where} cannot be read: {error}") from error
    shaped: Shape = _shaped(found, shape, where)
    return shaped


def _shaped(value: Any, shape: Any, where: str) -> Any:
    kind, inner = get_origin(shape), get_args(shape)
    if kind is UnionType:  # such as ``date | None``, for a key that may be left out
        return _shaped(value, inner[0], where)
    if kind is list and isinstance(value, list):
        return [_shaped(one, inner[0], f"{where}, {n}") for n, one in enumerate(value, start=1)]
    if kind is dict and isinstance(value, dict):
        return {_plain(key, inner[0], where): _shaped(one, inner[1], f"{where}, {key}") for key, one in value.items()}
    if is_dataclass(shape) and isinstance(value, dict):
        return _filled(value, shape, where)
    return _plain(value, shape, where)


def _filled(value: dict[str, Any], shape: Any, where: str) -> Any:
    hints = get_type_hints(shape)
    if unknown := set(value) - set(hints):
        raise CommandError(f"{where}: unknown: {', '.join(sorted(unknown))}. Known here: {', '.join(hints)}.")
    given = {key: one for key, one in value.items() if one != ""}
    needed = {field.name for field in fields(shape) if field.default is MISSING and field.default_factory is MISSING}
    if missing := needed - set(given):
        raise CommandError(f"{where}: missing: {', '.join(sorted(missing))}.")
    return shape(**{key: _shaped(one, hints[key], f"{where}, {key}") for key, one in given.items()})


def _plain(value: Any, shape: Any, where: str) -> Any:
    """Read one value. Every value of a CSV file is text, and so is every key of a TOML file."""
    if shape is str and isinstance(value, str):
        return joined(value)
    if type(value) is shape:
        return value
    is_choice = isinstance(shape, type) and issubclass(shape, Enum)
    parse = shape if is_choice else PARSERS.get(shape)
    try:
        if parse and isinstance(value, str):
            return parse(value)
    except (KeyError, ValueError):
        pass
    wanted = f"one of {', '.join(one.value for one in shape)}" if is_choice else f"of the type {shape.__name__}"
    raise CommandError(f"{where}: {value!r} is not {wanted}.")


def joined(text: str) -> str:
    """Join the lines of each paragraph of a text, as someone would type it into a form."""
    return BREAK.sub(" ", text.strip()) if "\n" in text else text


# --- Accounts ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class WithNeeds:
    """Someone in a data file, with what they need to take part where that is known."""

    preferred_format: Format | None = None
    preferred_language: str = ""
    access_arrangements: str = ""

    @property
    def needs(self) -> dict[str, Any]:
        """Return only the needs that are known, as the services take them."""
        return {name: value for name in get_type_hints(WithNeeds) if (value := getattr(self, name))}


@dataclass(frozen=True, kw_only=True)
class Account(WithNeeds):
    """A row of accounts.csv. The key is the part of the email address before the @; the name says what the role is."""

    key: str
    name: str
    nation: Nation
    role: Role | None = None


@transaction.atomic
def build() -> Accounts:
    """Make the demonstration accounts, or find them; keyed by the part before the @. Only where IMPACT_DEMO is on."""
    if not settings.DEMO:
        raise CommandError("Demonstration accounts have a known password. Set IMPACT_DEMO=1 if that is what you want.")
    people = {row.key: row for row in read(__file__, "accounts.csv", list[Account])}
    accounts: Accounts = {}
    for account in DEMO_ACCOUNTS:
        email = account["email"]
        key = email.split("@")[0]
        row = people[key]
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email, DEMO_PASSWORD)
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            person = services.add_person(
                by=SYSTEM, name=row.name, email=email, nation=row.nation, is_illustrative=True, **row.needs
            )
            Person.objects.filter(pk=person.pk).update(user=user)
            if row.role:
                grant_role(by=SYSTEM, user=user, role=row.role)
        accounts[key] = User.objects.get(pk=user.pk)
    return accounts
