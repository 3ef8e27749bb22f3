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
class EasyReadLine:
    """A sentence, with the name of a picture in data/pictures/ and what it shows."""

    words: str
    picture: str = ""
    alt: str = ""


@dataclass(frozen=True, kw_only=True)
class EasyRead:
    """A section in easy_read.toml, by the number of its version and its key."""

    written_on: date
    sent_on: date | None = None
    reviewed_by: str = ""
    reviewed_on: date | None = None
    lines: list[EasyReadLine]


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
