"""How far a milestone is from its planned date, in days and in words."""

from datetime import date


def slippage(*, planned: date | None, expected: date | None, actual: date | None, on: date) -> int | None:
    """Days after (+) or before (-) the planned date, as known ``on`` a day. None: nothing was planned.

    A milestone that is complete counts with its actual date. One that is not counts with the day on which it is expected;
    once that day has passed without it, with ``on``, because it cannot come earlier.
    """
    if planned is None:
        return None
    return ((actual or max(expected or planned, on)) - planned).days


def in_words(days: int | None) -> str:
    """ "12 days late", "3 days early", "on time"; nothing when no date was planned."""
    if days is None:
        return ""
    if days == 0:
        return "on time"
    number = abs(days)
    return f"{number} {'day' if number == 1 else 'days'} {'late' if days > 0 else 'early'}"
