"""The read API of this app: what each caller gets, what stays hidden, and in how many queries."""

import io
from datetime import date

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from impact.core.people.models import Person
from networks.actions.services import add_action
from networks.documents.materials.services import add_material
from networks.log import services
from networks.meetings.services import add_agenda_item
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def rows(client, path: str) -> list[dict]:
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.json()
    return response.json()["results"]


@pytest.fixture
def logged(circle):
    """The first meeting, logged: two came, one barrier about time, one decision, one action."""
    services.record_attendance(
        by=circle.coordinator,
        meeting=circle.meeting,
        statuses={circle.ids[0]: "present", circle.ids[1]: "apologies"},
        guests=[("An advocate", "other")],
    )
    said = services.add_contribution(
        by=circle.coordinator,
        meeting=circle.meeting,
        kind="barrier",
        theme="Time",
        new_theme=True,
        level="systemic",
        words="No time",
    )
    services.add_decision(by=circle.coordinator, meeting=circle.meeting, words="We meet at ten")
    add_action(
        by=circle.coordinator,
        group=circle.group,
        meeting=circle.meeting,
        contribution=said,
        what="Ask",
        due_on=date(2023, 1, 12),
    )
    services.finish_log(by=circle.coordinator, meeting=circle.meeting)
    return said


def test_a_group_tells_its_settings_and_to_those_who_may_know_its_members(circle, leader, sign_in):
    Person.objects.filter(pk=circle.ids[0]).update(access_arrangements="A loop system")
    (group,) = rows(sign_in(circle.coordinator), "groups/")
    assert (group["slug"], group["member_count"], group["network"]["slug"]) == (
        "local-wales",
        9,
        circle.group.site.slug,
    )
    assert group["next_meeting_at"] == "2023-01-30T14:00:00Z"
    assert {"name": "Member 0", "role": "member", "perspective": "draws_on_care", "starts_on": "2022-07-01", "ends_on": None} in group["members"]  # fmt: skip
    assert "A loop system" not in str(group)
    for user in (leader, factories.user_in(circle.group)):
        (group,) = rows(sign_in(user), "groups/")
        assert group["members"] is None and "Member 0" not in str(group)


def test_a_meeting_holds_its_agenda_papers_and_counts(circle, logged, sign_in):
    add_agenda_item(by=circle.coordinator, meeting=circle.meeting, title="Ideas", minutes=40)
    add_material(
        by=circle.coordinator, meeting=circle.meeting, title="Story", evidence_kind="lived_experience", formats=["audio"], sent_on=date(2023, 1, 9)
    )  # fmt: skip
    body = sign_in(circle.coordinator).get(f"/api/v1/meetings/{circle.meeting.pk}/").json()
    (item,) = body["agenda"]
    assert item.pop("id")
    assert item == {"position": 1, "title": "Ideas", "minutes": 40, "owner": "", "is_carried": False}
    assert body["materials"][0]["is_late"] is True and body["materials"][0]["formats"] == ["audio"]
    assert body["counts"] == {
        "came": 1, "apologies": 1, "guests": 1, "enablers": 0, "barriers": 1, "contributions": 1, "decisions": 1, "actions": 1,
    }  # fmt: skip
    assert body["decisions"] == ["We meet at ten"]
    assert {
        "person": circle.ids[0], "name": "Member 0", "status": "present", "perspective": "draws_on_care", "hint": "", "minutes": None, "is_guest": False,
    } in body["attendance"]  # fmt: skip
    assert body["url"].endswith(f"/meetings/{circle.meeting.pk}/")


def test_names_of_who_came_are_not_for_leaders_and_members(circle, logged, leader, sign_in):
    for user in (leader, factories.user_in(circle.group)):
        body = sign_in(user).get(f"/api/v1/meetings/{circle.meeting.pk}/").json()
        assert body["attendance"] is None and body["counts"]["came"] == 1
        assert "Member 0" not in str(body) and "An advocate" not in str(body)


