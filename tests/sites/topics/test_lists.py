"""A year's list: written with a reason for each topic, agreed, published for everyone, corrected by number."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from sites.topics.lists import services
from sites.topics.lists.models import ListEdition
from sites.topics.lists.services import Choice
from sites.topics.models import Topic
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def topics():
    names = ["Carers", "Work"]
    return [factories.TopicFactory(name=name, slug=name.lower(), summary=f"About {name}") for name in names]


@pytest.fixture
def year(topics, staff, assessor):
    row = factories.scoring_of(2024, topics, [staff, assessor], stage="scored")
    for topic in topics:
        topic.refresh_from_db()
    return row


def choices(topics, *, places=(1, None), reasons=("It matters.", "Others do it.")) -> list[Choice]:
    return [Choice(topic, place, why) for topic, place, why in zip(topics, places, reasons, strict=True)]


def written(year, topics, staff, **more):
    return services.draft_list(by=staff, year=year, choices=choices(topics, **more), introduction="How.")


def published(year, topics, staff) -> ListEdition:
    written(year, topics, staff)
    services.agree_list(by=staff, year=year)
    return services.publish_list(by=staff, year=year)


def test_a_list_is_written_agreed_by_a_person_on_a_day_and_published(year, topics, staff, leader):
    written(year, topics, staff)
    row = services.agree_list(by=leader, year=year)
    assert row.agreed_by == leader and row.agreed_on
    edition = services.publish_list(by=staff, year=year)
    assert (edition.number, edition.label) == (1, "First published")
    assert [(entry["name"], entry["reason"]) for entry in edition.chosen] == [("Carers", "It matters.")]
    assert [(entry["name"], entry["reason"]) for entry in edition.not_chosen] == [("Work", "Others do it.")]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"places": (None, None)}, "Choose at least one topic."),
        ({"reasons": ("It matters.", " ")}, "Give the reason for each topic, chosen or not. Missing: Work."),
    ],
)
def test_a_list_with_something_missing_is_kept_and_not_agreed(year, topics, staff, given, words):
    row = written(year, topics, staff, **given)
    assert row.entries.count() == 2
    with pytest.raises(ValidationError) as refused:
        services.agree_list(by=staff, year=year)
    assert words in " ".join(refused.value.messages)


def test_a_candidate_that_came_later_needs_a_reason_too(year, topics, staff):
    written(year, topics, staff)
    factories.TopicFactory(name="Late", proposed_for=2024)
    with pytest.raises(ValidationError, match="Missing: Late"):
        services.agree_list(by=staff, year=year)


@pytest.mark.parametrize("places", [(1, 1), (2, None), (1, 3)])
def test_places_count_from_one_without_gaps(year, topics, staff, places):
    with pytest.raises(ValidationError, match="each number once, without gaps"):
        written(year, topics, staff, places=places)


def test_a_topic_of_another_year_or_twice_is_refused(year, topics, staff):
    with pytest.raises(ValidationError, match="Not a candidate for 2024"):
        services.draft_list(by=staff, year=year, choices=[Choice(factories.TopicFactory(name="Other"), 1, "x")])
    twice = [Choice(topics[0], 1, "x"), Choice(topics[0], 2, "y")]
    with pytest.raises(ValidationError, match="twice"):
        services.draft_list(by=staff, year=year, choices=twice)


def test_who_may_do_what_with_a_list(year, topics, staff, leader, assessor, administrator):
    for by in (leader, assessor, administrator):
        with pytest.raises(PermissionDenied):
            services.draft_list(by=by, year=year, choices=choices(topics))
        with pytest.raises(PermissionDenied):
            services.publish_list(by=by, year=year)
        with pytest.raises(PermissionDenied):
            services.correct_list(by=by, year=year, choices=[], introduction="", correction="x")
    for by in (assessor, administrator):
        with pytest.raises(PermissionDenied):
            services.agree_list(by=by, year=year)


def test_each_step_needs_the_one_before(year, topics, staff):
    for step in (services.publish_list, services.withdraw_agreement):
        with pytest.raises(StateConflict):
            step(by=staff, year=year)
    written(year, topics, staff)
    services.agree_list(by=staff, year=year)
    with pytest.raises(StateConflict, match="Withdraw the agreement first"):
        written(year, topics, staff)
    row = services.withdraw_agreement(by=staff, year=year)
    assert row.stage == "scored" and row.agreed_on is None
    written(year, topics, staff, places=(2, 1))
    services.agree_list(by=staff, year=year)
    services.publish_list(by=staff, year=year)
    with pytest.raises(StateConflict, match="published already"):
        services.publish_list(by=staff, year=year)


def test_a_person_agrees_only_the_list_that_they_read(year, topics, staff, leader, sign_in):
    read = written(year, topics, staff).version
    written(year, topics, staff, reasons=("Another reason.", "Others do it."))
    with pytest.raises(Conflict):
        services.agree_list(by=leader, year=year, expected=read)
    page = sign_in(leader).post("/topics/2024/list/agree/", {"version": read}, follow=True)
    assert "has changed since you opened this page" in html_of(page)
    year.refresh_from_db()
    assert year.agreed_on is None


def test_what_is_published_never_changes_not_even_by_hand(year, topics, staff):
    edition = published(year, topics, staff)
    Topic.objects.filter(slug="carers").update(name="Renamed", summary="Other")
    for change in ({"contents": {}}, {"number": 5, "correction": "x"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ListEdition.objects.filter(pk=edition.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        ListEdition.objects.filter(pk=edition.pk).delete()
    assert ListEdition.objects.get().chosen[0]["name"] == "Carers"


def test_a_correction_has_a_number_and_says_what_is_corrected(year, topics, staff):
    published(year, topics, staff)
    same = {"by": staff, "year": year, "introduction": "How."}
    with pytest.raises(ValidationError, match="Say what is corrected"):
        services.correct_list(**same, choices=choices(topics), correction=" ")
    with pytest.raises(ValidationError, match="Nothing is different"):
        services.correct_list(**same, choices=choices(topics), correction="Something")
    changed = choices(topics, reasons=("It matters a lot.", "Others do it."))
    edition = services.correct_list(**same, choices=changed, correction="The reason for Carers")
    assert (edition.number, edition.label) == (2, "Correction 1") and ListEdition.objects.count() == 2


# --- Pages ---------------------------------------------------------------------------------------
def test_anyone_reads_the_published_list_with_its_reasons_and_no_names_or_scores(year, topics, staff, client):
    assert client.get("/topics/2024/").status_code == 404
    factories.sheet_of(year, topics[0], staff, 5, 4, 3, 2)
    published(year, topics, staff)
    page = html_of(client.get("/topics/2024/"))
    for words in ("Carers", "About Carers", "It matters.", "Not chosen this year", "Others do it.", "How."):
        assert words in page
    assert staff.display_name not in page and "out of" not in page and "Reason for" not in page
    assert "/topics/2024/" in client.get("/sitemap.xml").content.decode()
    assert "Topics for 2024" in html_of(client.get("/"))


def test_a_corrected_list_says_so_and_keeps_what_was_published_readable(year, topics, staff, client):
    published(year, topics, staff)
    changed = choices(topics, reasons=("It matters a lot.", "Others do it."))
    services.correct_list(by=staff, year=year, choices=changed, introduction="How.", correction="The reason for Carers")
    page = html_of(client.get("/topics/2024/"))
    assert "It matters a lot." in page and "The reason for Carers" in page
    before = html_of(client.get("/topics/2024/published/1/"))
    assert "It matters." in before and "This is an earlier version" in before
    assert client.get("/topics/2024/published/3/").status_code == 404


def test_before_it_is_published_those_who_follow_the_choice_are_led_to_it(year, topics, leader, outsider, sign_in):
    assert sign_in(leader).get("/topics/2024/")["Location"] == "/topics/2024/choosing/"
    assert sign_in(outsider).get("/topics/2024/").status_code == 404


def test_staff_write_the_list_on_a_page_and_leadership_agrees_it(year, topics, staff, leader, sign_in):
    client = sign_in(staff)
    one, two = topics
    sent = {
        "introduction": "How.",
        f"place_{one.pk}": "1",
        f"reason_{one.pk}": "It matters.",
        f"place_{two.pk}": "1",
        f"reason_{two.pk}": "It too.",
        "version": str(year.version),
    }
    bad = client.post("/topics/2024/list/", sent)
    assert "each number once, without gaps" in html_of(bad) and "It too." in html_of(bad)
    sent[f"place_{two.pk}"] = "2"
    assert client.post("/topics/2024/list/", sent)["Location"] == "/topics/2024/choosing/"
    stale = client.post("/topics/2024/list/", sent)
    assert stale.status_code == 409 and "What is saved now" in html_of(stale)
    reader = sign_in(leader)
    assert "Agree the list of topics for 2024" in html_of(reader.get("/"))
    year.refresh_from_db()
    reader.post("/topics/2024/list/agree/", {"version": year.version})
    assert leader.display_name in html_of(client.get("/topics/2024/choosing/"))
    assert client.post("/topics/2024/list/publish/")["Location"] == "/topics/2024/"
    assert "Number 1" in html_of(client.get("/topics/carers/"))


def test_a_topic_named_after_a_year_gets_another_address(staff):
    from sites.topics.services import add_topic

    assert add_topic(by=staff, name="2024").slug == "2024-2"
    assert add_topic(by=staff, name="Proposals").slug != "proposals"
