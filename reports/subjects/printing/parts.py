"""The parts of which a report about one subject is put together. Pure: plain values in, plain values out.

One template sets them (templates/reports/formats/subjects/_part.html), in print, on the page and in every other form.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from impact.core.basics.dates import day
from impact.core.basics.markdown import render_markdown
from impact.core.documents.charts import Chart
from reports.formats.placing import heading_offset

Part = dict[str, Any]
Cell = Any  # words, a number, or (words, what stands smaller below them)


def chapter(key: str, title: str, parts: Sequence[Part | None]) -> dict[str, Any]:
    """A chapter; parts that have nothing to say are left out."""
    return {"key": key, "title": title, "parts": [part for part in parts if part]}


def words(text: str) -> Part | None:
    """What people wrote, as clean HTML; nothing where they wrote nothing."""
    if not text.strip():
        return None
    return {"kind": "words", "html": render_markdown(text, heading_offset=heading_offset(text))}


def stats(figures: Sequence[dict[str, Any]]) -> Part:
    """Figures at a glance: a number and what it counts."""
    return {"kind": "stats", "rows": figures}


def heading(text: str) -> Part:
    return {"kind": "heading", "text": text}


def paragraph(text: str, *, is_kept: bool = False) -> Part:
    """``is_kept``: on the page of what comes after it."""
    return {"kind": "paragraph", "text": text, "is_kept": is_kept}


def note(text: str) -> Part:
    return {"kind": "note", "text": text}


def flag(title: str, items: Sequence[str], lead: str = "") -> Part | None:
    """What must not be missed; nothing where there is nothing."""
    return {"kind": "flag", "title": title, "items": items, "lead": lead} if items else None


def items(rows: Sequence[str]) -> Part:
    return {"kind": "list", "rows": rows}


def chart(name: str, drawn: Chart, caption: str) -> Part:
    return {"kind": "chart", "name": name, "chart": drawn, "caption": caption}


def story(title: str, small: str, html: str = "", paragraphs: Sequence[tuple[str, str]] = ()) -> Part:
    """A short text with a title, and a line of where it comes from."""
    return {"kind": "story", "title": title, "small": small, "html": html, "paragraphs": paragraphs}


def table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    columns: str,
    numbers: Sequence[int] = (),
    has_total: bool = False,
) -> Part | None:
    """A table; nothing where it has no rows. ``columns`` names its widths, ``numbers`` its columns of numbers."""
    if not rows:
        return None
    return {
        "kind": "table",
        "caption": caption,
        "heads": [{"label": label, "is_number": place in numbers} for place, label in enumerate(heads)],
        "columns": columns,
        "rows": [
            {
                "cells": [_cell(cell, heads[place], place in numbers) for place, cell in enumerate(row)],
                "is_total": has_total and number == len(rows),
            }
            for number, row in enumerate(rows, start=1)
        ],
    }


def _cell(cell: Cell, label: str, is_number: bool) -> dict[str, Any]:
    text, small = cell if isinstance(cell, tuple) else (cell, "")
    return {"text": "–" if text in ("", None) else text, "small": small, "label": label, "is_number": is_number}


def on(iso: str) -> str:
    """ "24 July 2022" from what JSON holds; empty for no day."""
    return day(date.fromisoformat(iso)) if iso else ""


def many(number: int, one: str, more: str = "") -> str:
    """ "1 site", "2 sites"."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def counted(number: int, one: str, more: str = "") -> str:
    """What follows a number: "site" after 1, "sites" after 2."""
    return many(number, one, more).split(" ", 1)[1]


def listed(rows: Sequence[str]) -> str:
    """ "a, b and c"."""
    return f"{', '.join(rows[:-1])} and {rows[-1]}" if len(rows) > 1 else "".join(rows)


def figure(name: str, title: str, value: Any, said: str, definition: str) -> dict[str, Any]:
    """A figure of the report: its number, how it reads at a glance, and what it counts."""
    return {"name": name, "title": title, "value": value, "words": said, "definition": definition}
