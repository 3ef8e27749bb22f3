"""From what people need to what was booked, confirmed and paid: one meeting, and what happens around it."""

import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.jobs.models import OutboxEmail
from impact.core.notices.models import Notice
from networks.documents.materials.services import add_material, add_material_version
from networks.meetings.invitations.services import answer_invitation
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings import making, services
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from networks.meetings.planning.bookings.needs import needs_of_person, standing_of
from networks.meetings.planning.bookings.own import said
from networks.meetings.planning.bookings.pages import arranged_lines, bookings_attention, open_words_of
from networks.meetings.planning.bookings.views import booking_columns
from networks.meetings.planning.costs.figures import (
    Cost,
    as_rows,
    costs_of,
    renew_totals,
    safe_cells,
    safe_totals,
    totals,
)
from networks.meetings.planning.directory.kinds import Kind, features_in, kinds_in
from networks.meetings.planning.directory.models import Venue, ask_by, lead_times
from networks.meetings.planning.directory.services import add_provider, add_venue, change_provider, set_lead_times
from networks.meetings.services import cancel_meeting, update_meeting
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
State = Booking.State


@pytest.fixture
def staff(db):
    return factories.UserFactory(roles=["staff"])


@pytest.fixture
def signers(staff):
    return add_provider(by=staff, name="Clear Hands", kinds=["bsl"], phone="0300 000 0000", is_one_person=True)


def needing(circle, number: int, *, account=None, **needs):
    """One of the members, with what they need."""
    membership = circle.members[number]
    if account is not None:
        membership.person = account.person
        membership.save()
    person = membership.person
    for name, value in needs.items():
        setattr(person, name, value)
    person.save()
    return person


