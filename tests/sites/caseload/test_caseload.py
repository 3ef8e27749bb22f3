"""Who works where, when they were supervised, and who may read the private notes."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from sites.registry.caseload import services
from sites.registry.caseload.models import SUPERVISED_EVERY, Supervision
from sites.registry.caseload.queries import overdue_in_words, overdue_posts, posts_for
from sites.registry.models import SiteRole
from tests import factories
from tests.pages import html_of
from tests.sites.test_views import csv_text, queries, text

pytestmark = pytest.mark.django_db
SECRET = "Agreed to leave Fridays free"
JULY = date(2022, 7, 4)


@pytest.fixture
def post():
    return factories.SiteRoleFactory(starts_on=date(2022, 6, 20), person__name="Hazel Birch", site__name="Antrim")


@pytest.fixture
def coach(post):
    """The account of the person in the post."""
    user = factories.UserFactory()
    post.person = user.person
    post.save()
    return user


def ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


# --- Rules -----------------------------------------------------------------------------------------
def test_supervision_is_written_by_national_staff_alone(post, leader, outsider):
    row = factories.SupervisionFactory(role=post)
    for by in (leader, outsider, factories.team_of(post.site)):
        for refused in (
            lambda by=by: services.add_supervision(by=by, role=post, on=JULY, is_held=True),
            lambda by=by: services.update_supervision(by=by, supervision=row, note="X"),
            lambda by=by: services.remove_supervision(by=by, supervision=row),
        ):
            with pytest.raises(PermissionDenied):
                refused()
    assert Supervision.objects.get().note == ""


def test_what_was_held_is_not_in_the_future_and_within_the_time_in_the_post(post, staff):
    with pytest.raises(ValidationError, match="future"):
        services.add_supervision(by=staff, role=post, on=ago(-1), is_held=True)
    with pytest.raises(ValidationError, match="first day in the post was 20 June 2022"):
        services.add_supervision(by=staff, role=post, on=date(2022, 6, 19), is_held=True)
    post.ends_on = date(2022, 8, 1)
    post.save()
    with pytest.raises(ValidationError, match="last day in the post was 1 August 2022"):
        services.add_supervision(by=staff, role=post, on=date(2022, 8, 2), is_held=True)
    row = services.add_supervision(by=staff, role=post, on=JULY, is_held=True, note=f" {SECRET} ")
    assert (row.note, row.supervisor) == (SECRET, staff)
    with pytest.raises(ValidationError, match="recorded already"):
        services.add_supervision(by=staff, role=post, on=JULY)


def test_a_post_without_a_person_has_no_supervision_and_a_plan_has_no_note(post, staff):
    empty = factories.SiteRoleFactory(state="advertised", person=None)
    with pytest.raises(ValidationError, match="No one has been appointed"):
        services.add_supervision(by=staff, role=empty, on=JULY)
    with pytest.raises(ValidationError, match="once the supervision was held"):
        services.add_supervision(by=staff, role=post, on=ago(-5), note=SECRET)


def test_the_second_of_two_editors_is_told(post, staff):
    factories.SupervisionFactory(role=post)
    services.update_supervision(by=staff, supervision=Supervision.objects.get(), note="One", expected=1)
    with pytest.raises(Conflict):
        services.update_supervision(by=staff, supervision=Supervision.objects.get(), note="Two", expected=1)
    with pytest.raises(Conflict):
        services.remove_supervision(by=staff, supervision=Supervision.objects.get(), expected=1)
    assert Supervision.objects.get().note == "One"


EVERY = SUPERVISED_EVERY.days


@pytest.mark.parametrize(
    ("held", "planned", "words"),
    [
        (None, None, "days since they started"),
        (EVERY + 1, None, f"None for {EVERY + 1} days"),
        (EVERY, None, ""),
        (EVERY + 1, -3, ""),
        (5, 1, "not recorded as held"),
        (5, 0, ""),
        (5, None, ""),
    ],
)
def test_a_coach_is_overdue_after_six_weeks_without_a_plan_or_when_a_planned_day_has_passed(
    post, staff, held, planned, words
):
    if held is not None:
        factories.SupervisionFactory(role=post, on=ago(held))
    if planned is not None:
        factories.SupervisionFactory(role=post, on=ago(planned), is_held=False)
    found = posts_for(staff).get(pk=post.pk)
    said = overdue_in_words(found, clock.today())
    assert words in said and bool(said) == bool(words)
    assert overdue_posts(posts_for(staff), clock.today()).exists() == bool(words)


def test_leads_empty_posts_and_those_that_ended_or_begin_later_are_never_overdue(staff):
    factories.SiteRoleFactory(kind=SiteRole.Kind.LEAD)
    factories.SiteRoleFactory(state="advertised", person=None)
    factories.SiteRoleFactory(ends_on=ago(3))
    factories.SiteRoleFactory(starts_on=ago(-3))
    today = clock.today()
    assert not overdue_posts(posts_for(staff), today).exists()
    assert not any(overdue_in_words(found, today) for found in posts_for(staff))


# --- Who reads the note ------------------------------------------------------------------------------
def test_the_note_is_read_by_national_staff_and_by_no_one_else(post, coach, staff, leader, engagement_lead, sign_in):
    row = factories.SupervisionFactory(role=post, note=SECRET, supervisor=staff)
    page, api = row.get_absolute_url(), f"/api/v1/supervisions/{row.pk}/"
    administrator = factories.UserFactory(roles=["administrator"])
    for user, may in ((staff, True), (engagement_lead, True), (leader, False), (coach, False), (administrator, False)):
        client = sign_in(user)
        shown = client.get(page)
        assert "1 September 2022" in text(shown)
        assert (SECRET in html_of(shown)) is may, user
        for address in (api, "/api/v1/supervisions/", "/api/v1/supervisions/export.csv"):
            answer = client.get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert (SECRET.encode() in body) is may, (user, address)
        for address in ("/sites/caseload/", "/sites/caseload/?format=csv", post.site.get_absolute_url()):
            answer = client.get(address)
            assert SECRET.encode() not in (b"".join(answer.streaming_content) if answer.streaming else answer.content)


def test_the_history_keeps_no_words_of_the_note(post, staff):
    row = services.add_supervision(by=staff, role=post, on=JULY, is_held=True, note=SECRET)
    services.update_supervision(by=staff, supervision=row, note=f"{SECRET} too")
    services.remove_supervision(by=staff, supervision=row)
    assert AuditEvent.objects.filter(type__startswith="supervision.").count() == 3
    assert not any(SECRET in str(event.facts) for event in AuditEvent.objects.all())


def test_people_elsewhere_see_neither_dates_nor_posts(post, outsider, sign_in):
    row = factories.SupervisionFactory(role=post)
    client = sign_in(factories.team_of(factories.SiteFactory()))
    assert client.get(row.get_absolute_url()).status_code == 404
    assert client.get(f"/api/v1/supervisions/{row.pk}/").status_code == 404
    assert "Hazel Birch" not in text(client.get("/sites/caseload/"))
    assert "You see the posts of the sites where you work." in text(sign_in(outsider).get("/sites/caseload/"))


# --- Pages -----------------------------------------------------------------------------------------
def test_the_caseload_says_who_works_where_and_what_is_overdue(post, staff, sign_in):
    second = factories.SiteRoleFactory(person=post.person, site__name="Second place", starts_on=ago(5))
    factories.SiteRoleFactory(site__name="Third place", state="advertised", person=None)
    factories.SupervisionFactory(role=post, on=ago(50))
    factories.SupervisionFactory(role=second, on=ago(2))
    factories.SupervisionFactory(role=second, on=ago(-30), is_held=False)
    client = sign_in(staff)
    page = text(client.get("/sites/caseload/"))
    assert "Supervision is overdue for 1 post" in page
    assert "Hazel Birch Improvement coach, 2 posts in all Antrim Appointed since 20 June 2022" in page
    assert "Overdue None for 50 days" in page and page.count("Overdue None") == 1
    assert "No one yet Improvement coach Third place Post advertised" in page
    late = text(client.get("/sites/caseload/", {"overdue": "on"}))
    assert "Antrim" in late and "Second place" not in late
    lines = csv_text(client.get("/sites/caseload/", {"format": "csv", "q": "antrim"})).splitlines()
    assert len(lines) == 2 and lines[1].startswith("Improvement coach,Appointed,Hazel Birch,2,Antrim,")
    assert lines[1].endswith("None for 50 days")


def test_supervision_is_planned_held_and_removed_on_its_pages(post, staff, sign_in):
    client = sign_in(staff)
    add = reverse("sites:supervision-add", args=[post.site.slug, post.pk])
    refused = client.post(add, {"on": ago(-2).isoformat(), "is_held": "on", "note": SECRET})
    assert "future" in text(refused) and SECRET in html_of(refused)
    client.post(add, {"on": ago(2).isoformat(), "note": ""})
    row = Supervision.objects.get()
    assert "Not recorded as held" in text(client.get(row.get_absolute_url()))
    edit = reverse("sites:supervision-edit", args=[post.site.slug, post.pk, row.pk])
    client.post(edit, {"on": ago(2).isoformat(), "is_held": "on", "note": SECRET, "version": "1"})
    shown = text(client.get(row.get_absolute_url()))
    assert "Held" in shown and SECRET in shown
    client.post(reverse("sites:supervision-remove", args=[post.site.slug, post.pk, row.pk]), {"version": "2"})
    assert not Supervision.objects.exists()


def test_staff_are_told_on_their_first_page(post, staff, leader, sign_in):
    assert "Supervision is overdue for 1 post" in text(sign_in(staff).get("/"))
    assert "Supervision is overdue" not in text(sign_in(leader).get("/"))


def test_the_caseload_costs_the_same_for_one_post_and_for_thirty(post, staff, sign_in):
    client = sign_in(staff)
    factories.SupervisionFactory(role=post)
    before = queries(client, "/sites/caseload/")
    for _ in range(29):
        factories.SupervisionFactory()
    assert queries(client, "/sites/caseload/") == before


# --- API -------------------------------------------------------------------------------------------
def test_posts_and_supervision_over_the_api(post, staff, sign_in):
    client = sign_in(staff)
    made = client.post(
        "/api/v1/supervisions/",
        {"post": post.pk, "on": ago(50).isoformat(), "is_held": True, "note": SECRET},
        content_type="application/json",
    )
    assert made.status_code == 201, made.content
    assert made.json()["note"] == SECRET and made.json()["supervisor"] == staff.display_name
    found = client.get("/api/v1/posts/", {"overdue": "true"}).json()["results"]
    assert [(row["person"], row["last_supervision"], row["overdue"]) for row in found] == [
        ("Hazel Birch", ago(50).isoformat(), "None for 50 days")
    ]
    own = f"/api/v1/supervisions/{made.json()['id']}/"
    assert client.patch(own, {"note": "X"}, content_type="application/json").status_code == 428
    match = {"headers": {"If-Match": made["ETag"]}}
    assert client.patch(own, {"note": "X"}, content_type="application/json", **match).json()["note"] == "X"
    assert client.delete(own, **match).status_code == 412
    assert client.delete(own, headers={"If-Match": "*"}).status_code == 204
