"""News by email: asked for, confirmed from the mailbox, told once, and stopped with one press."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs import outbox, queue
from impact.core.jobs.models import Job, OutboxEmail
from sites.calls.rounds import services as rounds
from sites.updates import services as news
from sites.updates.subscriptions import services
from sites.updates.subscriptions.models import NewsSent, Subscriber
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
WISHES = ["wants_rounds", "wants_news"]


@pytest.fixture(autouse=True)
def _no_counts_of_earlier_tests() -> None:
    cache.clear()


def reader(email: str = "reader@example.org", wishes: list[str] | None = None, topics: Any = ()) -> Subscriber:
    """Someone on the list."""
    services.sign_up(email=email, wishes=wishes or WISHES, topics=topics)
    row = Subscriber.objects.get(email=email)
    return services.choose(subscriber=row, wishes=wishes or WISHES, topics=topics)


def published(**fields: Any):
    site = fields.pop("site", None)
    update = news.write_update(by=SYSTEM, site=site, **{"title": "A guide", "body": "It is *out*.", **fields})
    return news.publish_update(by=SYSTEM, update=update)


def work(later: timedelta = timedelta(hours=1)) -> None:
    """What a worker does, once the half hour is over."""
    Job.objects.filter(kind=services.TELL).update(due_at=timezone.now() - timedelta(seconds=1))
    for job in Job.objects.filter(kind=services.TELL, state=Job.State.QUEUED):
        queue.run(job.pk)


def told() -> list[tuple[str, str]]:
    return list(OutboxEmail.objects.exclude(leave_url="").values_list("to", "subject"))


def test_signing_up_changes_nothing_until_it_is_confirmed_from_the_mailbox():
    response = Client().post("/news/sign-up/", {"email": "Reader@Example.org", "wishes": WISHES}, follow=True)
    assert "Check your email" in html_of(response)
    row = Subscriber.objects.get()
    assert (row.email, row.confirmed_at) == ("reader@example.org", None)
    published()
    work()
    assert not told()
    link = re.search(r"/news/mine/\S+", OutboxEmail.objects.get().body)[0]
    assert "Confirm your address" in html_of(Client().get(link))
    assert Subscriber.objects.get().confirmed_at is None, "a scanner that opens links must not confirm them"
    page = Client().post(link, {"wishes": ["wants_news"]}, follow=True)
    assert "You are on the list" in html_of(page)
    row.refresh_from_db()
    assert row.confirmed_at and (row.wants_news, row.wants_rounds) == (True, False)


def test_known_and_unknown_addresses_get_the_same_answer_and_a_stranger_changes_nothing():
    known = reader("known@example.org", ["wants_rounds"])
    answers = [
        Client().post("/news/sign-up/", {"email": email, "wishes": ["wants_vacancies"]})
        for email in ("known@example.org", "new@example.org")
    ]
    assert {(a.status_code, a["Location"]) for a in answers} == {(302, "/news/sign-up/asked/")}
    known.refresh_from_db()
    assert (known.wants_rounds, known.wants_vacancies) == (True, False)
    assert "on the list already" in OutboxEmail.objects.filter(to="known@example.org").last().body


def test_a_program_that_fills_the_hidden_field_gets_the_same_answer_and_no_email():
    response = Client().post("/news/sign-up/", {"email": "a@example.org", "wishes": WISHES, "website": "spam"})
    assert response.status_code == 302
    assert not Subscriber.objects.exists() and not OutboxEmail.objects.exists()


def test_one_address_is_asked_three_times_an_hour_at_most(settings):
    for _ in range(3):
        assert Client().post("/news/sign-up/", {"email": "a@example.org", "wishes": WISHES}).status_code == 302
    fourth = Client().post("/news/sign-up/", {"email": "a@example.org", "wishes": WISHES})
    assert fourth.status_code == 429 and "Wait an hour" in html_of(fourth)
    assert OutboxEmail.objects.count() == 3


def test_readers_are_told_once_of_what_they_asked_for_and_of_their_topics():
    ours, other = factories.TopicFactory(name="Carers"), factories.TopicFactory(name="Dementia")
    reader("all@example.org")
    reader("ours@example.org", topics=[ours])
    reader("other@example.org", topics=[other])
    reader("jobs@example.org", ["wants_vacancies"])
    site = factories.SiteFactory(topic=ours)
    published(site=site, title="From the site")
    published(
        kind="vacancy", title="A post", employer="A trust", closes_on=clock.today(), web_address="https://a.example/"
    )
    work()
    work()
    assert sorted(told()) == [
        ("all@example.org", "From the site"),
        ("jobs@example.org", "A post"),
        ("ours@example.org", "From the site"),
    ]


def test_the_email_says_how_to_stop_and_mail_programs_can_do_it_with_one_press():
    row = reader()
    update = published(title="News & more", body="Carers *said* so.")
    work()
    OutboxEmail.objects.filter(leave_url="").delete()
    outbox.send_due()
    message = mail.outbox[-1]
    assert message.subject == "News & more" and "Carers said so." in message.body
    assert update.get_absolute_url() in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = re.fullmatch(r"<https?://[^/]+(/news/leave/\S+)>", message.extra_headers["List-Unsubscribe"])[1]
    assert "Stop all emails?" in html_of(Client().get(url)) and Subscriber.objects.exists()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Subscriber.objects.exists() and not NewsSent.objects.exists()
    assert "not on our list" in html_of(Client().get(url)), "a link that was used says so"
    assert Client().get(f"/news/mine/{services.token_of(row)}/").status_code == 404


def test_a_link_that_was_changed_opens_nothing():
    token = services.token_of(reader())
    for wrong in (token[:-1], "0" * 32 + token[32:], "x"):
        assert Client().get(f"/news/mine/{wrong}/").status_code == 404


def test_news_withdrawn_within_the_half_hour_reaches_no_one_and_published_again_it_does():
    reader()
    update = published()
    assert Job.objects.get(kind=services.TELL).due_at > timezone.now() + timedelta(minutes=25)
    news.withdraw_update(by=SYSTEM, update=update, reason="A wrong date")
    work()
    assert not told()
    news.publish_update(by=SYSTEM, update=update)
    work()
    assert len(told()) == 1


def test_a_worker_that_dies_between_batches_tells_no_one_twice(monkeypatch):
    for number in range(5):
        reader(f"reader{number}@example.org")
    published()
    real = services.send_batch
    calls = []

    def dies_on_the_second(story, about, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(story, about, limit=2)

    monkeypatch.setattr(services, "send_batch", dies_on_the_second)
    work()
    assert len(told()) == 2
    monkeypatch.setattr(services, "send_batch", lambda story, about: real(story, about, limit=2))
    work()
    assert sorted(to for to, _ in told()) == [f"reader{n}@example.org" for n in range(5)]


def test_a_round_that_is_announced_is_told_to_those_who_follow_its_topics():
    topic = factories.TopicFactory(name="Carers")
    reader("follows@example.org", topics=[topic])
    reader("news-only@example.org", ["wants_news"])
    round = rounds.add_round(
        by=SYSTEM,
        name="A call",
        opens_at=clock.now(),
        closes_at=clock.now() + timedelta(days=1),
        delivery_models=["facilitator"],
        topics=[topic],
        offered="A coach",
        asked="Sharing",
    )
    rounds.announce_round(by=SYSTEM, round=round)
    work()
    assert told() == [("follows@example.org", "A new call: A call")]


def test_addresses_never_confirmed_are_deleted_after_a_week():
    services.sign_up(email="old@example.org", wishes=WISHES)
    Subscriber.objects.update(asked_at=clock.now() - timedelta(days=8))
    services.sign_up(email="new@example.org", wishes=WISHES)
    assert services.drop_unconfirmed() == 1
    assert Subscriber.objects.get().email == "new@example.org"


def test_staff_see_how_many_will_be_told_before_they_publish(staff, sign_in):
    reader()
    draft = news.write_update(by=staff, site=None, title="Draft", body="Soon.")
    page = html_of(sign_in(staff).get(draft.get_absolute_url()))
    assert "1 person who asked for this kind of news will be emailed 30 minutes after you publish" in page


def test_a_visitor_is_offered_public_topics_only():
    factories.TopicFactory(name="A secret idea")
    factories.UpdateFactory(site__topic__name="Carers", status="published")
    page = html_of(Client().get("/news/sign-up/"))
    assert "Carers" in page and "A secret idea" not in page


# --- The centre's own news, vacancies and outputs -------------------------------------------------
def test_a_vacancy_needs_a_last_day_and_leaves_the_list_after_it(staff, sign_in):
    client = sign_in(staff)
    page = client.post("/news/new/?kind=vacancy", {"title": "A coach", "body": "Come.", "employer": "A trust"})
    assert page.status_code == 200 and "Enter a date" in html_of(page)
    data = {"title": "A coach", "body": "Come.", "employer": "A trust", "web_address": "https://jobs.example/1"}
    made = client.post("/news/new/?kind=vacancy", {**data, "closes_on": clock.today().isoformat()}, follow=True)
    assert "Saved as a draft" in html_of(made)
    update = made.context["update"]
    assert Client().get(update.get_absolute_url()).status_code == 404
    client.post(f"/sites/updates/{update.pk}/publish/")
    assert "A coach" in html_of(Client().get("/news/?kind=vacancy")) and "A coach" in html_of(Client().get("/"))
    shown = html_of(Client().get(update.get_absolute_url()))
    assert "A trust" in shown and 'href="https://jobs.example/1"' in shown
    with clock.standing_on(clock.today() + timedelta(days=1)):
        assert "A coach" not in html_of(Client().get("/news/")) and "A coach" not in html_of(Client().get("/"))
        assert "A coach" not in Client().get("/news/feed/").content.decode()
        closed = html_of(Client().get(update.get_absolute_url()))
        assert "applications have closed" in closed and "jobs.example" not in closed


def test_news_of_the_centre_is_for_national_staff_to_write(sign_in):
    assert sign_in(factories.UserFactory()).get("/news/new/").status_code == 403
    assert sign_in(factories.UserFactory(roles=["leadership"])).get("/news/new/").status_code == 403


def test_the_api_gives_everyone_what_is_published_and_staff_write_it(staff, sign_in):
    draft = news.write_update(by=staff, site=None, title="Draft", body="Soon.")
    live = published(kind="output", web_address="https://a.example/")
    rows = Client().get("/api/v1/news/").json()["results"]
    assert [row["id"] for row in rows] == [live.pk] and rows[0]["site"] is None and rows[0]["kind"] == "output"
    assert Client().get(f"/api/v1/news/{draft.pk}/").status_code == 404
    client = sign_in(staff)
    assert {row["id"] for row in client.get("/api/v1/news/").json()["results"]} == {draft.pk, live.pk}
    tag = client.get(f"/api/v1/news/{draft.pk}/")["ETag"]
    changed = client.patch(
        f"/api/v1/news/{draft.pk}/", {"title": "Better"}, content_type="application/json", headers={"If-Match": tag}
    )
    assert changed.status_code == 200 and changed.json()["title"] == "Better"
    assert client.post(f"/api/v1/news/{draft.pk}/publish/", {}, content_type="application/json").status_code == 200
    assert Client().get(f"/api/v1/news/{draft.pk}/").json()["title"] == "Better"
    gone = client.post(f"/api/v1/news/{draft.pk}/withdraw/", {"reason": "Wrong"}, content_type="application/json")
    assert gone.status_code == 200 and Client().get(f"/api/v1/news/{draft.pk}/").status_code == 404
    made = client.post("/api/v1/news/", {"kind": "vacancy", "title": "A", "body": "B"}, content_type="application/json")
    assert made.status_code == 400 and "until when" in made.content.decode()


def test_everyone_reads_sites_with_news_over_the_api_and_nothing_of_their_inside():
    shown = factories.UpdateFactory(status="published", site__place="Ballymena").site
    factories.SiteFactory(name="Quiet")
    rows = Client().get("/api/v1/sites/").json()["results"]
    assert [row["slug"] for row in rows] == [shown.slug]
    assert rows[0]["place"] is None and rows[0]["host"] is None and rows[0]["milestones"] is None
