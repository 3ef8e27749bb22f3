"""Announcing, answering, moving and cancelling: who gets which email, and what two calendar programs make of it."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import ics
import pytest
import vobject
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.signing import Signer
from django.test import Client
from django.urls import resolve, reverse

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs import outbox, queue
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.web.serving.middleware import RequestLogMiddleware
from networks.meetings.invitations import emails, services, tasks
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.invitations.services import match_group
from networks.meetings.models import Meeting, MeetingMove
from networks.meetings.services import cancel_meeting, plan_meeting, set_agenda, update_meeting
from networks.members.joining.services import answer_join_invitation, invite_member
from networks.members.services import add_member, end_membership
from tests import factories
from tests.factories import at
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(circle):
    """A draft on 30 January: ten people, of whom one has no email address."""
    circle.later.announced_at = None
    circle.later.join_url = "https://meet.example/room"
    circle.later.save()
    silent = circle.members[0].person
    silent.email = ""
    silent.save()
    return circle.later


@pytest.fixture
def told(circle, draft):
    meeting = services.announce_meeting(by=circle.coordinator, meeting=draft)
    OutboxEmail.objects.update(sent_at=clock.now())
    return meeting


def waiting() -> list[OutboxEmail]:
    """Emails since the announcement."""
    return list(OutboxEmail.objects.filter(sent_at__isnull=True).order_by("pk"))


def invitation_of(meeting, member) -> MeetingInvitation:
    return MeetingInvitation.objects.select_related("meeting__group", "person").get(
        meeting=meeting, person_id=member.person_id
    )


def read(calendar: str):
    """One event as two programs read it that know nothing of the one that wrote it."""
    (first,) = ics.Calendar(calendar).events
    second = vobject.readOne(calendar)
    assert second.version.value == "2.0" and first.uid == second.vevent.uid.value
    return first, second.vevent, second.method.value


# --- Drafts and announcing ------------------------------------------------------------------------
def test_a_planned_meeting_is_a_draft_that_tells_no_one(circle):
    meeting = plan_meeting(
        by=circle.coordinator, group=circle.group, starts_at=at(2023, 1, 25), ends_at=at(2023, 1, 25, 16)
    )
    assert meeting.is_draft and not OutboxEmail.objects.exists() and not MeetingInvitation.objects.exists()
    update_meeting(
        by=circle.coordinator, meeting=meeting, starts_at=at(2023, 1, 26), ends_at=at(2023, 1, 26, 16), place="Hall"
    )
    cancel_meeting(by=circle.coordinator, meeting=meeting, reason="Not needed")
    assert not OutboxEmail.objects.exists() and Meeting.objects.get(pk=meeting.pk).sequence == 0


def test_members_do_not_see_a_draft_and_those_who_plan_do(circle, draft, staff, leader, sign_in):
    member = factories.user_in(circle.group)
    url, group = draft.get_absolute_url(), circle.group.get_absolute_url()
    assert sign_in(member).get(url).status_code == 404
    page = html_of(sign_in(member).get(group))
    assert "30 January 2023" not in page and "10 January 2023" in page
    assert "30 January 2023" not in html_of(sign_in(member).get("/"))
    assert sign_in(member).get(f"/api/v1/meetings/{draft.pk}/").status_code == 404
    for reader in (circle.coordinator, staff, leader):
        assert sign_in(reader).get(url).status_code == 200
    assert "30 January 2023" in html_of(sign_in(circle.coordinator).get(group))


def test_a_meeting_that_was_held_without_being_announced_is_seen_by_members(circle, draft):
    member = factories.user_in(circle.group)
    Meeting.objects.filter(pk=draft.pk).update(status="logged", logged_at=clock.now())
    assert Meeting.objects.visible_to(member).filter(pk=draft.pk).exists()


def test_announcing_sends_one_invitation_to_each_with_an_address(circle, draft, sign_in):
    client, url = sign_in(circle.coordinator), reverse("networks:meeting-announce", args=[draft.pk])
    page = html_of(client.get(url))
    assert "9 get</strong>" in page or "9 get an email" in page
    assert "Phone these people" in page and "Member 0" in page
    assert not OutboxEmail.objects.exists()
    client.post(url)
    assert OutboxEmail.objects.count() == 9
    assert MeetingInvitation.objects.filter(meeting=draft).count() == 10
    assert invitation_of(draft, circle.members[0]).sent_at is None
    assert not Meeting.objects.get(pk=draft.pk).is_draft
    assert AuditEvent.objects.get(type="meeting.announced").facts == {"emails": 9}
    with pytest.raises(ValidationError, match="announced already"):
        services.announce_meeting(by=circle.coordinator, meeting=draft)


def test_only_those_who_plan_may_announce(circle, draft):
    with pytest.raises(PermissionDenied):
        services.announce_meeting(by=factories.user_in(circle.group), meeting=draft)
    with pytest.raises(PermissionDenied):
        services.announce_meetings(by=factories.user_in(circle.group), group=circle.group, meetings=[draft])


@pytest.mark.parametrize(
    ("mode", "given", "message"),
    [
        ("in_person", {}, "Enter the place"),
        ("hybrid", {"place": "Hall"}, "Enter the link"),
        ("hybrid", {"join_url": "https://meet.example/x"}, "Enter the place"),
    ],
)
def test_before_people_are_told_it_is_clear_where_to_go(circle, draft, mode, given, message):
    Meeting.objects.filter(pk=draft.pk).update(**({"mode": mode, "place": "", "join_url": ""} | given))
    with pytest.raises(ValidationError, match=message):
        services.announce_meeting(by=circle.coordinator, meeting=draft)
    assert not OutboxEmail.objects.exists()


def test_an_announced_meeting_keeps_a_place(circle, told):
    with pytest.raises(ValidationError, match="Enter the place"):
        update_meeting(by=circle.coordinator, meeting=told, mode="in_person")


def test_several_drafts_are_announced_at_once_or_none(circle, draft, sign_in):
    bad = factories.MeetingFactory(
        group=circle.group, number=3, starts_at=at(2023, 1, 31), announced_at=None, mode="in_person"
    )
    with pytest.raises(ValidationError, match="Meeting 3: Enter the place"):
        services.announce_meetings(by=circle.coordinator, group=circle.group, meetings=[draft, bad])
    assert not OutboxEmail.objects.exists()
    client, url = sign_in(circle.coordinator), reverse("networks:group-announce", args=[circle.group.slug])
    page = html_of(client.post(url, {"meetings": [draft.pk, bad.pk]}))
    assert "Nothing was announced" in page and "Meeting 3: Enter the place" in page
    client.post(url, {"meetings": [draft.pk]})
    assert OutboxEmail.objects.count() == 9
    assert Meeting.objects.drafts().get() == bad


def test_a_meeting_that_began_or_is_closed_is_not_announced(circle, draft):
    Meeting.objects.filter(pk=draft.pk).update(starts_at=at(2023, 1, 16, 8), ends_at=at(2023, 1, 16, 10))
    with pytest.raises(ValidationError, match="This meeting has started"):
        services.announce_meeting(by=circle.coordinator, meeting=draft)
    Meeting.objects.filter(pk=draft.pk).update(status="cancelled", status_reason="x")
    with pytest.raises(ValidationError, match="Only a planned meeting"):
        services.announce_meeting(by=circle.coordinator, meeting=draft)


# --- The calendar part ----------------------------------------------------------------------------
NASTY_TITLE = "Ŵythnos gofal, a long title; " * 5 + "\r\nATTENDEE:mailto:evil@x.example <b>bold</b>"
NASTY_PLACE = "Neuadd y Pentref, Llanfair; Ŷ Stryd Fawr,\nCaerdydd \\ <b>2</b>"


def test_two_programs_read_the_calendar_part_with_awkward_words(circle, draft):
    update_meeting(
        by=circle.coordinator,
        meeting=draft,
        title=NASTY_TITLE[:160],
        mode="hybrid",
        place=NASTY_PLACE,
        access_arrangements="Captions, a lift;\nŵ " + "and a long walk " * 20,
    )
    services.announce_meeting(by=circle.coordinator, meeting=draft)
    row = OutboxEmail.objects.get(to=circle.members[1].person.email)
    first, second, method = read(row.calendar)
    place = "Neuadd y Pentref, Llanfair; Ŷ Stryd Fawr, Caerdydd \\ <b>2</b>, or online"
    assert method == "REQUEST" and first.location == place and second.location.value == place
    assert first.name == second.summary.value == "Meeting"
    assert "Captions, a lift; ŵ and a long walk" in first.description
    assert second.description.value == first.description
    assert (first.begin.datetime, first.end.datetime) == (at(2023, 1, 30), at(2023, 1, 30, 16))
    assert second.status.value == "CONFIRMED" and second.transp.value == "OPAQUE"
    assert all(len(line.encode()) <= 75 for line in row.calendar.split("\r\n"))
    assert "\n" not in row.calendar.replace("\r\n", "")
    assert len(second.attendee_list) == 1 and second.attendee.value == f"mailto:{row.to}"
    assert second.attendee.params["RSVP"] == ["TRUE"] and second.attendee.params["PARTSTAT"] == ["NEEDS-ACTION"]


def test_the_calendar_part_gives_nothing_away(circle, told):
    """Calendars are shared: no group, no title, no one else's name or address, and private at that."""
    for row in OutboxEmail.objects.all():
        plain = row.calendar.replace("\r\n ", "")
        assert circle.group.name not in plain and told.title not in plain
        assert plain.count("ATTENDEE") == 1 and "CLASS:PRIVATE" in plain
        for other in circle.members[1:]:
            assert (other.person.email in plain) == (other.person.email == row.to)
            assert other.person.name not in plain
        assert circle.group.name not in row.subject and "/reply/" not in plain


