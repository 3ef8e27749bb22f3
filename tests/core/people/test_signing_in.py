"""Every way in keeps the two-step rule, and no one changes what protects an account quietly."""

import re
from datetime import timedelta
from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.apps import apps
from django.contrib.sessions.models import Session
from django.urls import reverse

from impact.core.access import two_step
from impact.core.access.event_words import WORDS
from impact.core.access.models import ApiToken, AuditEvent
from impact.core.jobs import queue
from impact.core.jobs.models import OutboxEmail
from impact.core.people import accounts
from impact.core.people.models import User
from impact.core.people.signing_in import sealing
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
PASSWORD = "three plain words"


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def token_of(user: User) -> dict[str, str]:
    _row, token = ApiToken.objects.create(user=user, expiry=timedelta(days=1))
    return {"Authorization": f"Token {token}"}


def turn_on(user: User, kind: str = "totp") -> Authenticator:
    return Authenticator.objects.create(user=user, type=kind, data={})


def confirm_it_is_me(client) -> None:
    """Complete the "Confirm it is you" page."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def told() -> list[tuple[str, str]]:
    return list(OutboxEmail.objects.order_by("pk").values_list("to", "subject"))


# --- The two-step rule -----------------------------------------------------------------------------
@pytest.mark.parametrize("role", sorted(two_step.TWO_STEP_ROLES))
def test_a_token_is_refused_while_its_owner_lacks_two_step_verification(role, client, settings):
    settings.TWO_STEP_REQUIRED = True
    user = factories.UserFactory(roles=[role])
    headers = token_of(user)
    refused = client.get("/api/v1/sites/", headers=headers)
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["code"] == "two_step_required"
    assert "two-step verification" in refused.json()["errors"][0]["detail"]
    second = turn_on(user)
    assert client.get("/api/v1/sites/", headers=headers).status_code == 200
    second.delete()
    assert client.get("/api/v1/sites/", headers=headers).status_code == 403


def test_recovery_codes_alone_are_no_second_step(staff, client, settings, sign_in):
    settings.TWO_STEP_REQUIRED = True
    turn_on(staff, "recovery_codes")
    assert client.get("/api/v1/sites/", headers=token_of(staff)).status_code == 403
    assert sign_in(staff).get("/people/")["Location"] == reverse("mfa_index")


def test_a_token_writes_nothing_while_two_step_verification_is_off(staff, client, settings):
    settings.TWO_STEP_REQUIRED = True
    group = factories.GroupFactory()
    url = f"/api/v1/groups/{group.slug}/"
    answer = client.patch(url, {"name": "Other"}, content_type="application/json", headers=token_of(staff))
    assert answer.status_code == 403 and answer.json()["errors"][0]["code"] == "two_step_required"
    group.refresh_from_db()
    assert group.name != "Other"


def test_a_member_needs_no_second_step_for_a_token(client, settings):
    settings.TWO_STEP_REQUIRED = True
    member = factories.user_in(factories.GroupFactory())
    assert client.get("/api/v1/groups/", headers=token_of(member)).status_code == 200


def test_tokens_made_before_a_two_step_role_end_when_it_is_given(administrator, outsider, client):
    headers = token_of(outsider)
    accounts.grant_role(by=administrator, user=outsider, role="staff")
    assert client.get("/api/v1/sites/", headers=headers).status_code == 401
    again = token_of(outsider)  # a second such role changes nothing about how it was made
    accounts.grant_role(by=administrator, user=User.objects.get(pk=outsider.pk), role="engagement_lead")
    assert client.get("/api/v1/sites/", headers=again).status_code == 200


def test_a_token_is_made_only_after_showing_again_who_it_is(staff, sign_in):
    client = sign_in(with_password(staff))
    asked = client.post(reverse("core:tokens"), {"days": "7", "name": "Figures"})
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert not ApiToken.objects.exists()
    wrong = client.post(asked["Location"], {"password": "not this one at all"})
    assert wrong.status_code == 200 and not ApiToken.objects.exists()
    done = client.post(asked["Location"], {"password": PASSWORD, "next": reverse("core:tokens")}, follow=True)
    assert re.search(r'<code class="token">\w+</code>', html_of(done))
    assert ApiToken.objects.get().user == staff


# --- What protects an account ----------------------------------------------------------------------
def reset_link(client, email: str, **extra: str) -> str:
    client.post(reverse("account_reset_password"), {"email": email}, **extra)
    return re.search(r"(https?://\S+/password/reset/key/\S+)", OutboxEmail.objects.latest("pk").body).group(1)


def choose_new_password(client, link: str) -> None:
    page = client.get("/" + link.split("/", 3)[3])
    client.post(page["Location"], {"password1": "four other plain words", "password2": "four other plain words"})


def test_a_password_reset_ends_sessions_and_tokens_and_tells_every_address(staff, client, sign_in):
    user = with_password(staff)
    EmailAddress.objects.create(user=user, email="second@impact.example", verified=True)
    elsewhere, headers = sign_in(user), token_of(user)
    choose_new_password(client, reset_link(client, user.email))
    assert User.objects.get(pk=user.pk).check_password("four other plain words")
    assert elsewhere.get("/people/")["Location"].startswith("/accounts/login/")
    assert client.get("/api/v1/sites/", headers=headers).status_code == 401
    assert {to for to, subject in told() if subject == "Your password has changed"} == {
        user.email,
        "second@impact.example",
    }
    kept = AuditEvent.objects.filter(actor_id=user.pk).values_list("type", flat=True)
    assert {"token.all_withdrawn", "account.password_reset"} <= set(kept)


def test_a_changed_password_ends_tokens_and_other_sessions_but_not_this_one(staff, sign_in, client):
    user = with_password(staff)
    here, elsewhere, headers = sign_in(user), sign_in(user), token_of(user)
    form = {"oldpassword": PASSWORD, "password1": "four other plain words", "password2": "four other plain words"}
    assert "API tokens stop working" in html_of(here.get(reverse("account_change_password")))
    here.post(reverse("account_change_password"), form)
    assert here.get("/people/").status_code == 200
    assert elsewhere.get("/people/").status_code == 302
    assert client.get("/api/v1/sites/", headers=headers).status_code == 401
    assert (user.email, "Your password has changed") in told()


def test_a_new_sign_in_address_needs_the_password_and_the_old_address_is_told(outsider, sign_in):
    user = with_password(outsider)
    client = sign_in(user)
    form = {"action_add": "", "email": "attacker@elsewhere.example"}
    asked = client.post(reverse("account_email"), form)
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert not EmailAddress.objects.filter(email=form["email"]).exists() and told() == []
    confirm_it_is_me(client)
    client.post(reverse("account_email"), form)
    link = re.search(r"https?://\S+/confirm-email/\S+", OutboxEmail.objects.get(to=form["email"]).body).group(0)
    assert link.startswith("http://127.0.0.1:8000/")
    client.post("/" + link.split("/", 3)[3])
    assert EmailAddress.objects.get(email=form["email"]).verified
    note = OutboxEmail.objects.get(to=user.email)
    assert note.subject == "An email address was added to your account" and form["email"] in note.body
    assert "If it was not you" in note.body


@pytest.mark.parametrize("action", ["action_primary", "action_remove"])
def test_the_address_that_is_left_is_told(action, outsider, sign_in):
    user = with_password(outsider)
    old = user.email
    EmailAddress.objects.create(user=user, email="second@impact.example", verified=True)
    client = sign_in(user)
    wanted = "second@impact.example"
    client.post(reverse("account_email"), {action: "", "email": wanted})
    assert EmailAddress.objects.filter(email=wanted, primary=False).exists() and told() == []
    confirm_it_is_me(client)
    client.post(reverse("account_email"), {action: "", "email": wanted})
    assert {to for to, _subject in told()} == {old, wanted}
    user.refresh_from_db()
    assert user.email == (wanted if action == "action_primary" else old)
    assert EmailAddress.objects.filter(email=wanted).exists() == (action == "action_primary")


def test_turning_a_second_step_off_needs_the_password_and_is_told(outsider, sign_in):
    user = with_password(outsider)
    turn_on(user)
    client = sign_in(user)
    assert "reauthenticate" in client.post(reverse("mfa_deactivate_totp"))["Location"]
    assert Authenticator.objects.exists()
    confirm_it_is_me(client)
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    assert (user.email, "An authenticator app was removed from your account") in told()
    assert AuditEvent.objects.filter(type="account.totp_deactivated", actor_id=user.pk).exists()


# --- Links in email -------------------------------------------------------------------------------
def test_no_account_mail_takes_its_address_from_the_request(outsider, client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://impact.example"
    user = with_password(outsider)
    forged = {"HTTP_HOST": "evil.example:6666"}
    assert reset_link(client, user.email, **forged).startswith("https://impact.example/accounts/")
    client.post(reverse("account_reset_password"), {"email": "unknown@impact.example"}, **forged)
    client.post(reverse("account_request_login_code"), {"email": user.email}, **forged)
    address = EmailAddress.objects.create(user=user, email="second@impact.example")
    client.force_login(user)
    client.post(reverse("account_email"), {"action_send": "", "email": address.email}, **forged)
    mails = list(OutboxEmail.objects.all())
    assert len(mails) == 4
    for row in mails:
        assert "evil" not in row.subject + row.body and "6666" not in row.body
        assert "https://impact.example" in row.body


def test_every_account_mail_is_in_our_own_words(settings):
    """Nothing of allauth's own "Hello from example.com" is left in what people are sent."""
    theirs = Path(allauth.__file__).parent / "templates"
    unused = {"email_confirm", "password_reset_code"}  # of features that are off
    for folder in ("account/email", "mfa/email"):
        for file in (theirs / folder).glob("*_message.txt"):
            name = file.name.removesuffix("_message.txt")
            if not name.startswith("base") and name not in unused:
                assert (settings.BASE_DIR / "templates" / folder / file.name).exists(), file.name
                assert (settings.BASE_DIR / "templates" / folder / f"{name}_subject.txt").exists(), name


