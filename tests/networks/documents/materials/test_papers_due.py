"""When papers are due is said in the same words on both home pages and on the meeting's own page."""

import re
from datetime import date, timedelta

import pytest

from impact.core.basics import clock
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def said(client, address: str) -> set[str]:
    """What a page says of papers that have not gone out."""
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html_of(client.get(address))))
    return set(
        re.findall(
            r"(?:There are no papers yet|\d+ papers? ha(?:s|ve) not been sent)\. (?:They were due|Send) by [^.]+\.",
            page,
        )
    )


@pytest.mark.parametrize(
    ("lead_days", "on", "words"),
    [
        (7, 23, "1 paper has not been sent. Send by 23 January 2023."),
        (7, 16, "1 paper has not been sent. Send by 23 January 2023."),
        (7, 15, ""),
        (7, 24, "1 paper has not been sent. They were due by 23 January 2023."),
        (21, 8, "1 paper has not been sent. Send by 9 January 2023."),
        (21, 10, "1 paper has not been sent. They were due by 9 January 2023."),
    ],
)
def test_home_names_papers_a_week_before_they_are_due_and_says_when_they_are_late(
    circle, sign_in, staff, lead_days, on, words
):
    circle.meeting.delete()
    circle.group.lead_days = lead_days
    circle.group.save()
    factories.MaterialFactory(meeting=circle.later, sent_on=None)  # it meets on 30 January
    with clock.standing_on(date(2023, 1, on)):
        here = said(sign_in(circle.coordinator), f"/meetings/{circle.later.pk}/")
        homes = [said(sign_in(user), "/") for user in (circle.coordinator, staff)]
        assert homes == [{words} - {""}] * 2
        assert here == {words} or not words


def test_a_meeting_without_papers_and_one_whose_papers_went_out(circle, sign_in):
    with clock.standing_on(circle.later.starts_on - timedelta(days=9)):
        client = sign_in(circle.coordinator)
        assert said(client, "/") == {"There are no papers yet. Send by 23 January 2023."}
        factories.MaterialFactory(meeting=circle.later, sent_on=clock.today())
        assert not said(client, "/")
