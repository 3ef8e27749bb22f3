"""The index follows every write, by whatever way it comes, in the same transaction."""

import io

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from impact.core.people.models import Person
from impact.core.web.search import following
from impact.core.web.search.models import SearchEntry
from impact.core.web.search.registry import KINDS
from networks.documents.materials.reading.models import PaperText
from networks.groups.models import Group
from networks.log.models import Contribution
from networks.meetings.models import Meeting
from tests import factories
from tests.permission_world import build_world

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def index() -> dict[tuple[str, str], tuple]:
    rows = SearchEntry.objects.values_list("kind", "key", "scope", "day", "title", "body")
    return {(kind, key): tuple(rest) for kind, key, *rest in rows}


def from_scratch() -> dict[tuple[str, str], tuple]:
    """The index as it is when it is made from nothing."""
    with transaction.atomic():
        SearchEntry.objects.all().delete()
        for kind in KINDS.values():
            for _rows in following.refresh(kind):
                pass
        found = index()
        transaction.set_rollback(True)
    return found


def entries(kind: str) -> list[str]:
    return sorted(SearchEntry.objects.filter(kind=kind).values_list("title", flat=True))


def words_there(word: str) -> bool:
    """Whether any entry is found by a word, in what the database looks words up in."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM core_search_words WHERE core_search_words MATCH %s", [f'"{word}"'])
        else:
            cursor.execute("SELECT count(*) FROM core_searchentry WHERE words @@ %s::tsquery", [word])
        return bool(cursor.fetchone()[0])


def test_a_whole_world_is_in_the_index_as_if_it_were_made_from_nothing():
    build_world()
    assert {kind for kind, _key in index()} >= set(KINDS) - {"chapter"}
    assert index() == from_scratch()


WRITES = {
    "save": lambda: factories.ThemeFactory(name="Marmalade"),
    "bulk_create": lambda: Person.objects.bulk_create([Person(name="Marmalade One"), Person(name="Marmalade Two")]),
    "update": lambda: Meeting.objects.update(title="Marmalade"),
    "bulk_update": lambda: Group.objects.bulk_update(
        [Group(pk=pk, about="Marmalade") for pk in Group.objects.values_list("pk", flat=True)], ["about"]
    ),
    "update_or_create": lambda: Person.objects.update_or_create(name="Marmalade"),
    "raw SQL": lambda: connection.cursor().execute("UPDATE networks_contribution SET words = 'Marmalade'"),
    "a move of a meeting": lambda: Meeting.objects.update(starts_at=factories.at(2021, 3, 4)),
    "words of a paper": lambda: PaperText.objects.create(material=factories.MaterialFactory(), text="Marmalade"),
    "a paper that is replaced": lambda: PaperText.objects.all().delete(),
    "a removal": lambda: Contribution.objects.update(removed_at=factories.at(2022, 8, 1)),
    "a delete": lambda: Person.objects.filter(memberships=None, site_roles=None, suggestions=None, attendances=None)[
        0
    ].delete(),
    "a delete of many": lambda: Contribution.objects.filter(quotes=None).delete(),
    "a status": lambda: connection.cursor().execute("UPDATE sites_application SET state = 'draft'"),
}


@pytest.mark.parametrize("way", WRITES)
def test_no_way_of_writing_leaves_the_index_behind(way):
    build_world()
    before = index()
    WRITES[way]()
    assert index() != before, "this write changes what can be found"
    assert index() == from_scratch()


def test_a_cascade_takes_the_entries_along():
    meeting = factories.LoggedMeetingFactory()
    factories.ContributionFactory(meeting=meeting, words="Marmalade")
    assert words_there("marmalade")
    Contribution.objects.all().delete()
    meeting.delete()
    assert not words_there("marmalade") and index() == from_scratch()


def test_without_its_triggers_the_index_is_left_behind_and_a_rebuild_mends_it():
    person = factories.PersonFactory(name="Marmalade")
    following.remove("default")
    Person.objects.filter(pk=person.pk).update(name="Quince")
    other = factories.PersonFactory(name="Damson")
    assert entries("person") == ["Marmalade"]
    out = io.StringIO()
    call_command("rebuild_search", stdout=out)
    assert entries("person") == ["Damson", "Quince"]
    assert "The search index is up to date" in out.getvalue()
    other.delete()
    assert entries("person") == ["Quince"], "the triggers are back"
    first = index()
    call_command("rebuild_search", stdout=io.StringIO())
    assert index() == first


def test_a_refused_write_leaves_no_trace():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        factories.PersonFactory(name="Marmalade")
        assert words_there("marmalade")
        raise ZeroDivisionError
    assert not words_there("marmalade") and entries("person") == []


def test_migrating_makes_what_is_missing_again():
    person = factories.PersonFactory(name="Marmalade")
    with connection.cursor() as cursor:
        name = "search_of_person_update"
        cursor.execute(f"DROP TRIGGER {name}" if connection.vendor == "sqlite" else f"DROP FUNCTION {name} CASCADE")
    Person.objects.filter(pk=person.pk).update(name="Quince")
    assert following.install("default") == ["person"]
    assert entries("person") == ["Quince"]
    assert following.install("default") == []


def test_rows_of_a_kind_that_may_not_be_found_have_no_entry():
    w = build_world()
    keys = {(kind, key) for kind, key in index()}
    assert ("suggestion", str(w.suggestion.pk)) in keys and ("suggestion", str(w.draft_suggestion.pk)) not in keys
    assert ("application", str(w.application.pk)) in keys and ("application", str(w.application_draft.pk)) not in keys
