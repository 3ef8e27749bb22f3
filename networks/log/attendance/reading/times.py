"""Times and lengths as attendance reports write them. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

Span = tuple[datetime, datetime]
_WHEN = re.compile(
    r"^(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})[,T ]+\s*(?:(?:à|at|um|a las|alle|ore|om|o|às|godz\.?|am)\s+)?"
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?\s*(?:([ap])\.?\s?m\.?|(y[bh])|uhr|h|z)?$",
    re.IGNORECASE,
)
# "1h 27m 51s", "1 Std. 27 Min. 51 Sek.", "1 u 27 min 51 s", "1 godz. 27 min 51 s", "1 ora 27 min", "1 awr 27 mun 5 eil"
_DURATION = re.compile(
    r"^(?:(\d+)\s*(?:h|st|u|or|godz|awr)\w*\.?)?\s*(?:(\d+)\s*m\w*\.?)?\s*(?:(\d+)\s*(?:s|eil)\w*\.?)?$", re.IGNORECASE
)
ORDERS = ("mdy", "dmy")


def moment(text: str, order: str) -> datetime | None:
    """A date and time, with the day or the month first; ISO dates and dates with full stops say so themselves."""
    match = _WHEN.match(text)
    if not match:
        return None
    one, sign, two, three, hour, minute, second, half, welsh = match.groups()
    half = half or {"yb": "a", "yh": "p"}.get((welsh or "").lower())
    if len(one) == 4:
        year, month, day = int(one), int(two), int(three)
    else:
        day_first = order == "dmy" or sign == "."
        day, month = (int(one), int(two)) if day_first else (int(two), int(one))
        year = int(three) + (2000 if len(three) <= 2 else 0)
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    try:
        return datetime(year, month, day, hours, int(minute), int(second or 0))
    except ValueError:
        return None


def duration(text: str) -> int | None:
    """Seconds of "1h 27m 51s", "27m 51s", "45s", "1:27:51", or a number of minutes; None for anything else."""
    if re.fullmatch(r"\d{1,5}(\.\d+|,\d{1,2})?", text):
        return round(float(text.replace(",", ".")) * 60)
    if clock := re.fullmatch(r"(\d{1,3}):(\d{2}):(\d{2})", text):
        hours, minutes, seconds = (int(part) for part in clock.groups())
        return hours * 3600 + minutes * 60 + seconds
    match = _DURATION.match(text)
    if not match or not any(match.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def days(values: Iterable[str], order: str) -> frozenset[date] | None:
    moments = [moment(value, order) for value in values]
    return None if None in moments else frozenset(m.date() for m in moments if m)


def order_of(values: Sequence[str], expected: date | None) -> tuple[str, frozenset[date]]:
    """Day or month first? What every value allows; where both go, what puts the report on the meeting's own day."""
    possible = {order: found for order in ORDERS if (found := days(values, order)) is not None}
    for order, found in possible.items():
        if expected in found:
            return order, found
    if possible:
        order = next(iter(possible))
        return order, frozenset().union(*possible.values())
    best = max(ORDERS, key=lambda o: sum(moment(value, o) is not None for value in values))
    return best, frozenset()


def together(spans: Iterable[Span]) -> int:
    """Seconds that some stretches of time cover; where two overlap it counts once."""
    total = 0
    end: datetime | None = None
    for start, stop in sorted(spans):
        begin = max(start, end) if end else start
        if stop > begin:
            total += int((stop - begin).total_seconds())
        end = max(end, stop) if end else stop
    return total
