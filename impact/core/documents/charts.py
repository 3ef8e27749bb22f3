"""Charts as SVG text: small, readable without colour, drawn in the page's own typeface.

Used as images in the report; each is labelled directly and has a text alternative that says all of it. Every word that comes from data
is escaped here; nothing that people wrote is ever taken as SVG.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

FONT = "'Atkinson Hyperlegible Next', sans-serif"
INK, INK_2, LINE, TRACK = "#15201f", "#4a5655", "#c3cdca", "#e9efed"
TEAL, DEEP, MINT, RUST, SAND = "#0b5e5c", "#0b3b3a", "#7fdacb", "#a4551b", "#f7e8da"
WIDTH = 640


@dataclass(frozen=True)
class Chart:
    """One drawn chart and what it says in words."""

    body: str
    height: float
    alt: str
    width: float = WIDTH

    @property
    def svg(self) -> str:
        """For white paper."""
        return self._drawn(0)

    @property
    def svg_on_page(self) -> str:
        """For a web page, which may be dark: on a white sheet of its own."""
        return self._drawn(20)

    def _drawn(self, edge: int) -> str:
        width, height = self.width + 2 * edge, self.height + 2 * edge
        sheet = _rect(-edge, -edge, width, height, "#fff", radius=10) if edge else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-edge} {-edge} {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" font-family="{FONT}">{sheet}{self.body}</svg>'
        )


def _text(
    x: float, y: float, words: Any, *, size: float = 14, weight: int = 400, anchor: str = "start", fill: str = INK
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{fill}">{escape(str(words))}</text>'
    )


def _rect(x: float, y: float, width: float, height: float, fill: str, *, radius: float = 3, more: str = "") -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius:g}" fill="{fill}" {more}/>'


def _hatched(x: float, y: float, width: float, height: float) -> str:
    """A barrier's bar: pale, with slanted stripes and an outline, so that it differs from a solid bar in print."""
    stripes = []
    offset = 7 - (x % 7)
    while offset < width + height:
        x1, y1, x2, y2 = x + offset, y, x + offset - height, y + height
        if x1 > x + width:
            y1 += x1 - (x + width)
            x1 = x + width
        if x2 < x:
            y2 -= x - x2
            x2 = x
        if y1 < y2:
            stripes.append(f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}")
        offset += 7
    lines = f'<path d="{"".join(stripes)}" stroke="{RUST}" stroke-width="1.6" fill="none"/>'
    return (
        _rect(x, y, width, height, SAND, radius=0)
        + lines
        + _rect(x, y, width, height, "none", radius=0, more=f'stroke="{RUST}" stroke-width="1.4"')
    )


def _wrap(words: str, limit: int) -> list[str]:
    """``words`` in at most two lines of about ``limit`` characters; what does not fit ends in an ellipsis."""
    if len(words) <= limit:
        return [words]
    first = words[: limit + 1].rsplit(" ", 1)[0] if " " in words[: limit + 1] else words[:limit]
    rest = words[len(first) :].strip()
    return [first, rest if len(rest) <= limit else rest[: limit - 1].rstrip() + "…"]


def _label(x: float, middle: float, words: str, limit: int, *, anchor: str = "start") -> str:
    lines = _wrap(words, limit)
    top = middle + 5 - 8.5 * (len(lines) - 1)
    return "".join(_text(x, top + 17 * n, line, anchor=anchor) for n, line in enumerate(lines))


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def bars(title: str, rows: Sequence[tuple[str, int | None]], *, notes: Sequence[str] = ()) -> Chart:
    """Horizontal bars, one for each (label, value); a value of None is shown as withheld. ``notes`` stand after the
    values, one for each row, such as a share: "13 (36%)"."""
    top = max((value or 0 for _label, value in rows), default=0) or 1
    left, room, parts = 190.0, 380.0, []
    for n, (label, value) in enumerate(rows):
        y = 4 + 33 * n
        parts.append(_label(0, y + 12, label, 26))
        parts.append(_rect(left, y, room, 24, TRACK))
        if value:
            parts.append(_rect(left, y, max(3.0, room * value / top), 24, TEAL))
        if value is None:
            parts.append(_text(left + 8, y + 17, "withheld", fill=INK_2))
        else:
            parts.append(_text(left + room + 12, y + 17.5, value, size=16, weight=700))
            if notes and notes[n]:
                parts.append(_text(left + room + 16 + 9.5 * len(str(value)), y + 17.5, f"({notes[n]})", fill=INK_2))
    said = [
        f"{label} {'withheld' if value is None else value}{f' ({notes[n]})' if notes and notes[n] else ''}"
        for n, (label, value) in enumerate(rows)
    ]
    return Chart("".join(parts), 33 * len(rows) + 2, f"Bar chart. {title}: {_listed(said)}.")


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def split(title: str, rows: Sequence[tuple[str, int, int]]) -> Chart:
    """Barriers to the left and enablers to the right of one line, for each (label, enablers, barriers)."""
    top = max((max(enablers, barriers) for _label, enablers, barriers in rows), default=0) or 1
    left, middle, half = 178.0, 409.0, 195.0
    parts = [
        _text(middle - 12, 14, "Barriers", size=14, weight=700, anchor="end", fill=RUST),
        _text(middle + 12, 14, "Enablers", size=14, weight=700, fill=TEAL),
    ]
    for n, (label, enablers, barriers) in enumerate(rows):
        y = 24 + 31 * n
        parts.append(_label(left - 8, y + 11, label, 24, anchor="end"))
        length = half * barriers / top
        if barriers:
            parts.append(_hatched(middle - length, y, length, 21))
        parts.append(_text(middle - length - 8, y + 16, barriers, weight=700, anchor="end"))
        length = half * enablers / top
        if enablers:
            parts.append(_rect(middle, y, length, 21, TEAL, radius=0))
        parts.append(_text(middle + length + 8, y + 16, enablers, weight=700))
    bottom = 24 + 31 * len(rows)
    parts.append(f'<path d="M{middle} 20V{bottom}" stroke="{INK}" stroke-width="1.5"/>')
    said = [
        f"{label}: {_many(enablers, 'enabler')}, {_many(barriers, 'barrier')}" for label, enablers, barriers in rows
    ]
    return Chart("".join(parts), bottom + 4, f"Two-sided bar chart. {title}. {'; '.join(said)}.")


