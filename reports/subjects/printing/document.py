"""A report about one subject as HTML: its frozen data set in the parts and style sheets of the annual report.

Nothing here asks the database: a file depends on its edition alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from impact.core.documents import charts, printing
from reports.formats import drawings, numbering
from reports.formats.content.blocks import Block, Cell, Heading, Paragraph, Run, Table, blocks_of
from reports.formats.content.language import ENGLISH, localise, localised_chart
from reports.formats.content.source import Source
from reports.formats.content.tree import Node, parse
from reports.formats.files import kinds
from reports.subjects.printing import funders, network, parts, site

STYLES = ("report.css", "report-subject.css")
TEMPLATES = "reports/formats/subjects"
EASY_LEADS = {
    "network": "This is what a network did, in short sentences with pictures.",
    "site": "This is how the work at a site is going, in short sentences with pictures.",
    "funders": "This is what happened in three months, in short sentences with pictures.",
}
OF_KIND: dict[str, Any] = {"network": network, "site": site, "funders": funders}
LONG_TITLE = 24  # characters that fit on the cover in the largest type


@lru_cache(maxsize=1)
def renderer() -> str:
    """What makes the files, as a short version: of what makes all forms, and of the parts and templates used here."""
    shaping = [*Path(__file__).parent.glob("*.py"), *(printing.ROOT / "templates" / TEMPLATES).glob("*.html")]
    shaping.append(printing.ROOT / "static" / "css" / STYLES[1])
    digest = hashlib.sha256()
    for path in sorted(shaping):
        digest.update(path.read_bytes())
    return f"{kinds.renderer()}-{digest.hexdigest()[:8]}"


def figures_of(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The figures at a glance, with what each counts."""
    found: list[dict[str, Any]] = OF_KIND[data["report"]["kind"]].figures(data["figures"])
    return found


