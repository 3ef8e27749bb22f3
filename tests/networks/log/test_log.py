"""The log: entry by entry, as a whole, and by two people at once."""

import threading
import uuid
from datetime import date
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.versions import mark
from networks.actions.models import Action
from networks.log import services
from networks.log.models import Attendance, Contribution, Decision
from networks.log.saving import (
    Came,
    Decided,
    Guest,
    LogConflict,
    LogInput,
    LogRefused,
    Said,
    Todo,
    decided_row,
    guest_row,
    said_row,
    save_log,
    todo_row,
)
from networks.meetings.models import Meeting
from networks.themes.models import Theme
from networks.themes.services import find_or_add_theme, similar_themes
from tests import factories

pytestmark = pytest.mark.django_db


def save(circle, finish=False, by=None, **log):
    return save_log(by=by or circle.coordinator, meeting=circle.meeting, log=LogInput(**log), finish=finish)


def came(circle) -> list[Came]:
    return [Came(pk, "present") for pk in circle.ids]


# --- Attendance ----------------------------------------------------------------------------------
def test_attendance_is_recorded_in_bulk_with_the_perspective_of_the_day(circle):
    n = services.record_attendance(
        by=circle.coordinator,
        meeting=circle.meeting,
        statuses=dict.fromkeys(circle.ids, "present"),
        guests=[("An advocate", "other")],
    )
    rows = circle.meeting.attendances
    assert n == 10 and rows.filter(status="present", is_guest=False).count() == 9
    assert rows.get(person_id=circle.ids[0]).perspective == circle.members[0].perspective
    assert rows.get(is_guest=True).name == "An advocate"
    assert AuditEvent.objects.about(circle.meeting).get().facts == {"entries": 10}


def test_attendance_can_be_corrected_and_the_same_guest_is_not_added_twice(circle):
    for status in ("present", "apologies"):
        services.record_attendance(
            by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: status}, guests=[("Jo  Bloggs", "")]
        )
    assert [(a.name, a.status) for a in circle.meeting.attendances.all()] == [
        ("Member 0", "apologies"),
        ("Jo Bloggs", "present"),
    ]


def test_someone_from_another_group_cannot_be_marked_as_a_member(circle):
    stranger = factories.PersonFactory()
    with pytest.raises(ValidationError, match="Add them as a guest"):
        services.record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={stranger.pk: "present"})
    with pytest.raises(ValidationError, match="Choose for each person"):
        services.record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: "late"})


def test_no_one_from_outside_keeps_a_log(circle, leader):
    elsewhere = factories.user_in(factories.GroupFactory(), "coordinator")
    for user in (factories.user_in(circle.group), elsewhere, leader):
        with pytest.raises(PermissionDenied):
            services.record_attendance(by=user, meeting=circle.meeting, statuses={})
        with pytest.raises(PermissionDenied):
            save(circle, by=user)


# --- Contributions -------------------------------------------------------------------------------
def test_a_contribution_is_added_once_for_an_id_and_not_to_two_meetings(circle):
    key = uuid.uuid4()
    for _ in range(2):
        services.add_contribution(
            by=circle.coordinator, meeting=circle.meeting, id=key, kind="barrier", theme="relationships", new_theme=True, level="human", words="  They were not asked.\r\nTwice. "
        )  # fmt: skip
    row = Contribution.objects.get()
    assert (row.pk, row.words, row.theme.name, row.position) == (
        key,
        "They were not asked.\nTwice.",
        "Relationships",
        1,
    )
    with pytest.raises(ValidationError, match="belongs to another meeting"):
        services.add_contribution(by=circle.coordinator, meeting=circle.later, id=key, kind="barrier", words="x")


@pytest.mark.parametrize(("words", "message"), [(" ", "Write what was said"), ("x" * 2001, "longer than 2,000")])
def test_a_contribution_cannot_be_empty_or_too_long(circle, words, message):
    with pytest.raises(ValidationError, match=message):
        services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="enabler", words=words)
    assert not Contribution.objects.exists()


def test_a_contribution_of_an_unknown_kind_is_refused(circle):
    with pytest.raises(ValidationError, match="not a valid choice"):
        services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="rumour", words="x")


