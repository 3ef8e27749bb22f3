"""Pages about people and the platform: what a person sees and what bad input does."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from impact.core.access.models import ApiToken, AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.jobs import outbox, queue
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.people.models import Invitation, Person, User
from tests import factories
from tests.pages import html_of

# What pages show; every page's queries run on PostgreSQL too, in the permission matrix.
pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]


def text(response) -> str:
    """The page's text without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html_of(response)))


# --- People --------------------------------------------------------------------------------------
def test_staff_find_a_person_by_part_of_the_name(staff, sign_in):
    factories.PersonFactory(name="Hazel Birch")
    factories.PersonFactory(name="Olive Stone")
    page = text(sign_in(staff).get("/people/", {"q": "birch"}))
    assert "Hazel Birch" in page and "Olive Stone" not in page


def test_no_one_matching_says_so_and_offers_the_way_back(staff, sign_in):
    page = text(sign_in(staff).get("/people/", {"q": "zzzz"}))
    assert "No one matches" in page and "Show everyone" in page


def test_the_list_of_people_asks_as_many_queries_for_one_as_for_thirty(staff, sign_in, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = sign_in(staff)
    client.get("/people/")
    counts = []
    for extra in (0, 29):
        for _ in range(extra):
            factories.PersonFactory()
        with CaptureQueriesContext(connection) as seen:
            client.get("/people/")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_export_escapes_what_a_spreadsheet_would_run(staff, sign_in):
    factories.PersonFactory(name="=HYPERLINK(1)")
    response = sign_in(staff).get("/people/", {"format": "csv"})
    body = b"".join(response.streaming_content).decode()
    assert "'=HYPERLINK(1)" in body
    assert response["Content-Disposition"] == 'attachment; filename="people.csv"'


def test_staff_invite_and_the_person_comes_in(staff, sign_in, client):
    sign_in(staff).post("/people/invite/", {"name": "New Person", "email": "new@impact.example"})
    link = re.search(r"/invitation/[\w-]+/", OutboxEmail.objects.get().body).group()
    assert "New Person" in text(client.get(link))
    response = client.post(link, {"password1": "three quiet herons", "password2": "three quiet herons"}, follow=True)
    assert "Your account is ready" in text(response)
    assert User.objects.get(email="new@impact.example").person.name == "New Person"
    assert "no longer" in text(client.get(link)).lower() or client.get(link).status_code == 404


def test_a_bad_invitation_keeps_what_was_typed(staff, sign_in):
    response = sign_in(staff).post("/people/invite/", {"name": "Someone", "email": "not-an-address"})
    page = html_of(response)
    assert 'value="Someone"' in page and 'value="not-an-address"' in page
    assert "There is a problem" in page
    assert not Invitation.objects.exists()


def test_two_different_passwords_are_refused_beside_the_field(staff, sign_in, client):
    sign_in(staff).post("/people/invite/", {"name": "New Person", "email": "new@impact.example"})
    link = re.search(r"/invitation/[\w-]+/", OutboxEmail.objects.get().body).group()
    response = client.post(link, {"password1": "three quiet herons", "password2": "other words here"})
    assert "The passwords do not match. Enter the same password twice." in text(response)
    assert not User.objects.filter(email="new@impact.example").exists()


def test_a_made_up_invitation_link_is_not_found(client):
    assert client.get("/invitation/made-up/").status_code == 404


def test_a_conflict_shows_both_texts_and_keeps_the_draft(staff, sign_in):
    person = factories.PersonFactory(name="Before", version=1)
    client = sign_in(staff)
    form = {"email": "", "nation": "", "preferred_format": "standard", "preferred_language": "en", "version": "1"}
    url = reverse("core:person-edit", args=[person.pk])
    assert client.post(url, {**form, "name": "Theirs", "access_arrangements": "Their words"}).status_code == 302
    response = client.post(url, {**form, "name": "Mine", "access_arrangements": "My words"})
    page = html_of(response)
    assert response.status_code == 409
    assert "Their words" in page and "My words" in page
    assert Person.objects.get(pk=person.pk).name == "Theirs"
    # Having seen both, saving again wins.
    again = re.search(r'name="version" value="(\d+)"', page).group(1)
    client.post(url, {**form, "name": "Mine", "access_arrangements": "My words", "version": again})
    assert Person.objects.get(pk=person.pk).name == "Mine"


def test_everybody_can_say_what_they_need(outsider, sign_in):
    form = {
        "name": "Rowan",
        "email": "",
        "nation": "wales",
        "preferred_format": "easy_read",
        "preferred_language": "cy",
        "access_arrangements": "Short breaks",
        "version": "1",
    }
    response = sign_in(outsider).post("/account/", form, follow=True)
    assert "Saved" in text(response)
    outsider.person.refresh_from_db()
    assert outsider.person.needs == ["Easy Read", "Welsh", "Short breaks"]


def test_an_administrator_gives_and_takes_a_role_on_the_page(administrator, outsider, sign_in):
    url = reverse("core:person-role", args=[outsider.person.pk])
    client = sign_in(administrator)
    client.post(url, {"role": "staff"})
    assert User.objects.get(pk=outsider.pk).global_roles == {"staff"}
    client.post(url, {"role": "staff", "take_back": "1"})
    assert User.objects.get(pk=outsider.pk).global_roles == frozenset()
    assert "Choose a role" in text(client.post(url, {"role": "emperor"}, follow=True))


# --- Tokens --------------------------------------------------------------------------------------
def test_a_token_is_shown_once_reads_the_api_and_can_be_withdrawn(staff, sign_in, client):
    staff.set_password("three plain words")
    staff.save()
    own = sign_in(staff)
    own.post("/accounts/reauthenticate/", {"password": "three plain words"})
    page = html_of(own.post("/account/tokens/", {"days": "7", "name": "Figures for the board"}))
    token = re.search(r'<code class="token">(\w+)</code>', page).group(1)
    assert token not in html_of(own.get("/account/tokens/"))
    headers = {"Authorization": f"Token {token}"}
    assert client.get("/api/v1/", headers=headers).status_code == 200
    own.post(reverse("core:token-withdraw", args=[ApiToken.objects.get().token_key]))
    assert list(AuditEvent.objects.order_by("pk").values_list("type", flat=True)) == ["token.made", "token.withdrawn"]
    assert client.get("/api/v1/", headers=headers).status_code == 401


def test_someone_elses_token_cannot_be_withdrawn(staff, outsider, sign_in):
    ApiToken.objects.create(user=staff, expiry=timedelta(days=1))
    key = ApiToken.objects.get().token_key
    assert sign_in(outsider).post(reverse("core:token-withdraw", args=[key])).status_code == 404
    assert ApiToken.objects.exists()


def test_a_token_stops_reading_when_the_role_goes(client, staff):
    _row, token = ApiToken.objects.create(user=staff, expiry=timedelta(days=1))
    factories.SiteFactory()
    headers = {"Authorization": f"Token {token}"}
    assert len(client.get("/api/v1/sites/", headers=headers).json()["results"]) == 1
    staff.role_grants.update(revoked_at=timezone.now())
    assert client.get("/api/v1/sites/", headers=headers).json()["results"] == []


# --- Jobs ----------------------------------------------------------------------------------------
def test_a_failed_job_shows_its_reason_and_can_be_retried(staff, sign_in, monkeypatch):
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)
    job = queue.enqueue(by=staff, kind="none", dedupe_key="x", payload={})
    Job.objects.update(state="failed", error="The disk is full.")
    client = sign_in(staff)
    assert "The disk is full." in text(client.get(reverse("core:job-progress", args=[job.pk])))
    client.post(reverse("core:job-retry", args=[job.pk]), {"next": "//evil.example/"})
    job.refresh_from_db()
    assert job.state == "queued"


