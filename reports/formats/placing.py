"""Put the figures, tables, charts and quotes that a section names in their places. Pure: words and a snapshot's data in,
blocks out; the page, the PDF and every other form use it, so that all say the same.

A writer places things by name: ``{{figure:meetings-held}}`` in a sentence or on a line of its own; ``{{table:…}}``,
``{{chart:…}}`` and ``{{quote:…}}`` on a line of their own. ``{{ref:themes}}`` in a sentence says where the report shows a
figure, "Table 9.1", once numbering.py knows. An unknown name is refused with its section and line.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from impact.core.basics.dates import day
from impact.core.basics.markdown import render_markdown
from impact.core.basics.words.diff import plain
from reports.figures.catalogue import INDICATORS, Indicator
from reports.formats import numbering

FIGURE, TABLE, CHART, QUOTE, REF, WORDS = "figure", "table", "chart", "quote", "ref", "words"
KINDS = (FIGURE, TABLE, CHART, QUOTE, REF)
IN_SENTENCES = (FIGURE, REF)
NOUNS = {REF: "table or chart"}  # of what a name is wrong; others are called as they are written
LONGEST_NAME = 120
MOST_PROBLEMS = 20  # said of one section; more are no use to a reader
WITHHELD = "withheld"
WITHDRAWN = "A quote was withdrawn."
# One mark; what is between the braces is bounded, so that no text makes this slow.
_MARK = re.compile(r"\{\{([^{}\n]{1,140})\}\}")
_ALONE = re.compile(r" {0,3}\{\{([^{}\n]{1,140})\}\}[ \t]*")
_OPEN, _SHUT = "\ue000", "\ue001"  # stand for a figure while Markdown is drawn; taken out of what people write
_HELD = re.compile(f"{_OPEN}([0-9]{{1,6}}){_SHUT}")
_ISO_DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9])")
_TAG = re.compile(r'<[^<>"]*(?:"[^"]*"[^<>"]*)*>')
_PRINTED = re.compile(r'<span class="figure-code placed__code">(F[0-9]{1,6})</span>')
_parser = MarkdownIt("commonmark", {"html": False}).enable("table")


class UnknownName(ValidationError):
    """A section names something that the report does not have, or puts it where it cannot stand."""


@dataclass(frozen=True)
class Figure:
    """A figure placed in a sentence: what is printed, and the code that leads to its rows."""

    name: str
    code: str
    text: str
    title: str
    is_ref: bool = False  # a reference to where it is shown


@dataclass(frozen=True)
class Block:
    """One piece of a section, in order.

    ``words``: ``markdown`` has the figures put in as text with their code, for forms that draw Markdown themselves;
    ``html`` is the same as clean HTML. ``figure``: ``text`` is the number as printed. ``table``: ``columns`` and
    ``rows`` of plain text. ``chart``: ``chart`` names one in ``document.draw_charts`` (a chart or a list of them).
    ``quote``: ``text`` is the exact words and ``source`` the line under them.
    """

    kind: str
    line: int
    name: str = ""
    code: str = ""
    title: str = ""
    text: str = ""
    source: str = ""
    markdown: str = ""
    html: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    chart: str = ""


@dataclass(frozen=True)
class Choice:
    """One thing that a writer can place, for a list to pick from."""

    kind: str
    name: str
    code: str
    title: str
    value: str
    definition: str = ""

    @property
    def mark(self) -> str:
        """What a writer puts into the text."""
        return f"{{{{{self.kind}:{self.name}}}}}"


def _cell(value: Any) -> str:
    """A cell of a table as people read it: days in words, no Markdown; a count that may not be shown is "withheld"."""
    if value is None:
        return WITHHELD
    text = str(value)
    if _ISO_DAY.fullmatch(text):
        with suppress(ValueError):  # 30 February
            return day(date.fromisoformat(text))
    return " ".join(plain(text).split())


def quotes_of(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The quotes that may be placed, by id: each a mapping with ``id``, ``words`` and, where it is said, ``source``."""
    return {str(row["id"]): row for row in data.get("quotes", ()) if row.get("id")}


