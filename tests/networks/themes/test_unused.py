"""Themes that no log uses: added by a slip of the pen, or left behind when an entry was given another theme."""

import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from impact.core.access.models import AuditEvent
from impact.core.basics.versions import Conflict
from networks.log.services import add_contribution, remove_contribution, restore_contribution
from networks.log.views import themes_offered
from networks.meetings.services import cancel_meeting
from networks.network.learning.models import SharedLearning
from networks.network.matrix import theme_matrix
from networks.themes import curate
from networks.themes.models import Theme
from networks.themes.services import similar_themes, theme_slug
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def theme(name):
    return factories.ThemeFactory(name=name, slug=theme_slug(name))


def say(circle, about, *, new_theme=False):
    return add_contribution(
        by=circle.coordinator,
        meeting=circle.meeting,
        kind="barrier",
        words=f"About {about}",
        theme=about,
        new_theme=new_theme,
    )


def offered():
    return [name for name, _was in themes_offered()]


# --- What counts as used -------------------------------------------------------------------------
def test_a_theme_is_offered_as_long_as_an_entry_of_a_log_has_it(circle):
    said = say(circle, "Relationships", new_theme=True)
    assert offered() == ["Relationships"] and similar_themes("relationship") == [said.theme]
    remove_contribution(by=circle.coordinator, contribution=said)
    assert offered() == [] and similar_themes("relationship") == []
    assert list(Theme.objects.unused()) == [said.theme]
    restore_contribution(by=circle.coordinator, contribution=said)
    assert offered() == ["Relationships"] and not Theme.objects.unused().exists()


def test_the_log_of_a_cancelled_meeting_uses_no_theme(circle):
    said = say(circle, "Time", new_theme=True)
    cancel_meeting(by=circle.coordinator, meeting=circle.meeting, reason="Snow")
    assert offered() == [] and list(Theme.objects.unused()) == [said.theme]


def test_earlier_names_are_offered_with_the_theme_that_they_lead_to_and_go_with_it(circle, staff):
    said = say(circle, "Time", new_theme=True)
    curate.rename_theme(by=staff, theme=said.theme, name="Time and pace")
    assert themes_offered() == [("Time and pace", ""), ("Time and pace", "Time")]
    assert say(circle, "time").theme.name == "Time and pace"
    circle.meeting.contributions.update(removed_at=factories.at(2023, 1, 11))
    assert themes_offered() == []


def test_a_theme_that_no_log_uses_any_more_has_to_be_said_to_be_new_like_any_other(circle):
    left = theme("Trav")
    with pytest.raises(ValidationError, match="There is no theme “Trav”"):
        say(circle, "Trav")
    assert say(circle, "Trav", new_theme=True).theme == left and Theme.objects.count() == 1


def test_the_pages_where_people_write_offer_only_themes_in_use(circle, sign_in):
    theme("Left behind")
    say(circle, "Time", new_theme=True)
    client = sign_in(circle.coordinator)
    for page in ("log", "board"):
        shown = html_of(client.get(f"/meetings/{circle.meeting.pk}/{page}/"))
        assert '<option value="Time">' in shown and "Left behind" not in shown
    shown = html_of(client.get(f"/groups/{circle.group.slug}/learning/new/"))
    assert '<option value="time">' in shown and "Left behind" not in shown


def test_half_a_word_that_is_a_left_over_theme_is_asked_about_on_the_board(circle, sign_in):
    theme("Trav")
    client = sign_in(circle.coordinator)
    card = {"key": "8f14e45f-ceea-467f-9575-4d6a1ff5ba10", "kind": "barrier", "words": "The bus", "theme": "Trav"}
    response = client.post(f"/meetings/{circle.meeting.pk}/board/add/", card)
    assert response.status_code == 400 and "There is no theme “Trav” yet." in html_of(response)
    assert not circle.meeting.contributions.exists()


# --- Where they are not shown, and where they are ------------------------------------------------
@pytest.fixture
def left(circle):
    """A theme in use, in a log that is in, and one that no log uses."""
    factories.ContributionFactory(
        theme=theme("Relationships"), meeting=factories.LoggedMeetingFactory(group=circle.group, number=9)
    )
    return theme("Relationship")


def test_matrices_files_and_lists_of_the_api_leave_out_what_no_log_uses(circle, left, staff, sign_in):
    assert [row.theme for row in theme_matrix(circle.group.site).rows] == ["Relationships"]
    client = sign_in(staff)
    assert [row["slug"] for row in client.get("/api/v1/themes/").json()["results"]] == ["relationships"]
    unused = client.get("/api/v1/themes/", {"used": "false"}).json()["results"]
    assert [row["slug"] for row in unused] == ["relationship"]
    assert client.get("/api/v1/themes/relationship/").json()["name"] == "Relationship"
    for kind in ("csv", "xlsx"):
        assert client.get(f"/api/v1/themes/export.{kind}").status_code == 200
    for address in ("/api/v1/themes/export.csv", "/themes/?format=csv"):
        text = b"".join(client.get(address).streaming_content).decode()
        assert "Relationships" in text and not re.search(r"Relationship\b(?!s)", text)


