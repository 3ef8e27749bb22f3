"""The log screen: the heart. It works without scripts, saves by itself with them, and loses nothing."""

import re
import uuid

import pytest
from django.urls import reverse

from impact.core.access.models import AuditEvent
from networks.actions.models import Action
from networks.log.models import Attendance, Contribution, Decision
from networks.log.saving import mark
from networks.log.services import change_contribution, remove_contribution
from networks.meetings import services
from networks.meetings.models import Meeting
from networks.themes.models import Theme
from tests import factories
from tests.pages import html_of

# What pages show; every page's queries run on PostgreSQL too, in the permission matrix.
pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]


def text(response) -> str:
    return html_of(response)


@pytest.fixture
def screen(circle, sign_in):
    """The coordinator's screen: ``screen.get()``, ``screen.post(**changes)`` with what the page holds now."""
    client = sign_in(circle.coordinator)
    url = reverse("networks:meeting-log", args=[circle.meeting.pk])

    class Screen:
        def __init__(self):
            self.client, self.url = client, url
            self.open()

        def open(self):
            self.page = text(client.get(url))
            self.fields = fields_of(self.page)

        def post(self, do="save", **changes):
            response = client.post(url, self.fields | {"do": do} | changes)
            if response.status_code != 302 and do != "autosave":
                self.page = text(response)
            return response

    return Screen()


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send from this page if nothing was typed."""
    page = re.sub(r"<template>.*?</template>", "", page, flags=re.S)
    form = page[page.index("data-log") : page.index("</form>", page.index("data-log"))]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        names = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if names.get("type") in ("radio", "checkbox") and "checked" not in tag:
            continue
        if "name" in names:
            found[names["name"]] = names.get("value", "on" if names.get("type") == "checkbox" else "")
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, flags=re.S):
        found[name] = body
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, flags=re.S):
        chosen = re.search(r'value="([^"]*)"[^>]*selected', body)
        found[name] = chosen.group(1) if chosen else ""
    return found


def whole(circle) -> dict[str, str]:
    """A real meeting's log, as someone types it."""
    return {
        **{f"came-{pk}": "present" for pk in circle.ids[:8]},
        f"came-{circle.ids[8]}": "apologies",
        "guests-0-name": "An advocate",
        "guests-0-perspective": "other",
        "said-0-kind": "barrier",
        "said-0-words": "No time to think again",
        "said-0-theme": "Time",
        "said-0-new_theme": "on",
        "said-0-level": "systemic",
        "said-0-perspective": "carer",
        "said-0-speaker": str(circle.ids[3]),
        "said-1-kind": "enabler",
        "said-1-words": "Being asked",
        "decided-0-words": "We meet at ten",
        "todo-0-what": "Ask the council",
        "todo-0-owner": "A funder member",
        "todo-0-due_on": "2023-02-01",
        "notes": "Good **meeting**",
    }


def test_the_whole_log_is_saved_from_one_screen_and_finished(circle, screen):
    response = screen.post("finish", **whole(circle))
    assert response["Location"] == circle.meeting.get_absolute_url()
    meeting = Meeting.objects.get(pk=circle.meeting.pk)
    assert (meeting.status, meeting.notes, meeting.logged_by) == ("logged", "Good **meeting**", circle.coordinator)
    assert meeting.attendances.filter(status="present").count() == 9  # eight members and the guest
    row = meeting.contributions.get(kind="barrier")
    assert (row.words, row.theme.name, row.level, row.perspective, row.speaker_id) == (
        "No time to think again", "Time", "systemic", "carer", circle.ids[3],
    )  # fmt: skip
    assert str(row.pk) == screen.fields["said-0-id"]
    assert meeting.contributions.count() == 2  # the blank third row cost nothing
    assert [d.words for d in meeting.decisions.all()] == ["We meet at ten"]
    assert meeting.actions.get().owner == "A funder member"


