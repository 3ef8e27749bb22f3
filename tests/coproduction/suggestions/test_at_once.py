"""Two people at one suggestion at the same moment: one answer, one merge, one link. The fault is shown first."""

import pytest

from coproduction.suggestions import services
from coproduction.suggestions.answering.merging import merge_suggestions
from coproduction.suggestions.models import GivenAnswer, Suggestion
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.notices.models import Notice
from tests import factories
from tests.coproduction.at_once import at_once, meet, without_locks

pytestmark = [pytest.mark.postgresql_only, pytest.mark.database, pytest.mark.django_db(transaction=True)]


def suggest(world, words: str) -> Suggestion:
    return services.suggest_change(by=world.member, section=world.section, version=world.version, words=words)


@pytest.fixture
def two_leads(proposed):
    """Two suggestions, and two engagement leads who have both just read the first."""
    proposed.second = factories.UserFactory(roles=["engagement_lead"])
    proposed.row, proposed.other = suggest(proposed, "Shorter, please"), suggest(proposed, "Fewer words, please")
    return proposed


def answer(world, by, status: str, words: str):
    seen = world.row.revision
    return lambda: services.answer_suggestion(by=by, suggestion=world.row, status=status, answer=words, expected=seen)


def both_answer(world) -> list[object]:
    return at_once(
        answer(world, world.lead, "adapted", "Half of it."), answer(world, world.second, "not_now", "Next year.")
    )


def test_without_the_lock_two_answers_both_count_and_the_member_is_told_twice(two_leads, monkeypatch):
    """The fault: both leads find it waiting, and the member is told of a decision that no longer stands."""
    without_locks(monkeypatch)
    meet(monkeypatch, Suggestion, "full_clean")
    found = both_answer(two_leads)
    assert all(isinstance(one, Suggestion) for one in found), found
    assert GivenAnswer.objects.count() == 2


def test_of_two_answers_at_the_same_moment_one_counts_and_the_other_lead_is_shown_it(two_leads, monkeypatch):
    meet(monkeypatch, Suggestion, "full_clean")
    found = both_answer(two_leads)
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "Suggestion"]
    (refusal,) = [one for one in found if isinstance(one, Conflict)]
    given = GivenAnswer.objects.get()
    assert refusal.current.answer == given.answer == Suggestion.objects.get(pk=given.suggestion_id).answer
    assert Notice.objects.filter(person=two_leads.member.person, kind="suggestion").count() == 1


def merge_while_it_is_answered(world) -> list[object]:
    """One lead merges the suggestion into another while a second lead answers it."""
    return at_once(
        lambda: merge_suggestions(by=world.lead, suggestion=world.other, others=[world.row]),
        answer(world, world.second, "adapted", "Half of it."),
    )


def test_without_the_lock_a_suggestion_is_answered_and_merged_at_once(two_leads, monkeypatch):
    """The fault: its answer is kept, and yet it waits for that of another suggestion.

    The answer comes whole between what the merge reads and what it writes: in the other order the database refuses.
    """
    without_locks(monkeypatch)
    clean = Suggestion.full_clean

    def answered_meanwhile(row, *args, **kwargs):
        if row.status == Suggestion.Status.MERGED:
            (given,) = at_once(answer(two_leads, two_leads.second, "adapted", "Half of it."))
            assert isinstance(given, Suggestion), given
        return clean(row, *args, **kwargs)

    monkeypatch.setattr(Suggestion, "full_clean", answered_meanwhile)
    merge_suggestions(by=two_leads.lead, suggestion=two_leads.other, others=[two_leads.row])
    row = Suggestion.objects.get(pk=two_leads.row.pk)
    assert row.merged_into is not None and GivenAnswer.objects.filter(suggestion=row).exists()


def test_a_suggestion_is_answered_or_merged_and_the_other_lead_is_told(two_leads, monkeypatch):
    meet(monkeypatch, Suggestion, "full_clean")
    found = merge_while_it_is_answered(two_leads)
    assert sum(isinstance(one, (Conflict, StateConflict)) for one in found) == 1, found
    row = Suggestion.objects.get(pk=two_leads.row.pk)
    assert (row.merged_into is not None) != GivenAnswer.objects.filter(suggestion=row).exists()
