"""Numbers of outcome measures as people read them. Pure."""

from decimal import Decimal


def plain(value: Decimal | None) -> str:
    """A number as people write it: "1,200" or "4.5", without zeros that say nothing."""
    if value is None:
        return ""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def with_unit(value: Decimal | None, unit: str) -> str:
    """A number with its unit: "£1,200", "45%" or "12 people". Empty when there is none."""
    if value is None:
        return ""
    number = plain(value)
    if unit in ("£", "€", "$"):
        return f"-{unit}{number.removeprefix('-')}" if value < 0 else f"{unit}{number}"
    return f"{number}%" if unit == "%" else f"{number} {unit}"


def compact(value: Decimal) -> str:
    """The same for the edge of a chart: "12k" and "1.5m" where the number is long."""
    for size, letter in ((Decimal(10**9), "bn"), (Decimal(10**6), "m"), (Decimal(10**3), "k")):
        if abs(value) >= size and abs(value) >= 10_000:
            return f"{plain(value / size)}{letter}"
    return plain(value)
