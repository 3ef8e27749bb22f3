"""What a report asks of the leadership team, point by point. Pure functions over the data of a snapshot."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TITLE = 160  # the longest title that a response can name
AREA, REQUEST = "area", "request"
KINDS = {AREA: "Area for development", REQUEST: "Request"}
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
MARKS = re.compile(r"[*_`]+|\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Point:
    """One thing that waits for a response."""

    kind: str
    title: str

    @property
    def label(self) -> str:
        """What kind of point it is, in words."""
        return KINDS[self.kind]


def _plain(text: str) -> str:
    """One line without Markdown, no longer than a title."""
    line = " ".join(MARKS.sub(lambda m: m.group(1) or "", text).split())
    return line if len(line) <= TITLE else f"{line[: TITLE - 1].rstrip()}…"


def points_of(data: Mapping[str, Any]) -> list[Point]:
    """Each area for development and each request in a snapshot's data, in the order of the report.

    Areas: the headings in the chapter on areas for development, and involvements that are marked as one. Requests:
    each paragraph of any chapter that begins with "We ask". No title twice.
    """
    found: list[Point] = []
    sections: Mapping[str, str] = data.get("sections", {})
    for key, body in sections.items():
        if key == "development":
            found += [Point(AREA, _plain(title)) for title in HEADING.findall(body)]
        for paragraph in re.split(r"\n\s*\n", body):
            if paragraph.strip().lower().startswith("we ask "):
                found.append(Point(REQUEST, _plain(paragraph)))
    for row in data.get("figures", {}).get("involvements", {}).get("rows", []):
        if row.get("is_development"):
            found.append(Point(AREA, _plain(row["title"])))
    return list({point.title: point for point in reversed(found)}.values())[::-1]
