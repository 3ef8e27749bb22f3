"""What the people of a meeting need, against what is booked for it. Pure reads, worked out each time.

Nothing here is kept: a meeting that moves, a person who cannot come after all and a need that changes show at once in what
is said of the bookings, whichever way they came about.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import prefetch_related_objects

from impact.core.basics import clock
from impact.core.basics.dates import day, when
from impact.core.basics.vocabulary import Format
from impact.core.people.models import Person
from networks.documents.materials.models import Material
from networks.groups.models import Membership
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Meeting, expected_at
from networks.meetings.planning.bank_holidays import nations_off
from networks.meetings.planning.bookings.models import Booking, BookingNeed, title_of
from networks.meetings.planning.directory.kinds import FEATURES, FOR_NO_ONE, FROM_FORMAT, Kind, features_in, kinds_in
from networks.meetings.planning.directory.models import Venue, ask_by, lead_times

State = Booking.State
OPEN, NOT_NEEDED = "open", "not_needed"
STATE_LABELS = {OPEN: "No booking yet", NOT_NEEDED: "Not needed this time", **{s.value: str(s.label) for s in State}}


@dataclass(frozen=True)
class Asked:
    """A need that another part of the platform knows of, such as support that a member asked for at one meeting."""

    meeting_id: int
    person: Person
    kind: str
    words: str
    is_arranged: bool
    href: str


# Where else people say what they need at some meetings. Other apps add theirs when they start.
SOURCES: list[Callable[[Sequence[Meeting]], list[Asked]]] = []
# The same, by a glance: the ids of meetings at which someone asked for something.
MEETINGS_ASKED: list[Callable[[], Any]] = []


@dataclass
class Need:
    """One person's need at one meeting, and what was done about it."""

    person: Person
    kind: str
    words: str
    is_coming: bool
    material: Material | None = None
    row: BookingNeed | None = None
    asked: Asked | None = None

    @property
    def booking(self) -> Booking | None:
        return self.row.booking if self.row else None

    @property
    def is_changed(self) -> bool:
        """Whether what they need is said differently now than when it was decided."""
        return self.row is not None and self.row.words != self.words

    @property
    def state(self) -> str:
        """Where it stands: the booking's state, ``not_needed``, or ``open`` while nothing is done about it."""
        booking = self.booking
        says_wrong = self.row is not None and bool(self.row.wrong)
        if booking is not None and (booking.is_live or booking.state == State.DONE):
            return str(booking.state)
        if booking is not None and booking.state == State.NOT_FOUND and not says_wrong and not self.is_changed:
            return str(booking.state)
        if self.row is not None and self.row.not_needed and not self.is_changed and not says_wrong:
            return NOT_NEEDED
        return State.CONFIRMED if self.asked and self.asked.is_arranged else OPEN


@dataclass
class Line:
    """What some people of a meeting need: one thing to book."""

    kind: str
    material: Material | None
    needs: list[Need]
    ask_by: date

    @property
    def title(self) -> str:
        return title_of(self.kind, self.material)

    @property
    def coming(self) -> list[Need]:
        return [need for need in self.needs if need.is_coming]

    @property
    def open(self) -> list[Need]:
        """Those for whom nothing is done yet and who have not said that they cannot come."""
        return [need for need in self.coming if need.state == OPEN]

    @property
    def number(self) -> int:
        return len(self.coming)

    @property
    def state(self) -> str:
        """The state of the one who waits longest."""
        states = {need.state for need in self.coming}
        order = [OPEN, State.NEEDED, State.NOT_FOUND, State.REQUESTED, State.CONFIRMED, State.DONE, NOT_NEEDED]
        return next((str(state) for state in order if state in states), NOT_NEEDED)

    @property
    def is_late(self) -> bool:
        return self.state in (OPEN, State.NEEDED) and clock.today() > self.ask_by

    @property
    def state_label(self) -> str:
        return STATE_LABELS[self.state]

    @property
    def tag(self) -> str:
        """The word by which its tag gets a colour."""
        return "no-booking" if self.state == OPEN else self.state

    @property
    def by_words(self) -> str:
        """By when to ask for it, in a sentence."""
        if self.state not in (OPEN, State.NEEDED):
            return ""
        return f"{'It should have been' if self.is_late else 'To be'} asked for by {day(self.ask_by)}."