@pytest.mark.parametrize(
    ("starts_at", "utc"),
    [(at(2023, 1, 30), datetime(2023, 1, 30, 14, tzinfo=UTC)), (at(2023, 7, 3), datetime(2023, 7, 3, 13, tzinfo=UTC))],
)
def test_winter_and_summer_time_are_the_same_moment_everywhere(circle, draft, starts_at, utc):
    circle.group.ends_on = None
    circle.group.save()
    Meeting.objects.filter(pk=draft.pk).update(starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
    services.announce_meeting(by=circle.coordinator, meeting=draft)
    row = OutboxEmail.objects.first()
    first, second, _method = read(row.calendar)
    assert first.begin.datetime == utc and second.dtstart.value == utc
    assert "2pm to 4pm" in row.body


def test_a_change_and_a_cancellation_keep_the_name_and_count_up(circle, told):
    row = OutboxEmail.objects.get(to=circle.members[1].person.email)
    asked, _, _ = read(row.calendar)
    update_meeting(
        by=circle.coordinator,
        meeting=told,
        starts_at=at(2023, 1, 31),
        ends_at=at(2023, 1, 31, 16),
        reason="The room is taken",
    )
    cancel_meeting(by=circle.coordinator, meeting=told, reason="Snow")
    assert len(waiting()) == 18
    moved, ended = (r for r in waiting() if r.to == row.to)
    for mail_row, method, status, sequence in ((moved, "REQUEST", "CONFIRMED", 1), (ended, "CANCEL", "CANCELLED", 2)):
        first, second, found = read(mail_row.calendar)
        assert (found, mail_row.calendar_method) == (method, method)
        assert first.uid == asked.uid == str(told.uid)
        assert (second.status.value, int(second.sequence.value)) == (status, sequence)
    assert "Why: The room is taken" in moved.body and "What changed: the time." in moved.body
    assert "cancelled" in ended.body and "Why: Snow" in ended.body


def test_the_whole_message_carries_the_calendar_as_programs_expect_it(circle, told):
    row = OutboxEmail.objects.get(to=circle.members[1].person.email)
    message = message_from_bytes(outbox.message_of(row).message().as_bytes(), policy=policy.default)
    parts = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
    assert set(parts) == {"text/plain", "text/html", "text/calendar", "application/ics"}
    kind = parts["text/calendar"]["content-type"]
    assert kind.params["method"] == "REQUEST" and kind.params["charset"].lower() == "utf-8"
    assert str(kind).lower().count("charset") == 1
    read(parts["text/calendar"].get_content())
    assert parts["application/ics"].get_filename() == "meeting.ics"
    body = parts["text/plain"].get_content()
    assert "30 January 2023, 2pm to 4pm" in body and "https://meet.example/room" in body and "/reply/" in body
    assert message["To"] == row.to and "Local network" not in message["Subject"]


def test_a_title_cannot_write_headers_or_calendar_lines(circle, draft):
    update_meeting(by=circle.coordinator, meeting=draft, title="Hello\r\nBcc: evil@x.example\r\nSEQUENCE:99")
    services.announce_meeting(by=circle.coordinator, meeting=draft)
    row = OutboxEmail.objects.first()
    message = message_from_bytes(outbox.message_of(row).message().as_bytes(), policy=policy.default)
    assert message["Bcc"] is None and "evil" not in str(message["Subject"])
    assert "SEQUENCE:99" not in row.calendar and "Hello Bcc: evil@x.example SEQUENCE:99" in row.body


# --- Changes concern whom they concern ------------------------------------------------------------
def test_what_does_not_concern_people_is_not_sent(circle, told):
    update_meeting(by=circle.coordinator, meeting=told, purpose="Say what we found.")
    set_agenda(by=circle.coordinator, meeting=told, items=[{"title": "Welcome"}])
    assert waiting() == [] and Meeting.objects.get(pk=told.pk).sequence == 0


def test_a_new_place_spares_who_cannot_come_and_keeps_answers(circle, told):
    yes, no = (invitation_of(told, m) for m in circle.members[1:3])
    services.answer_invitation(by=SYSTEM, invitation=yes, answer="yes")
    services.answer_invitation(by=SYSTEM, invitation=no, answer="no")
    update_meeting(by=circle.coordinator, meeting=told, join_url="https://meet.example/other")
    sent = {row.to for row in waiting()}
    assert yes.person.email in sent and no.person.email not in sent and len(sent) == 8
    assert invitation_of(told, circle.members[1]).answer == "yes"


def test_a_new_time_asks_everybody_again_and_needs_a_reason(circle, told):
    no = invitation_of(told, circle.members[1])
    services.answer_invitation(by=SYSTEM, invitation=no, answer="no", access_needs="A lift")
    when = {"starts_at": at(2023, 1, 31), "ends_at": at(2023, 1, 31, 16)}
    with pytest.raises(ValidationError, match="People have been told about this meeting"):
        update_meeting(by=circle.coordinator, meeting=told, **when)
    meeting = Meeting.objects.get(pk=told.pk)
    update_meeting(by=circle.coordinator, meeting=meeting, reason="Snow", **when)
    assert len(waiting()) == 9
    row = invitation_of(told, circle.members[1])
    assert (row.answer, row.access_needs) == ("", "A lift")
    move = MeetingMove.objects.get(meeting=told)
    assert (move.was_at, move.now_at, move.reason) == (at(2023, 1, 30), at(2023, 1, 31), "Snow")


def test_a_move_and_its_reason_stay_on_the_page_of_the_meeting(circle, told, sign_in):
    client, url = sign_in(circle.coordinator), reverse("networks:meeting-edit", args=[told.pk])
    given = {
        "title": told.title, "date": "2023-01-31", "starts": "14:00", "ends": "16:00", "mode": "online",
        "place": "", "join_url": told.join_url, "access_arrangements": "", "purpose": "", "reason": "",
        "version": told.version,
    }  # fmt: skip
    page = html_of(client.post(url, given))
    assert "People have been told about this meeting. Say why it is moving." in page and 'value="2023-01-31"' in page
    assert client.post(url, given | {"reason": "The hall is flooded"}).status_code == 302
    page = html_of(client.get(told.get_absolute_url()))
    assert "From 30 January 2023, 2pm to 31 January 2023, 2pm" in page and "The hall is flooded" in page


def test_a_new_member_is_asked_and_no_one_else_hears_of_it(circle, told):
    invitation = invite_member(
        by=circle.coordinator, group=circle.group, name="Rowan", email="rowan@people.example", perspective="carer"
    )
    answer_join_invitation(by=SYSTEM, invitation=invitation, answer="yes")
    _invited, row = waiting()
    assert row.to == "rowan@people.example" and row.calendar_method == "REQUEST"


def test_someone_who_leaves_is_told_and_may_come_back(circle, told):
    membership = circle.members[1]
    end_membership(by=circle.coordinator, membership=membership, ends_on=clock.today())
    (row,) = waiting()
    first, second, method = read(row.calendar)
    assert (row.to, method) == (membership.person.email, "CANCEL") and first.uid == str(told.uid)
    gone = int(second.sequence.value)
    assert gone == 1 and invitation_of(told, membership).withdrawn_at
    with clock.standing_on(clock.today() + timedelta(days=1)):
        add_member(by=circle.coordinator, group=circle.group, person=membership.person, perspective="carer")
    _, back = waiting()
    _, second, method = read(back.calendar)
    assert method == "REQUEST" and int(second.sequence.value) > gone
    assert invitation_of(told, membership).withdrawn_at is None


# --- Answers --------------------------------------------------------------------------------------
def link_in(row: OutboxEmail) -> str:
    return re.search(r"https?://[^/]+(/reply/\S+/)", row.body)[1]


def test_an_answer_by_link_needs_no_account_and_can_change(circle, told):
    row = OutboxEmail.objects.get(to=circle.members[1].person.email)
    client, link = Client(enforce_csrf_checks=True), link_in(row)
    for _ in range(3):  # a scanner of mail opens every link
        page = client.get(link)
    assert page.status_code == 200 and invitation_of(told, circle.members[1]).answer == ""
    html = html_of(page)
    assert "30 January 2023, 2pm" in html and circle.group.name in html
    for word in (circle.members[1].person.name, circle.members[2].person.name, "meet.example"):
        assert word not in html
    assert page["Referrer-Policy"] == "no-referrer" and "no-store" in page["Cache-Control"]
    assert "noindex" in page["X-Robots-Tag"]
    client.post(link, {"answer": "supporter", "access_needs": " A  lift "})
    kept = invitation_of(told, circle.members[1])
    assert (kept.answer, kept.access_needs, kept.answered_via) == ("supporter", "A lift", "link")
    assert "yes, with a supporter" in html_of(client.get(link))
    client.post(link, {"answer": "no", "access_needs": ""})
    assert invitation_of(told, circle.members[1]).answer == "no"


def test_a_link_that_was_passed_on_does_not_tell_what_someone_needs(circle, told):
    row = invitation_of(told, circle.members[1])
    services.answer_invitation(by=circle.coordinator, invitation=row, answer="yes", access_needs="A hoist")
    link = link_in(OutboxEmail.objects.get(to=circle.members[1].person.email))
    page = html_of(Client().get(link))
    assert "A hoist" not in page and "We have what you told us before. Write here only if it has changed." in page
    Client().post(link, {"answer": "supporter", "access_needs": ""})
    kept = invitation_of(told, circle.members[1])
    assert (kept.answer, kept.access_needs) == ("supporter", "A hoist")
    Client().post(link, {"answer": "supporter", "access_needs": "A hoist and a lift"})
    assert invitation_of(told, circle.members[1]).access_needs == "A hoist and a lift"


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_no_one_says_yes_to_a_time_that_they_were_not_shown(circle, told, sign_in, is_signed_in):
    member = factories.user_in(circle.group)
    match_group(circle.group)
    row = MeetingInvitation.objects.select_related("meeting").get(person=member.person)
    client = sign_in(member) if is_signed_in else Client()
    path = reverse("networks:meeting-answer", args=[told.pk]) if is_signed_in else emails.reply_link(row)
    page = html_of(client.get(told.get_absolute_url() if is_signed_in else path))
    asked_for = re.search(r'name="asked_for" value="([^"]+)"', page)[1]
    update_meeting(
        by=circle.coordinator, meeting=told, reason="Half-term", starts_at=at(2023, 1, 27), ends_at=at(2023, 1, 27, 16)
    )
    page = html_of(client.post(path, {"answer": "yes", "asked_for": asked_for}, follow=True))
    assert "The meeting has moved to 27 January 2023" in page
    assert not MeetingInvitation.objects.exclude(answer="").exists()
    asked_for = re.search(r'name="asked_for" value="([^"]+)"', page)[1]
    client.post(path, {"answer": "yes", "asked_for": asked_for})
    assert MeetingInvitation.objects.get(person=member.person).answer == "yes"


def test_an_answer_without_a_choice_keeps_what_was_typed(circle, told):
    link = link_in(OutboxEmail.objects.first())
    page = html_of(Client().post(link, {"access_needs": "A ramp"}))
    assert "Choose one of the three answers" in page and "A ramp" in page
    page = html_of(Client().post(link, {"answer": "maybe", "access_needs": "A ramp"}))
    assert "A ramp" in page and not MeetingInvitation.objects.exclude(answer="").exists()


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"status": "cancelled", "status_reason": "Snow"}, 410, "This meeting is cancelled"),
        ({"starts_at": at(2023, 1, 16, 8)}, 410, "This meeting has started"),
    ],
)
def test_an_expired_link_shows_a_helpful_page(circle, told, change, status, words):
    link = link_in(OutboxEmail.objects.first())
    Meeting.objects.filter(pk=told.pk).update(**change)
    for page in (Client().get(link), Client().post(link, {"answer": "yes"})):
        assert page.status_code == status and words in html_of(page)
        assert page["Referrer-Policy"] == "no-referrer"
    assert not MeetingInvitation.objects.exclude(answer="").exists()


