"""Pages of the evidence library and of evidence gaps: what each reader finds there, and what bad input does."""

import html
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from impact.core.basics import clock
from impact.core.basics.vocabulary import EvidenceKind
from sites.progress.evidence import services
from sites.progress.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from sites.progress.evidence.pages import balance_in_words
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]


def text(response) -> str:
    """The page's text without tags."""
    main = html_of(response).split("<main", 1)[-1]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def csv_text(response) -> str:
    return b"".join(response.streaming_content).decode("utf-8-sig")


def queries(client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def item_data(**more) -> dict:
    data = {"title": "Ask again", "kind": "research", "strength": "strong", "summary": "People change.", "source": "Us"}
    return data | more


# --- The library ---------------------------------------------------------------------------------
def test_staff_narrow_the_library_by_words_kind_strength_topic_and_site(staff, sign_in):
    topic, site = factories.TopicFactory(slug="breaks"), factories.SiteFactory(slug="harbour")
    factories.EvidenceItemFactory(title="Alpha", kind="research", strength="emerging", topics=[topic])
    factories.EvidenceItemFactory(title="Beta", kind="lived_experience", strength="strong", sites=[site])
    factories.EvidenceItemFactory(title="Gamma", kind="practice_knowledge", source="A kitchen table")
    client = sign_in(staff)

    def titles(**query) -> list[str]:
        return [item.title for item in client.get("/evidence/", query).context["listing"].page]

    assert titles() == ["Alpha", "Beta", "Gamma"]
    assert titles(q="kitchen") == ["Gamma"]
    assert titles(kind="lived_experience") == ["Beta"]
    assert titles(strength="emerging") == ["Alpha"]
    assert titles(topic="breaks") == ["Alpha"] and titles(site="harbour") == ["Beta"]
    assert titles(sort="strength") == ["Beta", "Gamma", "Alpha"]  # strong, moderate, emerging
    assert "No evidence matches" in text(client.get("/evidence/", {"q": "zzz"}))
    assert "By kind: 1 research, 1 lived experience and 1 practice knowledge." in text(client.get("/evidence/"))


def test_the_library_downloads_with_its_topics_and_without_formulas(staff, sign_in):
    topic = factories.TopicFactory(name="Breaks")
    factories.EvidenceItemFactory(title="=Alpha", topics=[topic], formats=["audio", "standard"])
    body = csv_text(sign_in(staff).get("/evidence/", {"format": "csv"}))
    assert "'=Alpha" in body and "Breaks" in body and "Standard; Audio" in body


def test_an_empty_library_offers_the_next_step_to_those_who_may_take_it(staff, leader, sign_in):
    assert "Add the first item" in text(sign_in(staff).get("/evidence/"))
    page = text(sign_in(leader).get("/evidence/"))
    assert "No evidence to show yet" in page and "Add" not in page


def test_others_read_what_is_about_topics_and_sites_that_they_see_and_no_links_beyond(outsider, sign_in):
    public = factories.UpdateFactory().site
    hidden = factories.SiteFactory(name="Hidden site", slug="hidden")
    shown = factories.EvidenceItemFactory(title="Shown", topics=[public.topic, hidden.topic], sites=[hidden])
    of_site = factories.EvidenceItemFactory(title="Of the site", sites=[public])
    secret = factories.EvidenceItemFactory(title="Secret", topics=[hidden.topic], sites=[hidden])
    factories.EvidenceItemFactory(title="Loose")
    client = sign_in(outsider)
    page = text(client.get("/evidence/"))
    assert "Shown" in page and "Of the site" in page
    assert not any(word in page for word in ("Secret", "Loose", "Hidden site", hidden.topic.name))
    page = text(client.get(shown.get_absolute_url()))
    assert public.topic.name in page and "Hidden site" not in page and "History" not in page and "Edit" not in page
    assert client.get(of_site.get_absolute_url()).status_code == 200
    assert client.get(secret.get_absolute_url()).status_code == 404
    assert client.get("/evidence/", {"site": "hidden"}).context["listing"].form.errors


def test_an_item_says_what_its_strength_means_and_which_questions_it_answers(staff, sign_in):
    item = factories.EvidenceItemFactory(
        strength="emerging", summary="**Bold** <script>", web_address="https://library.example/1", year=2021
    )
    gap = services.answer_gap(by=staff, gap=factories.EvidenceGapFactory(), answer="Yes", evidence=[item])
    response = sign_in(staff).get(item.get_absolute_url())
    assert "<strong>Bold</strong>" in html_of(response) and "<script>" not in html_of(response).split("<main")[1]
    page = text(response)
    assert "A first sign from a few people or places" in page and gap.title in page and "2021" in page
    assert 'href="https://library.example/1"' in html_of(response)


def test_staff_add_an_item_from_a_topic(staff, sign_in):
    topic, site = factories.TopicFactory(slug="breaks"), factories.SiteFactory()
    client = sign_in(staff)
    page = html_of(client.get("/evidence/new/?topic=breaks"))
    assert re.search(rf'name="topics" value="{topic.pk}"[^>]* checked', page)
    assert "each kind can be strong" in page.lower() or "Evidence of each kind can be strong" in page
    assert client.get("/evidence/new/?topic=nul%00byte&site=nothing").status_code == 200
    response = client.post("/evidence/new/", item_data(topics=[topic.pk], sites=[site.pk], formats=["audio"]))
    item = EvidenceItem.objects.get()
    assert response.url == item.get_absolute_url() and list(item.topics.all()) == [topic]
    assert list(item.sites.all()) == [site] and item.formats == ["audio"] and not item.is_illustrative


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"title": ""}, "Enter an answer"),
        ({"kind": ""}, "Choose an answer"),
        ({"year": "9999"}, f"Enter {date.today().year} or an earlier year."),
        ({"web_address": "nowhere"}, "Enter a web address, such as"),
        ({"web_address": "ftp://example.org/file"}, "Enter a web address, such as"),
        ({"topics": ["999"]}, "Select a valid choice"),
    ],
)
def test_bad_input_about_an_item_is_explained_and_kept(staff, sign_in, wrong, message):
    response = sign_in(staff).post("/evidence/new/", item_data(**wrong) | {"source": "What I typed"} | wrong)
    page = html_of(response)
    assert response.status_code == 200 and message in page and 'value="What I typed"' in page
    assert not EvidenceItem.objects.exists()


