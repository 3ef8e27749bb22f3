"""The guard rails, the cadence strip and the theme matrix: what they say, and in how many queries."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from networks.groups.models import Group, Membership
from networks.groups.services import explain_guard, update_group
from networks.meetings.services import cancel_meeting
from networks.members.guard import cadence, guard, slots_of
from networks.members.services import appoint_coordinator, end_membership
from networks.network import matrix
from tests import factories
from tests.factories import at
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def cautions(group, on=None) -> dict[str, str]:
    found = guard(Group.objects.with_guard_data().get(pk=group.pk), on)
    return {c.guard: f"{c.title}. {c.detail}" for c in found}


def test_a_balanced_group_has_only_its_missing_meetings_to_think_of(circle):
    assert cautions(circle.group) == {
        "meetings": "2 of 4 meetings have a date. Between 1 July 2022 and 31 January 2023."
    }


def test_a_thin_group_without_a_funder_is_warned_about_both(circle):
    for membership in circle.members[:1] + circle.members[3:4] + circle.members[8:]:
        end_membership(by=circle.coordinator, membership=membership, ends_on=date(2023, 1, 1))
    found = cautions(circle.group)
    assert found["size"] == "6 members. The aim is 8 to 10."
    assert found["perspectives"] == "Perspectives missing. No member brings: funder or decision-maker."


def test_supporters_and_the_coordinator_do_not_count_towards_the_size(circle):
    Membership.objects.filter(pk__in=[m.pk for m in circle.members[:2]]).update(role="supporter")
    assert "7 members" in cautions(circle.group)["size"]


def test_no_coordinator_and_two_coordinators_are_both_noticed(circle):
    extra = factories.MembershipFactory(group=circle.group, role="coordinator", perspective="")
    assert "2 coordinators" in cautions(circle.group)["coordinator"]
    Membership.objects.filter(pk__in=[extra.pk, circle.coordinator_membership.pk]).update(ends_on=date(2023, 1, 1))
    assert "No coordinator" in cautions(circle.group)["coordinator"]


def test_meetings_after_the_last_day_do_not_count_as_planned_in_time(circle):
    Group.objects.filter(pk=circle.group.pk).update(ends_on=None, starts_on=date(2022, 7, 12))
    group = Group.objects.get(pk=circle.group.pk)
    assert cautions(group, date(2023, 1, 11))["meetings"].startswith("1 of 4")  # six months from 12 July


def test_a_group_without_an_end_is_asked_for_its_meetings_in_every_period(circle):
    """An advisory group that meets three times a year does so every year, not only in its first."""
    Group.objects.filter(pk=circle.group.pk).update(
        ends_on=None, starts_on=date(2020, 2, 29), meetings_planned=3, months_planned=12
    )
    group = Group.objects.get(pk=circle.group.pk)
    assert group.period_on(date(2020, 2, 28)) is None
    assert group.period_on(date(2021, 2, 27)) == (date(2020, 2, 29), date(2021, 2, 27))
    assert group.period_on(date(2021, 2, 28)) == (date(2021, 2, 28), date(2022, 2, 27))
    found = cautions(group, date(2023, 1, 16))["meetings"]
    assert found == "2 of 3 meetings have a date. Between 28 February 2022 and 27 February 2023."
    assert cautions(group, date(2025, 6, 1))["meetings"].startswith("0 of 3")


def test_how_many_coordinators_a_group_has_is_a_setting(staff, circle):
    group = circle.group
    update_group(by=staff, group=group, leaders_planned=2)
    assert "1 of 2 coordinators" in cautions(Group.objects.get(pk=group.pk))["coordinator"]
    second, third = factories.PersonFactory(), factories.PersonFactory()
    appoint_coordinator(by=staff, group=group, person=second)
    circle.coordinator_membership.refresh_from_db()
    assert circle.coordinator_membership.ends_on is None  # they coordinate together
    assert "coordinator" not in cautions(Group.objects.get(pk=group.pk))
    with pytest.raises(ValidationError, match="Choose who hands over"):
        appoint_coordinator(by=staff, group=group, person=third)
    appoint_coordinator(by=staff, group=group, person=third, takes_over_from=circle.coordinator_membership)
    circle.coordinator_membership.refresh_from_db()
    assert circle.coordinator_membership.ends_on
    assert "coordinator" not in cautions(Group.objects.get(pk=group.pk))


def test_the_page_asks_who_hands_over_only_where_several_coordinate(sign_in, staff, circle):
    url = f"/groups/{circle.group.slug}/coordinator/"
    client = sign_in(staff)
    assert "Takes over from" not in html_of(client.get(url))
    update_group(by=staff, group=circle.group, leaders_planned=2)
    assert circle.coordinator.person.name in html_of(client.get(url)).split("Takes over from")[1]


def test_an_explanation_stands_beside_its_warning(circle):
    explain_guard(by=circle.coordinator, group=circle.group, guard="meetings", reason="Two in the spring.")
    (caution,) = guard(circle.group)
    assert caution.is_explained and caution.reason == "Two in the spring." and caution.label == "Number of meetings"


def test_an_advisory_group_is_asked_for_its_size_and_not_for_five_perspectives():
    group = factories.AdvisoryGroupFactory(starts_on=date(2023, 6, 1), ends_on=None)
    assert set(cautions(group)) == {"size"}


def test_the_cadence_strip_has_a_slot_for_every_planned_meeting(circle):
    factories.LoggedMeetingFactory(group=circle.group, number=7, starts_at=at(2022, 9, 1))
    slots = cadence(Group.objects.filter(pk=circle.group.pk))[circle.group]
    assert [(s["label"], s["state"]) for s in slots] == [
        ("Meeting 7", "done"),
        ("Meeting 1", "late"),
        ("Meeting 2", "next"),
        ("Meeting 4", "none"),
    ]
    assert slots[2]["date"] == date(2023, 1, 30) and slots[0]["href"].startswith("/meetings/")


def test_a_cancelled_meeting_has_no_slot(circle):
    cancel_meeting(by=circle.coordinator, meeting=circle.later, reason="Snow")
    assert [s["state"] for s in slots_of(circle.group)] == ["late", "none", "none", "none"]


def test_cadences_of_many_groups_cost_as_much_as_of_one(django_assert_num_queries):
    for _ in range(6):
        factories.MeetingFactory.create_batch(3, group=factories.GroupFactory())
    with django_assert_num_queries(2):
        assert len(cadence(Group.objects.all())) == 6


# --- The matrix ----------------------------------------------------------------------------------
@pytest.fixture
def network():
    """England and Wales have reported on meeting 1; Northern Ireland has not."""
    site = factories.SiteFactory()
    groups = {
        nation: factories.GroupFactory(site=site, nation=nation, name=f"Local {nation}", slug=f"local-{nation}")
        for nation in ("england", "wales", "northern_ireland")
    }
    trust = factories.ThemeFactory(name="Trust", slug="trust")
    time = factories.ThemeFactory(name="Time", slug="time")
    for nation in ("england", "wales"):
        meeting = factories.LoggedMeetingFactory(group=groups[nation], number=1)
        factories.ContributionFactory.create_batch(2, meeting=meeting, theme=trust, kind="enabler")
        factories.ContributionFactory(meeting=meeting, theme=trust, kind="barrier")
    factories.ContributionFactory(meeting=meeting, theme=time, kind="question")
    factories.MeetingFactory(group=groups["northern_ireland"], number=1)
    return site, groups, trust


def test_the_matrix_counts_enablers_and_barriers_by_theme_and_nation(network):
    site, _groups, _trust = network
    found = matrix.theme_matrix(site)
    assert found.nations == ["england", "northern_ireland", "wales"]
    trust, time = found.rows
    assert (trust.theme, [(c.enablers, c.barriers, c.others) for c in trust.cells]) == (
        "Trust",
        [(2, 1, 0), (0, 0, 0), (2, 1, 0)],
    )
    assert (time.theme, time.others, trust.total) == ("Time", 1, 6)


def test_missing_returns_are_named(network):
    site, groups, _trust = network
    assert [m.text for m in matrix.theme_matrix(site).missing] == ["Northern Ireland has not yet reported on meeting 1"]
    factories.MeetingFactory(group=groups["northern_ireland"], number=2)
    factories.MeetingFactory(group=groups["northern_ireland"], number=3)
    assert [m.text for m in matrix.theme_matrix(site).missing] == [
        "Northern Ireland has not yet reported on meetings 1, 2 and 3"
    ]


def test_two_local_networks_in_one_nation_are_named_apart(network):
    site, _groups, _trust = network
    factories.GroupFactory(site=site, nation="northern_ireland")
    assert matrix.theme_matrix(site).missing[0].text.startswith("Local northern_ireland has not")


def test_what_is_still_being_written_or_was_taken_off_is_not_counted(network):
    site, groups, trust = network
    draft = factories.MeetingFactory(group=groups["england"], number=5)
    factories.ContributionFactory(meeting=draft, theme=trust)
    removed = factories.ContributionFactory(
        meeting=factories.LoggedMeetingFactory(group=groups["england"], number=6), theme=trust
    )
    removed.removed_at = at(2022, 8, 1)
    removed.save()
    assert matrix.theme_matrix(site).rows[0].total == 6


def test_a_merged_theme_counts_where_it_went(network):
    site, groups, trust = network
    old = factories.ThemeFactory(name="Trusting", slug="trusting", merged_into=trust)
    factories.ContributionFactory(meeting=factories.LoggedMeetingFactory(group=groups["wales"], number=6), theme=old)
    rows = matrix.theme_matrix(site).rows
    assert [row.theme for row in rows] == ["Trust", "Time"] and rows[0].total == 7


def test_the_matrix_can_look_back_to_a_day(network):
    site, groups, trust = network
    late = factories.LoggedMeetingFactory(group=groups["wales"], number=6, starts_at=at(2022, 12, 1))
    factories.ContributionFactory(meeting=late, theme=trust)
    assert matrix.theme_matrix(site, until=at(2022, 11, 1)).rows[0].total == 6
    assert matrix.theme_matrix(site, until=at(2022, 7, 1)).missing == []


def test_another_networks_words_stay_out(network):
    site, _groups, trust = network
    factories.ContributionFactory(theme=trust)
    assert matrix.theme_matrix(site).rows[0].total == 6


def test_the_matrix_takes_three_queries_whatever_the_size(network, django_assert_num_queries):
    site, groups, _trust = network
    with CaptureQueriesContext(connection) as small:
        matrix.theme_matrix(site)
    for group in groups.values():
        for n in range(20, 24):
            meeting = factories.LoggedMeetingFactory(group=group, number=n)
            factories.ContributionFactory.create_batch(5, meeting=meeting)
            factories.MeetingFactory(group=group, number=n + 10)
    with django_assert_num_queries(len(small)):
        matrix.theme_matrix(site)
    assert len(small) == 3
