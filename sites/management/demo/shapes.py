"""What the data files of this demonstration hold."""

from dataclasses import dataclass, field
from datetime import date, datetime

from impact.core.basics.vocabulary import EvidenceKind, Format, Nation, Perspective, Region
from sites.calls.rounds import models as rounds
from sites.organisations.models import Organisation
from sites.progress.delivery import models as delivery
from sites.progress.evidence.models import Strength
from sites.progress.outcomes.checks.models import CoproductionEntry
from sites.progress.outcomes.measures.models import Frame, OutcomeMeasure
from sites.progress.outcomes.spread import models as spread
from sites.progress.units.models import UnitChange, UnitContact
from sites.registry import models as registry
from sites.topics.models import Topic as TopicModel
from sites.updates import models as updates


@dataclass(frozen=True, kw_only=True)
class Body:
    """A row of organisations.csv; the other files name an organisation by its key."""

    key: str
    name: str
    kind: Organisation.Kind
    nation: Nation | None = None
    summary: str
    is_invented: bool


@dataclass(frozen=True, kw_only=True)
class Part:
    """The part that an organisation has in a site; in centre.csv, in the centre as a whole."""

    organisation: str
    part: registry.OrganisationPart.Part
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A row of topics.csv, with a score for each criterion."""

    key: str
    name: str
    summary: str
    source: TopicModel.Source
    proposed_for: int | None = None
    makes_a_difference: int
    tackles_inequalities: int
    good_use_of_resources: int
    enough_evidence: int


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was recorded about a practice on a day."""

    on: date
    state: UnitChange.State
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A contact with a practice."""

    on: date
    how: UnitContact.How
    words: str
    next_step: str = ""
    next_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Practice:
    """A practice in practices.toml, with what was recorded about it, in order."""

    listed_from: date
    listed_to: date | None = None
    changes: list[Change] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A change of a site's status."""

    on: date
    status: registry.Site.Status
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Replanned:
    """The date that was first planned, and when and why that changed."""

    first: date
    on: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """A milestone of a site, reached or not. ``replanned``: an earlier plan, and why it moved to ``planned_on``."""

    title: str
    planned_on: date
    expected_on: date | None = None
    actual_on: date | None = None
    replanned: Replanned | None = None


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """What one side promises at a site. ``before`` is what it said until ``changed_on``."""

    side: delivery.Commitment.Side
    text: str
    due_on: date | None = None
    before: str = ""
    changed_on: date | None = None
    state: delivery.Commitment.State | None = None
    settled_on: date | None = None
    outcome: str = ""


@dataclass(frozen=True, kw_only=True)
class Note:
    """A learning note, written by someone with an account."""

    account: str
    noted_on: date
    for_whom: str
    setting: str
    worked: str = ""
    did_not_work: str = ""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What a site of delivery.toml promised and learned."""

    commitments: list[Commitment] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Role:
    """A post at a site. Who holds it has an account, or is a person of whom only this is known, or is still sought."""

    kind: registry.SiteRole.Kind
    employer: str = ""
    account: str = ""
    person: str = ""
    nation: Nation | None = None
    starts_on: date | None = None
    has_lived_experience: bool = False
    has_practice_experience: bool = False
    is_advertised: bool = False


@dataclass(frozen=True, kw_only=True)
class News:
    """An update about a site; without a day it is a draft."""

    title: str
    body: str
    published_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class CentreNews(News):
    """News, a vacancy or an output of the centre in news.toml."""

    kind: updates.Update.Kind = updates.Update.Kind.NEWS
    topic: str = ""
    employer: str = ""
    closes_on: date | None = None
    web_address: str = ""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site in sites.toml."""

    name: str
    delivery_model: registry.DeliveryModel
    topic: str
    nations: list[Nation]
    host: str
    place: str = ""
    summary: str
    proposed_on: date
    starts_on: date
    ends_on: date | None = None
    origin: registry.Site.Origin
    origin_note: str
    unit_name: str = ""
    region: Region | None = None
    strategic_issue: str = ""
    evaluation_plan: str = ""
    policy_links: str = ""
    host_service: str = ""
    steps: list[Step]
    parts: list[Part] = field(default_factory=list)
    roles: list[Role]
    milestones: list[Milestone]
    news: list[News] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a round offers and asks."""

    offered: str
    asked: str
    who_for: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What someone asked about a round, and how it was published, if it was."""

    on: date
    words: str
    question: str = ""
    answer: str = ""
    answered_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Revision:
    """The second version of a round's questions: new limits of words by key, and what applicants are told."""

    on: date
    word_limits: dict[str, int] = field(default_factory=dict)
    what_changed: str