@dataclass
class Booked:
    """One booking with those for whom it is, and what has to be looked at about it."""

    booking: Booking
    needs: list[BookingNeed]
    problems: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Standing:
    """One meeting: what people need, what is booked, and what the room lacks."""

    meeting: Meeting
    lines: list[Line]
    booked: list[Booked]
    room: list[tuple[str, str]]  # (warning or information, sentence)

    @property
    def open(self) -> list[Line]:
        """Lines without a booking, or whose booking has not been asked for."""
        return [line for line in self.wanted if line.state in (OPEN, State.NEEDED)]

    @property
    def problems(self) -> list[tuple[Booking, str]]:
        return [(one.booking, words) for one in self.booked for _code, words in one.problems]

    @property
    def is_late(self) -> bool:
        return any(line.is_late for line in self.open)

    @property
    def tone(self) -> str:
        return "red" if self.is_late else "yellow"

    @property
    def open_words(self) -> str:
        """ "1 need without a booking, meeting in 6 days"; nothing when all is seen to."""
        number = len(self.open)
        if not number:
            return ""
        return f"{number} need{'' if number == 1 else 's'} without a booking, meeting {in_days(self.meeting)}"

    @property
    def wanted(self) -> list[Line]:
        """What those need who may still come."""
        return [line for line in self.lines if line.coming]


def in_days(meeting: Meeting) -> str:
    """ "in 6 days", "tomorrow", "today"."""
    days = (meeting.starts_on - clock.today()).days
    return "today" if days <= 0 else "tomorrow" if days == 1 else f"in {days} days"


def spoken_words(person: Person, invitation: MeetingInvitation | None) -> str:
    """What someone said in their own words, once for all and for this meeting."""
    said = [person.access_arrangements, invitation.access_needs if invitation else ""]
    return ". ".join(dict.fromkeys(part.strip() for part in said if part.strip()))


def needs_of_person(person: Person, words: str) -> dict[str, str]:
    """Kind → what the need is, in words, of one person."""
    found: dict[str, str] = {}
    if person.preferred_format in FROM_FORMAT:
        found[FROM_FORMAT[person.preferred_format]] = str(Format(person.preferred_format).label)
    if person.preferred_language == "cy":
        found.setdefault(Kind.WELSH, "Welsh")
    for kind in kinds_in(words):
        found[kind] = ". ".join(filter(None, [found.get(kind, ""), words]))
    return found


def standing_of(meeting: Meeting) -> Standing:
    """Where one meeting stands."""
    return standings([meeting])[0]


def standings(meetings: Sequence[Meeting]) -> list[Standing]:
    """Where some meetings stand, in a fixed number of queries."""
    prefetch_related_objects(meetings, "group", "venue")
    ids = [meeting.pk for meeting in meetings]
    members = expected_at(meetings)
    invited = {
        (row.meeting_id, row.person_id): row
        for row in MeetingInvitation.objects.filter(meeting__in=ids, withdrawn_at__isnull=True)
    }
    decided: dict[int, list[BookingNeed]] = {}
    for need in (
        BookingNeed.objects.filter(meeting__in=ids).select_related("booking", "person").order_by("person__name")
    ):
        decided.setdefault(need.meeting_id, []).append(need)
    booked: dict[int, list[Booking]] = {}
    found = Booking.objects.filter(meeting__in=ids).select_related("provider", "material", "arranged_by__person")
    for booking in found.prefetch_related("material__files").order_by("pk"):
        booked.setdefault(booking.meeting_id, []).append(booking)
    papers: dict[int, list[Material]] = {}
    for paper in Material.objects.filter(meeting__in=ids).prefetch_related("files"):
        papers.setdefault(paper.meeting_id, []).append(paper)
    asked = [one for source in SOURCES for one in source(meetings)]
    times = lead_times()
    clashes = _clashes([booking for of_meeting in booked.values() for booking in of_meeting])
    return [
        _standing(
            meeting,
            members[meeting.pk],
            invited,
            decided.get(meeting.pk, []),
            booked.get(meeting.pk, []),
            papers.get(meeting.pk, []),
            [one for one in asked if one.meeting_id == meeting.pk],
            times,
            clashes,
        )
        for meeting in meetings
    ]


