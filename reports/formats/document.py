"""The report as HTML: a snapshot's words and figures set in the templates of ``templates/reports/formats/pdf/``.

The same chapters make the PDF and the preview on the page. Code that draws charts or figures here must not ask the
database: an edition depends on its snapshot alone.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from impact.core.basics.markdown import render_markdown
from impact.core.basics.vocabulary import FOUR_NATIONS, Nation
from impact.core.documents import charts, printing
from impact.core.documents.chapters import pieces
from impact.core.documents.chapters.pieces import Piece
from reports.formats import drawings, numbering, placing
from reports.formats.drawings import draw_charts, slot_day
from reports.writing.models import ReportSection

if TYPE_CHECKING:
    from reports.editions.models import Snapshot
    from reports.formats.content.source import Source

STYLE = "report.css"
# Page numbers are drawn when the pieces are joined. Where they stand in the whole document, a piece keeps an empty box,
# and the sample, ten empty pages, shows nothing else: their place, type and words ("3 of 84") are read off there.
PAGE_NUMBER = "bottom-right"
MARGIN_BOXES = [f"{edge}-{place}" for edge in ("top", "bottom") for place in ("left", "center", "right")]
PIECE_STYLE = (
    f'@page {{ @{PAGE_NUMBER} {{ content: "" !important }} }}'
    "body { string-set: title attr(data-title) }"
    ".contents a[data-page]::after { content: attr(data-page) }"
)
# A piece that goes on with a chapter has no heading of that chapter, from which its pages could take their running head.
CONTINUED_STYLE = (
    PIECE_STYLE + "body { string-set: title attr(data-title), chapter attr(data-chapter) }"
    "@page { @top-left { content: string(chapter) !important } }"
)
SAMPLE_STYLE = (
    f"@page {{ {' '.join(f'@{box} {{ content: none !important }}' for box in MARGIN_BOXES if box != PAGE_NUMBER)} }}"
)
SAMPLE = '<section class="chapter"></section>' * 10
NATIONS = dict(Nation.choices)
MISSING_SHOWN = 60
ASKS_ON_POSTER = 5
PAGE_MILLIMETRES = 245  # of a page for words
# Chapters that go on below the one before: most are short, and a page of each would be half empty. After this many
# characters of HTML, a few pages, even they begin a page, so that a change in one has few others drawn again.
FLOWS_ON = frozenset({"good_practice", "development", "equality", "last_response", "method"})
FLOWS_AFTER = 11_000
MANY_ROWS = 60  # a table this long begins a page, and is a piece of its own
MANY_LISTED = (
    500  # figures and tables in a piece of their list: what is drawn at once stays small, however many there are
)
LISTED_CHARACTERS = 66  # of a figure's or table's words on a line of that list, about
LABEL_CHARACTERS = 12  # of "Figure 9.999" before them


@lru_cache(maxsize=1)
def renderer() -> str:
    """What draws an edition, as a short version: it changes with WeasyPrint and with every file that shapes the page."""
    shaping = sorted((printing.ROOT / "templates" / "reports" / "formats" / "pdf").rglob("*.html"))
    shaping += [Path(__file__).with_name(name) for name in ("document.py", "drawings.py", "numbering.py", "placing.py")]
    shaping += [*printing.files_on_disk(STYLE).values()]
    return printing.fingerprint(shaping)


def context(
    data: Mapping[str, Any], *, taken_on: date, fingerprint: str, assets: dict[str, bytes] | None = None
) -> dict[str, Any]:
    """What the chapter templates need. With ``assets`` charts are put there by name; without, they are in the page."""
    figures = data["figures"]

    def placed(name: str, chart: charts.Chart) -> dict[str, str]:
        if assets is not None:
            assets[f"{name}.svg"] = chart.svg.encode()
            return {"src": f"asset:{name}.svg", "alt": chart.alt}
        return drawings.on_page(chart)

    drawn = {
        name: [placed(f"{name}-{n}", one) for n, one in enumerate(chart)]
        if isinstance(chart, list)
        else placed(name, chart)
        for name, chart in draw_charts(figures, data["report"]["year"]).items()
    }
    missing = _by_local_network(figures["meetings"]["missing_returns"])
    charter = _with_dates(figures["charter"])
    quotes = data.get("quotes", [])
    voices = {
        network["name"]: [row for row in quotes if row.get("network") == network["name"]]
        for network in figures["meetings"]["networks"]
    }
    kinds = [row["label"] for row in figures["contributions"]["by_kind"]]
    chapters = [
        {
            "key": key,
            "number": number,
            "title": label,
            "text": _words(data["sections"].get(key, ""), data, label, drawn),
            "template": f"reports/formats/pdf/chapters/{key}.html",
            "flows_on": False,  # numbered_chapters says so, once it knows how long the one before is
        }
        for number, (key, label) in enumerate(_chapters(data), start=1)
    ]
    return {
        "report": data["report"],
        "as_of": date.fromisoformat(data["as_of"]),
        "taken_on": taken_on,
        "corrections": data.get("corrections", []),
        "figures_on": date.fromisoformat(data["figures_on"]) if data.get("figures_on") else taken_on,
        "fingerprint": fingerprint[:12],
        "renderer": renderer(),
        "figures": figures,
        "charts": drawn,
        "chapters": chapters,
        "many_rows": MANY_ROWS,
        "many_listed": MANY_LISTED,
        "number_of": {chapter["key"]: chapter["number"] for chapter in chapters},
        "nations": [(nation.value, nation.label) for nation in FOUR_NATIONS],
        "missing_shown": missing[:MISSING_SHOWN],
        "missing_more": max(0, len(missing) - MISSING_SHOWN),
        "networks": [
            ({**_with_words(network, data["report"]["year"]), "voices": voices.get(network["name"], [])}, chart, tiles)
            for network, chart, tiles in zip(
                figures["meetings"]["networks"], drawn["networks"], drawn["network_tiles"], strict=True
            )
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
        "asks": re.findall(r"^#+\s+(.+?)\s*#*$", data["sections"].get("development", ""), re.MULTILINE)[
            :ASKS_ON_POSTER
        ],
        "quotes": quotes,
        "other_quotes": [row for row in quotes if row not in chain(*voices.values())],
        "pull_quote": next((row for row in quotes if not row.get("is_withdrawn")), None),
        "responses_last_year": [
            {
                **row,
                "text": render_markdown(row["words"], heading_offset=4),
                "due_on": date.fromisoformat(row["due_on"]) if row["due_on"] else None,
            }
            for row in data.get("responses_last_year", [])
        ],
        "involvements": figures["involvements"]["rows"],
        "good_practice": [row for row in figures["involvements"]["rows"] if row["is_good_practice"]],
        "to_develop": [row for row in figures["involvements"]["rows"] if row.get("is_development")],
        "waiting_involvements": [row for row in figures["involvements"]["rows"] if row["key"] == "waiting"],
        "charter": charter,
        "due_waypoints": [row for row in charter["waypoints"] if row["state"] == "due"] if charter else [],
    }


# Chapters of words, besides last year's response and equality figures where there are any: left out where there is nothing to read.
ONLY_WORDS = {ReportSection.Key.EQUALITY, ReportSection.Key.LOOKING_AHEAD, ReportSection.Key.LAST_RESPONSE}


def _chapters(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The chapters that a snapshot holds, with their titles, in the report's order. An earlier snapshot has fewer."""
    more = {
        ReportSection.Key.LAST_RESPONSE: bool(data.get("responses_last_year")),
        ReportSection.Key.EQUALITY: bool(data["figures"].get("equality")),
    }
    return [
        (key, label)
        for key, label in ReportSection.Key.choices
        if key in data["sections"]
        and (key not in ONLY_WORDS or data["sections"][key].strip() or more.get(ReportSection.Key(key)))
    ]


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


