"""Labels in histories for changes to the charter, agreement, waypoints and involvements."""

from typing import Any

from impact.core.access import audit
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


def _moved(facts: Facts) -> str:
    return f"{_section(facts)}, now section {facts.get('to', '')}"


ENDED = {
    "changed": "The member changed their answer",
    "adapted": "The text is changed because of it",
    "recorded": "Recorded as disagreement",
}


def _put_off(facts: Facts) -> str:
    return f"From {in_words(facts['before'])} to {in_words(facts['after'])}"


def _members(facts: Facts) -> str:
    return f"{facts['members']} member{'' if facts['members'] == 1 else 's'}"


def _until(facts: Facts) -> str:
    return f"to {in_words(facts['until'])}" if facts.get("until") else ""


def _by_when(facts: Facts) -> str:
    return f"by {in_words(facts['by_when'])}" if facts.get("by_when") else ""


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
    "charter_section.moved": ("Section moved", _moved),
    "charter_section.restored": ("Section restored", _section),
    "charter_section.retired": ("Section taken out of the draft", _section),
    "charter_section.written": ("Draft section edited", _section),
    "charter_version.agreed": ("Members agreed the text", _version),
    "charter_version.corrected": ("Spelling or layout corrected", _version),
    "charter_version.correction_confirmed": ("All members said that the correction is fine", _version),
    "charter_version.correction_stopped": ("A member stopped the correction", _version),
    "charter_version.correction_undone": ("Correction undone", _version),
    "charter_version.drafted": ("Draft opened", _version),
    "charter_version.proposed": ("Text put to members", _answers_by),
    "charter_version.put_before": ("Text put before a meeting", _version),
    "charter_version.replaced": ("Text replaced by a newer one", _version),
    "charter_version.taken_off": ("Text taken off a meeting’s page", _version),
    "charter_version.withdrawn": ("Text withdrawn", _version),
    "correction.confirmed": ("A member said that a correction is fine", None),
    "correction.stopped": ("A member stopped a correction", None),
    "comment.added": ("A comment was added", None),
    "comment.edited": ("A comment was changed", None),
    "comment.flagged": ("A comment was flagged", None),
    "comment.hidden": ("A comment was hidden", None),
    "comment.let_stand": ("A flagged comment was let stand", None),
    "comment.shown": ("A comment is shown again", None),
    "claim.approved": ("Claim approved", None),
    "claim.claimed": ("Claim sent", None),
    "claim.declined": ("Offer of paid time declined", None),
    "claim.offered": ("Paid time offered", None),
    "claim.paid": ("Claim paid", None),
    "claim.payment_undone": ("Claim waits to be paid again", None),
    "claim.receipt_added": ("Receipt added", None),
    "claim.returned": ("Claim sent back", None),
    "claim.taken_up": ("Offer of paid time taken up", None),
    "claim.withdrawn": ("Offer or claim withdrawn", None),
    "exchange.added": ("What was learned was added", None),
    "exchange.changed": ("What was learned was changed", None),
    "good_practice.marked": ("Marked as good practice", None),
    "good_practice.unmarked": ("No longer marked as good practice", None),
    "development_area.marked": ("Marked as an area for development", None),
    "development_area.unmarked": ("No longer marked as an area for development", None),
    "involvement.asked": ("Members were asked", None),
    "involvement.changed": ("Involvement details changed", None),
    "involvement.invited": ("Members were invited", _members),
    "involvement.published": ("Summary published for everyone", None),
    "involvement.said": ("What members said was recorded", None),
    "involvement.settled": ("What changed was recorded", lambda facts: str(facts.get("outcome", ""))),
    "objection.note_added": ("Note added", None),
    "objection.opened": ("Work on an objection began", None),
    "objection.settled": ("Objection dealt with", lambda facts: ENDED.get(facts.get("status", ""), "")),
    "objection.talk_planned": ("Talk planned", lambda facts: f"By {audit.in_words(facts.get('talk_by', ''))}"),
    "objection.talked": ("Talk held", lambda facts: audit.in_words(facts.get("talked_on", ""))),
    "involvement.took_part": ("Who took part was recorded", _members),
    "involvement.unpublished": ("Summary taken off the public page", None),
    "participation.accepted": ("A member accepted an invitation", None),
    "participation.declined": ("A member declined an invitation", None),
    "participation.said": ("A member gave their views", None),
    "pay.no_longer_shared": ("Pay no longer shared with a supporter", None),
    "pay.shared": ("Pay shared with a supporter", None),
    "payment.recorded": ("Payment recorded", None),
    "payment.undone": ("Payment undone", None),
    "position.changed": ("A member changed their answer", None),
    "position.taken": ("A member answered", None),
    "equality_round.closed": ("Equality figures published", None),
    "equality_round.closing_changed": ("Last day changed", lambda facts: f"To {audit.in_words(facts['closes_on'])}"),
    "equality_round.letters_made": ("Letters made for people whom no email reaches", None),
    "equality_round.opened": (
        "Equality monitoring opened",
        lambda facts: f"Answers by {audit.in_words(facts['closes_on'])}",
    ),
    "equality_round.reminded": ("Reminders sent", None),
    "reflection.closing_changed": ("Last day changed", lambda facts: f"To {audit.in_words(facts['closes_on'])}"),
    "reflection.links_sent": ("New links sent", None),
    "reflection.opened": ("Reflection opened", lambda facts: f"Answers by {audit.in_words(facts['closes_on'])}"),
    "outside_group.added": ("Outside group added", None),
    "outside_group.changed": ("Outside group changed", None),
    "strengths.written": ("What a member wants to bring was written down", None),
    "suggestion.answered": ("Suggestion answered", lambda facts: str(facts.get("status", ""))),
    "suggestion.answered_again": ("Suggestion answered again", lambda facts: str(facts.get("status", ""))),
    "suggestion.made": ("Change suggested", _section),
    "suggestion.merged": ("Suggestion merged with another", _section),
    "suggestion.taken_in": ("Suggestion taken in", _version),
    "suggestion.unmerged": ("Merge undone", _section),
    "waypoint.cancelled": ("Waypoint cancelled", None),
    "waypoint.changed": ("Waypoint details changed", None),
    "waypoint.moved": ("Waypoint moved", _put_off),
    "waypoint.opened": ("Members were asked", _answers_by),
    "support.arranged": ("Someone arranges the support", _by_when),
    "support.asked": ("Support asked for", None),
    "support.cancelled": ("Support cancelled", None),
    "support.changed": ("What is needed was changed", None),
    "support.confirmed": ("Support confirmed", None),
    "supporter.followed": ("A supporter for all groups helps in this one too", None),
    "supporter.ended": ("Support of a member ended", None),
    "supporter.named": ("A member named a supporter", None),
    "term.added": ("Term of office recorded", _until),
    "term.changed": ("Term of office corrected", None),
    "term.reappointed": ("A member was reappointed", _until),
    "term.removed": ("Term of office removed", None),
    "summary.drafted": ("Monthly summary drafted", lambda facts: str(facts.get("month", ""))),
    "summary.edited": ("Monthly summary edited", None),
    "summary.sent": ("Monthly summary sent to the group", lambda facts: str(facts.get("month", ""))),
    "waypoint.planned": ("Waypoint planned", None),
    "waypoint.recorded": ("Waypoint held", lambda facts: str(facts.get("outcome", ""))),
    "waypoint_answer.changed": ("A member’s answer changed", None),
    "waypoint_answer.given": ("A member answered", None),
    "waypoint_answer.shared": ("An answer was shared", None),
    "waypoint_rhythm.changed": ("How often the group takes stock changed", None),
}
