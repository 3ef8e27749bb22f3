"""API tokens: what each may change, when it was used, and what its owner is told before it ends."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from impact.core.access.models import ApiToken
from impact.core.jobs import queue
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.people import accounts
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db):
    user = factories.UserFactory(roles=["staff"])
    user.set_password("three plain words")
    user.save()
    return user


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def post_site(client, token):
    return client.post("/api/v1/sites/", {}, "application/json", headers=bearer(token))


@pytest.mark.parametrize("word", ["Bearer", "bearer", "Token"])
def test_a_token_is_taken_under_its_new_name_and_its_old_one(owner, client, word):
    token = accounts.make_token(by=owner, days=7)
    assert client.get("/api/v1/sites/", headers={"Authorization": f"{word} {token}"}).status_code == 200
    assert client.get("/api/v1/sites/", headers={"Authorization": f"{word} {token[:-1]}x"}).status_code == 401


@pytest.mark.parametrize("given", ["Bearer \xff", "Token \xff", "Bearer " + "\xc3\xa9" * 40])
def test_a_header_that_holds_no_token_is_refused_and_is_no_crash(client, given):
    assert client.get("/api/v1/sites/", headers={"Authorization": given}).status_code == 401


def test_a_token_without_scopes_only_reads(owner, client):
    token = accounts.make_token(by=owner, days=7)
    assert client.get("/api/v1/sites/", headers=bearer(token)).status_code == 200
    refused = post_site(client, token)
    assert refused.status_code == 403 and refused.json()["errors"][0]["code"] == "token_scope"
    assert "made without “Sites, topics" in refused.json()["errors"][0]["detail"]


def test_a_token_changes_what_is_in_its_scopes_and_nothing_else(owner, client):
    token = accounts.make_token(by=owner, days=7, scopes=["sites"])
    assert post_site(client, token).status_code == 400  # allowed, and nothing was sent
    for elsewhere in ("meetings", "suggestions", "notices/read-all"):
        answer = client.post(f"/api/v1/{elsewhere}/", {}, "application/json", headers=bearer(token))
        assert answer.status_code in (403, 404, 405) and answer.status_code != 400
    meeting = client.post("/api/v1/meetings/", {}, "application/json", headers=bearer(token))
    assert meeting.json()["errors"][0]["code"] == "token_scope"


def test_a_scope_gives_no_more_than_its_owner_may(client):
    member = factories.UserFactory()
    token = accounts.make_token(by=member, days=7, scopes=ApiToken.Scope.values)
    assert post_site(client, token).status_code == 403
    with pytest.raises(ValidationError, match="Choose from the list"):
        accounts.make_token(by=member, days=7, scopes=["everything"])


def test_the_page_makes_a_token_with_a_name_and_shows_what_it_may_and_when_it_was_used(owner, sign_in, client):
    own, url = sign_in(owner), reverse("core:tokens")
    own.post("/accounts/reauthenticate/", {"password": "three plain words"})
    page = html_of(own.post(url, {"days": "7", "name": "Public website", "scopes": ["networks", "sites"]}))
    token = page.split('class="token">')[1].split("<")[0]
    assert "Public website" in page and "Reads, and changes: Sites, topics" in page and "Not used yet" in page
    client.get("/api/v1/sites/", headers=bearer(token))
    assert f"Last used {timezone.localdate():%-d %B %Y}" in html_of(own.get(url))
    assert ApiToken.objects.get().scopes == ["sites", "networks"]
    page = html_of(own.post(url, {"days": "7", "scopes": ["all"]}))
    assert "There is a problem" in page and ApiToken.objects.count() == 1


def test_its_use_is_written_once_a_day(owner, client):
    token = accounts.make_token(by=owner, days=7)
    client.get("/api/v1/sites/", headers=bearer(token))
    before = ApiToken.objects.get().last_used_on
    ApiToken.objects.update(last_used_on=before - timedelta(days=1))
    client.get("/api/v1/sites/", headers=bearer(token))
    assert ApiToken.objects.get().last_used_on == before


def test_its_owner_hears_once_that_a_token_ends_within_a_week(owner):
    accounts.make_token(by=owner, days=30, name="Public website")
    accounts.make_token(by=owner, days=7, name="For today")
    ApiToken.objects.filter(name="Public website").update(
        created=timezone.now() - timedelta(days=24), expiry=timezone.now() + timedelta(days=6)
    )
    queue.enqueue_daily()
    job = Job.objects.get(kind="core.token_warnings")
    assert queue.run(job.pk) and accounts.warn_of_ending_tokens() == 0
    mail = OutboxEmail.objects.get(to=owner.email)
    assert "Public website" in mail.body and "Public website" not in mail.subject and "/account/tokens/" in mail.body
    assert "For today" not in mail.body


def test_an_answer_says_how_many_requests_are_left_and_which_one_it_was(owner, client, hourly_limit):
    hourly_limit("6000/hour", "300/hour")
    token = accounts.make_token(by=owner, days=7)
    first, second = (client.get("/api/v1/sites/", headers=bearer(token)) for _ in range(2))
    assert first["RateLimit-Limit"] == "6000" and 0 < int(first["RateLimit-Reset"]) <= 3600
    assert int(second["RateLimit-Remaining"]) == int(first["RateLimit-Remaining"]) - 1
    assert len(first["X-Request-ID"]) == 36 and first["X-Request-ID"] != second["X-Request-ID"]
