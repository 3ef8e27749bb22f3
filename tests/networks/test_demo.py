"""The demonstration of this app: the facts of 2022, built through the services, the same every time."""

import csv
from datetime import date
from pathlib import Path

import pytest

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from impact.core.management.demo import read
from impact.core.people.models import Person
from networks.actions.models import Action
from networks.documents.materials.models import Material
from networks.groups.models import Group, Membership
from networks.log.models import Attendance, Contribution
from networks.management.demo import choosing, estate, shapes
from networks.meetings.models import Meeting
from networks.members import guard
from networks.members.handover import handovers_to
from networks.network.learning.models import LearningReceipt, SharedLearning
from networks.network.matrix import theme_matrix
from networks.themes.models import Theme, ThemeChange
from sites.topics.lists.models import ListEdition
from sites.topics.proposals.models import Proposal, SurveyCount
from sites.topics.scoring.models import ScoreSheet, TopicYear
from sites.topics.scoring.results import results_of
from tests import factories
from tests.networks.conftest import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def accounts():
    names = [
        "staff",
        "engagement",
        "coordinator.england",
        "coordinator.scotland",
        "coordinator.wales",
        "coordinator.ni",
        "member",
        "leadership",
        "assessor",
    ]
    roles = {name: [name] for name in ("staff", "leadership", "assessor")} | {"engagement": ["engagement_lead"]}
    return {name: factories.UserFactory(email=f"{name}@impact.example", roles=roles.get(name)) for name in names}


@pytest.fixture(scope="module")
def demonstration(one_for_the_file):
    with one_for_the_file() as files, clock.standing_on(TODAY):
        made = accounts()
        factories.SiteFactory(slug="choice-and-control", nations=["england", "northern_ireland", "scotland", "wales"])
        for candidate in read(choosing.__file__, "choosing_2023.toml", shapes.Choosing).topics.values():
            factories.TopicFactory(slug=candidate.slug, name=candidate.slug, proposed_for=2023)
        estate.build(made)
        yield made, files


@pytest.fixture
def built(demonstration, db, settings):
    made, settings.MEDIA_ROOT = demonstration
    return made


def test_four_local_networks_meet_four_times_and_northern_ireland_has_not_reported(built):
    site = Group.objects.get(slug="choice-and-control-england").site
    assert site.groups.local_networks().count() == 4
    assert Meeting.objects.filter(group__site=site).count() == 16
    first = Meeting.objects.filter(group__site=site, number=1)
    assert all(m.starts_on.month == 7 and m.starts_on.day >= 25 for m in first)
    matrix = theme_matrix(site)
    assert [m.text for m in matrix.missing] == [
        "Northern Ireland has not yet reported on meetings 1, 2 and 3",
        "Wales has not yet reported on meeting 3",
    ]


def test_the_first_returns_hold_the_five_enablers_and_the_seven_barriers(built):
    first = Contribution.objects.filter(meeting__number=1, meeting__group__kind="local_network")
    enablers = set(first.filter(kind="enabler").values_list("theme__slug", flat=True))
    barriers = set(first.filter(kind="barrier").values_list("theme__slug", flat=True))
    assert enablers == {"being-asked", "supported-decisions", "relationships", "information", "budgets-and-eligibility"}
    assert barriers == {
        "risk", "relationships", "systems-and-processes", "time", "place-and-availability", "health-and-social-care", "covid-19",
    }  # fmt: skip
    assert set(first.values_list("meeting__group__nation", flat=True)) == {"england", "scotland", "wales"}
    assert set(first.values_list("level", flat=True)) == {"systemic", "human"}


def test_meetings_are_at_different_stages(built):
    stands = {
        nation: list(
            Meeting.objects.filter(group__slug=f"choice-and-control-{nation}")
            .order_by("number")
            .values_list("status", flat=True)
        )
        for nation in ("england", "scotland", "wales", "northern-ireland")
    }
    assert stands == {
        "england": ["complete", "complete", "complete", "planned"],
        "scotland": ["complete", "complete", "logged", "planned"],
        "wales": ["complete", "complete", "planned", "planned"],
        "northern-ireland": ["planned", "planned", "planned", "planned"],
    }
    fourth = Meeting.objects.get(group__slug="choice-and-control-england", number=4)
    assert fourth.agenda_items.filter(carried_from__meeting__number=3).count() == 1
    assert "money and support plans" in fourth.purpose


