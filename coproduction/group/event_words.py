"""Labels in histories for changes to the charter, agreement, waypoints and involvements."""

from typing import Any

from impact.core.access.audit import Words, in_words

Facts = dict[str, Any]


def _version(facts: Facts) -> str:
    return f"Version {facts['version']}" if facts.get("version") else ""


def _answers_by(facts: Facts) -> str:
    by = f"answers by {facts['answers_by']}" if facts.get("answers_by") else ""
    told = ", ".join(filter(None, [_version(facts), by]))
    return told[:1].upper() + told[1:]


def _section(facts: Facts) -> str:
    return f"“{facts['section']}”" if facts.get("section") else ""


def _until(facts: Facts) -> str:
    return f"to {in_words(facts['until'])}" if facts.get("until") else ""


def _by_when(facts: Facts) -> str:
    return f"by {in_words(facts['by_when'])}" if facts.get("by_when") else ""


WORDS: dict[str, Words] = {
    "agreement_round.extended": ("Members were given more time", _answers_by),
    "charter.started": ("Charter started", None),
    "charter_section.added": ("Section added", _section),
    "charter_section.written": ("Draft section edited", _section),
    "charter_version.agreed": ("Members agreed the text", _version),
    "charter_version.drafted": ("Draft opened", _version),
    "charter_version.proposed": ("Text put to members", _answers_by),
    "charter_version.put_before": ("Text put before a meeting", _version),
    "charter_version.replaced": ("Text replaced by a newer one", _version),
    "charter_version.taken_off": ("Text taken off a meeting’s page", _version),
    "charter_version.withdrawn": ("Text withdrawn", _version),
    "exchange.added": ("What was learned was added", None),
    "exchange.changed": ("What was learned was changed", None),
    "good_practice.marked": ("Marked as good practice", None),
    "good_practice.unmarked": ("No longer marked as good practice", None),
    "involvement.asked": ("Members were asked", None),
    "involvement.changed": ("Involvement details changed", None),
    "involvement.said": ("What members said was recorded", None),
    "involvement.settled": ("What changed was recorded", lambda facts: str(facts.get("outcome", ""))),
    "outside_group.added": ("Outside group added", None),
    "outside_group.changed": ("Outside group changed", None),
    "position.changed": ("A member changed their answer", None),
    "position.taken": ("A member answered", None),
    "strengths.written": ("What a member wants to bring was written down", None),
    "suggestion.answered": ("Suggestion answered", lambda facts: str(facts.get("status", ""))),
    "suggestion.made": ("Change suggested", _section),
    "support.arranged": ("Someone arranges the support", _by_when),
    "support.asked": ("Support asked for", None),
    "support.cancelled": ("Support cancelled", None),
    "support.changed": ("What is needed was changed", None),
    "support.confirmed": ("Support confirmed", None),
    "supporter.ended": ("Support of a member ended", None),
    "supporter.named": ("A member named a supporter", None),
    "term.added": ("Term of office recorded", _until),
    "term.changed": ("Term of office corrected", None),
    "term.reappointed": ("A member was reappointed", _until),
    "term.removed": ("Term of office removed", None),
    "waypoint.planned": ("Waypoint planned", None),
    "waypoint.recorded": ("Waypoint held", lambda facts: str(facts.get("outcome", ""))),
}