def test_a_draft_is_saved_and_shown_again_as_it_was(circle, screen):
    assert screen.post("save", **whole(circle))["Location"] == screen.url
    screen.open()
    assert Meeting.objects.get(pk=circle.meeting.pk).status == "planned"
    assert screen.fields[f"came-{circle.ids[8]}"] == "apologies"
    assert screen.fields["said-0-words"] == "No time to think again" and screen.fields["said-0-theme"] == "Time"
    assert screen.fields["decided-0-words"] == "We meet at ten" and screen.fields["notes"] == "Good **meeting**"
    before = AuditEvent.objects.count()
    screen.post("save")  # nothing was touched
    assert AuditEvent.objects.count() == before and Contribution.objects.count() == 2


def test_a_double_tap_has_one_effect(circle, screen):
    for _ in range(2):
        assert screen.post("save", **whole(circle)).status_code == 302
    assert [M.objects.count() for M in (Attendance, Contribution, Decision, Action)] == [10, 2, 1, 1]


def test_going_back_and_sending_other_words_changes_the_entry_and_adds_none(circle, screen):
    screen.post("save", **whole(circle))
    page = screen.post("save", **whole(circle) | {"said-0-words": "No time at all"})  # the browser's Back button
    assert (
        page.status_code == 200
        and "You have already sent this page with different content. Check it, then save again." in screen.page
        and "No time at all" in screen.page
    )
    retry = fields_of(screen.page)
    assert retry["key"] != screen.fields["key"]
    assert screen.client.post(screen.url, retry | {"do": "save"}).status_code == 302
    assert sorted(Contribution.objects.values_list("words", flat=True)) == ["Being asked", "No time at all"]
    assert Action.objects.count() == 1 and Decision.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"said-0-kind": ""}, "Contribution 1, kind: Choose what kind it was."),
        ({"said-1-words": "", "said-1-theme": "Trust"}, "Contribution 2, what was said: Write what was said."),
        ({"said-0-words": "x" * 2001}, "at most 2000 characters"),
        ({"todo-0-due_on": "2022-12-01"}, "Choose that day or a later one."),
        ({"todo-0-due_on": "soon"}, "Enter a valid date."),
        (
            {"said-0-theme": "Tim", "said-0-new_theme": ""},
            "Contribution 1, theme: There is no theme “Tim” yet. Choose one from the list, or tick",
        ),
        ({"said-0-theme": "!!!"}, "Write the theme in words"),
        ({"guests-0-perspective": "alien"}, "not one of the available choices"),
    ],
)
def test_a_wrong_entry_is_named_beside_its_row_and_nothing_typed_is_lost(circle, screen, changes, message):
    typed = whole(circle) | changes
    response = screen.post("finish", **typed)
    assert response.status_code == 200 and message in screen.page and "data-error-summary" in screen.page
    kept = fields_of(screen.page)
    for name, value in typed.items():
        if name != "guests-0-perspective" and value:
            assert kept[name] == value, name
    assert not Attendance.objects.exists() and not Contribution.objects.exists()
    assert Meeting.objects.get(pk=circle.meeting.pk).status == "planned"
    assert "<title>Error: Log" in screen.page


def test_finishing_without_attendance_keeps_everything_on_the_screen(circle, screen):
    screen.post("finish", **{"said-0-kind": "barrier", "said-0-words": "Kept"})
    assert "Mark who came before you finish" in screen.page and fields_of(screen.page)["said-0-words"] == "Kept"


def test_more_rows_come_without_scripts_and_keep_what_was_typed(circle, screen):
    screen.post("more-said", **whole(circle) | {"said-0-kind": ""})
    kept = fields_of(screen.page)
    assert kept["said-TOTAL_FORMS"] == "6" and kept["said-5-id"] and kept["said-0-words"] == "No time to think again"
    assert kept["guests-0-name"] == "An advocate" and kept["notes"] == "Good **meeting**"
    assert "There is a problem" not in screen.page and not Contribution.objects.exists()
    kept["said-5-kind"], kept["said-5-words"], kept["said-0-kind"] = "question", "And now?", "barrier"
    assert screen.client.post(screen.url, kept | {"do": "save"}).status_code == 302
    assert Contribution.objects.count() == 3


