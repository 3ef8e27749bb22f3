"""Applications from a file (CSV or Excel), one a row: read, checked row by row, and added all or none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.web.files.tables import cell_text, day_of, full_text, read_table
from sites.calls.applications.intake.services import is_late
from sites.calls.applications.models import Application, Revision
from sites.calls.applications.services import free_reference, newest_questions, refuse_when_released, take_facts
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.answering import AnswerForm, choices_for
from sites.calls.rounds.questions.models import Fact, Kind, Question, QuestionSet

Source = Application.Source
# Our own columns: what each may be called, in lower case. The others are questions, by key or by label.
COLUMNS = {
    "source": ("how it came", "source"),
    "received_on": ("received on", "received_on", "received"),
    "contact_name": ("contact name", "contact_name", "who to ask"),
    "email": ("email address", "email", "e-mail"),
    "late_reason": ("why accepted late", "late_reason", "late reason"),
}
SOURCES = {
    word: source for source in Source if source != Source.ONLINE for word in (source.value, source.label.casefold())
}


@dataclass
class Row:
    """One row of the file as it was understood. ``problems`` say why it cannot be added, if so."""

    line: int
    given: dict[str, str]
    source: str = Source.IMPORTED
    received_on: date | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    waits_for: list[str] = field(default_factory=list)  # required files, which staff add before they submit it

    @property
    def name(self) -> str:
        """The organisation, as the file has it."""
        return self.given.get(Fact.ORGANISATION_NAME, "")

    @property
    def problem(self) -> str:
        """Every reason in one text."""
        return " ".join(self.problems)

    @property
    def source_label(self) -> str:
        """How it came, in words."""
        return str(Source(self.source).label)


@dataclass(frozen=True)
class Checked:
    """A file as it was understood: its rows, and the headings of columns that are left out."""

    rows: list[Row]
    unknown: list[str]

    @property
    def problems(self) -> list[str]:
        """Each row that cannot be added, with its reasons."""
        return [f"Row {row.line}, {row.name[:60] or 'no name'}: {row.problem}" for row in self.rows if row.problems]


Given = list[tuple[int, dict[str, str]]]


# --- Reading -------------------------------------------------------------------------------------
def headings(questions: QuestionSet) -> list[tuple[str, str]]:
    """The columns of a file for a round: (what to call it, what it takes), ours first, then a question each."""
    ours = [
        ("How it came", "On paper, As a video, By phone or From a file; empty: From a file"),
        ("Received on", "A date such as 24/07/2022; empty: today"),
        ("Contact name", "Who to ask about it. Only staff see it"),
        ("Email address", "Only staff see it"),
        ("Why accepted late", "Only for one that came after the round had closed"),
    ]
    return ours + [(question.key, takes(questions.round, question)) for question in readable(questions)]


def readable(questions: QuestionSet) -> list[Question]:
    """The questions that a file can answer: all but those for files."""
    return [question for question in questions.questions() if question.kind != Kind.FILE]


def takes(round: Round, question: Question) -> str:
    """What a cell under a question may say, in words."""
    listed = ", ".join(label for _value, label in choices_for(round, question))
    words = {
        Kind.YES_NO: "yes or no",
        Kind.ONE_OF: f"One of: {listed}",
        Kind.SEVERAL_OF: f"One or several of these, with a semicolon between them: {listed}",
        Kind.MONEY: "Pounds, such as 12,500",
        Kind.NUMBER: "A number",
        Kind.DATE: "A date such as 24/07/2022",
    }.get(Kind(question.kind), "Text")
    return f"{question.label} {words}" + ("" if question.is_required else ". May be empty")


def read_file(questions: QuestionSet, data: bytes) -> tuple[Given, list[str]]:
    """The rows of a file under our names for its columns, as text, and the headings that we do not know."""
    table = read_table(data)
    known = {word: name for name, words in COLUMNS.items() for word in words}
    for question in readable(questions):
        known[question.key] = known[question.label.casefold()] = question.key
    columns: dict[int, str] = {}
    unknown = []
    for place, cell in enumerate(table[0][1]):
        word = cell_text(cell)
        name = known.get(word.casefold())
        if name and name not in columns.values():
            columns[place] = name
        elif word:
            unknown.append(word[:60])
    if not set(columns.values()) - set(COLUMNS):
        raise ValidationError(
            "No column is headed by a question of this round. Start from the template, which has the headings."
        )
    if len(table) == 1:
        raise ValidationError("The file has headings and no rows below them.")
    return [
        (line, {name: full_text(cells[place]) for place, name in columns.items() if place < len(cells)})
        for line, cells in table[1:]
    ], unknown


# --- Checking ------------------------------------------------------------------------------------
def questions_of(round: Round) -> QuestionSet:
    """The questions that imported applications answer, with the round's topics at hand."""
    questions = newest_questions(round)
    if questions is None:
        raise StateConflict("This round has no questions yet, so applications cannot be imported.", code="no_questions")
    questions.round = Round.objects.prefetch_related("topics").get(pk=round.pk)
    return questions


