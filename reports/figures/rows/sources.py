"""What each figure is counted from: the kind of row, under which states, and who may see such a row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.text import Truncator

from coproduction.agreement.models import Position
from coproduction.charter.models import CharterVersion
from coproduction.involvements.models import Involvement
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.models import Waypoint
from impact.core.basics.vocabulary import EvidenceKind, Nation, Perspective
from networks.actions.models import Action
from networks.documents.materials.models import Material
from networks.groups.models import Group, GroupKind
from networks.log.models import Attendance, Contribution
from networks.meetings.models import Meeting
from reports.figures import counted
from reports.figures.counted import Period
from sites.progress.units.models import Unit, UnitChange
from sites.registry.models import DeliveryModel, Site

State = tuple[Any, ...]
Words = Mapping[Any, str]


@dataclass(frozen=True)
class Source:
    """One kind of row. ``state``: the columns of ``rows`` that figures went by, each with the words for its values."""

    name: str
    noun: str
    rows: Callable[[Period], QuerySet]
    state: Mapping[str, Words | None]
    seen: Callable[[Any], QuerySet]
    label: Callable[[Any], str] = str
    address: Callable[[Any], str] = lambda row: row.get_absolute_url()
    related: Sequence[str] = ()
    is_people: bool = False  # how many there are is itself not told to those who do not see them

    @property
    def model(self) -> type[Model]:
        """The table that the rows are in."""
        return self.rows(Period(2022, date(2022, 12, 31))).model

    def words(self, state: Sequence[Any]) -> str:
        """Under what a row was counted, as people read it: "Enabler, England, Time"."""
        said = (
            (words or {}).get(value, "" if value is None else str(value))
            for words, value in zip(self.state.values(), state, strict=True)
        )
        found = ", ".join(word for word in said if word)
        return found[:1].upper() + found[1:]


def _of(model: Any) -> Callable[[Any], QuerySet]:
    """The rows of a model that someone may see."""
    return lambda user: model.objects.visible_to(user)


def _people_of(user: Any) -> QuerySet[Attendance]:
    """Attendance in the groups whose people someone may see."""
    return Attendance.objects.filter(meeting__group__in=Group.objects.permitted(user, "networks.view_people"))


def _of_meeting(row: Any) -> str:
    return str(row.meeting.get_absolute_url())


KINDS_OF_GROUP, NATIONS = dict(GroupKind.choices), dict(Nation.choices)
STATUSES = dict(Meeting.Status.choices)
ACTIONS = {"done": "Done", "open": "Open", "overdue": "Overdue", "dropped": "Dropped"}
WAYPOINTS = {"held": "Held", "due": "Overdue", "coming": "Still to come"}
_MEETING: dict[str, Words | None] = {"group__kind": KINDS_OF_GROUP, "group__nation": NATIONS, "status": STATUSES}


def _meetings(name: str, noun: str, rows: Callable[[Period], QuerySet]) -> Source:
    return Source(name, noun, rows, _MEETING, _of(Meeting), related=("group",))


SOURCES: tuple[Source, ...] = (
    Source(
        "sites",
        "site",
        counted.sites,
        {"name": None, "delivery_model": dict(DeliveryModel.choices), "stood": dict(Site.Status.choices)},
        _of(Site),
    ),
    Source(
        "units",
        "unit",
        counted.units,
        {"site__name": None, "stood": dict(UnitChange.State.choices)},
        _of(Unit),
        related=("site",),
    ),
    Source(
        "groups",
        "group",
        counted.groups,
        {"kind": KINDS_OF_GROUP, "nation": NATIONS, "meetings_planned": None},
        _of(Group),
    ),
    _meetings("meetings-held", "meeting", counted.meetings_held),
    _meetings("meetings-cancelled", "meeting", counted.meetings_cancelled),
    _meetings("returns", "meeting", counted.returns),
    _meetings("returns-missing", "meeting", counted.returns_missing),
    Source(
        "attendance",
        "attendance record",
        counted.attendance,
        {"perspective": dict(Perspective.choices) | {"": "Not recorded"}},
        _people_of,
        label=lambda row: str(row.meeting),
        address=_of_meeting,
        related=("meeting__group",),
        is_people=True,
    ),
    Source(
        "contributions",
        "contribution",
        counted.contributions,
        {
            "kind": dict(Contribution.Kind.choices),
            "level": dict(Contribution.Level.choices),
            "meeting__group__nation": NATIONS,
            "theme_name": None,
        },
        _of(Contribution),
        label=lambda row: Truncator(row.words).chars(120),
        address=_of_meeting,
        related=("meeting__group",),
    ),
    Source(
        "materials",
        "material",
        counted.materials,
        {"evidence_kind": dict(EvidenceKind.choices)},
        _of(Material),
    ),
    Source("actions", "action", counted.actions, {"stood": ACTIONS}, _of(Action)),
    Source(
        "suggestions",
        "suggestion",
        counted.suggestions,
        {"stood": dict(Suggestion.Status.choices)},
        _of(Suggestion),
        related=("section__charter",),
    ),
    Source(
        "positions",
        "position",
        counted.positions,
        {"stance": dict(Position.Stance.choices)},
        _of(Position),
        label=lambda row: f"Position on {row.round.version}",
        address=lambda row: str(row.round.get_absolute_url()),
        related=("round__version__charter",),
        is_people=True,
    ),
    Source(
        "charter-versions",
        "version",
        counted.versions,
        {"number": None, "stood": dict(CharterVersion.Status.choices)},
        _of(CharterVersion),
        related=("charter",),
    ),
    Source("waypoints", "waypoint", counted.waypoints, {"title": None, "stood": WAYPOINTS}, _of(Waypoint)),
    Source(
        "involvements",
        "involvement",
        counted.involvements,
        {"title": None, "stood": dict(Involvement.Outcome.choices), "good": None, "development": None},
        _of(Involvement),
        related=("group",),
    ),
)
BY_NAME = {source.name: source for source in SOURCES}


def _where(place: int, *values: Any) -> Callable[[State], bool]:
    return lambda state: state[place] in values


# Figures whose rows no longer exist: they were deleted when the figure was published.
UNTRACED = frozenset({"equality"})
# The source of each other figure of the catalogue and, where it counts only some states, which.
COUNTED_FROM: dict[str, tuple[str, Callable[[State], bool] | None]] = {
    "sites": ("sites", None),
    "sites-by-model": ("sites", None),
    "nations-reached": ("sites", None),
    "sites-by-status": ("sites", None),
    "coverage": ("units", None),
    "meetings-held": ("meetings-held", None),
    "meetings-planned": ("groups", None),
    "meetings-by-kind": ("meetings-held", None),
    "meetings-cancelled": ("meetings-cancelled", None),
    "returns-missing": ("returns-missing", None),
    "returns-by-network": ("returns", None),
    "attendance-by-perspective": ("attendance", None),
    "contributions": ("contributions", None),
    "enablers": ("contributions", _where(0, "enabler")),
    "barriers": ("contributions", _where(0, "barrier")),
    "contributions-by-kind": ("contributions", None),
    "themes": ("contributions", None),
    "contributions-by-level": ("contributions", None),
    "evidence-by-kind": ("materials", None),
    "actions": ("actions", None),
    "actions-done": ("actions", _where(0, "done")),
    "actions-open": ("actions", _where(0, "open", "overdue")),
    "actions-overdue": ("actions", _where(0, "overdue")),
    "actions-dropped": ("actions", _where(0, "dropped")),
    "suggestions-made": ("suggestions", None),
    "suggestions-answered": ("suggestions", None),  # a percentage of all
    "suggestions-by-answer": ("suggestions", None),
    "positions": ("positions", None),
    "charter-versions": ("charter-versions", None),
    "waypoints": ("waypoints", None),
    "waypoints-overdue": ("waypoints", _where(1, "due")),
    "involvements": ("involvements", None),
    "involvements-by-outcome": ("involvements", None),
    "led-to-change": ("involvements", _where(1, "changed", "partly")),
    "involvements-settled": ("involvements", lambda state: state[1] != "waiting"),
    "involvements-waiting": ("involvements", _where(1, "waiting")),
    "good-practice": ("involvements", lambda state: bool(state[2])),
    "areas-for-development": ("involvements", lambda state: bool(state[3])),
}