# --- What stays on a device ------------------------------------------------------------------------
def test_pages_for_someone_signed_in_stay_in_no_cache(staff, sign_in, client):
    group = factories.GroupFactory()
    own = sign_in(staff)
    for url in ("/", "/people/", group.get_absolute_url(), "/account/", "/accounts/email/", "/privacy/", "/nowhere/"):
        assert "no-store" in own.get(url)["Cache-Control"], url
    assert not client.get("/privacy/").has_header("Cache-Control")  # nothing of anybody's


def test_the_api_can_still_be_asked_whether_anything_changed(staff, sign_in):
    group = factories.GroupFactory()
    own, url = sign_in(staff), f"/api/v1/groups/{group.slug}/"
    first = own.get(url)
    assert "no-store" not in first["Cache-Control"]
    assert own.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert "no-store" in own.get(url, headers={"Sec-Fetch-Mode": "navigate"})["Cache-Control"]  # shown as a page


def test_signing_out_clears_what_the_browser_kept(staff, sign_in):
    own = sign_in(staff)
    assert not own.get("/").has_header("Clear-Site-Data")
    assert own.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache"'


# --- Ways in that someone left behind -------------------------------------------------------------
def test_invitations_that_promise_a_role_end_with_the_administrator_who_sent_them(administrator, client):
    other = factories.UserFactory(roles=["administrator"])
    backdoor = accounts.invite_person(by=other, email="later@impact.example", name="Later", role="administrator")
    plain = accounts.invite_person(by=other, email="member@elsewhere.example", name="Member")
    link = re.search(r"/invitation/\S+", OutboxEmail.objects.get(to=backdoor.email).body).group(0)
    assert client.get(link).status_code == 200
    accounts.revoke_role(by=administrator, user=other, role="administrator")
    assert client.get(link).status_code == 404
    client.post(link, {"password1": "four other plain words", "password2": "four other plain words"})
    assert not User.objects.filter(email=backdoor.email).exists()
    plain.refresh_from_db()
    assert plain.is_open  # it gives no role