def test_a_contribution_is_changed_taken_off_and_put_back(circle):
    row = services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="enabler", words="Time")
    services.change_contribution(
        by=circle.coordinator, contribution=row, kind="barrier", theme="Time", new_theme=True, words="No time"
    )
    assert (row.kind, row.theme.slug, row.words, row.version) == ("barrier", "time", "No time", 2)
    services.remove_contribution(by=circle.coordinator, contribution=row)
    assert not Contribution.objects.kept().exists()
    services.restore_contribution(by=circle.coordinator, contribution=row)
    assert Contribution.objects.kept().get().words == "No time"
    with pytest.raises(PermissionDenied):
        services.remove_contribution(by=factories.user_in(circle.group), contribution=row)


# --- Themes --------------------------------------------------------------------------------------
def test_the_same_words_never_make_a_second_theme(circle):
    names = ["Being asked", "being  ASKED", " Being asked. ", "Being-asked"]
    found = {find_or_add_theme(by=circle.coordinator, name=name, group=circle.group) for name in names}
    assert [theme.name for theme in found] == ["Being asked"] and Theme.objects.count() == 1


def test_a_merged_theme_leads_to_the_one_it_became(circle):
    kept = factories.ThemeFactory(name="Relationships", slug="relationships")
    factories.ThemeFactory(name="Relations", slug="relations", merged_into=kept)
    assert find_or_add_theme(by=SYSTEM, name="relations") == kept


def test_a_theme_without_a_letter_is_refused_and_a_member_adds_none(circle):
    with pytest.raises(ValidationError, match="in words"):
        find_or_add_theme(by=SYSTEM, name="???")
    with pytest.raises(PermissionDenied):
        find_or_add_theme(by=factories.user_in(circle.group), name="Trust", group=circle.group)


def test_nearly_the_same_themes_are_offered(circle):
    for name in ("Relationships", "Risk", "Time"):
        factories.ContributionFactory(theme=find_or_add_theme(by=SYSTEM, name=name))
    assert [t.name for t in similar_themes("relationship")] == ["Relationships"]
    assert similar_themes("Relationships") == [] and similar_themes("Budgets") == []


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_two_people_who_add_one_theme_at_once_share_it():
    """Both look, neither finds it, both insert; the loser takes the winner's row. (An SQLite file has one writer.)"""
    barrier, found, errors = threading.Barrier(2), [], []

    def add() -> None:
        try:
            with clock.standing_on(date(2023, 1, 16)):
                barrier.wait(timeout=20)
                found.append(find_or_add_theme(by=SYSTEM, name="Trust").pk)
        except Exception as error:  # noqa: BLE001  shown by the assertion below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(set(found)) == 1 and Theme.objects.count() == 1


def test_the_database_itself_refuses_the_same_person_twice_at_a_meeting(circle):
    Attendance.objects.create(meeting=circle.meeting, person_id=circle.ids[0], status="present")
    with pytest.raises(IntegrityError), transaction.atomic():
        Attendance.objects.create(meeting=circle.meeting, person_id=circle.ids[0], status="absent")


# --- Finishing -----------------------------------------------------------------------------------
def test_a_log_is_finished_after_the_meeting_when_someone_came(circle):
    with pytest.raises(ValidationError, match="Mark who came"):
        services.finish_log(by=circle.coordinator, meeting=circle.meeting)
    services.record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: "present"})
    done = services.finish_log(by=circle.coordinator, meeting=circle.meeting)
    assert (done.status, done.logged_by, done.logged_at) == ("logged", circle.coordinator, clock.now())
    with pytest.raises(ValidationError, match="already finished"):
        services.finish_log(by=circle.coordinator, meeting=done)


def test_the_log_of_a_meeting_to_come_cannot_be_finished(circle):
    with pytest.raises(ValidationError, match="starts on 30 January 2023"):
        services.finish_log(by=circle.coordinator, meeting=circle.later)