def choices(data: Mapping[str, Any]) -> list[Choice]:
    """Everything that can be placed, with its value now: figures, then tables, charts, quotes and references."""
    figures = data["figures"]
    found = [
        Choice(FIGURE, row.name, row.code, row.title, row.words(figures), row.definition)
        for row in INDICATORS
        if row.value(figures) is not None
    ]
    for row in INDICATORS:
        if table := row.table_of(figures):
            found.append(Choice(TABLE, row.name, row.code, row.title, f"{len(table.rows)} rows", row.definition))
    found += [
        Choice(CHART, row.name, row.code, row.title, "", row.definition)
        for row in INDICATORS
        if row.chart and row.value(figures)
    ]
    found += [
        Choice(QUOTE, name, "", str(row.get("source") or row.get("theme") or "Quote"), str(row["words"]))
        for name, row in quotes_of(data).items()
    ]
    shown = {row.name for row in found if row.kind in (TABLE, CHART)}
    found += [Choice(REF, row.name, row.code, row.title, "", row.definition) for row in INDICATORS if row.name in shown]
    return found


def without_quotes(words: str, ids: Iterable[int]) -> str:
    """A text without the lines that place these quotes."""
    gone = {(QUOTE, str(pk)) for pk in ids}
    lines = words.split("\n")
    kept = [line for line in lines if not ((alone := _ALONE.fullmatch(line)) and _pair(alone[1]) in gone)]
    return words if len(kept) == len(lines) else re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def marks_in(words: str) -> set[tuple[str, str]]:
    """(kind, name) of everything that a text places, known or not."""
    return {pair for found in _MARK.finditer(words) if (pair := _pair(found[1]))}


def place(
    words: str,
    data: Mapping[str, Any],
    *,
    section: str = "",
    heading_offset: int = 1,
) -> list[Block]:
    """The blocks of one section, in order, with everything that it names put in from a snapshot's ``data``.

    ``words`` is Markdown from people, hostile or not; every ``html`` that comes back is clean. ``data`` is what
    ``editions.services.frozen`` gives (``figures``, ``quotes`` …): nothing is asked of the database. ``section`` is its
    heading, for refusals. Raises UnknownName with a message for every name that is wrong, each with the section and line.
    """
    placing = _Placing(data, section)
    blocks: list[Block] = []
    text: list[str] = []
    began = 1

    def end_of_words() -> None:
        if any(line.strip() for line in text):
            blocks.append(placing.words("\n".join(text), began, heading_offset))
        text.clear()

    lines = re.sub(r"\r\n?", "\n", words or "").translate({ord(_OPEN): None, ord(_SHUT): None}).split("\n")
    code = _code_lines(lines)
    for number, line in enumerate(lines, start=1):
        alone = None if number in code else _ALONE.fullmatch(line)
        pair = _pair(alone[1]) if alone else None
        if pair and pair[0] != REF:
            end_of_words()
            began = number + 1
            if block := placing.alone(*pair, number):
                blocks.append(block)
            continue
        text.append(line if number in code else placing.in_a_sentence(line, number))
    end_of_words()
    if placing.problems:
        raise UnknownName(placing.problems)
    return blocks


def without_marks(words: str) -> str:
    """Words whose marks are shown as they were typed, for a page on which some of them cannot be placed."""
    return _MARK.sub(lambda found: f"`[{found[1].replace('`', '')}]`", words)


def heading_offset(words: str) -> int:
    """How far the headings of a section move down, so that the highest of them is an h3 under the section's own."""
    levels = [len(marks) for marks in re.findall(r"^ {0,3}(#{1,6})\s", words, flags=re.MULTILINE)]
    return 3 - min(levels, default=1)


def check(data: Mapping[str, Any], titles: Mapping[str, str]) -> None:
    """Refuse a snapshot's ``data`` whose sections name something unknown; all that is wrong is said at once."""
    problems: list[str] = []
    for key, words in data["sections"].items():
        try:
            place(words, data, section=titles.get(key, key))
        except UnknownName as error:
            problems += error.messages
    if problems:
        raise UnknownName(problems)


def to_html(blocks: Iterable[Block], charts: Mapping[str, Any] | None = None) -> SafeString:
    """Blocks as clean HTML. ``charts``: drawn charts by name, each {"alt", "src" or "inline"}, or a list of them."""
    return mark_safe("".join(_block_html(block, charts or {}) for block in blocks))  # noqa: S308  each part is clean


