"""Preparing what a round asks. Only a version in preparation changes; once published it stays as it is for ever."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.template.loader import render_to_string
from django.utils.text import slugify

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, reject_unknown, save_changes
from impact.core.jobs.outbox import send_later
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions import rules
from sites.calls.rounds.questions.blocks import blocks_for, fact
from sites.calls.rounds.questions.changes import changes_between, in_markdown
from sites.calls.rounds.questions.models import Kind, Question, QuestionSet, Section

WORDING = frozenset({"label", "help_text", "is_required", "names_applicant"})
BY_KIND: dict[str, frozenset[str]] = {  # what else a question of each kind has
    Kind.SHORT: frozenset({"word_limit"}),
    Kind.LONG: frozenset({"word_limit"}),
    Kind.NUMBER: frozenset({"least", "most"}),
    Kind.MONEY: frozenset({"least", "most"}),
    Kind.ONE_OF: frozenset({"choices"}),
    Kind.SEVERAL_OF: frozenset({"choices"}),
    Kind.YES_NO: frozenset({"must_be"}),
}
COPIED = [field.name for field in Question._meta.fields if field.name not in {"id", "section", "version"}]


# --- A version as a whole ------------------------------------------------------------------------
@transaction.atomic
def start_version(*, by: Actor, round: Round, copy_of: QuestionSet | None = None) -> QuestionSet:
    """Begin the next version of a round's questions: empty, or as a copy of another version or of another round's."""
    require(by, "sites.edit_round")
    round = Round.objects.select_for_update().get(pk=round.pk)
    if round.question_sets.in_preparation().exists():
        raise StateConflict("A new version of these questions is already being prepared. Finish or discard it first.")
    if round.is_released:
        raise StateConflict("The decisions of this round have been sent, so its questions can no longer change.")
    newest = round.question_sets.aggregate(newest=Max("number"))["newest"] or 0
    made = QuestionSet.objects.create(round=round, number=newest + 1)
    if copy_of is not None:
        _copy(copy_of, made)
    facts = {"copied_from": str(copy_of)} if copy_of is not None else {}
    audit.record(by, "questions.started", round, version=made.number, **facts)
    return made


def _copy(source: QuestionSet, made: QuestionSet) -> None:
    """Copy every section and question, with the keys that keep answers with their question."""
    for section in source.sections.all():
        twin = Section.objects.create(
            question_set=made,
            order=section.order,
            title=section.title,
            intro=section.intro,
            is_eligibility=section.is_eligibility,
        )
        Question.objects.bulk_create(
            Question(section=twin, **{name: getattr(question, name) for name in COPIED})
            for question in section.questions.all()
        )


@transaction.atomic
def discard_version(*, by: Actor, questions: QuestionSet) -> None:
    """Delete a version in preparation with all that was prepared. Published versions stay."""
    questions = _open(by, questions)
    audit.record(by, "questions.discarded", questions.round, version=questions.number)
    questions.delete()


@transaction.atomic
def publish_version(
    *, by: Actor, questions: QuestionSet, what_changed: str = "", expected: int | None = None
) -> QuestionSet:
    """Publish a version: new applications answer it, and those who began earlier are told what changed."""
    questions = _open(by, questions)
    round = questions.round
    if expected is not None and questions.version != expected:
        raise Conflict(questions)
    if round.closes_at <= clock.now():
        raise StateConflict("This round has closed, so its questions can no longer change.", code="closed")
    if problems := rules.problems_of(round, list(questions.sections.all()), questions.questions()):
        raise ValidationError(problems)
    earlier = newest_published(round)
    if earlier is not None:
        if not changes_between(earlier, questions):
            raise ValidationError(
                "Nothing differs from the version before. Change a question, or discard this version."
            )
        if not what_changed.strip():
            raise ValidationError({"what_changed": "Say what changed, for applicants who began on an earlier version."})
    questions.what_changed = what_changed.strip() if earlier is not None else ""
    questions.published_at = clock.now()
    questions.version += 1
    questions.full_clean()
    questions.save(update_fields=["what_changed", "published_at", "version"])
    audit.record(by, "questions.published", round, version=questions.number, questions=len(questions.questions()))
    if earlier is not None:
        _tell_of_questions(questions)
    return questions


def _tell_of_questions(questions: QuestionSet) -> None:
    """Write to those who began on an earlier version: what changed, and that their answers are kept."""
    round = questions.round
    for application in round.applications.filter(state="draft").exclude(email=""):
        context = {
            "round": round,
            "questions": questions,
            "application": application,
            "link": settings.SITE_URL + round.get_absolute_url(),
        }
        body = render_to_string("emails/round_questions_changed.txt", context).strip() + "\n"
        send_later(
            event="application-reminder",
            to=application.email,
            subject=f"The questions of {round.name} have changed",
            body=body,
        )


def newest_published(round: Round) -> QuestionSet | None:
    """The version that a new application answers; None before the first is published."""
    return round.question_sets.published().order_by("-number").first()


def suggested_words(questions: QuestionSet) -> str:
    """What changed since the version before, as a list in Markdown for staff to edit. Empty for the first version."""
    earlier = newest_published(questions.round)
    return in_markdown(changes_between(earlier, questions)) if earlier is not None else ""


def _open(by: Actor, questions: QuestionSet) -> QuestionSet:
    """Lock a version in preparation. Raises when it has been published: applicants may have seen it."""
    require(by, "sites.edit_round")
    locked = QuestionSet.objects.select_for_update(of=("self",)).select_related("round").get(pk=questions.pk)
    if locked.is_published:
        raise StateConflict(
            f"Version {locked.number} has been published, so it stays as it is. Prepare a new version to change it.",
            code="published",
        )
    locked.known_problems = _problems(locked)
    return locked


def _problems(questions: QuestionSet) -> list[str]:
    """What does not fit together in a version as it is in the database now."""
    fresh = QuestionSet.objects.select_related("round").get(pk=questions.pk)
    sections, asked = list(fresh.sections.all()), fresh.questions()
    return [
        *rules.section_problems(sections, asked),
        *rules.question_problems(asked),
        *rules.condition_problems(fresh.round, asked),
    ]


def _touch(questions: QuestionSet) -> None:
    """Move the version's number on, so that someone who read it before notices."""
    QuestionSet.objects.filter(pk=questions.pk).update(version=F("version") + 1)
    questions.version += 1


