"""The report of a round as HTML for the PDF, from its frozen contents alone."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from impact.core.documents import charts, printing
from sites.calls.portfolios.models import RoundReport

STYLES = ("papers.css", "round-report.css")


@lru_cache(maxsize=1)
def renderer() -> str:
    """What draws the report, as a short version: it changes with every file that shapes the page."""
    shaping = sorted((printing.ROOT / "templates" / "sites" / "portfolios" / "pdf").rglob("*.html"))
    return printing.fingerprint([*shaping, Path(__file__), *printing.files_on_disk(*STYLES).values()])


def mark_of(contents: Mapping[str, Any]) -> str:
    """The SHA-256 of some contents in canonical JSON."""
    text = json.dumps(contents, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def for_page(contents: Mapping[str, Any]) -> dict[str, Any]:
    """The contents with real dates and amounts, for the page and the PDF alike."""

    def real(row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, "money": Decimal(row["money"])}

    return {
        **contents,
        **{
            name: date.fromisoformat(contents[name]) if contents[name] else None
            for name in ("released_on", "locked_on")
        },
        **{name: [real(row) for row in contents[name]] for name in ("outcomes", "chosen", "reserve")},
    }


def compose(report: RoundReport) -> tuple[str, dict[str, bytes]]:
    """The report's HTML and the named assets that it uses."""
    contents: dict[str, Any] = report.contents
    assets = {name: path.read_bytes() for name, path in printing.files_on_disk(*STYLES).items()}
    assets["mark.svg"] = charts.mark().encode()
    assets["illustrative.css"] = printing.ILLUSTRATIVE.encode()
    outcomes = charts.bars("Decisions", [(row["label"], row["count"]) for row in contents["outcomes"]])
    assets["outcomes.svg"] = outcomes.svg.encode()
    words = {
        **for_page(contents),
        "made_on": timezone.localtime(report.asked_at).date(),
        "number": report.number,
        "fingerprint": report.contents_sha256[:12],
        "chart": outcomes,
    }
    return render_to_string("sites/calls/portfolios/pdf/report.html", words), assets