def test_a_log_still_being_written_is_only_for_those_who_keep_it(circle, sign_in):
    services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="barrier", words="Half a thought")
    member = sign_in(factories.user_in(circle.group))
    body = member.get(f"/api/v1/meetings/{circle.meeting.pk}/").json()
    assert body["counts"] is None and body["notes"] is None and body["decisions"] is None
    assert rows(member, "contributions/") == []
    assert [r["words"] for r in rows(sign_in(circle.coordinator), "contributions/")] == ["Half a thought"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=barrier", 1),
        ("kind=enabler", 0),
        ("theme=time", 1),
        ("level=systemic", 1),
        ("level=human", 0),
        ("nation=wales", 1),
        ("nation=england", 0),
        ("group=local-wales", 1),
        ("group=elsewhere", 0),
    ],
)
def test_contributions_are_filtered(circle, logged, staff, sign_in, query, found):
    got = rows(sign_in(staff), f"contributions/?{query}")
    assert len(got) == found
    if got:
        assert got[0]["id"] == str(logged.pk) and got[0]["theme"] == {"slug": "time", "name": "Time"}
        assert "recorded_by" not in got[0]


def test_contributions_are_filtered_by_meeting_and_a_bad_number_is_an_error(circle, logged, staff, sign_in):
    client = sign_in(staff)
    assert len(rows(client, f"contributions/?meeting={circle.meeting.pk}")) == 1
    assert rows(client, f"contributions/?meeting={circle.later.pk}") == []
    for bad in ("x", "-1", "9" * 30):
        assert client.get(f"/api/v1/contributions/?meeting={bad}").status_code == 400, bad


def test_actions_tell_where_they_come_from_and_whether_they_are_overdue(circle, logged, staff, sign_in):
    client = sign_in(staff)
    (action,) = rows(client, "actions/?overdue=true")
    assert (action["contribution"], action["is_overdue"], action["group"]["slug"]) == (
        str(logged.pk),
        True,
        "local-wales",
    )
    assert rows(client, "actions/?overdue=false") == [] and rows(client, "actions/?status=done") == []
    assert len(rows(client, "actions/?due_before=2023-01-13")) == 1


def test_meetings_are_filtered_by_group_network_status_and_day(circle, logged, staff, sign_in):
    client = sign_in(staff)
    for query, numbers in [
        ("status=logged", [1]),
        ("after=2023-01-20", [2]),
        ("before=2023-01-20", [1]),
        ("group=local-wales", [2, 1]),
        (f"network={circle.group.site.slug}", [2, 1]),
        ("nation=england", []),
    ]:
        assert [m["number"] for m in rows(client, f"meetings/?{query}")] == numbers, query


def test_themes_are_the_shared_words_and_a_member_sees_those_of_their_group(circle, logged, staff, sign_in):
    factories.ThemeFactory(name="Unspoken", slug="unspoken")
    for reader in (staff, circle.coordinator):
        assert {t["slug"] for t in rows(sign_in(reader), "themes/")} == {"time"}
        assert {t["slug"] for t in rows(sign_in(reader), "themes/?used=false")} == {"unspoken"}
    assert {t["slug"] for t in rows(sign_in(factories.user_in(circle.group)), "themes/")} == {"time"}


def test_a_network_gives_its_theme_matrix(circle, logged, staff, sign_in):
    factories.MeetingFactory(group=factories.GroupFactory(site=circle.group.site, nation="england"), number=1)
    client = sign_in(staff)
    (network,) = rows(client, "networks/")
    assert network["local_networks"] == 2
    body = client.get(f"/api/v1/networks/{circle.group.site.slug}/theme-matrix/").json()
    assert body["nations"] == ["england", "wales"]
    assert body["rows"] == [
        {
            "theme": "Time", "slug": "time", "enablers": 0, "barriers": 1, "others": 0,
            "cells": [
                {"nation": "england", "enablers": 0, "barriers": 0, "others": 0},
                {"nation": "wales", "enablers": 0, "barriers": 1, "others": 0},
            ],
        }
    ]  # fmt: skip
    assert body["missing"][0]["text"] == "England has not yet reported on meeting 1"


def test_another_groups_rows_are_404(circle, logged, sign_in):
    client = sign_in(factories.user_in(factories.GroupFactory(), "coordinator"))
    action = circle.group.actions.get()
    for path in (
        "groups/local-wales/",
        f"meetings/{circle.meeting.pk}/",
        f"contributions/{logged.pk}/",
        f"actions/{action.pk}/",
        f"networks/{circle.group.site.slug}/",
        f"networks/{circle.group.site.slug}/theme-matrix/",
    ):
        assert client.get(f"/api/v1/{path}").status_code == 404, path


