"""A program that follows lists by ``changed_since`` holds, after each step, just what its account may see then."""

from datetime import date
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from impact.core.access.permissions import SYSTEM
from impact.core.api.lists import following, tasks
from impact.core.api.lists.models import ListCopy, RowChange
from impact.core.basics import clock
from impact.core.people.services import update_person
from networks.groups.models import Group, Membership
from networks.log import services as log
from networks.meetings.models import Meeting
from networks.themes import curate
from networks.themes.models import Theme
from sites.registry.services import update_site
from tests import factories

pytestmark = pytest.mark.django_db


class Follower:
    """A program with a copy of one list."""

    def __init__(self, user: Any, path: str, **query: Any) -> None:
        self.client, self.path, self.query = Client(), f"/api/v1/{path}/", {"page_size": 2, **query}
        if isinstance(user, Client):
            self.client = user  # of a visitor
        else:
            self.client.force_login(user)
        self.held: dict[Any, dict] = {}
        self.since: dict[str, str] = {}

    def read(self) -> tuple[set, list]:
        """Read every page of what is new, and take over what came: the ids that came, and those said to be gone."""
        address, query, came, gone = self.path, {**self.query, **self.since}, set(), []
        while address:
            response = self.client.get(address, query)
            assert response.status_code == 200, response.content
            body = response.json()
            came |= {row["id"] for row in body["results"]}
            gone += [row["id"] for row in body.get("deleted", [])]
            self.held.update({row["id"]: row for row in body["results"]})
            address, query = body["next"], {}
        for pk in gone:
            self.held.pop(pk, None)
        self.since = {"changed_since": body["next_changed_since"]}
        return came, gone


def test_a_copy_stays_what_its_account_may_see(circle, staff):
    """Changes by every way in, of the row and of what is shown with it; removed, restored, moved on, out of sight."""
    by, meeting = circle.coordinator, circle.meeting
    said = [
        log.add_contribution(
            by=by, meeting=meeting, kind="barrier", theme="Time", new_theme=True, level="systemic", words=words
        )
        for words in ("No time", "Too far", "Too late")
    ]
    one, two, three = (str(row.pk) for row in said)
    elsewhere = factories.MeetingFactory(group=factories.GroupFactory())
    hidden = factories.ContributionFactory(meeting=elsewhere)
    hidden_id = str(hidden.pk)
    mine, other, all_of_them = (Follower(user, "contributions") for user in (by, by, staff))
    helps = Follower(by, "contributions", kind="barrier")
    assert mine.read()[0] == {one, two, three} and len(all_of_them.read()[0]) == 4
    other.read(), helps.read()

    def nothing_new(program: Follower) -> None:
        came, gone = program.read()
        # In the one transaction of a test, PostgreSQL's own changes may always come again.
        assert gone == [] and (came == set() or connection.vendor == "postgresql")

    nothing_new(mine)
    said[0].__class__.objects.filter(pk=one).update(words="No time at all")  # no service, no signal
    came, gone = mine.read()
    assert one in came and gone == [] and mine.held[one]["words"] == "No time at all"
    assert mine.held[one]["updated_at"] > mine.held[two]["updated_at"]

    theme = Theme.objects.get(slug="time")
    curate.revise_theme(by=staff, theme=theme, expected=theme.version, name="Hours", description="")
    assert mine.read()[0] >= {one, two, three} and mine.held[two]["theme"]["name"] == "Hours"

    said[2].refresh_from_db()
    log.remove_contribution(by=by, contribution=said[2], expected=said[2].version)
    assert mine.read()[1] == [three] and set(mine.held) == {one, two}
    nothing_new(mine)
    log.restore_contribution(by=by, contribution=said[2])
    came, gone = mine.read()
    assert three in came and gone == [] and other.read()[0] >= {one, two, three}  # a second copy, in its own time

    said[1].__class__.objects.filter(pk=two).update(kind="enabler")  # the filter no longer lets it through
    came, gone = helps.read()
    assert gone == [two] and set(helps.held) == {one, three}

    # Rights: out of the group everything goes; the row of another group was never told of, nor is it now.
    Membership.objects.filter(pk=circle.coordinator_membership.pk).update(ends_on=F("starts_on"))
    came, gone = mine.read()
    assert sorted(gone) == sorted([one, two, three]) and mine.held == {} and hidden_id not in gone
    hidden.delete()
    nothing_new(mine)
    Membership.objects.filter(pk=circle.coordinator_membership.pk).update(ends_on=None)
    assert mine.read()[0] == {one, two, three}, "back in sight, though none of them was written"
    assert set(other.read()[0]) >= {one, two, three} and set(other.held) == {one, two, three}
    assert all_of_them.read()[1] == [hidden_id]


