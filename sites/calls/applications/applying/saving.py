"""Keeping answers as they are written, question by question, so that two people can write at the same time.

As in the log of a meeting, each answer carries a mark of what its page showed. One that was not touched is left alone;
a touched one is written if it is still as the page showed it; otherwise both texts are shown.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from impact.core.access.permissions import Actor, require
from impact.core.basics.versions import mark, tidy
from sites.calls.applications import services
from sites.calls.applications.models import Application
from sites.calls.rounds.questions.answering import words_in
from sites.calls.rounds.questions.models import Kind, Question

LONGEST = 60_000  # characters of a draft answer: longer than the longest that may be submitted, so that it can be cut
TOO_LONG = (
    "This answer has {words:,} words, which is more than we can store. It has not been saved, and your words are still "
    "on this page. Shorten it to {most:,} characters, then save again."
)


@dataclass(frozen=True)
class Sent:
    """One answer as a page sends it, and the mark of what the page showed before."""

    value: Any
    was: str = ""


@dataclass
class Saved:
    """What became of the answers of a page."""

    application: Application
    marks: dict[str, str]  # question → the mark of what is stored now, for those that are stored as sent
    clashes: dict[str, Any]  # question → what someone else wrote in the meantime
    refused: dict[str, str]  # question → why it was not stored

    @property
    def is_complete(self) -> bool:
        return not self.clashes and not self.refused


def mark_of(value: Any) -> str:
    """The mark of an answer; none and an empty one are the same."""
    if isinstance(value, list):
        return mark(json.dumps(sorted(value))) if value else mark("")
    return mark("" if value is None else str(value))


def read(question: Question, data: Mapping[str, Any]) -> Any:
    """An answer as it was typed: a text, or a list of what was ticked."""
    if question.kind == Kind.SEVERAL_OF:
        getlist = getattr(data, "getlist", None)
        return [text.replace("\0", "") for text in (getlist(question.key) if getlist else data.get(question.key) or [])]
    return tidy(str(data.get(question.key) or "").replace("\0", ""))


def sent_from(questions: list[Question], data: Mapping[str, Any]) -> dict[str, Sent]:
    """The answers that a page sent: of those questions whose mark came with it. Files come on their own."""
    shown = [q for q in questions if q.kind != Kind.FILE and f"{q.key}-was" in data]
    return {q.key: Sent(read(q, data), str(data[f"{q.key}-was"])) for q in shown}


@transaction.atomic
def save_answers(*, by: Actor, application: Application, sent: Mapping[str, Sent]) -> Saved:
    """Keep the answers of a page, complete or not, and say of each whether it is stored.

    An answer that is far too long, or that someone else changed meanwhile, is not; the others are.
    """
    require(by, "sites.enter_application")
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("round", "question_set")
        .get(pk=application.pk)
    )
    services.refuse_when_over(by, application)
    known = {question.key for question in application.question_set.questions()}
    saved = Saved(application, marks={}, clashes={}, refused={})
    changed: dict[str, Any] = {}
    for key, one in sent.items():
        current = application.draft.get(key)
        ours, theirs = mark_of(one.value), mark_of(current)
        if key not in known:
            saved.refused[key] = "This question is no longer asked, so its answer was not saved."
        elif ours in (theirs, one.was):  # the same as what is stored, or not touched on this page
            saved.marks[key] = ours
        elif one.was != theirs:
            saved.clashes[key] = current
        elif isinstance(one.value, str) and len(one.value) > LONGEST:
            saved.refused[key] = TOO_LONG.format(words=words_in(one.value), most=LONGEST)
        else:
            changed[key], saved.marks[key] = one.value, ours
    if changed:
        saved.application = services.save_draft(by=by, application=application, answers=changed)
    return saved
