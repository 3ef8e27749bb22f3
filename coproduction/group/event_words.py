"""Labels in histories for changes to the charter, agreement, waypoints and involvements."""

from typing import Any

from impact.core.access.audit import Words

Facts = dict[str, Any]


def _version(facts: Facts) -> str:
    return f"Version {facts['version']}" if facts.get("version") else ""


def _answers_by(facts: Facts) -> str:
    by = f"answers by {facts['answers_by']}" if facts.get("answers_by") else ""
    told = ", ".join(filter(None, [_version(facts), by]))
    return told[:1].upper() + told[1:]


def _section(facts: Facts) -> str:
    return f"“{facts['section']}”" if facts.get("section") else ""


WORDS: dict[str, Words] = {
    "agreement_round.extended": ("Members were given more time", _answers_by),
    "charter_pdf.built": ("PDF built", _version),
    "charter_pdf.requested": ("PDF requested", _version),
    "charter_recording.added": ("Recording added", _section),
    "charter_recording.removed": ("Recording removed", _section),
    "easy_read.picture_removed": ("Picture removed from Easy Read", _section),
    "easy_read.picture_set": ("Picture added to Easy Read", _section),
    "easy_read.reviewed": ("Easy Read reviewed", _section),
    "easy_read.sent": ("Easy Read sent for review", _section),
    "easy_read.written": ("Easy Read written", _section),
    "charter.started": ("Charter started", None),
    "charter_section.added": ("Section added", _section),
    "charter_section.written": ("Draft section edited", _section),
    "charter_version.agreed": ("Members agreed the text", _version),
    "charter_version.drafted": ("Draft opened", _version),
    "charter_version.proposed": ("Text put to members", _answers_by),
    "charter_version.replaced": ("Text replaced by a newer one", _version),
    "charter_version.withdrawn": ("Text withdrawn", _version),
    "good_practice.marked": ("Marked as good practice", None),
    "good_practice.unmarked": ("No longer marked as good practice", None),
    "involvement.asked": ("Members were asked", None),
    "involvement.changed": ("Involvement details changed", None),
    "involvement.said": ("What members said was recorded", None),
    "involvement.settled": ("What changed was recorded", lambda facts: str(facts.get("outcome", ""))),
    "position.changed": ("A member changed their answer", None),
    "position.taken": ("A member answered", None),
    "suggestion.answered": ("Suggestion answered", lambda facts: str(facts.get("status", ""))),
    "suggestion.made": ("Change suggested", _section),
    "waypoint.planned": ("Waypoint planned", None),
    "waypoint.recorded": ("Waypoint held", lambda facts: str(facts.get("outcome", ""))),
}