def test_on_the_list_of_themes_they_stand_apart_with_what_to_do(left, staff, leader, sign_in):
    page = html_of(sign_in(staff).get("/themes/"))
    table, apart = page.split('id="unused"')
    assert ">Relationships</a>" in table and ">Relationship</a>" not in table and "may mean the same" not in table
    assert "Not used yet" in apart and ">Relationship</a>" in apart and ">Relationships</a>" not in apart
    assert "/themes/relationship/delete/" in apart and "/themes/relationship/merge/" in apart
    read = html_of(sign_in(leader).get("/themes/"))
    assert ">Relationship</a>" in read and "/delete/" not in read


@pytest.mark.database
def test_the_search_finds_them_and_the_filters_leave_them_out(left, staff, sign_in):
    client = sign_in(staff)
    assert ">Relationship</a>" in html_of(client.get("/themes/", {"q": "relationship"}))
    for query in ({"q": "time"}, {"use": "used"}, {"use": "undescribed"}):
        assert ">Relationship</a>" not in html_of(client.get("/themes/", query))


@pytest.mark.database
def test_many_of_them_cost_as_much_as_one_and_the_rest_is_found_by_searching(left, staff, sign_in):
    client = sign_in(staff)
    client.get("/themes/")
    with CaptureQueriesContext(connection) as few:
        client.get("/themes/")
    factories.ThemeFactory.create_batch(54)
    client.get("/themes/")
    with CaptureQueriesContext(connection) as many:
        page = html_of(client.get("/themes/"))
    assert len(many) <= len(few) + 1  # how many there are in all
    assert "50 of 55 are shown. Search to find the others." in page


def test_the_page_of_an_unused_theme_says_so_and_offers_what_is_nearly_the_same(left, staff, sign_in):
    page = html_of(sign_in(staff).get("/themes/relationship/"))
    assert "Not used yet" in page and "/themes/relationship/delete/" in page
    assert "/themes/relationship/merge/?into=relationships" in page
    page = html_of(sign_in(staff).get("/themes/relationships/"))
    assert "/delete/" not in page and "?into=relationship" not in page


# --- Deleting ------------------------------------------------------------------------------------
def test_the_networks_team_deletes_an_unused_theme_with_the_names_that_it_had(staff, leader, circle):
    left = curate.rename_theme(by=staff, theme=theme("Trav"), name="Travl")
    for user in (leader, circle.coordinator):
        with pytest.raises(PermissionDenied):
            curate.delete_theme(by=user, theme=left)
    curate.delete_theme(by=staff, theme=left)
    assert not Theme.objects.exists()
    assert AuditEvent.objects.get(type="theme.deleted").object_id != "None"


def test_a_theme_to_which_anything_leads_is_not_deleted(staff, circle):
    used = say(circle, "Time", new_theme=True).theme
    with pytest.raises(ValidationError, match="A log uses “Time” now"):
        curate.delete_theme(by=staff, theme=used)
    off = say(circle, "Money", new_theme=True)
    remove_contribution(by=circle.coordinator, contribution=off)
    shared, holder, merged = theme("Trust"), theme("Risk"), theme("Risks")
    SharedLearning.objects.create(group=circle.group, theme=shared, title="T", words="W")
    curate.merge_theme(by=staff, theme=merged, into=holder)
    for row in (off.theme, shared, holder):
        with pytest.raises(ValidationError, match="still leads to"):
            curate.delete_theme(by=staff, theme=row)
    merged.refresh_from_db()
    with pytest.raises(ValidationError, match="was merged into “Risk”"):
        curate.delete_theme(by=staff, theme=merged)
    assert Theme.objects.count() == 5 and not Theme.objects.deletable().exists()


def test_deleting_a_theme_as_it_was_before_someone_renamed_it_is_refused(staff, sign_in):
    left = theme("Trav")
    curate.rename_theme(by=staff, theme=left, name="Travel")
    with pytest.raises(Conflict):
        curate.delete_theme(by=staff, theme=Theme.objects.get(pk=left.pk), expected=1)
    client = sign_in(staff)
    response = client.post("/themes/travel/delete/", {"version": 1, "shown": "Trav"})
    page = html_of(response)
    assert response.status_code == 409 and "<p>Trav</p>" in page and "<p>Travel</p>" in page
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    page = html_of(client.post("/themes/travel/delete/", {"version": version}, follow=True))
    assert "“Travel” is deleted." in page and not Theme.objects.exists()


def test_a_theme_that_came_into_use_meanwhile_stays_and_the_page_says_why(staff, circle, sign_in):
    left = theme("Travel")
    say(circle, "Travel", new_theme=True)
    page = html_of(sign_in(staff).post("/themes/travel/delete/", {"version": left.version}, follow=True))
    assert "A log uses “Travel” now. Merge it into another theme instead." in page
    assert Theme.objects.count() == 1


def test_an_unused_theme_is_deleted_over_the_api_as_it_was_read(left, staff, circle, sign_in):
    client = sign_in(staff)
    path = "/api/v1/themes/relationship/"
    assert client.delete(path).status_code == 428
    tag = client.get(path)["ETag"]
    curate.describe_theme(by=staff, theme=left, description="How people get on.")
    answer = client.delete(path, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["current"]["description"]) == (412, "How people get on.")
    assert sign_in(circle.coordinator).delete(path, headers={"If-Match": "*"}).status_code == 403
    assert client.delete(path, headers={"If-Match": answer["ETag"]}).status_code == 204
    used = client.delete("/api/v1/themes/relationships/", headers={"If-Match": "*"})
    assert used.status_code == 409 and set(Theme.objects.values_list("slug", flat=True)) == {"relationships"}
