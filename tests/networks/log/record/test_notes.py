"""The notes of a meeting: every saved version is kept and can be compared and restored."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from impact.core.basics import clock
from impact.core.basics.versions import Conflict, mark
from networks.log.record import notes
from networks.log.record.models import NotesVersion
from networks.log.saving import LogInput, save_log
from networks.meetings.models import Meeting
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(monkeypatch):
    """``at(minutes)`` moves the clock."""
    start = clock.now()

    def move(minutes: float) -> datetime:
        now = start + timedelta(minutes=minutes)
        monkeypatch.setattr("networks.log.record.notes.clock.now", lambda: now)
        return now

    move(0)
    return move


@pytest.fixture
def write(circle):
    def save(text: str, by=None) -> None:
        meeting = Meeting.objects.get(pk=circle.meeting.pk)
        log = LogInput(notes=text, notes_was=mark(meeting.notes))
        save_log(by=by or circle.coordinator, meeting=meeting, log=log)

    return save


def texts(circle) -> list[str]:
    return list(circle.meeting.notes_versions.order_by("number").values_list("text", flat=True))


def test_every_save_of_the_log_keeps_a_version_of_the_notes(circle, write, at, staff):
    write("First")
    at(5)
    write("Second")
    at(6)
    write("Second, by someone else", by=staff)
    assert texts(circle) == ["First", "Second", "Second, by someone else"]
    assert list(circle.meeting.notes_versions.values_list("number", "saved_by")) == [
        (3, staff.pk), (2, circle.coordinator.pk), (1, circle.coordinator.pk),
    ]  # fmt: skip


def test_going_on_writing_goes_on_with_the_same_version_as_long_as_nothing_is_lost(circle, write, at, staff):
    write("We met")
    at(1)
    write("We met at ten. Good talk.")
    assert texts(circle) == ["We met at ten. Good talk."]
    write("We met at nine. Good talk.")  # a word went: that is a new version
    assert texts(circle) == ["We met at ten. Good talk.", "We met at nine. Good talk."]
    write("We met at nine. Good talk. More", by=staff)  # someone else
    at(4)
    write("We met at nine. Good talk. More. And more", by=staff)  # later
    assert len(texts(circle)) == 4


def test_however_the_notes_are_saved_no_text_that_was_once_saved_is_lost(circle, write, at):
    saved = ["a", "a b", "b", "b c", "", "b c d", "x", "x", "b c d x"]
    for minute, text in enumerate(saved):
        at(minute / 3)
        write(text)
    kept = texts(circle)
    assert all(any(text in one for one in kept) for text in saved)
    assert kept[-1] == Meeting.objects.get(pk=circle.meeting.pk).notes == "b c d x"


def test_notes_from_before_versions_were_kept_are_the_first_version(circle, write):
    Meeting.objects.filter(pk=circle.meeting.pk).update(notes="Old words")
    write("New words")
    assert texts(circle) == ["Old words", "New words"]


def test_saving_the_same_notes_keeps_no_version(circle, write):
    write("Words")
    write("Words ")
    assert texts(circle) == ["Words"]


def test_a_version_is_put_back_as_a_new_one_and_can_be_undone(circle, write, at):
    write("First")
    at(5)
    write("Second")
    notes.restore_notes(by=circle.coordinator, meeting=circle.meeting, number=1)
    assert Meeting.objects.get(pk=circle.meeting.pk).notes == "First"
    newest = circle.meeting.notes_versions.first()
    assert (newest.number, newest.restored_from) == (3, 1)
    write("First and more")  # never written over what was put back
    assert texts(circle) == ["First", "Second", "First", "First and more"]
    notes.restore_notes(by=circle.coordinator, meeting=circle.meeting, number=2)
    assert Meeting.objects.get(pk=circle.meeting.pk).notes == "Second"


def test_restoring_is_refused_when_it_is_not_possible(circle, write):
    write("First")
    with pytest.raises(ValidationError, match="The notes already match this version, so there is nothing to restore"):
        notes.restore_notes(by=circle.coordinator, meeting=circle.meeting, number=1)
    with pytest.raises(ValidationError, match="no such version"):
        notes.restore_notes(by=circle.coordinator, meeting=circle.meeting, number=9)
    with pytest.raises(PermissionDenied):
        notes.restore_notes(by=factories.user_in(circle.group), meeting=circle.meeting, number=1)
    Meeting.objects.filter(pk=circle.meeting.pk).update(status="complete", logged_at=clock.now(), notes="")
    with pytest.raises(ValidationError, match="Reopen it"):
        notes.restore_notes(by=circle.coordinator, meeting=circle.meeting, number=1)


def test_the_notes_alone_can_be_changed_by_version(circle):
    meeting = notes.change_notes(by=circle.coordinator, meeting=circle.meeting, text="Words", expected=1)
    assert (meeting.notes, meeting.version) == ("Words", 2)
    with pytest.raises(Conflict):
        notes.change_notes(by=circle.coordinator, meeting=circle.meeting, text="Other", expected=1)
    with pytest.raises(ValidationError, match="longer than 50,000"):
        notes.change_notes(by=circle.coordinator, meeting=circle.meeting, text="x" * 50_001)
    with pytest.raises(PermissionDenied):
        notes.change_notes(by=factories.user_in(circle.group), meeting=circle.meeting, text="x")
    assert texts(circle) == ["Words"]


# --- Pages ---------------------------------------------------------------------------------------
@pytest.fixture
def client(circle, sign_in):
    return sign_in(circle.coordinator)


def address(circle, name: str, *more: int) -> str:
    return reverse(f"networks:notes-{name}", args=[circle.meeting.pk, *more])


def text(response) -> str:
    return html_of(response)


def test_versions_are_listed_compared_read_and_put_back(circle, client, write, at):
    assert "No notes yet" in text(client.get(address(circle, "list")))
    write("We met at **ten**")
    at(5)
    write("We met at nine")
    page = text(client.get(address(circle, "list")))
    assert "Version 1" in page and "Version 2" in page and circle.coordinator.person.name in page
    compared = text(client.get(address(circle, "compare"), {"from": 2, "to": 1}))
    assert "<del>" in compared and "ten" in compared and "<ins>" in compared and "nine" in compared
    read = text(client.get(address(circle, "version", 1)))
    assert "<strong>ten</strong>" in read and "Restore this version" in read
    done = client.post(address(circle, "restore", 1), follow=True)
    assert (
        "Version 1 has been restored." in text(done)
        and Meeting.objects.get(pk=circle.meeting.pk).notes == "We met at **ten**"
    )
    assert "The notes already match this version, so there is nothing to restore." in text(
        client.post(address(circle, "restore", 1), follow=True)
    )


@pytest.mark.parametrize(
    "query", [{}, {"from": 1}, {"from": 1, "to": 1}, {"from": "x", "to": "9" * 30}, {"from": 1, "to": 7}]
)
def test_comparing_needs_two_versions_and_says_so(circle, client, write, query):
    write("Words")
    assert "Choose two different versions" in text(client.get(address(circle, "compare"), query, follow=True))


def test_hostile_notes_are_shown_as_text(circle, client, write, at):
    write("<script>alert(1)</script>")
    at(5)
    write("<img src=x onerror=alert(1)>")
    for url in (address(circle, "version", 1), address(circle, "compare") + "?from=1&to=2"):
        page = text(client.get(url))
        assert "<script>alert" not in page and "<img src=x" not in page


def test_a_closed_log_shows_versions_without_a_way_to_put_them_back(circle, client, write, at):
    write("One")
    at(5)
    write("Two")
    Meeting.objects.filter(pk=circle.meeting.pk).update(status="complete", logged_at=clock.now())
    page = text(client.get(address(circle, "version", 1)))
    assert "Restore this version" not in page and "reopen the log" in page


def test_the_list_costs_the_same_queries_for_one_version_and_for_thirty(circle, client):
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get(address(circle, "list"))
        return len(counted)

    NotesVersion.objects.create(meeting=circle.meeting, number=1, text="x", saved_by=circle.coordinator)
    few = queries()
    for number in range(2, 31):
        NotesVersion.objects.create(
            meeting=circle.meeting, number=number, text="x" * number, saved_by=factories.UserFactory()
        )
    assert queries() == few