def _with_words(network: Mapping[str, Any], year: int) -> dict[str, Any]:
    """A network's returns as its table says them: "Return in", "26 July"; "Still to come", "24 January 2023"."""
    rows = [
        {
            **row,
            "slots": [
                {
                    "number": slot["number"],
                    "words": charts.SLOT_WORDS[slot["state"]].capitalize(),
                    "on": slot_day(slot["on"], year),
                }
                for slot in row["slots"]
            ],
        }
        for row in network["rows"]
    ]
    return {
        **network,
        "rows": rows,
        "rows_in_table": rows[drawings.NETWORKS_DRAWN :],
        "numbers": range(1, network["rounds"] + 1),
        "held": sum(row["held"] for row in rows),
        "planned": sum(row["planned"] for row in rows),
    }


def _words(text: str, data: Mapping[str, Any], title: str, drawn: Mapping[str, Any]) -> SafeString:
    """What people wrote in a chapter, as clean HTML whose headings start at h3, whichever level they began with, with
    the figures, tables, charts and quotes that it names. Raises UnknownName."""
    blocks = placing.place(text, data, section=title, heading_offset=placing.heading_offset(text))
    return placing.to_html(blocks, drawn)


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


def _composed(snapshot: "Snapshot | Source") -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the templates need of a snapshot, and the named assets: style sheets, fonts, charts."""
    assets = {name: path.read_bytes() for name, path in printing.files_on_disk(STYLE).items()}
    assets["cover.svg"] = charts.cover().encode()
    assets["mark.svg"] = charts.mark().encode()
    assets["illustrative.css"] = printing.ILLUSTRATIVE.encode()
    words = context(snapshot.data, taken_on=local_day(snapshot), fingerprint=snapshot.sha256, assets=assets)
    return words, assets


def compose(snapshot: "Snapshot | Source") -> tuple[str, dict[str, bytes]]:
    """A snapshot's HTML in one, and the named assets that it uses."""
    words, assets = _composed(snapshot)
    chapters = [html for _chapters, html in parts(words)]
    inner = "\n".join([front(words), glance(words), *chapters])
    return render_to_string("reports/formats/pdf/report.html", {**words, "inner": mark_safe(inner)}), assets  # noqa: S308


