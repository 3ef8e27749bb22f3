"""What the data files of the demonstration's rounds hold: applications, assessment and portfolios."""

from dataclasses import dataclass, field
from datetime import date

from impact.core.basics.vocabulary import Nation, Region
from sites.calls.applications.models import Application as ApplicationModel
from sites.calls.portfolios.models import Target as TargetModel
from sites.calls.rounds.questions.facts import Area, Size
from sites.organisations.models import Organisation
from sites.registry import models as registry


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