def test_everyone_came_works_without_scripts_and_leaves_marks_alone(circle, screen):
    screen.post("everyone", **{f"came-{circle.ids[0]}": "absent", "notes": "Kept"})
    kept = fields_of(screen.page)
    assert (
        kept[f"came-{circle.ids[0]}"] == "absent"
        and kept[f"came-{circle.ids[1]}"] == "present"
        and kept["notes"] == "Kept"
    )
    assert not Attendance.objects.exists()


def test_a_row_may_name_a_contribution_of_the_same_screen_as_its_source(circle, screen):
    screen.post("save", **whole(circle) | {"todo-0-source": screen.fields["said-0-id"]})
    assert Action.objects.get().contribution.words == "No time to think again"


def test_saved_rows_are_changed_and_taken_off(circle, screen):
    screen.post("save", **whole(circle))
    screen.open()
    screen.post(
        "save",
        **{"said-0-words": "Less time", "said-1-remove": "on", "decided-0-remove": "on", "guests-0-remove": "on"},
    )
    assert [c.words for c in Contribution.objects.kept()] == ["Less time"]
    assert not Decision.objects.exists() and not Attendance.objects.filter(is_guest=True).exists()


def test_a_new_theme_that_is_nearly_an_old_one_is_pointed_out(circle, screen):
    factories.ContributionFactory(theme__name="Relationships", theme__slug="relationships")
    screen.post("save", **whole(circle) | {"said-0-theme": "relationship"})
    page = text(screen.client.get(screen.url))
    assert "There is already “Relationships”" in page
    assert '<option value="Relationships">' in page and '<option value="Relationship">' in page


# --- In the background ---------------------------------------------------------------------------
def test_saving_in_the_background_tells_the_page_what_is_stored(circle, screen):
    factories.ThemeFactory(name="Time", slug="time")
    response = screen.post("autosave", **whole(circle))
    answer = text(response)
    assert response.status_code == 200 and 'data-state="saved"' in answer and "All changes saved at" in answer
    row = Contribution.objects.get(kind="barrier")
    assert (
        f'id="id_said-0-was" value="{mark(row.kind, row.words, "time", "systemic", "carer", str(circle.ids[3]))}"'
        in answer
    )
    guest = Attendance.objects.get(is_guest=True)
    assert f'id="id_guests-0-pk" value="{guest.pk}"' in answer
    assert "<html" not in answer
    marks = {name.removeprefix("id_"): value for name, value in re.findall(r'id="([^"]+)" value="([^"]*)"', answer)}
    before = AuditEvent.objects.count()
    screen.post("autosave", **whole(circle) | marks)
    assert AuditEvent.objects.count() == before
    screen.post("autosave", **whole(circle) | marks | {"guests-0-name": "An independent advocate", "notes": "Better"})
    assert Attendance.objects.get(is_guest=True).guest_name == "An independent advocate"
    assert Meeting.objects.get(pk=circle.meeting.pk).notes == "Better"


def test_an_unfinished_entry_waits_on_the_screen_and_the_rest_is_saved(circle, screen):
    answer = text(screen.post("autosave", **whole(circle) | {"said-1-kind": ""}))
    assert "Saved, apart from 1 entry that is not finished" in answer and 'data-state="saving"' in answer
    assert [c.words for c in Contribution.objects.all()] == ["No time to think again"]
    assert "said-1-was" not in answer


def test_a_slowly_typed_partial_theme_is_never_added(circle, screen):
    answer = text(screen.post("autosave", **whole(circle) | {"said-0-theme": "Relat", "said-0-new_theme": ""}))
    assert "Tick “Add it as a new theme” to add it" in answer and not Theme.objects.exists()
    marks = {name.removeprefix("id_"): value for name, value in re.findall(r'id="([^"]+)" value="([^"]*)"', answer)}
    screen.post("save", **whole(circle) | marks | {"said-0-theme": "Relationships"})
    assert Contribution.objects.get(kind="barrier").theme.name == "Relationships"


