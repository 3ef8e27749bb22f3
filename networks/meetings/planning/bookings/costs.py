"""What taking part costs, from bookings: by category, nation, kind of group and year. Amounts are whole pence, VAT included."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from impact.core.basics.suppression import suppress
from impact.core.basics.vocabulary import Nation, pounds
from networks.groups.models import GroupKind
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from networks.meetings.planning.directory.kinds import CATEGORY_OF, Category

State = Booking.State
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

    @property
    def likely(self) -> int:
        """What is paid where that is known, else what is expected."""
        return self.actual or self.estimate


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


def in_pounds(pence: int | None) -> str:
    """ "£12.50"; "Withheld" where it may not be said."""
    return "Withheld" if pence is None else pounds(Decimal(pence) / 100)


def costs_of(bookings: Iterable[Booking]) -> list[Cost]:
    """Bookings as plain costs. A cancelled one counts with what cancelling it cost; one given up costs nothing.

    Asks for ``meeting__group``.
    """
    found = []
    for booking in bookings:
        is_off = booking.state in (State.CANCELLED, State.NOT_FOUND)
        found.append(
            Cost(
                CATEGORY_OF[booking.kind],
                booking.meeting.group.nation,
                booking.meeting.group.kind,
                timezone.localtime(booking.meeting.starts_at).year,
                0 if is_off else booking.estimate_pence or 0,
                booking.actual_pence or 0,
            )
        )
    return found


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
    """What leadership reads: one year by category, rounded to £10. A category that tells of fewer than five people is
    withheld, and the sum is that of the lines shown.

    It is withheld by the house's one function for counts of people. There are no filters, because two readings of the
    same year, one narrower than the other, would tell what each of them withholds.
    """
    bookings = list(Booking.objects.filter(meeting__starts_at__year=year).select_related("meeting__group"))
    costs = costs_of(bookings)
    people: dict[str, set[int]] = {category: set() for category in Category.values if category != Category.ROOM}
    for kind, person in BookingNeed.objects.filter(booking__in=[b.pk for b in bookings]).values_list(
        "kind", "person_id"
    ):
        people.get(CATEGORY_OF[kind], set()).add(person)
    shown = suppress({name: len(found) for name, found in people.items()}).cells
    rows = []
    for category in Category:
        of_category = [cost for cost in costs if cost.category == category]
        if not of_category and shown.get(category, 1) == 0:
            continue
        # A room is booked for a meeting and tells of no one. What no known person stands behind may have been for one.
        is_shown = category == Category.ROOM or bool(shown[category])
        if not is_shown:
            if of_category or shown[category] is None:
                rows.append(Total(category.label, None, None, None))
            continue
        if of_category:
            estimate, actual = (_rounded(sum(getattr(c, name) for c in of_category)) for name in ("estimate", "actual"))
            rows.append(Total(category.label, None, estimate, actual))
    if not any(row.estimate is not None for row in rows):
        return rows
    summed = [sum(getattr(row, name) or 0 for row in rows) for name in ("estimate", "actual")]
    return [*rows, Total("Lines shown, together", None, *summed)]


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
