"""Members' own answers at a waypoint: private until shared, changeable until closing, and safe from mix-ups."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coproduction.group.models import SupportLink
from coproduction.waypoints.answers.models import WaypointAnswer
from coproduction.waypoints.answers.services import save_answer, share_answer
from coproduction.waypoints.services import cancel_waypoint, open_waypoint, plan_waypoint
from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.people.models import Consent
from tests import factories
from tests.pages import html_of

SECRET, OPENLY = "I am thinking of leaving the group.", "We should meet more often."


@pytest.fixture
def open_one(world):
    """A waypoint that members can answer for ten days, with the usual two questions."""
    waypoint = plan_waypoint(
        by=world.lead, charter=world.charter, title="Autumn stop", due_on=world.today + timedelta(days=10)
    )
    world.waypoint = open_waypoint(by=world.lead, waypoint=waypoint)
    return world


def own(world, words=(SECRET, ""), **more):
    return save_answer(by=world.member, waypoint=world.waypoint, words=words, **more)


def supporter_of(world, *members):
    supporter = factories.user_in(world.group, "supporter")
    for member in members:
        SupportLink.objects.create(group=world.group, member=member, supporter=supporter.person, starts_on=world.today)
    return supporter


def everyone(world, supporter, staff, leader, administrator):
    """Every reader but the member and who wrote the answer down."""
    other_member = factories.user_in(world.group)
    coordinator = factories.user_in(world.group, "coordinator")
    return [world.lead, staff, leader, administrator, supporter, other_member, coordinator]


def surfaces(client, world):
    """What one reader gets of a waypoint on pages, in the API, its files, the search and the first page."""
    texts = [html_of(client.get(path)) for path in (world.waypoint.get_absolute_url(), "/", "/co-production/")]
    listed = reverse("coproduction:waypoints", args=[world.charter.pk])
    texts.append(html_of(client.get(listed)))
    for path in ("waypoint-answers/", "waypoint-answers/export.csv", "waypoints/", f"waypoints/{world.waypoint.pk}/"):
        response = client.get(f"/api/v1/{path}")
        body = b"".join(response.streaming_content) if response.streaming else response.content
        texts.append(body.decode())
    return "\n".join(texts)


# --- Who reads what
def test_a_private_answer_is_read_by_the_member_alone(open_one, sign_in, staff, leader, administrator):
    answer = own(open_one)
    assert SECRET in surfaces(sign_in(open_one.member), open_one)
    supporter = supporter_of(open_one, open_one.member.person)
    for user in everyone(open_one, supporter, staff, leader, administrator):
        client = sign_in(user)
        assert SECRET not in surfaces(client, open_one), user
        assert client.get(f"/api/v1/waypoint-answers/{answer.pk}/").status_code == 404
        assert client.post(reverse("coproduction:waypoint-answer-share", args=[answer.pk])).status_code == 404


def test_a_private_answer_that_was_written_down_is_read_by_the_member_and_the_writer(
    open_one, sign_in, staff, leader, administrator
):
    supporter = supporter_of(open_one, open_one.member.person)
    save_answer(
        by=supporter, waypoint=open_one.waypoint, words=[SECRET, ""], person=open_one.member.person, told="phone"
    )
    for user in (open_one.member, supporter):
        assert SECRET in surfaces(sign_in(user), open_one)
    page = html_of(sign_in(open_one.member).get(open_one.waypoint.get_absolute_url()))
    assert f"Written down by {supporter.display_name}" in page and "by phone or video" in page
    for user in everyone(open_one, staff, staff, leader, administrator):
        assert SECRET not in surfaces(sign_in(user), open_one), user
    SupportLink.objects.update(ends_on=open_one.today)
    with clock.standing_on(open_one.today + timedelta(days=1)):
        assert not WaypointAnswer.objects.visible_to(supporter).exists()


def test_a_shared_answer_is_read_by_the_group_and_named_only_with_consent(open_one, sign_in, staff, leader):
    answer = own(open_one, [OPENLY, ""], is_shared=True)
    other = sign_in(factories.user_in(open_one.group))
    page = html_of(other.get(open_one.waypoint.get_absolute_url()))
    assert OPENLY in page and open_one.member.person.name not in page
    lead = sign_in(open_one.lead)
    assert open_one.member.person.name in html_of(lead.get(open_one.waypoint.get_absolute_url()))
    consent = {"person": open_one.member.person, "purpose": "answered", "wording": "?", "given_on": open_one.today}
    Consent.objects.create(is_given=True, **consent)
    assert open_one.member.person.name in html_of(other.get(open_one.waypoint.get_absolute_url()))
    assert other.get(f"/api/v1/waypoint-answers/{answer.pk}/").json()["name"] == open_one.member.person.name
    Consent.objects.create(is_given=False, **consent)
    assert other.get(f"/api/v1/waypoint-answers/{answer.pk}/").json()["name"] == ""
    for user in (staff, leader):
        assert OPENLY not in surfaces(sign_in(user), open_one)


def test_numbers_are_exact_for_the_group_and_suppressed_for_others(open_one, sign_in, leader):
    own(open_one)
    assert "1 of 4 members" in html_of(sign_in(open_one.member).get(open_one.waypoint.get_absolute_url()))
    page = html_of(sign_in(leader).get(open_one.waypoint.get_absolute_url()))
    assert "Too few to show" in page and "of 4 members" not in page
    path = f"/api/v1/waypoints/{open_one.waypoint.pk}/"
    assert sign_in(open_one.member).get(path).json()["answered"] == 1
    assert sign_in(leader).get(path).json()["answered"] is None


def test_the_record_of_changes_holds_no_words(open_one):
    own(open_one)
    own(open_one, ["Other words.", ""])
    events = AuditEvent.objects.filter(object_type="coproduction.waypointanswer")
    assert list(events.order_by("pk").values_list("type", flat=True)) == [
        "waypoint_answer.given",
        "waypoint_answer.changed",
    ]
    assert all(not event.facts and not event.fields for event in events)


# --- Writing
def test_an_answer_changes_until_closing_and_not_after(open_one):
    own(open_one)
    answer = own(open_one, [OPENLY, "Yes."], is_shared=True)
    assert (answer.words, answer.is_shared, answer.version) == ([OPENLY, "Yes."], True, 2)
    with clock.standing_on(open_one.waypoint.due_on):
        own(open_one, ["On the last day.", ""])
    with clock.standing_on(open_one.waypoint.due_on + timedelta(days=1)), pytest.raises(StateConflict, match="closed"):
        own(open_one, ["Too late.", ""])
    assert WaypointAnswer.objects.get().words == ["On the last day.", ""]


def test_a_private_answer_can_still_be_shared_after_closing_until_the_summary(open_one):
    answer = own(open_one)
    with clock.standing_on(open_one.waypoint.due_on + timedelta(days=1)):
        assert share_answer(by=open_one.member, answer=answer).is_shared


def test_a_waypoint_that_is_not_open_takes_no_answer(world):
    world.waypoint = plan_waypoint(by=world.lead, charter=world.charter, title="Later", due_on=date(2022, 12, 1))
    with pytest.raises(StateConflict, match="It opens on 17 November 2022"):
        own(world)
    open_waypoint(by=world.lead, waypoint=world.waypoint)
    cancel_waypoint(by=world.lead, waypoint=world.waypoint, reason="The group is ill.")
    with pytest.raises(StateConflict, match="cancelled"):
        own(world)


def test_an_answer_has_a_text_for_each_question_and_one_that_is_not_empty(open_one):
    for words in ([], ["one"], ["", " "], ["x" * 4001, ""]):
        with pytest.raises(ValidationError):
            own(open_one, words)


def test_the_members_own_word_wins_over_a_proxy(open_one):
    supporter = supporter_of(open_one, open_one.member.person)
    given = {"waypoint": open_one.waypoint, "person": open_one.member.person, "told": "phone"}
    save_answer(by=supporter, words=["Through my supporter.", ""], **given)
    own(open_one, ["In my own words.", ""])
    with pytest.raises(StateConflict, match="has answered already"):
        save_answer(by=supporter, words=["Again.", ""], **given)
    with pytest.raises(StateConflict, match="has answered already"):
        save_answer(by=open_one.lead, words=["Again.", ""], **given)
    answer = WaypointAnswer.objects.get()
    assert answer.words[0] == "In my own words." and not answer.told
    assert not WaypointAnswer.objects.visible_to(supporter).exists()


def test_two_helpers_do_not_write_over_each_other(open_one):
    person = open_one.people[0]
    supporter = supporter_of(open_one, person)
    given = {"waypoint": open_one.waypoint, "person": person, "told": "phone"}
    save_answer(by=supporter, words=[SECRET, ""], **given)
    with pytest.raises(StateConflict, match="Someone else has written down"):
        save_answer(by=open_one.lead, words=["Mine.", ""], **given)


def test_someone_else_says_how_the_member_told_them(open_one):
    with pytest.raises(ValidationError, match="Choose how the member told you"):
        save_answer(by=open_one.lead, waypoint=open_one.waypoint, words=["x", ""], person=open_one.people[0])
    with pytest.raises(PermissionDenied):
        save_answer(
            by=open_one.member, waypoint=open_one.waypoint, words=["x", ""], person=open_one.people[0], told="phone"
        )


def test_two_saves_of_one_answer_meet_as_a_conflict(open_one):
    own(open_one, expected=0)
    own(open_one, ["Newer.", ""], expected=1)
    for expected in (0, 1):
        with pytest.raises(Conflict):
            own(open_one, ["Older page.", ""], expected=expected)
    assert WaypointAnswer.objects.get().words[0] == "Newer."


# --- Pages
def test_a_member_answers_on_the_page_and_chooses_who_reads_it(open_one, sign_in):
    client = sign_in(open_one.member)
    assert "Autumn stop: say where you think we are" in html_of(client.get("/"))
    path = reverse("coproduction:waypoint-answer", args=[open_one.waypoint.pk])
    page = html_of(client.get(path))
    assert "Where are we?" in page and "Keep it private for now" in page
    sent = {"answer_0": "", "answer_1": "", "sharing": "private", "version": "0"}
    assert "Write an answer to at least one question" in html_of(client.post(path, sent))
    response = client.post(path, {**sent, "answer_0": SECRET}, follow=True)
    assert "It is private: only you can read it" in html_of(response)
    assert "say where you think we are" not in html_of(client.get("/"))
    stale = html_of(client.post(path, {**sent, "answer_0": "From an old page."}))
    assert "From an old page." in stale and SECRET in stale
    client.post(reverse("coproduction:waypoint-answer-share", args=[WaypointAnswer.objects.get().pk]))
    assert WaypointAnswer.objects.get().is_shared


def test_a_supporter_of_two_members_sees_whose_answer_it_is(open_one, sign_in):
    first, second = open_one.people[:2]
    supporter = supporter_of(open_one, first, second)
    client = sign_in(supporter)
    assert f"ask {first} where they think we are" in html_of(client.get("/co-production/"))
    path = reverse("coproduction:waypoint-answer-for", args=[open_one.waypoint.pk, first.pk])
    page = html_of(client.get(path))
    assert f"{first}’s answer: Autumn stop" in page and f"Save {first}’s answer" in page and second.name not in page
    sent = {"answer_0": "Fine.", "answer_1": "", "sharing": "private", "version": "0"}
    assert "Choose how they told you" in html_of(client.post(path, sent))
    page = html_of(client.post(path, {**sent, "told": "phone"}, follow=True))
    assert f"{first}’s answer is saved. It is private: only {first} and you can read it." in page
    assert WaypointAnswer.objects.get().person == first
    third = reverse("coproduction:waypoint-answer-for", args=[open_one.waypoint.pk, open_one.people[2].pk])
    assert client.get(third).status_code == 404


def test_the_engagement_lead_writes_down_what_was_said_in_a_meeting(open_one, sign_in):
    client = sign_in(open_one.lead)
    person = open_one.people[0]
    assert f"Write down {person}’s answer" in html_of(client.get(open_one.waypoint.get_absolute_url()))
    path = reverse("coproduction:waypoint-answer-for", args=[open_one.waypoint.pk, person.pk])
    sent = {"answer_0": OPENLY, "answer_1": "", "sharing": "shared", "version": "0", "told": "meeting"}
    assert OPENLY in html_of(client.post(path, sent, follow=True))
    own_page = reverse("coproduction:waypoint-answer", args=[open_one.waypoint.pk])
    assert client.get(own_page).status_code == 403


# --- The API
def test_members_write_their_own_answers_over_the_api(open_one, sign_in):
    client = sign_in(open_one.member)
    path = "/api/v1/waypoint-answers/"
    body = {"waypoint": open_one.waypoint.pk, "words": [SECRET, ""]}
    made = client.post(path, body, content_type="application/json")
    assert made.status_code == 201 and made.json()["is_own"] and not made.json()["is_shared"]
    one = made["Location"]
    assert client.patch(one, {"is_shared": True}, content_type="application/json").status_code == 428
    tag = {"headers": {"if-match": made["ETag"]}, "content_type": "application/json"}
    changed = client.patch(one, {"words": [OPENLY, "Yes."]}, **tag)
    assert changed.json()["words"] == [OPENLY, "Yes."]
    assert client.patch(one, {"is_shared": True}, **tag).status_code == 412
    assert client.post(f"{one}share/", {}, content_type="application/json").json()["is_shared"] is True
    unknown = {**body, "person": 999999, "told": "phone"}
    assert client.post(path, unknown, content_type="application/json").status_code == 400


def test_the_list_of_answers_asks_the_database_as_often_for_ten_as_for_one(open_one, sign_in):
    def count(client):
        with CaptureQueriesContext(connection) as caught:
            found = client.get("/api/v1/waypoint-answers/").json()["results"]
        return len(found), len(caught)

    own(open_one, is_shared=True)
    client = sign_in(factories.user_in(open_one.group))
    count(client)
    one, before = count(client)
    for _ in range(9):
        person = factories.MembershipFactory(group=open_one.group).person
        WaypointAnswer.objects.create(waypoint=open_one.waypoint, person=person, words=["x", ""], is_shared=True)
    many, after = count(client)
    assert (one, many) == (1, 10) and after == before
