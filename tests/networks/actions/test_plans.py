"""Action plans: what they show and how they group it, progress, actions outside the log."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from networks.actions import services
from networks.actions.models import Action
from networks.log.services import add_contribution, finish_log, record_attendance, remove_contribution
from networks.meetings.services import cancel_meeting
from tests import factories
from tests.factories import at
from tests.pages import html_of

pytestmark = pytest.mark.django_db
PLAN = "/groups/local-wales/action-plan/"


def text(response) -> str:
    return html_of(response)


@pytest.fixture
def said(circle):
    """Something said at a meeting of the group whose log is in."""
    meeting = factories.LoggedMeetingFactory(group=circle.group, number=7, starts_at=at(2023, 1, 3))
    theme = factories.ThemeFactory(name="Information", slug="information")
    return factories.ContributionFactory(meeting=meeting, theme=theme, words="No one told us.")


# --- Progress --------------------------------------------------------------------------------------
@pytest.mark.database
def test_progress_is_noted_with_its_day_and_shown_newest_first(circle, sign_in, today):
    action = factories.ActionFactory(group=circle.group)
    client = sign_in(circle.coordinator)
    page = text(client.post(action.get_absolute_url(), {"do": "note", "note-words": "", "note-on": "2023-01-12"}))
    assert "Enter an answer" in page
    client.post(action.get_absolute_url(), {"do": "note", "note-words": "A <b>start</b>", "note-on": "2023-01-12"})
    services.record_progress(by=circle.coordinator, action=action, words="Nearly there")
    assert [(row.words, row.on) for row in action.progress.all()] == [
        ("Nearly there", today),
        ("A <b>start</b>", date(2023, 1, 12)),
    ]
    page = text(client.get(action.get_absolute_url()))
    assert "A &lt;b&gt;start&lt;/b&gt;" in page and page.index("Nearly there") < page.index("A &lt;b&gt;")


def test_progress_is_not_noted_ahead_before_the_meeting_or_on_a_closed_action(circle, today, said):
    action = factories.ActionFactory(group=circle.group, meeting=said.meeting)
    for on, words in [
        (today + timedelta(days=1), "cannot be in the future"),
        (date(2023, 1, 1), "The meeting was on 3 January"),
    ]:
        with pytest.raises(ValidationError, match=words):
            services.record_progress(by=circle.coordinator, action=action, words="x", on=on)
    with pytest.raises(PermissionDenied):
        services.record_progress(by=factories.user_in(circle.group), action=action, words="x")
    services.close_action(by=circle.coordinator, action=action, status="done")
    with pytest.raises(ValidationError, match="Reopen it"):
        services.record_progress(by=circle.coordinator, action=action, words="x")


def test_an_action_is_not_closed_before_it_was_agreed(circle, said):
    action = factories.ActionFactory(group=circle.group, meeting=said.meeting)
    with pytest.raises(ValidationError, match="3 January 2023"):
        services.close_action(by=circle.coordinator, action=action, status="done", on=date(2023, 1, 2))


# --- Adding one ------------------------------------------------------------------------------------
def test_an_action_is_made_of_what_was_said(circle, said, sign_in):
    client = sign_in(circle.coordinator)
    url = f"/groups/local-wales/actions/new/?from={said.pk}"
    assert f"actions/new/?from={said.pk}" in text(client.get(said.meeting.get_absolute_url()))
    page = text(client.get(url))
    assert "No one told us." in page and f'value="{said.pk}" selected' in page
    given = {"what": "Write to everybody", "owner": "Coordinator", "due_on": "2023-01-02", "contribution": said.pk}
    page = text(client.post(url, given))
    assert "The meeting was on 3 January 2023" in page and "Write to everybody" in page
    client.post(url, given | {"due_on": "2023-02-01"})
    action = Action.objects.get()
    assert (action.contribution, action.meeting, action.owner) == (said, said.meeting, "Coordinator")


def test_an_action_is_added_in_general_and_one_goes_on_to_the_next(circle, sign_in):
    client = sign_in(circle.coordinator)
    answer = client.post("/groups/local-wales/actions/new/", {"what": "Book the hall", "another": "yes"})
    assert answer["Location"] == "/groups/local-wales/actions/new/"
    assert Action.objects.get().contribution is None


def test_an_action_cannot_come_from_another_group_or_from_words_taken_off(circle, said, sign_in):
    theirs = factories.ContributionFactory()
    client = sign_in(circle.coordinator)
    page = client.get(f"/groups/local-wales/actions/new/?from={theirs.pk}")
    assert theirs.words not in text(page)
    page = client.post("/groups/local-wales/actions/new/", {"what": "x", "contribution": theirs.pk})
    assert page.status_code == 200 and not Action.objects.exists()
    assert client.get("/groups/local-wales/actions/new/?from=nonsense").status_code == 200
    said.removed_at = at(2023, 1, 5)
    said.save()
    with pytest.raises(ValidationError, match="removed from the log"):
        services.add_action(by=circle.coordinator, group=circle.group, what="x", contribution=said)


# --- The plan --------------------------------------------------------------------------------------
def test_a_plan_is_grouped_by_how_things_stand_or_by_theme(circle, said, sign_in):
    late = factories.ActionFactory(
        group=circle.group, what="Late thing", due_on=date(2023, 1, 10), contribution=said, meeting=said.meeting
    )
    services.record_progress(by=circle.coordinator, action=late, words="A letter is out")
    done = factories.ActionFactory(group=circle.group, what="Done thing")
    services.close_action(by=circle.coordinator, action=done, status="done", outcome="It helped")
    client = sign_in(circle.coordinator)
    page = text(client.get(PLAN))
    assert page.index(">Overdue</h2>") < page.index("Late thing") < page.index(">Done</h2>") < page.index("Done thing")
    assert "A letter is out" in page and "It helped" in page and "No one told us." in page
    page = text(client.get(PLAN + "?by=theme"))
    assert page.index(">Information</h2>") < page.index("Late thing") < page.index(">No theme</h2>")
    page = text(client.get(PLAN + "?overdue=on"))
    assert "Late thing" in page and "Done thing" not in page
    assert "No action matches" in text(client.get(PLAN + "?q=nothing-like-it"))


def test_words_of_a_log_still_being_written_do_not_reach_members_through_the_plan(circle, said, sign_in):
    factories.ActionFactory(group=circle.group, what="A thing", contribution=said)
    client = sign_in(factories.user_in(circle.group))
    assert "No one told us." in text(client.get(PLAN))
    type(said.meeting).objects.filter(pk=said.meeting_id).update(status="planned")
    page = text(client.get(PLAN))
    assert "A thing" in page and "No one told us." not in page


def test_an_empty_plan_says_what_to_do(circle, sign_in):
    page = text(sign_in(circle.coordinator).get(PLAN))
    assert "No actions yet" in page and "/groups/local-wales/actions/new/" in page
    assert "/actions/new/" not in text(sign_in(factories.user_in(circle.group)).get(PLAN))


def test_a_plan_of_another_group_is_not_found(circle, sign_in):
    assert sign_in(factories.user_in(factories.GroupFactory(), "coordinator")).get(PLAN).status_code == 404


def test_a_networks_plan_shows_staff_all_and_a_coordinator_their_own(circle, staff, sign_in):
    other = factories.GroupFactory(site=circle.group.site, nation="scotland", name="Local network, Scotland")
    factories.ActionFactory(group=circle.group, what="Ours")
    factories.ActionFactory(group=other, what="Theirs")
    url = f"/networks/{circle.group.site.slug}/action-plan/"
    page = text(sign_in(staff).get(url))
    assert page.index(">Local network, Scotland</h2>") < page.index("Theirs") < page.index("Ours")
    page = text(sign_in(circle.coordinator).get(url))
    assert "Ours" in page and "Theirs" not in page and "1 more local network" in page
    assert "Build the plan" not in page
    assert sign_in(factories.user_in(circle.group)).get(url).status_code == 404


def test_a_plan_comes_as_csv_and_runs_no_formula(circle, said, sign_in):
    factories.ActionFactory(group=circle.group, what="=1+1", contribution=said)
    answer = sign_in(circle.coordinator).get(PLAN + "?format=csv")
    lines = b"".join(answer.streaming_content).decode()
    assert "'=1+1" in lines and "No one told us." in lines and "Information" in lines


def test_a_plan_costs_the_same_for_one_action_and_for_thirty(circle, said, sign_in):
    client = sign_in(circle.coordinator)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PLAN).status_code == 200
        return len(captured)

    def add() -> None:
        action = factories.ActionFactory(group=circle.group, contribution=said, meeting=said.meeting)
        services.record_progress(by=circle.coordinator, action=action, words="x")

    add()
    queries()
    before = queries()
    for _ in range(29):
        add()
    assert queries() == before


# --- Words behind an action ------------------------------------------------------------------------
@pytest.fixture
def pages(circle, sign_in):
    """Everything that a member of the group finds about actions, as one text."""
    client = sign_in(factories.user_in(circle.group))

    def read(action) -> str:
        paths = [action.get_absolute_url(), PLAN, f"{PLAN}?format=csv", "/actions/", "/actions/?format=csv"]
        paths += [circle.group.get_absolute_url(), "/api/v1/actions/"]
        return "".join(body(client.get(path)) for path in paths)

    return read


def body(response) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def test_actions_of_a_log_in_progress_and_the_words_behind_them_wait_for_its_end(circle, pages):
    said = add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="barrier", words="Not out yet")
    action = services.add_action(
        by=circle.coordinator, group=circle.group, what="Ring the council", meeting=circle.meeting, contribution=said
    )
    assert "Ring the council" not in pages(action) and "Not out yet" not in pages(action)
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: "present"})
    finish_log(by=circle.coordinator, meeting=circle.meeting)
    assert "Ring the council" in pages(action) and "Not out yet" in pages(action)


def test_words_that_were_taken_off_the_log_are_not_read_in_the_plan(circle, said, pages):
    action = services.add_action(
        by=circle.coordinator, group=circle.group, what="Ring the council", meeting=said.meeting, contribution=said
    )
    assert "No one told us." in pages(action)
    remove_contribution(by=circle.coordinator, contribution=said)
    assert "Ring the council" in pages(action) and "No one told us." not in pages(action)


def test_no_action_is_agreed_at_a_meeting_that_was_cancelled(circle):
    cancel_meeting(by=circle.coordinator, meeting=circle.later, reason="Snow")
    circle.later.refresh_from_db()
    with pytest.raises(ValidationError, match="was cancelled"):
        services.add_action(by=circle.coordinator, group=circle.group, what="Ring", meeting=circle.later)
