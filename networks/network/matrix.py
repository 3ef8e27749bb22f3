"""What the local networks of one network said, by theme and nation, and who has not reported yet (rule 12)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from impact.core.basics import clock
from impact.core.basics.vocabulary import FOUR_NATIONS, Nation
from networks.groups.models import Group
from networks.log.models import Contribution, ContributionQuerySet
from networks.meetings.models import Meeting
from sites.registry.models import Site

Kind = Contribution.Kind
NO_THEME = "No theme yet"


@dataclass
class Cell:
    """What was said about one theme in one nation: how many enablers, barriers and other things."""

    nation: str
    enablers: int = 0
    barriers: int = 0
    others: int = 0

    @property
    def label(self) -> str:
        return str(Nation(self.nation).label)

    @property
    def anchor(self) -> str:
        return self.nation.replace("_", "-")

    @property
    def total(self) -> int:
        return self.enablers + self.barriers + self.others


@dataclass
class Row:
    """One theme across the nations."""

    theme: str
    slug: str
    cells: list[Cell]

    @property
    def enablers(self) -> int:
        return sum(cell.enablers for cell in self.cells)

    @property
    def barriers(self) -> int:
        return sum(cell.barriers for cell in self.cells)

    @property
    def others(self) -> int:
        return sum(cell.others for cell in self.cells)

    @property
    def total(self) -> int:
        return sum(cell.total for cell in self.cells)


@dataclass(frozen=True)
class MissingReturn:
    """A local network that has not reported on some of its meetings."""

    group: Group
    label: str
    numbers: list[int]

    @property
    def text(self) -> str:
        """ "Northern Ireland has not yet reported on meetings 1 and 2"."""
        *head, last = [str(number) for number in self.numbers]
        listed = f"{', '.join(head)} and {last}" if head else last
        return f"{self.label} has not yet reported on meeting{'s' if head else ''} {listed}"


@dataclass(frozen=True)
class Return:
    """A meeting of a local network whose log is in."""

    group: Group
    number: int
    on: date


@dataclass(frozen=True)
class Returns:
    """Who has reported on which meeting, and who has not."""

    groups: list[Group]
    nations: list[str]
    held: list[Return]
    missing: list[MissingReturn]

    @property
    def rounds(self) -> list[int]:
        """First, second … meeting, as far as anybody has reported."""
        return sorted({held.number for held in self.held})


@dataclass
class Matrix:
    """Themes × nations, with what is missing from the picture."""

    nations: list[str]
    rows: list[Row] = field(default_factory=list)
    missing: list[MissingReturn] = field(default_factory=list)
    no_theme: Row | None = None

    @property
    def totals(self) -> Row:
        """Everything that counts, nation by nation, with a theme or without."""
        cells = [Cell(nation) for nation in self.nations]
        for row in [*self.rows, *([self.no_theme] if self.no_theme else [])]:
            for cell, more in zip(cells, row.cells, strict=True):
                cell.enablers += more.enablers
                cell.barriers += more.barriers
                cell.others += more.others
        return Row("Everything said", "", cells)

    @property
    def nation_labels(self) -> list[str]:
        return [str(Nation(nation).label) for nation in self.nations]


def _nations_of(groups: Iterable[Group]) -> list[str]:
    found = {group.nation for group in groups}
    return [n.value for n in [*FOUR_NATIONS, Nation.UK] if n.value in found]


def _missing(groups: Mapping[int, Group], waiting: Mapping[int, list[int]]) -> list[MissingReturn]:
    """The groups that wait, by nation; a nation's only group is called by its nation."""
    alone = [group.nation for group in groups.values()]
    order = {nation: n for n, nation in enumerate(_nations_of(groups.values()))}
    found = [
        MissingReturn(
            group=groups[pk],
            label=groups[pk].get_nation_display() if alone.count(groups[pk].nation) == 1 else groups[pk].name,
            numbers=numbers,
        )
        for pk, numbers in waiting.items()
    ]
    return sorted(found, key=lambda m: (order[m.group.nation], m.group.name))


