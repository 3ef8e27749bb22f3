"""A yearly reflection: asked of members, answered in three ways, and tied to no one."""

from collections import Counter
from datetime import date

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from hypothesis import given
from hypothesis import strategies as st

from coproduction.group.models import SupportLink
from coproduction.reflections import services
from coproduction.reflections.figures import Area, area_figures, people_answered, shuffled_words
from coproduction.reflections.models import Reflection, ReflectionAnswer, ReflectionLink
from coproduction.reflections.pseudonyms import key_of, pseudonyms_of, seal
from coproduction.reflections.services import Answers, answer_by_link, answer_reflection
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics.states import StateConflict
from impact.core.jobs.models import OutboxEmail
from tests import factories
from tests.coproduction.reflections.conftest import closed, fill, said, say, tokens

pytestmark = pytest.mark.django_db


def test_each_member_with_an_address_gets_a_link_of_their_own_and_the_token_is_not_kept(asked):
    members = {asked.member.email, *(person.email for person in asked.people)}
    assert set(tokens()) == {email for email in members if email} and asked.reflection.asked == 4
    stored = str(list(ReflectionLink.objects.values()))
    assert not any(token in stored for token in tokens().values())
    for mail in OutboxEmail.objects.all():
        assert "Your name is not kept" in mail.body and "10 October 2022" in mail.body
        assert not any(person.name in mail.body for person in [asked.person, *asked.people])


def test_one_reflection_a_year_by_the_engagement_lead_alone(asked):
    given_ = {"group": asked.group, "closes_on": date(2022, 11, 1)}
    with pytest.raises(ValidationError, match="for this year already"), transaction.atomic():
        services.open_reflection(by=asked.lead, **given_)
    with pytest.raises(PermissionDenied):
        services.open_reflection(by=asked.member, **given_)


def test_a_member_answers_and_changes_their_answers_until_the_last_day(asked):
    answer_reflection(by=asked.member, reflection=asked.reflection, answers=say(2, "Too fast"))
    answer_reflection(by=asked.member, reflection=asked.reflection, answers=say(4))
    assert said(asked, asked.person) == Answers({"trust": 4}, {})
    assert ReflectionAnswer.objects.count() == 1
    with closed(asked), pytest.raises(StateConflict, match="closed on 10 October 2022"):
        answer_reflection(by=asked.member, reflection=asked.reflection, answers=say(5))


def test_the_link_and_the_account_of_a_member_lead_to_the_same_answers(asked):
    answer_by_link(by=SYSTEM, token=tokens()[asked.member.email], answers=say(1, "By link"))
    assert said(asked, asked.person) == Answers({"trust": 1}, {"trust": "By link"})
    answer_reflection(by=asked.member, reflection=asked.reflection, answers=say(5))
    assert ReflectionAnswer.objects.get().answer == {"trust": 5}


def test_a_made_up_link_is_refused(asked):
    with pytest.raises(ValidationError, match="does not work"):
        answer_by_link(by=SYSTEM, token="made-up", answers=say())
    with pytest.raises(PermissionDenied):
        answer_by_link(by=asked.lead, token=tokens()[asked.member.email], answers=say())


@pytest.mark.parametrize(
    "answers",
    [
        Answers(),
        Answers({"trust": 6}),
        Answers({"money": 3}),
        Answers({}, {"trust": "a" * 2001}),
        Answers({}, {"x": "y"}),
    ],
)
def test_answers_that_are_none_of_the_choices_are_refused(asked, answers):
    with pytest.raises(ValidationError):
        answer_reflection(by=asked.member, reflection=asked.reflection, answers=answers)
    assert not ReflectionAnswer.objects.exists()


# --- Written down for someone --------------------------------------------------------------------
def test_what_a_member_entered_is_not_replaced_by_what_someone_writes_down_and_no_one_is_told(asked):
    person = asked.person
    assert answer_reflection(by=asked.lead, reflection=asked.reflection, answers=say(1), person=person) is None
    assert said(asked, person) == say(1)
    answer_reflection(by=asked.member, reflection=asked.reflection, answers=say(5, "My own"))
    assert answer_reflection(by=asked.lead, reflection=asked.reflection, answers=say(2), person=person) is None
    assert said(asked, person) == say(5, "My own")


def test_a_supporter_of_two_members_does_not_mix_them_up(asked):
    supporter = factories.UserFactory()
    first, second, third = asked.people
    for member in (first, second):
        link = {"group": asked.group, "member": member, "supporter": supporter.person}
        SupportLink.objects.create(**link, starts_on=date(2022, 1, 1))
    answer_reflection(by=supporter, reflection=asked.reflection, answers=say(1, "First"), person=first)
    answer_reflection(by=supporter, reflection=asked.reflection, answers=say(5, "Second"), person=second)
    assert (said(asked, first), said(asked, second)) == (say(1, "First"), say(5, "Second"))
    with pytest.raises(PermissionDenied):
        answer_reflection(by=supporter, reflection=asked.reflection, answers=say(), person=third)
    with pytest.raises(ValidationError, match="Choose a member"):
        answer_reflection(by=supporter, reflection=asked.reflection, answers=say())


@pytest.mark.parametrize("role", ["staff", "leadership", "administrator", "assessor", "api_client"])
def test_no_other_role_answers_or_opens(asked, role):
    other = factories.UserFactory(roles=[role])
    with pytest.raises(PermissionDenied):
        answer_reflection(by=other, reflection=asked.reflection, answers=say(), person=asked.person)
    with pytest.raises(PermissionDenied):
        services.send_links(by=other, reflection=asked.reflection)


