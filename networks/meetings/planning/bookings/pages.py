"""Bookings as other pages show them: on a meeting, on home, in lists, and to the person for whom they are."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.vocabulary import Format
from impact.core.people.models import Person
from networks.groups.models import Group, Membership
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from networks.meetings.planning.bookings.needs import MEETINGS_ASKED, Standing, in_days, standing_of, standings

Item = dict[str, Any]
LOOK_AHEAD = timedelta(days=42)  # twice the longest usual lead time
MOST_LOOKED_AT = 30
FEW = 4


# --- For those who plan --------------------------------------------------------------------------
def bookings_of(meeting: Meeting, user: Any) -> dict[str, Any]:
    """What the meeting's page says of bookings: numbers for those who plan it, and what is arranged for the reader."""
    context: dict[str, Any] = {"arranged": arranged_for(user, meeting)}
    if has_perm(user, "networks.arrange_bookings", meeting):
        standing = standing_of(meeting)
        context |= {"standing": standing, "booking_todo": meeting_items(standing)}
    return context


def meeting_items(standing: Standing) -> list[Item]:
    """What to do next about the bookings of one meeting."""
    meeting = standing.meeting
    href = reverse("networks:meeting-bookings", args=[meeting.pk])
    items: list[Item] = []
    if standing.open and meeting.act == "prepare":
        lines = ". ".join(f"{line.title}: {line.by_words[0].lower()}{line.by_words[1:-1]}" for line in standing.open)
        items.append({"title": standing.open_words, "href": href, "detail": f"{lines}.", "tone": standing.tone})
    problems = standing.problems
    if problems:
        number = "1 booking needs" if len({b.pk for b, _w in problems}) == 1 else "Some bookings need"
        items.append({"title": f"{number} attention", "href": href, "detail": problems[0][1], "tone": "yellow"})
    return items


def with_needs(meetings: Any) -> Any:
    """Of these meetings, those at which someone may need something, by a glance at the people of the group."""
    special = ~Q(person__preferred_format=Format.STANDARD) | ~Q(person__preferred_language="en")
    special |= ~Q(person__access_arrangements="")
    members = Membership.objects.current().filter(special, group=OuterRef("group"))
    said = MeetingInvitation.objects.filter(~Q(access_needs=""), meeting=OuterRef("pk"), withdrawn_at__isnull=True)
    asked = [Q(pk__in=find()) for find in MEETINGS_ASKED]
    return meetings.filter(reduce(or_, asked, Q(Exists(members)) | Q(Exists(said))))


def to_arrange(user: Any, group: Group | None = None) -> list[Standing]:
    """The meetings of the next six weeks (of one group) that the reader plans and for which something is to be done, the
    nearest first."""
    planned = _planned_by(user, group)
    soon = Meeting.objects.upcoming().filter(
        group__in=planned, starts_at__gt=clock.now(), starts_at__lte=clock.now() + LOOK_AHEAD
    )
    live = Booking.objects.live().filter(meeting=OuterRef("pk"))
    wanted = with_needs(soon).values("pk")
    rows = soon.filter(Q(pk__in=wanted) | Q(Exists(live))).select_related("group", "venue")
    found = standings(list(rows[:MOST_LOOKED_AT]))
    return [standing for standing in found if standing.open or standing.problems]


def _planned_by(user: Any, group: Group | None) -> Any:
    planned = Group.objects.permitted(user, "networks.arrange_bookings")
    return planned.filter(pk=group.pk) if group else planned


def left_over(user: Any, group: Group | None = None) -> list[Booking]:
    """Bookings that are still live though their meeting was cancelled or is over, the oldest first."""
    rows = (
        Booking.objects.visible_to(user)
        .live()
        .filter(Q(meeting__status=Meeting.Status.CANCELLED) | Q(meeting__starts_at__lt=clock.now()))
    )
    rows = rows.filter(meeting__group__in=_planned_by(user, group)).select_related("meeting__group", "material")
    return list(rows.order_by("meeting__starts_at", "pk")[: FEW + 1])


