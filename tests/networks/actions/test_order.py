"""Actions without a day come after those with one, wherever actions are listed, on either database."""

from datetime import date

import pytest
from django.urls import reverse

from networks.actions.plan import plan_contents
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def plan(circle):
    meeting = circle.meeting
    meeting.status, meeting.logged_at = "logged", meeting.ends_at
    meeting.save()
    for what, due in [("Some day", None), ("In March", date(2023, 3, 1)), ("In February", date(2023, 2, 1))]:
        factories.ActionFactory(group=circle.group, meeting=meeting, what=what, due_on=due)
    return circle


WANTED = ["In February", "In March", "Some day"]


def test_on_every_page_that_lists_them(plan, sign_in):
    client = sign_in(plan.coordinator)
    for url in [
        plan.group.get_absolute_url(),
        plan.meeting.get_absolute_url(),
        reverse("networks:action-list"),
        reverse("networks:group-plan", args=[plan.group.slug]),
    ]:
        page = html_of(client.get(url))
        found = sorted(WANTED, key=page.index)
        assert found == WANTED, (url, found)


def test_in_the_plan_as_a_document(plan):
    parts = plan_contents(plan.group)["parts"]
    assert [action["what"] for part in parts for action in part["actions"]] == WANTED