# --- Tied to no one ------------------------------------------------------------------------------
def test_answering_leaves_no_trace_but_the_answer_itself(asked):
    before = {model: model.objects.count() for model in apps.get_models()}
    events = list(AuditEvent.objects.values_list("pk", flat=True))
    answer_by_link(by=SYSTEM, token=tokens()[asked.member.email], answers=say(3, "Words"))
    answer_reflection(by=asked.lead, reflection=asked.reflection, answers=say(), person=asked.people[0])
    grown = {model for model in apps.get_models() if model.objects.count() != before[model]}
    assert grown == {ReflectionAnswer}
    assert list(AuditEvent.objects.values_list("pk", flat=True)) == events


def test_neither_answers_nor_links_hold_a_person_a_time_or_a_running_number(asked):
    for model in (ReflectionAnswer, ReflectionLink):
        fields = {field.name: type(field) for field in model._meta.get_fields()}
        assert not {models.DateTimeField, models.DateField, models.BigAutoField} & set(fields.values())
        related = {field.related_model for field in model._meta.get_fields() if field.is_relation}
        assert related == {Reflection}


def test_words_do_not_lead_to_scales_without_the_key_and_years_do_not_lead_to_each_other(asked):
    names = pseudonyms_of(key_of(asked.reflection, asked.person))
    assert len(set(names.values())) == len(ReflectionAnswer.PARTS)
    other = Reflection(pk=asked.reflection.pk + 1)
    assert not set(names.values()) & set(pseudonyms_of(key_of(other, asked.person)).values())


def test_the_database_and_a_link_together_give_no_one_away_without_the_key(asked, settings):
    token = tokens()[asked.member.email]
    link, key = services.link_of(token), key_of(asked.reflection, asked.person)
    assert seal(token, link.sealed) == key and link.sealed != key
    settings.SECRET_KEY = "a new key, after which members still find their answers"
    assert seal(token, link.sealed) == key == key_of(asked.reflection, asked.person)
    settings.PSEUDONYM_KEY = "another key, as someone has who holds a copy of the database alone"
    assert seal(token, link.sealed) != key and key_of(asked.reflection, asked.person) != key


# --- Figures -------------------------------------------------------------------------------------
def test_nothing_is_shown_before_it_has_closed(asked):
    fill(asked, *[5] * 8, words="Good")
    assert set(asked.reflection.figures.values()) == {None} and asked.reflection.words == {}


def test_a_group_too_small_is_shown_neither_figures_nor_words(asked):
    fill(asked, 5, 5, 1, 2, words="Some words")
    with closed(asked):
        assert set(asked.reflection.figures.values()) == {None}
        assert (asked.reflection.answered, asked.reflection.words) == (None, {})


def test_a_group_that_is_large_enough_is_shown_in_groups_and_its_words_are_shuffled(asked):
    fill(asked, 4, 5, 4, 5, 4, 1, 2, 3, 1, 2, words="Words of")
    with closed(asked):
        figures, words = asked.reflection.figures, asked.reflection.words["trust"]
    assert (figures["trust_good"], figures["trust_rest"], asked.reflection.answered) == (5, 5, 10)
    assert figures["time_good"] is None
    assert sorted(words) == sorted(f"Words of {n}" for n in range(10)) and words != sorted(words)


def test_everyone_saying_the_same_is_not_shown(asked):
    fill(asked, *[5] * 9)
    with closed(asked):
        assert (asked.reflection.figures["trust_good"], asked.reflection.figures["trust_rest"]) == (None, None)


ROWS = st.lists(st.dictionaries(st.sampled_from(Area.values), st.integers(1, 5)), max_size=60)


@given(ROWS)
def test_no_figure_is_exact_or_small(rows):
    figures = area_figures(rows)
    assert set(figures) == {f"{area}_{name}" for area in Area.values for name in ("good", "rest")}
    for area in Area.values:
        counts = Counter(row[area] >= 4 for row in rows if area in row)
        for name, count in (("good", counts[True]), ("rest", counts[False])):
            shown = figures[f"{area}_{name}"]
            assert shown is None or (shown % 5 == 0 and abs(shown - count) <= 2 and not 0 < count < 5)


@given(st.integers(0, 200))
def test_how_many_answered_is_rounded_and_never_small(count):
    assert people_answered(count) is None if count < 5 else people_answered(count) % 5 == 0


def test_the_order_of_words_differs_from_area_to_area():
    texts = [f"Text {n}" for n in range(12)]
    found = shuffled_words([(area, text) for area in ("time", "trust") for text in texts], 12, "1")
    assert found["time"] != found["trust"] and set(found["time"]) == set(texts)


# --- The engagement lead -------------------------------------------------------------------------
def test_new_links_go_to_all_or_to_one_who_asks_and_earlier_ones_go_on_working(asked):
    first = tokens()[asked.member.email]
    assert services.send_links(by=asked.lead, reflection=asked.reflection, person=asked.person) == 1
    assert AuditEvent.objects.filter(type="reflection.links_sent").get().facts == {}
    for token in {first, tokens()[asked.member.email]}:
        answer_by_link(by=SYSTEM, token=token, answers=say(3))
    assert ReflectionAnswer.objects.count() == 1
    with pytest.raises(ValidationError, match="a member of the group"):
        services.send_links(by=asked.lead, reflection=asked.reflection, person=factories.PersonFactory())


def test_the_last_day_moves_while_it_is_open_and_not_after(asked):
    services.change_closing(by=asked.lead, reflection=asked.reflection, closes_on=date(2022, 10, 20))
    with pytest.raises(ValidationError, match="today or a later day"):
        services.change_closing(by=asked.lead, reflection=asked.reflection, closes_on=date(2022, 9, 14))
    with closed(asked), pytest.raises(StateConflict):
        services.change_closing(by=asked.lead, reflection=asked.reflection, closes_on=date(2022, 12, 1))
