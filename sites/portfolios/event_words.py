"""Labels in histories for changes to applications, assessments, portfolios, decisions and news."""

from typing import Any

from impact.core.access.audit import Words
from sites.applications.models import Application
from sites.updates.models import Update

Facts = dict[str, Any]


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else ""


def _version(facts: Facts) -> str:
    return f"Version {facts.get('version', '')}"


WORDS: dict[str, Words] = {
    "round.closing_moved": (
        "Closing time moved",
        lambda facts: f"From {facts.get('before', '')} to {facts.get('after', '')}",
    ),
    "questions.started": ("New version of the questions begun", _version),
    "questions.discarded": ("New version of the questions discarded", _version),
    "questions.published": ("Questions published", _version),
    "questions.replaced": ("Questions written as a whole", _version),
    "section.added": ("Section of questions added", _version),
    "section.changed": ("Section of questions changed", _version),
    "section.moved": ("Section of questions moved", _version),
    "section.removed": ("Section of questions removed", _version),
    "question.added": ("Question added", _version),
    "question.changed": ("Question changed", _version),
    "question.moved": ("Question moved", _version),
    "question.removed": ("Question removed", _version),
    "clarification.received": ("Question about a round received", None),
    "clarification.answered": ("Answer written", None),
    "clarification.published": ("Question and answer published", None),
    "clarification.set_aside": ("Question set aside", None),
    "clarification.taken_up": ("Question taken up again", None),
    "application.started": ("Application started", lambda facts: _label(Application.Source, facts.get("source"))),
    "application.submitted": ("Application submitted", lambda facts: f"Revision {facts.get('revision', '')}"),
    "application.moved": ("Moved to the newest questions", lambda facts: f"Version {facts.get('questions', '')}"),
    "application.withdrawn": ("Application withdrawn", None),
    "update.written": ("Drafted", lambda facts: _label(Update.Kind, facts.get("kind"))),
    "application.file_added": ("File added to the application", None),
    "application.file_removed": ("File removed from the application", None),
    "application.helper_invited": ("Colleague invited to help", None),
    "application.link_ended": ("Private link ended", None),
    "application.deleted_unopened": ("Application deleted because its link was never opened", None),
}