def test_guard_warnings_appear_where_expected(built):
    def guards(nation):
        group = Group.objects.with_guard_data().get(slug=f"choice-and-control-{nation}")
        return [(c.guard, c.is_explained) for c in guard.guard(group)]

    assert guards("england") == guards("scotland") == []
    assert guards("wales") == [("size", False)]
    assert guards("northern-ireland") == [("perspectives", True)]


def test_the_advisory_group_has_ten_members_and_three_meetings_behind_it(built):
    group = Group.objects.get(slug="advisory-group")
    assert group.memberships.count() == 10
    assert group.memberships.filter(person__user=built["member"]).exists()
    assert set(group.memberships.values_list("perspective", flat=True)) == {"draws_on_care", "carer"}
    assert list(group.meetings.order_by("number").values_list("status", flat=True)) == ["complete"] * 3 + ["planned"]
    assert group.meetings.filter(status="complete", starts_at__year=2022).count() == 3
    assert Group.objects.get(slug="coordinators-circle").memberships.count() == 5


def test_actions_trace_to_words_and_some_are_late(built, today):
    assert not Action.objects.filter(contribution__isnull=True).exists()
    assert Action.objects.overdue(today).count() == 3
    assert set(Action.objects.values_list("status", flat=True)) == {"open", "done", "dropped"}


def test_papers_cover_the_three_kinds_and_one_went_out_late(built):
    sent = Material.objects.select_related("meeting").filter(sent_on__isnull=False)
    assert set(sent.values_list("evidence_kind", flat=True)) == {"research", "lived_experience", "practice_knowledge"}
    assert [m.meeting.group.nation for m in sent if m.is_late] == ["scotland"]


def test_everything_invented_is_marked_and_named_after_trees_and_colours(built):
    assert not Group.objects.filter(is_illustrative=False).exists()
    assert not Meeting.objects.filter(is_illustrative=False).exists()
    networks = shapes.local_networks().values()
    advisory = read(estate.__file__, "advisory_group.toml", shapes.AdvisoryGroup)
    invented = {member.name for group in [*networks, advisory] for member in group.members}
    invented |= {network.handover.first_coordinator for network in networks if network.handover}
    invented |= {
        row["Name"]
        for row in csv.DictReader(
            Path(estate.__file__).with_name("data").joinpath("new-contacts.csv").read_text().splitlines()
        )
    }
    assert set(Person.objects.filter(user__isnull=True).values_list("name", flat=True)) == invented
    assert not Person.objects.filter(user__isnull=True, is_illustrative=False).exists()


def test_past_events_are_dated_on_the_days_they_happened(built):
    logged = AuditEvent.objects.filter(type="meeting.logged").order_by("at").first()
    assert logged.at.date() == date(2022, 3, 25)
    assert AuditEvent.objects.filter(at__date__gt=date(2023, 1, 16)).count() == 0


def test_building_twice_adds_nothing(built):
    tables = (
        SharedLearning,
        LearningReceipt,
        ThemeChange,
        Group,
        Membership,
        Meeting,
        Attendance,
        Contribution,
        Action,
        Material,
        Theme,
        Person,
        Proposal,
        SurveyCount,
        ScoreSheet,
        ListEdition,
        AuditEvent,
    )
    before = [table.objects.count() for table in tables]
    estate.build(built)
    assert [table.objects.count() for table in tables] == before


def test_who_came_and_what_was_said_never_changes(built):
    words = list(Contribution.objects.order_by("meeting__starts_at", "position").values_list("words", "theme__slug"))
    statuses = list(
        Attendance.objects.order_by("meeting__starts_at", "person__name").values_list("person__name", "status")
    )
    assert words[0][0].startswith("We were asked who we are") and len(words) == 34
    assert statuses.count(("Hazel Umber", "apologies")) + statuses.count(("Hazel Umber", "present")) == 3


