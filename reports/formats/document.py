"""The report as HTML: a snapshot's words and figures set in the templates of ``templates/reports/formats/pdf/``.

The same chapters make the PDF and the preview on the page. Code that draws charts or figures here must not ask the
database: an edition depends on its snapshot alone.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from impact.core.basics.dates import day
from impact.core.basics.markdown import render_markdown
from impact.core.basics.vocabulary import FOUR_NATIONS, Nation
from impact.core.documents import charts, printing
from reports.writing.models import ReportSection

if TYPE_CHECKING:
    from reports.editions.models import Snapshot

STYLE = "report.css"
NATIONS = dict(Nation.choices)
MISSING_SHOWN = 60
THEMES_DRAWN = 14


@lru_cache(maxsize=1)
def renderer() -> str:
    """What draws an edition, as a short version: it changes with WeasyPrint and with every file that shapes the page."""
    shaping = sorted((printing.ROOT / "templates" / "reports" / "formats" / "pdf").rglob("*.html"))
    shaping += [Path(__file__), *printing.files_on_disk(STYLE).values()]
    return printing.fingerprint(shaping)


def draw_charts(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Every chart of the report by name; ``networks`` and ``coverage`` hold a list each."""
    said, sites = figures["contributions"], figures["sites"]
    themes = [row for row in said["themes"] if row["enablers"] or row["barriers"]]
    return {
        "models": charts.bars("Sites by delivery model", [(row["label"], row["total"]) for row in sites["by_model"]]),
        "kinds": charts.bars("Contributions by kind", [(row["label"] + "s", row["value"]) for row in said["by_kind"]]),
        "evidence": charts.bars(
            "Materials by kind of evidence", [(row["label"], row["value"]) for row in figures["evidence"]]
        ),
        "outcomes": charts.bars(
            "Involvements by outcome", [(row["label"], row["value"]) for row in figures["involvements"]["by_outcome"]]
        ),
        "themes": charts.split(
            "What helps and what gets in the way, by theme",
            [(row["theme"], row["enablers"], row["barriers"]) for row in themes[:THEMES_DRAWN]],
        ),
        "networks": [
            charts.cadence(
                f"Returns from {network['name']}",
                [
                    (row["local_network"], [slot["state"] for slot in row["slots"]])
                    for row in network["rows"][:THEMES_DRAWN]
                ],
            )
            for network in figures["meetings"]["networks"]
        ],
        "coverage": [charts.coverage(f"Coverage at {row['site']}", row) for row in figures["coverage"]],
    }


def context(
    data: Mapping[str, Any], *, taken_on: date, fingerprint: str, assets: dict[str, bytes] | None = None
) -> dict[str, Any]:
    """What the chapter templates need. With ``assets`` charts are put there by name; without, they are in the page."""
    figures = data["figures"]

    def placed(name: str, chart: charts.Chart) -> dict[str, str]:
        if assets is not None:
            assets[f"{name}.svg"] = chart.svg.encode()
            return {"src": f"asset:{name}.svg", "alt": chart.alt}
        # Drawn into the page, where it has the page's own typeface; charts escape every word that comes from data.
        opening = f'<svg role="img" aria-label="{escape(chart.alt)}" '
        return {"inline": mark_safe(chart.svg_on_page.replace("<svg ", opening, 1)), "alt": chart.alt}  # noqa: S308

    drawn = {
        name: [placed(f"{name}-{n}", one) for n, one in enumerate(chart)]
        if isinstance(chart, list)
        else placed(name, chart)
        for name, chart in draw_charts(figures).items()
    }
    missing = _by_local_network(figures["meetings"]["missing_returns"])
    charter = _with_dates(figures["charter"])
    kinds = [row["label"] for row in figures["contributions"]["by_kind"]]
    chapters = [
        {
            "key": key,
            "number": number,
            "title": label,
            "text": _words(data["sections"].get(key, "")),
            "template": f"reports/formats/pdf/chapters/{key}.html",
        }
        for number, (key, label) in enumerate(ReportSection.Key.choices, start=1)
    ]
    return {
        "report": data["report"],
        "as_of": date.fromisoformat(data["as_of"]),
        "taken_on": taken_on,
        "fingerprint": fingerprint[:12],
        "renderer": renderer(),
        "figures": figures,
        "charts": drawn,
        "chapters": chapters,
        "nations": [(nation.value, nation.label) for nation in FOUR_NATIONS],
        "missing_shown": missing[:MISSING_SHOWN],
        "missing_more": max(0, len(missing) - MISSING_SHOWN),
        "networks": [
            (_with_words(network, data["report"]["year"]), chart)
            for network, chart in zip(figures["meetings"]["networks"], drawn["networks"], strict=True)
        ],
        "coverage": list(zip(figures["coverage"], drawn["coverage"], strict=True)),
        "kind_rows": [
            {**row, "cells": list(zip(kinds, row["kinds"], strict=True))}
            for row in figures["contributions"]["by_nation"]
        ],
        "model_rows": [
            {**row, "cells": [(nation, label, row["nations"][nation]) for nation, label in NATIONS.items()]}
            for row in figures["sites"]["by_model"]
        ],
        "theme_rows": [
            {
                **row,
                "cells": [
                    {"label": nation.label, **row["nations"].get(nation.value, {"enablers": 0, "barriers": 0})}
                    for nation in FOUR_NATIONS
                ],
            }
            for row in figures["contributions"]["themes"]
        ],
        "silent_nations": _silent_nations(figures["meetings"]["networks"]),
        "involvements": figures["involvements"]["rows"],
        "good_practice": [row for row in figures["involvements"]["rows"] if row["is_good_practice"]],
        "to_develop": [row for row in figures["involvements"]["rows"] if row.get("is_development")],
        "waiting_involvements": [row for row in figures["involvements"]["rows"] if row["key"] == "waiting"],
        "charter": charter,
        "due_waypoints": [row for row in charter["waypoints"] if row["state"] == "due"] if charter else [],
    }