def test_a_running_job_asks_again_by_itself_and_a_finished_one_does_not(staff, sign_in):
    job = queue.enqueue(by=staff, kind="none", dedupe_key="x", payload={})
    url = reverse("core:job-progress", args=[job.pk])
    client = sign_in(staff)
    assert b"hx-trigger" in client.get(url).content
    Job.objects.update(state="succeeded", progress=100)
    assert b"hx-trigger" not in client.get(url).content


def test_someone_elses_job_is_not_found(outsider, sign_in):
    job = queue.enqueue(by=SYSTEM, kind="none", dedupe_key="x", payload={})
    assert sign_in(outsider).get(reverse("core:job-progress", args=[job.pk])).status_code == 404


def test_retry_never_leads_to_another_site(staff, sign_in):
    job = queue.enqueue(by=staff, kind="none", dedupe_key="x", payload={})
    Job.objects.update(state="failed", error="x")
    response = sign_in(staff).post(reverse("core:job-retry", args=[job.pk]), {"next": "https://evil.example/"})
    assert response["Location"] == "/"


# --- The platform itself -------------------------------------------------------------------------
def test_livez_answers_without_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/livez").content == b"ok\n"


def test_readyz_says_what_it_checked(client):
    body = client.get("/readyz").json()
    assert body == {"ready": True, "checks": dict.fromkeys(["database", "migrations", "disk", "jobs", "mail"], "ok")}


