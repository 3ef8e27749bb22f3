"""What clashes with how things are is a 409 with a code of its own; what is wrong with a request names its field."""

import uuid

import pytest

from impact.core.api.views import name_as_sent
from networks.groups.api import GroupInput
from networks.log import services
from networks.log.models import Contribution
from networks.meetings.models import Meeting
from tests import factories
from tests.networks.api.test_writes import api

pytestmark = [pytest.mark.django_db, pytest.mark.database]
__all__ = ["api"]  # the fixture


def entry(circle, **changes) -> dict:
    return {
        "id": str(uuid.uuid4()),
        "meeting": circle.meeting.pk,
        "kind": "barrier",
        "words": "Too many forms",
        "theme": "Time",
        "new_theme": True,
    } | changes


@pytest.mark.parametrize(
    "other", [{"words": "Too few forms"}, {"kind": "enabler"}, {"theme": "Money"}, {"theme": None}, "speaker"]
)
def test_an_id_that_comes_back_with_other_words_is_refused_and_shows_what_it_says(circle, api, other):
    body = entry(circle)
    other = {"speaker": circle.ids[0]} if other == "speaker" else other
    assert api("POST", "contributions/", body)[0] == 201
    assert api("POST", "contributions/", body)[0] == 201  # the same again is the same entry
    status, answer = api("POST", "contributions/", body | other)
    assert status == 409 and answer["errors"][0]["code"] == "id_taken"
    assert (answer["current"]["words"], answer["current"]["theme"]["name"]) == ("Too many forms", "Time")
    assert Contribution.objects.get().words == "Too many forms"


def test_an_id_whose_entry_was_taken_off_the_log_is_not_used_again(circle, api):
    body = entry(circle)
    api("POST", "contributions/", body)
    services.remove_contribution(by=circle.coordinator, contribution=Contribution.objects.get())
    status, answer = api("POST", "contributions/", body)
    assert status == 409 and "restore it" in answer["errors"][0]["detail"].lower() and "current" not in answer


def test_the_theme_of_a_contribution_is_null_in_what_is_read_and_in_what_is_written(circle, api):
    status, made = api("POST", "contributions/", entry(circle, theme=None))
    assert (status, made["theme"]) == (201, None)
    path = f"contributions/{made['id']}/"
    assert api.change("PATCH", path, {"theme": "Time", "new_theme": True})[1]["theme"]["name"] == "Time"
    assert api.change("PATCH", path, {"theme": None})[1]["theme"] is None
    assert Contribution.objects.get().theme is None


def test_what_the_state_does_not_allow_is_a_conflict_with_a_code(circle, api):
    meeting = factories.LoggedMeetingFactory(group=circle.group, number=7, status=Meeting.Status.COMPLETE)
    status, answer = api("POST", "contributions/", entry(circle, meeting=meeting.pk))
    assert (status, answer["type"]) == (409, "client_error")
    assert answer["errors"] == [
        {
            "code": "complete",
            "attr": None,
            "detail": "This meeting is complete. Reopen it with a reason before you change it.",
        }
    ]
    action = factories.ActionFactory(group=circle.group)
    assert api("POST", f"actions/{action.pk}/close/", {"status": "done"})[0] == 200
    status, answer = api("POST", f"actions/{action.pk}/close/", {"status": "done"})
    assert (status, answer["errors"][0]["code"]) == (409, "wrong_state")
    assert api("POST", f"actions/{action.pk}/close/", {"status": "mislaid"})[0] == 400  # that is not a state but a slip


def test_several_drafts_that_cannot_be_announced_say_why_each(circle, api):
    path = f"groups/{circle.group.slug}/announce/"
    status, answer = api("POST", path, {"meetings": [circle.meeting.pk, circle.later.pk]})
    assert status == 409 and len(answer["errors"]) == 2
    assert all("announced already" in error["detail"] for error in answer["errors"])


def test_errors_name_the_field_as_it_was_sent_and_nothing_when_they_are_about_the_whole(circle, api):
    attrs = ["site", "times.0.non_field_errors", "__all__", None]
    errors: list[dict] = [{"attr": attr, "detail": "Half a character: \ud800"} for attr in attrs]
    name_as_sent(errors, GroupInput())
    assert [error["attr"] for error in errors] == ["network", "times.0", None, None]
    assert {error["detail"] for error in errors} == {"Half a character: ?"}
    status, answer = api("POST", "actions/", [])
    assert status == 400 and [error["attr"] for error in answer["errors"]] == [None]
    attendance = {"members": [{"person": factories.PersonFactory().pk, "status": "present"}]}
    status, answer = api.change("PUT", f"meetings/{circle.meeting.pk}/attendance/", attendance)
    assert status == 400 and answer["errors"][0]["attr"] is None
    status, answer = api("POST", f"groups/{circle.group.slug}/series/", {"times": [{"starts_at": "soon"}]})
    assert "times.0.starts_at" in [error["attr"] for error in answer["errors"]]
