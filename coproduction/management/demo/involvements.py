"""Who was invited to the involvements of the demonstration, what they said, and which summaries everyone can read."""

from typing import Any

from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part.services import (
    answer_invitation,
    invite_members,
    publish_summary,
    record_took_part,
    say_words,
)
from coproduction.management.demo import shapes
from impact.core.basics import clock
from impact.core.people.models import Person, User


def take_part(
    lead: User, member: User, people: list[Person], involvement: Involvement, row: shapes.Involvement
) -> None:
    """Invite members, and keep their yes or no and their own words. Number 0 is the member who has an account."""
    if not row.invited:
        return
    persons = {0: member.person, **dict(enumerate(people, start=1))}
    with clock.standing_on(row.asked_on):
        invite_members(by=lead, involvement=involvement, people=[persons[number] for number in row.invited])
    for part in row.parts:
        given: dict[str, Any] = {} if part.member == 0 else {"person": persons[part.member], "told": part.told}
        by = lead if part.member else member
        with clock.standing_on(part.on):
            answer_invitation(by=by, involvement=involvement, accepts=part.accepts, **given)
            if part.words:
                say_words(by=by, involvement=involvement, words=part.words, **given)
    if row.said_on:
        came = [persons[part.member] for part in row.parts if part.accepts]
        with clock.standing_on(row.said_on):
            record_took_part(by=lead, involvement=involvement, people=came)


def publish(lead: User, involvement: Involvement, row: shapes.Involvement) -> None:
    """Approve the summary for everyone, on the day it was settled."""
    if row.public_summary and row.changed_on:
        with clock.standing_on(row.changed_on):
            publish_summary(by=lead, involvement=involvement, public_summary=row.public_summary)
