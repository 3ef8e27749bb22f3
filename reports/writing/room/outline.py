"""What a writer wants to know of a section at a glance, and what is still missing from a report. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import readability
from django.utils.text import capfirst

from reports.figures.catalogue import INDICATORS
from reports.formats import placing
from reports.writing.models import LONGEST_SECTION, ReportSection

_MARK = re.compile(r"\{\{[^{}\n]{1,140}\}\}")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
FEWEST_WORDS = 30  # the formula says nothing about less
MUST_HAVE_WORDS = {
    ReportSection.Key.SUMMARY,
    ReportSection.Key.PROGRESS,
    ReportSection.Key.GOOD_PRACTICE,
    ReportSection.Key.DEVELOPMENT,
}


def count_words(text: str) -> int:
    """Words as a reader counts them: what is placed by name is none, and Markdown's signs are none."""
    return len(re.findall(r"\w+(?:['’.,-]\w+)*", _MARK.sub(" ", text)))


@lru_cache(maxsize=64)  # a long section takes a sixth of a second
def reading_age(text: str) -> int | None:
    """The age at which a section's sentences can be read, as the Flesch-Kincaid grade plus 5; None for less than 30 words.

    Headings, tables and what is placed by name are no sentences.
    """
    words = re.sub(r"^\s*(#|\|).*$", "", _MARK.sub("it", text[:LONGEST_SECTION]), flags=re.MULTILINE)
    sentences = re.split(r"[.!?:]+\s|\n\s*\n|\n\s*[-*]\s", words)
    lines = [" ".join(re.findall(r"[\w'-]+", line.replace("’", "'"))) for line in sentences]
    lines = [f"{line} ." for line in lines if line]
    if sum(len(line.split()) - 1 for line in lines) < FEWEST_WORDS:
        return None
    grade: float = readability.getmeasures("\n".join(lines), lang="en")["readability grades"]["Kincaid"]
    return max(5, round(grade + 5))


def headings(text: str) -> list[str]:
    """The headings of a section, in order, as plain words."""
    return [re.sub(r"[*_`]", "", found)[:120] for found in _HEADING.findall(text)]


@dataclass
class Row:
    """A section in the outline."""

    section: ReportSection
    words: int
    headings: list[str]
    age: int | None = None
    comments: int = 0
    is_overdue: bool = False
    missing: list[str] = field(default_factory=list)


def outline(
    sections: Iterable[ReportSection], data: Mapping[str, Any], comments: Mapping[int, int], on: date
) -> list[Row]:
    """Each section with its words, its headings and what it still needs. ``comments``: open ones, by section id."""
    rows = []
    for section in sections:
        row = Row(section, count_words(section.body), headings(section.body), reading_age(section.body))
        row.comments = comments.get(section.pk, 0)
        row.is_overdue = section.is_overdue(on)
        row.missing = missing_in(section, row, data)
        rows.append(row)
    return rows


def missing_in(section: ReportSection, row: Row, data: Mapping[str, Any]) -> list[str]:
    """What a section still needs before it can go on, most pressing first."""
    found = []
    if not section.body:
        found.append(
            "No words yet" + (", and the report cannot go on without them" if must_be_written(section) else "")
        )
    try:
        placing.place(section.body, data, section=section.get_key_display())
    except placing.UnknownName as error:
        found += [capfirst(message.partition(", ")[2]) for message in error.messages]
    if row.is_overdue:
        found.append("Overdue")
    if row.comments:
        found.append(f"{row.comments} open comment{'' if row.comments == 1 else 's'}")
    if section.status in ReportSection.UNFINISHED and section.owner_id is None:
        found.append("No owner")
    return found


def must_be_written(section: ReportSection) -> bool:
    """Whether a report cannot go on without words in this section (rule 14)."""
    return section.key in MUST_HAVE_WORDS


def unplaced(bodies: Iterable[str], data: Mapping[str, Any]) -> list[placing.Choice]:
    """Figures of the catalogue with a value that no section speaks of: by number, table or chart."""
    placed = {name for body in bodies for _kind, name in placing.marks_in(body)}
    charts = {row.chart: row.name for row in INDICATORS if row.chart}
    placed |= {charts[name] for name in placed if name in charts}
    return [choice for choice in placing.choices(data) if choice.kind == placing.FIGURE and choice.name not in placed]