def _standing(
    meeting: Meeting,
    members: Iterable[Membership],
    invited: dict[tuple[int, int], MeetingInvitation],
    decided: list[BookingNeed],
    bookings: list[Booking],
    papers: list[Material],
    asked: list[Asked],
    times: dict[str, tuple[int, bool]],
    clashes: dict[int, str],
) -> Standing:
    rows = {(row.person_id, row.kind, row.material_id): row for row in decided}
    needs: list[Need] = []
    room: dict[str, int] = {}
    expected: dict[int, bool] = {}  # person → whether they may still come
    people = {m.person_id: m.person for m in members}
    for pk, person in people.items():
        invitation = invited.get((meeting.pk, pk))
        expected[pk] = invitation is None or invitation.answer != MeetingInvitation.Answer.NO
        words = spoken_words(person, invitation)
        for feature in features_in(words) if expected[pk] and meeting.mode != Meeting.Mode.ONLINE else []:
            room[feature] = room.get(feature, 0) + 1
        of_person = needs_of_person(person, words)
        own = {one.kind: one for one in asked if one.person.pk == pk}
        for kind, one in own.items():
            of_person[kind] = ". ".join(filter(None, dict.fromkeys([of_person.get(kind, ""), one.words])))
        for kind, said in of_person.items():
            for paper in _papers_wanting(kind, papers):
                row = rows.get((pk, kind, paper.pk if paper else None)) or rows.get((pk, kind, None))
                needs.append(Need(person, kind, said[:850], expected[pk], paper, row, own.get(kind)))
    lines = _as_lines(meeting, needs, times)
    there = {(need.person.pk, need.kind) for need in needs}
    booked = []
    for booking in bookings:
        booking.meeting = meeting
        of_booking = [row for row in decided if row.booking_id == booking.pk]
        changed = {
            n.person.pk
            for n in needs
            if n.row is not None and n.booking and n.booking.pk == booking.pk and n.is_changed
        }
        booked.append(Booked(booking, of_booking, _problems(booking, of_booking, expected, there, changed, clashes)))
    return Standing(meeting, lines, booked, _room_words(meeting, room))


def _papers_wanting(kind: str, papers: list[Material]) -> list[Material | None]:
    """The papers that are still wanting in a kind: Easy Read is made paper by paper. For all else, and while there are
    no papers, the need stands by itself."""
    if kind != Kind.EASY_READ or not papers:
        return [None]
    return [paper for paper in papers if Format.EASY_READ not in paper.available]


