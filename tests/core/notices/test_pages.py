"""Pages and the API about notices."""

import pytest
from django.test import Client

from impact.core.notices import choices, services
from impact.core.notices.models import Notice, NoticeChoices
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.django_db]


def tell(*people, kind="charter", key="it", title="A new text", path="/co-production/"):
    event = {"charter": "charter-corrected", "claim": "claim-member", "meeting": "papers-ready"}.get(kind, kind)
    return services.tell(event=event, people=people, title=title, words="Read it.", path=path, key=key)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def member():
    return factories.UserFactory()


def test_my_notices_are_listed_unread_first_and_counted_in_the_menu(member):
    tell(member.person, key="old", title="The older one")
    tell(member.person, key="new", title="The newer one")
    services.mark_read(by=member, notice=Notice.objects.get(key="new"))
    tell(factories.UserFactory().person, key="theirs", title="Of someone else")
    page = html_of(client_of(member).get("/notices/"))
    assert page.index("The older one") < page.index("The newer one") and "Of someone else" not in page
    assert "Your notices: 1 unread" in page and "2 notices</strong>" in page and "1 unread." in page


def test_of_two_notices_of_the_same_moment_the_one_told_last_stands_first(member):
    for key in ("first", "second"):
        tell(member.person, key=key, title=f"The {key} one")
    Notice.objects.update(made_at=Notice.objects.get(key="first").made_at)
    page = html_of(client_of(member).get("/notices/"))
    assert page.index("The second one") < page.index("The first one")


def test_the_usual_quiet_hours_are_said_as_people_say_them(member, settings):
    settings.QUIET_HOURS = "21:30-07:00"
    assert "At night, from 9:30pm to 7am" in html_of(client_of(member).get("/account/notices/"))


def test_an_empty_list_says_what_will_come(member):
    assert "No notices yet" in html_of(client_of(member).get("/notices/"))


def test_the_list_narrows_by_kind_and_by_what_is_unread_and_exports(member):
    tell(member.person, key="a", title="About the charter")
    tell(member.person, key="b", title="About a meeting", kind="meeting")
    client = client_of(member)
    page = html_of(client.get("/notices/?kind=meeting"))
    assert "About a meeting" in page and "About the charter" not in page
    services.mark_all_read(by=member)
    assert "No notice matches" in html_of(client.get("/notices/?read=unread"))
    assert b"About a meeting" in b"".join(client.get("/notices/?format=csv").streaming_content)


def test_opening_a_notice_leads_to_its_page_and_marks_it_read(member):
    tell(member.person)
    notice = Notice.objects.get()
    response = client_of(member).get(f"/notices/{notice.pk}/")
    assert (response.status_code, response["Location"]) == (302, "/co-production/")
    assert services.unread_count(member) == 0
    assert client_of(factories.UserFactory()).get(f"/notices/{notice.pk}/").status_code == 404


def test_all_are_marked_read_and_that_is_undone(member):
    for key in "abc":
        tell(member.person, key=key, title=f"Thing {key}")
    services.mark_read(by=member, notice=Notice.objects.get(key="a"))
    client = client_of(member)
    page = html_of(client.post("/notices/mark-all/", follow=True))
    assert "2 notices marked as read" in page and services.unread_count(member) == 0
    moment = page.split('name="undo" value="')[1].split('"')[0]
    page = html_of(client.post("/notices/mark-all/", {"undo": moment}, follow=True))
    assert "2 notices marked as unread again." in page and services.unread_count(member) == 2
    notice = Notice.objects.get(key="a")
    client.post(f"/notices/{notice.pk}/mark/", {"as": "unread"})
    assert services.unread_count(member) == 3


@pytest.mark.parametrize("moment", ["", "nonsense", "2022-99-99T99:99", "2022-01-01T10:00"])
def test_an_undo_that_no_page_of_ours_wrote_marks_all_as_read(member, moment):
    tell(member.person)
    client_of(member).post("/notices/mark-all/", {"undo": moment})
    assert services.unread_count(member) == 0


def test_the_list_asks_the_same_number_of_questions_for_one_notice_and_for_many(member):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = client_of(member)
    tell(member.person)
    client.get("/notices/")
    with CaptureQueriesContext(connection) as one:
        client.get("/notices/")
    for number in range(25):
        tell(member.person, key=f"k{number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/notices/")
    assert len(one) == len(many)


# --- Choices -------------------------------------------------------------------------------------
def all_choices(**changes):
    return {kind: getattr(NoticeChoices(), kind) for kind in choices.KINDS} | {"quiet": "usual", "version": 1} | changes


def test_i_choose_how_i_hear(member):
    client = client_of(member)
    page = html_of(client.get("/account/notices/"))
    assert "How you hear from us" in page and "Once a week, by email" in page and member.email in page
    assert "Saved." in html_of(client.post("/account/notices/", all_choices(charter="none"), follow=True))
    assert choices.choices_of(member.person).charter == "none"
    stale = client.post("/account/notices/", all_choices(charter="weekly"))
    assert stale.status_code == 409 and "Someone else saved this" in html_of(stale)