def chapters_of(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every chapter, in reading order; how it was made comes last."""
    report = data["report"]
    made: list[dict[str, Any]] = OF_KIND[report["kind"]].chapters(data["figures"], data["opening"], data["closing"])
    made.append(parts.chapter("method", "How this report was made", _method(data)))
    return [{**chapter, "number": number, "flows_on": number > 1} for number, chapter in enumerate(made, start=1)]


@dataclass(frozen=True)
class ChapterWords:
    """A chapter as an edition says it: its key and title, its words as text, and as a page shows them."""

    key: str
    title: str
    text: str
    html: str


def chapter_words(data: Mapping[str, Any]) -> list[ChapterWords]:
    """Every chapter with its words, in reading order."""
    found = []
    for chapter in chapters_of(data):
        drawn = {**chapter, "parts": [_on_page(part) for part in chapter["parts"]]}
        html = "".join(render_to_string(f"{TEMPLATES}/_part.html", {"part": part}) for part in drawn["parts"])
        text = parse(html).text
        found.append(ChapterWords(chapter["key"], chapter["title"], text, mark_safe(html)))  # noqa: S308  our templates
    return found


def _on_page(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "chart": drawings.on_page(part["chart"])} if part["kind"] == "chart" else part


def _method(data: Mapping[str, Any]) -> list[Any]:
    rows = [
        "Figures are counted from the records of the platform. No one types them in.",
        f"Everything is shown as it was on {parts.on(data['as_of'])}. Words and figures were frozen together.",
        "Numbers of people are rounded to the nearest 5, and those that could identify someone are withheld.",
        "Words that people said in meetings are quoted only with their consent, and without their names.",
        "Readers of this report can check at /reports/verify/, once signed in, whether a copy is ours, and unchanged.",
    ]
    if data["report"]["is_illustrative"]:
        rows.append("This is a demonstration. Some names, figures and dates in it are invented.")
    return [parts.items(rows)]


def context(
    data: Mapping[str, Any],
    *,
    taken_on: date,
    fingerprint: str,
    number: int,
    assets: dict[str, bytes] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What the templates need. With ``assets`` charts are put there by name; without, they are in the page."""

    def placed(name: str, chart: charts.Chart) -> dict[str, str]:
        if assets is not None:
            assets[f"{name}.svg"] = chart.svg.encode()
            return {"src": f"asset:{name}.svg", "alt": chart.alt}
        return drawings.on_page(chart)

    chapters = chapters_of(data)
    for chapter in chapters:
        chapter["parts"] = [
            {**part, "chart": placed(f"{chapter['key']}-{part['name']}", part["chart"])}
            if part["kind"] == "chart"
            else part
            for part in chapter["parts"]
        ]
    made = [
        numbering.number(
            render_to_string(f"{TEMPLATES}/_chapter.html", {"chapter": chapter, **more}),
            key=chapter["key"],
            chapter=chapter["number"],
        )
        for chapter in chapters
    ]
    return {
        "report": data["report"],
        "is_long": len(data["report"]["cover_title"]) > LONG_TITLE,
        "as_of": date.fromisoformat(data["as_of"]),
        "taken_on": taken_on,
        "fingerprint": fingerprint[:12],
        "number": number,
        "chapters": chapters,
        "contents": [{**chapter, "headings": one.headings} for chapter, one in zip(chapters, made, strict=True)],
        "listed": [entry for one in made for entry in one.listed],
        "body": mark_safe("\n".join(one.html for one in made)),  # noqa: S308  rendered by our own templates
        "author": "IMPACT",
        **more,
    }


@dataclass(frozen=True)
class SubjectSource(Source):
    """What the files of an edition are made from: its frozen data, in one language."""

    @property
    def title(self) -> str:
        return self.say(str(self.report["title"]))

    @property
    def easy_lead(self) -> str:
        return EASY_LEADS[self.report["kind"]]

    @property
    def author(self) -> str:
        return "IMPACT"

    @property
    def cover_lines(self) -> list[str]:
        return [f"Figures to {parts.on(self.data['as_of'])}.", f"Edition {self.number}."]

    def page_context(self) -> dict[str, Any]:
        """For the form that is one web page."""
        return {**self._context(is_page=True, is_file=True), "all_figures": self.figures}

    def _context(self, **more: Any) -> dict[str, Any]:
        return context(self.data, taken_on=self.taken_on, fingerprint=self.sha256, number=self.number, **more)

    def compose(self) -> tuple[str, dict[str, bytes]]:
        """The whole report as HTML for print, and the named assets that it uses."""
        assets = {name: path.read_bytes() for name, path in printing.files_on_disk(*STYLES).items()}
        assets["cover.svg"] = charts.cover().encode()
        assets["mark.svg"] = charts.mark().encode()
        assets["illustrative.css"] = printing.ILLUSTRATIVE.encode()
        words = self._context(assets=assets)
        return render_to_string(f"{TEMPLATES}/report.html", {**words, "style": STYLES[1]}), assets

    @cached_property
    def _chapters(self) -> tuple[Node, dict[str, bytes]]:
        assets: dict[str, bytes] = {}
        tree = parse(self._context(assets=assets)["body"])
        if self.language != ENGLISH:
            localise(tree)
            assets = {name: localised_chart(data, self.language) for name, data in assets.items()}
        return tree, assets

    @cached_property
    def blocks(self) -> list[Block]:
        return blocks_of(self._chapters[0])

    @cached_property
    def figures(self) -> list[dict[str, str]]:
        return [
            {
                "code": "",
                "title": self.say(one["title"]),
                "words": self.say(said(one["value"])),
                "definition": self.say(one["definition"]),
            }
            for one in figures_of(self.data)
        ]

    @property
    def figure_sheet(self) -> list[tuple[str, ...]]:
        """The figures as the first sheet shows them, its headings first."""
        rows = [(one["title"], one["words"], one["definition"]) for one in self.figures]
        return [tuple(self.say(head) for head in ("Figure", "Value", "Definition")), *rows]

    @property
    def figure_values(self) -> list[dict[str, Any]]:
        """The figures as JSON holds them."""
        rows = values(self.data)
        return [{**row, **{name: self.say(row[name]) for name in ("title", "definition")}} for row in rows]

    @cached_property
    def annex(self) -> list[Block]:
        def row(one: tuple[str, ...], *, is_head: bool = False) -> list[Cell]:
            return [Cell([Run(words)], is_head or not place, False) for place, words in enumerate(one)]

        head, *body = self.figure_sheet
        title = self.say("Every figure")
        table = Table([Run(title)], [row(head, is_head=True)], [row(one) for one in body])
        lead = self.say("What stands at the beginning, with what each figure counts.")
        return [Heading(2, [Run(title)], "every-figure"), Paragraph([Run(lead)]), table]


def said(value: Any) -> str:
    """A figure's value as people read it."""
    return "withheld" if value is None else str(value)


def values(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The figures as the API and JSON give them."""
    return [
        {"name": one["name"], "title": one["title"], "value": one["value"], "definition": one["definition"]}
        for one in figures_of(data)
    ]