SLOT_WORDS = {
    "returned": "return in",
    "missing": "return missing",
    "planned": "still to come",
    "cancelled": "cancelled",
    "none": "not planned yet",
}


def _mark(state: str, x: float, y: float) -> str:
    """One slot: a tick, an exclamation mark, a ring, a cross or a dash, each with a shape of its own."""
    if state == "returned":
        return f'<circle cx="{x}" cy="{y}" r="12" fill="{TEAL}"/>' + (
            f'<path d="M{x - 5.5} {y + 0.5}l4 4l7.5 -8.5" stroke="#fff" stroke-width="2.6" fill="none"/>'
        )
    if state == "missing":
        return _rect(x - 12, y - 12, 24, 24, SAND, more=f'stroke="{RUST}" stroke-width="2"') + (
            f'<path d="M{x} {y - 7}V{y + 2}M{x} {y + 5}V{y + 8}" stroke="{RUST}" stroke-width="3"/>'
        )
    if state == "planned":
        return f'<circle cx="{x}" cy="{y}" r="11" fill="#fff" stroke="{TEAL}" stroke-width="2.4"/>'
    if state == "cancelled":
        return f'<path d="M{x - 7} {y - 7}l14 14M{x + 7} {y - 7}l-14 14" stroke="{INK_2}" stroke-width="2.4"/>'
    return f'<path d="M{x - 6} {y}H{x + 6}" stroke="{INK_2}" stroke-width="2.4"/>'


