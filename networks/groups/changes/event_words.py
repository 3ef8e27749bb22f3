"""Labels in histories for the events of this app, with a few facts each."""

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
    return _count(facts.get("emails", 0), "email went out", "emails went out")


def _papers_sent(facts: Facts) -> str:
    late = ", later than agreed" if facts.get("late") == "yes" else ""
    emails = _count(facts.get("emails", 0), "email", "emails")
    return f"{_count(facts.get('papers', 0), 'paper', 'papers')} in {emails}{late}"


def _links(facts: Facts) -> str:
    return _count(facts.get("links", 0), "link", "links")


def _booked(facts: Facts) -> str:
    return str(facts.get("kind", ""))


# Each type: what happened, and, where there is more to tell, a function of the event's facts.
WORDS: dict[str, tuple[str, Any]] = {
    "booking.added": ("Booking added", _booked),
    "booking.cancelled": ("Booking cancelled", _booked),
    "booking.changed": ("Booking changed", None),
    "booking.confirmed": ("Booking confirmed", _booked),
    "booking.done": ("Booking done", _booked),
    "booking.not_found": (
        "Could not be found",
        lambda facts: "The person has been told" if facts.get("told") == "yes" else "The person has not been told yet",
    ),
    "booking.requested": ("Provider asked", _booked),
    "booking_need.put_aside": ("Marked as not needed this time", _booked),
    "booking_need.questioned": ("Someone said that it is not right", None),
    "booking_need.rated": ("Someone said how it went", None),
    "calendar.made": ("Calendar address created", None),
    "calendar.replaced": ("Calendar address replaced", None),
    "calendar.ended": ("Calendar address ended", None),
    "action.added": ("Action agreed", None),
    "action.changed": ("Action changed", None),
    "action.closed": ("Action closed", lambda facts: str(facts.get("status", ""))),
    "action.progress_recorded": ("Progress note added", None),
    "action.reopened": ("Action reopened", None),
    "document.built": (
        "Document built",
        lambda facts: f"Number {facts['number']}, {_count(facts['pages'], 'page', 'pages')}",
    ),
    "group.added": ("Group started", None),
    "consent.asked": ("Consent questions sent", None),
    "group.changed": ("Group details changed", None),
    "group.coordinator_appointed": ("Coordinator appointed", None),
    "group.explained": ("Warning explained", None),
    "group.explanation_taken_back": ("Explanation removed", None),
    "group.handover_put_away": ("Handover note dismissed", None),
    "group.handover_written": ("Handover note written", None),
    "group.member_added": ("Someone joined", lambda facts: f"As {str(facts.get('role', 'member')).lower()}"),
    "group.member_declined": ("Invitation to join declined", None),
    "group.member_invitation_withdrawn": ("Invitation to join withdrawn", None),
    "group.member_invited": ("Person invited to join", None),
    "group.member_invited_again": ("Invitation to join sent again", None),
    "group.member_joined": ("Someone joined", lambda facts: f"As {str(facts.get('role', 'member')).lower()}"),
    "group.membership_changed": ("Membership details changed", None),
    "group.membership_ended": ("Someone left", lambda facts: f"Was {str(facts.get('role', 'member')).lower()}"),
    "learning.answered": ("Shared learning answered", lambda facts: str(facts.get("answer", ""))),
    "learning.shared": (
        "Learning shared",
        lambda facts: f"With {_count(facts.get('groups', 0), 'group', 'groups')}",
    ),
    "learning.withdrawn": ("Shared learning withdrawn", None),
    "lead_time.changed": (
        "Time to ask changed",
        lambda facts: f"{facts.get('kind', '')}: {facts.get('days', '')} days",
    ),
    "meeting.agenda_item_added": ("Agenda item added", None),
    "meeting.agenda_set": ("Agenda saved", lambda facts: _count(facts.get("items", 0), "line", "lines")),
    "meeting.announced": ("Meeting announced", _announced),
    "meeting.attendance_file_read": ("Attendance report uploaded", None),
    "meeting.attendance_imported": ("Attendance imported from a report", None),
    "meeting.attendance_recorded": ("Attendance recorded", None),
    "meeting.attendance_row_split": ("Combined people in an attendance report split", None),
    "meeting.cancelled": ("Meeting cancelled", None),
    "meeting.changed": ("Meeting details changed", None),
    "meeting.contribution_added": (
        "Contribution added to the log",
        lambda facts: str(facts.get("kind", "")),
    ),
    "meeting.contribution_changed": ("Contribution changed in the log", None),
    "meeting.contribution_put_back": ("Contribution restored to the log", None),
    "meeting.contribution_removed": ("Contribution removed from the log", None),
    "meeting.debriefed": ("Debrief held", None),
    "meeting.decision_added": ("Decision recorded", None),
    "meeting.invitation_answered": ("Invitation answered", lambda facts: str(facts.get("how", ""))),
    "meeting.log_saved": ("Log saved", None),
    "meeting.logged": ("Log finished", _logged),
    "meeting.material_added": ("Paper added", lambda facts: str(facts.get("kind", ""))),
    "meeting.material_changed": ("Paper changed", None),
    "meeting.material_removed": ("Paper removed from the list", None),
    "meeting.material_sent": (
        "Paper marked as sent",
        lambda facts: "Late" if facts.get("late") == "yes" else "On time",
    ),
    "meeting.material_version_added": ("File added to a paper", _file),
    "meeting.notes_restored": ("Earlier notes restored", lambda facts: f"Version {facts.get('version', '')}"),
    "meeting.pack_requested": ("Pack requested", None),
    "meeting.paper_links_stopped": ("Links to a paper were stopped", _links),
    "meeting.papers_sent": ("Papers sent by email", _papers_sent),
    "meeting.photo_added": ("Photo added", None),
    "meeting.photo_deleted": ("Photo deleted", None),
    "meeting.photo_people_named": ("People in a photo named", None),
    "meeting.photo_described": ("Photo described", None),
    "meeting.photo_put_back": ("Photo restored", None),
    "meeting.photo_removed": ("Photo removed", None),
    "meeting.planned": ("Meeting planned", None),
    "meeting.reopened": ("Log reopened", None),
    "network.explained": ("Warning explained", None),
    "network.explanation_taken_back": ("Explanation removed", None),
    "network.started": ("Network started", None),
    "provider.added": ("Provider added", None),
    "provider.changed": ("Provider changed", None),
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
    "theme.split": ("Theme merge undone", None),
    "venue.added": ("Venue added", None),
    "venue.changed": ("Venue changed", None),
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
