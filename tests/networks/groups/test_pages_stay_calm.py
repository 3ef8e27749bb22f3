"""What keeps long pages short: events in people's words, small steps folded, one line for consents, the act that is now."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.models import AuditEvent
from impact.core.people.consents import consent_lines, consent_states
from impact.core.people.models import Consent
from networks.groups.changes.event_words import TOGETHER, WORDS
from networks.groups.changes.history import SMALL_STEPS, history_of, timeline
from networks.meetings import services
from networks.meetings.invitations.models import MeetingInvitation
from networks.network.learning.services import share_learning
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


def text(response) -> str:
    return " ".join(html_of(response).split())


def test_every_event_that_this_app_records_has_words():
    code = "".join(path.read_text() for path in (ROOT / "networks").rglob("*.py") if "demo" not in path.name)
    recorded = set(re.findall(r'audit\.record\(\s*[\w.]+,\s*"([a-z_]+\.[a-z_]+)"', code))
    elsewhere = {"person.added", "person.changed", "consent.recorded"}
    unsaid = {name for name in recorded - set(WORDS) - elsewhere if not name.startswith("restricted_note.")}
    assert not unsaid and len(recorded) > 40
    assert set(SMALL_STEPS) <= set(WORDS) and set(TOGETHER) <= set(WORDS)


def test_facts_are_told_as_a_sentence(circle):
    facts = {"came": 9, "contributions": 1, "decisions": 0, "actions": 2}
    event = audit.record(circle.coordinator, "meeting.logged", circle.meeting, **facts)
    assert audit.tell(event) == ("Log finished", "9 came, 1 contribution, 2 actions")
    other = AuditEvent(type="topic.renamed", facts={"was": "setting_up", "topic_id": 3})
    assert audit.tell(other) == ("Topic renamed", "was: setting up")


def test_small_steps_of_a_meeting_are_folded_away_from_those_that_matter(circle):
    services.add_agenda_item(by=circle.coordinator, meeting=circle.later, title="Money")
    audit.record(circle.coordinator, "meeting.announced", circle.later, emails=1)
    told = history_of(circle.later)
    assert [event["label"] for event in told["history"]] == ["Meeting announced"]
    assert told["history"][0]["detail"] == "1 email went out"
    assert [event["label"] for event in told["small_steps"]] == ["Agenda item added"]


def test_the_same_step_on_several_meetings_in_one_day_is_told_once(circle):
    for meeting in (circle.meeting, circle.later):
        audit.record(circle.coordinator, "meeting.planned", meeting, number=meeting.number)
    audit.record(circle.coordinator, "meeting.cancelled", circle.later)
    events = timeline([circle.group], [circle.meeting, circle.later])
    assert [event["label"] for event in events] == [f"Meeting cancelled: {circle.later.title}", "2 meetings planned"]
    assert events[0]["href"] == circle.later.get_absolute_url() and not events[1]["href"]


def test_consents_of_one_answer_share_a_line():
    given = Consent(purpose="quotes", is_given=True, given_on=date(2023, 1, 1), expires_on=date(2024, 1, 1))
    lines = consent_lines(consent_states([given], date(2023, 1, 16)))
    assert [(lead, [state.short for state in states]) for lead, states in lines] == [
        ("Yes", ["Quotes"]),
        ("Ask about", ["Contact", "Photos"]),
    ]


def test_after_a_meeting_no_one_is_asked_who_comes_and_the_preparation_is_folded(circle, sign_in):
    MeetingInvitation.objects.create(meeting=circle.meeting, person=circle.members[0].person)
    client, url = sign_in(circle.coordinator), circle.meeting.get_absolute_url()
    page = text(client.get(url))
    assert "Who is coming" not in page and "No answer yet" not in page and "act__past" in page
    MeetingInvitation.objects.update(answer="no", answered_at=factories.at(2023, 1, 9), answered_via="link")
    assert "Answers to the invitation" in text(client.get(url))


@pytest.mark.parametrize("name", ["networks:learning-list", "networks:theme-list", "networks:action-list"])
def test_pages_of_networks_say_so_in_the_navigation(circle, sign_in, name):
    page = text(sign_in(circle.coordinator).get(reverse(name)))
    assert page.count("nav") and re.search(r'<a href="/networks/" aria-current="page">Networks</a>', page)
    assert not re.search(r'<a href="/" aria-current="page">Home</a>', page)


def test_a_coordinators_first_page_names_those_who_need_something_and_leads_to_the_rest(circle, sign_in):
    person = circle.members[0].person
    person.access_arrangements = "A lift"
    person.save()
    page = text(sign_in(circle.coordinator).get("/"))
    assert "9 members. 1 has told us what they need." in page and "Member 0" in page and "Member 1" not in page
    assert f"{circle.group.get_absolute_url()}#members" in page


def test_a_member_reads_on_the_first_page_what_other_groups_shared(circle, sign_in):
    giver = factories.GroupFactory(name="Local network, Scotland", slug="local-scotland", nation="scotland")
    share_learning(
        by=factories.user_in(giver, "coordinator"),
        group=giver,
        title="Start with one open question",
        words="It took ten minutes.",
        groups=[circle.group],
    )
    page = text(sign_in(factories.user_in(circle.group)).get("/"))
    assert "New from other groups" in page and "Start with one open question" in page