def text_of(response) -> str:
    """What a person reads on a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html_of(response)).replace("&#x27;", "'").split())


def lines_of(meeting) -> dict[str, str]:
    fresh = type(meeting).objects.select_related("group", "venue").get(pk=meeting.pk)
    return {line.title: line.state for line in standing_of(fresh).lines if line.coming}


def problems_of(booking) -> list[str]:
    meeting = type(booking.meeting).objects.select_related("group", "venue").get(pk=booking.meeting_id)
    return [
        code for one in standing_of(meeting).booked if one.booking.pk == booking.pk for code, _words in one.problems
    ]


def test_what_people_say_in_their_own_words_is_a_need_of_its_kind_and_never_nothing():
    assert kinds_in("A BSL interpreter, please") == [Kind.BSL]
    assert kinds_in("Polish interpreter") == [Kind.INTERPRETING, Kind.OTHER]
    assert kinds_in("Live captions. A break every half hour") == [Kind.CAPTIONS, Kind.OTHER]
    assert (kinds_in("Step-free access and a hearing loop"), kinds_in("My dog comes too")) == ([], [Kind.OTHER])
    assert features_in("Step-free access and a hearing loop") == ["step_free", "hearing_loop"]
    reader = factories.PersonFactory.build(preferred_format="easy_read", preferred_language="cy")
    assert set(needs_of_person(reader, "")) == {Kind.EASY_READ, Kind.WELSH}


def test_a_need_is_booked_asked_for_and_confirmed_and_each_page_says_so(client, circle, staff, signers):
    meeting = circle.later
    needing(circle, 0, access_arrangements="BSL interpreter")
    account = factories.UserFactory()
    person = needing(circle, 1, account=account, preferred_format="bsl")
    by = circle.coordinator
    [item] = bookings_attention(by)
    assert "1 need without a booking, meeting in 14 days" in item["title"]
    assert (item["tone"], "should have been asked for by 9 January 2023" in item["detail"]) == ("red", True)
    client.force_login(by)
    group = meeting.group
    for address in (
        reverse("networks:meeting-list"),
        reverse("home"),
        group.get_absolute_url(),
        meeting.get_absolute_url(),
    ):
        assert "1 need without a booking, meeting in 14 days" in text_of(client.get(address))
    for address in (reverse("home"), group.get_absolute_url()):
        assert f"papers for meeting {meeting.number} of {group.name}" in text_of(client.get(address))
    assert not bookings_attention(by, factories.GroupFactory(site=group.site))
    assert "BSL interpreting 2 people No booking yet" in text_of(client.get(meeting.get_absolute_url()))
    assert person.name in text_of(client.get(reverse("networks:meeting-bookings", args=[meeting.pk])))
    assert AuditEvent.objects.filter(type="read.needs", actor_id=by.pk).exists()

    answer = client.post(
        reverse("networks:booking-add", args=[meeting.pk]) + "?kind=bsl",
        {
            "people": [str(circle.members[n].person_id) for n in (0, 1)],
            "provider": signers.pk,
            "requested_on": "2023-01-16",
            "sent": "Time and agenda",
            "estimate_pence": "£260.00",
        },
    )
    assert answer.status_code == 302, text_of(answer)
    booking = Booking.objects.get()
    assert (booking.state, booking.estimate_pence, booking.needs.count()) == (State.REQUESTED, 26_000, 2)
    assert not any("without a booking" in item["title"] for item in bookings_attention(by))
    with pytest.raises(ValidationError, match="arranged already"):
        making.book(by=by, meetings=[meeting], kind="bsl", people=[person])

    booking.refresh_from_db()
    client.post(
        reverse("networks:booking-confirm", args=[booking.pk]),
        {"confirmed_on": "2023-01-16", "reference": "CH-7", "who_comes": "Robin", "version": booking.version},
    )
    assert lines_of(meeting) == {"BSL interpreting": "confirmed"}
    assert Notice.objects.filter(person=person, title__startswith="Your support is booked").count() == 1
    assert "BSL" not in Notice.objects.get(person=person).title

    client.force_login(account)
    page = text_of(client.get(meeting.get_absolute_url()))
    assert "BSL interpreting: Confirmed" in page and "Robin is coming." in page
    assert circle.members[0].person.name not in page
    need = BookingNeed.objects.get(person=person)
    client.post(reverse("networks:need-wrong", args=[need.pk]), {"words": "I need two interpreters"})
    assert problems_of(booking) == ["wrong"]
    other = BookingNeed.objects.exclude(person=person).get()
    assert client.post(reverse("networks:need-wrong", args=[other.pk]), {"words": "x"}).status_code == 404
    with pytest.raises(PermissionDenied):
        said.say_wrong(by=account, need=other, words="x")
    services.confirm_booking(by=by, booking=booking, reference="CH-8")
    assert problems_of(booking) == []

    with clock.standing_on(date(2023, 1, 31)):
        assert client.post(reverse("networks:need-worked", args=[need.pk]), {"worked": "yes"}).status_code == 302
        assert problems_of(booking) == ["to_close"]
        services.finish_booking(by=by, booking=booking, actual_pence=31_200)
        following = factories.MeetingFactory(group=circle.group, number=3, starts_at=factories.at(2023, 3, 30))
        client.force_login(by)
        add = html_of(client.get(reverse("networks:booking-add", args=[following.pk]) + "?kind=bsl"))
    assert "It worked for 1 of the 1 who answered" in add
    assert f'<option value="{signers.pk}" selected' in add


def test_what_changes_around_a_booking_is_said_and_nothing_is_undone_silently(circle, staff, signers):
    by, meeting = circle.coordinator, circle.later
    person = needing(circle, 0, access_arrangements="BSL interpreter")
    [booking] = making.book(
        by=by,
        meetings=[meeting],
        kind="bsl",
        people=[person],
        provider=signers,
        requested_on=date(2023, 1, 16),
        estimate_pence=26_000,
    )
    services.confirm_booking(by=by, booking=booking)
    meeting = type(meeting).objects.get(pk=meeting.pk)
    moved = meeting.starts_at + timedelta(days=1)
    update_meeting(by=by, meeting=meeting, starts_at=moved, ends_at=moved + timedelta(hours=2), reason="The hall")
    assert problems_of(booking) == ["moved"]
    assert arranged_words(person, meeting) == ["BSL interpreting: to be confirmed again"]
    services.confirm_booking(by=by, booking=booking)
    assert problems_of(booking) == []
    with pytest.raises(StateConflict, match="confirmed already"):
        services.confirm_booking(by=by, booking=booking)

    person.access_arrangements = "BSL interpreter, who can also voice over"
    person.save()
    assert "changed" in problems_of(booking)
    services.confirm_booking(by=by, booking=booking)
    assert problems_of(booking) == [], "who confirms it again has seen what changed"
    person.access_arrangements = ""
    person.save()
    assert problems_of(booking) == ["need_gone"]
    person.access_arrangements = "BSL interpreter, who can also voice over"
    person.save()

    invitation = meeting.invitations.filter(person=person).first() or meeting.invitations.create(person=person)
    answer_invitation(by=by, invitation=invitation, answer="no")
    assert problems_of(booking) == ["not_coming"]
    assert lines_of(meeting) == {}
    answer_invitation(by=by, invitation=invitation, answer="yes")
    assert problems_of(booking) == []

    with transaction.atomic():  # as once the person is erased
        booking.needs.all().delete()
        assert problems_of(booking) == ["need_gone"]
        transaction.set_rollback(True)

    elsewhere = factories.MeetingFactory(starts_at=moved, ends_at=moved + timedelta(hours=1))
    other = factories.MembershipFactory(group=elsewhere.group, person__access_arrangements="BSL")
    [second] = making.book(by=staff, meetings=[elsewhere], kind="bsl", people=[other.person], provider=signers)
    assert problems_of(second) == problems_of(booking) == ["clash"]
    services.cancel_booking(by=staff, booking=second, reason="Booked twice")
    assert lines_of(elsewhere) == {"BSL interpreting": "open"}, "the need is open again"

    cancel_meeting(by=by, meeting=type(meeting).objects.get(pk=meeting.pk), reason="Snow")
    assert problems_of(booking) == ["meeting_cancelled"]
    assert any("the meeting was cancelled" in item["title"] for item in bookings_attention(by))
    booking.refresh_from_db()
    assert booking.state == State.CONFIRMED
    services.cancel_booking(by=by, booking=booking, reason="Snow", cost_pence=13_000)
    assert not bookings_attention(by)
    booking = Booking.objects.select_related("meeting__group").get(pk=booking.pk)
    [row] = costs_of([booking])
    assert (row.estimate, row.actual, row.category) == (0, 13_000, "bsl")
    assert (booking_columns()["Expected cost"](booking), booking_columns()["Cost"](booking)) == (0, 130)


def arranged_words(person, meeting) -> list[str]:
    fresh = type(meeting).objects.get(pk=meeting.pk)
    return arranged_lines(fresh, [person.pk]).get(person.pk, [])


def test_not_needed_this_time_has_a_reason_and_opens_again_when_the_need_changes_or_the_person_says_so(circle):
    by, meeting = circle.coordinator, circle.later
    person = needing(circle, 0, account=factories.UserFactory(), access_arrangements="A personal assistant")
    with pytest.raises(ValidationError, match="Say why"):
        making.put_aside(by=by, meeting=meeting, kind="assistant", people=[person], reason=" ")
    making.put_aside(by=by, meeting=meeting, kind="assistant", people=[person], reason="Their sister comes")
    assert lines_of(meeting) == {"Personal assistant": "not_needed"}
    need = BookingNeed.objects.get()
    said.say_wrong(by=person.user, need=need, words="She cannot come")
    assert lines_of(meeting) == {"Personal assistant": "open"}
    making.put_aside(by=by, meeting=meeting, kind="assistant", people=[person], reason="Agreed on the phone")
    assert lines_of(meeting) == {"Personal assistant": "not_needed"}
    person.access_arrangements = "A personal assistant all day"
    person.save()
    assert lines_of(meeting)["Personal assistant"] == "open"
    [booking] = making.book(by=by, meetings=[meeting], kind="assistant", people=[person])
    assert lines_of(meeting)["Personal assistant"] == "needed"
    said.say_wrong(by=person.user, need=BookingNeed.objects.get(), words="Mornings only")
    with pytest.raises(ValidationError):
        services.give_up_booking(by=by, booking=booking, reason="No one free", offered="")
    services.give_up_booking(by=by, booking=booking, reason="No one free", offered="A call afterwards")
    assert problems_of(booking) == ["not_told"]
    services.give_up_booking(
        by=by, booking=booking, reason="No one free", offered="A call afterwards", told_on=date(2023, 1, 16)
    )
    assert (problems_of(booking), lines_of(meeting)["Personal assistant"]) == ([], "not_found")
    said.say_wrong(by=person.user, need=BookingNeed.objects.get(), words="I cannot phone")
    services.give_up_booking(by=by, booking=booking, reason="No one free", offered="A call afterwards")
    assert lines_of(meeting)["Personal assistant"] == "open", "what they say of the offer stands until it is another"
    with pytest.raises(PermissionDenied):
        making.put_aside(by=person.user, meeting=meeting, kind="other", people=[person], reason="x")


def test_an_easy_read_paper_is_confirmed_by_its_file_and_asked_for_in_working_days(circle, staff, signers):
    by, meeting = circle.coordinator, circle.later
    reader = needing(circle, 0, preferred_format="easy_read")
    assert lines_of(meeting) == {"Easy Read": "open"}
    paper = add_material(by=by, meeting=meeting, title="Agenda", evidence_kind="research", formats=["standard"])
    assert lines_of(meeting) == {"Easy Read of “Agenda”": "open"}
    [booking] = making.book(by=by, meetings=[meeting], kind="easy_read", people=[reader], material=paper)
    assert booking.due_on == meeting.materials_due_on
    with pytest.raises(StateConflict, match="Add the Easy Read file"):
        services.confirm_booking(by=by, booking=booking)
    assert lines_of(meeting) == {"Easy Read of “Agenda”": "needed"}
    add_material_version(
        by=by, material=paper, file=SimpleUploadedFile("Agenda.txt", b"Words.", "text/plain"), format="easy_read"
    )
    booking.refresh_from_db()
    assert (booking.state, lines_of(meeting)) == (State.CONFIRMED, {})
    assert Notice.objects.filter(person=reader).count() == 1
    paper.files.all().delete()
    assert problems_of(booking) == ["file_gone"]
    Booking.objects.update(state=State.REQUESTED, provider=signers, requested_on=date(2023, 1, 16))
    with clock.standing_on(date(2023, 1, 31)):  # the file comes after the meeting
        add_material_version(
            by=by, material=paper, file=SimpleUploadedFile("Late.txt", b"Words.", "text/plain"), format="easy_read"
        )
    booking.refresh_from_db()
    assert (booking.state, Notice.objects.filter(person=reader).count()) == (State.CONFIRMED, 1)
    christmas = date(2022, 12, 25)
    off = lambda day, _nation: day == christmas + timedelta(days=1)  # noqa: E731
    assert ask_by(date(2022, 12, 28), "wales", (2, True), off) == date(2022, 12, 23)
    assert lead_times()["easy_read"] == (10, True)
    set_lead_times(by=staff, times={"easy_read": (15, True), "bsl": (21, False)})
    assert lead_times()["easy_read"] == (15, True)
    assert [event.facts["days"] for event in AuditEvent.objects.filter(type="lead_time.changed")] == [15]
    with pytest.raises(PermissionDenied):
        set_lead_times(by=by, times={"bsl": (1, False)})


def test_a_series_is_booked_in_one_step_and_a_room_is_held_against_what_people_need(client, circle, staff, signers):
    by, meeting = circle.coordinator, circle.later
    person = needing(circle, 0, access_arrangements="BSL interpreter and step-free access, hearing loop")
    third = factories.MeetingFactory(group=circle.group, number=3, starts_at=factories.at(2023, 2, 27))
    gone = change_provider(
        by=staff, provider=add_provider(by=staff, name="Gone", kinds=["bsl"], phone="1"), is_active=False
    )
    with pytest.raises(ValidationError, match="no longer used"):
        making.book(by=by, meetings=[meeting], kind="bsl", people=[person], provider=gone)
    made = making.book(by=by, meetings=[meeting, third], kind="bsl", people=[person], provider=signers)
    assert [(row.meeting_id, row.needs.count()) for row in made] == [(meeting.pk, 1), (third.pk, 1)]
    venue = add_venue(by=by, name="Mill Hall", address="Weir Road", nation="wales", step_free=True, hearing_loop=False)
    client.force_login(by)
    form = {
        "title": "In the hall",
        "date": "2023-01-30",
        "starts": "14:00",
        "ends": "16:00",
        "version": meeting.version,
    }
    answer = client.post(
        reverse("networks:meeting-edit", args=[meeting.pk]), form | {"mode": "in_person", "venue": venue.pk}
    )
    assert answer.status_code == 302, text_of(answer)
    meeting.refresh_from_db()
    assert meeting.place == "Mill Hall, Weir Road"
    page = text_of(client.get(reverse("networks:meeting-bookings", args=[meeting.pk])))
    assert "Hearing loop: Mill Hall does not have it, and 1 person needs it." in page
    assert "Step-free: Mill Hall" not in page and "Quiet room: not known" in page
    assert "never checked on the spot" in page


def test_costs_add_up_for_staff_and_leadership_reads_nothing_about_a_few_people(client, circle, staff, signers):
    by, meeting = circle.coordinator, circle.later
    person = needing(circle, 0, access_arrangements="BSL interpreter")
    making.book(by=by, meetings=[meeting], kind="bsl", people=[person], provider=signers, estimate_pence=26_000)
    making.book(by=by, meetings=[meeting], kind="room", estimate_pence=10_400)
    rows = Booking.objects.select_related("meeting__group")
    by_category = {row.label: row.estimate for row in totals(costs_of(rows), "category")}
    assert by_category == {"Sign language": 26_000, "Room": 10_400, "All together": 36_400}
    assert [row.estimate for row in totals(costs_of(rows), "nation")] == [36_400, 36_400]
    address = reverse("networks:booking-costs")
    leader = factories.UserFactory(roles=["leadership"])
    client.force_login(leader)
    assert "No costs in 2023" in text_of(client.get(address + "?year=2023"))
    renew_totals(date(2023, 1, 16))
    page = text_of(client.get(address + "?year=2023&nation=wales&format=csv"))
    assert "Withheld" in page and "260" not in page and "364" not in page and "As of 16 January 2023" in page
    withheld = {row.label: row.estimate for row in safe_totals(2023)[0]}
    assert (withheld["Room"], withheld["Lines shown, together"]) == (10_000, 10_000)
    assert {withheld["Sign language"], withheld["Captioning"]} == {None}, "also what no one needs, which would tell"
    assert not Booking.objects.visible_to(leader).exists()
    booking = Booking.objects.get(kind="bsl")
    for _ in range(19):
        other = factories.PersonFactory()
        BookingNeed.objects.create(meeting=meeting, person=other, kind="bsl", booking=booking)
    assert (renew_totals(date(2023, 1, 30)), text_of(client.get(address + "?year=2023"))) == (0, page), "once a month"
    assert renew_totals(date(2023, 2, 1)) == 1
    assert {row.label: row.estimate for row in safe_totals(2023)[0]}["Sign language"] == 26_000
    client.force_login(staff)
    sheet = b"".join(client.get(address + "?format=csv&category=bsl")).decode()
    assert sheet.count("Sign language") == 1 and "260" in sheet and person.name not in sheet
    providers = reverse("networks:provider-list")
    assert address in html_of(client.get(providers))
    assert "0300 000 0000" in b"".join(client.get(providers + "?format=csv")).decode()
    client.force_login(by)
    assert client.get(address).status_code == 403
    assert address not in html_of(client.get(providers))


def signed_for(people: int, *, paid_for: int = 0, pence: int = 26_000, others: int = 20):
    """What leadership reads of a year: a room, Easy Read for some people, and BSL for others, some of it paid."""
    costs = [(Cost("room", "wales", "local_network", 2023, 10_000, 10_000), ())]
    costs += [(Cost("easy_read", "wales", "local_network", 2023, 5_000, 5_000), {n}) for n in range(others)]
    for n in range(people):
        costs.append((Cost("bsl", "wales", "local_network", 2023, pence, pence if n < paid_for else 0), {100 + n}))
    return as_rows(safe_cells([(cost, number, people) for number, (cost, people) in enumerate(costs)]))


def test_someone_who_compares_what_leadership_reads_learns_nothing_about_the_needs_of_a_few():
    few = signed_for(1)
    assert [row.label for row in few if row.estimate is None] == ["Sign language"]
    for people in range(1, 5):
        for pence in (0, 26_000, 900_000):
            assert signed_for(people, pence=pence) == signed_for(people, paid_for=people, pence=pence) == few
            assert len({str(signed_for(n, pence=pence, others=0)) for n in range(1, 5)}) == 1
    one_paid = signed_for(20, paid_for=1)
    assert {row.label: (row.estimate, row.actual) for row in one_paid}["Sign language"] == (520_000, None)
    for number in range(1, 5):  # what is paid so far was for one to four of the twenty
        assert signed_for(20, paid_for=number) == one_paid
    for table in (few, one_paid, signed_for(20, paid_for=20)):
        *lines, together = table
        for name in ("estimate", "actual"):  # the sum has nothing that the lines do not tell
            assert getattr(together, name) == sum(getattr(row, name) or 0 for row in lines)


def test_lists_of_needs_take_the_same_queries_for_one_meeting_and_for_many(circle, django_assert_max_num_queries):
    for number in range(12):
        group = factories.GroupFactory()
        factories.MembershipFactory(group=group, person__access_arrangements="BSL")
        venue = Venue.objects.create(name=f"Hall {number}", nation="wales")
        factories.MeetingFactory(
            group=group, starts_at=clock.now() + timedelta(days=number + 1), mode="in_person", venue=venue
        )
    staff = factories.UserFactory(roles=["staff"])
    with django_assert_max_num_queries(14):
        assert len(bookings_attention(staff)) == 5
    with django_assert_max_num_queries(13):
        assert len(open_words_of(Meeting.objects.all(), staff)) == 12
    assert OutboxEmail.objects.count() == 0


def test_booking_what_no_one_needs_leads_back_to_the_page_and_says_what_to_do(client, circle):
    """Without people to choose, the form could never be sent."""
    page = reverse("networks:meeting-bookings", args=[circle.later.pk])
    client.force_login(circle.coordinator)
    shown = html_of(client.get(page))
    assert 'value="room"' in shown and 'value="bsl"' not in shown
    answer = client.get(reverse("networks:booking-add", args=[circle.later.pk]) + "?kind=bsl", follow=True)
    assert answer.redirect_chain == [(page, 302)]
    assert "BSL interpreting: no one who is coming needs it. If someone does, add it to what they need" in html_of(
        answer
    )
    needing(circle, 0, access_arrangements="BSL interpreter")
    assert 'value="bsl"' in html_of(client.get(page))
