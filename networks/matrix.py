"""What the local networks of one network said, by theme and nation, and who has not reported yet (rule 12)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from impact.core.vocabulary import FOUR_NATIONS, Nation
from networks.models import Contribution, Group, Meeting
from sites.models import Site

Kind = Contribution.Kind


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
    """A local network whose meetings are over and not logged."""

    group: Group
    label: str
    numbers: list[int]

    @property
    def text(self) -> str:
        """ "Northern Ireland has not yet reported on meetings 1 and 2"."""
        *head, last = [str(number) for number in self.numbers]
        listed = f"{', '.join(head)} and {last}" if head else last
        return f"{self.label} has not yet reported on meeting{'s' if head else ''} {listed}"


@dataclass
class Matrix:
    """Themes × nations, with what is missing from the picture."""

    nations: list[str]
    rows: list[Row] = field(default_factory=list)
    missing: list[MissingReturn] = field(default_factory=list)

    @property
    def nation_labels(self) -> list[str]:
        return [str(Nation(nation).label) for nation in self.nations]


def _nations_of(groups: Iterable[Group]) -> list[str]:
    found = {group.nation for group in groups}
    return [n.value for n in [*FOUR_NATIONS, Nation.UK] if n.value in found]


def missing_returns(groups: Iterable[Group], *, now: datetime | None = None) -> list[MissingReturn]:
    """Which of these local networks have meetings that are over and not logged, by nation. One query."""
    by_id = {group.pk: group for group in groups}
    alone = [group.nation for group in by_id.values()]
    waiting: dict[int, list[int]] = {}
    rows = Meeting.objects.to_log(now).filter(group__in=by_id).order_by("group", "number")
    for group_id, number in rows.values_list("group_id", "number"):
        waiting.setdefault(group_id, []).append(number)
    order = {nation: n for n, nation in enumerate(_nations_of(by_id.values()))}
    found = [
        MissingReturn(
            group=by_id[pk],
            label=by_id[pk].get_nation_display() if alone.count(by_id[pk].nation) == 1 else by_id[pk].name,
            numbers=numbers,
        )
        for pk, numbers in waiting.items()
    ]
    return sorted(found, key=lambda m: (order[m.group.nation], m.group.name))


def theme_matrix(site: Site, *, until: datetime | None = None) -> Matrix:
    """Themes × nations with counts of enablers, barriers and other contributions, from logged meetings of one network.

    Three queries whatever the size. A theme merged into another counts there. ``until`` leaves out meetings that
    began later, and takes that moment as now for what is missing. Rows: most spoken of first.
    """
    groups = list(Group.objects.filter(site_id=site.pk).local_networks())
    nations = _nations_of(groups)
    said = Contribution.objects.kept().filter(
        meeting__group__in=[g.pk for g in groups], meeting__status__in=Meeting.HELD, theme__isnull=False
    )
    if until:
        said = said.filter(meeting__starts_at__lt=until)
    counted = (
        said.annotate(
            about=Coalesce("theme__merged_into__name", "theme__name"),
            about_slug=Coalesce("theme__merged_into__slug", "theme__slug"),
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
    return Matrix(
        nations=nations,
        rows=sorted(rows.values(), key=lambda row: (-row.total, row.theme.lower())),
        missing=missing_returns(groups, now=until),
    )
