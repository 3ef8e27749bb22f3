"""Spreadsheets from reading to saving: checked row by row, shown, and saved all or none through the services of each app."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.people.models import User
from impact.core.web.files.tables import full_text, read_table, words_of
from impact.core.web.imports.columns import check_cell, place_columns
from impact.core.web.imports.models import SheetImport, SheetRow
from impact.core.web.imports.shapes import CHANGE, IMPORTERS, NEW, SAME, Importer, Made, Problem, Row
from impact.core.web.imports.undo import keep_things

LARGE = 100  # rows from which saving is a job
STEP = 100  # rows between two reports of progress
SAVE = "core.save_import"
State = SheetImport.State


class SheetRefused(ValidationError):
    """Some rows cannot be saved, so nothing was. ``rows``: all of them, with their problems."""

    def __init__(self, rows: Sequence[Row]) -> None:
        super().__init__(sentences(rows))
        self.rows = rows


def sentences(rows: Sequence[Row]) -> list[str]:
    """Each problem in a sentence, with its row."""
    return [f"Row {row.line}{_where(problem)}: {problem.words}" for row in rows for problem in row.problems]


def _where(problem: Problem) -> str:
    cell = " ".join(problem.value.split())[:40]
    return (f", {problem.column}" if problem.column else "") + (f" “{cell}”" if cell else "")


# --- Reading and checking ------------------------------------------------------------------------
def read_sheet(*, by: Actor, importer: Importer, data: bytes) -> tuple[list[Row], list[str]]:
    """The rows of a CSV or Excel file, and the headings that we do not know. Raises ValidationError for the whole file."""
    importer.require(by)
    table = read_table(data)
    columns, unknown = place_columns([full_text(cell) for cell in table[0][1]], importer.columns)
    here = {column.name for column in columns.values()}
    if missing := [column.heading for column in importer.columns if column.is_needed and column.name not in here]:
        named = ", ".join(f"“{heading}”" for heading in missing)
        raise ValidationError(f"The first row has to hold the headings. Missing: {named}. Start from the template.")
    for column in columns.values():
        if column.permission and not has_perm(by, column.permission):
            raise ValidationError(f"You may not bring in the column “{column.heading}”. Remove it from the file.")
    if len(table) == 1:
        raise ValidationError("The file has headings and no rows below them.")
    width = max(columns)
    rows = []
    for line, cells in table[1:]:
        given = {column.name: full_text(cells[at]) if at < len(cells) else "" for at, column in columns.items()}
        row = Row(line, {name: cell for name, cell in given.items() if cell})
        if any(full_text(cell) for cell in cells[max(width, len(table[0][1]) - 1) + 1 :]):
            row.refuse(
                None, "The row has more cells than there are headings. Put a cell that has a comma in quotation marks."
            )
        rows.append(row)
    return [row for row in rows if row.cells or row.problems], unknown


def check_rows(
    *,
    by: Actor,
    importer: Importer,
    rows: Sequence[Row],
    is_trial: bool = True,
    tell: Callable[[int], None] = lambda done: None,
) -> None:
    """Say of each row what saving it would do, or why it cannot be saved.

    With ``is_trial`` the rows are saved and everything is taken back, so that what only a service knows is told too.
    ``tell`` is called now and then with how many rows have been read.
    """
    importer.require(by)
    for done, row in enumerate(rows, start=1):
        _read_cells(by, importer, row)
        if done % STEP == 0:
            tell(done)
    importer.check(by, rows)
    if is_trial and any(row.outcome != SAME for row in rows):
        with transaction.atomic(), audit.as_history():
            importer.write(by, rows, Made())
            transaction.set_rollback(True)
    for row in rows:
        if row.problems:
            row.outcome = ""


def _read_cells(by: Actor, importer: Importer, row: Row) -> None:
    for column in importer.columns:
        cell = row.cells.get(column.name, "")
        if column.permission and cell and not has_perm(by, column.permission):
            row.refuse(column, "You may not bring in this column. Leave it out.")
        try:
            if cell := check_cell(cell):
                row.values[column.name] = column.read(cell)
            elif column.is_needed:
                raise ValueError("This is needed. Fill it in.")
        except ValueError as error:
            row.refuse(column, str(error))


def count_rows(sheet: SheetImport, rows: Sequence[Row]) -> None:
    """Keep how many rows are new, differ, are there already or are wrong."""
    counts = Counter(row.outcome for row in rows)
    sheet.rows, sheet.wrong = len(rows), counts[""]
    sheet.new, sheet.changed, sheet.same = counts[NEW], counts[CHANGE], counts[SAME]


# --- The preview ---------------------------------------------------------------------------------
def keep_preview(*, by: User, importer: Importer, name: str, data: bytes) -> SheetImport:
    """Read and check a file, and keep its rows for a look. Nothing of it is saved yet; the file itself is not kept."""
    rows, unknown = read_sheet(by=by, importer=importer, data=data)
    check_rows(by=by, importer=importer, rows=rows, is_trial=len(rows) <= LARGE)  # of a large one, the job tries first
    sheet = SheetImport(kind=importer.kind, name=words_of(name), unknown=unknown, added_by=by, added_at=clock.now())
    count_rows(sheet, rows)
    with transaction.atomic():  # not while checking, which would keep others from saving
        sheet.save()
        _keep_rows(sheet, rows)
    return sheet


def _keep_rows(sheet: SheetImport, rows: Sequence[Row]) -> None:
    sheet.lines.all().delete()
    SheetRow.objects.bulk_create(
        SheetRow(
            sheet=sheet,
            line=row.line,
            cells=row.cells,
            problems=[asdict(problem) for problem in row.problems],
            notes=row.notes,
            outcome=row.outcome,
            person_id=row.person,
        )
        for row in rows
    )


def rows_of(sheet: SheetImport) -> list[Row]:
    """The rows that wait, unread."""
    return [
        Row(row.line, dict(row.cells), is_written=row.is_written, person=row.person_id if row.is_written else None)
        for row in sheet.lines.order_by("line")
    ]


def require_own(by: Actor, sheet: SheetImport) -> None:
    """Refuse everyone but the one who sent a file: its rows are no one else's to read, save or drop."""
    IMPORTERS[sheet.kind].require(by)
    if sheet.added_by_id is None or sheet.added_by_id != by.pk:
        raise PermissionDenied("Only the person who sent this file may look at its rows and save them.")


