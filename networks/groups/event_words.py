"""What happened, as people say it: a sentence for each kind of event that this app records, and a few facts with it."""

from collections.abc import Mapping
from typing import Any

Facts = Mapping[str, Any]


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _logged(facts: Facts) -> str:
    parts = [f"{facts.get('came', 0)} came"]
    parts += [
        _count(facts[key], one, many)
        for key, one, many in [
            ("contributions", "contribution", "contributions"),
            ("decisions", "decision", "decisions"),
            ("actions", "action", "actions"),
        ]
        if facts.get(key)
    ]
    return ", ".join(parts)


def _file(facts: Facts) -> str:
    late = ", after it went out" if facts.get("after_it_went_out") == "yes" else ""
    return f"{facts.get('format', 'File')}, version {facts.get('version', 1)}{late}"


def _announced(facts: Facts) -> str:
    return _count(facts.get("emails", 0), "e-mail went out", "e-mails went out")


def _papers_sent(facts: Facts) -> str:
    late = ", later than agreed" if facts.get("late") == "yes" else ""
    emails = _count(facts.get("emails", 0), "e-mail", "e-mails")
    return f"{_count(facts.get('papers', 0), 'paper', 'papers')} in {emails}{late}"


def _links(facts: Facts) -> str:
    return _count(facts.get("links", 0), "link", "links")


# Each type: what happened, and, where there is more to tell, a function of the event's facts.
WORDS: dict[str, tuple[str, Any]] = {
    "action.added": ("Action agreed", None),
    "action.changed": ("Action changed", None),
    "action.closed": ("Action closed", lambda facts: str(facts.get("status", ""))),
    "action.progress_recorded": ("Note added on how far it has come", None),
    "action.reopened": ("Action opened again", None),
    "document.built": ("Document built", lambda facts: f"Number {facts['number']}, {facts['pages']} pages"),
    "group.added": ("Group started", None),
    "consent.asked": ("Asked to answer about consent", None),
    "group.changed": ("Group details changed", None),
    "group.coordinator_appointed": ("Coordinator appointed", None),
    "group.explained": ("Reason given for something unusual", None),
    "group.explanation_taken_back": ("Reason withdrawn", None),
    "group.handover_put_away": ("Hand-over note put away", None),
    "group.handover_written": ("Hand-over note written", None),
    "group.member_added": ("Someone joined", lambda facts: f"As {str(facts.get('role', 'member')).lower()}"),
    "group.member_declined": ("Someone said no to joining", None),
    "group.member_invitation_withdrawn": ("An invitation to join was withdrawn", None),
    "group.member_invited": ("Someone was invited to join", None),
    "group.member_invited_again": ("An invitation to join was sent again", None),
    "group.member_joined": ("Someone joined", lambda facts: f"As {str(facts.get('role', 'member')).lower()}"),
    "group.membership_changed": ("Details of a membership changed", None),
    "group.membership_ended": ("Someone left", lambda facts: f"Was {str(facts.get('role', 'member')).lower()}"),
    "learning.answered": ("Shared learning answered", lambda facts: str(facts.get("answer", ""))),
    "learning.shared": (
        "Learning shared",
        lambda facts: f"With {_count(facts.get('groups', 0), 'group', 'groups')}",
    ),
    "learning.withdrawn": ("Shared learning withdrawn", None),
    "meeting.agenda_item_added": ("A line was added to the agenda", None),
    "meeting.agenda_set": ("Agenda written", lambda facts: _count(facts.get("items", 0), "line", "lines")),
    "meeting.announced": ("Meeting announced", _announced),
    "meeting.attendance_file_read": ("Attendance report read", None),
    "meeting.attendance_imported": ("Attendance taken from a report", None),
    "meeting.attendance_recorded": ("Attendance written down", None),
    "meeting.attendance_row_split": ("People in an attendance report taken apart", None),
    "meeting.cancelled": ("Meeting cancelled", None),
    "meeting.changed": ("Meeting details changed", None),
    "meeting.contribution_added": (
        "Something that was said was written down",
        lambda facts: str(facts.get("kind", "")),
    ),
    "meeting.contribution_changed": ("Something on the log was changed", None),
    "meeting.contribution_put_back": ("Something was put back on the log", None),
    "meeting.contribution_removed": ("Something was removed from the log", None),
    "meeting.debriefed": ("Debrief held", None),
    "meeting.decision_added": ("Decision written down", None),
    "meeting.invitation_answered": ("Invitation answered", lambda facts: str(facts.get("how", ""))),
    "meeting.log_saved": ("Log saved", None),
    "meeting.logged": ("Log finished", _logged),
    "meeting.material_added": ("Paper added", lambda facts: str(facts.get("kind", ""))),
    "meeting.material_changed": ("Paper changed", None),
    "meeting.material_removed": ("Paper taken off the list", None),
    "meeting.material_sent": (
        "Paper marked as sent",
        lambda facts: "Later than agreed" if facts.get("late") == "yes" else "In good time",
    ),
    "meeting.material_version_added": ("File added to a paper", _file),
    "meeting.notes_restored": ("Earlier notes put back", lambda facts: f"Version {facts.get('version', '')}"),
    "meeting.pack_requested": ("Pack asked for", None),
    "meeting.paper_links_stopped": ("Links to a paper were stopped", _links),
    "meeting.papers_sent": ("Papers sent by e-mail", _papers_sent),
    "meeting.photo_added": ("Photo added", None),
    "meeting.photo_described": ("Photo described", None),
    "meeting.photo_put_back": ("Photo put back", None),
    "meeting.photo_removed": ("Photo taken away", None),
    "meeting.planned": ("Meeting planned", None),
    "meeting.reopened": ("Log opened again", None),
    "network.explained": ("Reason given for something unusual", None),
    "network.explanation_taken_back": ("Reason withdrawn", None),
    "network.started": ("Network started", None),
    "restricted_note.flag_dealt_with": ("Safeguarding flag dealt with", None),
    "restricted_note.read": ("Restricted notes read", None),
    "restricted_note.written": (
        "Restricted note written",
        lambda facts: "With a safeguarding flag" if facts.get("flag") == "yes" else "",
    ),
    "theme.added": ("Theme added", None),
    "theme.deleted": ("Theme deleted", None),
    "theme.described": ("Theme described", None),
    "theme.merged": ("Theme merged into another", None),
    "theme.renamed": ("Theme renamed", None),
    "theme.split": ("Themes parted again", None),
}

# The same step on several meetings, by one person in one day, is told once.
TOGETHER = {
    "meeting.planned": "{n} meetings planned",
    "meeting.announced": "{n} meetings announced",
    "meeting.debriefed": "{n} debriefs held",
    "meeting.logged": "{n} logs finished",
    "meeting.material_sent": "{n} papers marked as sent",
    "group.member_added": "{n} people joined",
    "group.member_joined": "{n} people joined",
    "group.member_invited": "{n} people were invited to join",
}