@pytest.mark.parametrize("away", ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)"])
def test_trying_a_job_again_leads_to_no_other_site(away, staff, sign_in, monkeypatch):
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)
    job = queue.enqueue(by=staff, kind="none", dedupe_key="x", payload={})
    client, url = sign_in(staff), reverse("core:job-retry", args=[job.pk])
    assert client.post(url, {"next": away})["Location"] == "/"
    assert client.post(url, {"next": "/reports/2022/"})["Location"] == "/reports/2022/"


def test_every_change_to_an_account_is_told_in_words(settings):
    """Every allauth account event has a label in histories."""
    for file in (settings.BASE_DIR / "templates").glob("*/email/*_message.txt"):
        if "base_notification" in file.read_text():
            assert f"account.{file.name.removesuffix('_message.txt')}" in WORDS, file.name


# --- Secrets at rest ---------------------------------------------------------------------------------
def test_the_database_holds_no_plain_secret_of_a_second_step(client, settings):
    """Made through the pages, found nowhere in the tables; those from before, or under an earlier key, are sealed again."""
    user = with_password(factories.UserFactory())
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    client.force_login(user)
    confirm_it_is_me(client)
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    totp = Authenticator.objects.get(user=user, type="totp")
    recovery = Authenticator.objects.get(user=user, type="recovery_codes")
    codes = recovery.wrap().get_unused_codes()
    plain = [secret, sealing.unseal_step(recovery.data["seed"]), *codes]
    tables = {table: str(rows) for table, rows in everything().items()}
    assert [table for table, rows in tables.items() for word in plain if word in rows] == []
    assert "mfa.totp.secret" not in client.session

    Authenticator.objects.filter(pk=totp.pk).update(data={"secret": secret})  # as it was kept before
    assert sealing.seal_second_steps() == 1 and sealing.seal_second_steps() == 0
    totp.refresh_from_db()
    assert secret not in str(totp.data) and sealing.unseal_step(totp.data["secret"]) == secret
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new key"
    assert sealing.unseal_step(totp.data["secret"]) == secret
    assert sealing.seal_second_steps() == 2
    settings.SECRET_KEY_FALLBACKS = []
    totp.refresh_from_db()
    recovery.refresh_from_db()
    assert sealing.unseal_step(totp.data["secret"]) == secret
    assert recovery.wrap().get_unused_codes() == codes


def test_a_secret_that_no_key_opens_fits_no_code(settings):
    """Not even one that could be worked out: it becomes another random secret each time."""
    row = Authenticator.objects.create(
        user=factories.UserFactory(), type="totp", data={"secret": sealing.seal_step("JBSWY3DPEHPK3PXP")}
    )
    settings.SECRET_KEY = "a new key"
    first, second = (sealing.unseal_step(row.data["secret"]) for _time in range(2))
    assert len({first, second, "JBSWY3DPEHPK3PXP", ""}) == 4
    assert sealing.seal_second_steps() == 0
    assert not row.wrap().validate_code(format_hotp_value(hotp_value("", 0)))


def everything() -> dict[str, list]:
    """Each table with all its rows; what stands in a session is opened."""
    found = {}
    for model in apps.get_models():
        found[model._meta.label] = list(model._base_manager.values_list())
    found["opened sessions"] = [row.get_decoded() for row in Session.objects.all()]
    return found