def test_half_a_word_typed_over_a_saved_theme_leaves_that_theme_until_it_is_said_what_is_meant(circle, screen):
    screen.post("save", **whole(circle))
    screen.open()
    shown = screen.fields
    name = next(name for name, value in shown.items() if name.endswith("-theme") and value == "Time")
    answer = text(screen.post("autosave", **shown | {name: "Ti"}))
    assert "Tick “Add it as a new theme” to add it" in answer
    assert Contribution.objects.get(kind="barrier").theme.name == "Time" and Theme.objects.count() == 1
    marks = {name.removeprefix("id_"): value for name, value in re.findall(r'id="([^"]+)" value="([^"]*)"', answer)}
    screen.post("save", **shown | marks | {name: "Timing", name.replace("-theme", "-new_theme"): "on"})
    assert Contribution.objects.get(kind="barrier").theme.name == "Timing"


def test_saving_in_the_background_never_finishes_a_log_and_says_when_it_may_not_save(circle, screen):
    services.cancel_meeting(by=circle.coordinator, meeting=circle.meeting, reason="No one came")
    answer = text(screen.post("autosave", **whole(circle)))
    assert 'data-state="error"' in answer and "was cancelled" in answer and not Contribution.objects.exists()


# --- Two people ----------------------------------------------------------------------------------
def test_two_people_in_one_log_are_merged_entry_by_entry(circle, screen, staff, sign_in):
    screen.post("save", **whole(circle))
    screen.open()
    mine = dict(screen.fields)
    theirs = sign_in(staff)
    other = fields_of(text(theirs.get(screen.url)))
    theirs.post(screen.url, other | {"do": "save", "said-0-words": "Their words", f"came-{circle.ids[0]}": "absent"})
    response = screen.client.post(screen.url, mine | {"do": "save", "said-1-words": "My words"})
    assert response.status_code == 302
    assert sorted(Contribution.objects.values_list("words", flat=True)) == ["My words", "Their words"]
    assert Attendance.objects.get(person_id=circle.ids[0]).status == "absent"


def test_notes_that_both_changed_are_shown_side_by_side_and_neither_is_lost(circle, screen, staff, sign_in):
    theirs = sign_in(staff)
    other = fields_of(text(theirs.get(screen.url)))
    theirs.post(screen.url, other | {"do": "save", "notes": "Their notes"})
    response = screen.post("save", **whole(circle) | {"notes": "My notes"})
    assert response.status_code == 409
    assert "Their notes</textarea>" in screen.page and "My notes</textarea>" in screen.page
    assert not Contribution.objects.exists()
    again = fields_of(screen.page) | {"do": "save", "notes": "Their notes and my notes"}
    assert screen.client.post(screen.url, again).status_code == 302
    assert Meeting.objects.get(pk=circle.meeting.pk).notes == "Their notes and my notes"
    assert Contribution.objects.count() == 2


def test_an_entry_that_both_changed_shows_the_other_words_beside_it(circle, screen, staff):
    screen.post("save", **whole(circle))
    screen.open()
    change_contribution(
        by=staff,
        contribution=Contribution.objects.select_related("meeting__group").get(kind="barrier"),
        words="Their words",
    )
    response = screen.post("save", **{"said-0-words": "My words"})
    assert response.status_code == 409 and "Their words" in screen.page
    again = fields_of(screen.page)
    assert again["said-0-words"] == "My words"
    screen.client.post(screen.url, again | {"do": "save"})
    assert Contribution.objects.get(kind="barrier").words == "My words"


# --- Closed meetings, strangers, hostile input ---------------------------------------------------
def test_a_cancelled_and_a_complete_meeting_say_why_they_have_no_log_form(circle, screen):
    services.cancel_meeting(by=circle.coordinator, meeting=circle.later, reason="Heavy snow")
    page = text(screen.client.get(reverse("networks:meeting-log", args=[circle.later.pk])))
    assert "This meeting was cancelled" in page and "Heavy snow" in page and "data-log" not in page
    Meeting.objects.filter(pk=circle.meeting.pk).update(status="complete", logged_at="2023-01-11T09:00Z")
    page = text(screen.client.get(screen.url))
    assert "Reopen with a reason" in page and "data-log" not in page


