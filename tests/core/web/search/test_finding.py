"""What is found: the same on both databases, and for each person what they may see and nothing else."""

import html
import tomllib
from datetime import date
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from coproduction.charter.models import CharterVersion
from impact.core.web.search import finding, following
from impact.core.web.search.finding import Asked, find, suggest
from impact.core.web.search.models import SearchEntry
from impact.core.web.search.registry import KINDS
from networks.documents.materials.reading.models import PaperText
from networks.log.models import Contribution
from tests import factories
from tests.pages import html_of
from tests.permission_world import PERSONAS, build_world

pytestmark = [pytest.mark.django_db, pytest.mark.database]
CASES = tomllib.loads(Path(__file__).with_name("cases.toml").read_text())["case"]


def titles(results) -> list[str]:
    return [f"{row.kind} {html.unescape(strip_tags(row.title))}" for row in results.rows]


@pytest.fixture
def things(db):
    """What the cases look for."""
    factories.TopicFactory(name="Direct payments")
    factories.TopicFactory(name="Cymru")
    group = factories.GroupFactory(name="Direct payments in Cardiff", nation="wales")
    factories.GroupFactory(name="Tŷ Hapus", nation="wales")
    update = factories.UpdateFactory(
        title="A year of change", body="What **direct** [payments](https://x.example) did."
    )
    factories.UpdateFactory(title="Nothing to see", body="Payment alone.", site=update.site)
    early = factories.LoggedMeetingFactory(group=group, title="A carers’ meeting", starts_at=factories.at(2022, 7, 20))
    late = factories.LoggedMeetingFactory(group=group, title="We came again", starts_at=factories.at(2022, 10, 20))
    factories.ContributionFactory(meeting=late, words="Relationships matter most")
    factories.ContributionFactory(meeting=early, words="Relationships matter too")
    factories.RoundFactory(name="Round 2023-24")
    factories.PersonFactory(name="Angharad Rhys")
    paper = factories.MaterialFactory(meeting=late, title="Research on housing")
    PaperText.objects.create(material=paper, text=f"{'Long ago. ' * 12_000} Y gymuned and its neighbourliness.")
    factories.ContributionFactory(meeting=early, words="Yng Nghymru y mae gofal")
    charter = factories.CharterFactory()
    for status, day in (("agreed", date(2022, 7, 1)), ("proposed", date(2022, 8, 1))):
        version = factories.CharterVersionFactory(charter=charter)
        CharterVersion.objects.filter(pk=version.pk).update(status=status, agreed_on=day, text_hash="0" * 64)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["about"])
def test_the_same_is_found_on_both_databases(case, things, staff):
    days = {name: date.fromisoformat(case[name]) for name in ("after", "before") if name in case}
    results = find(staff, Asked(case["q"], case.get("kind", ""), case.get("nation", ""), **days))
    wanted = [name for name in titles(results) if name.split()[0] != "site"]  # each update has a site with a long name
    assert wanted == case["found"]
    assert bool(results.instead) == case.get("instead", False)


def test_each_persona_finds_of_each_kind_what_they_may_see():
    """Every thing is looked for by a word that all have, one kind at a time."""
    w = build_world()
    SearchEntry.objects.update(body="Marmalade")
    for name in PERSONAS:
        user = w.people[name] or AnonymousUser()
        for kind in KINDS.values():
            results = find(user, Asked("marmalade", kind.kind), size=1000)
            found = sorted(row.key for row in results.rows)
            is_open = user.is_authenticated or kind.is_public
            there = {
                str(kind.model_class._meta.pk.to_python(key))
                for key in SearchEntry.objects.filter(kind=kind.kind).values_list("key", flat=True)
            }
            seen = {str(pk) for pk in kind.visible_to(user).values_list("pk", flat=True)} if is_open else set()
            assert found == sorted(seen & there), (name, kind.kind)


