"""Every write about questions to Ask IMPACT: for national staff, and for the team of an Ask IMPACT site its own."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, reject_unknown, save_changes
from impact.core.people.models import User
from impact.core.people.rights.erasure.rows import at_held
from sites.progress.evidence.models import EvidenceItem
from sites.questions.models import ANSWER_WITHIN, AskedQuestion
from sites.registry.models import DeliveryModel, Site

_ABOUT = {"words", "background", "site", "topic", "nation", "asker", "asker_role"}
QUESTION_FIELDS = frozenset(_ABOUT | {"contact_email", "received_on", "due_on"})
State = AskedQuestion.State
IN_WORK = (State.RECEIVED, State.ANSWERING)


def _stripped(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}


def _check_site(site: Site | None) -> None:
    if site is not None and site.delivery_model != DeliveryModel.ASK_IMPACT:
        raise ValidationError({"site": f"{site} is not an Ask IMPACT site. Choose one that is, or none."})


def _check_contact(by: Actor, given: dict[str, Any]) -> None:
    """How to reach someone is written by those who may read it."""
    if given.get("contact_email"):
        require(by, "sites.view_asker")


def _past_day(question: AskedQuestion, field: str, on: date | None, *, after: date | None = None) -> date:
    """The day something was done: today unless told, not in the future, and not before what it follows."""
    found, first = on or clock.today(), after or question.received_on
    clock.reject_future(field, found)
    if found < first:
        what = "answered" if after else "received"
        raise ValidationError({field: f"It was {what} on {day(first)}. Enter that day or a later one."})
    return found


@transaction.atomic
def add_question(*, by: Actor, words: str, is_illustrative: bool = False, **details: Any) -> AskedQuestion:
    """Put a question into the queue, for someone who asked by telephone, email or at a meeting.

    Without a day on which it is due, that is four weeks after it came in.
    """
    require(by, "sites.edit_question", details.get("site"))
    reject_unknown(details, QUESTION_FIELDS)
    _check_site(details.get("site"))
    _check_contact(by, details)
    question = AskedQuestion(
        words=words.strip(), recorded_by_id=by.pk, is_illustrative=is_illustrative, **_stripped(details)
    )
    clock.reject_future("received_on", question.received_on, "the day on which it came in")
    if not details.get("due_on"):
        question.due_on = question.received_on + ANSWER_WITHIN
    question.full_clean()
    question.save()
    audit.record(by, "question.received", question, on=question.received_on.isoformat())
    return question


@transaction.atomic
def update_question(
    *, by: Actor, question: AskedQuestion, expected: int | None = None, **changes: Any
) -> AskedQuestion:
    """Correct what was asked, by whom, or when an answer is due. To which site it belongs is for national staff."""
    require(by, "sites.edit_question", question)
    reject_unknown(changes, QUESTION_FIELDS)
    changes = _stripped(changes)
    if changes.get("site", question.site) != question.site:
        require(by, "sites.edit_question")
        _check_site(changes["site"])
    if changes.get("contact_email", question.contact_email) != question.contact_email:
        require(by, "sites.view_asker")
    if "due_on" in changes and changes["due_on"] is None:
        changes["due_on"] = changes.get("received_on", question.received_on) + ANSWER_WITHIN
    clock.reject_future("received_on", changes.get("received_on"), "the day on which it came in")
    if changed := save_changes(question, changes, expected=expected):
        audit.record(by, "question.changed", question, fields=changed)
    return question


def _in_state(question: AskedQuestion, allowed: Iterable[str], what: str) -> AskedQuestion:
    """The row, locked, if it is in a state in which this is done."""
    found = AskedQuestion.objects.select_for_update(of=("self",)).select_related("site").get(pk=question.pk)
    if found.state not in tuple(allowed):
        raise StateConflict(f"This question is marked “{found.get_state_display()}”. {what}")
    return found


def may_answer(user: User, question: AskedQuestion) -> bool:
    """Whether someone could be given this question."""
    return has_perm(user, "sites.edit_question", question)


@transaction.atomic
def assign_question(
    *, by: Actor, question: AskedQuestion, assignee: User, expected: int | None = None
) -> AskedQuestion:
    """Give a question to the person who answers it. From then on it is being answered."""
    require(by, "sites.edit_question", question)
    question = _in_state(question, IN_WORK, "Reopen it first.")
    if not may_answer(assignee, question):
        raise ValidationError({"assignee": "They may not answer this question. Choose someone from national staff."})
    changed = save_changes(question, {"state": State.ANSWERING, "assignee": assignee}, expected=expected)
    if changed:
        audit.record(by, "question.assigned", question, fields=changed)
    return question


@transaction.atomic
def answer_question(
    *,
    by: Actor,
    question: AskedQuestion,
    answer: str,
    evidence: Iterable[EvidenceItem] = (),
    on: date | None = None,
    expected: int | None = None,
) -> AskedQuestion:
    """Write the answer, with the evidence that it rests on; or correct it before it is shared."""
    require(by, "sites.edit_question", question)
    question = _in_state(question, [*IN_WORK, State.ANSWERED], "Reopen it to change the answer.")
    if not answer.strip():
        raise ValidationError({"answer": "Write the answer."})
    day_of = _past_day(question, "on", on or question.answered_on)
    items = list(evidence)
    links_changed = {item.pk for item in items} != set(question.evidence.values_list("pk", flat=True))
    seen = question.version if expected is None else expected
    changes = {"state": State.ANSWERED, "answer": answer.strip(), "answered_on": day_of}
    changed = save_changes(question, changes, expected=expected)
    if links_changed:
        if not changed:  # the links are rows of their own, so the version moves on here
            if not AskedQuestion.objects.filter(pk=question.pk, version=seen).update(version=seen + 1):
                raise Conflict(AskedQuestion.objects.get(pk=question.pk))
            question.version = seen + 1
        question.evidence.set(items)
        changed.append("evidence")
    if changed:
        audit.record(by, "question.answered", question, fields=changed, on=day_of.isoformat(), evidence=len(items))
    return question


@transaction.atomic
def share_answer(
    *, by: Actor, question: AskedQuestion, how: str, on: date | None = None, expected: int | None = None
) -> AskedQuestion:
    """Record that the asker has the answer, and how they got it."""
    require(by, "sites.edit_question", question)
    question = _in_state(question, [State.ANSWERED], "Write the answer first, then share it.")
    day_of = _past_day(question, "on", on, after=question.answered_on)
    if not how.strip():
        raise ValidationError({"how": "Say how the answer was shared."})
    changes = {"state": State.SHARED, "shared_on": day_of, "shared_how": how.strip()}
    save_changes(question, changes, expected=expected)
    audit.record(by, "question.shared", question, on=day_of.isoformat())
    return question


@transaction.atomic
def decline_question(
    *, by: Actor, question: AskedQuestion, reason: str, on: date | None = None, expected: int | None = None
) -> AskedQuestion:
    """Mark a question as not for us, saying why."""
    require(by, "sites.edit_question", question)
    question = _in_state(question, IN_WORK, "Only a question without an answer can be declined.")
    day_of = _past_day(question, "on", on)
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is not for us."})
    changes = {"state": State.DECLINED, "declined_on": day_of, "declined_reason": reason.strip()}
    save_changes(question, changes, expected=expected)
    audit.record(by, "question.declined", question, on=day_of.isoformat())
    return question


@transaction.atomic
def reopen_question(*, by: Actor, question: AskedQuestion, expected: int | None = None) -> AskedQuestion:
    """Take a question up again. Its earlier answer or reason is kept for the next answer."""
    require(by, "sites.edit_question", question)
    question = _in_state(question, [State.ANSWERED, State.SHARED, State.DECLINED], "It is open already.")
    before = question.state
    changes = {
        "state": State.ANSWERING if question.assignee_id else State.RECEIVED,
        "answered_on": None,
        "shared_on": None,
        "declined_on": None,
    }
    save_changes(question, changes, expected=expected)
    audit.record(by, "question.reopened", question, before=str(before))
    return question


@transaction.atomic
def forget_contacts(*, by: Actor, on: date) -> int:
    """Delete how to reach those whose question was settled 90 days ago, unless there is a legal hold on them. Scheduled
    daily; how many were deleted."""
    require(by, "sites.view_asker")
    old = AskedQuestion.objects.with_old_contacts(on).exclude(at_held("contact_email"))
    rows = list(old.select_for_update(of=("self",)))
    for question in rows:
        save_changes(question, {"contact_email": ""}, expected=None)
        audit.record(by, "question.contact_deleted", question)
    return len(rows)


def questions_of(site: Site) -> list[str]:
    """What ties a site to Ask IMPACT: its questions."""
    number = site.questions.count()
    return [f"{number} question{'' if number == 1 else 's'}"] if number else []