def cadence(title: str, rows: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> Chart:
    """Meetings in order for each (label, [(state, day)]): which returns are in, missing, or still to come."""
    rounds = max((len(states) for _label, states in rows), default=0)
    left, step = 250.0, min(95.0, 380.0 / max(1, rounds))
    parts = [
        _text(left + step * n + 14, 14, f"Meeting {n + 1}", size=13, anchor="middle", fill=INK_2) for n in range(rounds)
    ]
    for n, (label, states) in enumerate(rows):
        y = 44.0 + 56 * n
        parts.append(_label(0, y, label, 34))
        if len(states) > 1:
            parts.append(
                f'<path d="M{left + 14} {y}H{left + 14 + step * (len(states) - 1)}" stroke="{LINE}" stroke-width="3"/>'
            )
        for m, (state, on) in enumerate(states):
            x = left + step * m + 14
            if state in ("cancelled", "none"):
                parts.append(_rect(x - 13, y - 13, 26, 26, "#fff", radius=0))
            parts.append(_mark(state, x, y))
            if on:
                parts.append(_text(x, y + 28, on, size=12, anchor="middle", fill=INK_2))
    bottom = 44 + 56 * len(rows)
    used = [state for state in SLOT_WORDS if any(state == one for _label, states in rows for one, _on in states)]
    x = 0.0
    for state in used:
        parts.append(_mark(state, x + 13, bottom + 12))
        parts.append(_text(x + 32, bottom + 17, SLOT_WORDS[state].capitalize(), size=13))
        x += 48 + 7.4 * len(SLOT_WORDS[state])
    said = [
        f"{label}: {_listed([_slot(n, state, on) for n, (state, on) in enumerate(states, start=1)])}"
        for label, states in rows
    ]
    return Chart("".join(parts), bottom + 32, f"Chart of meetings in order. {title}. {'; '.join(said)}.")


def _slot(number: int, state: str, on: str) -> str:
    return f"meeting {number} {SLOT_WORDS[state]}{f', {on}' if on else ''}"


def nations(title: str, tiles: Sequence[tuple[str, int, str]], *, beside: str = "") -> Chart:
    """The four nations as tiles, roughly where they lie: (nation, number, what the number counts) for Northern Ireland,
    Scotland, Wales and England. A tile with nothing in it is empty. ``beside`` is a line below, about all of them."""
    side, gap = 152.0, 10.0
    parts = []
    for n, (nation, number, words) in enumerate(tiles):
        x, y = (n % 2) * (side + gap), (n // 2) * (side + gap)
        fill, ink = (TEAL, "#fff") if number else ("#fff", INK)
        parts.append(_rect(x + 1, y + 1, side - 2, side - 2, fill, radius=14, more=f'stroke="{TEAL}" stroke-width="2"'))
        parts.append(_text(x + 14, y + 28, nation, size=14.5, weight=700, fill=ink))  # "Gogledd Iwerddon" fits
        parts.append(_text(x + 14, y + 96, number, size=54, weight=700, fill=ink))
        for m, line in enumerate(_wrap(words, 20)):
            parts.append(_text(x + 14, y + 120 + 17 * m, line, size=14.5, fill=ink))
    bottom = (side + gap) * ((len(tiles) + 1) // 2)
    if beside:
        parts.append(_text(0, bottom + 14, beside, size=14, fill=INK_2))
        bottom += 20
    said = [f"{nation} {number} {words}" for nation, number, words in tiles]
    alt = f"Tiles of the four nations. {title}: {_listed(said)}.{f' {beside}' if beside else ''}"
    return Chart("".join(parts), bottom, alt, width=2 * side + gap)


def coverage(title: str, row: dict[str, Any]) -> Chart:
    """One bar for a roster: joined solid, approached pale, declined striped, not yet approached empty."""
    states = [
        ("joined", "Joined"),
        ("approached", "Approached"),
        ("declined", "Declined"),
        ("not_approached", "Not yet approached"),
    ]
    present = [(key, label, row[key]) for key, label in states if row[key]]
    whole, parts, x = float(row["listed"] or 1), [], 1.0
    room = WIDTH - 2.0
    for key, _words, count in present:
        length = room * count / whole
        if key == "declined":
            parts.append(_hatched(x, 2, length, 34))
        else:
            fill = {"joined": TEAL, "approached": MINT}.get(key, "#fff")
            parts.append(_rect(x, 2, length, 34, fill, radius=0, more=f'stroke="{DEEP}" stroke-width="1.2"'))
        if length > 24:
            parts.append(
                _text(
                    x + length / 2,
                    25,
                    count,
                    size=16,
                    weight=700,
                    anchor="middle",
                    fill="#fff" if key == "joined" else INK,
                )
            )
        x += length
    for place, (key, label, count) in enumerate(present):
        x = place * WIDTH / len(states)  # each in a place of its own: words are longer in Welsh
        if key == "declined":
            parts.append(_hatched(x + 1, 50, 20, 14))
        else:
            fill = {"joined": TEAL, "approached": MINT}.get(key, "#fff")
            parts.append(_rect(x + 1, 50, 20, 14, fill, radius=0, more=f'stroke="{DEEP}" stroke-width="1.2"'))
        parts.append(_text(x + 29, 62, f"{label}, {count}", size=13.5))
    said = [f"{label.lower()} {count}" for _key, label, count in present]
    return Chart("".join(parts), 70, f"{title}: of {row['listed']}, {_listed(said)}.")


def mark() -> str:
    """The platform's mark: four tiles, one for each nation."""
    tiles = [(0.0, 0.0, MINT), (15.5, 0.0, "#fff"), (0.0, 15.5, "#fff"), (15.5, 15.5, "#f0c24b")]
    drawn = "".join(_rect(x, y, 12.5, 12.5, fill) for x, y, fill in tiles)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28" width="28" height="28">{drawn}</svg>'


def cover() -> str:
    """The quiet pattern on the cover: the mark's tiles, many times over, with two of them lit."""
    columns, rows, size, gap = 5, 5, 92, 14
    lit = {(1, 3): MINT, (3, 1): "#f0c24b"}
    tiles = []
    for row in range(rows):
        for column in range(columns):
            if row + column < 3:  # a stair, so that the words above have room
                continue
            shade = lit.get((row, column)) or ("#124f4d", "#0f4543")[(row + column) % 2]
            tiles.append(_rect(column * (size + gap), row * (size + gap), size, size, shade, radius=20))
    width, height = columns * (size + gap), rows * (size + gap)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"{''.join(tiles)}</svg>"
    )
