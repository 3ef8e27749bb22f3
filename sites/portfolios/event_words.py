"""Labels in histories for changes to applications, assessments, portfolios, decisions and news."""

from typing import Any

from impact.core.access.audit import Words
from sites.applications.models import Application
from sites.updates.models import Update

Facts = dict[str, Any]


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else ""


WORDS: dict[str, Words] = {
    "application.started": ("Application started", lambda facts: _label(Application.Source, facts.get("source"))),
    "application.submitted": ("Application submitted", lambda facts: f"Revision {facts.get('revision', '')}"),
    "application.withdrawn": ("Application withdrawn", None),
    "update.written": ("Drafted", lambda facts: _label(Update.Kind, facts.get("kind"))),
}
