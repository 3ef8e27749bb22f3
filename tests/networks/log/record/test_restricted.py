"""Restricted notes and safeguarding flags: who reads them, what is told to whom, and that nothing leaks."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from impact.core.access.models import AuditEvent
from impact.core.jobs.models import OutboxEmail
from networks.log.record import restricted
from networks.log.record.models import RestrictedNote
from networks.log.services import finish_log, record_attendance
from networks.meetings.models import Meeting
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
SECRET = "Uncle Zebedee took the purse"


@pytest.fixture
def flag(circle, staff) -> RestrictedNote:
    return restricted.write_restricted_note(
        by=circle.coordinator, meeting=circle.meeting, words=SECRET, is_safeguarding=True
    )


def text(response) -> str:
    return html_of(response)


def page_of(circle) -> str:
    return reverse("networks:restricted-notes", args=[circle.meeting.pk])


def test_a_flag_tells_each_of_the_staff_by_e_mail_without_a_word_of_it(circle, staff, engagement_lead, flag):
    gone = factories.UserFactory(roles=["staff"])
    gone.role_grants.update(revoked_at=flag.written_at)
    email = OutboxEmail.objects.get()
    assert email.to == staff.email and "safeguarding" not in email.subject.lower()  # administrators see subjects
    assert "A safeguarding flag was raised" in email.body
    assert page_of(circle) in email.body and circle.group.name in email.body
    assert "Zebedee" not in email.body + email.subject
    restricted.write_restricted_note(by=staff, meeting=circle.meeting, words="Only a note")
    assert OutboxEmail.objects.count() == 1


def test_without_staff_the_engagement_leads_are_told(circle, engagement_lead):
    restricted.write_restricted_note(by=circle.coordinator, meeting=circle.meeting, words=SECRET, is_safeguarding=True)
    assert OutboxEmail.objects.get().to == engagement_lead.email


def test_the_same_text_twice_is_one_note_and_one_email(circle, flag):
    again = restricted.write_restricted_note(
        by=circle.coordinator, meeting=circle.meeting, words=SECRET + "\n", is_safeguarding=True
    )
    assert again == flag and OutboxEmail.objects.count() == 1


@pytest.mark.parametrize("status", ["complete", "cancelled"])
def test_it_is_never_too_late_to_raise_a_flag(circle, staff, status):
    Meeting.objects.filter(pk=circle.meeting.pk).update(
        status=status, status_reason="x", logged_at=circle.meeting.ends_at
    )
    assert restricted.write_restricted_note(by=staff, meeting=circle.meeting, words=SECRET).pk


@pytest.mark.parametrize("words", ["", "  \n ", "x" * 5001])
def test_a_note_cannot_be_empty_or_too_long(circle, words):
    with pytest.raises(ValidationError, match=r"Write what happened|longer than 5,000"):
        restricted.write_restricted_note(by=circle.coordinator, meeting=circle.meeting, words=words)


def test_only_the_coordinator_of_the_group_and_national_staff_write_and_read(circle, flag, leader, administrator):
    others = [factories.user_in(circle.group), leader, administrator, factories.UserFactory(roles=["api_client"])]
    others.append(factories.user_in(factories.GroupFactory(), "coordinator"))
    for person in others:
        with pytest.raises(PermissionDenied):
            restricted.read_restricted_notes(by=person, meeting=circle.meeting)
        with pytest.raises(PermissionDenied):
            restricted.write_restricted_note(by=person, meeting=circle.meeting, words="x")
        with pytest.raises(PermissionDenied):
            restricted.deal_with_flag(by=person, note=flag, done="x")
    assert restricted.read_restricted_notes(by=circle.coordinator, meeting=circle.meeting) == [flag]


def test_every_reading_is_put_on_record_without_what_was_read(circle, staff, sign_in, flag):
    sign_in(staff).get(page_of(circle))
    events = AuditEvent.objects.filter(object_type="networks.restrictednote", object_id=str(flag.pk)).order_by("pk")
    assert [(e.type, e.actor_id) for e in events] == [
        ("restricted_note.written", circle.coordinator.pk),
        ("restricted_note.read", staff.pk),
    ]
    assert "Zebedee" not in str([(e.facts, e.fields) for e in AuditEvent.objects.all()])


def test_a_flag_waits_on_the_first_page_of_staff_until_someone_says_what_was_done(circle, staff, sign_in, flag):
    client = sign_in(staff)
    home = text(client.get("/"))
    assert f"Safeguarding flag: {circle.group.name}" in home and page_of(circle) in home and "Zebedee" not in home
    url = reverse("networks:flag-dealt-with", args=[flag.pk])
    prefix = f"note-{flag.pk}"
    empty = client.post(url, {f"{prefix}-done": "", f"{prefix}-version": 1})
    assert "Say what was done, in a sentence." in text(empty)
    client.post(url, {f"{prefix}-done": "The council was told.", f"{prefix}-version": 1})
    assert "Safeguarding flag:" not in text(client.get("/"))
    assert "The council was told." in text(client.get(page_of(circle)))
    with pytest.raises(ValidationError, match="This flag was already dealt with on"):
        restricted.deal_with_flag(by=staff, note=RestrictedNote.objects.get(), done="Again")


def test_two_staff_who_deal_with_one_flag_do_not_overwrite_each_other(circle, staff, sign_in, flag):
    restricted.deal_with_flag(by=staff, note=flag, done="The council was told.")
    prefix = f"note-{flag.pk}"
    url = reverse("networks:flag-dealt-with", args=[flag.pk])
    answer = sign_in(staff).post(url, {f"{prefix}-done": "Other", f"{prefix}-version": 1})
    assert "This flag was already dealt with on" in text(answer) and RestrictedNote.objects.get().dealt_with != "Other"


def test_a_note_without_a_flag_cannot_be_dealt_with(circle, staff):
    note = restricted.write_restricted_note(by=staff, meeting=circle.meeting, words="Only a note")
    with pytest.raises(ValidationError, match="not a safeguarding flag"):
        restricted.deal_with_flag(by=staff, note=note, done="x")


def test_the_page_says_what_to_do_in_an_emergency_and_keeps_what_was_typed(circle, sign_in):
    client = sign_in(circle.coordinator)
    page = client.get(page_of(circle))
    assert "call 999" in text(page) and "adult safeguarding team of the local council" in text(page)
    assert "no-store" in page["Cache-Control"]
    bad = client.post(page_of(circle), {"words": "", "is_safeguarding": "on"})
    assert "Write what happened" in text(bad) and "checked" in text(bad)
    done = client.post(page_of(circle), {"words": "<b>" + SECRET, "is_safeguarding": "on"}, follow=True)
    assert "The flag is raised." in text(done) and "&lt;b&gt;Uncle" in text(done)
    assert "They will say here what was done." in text(done)  # the coordinator cannot close it


@pytest.mark.parametrize(
    ("nation", "words"), [("scotland", "adult support and protection"), ("northern_ireland", "Trust")]
)
def test_each_nation_is_told_whom_to_call(circle, sign_in, nation, words):
    type(circle.group).objects.filter(pk=circle.group.pk).update(nation=nation)
    assert words in text(sign_in(circle.coordinator).get(page_of(circle)))


def test_neither_words_nor_the_flag_show_anywhere_else(circle, staff, leader, flag, sign_in):
    record_attendance(by=staff, meeting=circle.meeting, statuses={circle.ids[0]: "present"})
    finish_log(by=staff, meeting=circle.meeting)
    pages = [
        circle.meeting.get_absolute_url(),
        circle.group.get_absolute_url(),
        "/",
        reverse("networks:meeting-list"),
        reverse("networks:meeting-list") + "?format=csv",
        f"/api/v1/meetings/{circle.meeting.pk}/",
        f"/api/v1/groups/{circle.group.slug}/",
    ]
    for person in (factories.user_in(circle.group), leader, factories.UserFactory(roles=["api_client"])):
        client = sign_in(person)
        for url in pages:
            response = client.get(url)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            assert b"Zebedee" not in body and b"afeguarding" not in body and b"estricted" not in body, (person, url)
        assert client.get(page_of(circle)).status_code in (403, 404)
    assert "Zebedee" not in text(sign_in(staff).get(circle.meeting.get_absolute_url()))
    assert "Safeguarding flag:" not in text(sign_in(circle.coordinator).get("/"))