def _pair(inside: str) -> tuple[str, str] | None:
    """("figure", "meetings-held") of what is between the braces; None for braces that are not a mark."""
    kind, colon, name = (part.strip() for part in inside.partition(":"))
    return (kind.lower(), name) if colon and re.fullmatch(r"[A-Za-z]+", kind) else None


def _code_lines(lines: list[str]) -> set[int]:
    """Numbers of the lines that stand in blocks of code, where nothing is placed."""
    if not any("{{" in line for line in lines):
        return set()
    found: set[int] = set()
    for token in _parser.parse("\n".join(lines)):
        if token.type in ("fence", "code_block") and token.map:
            found.update(range(token.map[0] + 1, token.map[1] + 1))
    return found


@dataclass
class _Placing:
    """What one section has placed so far, and what is wrong with it."""

    data: Mapping[str, Any]
    section: str
    problems: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    placed: dict[tuple[str, str], int] = field(default_factory=dict)

    def refuse(self, line: int, words: str) -> None:
        where = f"“{self.section}”, line {line}" if self.section else f"Line {line}"
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"{where}: {words}")

    def indicator(self, kind: str, name: str, line: int) -> Indicator | None:
        """The indicator of that name that has such a thing to show."""
        known = {
            row.name: row
            for row in INDICATORS
            if kind == FIGURE or (row.table or row.chart if kind == REF else getattr(row, kind))
        }
        if kind == CHART:
            known |= {row.chart: row for row in INDICATORS if row.chart and row.chart not in known}
        if found := known.get(name):
            return found
        near = get_close_matches(name[:LONGEST_NAME], known, n=1)
        hint = f" Did you mean “{near[0]}”?" if near else " Pick one from the list beside the section."
        self.refuse(line, f"there is no {NOUNS.get(kind, kind)} called “{name[:LONGEST_NAME]}”.{hint}")
        return None

    def unknown_kind(self, kind: str, line: int) -> bool:
        if kind in KINDS:
            return False
        near = get_close_matches(kind, KINDS, n=1)
        hint = f"Did you mean “{near[0]}”?" if near else "Place a figure, table, chart, quote or ref."
        self.refuse(line, f"“{kind[:40]}” cannot be placed. {hint}")
        return True

    def in_a_sentence(self, line: str, number: int) -> str:
        """A line of words with a stand-in for each figure that it names."""

        def one(found: re.Match[str]) -> str:
            pair = _pair(found[1])
            if pair is None:
                return found[0]
            kind, name = pair
            if self.unknown_kind(kind, number):
                return ""
            if kind not in IN_SENTENCES:
                self.refuse(number, f"put the {kind} “{name[:LONGEST_NAME]}” on a line of its own.")
                return ""
            if (row := self.indicator(kind, name, number)) is None:
                return ""
            self.figures.append(self.figure(row, is_ref=kind == REF))
            return f"{_OPEN}{len(self.figures) - 1}{_SHUT}"

        return _MARK.sub(one, line) if "{{" in line else line

    def figure(self, row: Indicator, *, is_ref: bool = False) -> Figure:
        return Figure(row.name, row.code, row.words(self.data["figures"]), row.title, is_ref)

    def alone(self, kind: str, name: str, line: int) -> Block | None:
        """What stands on a line of its own. Each table, chart and quote stands once in a section."""
        if self.unknown_kind(kind, line):
            return None
        first = self.placed.setdefault((kind, name), line)
        if first != line and kind != FIGURE:
            self.refuse(line, f"the {kind} “{name[:LONGEST_NAME]}” stands on line {first} already. Remove one of them.")
            return None
        if kind == QUOTE:
            return self.quote(name, line)
        if (row := self.indicator(kind, name, line)) is None:
            return None
        if kind == FIGURE:
            figure = self.figure(row)
            return Block(FIGURE, line, name, row.code, row.title, text=figure.text)
        if kind == CHART:
            return Block(CHART, line, name, row.code, row.title, chart=row.chart or "")
        table = row.table_of(self.data["figures"])
        columns = tuple(str(column) for column in table.columns) if table else ()
        rows = tuple(tuple(_cell(cell) for cell in cells) for cells in table.rows) if table else ()
        return Block(TABLE, line, name, row.code, row.title, columns=columns, rows=rows)

    def quote(self, name: str, line: int) -> Block | None:
        row = quotes_of(self.data).get(name)
        if row is None:
            self.refuse(line, f"there is no quote “{name[:LONGEST_NAME]}” that may be printed now. Remove it.")
            return None
        if row.get("is_withdrawn"):
            return Block(WORDS, line, markdown=WITHDRAWN, html=f'<p class="note">{WITHDRAWN}</p>')
        source = str(row.get("source") or row.get("perspective") or "")
        return Block(QUOTE, line, name, text=str(row["words"]), source=source)

    def words(self, text: str, line: int, heading_offset: int) -> Block:
        """A run of Markdown: as Markdown with its figures, and as clean HTML."""

        def as_text(found: re.Match[str]) -> str:
            figure = self.figures[int(found[1])]
            return f"{figure.title if figure.is_ref else figure.text} ({figure.code})"

        def as_html(found: re.Match[str]) -> str:
            figure = self.figures[int(found[1])]
            if figure.is_ref:
                return escape(figure.title) if is_linked else numbering.see(figure.code, figure.title)
            return f'<span class="placed">{escape(figure.text)}{_code(figure)}</span>'

        html: list[str] = []
        drawn: str = str(render_markdown(text, heading_offset=heading_offset))
        end, is_linked = 0, False
        for tag in _TAG.finditer(drawn):
            html += [_HELD.sub(as_html, drawn[end : tag.start()]), _HELD.sub("", tag[0])]
            end = tag.end()
            is_linked = tag[0].startswith("<a ") or (is_linked and tag[0] != "</a>")
        html.append(_HELD.sub(as_html, drawn[end:]))
        drawn = "".join(html)
        return Block(WORDS, line, markdown=_HELD.sub(as_text, text), html=drawn)


