"""News for everyone: the list, the Atom feed and the site map hold what is published, and nothing else."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from impact.core.basics import clock
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}
PLACES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def published(title: str, body: str = "Words.", month: int = 6, **site):
    return factories.UpdateFactory(
        title=title,
        body=body,
        status="published",
        published_at=datetime(2022, month, 1, tzinfo=UTC),
        site=factories.SiteFactory(**site),
    )


@pytest.fixture
def news():
    factories.UpdateFactory(title="A draft", status="draft")
    gone = published("Withdrawn news")
    gone.status, gone.withdrawn_reason = "withdrawn", "Not agreed"
    gone.save()
    return [
        published("From Wales", "A **bold** <script>alert(1)</script> step & more.", 7, nations=["wales"]),
        published("From everywhere", month=8, nations=["uk"], delivery_model="facilitator"),
        published("From Scotland", month=5, nations=["scotland"]),
    ]


def titles(page: str) -> list[str]:
    return [
        title
        for title in ("From everywhere", "From Wales", "From Scotland", "A draft", "Withdrawn news")
        if title in page
    ]


@pytest.mark.database
def test_a_visitor_reads_the_published_updates_newest_first(news):
    page = html_of(Client().get("/news/"))
    assert titles(page) == ["From everywhere", "From Wales", "From Scotland"]
    assert page.index("From everywhere") < page.index("From Wales") < page.index("From Scotland")
    assert "A bold" in page and "<script>alert" not in page and "3 updates" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("nation=wales", ["From everywhere", "From Wales"]),
        ("model=facilitator", ["From everywhere"]),
        ("q=bold", ["From Wales"]),
        ("q=nothing", []),
        ("nation=moon", ["From everywhere", "From Wales", "From Scotland"]),
    ],
)
def test_the_news_is_narrowed(news, query, found):
    page = html_of(Client().get(f"/news/?{query}"))
    assert titles(page) == found
    assert ("Nothing matches" in page) == (not found)


def test_the_feed_is_atom_with_whole_addresses_and_clean_words(news):
    response = Client().get("/news/feed/")
    assert response["Content-Type"].startswith("application/atom+xml") and "public" in response["Cache-Control"]
    feed = ElementTree.fromstring(response.content)
    entries = feed.findall("a:entry", ATOM)
    assert [entry.findtext("a:title", "", ATOM) for entry in entries] == [
        "From everywhere",
        "From Wales",
        "From Scotland",
    ]
    assert [link.get("href") for link in feed.findall("a:link", ATOM)] == [
        "http://testserver/news/",
        "http://testserver/news/feed/",
    ]
    first = entries[1]
    assert first.find("a:link", ATOM).get("href") == f"http://testserver{news[0].get_absolute_url()}"
    words = first.findtext("a:summary", "", ATOM)
    assert "<strong>bold</strong>" in words and "<script" not in words
    assert first.findtext("a:published", "", ATOM) == "2022-07-01T00:00:00+00:00"


def test_the_site_map_names_public_pages_alone(news):
    announced = factories.RoundFactory(is_announced=True)
    hidden = factories.RoundFactory(is_announced=False)
    response = Client().get("/sitemap.xml")
    found = {node.text for node in ElementTree.fromstring(response.content).iterfind(".//s:loc", PLACES)}
    assert f"http://testserver{news[0].get_absolute_url()}" in found
    assert (
        f"http://testserver{announced.get_absolute_url()}" in found
        and f"http://testserver{hidden.get_absolute_url()}" not in found
    )
    for address in found:
        assert Client().get(address.removeprefix("http://testserver")).status_code == 200, address
    assert "Sitemap: http://testserver/sitemap.xml" in Client().get("/robots.txt").content.decode()


def test_a_shared_link_has_a_title_and_a_summary_only_once_it_is_published(news, staff, sign_in):
    page = html_of(Client().get(news[0].get_absolute_url()))
    assert '<meta property="og:title" content="From Wales">' in page and "A bold" in page
    draft = factories.UpdateFactory(status="draft", title="Not yet")
    assert "og:title" not in html_of(sign_in(staff).get(draft.get_absolute_url()))


def test_the_list_and_the_feed_ask_as_many_queries_for_ten_as_for_one(news):
    counts = []
    for _ in range(2):
        for address in ("/news/", "/news/feed/"):
            with CaptureQueriesContext(connection) as queries:
                Client().get(address)
            counts.append(len(queries))
        for n in range(9):
            published(f"More {n}", nations=["england", "wales"])
    assert counts[:2] == counts[2:]


# --- The first page of visitors ------------------------------------------------------------------
def test_a_visitor_reads_what_impact_does_what_is_open_and_the_newest_news(news):
    now, day = clock.now(), timedelta(days=1)
    topic = factories.TopicFactory(name="Prevention")
    open_round = factories.RoundFactory(name="Open call", opens_at=now - day, closes_at=now + day, is_announced=True)
    open_round.topics.add(topic)
    factories.RoundFactory(name="Coming call", opens_at=now + day, closes_at=now + 2 * day, is_announced=True)
    factories.RoundFactory(name="Closed call", opens_at=now - 9 * day, closes_at=now - day, is_announced=True)
    factories.RoundFactory(name="Secret call", opens_at=now, closes_at=now + day, is_announced=False)
    page = html_of(Client().get("/"))
    assert "Coming call" in page and "Upcoming" in page and "Open now" not in page
    assert "Open call" in page and "Prevention" in page and "Closed call" not in page and "Secret call" not in page
    assert titles(page) == ["From everywhere", "From Wales", "From Scotland"]
    for model in ("Demonstrator", "Facilitator", "Network", "Ask IMPACT"):
        assert model in page
    assert "Sign in" in page and "A draft" not in page


def test_numbers_on_the_map_of_visitors_are_those_of_the_news_behind_them(news):
    page = Client().get("/")
    for tile in page.context["tiles"]:
        listed = Client().get(tile["href"]).context["listing"]
        assert tile["number"] == len({update.site_id for update in listed.rows}), tile["name"]


def test_someone_signed_in_gets_their_own_first_page_and_not_that_of_visitors(staff, sign_in, news):
    assert "Good care is built on what is known" not in html_of(sign_in(staff).get("/"))