def check_file(round: Round, data: bytes) -> Checked:
    """What importing a file would do, row by row."""
    questions = questions_of(round)
    given, unknown = read_file(questions, data)
    return Checked(check_rows(questions, given), unknown)


def check_rows(questions: QuestionSet, given: Given) -> list[Row]:
    """Each row with its answers, or the reasons why it cannot be added."""
    choices = {q.key: _choices(questions.round, q) for q in readable(questions)}
    there = _there_already(questions.round)
    seen: dict[str, int] = {}
    rows = []
    for line, cells in given:
        row = Row(line, cells)
        _check_columns(questions.round, row)
        _check_answers(questions, row, choices)
        same = _same(row.answers)
        if not row.problems and same in seen:
            row.problems.append(f"The same as row {seen[same]}.")
        elif not row.problems and same in there:
            row.problems.append(f"It is in the round already, as {there[same]}.")
        seen.setdefault(same, line)
        rows.append(row)
    return rows


def _choices(round: Round, question: Question) -> dict[str, str]:
    """What a cell may say for each value of a list, in lower case."""
    pairs = choices_for(round, question)
    return {str(word).casefold(): value for value, label in pairs for word in (value, label)}


def _same(answers: Mapping[str, Any]) -> str:
    """What two applications that say the same have in common."""
    return repr(sorted(answers.items(), key=lambda pair: pair[0]))


def _there_already(round: Round) -> dict[str, str]:
    """What the submitted applications of a round, and those that wait for a file, say → their reference."""
    rows = Revision.objects.filter(application__round=round, application__state=Application.State.SUBMITTED)
    waiting = Application.objects.filter(round=round, state=Application.State.DRAFT).exclude(source=Source.ONLINE)
    found = {_same(answers): reference for reference, answers in waiting.values_list("reference", "draft")}
    return found | {
        _same(answers): reference
        for reference, answers in rows.order_by("number").values_list("application__reference", "answers")
    }


def _check_columns(round: Round, row: Row) -> None:
    """Our own columns: how and when it came, and whom to ask."""
    word = row.given.get("source", "").casefold()
    if word and word not in SOURCES:
        known = ", ".join(source.label for source in dict.fromkeys(SOURCES.values()))
        row.problems.append(f"“{word[:30]}” is no way to come in. Use one of: {known}.")
    row.source = SOURCES.get(word, Source.IMPORTED)
    try:
        row.received_on = day_of(row.given.get("received_on", "")) or clock.today()
    except ValueError as error:
        row.problems.append(f"Received on: {error}")
        return
    if row.received_on > clock.today():
        row.problems.append("Received on: Date cannot be in the future.")
    elif is_late(round, row.received_on) and not row.given.get("late_reason"):
        row.problems.append(
            "It came after the round had closed. Say in the column “Why accepted late” why you accept it."
        )
    try:
        Application(
            email=row.given.get("email", "").lower(),
            contact_name=row.given.get("contact_name", ""),
            late_reason=row.given.get("late_reason", ""),
        ).clean_fields(exclude=[f.name for f in Application._meta.fields if f.name not in COLUMNS])
    except ValidationError as error:
        row.problems += [
            f"{name.replace('_', ' ').capitalize()}: {' '.join(words)}" for name, words in error.message_dict.items()
        ]


