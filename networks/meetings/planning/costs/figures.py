"""What taking part costs, from bookings: by category, nation, kind of group and year. Amounts are whole pence, VAT included."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from impact.core.basics.suppression import suppress
from impact.core.basics.vocabulary import Nation
from networks.groups.models import GroupKind
from networks.meetings.planning.bookings.models import Booking, BookingNeed, in_pounds
from networks.meetings.planning.directory.kinds import Category

ROUNDED_TO = 1_000  # pence: what leadership reads is rounded to £10


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


def safe_totals(year: int) -> list[Total]:
    """What leadership reads: one year by category, rounded to £10. There are no filters, because two readings of the
    same year, one narrower than the other, would tell what each of them withholds."""
    bookings = list(Booking.objects.filter(meeting__starts_at__year=year).select_related("meeting__group"))
    people: dict[int | None, set[int]] = defaultdict(set)
    for booking, person in BookingNeed.objects.filter(booking__in=bookings).values_list("booking_id", "person_id"):
        people[booking].add(person)
    return made_safe([(cost, people[b.pk]) for b, cost in zip(bookings, costs_of(bookings), strict=True)])


def made_safe(costs: Sequence[tuple[Cost, Collection[int]]]) -> list[Total]:
    """Costs, each with the people it is for, by category. What tells of fewer than five people is withheld, and the sum
    is that of the lines shown.

    Of many who need something it may be paid for one so far, so each column is also withheld by the people whose money
    is in it.
    """
    is_safe = _safe_categories(costs)
    columns = {}
    for name in ("estimate", "actual"):
        with_money = [(cost, people) for cost, people in costs if getattr(cost, name)]
        sums: dict[str, int] = defaultdict(int)
        for cost, _people in with_money:
            sums[cost.category] += getattr(cost, name)
        is_safe_here = _safe_categories(with_money)
        columns[name] = {
            category: _rounded(sums[category]) if is_safe[category] and is_safe_here[category] else None
            for category in Category
        }
    booked = {cost.category for cost, _people in costs}
    rows = [
        Total(category.label, None, columns["estimate"][category], columns["actual"][category])
        for category in Category
        if category in booked or not is_safe[category]
    ]
    if all(row.estimate is None and row.actual is None for row in rows):
        return rows
    summed = [sum(getattr(row, name) or 0 for row in rows) for name in columns]
    return [*rows, Total("Lines shown, together", None, *summed)]


def _safe_categories(costs: Sequence[tuple[Cost, Collection[int]]]) -> dict[str, bool]:
    """Which categories can be shown, by the house's one function for counts of people.

    A room is booked for a meeting and tells of no one. What no known person stands behind may have been for one.
    """
    people: dict[str, set[int]] = {category: set() for category in Category}
    for cost, who in costs:
        people[cost.category].update(who)
    counts = suppress({category: len(people[category]) for category in Category if category != Category.ROOM}).cells
    booked = {cost.category for cost, _who in costs}
    return {Category.ROOM: True} | {name: bool(n) or (n == 0 and name not in booked) for name, n in counts.items()}


def elsewhere(user: Any, year: int | None) -> list[Elsewhere]:
    """What other pages keep and this one leaves out, for a reader who may see it there."""
    return [line for find in ELSEWHERE for line in find(user, year)]


def years_known() -> list[int]:
    """The years with any booking, the newest first."""
    days = Booking.objects.order_by().values_list("meeting__starts_at__year", flat=True).distinct()
    return sorted(days, reverse=True)


def year_of(text: str | None, today: date) -> int:
    """The year asked for in an address, else this year."""
    number = int(text) if text and text.isascii() and text.isdecimal() and len(text) == 4 else 0
    return number if 2000 <= number <= 2100 else today.year