def test_local_networks_share_two_learnings_and_answer_some(built):
    first, second = SharedLearning.objects.order_by("shared_at")
    assert [r.answer for r in first.receipts.order_by("group__nation")] == ["", "adapted", "tried"]
    assert [r.answer for r in second.receipts.order_by("group__nation")] == ["not_for_us", "", ""]
    new = LearningReceipt.objects.exclude(answer="").filter(seen_by_giver_at__isnull=True)
    assert [r.learning for r in new] == [second]


def test_one_theme_was_merged_and_its_history_says_why(built):
    change = ThemeChange.objects.get()
    assert (change.theme.name, change.other.name) == ("Red tape", "Systems and processes") and change.reason
    assert not Contribution.objects.filter(theme__name="Red tape").exists()


def test_one_log_has_an_attendance_report_photos_versions_of_its_notes_and_a_restricted_note(built):
    meeting = Meeting.objects.get(group__slug="choice-and-control-scotland", number=3)
    report = meeting.imports.get()
    assert report.applied_at and {row["choice"] for row in report.rows if not row["email"]} == {"out"}
    came = meeting.attendances.filter(status="present", person__isnull=False)
    assert came.exists() and all(row.minutes for row in came)
    assert [bool(photo.alt) for photo in meeting.photos.all()] == [True, False]
    assert meeting.notes_versions.count() == 3
    assert meeting.restricted_notes.get().is_safeguarding is False
    estate.build(built)
    assert (meeting.imports.count(), meeting.photos.count(), meeting.notes_versions.count()) == (1, 2, 3)


def test_meetings_are_announced_and_one_is_still_a_draft(built):
    assert [m.group.slug for m in Meeting.objects.filter(announced_at__isnull=True)] == [
        "choice-and-control-northern-ireland"
    ]
    last = Meeting.objects.get(group__slug="choice-and-control-england", number=4)
    answers = sorted(last.invitations.filter(withdrawn_at=None).values_list("answer", "answered_via"))
    assert answers.count(("", "")) == 5 and ("no", "coordinator") in answers and ("supporter", "link") in answers
    assert not OutboxEmail.objects.filter(sent_at__isnull=True, calendar__gt="").exists()


def test_northern_ireland_was_handed_over_and_its_new_coordinator_reads_the_note(built):
    (found,) = handovers_to(built["coordinator.ni"])
    assert found.before.person.name == "Bramble Fawn" and "blue folder" in found.before.handover


def test_five_assemblies_two_in_england_meet_twice_a_year_and_feed_topics(built):
    assemblies = Group.objects.filter(kind="assembly")
    assert sorted(assemblies.values_list("nation", flat=True)) == [
        "england", "england", "northern_ireland", "scotland", "wales",
    ]  # fmt: skip
    for group in assemblies:
        assert (group.size_min, group.size_max, group.meetings_planned) == (30, 35, 2)
        assert group.meetings.filter(starts_at__year=2022, status="complete").count() == 2
        assert all(row.meeting and row.is_illustrative for row in group.topic_proposals.all())
    assert set(Proposal.objects.filter(year=2023).values_list("state", flat=True)) == {
        "taken_on",
        "merged",
        "set_aside",
    }
    assert {row.is_open for row in Proposal.objects.filter(year=2024)} == {True}
    assert not Proposal.objects.filter(is_illustrative=False).exists()
    assert set(SurveyCount.objects.values_list("nation", flat=True)) == {
        "england", "northern_ireland", "scotland", "wales",
    }  # fmt: skip


def test_the_four_topics_of_2023_were_scored_by_five_people_agreed_and_published_before_the_round(built):
    year = TopicYear.objects.get()
    assert (year.year, year.stage, year.is_illustrative) == (2023, "published", True)
    assert year.agreed_by == built["leadership"] and year.agreed_on == date(2022, 11, 18)
    results = results_of(year)
    assert len(results) == 4 and {result.people for result in results} == {5}
    assert [result.topic.slug for result in results if result.is_thin] == [
        "prevention-and-well-being",
        "carers-health-and-well-being",
    ]
    edition = ListEdition.objects.get()
    assert len(edition.chosen) == 4 and edition.published_at.date() == date(2022, 11, 22)
    assert all(entry["reason"] for entry in edition.chosen)