@transaction.atomic
def drop_preview(*, by: Actor, sheet: SheetImport) -> None:
    """Delete the rows of a file that is not to be saved; a job that has not begun to save them is stopped."""
    require_own(by, sheet)
    # The job before the file, as the job itself does: in the other order each could wait for the other.
    job = Job.objects.select_for_update(of=("self",)).filter(dedupe_key=_saving(sheet)).first()
    sheet = SheetImport.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    if sheet.state == State.WRITING:
        raise StateConflict("Some rows are saved already, so this cannot be stopped. You can undo it when it is done.")
    if sheet.state not in (State.CHECKED, State.QUEUED, State.REFUSED):
        raise StateConflict("This file was dealt with already. Reload the page.")
    if sheet.state == State.QUEUED and job:
        queue.withdraw(job)
    sheet.state = State.DROPPED
    sheet.save(update_fields=["state"])
    sheet.lines.all().delete()


def job_of(sheet: SheetImport) -> Job | None:
    """The job that saves it, where it is large, or takes it back."""
    key = f"take-back:{sheet.pk}" if sheet.state == State.UNDOING else _saving(sheet)
    return Job.objects.filter(dedupe_key=key).first()


def _saving(sheet: SheetImport) -> str:
    return f"save-import:{sheet.pk}"


# --- Saving --------------------------------------------------------------------------------------
@transaction.atomic
def save_preview(*, by: User, sheet: SheetImport) -> SheetImport:
    """Save what a preview showed: at once when it is small, else as a job. Twice is the same as once."""
    require_own(by, sheet)
    sheet = SheetImport.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    if sheet.state in (State.DONE, State.QUEUED, State.WRITING):
        return sheet
    if sheet.state != State.CHECKED or not sheet.lines.exists():
        raise StateConflict("The rows of this file are not kept any more. Choose the file again.")
    if sheet.wrong:
        raise StateConflict("Some rows cannot be saved. Correct them in the file, then choose it again.")
    if sheet.rows > LARGE:
        sheet.state = State.QUEUED
        sheet.save(update_fields=["state"])
        queue.enqueue(by=by, kind=SAVE, dedupe_key=_saving(sheet), payload={"sheet": sheet.pk})
        return sheet
    try:
        with transaction.atomic():
            return finish_import(by=by, sheet=sheet)
    except SheetRefused as refused:
        refuse_import(sheet, refused.rows)
        return sheet


def refuse_import(sheet: SheetImport, rows: Sequence[Row]) -> None:
    """Keep why rows could not be saved after all: something had changed since the preview."""
    sheet.state = State.REFUSED
    count_rows(sheet, rows)
    sheet.save()
    _keep_rows(sheet, rows)


def finish_import(*, by: Actor, sheet: SheetImport) -> SheetImport:
    """Save every row that waits, or none. For callers in a transaction. Raises SheetRefused with the rows."""
    importer = IMPORTERS[sheet.kind]
    sheet = SheetImport.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    if sheet.state == State.DONE:
        return sheet
    rows = rows_of(sheet)
    made = _write(by, importer, rows)
    count_rows(sheet, rows)
    _close(by, sheet, made)
    sheet.lines.all().delete()
    return sheet


def _write(by: Actor, importer: Importer, rows: Sequence[Row]) -> Made:
    """Check the rows against what is there now and save them. Raises SheetRefused."""
    check_rows(by=by, importer=importer, rows=rows, is_trial=False)
    if any(row.problems for row in rows):
        raise SheetRefused(rows)
    made = Made()
    with audit.as_history():
        importer.write(by, rows, made)
    if any(row.problems for row in rows):
        raise SheetRefused(rows)
    return made


def _close(by: Actor, sheet: SheetImport, made: Made) -> None:
    sheet.state, sheet.done_at = State.DONE, clock.now()
    sheet.save()  # what was made points at it
    keep_things(sheet, made)
    record_saved(by, sheet)


def record_saved(by: Actor, sheet: SheetImport) -> None:
    """Keep that a spreadsheet was saved, with its counts."""
    sheet.save()
    audit.record(
        by,
        "import.saved",
        sheet,
        kind=sheet.kind,
        rows=sheet.rows,
        new=sheet.new,
        changed=sheet.changed,
        same=sheet.same,
    )


@transaction.atomic
def import_sheet(*, by: Actor, importer: Importer, name: str, data: bytes) -> tuple[SheetImport, list[Row], list[str]]:
    """Read a file and save all of its rows or none, in one go: for the commands. Raises SheetRefused with the rows."""
    rows, unknown = read_sheet(by=by, importer=importer, data=data)
    made = _write(by, importer, rows)
    sheet = SheetImport(
        kind=importer.kind, name=words_of(name), unknown=unknown, added_by_id=by.pk, added_at=clock.now()
    )
    count_rows(sheet, rows)
    _close(by, sheet, made)
    return sheet, rows, unknown
