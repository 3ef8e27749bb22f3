"""The pages: what each role reads and does there, how lists behave, and that nothing typed is lost."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from impact.core.people.models import Person
from networks.actions.models import Action
from networks.actions.services import change_action
from networks.documents.materials.services import add_material
from networks.groups.models import Group, Membership
from networks.groups.services import update_group
from networks.log import services
from networks.meetings.models import Debrief, Meeting
from networks.meetings.services import add_agenda_item, update_meeting
from tests import factories
from tests.factories import at
from tests.pages import html_of

# What pages show; every page's queries run on PostgreSQL too, in the permission matrix.
pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]


def text(response) -> str:
    return html_of(response)


def queries(client, url) -> int:
    client.get(url)  # content types, roles and the like are read once
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


# --- Lists ---------------------------------------------------------------------------------------
def test_the_list_shows_networks_and_groups_with_members_and_the_next_meeting(circle, staff, sign_in):
    page = text(sign_in(staff).get("/networks/"))
    assert circle.group.site.name in page and "1 return missing" in page
    assert "Local network, Wales" in page and "30 January 2023" in page and ">9</td>" in page


def test_a_member_sees_only_their_own_group_and_no_network(circle, sign_in):
    factories.GroupFactory(name="Somewhere else")
    page = text(sign_in(factories.user_in(circle.group)).get("/networks/"))
    assert "Local network, Wales" in page and "Somewhere else" not in page
    assert "Networks of local networks" not in page


def test_groups_are_filtered_by_kind_nation_and_words(circle, staff, sign_in):
    factories.AdvisoryGroupFactory(name="Advisers")
    client = sign_in(staff)
    for query, shown in [
        ("kind=advisory_group", "Advisers"),
        ("nation=wales", "Local network, Wales"),
        ("q=advis", "Advisers"),
    ]:
        page = text(client.get(f"/networks/?{query}"))
        assert (">Advisers</a>" in page) is (shown == "Advisers"), query
        assert (">Local network, Wales</a>" in page) is (shown != "Advisers"), query
    assert "No group matches" in text(client.get("/networks/?q=nothing-like-it"))


def test_someone_without_a_group_is_told_what_to_do(outsider, sign_in):
    page = text(sign_in(outsider).get("/networks/"))
    assert "You do not belong to a group yet" in page


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("/networks/?format=csv", "Local network, Wales,Local network,"),
        ("/meetings/?format=csv&sort=date", '"Local network, Wales",Wales,1,Meeting 1,2023-01-10'),
        ("/actions/?format=csv", "'=HYPERLINK()"),
    ],
)
def test_every_list_exports_and_cells_are_never_formulas(circle, staff, sign_in, url, wanted):
    factories.ActionFactory(group=circle.group, what="=HYPERLINK()")
    response = sign_in(staff).get(url)
    body = b"".join(response.streaming_content).decode("utf-8-sig")
    assert wanted in body or f'"{wanted.split(",Local")[0]}"' in body


def test_meetings_are_filtered_by_group_status_and_day(circle, staff, sign_in):
    client = sign_in(staff)
    factories.LoggedMeetingFactory(number=1, title="Elsewhere")
    page = text(client.get(f"/meetings/?group={circle.group.slug}"))
    assert "1. Meeting 1" in page and "Elsewhere" not in page
    page = text(client.get("/meetings/?status=to_log"))
    assert "1. Meeting 1" in page and "2. Meeting 2" not in page and "Elsewhere" not in page
    page = text(client.get("/meetings/?after=2023-01-20&before=2023-01-31"))
    assert "2. Meeting 2" in page and "1. Meeting 1" not in page
    assert "No meeting matches" in text(client.get("/meetings/?q=zebra"))


def test_where_there_are_too_many_groups_to_choose_from_their_short_name_is_typed(circle, staff, sign_in, monkeypatch):
    monkeypatch.setattr("networks.groups.filters.MANY_GROUPS", 0)
    page = text(sign_in(staff).get(f"/meetings/?group={circle.group.slug}"))
    assert "Short name of the group" in page and "1. Meeting 1" in page


def test_actions_are_filtered_by_status_and_what_is_overdue(circle, sign_in):
    factories.ActionFactory(group=circle.group, what="Late one", due_on=date(2023, 1, 1))
    factories.ActionFactory(group=circle.group, what="Later one", due_on=date(2023, 3, 1))
    client = sign_in(circle.coordinator)
    page = text(client.get("/actions/?overdue=on"))
    assert "Late one" in page and "Later one" not in page and "Overdue" in page
    assert "No action matches" in text(client.get("/actions/?status=done"))


@pytest.mark.parametrize("url", ["/networks/", "/meetings/", "/actions/"])
def test_a_list_of_thirty_costs_as_many_queries_as_a_list_of_one(staff, sign_in, url):
    client = sign_in(staff)

    def add(n: int) -> None:
        for _ in range(n):
            meeting = factories.MeetingFactory()
            said = factories.ContributionFactory(meeting=meeting)
            factories.ActionFactory(group=meeting.group, meeting=meeting, contribution=said)

    add(1)
    one = queries(client, url)
    add(29)
    assert queries(client, url) == one


# --- A network -----------------------------------------------------------------------------------
@pytest.fixture
def network(circle):
    """Wales has said something; England too, but part of it may not be quoted; Scotland has not reported."""
    site = circle.group.site
    england = factories.GroupFactory(site=site, nation="england", name="Local network, England", slug="local-england")
    scotland = factories.GroupFactory(
        site=site, nation="scotland", name="Local network, Scotland", slug="local-scotland"
    )
    factories.MeetingFactory(group=scotland, number=1)
    theme = factories.ThemeFactory(name="Trust", slug="trust")
    ours = factories.LoggedMeetingFactory(group=circle.group, number=8)
    theirs = factories.LoggedMeetingFactory(group=england, number=1)
    factories.ContributionFactory(meeting=ours, theme=theme, words="Said in Wales")
    factories.ContributionFactory(meeting=theirs, theme=theme, words="May be quoted", quotable=True)
    factories.ContributionFactory(meeting=theirs, theme=theme, words="Keep it here", kind="barrier")
    factories.ActionFactory(group=england, what="English action")
    factories.ActionFactory(group=circle.group, what="Welsh action")
    return site


def test_the_network_page_sets_nations_side_by_side_and_names_what_is_missing(network, staff, sign_in):
    page = text(sign_in(staff).get(f"/networks/{network.slug}/"))
    assert "Scotland has not yet reported on meeting 1" in page
    assert "Wales has not yet reported on meeting 1" in page
    for nation in ("England", "Scotland", "Wales"):
        assert f">{nation}</a></h3>" in page
    assert f"/networks/{network.slug}/themes/trust/?nation=england&amp;kind=" in page
    assert "English action" in page and "Welsh action" in page
    assert "Keep it here" not in page


def test_a_coordinator_sees_the_figures_of_all_nations_and_the_names_of_none_but_their_own(network, circle, sign_in):
    factories.MembershipFactory(
        group=Group.objects.get(slug="local-england"),
        role="coordinator",
        person=factories.PersonFactory(name="English Coordinator"),
    )
    page = text(sign_in(circle.coordinator).get(f"/networks/{network.slug}/"))
    assert circle.coordinator.person.name in page and "English Coordinator" not in page
    assert "/groups/local-wales/" in page and "/groups/local-england/" not in page
    assert "Welsh action" in page and "English action" not in page


def test_an_administrator_sees_figures_and_no_meeting(network, administrator, sign_in):
    client = sign_in(administrator)
    page = text(client.get(f"/networks/{network.slug}/"))
    assert "1 enabler" in page and "/meetings/" not in page and "action</a>" not in page
    page = text(client.get(f"/networks/{network.slug}/themes/trust/"))
    assert (
        "only the networks team and coordinators can read them" in page
        and "May be quoted" not in page
        and "Said in Wales" not in page
    )


def test_a_network_without_local_networks_says_how_to_begin(staff, leader, sign_in):
    site = factories.SiteFactory(slug="second-pilot")
    page = text(sign_in(staff).get("/networks/second-pilot/"))
    assert "Start the first local network" in page and f"site={site.pk}" in page
    page = text(sign_in(leader).get("/networks/second-pilot/"))
    assert "No local networks yet" in page and "Start the first local network" not in page


def test_a_member_another_coordinator_and_a_demonstrator_get_404(network, circle, staff, sign_in):
    elsewhere = factories.user_in(factories.GroupFactory(), "coordinator")
    for user in (factories.user_in(circle.group), elsewhere):
        assert sign_in(user).get(f"/networks/{network.slug}/").status_code == 404
        assert sign_in(user).get(f"/networks/{network.slug}/themes/trust/").status_code == 404
    factories.SiteFactory(slug="not-a-network", delivery_model="demonstrator")
    assert sign_in(staff).get("/networks/not-a-network/").status_code == 404


def test_a_theme_shows_words_as_far_as_they_may_be_read(network, circle, staff, sign_in):
    url = f"/networks/{network.slug}/themes/trust/"
    page = text(sign_in(staff).get(url))
    assert all(words in page for words in ("Said in Wales", "May be quoted", "Keep it here"))
    page = text(sign_in(circle.coordinator).get(url))
    assert "Said in Wales" in page and "May be quoted" not in page and "Keep it here" not in page
    assert "counted and not shown" in page
    assert "Scotland has not yet reported on meeting 1" in page
    assert sign_in(staff).get(f"/networks/{network.slug}/themes/unknown/").status_code == 404


def test_the_network_page_costs_the_same_with_four_times_the_meetings(network, staff, sign_in):
    client, url = sign_in(staff), f"/networks/{network.slug}/"
    before = queries(client, url)
    for group in network.groups.all():
        for number in range(30, 34):
            meeting = factories.LoggedMeetingFactory(group=group, number=number)
            factories.ContributionFactory.create_batch(3, meeting=meeting)
        factories.MembershipFactory.create_batch(5, group=group)
    assert queries(client, url) == before


# --- A group -------------------------------------------------------------------------------------
def test_the_group_page_is_whole_for_its_coordinator(circle, sign_in):
    Person.objects.filter(pk=circle.ids[0]).update(access_arrangements="A loop system")
    page = text(sign_in(circle.coordinator).get("/groups/local-wales/"))
    assert "Log the meeting: Meeting 1" in page  # the next step
    assert "Member 0" in page and "A loop system" in page
    assert "2 of 4 meetings have a date" in page and "Explain why" in page
    assert "Invite a member" in page and "Meeting 2" in page


def test_a_member_reads_first_names_and_no_needs(circle, sign_in):
    Person.objects.filter(pk=circle.ids[0]).update(name="Hazel Umber", access_arrangements="A loop system")
    page = text(sign_in(factories.user_in(circle.group)).get("/groups/local-wales/"))
    assert "Hazel" in page and "Umber" not in page and "A loop system" not in page
    assert "Plan a meeting" not in page and "Explain why" not in page


def test_leadership_reads_figures_about_members_and_no_names(circle, leader, sign_in):
    Person.objects.filter(pk=circle.ids[0]).update(name="Hazel Umber", access_arrangements="A loop system")
    page = text(sign_in(leader).get("/groups/local-wales/"))
    assert "9 members" in page and "Hazel" not in page and "A loop system" not in page


def test_another_groups_pages_are_404_for_a_coordinator(circle, sign_in):
    client = sign_in(factories.user_in(factories.GroupFactory(), "coordinator"))
    for name, args in [
        ("group-detail", ["local-wales"]),
        ("group-edit", ["local-wales"]),
        ("member-add", ["local-wales"]),
        ("meeting-add", ["local-wales"]),
        ("group-explain", ["local-wales"]),
        ("membership-end", [circle.members[0].pk]),
        ("meeting-detail", [circle.meeting.pk]),
        ("meeting-log", [circle.meeting.pk]),
        ("meeting-debrief", [circle.meeting.pk]),
        ("action-detail", [factories.ActionFactory(group=circle.group).pk]),
    ]:
        assert client.get(reverse(f"networks:{name}", args=args)).status_code == 404, name


def test_a_member_cannot_open_any_form(circle, sign_in):
    client = sign_in(factories.user_in(circle.group))
    for name, args in [
        ("group-edit", ["local-wales"]),
        ("member-add", ["local-wales"]),
        ("meeting-log", [circle.meeting.pk]),
    ]:
        assert client.get(reverse(f"networks:{name}", args=args)).status_code == 403, name


def test_a_group_page_costs_the_same_with_three_times_the_members(circle, sign_in):
    client = sign_in(circle.coordinator)
    before = queries(client, "/groups/local-wales/")
    factories.MembershipFactory.create_batch(20, group=circle.group)
    for number in range(20, 26):
        factories.LoggedMeetingFactory(group=circle.group, number=number)
    assert queries(client, "/groups/local-wales/") == before


def test_staff_start_a_group_from_a_form(staff, sign_in):
    site = factories.SiteFactory()
    client = sign_in(staff)
    given = {"kind": "local_network", "name": "Choice, Wales", "nation": "wales", "about": "Kept words"}
    page = client.post("/groups/new/", given)
    assert page.status_code == 200 and "Kept words" in text(page) and "Choose the network" in text(page)
    response = client.post("/groups/new/", given | {"site": site.pk})
    assert response["Location"] == "/groups/choice-wales/"
    assert Group.objects.get(slug="choice-wales").size_max == 10


def test_a_group_cannot_join_a_network_that_is_not_one(staff, sign_in):
    site = factories.SiteFactory(delivery_model="demonstrator")
    page = sign_in(staff).post(
        "/groups/new/", {"kind": "local_network", "name": "X", "nation": "wales", "site": site.pk}
    )
    assert "not one of the available choices" in text(page) and not Group.objects.exists()


def test_two_editors_of_a_group_see_both_texts(circle, staff, sign_in):
    client = sign_in(circle.coordinator)
    given = {
        "name": circle.group.name, "place": "My place", "about": "", "starts_on": "2022-07-01", "ends_on": "2023-01-31",
        "size_min": 8, "size_max": 10, "meetings_planned": 4, "months_planned": 6, "leaders_planned": 1, "lead_days": 10, "version": 1,
    }  # fmt: skip
    update_group(by=staff, group=Group.objects.get(pk=circle.group.pk), place="Their place")
    page = client.post("/groups/local-wales/edit/", given)
    assert page.status_code == 409
    assert "Their place" in text(page) and 'value="My place"' in text(page) and 'value="2"' in text(page)
    assert client.post("/groups/local-wales/edit/", given | {"version": 2}).status_code == 302
    assert Group.objects.get(pk=circle.group.pk).place == "My place"
    assert Group.objects.get(pk=circle.group.pk).lead_days == 10


def test_a_coordinator_adds_a_member_and_goes_on_to_the_next(circle, sign_in):
    client = sign_in(circle.coordinator)
    url = "/groups/local-wales/members/record/"
    given = {
        "name": "Hazel Umber", "preferred_language": "en", "perspective": "", "role": "member", "starts_on": "2023-01-16",
        "preferred_format": "easy_read", "access_arrangements": "A break", "another": "yes",
    }  # fmt: skip
    page = client.post(url, given)
    assert "Choose an answer" in text(page) and 'value="Hazel Umber"' in text(page)
    assert client.post(url, given | {"perspective": "carer"})["Location"] == url
    membership = Membership.objects.get(person__name="Hazel Umber")
    assert (membership.perspective, membership.person.preferred_format) == ("carer", "easy_read")


def test_a_membership_is_ended_from_a_form(circle, sign_in):
    client = sign_in(circle.coordinator)
    url = reverse("networks:membership-end", args=[circle.members[0].pk])
    assert "End the membership of Member 0" in text(client.get(url))
    page = client.post(url, {"ends_on": "2022-01-01", "version": 1})
    assert "end date is before the start date" in text(page)
    client.post(url, {"ends_on": "2023-01-15", "version": 1})
    assert Membership.objects.get(pk=circle.members[0].pk).ends_on == date(2023, 1, 15)
    assert "Former members" in text(client.get("/groups/local-wales/"))


def test_staff_appoint_a_coordinator_by_e_mail_and_a_refusal_leaves_no_person_behind(circle, staff, sign_in):
    client, url = sign_in(staff), "/groups/local-wales/coordinator/"
    page = client.post(url, {"email": "new@people.example", "starts_on": "2023-01-16"})
    assert "Enter the name too" in text(page)
    page = client.post(url, {"email": "new@people.example", "name": "New One", "starts_on": "2022-01-01"})
    assert "or later" in text(page) and not Person.objects.filter(name="New One").exists()
    client.post(url, {"email": "new@people.example", "name": "New One", "starts_on": "2023-01-16"})
    assert Membership.objects.get(person__name="New One").role == "coordinator"
    assert sign_in(circle.coordinator).get("/networks/").status_code == 200
    assert sign_in(circle.coordinator).get("/groups/local-wales/").status_code == 404


def test_a_warning_is_explained_from_a_form(circle, sign_in):
    client = sign_in(circle.coordinator)
    client.post("/groups/local-wales/explain/?guard=meetings", {"guard": "meetings", "reason": "Two in spring."})
    page = text(client.get("/groups/local-wales/"))
    assert "Two in spring." in page and "Change the reason" in page
    assert "Two in spring." in text(client.get("/groups/local-wales/explain/?guard=meetings"))


# --- A meeting -----------------------------------------------------------------------------------
def test_a_meeting_to_come_shows_its_preparation_and_what_members_need(circle, sign_in):
    Person.objects.filter(pk=circle.ids[0]).update(access_arrangements="A loop system", preferred_format="audio")
    add_material(
        by=circle.coordinator, meeting=circle.later, title="Summary", evidence_kind="research", formats=["standard"]
    )
    page = text(sign_in(circle.coordinator).get(f"/meetings/{circle.later.pk}/"))
    assert "Write the agenda" in page and "Send by 23 January 2023" in page
    assert (
        "A loop system" in page
        and "1 person needs it, none yet" in page
        and "Nothing yet from: lived experience" in page
    )
    assert 'aria-current="step"><a href="#prepare">' in page


def test_a_member_reads_papers_and_no_needs_names_or_unfinished_log(circle, sign_in):
    Person.objects.filter(pk=circle.ids[0]).update(access_arrangements="A loop system")
    services.record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: "present"})
    services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="barrier", words="Unfinished words")
    client = sign_in(factories.user_in(circle.group))
    page = text(client.get(f"/meetings/{circle.meeting.pk}/"))
    assert "The log is being written" in page
    assert not any(words in page for words in ("Unfinished words", "A loop system", "Member 0"))
    services.finish_log(by=circle.coordinator, meeting=circle.meeting)
    page = text(client.get(f"/meetings/{circle.meeting.pk}/"))
    assert "Unfinished words" in page and "1 came" in page and "Member 0" not in page and "A loop system" not in page


def test_leadership_reads_minutes_without_names_or_needs(circle, leader, sign_in):
    Person.objects.filter(pk=circle.ids[0]).update(access_arrangements="A loop system")
    services.record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: "present"})
    services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="barrier", words="Read by leaders")
    services.finish_log(by=circle.coordinator, meeting=circle.meeting)
    page = text(sign_in(leader).get(f"/meetings/{circle.meeting.pk}/"))
    assert "Read by leaders" in page and "Member 0" not in page and "A loop system" not in page
    assert "Remove from the log" not in page and "Change the log" not in page


def test_enablers_and_barriers_stand_apart_and_markup_is_only_text(circle, sign_in):
    services.add_contribution(
        by=circle.coordinator, meeting=circle.meeting, kind="enabler", words="<script>alert(1)</script>"
    )
    services.add_contribution(
        by=circle.coordinator,
        meeting=circle.meeting,
        kind="barrier",
        words="No time",
        theme="<b>Time</b>",
        new_theme=True,
    )
    page = text(sign_in(circle.coordinator).get(f"/meetings/{circle.meeting.pk}/"))
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "&lt;b&gt;Time&lt;/b&gt;" in page
    assert (
        page.index("What helps") < page.index("alert(1)") < page.index("What gets in the way") < page.index("No time")
    )


def test_an_entry_is_taken_off_and_put_back_from_the_page(circle, sign_in):
    said = services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="enabler", words="Being asked")
    client = sign_in(circle.coordinator)
    client.post(reverse("networks:contribution-remove", args=[said.pk]))
    page = text(client.get(f"/meetings/{circle.meeting.pk}/"))
    assert "Removed from the log: 1" in page
    client.post(reverse("networks:contribution-put-back", args=[said.pk]))
    assert "Removed from the log: 1" not in text(client.get(f"/meetings/{circle.meeting.pk}/"))
    stranger = sign_in(factories.user_in(factories.GroupFactory(), "coordinator"))
    assert stranger.post(reverse("networks:contribution-remove", args=[said.pk])).status_code == 404
    assert (
        sign_in(factories.user_in(circle.group))
        .post(reverse("networks:contribution-remove", args=[said.pk]))
        .status_code
        == 403
    )


def test_a_meeting_is_planned_from_a_form_that_keeps_what_was_typed(circle, sign_in):
    client = sign_in(circle.coordinator)
    given = {
        "title": "Kept title", "date": "2023-03-20", "starts": "14:00", "ends": "16:00", "mode": "online",
        "place": "", "access_arrangements": "", "purpose": "", "version": "",
    }  # fmt: skip
    page = client.post("/groups/local-wales/meetings/new/", given)
    assert "ends on 31 January 2023" in text(page) and 'value="Kept title"' in text(page)
    page = client.post("/groups/local-wales/meetings/new/", given | {"date": "2023-01-20", "ends": "13:00"})
    assert "Choose a later end" in text(page)
    response = client.post("/groups/local-wales/meetings/new/", given | {"date": "2023-01-20"})
    meeting = Meeting.objects.get(title="Kept title")
    assert response["Location"] == meeting.get_absolute_url() and meeting.starts_at == at(2023, 1, 20, 14)


def test_a_meeting_is_moved_and_a_second_editor_sees_both_dates(circle, staff, sign_in):
    client, url = sign_in(circle.coordinator), f"/meetings/{circle.later.pk}/edit/"
    page = text(client.get(url))
    assert 'value="2023-01-30"' in page and 'value="14:00"' in page
    update_meeting(
        by=staff,
        meeting=Meeting.objects.get(pk=circle.later.pk),
        starts_at=at(2023, 1, 27, 10),
        ends_at=at(2023, 1, 27, 12),
        reason="The room is taken",
    )
    given = {
        "title": "Meeting 2", "date": "2023-01-31", "starts": "14:00", "ends": "16:00", "mode": "online",
        "place": "Hall", "access_arrangements": "", "purpose": "", "reason": "Snow", "version": 1,
    }  # fmt: skip
    page = client.post(url, given)
    assert page.status_code == 409 and "27 January 2023" in text(page) and 'value="2023-01-31"' in text(page)
    client.post(url, given | {"version": 2})
    meeting = Meeting.objects.get(pk=circle.later.pk)
    assert (meeting.starts_at, meeting.place) == (at(2023, 1, 31, 14), "Hall")


def test_a_meeting_is_cancelled_with_a_reason_that_members_read(circle, sign_in):
    client, url = sign_in(circle.coordinator), f"/meetings/{circle.later.pk}/cancel/"
    assert "Enter an answer" in text(client.post(url, {"reason": "", "version": 1}))
    client.post(url, {"reason": "Heavy snow", "version": 1})
    page = text(sign_in(factories.user_in(circle.group)).get(f"/meetings/{circle.later.pk}/"))
    assert "This meeting was cancelled" in page and "Heavy snow" in page


def test_an_agenda_is_written_line_by_line_with_and_without_more_lines(circle, sign_in):
    client, url = sign_in(circle.coordinator), f"/meetings/{circle.later.pk}/agenda/"
    given = {
        "items-TOTAL_FORMS": 2, "items-INITIAL_FORMS": 0,
        "items-0-title": "First", "items-0-owner": "Everyone",
        "items-1-title": "Second", "items-1-minutes": "x",
    }  # fmt: skip
    page = text(client.post(url, given))
    assert "Enter a whole number" in page and 'value="Second"' in page
    page = text(client.post(url, given | {"do": "more", "items-1-minutes": 20}))
    assert 'name="items-4-title"' in page and 'value="First"' in page and not circle.later.agenda_items.exists()
    client.post(url, given | {"items-1-minutes": 20})
    assert [(i.title, i.minutes, i.owner) for i in circle.later.agenda_items.all()] == [
        ("First", None, "Everyone"),
        ("Second", 20, ""),
    ]


def agenda_as_shown(client, url: str) -> dict[str, str]:
    """What a browser sends back of the agenda page, as it stands."""
    page = re.sub(r"<template>.*?</template>", "", text(client.get(url)), flags=re.S)
    tags = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in re.findall(r"<input[^>]*>", page)]
    return {tag["name"]: tag.get("value", "") for tag in tags if tag.get("name", "").startswith("items-")}


def test_lines_of_an_agenda_move_up_and_down_without_scripts_and_keep_what_was_typed(circle, sign_in):
    client, url = sign_in(circle.coordinator), f"/meetings/{circle.later.pk}/agenda/"
    rows = [add_agenda_item(by=circle.coordinator, meeting=circle.later, title=t, minutes=10) for t in ("One", "Two")]
    shown = agenda_as_shown(client, url)
    page = text(client.post(url, shown | {"items-1-title": "Two, better", "do": "up-1"}))
    assert "Moved to line 1" in page
    assert {"Two, better", "One", str(rows[0].pk), str(rows[1].pk)} <= set(re.findall(r'value="([^"]*)"', page))
    assert page.index('value="Two, better"') < page.index('value="One"')
    assert re.search(
        r'value="down-0" data-move\s+autofocus', page
    )  # at the top only "Move down" is left to take the focus
    assert [i.title for i in circle.later.agenda_items.all()] == ["One", "Two"]  # nothing is saved yet
    moved = shown | {"items-0-id": rows[1].pk, "items-0-title": "Two, better"}
    client.post(url, moved | {"items-1-id": rows[0].pk, "items-1-title": "One"})
    assert [(i.pk, i.title) for i in circle.later.agenda_items.all()] == [
        (rows[1].pk, "Two, better"),
        (rows[0].pk, "One"),
    ]


@pytest.mark.parametrize("do", ["up-0", "down-3", "up-99", "down--1", "up-", "sideways-1", "up-²"])
def test_a_move_that_leads_nowhere_changes_nothing(circle, sign_in, do):
    client, url = sign_in(circle.coordinator), f"/meetings/{circle.later.pk}/agenda/"
    for title in ("One", "Two"):
        add_agenda_item(by=circle.coordinator, meeting=circle.later, title=title)
    page = text(client.post(url, agenda_as_shown(client, url) | {"do": do}))
    assert page.index('value="One"') < page.index('value="Two"') and "Moved to line" not in page


def test_an_agenda_that_runs_past_the_end_is_saved_and_says_by_how_much(circle, sign_in):
    client, url = sign_in(circle.coordinator), f"/meetings/{circle.later.pk}/agenda/"
    given = {"items-TOTAL_FORMS": 2, "items-INITIAL_FORMS": 0, "items-0-title": "Long", "items-0-minutes": 90}
    client.post(url, given | {"items-1-title": "Short", "items-1-minutes": 45})
    assert circle.later.agenda_items.count() == 2
    warning = "It runs 15 minutes past the end of the meeting."
    assert warning in text(client.get(f"/meetings/{circle.later.pk}/")) and warning in text(client.get(url))
    client.post(url, agenda_as_shown(client, url) | {"items-1-minutes": 30})
    assert "past the end" not in text(client.get(f"/meetings/{circle.later.pk}/"))


def test_a_paper_is_listed_sent_and_taken_off_from_the_pages(circle, sign_in, today):
    client, base = sign_in(circle.coordinator), f"/meetings/{circle.later.pk}/materials/"
    page = text(client.post(base + "add/", {"title": "Story", "evidence_kind": "lived_experience"}))
    assert "Choose at least one format" in page and 'value="Story"' in page
    for title in ("Story", "Other"):
        client.post(
            base + "add/", {"title": title, "evidence_kind": "lived_experience", "formats": ["audio", "standard"]}
        )
    story, other = circle.later.materials.all()
    client.post(f"{base}{story.pk}/sent/")
    client.post(f"{base}{other.pk}/remove/")
    client.post(f"{base}{story.pk}/remove/")  # refused: it has gone out
    assert [(m.title, m.sent_on) for m in circle.later.materials.all()] == [("Story", today)]
    stranger = sign_in(factories.user_in(factories.GroupFactory(), "coordinator"))
    assert stranger.post(f"{base}{story.pk}/sent/").status_code == 404


def test_a_debrief_is_recorded_and_shown_with_the_meeting(circle, sign_in):
    client, url = sign_in(circle.coordinator), f"/meetings/{circle.meeting.pk}/debrief/"
    assert "Finish the log first" in text(client.get(url))
    services.record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: "present"})
    services.finish_log(by=circle.coordinator, meeting=circle.meeting)
    page = text(client.post(url, {"held_on": "2023-01-12", "went_well": "Kept words", "agreed_next": ""}))
    assert "Kept words" in page and "Enter an answer" in page
    client.post(url, {"held_on": "2023-01-12", "went_well": "The story", "agreed_next": "Begin with a story"})
    assert Debrief.objects.get().agreed_next == "Begin with a story"
    page = text(client.get(f"/meetings/{circle.meeting.pk}/"))
    assert "The story" in page and "Complete" in page
    assert "From the debrief of meeting 1" in text(client.get(f"/meetings/{circle.later.pk}/"))
    page = text(sign_in(factories.user_in(circle.group)).get(f"/meetings/{circle.meeting.pk}/"))
    assert "Begin with a story" in page and "The story" not in page


def test_a_meeting_page_costs_the_same_with_a_long_log(circle, sign_in):
    client, url = sign_in(circle.coordinator), f"/meetings/{circle.meeting.pk}/"
    services.record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: "present"})
    factories.ContributionFactory(meeting=circle.meeting)
    factories.ActionFactory(group=circle.group, meeting=circle.meeting)
    factories.MaterialFactory(meeting=circle.meeting)
    before = queries(client, url)
    services.record_attendance(
        by=circle.coordinator, meeting=circle.meeting, statuses=dict.fromkeys(circle.ids, "present")
    )
    factories.ContributionFactory.create_batch(10, meeting=circle.meeting)
    for _ in range(5):
        factories.ActionFactory(group=circle.group, meeting=circle.meeting)
        add_material(
            by=circle.coordinator, meeting=circle.meeting, title="x", evidence_kind="research", formats=["standard"]
        )
        add_agenda_item(by=circle.coordinator, meeting=circle.meeting, title="x")
    assert queries(client, url) == before


# --- An action -----------------------------------------------------------------------------------
def test_an_action_is_changed_closed_and_opened_again_on_its_page(circle, sign_in):
    said = factories.ContributionFactory(meeting=circle.meeting, words="Ask me again")
    action = factories.ActionFactory(
        group=circle.group, meeting=circle.meeting, contribution=said, what="Write a guide"
    )
    client, url = sign_in(circle.coordinator), f"/actions/{action.pk}/"
    assert "Ask me again" in text(client.get(url))
    given = {
        "what": "Write a short guide",
        "owner": "A carer member",
        "due_on": "2023-01-01",
        "contribution": said.pk,
        "version": 1,
    }
    page = text(client.post(url, given))
    assert "Choose that day or a later one" in page and "Write a short guide" in page
    client.post(url, given | {"due_on": "2023-02-01"})
    assert Action.objects.get().what == "Write a short guide"
    page = text(
        client.post(
            url, {"do": "close", "close-status": "dropped", "close-closed_on": "2023-01-16", "close-version": 2}
        )
    )
    assert "Say why the action was dropped" in page
    client.post(
        url,
        {
            "do": "close",
            "close-status": "done",
            "close-outcome": "In use",
            "close-closed_on": "2023-01-16",
            "close-version": 2,
        },
    )
    page = text(client.get(url))
    assert "In use" in page and "Reopen action" in page and "Close action" not in page
    client.post(f"{url}reopen/")
    assert Action.objects.get().status == "open"


def test_two_editors_of_an_action_see_both_texts(circle, staff, sign_in):
    action = factories.ActionFactory(group=circle.group)
    change_action(by=staff, action=Action.objects.get(), owner="Their owner")
    page = sign_in(circle.coordinator).post(
        f"/actions/{action.pk}/", {"what": "Mine", "owner": "My owner", "version": 1}
    )
    assert page.status_code == 409 and "Their owner" in text(page) and 'value="My owner"' in text(page)


def test_a_member_reads_an_action_and_changes_nothing(circle, sign_in):
    action = factories.ActionFactory(group=circle.group, what="Write a guide")
    client = sign_in(factories.user_in(circle.group))
    page = text(client.get(f"/actions/{action.pk}/"))
    assert "Write a guide" in page and "Close action" not in page
    assert client.post(f"/actions/{action.pk}/", {"what": "Mine", "version": 1}).status_code == 403
    assert client.post(f"/actions/{action.pk}/reopen/").status_code == 403


def test_an_item_that_someone_else_added_meanwhile_stays_on_the_agenda(circle, sign_in):
    client, url = sign_in(circle.coordinator), f"/meetings/{circle.later.pk}/agenda/"
    first = add_agenda_item(by=circle.coordinator, meeting=circle.later, title="First")
    gone = add_agenda_item(by=circle.coordinator, meeting=circle.later, title="Not needed")
    seen = {
        "items-TOTAL_FORMS": "4",
        "items-INITIAL_FORMS": "2",
        "items-0-id": str(first.pk),
        "items-0-title": "First of all",
        "items-1-id": str(gone.pk),
        "items-1-title": "",
    }
    add_agenda_item(by=circle.coordinator, meeting=circle.later, title="What we agreed last time")
    assert client.post(url, seen).status_code == 302
    assert [(i.position, i.title) for i in circle.later.agenda_items.all()] == [
        (1, "First of all"),
        (2, "What we agreed last time"),
    ]
