"""Labels in histories for changes to a report about a network, a site or a quarter."""

from typing import Any

from impact.core.access.audit import Words


def _edition(facts: dict[str, Any]) -> str:
    return f"Edition {facts.get('edition', '')}"


def _form(facts: dict[str, Any]) -> str:
    return f"Edition {facts.get('edition', '')}, {facts.get('form', '')}"


WORDS: dict[str, Words] = {
    "subject_report.started": ("Report started", None),
    "subject_report.edited": ("Words changed", None),
    "subject_report.edition_requested": ("Edition asked for", _edition),
    "subject_report.build_cancelled": ("Build cancelled", None),
    "subject_report.file_made": ("File made", _form),
    "subject_report.finished": ("Finished and shared", _edition),
}
