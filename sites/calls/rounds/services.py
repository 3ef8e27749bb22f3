"""Calls for expressions of interest (rule 6): times, topics, and a statement of which every wording is kept."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import when
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, reject_unknown, save_changes, tidy
from impact.core.basics.words.slugs import free_slug
from impact.core.jobs.outbox import send_later
from sites.calls.rounds.models import ClosingMove, Round, RoundStatement
from sites.registry.models import Site
from sites.topics.models import Topic
from sites.updates.subscriptions.models import Wish
from sites.updates.subscriptions.services import STORIES, Story, tell_subscribers

FIELDS = frozenset({"name", "opens_at", "closes_at", "delivery_models", "guidance", "recruits_for"})


def _state(round: Round, *, offered: str, asked: str, who_for: str) -> RoundStatement | None:
    """Keep a new wording; None when it says the same as the newest one."""
    newest = round.statement
    words = {"offered": tidy(offered), "asked": tidy(asked), "who_for": tidy(who_for)}
    if newest and all(tidy(getattr(newest, name)) == text for name, text in words.items()):
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
    opens_at: datetime,
    closes_at: datetime,
    offered: str,
    asked: str,
    who_for: str = "",
    delivery_models: Iterable[str] = (),
    topics: Iterable[Topic] = (),
    purpose: str = Round.Purpose.SITES,
    recruits_for: Site | None = None,
    guidance: str = "",
    slug: str = "",
    is_illustrative: bool = False,
) -> Round:
    """Start a round as a draft with the first wording of its statement, for staff; no one else sees it yet."""
    require(by, "sites.edit_round")
    round = Round(
        name=name.strip(),
        slug=slug or free_slug(Round, name),
        purpose=purpose,
        recruits_for=recruits_for,
        opens_at=opens_at,
        closes_at=closes_at,
        delivery_models=list(delivery_models),
        guidance=guidance.strip(),
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
    *,
    by: Actor,
    round: Round,
    expected: int | None = None,
    topics: Iterable[Topic] | None = None,
    reason: str = "",
    **changes: Any,
) -> Round:
    """Change a round's name, times, delivery models, guidance or topics, for staff.

    When the closing time of an announced round moves, its page says so with ``reason``, and everyone with a draft gets
    an email.
    """
    require(by, "sites.edit_round")
    reject_unknown(changes, FIELDS)
    topics = set(topics) if topics is not None else None
    before = Round.objects.select_for_update().get(pk=round.pk)
    _refuse_times(before, changes)
    _refuse_fewer_choices(before, topics, changes)
    changed = save_changes(round, changes, expected=expected)
    if topics is not None and topics != set(round.topics.all()):
        if not changed:
            _touch(round, expected)
        changed.append("topics")
        round.topics.set(topics)
        if round.is_announced and not round.is_recruitment and not round.topics.exists():
            raise ValidationError({"topics": "This round has been announced, so it needs at least one topic."})
    if changed:
        audit.record(by, "round.changed", round, fields=changed)
    if "closes_at" in changed and round.is_announced:
        _tell_of_closing(by, round, before.closes_at, reason)
    return round


def _refuse_times(round: Round, changes: dict[str, Any]) -> None:
    """Raise when new times would surprise applicants, or open a round whose decisions are out."""
    now = clock.now()
    opens, closes = changes.get("opens_at", round.opens_at), changes.get("closes_at", round.closes_at)
    if closes != round.closes_at and round.is_released:
        raise StateConflict(
            "The decisions of this round have been sent, so it cannot be opened again and its closing time stays as it "
            "is. Prepare a new round instead.",
            code="released",
        )
    if closes != round.closes_at and round.is_announced and closes <= now:
        raise ValidationError(
            {"closes_at": "This time has passed. To close the round soon, choose a time from now on."}
        )
    if opens != round.opens_at and opens > now and round.applications.exists():
        raise ValidationError(
            {
                "opens_at": "Applications have been started, so the round cannot open later than now. Keep the earlier time."
            }
        )


def _refuse_fewer_choices(round: Round, topics: set[Topic] | None, changes: dict[str, Any]) -> None:
    """Raise when a topic or delivery model goes that someone who has begun may have chosen: questions offer them."""
    if not round.applications.exists():
        return
    words = "Applications have been started, so you can add {0} but not take any away."
    if topics is not None and not set(round.topics.all()) <= topics:
        raise ValidationError({"topics": words.format("topics")})
    if not set(round.delivery_models) <= set(changes.get("delivery_models", round.delivery_models)):
        raise ValidationError({"delivery_models": words.format("delivery models")})


def _tell_of_closing(by: Actor, round: Round, before: datetime, reason: str) -> None:
    """Put a moved closing time on the round's page, and write to those who are writing an application."""
    move = ClosingMove(round=round, before=before, after=round.closes_at, reason=reason.strip(), moved_at=clock.now())
    move.full_clean()
    move.save()
    drafts = round.applications.filter(state="draft").exclude(email="")
    for application in drafts:
        context = {
            "round": round,
            "move": move,
            "is_earlier": move.after < move.before,
            "application": application,
            "link": settings.SITE_URL + round.get_absolute_url(),
        }
        send_later(
            event="application-reminder",
            to=application.email,
            subject=f"{round.name} now closes on {round.closes_in_words}",
            body=render_to_string("emails/round_closing_moved.txt", context).strip() + "\n",
        )
    audit.record(
        by,
        "round.closing_moved",
        round,
        before=move.before_in_words,
        after=move.after_in_words,
        drafts=len(drafts),
    )


@transaction.atomic
def restate_round(
    *, by: Actor, round: Round, offered: str, asked: str, who_for: str = "", expected: int | None = None
) -> RoundStatement:
    """Put what is offered and asked into new words. The old wording is kept: applicants may have seen it."""
    require(by, "sites.edit_round")
    if round.closes_at <= clock.now():
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
    if not round.is_recruitment and not round.topics.exists():
        missing.append("at least one topic")
    if round.statement is None:
        missing.append("a statement of what is offered and asked")
    if missing:
        raise ValidationError(f"Before it can be announced, the round needs {' and '.join(missing)}. Edit it first.")
    if round.closes_at <= clock.now():
        raise ValidationError("The closing time has passed. Edit the times first.")
    save_changes(round, {"is_announced": True}, expected=None)
    audit.record(by, "round.announced", round, opens_on=timezone.localtime(round.opens_at).date().isoformat())
    tell_subscribers("round", round.pk, mark="announced")
    return round


def _story_of(pk: int) -> Story | None:
    """What to tell subscribers of one round; None once it has closed."""
    round = (
        Round.objects.filter(pk=pk, is_announced=True).not_closed(clock.now()).select_related("recruits_for").first()
    )
    if round is None:
        return None
    topics = {topic.pk: topic.name for topic in round.topics.all()}
    if round.recruits_for:
        topics |= {round.recruits_for.topic_id: round.recruits_for.topic.name}
    about = f" It is about: {', '.join(topics.values())}." if topics else ""
    return Story(
        wish=Wish.VACANCIES if round.purpose == Round.Purpose.COORDINATORS else Wish.ROUNDS,
        subject=f"A new call: {round.name}",
        words=f"You can apply from {when(round.opens_at)} to {when(round.closes_at)}, UK time.{about}",
        path=round.get_absolute_url(),
        topics=list(topics),
    )


STORIES["round"] = _story_of
