"""What a form of a report is made from: one snapshot, one language, and nothing else."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.utils import timezone

from impact.core.basics.dates import day
from reports.figures.catalogue import INDICATORS, values
from reports.formats import document
from reports.formats.content.blocks import Block, Cell, Heading, Paragraph, Run, Table, blocks_of
from reports.formats.content.language import ENGLISH, TAGS, in_welsh, localise, localised_chart
from reports.formats.content.tree import Node, parse

Tell = Callable[[int, str], None]
KEPT = {"code", "name", "chart", "key", "slug"}  # for programs


def quiet(percent: int, step: str) -> None:
    """Tell no one how far the work is."""


@dataclass(frozen=True)
class Source:
    """One snapshot in one language. ``easy_read`` holds the frozen Easy Read words, for that form alone."""

    data: Mapping[str, Any]
    sha256: str
    taken_at: datetime
    number: int
    language: str = ENGLISH
    easy_read: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """The document's language as files say it: en-GB, cy."""
        return TAGS[self.language]

    @property
    def taken_on(self) -> date:
        return timezone.localtime(self.taken_at).date()

    @property
    def report(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.data["report"]
        return found

    @property
    def title(self) -> str:
        """ "Co-production annual report 2022"."""
        return f"{self.say(self.report['title'])} {self.report['year']}"

    @property
    def author(self) -> str:
        """Who it is from, as files say it of themselves."""
        return "IMPACT Co-production Advisory Group"

    @property
    def cover_lines(self) -> list[str]:
        """What stands below the title."""
        return [
            "From the Co-production Advisory Group to the leadership team",
            f"Figures to {day(date.fromisoformat(self.data['as_of']))}.",
            f"Text as it was on {day(self.taken_on)}.",
            *(["Corrected edition."] if self.data.get("corrections") else []),
        ]

    @property
    def easy_lead(self) -> str:
        """What an Easy Read says first of the report."""
        return "This is the story of our year, in short sentences with pictures."

    def compose(self) -> tuple[str, dict[str, bytes]]:
        """The whole report as HTML for print, and the named assets that it uses."""
        return document.compose(self)

    def page_context(self) -> dict[str, Any]:
        """For the form that is one web page."""
        words = document.context(self.data, taken_on=self.taken_on, fingerprint=self.sha256)
        return {
            **document.chapters_on_page(words, is_file=True),
            "as_of": date.fromisoformat(self.data["as_of"]),
            "all_figures": self.figures,
        }

    def identifier(self, form: str) -> str:
        """What stands in a PDF as its identity: of the snapshot, the form and the language."""
        return hashlib.sha256(f"{self.sha256}:{form}:{self.language}".encode()).hexdigest()

    def say(self, words: str) -> str:
        """Fixed words in the form's language; other words as they are."""
        return words if self.language == ENGLISH else in_welsh(words) or words

    @cached_property
    def assets(self) -> dict[str, bytes]:
        """Every chart by the name that the blocks call it."""
        return self._chapters[1]

    @cached_property
    def _chapters(self) -> tuple[Node, dict[str, bytes]]:
        assets: dict[str, bytes] = {}
        words = document.context(self.data, taken_on=self.taken_on, fingerprint=self.sha256, assets=assets)
        chapters = document.numbered_chapters({**words, "with_tables": True})
        tree = parse("\n".join(chapter.html for chapter in chapters))
        if self.language != ENGLISH:
            localise(tree)
            assets = {name: localised_chart(data, self.language) for name, data in assets.items()}
        return tree, assets

    @cached_property
    def blocks(self) -> list[Block]:
        """All chapters as blocks, in reading order."""
        return blocks_of(self._chapters[0])

    @cached_property
    def figures(self) -> list[dict[str, str]]:
        """Every figure of the catalogue as people read it, with its code and what it counts."""
        return [
            {
                "code": one.code,
                "title": self.say(one.title),
                "words": self.say(one.words(self.data["figures"])),
                "definition": self.say(one.definition),
            }
            for one in INDICATORS
        ]

    @property
    def figure_sheet(self) -> list[tuple[str, ...]]:
        """The catalogue as the first sheet of Excel and CSV shows it, its headings first."""
        heads = ("Code", "Figure", "Value", "Definition", "Unit", "Source", "Period", "Owner", "Name")
        rows = [
            (
                *(one.code, self.say(one.title), self.say(one.words(self.data["figures"]))),
                *(self.say(one.definition), self.say(one.unit), self.say(one.source), self.say(one.period)),
                *(self.say(one.owner), one.name),
            )
            for one in INDICATORS
        ]
        return [tuple(self.say(head) for head in heads), *rows]

    @property
    def figure_values(self) -> list[dict[str, Any]]:
        """The catalogue with its values, as JSON holds it."""
        return [self._said(one) for one in values(self.data["figures"])]

    def _said(self, value: Any, name: str = "") -> Any:
        """Fixed words within plain values in the form's language; names and codes for programs stay as they are."""
        if isinstance(value, dict):
            return {key: self._said(one, key) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._said(one, name) for one in value]
        return self.say(value) if isinstance(value, str) and name not in KEPT else value

    @cached_property
    def annex(self) -> list[Block]:
        """The catalogue as a last chapter, for forms without a sheet of their own for it."""

        def cell(words: str, *, is_heading: bool = False, is_number: bool = False) -> Cell:
            return Cell([Run(words)], is_heading, is_number)

        head = [cell(self.say(word), is_heading=True) for word in ("Code", "Figure", "Value", "What it counts")]
        body = [
            [cell(row["code"], is_heading=True), *(cell(row[name]) for name in ("title", "words", "definition"))]
            for row in self.figures
        ]
        lead = "Each figure of this report, with the code that leads to the rows behind it."
        return [
            Heading(2, [Run(self.say("Every figure"))], "every-figure"),
            Paragraph([Run(self.say(lead))]),
            Table([Run(self.say("Every figure"))], [head], body),
        ]