def missing_returns(groups: Iterable[Group], *, now: datetime | None = None) -> list[MissingReturn]:
    """Which of these local networks have meetings that are over and not logged, by nation. One query."""
    by_id = {group.pk: group for group in groups}
    waiting: dict[int, list[int]] = {}
    rows = Meeting.objects.to_log(now).filter(group__in=by_id).order_by("group", "number")
    for group_id, number in rows.values_list("group_id", "number"):
        waiting.setdefault(group_id, []).append(number)
    return _missing(by_id, waiting)


def returns_of(site: Site, *, until: datetime | None = None) -> Returns:
    """Which local networks of one network have reported on which meetings, and which have not. Two queries.

    Missing, here as in the annual report: a meeting that is over without a log (rule 12).
    """
    groups = {g.pk: g for g in Group.objects.filter(site_id=site.pk).local_networks().order_by("nation", "name")}
    now = until or clock.now()
    dated = Q(status__in=Meeting.HELD) | Q(status=Meeting.Status.PLANNED, ends_at__lt=now)
    rows = Meeting.objects.filter(dated, group__in=groups).order_by("group", "number")
    held: list[Return] = []
    waiting: dict[int, list[int]] = {}
    for pk, number, status, at in rows.values_list("group_id", "number", "status", "starts_at"):
        if status in Meeting.HELD:
            if not until or at < until:
                held.append(Return(groups[pk], number, timezone.localtime(at).date()))
        else:
            waiting.setdefault(pk, []).append(number)
    return Returns(list(groups.values()), _nations_of(groups.values()), held, _missing(groups, waiting))


def said_in(site: Site) -> ContributionQuerySet:
    """What counts in the matrix of one network: what counts anywhere, said in its local networks."""
    return Contribution.objects.counted().filter(meeting__group__site_id=site.pk)


def rows_of(said: ContributionQuerySet, nations: list[str]) -> list[Row]:
    """Count entries by theme and nation. A theme merged into another counts there. One query.

    Most spoken of first; what has no theme yet comes last, in a row without a slug.
    """
    counted = (
        said.annotate(
            about=Coalesce("theme__merged_into__name", "theme__name", Value(NO_THEME)),
            about_slug=Coalesce("theme__merged_into__slug", "theme__slug", Value("")),
        )
        .order_by()
        .values("about", "about_slug", "meeting__group__nation")
        .annotate(
            enablers=Count("pk", filter=Q(kind=Kind.ENABLER)),
            barriers=Count("pk", filter=Q(kind=Kind.BARRIER)),
            others=Count("pk", filter=~Q(kind__in=[Kind.ENABLER, Kind.BARRIER])),
        )
    )
    rows: dict[str, Row] = {}
    for found in counted:
        row = rows.setdefault(
            found["about_slug"], Row(found["about"], found["about_slug"], [Cell(nation) for nation in nations])
        )
        cell = row.cells[nations.index(found["meeting__group__nation"])]
        cell.enablers += found["enablers"]
        cell.barriers += found["barriers"]
        cell.others += found["others"]
    return sorted(rows.values(), key=lambda row: (row.slug == "", -row.total, row.theme.lower()))


def theme_matrix(
    site: Site,
    *,
    until: datetime | None = None,
    said: ContributionQuerySet | None = None,
    returns: Returns | None = None,
) -> Matrix:
    """Themes × nations with counts of enablers, barriers and other contributions, from logged meetings of one network.

    Three queries whatever the size. A theme merged into another counts there. ``until`` leaves out meetings that
    began later, and takes that moment as now for what is missing. ``said`` narrows what is counted (from
    ``said_in``). Rows: most spoken of first.
    """
    returns = returns or returns_of(site, until=until)
    said = said_in(site) if said is None else said
    if until:
        said = said.filter(meeting__starts_at__lt=until)
    rows = rows_of(said, returns.nations)
    no_theme = rows.pop() if rows and not rows[-1].slug else None
    return Matrix(nations=returns.nations, rows=rows, missing=returns.missing, no_theme=no_theme)