def _as_lines(meeting: Meeting, needs: list[Need], times: dict[str, tuple[int, bool]]) -> list[Line]:
    found: dict[tuple[str, int], list[Need]] = {}
    for need in needs:
        found.setdefault((need.kind, need.material.pk if need.material else 0), []).append(need)
    order = list(Kind.values)
    nation = meeting.group.nation
    return [
        Line(kind, of_line[0].material, of_line, ask_by(meeting.starts_on, nation, times[kind], nations_off))
        for (kind, _paper), of_line in sorted(found.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    ]


def _problems(
    booking: Booking,
    rows: list[BookingNeed],
    expected: dict[int, bool],
    there: set[tuple[int, str]],
    changed: set[int],
    clashes: dict[int, str],
) -> list[tuple[str, str]]:
    """What has to be looked at about one booking, as (word, sentence). No names."""
    meeting = booking.meeting
    found: list[tuple[str, str]] = []
    if booking.state == State.NOT_FOUND and booking.told_on is None and rows and meeting.act == "prepare":
        found.append(("not_told", "Tell the person what is offered instead, then note when."))
    if not booking.is_live:
        return found
    if meeting.status == Meeting.Status.CANCELLED:
        return [("meeting_cancelled", "The meeting was cancelled. Cancel this booking too.")]
    if meeting.act != "prepare":
        return [("to_close", "The meeting is over. Say whether it took place, and what it cost.")]
    is_paper = booking.kind in (Kind.EASY_READ, Kind.FORMATS)
    is_asked = booking.state == State.REQUESTED or (booking.state == State.CONFIRMED and not is_paper)
    if is_asked and booking.booked_for != meeting.starts_at:
        was = when(booking.booked_for) if booking.booked_for else "another time"
        found.append(("moved", f"It was booked for {was}. Ask whether it is possible at the new time."))
    elif is_asked and not is_paper and booking.booked_place != place_of(meeting):
        found.append(("place", "The place has changed since. Tell the provider."))
    coming = [row for row in rows if expected.get(row.person_id)]
    needing = [row for row in coming if (row.person_id, row.kind) in there]
    if not rows and booking.kind not in FOR_NO_ONE:  # such as someone whose data was deleted
        found.append(("need_gone", "No one it was for is left. Cancel it, or keep it for another reason."))
    elif rows and not coming:
        found.append(("not_coming", "No one it is for is coming now. Cancel it, or keep it for another reason."))
    elif rows and not needing:
        found.append(("need_gone", "No one it is for says that they need it any more. Ask them, then cancel it."))
    elif len(needing) < len(rows):
        gone = len(rows) - len(needing)
        found.append(("fewer", f"{gone} of the {len(rows)} it is for no longer {'needs' if gone == 1 else 'need'} it."))
    if changed:
        found.append(("changed", "What someone needs has changed since. Check that this still fits."))
    if any(row.wrong for row in rows):
        found.append(("wrong", "Someone says this booking is wrong. Read what they say and correct it."))
    if booking.kind == Kind.EASY_READ and booking.material:
        has_file = Format.EASY_READ in booking.material.available
        if booking.state == State.CONFIRMED and not has_file:
            found.append(("file_gone", "The Easy Read file is not with the paper any more. Add it again."))
        elif not has_file and booking.due_on and booking.due_on < clock.today():
            found.append(("overdue", f"The Easy Read paper was due by {day(booking.due_on)} and is not there yet."))
    if booking.pk in clashes:
        found.append(("clash", clashes[booking.pk]))
    return found


def place_of(meeting: Meeting) -> str:
    """Where a meeting is, as a provider has to know it."""
    return "Online" if meeting.mode == Meeting.Mode.ONLINE else meeting.place.strip()


def _clashes(bookings: list[Booking]) -> dict[int, str]:
    """Booking → what is said of one who is booked for two meetings at the same time. One query."""
    sure = [b for b in bookings if b.is_live and b.provider_id and b.kind != Kind.EASY_READ]
    if not sure:
        return {}
    others = Booking.objects.live().filter(provider__in={b.provider_id for b in sure}).exclude(kind=Kind.EASY_READ)
    times = {b.meeting_id for b in sure}
    spans = Meeting.objects.filter(pk__in=times).values_list("pk", "starts_at", "ends_at")
    at = {pk: (starts, ends) for pk, starts, ends in spans}
    first, last = min(s for s, _e in at.values()), max(e for _s, e in at.values())
    others = others.filter(
        meeting__starts_at__lt=last, meeting__ends_at__gt=first, meeting__status=Meeting.Status.PLANNED
    )
    found: dict[int, str] = {}
    rows = list(others.select_related("meeting", "provider"))
    for mine in sure:
        starts, ends = at[mine.meeting_id]
        for other in rows:
            if other.pk == mine.pk or other.meeting_id == mine.meeting_id or other.provider_id != mine.provider_id:
                continue
            if other.meeting.starts_at >= ends or other.meeting.ends_at <= starts:
                continue
            is_same = bool(mine.who_comes) and mine.who_comes.strip().casefold() == other.who_comes.strip().casefold()
            if is_same or (other.provider is not None and other.provider.is_one_person):
                who = mine.who_comes if is_same else str(other.provider)
                found[mine.pk] = (
                    f"{who} is booked for another meeting at the same time, {when(other.meeting.starts_at)}."
                )
    return found


def _room_words(meeting: Meeting, wanted: dict[str, int]) -> list[tuple[str, str]]:
    """What is known and not known of the room, against what people need. No names."""
    if meeting.mode == Meeting.Mode.ONLINE:
        return []
    venue: Venue | None = meeting.venue
    if venue is None:
        if not wanted:
            return []
        names = ", ".join(FEATURES[name][0].lower() for name in FEATURES if name in wanted)
        return [("warning", f"People need this of the room: {names}. Choose a place from the directory to check it.")]
    found = []
    for name, number in wanted.items():
        who = "1 person needs it" if number == 1 else f"{number} people need it"
        there, label = getattr(venue, name), FEATURES[name][0]
        if there is False:
            found.append(("warning", f"{label}: {venue.name} does not have it, and {who}."))
        elif there is None:
            found.append(("warning", f"{label}: not known for {venue.name}, and {who}. Ask them."))
    if venue.is_check_old:
        when_checked = f"last checked on {day(venue.checked_on)}" if venue.checked_on else "never checked on the spot"
        found.append(("info", f"The access list of {venue.name} was {when_checked}."))
    return found


def people_needing(standing: Standing, kind: str, material_id: int | None) -> list[Need]:
    """Everyone at a meeting who needs one kind (of one paper), those without a booking first."""
    lines = [line for line in standing.lines if line.kind == kind]
    chosen = [line for line in lines if material_id is None or (line.material and line.material.pk == material_id)]
    found: dict[int, Need] = {}
    for need in (need for line in chosen for need in line.coming):
        found.setdefault(need.person.pk, need)
    return sorted(found.values(), key=lambda need: need.state != OPEN)