def numbered_chapters(words: dict[str, Any], *, with_anchors: bool = True) -> list[numbering.Numbered]:
    """Each chapter's HTML, its figures and tables numbered and the words that lead to them filled in; ``words`` is what
    ``context`` gives, and gets ``contents`` and ``lists`` for the front pages."""
    made: list[numbering.Numbered] = []
    before = 0  # characters since a page was begun
    for chapter in words["chapters"]:
        chapter["flows_on"] = chapter["key"] in FLOWS_ON and 0 < before < FLOWS_AFTER
        drawn = render_to_string("reports/formats/pdf/_chapter.html", {**words, "chapter": chapter})
        made.append(numbering.number(drawn, key=chapter["key"], chapter=chapter["number"], with_anchors=with_anchors))
        before = FLOWS_AFTER if pieces.CUT in drawn else len(drawn) + before * chapter["flows_on"]
    codes = numbering.all_codes(made)
    for one in made:
        one.html = numbering.resolved(one.html, codes)
    words["contents"] = [
        {**chapter, "headings": one.headings} for chapter, one in zip(words["chapters"], made, strict=True)
    ]
    words["listed"] = [entry for one in made for entry in one.listed]
    words["codes"] = codes
    return made


def parts(words: dict[str, Any]) -> list[tuple[list[dict[str, Any]], str]]:
    """The chapters and their HTML, those that flow on together with the one before them. A part begins on a new page."""
    found: list[tuple[list[dict[str, Any]], str]] = []
    for chapter, one in zip(words["chapters"], numbered_chapters(words), strict=True):
        if chapter["flows_on"] and found:
            chapters, html = found[-1]
            found[-1] = ([*chapters, chapter], html + one.html)
        else:
            found.append(([chapter], one.html))
    return found