def test_a_draft_put_back_and_a_group_renamed_reach_those_who_read_meetings(circle, staff):
    member = factories.user_in(circle.group, "member")
    program = Follower(member, "meetings")
    program.read()
    assert set(program.held) == {circle.meeting.pk, circle.later.pk}
    Meeting.objects.filter(pk=circle.later.pk).update(announced_at=None)
    assert program.read()[1] == [circle.later.pk]
    Group.objects.filter(pk=circle.group.pk).update(name="Renamed")
    assert circle.meeting.pk in program.read()[0] and program.held[circle.meeting.pk]["group"]["name"] == "Renamed"
    circle.meeting.agenda_items.create(position=1, title="Welcome", minutes=5)
    assert circle.meeting.pk in program.read()[0]


def test_no_time_etag_or_cursor_tells_of_what_a_reader_does_not_see(circle, staff):
    """What is saved about a site, a speaker or someone’s needs cannot be noticed in any way by those who are not shown it."""
    site = factories.SiteFactory(host=factories.OrganisationFactory())
    factories.UpdateFactory(site=site, published_at=clock.now())
    member, visitor = factories.user_in(circle.group, "member"), Client()
    said = factories.ContributionFactory(meeting=circle.meeting)
    Meeting.objects.filter(pk=circle.meeting.pk).update(status="logged", logged_at=clock.now())
    left = factories.MembershipFactory(group=circle.group, starts_on=date(2022, 1, 1), ends_on=date(2022, 6, 30))
    members, contributions = f"groups/{circle.group.slug}/members", "contributions"
    asked = [
        (Follower(visitor, "sites"), f"sites/{site.slug}/", site.pk),
        (Follower(member, contributions), f"contributions/{said.pk}/", str(said.pk)),
        (Follower(circle.coordinator, members), None, left.pk),
    ]

    def told(program: Follower, detail: str | None, pk: Any) -> tuple:
        """All that an attacker has to compare."""
        came, _gone = program.read()
        listed = program.client.get(program.path)
        row = next((row for row in listed.json()["results"] if row["id"] == pk), None)
        assert row, (program.path, listed.json())
        etag = program.client.get(f"/api/v1/{detail}")["ETag"] if detail else ""
        came = set() if connection.vendor == "postgresql" else came & {pk}  # see above
        of_list = listed["ETag"] if detail else ""  # of the members, there is news of someone else
        return of_list, row["updated_at"], etag, came

    for program, *_rest in asked:
        program.read(), program.read()
    inside, now_there = Follower(staff, "sites"), Follower(circle.coordinator, members)
    inside.read(), now_there.read()
    before = [told(*one) for one in asked]

    site.refresh_from_db()
    update_site(by=staff, site=site, expected=site.version, place="Known inside alone")
    factories.MilestoneFactory(site=site)
    type(site.host).objects.filter(pk=site.host_id).update(name="Renamed")
    type(said).objects.filter(pk=said.pk).update(speaker=left.person, version=F("version") + 1)
    current = Membership.objects.get(group=circle.group, person=member.person)
    for person in (left.person, current.person):
        update_person(
            by=SYSTEM, person=person, access_arrangements="A quiet room", email=f"new{person.pk}@people.example"
        )
    Membership.objects.filter(pk=left.pk).update(handover="For whoever comes next")

    assert [told(*one) for one in asked] == before
    assert site.pk in inside.read()[0] and inside.held[site.pk]["place"] == "Known inside alone"
    assert current.pk in now_there.read()[0] and now_there.held[current.pk]["access_arrangements"] == "A quiet room"
    site.refresh_from_db()
    update_site(by=staff, site=site, expected=site.version, summary="For everyone")
    assert asked[0][0].read()[0] == {site.pk} and told(*asked[0])[:3] != before[0][:3]


def test_cursors_times_and_what_is_kept(circle, staff, sign_in):
    """Times to begin with, cursors of others, what a month without asking leaves, what a night tidies up."""
    client, path = sign_in(staff), "/api/v1/meetings/"
    start = client.get(path).json()
    newest = max(row["updated_at"] for row in start["results"])
    Meeting.objects.filter(pk=circle.meeting.pk).update(title="Again")
    since = client.get(path, {"changed_since": newest.replace("+", " ")}).json()  # as clients that forget to encode
    assert circle.meeting.pk in [row["id"] for row in since["results"]]
    assert client.get(path, {"changed_since": "2099-01-01"}).json()["results"] == []
    assert client.get(path, {"changed_since": "1990-01-01", "page_size": 1}).json()["results"]
    for wrong in ("", "yesterday", "0001-01-01", "after-", "after-1-2", "2026-02-30T00:00:00Z"):
        problem = client.get(path, {"changed_since": wrong})
        assert problem.status_code == 400 and problem.json()["errors"][0]["attr"] == "changed_since", wrong
    cursor = start["next_changed_since"]
    assert sign_in(circle.coordinator).get(path, {"changed_since": cursor}).status_code == 410
    mark, rounds, copy = cursor.removeprefix("after-").split("-")
    ahead = client.get(path, {"changed_since": f"after-{int(mark) + 10**9}-{rounds}-{copy}"})
    assert (ahead.status_code, ahead.json()["errors"][0]["code"]) == (410, "start_again")  # the database was restored

    Meeting.objects.filter(pk=circle.meeting.pk).update(title="And again")
    before = RowChange.objects.count()
    tasks.tidy(None)
    assert RowChange.objects.count() < before or connection.vendor == "postgresql"
    assert circle.meeting.pk in [r["id"] for r in client.get(path, {"changed_since": cursor}).json()["results"]]
    ListCopy.objects.update(asked_on="2020-01-01")
    tasks.tidy(None)
    assert client.get(path, {"changed_since": cursor}).status_code == 410


