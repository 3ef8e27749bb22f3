"""What a writer wants to know of a section at a glance, and what is still missing from a report. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from reports.figures.catalogue import INDICATORS
from reports.writing import placing
from reports.writing.models import ReportSection

_MARK = re.compile(r"\{\{[^{}\n]{1,140}\}\}")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
MUST_HAVE_WORDS = {
    ReportSection.Key.SUMMARY,
    ReportSection.Key.PROGRESS,
    ReportSection.Key.GOOD_PRACTICE,
    ReportSection.Key.DEVELOPMENT,
}


def count_words(text: str) -> int:
    """Words as a reader counts them: what is placed by name is none, and Markdown's signs are none."""
    return len(re.findall(r"\w+(?:['’.,-]\w+)*", _MARK.sub(" ", text)))


def headings(text: str) -> list[str]:
    """The headings of a section, in order, as plain words."""
    return [re.sub(r"[*_`]", "", found)[:120] for found in _HEADING.findall(text)]


@dataclass
class Row:
    """A section in the outline."""

    section: ReportSection
    words: int
    headings: list[str]
    comments: int = 0
    is_overdue: bool = False
    missing: list[str] = field(default_factory=list)


def outline(
    sections: Iterable[ReportSection], data: Mapping[str, Any], comments: Mapping[int, int], on: date
) -> list[Row]:
    """Each section with its words, its headings and what it still needs. ``comments``: open ones, by section id."""
    rows = []
    for section in sections:
        row = Row(section, count_words(section.body), headings(section.body))
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
        found += [message.partition(", ")[2].capitalize() for message in error.messages]
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
