"""Calls for expressions of interest (rule 6): dates, topics, and a statement of which every wording is kept."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.slugs import free_slug
from impact.core.basics.versions import Conflict, save_changes
from sites.rounds.models import Round, RoundStatement
from sites.topics.models import Topic
from sites.updates.subscriptions.models import Wish
from sites.updates.subscriptions.services import STORIES, Story, tell_subscribers

FIELDS = frozenset({"name", "opens_on", "closes_on", "delivery_models"})


def _state(round: Round, *, offered: str, asked: str, who_for: str) -> RoundStatement | None:
    """Keep a new wording; None when it says the same as the newest one."""
    newest = round.statement
    words = {"offered": offered.strip(), "asked": asked.strip(), "who_for": who_for.strip()}
    if newest and all(getattr(newest, name) == text for name, text in words.items()):
        return None
    statement = RoundStatement(round=round, number=newest.number + 1 if newest else 1, **words)
    statement.full_clean()
    statement.save()
    return statement


@transaction.atomic
def add_round(
    *,
    by: Actor,
    name: str,
    opens_on: date,
    closes_on: date,
    delivery_models: list[str],
    topics: Iterable[Topic],
    offered: str,
    asked: str,
    who_for: str = "",
    slug: str = "",
    is_illustrative: bool = False,
) -> Round:
    """Start a round as a draft with the first wording of its statement, for staff; no one else sees it yet."""
    require(by, "sites.edit_round")
    round = Round(
        name=name.strip(),
        slug=slug or free_slug(Round, name),
        opens_on=opens_on,
        closes_on=closes_on,
        delivery_models=list(delivery_models),
        is_illustrative=is_illustrative,
    )
    round.full_clean()
    round.save()
    round.topics.set(topics)
    _state(round, offered=offered, asked=asked, who_for=who_for)
    audit.record(by, "round.added", round)
    return round


def _touch(round: Round, expected: int | None) -> None:
    """Move a round's version on although no column of its own changed."""
    seen = round.version if expected is None else expected
    if not Round.objects.filter(pk=round.pk, version=seen).update(version=seen + 1):
        raise Conflict(Round.objects.get(pk=round.pk))
    round.version = seen + 1


@transaction.atomic
def update_round(
    *, by: Actor, round: Round, expected: int | None = None, topics: Iterable[Topic] | None = None, **changes: Any
) -> Round:
    """Change a round's name, dates, delivery models or topics, for staff."""
    require(by, "sites.edit_round")
    if unknown := set(changes) - FIELDS:
        raise TypeError(f"update_round does not change {sorted(unknown)}")
    changed = save_changes(round, changes, expected=expected)
    if topics is not None and set(topics) != set(round.topics.all()):
        if not changed:
            _touch(round, expected)
        changed.append("topics")
        round.topics.set(topics)
        if round.is_announced and not round.topics.exists():
            raise ValidationError({"topics": "This round has been announced, so it needs at least one topic."})
    if changed:
        audit.record(by, "round.changed", round, fields=changed)
    return round


@transaction.atomic
def restate_round(
    *, by: Actor, round: Round, offered: str, asked: str, who_for: str = "", expected: int | None = None
) -> RoundStatement:
    """Put what is offered and asked into new words. The old wording is kept: applicants may have seen it."""
    require(by, "sites.edit_round")
    if round.closes_on < clock.today():
        raise ValidationError("This round has closed, so its statement can no longer change.")
    statement = _state(round, offered=offered, asked=asked, who_for=who_for)
    if statement is None:
        newest = round.statement
        assert newest is not None  # noqa: S101  without a newest one, _state makes the first
        return newest
    _touch(round, expected)
    audit.record(by, "round.restated", round, statement=statement.number)
    return statement


@transaction.atomic
def announce_round(*, by: Actor, round: Round) -> Round:
    """Make a round public, once it says about what, and what is offered and asked."""
    require(by, "sites.edit_round")
    round = Round.objects.select_for_update().get(pk=round.pk)
    if round.is_announced:
        raise ValidationError("This round has already been announced.")
    missing = []
    if not round.topics.exists():
        missing.append("at least one topic")
    if round.statement is None:
        missing.append("a statement of what is offered and asked")
    if missing:
        raise ValidationError(f"Before it can be announced, the round needs {' and '.join(missing)}. Edit it first.")
    if round.closes_on < clock.today():
        raise ValidationError("The closing date has passed. Edit the dates first.")
    save_changes(round, {"is_announced": True}, expected=None)
    audit.record(by, "round.announced", round, opens_on=round.opens_on.isoformat())
    tell_subscribers("round", round.pk, mark="announced")
    return round


def _story_of(pk: int) -> Story | None:
    """What to tell subscribers of one round; None once it has closed."""
    round = Round.objects.filter(pk=pk, is_announced=True, closes_on__gte=clock.today()).first()
    if round is None:
        return None
    topics = list(round.topics.all())
    about = ", ".join(topic.name for topic in topics)
    return Story(
        wish=Wish.ROUNDS,
        subject=f"A call for expressions of interest: {round.name}",
        words=f"You can apply from {day(round.opens_on)} to {day(round.closes_on)}. It is about: {about}.",
        path=round.get_absolute_url(),
        topics=[topic.pk for topic in topics],
    )


STORIES["round"] = _story_of