# --- The whole log at once -----------------------------------------------------------------------
def test_one_save_writes_everything_in_one_transaction(circle):
    said, decision, action = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    counts = save(
        circle,
        came=came(circle),
        guests=[Guest("An advocate", "other")],
        said=[
            Said(
                said,
                "barrier",
                "No time",
                theme="Time",
                new_theme=True,
                level="systemic",
                perspective="carer",
                speaker=str(circle.ids[3]),
            )
        ],
        decided=[Decided(decision, "We meet at ten")],
        todo=[Todo(action, "Ask the council", "A funder", date(2023, 2, 1), said)],
        notes="Good **meeting**\r\n",
        notes_was=mark(""),
        finish=True,
    )
    meeting = Meeting.objects.get(pk=circle.meeting.pk)
    assert (meeting.status, meeting.notes) == ("logged", "Good **meeting**")
    assert counts == {
        "attendance": 9,
        "guests": 1,
        "contributions": 1,
        "decisions": 1,
        "actions": 1,
        "notes_changed": 1,
    }
    assert Action.objects.get().contribution_id == said
    assert AuditEvent.objects.about(meeting).filter(type="meeting.logged").get().facts["came"] == 10


def test_sending_the_same_log_twice_changes_nothing(circle):
    log = {
        "came": came(circle),
        "guests": [Guest("An advocate")],
        "said": [Said(uuid.uuid4(), "barrier", "No time", theme="Time", new_theme=True)],
        "decided": [Decided(uuid.uuid4(), "We meet at ten")],
        "todo": [Todo(uuid.uuid4(), "Ask the council")],
        "notes": "Good",
        "notes_was": mark(""),
    }
    save(circle, **log)
    before = AuditEvent.objects.count()
    assert save(circle, **log) == {}
    assert AuditEvent.objects.count() == before
    assert [M.objects.count() for M in (Attendance, Contribution, Decision, Action)] == [10, 1, 1, 1]


def test_a_save_that_does_not_say_so_adds_no_theme(circle):
    with pytest.raises(LogRefused) as refused:
        save(circle, said=[Said(uuid.uuid4(), "barrier", "No time", theme="Tim")])
    assert "There is no theme “Tim”" in refused.value.rows["said", 0]["theme"][0]
    assert not Theme.objects.exists() and not Contribution.objects.exists()


def test_one_wrong_entry_stops_the_whole_save_and_says_which(circle):
    with pytest.raises(LogRefused) as refused:
        save(
            circle,
            came=came(circle),
            said=[Said(uuid.uuid4(), "barrier", "Fine"), Said(uuid.uuid4(), "barrier", " ")],
            todo=[Todo(uuid.uuid4(), "Too early", due_on=date(2023, 1, 1))],
        )
    assert refused.value.rows == {
        ("said", 1): {"words": ["Write what was said."]},
        ("todo", 0): {"due_on": ["The meeting was on 10 January 2023. Choose that day or a later one."]},
    }
    assert not Attendance.objects.exists() and not Contribution.objects.exists()


def test_finishing_without_anybody_there_saves_nothing(circle):
    with pytest.raises(ValidationError, match="Mark who came"):
        save(circle, said=[Said(uuid.uuid4(), "barrier", "Fine")], finish=True)
    assert not Contribution.objects.exists()


def test_a_contribution_of_another_meeting_cannot_be_reached_through_this_log(circle):
    theirs = factories.ContributionFactory(words="Theirs")
    with pytest.raises(LogRefused) as refused:
        save(circle, said=[Said(theirs.pk, "barrier", "Mine", was="0" * 16)])
    assert "another meeting" in str(refused.value.rows)
    theirs.refresh_from_db()
    assert theirs.words == "Theirs"


def test_an_action_of_another_group_cannot_be_reached_through_this_log(circle):
    theirs = factories.ActionFactory(what="Theirs")
    with pytest.raises(LogRefused):
        save(circle, todo=[Todo(theirs.key, "Mine", was="0" * 16)])
    theirs.refresh_from_db()
    assert theirs.what == "Theirs"


# --- Two people at once --------------------------------------------------------------------------
@pytest.fixture
def shared(circle):
    """A log with one of everything, as two screens show it."""
    key = uuid.uuid4()
    save(
        circle,
        came=[Came(circle.ids[0], "present")],
        guests=[Guest("Jo")],
        said=[Said(key, "enabler", "Being asked", theme="Being asked", new_theme=True)],
        decided=[Decided(uuid.uuid4(), "Meet at ten")],
        todo=[Todo(uuid.uuid4(), "Ask the council")],
        notes="First notes",
        notes_was=mark(""),
    )
    return SimpleNamespace(
        circle=circle,
        said=said_row(Contribution.objects.get()),
        guest=guest_row(Attendance.objects.get(is_guest=True)),
        decided=decided_row(Decision.objects.get()),
        todo=todo_row(Action.objects.get()),
    )