@dataclass(frozen=True, kw_only=True)
class Round:
    """A round in rounds.toml. ``recruits_for`` is the address of a network; ``blocks`` are ready-made sections."""

    name: str
    purpose: rounds.Round.Purpose = rounds.Round.Purpose.SITES
    recruits_for: str = ""
    announced_on: date
    opens_at: datetime
    closes_at: datetime
    delivery_models: list[registry.DeliveryModel] = field(default_factory=list)
    topics_of: int | None = None
    guidance: str
    blocks: list[str]
    statements: list[Statement]
    revision: Revision | None = None
    asked: list[Asked] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class EvidenceItem:
    """An item of the evidence library, about topics (by their keys) and sites (by their addresses)."""

    title: str
    kind: EvidenceKind
    strength: Strength
    summary: str
    source: str
    year: int
    web_address: str = ""
    formats: list[Format]
    topics: list[str]
    sites: list[str]


@dataclass(frozen=True, kw_only=True)
class GapFeedback:
    """Once that a gap was fed back, to an organisation (by its key) or to someone named by role."""

    organisation: str = ""
    role: str = ""
    on: date
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Gap:
    """An evidence gap of a topic or of a site: open, or with an answer or a reason for closing it and the day of that."""

    title: str
    why: str
    topic: str = ""
    site: str = ""
    raised_on: date
    feedback: list[GapFeedback] = field(default_factory=list)
    answer: str = ""
    evidence: list[str] = field(default_factory=list)
    closed_reason: str = ""
    settled_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What evidence.toml holds, each row by its address."""

    items: dict[str, EvidenceItem]
    gaps: dict[str, Gap]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a measure showed on a day."""

    on: date
    value: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """An outcome measure. Numbers are in quotes, so that they are read as they are written."""

    frame: Frame
    name: str
    definition: str
    unit: str
    better: OutcomeMeasure.Better = OutcomeMeasure.Better.HIGHER
    source: str
    baseline_value: str = ""
    baseline_on: date | None = None
    readings: list[Reading]


@dataclass(frozen=True, kw_only=True)
class CheckEntry:
    """An entry of a site's co-production check."""

    on: date
    perspective: Perspective
    who: str
    part: CoproductionEntry.Part
    how: str
    what_changed: str = ""


@dataclass(frozen=True, kw_only=True)
class Uptake:
    """Another place that took up a site's work; the organisation by its key."""

    place: str
    organisation: str = ""
    nation: Nation
    how: spread.Uptake.How
    on: date
    what: str


@dataclass(frozen=True, kw_only=True)
class Supervised:
    """The supervision of the person in the first post of a kind: days on which it was held, and the next planned day."""

    kind: registry.SiteRole.Kind
    held: list[date]
    planned: date | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What outcomes.toml says of a site."""

    measures: list[Measure] = field(default_factory=list)
    entries: list[CheckEntry] = field(default_factory=list)
    uptakes: list[Uptake] = field(default_factory=list)
    supervisions: list[Supervised] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question to Ask IMPACT: open, given to an account, answered, shared or declined, as its days say."""

    words: str
    background: str = ""
    asker: str = ""
    asker_role: str
    contact_email: str = ""
    topic: str = ""
    nation: Nation
    received_on: date
    due_on: date | None = None
    account: str = ""
    answer: str = ""
    evidence: list[str] = field(default_factory=list)
    answered_on: date | None = None
    shared_on: date | None = None
    shared_how: str = ""
    declined_on: date | None = None
    declined_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """What questions.toml holds."""

    questions: list[Question]
