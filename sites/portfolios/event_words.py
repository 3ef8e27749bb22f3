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
    "application.file_added": ("File added to the application", None),
    "application.file_removed": ("File removed from the application", None),
    "application.helper_invited": ("Colleague invited to help", None),
    "application.link_ended": ("Private link ended", None),
    "application.deleted_unopened": ("Application deleted because its link was never opened", None),
}