def test_a_withdrawn_or_forged_link_shows_a_helpful_page(circle, told):
    link = link_in(OutboxEmail.objects.get(to=circle.members[1].person.email))
    end_membership(by=circle.coordinator, membership=circle.members[1], ends_on=clock.today())
    page = Client().get(link)
    assert page.status_code == 410 and "was withdrawn" in html_of(page)
    key = MeetingInvitation.objects.first().key.hex
    for token in ("x", key, f"{key}.forged", Signer(sep=".", salt="other").sign(key), Signer(sep=".").sign("zz")):
        page = Client().get(reverse("networks:reply", args=[token]))
        assert page.status_code == 404 and "We do not recognise this link" in html_of(page)
        assert page["Referrer-Policy"] == "no-referrer"


def test_the_token_is_not_in_the_log_of_requests(rf, circle, told):
    link = link_in(OutboxEmail.objects.first())
    request = rf.get(link)
    request.resolver_match = resolve(link)
    assert RequestLogMiddleware.format_request(request) == "GET reply/<str:token>/"


def test_a_signed_in_member_answers_on_the_page_of_the_meeting(circle, told, sign_in):
    member = factories.user_in(circle.group)
    match_group(circle.group)
    client = sign_in(member)
    assert "Can you come on 30 January 2023?" in html_of(client.get("/"))
    assert "Can you come?" in html_of(client.get(told.get_absolute_url()))
    url = reverse("networks:meeting-answer", args=[told.pk])
    page = html_of(client.post(url, {"access_needs": "Captions"}))
    assert "Choose one of the three answers" in page and "Captions" in page
    client.post(url, {"answer": "yes", "access_needs": "Captions"})
    kept = MeetingInvitation.objects.get(person=member.person)
    assert (kept.answer, kept.answered_via, kept.recorded_by) == ("yes", "account", None)
    assert html_of(sign_in(circle.coordinator).get(told.get_absolute_url())).count("Captions") == 1
    assert "Captions" not in html_of(sign_in(factories.user_in(circle.group)).get(told.get_absolute_url()))