def test_a_sorted_list_loses_and_repeats_nothing(circle, staff, sign_in):
    """By a field that many rows share, forwards and back, while rows are added between the pages."""
    for n in range(5):
        factories.MeetingFactory(group=circle.group, number=10 + n, mode="online")
    client, seen, query = sign_in(staff), [], {"ordering": "-mode", "page_size": 2}
    address = "/api/v1/meetings/"
    while address:
        body = client.get(address, query).json()
        seen += [row["id"] for row in body["results"]]
        back, address, query = body["previous"], body["next"], {}
        factories.MeetingFactory(group=circle.group, number=50 + len(seen), mode="online")
    assert len(seen) == len(set(seen)) >= 7
    modes = dict(Meeting.objects.values_list("pk", "mode"))
    assert [modes[pk] for pk in seen] == sorted((modes[pk] for pk in seen), reverse=True)
    before = client.get(back).json()
    page = [row["id"] for row in before["results"]]
    assert page == seen[-len(page) - len(body["results"]) :][: len(page)]
    wrong = client.get("/api/v1/meetings/", {"ordering": "mode", "cursor": "bm9uZQ=="})
    assert wrong.status_code == 400 and wrong.json()["errors"][0]["attr"] == "cursor"


def test_following_costs_the_same_however_many_rows_there_are(circle, staff, sign_in):
    client, counts = sign_in(staff), []
    client.get("/api/v1/meetings/")
    for n in range(2):
        for number in range(4):
            factories.MeetingFactory(group=circle.group, number=20 + 10 * n + number)
        client.get("/api/v1/meetings/")
        with CaptureQueriesContext(connection) as plain:
            body = client.get("/api/v1/meetings/").json()
        client.get("/api/v1/meetings/", {"changed_since": body["next_changed_since"]})
        with CaptureQueriesContext(connection) as since:
            client.get("/api/v1/meetings/", {"changed_since": body["next_changed_since"]})
        counts.append((len(plain), len(since)))
    assert counts[0] == counts[1]


@pytest.mark.postgresql_only
def test_a_long_list_is_compared_as_a_whole_and_not_row_by_row(circle, staff, sign_in):
    """Row by row, a list of 200,000 took longer than a minute; compared as a whole, less than a second."""
    client, path = sign_in(staff), "/api/v1/meetings/"
    cursor = client.get(path).json()["next_changed_since"]
    with CaptureQueriesContext(connection) as asked:
        client.get(path, {"changed_since": cursor})
    compared = [one["sql"] for one in asked if "core_copiedrow" in one["sql"] and one["sql"].startswith("WITH")]
    assert len(compared) == 2
    with connection.cursor() as database:
        for statement in compared:
            database.execute(f"EXPLAIN {statement}")
            assert "SubPlan" not in str(database.fetchall())


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_what_is_committed_after_a_reading_though_begun_before_it_still_comes(monkeypatch):
    """A writer begins, a program reads, the writer commits: the change has an earlier time than the reading."""
    group = factories.GroupFactory()
    meeting = factories.MeetingFactory(group=group)
    user = factories.user_in(group, "coordinator")

    def read_around_a_late_commit() -> tuple[set, list]:
        program = Follower(user, "meetings")
        program.read()
        writer = connections.create_connection("default")
        try:
            with writer.cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.execute("UPDATE networks_meeting SET title = 'Late' WHERE id = %s", [meeting.pk])
                factories.MeetingFactory(group=group, number=meeting.number + 1 + Meeting.objects.count())
                program.read()  # moves the cursor on, past what others have committed since
                cursor.execute("COMMIT")
        finally:
            writer.close()
        return program.read()

    assert meeting.pk in read_around_a_late_commit()[0]
    # With a cursor that takes what is committed for all there is, it would be lost.
    monkeypatch.setitem(following.HORIZON, "postgresql", "(SELECT MAX(mark) + 1 FROM core_rowchange)")
    assert meeting.pk not in read_around_a_late_commit()[0]
