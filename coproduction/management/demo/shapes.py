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
class News:
    """news.toml: how some members hear from us, by the names of kinds of notice, and the months that were summed up."""

    chosen_on: date
    member: dict[str, str]
    others: dict[str, dict[str, str]]
    summaries: list["Summary"]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A month, and when its summary was sent; without a day it is still a draft."""

    month: date
    drafted_on: date
    sent_on: date | None = None


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
