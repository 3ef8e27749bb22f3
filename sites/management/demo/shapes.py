"""What the data files of this demonstration hold."""

from dataclasses import dataclass, field
from datetime import date, datetime

from impact.core.basics.vocabulary import EvidenceKind, Format, Nation, Region
from sites.applications.models import Application as ApplicationModel
from sites.delivery import models as delivery
from sites.evidence.models import Strength
from sites.organisations.models import Organisation
from sites.portfolios.models import Target as TargetModel
from sites.registry import models as registry
from sites.rounds import models as rounds
from sites.rounds.questions.facts import Area, Size
from sites.topics.models import Topic as TopicModel
from sites.units.models import UnitChange, UnitContact
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
class Application:
    """A row of applications.csv: how it came and when, and the answers. Without ``submitted_on`` it is still being written.

    ``first_idea``: what the first revision said, where the second of ``revised_on`` says ``idea``.
    """

    reference: str
    source: ApplicationModel.Source
    mailbox: str = ""
    contact: str
    begun_on: date
    submitted_on: date | None = None
    revised_on: date | None = None
    withdrawn_on: date | None = None
    first_idea: str = ""
    organisation_name: str
    organisation_kind: Organisation.Kind
    organisation_size: Size
    nation: Nation
    region: Region | None = None
    place: str
    area: Area
    needs: str
    is_first_time: str
    is_user_led: str
    is_under_pressure: str
    topic: str
    delivery_model: registry.DeliveryModel
    money: str
    idea: str
    why_here: str
    who_shapes: str
    what_changes: str = ""
    sharing: str = ""


@dataclass(frozen=True, kw_only=True)
class Target:
    """At least or at most so many chosen applications of one kind."""

    characteristic: str
    value: str
    bound: TargetModel.Bound
    number: int


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """A set of applications, named by their references."""

    name: str
    note: str
    references: list[str]


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """What portfolios.toml holds."""

    set_on: date
    most: int
    money: int
    targets: list[Target]
    portfolios: list[Portfolio]


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """What applications are judged by; ``reasons`` are what an assessor says for each score from 0 to 4."""

    name: str
    weight: int
    guidance: str
    score_words: list[str]
    reasons: list[str]


@dataclass(frozen=True, kw_only=True)
class Assessor:
    """Someone who assesses: the account of the demonstration, or an invented name."""

    account: str = ""
    name: str = ""
    has_lived_experience: bool
    nation: Nation
    most: int
    tied_to: list[str] = field(default_factory=list)
    left: int = 0  # applications not assessed yet


@dataclass(frozen=True, kw_only=True)
class DeclaredConflict:
    """A conflict with one of the applications that an assessor was given: which, in the order of references."""

    assessor: str
    place: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Ineligible:
    reference: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Outlier:
    """An application about which the assessors differ much, with what staff noted and what the assessors said."""

    reference: str
    high: list[int]
    low: list[int]
    note: str = ""
    messages: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """assessment.toml."""

    planned_on: date
    assigned_on: date
    due_on: date
    assessors_each: int
    criteria: list[Criterion]
    assessors: list[Assessor]
    conflicts: list[DeclaredConflict]
    ineligible: list[Ineligible]
    outliers: list[Outlier]
