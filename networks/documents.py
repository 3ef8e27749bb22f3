"""A meeting's pack and an action plan as HTML, from their frozen contents alone. What draws them asks no database."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from impact.core import charts, printing
from networks.models import Document

STYLE, LARGE_STYLE = "papers.css", "large.css"
STATE_WORDS = {"overdue": "Overdue", "open": "To do", "done": "Done", "dropped": "Dropped"}


@lru_cache(maxsize=1)
def renderer() -> str:
    """What draws a document, as a short version: it changes with every file that shapes the page."""
    shaping = sorted((printing.ROOT / "templates" / "networks" / "pdf").rglob("*.html"))
    shaping += [printing.ROOT / "networks" / "documents.py", *printing.files_on_disk(STYLE, LARGE_STYLE).values()]
    return printing.fingerprint(shaping)


def mark_of(contents: Mapping[str, Any]) -> str:
    """The identity of some contents: the SHA-256 of their one way to be written as JSON."""
    text = json.dumps(contents, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def compose(document: Document) -> tuple[str, dict[str, bytes]]:
    """A document's HTML and the named assets it uses: style sheets, typeface, mark, charts."""
    contents: dict[str, Any] = document.contents
    assets = {name: path.read_bytes() for name, path in printing.files_on_disk(STYLE, LARGE_STYLE).items()}
    assets["mark.svg"] = charts.mark().encode()
    assets["illustrative.css"] = printing.ILLUSTRATIVE.encode()
    words = {
        **contents,
        "made_on": timezone.localtime(document.asked_at).date(),
        "number": document.number,
        "fingerprint": document.contents_sha256[:12],
    }
    words |= _pack(contents, assets) if document.kind == Document.Kind.PACK else _plan(contents)
    return render_to_string(f"networks/pdf/{document.kind}.html", words), assets


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _pack(contents: Mapping[str, Any], assets: dict[str, bytes]) -> dict[str, Any]:
    """A pack's contents with real dates, and its chart among the assets."""
    meeting = contents["meeting"]
    balance = charts.bars(
        "Papers by kind of evidence", [(kind["label"], len(kind["rows"])) for kind in contents["papers"]]
    )
    assets["balance.svg"] = balance.svg.encode()
    last, others = contents["last_time"], contents["others"]
    return {
        "starts_at": datetime.fromisoformat(meeting["starts_at"]),
        "ends_at": datetime.fromisoformat(meeting["ends_at"]),
        "balance": balance,
        "paper_count": sum(len(kind["rows"]) for kind in contents["papers"]),
        "minutes": sum(item["minutes"] or 0 for item in contents["agenda"]),
        "last_time": last
        and {
            **last,
            "on": _day(last["on"]),
            "actions": [{**action, "due_on": _day(action["due_on"])} for action in last["actions"]],
        },
        "others": others and {**others, "rows": [{**row, "on": _day(row["on"])} for row in others["rows"]]},
    }


def _plan(contents: Mapping[str, Any]) -> dict[str, Any]:
    """A plan's contents with real dates and words for states."""
    parts = [
        {
            "title": part["title"],
            "actions": [
                {
                    **action,
                    "due_on": _day(action["due_on"]),
                    "closed_on": _day(action["closed_on"]),
                    "state_words": STATE_WORDS[action["state"]],
                    "progress": [{**row, "on": _day(row["on"])} for row in action["progress"]],
                }
                for action in part["actions"]
            ],
        }
        for part in contents["parts"]
    ]
    return {"as_of": _day(contents["as_of"]), "parts": parts}