def test_readyz_is_not_ready_when_a_job_waits_too_long(client):
    queue.enqueue(by=SYSTEM, kind="none", dedupe_key="x", payload={})
    Job.objects.update(due_at=timezone.now() - timedelta(minutes=11))
    response = client.get("/readyz")
    assert response["Retry-After"] == "30"
    assert response.status_code == 503
    assert "ten minutes" in response.json()["checks"]["jobs"]


def test_every_page_carries_a_strict_content_security_policy(client):
    response = client.get("/accounts/login/")
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert response["X-Frame-Options"] == "DENY"
    assert "camera=()" in response["Permissions-Policy"]


def test_an_unknown_address_is_a_friendly_404(staff, sign_in):
    response = sign_in(staff).get("/no-such-page/")
    assert response.status_code == 404
    assert "<h1" in html_of(response)


# --- Signing in ----------------------------------------------------------------------------------
def test_signing_in_with_e_mail_and_password_leads_home(outsider, client):
    response = client.post("/accounts/login/", {"login": outsider.email, "password": factories.PASSWORD})
    assert response["Location"] == "/"


def test_there_is_no_way_to_sign_up(client):
    response = client.post(
        "/accounts/signup/", {"email": "x@impact.example", "password1": "a" * 14, "password2": "a" * 14}
    )
    assert not User.objects.exists()
    assert "invit" in text(response).lower()


def test_a_known_and_an_unknown_address_look_alike(outsider, client):
    pages = []
    for email in (outsider.email, "nobody@impact.example"):
        response = client.post("/accounts/login/", {"login": email, "password": "wrong password"})
        pages.append((response.status_code, text(response).replace(email, "X")))
    assert pages[0] == pages[1]


def test_asking_for_a_new_password_looks_alike_for_known_and_unknown(outsider, client):
    answers = []
    for email in (outsider.email, "nobody@impact.example"):
        response = client.post("/accounts/password/reset/", {"email": email})
        answers.append((response.status_code, response["Location"]))
    assert answers[0] == answers[1]
    outbox.send_due()
    assert {m.to[0] for m in mail.outbox} == {outsider.email, "nobody@impact.example"}


def test_an_account_that_was_switched_off_cannot_sign_in(outsider, client):
    User.objects.filter(pk=outsider.pk).update(is_active=False)
    client.post("/accounts/login/", {"login": outsider.email, "password": factories.PASSWORD})
    assert "_auth_user_id" not in client.session


def test_staff_set_up_two_step_verification_before_anything_else(staff, outsider, sign_in, settings):
    settings.TWO_STEP_REQUIRED = True
    assert sign_in(staff).get("/people/")["Location"] == reverse("mfa_index")
    assert sign_in(staff).get("/api/v1/").status_code == 403
    assert sign_in(outsider).get("/account/").status_code == 200


def test_the_demo_sign_ins_are_shown_only_in_a_demonstration(client, settings):
    assert "impact-demo-2022" not in html_of(client.get("/accounts/login/"))
    settings.DEMO = True
    assert "coordinator.scotland@impact.example" in html_of(client.get("/accounts/login/"))


def test_the_admin_pages_use_the_same_sign_in(client, administrator, staff, sign_in):
    assert (
        client.get("/admin/")["Location"].startswith("/accounts/login/")
        or "/admin/login/" in client.get("/admin/")["Location"]
    )
    assert sign_in(administrator).get("/admin/").status_code == 200
    assert sign_in(staff).get("/admin/", follow=False).status_code == 302


def test_the_admin_pages_do_not_show_what_an_e_mail_says(administrator, sign_in):
    row = outbox.send_later(
        event="meeting-invitation",
        to="someone@impact.example",
        subject="Meeting",
        body="https://impact.example/reply/a-key/",
        calendar="BEGIN:VCALENDAR\r\nLOCATION:The hall",
        calendar_method="REQUEST",
    )
    page = html_of(sign_in(administrator).get(f"/admin/core/outboxemail/{row.pk}/change/"))
    assert "someone@impact.example" in page and "a-key" not in page and "The hall" not in page