def chapters_on_page(words: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What a page of the site needs to show the chapters: ``words`` and ``more``, and their HTML as ``body``.

    ``is_file``, ``are_codes_plain`` and ``figure_query`` say where the codes beside figures lead, as in ``figure_code``.
    """
    whole = {**words, **more, "is_page": True}
    body = mark_safe("\n".join(one.html for one in numbered_chapters(whole)))  # noqa: S308  rendered by our own templates
    if whole.get("is_file"):
        body = placing.with_links(body, "#{}")
    elif not whole.get("are_codes_plain"):
        body = placing.with_links(body, f"/f/{{}}/?{whole.get('figure_query', '')}")
    return {**whole, "body": body}


def front(words: Mapping[str, Any]) -> str:
    """Cover and contents."""
    return render_to_string("reports/formats/pdf/_front.html", words)


def glance(words: Mapping[str, Any]) -> str:
    """The year at a glance, two pages that stand alone."""
    return numbering.resolved(render_to_string("reports/formats/pdf/_glance.html", words), words["codes"])


def _pages_of(blocks: Iterable[float], *, used: float = 0) -> int:
    """About how many pages blocks of these heights take, in millimetres, where one that fits on a page is not broken."""
    pages = 1
    for block in blocks:
        if used + block > PAGE_MILLIMETRES and block <= PAGE_MILLIMETRES:
            pages, used = pages + 1, 0
        used += block
        more, used = divmod(used, PAGE_MILLIMETRES)
        pages += int(more)
    return pages


def _front_pieces(words: Mapping[str, Any], whole: Callable[[str], str]) -> Iterator[Piece]:
    """Cover and contents, and the list of figures and tables where it is long enough for pages of its own, cut where it is
    very long; with about how many pages each takes, so that they are seldom drawn twice."""
    contents, *apart = pieces.cut(front(words))
    chapters = [
        7.9,
        *(7.9 + 4.41 * len(chapter["headings"]) for chapter in words["contents"]),
        31,
    ]  # 31: how to read it
    listed = [
        1.2 + 4.76 * max(math.ceil(len(entry.words) / LISTED_CHARACTERS), 1 + (len(entry.label) > LABEL_CHARACTERS))
        for entry in words["listed"]
    ]
    pages = 1 + _pages_of([*chapters, *([] if apart else [18, *listed])], used=16)
    yield Piece(
        "front", "Cover and contents", whole(contents), without_numbers=1, lists_pages=True, pages_guessed=pages
    )
    for number, one in enumerate(apart):
        here = listed[number * MANY_LISTED : (number + 1) * MANY_LISTED]
        name = f"listed-{number}" if number else "listed"
        guess = _pages_of(here, used=0 if number else 9)
        yield Piece(name, "Figures and tables", whole(one), lists_pages=True, pages_guessed=guess)


def in_pieces(snapshot: "Snapshot") -> pieces.Whole:
    """A snapshot's HTML in pieces that are drawn on their own: cover and contents, then each part.

    A chapter is cut further where its template says so with ``<!--cut-->``: there a page begins. The templates are
    those of ``compose``, so both hold the same words.
    """
    words, assets = _composed(snapshot)
    assets["piece.css"] = PIECE_STYLE.encode()
    assets["continued.css"] = CONTINUED_STYLE.encode()
    assets["sample.css"] = SAMPLE_STYLE.encode()

    def whole(inner: str, running_head: str = "", style: str = "piece.css") -> str:
        return render_to_string(
            "reports/formats/pdf/piece.html",
            {**words, "inner": mark_safe(inner), "running_head": running_head, "style": style},  # noqa: S308
        )

    drawn_parts = parts(words)
    found = [*_front_pieces(words, whole), Piece("glance", "The year at a glance", whole(glance(words)))]
    for chapters, drawn in drawn_parts:
        last = chapters[-1]  # the only one that may be cut
        opening, rest = f'<section class="chapter chapter--{last["key"]}">', "</section>"
        cut = pieces.cut(drawn)
        for number, part in enumerate(cut):
            inner = (opening if number else "") + part + (rest if number < len(cut) - 1 else "")
            if number:
                name, made = f"{last['key']}-{number}", whole(inner, last["title"], "continued.css")
            else:
                name, made = chapters[0]["key"], whole(inner)
            found.append(Piece(name, chapters[0]["title"], made, is_continued=number > 0))
    return pieces.Whole(
        pieces=found,
        assets=assets,
        identifier=snapshot.sha256,
        sample=whole(SAMPLE, "", "sample.css"),
    )


def local_day(snapshot: "Snapshot | Source") -> date:
    """The day, in the UK, on which a snapshot was taken."""
    return timezone.localtime(snapshot.taken_at).date()
