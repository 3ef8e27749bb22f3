"""Bank holidays in the four nations, so that a meeting falls on one only if its planner wants it."""

from datetime import date, timedelta
from functools import cache

import holidays

from impact.core.basics.dates import day
from impact.core.basics.vocabulary import FOUR_NATIONS, Nation

CODES = {Nation.ENGLAND: "ENG", Nation.NORTHERN_IRELAND: "NIR", Nation.SCOTLAND: "SCT", Nation.WALES: "WLS"}
SATURDAY = 5


@cache
def _of_year(nation: Nation, year: int) -> dict[date, str]:
    """A nation's bank holidays in a year, by day, with their names."""
    return dict(holidays.country_holidays("GB", subdiv=CODES[nation], years=year))


def nations_of(nation: str) -> list[Nation]:
    """Whose bank holidays count for a group: its nation's, or for a UK-wide group those of all four."""
    return FOUR_NATIONS if nation == Nation.UK else [Nation(nation)]


def nations_off(on: date, nation: str) -> list[Nation]:
    """The nations that have a bank holiday on a day, of those whose bank holidays count for a group."""
    return [one for one in nations_of(nation) if on in _of_year(one, on.year)]


def holiday_words(on: date, nation: str) -> str:
    """ "is a bank holiday in Scotland (Saint Andrew's Day)"; empty for an ordinary day."""
    off = nations_off(on, nation)
    if not off:
        return ""
    name = _of_year(off[0], on.year)[on].removesuffix(" (observed)")
    if len(off) == len(FOUR_NATIONS):
        return f"is a bank holiday in all four nations ({name})"
    *most, last = [str(one.label) for one in off]
    return (
        f"is a bank holiday in {', '.join(most)} and {last} ({name})"
        if most
        else f"is a bank holiday in {last} ({name})"
    )


def next_working_day(on: date, nation: str) -> date:
    """The day itself, or the first after it that is neither a bank holiday for the group nor at a weekend.

    A day at a weekend stays where it was chosen; only a bank holiday moves it.
    """
    if not nations_off(on, nation):
        return on
    while nations_off(on, nation) or on.weekday() >= SATURDAY:
        on += timedelta(days=1)
    return on


def moved_words(was: date, now: date, nation: str) -> str:
    """What the planner is told of a date that was moved."""
    return f"{day(was)} {holiday_words(was, nation)}, so {now:%A} {day(now)} is suggested instead."
