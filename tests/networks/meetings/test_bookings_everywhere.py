"""What every surface says of one booking, and what people without an account say of theirs."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.jobs import outbox
from impact.core.jobs.catalogue import event_of
from impact.core.jobs.models import OutboxEmail
from impact.core.notices.models import Notice
from impact.core.people.services import update_person
from networks.documents.pack import pack_contents
from networks.log.services import record_attendance
from networks.meetings.invitations import emails
from networks.meetings.invitations.calendars.services import make_feed
from networks.meetings.invitations.services import announce_meeting, answer_invitation
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings import making, services
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from networks.meetings.planning.bookings.own import said
from networks.meetings.planning.bookings.views import last_time
from networks.meetings.services import cancel_meeting, update_meeting
from tests import factories
from tests.networks.meetings.test_bookings import needing, problems_of, signers, staff, text_of  # noqa: F401
from tests.pages import html_of

pytestmark = pytest.mark.django_db
State = Booking.State


@pytest.fixture
def booked(circle, staff, signers):  # noqa: F811
    """An interpreter, confirmed for two members of an announced meeting: one without an account, one with."""
    by, meeting = circle.coordinator, circle.later
    meeting.announced_at = None
    meeting.mode, meeting.join_url = "online", "https://meet.example/room"
    meeting.save()
    circle.account = factories.UserFactory()
    people = [
        needing(circle, 0, access_arrangements="BSL interpreter", email="one@example.org"),
        needing(circle, 1, account=circle.account, access_arrangements="BSL interpreter"),
    ]
    announce_meeting(by=by, meeting=meeting)
    [circle.booking] = making.book(
        by=by, meetings=[meeting], kind="bsl", people=people, provider=signers, requested_on=date(2023, 1, 16)
    )
    services.confirm_booking(by=by, booking=circle.booking, who_comes="Robin")
    circle.later = Meeting.objects.get(pk=meeting.pk)
    circle.one, circle.two = people
    circle.invitation = circle.later.invitations.select_related("person").get(person=people[0])
    circle.link = reverse("networks:reply", args=[emails.reply_token(circle.invitation)])
    circle.support = f"{circle.link}support/"
    return circle


def test_someone_without_an_account_says_by_their_link_what_is_not_right_and_how_it_was(booked):
    anyone, need = Client(enforce_csrf_checks=True), BookingNeed.objects.get(person=booked.one)
    other = BookingNeed.objects.get(person=booked.two)
    assert booked.support in html_of(anyone.get(booked.link))
    page = anyone.get(booked.support)
    assert "Confirmed Robin is coming." in text_of(page) and booked.two.name not in text_of(page)
    assert page["Referrer-Policy"] == "no-referrer" and "no-store" in page["Cache-Control"]
    for number in (other.pk, 0, "x", ""):  # of someone else, or of no one
        sent = {"need": number, f"need{number}-words": "Not mine"}
        assert anyone.post(booked.support, sent).status_code == 404
    assert "There is a problem" in text_of(anyone.post(booked.support, {"need": need.pk}))
    sent = {"need": need.pk, f"need{need.pk}-words": "I need two interpreters"}
    assert anyone.post(booked.support, sent).status_code == 302
    assert problems_of(booked.booking) == ["wrong"]
    assert "I need two interpreters" in text_of(anyone.get(booked.support))
    rating = {"need": need.pk, f"need{need.pk}-worked": "partly", f"need{need.pk}-words": "Came late"}
    anyone.post(booked.support, rating)
    need.refresh_from_db()
    assert need.worked == "", "not before the meeting"

    with clock.standing_on(date(2023, 1, 31)):
        OutboxEmail.objects.all().delete()
        assert said.ask_how_it_was(clock.today()) == 2
        [mail] = OutboxEmail.objects.filter(to="one@example.org")
        assert booked.support in mail.body and "BSL" not in mail.subject + mail.body
        assert outbox.send_due() and OutboxEmail.objects.get(pk=mail.pk).sent_at, "it leaves, as it is no notice"
        asked = Notice.objects.get(event="support-how")
        assert (asked.person, asked.path) == (booked.two, booked.later.get_absolute_url())
        assert booked.support in html_of(anyone.get(booked.link)), "the link of the invitation leads there as well"
        assert "How was it?" in text_of(anyone.get(booked.support))
        assert anyone.post(booked.support, rating).status_code == 302
        signed_in = Client()
        signed_in.force_login(booked.account)
        signed_in.post(reverse("networks:need-worked", args=[other.pk]), {"worked": "yes"})
        assert "was there but did not work well" in text_of(anyone.get(booked.support))
        before = last_time(booked.later, "bsl")
        assert before["words"] == "It worked for 1 of the 2 who answered." and before["said"] == ["Came late"]
        rated = AuditEvent.objects.filter(type="booking_need.rated").order_by("pk")
        assert [event.actor_id for event in rated] == [None, booked.account.pk]
        assert said.ask_how_it_was(clock.today()) == 0, "they have answered"
    with clock.standing_on(date(2023, 1, 30) + timedelta(days=62)):
        page = anyone.get(booked.support)
        assert page.status_code == 410 and "BSL" not in text_of(page)
        assert anyone.post(booked.support, {**rating, f"need{need.pk}-worked": "no"}).status_code == 410
    assert anyone.get(reverse("networks:reply-support", args=["made-up"])).status_code == 404


def test_a_new_address_ends_the_links_of_past_meetings_too(booked, staff):  # noqa: F811
    """The earlier mailbox reads no more what was arranged, and no email with such a link is sent on to another one."""
    emails.send_change(booked.invitation, ["place"])
    emails.send_reminder(booked.invitation)
    with clock.standing_on(date(2023, 1, 31)):
        said.ask_how_it_was(clock.today())
        written = OutboxEmail.objects.filter(to="one@example.org", body__contains="/reply/")
        events = set(written.values_list("event", flat=True))
        assert events == {"meeting-invitation", "meeting-changed", "meeting-reminder", "support-link"}
        assert all(event_of(event).is_sealed for event in events)
        assert "BSL" in text_of(Client().get(booked.support))
        update_person(by=staff, person=booked.one, email="new@example.org")
        for path in (booked.link, booked.support):
            page = Client().get(path)
            assert page.status_code == 404 and "BSL" not in text_of(page)


def test_those_who_could_not_come_or_were_away_are_not_asked_how_it_was(booked):
    answer_invitation(by=booked.coordinator, invitation=booked.invitation, answer="no")
    with clock.standing_on(date(2023, 1, 31)):
        record_attendance(by=booked.coordinator, meeting=booked.later, statuses={booked.two.pk: "apologies"})
        assert said.ask_how_it_was(clock.today()) == 0
        record_attendance(by=booked.coordinator, meeting=booked.later, statuses={booked.two.pk: "present"})
        assert said.ask_how_it_was(clock.today()) == 1


@pytest.mark.parametrize("status", ["logged", "complete"])
def test_a_log_that_is_in_on_the_same_day_does_not_stop_the_question_how_it_was(booked, status):
    Meeting.objects.filter(pk=booked.later.pk).update(status=status, logged_at=clock.now())
    with clock.standing_on(date(2023, 1, 31)):
        assert said.ask_how_it_was(clock.today()) == 2


def test_those_whose_invitation_was_withdrawn_are_not_asked_how_it_was(booked):
    booked.later.invitations.update(withdrawn_at=clock.now())
    with clock.standing_on(date(2023, 1, 31)):
        assert said.ask_how_it_was(clock.today()) == 0


def test_every_surface_says_the_same_of_a_booking_from_step_to_step(booked, staff):  # noqa: F811
    """Confirmed, moved with the meeting, confirmed again, the meeting cancelled, the booking cancelled."""
    w, by, token = booked, booked.coordinator, make_feed(by=booked.account)
    planner, member, anyone = Client(), Client(), Client()
    planner.force_login(by)
    member.force_login(w.account)

    def check(words: str, state: str, problems: list[str], *, is_off: bool = False) -> None:
        meeting = Meeting.objects.select_related("group").get(pk=w.later.pk)
        booking = Booking.objects.get()
        told = planner.get(f"/api/v1/bookings/{booking.pk}/").json()
        assert (told["state"], told["problems"], booking.state) == (state, problems, state)
        line = f"BSL interpreting: {words}"
        assert line in text_of(member.get(meeting.get_absolute_url()))
        assert words in text_of(anyone.get(w.support)), "by the link, without an account"
        invitation = meeting.invitations.select_related("person").get(person=w.one)
        invitation.meeting = meeting
        answer = anyone.get(w.link)
        assert answer.status_code == (410 if is_off else 200)
        if not is_off:
            assert line.lower() in text_of(answer).lower()
            emails.send_reminder(invitation)
            assert line.lower() in OutboxEmail.objects.latest("pk").body.lower()
        label = booking.get_state_display()
        assert label in text_of(planner.get(booking.get_absolute_url()))
        sheet = b"".join(planner.get(reverse("networks:booking-list") + "?format=csv")).decode()
        assert label in sheet and (w.one.name in sheet) is False
        arranged = holdings_of(w.two)
        assert state in arranged or label in arranged
        # Calendars, packs and the log are shared, and never say what someone needs. Their time is the meeting's.
        calendar = emails.calendar_part(invitation, "REQUEST", is_arranged=True)
        feed = anyone.get(reverse("networks:calendar-feed", args=[token])).content.decode()
        log = text_of(planner.get(reverse("networks:meeting-log", args=[meeting.pk])))
        for shared in (calendar, feed, log, str(pack_contents(meeting))):
            assert "BSL" not in shared and "Robin" not in shared
        starts = meeting.starts_at.strftime("%Y%m%dT%H%M%S")
        assert starts in calendar and (is_off or starts in feed)
        assert meeting.starts_at.isoformat() in str(pack_contents(meeting))
        at = booking.booked_for == meeting.starts_at
        assert at == ("moved" not in problems), "booked for the time that the meeting has"

    check("Confirmed", "confirmed", [])
    moved = w.later.starts_at + timedelta(days=1)
    update_meeting(by=by, meeting=w.later, starts_at=moved, ends_at=moved + timedelta(hours=2), reason="The hall")
    check("To be confirmed again", "confirmed", ["moved"])
    services.confirm_booking(by=by, booking=w.booking, who_comes="Robin")
    check("Confirmed", "confirmed", [])
    cancel_meeting(by=by, meeting=Meeting.objects.get(pk=w.later.pk), reason="Snow")
    check("The meeting is cancelled", "confirmed", ["meeting_cancelled"], is_off=True)
    services.cancel_booking(by=by, booking=w.booking, reason="Snow")
    check("Cancelled", "cancelled", [], is_off=True)


def holdings_of(person) -> str:
    """What the person's own archive says of their bookings."""
    return str(list(BookingNeed.objects.filter(person=person).values(*BookingNeed.privacy.shown)))


def test_a_page_that_was_open_while_someone_spoke_says_so_before_that_is_settled(booked):
    planner, need = Client(), BookingNeed.objects.get(person=booked.two)
    planner.force_login(booked.coordinator)
    page = reverse("networks:booking-confirm", args=[booked.booking.pk])

    def hidden(response) -> dict[str, str]:
        return dict(re.findall(r'name="(version|seen)" value="([^"]*)"', html_of(response)))

    sent = {"confirmed_on": "2023-01-16", "who_comes": "Robin"}
    opened = hidden(planner.get(page))
    said.say_wrong(by=booked.account, need=need, words="I need two interpreters")
    answer = planner.post(page, sent | opened)
    assert "has changed since you opened this page" in text_of(answer) and problems_of(booked.booking) == ["wrong"]
    assert planner.post(page, sent | hidden(answer)).status_code == 302
    assert problems_of(booked.booking) == []
