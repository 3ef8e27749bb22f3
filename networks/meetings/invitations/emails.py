"""What an invitation says: the email, its calendar part (RFC 5545, RFC 5546) and the signed link to answer by.

That someone belongs to a group is sensitive, and calendars are shared with colleagues and families. So the calendar
part names neither the group nor the meeting nor anybody else who is asked, and is marked private. The email itself,
which only its reader opens, says what the meeting is; its subject, which lights up on a locked phone, does not.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.template.loader import render_to_string
from django.urls import reverse
from icalendar import Calendar, Event, vCalAddress, vText

from impact.core.basics import clock
from impact.core.basics.dates import day, when
from impact.core.jobs import outbox
from impact.core.jobs.models import OutboxEmail
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Meeting

SUMMARY = "Meeting"
# Changes of these are told to people who are invited; anything else is for the page only.
TOLD = {
    "title": "the title",
    "starts_at": "the time",
    "ends_at": "the time",
    "mode": "how we meet",
    "place": "the place",
    "join_url": "the link to join",
    "access_arrangements": "access",
}


# What is arranged at a meeting for people (ids), line by line. The package of bookings adds its own when the app starts.
ARRANGED: list[Callable[[Meeting, Collection[int]], Mapping[int, list[str]]]] = []


def arranged_for_all(meeting: Meeting, people: Collection[int]) -> dict[int, list[str]]:
    """What is arranged for each of these people (ids) at a meeting, asked once for all of them."""
    found = [find(meeting, people) for find in ARRANGED]
    return {pk: [one_line(line) for lines in found for line in lines.get(pk, [])] for pk in people}


def arranged_for(invitation: MeetingInvitation) -> list[str]:
    """ "BSL interpreting: confirmed": for the email that only this person opens, and the page behind its link."""
    return arranged_for_all(invitation.meeting, [invitation.person_id])[invitation.person_id]


# --- The link to answer by ------------------------------------------------------------------------
def _signer() -> Signer:
    return Signer(sep=".", salt="networks.reply")


def reply_token(invitation: MeetingInvitation) -> str:
    return _signer().sign(invitation.key.hex)


def reply_link(invitation: MeetingInvitation) -> str:
    """Where this one person answers without an account."""
    return str(settings.SITE_URL) + reverse("networks:reply", args=[reply_token(invitation)])


def invitation_of(token: str) -> MeetingInvitation | None:
    """The invitation behind a link, whatever its state; None when the link was not made by us."""
    try:
        key = UUID(hex=_signer().unsign(token))
    except (BadSignature, ValueError):
        return None
    rows = MeetingInvitation.objects.select_related("meeting__group", "person")
    return rows.filter(key=key).first()


# --- The calendar part ----------------------------------------------------------------------------
def one_line(text: str) -> str:
    return " ".join(text.split())


def where(meeting: Meeting) -> str:
    """The place in one line."""
    place = one_line(meeting.place)
    if meeting.mode == Meeting.Mode.ONLINE or not place:
        return str(meeting.get_mode_display())
    return f"{place}, or online" if meeting.mode == Meeting.Mode.HYBRID else place


def calendar_part(invitation: MeetingInvitation, method: str, *, is_arranged: bool) -> str:
    """One meeting for one person's calendar; ``method`` is REQUEST (new, or changed) or CANCEL.

    ``is_arranged``: something is arranged for them. What it is stands in the email alone: calendars are shared.
    """
    meeting = invitation.meeting
    event = Event()
    event.add("uid", str(meeting.uid))
    event.add("sequence", invitation.sent_sequence)
    event.add("dtstamp", clock.now().astimezone(UTC))
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("summary", SUMMARY)
    event.add("location", where(meeting))
    event.add("url", str(settings.SITE_URL) + meeting.get_absolute_url())
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if method == "CANCEL" else "OPAQUE")
    event.add("class", "PRIVATE")
    details = []
    if method == "REQUEST":
        if meeting.join_url and meeting.mode != Meeting.Mode.IN_PERSON:
            details.append(f"Join online: {meeting.join_url}")
        if meeting.access_arrangements:
            details.append(f"Access: {one_line(meeting.access_arrangements)}")
        if is_arranged:
            details.append("Read on the meeting’s page what is arranged for you.")
    if details:
        event.add("description", "\n".join(details))
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    organizer = vCalAddress(f"mailto:{address}")
    organizer.params["CN"] = vText(name or "IMPACT")
    event["organizer"] = organizer
    attendee = vCalAddress(f"mailto:{invitation.person.email}")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText(_partstat(invitation))
    attendee.params["RSVP"] = vText("TRUE" if method == "REQUEST" and not invitation.answer else "FALSE")
    event.add("attendee", attendee, encode=False)
    calendar = Calendar()
    calendar.add("prodid", "-//IMPACT//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(event)
    return calendar.to_ical().decode()


def _partstat(invitation: MeetingInvitation) -> str:
    answers = {"": "NEEDS-ACTION", MeetingInvitation.Answer.NO: "DECLINED"}
    return answers.get(invitation.answer, "ACCEPTED")


# --- The emails ----------------------------------------------------------------------------------
def _send(invitation: MeetingInvitation, **said: Any) -> None:
    outbox.send_all_later([_written(invitation, arranged_for(invitation), **said)])


def _written(
    invitation: MeetingInvitation,
    arranged: list[str],
    *,
    event: str,
    template: str,
    subject: str,
    method: str = "",
    **more: Any,
) -> OutboxEmail:
    meeting = invitation.meeting
    context = {
        "invitation": invitation,
        "person": invitation.person,
        "meeting": meeting,
        "title": one_line(meeting.title),
        "where": where(meeting),
        "access": one_line(meeting.access_arrangements),
        "link": reply_link(invitation),
        "arranged": arranged,
        "is_online": meeting.mode != Meeting.Mode.IN_PERSON,
        **more,
    }
    body = render_to_string(f"emails/{template}.txt", context)
    return outbox.prepare(
        event=event,
        to=invitation.person.email,
        subject=subject,
        body=body.strip() + "\n",
        calendar=calendar_part(invitation, method, is_arranged=bool(arranged)) if method else "",
        calendar_method=method,
    )


def send_requests(meeting: Meeting, invitations: Sequence[MeetingInvitation]) -> None:
    """Ask people to a meeting: what is arranged is asked once, and the emails are written by one statement."""
    if not invitations:
        return
    arranged = arranged_for_all(meeting, [row.person_id for row in invitations])
    said = {"event": "meeting-invitation", "template": "meeting_invitation", "method": "REQUEST"}
    said["subject"] = f"Meeting on {when(meeting.starts_at)}: can you come?"
    outbox.send_all_later([_written(row, arranged[row.person_id], **said) for row in invitations])


def send_change(invitation: MeetingInvitation, fields: Sequence[str], reason: str = "") -> None:
    """Tell one person what is different about a meeting that they know of."""
    what = list(dict.fromkeys(TOLD[name] for name in TOLD if name in fields))
    is_moved = "starts_at" in fields
    subject = f"Meeting moved to {when(invitation.meeting.starts_at)}: can you come?"
    if not is_moved:
        subject = f"Meeting on {day(invitation.meeting.starts_at)}: something has changed"
    _send(
        invitation,
        event="meeting-changed",
        template="meeting_changed",
        subject=subject,
        method="REQUEST",
        changed=" and ".join(filter(None, [", ".join(what[:-1]), what[-1]])),
        reason=one_line(reason),
        is_moved=is_moved,
    )


def send_cancel(invitation: MeetingInvitation, *, reason: str = "", has_left: bool = False) -> None:
    """Take a meeting out of one person's calendar: it is off, or they no longer belong to the group."""
    _send(
        invitation,
        event="meeting-cancelled",
        template="meeting_cancelled",
        subject=f"Meeting on {day(invitation.meeting.starts_at)}: {'you do not need to come' if has_left else 'cancelled'}",
        method="CANCEL",
        reason=one_line(reason),
        has_left=has_left,
    )


def send_reminder(invitation: MeetingInvitation) -> None:
    """Remind one person a few days before; no calendar part, because nothing has changed."""
    _send(
        invitation,
        event="meeting-reminder",
        template="meeting_reminder",
        subject=f"Reminder: meeting on {when(invitation.meeting.starts_at)}",
    )


def send_support_question(invitation: MeetingInvitation) -> None:
    """Ask someone without an account, after a meeting, how the support was that we booked for them."""
    _send(
        invitation,
        event="support-link",
        template="support_how",
        subject=f"Meeting on {day(invitation.meeting.starts_at)}: how was it?",
        link=str(settings.SITE_URL) + reverse("networks:reply-support", args=[reply_token(invitation)]),
    )