def test_the_second_of_two_editors_of_an_item_sees_both_texts(staff, sign_in):
    topic = factories.TopicFactory(name="Breaks")
    item = factories.EvidenceItemFactory(title="Ask")
    services.update_item(by=staff, item=item, title="Ask again", topics=[topic])
    response = sign_in(staff).post(f"/evidence/{item.slug}/edit/", item_data(title="Ask twice", version="1"))
    assert response.status_code == 409
    rows = {row["label"]: (row["theirs"], row["yours"]) for row in response.context["differences"]}
    assert rows["Title"] == ("Ask again", "Ask twice") and rows["Topics that it is about"] == ("Breaks", "")
    again = item_data(title="Ask twice", version="2")
    assert sign_in(staff).post(f"/evidence/{item.slug}/edit/", again).status_code == 302
    item.refresh_from_db()
    assert item.title == "Ask twice" and not item.topics.exists()


@pytest.mark.parametrize("path", ["/evidence/", "/evidence-gaps/", "/topics/breaks/", "/sites/harbour/"])
def test_pages_ask_the_database_as_often_for_one_row_as_for_thirty(staff, sign_in, path):
    topic = factories.TopicFactory(slug="breaks")
    site = factories.SiteFactory(slug="harbour")
    client = sign_in(staff)

    def more() -> None:
        factories.EvidenceItemFactory(topics=[topic, factories.TopicFactory()], sites=[site])
        factories.EvidenceGapFactory(topic=topic)
        factories.EvidenceGapFactory(topic=None, site=site)

    more()
    before = queries(client, path)
    for _ in range(29):
        more()
    assert queries(client, path) == before


# --- Topics, sites and home ----------------------------------------------------------------------
def test_the_balance_of_the_three_kinds_is_told_in_words():
    counts = {EvidenceKind.RESEARCH: 2, EvidenceKind.LIVED: 1, EvidenceKind.PRACTICE: 0}
    assert balance_in_words(counts) == "2 research, 1 lived experience and no practice knowledge yet"


def test_a_topic_and_a_site_show_their_evidence_its_balance_and_open_gaps(staff, sign_in):
    site = factories.SiteFactory()
    for n in range(7):
        factories.EvidenceItemFactory(title=f"Known {n}", topics=[site.topic], sites=[site])
    factories.EvidenceItemFactory(title="Elsewhere")
    gap = factories.EvidenceGapFactory(title="What helps?", topic=site.topic)
    of_site = factories.EvidenceGapFactory(title="Who joins?", topic=None, site=site)
    client = sign_in(staff)
    for address, own, other, query in [
        (site.topic.get_absolute_url(), gap, of_site, f"topic={site.topic.slug}"),
        (site.get_absolute_url(), of_site, gap, f"site={site.slug}"),
    ]:
        response = client.get(address)
        page = text(response)
        assert "7 items: 7 research, no lived experience yet and no practice knowledge yet." in page
        assert "Known 5" in page and "Known 6" not in page and "All 7 items" in page and "Elsewhere" not in page
        assert own.title in page and other.title not in page
        assert f'href="/evidence/new/?{query}"' in html_of(response)
        assert client.get(f"/evidence/?{query}").context["listing"].total == 7