def test_no_kind_is_empty_for_everyone(db):
    """Else the test above would say nothing of it."""
    w = build_world()
    empty = [
        kind.kind for kind in KINDS.values() if not any(kind.visible_to(w.people[n]).exists() for n in PERSONAS[1:])
    ]
    assert set(empty) <= {"chapter"}


def test_coordinators_find_the_people_of_their_groups_and_no_one_else(sign_in, staff):
    mine, other = factories.GroupFactory(name="Ours"), factories.GroupFactory(name="Theirs")
    coordinator, member = factories.user_in(mine, "coordinator"), factories.user_in(mine)
    former = factories.MembershipFactory(group=mine, person__name="Olwen Former", ends_on=date(2022, 8, 1))
    for name, group in (("Olwen Here", mine), ("Olwen There", other), ("Olwen Both", mine)):
        person = factories.PersonFactory(name=name)
        factories.MembershipFactory(group=group, person=person)
    factories.MembershipFactory(group=other, person=person)
    factories.PersonFactory(name="Olwen Nowhere")
    found = find(coordinator, Asked("olwen")).rows
    assert sorted(strip_tags(row.title) for row in found) == ["Olwen Both", "Olwen Former", "Olwen Here"]
    assert {row.url for row in found} == {f"{mine.get_absolute_url()}#members"}
    assert "Olwen Here" in html_of(sign_in(coordinator).get(mine.get_absolute_url()))
    assert next(row.place for row in found if "Former" in row.title) == "Member until 1 August 2022, Ours"
    assert find(member, Asked("olwen")).rows == [] and find(member, Asked("olwenn")).instead == ""
    assert {row.kind for row in find(staff, Asked("olwen")).rows} == {"person"}, "once, by the page of all people"
    former.person.name = "A former member"
    former.person.save(update_fields=["name"])
    assert find(coordinator, Asked("olwen former")).rows == []


def test_what_no_one_may_see_is_not_even_a_guess(sign_in):
    """A near miss is offered only where it finds something that the reader may see."""
    meeting = factories.LoggedMeetingFactory()
    factories.ContributionFactory(meeting=meeting, words="Marmalade")
    reader, outsider = factories.user_in(meeting.group), factories.UserFactory()
    factories.ContributionFactory(meeting=meeting, words="Cymuned")
    assert find(reader, Asked("marmelade")).instead == "marmalade"
    assert (found := find(reader, Asked("gymuned"))).instead == "cymuned" and found.welsh == ("cymuned",)
    assert find(outsider, Asked("gymuned")).welsh == ()
    results = find(outsider, Asked("marmelade"))
    assert (results.instead, results.rows, results.counts) == ("", [], [])


def test_words_that_one_may_not_see_take_no_place_among_the_guesses():
    """Otherwise what is found would tell whether someone else's words hold a word that one has in mind."""
    mine, other = factories.LoggedMeetingFactory(), factories.LoggedMeetingFactory()
    reader = factories.user_in(mine.group)
    for letter in "klmnopqrtuvwxyz":
        factories.ContributionFactory(meeting=mine, words=f"Quorblat{letter}")
    before = titles(find(reader, Asked("quorblat")))
    factories.ContributionFactory(meeting=other, words="Quorblata")
    factories.ContributionFactory(meeting=other, words="Quorblatb and quorblatc")
    assert sorted(before) == [f"contribution Quorblat{letter}" for letter in "klmnop"], "the nearest"
    assert titles(find(reader, Asked("quorblat"))) == before
    assert find(reader, Asked("zkmeeting")).rows == [], "the index's own marks are no words"


@pytest.mark.parametrize("typed", ["carers z", "carers the", "carers f"])
def test_each_word_that_is_typed_narrows_what_is_suggested(typed, staff):
    """Also a last one that says little or is one letter yet."""
    for name in ("Carers and the future", "Zebra", "The future", "Fostering"):
        factories.ThemeFactory(name=name)
    assert {html.unescape(strip_tags(row.title)) for row in suggest(staff, typed)} == {"Carers and the future"}