def _check_answers(questions: QuestionSet, row: Row, choices: Mapping[str, Mapping[str, str]]) -> None:
    """Read the cells under questions and hold them against the questions, as on submission."""
    read: dict[str, Any] = {}
    wrong: set[str] = set()
    for question in readable(questions):
        cell = row.given.get(question.key, "")
        if not cell:
            continue
        try:
            read[question.key] = _answer(question, cell, choices[question.key])
        except ValueError as error:
            wrong.add(question.key)
            row.problems.append(f"{question.label} {error}")
    form = AnswerForm(questions, read)
    if not form.is_valid():
        labels = {question.key: question.label for question in form.asked}
        files = {question.key for question in form.asked if question.kind == Kind.FILE}
        row.waits_for = [labels[key] for key in form.errors if key in files]
        row.problems += [
            f"{labels[key]} {' '.join(str(message) for message in messages)}"
            for key, messages in form.errors.items()
            if key not in wrong | files
        ]
    if not row.problems:
        row.answers = form.answers()


def _answer(question: Question, cell: str, choices: Mapping[str, str]) -> Any:
    """A cell as the form takes an answer."""
    if question.kind in {Kind.ONE_OF, Kind.YES_NO}:
        return _chosen(cell, choices)
    if question.kind == Kind.SEVERAL_OF:
        whole = choices.get(cell.casefold())
        return [whole] if whole else [_chosen(part.strip(), choices) for part in cell.split(";") if part.strip()]
    if question.kind in {Kind.MONEY, Kind.NUMBER}:
        return cell.replace("£", "").replace(",", "").strip()
    if question.kind == Kind.DATE:
        found = day_of(cell)
        return found.isoformat() if found else ""
    return cell if question.kind == Kind.LONG else " ".join(cell.split())


def _chosen(word: str, choices: Mapping[str, str]) -> str:
    if word.casefold() not in choices:
        raise ValueError(f"“{word[:40]}” is not on the list.")
    return choices[word.casefold()]


# --- Adding --------------------------------------------------------------------------------------
@transaction.atomic
def import_applications(*, by: Actor, round: Round, rows: Iterable[tuple[int, dict[str, str]]]) -> list[Application]:
    """Add every row as a submitted application, or none. A refusal names each row that is wrong, with its reasons.

    A row that waits for a required file becomes a draft, which staff submit once they have added the file.
    """
    require(by, "sites.enter_application")
    list(Round.objects.select_for_update().filter(pk=round.pk))
    questions = questions_of(round)
    if not round.is_announced:
        raise StateConflict("This round has not been announced, so nothing can have come in yet.", code="not_announced")
    refuse_when_released(round)
    checked = Checked(check_rows(questions, list(rows)), [])
    if checked.problems:
        raise ValidationError(checked.problems)
    made = [_added(by, questions, row) for row in checked.rows]
    audit.record(by, "application.imported", round, applications=len(made))
    return made


def _added(by: Actor, questions: QuestionSet, row: Row) -> Application:
    """A checked row as a submitted application with its first revision; one that waits for a file as a draft."""
    round = questions.round
    now = None if row.waits_for else clock.now()
    statement = round.statement
    if statement is None:
        raise StateConflict("This round has no statement yet, so applications cannot be imported.", code="no_statement")
    application = Application(
        round=round,
        reference=free_reference(round),
        state=Application.State.SUBMITTED if now else Application.State.DRAFT,
        source=row.source,
        entered_by_id=by.pk,
        email=row.given.get("email", "").lower(),
        contact_name=row.given.get("contact_name", ""),
        late_reason=row.given.get("late_reason", ""),
        received_on=row.received_on,
        question_set=questions,
        statement=statement,
        draft=row.answers,
        submitted_at=now,
    )
    if now:
        take_facts(application, row.answers)
    application.full_clean()
    application.save()
    audit.record(by, "application.started", application, source=application.source)
    if now is None:
        return application
    Revision.objects.create(
        application=application,
        number=1,
        question_set=questions,
        statement=statement,
        answers=row.answers,
        submitted_at=now,
    )
    audit.record(by, "application.submitted", application, revision=1)
    return application
