"""My data: the page, the download, the link for people without an account, staff who answer a request, and the API."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coproduction.claims.models import Claim
from impact.core.access import audit
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs import queue
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.people.consents import live
from impact.core.people.models import Consent, User
from impact.core.people.rights.holdings import links, services
from impact.core.people.rights.holdings.archive import write_archive
from impact.core.people.rights.holdings.looked import looked_at
from impact.core.people.rights.holdings.models import DataArchive, DataLink
from impact.core.people.rights.holdings.reading import held_about, subject_of
from impact.core.people.rights.requests.models import RightsRequest
from impact.core.people.rights.requests.services import ask_for, confirm_identity
from impact.core.people.services import keep_consent, record_consent
from sites.updates.subscriptions.models import Subscriber
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _no_one_has_asked_yet():
    cache.clear()  # how often an address was asked about


@pytest.fixture
def me():
    user = factories.UserFactory()
    user.person.access_arrangements = "A break every hour"
    user.person.save()
    return user


@pytest.fixture
def ada():
    """Someone without an account."""
    return factories.PersonFactory(name="Ada Beech", email="ada@beech.example", access_arrangements="A quiet room")


def words_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html_of(response)))


def unpacked(response) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def mails_to(email: str) -> list[OutboxEmail]:
    return list(OutboxEmail.objects.filter(to=email).order_by("pk"))


# --- The page and the download ---------------------------------------------------------------------
def test_the_page_shows_what_is_held_and_where_to_change_it(client, me):
    record_consent(
        by=me,
        person=me.person,
        purpose=Consent.Purpose.QUOTES,
        wording="May we quote you?",
        is_given=True,
        given_on=timezone.localdate(),
    )
    factories.MembershipFactory(person=me.person, perspective_note="Has used home care since 2019")
    client.force_login(me)
    words = words_of(client.get("/account/my-data/"))
    for found in ("A break every hour", "May we quote you?", "Has used home care since 2019", me.email):
        assert found in words
    assert "What you agreed to" in words and "Ask" not in words[:200]


def test_the_download_is_made_by_a_job_and_holds_what_the_page_and_the_api_say(client, me):
    client.force_login(me)
    response = client.post("/account/my-data/download/")
    archive = DataArchive.objects.get()
    assert response["Location"] == f"/account/my-data/download/{archive.pk}/"
    assert "Waiting to start" in words_of(client.get(response["Location"]))
    assert client.get(f"{response['Location']}file/").status_code == 404
    api = client.get("/api/v1/me/").json()
    page = words_of(client.get("/account/my-data/"))
    queue.run_due()
    assert "Your download is ready" in words_of(client.get(response["Location"]))
    sent = client.get(f"{response['Location']}file/")
    assert "no-store" in sent["Cache-Control"]
    packed = unpacked(sent)
    held = json.loads(packed.read("my-data.json"))["held"]
    assert {(row["heading"], len(row["rows"])) for row in held if row["heading"] not in ("What you did here",)} == {
        (row["heading"], row["rows"]) for row in api["held"] if row["heading"] not in ("What you did here",)
    }
    assert [row["heading"] for row in held if row["heading"] not in page] == []
    readable = packed.read("my-data.html").decode()
    assert "A break every hour" in readable and not re.search(r"<(script|link|img|iframe)", readable)
    kinds = set(AuditEvent.objects.values_list("type", flat=True))
    assert {"my_data.asked", "my_data.downloaded"} <= kinds


def test_no_one_but_the_person_gets_the_download(client, me, staff, administrator):
    archive = services.ask_for_archive(by=me, person=me.person)
    queue.run_due()
    for other in (factories.UserFactory(), staff, administrator):
        client.force_login(other)
        assert client.get(f"/account/my-data/download/{archive.pk}/").status_code == 404
        assert client.get(f"/account/my-data/download/{archive.pk}/file/").status_code == 404
        with pytest.raises(PermissionDenied):
            services.note_download(by=other, archive=archive)
        with pytest.raises((PermissionDenied, ValidationError)):
            services.ask_for_archive(by=other, person=me.person)


def test_a_download_ends_after_a_week_and_is_deleted_with_its_file(client, me):
    archive = services.ask_for_archive(by=me, person=me.person)
    queue.run_due()
    archive.refresh_from_db()
    name = archive.file.name
    assert default_storage.exists(name)
    DataArchive.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    client.force_login(me)
    assert client.get(f"/account/my-data/download/{archive.pk}/file/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_what_has_expired_is_deleted_by_a_daily_job_and_an_old_one_by_a_new_one(me):
    first = services.ask_for_archive(by=me, person=me.person)
    assert services.ask_for_archive(by=me, person=me.person) == first, "one that is being made is given again"
    queue.run_due()
    names = [DataArchive.objects.get().file.name]
    second = services.ask_for_archive(by=me, person=me.person)
    assert second.pk != first.pk and DataArchive.objects.count() == 1 and not default_storage.exists(names[0])
    queue.run_due()
    name = DataArchive.objects.get().file.name
    assert services.tidy(by=SYSTEM) == 0 and default_storage.exists(name)
    DataArchive.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert "core.tidy_my_data" in queue.DAILY
    assert services.tidy(by=SYSTEM) == 1
    assert not DataArchive.objects.exists() and not default_storage.exists(name)


def test_a_download_that_a_killed_process_left_behind_is_deleted_after_a_day(me, monkeypatch):
    services.ask_for_archive(by=me, person=me.person)
    queue.run_due()
    named = DataArchive.objects.get().file.name
    left = default_storage.save(f"{services.FOLDER}/left.zip", io.BytesIO(b"PK"))
    assert services.delete_unnamed() == 0 and default_storage.exists(left)  # it may be in the making
    monkeypatch.setattr(services.store, "age_of", lambda storage, name: 25)
    assert services.delete_unnamed() == 1
    assert not default_storage.exists(left) and default_storage.exists(named)


def test_a_download_that_was_deleted_while_it_was_made_leaves_no_file(me):
    archive = services.ask_for_archive(by=me, person=me.person)
    held = queue.claim(archive.job.pk)
    finish = queue.HANDLERS[services.MAKE](held)
    DataArchive.objects.all().delete()
    assert finish(Job.objects.get(pk=archive.job.pk)) == {"size": 0}


@pytest.mark.sqlite_only
def test_own_files_are_in_the_download_and_a_lost_one_is_named(client, me, no_checks):
    place = default_storage.save("claims/receipt.pdf", io.BytesIO(b"%PDF receipt"))
    group = factories.GroupFactory()
    for number, stored in enumerate((place, "claims/lost.pdf")):
        claim = Claim(
            group=group,
            person=me.person,
            kind="travel",
            what=f"Train {number}",
            on=timezone.localdate(),
            pence=1250,
            receipt=stored,
            receipt_name="../My receipt.PDF",
            receipt_size=12,
            receipt_sha256=str(number) * 64,
            state="claimed",
        )
        Claim.objects.bulk_create([claim])
    services.ask_for_archive(by=me, person=me.person)
    queue.run_due()
    client.force_login(me)
    packed = unpacked(client.get(f"/account/my-data/download/{DataArchive.objects.get().pk}/file/"))
    assert packed.read("files/1-my-receipt.pdf") == b"%PDF receipt"
    assert "could not be found" in packed.read("my-data.html").decode()
    assert "£12.50" in packed.read("tables/pay-and-expenses.csv").decode()


def test_a_cell_never_starts_a_formula(me):
    me.person.access_arrangements = "=HYPERLINK(1)"
    me.person.save()
    into = io.BytesIO()
    write_archive(subject_of(me.person), into)
    table = zipfile.ZipFile(into).read("tables/your-record.csv").decode()
    assert "'=HYPERLINK(1)" in table


# --- Who looked ------------------------------------------------------------------------------------
def test_each_reader_is_named_once_a_day_and_people_do_not_see_themselves(client, me, staff):
    client.force_login(staff)
    for _again in range(2):
        client.get(f"/people/{me.person.pk}/")
    coordinator = factories.user_in(factories.MembershipFactory(person=me.person).group, "coordinator")
    audit.record_reading(coordinator, "needs", me.person)
    client.force_login(me)
    words = words_of(client.get("/account/my-data/"))
    assert words.count(f"{staff.display_name} Your record") == 1
    assert words.count(f"{coordinator.display_name} What you need") == 1
    assert f"{me.display_name} Your record" not in words


def test_a_page_of_the_group_counts_only_while_they_belong_to_it(me, staff):

    membership = factories.MembershipFactory(person=me.person)
    audit.record_reading(staff, "needs", membership.group)
    assert [row.what for row in looked_at(subject_of(me.person))] == ["What you need"]
    membership.starts_on, membership.ends_on = timezone.localdate() - timedelta(9), timezone.localdate() - timedelta(2)
    membership.save()
    assert looked_at(subject_of(me.person)) == []


def test_a_reader_who_is_a_member_alone_stays_unnamed(me):

    audit.record_reading(factories.UserFactory(), "pay", me.person)
    assert [(row.who, row.what) for row in looked_at(subject_of(me.person))] == [
        ("Another member", "Your pay and claims")
    ]


# --- Without an account ----------------------------------------------------------------------------
def link_in(mail: OutboxEmail) -> list[str]:
    return re.findall(r"/my-data/link/\S+", mail.body)


def ask(client, email: str, number: int = 1) -> list[OutboxEmail]:
    response = client.post("/my-data/", {"email": email})
    assert (response.status_code, response["Location"]) == (302, "/my-data/sent/")
    queue.run_due()
    return mails_to(email.strip().lower())


def test_whose_accounts_are_theirs_is_asked_once_and_not_for_every_kind_of_row(ada):
    subject = subject_of(ada)
    with CaptureQueriesContext(connection) as found:
        list(held_about(subject))
    assert sum('"core_mergedrecord"."account_id" IS NOT NULL' in query["sql"] for query in found) == 1


def test_a_link_from_the_mailbox_shows_and_downloads_what_is_held(client, ada):
    (mail,) = ask(client, " Ada@Beech.example ")
    (link,) = link_in(mail)
    assert "A. B." in mail.body and "Ada" not in mail.body + mail.subject
    assert client.get(link).status_code == 200 and not DataLink.objects.get().used_at, "opening it changes nothing"
    assert client.post(link)["Location"] == "/my-data/mine/"
    page = words_of(client.get("/my-data/mine/"))
    assert "A quiet room" in page and "Ask for the rest" in page
    response = client.post("/my-data/mine/download/")
    queue.run_due()
    assert "Your download is ready" in words_of(client.get(response["Location"]))
    assert b"A quiet room" in unpacked(client.get(f"{response['Location']}file/")).read("my-data.json")
    client.post("/my-data/mine/", {"kind": "correct", "words": "I need a quiet corner, not a room."})
    assert RightsRequest.objects.get(person=ada).identity_how
    client.post("/my-data/mine/close/")
    assert client.get("/my-data/mine/")["Location"] == "/my-data/"


def test_answers_and_needs_are_changed_by_the_link_as_with_an_account(client, ada):
    """The person alone takes a yes back in two taps, and says in which words they were asked."""
    lead = factories.UserFactory(roles=["staff"])
    keep_consent(by=lead, person=ada, purpose="quotes", wording="May we?", is_given=True, given_on=clock.today())
    for path in ("agreed/", "agreed/quotes/", "agreed/quotes/withdraw/", "needs/"):
        assert client.get(f"/my-data/mine/{path}")["Location"] == "/my-data/", "only with a link"
    client.post(link_in(ask(client, ada.email)[0])[0])
    mine, agreed = html_of(client.get("/my-data/mine/")), html_of(client.get("/my-data/mine/agreed/"))
    assert "/my-data/mine/agreed/" in mine and "/my-data/mine/agreed/quotes/withdraw/" in agreed
    assert "We will not use your words" in html_of(client.get("/my-data/mine/agreed/quotes/withdraw/"))
    assert client.post("/my-data/mine/agreed/quotes/withdraw/")["Location"] == "/my-data/mine/agreed/"
    assert not live(Consent.Purpose.QUOTES).filter(person=ada).exists()
    easy = client.get("/my-data/mine/agreed/photos/?words=easy-read")
    assert "We would like to take photos of you.<br>" in html_of(easy) and "?words=full" in html_of(easy)
    assert "no-store" in easy.headers["Cache-Control"]
    client.post("/my-data/mine/agreed/photos/?words=easy-read", {"is_given": "yes"})
    answer = live(Consent.Purpose.PHOTOS).get(person=ada)
    assert (answer.is_easy_read, answer.recorded_by, answer.expires_on is not None) == (True, None, True)
    assert client.get("/my-data/mine/agreed/strengths/").status_code == 404, "asked of members alone"
    asked = {"preferred_format": "easy_read", "preferred_language": "cy", "access_arrangements": "A quiet corner"}
    assert client.post("/my-data/mine/needs/", {**asked, "version": ada.version - 1}).status_code == 409
    assert client.post("/my-data/mine/needs/", {**asked, "version": ada.version})["Location"] == "/my-data/mine/"
    ada.refresh_from_db()
    assert (ada.preferred_format, ada.preferred_language, ada.access_arrangements) == tuple(asked.values())
    assert (ada.needs_recorded_by, ada.needs_recorded_on) == (None, None), "their own words"


def test_every_form_on_the_way_works_in_a_browser_that_sends_its_origin(ada):
    browser = Client(enforce_csrf_checks=True)

    def send(page, to: str, **data: str):
        """As browsers do: a page that keeps its address to itself sends a form without an origin."""
        origin = "null" if page.headers["Referrer-Policy"] == "no-referrer" else "http://testserver"
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html_of(page))[1]
        return browser.post(to, {"csrfmiddlewaretoken": token, **data}, HTTP_ORIGIN=origin)

    assert send(browser.get("/my-data/"), "/my-data/", email=ada.email).status_code == 302
    queue.run_due()
    (link,) = link_in(mails_to(ada.email)[0])
    assert send(browser.get(link), link).headers["Location"] == "/my-data/mine/"
    mine = browser.get("/my-data/mine/")
    waiting = send(mine, "/my-data/mine/download/").headers["Location"]
    queue.run_due()
    assert send(browser.get(waiting), "/my-data/mine/download/").status_code == 302, "a new download"
    assert send(mine, "/my-data/mine/", kind="see").status_code == 302
    assert send(browser.get("/my-data/mine/"), "/my-data/mine/close/").headers["Location"] == "/my-data/"


def test_known_and_unknown_addresses_get_the_same_answer_and_one_email_each(client, ada):
    seen = []
    for email in ("ada@beech.example", "no.one@elsewhere.example", factories.UserFactory().email):
        with CaptureQueriesContext(connection) as queries:
            response = client.post("/my-data/", {"email": email})
        seen.append((len(queries), response.status_code, response["Location"], response.content))
        queue.run_due()
        assert len(mails_to(email)) == 1
        assert not Job.objects.filter(payload__icontains="@").exists(), "the address is forgotten"
    assert seen[0] == seen[1] == seen[2]
    assert "We hold nothing under this address" in mails_to("no.one@elsewhere.example")[0].body
    assert {mail.subject for mail in OutboxEmail.objects.all()} == {"Your request to IMPACT"}


def test_a_link_works_once_and_for_a_day(client, ada):
    first, second = link_in(ask(client, ada.email)[0]) + link_in(ask(client, ada.email)[1])
    client.post(first)
    assert client.post(first).status_code == client.get(first).status_code == 404
    DataLink.objects.filter(used_at__isnull=True).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.post(second).status_code == client.get(second).status_code == 404
    DataLink.objects.update(used_at=timezone.now() - timedelta(hours=1, minutes=1))
    assert client.get("/my-data/mine/")["Location"] == "/my-data/", "an hour is over"


def test_a_link_does_nothing_after_the_address_changed_or_an_account_was_made(client, ada):
    (link,) = link_in(ask(client, ada.email)[0])
    opened = link_in(ask(client, ada.email)[1])[0]
    client.post(opened)
    ada.email = "ada@new.example"
    ada.save()
    assert client.post(link).status_code == 404
    assert client.get("/my-data/mine/")["Location"] == "/my-data/", "not even where it was open"
    ada.email = "ada@beech.example"
    ada.save()
    assert client.get("/my-data/mine/").status_code == 200
    ada.user = User.objects.create_user("ada@beech.example", "correct horse battery staple")
    ada.save()
    assert client.post(link).status_code == 404


def test_two_people_with_one_mailbox_get_a_link_each_and_nothing_that_only_the_address_tells(client, ada):
    ben = factories.PersonFactory(name="Ben Beech", email=ada.email, access_arrangements="Large print")
    OutboxEmail.objects.create(message_id="<1@x>", to=ada.email, subject="For one of them", body="")
    mail = next(mail for mail in ask(client, ada.email) if mail.subject == links.SUBJECT)
    assert "A. B." in mail.body and "B. B." in mail.body and len(link_in(mail)) == 2
    client.post(link_in(mail)[1])
    page = words_of(client.get("/my-data/mine/"))
    assert "Large print" in page and "A quiet room" not in page and "For one of them" not in page
    assert "A mailbox that you share" in page and ben.name in page


def test_someone_with_an_account_is_told_to_sign_in_and_gets_no_link(client, me):
    (mail,) = ask(client, me.email)
    assert link_in(mail) == [] and "/account/my-data/" in mail.body and not DataLink.objects.exists()


def test_a_mailbox_that_is_no_one_we_know_sees_what_its_address_tells(client):
    Subscriber.objects.create(email="reader@news.example", wants_news=True, asked_at=timezone.now())
    (link,) = link_in(ask(client, "reader@news.example")[0])
    client.post(link)
    page = words_of(client.get("/my-data/mine/"))
    assert "News that you asked for" in page and "Ask for the rest" not in page
    response = client.post("/my-data/mine/download/")
    queue.run_due()
    assert b"reader@news.example" in unpacked(client.get(f"{response['Location']}file/")).read("my-data.json")


@pytest.mark.database
@pytest.mark.parametrize("lookalike", ["reader@ma\u0131l.example", "\u017fam@mail.example"])
def test_a_letter_that_only_looks_alike_in_capitals_is_another_mailbox(client, lookalike):
    """A dotless i and a long s: databases take them for I and S, and anyone can register a domain with them."""
    for email in ("reader@mail.example", "sam@mail.example"):
        Subscriber.objects.create(email=email, wants_news=True, asked_at=timezone.now())
        factories.PersonFactory(name="Nia Invented", email=f"nia.{email}")
    mails = ask(client, lookalike)
    assert [link_in(mail) for mail in mails] == [[]]
    assert [link_in(mail) for mail in ask(client, f"nia.{lookalike}")] == [[]]


def test_a_download_by_link_is_not_for_another_link(client, ada):
    ben = factories.PersonFactory(name="Ben Ash", email="ben@ash.example")
    archive = services.ask_for_archive(by=SYSTEM, person=ben)
    queue.run_due()
    client.post(link_in(ask(client, ada.email)[0])[0])
    assert client.get(f"/my-data/mine/download/{archive.pk}/").status_code == 404
    assert client.get(f"/my-data/mine/download/{archive.pk}/file/").status_code == 404


def test_a_program_that_fills_everything_in_is_sent_nothing(client):
    client.post("/my-data/", {"email": "a@b.example", "website": "x"})
    assert not Job.objects.exists()


def test_one_mailbox_is_asked_about_three_times_an_hour(client, ada):
    for _number in range(3):
        ask(client, ada.email)
    response = client.post("/my-data/", {"email": ada.email})
    assert response.status_code == 429 and "Wait an hour" in words_of(response)


# --- Staff who answer a request --------------------------------------------------------------------
def test_staff_have_it_made_only_for_a_request_whose_sender_they_have_confirmed(client, ada, staff):
    with pytest.raises(ValidationError, match="Record the person’s request"):
        services.ask_for_archive(by=staff, person=ada)
    row = ask_for(by=staff, person=ada, kind="copy", how="phone")
    with pytest.raises(ValidationError, match="how you know"):
        services.ask_for_archive(by=staff, person=ada, request=row)
    row = confirm_identity(by=staff, request=row, how="Called back")
    with pytest.raises(ValidationError, match="Record the person’s request"):
        services.ask_for_archive(by=staff, person=factories.PersonFactory(), request=row)
    client.force_login(staff)
    response = client.post(f"/people/requests/{row.pk}/archive/")
    queue.run_due()
    assert "Ada Beech" in words_of(client.get(response["Location"]))
    assert client.get(f"{response['Location']}file/").status_code == 200

    assert any("answer your request" in looked.what for looked in looked_at(subject_of(ada)))
    RightsRequest.objects.update(state="done", done_on=timezone.localdate())
    assert client.get(f"{response['Location']}file/").status_code == 404, "over with the request"


# --- The API ---------------------------------------------------------------------------------------
def test_the_api_says_who_i_am_and_changes_what_i_need(client, me):
    membership = factories.MembershipFactory(person=me.person)
    client.force_login(me)
    response = client.get("/api/v1/me/")
    assert response.json()["access_arrangements"] == "A break every hour"
    assert [group["name"] for group in response.json()["groups"]] == [membership.group.name]
    body = json.dumps({"access_arrangements": "Two breaks"})

    def patch(**headers):
        return client.patch("/api/v1/me/", body, content_type="application/json", **headers)

    assert patch().status_code == 428
    changed = patch(HTTP_IF_MATCH=response["ETag"])
    assert changed.status_code == 200 and changed.json()["access_arrangements"] == "Two breaks"
    assert patch(HTTP_IF_MATCH=response["ETag"]).status_code == 412
    me.person.refresh_from_db()
    assert me.person.access_arrangements == "Two breaks" and me.person.needs_recorded_by is None


def test_what_the_api_counts_is_what_is_held(client, me):
    client.force_login(me)
    counted = {row["heading"]: row["rows"] for row in client.get("/api/v1/me/").json()["held"]}
    assert counted == {table.heading: len(table.rows) for table in held_about(subject_of(me.person))}


def test_the_page_and_the_api_read_no_more_rows_than_they_show(client, me):
    for number in range(30):
        audit.record(me, "meeting.logged", me.person, number=number)
    client.force_login(me)
    with CaptureQueriesContext(connection) as queries:
        page = words_of(client.get("/account/my-data/"))
        (did,) = [row for row in client.get("/api/v1/me/").json()["held"] if row["heading"] == "What you did here"]
    assert f"What you did here ({did['rows']})" in page and did["rows"] >= 30
    assert f"And {did['rows'] - 20} more, in the download." in page
    read = [q["sql"] for q in queries if re.search(r'SELECT "core_auditevent"\."id" AS', q["sql"])]
    assert read and all("LIMIT 20" in sql for sql in read)
