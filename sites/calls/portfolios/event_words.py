"""Labels in histories for changes to applications, assessments, portfolios, decisions and news."""

from typing import Any

from impact.core.access.audit import Words, in_words
from sites.calls.applications.models import Application, Correction
from sites.calls.portfolios.models import Decision, Letter
from sites.updates.models import Update

Facts = dict[str, Any]


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else ""


def _version(facts: Facts) -> str:
    return f"Version {facts.get('version', '')}"


def _count(number: Any) -> str:
    return f"{number} application{'' if number == 1 else 's'}" if number is not None else ""


def _letters(number: Any) -> str:
    return f"{number} letter{'' if number == 1 else 's'}" if number is not None else ""


def _added_and_removed(facts: Facts) -> str:
    """ "2 applications added, 1 removed"; nothing for a new name."""
    if "added" not in facts:
        return ""
    return f"{_count(facts['added'])} added, {facts['removed']} removed"


def _number(facts: Facts, thing: str) -> str:
    number = facts.get("number", 0)
    return f"{number} {thing}{'' if number == 1 else 's'}"


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
    "application.erasure_asked": ("Applicant asked for its deletion", None),
    "update.written": ("Drafted", lambda facts: _label(Update.Kind, facts.get("kind"))),
    "application.file_added": ("File added to the application", None),
    "application.file_removed": ("File removed from the application", None),
    "application.helper_invited": ("Colleague invited to help", None),
    "application.link_ended": ("Private link ended", None),
    "application.deleted_unopened": ("Application deleted because its link was never opened", None),
    "mix.limits_set": ("Places and money set", None),
    "mix.target_added": ("Target added", lambda facts: f"{facts.get('characteristic', '')}, {facts.get('number', '')}"),
    "mix.target_removed": (
        "Target removed",
        lambda facts: f"{facts.get('characteristic', '')}, {facts.get('number', '')}",
    ),
    "mix.locked": (
        "Targets locked",
        lambda facts: "After an assessment was submitted" if facts.get("late") == "yes" else "Before any assessment",
    ),
    "portfolio.added": ("Portfolio saved", lambda facts: _count(facts.get("applications"))),
    "portfolio.changed": ("Portfolio changed", lambda facts: _added_and_removed(facts)),
    "portfolio.removed": ("Portfolio removed", lambda facts: _count(facts.get("applications"))),
    "decision.made": ("Decision made", lambda facts: _label(Decision.Outcome, facts.get("outcome"))),
    "decision.changed": ("Decision changed", lambda facts: _label(Decision.Outcome, facts.get("outcome"))),
    "decision.removed": ("Decision taken back", None),
    "decision.told": ("Letter sent", lambda facts: _label(Decision.Outcome, facts.get("outcome"))),
    "decision.moved_up": ("Moved up from the reserve list", None),
    "decisions.released": ("Decisions released together", lambda facts: _letters(facts.get("letters"))),
    "letter.changed": ("Letter changed", lambda facts: dict(Letter.OUTCOMES).get(facts.get("outcome", ""), "")),
    "enquiry.noted": ("Question or appeal noted", None),
    "enquiry.changed": ("Question or appeal changed", None),
    "application.awarded": ("Became a site", None),
    "round_report.requested": ("Report of the round requested", None),
    "round_report.built": ("Report of the round built", None),
    "application.eligible": ("Found eligible", None),
    "application.ineligible": ("Found not eligible", None),
    "application.told_not_eligible": ("Told that it is not eligible", None),
    "application.unchecked": ("Eligibility check undone", None),
    "application.moderated": ("Moderation note written", None),
    "application.discussed": ("Message about the scores", None),
    "assessment.planned": ("Assessment settings changed", None),
    "assessment.closed": ("Assessment closed", None),
    "assessment.continued": ("Assessment reopened", None),
    "assessment.assigned": ("Given to assessors", lambda facts: _number(facts, "assignment")),
    "assessment.taken_back": ("Taken back from an assessor", None),
    "assessment.opened": ("Opened by an assessor without a conflict", None),
    "assessment.conflict_declared": ("Conflict declared", None),
    "assessment.conflict_cleared": ("Conflict cleared", None),
    "assessment.submitted": ("Assessment submitted", lambda facts: f"On revision {facts.get('revision', '')}"),
    "assessment.reopened": ("Assessment reopened by its assessor", None),
    "assessment.moved": ("Assessment moved on", lambda facts: f"To revision {facts.get('revision', '')}"),
    "criterion.added": ("Criterion added", None),
    "criterion.changed": ("Criterion changed", None),
    "criterion.removed": ("Criterion removed", None),
    "criterion.moved": ("Criteria reordered", None),
    "assessor.added": ("Assessor added", None),
    "assessor.changed": ("Assessor changed", None),
    "assessor.removed": ("Assessor removed", None),
    "assessor.reminded": ("Assessor reminded", lambda facts: f"{facts.get('left', '')} left"),
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
