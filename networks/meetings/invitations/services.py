"""Announcing meetings, and who was asked and what they answered."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import when
from impact.core.basics.states import StateConflict
from impact.core.people.models import Person
from networks.groups.models import Group
from networks.meetings.invitations import emails
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Meeting

REMIND_DAYS = 3
MOST_ANNOUNCED = 24  # meetings in one request, and the invitations that they send: about half a second of writing
MOST_INVITATIONS = 500
Answer, Via = MeetingInvitation.Answer, MeetingInvitation.Via


def invited_people(meeting: Meeting) -> QuerySet[Person]:
    """Everybody who belongs to the group on the day of the meeting, in whatever role."""
    return Person.objects.filter(pk__in=meeting.expected_members().values("person_id")).order_by("name")


def is_announced(meeting: Meeting) -> bool:
    """Whether people are notified of changes: it is announced, in the future and not cancelled."""
    return not meeting.is_draft and meeting.status == Meeting.Status.PLANNED and not meeting.has_started


def bump_sequence(meeting: Meeting) -> None:
    """Give the meeting the next number by which calendars tell newer from older."""
    meeting.sequence += 1
    Meeting.objects.filter(pk=meeting.pk).update(sequence=meeting.sequence)


def set_sent(invitation: MeetingInvitation) -> bool:
    """Set on the row that a message goes out now, for the caller to save; False when there is no address to send it to."""
    if not invitation.person.email:
        return False
    invitation.sent_at, invitation.sent_sequence = clock.now(), invitation.meeting.sequence
    return True


def mark_sent(invitation: MeetingInvitation) -> bool:
    """Note that a message goes out now; False when there is no address to send it to."""
    if not set_sent(invitation):
        return False
    invitation.save(update_fields=["sent_at", "sent_sequence"])
    return True


def match_invitations(meeting: Meeting) -> None:
    """Invite new members and notify those who have left. No one else is notified."""
    if not is_announced(meeting):
        return
    people = {person.pk: person for person in invited_people(meeting)}
    known = {row.person_id: row for row in meeting.invitations.select_related("person")}
    gone = [row for row in known.values() if row.withdrawn_at is None and row.person_id not in people]
    back = [row for pk, row in known.items() if row.withdrawn_at is not None and pk in people]
    if gone or back:
        bump_sequence(meeting)
    for row in gone:
        row.meeting = meeting
        row.withdrawn_at = clock.now()
        row.save(update_fields=["withdrawn_at"])
        if row.sent_at and mark_sent(row):
            emails.send_cancel(row, has_left=True)
    asked = []
    for row in back:
        row.meeting = meeting
        row.withdrawn_at = row.reminded_at = row.answered_at = None
        row.answer = row.answered_via = ""
        row.save(update_fields=["withdrawn_at", "reminded_at", "answered_at", "answer", "answered_via"])
        if mark_sent(row):
            asked.append(row)
    for row in known.values():
        row.meeting = meeting
        if row.person_id in people and row.sent_at is None and mark_sent(row):
            asked.append(row)
    new = [MeetingInvitation(person=person, meeting=meeting) for pk, person in people.items() if pk not in known]
    asked += [row for row in new if set_sent(row)]
    MeetingInvitation.objects.bulk_create(new)
    emails.send_requests(meeting, asked)


def match_group(group: Group) -> None:
    """The same for every meeting to come of a group, after its members changed."""
    told = Meeting.objects.filter(
        group=group, status=Meeting.Status.PLANNED, announced_at__isnull=False, starts_at__gt=clock.now()
    )
    for meeting in told.select_for_update(of=("self",)).order_by("starts_at"):
        meeting.group = group
        match_invitations(meeting)


def renew_replies(person: Person) -> None:
    """End all links that went to someone's earlier address, those of past meetings too, as they show what was arranged. New
    ones go out for the meetings to come."""
    theirs = Meeting.objects.filter(pk__in=person.meeting_invitations.values("meeting")).select_related("group")
    # The meetings before what belongs to them, in the order of match_group.
    held = {row.pk: row for row in theirs.select_for_update(of=("self",)).order_by("starts_at")}
    groups = {}
    for row in person.meeting_invitations.filter(meeting__in=held):
        meeting = held[row.meeting_id]
        row.key = uuid.uuid4()
        if row.withdrawn_at is None and meeting.status == Meeting.Status.PLANNED and meeting.starts_at > clock.now():
            row.sent_at = None
            groups[meeting.group_id] = meeting.group
        row.save(update_fields=["key", "sent_at"])
    for group in groups.values():
        match_group(group)


def tell_change(meeting: Meeting, fields: Sequence[str], reason: str) -> None:
    """Notify the people a change affects. A new time asks everyone again; other changes skip those who said no."""
    rows = list(meeting.invitations.select_related("person").filter(withdrawn_at__isnull=True))
    is_moved = "starts_at" in fields
    for row in rows:
        if row.sent_at and row.sent_sequence >= meeting.sequence:
            continue  # asked just now, and so told everything
        row.meeting = meeting
        if is_moved:
            row.answer = row.answered_via = ""
            row.answered_at = row.recorded_by = row.reminded_at = None
            row.save(update_fields=["answer", "answered_via", "answered_at", "recorded_by", "reminded_at"])
        concerned = is_moved or "ends_at" in fields or row.answer != Answer.NO
        if concerned and row.sent_at and mark_sent(row):
            emails.send_change(row, fields, reason)


def tell_cancelled(meeting: Meeting, reason: str) -> None:
    """Send the end of a meeting to everybody who was asked."""
    for row in meeting.invitations.select_related("person").filter(withdrawn_at__isnull=True, sent_at__isnull=False):
        row.meeting = meeting
        if mark_sent(row):
            emails.send_cancel(row, reason=reason)


# --- Announcing -----------------------------------------------------------------------------------
def require_place(meeting: Meeting) -> None:
    """Before people are told, it must be clear where to go: a place to meet in person, both for a mix."""
    missing = {}
    if meeting.mode != Meeting.Mode.ONLINE and not meeting.place.strip():
        missing["place"] = "Enter the place. Members will be told where to go."
    if meeting.mode == Meeting.Mode.HYBRID and not meeting.join_url:
        missing["join_url"] = "Enter the link for those who join online."
    if missing:
        raise ValidationError(missing)


@transaction.atomic
def announce_meeting(*, by: Actor, meeting: Meeting) -> Meeting:
    """Tell members of a meeting: each with an address gets an email with a calendar part. Drafts tell no one."""
    require(by, "networks.plan_meeting", meeting)
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("group").get(pk=meeting.pk)
    if not meeting.is_draft:
        raise StateConflict("This meeting has been announced already.")
    if meeting.status != Meeting.Status.PLANNED:
        raise StateConflict("Only a planned meeting can be announced.")
    if meeting.has_started:
        raise StateConflict("This meeting has started, so it can no longer be announced. Log it instead.")
    require_place(meeting)
    meeting.announced_at = clock.now()
    Meeting.objects.filter(pk=meeting.pk).update(announced_at=meeting.announced_at, version=meeting.version + 1)
    meeting.version += 1
    match_invitations(meeting)
    sent = meeting.invitations.filter(sent_at__isnull=False).count()
    audit.record(by, "meeting.announced", meeting, emails=sent)
    return meeting


@transaction.atomic
def announce_meetings(*, by: Actor, group: Group, meetings: Sequence[Meeting]) -> list[Meeting]:
    """Announce several drafts of a group at once, all or none. A refusal names the meeting."""
    require(by, "networks.plan_meeting", group)
    if not meetings:
        raise ValidationError("Choose at least one meeting.")
    chosen = {meeting.pk: meeting for meeting in meetings}
    if len(chosen) > MOST_ANNOUNCED:
        raise ValidationError(f"Announce at most {MOST_ANNOUNCED} meetings at a time.")
    if len(chosen) > 1 and sum(m.expected_members().count() for m in chosen.values()) > MOST_INVITATIONS:
        raise ValidationError(
            f"This would send more than {MOST_INVITATIONS} invitations at once. Choose fewer meetings at a time."
        )
    told: list[Meeting] = []
    problems: list[str] = []
    kinds: set[type] = set()
    for meeting in sorted(chosen.values(), key=lambda m: m.starts_at):
        try:
            told.append(announce_meeting(by=by, meeting=meeting))
        except ValidationError as error:
            kinds.add(type(error))
            problems += [f"{meeting.title}: {message}" for message in error.messages]
    if problems:
        raise StateConflict(problems) if kinds == {StateConflict} else ValidationError(problems)
    return told


# --- Answers --------------------------------------------------------------------------------------
def why_no_answer(invitation: MeetingInvitation) -> str:
    """Why an invitation can no longer be answered, as one word; empty while it can."""
    meeting = invitation.meeting
    if meeting.status == Meeting.Status.CANCELLED:
        return "cancelled"
    if invitation.withdrawn_at is not None:
        return "withdrawn"
    if meeting.has_started:
        return "over"
    return "" if is_announced(meeting) else "withdrawn"


NO_ANSWER = {
    "cancelled": "This meeting was cancelled, so there is nothing to answer.",
    "withdrawn": "This invitation was withdrawn, so there is nothing to answer.",
    "over": "This meeting has started, so you can no longer change your answer.",
}


@transaction.atomic
def answer_invitation(
    *, by: Actor, invitation: MeetingInvitation, answer: str, access_needs: str | None = None, asked_for: str = ""
) -> None:
    """Keep whether someone comes, and what they need: their own answer, one by their link, or one told by phone.

    ``by`` is the person signed in, SYSTEM for the holder of the signed link, or who plans the meeting.
    ``access_needs`` None leaves what was said before. ``asked_for``: the start that the page showed, so that no one
    says yes to another time.
    """
    is_own = by.pk is not None and invitation.person.user_id == by.pk
    if is_own:
        via = Via.ACCOUNT
    elif by is SYSTEM:
        via = Via.LINK
    else:
        require(by, "networks.plan_meeting", invitation.meeting)
        via = Via.COORDINATOR
    held = Meeting.objects.select_for_update(of=("self",)).select_related(
        "group"
    )  # before its invitations, as a move does
    meeting = held.get(pk=invitation.meeting_id)
    row = MeetingInvitation.objects.select_for_update(of=("self",)).select_related("person").get(pk=invitation.pk)
    row.meeting = meeting
    if problem := why_no_answer(row):
        raise StateConflict(NO_ANSWER[problem], code=problem)
    if answer not in Answer.values:
        raise ValidationError({"answer": "Choose one of the answers."})
    if asked_for and asked_for != meeting.starts_at.isoformat():
        raise StateConflict(
            f"The meeting has moved to {when(meeting.starts_at)}. Answer for the new time.", code="moved"
        )
    row.answer = answer
    if access_needs is not None:
        row.access_needs = " ".join(access_needs.split())
    row.answered_at, row.answered_via = clock.now(), via
    row.recorded_by_id = by.pk if via == Via.COORDINATOR else None
    row.full_clean()
    row.save()
    audit.record(by, "meeting.invitation_answered", row.meeting, how=row.get_answered_via_display())


def own_invitation(user: Any, meeting: Meeting) -> MeetingInvitation | None:
    """The reader's own invitation to a meeting, as long as it stands."""
    rows = meeting.invitations.filter(person__user_id=user.pk, withdrawn_at__isnull=True)
    return rows.select_related("person", "meeting").first() if user.pk else None


# --- Reminders ------------------------------------------------------------------------------------
@transaction.atomic
def remind(*, by: Actor, on: date) -> int:
    """Remind once who said yes or nothing of each meeting in the next three days; the number of emails.

    Someone who was only asked within the last day is spared.
    """
    if by is not SYSTEM:
        raise PermissionDenied("Reminders are sent by the platform.")
    until = timezone.make_aware(datetime.combine(on + timedelta(days=REMIND_DAYS + 1), time.min))
    now = clock.now()
    rows = (
        MeetingInvitation.objects.filter(
            Q(meeting__status=Meeting.Status.PLANNED, meeting__announced_at__isnull=False),
            meeting__starts_at__gt=now,
            meeting__starts_at__lt=until,
            withdrawn_at__isnull=True,
            reminded_at__isnull=True,
            sent_at__lte=now - timedelta(days=1),
        )
        .exclude(answer=Answer.NO)
        .exclude(person__email="")
        .select_related("meeting__group", "person")
        .order_by("meeting__starts_at", "pk")
    )
    told = 0
    for row in rows.select_for_update(of=("self",)):
        row.reminded_at = now
        row.save(update_fields=["reminded_at"])
        emails.send_reminder(row)
        told += 1
    return told
