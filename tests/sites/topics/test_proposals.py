"""Proposals: who records them and from where, and what becomes of them."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from impact.core.access import audit
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from sites.topics.models import Topic
from sites.topics.proposals import services
from sites.topics.proposals.models import Proposal
from sites.topics.scoring.models import TopicYear
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = date(2023, 1, 16)


@pytest.fixture(autouse=True)
def today():
    with clock.standing_on(TODAY):
        yield


@pytest.fixture
def assembly():
    return factories.AdvisoryGroupFactory(kind="assembly", name="Assembly in Wales", nation="wales")


def record(by, **more) -> Proposal:
    return services.record_proposal(
        by=by, **{"year": 2024, "title": "A break", "source": "staff", "nations": ["wales"], **more}
    )


def error_of(refused) -> dict[str, list[str]]:
    return refused.value.message_dict


def test_staff_record_what_an_assembly_proposed_at_its_meeting(staff, assembly):
    meeting = factories.MeetingFactory(group=assembly)
    proposal = record(staff, source="assembly", group=assembly, meeting=meeting, nations=[], title="  A  break ")
    proposal.refresh_from_db()
    assert (proposal.title, proposal.proposed_on, proposal.places) == ("A break", date(2022, 7, 26), "Wales")
    assert proposal.recorded_by == staff and audit.history(proposal)[0]["label"] == "Proposal recorded"


def test_a_coordinator_records_for_their_own_assembly_and_no_other(assembly):
    coordinator = factories.user_in(assembly, "coordinator")
    assert record(coordinator, source="assembly", group=assembly, nations=[]).group == assembly
    other = factories.AdvisoryGroupFactory(kind="assembly")
    for given in ({"source": "assembly", "group": other}, {"source": "staff"}, {"source": "survey"}):
        with pytest.raises(PermissionDenied):
            record(coordinator, **given)
    with pytest.raises(PermissionDenied):
        record(factories.user_in(assembly), source="assembly", group=assembly)


@pytest.mark.parametrize("role", ["leadership", "assessor", "administrator", "api_client"])
def test_only_staff_decide_about_proposals(role):
    by, proposal, other = factories.UserFactory(roles=[role]), factories.ProposalFactory(), factories.ProposalFactory()
    for step, given in [
        (services.take_on_proposal, {}),
        (services.merge_proposal, {"into": other}),
        (services.set_aside_proposal, {"reason": "No"}),
        (services.reopen_proposal, {}),
        (services.change_proposal, {"title": "Other"}),
    ]:
        with pytest.raises(PermissionDenied):
            step(by=by, proposal=proposal, **given)


def test_where_a_proposal_comes_from_is_checked(staff, assembly):
    network, elsewhere = factories.GroupFactory(), factories.MeetingFactory()
    meeting = factories.MeetingFactory(group=assembly)
    cancelled = factories.MeetingFactory(group=assembly, status="cancelled", status_reason="Snow")
    cases = [
        ({"source": "assembly"}, "group", "Choose the assembly"),
        ({"source": "assembly", "group": network}, "group", "Choose the assembly"),
        ({"source": "staff", "group": assembly}, "group", "Only a proposal from an assembly"),
        ({"source": "assembly", "group": assembly, "meeting": elsewhere}, "meeting", "not one of Assembly in Wales"),
        ({"source": "assembly", "group": assembly, "meeting": cancelled}, "meeting", "was cancelled"),
        (
            {"source": "assembly", "group": assembly, "meeting": meeting, "proposed_on": date(2022, 7, 1)},
            "proposed_on",
            "The meeting was on 26 July 2022",
        ),
        ({"proposed_on": date(2023, 1, 17)}, "proposed_on", "in the future"),
        ({"year": 1999}, "year", "Enter a year from 2000 to 2100"),
        ({"nations": []}, "nations", "at least one nation"),
        ({"nations": ["atlantis"]}, "nations", "Not a nation"),
    ]
    for given, field, words in cases:
        with pytest.raises(ValidationError) as refused, transaction.atomic():
            record(staff, **given)
        assert words in " ".join(error_of(refused)[field]), (given, error_of(refused))
    assert not Proposal.objects.exists()


def test_a_year_whose_list_is_published_takes_no_more_proposals(staff):
    TopicYear.objects.create(year=2024, stage="published", agreed_on=date(2022, 1, 1))
    with pytest.raises(ValidationError, match="The list for 2024 is published"):
        record(staff)


def test_a_proposal_is_taken_on_as_a_new_topic_that_knows_where_it_comes_from(staff, assembly):
    heard = factories.ProposalFactory(title="Rest", source="assembly", group=assembly)
    asked = factories.ProposalFactory(title="A break", source="survey", why="Many said so.")
    services.merge_proposal(by=staff, proposal=heard, into=asked)
    row = services.take_on_proposal(by=staff, proposal=asked)
    topic = Topic.objects.get()
    assert row.topic == topic and (topic.name, topic.summary, topic.proposed_for) == ("A break", "Many said so.", 2024)
    assert topic.source == "both" and row.settled_on == TODAY
    assert services.source_of(factories.ProposalFactory()) == "staff"


def test_a_proposal_is_taken_on_as_a_topic_that_exists_and_a_second_of_one_name_is_refused(staff):
    topic = factories.TopicFactory(name="Carers")
    with pytest.raises(ValidationError, match="There is already a topic called Carers"):
        services.take_on_proposal(by=staff, proposal=factories.ProposalFactory(title="carers"))
    assert services.take_on_proposal(by=staff, proposal=factories.ProposalFactory(), topic=topic).topic == topic


def test_merging_needs_another_proposal_of_the_year_that_still_stands(staff):
    one, two = factories.ProposalFactory(), factories.ProposalFactory()
    aside = services.set_aside_proposal(by=staff, proposal=factories.ProposalFactory(), reason="Not now")
    later = factories.ProposalFactory(year=2025)
    for into, words in ((one, "another proposal"), (aside, "is set aside"), (later, "is for 2025")):
        with pytest.raises(ValidationError, match=words):
            services.merge_proposal(by=staff, proposal=one, into=into)
    services.merge_proposal(by=staff, proposal=one, into=two)
    with pytest.raises(ValidationError, match="Others are merged into this one"):
        services.merge_proposal(by=staff, proposal=two, into=factories.ProposalFactory())
    with pytest.raises(ValidationError, match="Others are merged into this one"):
        services.set_aside_proposal(by=staff, proposal=two, reason="No")


def test_each_decision_can_be_undone_and_none_is_made_twice(staff):
    for step, given in [
        (services.take_on_proposal, {"topic": factories.TopicFactory()}),
        (services.merge_proposal, {"into": factories.ProposalFactory()}),
        (services.set_aside_proposal, {"reason": "Not now"}),
    ]:
        proposal = factories.ProposalFactory()
        with pytest.raises(StateConflict):
            services.reopen_proposal(by=staff, proposal=proposal)
        step(by=staff, proposal=proposal, **given)
        with pytest.raises(StateConflict, match="Undo that first"):
            step(by=staff, proposal=proposal, **given)
        row = services.reopen_proposal(by=staff, proposal=proposal)
        assert row.is_open and not (row.topic or row.merged_into or row.set_aside_reason or row.settled_on)


def test_setting_aside_needs_a_reason(staff):
    with pytest.raises(ValidationError, match="Say why"):
        services.set_aside_proposal(by=staff, proposal=factories.ProposalFactory(), reason="  ")


def test_the_second_of_two_editors_gets_a_conflict(staff):
    proposal = factories.ProposalFactory()
    services.change_proposal(by=staff, proposal=Proposal.objects.get(pk=proposal.pk), expected=1, title="First")
    with pytest.raises(Conflict):
        services.change_proposal(by=staff, proposal=Proposal.objects.get(pk=proposal.pk), expected=1, title="Second")
    with pytest.raises(Conflict):
        services.take_on_proposal(by=staff, proposal=proposal, expected=1)
    row = services.change_proposal(
        by=staff, proposal=Proposal.objects.get(pk=proposal.pk), expected=2, nations=["wales", "scotland"]
    )
    assert row.version == 3 and Proposal.objects.get(pk=proposal.pk).places == "Scotland, Wales"


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": "assembly"},
        {"state": "taken_on", "settled_on": TODAY},
        {"state": "merged", "settled_on": TODAY},
        {"state": "set_aside", "settled_on": TODAY},
        {"settled_on": TODAY},
        {"year": 1999},
    ],
)
def test_the_database_refuses_a_proposal_that_contradicts_itself(wrong):
    proposal = factories.ProposalFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(**wrong)


def test_proposals_are_seen_by_national_readers_and_by_the_assembly_that_made_them(assembly, leader, outsider, staff):
    heard = factories.ProposalFactory(source="assembly", group=assembly)
    factories.ProposalFactory()
    assert Proposal.objects.visible_to(leader).count() == Proposal.objects.visible_to(staff).count() == 2
    assert list(Proposal.objects.visible_to(factories.user_in(assembly))) == [heard]
    assert not Proposal.objects.visible_to(outsider).exists()
    assert not Proposal.objects.visible_to(factories.user_in(factories.GroupFactory())).exists()