def test_a_log_that_was_completed_meanwhile_refuses_and_keeps_what_was_typed(circle, screen):
    Meeting.objects.filter(pk=circle.meeting.pk).update(status="complete", logged_at="2023-01-11T09:00Z")
    response = screen.post("save", **whole(circle))
    assert response.status_code == 200 and "Reopen it with a reason" in screen.page
    assert fields_of(screen.page)["said-0-words"] == "No time to think again" and not Contribution.objects.exists()


def test_a_reopened_log_is_changed_and_waits_for_another_debrief(circle, screen, sign_in):
    Meeting.objects.filter(pk=circle.meeting.pk).update(status="complete", logged_at="2023-01-11T09:00Z")
    url = reverse("networks:meeting-reopen", args=[circle.meeting.pk])
    response = screen.client.post(url, {"reason": "An action was missing"})
    assert response["Location"] == screen.url
    screen.open()
    assert "Change the log" in screen.page and "Finish the log" not in screen.page
    screen.post("save", **whole(circle))
    meeting = Meeting.objects.get(pk=circle.meeting.pk)
    assert meeting.status == "logged" and meeting.actions.count() == 1


def test_the_log_is_404_for_strangers_and_403_for_members(circle, screen, sign_in, leader):
    stranger = sign_in(factories.user_in(factories.GroupFactory(), "coordinator"))
    assert stranger.post(screen.url, screen.fields | whole(circle)).status_code == 404
    for user in (factories.user_in(circle.group), leader):
        assert sign_in(user).post(screen.url, screen.fields | whole(circle)).status_code == 403
    assert not Contribution.objects.exists()


def test_a_member_of_another_group_cannot_be_marked_by_guessing_a_number(circle, screen):
    stranger = factories.PersonFactory()
    screen.post("save", **{f"came-{stranger.pk}": "present", f"came-{circle.ids[0]}": "present"})
    assert [a.person_id for a in Attendance.objects.all()] == [circle.ids[0]]


def test_a_form_without_its_row_counts_is_refused_and_a_flood_of_rows_is_capped(circle, screen):
    screen.fields.pop("said-TOTAL_FORMS")
    screen.post("save", **whole(circle))
    assert "There is a problem" in screen.page and not Attendance.objects.exists()
    screen.open()
    screen.post("save", **whole(circle) | {"said-TOTAL_FORMS": "100000"})
    assert "There is a problem" in screen.page and screen.page.count('name="said-') < 4000


def test_an_invalid_id_is_a_clear_error(circle, screen):
    response = screen.post("save", **whole(circle) | {"said-0-id": "1; drop table"})
    assert response.status_code == 200 and "There is a problem" in screen.page
    assert uuid.UUID(screen.fields["said-1-id"])


# --- What the page's script relies on ----------------------------------------------------------------
def acknowledged(response) -> dict[str, str]:
    """What a background save gives back: id of a hidden field → its new value."""
    return dict(re.findall(r'<input type="hidden" id="([^"]+)" value="([^"]*)"', text(response)))


def test_a_background_save_takes_one_entry_alone_and_leaves_the_rest_as_it_is(circle, screen):
    screen.post("save", **whole(circle))
    screen.open()
    rows = {k: v for k, v in screen.fields.items() if k.endswith("_FORMS")}
    changed = {k: v for k, v in screen.fields.items() if k.startswith("said-0-")} | {"said-0-words": "Better words"}
    response = screen.client.post(screen.url, rows | changed | {"do": "autosave"})
    assert 'data-state="saved"' in text(response) and 'data-said="2"' in text(response)
    assert set(acknowledged(response)) == {"id_said-0-was"}
    meeting = Meeting.objects.get(pk=circle.meeting.pk)
    assert meeting.notes == "Good **meeting**" and meeting.attendances.count() == 10
    assert sorted(c.words for c in meeting.contributions.all()) == ["Being asked", "Better words"]


