"""Saving a large spreadsheet in parts of about a second, so that others can save between them; in the end all of it, or none.

SQLite has one writer at a time: an import in a single transaction would keep everyone else waiting until they are turned
away. After a part that cannot be saved, the parts before it are taken back, the newest first (docs/decisions).
"""

import time
from collections.abc import Callable

from django.db import connection, transaction

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.people.models import Person, User
from impact.core.web.imports import services, undo
from impact.core.web.imports.models import SheetImport, SheetRow
from impact.core.web.imports.shapes import IMPORTERS, SAME, Made, Row

PART_SECONDS = 0.8  # of writing, before others get their turn
PAUSE_SECONDS = 0.3  # for those who wait: SQLite lets them ask again every tenth of a second
TAKE_BACK = "core.take_back_import"
CHOSEN = ""  # instead of the mark of a thing that is going to be taken back
FEW = 10  # things that are taken back together
State = SheetImport.State
Renew = Callable[[], None]


def check(claim: queue.Claim, sheet: SheetImport) -> list[Row]:
    """The rows as they would be saved now, without holding up anyone."""
    rows = services.rows_of(sheet)
    most = max(1, len(rows))

    def tell(done: int) -> None:
        claim.progress(1 + 8 * done // most, f"{done:,} of {len(rows):,} rows checked")

    tell(0)
    services.check_rows(by=_sender(sheet), importer=IMPORTERS[sheet.kind], rows=rows, is_trial=False, tell=tell)
    return rows


@transaction.atomic
def begin(claim: queue.Claim, sheet: SheetImport, rows: list[Row]) -> None:
    """Go from checking to saving. From then on it cannot be stopped, only undone. Raises JobRefused."""
    claim.progress(10, f"0 of {len(rows):,} rows saved")
    services.count_rows(sheet, rows)
    counts = {name: getattr(sheet, name) for name in ("rows", "wrong", "new", "changed", "same")}
    if not SheetImport.objects.filter(pk=sheet.pk, state=State.QUEUED).update(state=State.WRITING, **counts):
        raise queue.JobRefused("This file was dealt with already.")


def write_all(claim: queue.Claim, sheet: SheetImport, rows: list[Row]) -> None:
    """Save what is left of the rows, part by part. Raises SheetRefused; the parts before stay for ``refuse``."""
    erased = sheet.erased
    while True:
        if any(row.problems for row in rows):
            raise services.SheetRefused(rows)
        with transaction.atomic():
            claim.renew()
            sheet = _locked(sheet, State.WRITING)
            is_same = sheet.erased == erased  # no one who is in the rows has been erased meanwhile
            is_over = is_same and _write_part(claim, sheet, rows)
        if is_over:
            return
        if not is_same:
            erased, rows = sheet.erased, rows_left(claim, sheet)
        give_way()


def rows_left(claim: queue.Claim, sheet: SheetImport) -> list[Row]:
    """The rows as they stand now, some of which an earlier part has saved."""
    rows = check(claim, sheet)
    for row in rows:
        if row.is_written:  # this import has saved it already
            row.problems, row.outcome = [], SAME
    return rows


def give_way() -> None:
    """Let those who wait for SQLite’s one writer have their turn."""
    if connection.vendor == "sqlite":
        time.sleep(PAUSE_SECONDS)


def _write_part(claim: queue.Claim, sheet: SheetImport, rows: list[Row]) -> bool:
    """Save the next rows; whether they were the last. Raises SheetRefused."""
    made = Made(seconds=PART_SECONDS)
    with audit.as_history():
        IMPORTERS[sheet.kind].write(_sender(sheet), rows, made)
    if any(row.problems for row in rows):
        raise services.SheetRefused(rows)
    newest = sheet.things.order_by("-part").values_list("part", flat=True).first() or 0
    undo.keep_things(sheet, made, part=newest + 1)
    lines = {row.line: row for row in made.done}
    stored = list(sheet.lines.filter(line__in=lines))
    for one in stored:
        one.person_id = made.people.get(one.line, lines[one.line].person)
    SheetRow.objects.filter(pk__in=[row.pk for row in stored]).update(is_written=True)
    SheetRow.objects.bulk_update([row for row in stored if row.person_id], ["person"], batch_size=200)
    for row in made.done:
        row.is_written = True
    written = sum(row.is_written for row in rows)
    claim.progress(10 + 85 * written // len(rows), f"{written:,} of {len(rows):,} rows saved")
    return not made.rest


def _locked(sheet: SheetImport, state: State) -> SheetImport:
    """The import, locked, if it is still in a state."""
    found = SheetImport.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    if found.state != state:
        raise StateConflict("This file was dealt with already.")
    return found


def _sender(sheet: SheetImport) -> User:
    if sheet.added_by is None:
        raise queue.JobRefused("The person who sent this file has left.")
    return sheet.added_by


# --- Taking back ---------------------------------------------------------------------------------
def take_back_all(renew: Renew, sheet: SheetImport) -> None:
    """Take back every part that was saved, the newest first, each in a transaction of its own."""
    while _take_back_part(renew, sheet):
        give_way()


@transaction.atomic
def _take_back_part(renew: Renew, sheet: SheetImport) -> bool:
    renew()
    sheet = SheetImport.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    newest = sheet.things.order_by("-part").values_list("part", flat=True).first()
    if newest is None:
        return False
    plan = undo.take_back(sheet, part=newest)
    sheet.removed += len(plan.goes) + len(plan.back)
    sheet.stayed += len(plan.stays)
    sheet.save(update_fields=["removed", "stayed"])
    return True


@transaction.atomic
def undo_later(*, by: Actor, sheet: SheetImport) -> SheetImport:
    """Have a job take a large import back, in parts as it was saved."""
    sheet = undo.begin_undo(by, sheet)
    sheet.state = State.UNDOING
    sheet.save(update_fields=["state", "undone_at", "undone_by"])
    queue.enqueue(by=by, kind=TAKE_BACK, dedupe_key=f"take-back:{sheet.pk}", payload={"sheet": sheet.pk})
    return sheet


def undo_all(claim: queue.Claim, sheet: SheetImport) -> None:
    """Choose what goes, once, and take it back little by little, the newest first."""
    total = max(1, _choose(claim, sheet))
    while (left := _undo_some(claim, sheet)) is not None:
        claim.progress(10 + 85 * max(0, total - left) // total, f"{max(0, total - left):,} of {total:,} taken back")
        give_way()


@transaction.atomic
def _choose(claim: queue.Claim, sheet: SheetImport) -> int:
    """Keep only the things that no one has touched, and clear their marks: deleting the first changes those of others."""
    claim.renew()
    sheet = _locked(sheet, State.UNDOING)
    if sheet.things.exclude(mark_sha256=CHOSEN).exists():
        plan = undo.plan_undo(sheet, is_locking=True)
        goes = [thing.pk for thing in plan.goes] + [thing.pk for thing, _row in plan.back]
        for at in range(0, len(goes), 400):
            sheet.things.filter(pk__in=goes[at : at + 400]).update(mark_sha256=CHOSEN)
        sheet.things.exclude(mark_sha256=CHOSEN).delete()
        sheet.stayed = len(plan.stays)
        sheet.save(update_fields=["stayed"])
    return sheet.things.count()


@transaction.atomic
def _undo_some(claim: queue.Claim, sheet: SheetImport) -> int | None:
    """Take the newest things back that are chosen; how many are left, None once there are none."""
    claim.renew()
    sheet = _locked(sheet, State.UNDOING)
    until = time.monotonic() + PART_SECONDS
    others = undo.touched_by_others(sheet.undone_at or clock.now(), sheet.undone_by_id)
    while True:
        things = list(sheet.things.order_by("-pk")[:FEW])
        if not things:
            return None
        plan = undo.plan_of_chosen(things[::-1], others)
        undo.carry_out(sheet.undone_by or SYSTEM, plan)
        sheet.removed += len(plan.goes) + len(plan.back)
        sheet.stayed += len(plan.stays)
        sheet.things.filter(pk__in=[thing.pk for thing in things]).delete()
        sheet.save(update_fields=["removed", "stayed"])
        if time.monotonic() > until:
            return sheet.things.count()


def refuse(sheet: SheetImport, rows: list[Row]) -> dict[str, int]:
    """Keep why rows could not be saved, and have what was saved of the others taken back. For the transaction that ends
    the job: were the parts taken back by the same job, one that died among them would go on saving the rest."""
    sheet = SheetImport.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    is_begun = sheet.state == State.WRITING
    services.refuse_import(sheet, rows)
    if is_begun:
        _take_back_later(sheet)
    return {"refused": sheet.wrong}


def stopped(job: Job) -> None:
    """End an import whose job was given up or cancelled: what it saved is taken back."""
    sheet = SheetImport.objects.select_for_update(of=("self",)).filter(pk=job.payload["sheet"]).first()
    if sheet is None or sheet.state not in (State.QUEUED, State.WRITING):
        return
    if sheet.state == State.WRITING:
        _take_back_later(sheet)
    else:
        sheet.state = State.REFUSED
        sheet.save(update_fields=["state"])


def _take_back_later(sheet: SheetImport) -> None:
    """Have a job take back what was saved of an import that ends without saving all."""
    sheet.state = State.UNDOING
    sheet.save(update_fields=["state"])
    # The people whom it made are deleted; the rows of the file are not to go with them, as they are shown and downloaded.
    made = sheet.things.filter(label=Person._meta.label_lower, before__isnull=True).values_list("person", flat=True)
    sheet.lines.filter(person__in=made).update(person=None)
    by: Actor = sheet.added_by or SYSTEM
    queue.enqueue(by=by, kind=TAKE_BACK, dedupe_key=f"take-back:{sheet.pk}", payload={"sheet": sheet.pk})


def close(sheet: SheetImport) -> SheetImport:
    """All rows are saved: mark what was made, so that it can be undone. For the transaction that ends the job."""
    sheet = _locked(sheet, State.WRITING)
    undo.mark_again(sheet)
    sheet.state, sheet.done_at = State.DONE, clock.now()
    services.record_saved(_sender(sheet), sheet)
    sheet.lines.all().delete()
    return sheet
