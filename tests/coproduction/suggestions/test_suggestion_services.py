"""Drafts, answers, merging and taking in: each rule, and who may."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from coproduction.agreement.services import propose_version, withdraw_version
from coproduction.charter.models import CharterVersion
from coproduction.charter.services import draft_version, write_section
from coproduction.group.models import SupportLink
from coproduction.suggestions import services
from coproduction.suggestions.answering.alike import Words, alike
from coproduction.suggestions.answering.merging import merge_suggestions, mergeable, unmerge_suggestion
from coproduction.suggestions.answering.taking import take_in, where_taken
from coproduction.suggestions.models import Suggestion, TakenIn
from coproduction.suggestions.pages import text_now
from coproduction.suggestions.passages import Passage
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics.versions import Conflict
from impact.core.notices.models import Notice
from impact.core.people.rights.erasure.services import erase_person
from impact.core.people.rights.holdings.reading import held_about, subject_of
from tests import factories


def suggest(world, words="Shorter, please", person=None, **given):
    told = "phone" if person else ""
    by = world.lead if person else world.member
    about = {"section": world.section, "version": world.version, **given}
    return services.suggest_change(by=by, words=words, person=person, told=told, **about)


def draft(world, words="Half a thought", by=None, **given):
    about = {"section": world.section, "version": world.version, **given}
    return services.save_draft(by=by or world.member, words=words, **about)


@pytest.fixture
def supporter(proposed):
    """Someone who comes along with two members and writes for both."""
    user = factories.user_in(proposed.group, "supporter")
    for person in proposed.people[:2]:
        SupportLink.objects.create(group=proposed.group, member=person, supporter=user.person)
    return user


# --- Drafts
def test_a_draft_is_its_writers_alone_until_it_is_sent(proposed, staff, leader, administrator):
    row = draft(proposed)
    for user in (proposed.lead, staff, leader, administrator, factories.user_in(proposed.group)):
        assert not Suggestion.with_drafts.visible_to(user).exists()
    assert list(Suggestion.with_drafts.visible_to(proposed.member)) == [row]
    assert not Suggestion.objects.exists() and not AuditEvent.objects.filter(type__startswith="suggestion").exists()
    with pytest.raises(PermissionDenied):
        services.send_draft(by=proposed.lead, suggestion=row)
    sent = services.send_draft(by=proposed.member, suggestion=row)
    assert (sent.status, list(Suggestion.objects.visible_to(proposed.lead))) == ("waiting", [sent])
    assert AuditEvent.objects.filter(type="suggestion.made").count() == 1
    with pytest.raises(ValidationError, match="has been sent already"):
        services.update_draft(by=proposed.member, suggestion=sent, words="Other words")


def test_a_draft_that_is_saved_again_from_the_page_that_began_it_is_one_draft(proposed):
    one = draft(proposed, "First", key="page-1")
    two = draft(proposed, "First and second", key="page-1")
    assert one.pk == two.pk and Suggestion.with_drafts.get().words == "First and second"
    with pytest.raises(Conflict):
        draft(proposed, "From an old window", key="page-1", expected=1)
    other = draft(proposed, "Another page", key="page-2")
    services.delete_draft(by=proposed.member, suggestion=other)
    assert Suggestion.with_drafts.get().pk == one.pk


def test_an_empty_draft_is_not_sent(proposed):
    row = draft(proposed, "")
    with pytest.raises(ValidationError, match="Write what should change"):
        services.send_draft(by=proposed.member, suggestion=row)


def test_a_draft_does_not_stop_a_version_from_going_to_agreement(world):
    version = world.version
    CharterVersion.objects.filter(pk=version.pk).update(text_hash="0" * 64, status="agreed", agreed_on="2022-09-01")
    version.refresh_from_db()
    draft(world, version=version)
    newer = draft_version(by=world.lead, charter=world.charter)
    text = newer.texts.get(section=world.section)
    write_section(by=world.lead, text=text, body="New words")
    propose_version(by=world.lead, version=newer, closes_on=world.today + timedelta(14), change_note="New")


# --- For whom someone writes
def test_a_supporter_of_two_members_writes_for_the_one_who_is_named(proposed, supporter):
    one, two = proposed.people[:2]
    assert set(services.speaks_for(supporter, proposed.charter)) == {one, two}
    about = {"section": proposed.section, "version": proposed.version}
    made = services.suggest_change(by=supporter, person=two, told="in_person", words="Bigger print", **about)
    assert (made.person, made.written_down_by) == (two, supporter.display_name)
    for person in (None, proposed.people[2], proposed.member.person):
        with pytest.raises((PermissionDenied, ValidationError)):
            services.suggest_change(by=supporter, person=person, told="in_person", words="Mixed up", **about)
    with pytest.raises(ValidationError, match="how the member told"):
        services.suggest_change(by=supporter, person=one, words="Untold", **about)
    services.answer_suggestion(by=proposed.lead, suggestion=made, status="not_now", answer="Not now.")
    told = set(Notice.objects.filter(kind="suggestion").values_list("person", flat=True))
    assert told == {two.pk, supporter.person.pk}


def test_a_coordinator_of_the_group_and_staff_write_down_what_members_say(proposed, staff, leader):
    coordinator = factories.user_in(proposed.group, "coordinator")
    elsewhere = factories.user_in(factories.AdvisoryGroupFactory(), "coordinator")
    about = {"section": proposed.section, "version": proposed.version, "person": proposed.people[0], "told": "phone"}
    for number, user in enumerate((coordinator, staff)):
        services.suggest_change(by=user, words=f"Said to me {number}", **about)
    for user in (elsewhere, leader, proposed.member):
        with pytest.raises(PermissionDenied):
            services.suggest_change(by=user, words="No", **about)
    assert {row.written_down_by for row in Suggestion.objects.all()} == {coordinator.display_name, staff.display_name}


# --- Passages
def test_a_passage_must_be_in_the_text(proposed):
    row = suggest(proposed, passage=Passage("our Vision"))
    assert (row.quote, row.prefix, row.suffix, row.quote_is_only) == ("our Vision", "About ", ".", True)
    with pytest.raises(ValidationError, match="not in the text"):
        suggest(proposed, "Another", passage=Passage("words of elsewhere"))


def test_a_suggestion_on_a_text_that_was_replaced_says_what_it_said_then(agreed):
    row = suggest(agreed, passage=Passage("our Vision"))
    waiting = draft(agreed, passage=Passage("our Vision"))
    services.answer_suggestion(by=agreed.lead, suggestion=row, status="taken_up", answer="Yes.")
    newer = take_in(by=agreed.lead, suggestion=row).version
    write_section(by=agreed.lead, text=newer.texts.get(section=agreed.section), body="What we hope for.")
    assert text_now(row) is None  # a draft is not shown to members
    propose_version(by=agreed.lead, version=newer, closes_on=agreed.today + timedelta(14), change_note="Plainer")
    now = text_now(row)
    assert now["is_changed"] and not now["is_found"] and now["version"].number == 2
    CharterVersion.objects.filter(pk=agreed.version.pk).update(status="superseded")
    with pytest.raises(ValidationError, match="not the newest text"):
        suggest(agreed, "About the old text")
    with pytest.raises(ValidationError, match="The text has changed since you began"):
        services.send_draft(by=agreed.member, suggestion=waiting)
    moved = services.move_draft(by=agreed.member, suggestion=waiting)
    assert (moved.version.number, moved.quote, moved.words) == (2, "", "Half a thought")
    assert services.send_draft(by=agreed.member, suggestion=moved).status == "waiting"


# --- Answers
def test_of_two_who_answer_at_once_the_second_is_told_and_nothing_is_lost(proposed, monkeypatch):
    row = suggest(proposed)
    seen = row.revision

    def both():
        services.answer_suggestion(by=proposed.lead, suggestion=row, status="taken_up", answer="Yes.", expected=seen)
        services.answer_suggestion(by=proposed.lead, suggestion=row, status="not_now", answer="No.", expected=seen)

    with monkeypatch.context() as off, transaction.atomic():  # without the protection the first answer is lost
        off.setattr(services, "claim", lambda suggestion, expected: Suggestion.objects.get(pk=suggestion.pk))
        both()
        assert Suggestion.objects.get().answer == "No."
        transaction.set_rollback(True)
    with pytest.raises(Conflict) as conflict:
        both()
    assert conflict.value.current.answer == "Yes." == Suggestion.objects.get().answer
    found = Suggestion.objects.get()
    services.answer_suggestion(
        by=proposed.lead, suggestion=found, status="adapted", answer="In part.", expected=found.revision
    )
    assert list(found.given_answers.values_list("answer", flat=True)) == ["Yes.", "In part."]
    assert Notice.objects.filter(person=proposed.member.person, kind="suggestion").count() == 2


def test_only_the_engagement_lead_answers_merges_and_takes_in(proposed, staff, leader):
    row, other = suggest(proposed), suggest(proposed, "Much shorter, please")
    for user in (staff, leader, proposed.member):
        with pytest.raises(PermissionDenied):
            services.answer_suggestion(by=user, suggestion=row, status="not_now", answer="No.")
        with pytest.raises(PermissionDenied):
            merge_suggestions(by=user, suggestion=row, others=[other])
        with pytest.raises(PermissionDenied):
            unmerge_suggestion(by=user, suggestion=row)
        with pytest.raises(PermissionDenied):
            take_in(by=user, suggestion=row)


# --- Merging
def test_each_member_gets_the_answer_of_merged_suggestions(agreed):
    one, two = suggest(agreed), suggest(agreed, "Make it shorter, please", person=agreed.people[0])
    third = suggest(agreed, "Shorter, and please soon", person=agreed.people[1])
    merge_suggestions(by=agreed.lead, suggestion=two, others=[third])
    merge_suggestions(by=agreed.lead, suggestion=one, others=[two])
    assert Suggestion.objects.waiting().get() == one and one.merged.count() == 2
    with pytest.raises(ValidationError, match="Answer that one"):
        two.refresh_from_db()
        services.answer_suggestion(by=agreed.lead, suggestion=two, status="not_now", answer="No.")
    unmerge_suggestion(by=agreed.lead, suggestion=third)
    assert Suggestion.objects.waiting().count() == 2
    Notice.objects.all().delete()
    services.answer_suggestion(by=agreed.lead, suggestion=one, status="adapted", answer="A little shorter.")
    assert set(Notice.objects.values_list("person", flat=True)) == {agreed.member.person.pk, agreed.people[0].pk}
    assert all("A little" not in notice.words for notice in Notice.objects.all())
    two.refresh_from_db()
    assert (two.status, two.answered.answer) == ("merged", "A little shorter.")
    with pytest.raises(ValidationError, match="they stay together"):
        unmerge_suggestion(by=agreed.lead, suggestion=two)


def test_a_merge_refuses_what_is_answered_of_another_charter_or_itself(proposed):
    row, answered = suggest(proposed), suggest(proposed, "Answered")
    services.answer_suggestion(by=proposed.lead, suggestion=answered, status="not_now", answer="No.")
    with pytest.raises(ValidationError, match="at least one"):
        merge_suggestions(by=proposed.lead, suggestion=row, others=[row])
    with pytest.raises(ValidationError, match="answered or merged in the meantime"):
        merge_suggestions(by=proposed.lead, suggestion=row, others=[answered])
    elsewhere = factories.CharterVersionFactory(number=1)
    other = Suggestion.objects.create(
        section=elsewhere.charter.sections.first(), version=elsewhere, person=proposed.people[0], words="Elsewhere"
    )
    with pytest.raises(ValidationError, match="same charter"):
        merge_suggestions(by=proposed.lead, suggestion=row, others=[other])


def test_suggestions_that_say_the_same_are_pointed_out(proposed):
    row = suggest(proposed, "Please meet every month, three times a year is not enough")
    near = suggest(proposed, "Three meetings a year is not enough. Can we meet every month?", person=proposed.people[0])
    far = suggest(proposed, "Use bigger print in the papers", person=proposed.people[1])
    assert mergeable(row) == ([near], [far])
    assert alike(Words(1, 1, "!!!"), [Words(2, 1, "???")]) == []


# --- Taking in
def test_taking_in_links_suggestion_version_and_revision_for_ever(agreed):
    row = suggest(agreed)
    with pytest.raises(ValidationError, match="Answer the suggestion first"):
        take_in(by=agreed.lead, suggestion=row)
    services.answer_suggestion(by=agreed.lead, suggestion=row, status="taken_up", answer="Yes.")
    assert Suggestion.objects.to_write().get() == row
    link = take_in(by=agreed.lead, suggestion=row)
    assert take_in(by=agreed.lead, suggestion=row) == link and not Suggestion.objects.to_write().exists()
    (before,) = where_taken(row, agreed.lead)
    assert before["is_draft"] and not before["is_changed"]
    text = link.version.texts.get(section=agreed.section)
    write_section(by=agreed.lead, text=text, body="Shorter.")
    (after,) = where_taken(row, agreed.lead)
    assert after["is_changed"] and after["revision"] == link.revision + 1
    assert not where_taken(row, agreed.member)[0]["is_readable"]
    for change in (
        lambda: TakenIn.objects.filter(pk=link.pk).update(revision=9),
        lambda: TakenIn.objects.filter(pk=link.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_draft_that_was_withdrawn_says_so_and_the_next_takes_the_suggestion_in_again(agreed):
    row = suggest(agreed)
    services.answer_suggestion(by=agreed.lead, suggestion=row, status="taken_up", answer="Yes.")
    first = take_in(by=agreed.lead, suggestion=row).version
    withdraw_version(by=agreed.lead, version=first, reason="Begin again")
    assert where_taken(row, agreed.member)[0]["is_withdrawn"] and Suggestion.objects.to_write().get() == row
    newer = draft_version(by=agreed.lead, charter=agreed.charter)
    write_section(by=agreed.lead, text=newer.texts.get(section=agreed.section), body="Shorter.")
    propose_version(by=agreed.lead, version=newer, closes_on=agreed.today + timedelta(14), change_note="Shorter")
    assert [row["version"].name for row in where_taken(row, agreed.member)] == ["2, draft a", "2"]
    with pytest.raises(ValidationError, match="has taken this in"):
        found = Suggestion.objects.get()
        services.answer_suggestion(
            by=agreed.lead, suggestion=found, status="not_now", answer="No.", expected=found.revision
        )
    with pytest.raises(ValidationError, match="out for agreement"):
        take_in(by=agreed.lead, suggestion=row)


def test_a_suggestion_answered_while_a_draft_is_open_is_linked_to_it(agreed):
    row = suggest(agreed)
    newer = draft_version(by=agreed.lead, charter=agreed.charter)
    services.answer_suggestion(by=agreed.lead, suggestion=row, status="adapted", answer="In part.")
    assert TakenIn.objects.get().version == newer


# --- What is held about the writer ---------------------------------------------------------------
def test_a_draft_stands_among_what_is_held_about_its_writer(proposed):
    draft(proposed, words="Half a thought of mine")
    (held,) = [table for table in held_about(subject_of(proposed.member.person)) if table.heading == "Suggestions"]
    assert any("Half a thought of mine" in row for row in held.rows)


def test_a_draft_goes_with_its_writer_and_a_sent_suggestion_stays(proposed):
    sent = suggest(proposed, words="Sent to everyone")
    draft(proposed, words="Half a thought of mine")
    member = proposed.member.person
    erase_person(by=SYSTEM, person=member, name=member.name)
    assert list(Suggestion.with_drafts.filter(person=member)) == [sent]
