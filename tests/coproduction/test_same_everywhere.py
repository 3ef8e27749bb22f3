"""One number, name or state is the same on every page, in the PDF, over the API and in every file."""

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from coproduction.agreement.models import Position
from coproduction.agreement.services import agree_version, propose_version
from coproduction.charter.corrections.services import Fixed, correct_version
from coproduction.charter.models import CharterVersion
from coproduction.charter.reading.printing import contents_of
from coproduction.charter.services import draft_version, write_section
from coproduction.suggestions.models import Suggestion
from coproduction.suggestions.services import answer_suggestion, suggest_change
from impact.core.basics import clock
from tests import factories
from tests.coproduction.conftest import stand
from tests.pages import html_of

pytestmark = pytest.mark.django_db
STANCES = {
    "agree": "Agree",
    "reservation": "Agree, with a reservation",
    "stand_aside": "Stand aside",
    "object": "Object",
}


def url(name, *args):
    return reverse(f"coproduction:{name}", args=args)


def words(client, address):
    """What a page says, without its markup."""
    page = html_of(client.get(address)).split("<main")[1].split("</main")[0]
    return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page, flags=re.S)).split())


def rows_of(client, name, **query):
    """A list of the API, and the same as CSV."""
    listed = client.get(f"/api/v1/{name}/", query).json()["results"]
    response = client.get(f"/api/v1/{name}/", {**query, "format": "csv"})
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return listed, list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


@pytest.fixture
def w(world):
    """A group of 24, whose charter is agreed, corrected, and out for agreement again with some answers."""
    w = world
    w.people += [factories.MembershipFactory(group=w.group).person for _ in range(20)]
    w.agreement = propose_version(by=w.lead, version=w.version, closes_on=w.today + timedelta(14))
    w.version.refresh_from_db()
    for n, person in enumerate([*w.people, w.member.person]):
        stand(w, person, *(("agree",) if n < 18 else ("stand_aside", "Not for me.")))
    agree_version(by=w.lead, version=w.version)
    w.version.refresh_from_db()
    fixed = {w.section.pk: Fixed("Vision", "About our vision.")}
    w.agreed = correct_version(by=w.lead, version=w.version, fixed=fixed, note="A capital letter.")
    settled = suggest_change(by=w.member, section=w.section, version=w.agreed, words="Shorter, please.")
    answer_suggestion(by=w.lead, suggestion=settled, status="not_now", answer="Not now.")
    draft = draft_version(by=w.lead, charter=w.charter)
    write_section(by=w.lead, text=draft.texts.get(section=w.section), body="Another vision.")
    w.agreement = propose_version(by=w.lead, version=draft, closes_on=w.today + timedelta(14), change_note="Wider.")
    draft.refresh_from_db()
    w.version = w.proposed = draft
    for n, person in enumerate(w.people[:7]):
        stand(w, person, *(("agree",) if n < 5 else ("object", "Too wide.")))
    for text in ("Say who.", "Say when.", "Say why."):
        suggest_change(by=w.member, section=w.section, version=w.proposed, words=text)
    return w


def bars(page):
    """The figures that a page shows under a chart of answers."""
    found = {}
    for key, label in sorted(STANCES.items(), key=lambda pair: -len(pair[1])):
        match = re.search(rf"{re.escape(label)} (\d+|withheld)\b", page)
        found[key] = match[1] if match else None
        page = page.replace(label, "")
    return found


def stood(page):
    """The figures that a version's page gives in a sentence."""
    said = re.search(r"Where members stood (.*?)(?: Rounded| Who has answered| Text check code)", page)[1]
    return {
        key: re.search(rf"(?:^|, ){re.escape(label)}: (\d+|withheld)", said, re.IGNORECASE)[1]
        for key, label in STANCES.items()
    }


def as_words(figures):
    return {key: "withheld" if value in (None, "") else str(value) for key, value in figures.items()}


def from_csv(row):
    return as_words({key: row.get(f"agreement.{key}", row.get(f"agreement_{key}")) for key in STANCES})


@pytest.mark.parametrize("who", ["lead", "member"])
def test_exact_positions_are_the_same_on_pages_api_and_file(w, sign_in, who):
    client = sign_in(getattr(w, who))
    truth = {key: Position.objects.in_force().filter(round=w.agreement, stance=key).count() for key in STANCES}
    assert truth == {"agree": 5, "reservation": 0, "stand_aside": 0, "object": 2}
    page = words(client, url("agreement", w.charter.pk))
    assert bars(page.split("Members by answer")[1]) == as_words(truth)
    assert stood(words(client, w.proposed.get_absolute_url())) == as_words(truth)
    for name, key in (("agreements", "charter_version"), ("charter-versions", "id")):
        listed, file = rows_of(client, name)
        (row,) = [row for row in listed if row[key] == w.proposed.pk]
        (line,) = [line for line in file if line[key] == str(w.proposed.pk)]
        assert row["agreement"] == truth and from_csv(line) == as_words(truth), name
    for address in (url("index"), url("agreement", w.charter.pk)):
        assert "7 of 24 members have answered" in words(client, address)


