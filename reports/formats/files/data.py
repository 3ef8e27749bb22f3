"""A report as JSON: every figure with its definition, every table, every chapter's words."""

import json
from typing import Any

from reports.formats.content.blocks import Heading, Item, Picture, Table, tables_of, words
from reports.formats.content.source import Source, Tell, quiet


def make(source: Source, tell: Tell = quiet) -> bytes:
    """The report as JSON; the same source gives the same bytes."""
    tell(20, "Writing the chapters")
    data: dict[str, Any] = {
        "format": 1,
        "title": source.title,
        "year": source.report.get("year"),
        "subtitle": source.say(source.report["subtitle"]),
        "language": source.tag,
        "edition": source.number,
        "snapshot_sha256": source.sha256,
        "as_of": source.data["as_of"],
        "is_illustrative": source.report["is_illustrative"],
        "figures": source.figure_values,
        "tables": [
            {
                "chapter": chapter,
                "title": table.title,
                "columns": [[cell.text for cell in row] for row in table.head],
                "rows": [[cell.text for cell in row] for row in table.body],
            }
            for chapter, table in tables_of(source.blocks)
        ],
        "chapters": _chapters(source),
    }
    return (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _chapters(source: Source) -> list[dict[str, Any]]:
    """Each chapter with its text, paragraph by paragraph; tables are on their own."""
    found: list[dict[str, Any]] = []
    for block in source.blocks:
        if isinstance(block, Heading) and block.level <= 2:
            found.append({"key": block.key, "title": words(block.runs), "text": []})
        elif isinstance(block, Picture):
            found[-1]["text"].append({"kind": "chart", "words": " ".join([block.alt, words(block.caption)]).strip()})
        elif not isinstance(block, Table):
            kind = "heading" if isinstance(block, Heading) else "item" if isinstance(block, Item) else "paragraph"
            found[-1]["text"].append({"kind": kind, "words": words(block.runs)})
    return found
