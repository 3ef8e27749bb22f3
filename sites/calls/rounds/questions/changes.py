"""What changed from one version of a round's questions to another, question by question, for those who began earlier."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sites.calls.rounds.questions.facts import choices_of
from sites.calls.rounds.questions.models import Kind, Question, QuestionSet

QUOTED = 90  # characters of a question that a sentence quotes


class What(StrEnum):
    """The ways in which a question can change."""

    ADDED = "added"
    REMOVED = "removed"
    REWORDED = "reworded"
    KIND = "kind"
    LIMIT = "limit"
    CHOICES = "choices"
    REQUIRED = "required"
    CONDITION = "condition"
    ELIGIBILITY = "eligibility"
    HELP = "help"


@dataclass(frozen=True)
class Change:
    """One thing that changed about one question. ``words`` is a sentence for an applicant, with its full stop."""

    key: str
    what: What
    label: str  # the question as it is now, or as it was where it is gone
    words: str
    needs_answer: bool = False  # whether an answer has to be given or looked at again


def changes_between(old: QuestionSet, new: QuestionSet) -> list[Change]:
    """What changed for an applicant who began on ``old`` and goes on with ``new``.

    Questions are matched by key, so a question that only moved is not a change. In the order of ``new``; questions
    that are gone come last, in the order of ``old``. Two queries.
    """
    before = {question.key: question for question in old.questions()}
    after = {question.key: question for question in new.questions()}
    found: list[Change] = []
    for key, question in after.items():
        earlier = before.get(key)
        if earlier is None:
            extra = "" if question.is_required else " You do not have to answer it."
            found.append(
                Change(
                    key, What.ADDED, question.label, f"New question: {_quoted(question)}.{extra}", question.is_required
                )
            )
        else:
            found += _changed(earlier, question, before, after)
    found += [
        Change(key, What.REMOVED, question.label, f"We no longer ask {_quoted(question)}.")
        for key, question in before.items()
        if key not in after
    ]
    return found


def in_markdown(changes: Iterable[Change]) -> str:
    """The changes as a list in Markdown, to start what staff tell applicants."""
    return "\n".join(f"- {change.words}" for change in changes)


def limits_in_words(question: Question) -> str:
    """How long or how large an answer may be: "up to 300 words", "from 0 to 50,000". Empty without a limit."""
    unit = "£" if question.kind == Kind.MONEY else ""
    if question.word_limit:
        return f"up to {question.word_limit:,} {'word' if question.word_limit == 1 else 'words'}"
    least, most = _amount(question.least, unit), _amount(question.most, unit)
    if least and most:
        return f"from {least} to {most}"
    if least:
        return f"at least {least}"
    return f"at most {most}" if most else ""


def condition_in_words(question: Question, earlier: Question | None) -> str:
    """When a question is asked: ‘only if you answer “England” to “Which nation?”’. Empty when it always is."""
    if not question.only_if_key:
        return ""
    answers = " or ".join(f"“{answer_in_words(earlier, value)}”" for value in question.only_if_values)
    asked = f"“{_short(earlier.label)}”" if earlier else "an earlier question"
    return f"only if you answer {answers} to {asked}"


def answer_in_words(question: Question | None, value: Any) -> str:
    """One chosen value as people read it."""
    if value in ("yes", "no"):
        return str(value).capitalize()
    if question is not None and question.fact:
        return dict(choices_of(question.section.question_set.round, question.fact)).get(str(value), str(value))
    return str(value)


def _changed(
    earlier: Question, question: Question, before: dict[str, Question], after: dict[str, Question]
) -> list[Change]:
    """Every way in which one question changed."""
    key, label = question.key, question.label
    found: list[tuple[What, str, bool]] = []
    if _plain(earlier.label) != _plain(label):
        found.append((What.REWORDED, f"{_quoted(earlier)} now reads {_quoted(question)}.", True))
    if earlier.kind != question.kind:
        kind = Kind(question.kind).label.lower()
        found.append((What.KIND, f"{_quoted(question)} now asks for {kind}. Please answer it again.", True))
    if limits_in_words(earlier) != limits_in_words(question):
        now = limits_in_words(question)
        words = f"Your answer to {_quoted(question)} may now be {now}." if now else _no_limit(question)
        found.append((What.LIMIT, words, _is_stricter(earlier, question)))
    if earlier.choices != question.choices and earlier.kind == question.kind:
        found.append((What.CHOICES, _choices(earlier, question), bool(set(earlier.choices) - set(question.choices))))
    if earlier.is_required != question.is_required:
        words = "must now be answered" if question.is_required else "no longer has to be answered"
        found.append((What.REQUIRED, f"{_quoted(question)} {words}.", question.is_required))
    was = (earlier.only_if_key, sorted(earlier.only_if_values))
    if was != (question.only_if_key, sorted(question.only_if_values)):
        when = condition_in_words(question, after.get(question.only_if_key))
        words = f"We now ask {_quoted(question)} {when or 'of everyone'}."
        found.append((What.CONDITION, words, not question.only_if_key and question.is_required))
    if earlier.must_be != question.must_be:
        must = f"The answer to {_quoted(question)} must now be {question.must_be} to apply."
        words = must if question.must_be else f"You can now apply whatever you answer to {_quoted(question)}."
        found.append((What.ELIGIBILITY, words, bool(question.must_be)))
    if not found and _plain(earlier.help_text) != _plain(question.help_text):
        found.append((What.HELP, f"The advice on answering {_quoted(question)} changed.", False))
    return [Change(key, what, label, words, is_work) for what, words, is_work in found]


def _choices(earlier: Question, question: Question) -> str:
    """Which choices came and went."""
    came = [f"“{choice}”" for choice in question.choices if choice not in earlier.choices]
    went = [f"“{choice}”" for choice in earlier.choices if choice not in question.choices]
    parts = [f"you can now choose {', '.join(came)}" if came else "", f"{', '.join(went)} is gone" if went else ""]
    if len(went) > 1:
        parts[1] = f"{', '.join(went)} are gone"
    said = " and ".join(part for part in parts if part)
    return f"In {_quoted(question)}, {said}." if said else f"The choices of {_quoted(question)} are in another order."


def _no_limit(question: Question) -> str:
    return f"Your answer to {_quoted(question)} no longer has a limit of its own."


def _is_stricter(earlier: Question, question: Question) -> bool:
    """Whether an answer that was allowed may no longer be."""
    shorter = question.word_limit is not None and question.word_limit < (earlier.word_limit or Question.LONGEST_ANSWER)
    lower = question.most is not None and (earlier.most is None or question.most < earlier.most)
    higher = question.least is not None and (earlier.least is None or question.least > earlier.least)
    return shorter or lower or higher


def _amount(number: Any, unit: str) -> str:
    if number is None:
        return ""
    return f"{unit}{number:,.0f}" if number == int(number) else f"{unit}{number:,.2f}"


def _plain(text: str) -> str:
    """A text without differences of white space, which applicants do not see."""
    return " ".join(text.split())


def _short(label: str) -> str:
    return label if len(label) <= QUOTED else f"{label[: QUOTED - 1].rstrip()}…"


def _quoted(question: Question) -> str:
    return f"“{_short(question.label)}”"
