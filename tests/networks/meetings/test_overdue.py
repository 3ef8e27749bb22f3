"""Logs and debriefs that wait, named on the first pages of those who can do something about it."""

from datetime import timedelta

import pytest

from impact.core.basics import clock
from networks.meetings.models import Meeting
from networks.members.todo import due_on, when_due
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def held(circle, days_ago: int, **fields) -> Meeting:
    starts = clock.now() - timedelta(days=days_ago)
    Meeting.objects.filter(pk=circle.meeting.pk).update(
        starts_at=starts, ends_at=starts + timedelta(hours=2), title="Trust", **fields
    )
    return Meeting.objects.select_related("group").get(pk=circle.meeting.pk)


@pytest.mark.parametrize(
    ("status", "days_ago", "words", "tone"),
    [
        ("planned", 3, "The log is due by 16 January 2023.", "yellow"),
        ("planned", 4, "The log is 1 day overdue.", "red"),
        ("planned", 10, "The log is 7 days overdue.", "red"),
        ("logged", 7, "The debrief is due by 16 January 2023.", "yellow"),
        ("logged", 8, "The debrief is 1 day overdue.", "red"),
    ],
)
def test_a_log_is_due_three_days_and_a_debrief_seven_days_after_the_meeting(circle, status, days_ago, words, tone):
    meeting = held(circle, days_ago, status=status, logged_at=clock.now())
    assert when_due(meeting) == (words, tone)
    assert due_on(meeting) == meeting.starts_on + timedelta(days=7 if status == "logged" else 3)


@pytest.mark.parametrize(
    ("status", "title", "page"),
    [("planned", "Log meeting 1 of", "log"), ("logged", "Debrief meeting 1 of", "debrief")],
)
def test_overdue_logs_and_debriefs_are_named_on_the_pages_of_staff_and_of_the_coordinator(
    circle, sign_in, staff, status, title, page
):
    held(circle, 12, status=status, logged_at=clock.now())
    for person in (staff, circle.coordinator):
        home = html_of(sign_in(person).get("/"))
        assert f"{title} {circle.group.name}" in home and f"/meetings/{circle.meeting.pk}/{page}/" in home
        assert "“Trust” was on 4 January 2023." in home and "days overdue." in home
    other = factories.user_in(factories.GroupFactory(), "coordinator")
    assert "“Trust”" not in html_of(sign_in(other).get("/"))


def test_the_group_and_the_meeting_say_what_is_overdue(circle, sign_in):
    meeting = held(circle, 12, status="logged", logged_at=clock.now())
    client = sign_in(circle.coordinator)
    for url in (meeting.get_absolute_url(), circle.group.get_absolute_url()):
        assert "The debrief is 5 days overdue." in html_of(client.get(url))