def test_what_is_taken_away_is_no_longer_found(staff):
    contribution = factories.ContributionFactory(meeting=factories.LoggedMeetingFactory(), words="Marmalade")
    assert find(staff, Asked("marmalade")).total == 1
    Contribution.objects.filter(pk=contribution.pk).delete()
    following.tidy_terms()
    assert find(staff, Asked("marmalade")).total == find(staff, Asked("marmelade")).total == 0


def test_pages_follow_a_cursor_without_gaps_or_doubles(staff):
    for number in range(45):
        factories.ThemeFactory(name=f"Marmalade {number}")
    found, cursor, pages = [], "", 0
    while True:
        results = find(staff, Asked("marmalade"), cursor=cursor)
        found += titles(results)
        pages += 1
        if not (cursor := results.next):
            break
    assert (pages, len(found), len(set(found))) == (3, 45, 45)


def test_the_count_says_when_there_are_more(staff, monkeypatch):
    monkeypatch.setattr(finding, "MOST", 5)
    old = factories.ThemeFactory(name="Marmalade")
    meeting = factories.LoggedMeetingFactory()
    for number in range(9):
        factories.ThemeFactory(name=f"Theme {number}", description="Marmalade")
        factories.ContributionFactory(meeting=meeting, words=f"Marmalade {number}")
    results = find(staff, Asked("marmalade"))
    assert {count.kind: (count.number, count.is_more) for count in results.counts} == {
        "theme": (5, True),
        "contribution": (5, True),
    }
    assert results.is_more and titles(results)[0] == f"theme {old.name}", "the oldest, by its title"


def test_suggestions_are_titles_that_begin_as_typed(things, staff, outsider):
    assert [strip_tags(row.title) for row in suggest(staff, "dir")] == ["Direct payments in Cardiff", "Direct payments"]
    assert [strip_tags(row.title) for row in suggest(staff, "payments in car")] == ["Direct payments in Cardiff"]
    assert suggest(staff, "d") == suggest(staff, "?!") == []
    assert suggest(outsider, "dir") == []


def test_a_search_takes_as_many_queries_however_much_is_found():
    w = build_world()
    SearchEntry.objects.update(body="Marmalade")
    user, many = w.people["staff"], 0
    find(user, Asked("marmalade"))  # roles are looked up once
    for kind in KINDS.values():
        with CaptureQueriesContext(connection) as one:
            find(user, Asked("marmalade", kind.kind), size=1)
        with CaptureQueriesContext(connection) as every:
            many += len(find(user, Asked("marmalade", kind.kind), size=1000).rows) > 1
        assert len(every) == len(one), kind.kind
    assert many >= 12, "most kinds have more than one thing here"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script> marmalade", "&lt;script&gt;alert(1)&lt;/script&gt; <mark>marmalade</mark>"),
        ("Marmaladé & jam", "<mark>Marmaladé</mark> &amp; jam"),
    ],
)
def test_marks_stand_round_words_and_the_rest_is_escaped(text, shown):
    assert finding.marked(text, finding.words.ask("marmalade")) == shown


def test_an_excerpt_is_the_part_with_the_words():
    text = "before " * 100 + "**marmalade** [jam](https://x.example) " + "after " * 100
    excerpt = finding.excerpt_of(text, finding.words.ask("marmalade"))
    assert "marmalade jam" in excerpt and "https" not in excerpt and excerpt.startswith("… ") and len(excerpt) < 400


def test_the_parts_of_a_text_are_told_apart(db):
    factories.GroupFactory(name="By the sea", place="Aberystwyth", about="They meet twice a year.")
    factories.GroupFactory(name="By the sea again", place="", about="They meet once.")
    excerpts = [
        html.unescape(strip_tags(row.excerpt))
        for row in find(factories.UserFactory(roles=["staff"]), Asked("sea")).rows
    ]
    assert sorted(excerpts) == ["Aberystwyth · They meet twice a year.", "They meet once."]
