"""Labels in histories for changes to applications, assessments, portfolios and decisions."""

from typing import Any

from impact.core.access.audit import Words
from sites.applications.models import Application

Facts = dict[str, Any]


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else ""


WORDS: dict[str, Words] = {
    "application.started": ("Application started", lambda facts: _label(Application.Source, facts.get("source"))),
    "application.submitted": ("Application submitted", lambda facts: f"Revision {facts.get('revision', '')}"),
    "application.moved": ("Moved to the newest questions", lambda facts: f"Version {facts.get('questions', '')}"),
    "application.withdrawn": ("Application withdrawn", None),
}
