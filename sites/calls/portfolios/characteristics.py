"""What a mix is judged by: one definition of each characteristic, its values in words, and how an application has it.

A value of a characteristic is a *trait*, written ``nation:wales``. Targets, bars, suggestions, the fairness note and the
report all count traits, so that a number means the same wherever it is shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.facts import choices_of
from sites.calls.rounds.questions.models import Fact

YES_NO = [("yes", "Yes"), ("no", "No")]


@dataclass(frozen=True)
class Characteristic:
    """Something that the applications of a round differ in."""

    name: str  # the column of an application that holds it
    label: str
    is_yes_no: bool = False
    has_several: bool = False  # an application can have more than one value

    def choices(self, round: Round) -> list[tuple[str, str]]:
        """Its values in this round, with their words."""
        return list(YES_NO) if self.is_yes_no else choices_of(round, self.name)

    def values(self, row: Mapping[str, Any]) -> list[str]:
        """The values that a row of an application's columns has; none where the applicant did not say."""
        given = row[self.name]
        if self.is_yes_no:
            return [] if given is None else ["yes" if given else "no"]
        if self.has_several:
            return list(dict.fromkeys(given or []))
        return [given] if given else []


CHARACTERISTICS: dict[str, Characteristic] = {
    each.name: each
    for each in (
        Characteristic(Fact.NATION.value, "Nation"),
        Characteristic(Fact.REGION.value, "Region of England"),
        Characteristic(Fact.AREA.value, "Urban or rural"),
        Characteristic(Fact.NEEDS.value, "Population and its needs", has_several=True),
        Characteristic(Fact.ORGANISATION_KIND.value, "Type of organisation"),
        Characteristic(Fact.ORGANISATION_SIZE.value, "Size of organisation"),
        Characteristic(Fact.IS_FIRST_TIME.value, "First time in a project like this", is_yes_no=True),
        Characteristic(Fact.IS_USER_LED.value, "Led by people who draw on care, or by carers", is_yes_no=True),
        Characteristic(Fact.IS_UNDER_PRESSURE.value, "Service under pressure", is_yes_no=True),
        Characteristic(Fact.TOPIC.value, "Topic"),
        Characteristic(Fact.DELIVERY_MODEL.value, "Delivery model"),
    )
}
# The columns to read for ``traits_of``; a topic goes by its slug.
COLUMNS = [name for name in CHARACTERISTICS if name != Fact.TOPIC]


def trait(name: str, value: str) -> str:
    """How one value of a characteristic is written wherever it is counted."""
    return f"{name}:{value}"


def traits_of(row: Mapping[str, Any]) -> frozenset[str]:
    """Every trait of an application, from its columns (``topic`` being the slug)."""
    return frozenset(trait(each.name, value) for each in CHARACTERISTICS.values() for value in each.values(row))


@dataclass(frozen=True)
class Value:
    """One value of a characteristic in a round, for lists of choices and for bars."""

    trait: str
    label: str
    full_label: str  # with the characteristic, for where it stands alone


@dataclass(frozen=True)
class Group:
    """A characteristic with its values in a round."""

    name: str
    label: str
    has_several: bool
    values: tuple[Value, ...]


def groups_of(round: Round) -> list[Group]:
    """Every characteristic that can be told apart in a round, with its values in words."""
    found = []
    for each in CHARACTERISTICS.values():
        values = tuple(
            Value(trait(each.name, value), label, f"{each.label}: {label}") for value, label in each.choices(round)
        )
        if values:
            found.append(Group(each.name, each.label, each.has_several, values))
    return found


def words_for(groups: Iterable[Group]) -> dict[str, str]:
    """Trait → what it is called where it stands alone, for example "Nation: Wales"."""
    return {value.trait: value.full_label for group in groups for value in group.values}


@dataclass(frozen=True)
class Candidate:
    """An application as it is weighed: what it is worth, what it asks for, and its traits."""

    key: int
    reference: str
    name: str
    place: str
    value: float | None  # from 0 to 100; None before it was assessed
    money: Decimal
    traits: frozenset[str]