def test_an_entry_whose_new_theme_waits_is_not_acknowledged_whole(circle, screen):
    factories.ContributionFactory(theme__name="Time", theme__slug="time")
    fields = {"said-0-kind": "enabler", "said-0-words": "One", "said-0-theme": "Brand new"}
    fields |= {"said-1-kind": "enabler", "said-1-words": "Two", "said-1-theme": "Time"}
    page = text(screen.post("autosave", **fields))
    assert re.search(r'id="id_said-0-was" value="\w+" data-left-out>', page)
    assert re.search(r'id="id_said-1-was" value="\w+">', page)
    assert Theme.objects.count() == 1


def test_taking_an_entry_off_and_putting_it_back_works_on_one_screen(circle, screen):
    screen.post("save", **whole(circle))
    screen.open()
    prefixes = ("said-0", "decided-0", "guests-0")
    answer = acknowledged(screen.post("autosave", **{f"{prefix}-remove": "on" for prefix in prefixes}))
    assert [answer[f"id_{prefix}-was"] for prefix in prefixes] == ["", "", ""]
    for name, value in answer.items():
        screen.fields[name.removeprefix("id_")] = value
    meeting = circle.meeting
    assert meeting.contributions.filter(removed_at=None).count() == 1 and not meeting.decisions.exists()
    assert not meeting.attendances.filter(person=None).exists()
    screen.post("autosave")  # the ticks are gone again
    assert meeting.contributions.filter(removed_at=None).count() == 2 and meeting.decisions.count() == 1
    assert meeting.attendances.filter(person=None).count() == 1


def test_an_untouched_entry_that_someone_else_took_off_stays_off(circle, screen):
    screen.post("save", **whole(circle))
    screen.open()
    remove_contribution(by=circle.coordinator, contribution=circle.meeting.contributions.get(kind="barrier"))
    screen.post("save")
    assert circle.meeting.contributions.filter(removed_at=None).count() == 1


def test_a_page_of_typed_words_tells_the_script_that_they_are_not_saved(circle, screen):
    assert "data-unsaved" not in screen.page
    screen.post("finish", **{"said-0-words": "No kind chosen"})
    assert "data-unsaved" in screen.page and "There is a problem" in screen.page


def test_after_a_save_by_hand_the_browser_is_told_to_let_go_of_its_copy(circle, screen):
    screen.post("save", **whole(circle))
    assert f'data-tags="log-saved-{circle.coordinator.pk}:{circle.meeting.pk}"' in text(screen.client.get(screen.url))
    screen.open()
    response = screen.post("finish")
    assert f'data-tags="log-saved-{circle.coordinator.pk}:{circle.meeting.pk}"' in text(
        screen.client.get(response["Location"])
    )


def test_the_log_of_a_long_meeting_is_not_too_large_to_send(circle, screen):
    screen.fields["said-TOTAL_FORMS"] = "150"
    many = {}
    for n in range(150):
        many |= {f"said-{n}-id": str(uuid.uuid4()), f"said-{n}-kind": "enabler", f"said-{n}-words": f"Thing {n}"}
        many |= {f"said-{n}-theme": "", f"said-{n}-level": "human", f"said-{n}-perspective": "carer"}
        many |= {f"said-{n}-was": "", f"said-{n}-speaker": str(circle.ids[0])}
    assert screen.post("save", **many).status_code == 302
    assert circle.meeting.contributions.count() == 150


def test_a_number_of_rows_that_no_browser_sends_does_not_break_the_page(circle, sign_in):
    page = sign_in(circle.coordinator).post(
        reverse("networks:meeting-log", args=[circle.meeting.pk]), {"do": "more-said", "said-TOTAL_FORMS": "²"}
    )
    assert page.status_code == 200
