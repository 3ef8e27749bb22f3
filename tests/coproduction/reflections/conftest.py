"""A reflection that is open, and ways to fill it."""

from datetime import date, timedelta

import pytest

from coproduction.reflections import services
from coproduction.reflections.pseudonyms import key_of
from coproduction.reflections.services import Answers, answer_reflection, earlier_answers
from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from tests import factories


@pytest.fixture
def asked(world):
    """The four members are asked, until 10 October 2022."""
    world.reflection = services.open_reflection(by=world.lead, group=world.group, closes_on=date(2022, 10, 10))
    world.person = world.member.person
    return world


def say(point=4, words="", area="trust"):
    return Answers({area: point}, {area: words} if words else {})


def said(w, person):
    return earlier_answers(key_of(w.reflection, person))


def tokens():
    """The tokens in the emails, by mailbox."""
    return {mail.to: mail.body.split("/reflect/")[1].split("/")[0] for mail in OutboxEmail.objects.all()}


def closed(w):
    w.reflection.refresh_from_db()
    return clock.standing_on(w.reflection.closes_on + timedelta(days=1))


def fill(w, *points, words=""):
    """One more member for each point, whose answers about trust the engagement lead writes down."""
    for n, point in enumerate(points):
        person = factories.MembershipFactory(group=w.group).person
        answers = say(point, f"{words} {n}" if words else "")
        answer_reflection(by=w.lead, reflection=w.reflection, answers=answers, person=person)
