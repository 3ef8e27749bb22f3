"""What taking part costs, from bookings: by category, nation, kind of group and year. Amounts are whole pence, VAT included."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from impact.core.basics.suppression import SMALLEST_SHOWN, suppress
from impact.core.basics.vocabulary import Nation
from networks.groups.models import GroupKind
from networks.meetings.planning.bookings.models import Booking, BookingNeed, in_pounds
from networks.meetings.planning.costs.models import CostsShown
from networks.meetings.planning.directory.kinds import Category

ROUNDED_TO = 1_000  # pence: what leadership reads is rounded to £10
YEARS = range(2000, 2101)  # a meeting in any other is a slip of the pen


@dataclass(frozen=True)
class Cost:
    """What one booking is expected to cost, and what it did."""

    category: str
    nation: str
    group_kind: str
    year: int
    estimate: int
    actual: int


@dataclass(frozen=True)
class Total:
    """A line of the table: how many bookings, what was expected, what was paid. None: withheld."""

    label: str
    bookings: int | None
    estimate: int | None
    actual: int | None

    @property
    def estimate_words(self) -> str:
        return in_pounds(self.estimate)

    @property
    def actual_words(self) -> str:
        return in_pounds(self.actual)


@dataclass(frozen=True)
class Elsewhere:
    """Money for taking part that another page keeps, and that is not in these figures."""

    label: str
    pence: int
    href: str
    words: str

    @property
    def amount(self) -> str:
        return in_pounds(self.pence)


# What other apps pay for taking part: year (None: all) and the reader → lines, as far as the reader may see them.
ELSEWHERE: list[Callable[[Any, int | None], list[Elsewhere]]] = []


def costs_of(bookings: Iterable[Booking]) -> list[Cost]:
    """Bookings as plain costs. A cancelled one counts with what cancelling it cost; one given up costs nothing.

    Asks for ``meeting__group``.
    """
    return [
        Cost(
            booking.category,
            booking.meeting.group.nation,
            booking.meeting.group.kind,
            timezone.localtime(booking.meeting.starts_at).year,
            booking.expected_pence or 0,
            booking.actual_pence or 0,
        )
        for booking in bookings
    ]


BY: dict[str, tuple[str, Callable[[Cost], str], Any]] = {
    "category": ("Category", lambda cost: cost.category, Category),
    "nation": ("Nation", lambda cost: cost.nation, Nation),
    "group_kind": ("Kind of group", lambda cost: cost.group_kind, GroupKind),
    "year": ("Year", lambda cost: str(cost.year), None),
}


def totals(costs: Iterable[Cost], by: str) -> list[Total]:
    """Costs added up by category, nation, kind of group or year, with the sum of all last."""
    _heading, key_of, labels = BY[by]
    rows: dict[str, list[int]] = {}
    for cost in costs:
        row = rows.setdefault(key_of(cost), [0, 0, 0])
        row[0] += 1
        row[1] += cost.estimate
        row[2] += cost.actual
    order = list(labels.values) if labels else sorted(rows, reverse=True)
    found = [Total(labels(key).label if labels else key, *rows[key]) for key in order if key in rows]
    every = [sum(row[i] for row in rows.values()) for i in range(3)]
    return [*found, Total("All together", *every)] if found else []


def _rounded(pence: int) -> int:
    return ROUNDED_TO * ((pence + ROUNDED_TO // 2) // ROUNDED_TO)


# A booking’s cost, its number, and the people whom it is for.
Behind = tuple[Cost, int, Collection[int]]
# Category → column → (what is shown, None: withheld; the pence of each booking in it).
Cells = dict[str, dict[str, tuple[int | None, dict[str, int]]]]
COLUMNS = ("estimate", "actual")


def safe_totals(year: int) -> tuple[list[Total], date | None]:
    """What leadership reads: one year by category, rounded to £10, and the day it was brought up to date. There are no
    filters, because two readings of the same year, one narrower than the other, would tell what each of them withholds.
    For the same reason the figures stay the same for a month, and then change only where the change is about at least
    five people."""
    shown = CostsShown.objects.filter(year=year).first()
    return (as_rows(_loaded(shown.cells)), shown.renewed_on) if shown else ([], None)


@transaction.atomic
def renew_totals(on: date) -> int:
    """Once a month, bring what leadership reads of each year up to date. Return how many years changed."""
    shown = {row.year: row for row in CostsShown.objects.select_for_update()}
    renewed = 0
    for year in (known for known in years_known() if known in YEARS):
        row = shown.get(year)
        if row is not None and row.renewed_on >= on.replace(day=1):
            continue
        before = _loaded(row.cells) if row is not None else None
        row = row or CostsShown(year=year)
        row.cells, row.renewed_on = after(before, behind_year(year)), on
        row.full_clean()
        row.save()
        renewed += 1
    return renewed


def behind_year(year: int) -> list[Behind]:
    """The bookings of a year’s meetings with the people whom they are for."""
    bookings = list(Booking.objects.filter(meeting__starts_at__year=year).select_related("meeting__group"))
    people: dict[int | None, set[int]] = defaultdict(set)
    for booking, person in BookingNeed.objects.filter(booking__in=bookings).values_list("booking_id", "person_id"):
        people[booking].add(person)
    return [(cost, b.pk, people[b.pk]) for b, cost in zip(bookings, costs_of(bookings), strict=True)]


def _loaded(cells: dict[str, Any]) -> Cells:
    return {category: {name: (pence, of) for name, (pence, of) in row.items()} for category, row in cells.items()}


def safe_cells(costs: Sequence[Behind]) -> Cells:
    """Costs by category, where no one has seen any yet. What tells of fewer than five people is withheld.

    Twenty people may need something of which only one booking is paid so far. So each column is also withheld where fewer
    than five people's money is in it, and “paid” where it differs from “expected” by the bookings of fewer than five.
    """
    is_safe = _safe_categories(costs)
    booked = {cost.category for cost, _pk, _people in costs}
    cells: Cells = {category: {} for category in Category if category in booked or not is_safe[category]}
    for name in COLUMNS:
        with_money = [row for row in costs if getattr(row[0], name)]
        is_safe_here = _safe_categories(with_money)
        for category in cells:
            of = {str(pk): getattr(cost, name) for cost, pk, _who in with_money if cost.category == category}
            is_shown = is_safe[category] and is_safe_here[category]
            cells[category][name] = (_rounded(sum(of.values())), of) if is_shown else (None, {})
    people = _people_of(costs)
    for category, row in cells.items():
        if not _fit_together(category, row, people):
            row["actual"] = (None, {})
    return cells


def after(before: Cells | None, costs: Sequence[Behind]) -> Cells:
    """What is shown next, after what was shown before (None: nothing was).

    What was shown stays until what changed in it is about at least five people. What was withheld stays withheld until it
    is about that many, and an empty category stays empty until that many need it.
    """
    now = safe_cells(costs)
    if before is None:
        return now
    people = _people_of(costs)
    cells: Cells = {}
    for category in Category:
        was, new = before.get(category, {}), now.get(category, {})
        row = {}
        for name in COLUMNS:
            pence, of = new.get(name, (None, {}))
            old = was.get(name, (None, {}))
            changed = [pk for pk in {**old[1], **of} if old[1].get(pk) != of.get(pk)]
            row[name] = (pence, of) if pence is not None and _are_enough(category, changed, people) else old
        if not _fit_together(category, row, people):
            row = {name: was.get(name, (None, {})) for name in COLUMNS}
        if was or any(pence is not None for pence, _of in row.values()):
            cells[category] = row
    return cells


def _people_of(costs: Sequence[Behind]) -> dict[str, Collection[int]]:
    return {str(pk): people for _cost, pk, people in costs}


def _are_enough(category: str, bookings: Collection[str], people: dict[str, Collection[int]]) -> bool:
    """Whether these bookings are for so many people that they say nothing about a few. A room says nothing about anyone."""
    if category == Category.ROOM or not bookings:
        return True
    return len({person for pk in bookings for person in people.get(pk, ())}) >= SMALLEST_SHOWN


def _fit_together(category: str, row: dict[str, tuple[int | None, dict[str, int]]], people: Any) -> bool:
    """Whether the difference between the two columns is not about a few, such as the one booking that is not paid yet."""
    (expected, of), (paid, paid_of) = (row.get(name, (None, {})) for name in COLUMNS)
    return expected is None or paid is None or _are_enough(category, of.keys() ^ paid_of.keys(), people)


def as_rows(cells: Cells) -> list[Total]:
    """Cells as lines of a table. The sum is that of the lines shown, so it tells nothing that they do not."""
    rows = [
        Total(Category(category).label, None, *(cells[category][name][0] for name in COLUMNS))
        for category in Category
        if category in cells
    ]
    if all(row.estimate is None and row.actual is None for row in rows):
        return rows
    return [
        *rows,
        Total("Lines shown, together", None, *(sum(getattr(row, name) or 0 for row in rows) for name in COLUMNS)),
    ]


def _safe_categories(costs: Sequence[Behind]) -> dict[str, bool]:
    """Which categories can be shown, by the house's one function for counts of people.

    A room is booked for a meeting and says nothing about anyone. Bookings of which we no longer know whom they were for
    are withheld: they may have been for one person.
    """
    people: dict[str, set[int]] = {category: set() for category in Category}
    for cost, _pk, who in costs:
        people[cost.category].update(who)
    counts = suppress({category: len(people[category]) for category in Category if category != Category.ROOM}).cells
    booked = {cost.category for cost, _pk, _who in costs}
    return {Category.ROOM: True} | {name: bool(n) or (n == 0 and name not in booked) for name, n in counts.items()}


def elsewhere(user: Any, year: int | None) -> list[Elsewhere]:
    """What other pages keep and this one leaves out, for a reader who may see it there."""
    return [line for find in ELSEWHERE for line in find(user, year)]


def years_known() -> list[int]:
    """The years with any booking, the newest first."""
    days = Booking.objects.order_by().values_list("meeting__starts_at__year", flat=True).distinct()
    return sorted(days, reverse=True)


def years_shown() -> list[int]:
    """The years of which leadership has been shown something, the newest first."""
    return list(CostsShown.objects.order_by("-year").values_list("year", flat=True))


def year_of(text: str | None, today: date) -> int:
    """The year asked for in an address, else this year."""
    number = int(text) if text and text.isascii() and text.isdecimal() and len(text) == 4 else 0
    return number if number in YEARS else today.year