def with_links(html: str, address: str) -> SafeString:
    """Placed HTML whose codes lead to where the figures come from: ``address`` is "/f/{}/?year=2022". Words stay the same,
    so that a passage is found in both."""

    def link(found: re.Match[str]) -> str:
        code = found[1]
        return (
            f'<a class="figure-code placed__code" href="{escape(address.format(code))}" '
            f'aria-label="{code}: where this figure comes from">{code}</a>'
        )

    return mark_safe(_PRINTED.sub(link, html))  # noqa: S308  the HTML is ours, and so is what is put in


def _code(placed: Block | Figure) -> str:
    return f' <span class="figure-code placed__code">{escape(placed.code)}</span>' if placed.code else ""


def _block_html(block: Block, charts: Mapping[str, Any]) -> str:
    if block.kind == WORDS:
        return block.html
    title = escape(block.title)
    if block.kind == FIGURE:
        return (
            f'<p class="placed-figure"><strong class="placed-figure__number">{escape(block.text)}</strong> '
            f'<span class="placed-figure__label">{title}{_code(block)}</span></p>'
        )
    if block.kind == QUOTE:
        source = f"<footer>{escape(block.source)}</footer>" if block.source else ""
        return f'<blockquote class="placed-quote"><p>{escape(block.text)}</p>{source}</blockquote>'
    if block.kind == CHART:
        drawn = charts.get(block.chart, [])
        pictures = "".join(_picture(one) for one in (drawn if isinstance(drawn, list) else [drawn]))
        return f'<figure class="chart placed-chart">{pictures}<figcaption>{title}{_code(block)}</figcaption></figure>'
    return _table_html(block, title)


def _picture(chart: Mapping[str, str]) -> str:
    if "inline" in chart:
        return str(chart["inline"])  # drawn by us; charts escape every word that comes from data
    return f'<img src="{escape(chart["src"])}" alt="{escape(chart["alt"])}">'


def _table_html(block: Block, title: str) -> str:
    if not block.rows:
        return f'<p class="note">{title}: there is nothing to show yet.</p>'
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in block.columns)
    rows = []
    for first, *cells in block.rows:
        labels = list(block.columns[1:])
        shown = "".join(
            f'<td data-label="{escape(label)}">{escape(cell)}</td>' for label, cell in zip(labels, cells, strict=False)
        )
        rows.append(f'<tr><th scope="row">{escape(first)}</th>{shown}</tr>')
    return (
        f'<table class="table placed-table"><caption>{title}{_code(block)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
