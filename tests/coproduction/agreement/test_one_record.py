"""Answers of two records of one person to one text."""

import pytest

from coproduction.agreement.models import AgreementRound, Position
from impact.core.basics import clock
from tests.core.people.rights.rows import make
from tests.core.people.rights.test_merging import two, why_not

pytestmark = pytest.mark.django_db


@pytest.mark.sqlite_only
def test_a_person_is_not_counted_twice_in_a_closed_round_where_one_answer_was_replaced_later(no_checks):
    kept, other = two()
    agreement = make(AgreementRound)
    replaced = Position.objects.create(
        round=agreement, person=kept, stance="agree", counted_at_closing=True, replaced_at=clock.now()
    )
    Position.objects.create(round=agreement, person=kept, stance="agree", is_late=True)
    Position.objects.create(round=agreement, person=other, stance="agree", counted_at_closing=True)
    assert "What was counted then does not change" in why_not(kept, other)
    Position.objects.filter(pk=replaced.pk).update(counted_at_closing=False)
    assert why_not(kept, other) == ""
