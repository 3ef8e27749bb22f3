"""Saving a large spreadsheet in the background: checked first, then saved in parts; a worker that dies leaves all of it or none."""

from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.web.imports import parts, services, undo
from impact.core.web.imports.models import SheetImport

State = SheetImport.State


@queue.handles(services.SAVE, "Saving a spreadsheet")
def save_import(claim: queue.Claim) -> queue.Finish:
    """Check the rows, then save them part by part. If a worker dies, the next one goes on from where it was."""
    sheet = SheetImport.objects.select_related("added_by").get(pk=claim.payload["sheet"])
    if sheet.added_by is None or sheet.state not in (State.QUEUED, State.WRITING):
        raise queue.JobRefused("This file was dealt with already, or the one who sent it has left.")
    try:
        rows = parts.rows_left(claim, sheet)
        if any(row.problems for row in rows):
            raise services.SheetRefused(rows)
        if sheet.state == State.QUEUED:
            parts.begin(claim, sheet, rows)
        parts.write_all(claim, sheet, rows)
    except services.SheetRefused as refused:
        rows = list(refused.rows)
        return lambda job: parts.refuse(sheet, rows)
    claim.progress(95, "Finishing")

    def finish(job: Job) -> dict[str, int]:
        done = parts.close(sheet)
        return {"new": done.new, "changed": done.changed, "same": done.same}

    return finish


queue.when_ended(services.SAVE, parts.stopped)


@queue.handles(parts.TAKE_BACK, "Taking a spreadsheet back")
def take_back_import(claim: queue.Claim) -> queue.Finish:
    """Take back a large import that is undone, or the parts of one whose job has ended without saving the rest."""
    sheet = SheetImport.objects.get(pk=claim.payload["sheet"])
    if sheet.state != State.UNDOING:
        raise queue.JobRefused("This file was dealt with already.")
    claim.progress(10, "Looking at what someone has changed since")
    if sheet.done_at:
        parts.undo_all(claim, sheet)
    else:
        parts.take_back_all(claim.renew, sheet)

    def finish(job: Job) -> dict[str, int]:
        fresh = SheetImport.objects.select_related("undone_by").get(pk=sheet.pk)
        if fresh.done_at:
            undo.close_undo(fresh.undone_by or SYSTEM, fresh)
        else:
            fresh.state = State.REFUSED
            fresh.save(update_fields=["state"])
            fresh.lines.update(is_written=False)
        return {"removed": fresh.removed, "stayed": fresh.stayed}

    return finish
