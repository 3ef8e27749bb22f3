"""Labels in histories for changes to applications, assessments, portfolios and decisions."""

from typing import Any

from impact.core.access.audit import Words, in_words
from sites.applications.models import Application, Correction

Facts = dict[str, Any]


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else ""


WORDS: dict[str, Words] = {
    "application.started": ("Application started", lambda facts: _label(Application.Source, facts.get("source"))),
    "application.submitted": ("Application submitted", lambda facts: f"Revision {facts.get('revision', '')}"),
    "application.withdrawn": ("Application withdrawn", None),
    "application.accepted_late": ("Accepted after closing", None),
    "application.corrected": ("Corrected by staff", lambda facts: _label(Correction.Why, facts.get("why"))),
    "application.matched": (
        "Matched to an organisation",
        lambda facts: "" if facts.get("is_matched") else "The match was taken back",
    ),
    "application.imported": ("Applications imported", lambda facts: f"{facts.get('applications', '')} from a file"),
    "application.erased": (
        "Deleted at the applicant’s request",
        lambda facts: f"They asked on {in_words(facts['asked_on'])}" if "asked_on" in facts else "",
    ),
}