def test_the_engagement_lead_chooses_for_someone_who_asked(member, engagement_lead, staff):
    path = f"/people/{member.person.pk}/notices/"
    assert client_of(staff).get(path).status_code == 403
    client = client_of(engagement_lead)
    assert "Tick the box" in html_of(client.post(path, all_choices(charter="none")))
    client.post(path, all_choices(charter="none", asked="on"))
    assert choices.choices_of(member.person).charter == "none"
    page = html_of(client_of(member).get("/account/notices/"))
    assert f"{engagement_lead.display_name} chose this for you" in page


def test_one_press_in_an_email_stops_emails_and_opening_the_link_does_not(member):
    path = choices.stop_url(member.person, ["agreement", "claim"]).split("8000")[1]
    visitor = Client(enforce_csrf_checks=True)
    asked = html_of(visitor.get(path))
    assert "Stop these emails?" in asked and "payments" in asked and "Waypoints" not in asked
    assert choices.choices_of(member.person).agreement == "at_once"
    page = html_of(visitor.post(path, {"List-Unsubscribe": "One-Click"}))
    assert "Emails stopped" in page
    row = choices.choices_of(member.person)
    assert (row.agreement, row.claim, row.suggestion, row.charter) == ("site", "site", "at_once", "daily")
    assert Client().get("/notices/stop/1.made-up/").status_code == 404


def test_someone_without_an_account_who_stops_emails_is_phoned_instead():
    person = factories.PersonFactory()
    tell(person)
    choices.stop_emails(person=person, kinds=["charter"])
    assert Notice.objects.get().owed == "in_person"


# --- Telling in person ---------------------------------------------------------------------------
def test_the_engagement_lead_sees_whom_to_phone_and_marks_it_done(engagement_lead, staff, member):
    person = factories.PersonFactory(name="Without Email", email="", access_arrangements="Phone after ten")
    tell(person, title="Something new")
    tell(member.person)
    assert client_of(staff).get("/notices/in-person/").status_code == 403
    client = client_of(engagement_lead)
    assert "Phone or write to 1 person" in html_of(client.get("/"))
    page = html_of(client.get("/notices/in-person/"))
    assert "Without Email" in page and "Phone after ten" in page and member.display_name not in page
    notice = Notice.objects.get(person=person)
    data = {"person": person.pk, "notice": [notice.pk], "how": "letter"}
    page = html_of(client.post("/notices/in-person/", data, follow=True))
    assert "Without Email is marked as told." in page and "By letter" in page and "No one to phone" in page
    page = html_of(client.post("/notices/in-person/", data, follow=True))
    assert "marked as done already" in page
    client.post(f"/notices/in-person/{notice.pk}/undo/")
    assert "Mark as told" in html_of(client.get("/notices/in-person/"))
    assert "Phone or write" not in html_of(client_of(staff).get("/"))


# --- The API -------------------------------------------------------------------------------------
def test_the_api_gives_each_person_their_own_notices_and_marks_them(member, engagement_lead):
    tell(member.person)
    notice = Notice.objects.get()
    client = client_of(member)
    found = client.get("/api/v1/notices/").json()["results"]
    assert [row["title"] for row in found] == ["A new text"] and found[0]["url"].endswith("/co-production/")
    assert client_of(engagement_lead).get("/api/v1/notices/").json()["results"] == []
    assert client_of(engagement_lead).get(f"/api/v1/notices/{notice.pk}/").status_code == 404
    assert client.post(f"/api/v1/notices/{notice.pk}/read/", content_type="application/json").json()["read_at"]
    assert client.get("/api/v1/notices/?is_read=false").json()["results"] == []
    assert (
        client.post(f"/api/v1/notices/{notice.pk}/unread/", content_type="application/json").json()["read_at"] is None
    )


def test_people_choose_over_the_api_how_they_hear_from_us(member, engagement_lead):
    client, path = client_of(member), "/api/v1/notices/choices/"
    first = client.get(path)
    assert first.json()["charter"] == "daily" and first.json()["recorded_on"] is None
    sent = {"content_type": "application/json", "headers": {"if-match": first["ETag"]}}
    assert client.patch(path, {"charter": "none"}, content_type="application/json").status_code == 428
    wrong = client.patch(path, {"charter": "hourly"}, **sent)
    assert wrong.status_code == 400 and wrong.json()["errors"][0]["attr"] == "charter"
    changed = client.patch(path, {"charter": "none", "claim": "weekly"}, **sent)
    assert (changed.json()["charter"], changed.json()["claim"], changed.json()["meeting"]) == (
        "none",
        "weekly",
        "at_once",
    )
    assert client.patch(path, {"charter": "site"}, **sent).status_code == 412
    assert client_of(engagement_lead).get(path).json()["charter"] == "daily"
