"""Saving a large spreadsheet in the background: all of it in the transaction that marks the job as done."""

from django.db import transaction

from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.people.models import User
from impact.core.web.imports import services
from impact.core.web.imports.models import SheetImport


@queue.handles(services.SAVE, "Saving a spreadsheet")
def save_import(claim: queue.Claim) -> queue.Finish:
    """Check the rows against what is there now, then save all or none. A worker that dies leaves nothing of it."""
    sheet = SheetImport.objects.select_related("added_by").get(pk=claim.payload["sheet"])
    by: User | None = sheet.added_by
    if by is None or sheet.state != SheetImport.State.QUEUED:
        raise queue.JobRefused("This file was dealt with already, or the one who sent it has left.")
    claim.progress(10, f"Saving {sheet.rows:,} rows")

    def finish(job: Job) -> dict[str, int]:
        try:
            with transaction.atomic():
                done = services.finish_import(by=by, sheet=sheet)
        except services.SheetRefused as refused:  # of what was written nothing is left; why is kept
            services.refuse_import(sheet, refused.rows)
            return {"refused": sheet.wrong}
        return {"new": done.new, "changed": done.changed, "same": done.same}

    return finish
