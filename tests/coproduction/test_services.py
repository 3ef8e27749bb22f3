"""The charter's rules (15 and 16) and the register's (17), each kept by a service."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from coproduction.agreement import services
from coproduction.agreement.models import Position
from coproduction.charter.models import CharterVersion, SectionText
from coproduction.charter.services import draft_version, write_section
from coproduction.charter.writing.sections import add_section
from coproduction.charter.writing.starting import start_charter
from coproduction.group.members import deciding_members
from coproduction.involvements.models import Involvement
from coproduction.involvements.services import (
    add_involvement,
    mark_good_practice,
    record_change,
    record_said,
    update_involvement,
)
from coproduction.suggestions.models import Suggestion
from coproduction.suggestions.services import answer_suggestion, suggest_change
from coproduction.waypoints.models import Waypoint
from coproduction.waypoints.services import plan_waypoint, record_waypoint
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from tests import factories
from tests.coproduction.conftest import stand

STANCE = Position.Stance


def refused(message, call, /, **kwargs):
    """The call is refused with these words."""
    with pytest.raises(ValidationError) as caught:
        call(**kwargs)
    assert message in " ".join(caught.value.messages)


def redraft(world, body="Other words."):
    draft = draft_version(by=world.lead, charter=world.charter)
    write_section(by=world.lead, text=draft.texts.get(section=world.section), body=body)
    draft.refresh_from_db()
    return draft


# --- The charter and its words
def test_starting_a_charter_opens_a_draft_with_known_and_open_sections(engagement_lead):
    group = factories.AdvisoryGroupFactory()
    charter = start_charter(by=engagement_lead, group=group, title=" Together ")
    assert charter.title == "Together"
    assert charter.sections.filter(kind="known").count() == 5
    assert charter.sections.filter(kind="open").count() == 5
    draft = charter.versions.get()
    assert (draft.number, draft.status, draft.texts.count()) == (1, "draft", 10)
    assert AuditEvent.objects.about(charter).get().facts == {"sections": 10}


def test_a_group_has_one_charter(world):
    refused("has a charter already", start_charter, by=world.lead, group=world.group, title="Another")


def test_only_the_engagement_lead_writes(world, staff, leader):
    text = world.version.texts.first()
    for user in (staff, leader, world.member):
        with pytest.raises(PermissionDenied):
            start_charter(by=user, group=factories.AdvisoryGroupFactory(), title="Mine")
        with pytest.raises(PermissionDenied):
            write_section(by=user, text=text, body="Mine")
        with pytest.raises(PermissionDenied):
            services.propose_version(by=user, version=world.version, closes_on=date(2022, 12, 1))
        with pytest.raises(PermissionDenied):
            services.withdraw_version(by=user, version=world.version, reason="No")
        with pytest.raises(PermissionDenied):
            draft_version(by=user, charter=world.charter)
        with pytest.raises(PermissionDenied):
            add_section(by=user, charter=world.charter, title="Mine", kind="open")
    text.refresh_from_db()
    assert text.body != "Mine"


def test_a_new_section_comes_last_and_is_part_of_the_draft(world):
    section = add_section(by=world.lead, charter=world.charter, title="How we rest", kind="open")
    assert (section.key, section.position) == ("how-we-rest", 3)
    assert world.version.texts.get(section=section).body == ""


def test_two_sections_cannot_have_one_title(world):
    refused("another title", add_section, by=world.lead, charter=world.charter, title="Vision", kind="open")


def test_a_section_needs_an_open_draft(agreed):
    refused("Open a draft first", add_section, by=agreed.lead, charter=agreed.charter, title="New", kind="open")


def test_a_draft_copies_the_text_in_force(agreed):
    draft = draft_version(by=agreed.lead, charter=agreed.charter)
    assert draft.number == 2
    assert list(draft.texts.values_list("body", flat=True)) == list(agreed.version.texts.values_list("body", flat=True))


def test_a_draft_may_start_from_an_older_text(agreed):
    draft = redraft(agreed, "Withdrawn words.")
    services.withdraw_version(by=agreed.lead, version=draft, reason="Not yet")
    again = draft_version(by=agreed.lead, charter=agreed.charter, start_from=draft)
    assert again.texts.get(section=agreed.section).body == "Withdrawn words."
    other = factories.CharterVersionFactory(number=1)
    services.withdraw_version(by=agreed.lead, version=again, reason="Not yet")
    refused("another charter", draft_version, by=agreed.lead, charter=agreed.charter, start_from=other)


def test_only_one_version_is_worked_on_at_a_time(world):
    refused("already a version being worked on", draft_version, by=world.lead, charter=world.charter)


def test_writing_a_section_saves_its_words_and_counts_the_saves(world):
    text = world.version.texts.get(section=world.section)
    write_section(by=world.lead, text=text, body="A good life.", expected=1)
    text.refresh_from_db()
    world.version.refresh_from_db()
    assert (text.body, text.revision, world.version.version) == ("A good life.", 2, 2)
    event = AuditEvent.objects.about(text).get()
    assert event.type == "charter_section.written" and "A good life" not in str(event.facts)


def test_two_people_writing_one_section_lose_nothing(world):
    mine = world.version.texts.get(section=world.section)
    write_section(by=world.lead, text=mine, body="First.", expected=1)
    with pytest.raises(Conflict) as caught:
        write_section(by=world.lead, text=mine, body="Second.", expected=1)
    assert caught.value.current.body == "First."
    assert SectionText.objects.get(pk=mine.pk).body == "First."


def test_two_people_writing_different_sections_do_not_meet(world):
    one, two = world.version.texts.all()
    write_section(by=world.lead, text=one, body="One.", expected=1)
    write_section(by=world.lead, text=two, body="Two.", expected=1)
    assert sorted(world.version.texts.values_list("body", flat=True)) == ["One.", "Two."]


def test_saving_the_same_words_writes_nothing(world):
    text = world.version.texts.first()
    write_section(by=world.lead, text=text, body=text.body)
    assert SectionText.objects.get(pk=text.pk).revision == 1


# --- Proposing
def test_proposing_fixes_the_words_and_asks_the_members(proposed):
    assert proposed.version.status == "proposed"
    assert proposed.version.proposed_on == proposed.today
    assert proposed.version.text_hash == proposed.version.hash_text() and len(proposed.version.text_hash) == 64
    assert proposed.agreement.is_open(proposed.today)


def test_words_with_the_members_cannot_be_changed(proposed):
    text = proposed.version.texts.first()
    refused("its wording cannot change", write_section, by=proposed.lead, text=text, body="Sly.")


def test_the_database_itself_refuses_to_change_settled_words(proposed):
    text = proposed.version.texts.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        SectionText.objects.filter(pk=text.pk).update(body="Sly.")
    with pytest.raises(IntegrityError), transaction.atomic():
        CharterVersion.objects.filter(pk=proposed.version.pk).update(status="draft")
    assert SectionText.objects.get(pk=text.pk).body == text.body


def test_a_draft_that_changed_under_the_reader_is_not_proposed(world):
    write_section(by=world.lead, text=world.version.texts.first(), body="Other.")
    with pytest.raises(Conflict):
        services.propose_version(by=world.lead, version=world.version, closes_on=date(2022, 10, 1), expected=1)
    world.version.refresh_from_db()
    assert world.version.status == "draft"


def test_known_sections_need_words_and_open_ones_may_wait(world):
    text = world.version.texts.get(section=world.known)
    write_section(by=world.lead, text=text, body="")
    refused("Structure", services.propose_version, by=world.lead, version=world.version, closes_on=date(2022, 10, 1))
    write_section(by=world.lead, text=SectionText.objects.get(pk=text.pk), body="Known.")
    write_section(by=world.lead, text=world.version.texts.get(section=world.section), body="")
    services.propose_version(by=world.lead, version=world.version, closes_on=date(2022, 10, 1))


def test_members_get_time_to_answer(world):
    refused("Give members time", services.propose_version, by=world.lead, version=world.version, closes_on=world.today)


def test_a_second_version_says_what_changed(agreed):
    draft = redraft(agreed)
    late = date(2022, 10, 1)
    refused("Say what changed", services.propose_version, by=agreed.lead, version=draft, closes_on=late)


def test_the_same_words_are_not_put_to_the_members_twice(agreed):
    draft = draft_version(by=agreed.lead, charter=agreed.charter)
    refused(
        "The wording is the same as in version 1",
        services.propose_version,
        by=agreed.lead,
        version=draft,
        closes_on=date(2022, 10, 1),
        change_note="Nothing",
    )


def test_every_suggestion_is_answered_before_the_next_text_goes_out(agreed):
    suggestion = suggest_change(by=agreed.member, section=agreed.section, version=agreed.version, words="Shorter")
    draft = redraft(agreed)
    given = {"by": agreed.lead, "version": draft, "closes_on": date(2022, 10, 1), "change_note": "Shorter"}
    refused("waiting for an answer: 1", services.propose_version, **given)
    answer_suggestion(by=agreed.lead, suggestion=suggestion, status="taken_up", answer="Yes.")
    assert services.propose_version(**given).version_id == draft.pk


def test_withdrawing_keeps_the_words_and_the_reason_and_closes_the_round(proposed):
    services.withdraw_version(by=proposed.lead, version=proposed.version, reason="Members asked for more.")
    proposed.version.refresh_from_db()
    proposed.agreement.refresh_from_db()
    assert (proposed.version.status, proposed.version.status_reason) == ("withdrawn", "Members asked for more.")
    assert proposed.agreement.closed_on == proposed.today
    assert proposed.version.texts.count() == 2


def test_withdrawing_needs_a_reason_and_something_to_withdraw(agreed):
    refused("settled", services.withdraw_version, by=agreed.lead, version=agreed.version, reason="Why not")
    draft = draft_version(by=agreed.lead, charter=agreed.charter)
    refused("Say why", services.withdraw_version, by=agreed.lead, version=draft, reason="  ")


# --- Suggestions
def test_a_member_suggests_and_gets_an_answer(proposed):
    suggestion = suggest_change(
        by=proposed.member, section=proposed.section, version=proposed.version, words=" Plainer, please. "
    )
    assert (suggestion.person, suggestion.words) == (proposed.member.person, "Plainer, please.")
    assert suggestion.written_down_by == ""
    answer_suggestion(by=proposed.lead, suggestion=suggestion, status="adapted", answer="In part.")
    suggestion.refresh_from_db()
    assert (suggestion.status, suggestion.answer, suggestion.answered_on) == ("adapted", "In part.", proposed.today)


def test_the_engagement_lead_writes_down_a_suggestion_and_that_shows(proposed):
    suggestion = suggest_change(
        by=proposed.lead,
        section=proposed.section,
        version=proposed.version,
        words="Shorter",
        person=proposed.people[0],
        told="phone",
    )
    assert suggestion.told == "phone" and suggestion.written_down_by == proposed.lead.display_name


def test_only_members_can_suggest_changes(proposed, staff, leader):
    other = factories.user_in(factories.AdvisoryGroupFactory())
    given = {"section": proposed.section, "version": proposed.version, "words": "Mine"}
    for user in (leader, other):
        with pytest.raises(PermissionDenied):
            suggest_change(by=user, **given)
    refused("members of this group", suggest_change, by=staff, **given)
    with pytest.raises(PermissionDenied):
        suggest_change(by=proposed.member, person=proposed.people[0], **given)
    refused("members of this group", suggest_change, by=proposed.lead, **given)
    outside = factories.PersonFactory()
    refused("members of this group", suggest_change, by=proposed.lead, person=outside, **given)
    assert Suggestion.objects.count() == 0


def test_a_suggestion_is_about_a_text_that_members_can_read(agreed):
    draft = draft_version(by=agreed.lead, charter=agreed.charter)
    refused(
        "not the newest text",
        suggest_change,
        by=agreed.member,
        section=agreed.section,
        version=draft,
        words="About a draft",
    )
    other = factories.CharterVersionFactory(number=1)
    refused("another charter", suggest_change, by=agreed.member, section=agreed.section, version=other, words="No")


def test_sending_the_same_suggestion_twice_keeps_one(proposed):
    given = {"by": proposed.member, "section": proposed.section, "version": proposed.version, "words": "Shorter"}
    suggest_change(**given)
    refused("This suggestion has already been made and is waiting for an answer.", suggest_change, **given)
    assert Suggestion.objects.count() == 1


def test_an_answer_has_words_and_is_given_once(proposed, staff):
    suggestion = suggest_change(by=proposed.member, section=proposed.section, version=proposed.version, words="Shorter")
    given = {"suggestion": suggestion}
    with pytest.raises(PermissionDenied):
        answer_suggestion(by=staff, status="taken_up", answer="Yes", **given)
    refused("Write an answer", answer_suggestion, by=proposed.lead, status="taken_up", answer=" ", **given)
    refused(
        "Choose a decision on the suggestion.",
        answer_suggestion,
        by=proposed.lead,
        status="waiting",
        answer="x",
        **given,
    )
    answer_suggestion(by=proposed.lead, status="not_now", answer="Not now.", **given)
    refused("has already been answered", answer_suggestion, by=proposed.lead, status="taken_up", answer="Yes", **given)


# --- Positions
def test_a_member_takes_a_position_on_the_exact_text(proposed):
    position = services.take_position(
        by=proposed.member, agreement=proposed.agreement, text_hash=proposed.version.text_hash, stance="agree"
    )
    assert (position.person, position.is_late) == (proposed.member.person, False)
    event = AuditEvent.objects.about(position).get()
    assert "agree" not in str(event.facts)


def test_a_position_on_other_words_is_refused(proposed):
    refused(
        "The text has changed",
        services.take_position,
        by=proposed.member,
        agreement=proposed.agreement,
        text_hash="0" * 64,
        stance="agree",
    )


@pytest.mark.parametrize("stance", [STANCE.RESERVATION, STANCE.STAND_ASIDE, STANCE.OBJECT])
def test_any_position_other_than_agree_needs_a_reason(proposed, stance):
    refused("Say why", stand, world=proposed, person=proposed.people[0], stance=stance, reason=" ")
    assert stand(proposed, proposed.people[0], stance, "Because.").reason == "Because."


def test_a_change_of_mind_counts_and_the_older_position_is_kept(proposed):
    person = proposed.people[0]
    stand(proposed, person, "object", "Too long.")
    stand(proposed, person, "agree")
    stand(proposed, person, "agree")
    rows = list(proposed.agreement.positions.filter(person=person).order_by("pk"))
    assert [r.stance for r in rows] == ["object", "agree"]
    assert rows[0].replaced_at is not None and rows[1].replaced_at is None
    assert proposed.agreement.tally().object == 0 and proposed.agreement.tally().agree == 1


def test_only_members_of_today_take_positions(proposed, staff, leader):
    former = factories.MembershipFactory(group=proposed.group, ends_on=date(2022, 8, 1)).person
    supporter = factories.MembershipFactory(group=proposed.group, role="supporter").person
    for person in (former, supporter, factories.PersonFactory()):
        refused("Only people who are members", stand, world=proposed, person=person)
    given = {"agreement": proposed.agreement, "text_hash": proposed.version.text_hash, "stance": "agree"}
    for user in (staff, leader, proposed.lead):
        with pytest.raises(PermissionDenied):
            services.take_position(by=user, **given)
    with pytest.raises(PermissionDenied):
        services.take_position(by=proposed.member, person=proposed.people[0], **given)
    with pytest.raises(PermissionDenied):
        services.take_position(by=staff, person=proposed.people[0], **given)
    assert Position.objects.count() == 0


def test_after_the_deadline_an_answer_counts_as_late(proposed):
    with clock.standing_on(proposed.agreement.closes_on):
        assert not stand(proposed, proposed.people[0]).is_late
    with clock.standing_on(proposed.agreement.closes_on + timedelta(days=1)):
        assert stand(proposed, proposed.people[1]).is_late
    assert proposed.agreement.tally().answered == 2


def test_a_closed_round_takes_no_more_positions_from_those_who_were_there(agreed):
    refused("This round closed", stand, world=agreed, person=agreed.people[0], stance="object", reason="Too late")


def test_someone_who_joins_later_may_still_say_where_they_stand(agreed):
    with clock.standing_on(agreed.today + timedelta(days=30)):
        late = factories.MembershipFactory(group=agreed.group, starts_on=agreed.today + timedelta(days=20)).person
        position = stand(agreed, late, "object", "I was not asked.")
        assert position.is_late
        agreed.version.refresh_from_db()
        assert agreed.version.status == "agreed"
        assert agreed.agreement.tally().object == 1


def test_a_withdrawn_text_takes_no_positions(proposed):
    services.withdraw_version(by=proposed.lead, version=proposed.version, reason="More work")
    refused("no longer the one", stand, world=proposed, person=proposed.people[0])


def test_one_position_a_person_is_in_force_even_past_the_service(proposed):
    stand(proposed, proposed.people[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        Position.objects.create(round=proposed.agreement, person=proposed.people[0], stance="agree")


# --- Agreement
def everybody(world, *stances):
    for person, stance in zip([*world.people, world.member.person], stances, strict=False):
        stand(world, person, stance, "" if stance == "agree" else "Because.")


def test_a_text_that_members_agree_is_in_force_at_once_when_all_have_answered(proposed):
    everybody(proposed, "agree", "agree", "reservation", "stand_aside")
    services.agree_version(by=proposed.lead, version=proposed.version)
    proposed.version.refresh_from_db()
    assert (proposed.version.status, proposed.version.agreed_on) == ("agreed", proposed.today)
    assert proposed.charter.agreed_version == proposed.version
    assert AuditEvent.objects.get(type="charter_version.agreed").facts == {"version": "1"}


def test_before_the_deadline_everybody_is_waited_for(proposed):
    everybody(proposed, "agree", "agree", "agree")
    refused("1 of 4 members have not answered yet", services.agree_version, by=proposed.lead, version=proposed.version)
    with clock.standing_on(proposed.agreement.closes_on + timedelta(days=1)):
        services.agree_version(by=proposed.lead, version=proposed.version)


def test_an_objection_stops_the_agreement_until_the_member_moves(proposed):
    everybody(proposed, "object", "agree", "agree", "agree")
    refused("A member objects", services.agree_version, by=proposed.lead, version=proposed.version)
    proposed.version.refresh_from_db()
    assert proposed.version.status == "proposed"
    stand(proposed, proposed.people[0], "stand_aside", "I will not hold you up.")
    services.agree_version(by=proposed.lead, version=proposed.version)


def test_an_objection_of_someone_who_has_left_no_longer_stops_it(proposed):
    everybody(proposed, "object", "agree", "agree", "agree")
    proposed.people[0].memberships.update(ends_on=proposed.today - timedelta(days=1))
    services.agree_version(by=proposed.lead, version=proposed.version)


def test_silence_is_not_agreement(proposed):
    everybody(proposed, "agree", "agree")
    with clock.standing_on(proposed.agreement.closes_on + timedelta(days=1)):
        refused("More than half are needed", services.agree_version, by=proposed.lead, version=proposed.version)


def test_suggestions_on_the_text_are_answered_before_it_is_agreed(proposed):
    suggest_change(by=proposed.member, section=proposed.section, version=proposed.version, words="Shorter")
    everybody(proposed, "agree", "agree", "agree", "agree")
    refused("waiting for an answer: 1", services.agree_version, by=proposed.lead, version=proposed.version)


def test_only_the_engagement_lead_ends_a_round_and_only_one_that_runs(proposed, staff):
    everybody(proposed, "agree", "agree", "agree", "agree")
    for user in (staff, proposed.member):
        with pytest.raises(PermissionDenied):
            services.agree_version(by=user, version=proposed.version)
    services.agree_version(by=proposed.lead, version=proposed.version)
    refused("not out for agreement", services.agree_version, by=proposed.lead, version=proposed.version)


def test_agreeing_a_new_text_replaces_the_old_one_and_asks_everybody_again(agreed):
    draft = redraft(agreed)
    agreed.agreement = services.propose_version(
        by=agreed.lead, version=draft, closes_on=date(2022, 10, 1), change_note="Other words"
    )
    old, agreed.version = agreed.version, CharterVersion.objects.get(pk=draft.pk)
    assert agreed.agreement.tally().answered == 0
    assert agreed.version.text_hash != old.text_hash
    assert agreed.charter.agreed_version == old
    everybody(agreed, "agree", "agree", "agree", "agree")
    services.agree_version(by=agreed.lead, version=agreed.version)
    old.refresh_from_db()
    assert old.status == "superseded"
    assert agreed.charter.agreed_version == agreed.version


def test_a_deadline_moves_only_to_a_later_day(proposed, staff):
    later = proposed.agreement.closes_on + timedelta(days=7)
    with pytest.raises(PermissionDenied):
        services.extend_round(by=staff, agreement=proposed.agreement, closes_on=later)
    refused(
        "Choose a day after",
        services.extend_round,
        by=proposed.lead,
        agreement=proposed.agreement,
        closes_on=proposed.today,
    )
    assert services.extend_round(by=proposed.lead, agreement=proposed.agreement, closes_on=later).closes_on == later


def test_a_closed_round_is_not_extended(agreed):
    refused("closed", services.extend_round, by=agreed.lead, agreement=agreed.agreement, closes_on=date(2023, 1, 1))


def test_supporters_and_coordinators_are_not_counted_as_deciding(world):
    factories.MembershipFactory(group=world.group, role="supporter")
    factories.MembershipFactory(group=world.group, role="coordinator")
    factories.MembershipFactory(group=world.group, role="chair")
    assert deciding_members(world.group).count() == 5


# --- Waypoints
def found(world, outcome="no_change", **changes):
    waypoint = plan_waypoint(by=world.lead, charter=world.charter, title="Autumn", due_on=world.today)
    given = {"held_on": world.today, "summary": ["Here.", "Yes."], "outcome": outcome}
    given |= {"finding": "on_course", "no_change_reason": "It works." if outcome != "new_version" else ""}
    return record_waypoint(by=world.lead, waypoint=waypoint, **{**given, **changes})


def test_a_waypoint_may_end_in_no_change(agreed):
    waypoint = found(agreed)
    assert (waypoint.outcome, waypoint.led_to, waypoint.held_on) == ("no_change", None, agreed.today)
    assert agreed.charter.versions.count() == 1


def test_a_waypoint_that_asks_for_a_new_version_opens_a_draft(agreed):
    waypoint = found(agreed, "new_version")
    assert (waypoint.led_to.number, waypoint.led_to.status) == (2, "draft")


def test_a_waypoint_joins_the_version_that_is_being_worked_on(world):
    assert found(world, "new_version").led_to == world.version


def test_a_waypoint_needs_text_and_an_outcome(agreed):
    refused("Write down what the group said", found, world=agreed, summary=["Here.", " "])
    refused("not a valid choice", found, world=agreed, outcome="perhaps")
    refused("cannot be in the future", found, world=agreed, held_on=agreed.today + timedelta(days=1))


def test_a_waypoint_is_recorded_once(agreed):
    waypoint = found(agreed)
    refused(
        "was recorded on 15 September 2022",
        record_waypoint,
        by=agreed.lead,
        waypoint=waypoint,
        held_on=agreed.today,
        summary=["x", "x"],
        finding="adjust",
        outcome="no_change",
        no_change_reason="x",
    )


def test_only_the_engagement_lead_plans_and_records_waypoints(agreed, staff):
    waypoint = plan_waypoint(by=agreed.lead, charter=agreed.charter, title="Autumn", due_on=agreed.today)
    for user in (staff, agreed.member):
        with pytest.raises(PermissionDenied):
            plan_waypoint(by=user, charter=agreed.charter, title="Mine", due_on=agreed.today)
        with pytest.raises(PermissionDenied):
            record_waypoint(
                by=user,
                waypoint=waypoint,
                held_on=agreed.today,
                summary=["x", "x"],
                finding="adjust",
                outcome="new_version",
            )
    assert Waypoint.objects.overdue(agreed.today).count() == 0
    assert Waypoint.objects.overdue(agreed.today + timedelta(days=1)).get() == waypoint


# --- You said, we did
def asked(world):
    return add_involvement(
        by=world.lead,
        group=world.group,
        title="Papers",
        asked_by="Networks team",
        asked="What helps?",
        asked_on=date(2022, 6, 1),
    )


def test_an_involvement_goes_from_ask_to_answer_to_change(world):
    involvement = asked(world)
    assert involvement.step == "asked" and involvement.step_label == "Waiting for members"
    record_said(by=world.lead, involvement=involvement, said="One page.", said_on=date(2022, 7, 1))
    assert involvement.step == "said"
    record_change(
        by=world.lead,
        involvement=involvement,
        outcome="partly",
        changed="A page for most.",
        changed_on=date(2022, 8, 1),
    )
    involvement.refresh_from_db()
    assert (involvement.step, involvement.step_label, involvement.version) == ("settled", "Partly changed", 3)
    types = list(AuditEvent.objects.about(involvement).values_list("type", flat=True))
    assert types == ["involvement.settled", "involvement.said", "involvement.asked"]
    assert Involvement.objects.settled().get() == involvement
    assert not Involvement.objects.awaiting_response() and not Involvement.objects.awaiting_change()


def test_a_change_is_not_recorded_before_members_have_spoken(world):
    refused(
        "what the members said first",
        record_change,
        by=world.lead,
        involvement=asked(world),
        outcome="changed",
        changed="x",
        changed_on=date(2022, 8, 1),
    )


def test_members_are_told_why_nothing_changed(world):
    involvement = asked(world)
    record_said(by=world.lead, involvement=involvement, said="One page.", said_on=date(2022, 7, 1))
    given = {"by": world.lead, "involvement": involvement, "changed_on": date(2022, 8, 1)}
    refused("why nothing did", record_change, outcome="not_changed", changed=" ", **given)
    refused("Choose whether", record_change, outcome="waiting", changed="x", **given)


def test_the_steps_come_in_order_of_time(world):
    involvement = asked(world)
    given = {"by": world.lead, "said": "One page."}
    refused("before the question", record_said, involvement=involvement, said_on=date(2022, 5, 1), **given)
    involvement.refresh_from_db()
    refused("cannot be in the future", record_said, involvement=involvement, said_on=date(2022, 10, 1), **given)
    refused("Write down", record_said, by=world.lead, involvement=involvement, said="", said_on=date(2022, 7, 1))
    record_said(involvement=involvement, said_on=date(2022, 7, 1), **given)
    refused(
        "before the members spoke",
        record_change,
        by=world.lead,
        involvement=involvement,
        outcome="changed",
        changed="x",
        changed_on=date(2022, 6, 20),
    )


def test_what_is_settled_is_edited_and_not_said_again(world):
    involvement = asked(world)
    record_said(by=world.lead, involvement=involvement, said="One page.", said_on=date(2022, 7, 1))
    record_change(
        by=world.lead, involvement=involvement, outcome="changed", changed="Done.", changed_on=date(2022, 8, 1)
    )
    refused("settled", record_said, by=world.lead, involvement=involvement, said="More", said_on=date(2022, 7, 1))
    update_involvement(by=world.lead, involvement=involvement, said="One page at the front.")
    assert Involvement.objects.get().said == "One page at the front."
    assert AuditEvent.objects.about(involvement).first().fields == ["said"]


def test_the_second_writer_of_an_involvement_is_told(world):
    involvement = asked(world)
    update_involvement(by=world.lead, involvement=Involvement.objects.get(), title="Packs", expected=1)
    with pytest.raises(Conflict):
        update_involvement(by=world.lead, involvement=involvement, title="Bundles", expected=1)
    assert Involvement.objects.get().title == "Packs"


def test_good_practice_is_marked_once_the_story_is_whole_and_can_be_unmarked(world):
    involvement = asked(world)
    refused("what changed first", mark_good_practice, by=world.lead, involvement=involvement, is_good_practice=True)
    involvement.refresh_from_db()
    record_said(by=world.lead, involvement=involvement, said="x", said_on=date(2022, 7, 1))
    record_change(by=world.lead, involvement=involvement, outcome="changed", changed="x", changed_on=date(2022, 8, 1))
    mark_good_practice(by=world.lead, involvement=involvement, is_good_practice=True)
    assert Involvement.objects.get().is_good_practice
    mark_good_practice(by=world.lead, involvement=involvement, is_good_practice=False)
    assert not Involvement.objects.get().is_good_practice


def test_only_the_engagement_lead_keeps_the_register(world, staff, leader):
    involvement = asked(world)
    for user in (staff, leader, world.member):
        with pytest.raises(PermissionDenied):
            add_involvement(by=user, group=world.group, title="x", asked_by="x", asked="x", asked_on=date(2022, 6, 1))
        with pytest.raises(PermissionDenied):
            update_involvement(by=user, involvement=involvement, title="x")
        with pytest.raises(PermissionDenied):
            record_said(by=user, involvement=involvement, said="x", said_on=date(2022, 7, 1))
        with pytest.raises(PermissionDenied):
            record_change(by=user, involvement=involvement, outcome="changed", changed="x", changed_on=date(2022, 8, 1))
        with pytest.raises(PermissionDenied):
            mark_good_practice(by=user, involvement=involvement, is_good_practice=True)
    assert Involvement.objects.get().title == "Papers"


def test_the_platform_itself_must_name_whom_it_speaks_for(proposed):
    refused(
        "Choose a member",
        services.take_position,
        by=SYSTEM,
        agreement=proposed.agreement,
        text_hash=proposed.version.text_hash,
        stance="agree",
    )


# --- What may be seen
def test_drafts_are_read_by_those_who_write_them(world, staff, leader):
    for user in (staff, leader, world.member):
        assert not CharterVersion.objects.visible_to(user).exists()
    assert CharterVersion.objects.visible_to(world.lead).get() == world.version


def test_a_draft_put_aside_stays_out_of_sight(world, staff):
    services.withdraw_version(by=world.lead, version=world.version, reason="Not ready")
    assert not CharterVersion.objects.visible_to(world.member).exists()
    assert not CharterVersion.objects.visible_to(staff).exists()


def test_a_proposed_text_that_was_withdrawn_can_still_be_read(proposed):
    services.withdraw_version(by=proposed.lead, version=proposed.version, reason="More work")
    assert CharterVersion.objects.visible_to(proposed.member).exists()


def test_another_group_sees_nothing(proposed, outsider, assessor, administrator):
    factories.InvolvementFactory(group=proposed.group)
    found(proposed)
    suggest_change(by=proposed.member, section=proposed.section, version=proposed.version, words="Shorter")
    other = factories.user_in(factories.GroupFactory(), "coordinator")
    client = factories.UserFactory(roles=["api_client"])
    for user in (other, outsider, assessor, administrator, client):
        for model in (CharterVersion, Involvement, Waypoint, Suggestion):
            assert not model.objects.visible_to(user).exists(), (user.global_roles, model)
