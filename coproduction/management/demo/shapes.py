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
class ShortTerm:
    """A first term that ends earlier than the others, and the next one where the member goes on."""

    ends_on: date
    again_until: date | None = None
    on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Brings:
    """What a member wants to bring, how they told the engagement lead, and whether the group may see it."""

    on: date
    words: str
    shown: bool
    told: str = ""


@dataclass(frozen=True, kw_only=True)
class Supporter:
    """An account that supports members."""

    account: str
    since: date
    members: list[str]


@dataclass(frozen=True, kw_only=True)
class Support:
    """Support that a member asked for at the meeting of a day, and how far it is."""

    member: str
    meeting: date
    kind: str
    words: str
    on: date
    told: str = ""
    arrange_by: date | None = None
    arranged: str = ""
    confirmed_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What one group learned from the other."""

    on: date
    direction: str
    words: str
    led_to: str = ""


@dataclass(frozen=True, kw_only=True)
class Outside:
    """A group outside IMPACT."""

    name: str
    about: str
    known_since: date
    exchanges: list[Exchange]


@dataclass(frozen=True, kw_only=True)
class TheGroup:
    """group.toml. A member is a number, in the order in which they joined the list, or ``member``, who has the account."""

    induction_on: date
    leads_from: date
    chair: str
    vice_chair: str
    terms_from: date
    term_ends: date
    short_terms: dict[str, ShortTerm]
    strengths: dict[str, Brings]
    supporters: list[Supporter]
    support: list[Support]
    outside: list[Outside]
