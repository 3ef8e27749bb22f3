"""A report's annex: every figure with its definition, every table and every word, as an Excel workbook or as CSV files.

Both hold the same sheets. Text is always text: no formula, no link, nothing that a program runs.
"""

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter

from impact.core.web.listing import CELL, safe_cell
from reports.formats.content.blocks import Heading, Item, Picture, Table, tables_of, words
from reports.formats.content.source import Source, Tell, quiet
from reports.formats.files.package import packed, repacked

NARROWEST, WIDEST = 10, 60  # characters
MANY, WIDEST_OF_MANY = 6, 32  # columns beyond which each is narrower, so that a printed page can be read
SHEET = 64  # characters that a sheet is at least wide, so that its title has room
TITLE_SIZE = 1.5  # of a letter of the title, in letters of the cells
LINE, TALLEST = 15, 400  # points of a row
WRAPS = 1.15  # words do not fill a line to its end
NAME = 31  # characters that Excel takes in a sheet's name
NUMBERED = re.compile(r"-?\d{1,15}")
PERCENT = re.compile(r"(\d{1,3})%")


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, what it shows, its headings and its rows of text."""

    name: str
    title: str
    heads: Sequence[Sequence[str]]
    rows: Sequence[Sequence[str]]


def sheets_of(source: Source) -> list[Sheet]:
    """Figures first, then every table in the order of the report, then its words."""
    figure_heads, *figures = source.figure_sheet
    found = [Sheet(source.say("Figures"), source.title, [figure_heads], figures)]
    for number, (chapter, table) in enumerate(tables_of(source.blocks), start=1):
        title = table.title or chapter
        heads = [[cell.text for cell in row] for row in table.head]
        rows = [[cell.text for cell in row] for row in table.body]
        found.append(Sheet(_name(number, title), f"{chapter}: {title}" if table.title else chapter, heads, rows))
    heads_of_words = tuple(source.say(head) for head in ("Chapter", "Kind", "Text"))
    return [*found, Sheet(source.say("Words"), source.title, [heads_of_words], _words(source))]


def _name(number: int, title: str) -> str:
    """A name that Excel takes: none of []:*?/\\, no apostrophe at an end, and never twice."""
    plain = re.sub(r"[^\w\s-]", " ", title)
    return f"{number} {plain}"[:NAME].strip()


def _words(source: Source) -> list[tuple[str, str, str]]:
    """Everything that is no table, a line for each paragraph, with its chapter."""
    rows, chapter = [], ""
    for block in source.blocks:
        if isinstance(block, Table):
            continue
        if isinstance(block, Picture):
            rows.append((chapter, source.say("Chart"), " ".join(filter(None, [block.alt, words(block.caption)]))))
            continue
        text = words(block.runs)
        if isinstance(block, Heading) and block.level <= 2:
            chapter = text
        kind = "Heading" if isinstance(block, Heading) else "List item" if isinstance(block, Item) else "Text"
        rows.append((chapter, source.say(kind), text))
    return rows


# --- Excel ---------------------------------------------------------------------------------------
def make_xlsx(source: Source, tell: Tell = quiet) -> bytes:
    """The annex as .xlsx; the same source gives the same bytes."""
    found = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(found, options)
    book.set_properties(
        {
            "title": source.title,
            "subject": source.report["subtitle"],
            "author": source.author,
            "created": source.taken_at.replace(tzinfo=None, microsecond=0),
        }
    )
    looks = {
        "title": book.add_format({"bold": True, "font_size": 14, "text_wrap": True, "valign": "top"}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "cell": book.add_format({"text_wrap": True, "valign": "top"}),
        "percent": book.add_format({"num_format": "0%", "valign": "top"}),
    }
    sheets = sheets_of(source)
    for place, sheet in enumerate(sheets):
        tell(10 + 80 * place // len(sheets), f"Writing the sheet “{sheet.name}”")
        _write(book.add_worksheet(sheet.name), sheet, looks)
    book.close()
    return repacked(found.getvalue())


def _write(paper: Any, sheet: Sheet, looks: dict[str, Any]) -> None:
    widths = _widths(sheet)
    _write_title(paper, sheet.title[:CELL], widths, looks["title"])
    line = 2
    for row in sheet.heads:
        for column, text in enumerate(row):
            paper.write_string(line, column, text[:CELL], looks["head"])
        line += 1
    paper.freeze_panes(line, 1)
    _set_for_print(paper, line)
    for column, width in enumerate(widths):
        paper.set_column(column, column, width)
    for row in sheet.rows:
        lines = max((_lines(text, width) for text, width in zip(row, widths, strict=False)), default=1)
        if lines > 1:  # not every program finds the height of a row by itself
            paper.set_row(line, min(TALLEST, LINE * lines))
        for column, text in enumerate(row):
            if NUMBERED.fullmatch(text):
                paper.write_number(line, column, int(text), looks["cell"])
            elif share := PERCENT.fullmatch(text):
                paper.write_number(line, column, int(share[1]) / 100, looks["percent"])
            else:
                paper.write_string(line, column, text[:CELL], looks["cell"])
        line += 1


def _write_title(paper: Any, title: str, widths: list[int], look: Any) -> None:
    """The title across all columns, on as many lines as it takes: one that ran on would make the printed page wider."""
    lines = math.ceil(len(title) * TITLE_SIZE / sum(widths))
    paper.set_row(0, (LINE + 4) * lines)
    if len(widths) > 1:
        paper.merge_range(0, 0, 0, len(widths) - 1, "", look)
    paper.write_string(0, 0, title, look)


def _widths(sheet: Sheet) -> list[int]:
    """How wide each column is, in characters."""
    rows = [*sheet.heads, *sheet.rows]
    columns, found = max((len(row) for row in rows), default=0), []
    widest = WIDEST if columns <= MANY else WIDEST_OF_MANY
    for column in range(columns):
        longest = max((len(row[column]) for row in rows if column < len(row)), default=0)
        found.append(min(widest, max(NARROWEST, longest + 2)))
    found[0] += max(0, SHEET - sum(found))
    return found


def _lines(text: str, width: int) -> int:
    """About how many lines a text takes in a column so wide."""
    return sum(1 if len(line) < width else math.ceil(len(line) * WRAPS / width) for line in text.split("\n"))


def _set_for_print(paper: Any, heads: int) -> None:
    """A4, all columns on a page, the headings on each."""
    paper.set_paper(9)
    paper.set_landscape()
    paper.fit_to_pages(1, 0)
    paper.repeat_rows(0, heads - 1)


# --- CSV -----------------------------------------------------------------------------------------
def make_csv(source: Source, tell: Tell = quiet) -> bytes:
    """The annex as a zip with a CSV file for each sheet; the same source gives the same bytes."""
    parts = {}
    names = [[source.say("File"), source.say("What it holds")]]
    sheets = sheets_of(source)
    for number, sheet in enumerate(sheets):
        tell(10 + 80 * number // len(sheets), f"Writing the table “{sheet.name}”")
        text = StringIO()
        writer = csv.writer(text)
        for row in [*sheet.heads, *sheet.rows]:
            writer.writerow([int(cell) if NUMBERED.fullmatch(cell) else safe_cell(cell) for cell in row])
        slug = re.sub(r"[^a-z0-9]+", "-", sheet.name.lower().lstrip("0123456789 ")).strip("-") or "table"
        name = f"{number:02}-{slug}.csv"
        names.append([name, sheet.title])
        parts[name] = ("\ufeff" + text.getvalue()).encode()
    contents = StringIO()
    csv.writer(contents).writerows([safe_cell(cell) for cell in row] for row in names)
    return packed({**parts, "contents.csv": ("\ufeff" + contents.getvalue()).encode()})