def test_a_coordinator_writes_down_what_was_said_on_the_telephone(circle, told, sign_in):
    row = invitation_of(told, circle.members[0])
    client, url = sign_in(circle.coordinator), reverse("networks:invitation-answer", args=[row.pk])
    assert "Choose an answer" in html_of(client.post(url, {"access_needs": "A taxi"}))
    client.post(url, {"answer": "yes", "access_needs": "A taxi"})
    kept = invitation_of(told, circle.members[0])
    assert (kept.answered_via, kept.recorded_by) == ("coordinator", circle.coordinator)
    page = html_of(client.get(told.get_absolute_url()))
    assert f"Recorded by {circle.coordinator.display_name}" in page and "A taxi" in page
    assert "<strong>9</strong> no answer yet" in page and "<strong>1</strong> yes<" in page


def test_no_one_answers_for_someone_else(circle, told):
    row = invitation_of(told, circle.members[0])
    with pytest.raises(PermissionDenied):
        services.answer_invitation(by=factories.user_in(circle.group), invitation=row, answer="yes")


# --- Reminders ------------------------------------------------------------------------------------
def test_one_reminder_goes_to_who_comes_or_has_not_answered(circle, told):
    services.answer_invitation(by=SYSTEM, invitation=invitation_of(told, circle.members[1]), answer="yes")
    services.answer_invitation(by=SYSTEM, invitation=invitation_of(told, circle.members[2]), answer="no")
    assert services.remind(by=SYSTEM, on=clock.today()) == 0
    with clock.standing_on(at(2023, 1, 27).date()):
        assert services.remind(by=SYSTEM, on=clock.today()) == 8
        assert services.remind(by=SYSTEM, on=clock.today()) == 0
    sent = {row.to: row for row in waiting()}
    assert circle.members[2].person.email not in sent and len(sent) == 8
    assert "Your answer was: yes" in sent[circle.members[1].person.email].body
    assert not any(row.calendar for row in sent.values())