def _settle(by: Actor, questions: QuestionSet, what: str) -> None:
    """Finish a change: raise if it broke something that was right before, else put it on record."""
    known = questions.known_problems
    if problems := [problem for problem in _problems(questions) if problem not in known]:
        raise ValidationError(problems)
    _touch(questions)
    audit.record(by, what, questions, version=questions.number)


# --- Sections ------------------------------------------------------------------------------------
@transaction.atomic
def add_section(
    *, by: Actor, questions: QuestionSet, title: str, intro: str = "", is_eligibility: bool = False
) -> Section:
    """Add a section at the end; one that decides who can apply goes after the others of its kind, at the front."""
    questions = _open(by, questions)
    section = Section(
        question_set=questions,
        title=title.strip(),
        intro=intro.strip(),
        is_eligibility=is_eligibility,
        order=questions.sections.count() + 1,
    )
    section.full_clean()
    section.save()
    _place([*sorted(questions.sections.all(), key=lambda s: not s.is_eligibility)])
    _settle(by, questions, "section.added")
    return section


@transaction.atomic
def update_section(*, by: Actor, section: Section, expected: int | None = None, **changes: Any) -> Section:
    """Change a section's title, introduction, or whether it decides who can apply."""
    questions = _open(by, section.question_set)
    reject_unknown(changes, frozenset({"title", "intro", "is_eligibility"}))
    if save_changes(section, changes, expected=expected):
        _settle(by, questions, "section.changed")
    return section


@transaction.atomic
def move_section(*, by: Actor, section: Section, up: bool) -> Section:
    """Move a section one place up or down. At the end of the list nothing happens."""
    questions = _open(by, section.question_set)
    rows = list(questions.sections.all())
    if _swap(rows, rows.index(section), up):
        _place(rows)
        _settle(by, questions, "section.moved")
    return section


@transaction.atomic
def remove_section(*, by: Actor, section: Section) -> None:
    """Remove a section with its questions, unless questions elsewhere depend on one of them."""
    questions = _open(by, section.question_set)
    keys = {question.key for question in section.questions.all()}
    elsewhere = [q for q in questions.questions() if q.section_id != section.pk and q.only_if_key in keys]
    if elsewhere:
        raise ValidationError(f"{_count(elsewhere)} on a question here: {rules.quoted(elsewhere)}. {_CHANGE}")
    section.delete()
    _settle(by, questions, "section.removed")


_CHANGE = "Change their conditions first."


def _count(rows: Sequence[Question]) -> str:
    return "One question depends" if len(rows) == 1 else f"{len(rows)} questions depend"


def _swap(rows: list[Any], place: int, up: bool) -> bool:
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return False
    rows[place], rows[other] = rows[other], rows[place]
    return True


def _place(rows: Sequence[Any]) -> None:
    """Number rows in this order, from 1."""
    for number, row in enumerate(rows, start=1):
        if row.order != number:
            row.order = number
            row.save(update_fields=["order"])


@transaction.atomic
def add_block(*, by: Actor, questions: QuestionSet, block: str) -> Section:
    """Add a ready-made section, without the questions that are there already."""
    questions = _open(by, questions)
    found = blocks_for(questions.round).get(block)
    if found is None:
        raise ValidationError("There is no such ready-made section for this round.")
    return _add_ready_made(
        by, questions, found.title, found.questions, intro=found.intro, is_eligibility=found.is_eligibility
    )


@transaction.atomic
def add_missing_facts(*, by: Actor, questions: QuestionSet) -> Section:
    """Add a section that asks for what the mix is chosen by and no question asks for yet."""
    questions = _open(by, questions)
    missing = rules.missing_facts(questions.round, questions.questions())
    return _add_ready_made(by, questions, "A few facts", [fact(name) for name in missing])


