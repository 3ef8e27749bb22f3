"""What the data files of this demonstration hold, and the four files of the local networks."""

from dataclasses import dataclass, field
from datetime import date

from impact.core.basics.vocabulary import FOUR_NATIONS, EvidenceKind, Format, Nation, Perspective
from impact.core.management.demo import WithNeeds, read
from networks.actions.models import Action as ActionModel
from networks.groups.models import GroupExplanation
from networks.log.models import Contribution
from networks.meetings.invitations.models import MeetingInvitation
from networks.network.learning.models import LearningReceipt


@dataclass(frozen=True, kw_only=True)
class Member(WithNeeds):
    """A member. Without email, the coordinator records them; the others join by the link in their invitation."""

    name: str
    perspective: Perspective
    has_email: bool = True


@dataclass(frozen=True, kw_only=True)
class Action:
    """An action that came of something said; closed on the day it was due."""

    what: str
    owner: str
    due_on: date
    status: ActionModel.Status = ActionModel.Status.OPEN
    outcome: str = ""


@dataclass(frozen=True, kw_only=True)
class Said:
    """Something said at a meeting. The coordinator notes who said it, unless they asked that no one does; those who are
    noted let themselves be quoted."""

    words: str
    kind: Contribution.Kind
    theme: str
    level: Contribution.Level
    perspective: Perspective
    is_speaker_noted: bool = True
    is_by_visitor: bool = False
    action: Action | None = None


@dataclass(frozen=True, kw_only=True)
class Debrief:
    """What a coordinator and the Networks Manager made of a meeting."""

    went_well: str
    to_change: str
    agreed_next: str


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A guest at a meeting."""

    name: str
    perspective: Perspective | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A member's answer to an invitation, by the link in it or told to the coordinator."""

    name: str
    on: date
    answer: MeetingInvitation.Answer
    needs: str = ""
    is_recorded: bool = False


@dataclass(frozen=True, kw_only=True)
class AgendaItem:
    """A line of an agenda."""

    title: str
    minutes: int
    owner: str = ""


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """A meeting that is still to come."""

    title: str
    purpose: str
    planned_on: date
    on: date
    join_url: str
    agenda: list[AgendaItem]


# --- Local networks ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A paper for a meeting, with the formats that it comes in."""

    title: str
    kind: EvidenceKind
    formats: list[Format]


@dataclass(frozen=True, kw_only=True)
class Programme:
    """A meeting as planned for all four nations. Without notes, it has not been held anywhere."""

    title: str
    purpose: str
    agenda: list[AgendaItem]
    papers: list[Paper]
    papers_wait_since: date | None = None
    notes: str = ""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the first open actions of each local network have come."""

    on: date
    words: list[str]


@dataclass(frozen=True, kw_only=True)
class LocalNetworks:
    """local_networks.toml: what the four have in common."""

    about: str
    recruited_on: date
    starts_on: date
    ends_on: date
    access_arrangements: str
    progress: Progress
    meetings: list[Programme]


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """A meeting in one nation. With something said it has been logged; with a place it is held in person.

    A member of the advisory group, who has an account, can have come as a member for that one meeting.
    """

    on: date
    place: str = ""
    access_arrangements: str = ""
    is_announced: bool = True
    sent_on: dict[str, date] = field(default_factory=dict)  # papers that did not go out when they should
    guests: list[Guest] = field(default_factory=list)
    has_visitor: bool = False
    said: list[Said] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    debrief: Debrief | None = None


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a local network is not as it should be."""

    guard: GroupExplanation.Guard
    reason: str


@dataclass(frozen=True, kw_only=True)
class Handover:
    """A first coordinator, without an account, who left a note for the one who has it."""

    first_coordinator: str
    on: date
    note: str


@dataclass(frozen=True, kw_only=True)
class Invited:
    """Someone who was invited to join and has not answered."""

    name: str
    perspective: Perspective
    on: date


