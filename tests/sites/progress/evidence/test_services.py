"""What the services of the evidence library accept, refuse and record."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from impact.core.access import audit
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from sites.progress.evidence import services
from sites.progress.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from tests import factories

pytestmark = pytest.mark.django_db


def item_data(**more) -> dict:
    data = {
        "title": "Ask again",
        "kind": "lived_experience",
        "strength": "strong",
        "summary": "People change.",
        "source": "Us",
    }
    return data | more


def days_ago(number: int) -> date:
    return clock.today() - timedelta(days=number)


def error_of(refused: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str]]:
    return refused.value.message_dict


# --- Items ---------------------------------------------------------------------------------------
def test_staff_add_an_item_about_topics_and_sites(staff):
    topic, site = factories.TopicFactory(), factories.SiteFactory()
    item = services.add_item(
        by=staff, **item_data(year=2021, formats=["bsl", "standard"]), topics=[topic], sites=[site]
    )
    item.refresh_from_db()
    assert item.slug == "ask-again" and item.format_labels == ["Standard", "British Sign Language"]
    assert list(item.topics.all()) == [topic] and list(item.sites.all()) == [site]
    assert item.said_by == "Us, 2021" and "recognise" in item.strength_means
    assert audit.history(item)[0]["label"] == "Evidence added"
    assert audit.history(item)[0]["detail"] == "Lived experience"


@pytest.mark.parametrize("role", ["leadership", "assessor", "administrator", "api_client"])
def test_only_staff_write_evidence_and_gaps(role):
    by, item, gap = factories.UserFactory(roles=[role]), factories.EvidenceItemFactory(), factories.EvidenceGapFactory()
    feedback = GapFeedback.objects.create(gap=gap, role="A manager")
    team = factories.team_of(factories.SiteFactory())
    steps = [
        (services.add_item, item_data()),
        (services.update_item, {"item": item, "title": "Other"}),
        (services.raise_gap, {"title": "Why?", "why": "It matters", "topic": gap.topic}),
        (services.update_gap, {"gap": gap, "title": "Other"}),
        (services.record_feedback, {"gap": gap, "role": "A manager"}),
        (services.update_feedback, {"feedback": feedback, "said": "Yes"}),
        (services.answer_gap, {"gap": gap, "answer": "Yes"}),
        (services.close_gap, {"gap": gap, "reason": "No"}),
        (services.reopen_gap, {"gap": gap}),
    ]
    for user in (by, team):
        for step, given in steps:
            with pytest.raises(PermissionDenied):
                step(by=user, **given)
    assert EvidenceItem.objects.count() == 1 and EvidenceGap.objects.get().is_open


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"year": 9999}, "year"),
        ({"year": 12}, "year"),
        ({"formats": ["papyrus"]}, "formats"),
        ({"web_address": "not an address"}, "web_address"),
        ({"kind": "rumour"}, "kind"),
        ({"strength": "weak"}, "strength"),
        ({"summary": ""}, "summary"),
        ({"source": ""}, "source"),
        ({"title": ""}, "title"),
    ],
)
def test_what_does_not_fit_an_item_is_refused_beside_its_field(staff, wrong, field):
    with pytest.raises(ValidationError) as refused:
        services.add_item(by=staff, **item_data(**wrong))
    assert list(error_of(refused)) == [field]
    assert not EvidenceItem.objects.exists()


def test_a_title_stands_once_in_the_library(staff):
    services.add_item(by=staff, **item_data())
    with pytest.raises(ValidationError, match="already has an item with this title"):
        services.add_item(by=staff, **item_data())


def test_a_change_of_links_alone_moves_the_version_on_and_no_change_records_nothing(staff):
    topic = factories.TopicFactory()
    item = services.add_item(by=staff, **item_data(), topics=[topic])
    services.update_item(by=staff, item=item, title="Ask again", topics=[topic], sites=[])
    assert item.version == 1 and len(audit.history(item)) == 1
    services.update_item(by=staff, item=item, topics=[])
    item.refresh_from_db()
    assert item.version == 2 and not item.topics.exists() and len(audit.history(item)) == 2
    services.update_item(by=staff, item=item, title="Ask, and ask again", topics=[topic])
    item.refresh_from_db()
    assert item.version == 3 and item.slug == "ask-again"


def test_the_second_of_two_editors_changes_nothing_of_an_item(staff):
    topic = factories.TopicFactory()
    item = services.add_item(by=staff, **item_data())
    services.update_item(by=staff, item=EvidenceItem.objects.get(), expected=1, title="First")
    for late in ({"title": "Second"}, {"topics": [topic]}):
        with pytest.raises(Conflict):
            services.update_item(by=staff, item=EvidenceItem.objects.get(pk=item.pk), expected=1, **late)
    item.refresh_from_db()
    assert item.title == "First" and not item.topics.exists()


def test_a_key_that_an_item_does_not_have_is_a_mistake_in_the_code(staff):
    with pytest.raises(TypeError):
        services.add_item(by=staff, **item_data(version=3))


# --- Gaps ----------------------------------------------------------------------------------------
def test_staff_raise_a_gap_from_a_topic_or_from_a_site(staff):
    topic, site = factories.TopicFactory(), factories.SiteFactory()
    of_topic = services.raise_gap(by=staff, title=" What helps? ", why="Money", topic=topic, raised_on=days_ago(10))
    of_site = services.raise_gap(by=staff, title="Who joins?", why="Reach", site=site)
    assert (of_topic.title, of_topic.origin, of_topic.days_open) == ("What helps?", topic, 10)
    assert (of_site.origin, of_site.raised_on, of_site.raised_by) == (site, clock.today(), staff)
    assert of_topic.is_open and audit.history(of_topic)[0]["label"] == "Evidence gap raised"


def test_a_gap_comes_from_exactly_one_place_and_from_the_past(staff):
    topic, site = factories.TopicFactory(), factories.SiteFactory()
    for origin in ({}, {"topic": topic, "site": site}):
        with pytest.raises(ValidationError) as refused:
            services.raise_gap(by=staff, title="What helps?", why="Money", **origin)
        assert list(error_of(refused)) == ["topic"]
    with pytest.raises(ValidationError, match="cannot be in the future"):
        services.raise_gap(by=staff, title="What?", why="Money", topic=topic, raised_on=days_ago(-1))
    with pytest.raises(ValidationError) as refused:
        services.raise_gap(by=staff, title="", why="", topic=topic)
    assert set(error_of(refused)) == {"title", "why"}
    assert not EvidenceGap.objects.exists()


@pytest.mark.parametrize(
    "row",
    [
        {"topic": None},
        {"state": "answered", "answer": "Yes"},
        {"state": "answered", "settled_on": date(2022, 10, 1)},
        {"state": "closed", "settled_on": date(2022, 10, 1)},
        {"settled_on": date(2022, 10, 1)},
        {"state": "closed", "closed_reason": "No", "settled_on": date(2022, 8, 1)},
    ],
)
def test_the_database_refuses_a_gap_that_breaks_a_rule(row):
    topic = factories.TopicFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.EvidenceGapFactory(**{"topic": topic, **row})


def test_the_database_refuses_a_gap_of_two_places_and_feedback_to_two():
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.EvidenceGapFactory(site=factories.SiteFactory())
    gap = factories.EvidenceGapFactory()
    for to in ({}, {"role": "A manager", "organisation": factories.OrganisationFactory()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            GapFeedback.objects.create(gap=gap, **to)


def test_a_gap_is_fed_back_several_times_and_what_was_said_can_come_later(staff):
    gap, body = factories.EvidenceGapFactory(), factories.OrganisationFactory(name="Harbour Council")
    first = services.record_feedback(by=staff, gap=gap, organisation=body, on=date(2022, 9, 12))
    services.record_feedback(by=staff, gap=gap, role="Manager of a care home", on=date(2022, 10, 1), said="We ask too.")
    services.update_feedback(by=staff, feedback=first, expected=1, said="We will ask.")
    assert [(row.to, row.said) for row in gap.feedback.all()] == [
        ("Harbour Council", "We will ask."),
        ("Manager of a care home", "We ask too."),
    ]
    told = [(row["label"], row["detail"]) for row in audit.history(gap)]
    assert ("Evidence gap fed back", "To Harbour Council, on 12 September 2022") in told
    assert ("Evidence gap fed back", "On 1 October 2022") in told and "Manager" not in str(told)


def test_feedback_goes_to_one_receiver_on_a_day_since_the_gap_was_raised(staff):
    gap, body = factories.EvidenceGapFactory(), factories.OrganisationFactory()
    for wrong, field in [
        ({}, "organisation"),
        ({"organisation": body, "role": "A manager"}, "role"),
        ({"role": "A manager", "on": date(2022, 8, 31)}, "on"),
        ({"role": "A manager", "on": days_ago(-1)}, "on"),
    ]:
        with pytest.raises(ValidationError) as refused:
            services.record_feedback(by=staff, gap=gap, **wrong)
        assert list(error_of(refused)) == [field]
    row = services.record_feedback(by=staff, gap=gap, role="A manager")
    for wrong in ({"organisation": body}, {"role": ""}, {"on": date(2022, 8, 31)}):
        with pytest.raises(ValidationError):
            services.update_feedback(by=staff, feedback=GapFeedback.objects.get(pk=row.pk), **wrong)
    with pytest.raises(Conflict):
        services.update_feedback(by=staff, feedback=GapFeedback.objects.get(pk=row.pk), expected=7, said="Yes")


def test_a_gap_is_answered_with_evidence_and_then_waits_no_longer(staff):
    gap, item = factories.EvidenceGapFactory(), factories.EvidenceItemFactory()
    assert gap.is_long_open and EvidenceGap.objects.long_open().exists()
    gap = services.answer_gap(by=staff, gap=gap, answer=" Yes. ", on=date(2022, 10, 1), evidence=[item], expected=1)
    gap.refresh_from_db()
    assert (gap.state, gap.answer, gap.days_open, gap.version) == ("answered", "Yes.", 30, 2)
    assert list(gap.evidence.all()) == [item] and list(item.gaps.all()) == [gap]
    assert not gap.is_long_open and not EvidenceGap.objects.long_open().exists()


def test_a_gap_is_long_open_only_after_more_than_ninety_days():
    factories.EvidenceGapFactory(raised_on=days_ago(90))
    late = factories.EvidenceGapFactory(raised_on=days_ago(91))
    assert list(EvidenceGap.objects.long_open()) == [late] and late.is_long_open


def test_an_answer_needs_words_and_a_closing_a_reason_and_both_a_day_that_fits(staff):
    gap = factories.EvidenceGapFactory()
    for refused_step, field in [
        (lambda: services.answer_gap(by=staff, gap=gap, answer="  "), "answer"),
        (lambda: services.close_gap(by=staff, gap=gap, reason=" "), "reason"),
        (lambda: services.answer_gap(by=staff, gap=gap, answer="Yes", on=date(2022, 8, 1)), "on"),
        (lambda: services.close_gap(by=staff, gap=gap, reason="No", on=days_ago(-1)), "on"),
    ]:
        with pytest.raises(ValidationError) as refused:
            refused_step()
        assert list(error_of(refused)) == [field]
    gap.refresh_from_db()
    assert gap.is_open and gap.version == 1


def test_a_settled_gap_must_be_reopened_first_and_keeps_its_earlier_answer(staff):
    gap = services.answer_gap(by=staff, gap=factories.EvidenceGapFactory(), answer="Yes")
    for step in (
        lambda: services.answer_gap(by=staff, gap=gap, answer="No"),
        lambda: services.close_gap(by=staff, gap=gap, reason="No"),
        lambda: services.record_feedback(by=staff, gap=gap, role="A manager"),
    ):
        with pytest.raises(StateConflict, match=r"answered\. Reopen it first"):
            step()
    gap = services.reopen_gap(by=staff, gap=gap)
    assert (gap.is_open, gap.settled_on, gap.answer) == (True, None, "Yes")
    with pytest.raises(StateConflict, match="open already"):
        services.reopen_gap(by=staff, gap=gap)
    gap = services.close_gap(by=staff, gap=gap, reason="No one asks")
    assert gap.state == "closed" and gap.answer == "Yes"
    told = [(row["label"], row["detail"]) for row in audit.history(gap)]
    assert ("Evidence gap reopened", "It was answered") in told and "No one asks" not in str(told)


def test_two_who_settle_one_gap_do_not_write_over_each_other(staff):
    gap = factories.EvidenceGapFactory()
    services.update_gap(by=staff, gap=EvidenceGap.objects.get(), title="Another question?")
    for step in (
        lambda: services.answer_gap(by=staff, gap=gap, answer="Yes", expected=1),
        lambda: services.close_gap(by=staff, gap=gap, reason="No", expected=1),
        lambda: services.update_gap(by=staff, gap=EvidenceGap.objects.get(), expected=1, title="Third?"),
    ):
        with pytest.raises(Conflict):
            step()
    assert EvidenceGap.objects.get().title == "Another question?"


def test_a_gap_cannot_be_moved_to_a_day_after_what_came_of_it(staff):
    gap = factories.EvidenceGapFactory()
    services.record_feedback(by=staff, gap=gap, role="A manager", on=date(2022, 9, 12))
    with pytest.raises(ValidationError, match="recorded on 12 September 2022"):
        services.update_gap(by=staff, gap=gap, raised_on=date(2022, 9, 13))
    services.update_gap(by=staff, gap=EvidenceGap.objects.get(), raised_on=date(2022, 9, 12))
    site = factories.SiteFactory()
    with pytest.raises(ValidationError, match="not both"):
        services.update_gap(by=staff, gap=EvidenceGap.objects.get(), site=site)
    services.update_gap(by=staff, gap=EvidenceGap.objects.get(), topic=None, site=site)
    assert EvidenceGap.objects.get().origin == site
