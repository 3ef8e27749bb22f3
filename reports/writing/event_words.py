"""Labels in histories for changes to a report."""

from typing import Any

from impact.core.access.audit import Words

Facts = dict[str, Any]


def _section(facts: Facts) -> str:
    return f"“{facts['section']}”" if facts.get("section") else ""


def _edition(facts: Facts) -> str:
    pages = facts.get("pages")
    length = f", {pages} page{'' if pages == 1 else 's'}" if pages else ""
    return f"Edition {facts.get('edition', '')}{length}"


WORDS: dict[str, Words] = {
    "edition.built": ("Edition built", _edition),
    "report.approved": ("Report approved", _edition),
    "report.edition_built": ("Edition built", _edition),
    "report.edition_requested": ("Edition requested", None),
    "report.figures_confirmed": ("Words checked against new figures", _section),
    "report.published": ("Report published", None),
    "report.returned": ("Report sent back to the writers", None),
    "report.section_written": ("Chapter written", _section),
    "report.started": ("Report started", None),
    "report.submitted": ("Report sent for approval", None),
    "section.figures_confirmed": ("Words checked against new figures", None),
    "section.written": ("Chapter written", None),
    "snapshot.taken": ("Data frozen for an edition", None),
}
