"""What people say of what was arranged for them: that it is not right, and, after the meeting, how it was."""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.notices.choices import has_account, wants_email
from impact.core.notices.services import tell
from networks.meetings.invitations import emails
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from networks.meetings.services import locked

State, Answer = Booking.State, MeetingInvitation.Answer


def _require_own(by: Actor, need: BookingNeed) -> None:
    """Of the person themselves, signed in or by the link in their invitation."""
    if by is not SYSTEM and (need.person.user_id is None or need.person.user_id != by.pk):
        raise PermissionDenied("This is about someone else.")


def _own(need: BookingNeed) -> BookingNeed:
    meeting = locked(need.meeting)  # the meeting before what belongs to it, as everywhere
    row = BookingNeed.objects.select_for_update(of=("self",)).select_related("person", "booking").get(pk=need.pk)
    row.meeting = meeting
    return row


@transaction.atomic
def say_wrong(*, by: Actor, need: BookingNeed, words: str) -> BookingNeed:
    """A person says that what is arranged for them is not right, before the meeting; those who plan it see it at once."""
    _require_own(by, need)
    row = _own(need)
    if row.meeting.act != "prepare":
        raise StateConflict("The meeting has begun, is over or was cancelled. Say how it went instead.")
    if not words.strip():
        raise ValidationError({"words": "Say what is not right."})
    row.wrong, row.wrong_at = words.strip(), clock.now()
    row.full_clean()
    row.save(update_fields=["wrong", "wrong_at"])
    if row.booking_id is not None:  # anyone who confirms it from an older page is told
        Booking.objects.filter(pk=row.booking_id).update(version=F("version") + 1, updated_at=timezone.now())
    audit.record(by, "booking_need.questioned", row)
    return row


@transaction.atomic
def say_worked(*, by: Actor, need: BookingNeed, worked: str, words: str = "") -> BookingNeed:
    """After the meeting: was it there, and did it work. The next booking of this kind shows it."""
    _require_own(by, need)
    row = _own(need)
    if not row.meeting.has_started or row.meeting.status == Meeting.Status.CANCELLED:
        raise StateConflict("The meeting has not taken place. Say so after it.")
    if row.booking is None or row.booking.state == State.CANCELLED:
        raise StateConflict("Nothing was booked, so there is nothing to say of it.")
    if worked not in BookingNeed.Worked.values:
        raise ValidationError({"worked": "Choose one of the answers."})
    row.worked, row.worked_words = worked, words.strip()
    row.full_clean()
    row.save(update_fields=["worked", "worked_words"])
    audit.record(by, "booking_need.rated", row)
    return row


@transaction.atomic
def ask_how_it_was(on: date) -> int:
    """On the day after a meeting, ask those for whom something was booked how it was; how many were asked.

    With an account they answer on the meeting's page; without one by the link in an email of their own. It makes no
    difference whether the log is in; if it is, those who did not come are not asked.
    """
    rows = BookingNeed.objects.filter(
        meeting__ends_at__date=on - timedelta(days=1),
        booking__state__in=[State.CONFIRMED, State.DONE],
        worked="",
    ).exclude(meeting__status=Meeting.Status.CANCELLED)
    meetings = Meeting.objects.filter(pk__in=rows.values("meeting")).select_related("group").order_by("pk")
    asked = 0
    for meeting in meetings:
        invited = {row.person_id: row for row in meeting.invitations.select_related("person")}
        for row in invited.values():
            row.meeting = meeting
        away = set(meeting.attendances.exclude(status="present").values_list("person", flat=True))
        people = {row.person_id: row.person for row in rows.filter(meeting=meeting).select_related("person__user")}
        told = []
        for person in people.values():
            invitation = invited.get(person.pk)
            if person.pk in away or (invitation and (invitation.withdrawn_at or invitation.answer == Answer.NO)):
                continue
            if invitation and person.email and not has_account(person):
                if wants_email(person, "support-link"):
                    emails.send_support_question(invitation)
                    asked += 1
            else:
                told.append(person)
        asked += tell(
            people=told,
            event="support-how",
            about=meeting,
            title=f"Meeting on {day(meeting.starts_on)}: how was it?",
            words="We had booked support for you. Was it there, and did it work? Say so on the page of the meeting.",
            path=meeting.get_absolute_url(),
            key=f"support-how:{meeting.pk}",
        )
    return asked