def _with_dates(charter: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A charter's figures with real dates in place of JSON's text, and what people wrote as clean HTML."""
    if charter is None:
        return None

    def dated(row: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: date.fromisoformat(value) if key.endswith("_on") and value else value for key, value in row.items()
        }

    def told(row: dict[str, Any]) -> dict[str, Any]:
        words = {
            name: render_markdown(row[name], heading_offset=3) for name in ("where_we_are", "heading") if row[name]
        }
        parts = [
            {"question": part["question"], "words": render_markdown(part["words"], heading_offset=3)}
            for part in row.get("summary", ())
        ]
        return {**row, **words, "summary": parts}

    return {
        **charter,
        "versions": [dated(row) for row in charter["versions"]],
        "waypoints": [told(dated(row)) for row in charter["waypoints"]],
    }


def _slot_day(on: str, year: int) -> str:
    """The day of a meeting; its year is only said where it is not the report's."""
    if not on:
        return ""
    meets = date.fromisoformat(on)
    return day(meets).rsplit(" ", 1)[0] if meets.year == year else day(meets)


def _with_words(network: Mapping[str, Any], year: int) -> dict[str, Any]:
    """A network's returns as its table says them: "Return in", "26 July"; "Still to come", "24 January 2023"."""
    rows = [
        {
            **row,
            "slots": [
                {
                    "number": slot["number"],
                    "words": charts.SLOT_WORDS[slot["state"]].capitalize(),
                    "on": _slot_day(slot["on"], year),
                }
                for slot in row["slots"]
            ],
        }
        for row in network["rows"]
    ]
    return {**network, "rows": rows, "numbers": range(1, network["rounds"] + 1)}


def _words(text: str) -> SafeString:
    """What people wrote in a chapter, as clean HTML whose headings start at h3, whichever level they began with."""
    levels = [len(marks) for marks in re.findall(r"^ {0,3}(#{1,6})\s", text, flags=re.MULTILINE)]
    return render_markdown(text, heading_offset=3 - min(levels, default=1))


def _by_local_network(missing: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Missing returns, one line for each local network: "meetings 1, 2 and 3"."""
    lines: dict[str, dict[str, Any]] = {}
    for row in missing:
        lines.setdefault(row["slug"], {**row, "rounds": []})["rounds"].append(str(row["round"]))
    for line in lines.values():
        *most, last = line["rounds"]
        line["is_nation_unsaid"] = line["nation"] not in line["local_network"]
        line["meetings"] = f"meetings {', '.join(most)} and {last}" if most else f"meeting {last}"
    return list(lines.values())


def _silent_nations(networks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Nations whose local networks have sent nothing in, though others of the same network have."""
    rows = [row for network in networks if any(row["held"] for row in network["rows"]) for row in network["rows"]]
    heard = {row["nation"] for row in rows if row["held"]}
    return sorted({row["nation"] for row in rows} - heard)


def compose(snapshot: "Snapshot") -> tuple[str, dict[str, bytes]]:
    """A snapshot's HTML and the named assets it uses: style sheet, fonts, charts."""
    assets = {name: path.read_bytes() for name, path in printing.files_on_disk(STYLE).items()}
    assets["cover.svg"] = charts.cover().encode()
    assets["mark.svg"] = charts.mark().encode()
    assets["illustrative.css"] = printing.ILLUSTRATIVE.encode()
    words = context(snapshot.data, taken_on=local_day(snapshot), fingerprint=snapshot.sha256, assets=assets)
    return render_to_string("reports/formats/pdf/report.html", words), assets


def local_day(snapshot: "Snapshot") -> date:
    """The day, in the UK, on which a snapshot was taken."""
    return timezone.localtime(snapshot.taken_at).date()