def test_a_topic_without_evidence_says_what_to_do(staff, leader, sign_in):
    topic = factories.TopicFactory()
    assert "No evidence yet" in text(sign_in(staff).get(topic.get_absolute_url()))
    page = text(sign_in(leader).get(topic.get_absolute_url()))
    assert "No evidence about this topic is in the library yet" in page and "Raise a gap" not in page


def test_an_outsider_reads_the_evidence_of_a_public_site_but_not_its_gaps(outsider, sign_in):
    site = factories.UpdateFactory().site
    factories.EvidenceItemFactory(title="Known", sites=[site])
    factories.EvidenceGapFactory(title="Who joins?", topic=None, site=site)
    page = text(sign_in(outsider).get(site.get_absolute_url()))
    assert "Known" in page and "Who joins?" not in page
    assert "Who joins?" in text(sign_in(factories.team_of(site)).get(site.get_absolute_url()))


def test_the_first_page_of_staff_names_gaps_that_are_open_for_long(staff, leader, sign_in):
    today = clock.today()
    for n in range(5):
        factories.EvidenceGapFactory(title=f"Old {n}?", raised_on=today - timedelta(days=200 - n))
    factories.EvidenceGapFactory(title="New?", raised_on=today - timedelta(days=90))
    page = text(sign_in(staff).get("/"))
    assert "Evidence gap: Old 0?" in page and "open for 200 days" in page and "Evidence gap: Old 3?" in page
    assert "1 more evidence gap open for a long time" in page and "Evidence gap: New?" not in page
    assert sign_in(staff).get("/evidence-gaps/?long_open=on").context["listing"].total == 5
    assert "Evidence gap:" not in text(sign_in(leader).get("/"))


# --- Gaps ----------------------------------------------------------------------------------------
def test_open_gaps_are_listed_oldest_first_with_their_age(staff, sign_in):
    today = clock.today()
    factories.EvidenceGapFactory(title="Younger?", raised_on=today - timedelta(days=3))
    factories.EvidenceGapFactory(title="Older?", raised_on=today - timedelta(days=120))
    answered = factories.EvidenceGapFactory(title="Answered?")
    services.answer_gap(by=staff, gap=answered, answer="Because.")
    client = sign_in(staff)

    def titles(**query) -> list[str]:
        return [gap.title for gap in client.get("/evidence-gaps/", query).context["listing"].page]

    assert titles() == ["Older?", "Younger?"] == titles(state="")
    assert titles(state="answered") == ["Answered?"] and titles(state="closed") == []
    assert set(titles(state="all")) == {"Older?", "Younger?", "Answered?"}
    assert titles(long_open="on") == ["Older?"] and titles(q="younger") == ["Younger?"]
    page = text(client.get("/evidence-gaps/"))
    assert re.search(r"Older\? .* 120 Open", page)
    body = csv_text(client.get("/evidence-gaps/", {"format": "csv", "state": "all"}))
    assert "Because." in body and ",120,Open" in body


def test_others_see_gaps_of_topics_that_they_see_without_who_was_told(outsider, staff, sign_in):
    site = factories.UpdateFactory().site
    gap = factories.EvidenceGapFactory(topic=site.topic)
    services.record_feedback(
        by=staff, gap=gap, organisation=factories.OrganisationFactory(name="Quiet Council"), said="Maybe."
    )
    hidden = factories.EvidenceGapFactory()
    client = sign_in(outsider)
    page = text(client.get(gap.get_absolute_url()))
    assert gap.title in page and not any(w in page for w in ("Quiet Council", "Maybe.", "History", "Answer gap"))
    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert hidden.title not in text(client.get("/evidence-gaps/"))
    page = text(sign_in(staff).get(gap.get_absolute_url()))
    assert all(word in page for word in ("Quiet Council", "Maybe.", "History", "Answer gap"))


