"""Calendar addresses: making one, ending it, and what an app reads there."""

import secrets
from datetime import UTC, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import TruncDate
from icalendar import Calendar, Event, vDuration

from impact.core.access import audit, two_step
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.people.accounts import hash_token
from impact.core.people.models import User
from networks.groups.models import Membership
from networks.meetings.invitations.calendars.models import CalendarFeed
from networks.meetings.invitations.emails import SUMMARY, where
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Meeting, MeetingQuerySet

Covers = CalendarFeed.Covers
KEPT_FOR = timedelta(days=90)  # how long a meeting that is over stays in the calendar
MOST = 1000  # meetings in one calendar, those to come and the newest first
READ_AGAIN = timedelta(hours=4)  # how often apps are asked to look (RFC 7986)


@transaction.atomic
def make_feed(*, by: User, covers: str = Covers.MINE) -> str:
    """Give an account a calendar address and return its secret part, this once. An earlier address stops working."""
    if two_step.lacks_two_step(by):
        raise PermissionDenied(two_step.REFUSAL)
    if covers not in Covers.values or (covers == Covers.ALL and not may_cover_all(by)):
        raise ValidationError({"covers": "Choose one of the kinds of meetings listed."})
    token = secrets.token_urlsafe(32)
    User.objects.select_for_update().get(pk=by.pk)
    earlier = CalendarFeed.objects.filter(user=by).delete()[0]
    CalendarFeed.objects.create(user=by, token_hash=hash_token(token), covers=covers)
    audit.record(by, "calendar.replaced" if earlier else "calendar.made", by)
    return token


@transaction.atomic
def end_feed(*, by: User) -> bool:
    """Make an account's calendar address stop working at once; whether there was one."""
    ended = bool(CalendarFeed.objects.filter(user=by).delete()[0])
    if ended:
        audit.record(by, "calendar.ended", by)
    return ended


def may_cover_all(user: User) -> bool:
    """Whether someone sees meetings of groups that they do not belong to, and so can choose to have them all."""
    return has_perm(user, "networks.view_all")


def feed_of(token: str) -> CalendarFeed | None:
    """The calendar behind an address, if its owner may still sign in and see what it shows."""
    feed = CalendarFeed.objects.select_related("user__person").filter(token_hash=hash_token(token)).first()
    if feed is None or not feed.user.is_active or two_step.lacks_two_step(feed.user):
        return None
    return feed


def note_reading(feed: CalendarFeed) -> None:
    """Keep the day on which an app last read a calendar, so that its owner sees whether the address is in use."""
    today = clock.today()
    if feed.last_read_on != today:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_read_on=today)


def meetings_in(feed: CalendarFeed) -> MeetingQuerySet:
    """The meetings that a calendar shows today: announced, still on, seen by its owner, and not declined by them.

    Without the choice of all meetings, these are the meetings of groups to which the owner belongs on the day of the
    meeting, in whatever role.
    """
    user = feed.user
    rows = Meeting.objects.visible_to(user).announced().exclude(status=Meeting.Status.CANCELLED)
    rows = rows.filter(ends_at__gte=clock.now() - KEPT_FOR)
    if feed.covers != Covers.ALL or not may_cover_all(user):
        day = OuterRef("day")
        belongs = Membership.objects.filter(group=OuterRef("group"), person__user=user, starts_on__lte=day)
        in_own = Q(Exists(belongs.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day))))
        lent = Membership.objects.lent_to(user)  # those of whom they act for, while they do
        in_lent = Q(pk__in=[]) if lent is None else Q(group__in=lent.values("group_id"))
        rows = rows.alias(day=TruncDate("starts_at")).filter(in_own | in_lent)
    declined = MeetingInvitation.objects.filter(
        meeting=OuterRef("pk"), person__user=user, answer=MeetingInvitation.Answer.NO
    )
    return rows.filter(~Exists(declined)).order_by("-starts_at", "pk")[:MOST]


def calendar_of(feed: CalendarFeed) -> bytes:
    """An iCalendar object (RFC 5545) that says when and how to meet, and never with whom or about what.

    Calendars are shared with colleagues and families, and apps keep them on other people's machines. So each entry is
    called "Meeting", and its link leads to the page that says more after signing in. The same meetings give the same
    bytes.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//IMPACT//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", "Meetings")
    calendar.add("x-wr-calname", "Meetings")
    calendar.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(READ_AGAIN))
    for meeting in sorted(meetings_in(feed), key=lambda row: (row.starts_at, row.pk)):
        event = Event()
        event.add("uid", str(meeting.uid))
        event.add("sequence", meeting.sequence)
        event.add("dtstamp", meeting.updated_at.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", meeting.starts_at.astimezone(UTC))
        event.add("dtend", meeting.ends_at.astimezone(UTC))
        event.add("summary", SUMMARY)
        event.add("location", where(meeting))
        event.add("url", str(settings.SITE_URL) + meeting.get_absolute_url())
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