def test_rounded_positions_are_the_same_on_pages_api_and_file(w, sign_in, leader):
    client = sign_in(leader)
    for version, expected in (
        (w.proposed, dict.fromkeys(STANCES, "withheld")),
        (w.agreed, {"agree": "20", "reservation": "0", "stand_aside": "5", "object": "0"}),
    ):
        found = []
        for name, key in (("agreements", "charter_version"), ("charter-versions", "id")):
            listed, file = rows_of(client, name)
            found += [as_words(row["agreement"]) for row in listed if row[key] == version.pk]
            found += [from_csv(line) for line in file if line[key] == str(version.pk)]
        assert len(found) == 4 and all(one == expected for one in found), found
    page = words(client, w.agreed.get_absolute_url())
    assert "Agree: 20, stand aside: 5" in page
    assert "members have answered" not in words(client, url("index"))


def test_the_text_in_force_and_the_one_out_have_the_same_names_everywhere(w, sign_in, leader):
    for user in (w.lead, w.member, leader):
        client = sign_in(user)
        for address in (url("index"), w.charter.get_absolute_url(), url("charter-course", w.charter.pk)):
            page = words(client, address)
            assert "1.1" in page and "ersion 2" in page, address
        assert "version 2" in words(client, url("agreement", w.charter.pk))
        listed, file = rows_of(client, "charter-versions")
        states = {row["status"]: row["label"] for row in listed}
        assert (states["agreed"], states["proposed"]) == ("Version 1.1", "Version 2")
        assert {line["label"] for line in file} == {row["label"] for row in listed}
        rounds, file = rows_of(client, "agreements")
        assert {row["label"] for row in rounds} == {line["label"] for line in file} == {row["label"] for row in listed}
        (charter,) = client.get("/api/v1/charters/").json()["results"]
        assert charter["label"] == "Version 1.1"
        assert charter["agreed_on"] == "2022-09-15" and "15 September 2022" in words(
            client, w.charter.get_absolute_url()
        )
    pdf = contents_of(CharterVersion.objects.get(pk=w.agreed.pk), "standard")
    assert (pdf["number"], pdf["state"], pdf["agreed_on"]) == ("1.1", "Agreed", "2022-09-15")


def test_the_words_are_the_same_on_the_page_in_the_pdf_and_over_the_api(w, sign_in):
    client = sign_in(w.member)
    pdf = [(part["title"], part["body"]) for part in contents_of(w.agreed, "standard")["sections"]]
    row = client.get(f"/api/v1/charter-versions/{w.agreed.pk}/").json()
    assert pdf == [(part["title"], part["body"]) for part in row["sections"]]
    (charter,) = client.get("/api/v1/charters/").json()["results"]
    assert charter["sections"] == row["sections"]
    page = words(client, w.agreed.get_absolute_url())
    assert all(title in page and body in page for title, body in pdf)


def test_suggestions_that_wait_are_counted_alike(w, sign_in):
    waiting = Suggestion.objects.waiting().count()
    assert waiting == 3
    for user in (w.lead, w.member):
        client = sign_in(user)
        assert "Suggestions and answers 3 waiting" in words(client, url("index"))
        assert "3 waiting for an answer" in words(client, w.charter.get_absolute_url())
        assert "3 suggestions" in words(client, url("suggestion-list") + "?status=waiting")
        listed, file = rows_of(client, "suggestions", status="waiting")
        assert len(listed) == len(file) == waiting
        page_file = client.get(url("suggestion-list"), {"status": "waiting", "format": "csv"})
        assert len(list(csv.DictReader(io.StringIO(page_file.getvalue().decode("utf-8-sig"))))) == waiting
    assert "Answer 3 suggestions on the charter" in words(sign_in(w.lead), "/")


def test_who_decides_is_counted_and_named_alike(w, sign_in):
    lead = sign_in(w.lead)
    names = {person.name for person in [*w.people, w.member.person]}
    assert "Members who decide 24" in words(lead, url("index"))
    group = words(lead, url("group-detail", w.group.slug))
    answers = words(lead, url("agreement", w.charter.pk))
    assert all(name in group and name in answers for name in names)
    assert answers.count("Not yet") == 24 - 7
    listed, _file = rows_of(lead, "positions", agreement=w.agreement.pk, is_in_force="true")
    assert {row["name"] for row in listed} == {person.name for person in w.people[:7]}


def test_the_deadline_is_the_same_everywhere(w, sign_in, leader):
    for user in (w.lead, w.member, leader):
        client = sign_in(user)
        for address in (url("index"), url("agreement", w.charter.pk), w.charter.get_absolute_url()):
            assert "29 September 2022" in words(client, address), address
        (row,) = client.get("/api/v1/agreements/", {"is_open": "true"}).json()["results"]
        assert row["closes_on"] == "2022-09-29"


def test_what_members_were_asked_to_shape_is_counted_alike(w, sign_in, leader):
    given = {"group": w.group, "asked_on": w.today}
    factories.InvolvementFactory.create_batch(2, **given)
    with clock.standing_on(w.today + timedelta(1)):
        for user in (w.lead, w.member, leader):
            client = sign_in(user)
            home, register = words(client, url("index")), words(client, url("involvement-list") + "?outcome=asked")
            shown = re.search(r"(\d+) Asked", home)[1]
            assert f"{shown} request" in register or f"{shown} involvement" in register, register[:400]
            listed, file = rows_of(client, "involvements", outcome="waiting")
            assert len(listed) == len(file) == int(shown) == 2
