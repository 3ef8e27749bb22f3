"""The search page, its suggestions and the API: clear for whatever is typed, the same for each, private."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from impact.core.web.search import views
from impact.core.web.search.models import SearchEntry
from reports.subjects.models import SubjectReport
from tests import factories
from tests.pages import html_of
from tests.permission_world import build_world
from tests.reports.test_views import approved

pytestmark = [pytest.mark.django_db, pytest.mark.database]
BAD = {
    "markup": "<script>alert(1)</script>",
    "quotes": "'\"`",
    "unbalanced": '"unbalanced (and [so',
    "operators": "AND OR NEAR * NOT ^ : -",
    "one letter": "a",
    "too long": "a" * 10_000,
    "many words": "word " * 39,
    "NUL": "a\0b",
    "punctuation": "?!… – ()",
    "SQL": "'; DROP TABLE core_searchentry; --",
    "percent": "%_%",
    "colon": "title: zzkperson kind:person",
    "emoji": "😀 👩‍🦽",
    "other scripts": "مرحبا 日本語 ဗမာ ߞߊ߲ 𐐨",
    "combining": "w\u0302\u0302\u0302 \u0302",
    "surrogate": "\ud83d",
    "newlines": "one\r\ntwo",
}


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_whatever_is_typed_the_page_is_clear(text, staff, sign_in):
    factories.ThemeFactory(name="Word")
    page = html_of(sign_in(staff).get("/search/", {"q": text.encode("utf-8", "surrogatepass")}))
    assert "<script>alert" not in page
    shown = ("Nothing found", "Type a little more", "How to search", "result", "Search for fewer words")
    assert any(words in page for words in shown)
    client = sign_in(staff)
    assert client.get("/api/v1/search/", {"q": text.encode("utf-8", "surrogatepass")}).status_code in (200, 400)
    assert client.get("/search/suggest/", {"q": text.encode("utf-8", "surrogatepass")}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        *("cursor=x", "cursor=WzEsMl0", "cursor=%00", "cursor=WzFlOTk5LDAsMF0", "cursor=W05hTiwwLDBd"),
        *("kind=x", "nation=x", "after=x", "after=2023-02-01&before=2022-01-01"),
    ],
)
def test_a_broken_address_is_no_crash(query, staff, sign_in):
    factories.ThemeFactory(name="Marmalade")
    client = sign_in(staff)
    assert client.get(f"/search/?q=marmalade&{query}").status_code == 200
    assert client.get(f"/api/v1/search/?q=marmalade&{query}").status_code == 400


def test_the_page_shows_what_was_found_with_its_words_marked_and_leads_to_it(staff, sign_in):
    theme = factories.ThemeFactory(name="Marmalade & jam", description="Of oranges")
    page = html_of(sign_in(staff).get("/search/?q=marmalade"))
    assert f'<a href="{theme.get_absolute_url()}"><mark>Marmalade</mark> &amp; jam</a>' in page
    assert re.search(r"Themes\s*<span[^>]*>1<", page) and "1 result<" in page
    assert 'value="marmalade"' in page


def test_the_page_and_the_api_find_the_same(sign_in):
    w = build_world()
    SearchEntry.objects.update(body="Marmalade")
    for name in ("member", "coordinator", "staff", "outsider"):
        cache.clear()
        client = sign_in(w.people[name])
        links, address = [], "/search/?q=marmalade"
        while address:
            page = html_of(client.get(address))
            links += re.findall(r'found__title"><a href="([^"]+)"', page)
            more = re.search(r'href="(\?[^"]*)" rel="next"', page)
            address = f"/search/{more[1].replace('&amp;', '&')}" if more else ""
        found, address = [], "/api/v1/search/?q=marmalade&page_size=7"
        while address:
            answer = client.get(address).json()
            found += [row["url"].removeprefix("http://testserver") for row in answer["results"]]
            address = answer["next"]
        assert found == links and (found or name == "outsider")


def test_visitors_find_what_is_published_and_nothing_else(client):
    w = build_world()
    SearchEntry.objects.update(body="Marmalade")
    answer = client.get("/api/v1/search/?q=marmalade&page_size=100").json()
    assert {row["kind"] for row in answer["results"]} == {"news", "round"}
    page = html_of(client.get("/search/?q=marmalade"))
    assert w.update.title in page and w.draft_update.get_absolute_url() not in page
    assert client.get("/search/suggest/?q=ma").status_code == 302


def test_reports_are_found_by_name_and_a_chapter_leads_to_its_words(client, sign_in, hourly_limit):
    hourly_limit("6000/hour", "300/hour")
    w = build_world()
    SubjectReport.objects.create(kind="funders", quarter="2022Q4", opening="Marmalade for funders")
    SubjectReport.objects.filter(pk=w.subject_report.pk).update(opening="Marmalade, not frozen yet")
    w.site.name = "Renamed"
    w.site.save()

    def found(name: str, q: str) -> list[tuple[str, str]]:
        cache.clear()
        rows = sign_in(w.people[name]).get(f"/api/v1/search/?q={q}").json()["results"]
        return [
            (row["title"], row["url"].removeprefix("http://testserver"))
            for row in rows
            if row["kind"].startswith("subj")
        ]

    note = ("Note to funders, October to December 2022", "/reports/others/funders/2022Q4/")
    network = ("Network report: Renamed", "/reports/others/network/the-site/")
    assert found("staff", "note+to+funders") == [note] and found("coordinator", "note+to+funders") == []
    assert found("staff", "network+report") == [network] == found("member", "network+report")
    assert found("outsider", "network+report") == found("other_member", "network+report") == []
    assert len(found("staff", "marmalade")) == 2 and len(found("coordinator", "marmalade")) == 1
    assert found("member", "marmalade") == [], "members read the finished edition, not what is being written"
    w.report.sections.filter(key="summary").update(body="Marmalade in many places")
    approved(w.report)
    (row,) = client.get("/api/v1/search/?q=marmalade").json()["results"]
    assert row["kind"] == "chapter" and row["url"].endswith("/reports/2022/read/#summary")
    assert int(client.get("/api/v1/search/?q=marmalade")["RateLimit-Limit"]) > 0
    assert '<h2 id="summary"' in html_of(client.get(row["url"]))


def test_every_result_leads_to_a_page_that_opens(sign_in):
    w = build_world()
    SearchEntry.objects.update(body="Marmalade")
    for name in (
        "member",
        "coordinator",
        "other_coordinator",
        "site_team",
        "assessor",
        "leadership",
        "staff",
        "administrator",
    ):
        cache.clear()
        client = sign_in(w.people[name])
        rows = client.get("/api/v1/search/?q=marmalade&page_size=100").json()["results"]
        for kind, row in {row["kind"]: row for row in rows}.items():
            assert client.get(row["url"]).status_code == 200, (name, kind, row["url"])


def test_near_misses_are_offered_as_what_was_meant(staff, sign_in):
    factories.ThemeFactory(name="Marmalade")
    page = html_of(sign_in(staff).get("/search/?q=marmelade"))
    assert 'Did you mean <a href="?q=marmalade"><strong>marmalade</strong></a>?' in page


def test_welsh_words_are_looked_for_by_other_first_letters_and_the_page_and_the_api_say_so(staff, sign_in):
    factories.ThemeFactory(name="Cymuned")
    client = sign_in(staff)
    page = html_of(client.get("/search/?q=chymuned"))
    assert '<a href="?q=cymuned"><strong lang="cy">cymuned</strong></a>: in Welsh, the first letters of a word' in page
    factories.ThemeFactory(name="Gymuned newydd")
    page = html_of(client.get("/search/?q=cymuned"))
    assert (
        'Results with <span lang="cy">gymuned</span> come last: in Welsh, the first letters of a word can change.'
        in page
    )
    assert client.get("/api/v1/search/?q=cymuned").json()["welsh"] == ["gymuned"]
    for number in range(3):
        factories.ThemeFactory(name=f"Cymuned {number}")
    assert client.get("/api/v1/search/?q=cymuned").json()["welsh"] == [], "enough is found as it is"


def test_nothing_found_says_what_to_try_and_drops_the_filters(staff, sign_in):
    page = html_of(sign_in(staff).get("/search/?q=quince&nation=wales"))
    assert "Nothing found for “quince”" in page and 'href="?q=quince"' in page


def test_filters_that_are_wrong_say_how_to_mend_them(staff, sign_in):
    page = html_of(sign_in(staff).get("/search/?q=quince&after=2023-02-01&before=2022-01-01"))
    assert "Choose a last day that is not before the first." in page


def test_suggestions_are_links(staff, sign_in):
    theme = factories.ThemeFactory(name="Marmalade")
    page = html_of(sign_in(staff).get("/search/suggest/?q=marm"))
    assert f'href="{theme.get_absolute_url()}"' in page


def test_someone_who_searches_faster_than_people_do_is_asked_to_wait(staff, sign_in, monkeypatch):
    monkeypatch.setitem(views.LIMITS, "signed_in", "2/m/key")
    client = sign_in(staff)
    assert [client.get("/search/?q=marmalade").status_code for _ in range(3)] == [200, 200, 429]
    assert client.get("/api/v1/search/?q=marmalade").status_code == 429
    assert client.get("/search/").status_code == 200


def test_the_box_is_on_every_page_for_those_signed_in_and_works_without_javascript(staff, sign_in, client):
    page = html_of(sign_in(staff).get(reverse("sites:list")))
    assert re.search(r'<form class="find" action="/search/" method="get" role="search"', page)
    assert 'class="find"' not in html_of(client.get("/news/"))


def test_what_is_searched_for_is_in_no_log_and_in_no_row(staff, sign_in, caplog, django_assert_max_num_queries):
    caplog.set_level("DEBUG")
    client = sign_in(staff)
    logged = []
    import logging

    class Keep(logging.Handler):
        def emit(self, record):
            logged.append(f"{record.getMessage()} {record.args} {record.msg}")

    keep = Keep()
    names = [name for name in logging.root.manager.loggerDict if not name.startswith("django.db")]
    for name in [None, *names]:
        logging.getLogger(name).addHandler(keep)
    try:
        client.get("/search/?q=Marmalade")
        client.get("/api/v1/search/?q=Marmalade")
        client.get("/search/suggest/?q=Marmalade")
    finally:
        for name in [None, *names]:
            logging.getLogger(name).removeHandler(keep)
    assert "armalade" not in "".join(logged)