def bookings_attention(user: Any, only: Group | None = None) -> list[Item]:
    """What someone should look at about bookings (of one group): needs without one, and bookings that something happened
    to."""
    items: list[Item] = []
    found = to_arrange(user, only)
    for standing in found[:FEW]:
        group = standing.meeting.group.name
        for item in meeting_items(standing):
            detail = item["detail"]
            if item["title"] != standing.open_words:
                detail = f"The meeting is {in_days(standing.meeting)}. {detail}"
            items.append({**item, "title": f"{group}: {item['title'][0].lower()}{item['title'][1:]}", "detail": detail})
    for booking in left_over(user, only)[:FEW]:
        is_off = booking.meeting.status == Meeting.Status.CANCELLED
        what = "the meeting was cancelled" if is_off else "say whether it took place"
        items.append(
            {
                "title": f"{booking.meeting.group.name}: {booking.get_kind_display()}, {what}",
                "href": booking.get_absolute_url(),
                "detail": "Cancel the booking, and say what that costs." if is_off else "And what it cost.",
                "tone": "red" if is_off else "blue",
            }
        )
    if len(found) > FEW:
        left = len(found) - FEW
        title = f"{left} more meeting{'' if left == 1 else 's'} with something to book"
        items.append({"title": title, "href": reverse("networks:booking-list"), "detail": "", "tone": "grey"})
    return items


def open_words_of(meetings: Iterable[Meeting], user: Any) -> dict[int, str]:
    """Meeting → "1 need without a booking, meeting in 6 days", for the meetings of a list that the reader plans."""
    planned = set(Group.objects.permitted(user, "networks.arrange_bookings").values_list("pk", flat=True))
    shown = [m for m in meetings if m.group_id in planned and m.act == "prepare"]
    return {s.meeting.pk: s.open_words for s in standings(shown) if s.open_words} if shown else {}


# --- For the person ------------------------------------------------------------------------------
class Arranged:
    """One thing arranged for one person, in their words."""

    def __init__(self, need: BookingNeed) -> None:
        self.need = need
        self.meeting = need.meeting

    @property
    def title(self) -> str:
        booking = self.need.booking
        return booking.title if booking else str(self.need.get_kind_display())

    @property
    def stands(self) -> str:
        """ "Confirmed", "Being arranged" …, as the person needs to know it."""
        booking = self.need.booking
        if booking is None:
            return "Not booked this time"
        if booking.is_live and self.meeting.status == Meeting.Status.CANCELLED:
            return "The meeting is cancelled"
        if booking.state == Booking.State.CONFIRMED:
            is_paper = booking.material_id is not None
            return "Confirmed" if is_paper or booking.booked_for == self.meeting.starts_at else "To be confirmed again"
        words = {
            Booking.State.NEEDED: "Being arranged",
            Booking.State.REQUESTED: "Being arranged",
            Booking.State.NOT_FOUND: "Could not be found",
            Booking.State.CANCELLED: "Cancelled",
        }
        return words.get(Booking.State(booking.state), "Booked")

    @property
    def more(self) -> str:
        booking = self.need.booking
        if booking is None:
            return self.need.not_needed
        if booking.state == Booking.State.NOT_FOUND:
            return f"Instead: {booking.offered}"
        return f"{booking.who_comes} is coming." if booking.who_comes and self.stands == "Confirmed" else ""

    @property
    def may_question(self) -> bool:
        return self.meeting.act == "prepare"

    @property
    def may_rate(self) -> bool:
        booking = self.need.booking
        is_off = self.meeting.status == Meeting.Status.CANCELLED
        return (
            self.meeting.has_started and not is_off and booking is not None and booking.state != Booking.State.CANCELLED
        )


def _arranged(person: Any, meeting: Meeting) -> list[Arranged]:
    rows = meeting.booking_needs.filter(person).select_related("booking__material", "person")
    found = []
    for row in rows.order_by("kind", "pk"):
        row.meeting = meeting
        found.append(Arranged(row))
    return found


def arranged_for(user: Any, meeting: Meeting) -> list[Arranged]:
    """What is arranged for the reader at a meeting."""
    return _arranged(Q(person__user_id=user.pk), meeting) if user.pk else []


def arranged_for_person(person: Person, meeting: Meeting) -> list[Arranged]:
    """What is arranged for one person at a meeting, for a page that only they open."""
    return _arranged(Q(person=person), meeting)


def arranged_lines(meeting: Meeting, people: Collection[int]) -> dict[int, list[str]]:
    """ "BSL interpreting: confirmed", by person (ids), for messages that each of them alone reads."""
    lines: dict[int, list[str]] = {}
    for one in _arranged(Q(person__in=people), meeting):
        said = f"{one.title}: {one.stands.lower()}{'. ' + one.more if one.more else ''}"
        lines.setdefault(one.need.person_id, []).append(said)
    return lines
