"""Sections of a draft: moved, renamed, taken out and restored, while older versions stay as they were."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coproduction.agreement.services import propose_version, withdraw_version
from coproduction.charter.models import RetiredSection, SectionText, letter_of
from coproduction.charter.services import draft_version, write_section
from coproduction.charter.writing.sections import (
    absent_sections,
    add_section,
    move_section,
    restore_section,
    retire_section,
    shift_section,
)
from coproduction.charter.writing.starting import guidance_for, known_of, start_charter, template
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from tests import factories
from tests.coproduction.at_once import at_once, meet, without_locks


@pytest.fixture
def drafted(agreed):
    """Version 1 is agreed, and a draft of version 2 with a third section is open."""
    agreed.draft = draft_version(by=agreed.lead, charter=agreed.charter)
    agreed.third = add_section(
        by=agreed.lead, charter=agreed.charter, title="How we rest", kind="open", questions="When?"
    )
    return agreed


def keys(version):
    return list(version.texts.values_list("section__key", flat=True))


def text_of(version, key):
    return version.texts.select_related("version").get(section__key=key)


# --- Names
def test_a_draft_has_a_letter_until_members_see_it(agreed):
    first = draft_version(by=agreed.lead, charter=agreed.charter)
    assert (first.name, first.slug) == ("2, draft a", "2a")
    withdraw_version(by=agreed.lead, version=first, reason="Not yet")
    second = draft_version(by=agreed.lead, charter=agreed.charter)
    first.refresh_from_db()
    assert (first.name, second.name) == ("2, draft a", "2, draft b")
    write_section(by=agreed.lead, text=text_of(second, "vision"), body="New.")
    propose_version(by=agreed.lead, version=second, closes_on=date(2022, 10, 1), change_note="New")
    second.refresh_from_db()
    assert (second.name, second.slug) == ("2", "2")
    withdraw_version(by=agreed.lead, version=second, reason="Members asked")
    assert draft_version(by=agreed.lead, charter=agreed.charter).name == "3, draft a"
    named = agreed.charter.versions.named
    assert (named("2"), named("2a"), named("2b"), named("9"), named("2.1"), named("x")) == (
        *(second, first, second),
        *(None, None, None),
    )


def test_letters_go_on_after_z():
    assert [letter_of(n) for n in (1, 26, 27, 52, 53)] == ["a", "z", "aa", "az", "ba"]


# --- The template
def test_a_charter_starts_with_what_the_group_settings_say(engagement_lead):
    group = factories.AdvisoryGroupFactory(size_min=10, size_max=10, meetings_planned=3, months_planned=12)
    charter = start_charter(by=engagement_lead, group=group, title="Together")
    texts = {text.section.key: text for text in charter.versions.get().texts.select_related("section")}
    assert "three times a year" in texts["when-we-meet"].body
    assert "ten people" in texts["who-we-are-and-what-we-do"].body
    assert "The Lived Experience Engagement Lead looks after" in texts["who-we-are-and-what-we-do"].body
    assert "Captions" in texts["working-together-online"].body
    assert texts["our-shared-vision"].body == "" and len(texts["our-shared-vision"].section.question_list) == 2
    assert not any("{" in text.body for text in texts.values())
    factories.user_in(group, "coordinator")
    assert known_of(group)["lead"] == "Our coordinator"


def test_the_yearly_report_is_a_section_of_advisory_groups_only(engagement_lead):
    group = factories.GroupFactory(size_min=8, size_max=10, meetings_planned=4, months_planned=6)
    charter = start_charter(by=engagement_lead, group=group, title="Together")
    assert not charter.sections.filter(key="our-report-each-year").exists()
    assert "four times in six months" in charter.versions.get().texts.get(section__key="when-we-meet").body


def test_every_section_of_the_template_has_help_and_either_words_or_questions():
    for row in template():
        assert row.guidance and bool(row.body) != bool(row.questions), row.title


def test_a_section_that_the_group_added_asks_its_own_questions(drafted):
    assert drafted.third.question_list == ["When?"] and guidance_for(drafted.third) == ""


# --- Order
def test_a_section_moves_in_the_draft_and_nowhere_else(drafted):
    before = drafted.version.hash_text()
    moved = shift_section(by=drafted.lead, text=text_of(drafted.draft, "how-we-rest"), way="up")
    assert (moved.position, keys(drafted.draft)) == (2, ["structure", "how-we-rest", "vision"])
    move_section(by=drafted.lead, text=text_of(drafted.draft, "vision"), to=-5)
    assert keys(drafted.draft) == ["vision", "structure", "how-we-rest"]
    shift_section(by=drafted.lead, text=text_of(drafted.draft, "vision"), way="up")
    assert keys(drafted.draft) == ["vision", "structure", "how-we-rest"]
    assert keys(drafted.version) == ["structure", "vision"] and drafted.version.hash_text() == before
    assert drafted.draft.hash_text() != before


def test_a_title_changes_in_the_draft_and_stays_in_the_version_before(drafted):
    write_section(by=drafted.lead, text=text_of(drafted.draft, "vision"), body="About our Vision.", title=" Our aims ")
    assert text_of(drafted.draft, "vision").title == "Our aims" and text_of(drafted.version, "vision").title == "Vision"
    with pytest.raises(ValidationError, match="already a section with this title"):
        write_section(by=drafted.lead, text=text_of(drafted.draft, "vision"), body="", title="structure")


# --- Taking out and restoring
def test_a_section_is_taken_out_with_a_reason_and_restored_with_its_words(drafted):
    write_section(by=drafted.lead, text=text_of(drafted.draft, "vision"), body="Words of the draft.")
    with pytest.raises(ValidationError, match="Say why"):
        retire_section(by=drafted.lead, text=text_of(drafted.draft, "vision"), reason=" ")
    retire_section(by=drafted.lead, text=text_of(drafted.draft, "vision"), reason="It is in another section now.")
    assert keys(drafted.draft) == ["structure", "how-we-rest"] and keys(drafted.version) == ["structure", "vision"]
    assert absent_sections(drafted.draft) == [
        {"key": "vision", "title": "Vision", "reason": "It is in another section now."}
    ]
    restore_section(by=drafted.lead, version=drafted.draft, section=drafted.section)
    assert keys(drafted.draft) == ["structure", "how-we-rest", "vision"]
    assert text_of(drafted.draft, "vision").body == "Words of the draft." and not RetiredSection.objects.exists()


def test_the_last_section_stays_and_a_gone_one_cannot_be_written(drafted):
    vision = text_of(drafted.draft, "vision")
    for key in ("vision", "structure"):
        retire_section(by=drafted.lead, text=text_of(drafted.draft, key), reason="Gone")
    with pytest.raises(ValidationError, match="only section"):
        retire_section(by=drafted.lead, text=text_of(drafted.draft, "how-we-rest"), reason="Gone")
    for act in (
        lambda: write_section(by=drafted.lead, text=vision, body="Late."),
        lambda: move_section(by=drafted.lead, text=vision, to=1),
        lambda: shift_section(by=drafted.lead, text=vision, way="up"),
        lambda: retire_section(by=drafted.lead, text=vision, reason="Again"),
    ):
        with pytest.raises(StateConflict, match="taken out"):
            act()


def test_what_was_taken_out_is_settled_with_the_version(drafted):
    retire_section(by=drafted.lead, text=text_of(drafted.draft, "vision"), reason="Merged")
    propose_version(by=drafted.lead, version=drafted.draft, closes_on=date(2022, 10, 1), change_note="Merged")
    for change in (
        lambda: RetiredSection.objects.update(reason="Sly"),
        lambda: RetiredSection.objects.all().delete(),
        lambda: RetiredSection.objects.create(version=drafted.draft, section=drafted.known, title="x", reason="x"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    for act in (
        lambda: restore_section(by=drafted.lead, version=drafted.draft, section=drafted.section),
        lambda: shift_section(by=drafted.lead, text=text_of(drafted.draft, "structure"), way="down"),
        lambda: add_section(by=drafted.lead, charter=drafted.charter, title="More", kind="open"),
    ):
        with pytest.raises(StateConflict, match=r"out for agreement.*open the agreement page"):
            act()


def test_a_title_of_an_older_section_is_not_used_twice_and_any_alphabet_has_an_address(drafted):
    retire_section(by=drafted.lead, text=text_of(drafted.draft, "vision"), reason="Gone")
    with pytest.raises(ValidationError, match="Restore that one"):
        add_section(by=drafted.lead, charter=drafted.charter, title="Vision", kind="open")
    assert add_section(by=drafted.lead, charter=drafted.charter, title="Наші слова", kind="open").key == "section-4"


def test_only_the_engagement_lead_changes_sections(drafted, staff):
    text = text_of(drafted.draft, "vision")
    for user in (staff, drafted.member):
        for act in (
            lambda u=user: move_section(by=u, text=text, to=1),
            lambda u=user: shift_section(by=u, text=text, way="up"),
            lambda u=user: retire_section(by=u, text=text, reason="x"),
            lambda u=user: restore_section(by=u, version=drafted.draft, section=drafted.section),
        ):
            with pytest.raises(PermissionDenied):
                act()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["move", "up", "down", "retire", "restore", "write", "rename", "add"]), st.integers(0, 9)
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_done_to_a_draft_older_versions_keep_their_text(agreed, steps):
    with transaction.atomic():
        lead, charter = agreed.lead, agreed.charter
        draft = draft_version(by=lead, charter=charter)
        before = (agreed.version.hash_text(), keys(agreed.version), agreed.version.text_hash)
        for step, n in steps:
            texts = list(draft.texts.select_related("version"))
            text, sections = texts[n % len(texts)], list(charter.sections.all())
            try:
                with transaction.atomic():
                    if step == "move":
                        move_section(by=lead, text=text, to=n)
                    elif step in ("up", "down"):
                        shift_section(by=lead, text=text, way=step)
                    elif step == "retire":
                        retire_section(by=lead, text=text, reason="Why")
                    elif step == "restore":
                        restore_section(by=lead, version=draft, section=sections[n % len(sections)])
                    elif step == "add":
                        add_section(by=lead, charter=charter, title=f"Added {n}", kind="open")
                    else:
                        title = f"Title {n}" if step == "rename" else None
                        write_section(by=lead, text=text, body=f"Body {n}", title=title)
            except ValidationError:
                pass
            positions = list(draft.texts.values_list("position", flat=True))
            assert positions == sorted(set(positions))  # each section has a place of its own
            assert draft.texts.count() + len(absent_sections(draft)) == charter.sections.count()
        assert (agreed.version.hash_text(), keys(agreed.version), agreed.version.text_hash) == before
        transaction.set_rollback(True)


def write_at_once(world) -> list[object]:
    """Two people save the same section, each from the page as it was before the other."""
    one, two = (text_of(world.draft, "vision") for _n in range(2))
    return at_once(
        lambda: write_section(by=world.lead, text=one, body="One.", expected=1),
        lambda: write_section(by=world.lead, text=two, body="Two.", expected=1),
    )


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_count_of_saves_words_are_lost(drafted, monkeypatch):
    """The fault: both are told that their words are saved, and those of one are gone."""
    real = QuerySet.filter
    monkeypatch.setattr(
        QuerySet, "filter", lambda rows, *args, **by: real(rows, *args, **{k: by[k] for k in by if k != "revision"})
    )
    without_locks(monkeypatch)
    meet(monkeypatch, SectionText, "full_clean")
    found = write_at_once(drafted)
    assert all(isinstance(row, SectionText) for row in found) and text_of(drafted.draft, "vision").revision == 2


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_the_count_of_saves_alone_keeps_one_of_two_from_being_lost(drafted, monkeypatch):
    without_locks(monkeypatch)
    meet(monkeypatch, SectionText, "full_clean")
    assert {type(row) for row in write_at_once(drafted)} == {SectionText, Conflict}


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_of_two_who_write_one_section_at_once_one_is_told(drafted):
    found = write_at_once(drafted)
    assert {type(row) for row in found} == {SectionText, Conflict}
    winner = next(row for row in found if isinstance(row, SectionText))
    assert text_of(drafted.draft, "vision").body == winner.body


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_two_who_move_sections_at_once_leave_one_order(drafted):
    rest, vision = text_of(drafted.draft, "how-we-rest"), text_of(drafted.draft, "vision")
    at_once(
        lambda: move_section(by=drafted.lead, text=rest, to=1), lambda: move_section(by=drafted.lead, text=vision, to=1)
    )
    assert list(drafted.draft.texts.values_list("position", flat=True)) == [1, 2, 3]
    assert set(keys(drafted.draft)[:2]) == {"how-we-rest", "vision"}