def test_staff_take_a_gap_from_raised_to_answered_and_open_it_again(staff, sign_in):
    topic, body = factories.TopicFactory(slug="breaks"), factories.OrganisationFactory()
    item = factories.EvidenceItemFactory(title="It helps", topics=[topic])
    other = factories.EvidenceItemFactory(title="Elsewhere")
    client, today = sign_in(staff), clock.today().isoformat()
    page = html_of(client.get("/evidence-gaps/new/?topic=breaks"))
    assert f'<option value="{topic.pk}" selected>' in page
    client.post("/evidence-gaps/new/", {"title": "What?", "why": "Money", "topic": topic.pk, "raised_on": "2022-09-01"})
    gap = EvidenceGap.objects.get()
    url = gap.get_absolute_url()
    client.post(f"{url}feedback/new/", {"organisation": body.pk, "on": "2022-09-02", "said": ""})
    row = gap.feedback.get()
    assert "They have not answered yet" in text(client.get(url))
    data = {"organisation": body.pk, "on": "2022-09-02", "said": "Rest helps.", "version": "1"}
    client.post(f"{url}feedback/{row.pk}/edit/", data)
    assert "Rest helps." in text(client.get(url))
    page = text(client.get(f"{url}answer/"))
    assert page.index("On this topic or site") < page.index("It helps") < page.index("Elsewhere")
    data = {"answer": "It **does**.", "on": today, "evidence": [item.pk], "version": "1"}
    assert client.post(f"{url}answer/", data).url == url
    page = text(client.get(url))
    assert "Answered" in page and "It does ." in page and "It helps" in page and other.title not in page
    client.post(f"{url}reopen/")
    page = text(client.get(url))
    assert "Earlier answer, before it was reopened" in page and "Answer gap" in page
    client.post(f"{url}close/", {"reason": "No one asks any more.", "on": today, "version": "3"})
    page = text(client.get(url))
    assert "Why it is closed" in page and "No one asks any more." in page
    client.post(f"{url}reopen/")
    assert "Why it was closed before" in text(client.get(url))


@pytest.mark.parametrize(
    ("step", "data", "message", "kept"),
    [
        ("edit", {"title": "Kept", "why": "x", "raised_on": "2022-09-01"}, "Choose the topic or the site", "Kept"),
        ("edit", {"title": "Kept", "why": "", "raised_on": ""}, "Enter a date", "Kept"),
        ("feedback/new", {"role": "Kept", "on": "2022-01-01"}, "The gap was raised on 1 September 2022", "Kept"),
        ("feedback/new", {"role": "", "on": "2022-09-03", "said": "Kept"}, "Choose an organisation, or", "Kept"),
        ("answer", {"answer": "Kept", "on": "2099-01-01"}, "Date cannot be in the future", "Kept"),
        ("answer", {"answer": "", "on": "2022-10-01"}, "Enter an answer", "2022-10-01"),
        ("close", {"reason": "Kept", "on": "0001-01-01"}, "The gap was raised on 1 September 2022", "Kept"),
    ],
)
def test_bad_input_about_a_gap_is_explained_and_kept(staff, sign_in, step, data, message, kept):
    gap = factories.EvidenceGapFactory()
    response = sign_in(staff).post(f"{gap.get_absolute_url()}{step}/", data | {"version": "1"})
    page = html_of(response)
    assert response.status_code == 200 and message in page and kept in page
    gap.refresh_from_db()
    assert gap.version == 1 and not GapFeedback.objects.exists()


def test_a_gap_that_two_edit_shows_both_texts_and_a_settled_one_says_to_reopen_it(staff, sign_in):
    gap = factories.EvidenceGapFactory(title="First?")
    services.update_gap(by=staff, gap=gap, title="Second?")
    client, url = sign_in(staff), gap.get_absolute_url()
    data = {"title": "Third?", "why": gap.why, "topic": gap.topic_id, "raised_on": "2022-09-01", "version": "1"}
    response = client.post(f"{url}edit/", data)
    assert response.status_code == 409 and "Second?" in text(response) and "Third?" in html_of(response)
    response = client.post(f"{url}answer/", {"answer": "Yes", "on": "2022-10-01", "version": "1"})
    assert response.status_code == 409 and "Yes" in html_of(response)
    services.close_gap(by=staff, gap=EvidenceGap.objects.get(), reason="No")
    response = client.post(f"{url}answer/", {"answer": "My words", "on": "2022-10-01", "version": "2"})
    assert "This gap is closed. Reopen it first." in text(response) and "My words" in html_of(response)
    client.post(f"{url}reopen/")
    page = text(client.post(f"{url}reopen/", follow=True))
    assert "This gap is open already." in page
    assert client.get(f"{url}feedback/999/edit/").status_code == 404