def touched(row, **changes):
    """The row as a screen sends it after someone changed it there."""
    return type(row)(**{**row.__dict__, **changes, "was": row.mark})


def test_what_i_did_not_touch_keeps_the_change_of_someone_else(shared, staff):
    circle = shared.circle
    save(
        circle,
        by=staff,
        said=[touched(shared.said, words="Being asked twice")],
        came=[Came(circle.ids[0], "apologies", mark("present"))],
    )
    save(
        circle,
        came=[Came(circle.ids[0], "present", mark("present")), Came(circle.ids[1], "present", mark(""))],
        said=[touched(shared.said), Said(uuid.uuid4(), "barrier", "Mine")],
        guests=[touched(shared.guest)],
        decided=[touched(shared.decided)],
        todo=[touched(shared.todo)],
        notes="First notes",
        notes_was=mark("First notes"),
    )
    assert sorted(Contribution.objects.values_list("words", flat=True)) == ["Being asked twice", "Mine"]
    assert Attendance.objects.get(person_id=circle.ids[0]).status == "apologies"
    assert Attendance.objects.get(person_id=circle.ids[1]).status == "present"


def test_two_people_add_entries_at_the_same_time_and_both_are_kept(shared, staff):
    circle = shared.circle
    save(circle, by=staff, said=[Said(uuid.uuid4(), "barrier", "Theirs")], decided=[Decided(uuid.uuid4(), "Theirs")])
    save(circle, said=[Said(uuid.uuid4(), "barrier", "Mine")], decided=[Decided(uuid.uuid4(), "Mine")])
    assert Contribution.objects.count() == 3 and Decision.objects.count() == 3


def test_the_same_entry_changed_by_both_is_a_conflict_that_shows_the_other_text(shared, staff):
    circle = shared.circle
    save(circle, by=staff, said=[touched(shared.said, words="Theirs")])
    mine = touched(shared.said, words="Mine")
    with pytest.raises(LogConflict) as conflict:
        save(circle, said=[mine, Said(uuid.uuid4(), "barrier", "New")])
    assert "It now says: “Theirs”" in str(conflict.value.rows["said", 0])
    assert Contribution.objects.count() == 1  # nothing of mine was written
    knowing = Said(**{**mine.__dict__, "was": conflict.value.marks["said", 0]})
    save(circle, said=[knowing])
    assert Contribution.objects.get().words == "Mine"


def test_notes_changed_by_both_are_a_conflict_with_both_texts(shared, staff):
    circle = shared.circle
    save(circle, by=staff, notes="Their notes", notes_was=mark("First notes"))
    with pytest.raises(LogConflict) as conflict:
        save(circle, notes="My notes", notes_was=mark("First notes"))
    assert conflict.value.notes_now == "Their notes"
    save(circle, notes="My notes and theirs", notes_was=mark("Their notes"))
    assert Meeting.objects.get(pk=circle.meeting.pk).notes == "My notes and theirs"


def test_words_written_into_an_entry_that_was_taken_off_put_it_back(shared, staff):
    circle = shared.circle
    save(circle, by=staff, said=[touched(shared.said, remove=True)])
    assert not Contribution.objects.kept().exists()
    save(circle, said=[touched(shared.said)])
    assert not Contribution.objects.kept().exists()  # only looked at
    save(circle, said=[touched(shared.said, words="Better words")])
    assert Contribution.objects.kept().get().words == "Better words"


def test_entries_are_changed_and_removed_through_the_form(shared):
    circle = shared.circle
    save(
        circle,
        guests=[touched(shared.guest, name="Joanne")],
        decided=[touched(shared.decided, remove=True)],
        todo=[touched(shared.todo, what="Ask the board")],
    )
    assert Attendance.objects.get(is_guest=True).name == "Joanne"
    assert not Decision.objects.exists() and Action.objects.get().what == "Ask the board"
    save(circle, guests=[touched(guest_row(Attendance.objects.get(is_guest=True)), remove=True)])
    assert not Attendance.objects.filter(is_guest=True).exists()


def test_notes_that_are_too_long_are_refused(circle):
    with pytest.raises(ValidationError, match="50,000"):
        save(circle, notes="x" * 50_001, notes_was=mark(""))