@pytest.mark.parametrize("prefix", ["networks", "groups", "meetings", "contributions", "actions", "themes"])
def test_a_page_of_thirty_costs_as_many_queries_as_a_page_of_one(prefix, staff, sign_in):
    client = sign_in(staff)

    def add() -> None:
        meeting = factories.LoggedMeetingFactory()
        factories.MembershipFactory(group=meeting.group)
        said = factories.ContributionFactory(meeting=meeting)
        factories.ActionFactory(group=meeting.group, meeting=meeting, contribution=said)
        services.record_attendance(by=staff, meeting=meeting, statuses={}, guests=[("Guest", "")])
        add_agenda_item(by=staff, meeting=meeting, title="x")
        add_material(by=staff, meeting=meeting, title="x", evidence_kind="research", formats=["standard"])
        services.add_decision(by=staff, meeting=meeting, words="x")

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            rows(client, f"{prefix}/")
        return len(captured)

    add()
    count()
    one = count()
    for _ in range(29):
        add()
    assert len(rows(client, f"{prefix}/")) == 30
    assert count() == one


def test_the_matrix_is_also_found_at_the_site_by_its_short_name_or_its_number(circle, logged, staff, sign_in):
    site, client = circle.group.site, sign_in(staff)
    wanted = client.get(f"/api/v1/networks/{site.slug}/theme-matrix/").json()
    assert wanted["rows"][0]["barriers"] == 1
    for name in (site.slug, site.pk):
        assert client.get(f"/api/v1/sites/{name}/theme-matrix/").json() == wanted
    assert client.get(f"/api/v1/sites/{site.slug}/").json()["slug"] == site.slug
    other = sign_in(factories.user_in(factories.GroupFactory(), "coordinator"))
    for name in (site.slug, site.pk, 9**20, "nowhere", factories.SiteFactory(delivery_model="demonstrator").slug):
        assert other.get(f"/api/v1/sites/{name}/theme-matrix/").status_code == 404, name


def test_a_list_as_a_file_holds_every_row_that_the_filters_leave_with_real_dates(circle, logged, staff, sign_in):
    client = sign_in(staff)
    for _ in range(60):  # more than a page
        factories.ContributionFactory(meeting=circle.meeting, kind="enabler", words="=1+1")
    assert len(rows(client, "contributions/?kind=enabler")) == 50
    sheet = openpyxl.load_workbook(
        io.BytesIO(b"".join(client.get("/api/v1/contributions/?kind=enabler&format=xlsx")))
    ).active
    head = [cell.value for cell in sheet[1]]
    words = sheet.cell(2, head.index("words") + 1)
    assert sheet.max_row == 61 and (words.value, words.data_type) == ("=1+1", "s")
    assert head[:6] == ["id", "meeting", "group.slug", "group.name", "group.nation", "kind"]
    assert sheet.cell(2, head.index("recorded_at") + 1).is_date
    text = b"".join(client.get("/api/v1/contributions/?kind=enabler&format=csv")).decode()
    assert text.count("'=1+1") == 60
    wrong = client.get("/api/v1/contributions/?kind=wrong&format=csv")
    assert wrong.status_code == 400 and wrong.json()["errors"][0]["attr"] == "kind"


def test_a_file_of_meetings_tells_names_only_to_those_who_may_see_people(circle, logged, leader, sign_in):
    for user in (leader, circle.coordinator):
        text = b"".join(sign_in(user).get("/api/v1/meetings/?format=csv")).decode()
        assert "Member 0" not in text  # who came has a list of its own
        assert "counts.came" in text and circle.meeting.title in text
    denied = sign_in(leader).get(f"/api/v1/groups/{circle.group.slug}/members/", {"format": "csv"})
    assert denied.status_code == 403 and denied["Content-Type"] == "application/json"


def test_leadership_reads_nothing_of_a_log_that_is_being_written(circle, leader, sign_in):
    """Neither by page nor over the API, and all of it once the log is in."""
    said = services.add_contribution(
        by=circle.coordinator, meeting=circle.meeting, kind="barrier", words="Half a thought"
    )
    add_action(by=circle.coordinator, group=circle.group, meeting=circle.meeting, what="Not agreed yet")
    client = sign_in(leader)

    def read() -> str:
        paths = [
            "contributions/",
            "contributions/?format=csv",
            f"contributions/{said.pk}/",
            "actions/",
            "actions/?format=csv",
        ]
        answers = [client.get(f"/api/v1/{path}") for path in [*paths, f"meetings/{circle.meeting.pk}/"]]
        return "".join(str(a.getvalue()) for a in answers) + html_of(client.get("/actions/"))

    assert "Half a thought" not in read() and "Not agreed yet" not in read()
    services.record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: "present"})
    services.finish_log(by=circle.coordinator, meeting=circle.meeting)
    assert "Half a thought" in read() and "Not agreed yet" in read()