@pytest.mark.parametrize("change", [{"status": "cancelled", "status_reason": "x"}, {"announced_at": None}])
def test_no_reminder_of_a_draft_or_a_cancelled_meeting(circle, told, change):
    Meeting.objects.filter(pk=told.pk).update(**change)
    with clock.standing_on(at(2023, 1, 28).date()):
        assert services.remind(by=SYSTEM, on=clock.today()) == 0
    with pytest.raises(PermissionDenied):
        services.remind(by=circle.coordinator, on=clock.today())


def test_a_reminder_job_that_dies_half_way_sends_no_one_two(circle, told, monkeypatch):
    with clock.standing_on(at(2023, 1, 28).date()):
        job = queue.enqueue(by=SYSTEM, kind=tasks.REMIND, dedupe_key="remind:1", payload={"on": "2023-01-28"})
        real, calls = emails.send_reminder, []

        def dies(row):
            calls.append(row)
            if len(calls) == 4:
                raise OSError("the machine went away")
            real(row)

        monkeypatch.setattr(emails, "send_reminder", dies)
        assert not queue.run(job.pk)
        assert waiting() == []
        monkeypatch.setattr(emails, "send_reminder", real)
        Job.objects.filter(pk=job.pk).update(due_at=job.created_at)
        assert queue.run(job.pk)
        assert not queue.run(job.pk)
    to = [row.to for row in waiting()]
    assert len(to) == len(set(to)) == 9
    assert Job.objects.get(pk=job.pk).result == {"reminded": 9}


def test_the_reminder_is_a_job_of_every_day():
    assert tasks.REMIND in queue.DAILY


def test_the_invitation_really_leaves(circle, draft):
    services.announce_meeting(by=circle.coordinator, meeting=draft)
    assert outbox.send_due() == 9 and len(mail.outbox) == 9
