"""What the data files of this demonstration hold."""

from dataclasses import dataclass
from datetime import date

from coproduction.agreement import models as agreement
from coproduction.involvements import models as involvements
from coproduction.suggestions import models as suggestions
from coproduction.waypoints import models as waypoints


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of the charter; its texts are by the key of their section."""

    written_on: date
    proposed_on: date
    closes_on: date
    change_note: str = ""
    withdrawn_on: date | None = None
    withdrawn_because: str = ""
    agreed_on: date | None = None
    texts: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Charter:
    """charter.toml."""

    title: str
    versions: dict[int, Version]


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """What a member suggested about a section in suggestions.toml, by the number of the version, and the answer."""

    member: int
    section: str
    on: date
    words: str
    status: suggestions.Suggestion.Status = suggestions.Suggestion.Status.WAITING
    answer: str = ""
    answered_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Position:
    """A row of positions.csv: where a member stands on a version. No number means the one who has an account."""

    version: int
    member: int | None = None
    on: date
    stance: agreement.Position.Stance
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Waypoint:
    """A waypoint in waypoints.toml, by its title; one that is still to come has not been held."""

    planned_on: date
    due_on: date
    held_on: date | None = None
    outcome: waypoints.Waypoint.Outcome | None = None
    where_we_are: str = ""
    heading: str = ""


@dataclass(frozen=True, kw_only=True)
class Involvement:
    """A line of the register in involvements.toml, by its title."""

    asked_by: str
    asked_on: date
    asked: str
    said_on: date | None = None
    said: str = ""
    changed_on: date | None = None
    outcome: involvements.Involvement.Outcome | None = None
    changed: str = ""
    is_good_practice: bool = False
    is_illustrative: bool = True


@dataclass(frozen=True, kw_only=True)
class PaidOffer:
    """An offer of paid time in claims.toml, and how far it went. No ``taken``, but answered: declined."""

    member: int | None = None
    what: str
    on: date
    offered_on: date
    hours: float
    rate: float
    meeting: str = ""
    involvement: str = ""
    site: str = ""
    answered_on: date | None = None
    taken: float = 0
    is_unpaid: bool = False
    told: str = ""
    claimed_on: date | None = None
    approved_on: date | None = None
    payment: str = ""
    withdrawn_on: date | None = None
    withdrawn_because: str = ""


@dataclass(frozen=True, kw_only=True)
class Expense:
    """An expense in claims.toml, and how far its claim went."""

    member: int | None = None
    kind: str
    what: str
    on: date
    amount: float
    reference: str = ""
    claimed_on: date
    told: str = ""
    approved_on: date | None = None
    payment: str = ""
    returned_on: date | None = None
    returned_because: str = ""
    withdrawn_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Claims:
    """claims.toml; payments by finance's reference."""

    offers: list[PaidOffer]
    expenses: list[Expense]
    payments: dict[str, date]


@dataclass(frozen=True, kw_only=True)
class Reflection:
    """A year in reflections.toml."""

    opened_on: date
    closes_on: date
    points: list[list[int]]
    words: dict[str, list[str]]
