"""The demonstration's rounds: what they offer and ask, their questions in two versions, and what people asked about them."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.management.demo import read
from sites.calls.rounds import services
from sites.calls.rounds.clarifications import services as clarifications
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions import services as questions
from sites.calls.rounds.questions.models import Question
from sites.management.demo import shapes
from sites.registry.models import Site
from sites.topics.models import Topic


def build_rounds(topics: Mapping[str, Topic]) -> None:
    """Make the rounds with their questions, or find them by their addresses."""
    for slug, row in read(__file__, "rounds.toml", dict[str, shapes.Round]).items():
        if not Round.objects.filter(slug=slug).exists():
            _round(slug, row, topics)


def _uk(moment: datetime) -> datetime:
    return timezone.make_aware(moment)


def _round(slug: str, row: shapes.Round, topics: Mapping[str, Topic]) -> None:
    first, *later = row.statements
    with clock.standing_on(row.announced_on):
        round = services.add_round(
            by=SYSTEM,
            slug=slug,
            name=row.name,
            purpose=row.purpose,
            recruits_for=Site.objects.get(slug=row.recruits_for) if row.recruits_for else None,
            opens_at=_uk(row.opens_at),
            closes_at=_uk(row.closes_at),
            delivery_models=list(row.delivery_models),
            topics=[t for t in topics.values() if row.topics_of is not None and t.proposed_for == row.topics_of],
            guidance=row.guidance,
            offered=first.offered,
            asked=first.asked,
            who_for=first.who_for,
            is_illustrative=True,
        )
        for words in later:
            services.restate_round(
                by=SYSTEM, round=round, offered=words.offered, asked=words.asked, who_for=words.who_for
            )
        version = questions.start_version(by=SYSTEM, round=round)
        for block in row.blocks:
            questions.add_block(by=SYSTEM, questions=version, block=block)
        questions.publish_version(by=SYSTEM, questions=version)
        round = services.announce_round(by=SYSTEM, round=round)
    if row.revision is not None:
        _revise(round, row.revision)
    for asked in row.asked:
        _ask(round, asked)


def _revise(round: Round, row: shapes.Revision) -> None:
    """Publish the second version of the questions."""
    with clock.standing_on(row.on):
        newest = questions.newest_published(round)
        version = questions.start_version(by=SYSTEM, round=round, copy_of=newest)
        by_key = {q.key: q for q in Question.objects.filter(section__question_set=version)}
        for key, limit in row.word_limits.items():
            questions.update_question(by=SYSTEM, question=by_key[key], word_limit=limit)
        questions.publish_version(by=SYSTEM, questions=version, what_changed=row.what_changed)


def _ask(round: Round, row: shapes.Asked) -> None:
    """Take a question about a round and, where there is an answer, publish both."""
    with clock.standing_on(row.on):
        asked = clarifications.receive_clarification(by=SYSTEM, round=round, words=row.words, is_illustrative=True)
    if row.answered_on is not None:
        with clock.standing_on(row.answered_on):
            clarifications.answer_clarification(
                by=SYSTEM, clarification=asked, question=row.question, answer=row.answer
            )
            clarifications.publish_clarification(by=SYSTEM, clarification=asked)
