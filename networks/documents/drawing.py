"""A meeting's pack and an action plan as HTML, from their frozen contents alone. What draws them asks no database."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from impact.core.documents import charts, joining, printing
from networks.documents.models import Document

STYLE, LARGE_STYLE = "papers.css", "large.css"
SIZES = "sizes.css"  # of the pages and pictures of papers, made for each pack
STATE_WORDS = {"overdue": "Overdue", "open": "To do", "done": "Done", "dropped": "Dropped"}


@lru_cache(maxsize=1)
def renderer() -> str:
    """What draws a document, as a short version: it changes with every file that shapes the page."""
    shaping = sorted((printing.ROOT / "templates" / "networks" / "documents" / "pdf").rglob("*.html"))
    shaping += [Path(__file__), *printing.files_on_disk(STYLE, LARGE_STYLE).values()]
    shaping += [Path(joining.__file__), Path(joining.__file__).with_name("join.py")]
    return f"{printing.fingerprint(shaping)}-{version('pikepdf')}"


def mark_of(contents: Mapping[str, Any]) -> str:
    """The SHA-256 of some contents in canonical JSON."""
    text = json.dumps(contents, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _rows(contents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The papers of a pack in the order in which it lists them; none for a plan."""
    return [row for kind in contents.get("papers", []) for row in kind["rows"]]


def files_of(document: Document) -> list[joining.Paper | None]:
    """The file of each paper of a pack; None for one without."""
    return [
        joining.Paper(file["name"], file["sha256"], file["content_type"]) if file else None
        for file in (row["file"] for row in _rows(document.contents))
    ]


def sheets_of(prepared: Sequence[joining.Prepared]) -> list[tuple[Path, int]]:
    """The pages of other PDFs that a pack holds, in order: file and page."""
    return [
        (paper.path, number)
        for paper in prepared
        if paper.path and paper.kind == "pdf" and paper.is_joined
        for number in range(len(paper.pages))
    ]


def compose(document: Document, prepared: Sequence[joining.Prepared] = ()) -> tuple[str, dict[str, bytes]]:
    """A document's HTML and the named assets it uses: style sheets, typeface, mark, charts, pictures of papers.

    ``prepared`` are the files of ``files_of``, ready to be joined; each page of a PDF has a placeholder.
    """
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
    is_pack = document.kind == Document.Kind.PACK
    words |= _pack(contents, assets, prepared) if is_pack else _plan(contents)
    return render_to_string(f"networks/documents/pdf/{document.kind}.html", words), assets


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _room(*, is_wide: bool, is_first: bool, is_large: bool) -> tuple[float, float]:
    """The room that a page of a paper has on one of ours, in millimetres (@page sheet in papers.css), below its title."""
    width, height = (281.0, 184.0) if is_wide else (194.0, 270.0)
    title = (32.0 if is_large else 18.0) if is_first else 0.0
    return width, height - title


def _fit(size: tuple[float, float], room: tuple[float, float], assets: dict[str, bytes]) -> str:
    """The class of a picture that is scaled into a room (both in millimetres); its rule goes into the sheet of sizes."""
    scale = min(room[0] / size[0], room[1] / size[1])
    width, height = f"{size[0] * scale:.2f}", f"{size[1] * scale:.2f}"
    name = f"fit-{width}-{height}".replace(".", "_")
    rule = f".sheet img.{name} {{ width: {width}mm; height: {height}mm }}\n".encode()
    if rule not in assets[SIZES]:
        assets[SIZES] += rule
    return name


def _join(row: dict[str, Any], paper: joining.Prepared, assets: dict[str, bytes], *, is_large: bool) -> dict[str, Any]:
    """A paper with what the pack shows of it, and its pictures among the assets."""
    number = sum(name.startswith("sheet-") for name in assets)
    shown: dict[str, Any] = {**row, "problem": paper.problem, "is_joined": paper.is_joined}
    if not paper.is_joined:
        return shown
    if paper.kind == "text":
        shown["text"] = paper.text
    elif paper.kind == "picture" and paper.path:
        name = f"picture-{len(assets)}.{'png' if row['file']['content_type'] == 'image/png' else 'jpg'}"
        assets[name] = paper.path.read_bytes()
        room = _room(is_wide=False, is_first=True, is_large=is_large)
        shown["picture"] = {"name": name, "fit": _fit(paper.pages[0], room, assets)}
    else:
        shown["sheets"] = []
        for page, (width, height) in enumerate(paper.pages):
            name, is_wide = f"sheet-{number + page}.png", width > height
            assets[name] = joining.placeholder(number + page)
            room = _room(is_wide=is_wide, is_first=page == 0, is_large=is_large)
            shown["sheets"].append({"name": name, "is_wide": is_wide, "fit": _fit((width, height), room, assets)})
    return shown


def _pack(
    contents: Mapping[str, Any], assets: dict[str, bytes], prepared: Sequence[joining.Prepared]
) -> dict[str, Any]:
    """A pack's contents with real dates, its papers with what is joined of them, and its chart among the assets."""
    rows = _rows(contents)
    assets[SIZES] = b""
    ready = [*prepared, *[joining.Prepared()] * (len(rows) - len(prepared))]
    joined = [
        {**_join(row, paper, assets, is_large=contents["is_large"]), "anchor": f"paper-{n}"}
        for n, (row, paper) in enumerate(zip(rows, ready, strict=True), start=1)
    ]
    waiting = iter(joined)
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
        "papers": [{**kind, "rows": [next(waiting) for _row in kind["rows"]]} for kind in contents["papers"]],
        "paper_count": len(rows),
        "joined": [row for row in joined if row["is_joined"]],
        "apart": [row for row in joined if not row["is_joined"]],
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
