"""Scoring by several people: each on their own until scoring is closed, then all at once; the spread; thin evidence."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from sites.topics import services as topics
from sites.topics.models import CRITERIA, Topic
from sites.topics.scoring import services
from sites.topics.scoring.models import ScoreSheet, Spread, TopicYear, is_thin
from sites.topics.scoring.results import gap_words, results_of
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
FULL = {name: value for field, _label in CRITERIA for name, value in ((field, 4), (f"{field}_why", "Because"))}


@pytest.fixture
def topic():
    return factories.TopicFactory(name="Carers", slug="carers", proposed_for=2024)


@pytest.fixture
def year(topic, staff, assessor):
    return factories.scoring_of(2024, [topic], [staff, assessor])


# --- Opening -------------------------------------------------------------------------------------
def test_staff_open_scoring_for_several_people_and_change_who_is_asked(staff, assessor, leader, topic):
    row = services.open_scoring(by=staff, year=2024, scorers=[staff, assessor])
    assert row.is_scoring and row.scorers.count() == 2
    services.save_sheet(by=assessor, year=row, topic=topic, **FULL)
    services.open_scoring(by=staff, year=2024, scorers=[leader, assessor])
    assert set(row.scorers.values_list("user", flat=True)) == {leader.pk, assessor.pk}
    with pytest.raises(ValidationError, match="they have begun to score"):
        services.open_scoring(by=staff, year=2024, scorers=[staff, leader])


def test_scoring_needs_candidates_and_at_least_two_people(staff, assessor):
    with pytest.raises(ValidationError, match="no topic to score"):
        services.open_scoring(by=staff, year=2024, scorers=[staff, assessor])
    factories.TopicFactory(proposed_for=2024)
    with pytest.raises(ValidationError, match="at least 2 people"):
        services.open_scoring(by=staff, year=2024, scorers=[staff])


@pytest.mark.parametrize("role", ["leadership", "assessor", "administrator", "api_client"])
def test_only_staff_open_and_close_scoring(role, year):
    by = factories.UserFactory(roles=[role])
    for step, given_more in [
        (services.open_scoring, {"year": 2024, "scorers": []}),
        (services.close_scoring, {"year": year}),
        (services.reopen_scoring, {"year": year, "reason": "x"}),
    ]:
        with pytest.raises(PermissionDenied):
            step(by=by, **given_more)


def test_members_of_assemblies_and_of_the_advisory_group_can_be_asked_and_others_cannot(staff, outsider):
    member = factories.user_in(factories.AdvisoryGroupFactory(kind="assembly"))
    local = factories.user_in(factories.GroupFactory())
    found = set(services.possible_scorers())
    assert {staff, member} <= found and not {outsider, local} & found


# --- Scoring -------------------------------------------------------------------------------------
def test_only_those_who_are_asked_score(year, topic, leader, engagement_lead):
    for by in (leader, engagement_lead):
        with pytest.raises(PermissionDenied):
            services.save_sheet(by=by, year=year, topic=topic, **FULL)


def test_each_score_has_a_reason_and_parts_can_wait(year, topic, staff):
    with pytest.raises(ValidationError) as refused:
        services.save_sheet(by=staff, year=year, topic=topic, enough_evidence=3)
    assert "Give a reason for the 3 out of 5" in refused.value.message_dict["enough_evidence_why"][0]
    with pytest.raises(ValidationError):
        services.save_sheet(by=staff, year=year, topic=topic, enough_evidence_why="Why?")
    with pytest.raises(ValidationError):
        services.save_sheet(by=staff, year=year, topic=topic, enough_evidence=6, enough_evidence_why="Why?")
    sheet = services.save_sheet(by=staff, year=year, topic=topic, enough_evidence=0, enough_evidence_why=" A  reason ")
    assert not sheet.is_complete and sheet.enough_evidence_why == "A reason"
    sheet = services.save_sheet(by=staff, year=year, topic=topic, expected=1, **FULL)
    assert sheet.is_complete and sheet.version == 2


def test_scores_change_until_scoring_is_closed_and_never_after(year, topic, staff, assessor):
    for by in (staff, assessor):
        services.save_sheet(by=by, year=year, topic=topic, **FULL)
    services.save_sheet(by=staff, year=year, topic=topic, expected=1, makes_a_difference=1)
    services.close_scoring(by=staff, year=year)
    with pytest.raises(StateConflict):
        services.save_sheet(by=staff, year=year, topic=topic, expected=2, makes_a_difference=5)
    assert ScoreSheet.objects.get(scorer__user=staff).makes_a_difference == 1


def test_a_second_page_of_the_same_person_does_not_write_over_the_first(year, topic, staff):
    services.save_sheet(by=staff, year=year, topic=topic, **FULL)
    with pytest.raises(Conflict):
        services.save_sheet(by=staff, year=year, topic=topic, **{**FULL, "makes_a_difference": 1})
    assert ScoreSheet.objects.get().makes_a_difference == 4


def test_a_topic_of_another_year_is_not_scored(year, staff):
    with pytest.raises(ValidationError, match="is not a candidate for 2024"):
        services.save_sheet(by=staff, year=year, topic=factories.TopicFactory(proposed_for=2025), **FULL)


@pytest.mark.parametrize("wrong", [{"makes_a_difference": 6}, {"makes_a_difference_why": ""}])
def test_the_database_refuses_a_score_out_of_range_or_without_a_reason(year, topic, staff, wrong):
    sheet = factories.sheet_of(year, topic, staff, 1, 2, 3, 4)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreSheet.objects.filter(pk=sheet.pk).update(**wrong)


def test_no_one_sees_the_scores_of_others_before_scoring_is_closed(year, topic, staff, assessor, leader, sign_in):
    own, other = (factories.sheet_of(year, topic, user, 5, 5, 5, 5) for user in (staff, assessor))
    assert list(ScoreSheet.objects.visible_to(staff)) == [own]
    assert not ScoreSheet.objects.visible_to(leader).exists()
    client = sign_in(staff)
    assert client.get("/topics/2024/results/")["Location"] == "/topics/2024/choosing/"
    assert client.get(f"/api/v1/topic-scores/{other.pk}/").status_code == 404
    rows = client.get("/api/v1/topic-scores/", {"year": 2024}).json()["results"]
    assert [(row["is_own"], row["makes_a_difference"]) for row in rows] == [(True, 5)]
    for address in ("/topics/carers/", "/topics/", "/topics/2024/choosing/"):
        assert "Reason for 5" not in html_of(client.get(address)), address
    assert Topic.objects.with_scores().get().total is None
    csv = b"".join(client.get("/topics/", {"format": "csv"}).streaming_content).decode()
    assert "Carers,National survey and assemblies,2024,,,,,,,no" in csv
    services.close_scoring(by=staff, year=year)
    assert ScoreSheet.objects.visible_to(leader).count() == 2 == ScoreSheet.objects.visible_to(assessor).count()
    assert not ScoreSheet.objects.visible_to(factories.UserFactory(roles=["assessor"])).exists()


# --- Closing -------------------------------------------------------------------------------------
def test_closing_needs_two_people_who_have_scored_and_names_who_is_missing(year, topic, staff, assessor):
    assert [(scorer.user, left) for scorer, left in services.missing_from(year)] == [(staff, 1), (assessor, 1)]
    factories.sheet_of(year, topic, staff, 1, 2, 3, 4)
    with pytest.raises(ValidationError, match="Fewer than 2 people"):
        services.close_scoring(by=staff, year=year)
    assert [scorer.user for scorer, _left in services.missing_from(year)] == [assessor]
    factories.sheet_of(year, topic, assessor, 1, 2, 3, 4)
    assert services.close_scoring(by=staff, year=year).is_closed and not services.missing_from(year)


def test_scoring_is_opened_again_with_a_reason_only(year, topic, staff, assessor):
    for user in (staff, assessor):
        factories.sheet_of(year, topic, user, 1, 2, 3, 4)
    with pytest.raises(StateConflict):
        services.reopen_scoring(by=staff, year=year, reason="Why not")
    services.close_scoring(by=staff, year=year)
    with pytest.raises(ValidationError, match="Say why"):
        services.reopen_scoring(by=staff, year=year, reason=" ")
    row = services.reopen_scoring(by=staff, year=year, reason="A topic was reworded")
    assert row.is_scoring and row.reopened_reason == "A topic was reworded"


# --- What the scores say -------------------------------------------------------------------------
def test_the_figure_of_a_topic_is_the_mean_of_several_people_on_every_surface(year, topic, staff, assessor, sign_in):
    topics_before = {field: 1 for field, _label in CRITERIA}
    Topic.objects.update(**topics_before)  # what staff recorded before
    factories.sheet_of(year, topic, staff, 5, 4, 3, 2)
    factories.sheet_of(year, topic, assessor, 4, 4, 4, 1)
    assert Topic.objects.with_scores().get().total == 4
    services.close_scoring(by=staff, year=year)
    found = Topic.objects.with_scores().get()
    assert [score for _label, score in found.scores] == [4.5, 4, 3.5, 1.5] and found.total == 13.5
    client = sign_in(staff)
    assert "13.5 out of 20" in html_of(client.get("/topics/carers/"))
    assert "13.5 out of 20" in html_of(client.get("/topics/2024/results/"))
    assert "Mean of 2 people" in html_of(client.get("/topics/carers/"))
    assert "13.5" in html_of(client.get("/topics/"))
    assert "Scored 13.5 out of 20" in html_of(client.get("/topics/2024/list/"))
    api = client.get("/api/v1/topics/carers/").json()
    assert (api["makes_a_difference"], api["enough_evidence"], api["total"], api["scored_by"]) == (4.5, 1.5, 13.5, 2)
    csv = b"".join(client.get("/topics/", {"format": "csv"}).streaming_content).decode()
    assert ",4.5,4,3.5,1.5,13.5,Mean of 2 people," in csv


def test_staff_do_not_record_scores_for_a_topic_that_several_people_score(year, topic, staff, sign_in):
    with pytest.raises(StateConflict, match="Several people score this topic"):
        topics.score_topic(by=staff, topic=topic, enough_evidence=5)
    page = sign_in(staff).get("/topics/carers/scores/", follow=True)
    assert "Several people score this topic" in html_of(page)
    factories.sheet_of(year, topic, staff, 1, 1, 1, 1)
    with pytest.raises(ValidationError, match="stays a candidate of that year"):
        topics.update_topic(by=staff, topic=topic, proposed_for=2025)


def test_the_results_show_every_score_the_middle_and_the_range_in_words(year, topic, staff, assessor, leader, sign_in):
    factories.sheet_of(year, topic, staff, 5, 4, 3, 2)
    factories.sheet_of(year, topic, assessor, 1, 4, 4, 2)
    services.close_scoring(by=staff, year=year)
    page = html_of(sign_in(leader).get("/topics/2024/results/"))
    assert "Middle 3, from 1 to 5." in page and "All gave 4." in page and "Scores: 1 and 5." in page
    assert page.count('class="score-strip__dot"') == 8 and page.count("People differ") == 1
    assert "Reason for 5" in page and staff.display_name in page
    [result] = results_of(TopicYear.objects.get())
    drawn = result.criteria[1].strip["dots"]
    assert drawn[0][0] == drawn[1][0] and drawn[0][1] != drawn[1][1]  # one above the other


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20))
def test_the_words_of_a_spread_hold_for_any_scores(scores):
    spread = Spread(sorted(scores))
    assert min(scores) <= spread.mean <= max(scores)
    assert str(min(scores)) in spread.words and str(max(scores)) in spread.words
    assert spread.words.startswith("All gave") == (len(set(scores)) == 1)


@pytest.mark.parametrize(
    ("scores", "thin"), [([2, 2, 5, 5], True), ([0, 1], True), ([2, 3, 3], False), ([3, 3, 3], False), ([], False)]
)
def test_evidence_is_thin_when_two_people_give_it_two_or_less(scores, thin):
    assert is_thin(scores) is thin


def test_thin_evidence_offers_a_gap_begun_with_what_people_said_and_shows_it_once_raised(
    year, topic, staff, assessor, sign_in
):
    factories.sheet_of(year, topic, staff, 5, 4, 3, 2)
    factories.sheet_of(year, topic, assessor, 1, 4, 4, 1)
    assert not gap_words(topic)  # not while scoring is open
    client = sign_in(staff)
    assert "Thin evidence" not in html_of(client.get("/"))
    services.close_scoring(by=staff, year=year)
    assert "Thin evidence: Carers" in html_of(client.get("/"))
    page = html_of(client.get("/topics/2024/results/"))
    assert "2 of 2 people gave the evidence 2 or less out of 5" in page
    assert "/evidence-gaps/new/?topic=carers" in page
    form = client.get("/evidence-gaps/new/?topic=carers").context["form"]
    given_first = {name: form.initial[name] for name in ("title", "why")}
    assert given_first["title"] == "What do we need to know about carers?"
    assert given_first["why"].endswith("- Reason for 1\n- Reason for 2")
    sent = {**given_first, "topic": topic.pk, "site": "", "raised_on": "2022-09-01"}
    assert client.post("/evidence-gaps/new/?topic=carers", sent).status_code == 302
    page = html_of(client.get("/topics/2024/results/"))
    assert "What do we need to know about carers?" in page and "/evidence-gaps/new/?topic=carers" not in page
    assert "Thin evidence" not in html_of(client.get("/"))


# --- Pages ---------------------------------------------------------------------------------------
def test_a_scorer_is_led_from_home_through_each_topic(year, topic, assessor, sign_in):
    second = factories.TopicFactory(name="Work", slug="work", proposed_for=2024)
    client = sign_in(assessor)
    assert "Score 2 topics for 2024" in html_of(client.get("/"))
    page = client.get("/topics/2024/scores/carers/")
    assert "Topic 1 of 2 for 2024" in html_of(page)
    sent = {name: str(value) for name, value in FULL.items()} | {"version": "", "next": "yes"}
    bad = client.post(
        "/topics/2024/scores/carers/", {**sent, "enough_evidence_why": "", "makes_a_difference_why": "Mine"}
    )
    assert "Give a reason for the 4 out of 5" in html_of(bad) and "Mine" in html_of(bad)
    assert client.post("/topics/2024/scores/carers/", sent)["Location"] == "/topics/2024/scores/work/"
    assert client.post("/topics/2024/scores/work/", sent)["Location"] == "/topics/2024/scores/"
    assert "2 of 2 topics scored" in html_of(client.get("/topics/2024/scores/"))
    assert "Score 2 topics" not in html_of(client.get("/"))
    stale = client.post("/topics/2024/scores/carers/", {**sent, "makes_a_difference": "0"})
    assert stale.status_code == 409 and "4 out of 5" in html_of(stale)
    assert ScoreSheet.objects.filter(topic=second).get().is_complete


def test_a_scorer_without_a_role_sees_their_topics_and_no_more(topic, staff, sign_in):
    member = factories.user_in(factories.AdvisoryGroupFactory())
    year = factories.scoring_of(2024, [topic], [staff, member])
    factories.TopicFactory(name="Hidden", slug="hidden")
    client = sign_in(member)
    assert client.get("/topics/carers/").status_code == 200 and client.get("/topics/hidden/").status_code == 404
    assert client.get("/topics/2024/scores/").status_code == 200
    for user in (staff, member):
        factories.sheet_of(year, topic, user, 3, 3, 3, 3)
    page = html_of(client.get("/topics/2024/choosing/"))
    assert "Close scoring" not in page and "Still to score" not in page
    services.close_scoring(by=staff, year=year)
    assert "Reason for 3" in html_of(client.get("/topics/2024/results/"))


def test_the_results_ask_the_database_as_often_for_one_topic_as_for_ten(year, topic, staff, assessor, sign_in):
    factories.sheet_of(year, topic, staff, 1, 1, 1, 1)
    factories.sheet_of(year, topic, assessor, 1, 1, 1, 1)
    services.close_scoring(by=staff, year=year)
    client = sign_in(staff)

    def count(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    addresses = ["/topics/2024/results/", "/topics/2024/choosing/", "/topics/", "/api/v1/topic-scores/"]
    before = [count(address) for address in addresses]
    for n in range(9):
        more = factories.TopicFactory(proposed_for=2024)
        factories.sheet_of(year, more, staff, n % 6, 1, 1, 1)
        factories.EvidenceGapFactory(topic=more)
    assert [count(address) for address in addresses] == before
