"""Money and tax years, worked out from plain numbers. Amounts are whole pence; people read pounds."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError

from impact.core.basics.vocabulary import pounds

MOST = 500_000  # pence; more than this for one day is a slip of the pen
FIRST_MONTH, FIRST_DAY = 4, 6  # of a tax year


def in_pounds(pence: int | None) -> str:
    """ "£12.50": pence as people write an amount; nothing when there is none."""
    return "" if pence is None else pounds(Decimal(pence) / 100)


def in_pence(amount: Decimal, field: str = "amount") -> int:
    """Pounds that someone typed, as whole pence. Raises ValidationError for nothing, too much, or parts of a penny."""
    pence = amount * 100
    if pence != pence.to_integral_value():
        raise ValidationError({field: "Enter pounds and pence, such as 12.50."})
    if not 0 < pence <= MOST:
        raise ValidationError({field: f"Enter an amount from £0.01 to {in_pounds(MOST)}."})
    return int(pence)


def pay_for(hours: Decimal, rate_pence: int) -> int:
    """What some hours at a rate come to, in pence; half a penny counts as a whole one."""
    return int((hours * rate_pence).quantize(Decimal(1), ROUND_HALF_UP))


def tax_year_of(day: date) -> int:
    """The calendar year in which the UK tax year of a day began, on 6 April."""
    return day.year if (day.month, day.day) >= (FIRST_MONTH, FIRST_DAY) else day.year - 1


def tax_year_words(year: int) -> str:
    """ "6 April 2022 to 5 April 2023"."""
    return f"{FIRST_DAY} April {year} to {FIRST_DAY - 1} April {year + 1}"


@dataclass(frozen=True)
class YearTotal:
    """What was paid to one person in one tax year, in pence."""

    year: int
    time: int
    expenses: int

    @property
    def words(self) -> str:
        return tax_year_words(self.year)

    @property
    def in_pounds(self) -> tuple[str, str, str]:
        """Pay for time, expenses, and both."""
        return in_pounds(self.time), in_pounds(self.expenses), in_pounds(self.time + self.expenses)


def totals_by_tax_year(payments: Iterable[tuple[date, bool, int]]) -> list[YearTotal]:
    """(day paid, whether for time, pence) of one person's payments as a total for each tax year, the newest first.

    Pay and expenses stay apart: they are often treated differently when someone gets benefits.
    """
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for day, is_time, pence in payments:
        found[tax_year_of(day)][0 if is_time else 1] += pence
    return [YearTotal(year, *found[year]) for year in sorted(found, reverse=True)]
