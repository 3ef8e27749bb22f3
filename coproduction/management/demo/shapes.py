"""What the data files of this demonstration hold."""

from dataclasses import dataclass, field
from datetime import date

from coproduction.agreement import models as agreement
from coproduction.group import models as group
from coproduction.involvements import models as involvements
from coproduction.suggestions import models as suggestions
from coproduction.waypoints import models as waypoints
from impact.core.basics.vocabulary import Perspective


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A minor correction of an agreed version."""

    on: date
    note: str
    texts: dict[str, str]


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
    correction: Correction | None = None


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
class Comment:
    """What was said beneath a suggestion. No number means the one member who has an account; 0 the engagement lead."""

    member: int | None = None
    on: date
    words: str
    hidden_because: str = ""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """What a member suggested about a section in suggestions.toml, by the number of the version, and the answer.

    No member's number means the one who has an account. ``merged_into`` is the place of another one in the same list,
    counted from 1; both get that one's answer.
    """

    member: int | None = None
    section: str
    on: date
    words: str
    quote: str = ""
    told: group.Told = group.Told.PHONE
    status: suggestions.Suggestion.Status = suggestions.Suggestion.Status.WAITING
    answer: str = ""
    answered_on: date | None = None
    merged_into: int | None = None
    is_draft: bool = False
    comments: list[Comment] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Position:
    """A row of positions.csv: where a member stands on a version. No number means the one who has an account; for the
    others it says how they told the engagement lead."""

    version: int
    member: int | None = None
    told: group.Told | None = None
    on: date
    stance: agreement.Position.Stance
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A talk about an objection in agreement.toml: planned, and held before the member answered again."""

    version: int
    member: int
    planned_on: date
    talk_by: date
    talked_on: date
    words: str


@dataclass(frozen=True, kw_only=True)
class LateJoiner:
    """A member who takes the place of another after a text was agreed, in agreement.toml."""

    name: str
    perspective: Perspective
    starts_on: date
    in_place_of: int
    last_day: date


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """agreement.toml: the days on which the daily reminders ran, talks, and who may be named as having answered."""

    reminded_on: list[date]
    may_be_named: list[int]
    asked_on: date
    talks: list[Talk]
    late_joiner: LateJoiner


@dataclass(frozen=True, kw_only=True)
class WaypointAnswer:
    """What a member answered, one text a question. No number means the one who has an account."""

    member: int | None = None
    on: date
    words: list[str]
    is_shared: bool = False
    told: str = ""


@dataclass(frozen=True, kw_only=True)
class Waypoint:
    """A waypoint in waypoints.toml, by its title; one that is still to come has not been held."""

    planned_on: date
    due_on: date
    held_on: date | None = None
    finding: waypoints.Waypoint.Finding | None = None
    outcome: waypoints.Waypoint.Outcome | None = None
    summary: list[str] = field(default_factory=list)
    no_change_reason: str = ""
    questions: list[str] = field(default_factory=list)
    opens_on: date | None = None
    answers: list[WaypointAnswer] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A member's yes or no to an invitation, and what they said themselves. Number 0 is the one who has an account."""

    member: int
    on: date
    accepts: bool = True
    words: str = ""
    told: str = ""


@dataclass(frozen=True, kw_only=True)
class News:
    """news.toml: how some members hear from us, by the names of kinds of notice, and the months that were summed up."""

    chosen_on: date
    read_until: date
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

    asked_by: str = ""
    site: str = ""
    workstream: str = ""
    organisation: str = ""
    purpose: str = ""
    wanted_by: date | None = None
    time_needed: str = ""
    payment: str = ""
    invited: list[int] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    evidence_link: str = ""
    is_development: bool = False
    public_summary: str = ""
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


@dataclass(frozen=True, kw_only=True)
class EqualityRound:
    """A year in equality.toml."""

    opened_on: date
    closes_on: date
    silent: int
    answers: dict[str, list[str]]


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
