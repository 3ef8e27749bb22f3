"""Taking questions about a round from anyone, and publishing them with their answers."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from impact.core.jobs.outbox import send_later
from sites.calls.rounds.clarifications.models import Clarification
from sites.calls.rounds.models import Round

State = Clarification.State


def takes_questions(round: Round) -> bool:
    """Whether people can still ask about a round: from its announcement until it closes."""
    return round.is_announced and round.closes_at > clock.now() and not round.is_released


@transaction.atomic
def receive_clarification(
    *, by: Actor, round: Round, words: str, email: str = "", is_illustrative: bool = False
) -> Clarification:
    """Take a question about a round: SYSTEM for a visitor on its page, staff for one asked by phone."""
    require(by, "sites.edit_round")
    if not takes_questions(round):
        raise StateConflict("This round is not open, so it takes no more questions.", code="not_open")
    row = Clarification(
        round=round,
        words=words.strip(),
        email=email.strip().lower(),
        received_at=clock.now(),
        is_illustrative=is_illustrative,
    )
    row.full_clean()
    row.save()
    audit.record(by, "clarification.received", row)
    return row


@transaction.atomic
def answer_clarification(
    *, by: Actor, clarification: Clarification, question: str, answer: str, expected: int | None = None
) -> Clarification:
    """Write the question as it is to be published, and its answer. What is published already changes for everyone."""
    require(by, "sites.edit_round")
    changes = {"question": question.strip(), "answer": answer.strip(), "answered_by_id": by.pk}
    if changed := save_changes(clarification, changes, expected=expected):
        audit.record(by, "clarification.answered", clarification, fields=changed)
    return clarification


@transaction.atomic
def publish_clarification(*, by: Actor, clarification: Clarification) -> Clarification:
    """Put a question and its answer on the round's page, and send the answer to the person who asked."""
    require(by, "sites.edit_round")
    row = Clarification.objects.select_for_update(of=("self",)).select_related("round").get(pk=clarification.pk)
    if row.state == State.PUBLISHED:
        raise StateConflict("This question has been published already.", code="published")
    if not row.question or not row.answer:
        raise ValidationError("Write the question as everyone may read it, and the answer, before you publish them.")
    email = row.email
    save_changes(row, {"state": State.PUBLISHED, "published_at": clock.now(), "email": ""}, expected=None)
    audit.record(by, "clarification.published", row, by_email="yes" if email else "no")
    if email:
        context = {"round": row.round, "clarification": row, "link": settings.SITE_URL + row.get_absolute_url()}
        body = render_to_string("emails/clarification_answered.txt", context).strip() + "\n"
        send_later(event="clarification-answered", to=email, subject="The answer to your question", body=body)
    return row


@transaction.atomic
def set_aside_clarification(*, by: Actor, clarification: Clarification) -> Clarification:
    """Take a question off the list or off the round's page, for one that needs no public answer. It can be taken up again."""
    require(by, "sites.edit_round")
    row = Clarification.objects.select_for_update(of=("self",)).get(pk=clarification.pk)
    if row.state == State.SET_ASIDE:
        raise StateConflict("This question was set aside before.", code="set_aside")
    save_changes(row, {"state": State.SET_ASIDE, "email": "", "published_at": None}, expected=None)
    audit.record(by, "clarification.set_aside", row)
    return row


@transaction.atomic
def take_up_clarification(*, by: Actor, clarification: Clarification) -> Clarification:
    """Put a question that was set aside back among those waiting."""
    require(by, "sites.edit_round")
    row = Clarification.objects.select_for_update(of=("self",)).get(pk=clarification.pk)
    if row.state != State.SET_ASIDE:
        raise StateConflict("This question is not set aside.", code="not_set_aside")
    save_changes(row, {"state": State.WAITING}, expected=None)
    audit.record(by, "clarification.taken_up", row)
    return row
