"""Asking for a PDF of what was submitted."""

from django.db import transaction

from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from sites.calls.applications.applying.copies import drawing
from sites.calls.applications.applying.copies.models import ApplicationCopy
from sites.calls.applications.models import Application

BUILD = "sites.build_application_copy"


def copy_of(application: Application) -> ApplicationCopy | None:
    """The PDF of the newest revision, built or being built; None before it was asked for."""
    newest = application.revision
    rows = ApplicationCopy.objects.select_related("job").filter(renderer=drawing.renderer())
    return rows.filter(revision=newest).first() if newest else None


@transaction.atomic
def request_copy(*, by: Actor, application: Application) -> ApplicationCopy:
    """Have a worker draw the newest revision as a PDF. Asked for twice, it is drawn once; a failed one is tried again."""
    require(by, "sites.enter_application")
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    newest = application.revision
    if newest is None:
        raise StateConflict("This application was not submitted yet.", code="not_submitted")
    known = copy_of(application)
    if known and known.job:
        if known.job.state == Job.State.FAILED:
            queue.retry(by=SYSTEM, job=known.job)
        return known
    copy = known or ApplicationCopy.objects.create(
        application=application, revision=newest, renderer=drawing.renderer(), asked_at=clock.now()
    )
    copy.job = queue.enqueue(by=by, kind=BUILD, dedupe_key=f"application-copy:{copy.pk}", payload={"copy": copy.pk})
    copy.save(update_fields=["job"])
    return copy