@dataclass(frozen=True, kw_only=True)
class LocalNetwork:
    """A file in local_networks. The coordinator is an account."""

    place: str
    coordinator: str
    members: list[Member]
    meetings: list[Meeting]
    explanations: list[Explanation] = field(default_factory=list)
    handover: Handover | None = None
    invited: list[Invited] = field(default_factory=list)


def local_networks() -> dict[Nation, LocalNetwork]:
    """Read the four local networks, in the order of the nations."""
    return {nation: read(__file__, f"local_networks/{nation}.toml", LocalNetwork) for nation in FOUR_NATIONS}


# --- Other groups --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class AdvisoryMeeting:
    """A meeting that the advisory group has held."""

    title: str
    on: date
    purpose: str
    agenda: list[AgendaItem]
    notes: str
    said: list[Said]
    decision: str
    debrief: Debrief


@dataclass(frozen=True, kw_only=True)
class AdvisoryGroup:
    """advisory_group.toml. One more member has an account."""

    name: str
    about: str
    starts_on: date
    access_arrangements: str
    formats: list[Format]
    members: list[Member]
    meetings: list[AdvisoryMeeting]
    next: Ahead


@dataclass(frozen=True, kw_only=True)
class Circle:
    """coordinators_circle.toml."""

    name: str
    about: str
    next: Ahead


# --- Learning, papers and the record of one meeting ----------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A theme that meant the same as another."""

    theme: str
    into: str
    on: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class LearningAnswer:
    """What another local network made of something learned."""

    nation: Nation
    on: date
    answer: LearningReceipt.Answer
    why: str


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Something that one local network shared with the others; it comes from what was said, which begins like this."""

    giver: Nation
    on: date
    said: str
    title: str
    words: str
    answers: list[LearningAnswer]
    answers_read_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Learning:
    """learning.toml."""

    merged: Merged
    shared: list[Shared]


@dataclass(frozen=True, kw_only=True)
class Papers:
    """papers.toml."""

    note: str
    says: dict[EvidenceKind, list[str]]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A photograph of a flip chart, with words for those who do not see it."""

    title: str
    lines: list[str]
    alt: str = ""


@dataclass(frozen=True, kw_only=True)
class Record:
    """record.toml."""

    group: str
    meeting: int
    coordinator: str
    more_notes: str
    other_notes: str
    restricted: str
    charts: list[Chart]


# --- Assemblies, and the choice of topics --------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class AssemblyMeeting:
    """A meeting as planned for all assemblies. Without notes it is still to come."""

    title: str
    purpose: str
    agenda: list[AgendaItem]
    notes: str = ""
    debrief: Debrief | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a proposal: taken on as a topic, merged into another one by its title, or set aside. Nothing: open."""

    topic: str = ""
    into: str = ""
    set_aside: str = ""


@dataclass(frozen=True, kw_only=True)
class Proposal(Outcome):
    """What an assembly proposed, at its first or second meeting."""

    title: str
    why: str
    meeting: int
    proposed_by: str
    year: int = 2023


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """One assembly; the key is its slug."""

    name: str
    nation: Nation
    place: str
    on: list[date]
    proposals: list[Proposal]


@dataclass(frozen=True, kw_only=True)
class Assemblies:
    """assemblies.toml."""

    starts_on: date
    planned_by: date
    about: str
    size_reason: str
    access_arrangements: str
    speakers: list[Guest]
    programme: list[AssemblyMeeting]
    assemblies: dict[str, Assembly]


@dataclass(frozen=True, kw_only=True)
class StaffProposal:
    """What staff proposed for a later year."""

    title: str
    why: str
    for_year: int
    nations: list[Nation]
    on: date


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A topic on the list. ``scores``: by account, a score and a reason for each of the four criteria in turn."""

    slug: str
    place: int | None = None
    reason: str
    scores: dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Choosing:
    """choosing_2023.toml."""

    year: int
    surveyed_on: date
    decided_on: date
    opened_on: date
    score_by: date
    scored_on: date
    closed_on: date
    drafted_on: date
    agreed_on: date
    published_on: date
    introduction: str
    survey: dict[str, Outcome]
    staff: StaffProposal
    topics: dict[str, Candidate]
