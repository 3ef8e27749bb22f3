"""The demonstration's rounds of equality monitoring: one that has closed, and one that is open."""

from datetime import timedelta

from django.db import transaction

from coproduction.management.demo import shapes
from coproduction.reflections.equality import services
from coproduction.reflections.equality.models import EqualityRound
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import User
from impact.core.people.rights.equality.figures import nation_of
from impact.core.people.rights.equality.questions import questions
from networks.groups.models import GroupKind

KINDS = [GroupKind.LOCAL_NETWORK, GroupKind.ADVISORY_GROUP]


@transaction.atomic
def build_equality(staff: User) -> None:
    """Build the rounds, where there are none. No emails: letters can be made from the page of the open round."""
    if EqualityRound.objects.exists():
        return
    for row in read(__file__, "equality.toml", dict[int, shapes.EqualityRound]).values():
        with clock.standing_on(row.opened_on):
            one = services.open_round(by=staff, kinds=KINDS, closes_on=row.closes_on, is_illustrative=True, send=False)
            if row.answers:
                _answer(one, row)
        if row.closes_on < clock.today():
            with clock.standing_on(row.closes_on + timedelta(days=1)):
                services.close_round(by=SYSTEM, round=one)


def _answer(one: EqualityRound, row: shapes.EqualityRound) -> None:
    """Each person asked answers with the next of each question's answers, and every so many-th not at all."""
    for n, invitation in enumerate(one.invitations.order_by("person")):
        if n % row.silent == row.silent - 1:
            continue
        asked = {question.key: dict(question.choices) for question in questions(nation_of(invitation.stratum))}
        said = {key: answers[n % len(answers)] for key, answers in row.answers.items()}
        given = {key: answer for key, answer in said.items() if answer in asked.get(key, {})}
        services.answer(by=SYSTEM, token=services.new_token(invitation), answers=given)