def _add_ready_made(
    by: Actor,
    questions: QuestionSet,
    title: str,
    asked: Sequence[Mapping[str, Any]],
    *,
    intro: str = "",
    is_eligibility: bool = False,
) -> Section:
    there = questions.questions()
    keys, facts = {question.key for question in there}, {question.fact for question in there if question.fact}
    new = [fields for fields in asked if fields["key"] not in keys and fields.get("fact") not in facts]
    if not new:
        raise ValidationError("All of these questions are here already.")
    section = add_section(by=by, questions=questions, title=title, intro=intro, is_eligibility=is_eligibility)
    for order, fields in enumerate(new, start=1):
        question = Question(section=section, order=order, **fields)
        question.full_clean()
        question.save()
    _settle(by, questions, "question.added")
    return section


# --- Questions -----------------------------------------------------------------------------------
@transaction.atomic
def add_question(*, by: Actor, section: Section, kind: str, label: str, key: str = "", **fields: Any) -> Question:
    """Add a question at the end of a section. Its key is made from its words, and stays when they change."""
    questions = _open(by, section.question_set)
    reject_unknown(fields, WORDING | {"fact"} | BY_KIND.get(kind, frozenset()))
    there = questions.questions()
    question = Question(
        section=section,
        order=section.questions.count() + 1,
        kind=kind,
        label=label.strip(),
        key=key or _free_key(label, {other.key for other in there}),
        **fields,
    )
    question.full_clean()
    question.save()
    _settle(by, questions, "question.added")
    return question


def _free_key(label: str, taken: set[str]) -> str:
    """A key made of the first words of a question that no other question of the version has."""
    words = slugify(label).replace("-", "_")[:40].strip("_")
    base = words if words[:1].isalpha() else f"q_{words}".rstrip("_")
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    return key


@transaction.atomic
def update_question(*, by: Actor, question: Question, expected: int | None = None, **changes: Any) -> Question:
    """Change a question's words, limits or choices. Choices that a condition depends on stay."""
    questions = _open(by, question.section.question_set)
    allowed = WORDING | BY_KIND.get(question.kind, frozenset())
    reject_unknown(changes, allowed - {"choices"} if question.fact else allowed)
    if save_changes(question, changes, expected=expected):
        _settle(by, questions, "question.changed")
    return question


@transaction.atomic
def set_condition(
    *, by: Actor, question: Question, only_if_key: str, only_if_values: Sequence[str], expected: int | None = None
) -> Question:
    """Ask a question only if an earlier one was answered with one of some values, or, with no key, always."""
    questions = _open(by, question.section.question_set)
    changes = {"only_if_key": only_if_key, "only_if_values": list(only_if_values) if only_if_key else []}
    if save_changes(question, changes, expected=expected):
        _settle(by, questions, "question.changed")
    return question


@transaction.atomic
def move_question(*, by: Actor, question: Question, up: bool) -> Question:
    """Move a question one place up or down; from the edge of its section it goes into the next one."""
    questions = _open(by, question.section.question_set)
    sections = list(questions.sections.all())
    rows = list(question.section.questions.all())
    place = next(number for number, section in enumerate(sections) if section.pk == question.section_id)
    if _swap(rows, rows.index(question), up):
        _place(rows)
    else:
        target = place - 1 if up else place + 1
        if not 0 <= target < len(sections):
            return question
        neighbours = list(sections[target].questions.all())
        question.section = sections[target]
        question.save(update_fields=["section"])
        _place([*neighbours, question] if up else [question, *neighbours])
    _settle(by, questions, "question.moved")
    return question


@transaction.atomic
def remove_question(*, by: Actor, question: Question) -> None:
    """Remove a question, unless others depend on its answer."""
    questions = _open(by, question.section.question_set)
    if depending := rules.depending_on(question.key, questions.questions()):
        raise ValidationError(f"{_count(depending)} on this one: {rules.quoted(depending)}. {_CHANGE}")
    question.delete()
    _settle(by, questions, "question.removed")


@transaction.atomic
def replace_questions(
    *, by: Actor, questions: QuestionSet, sections: Sequence[Mapping[str, Any]], expected: int | None = None
) -> QuestionSet:
    """Write a version in preparation as a whole: each section with its questions, in the order given."""
    questions = _open(by, questions)
    if expected is not None and questions.version != expected:
        raise Conflict(questions)
    questions.sections.all().delete()
    for order, given in enumerate(sections, start=1):
        asked = given.get("questions", [])
        section = Section(
            question_set=questions, order=order, **{name: value for name, value in given.items() if name != "questions"}
        )
        section.full_clean()
        section.save()
        for place, fields in enumerate(asked, start=1):
            question = Question(section=section, order=place, **fields)
            allowed = WORDING | BY_KIND.get(question.kind, frozenset()) | {"key", "kind", "fact"}
            if extra := sorted(set(fields) - allowed - {"only_if_key", "only_if_values"}):
                kind = Kind(question.kind).label.lower()
                raise ValidationError(f"“{question.label}” asks for {kind}, so it takes no {', '.join(extra)}.")
            question.full_clean()
            question.save()
    _settle(by, questions, "questions.replaced")
    return questions
