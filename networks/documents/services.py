"""Packs and action plans as PDFs: frozen when they are asked for, built by a worker, kept with their history."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Max

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from networks.actions.plan import plan_contents
from networks.documents import drawing
from networks.documents.models import Document
from networks.documents.pack import pack_contents
from networks.groups.models import Group, Network
from networks.meetings.models import Meeting

BUILD = "networks.build_document"
Kind = Document.Kind


@transaction.atomic
def request_pack(*, by: Actor, meeting: Meeting, is_large: bool = False) -> tuple[Document, Job]:
    """Freeze a meeting's pack as it is now and have a worker build it. The same contents are built once."""
    require(by, "networks.build_document", meeting)
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("group__site").get(pk=meeting.pk)
    if meeting.status == Meeting.Status.CANCELLED:
        raise StateConflict("This meeting was cancelled, so it needs no pack.")
    contents = pack_contents(meeting, is_large=is_large)
    return _request(by, contents, kind=Kind.PACK, about=meeting, event="meeting.pack_requested", meeting=meeting)


@transaction.atomic
def request_action_plan(*, by: Actor, about: Group | Network, is_large: bool = False) -> tuple[Document, Job]:
    """Freeze the action plan of a group, or of a whole network, and have a worker build it.

    A whole network's plan holds the actions of every group in it, so it is for those who read across groups.
    """
    require(by, "networks.build_document", about)
    if isinstance(about, Group):
        about = Group.objects.select_for_update(of=("self",)).get(pk=about.pk)
        target: dict[str, Any] = {"group": about}
    else:
        if not has_perm(by, "networks.view_all"):
            raise PermissionDenied("This plan includes actions of groups that you do not coordinate.")
        about = Network.objects.select_for_update(of=("self",)).get(pk=about.pk)
        target = {"network": about}
    contents = plan_contents(about, is_large=is_large)
    if not contents["counts"]["total"]:
        raise StateConflict("There are no actions yet. Add one first.")
    return _request(by, contents, kind=Kind.ACTION_PLAN, about=about, event="action_plan.requested", **target)


def _request(
    by: Actor, contents: dict[str, Any], *, kind: str, about: models.Model, event: str, **target: Any
) -> tuple[Document, Job]:
    """The document of these contents and the job that builds it; both are there already when nothing has changed.

    The row that the document is about is held, so two people who ask at once get the same one.
    """
    mark, renderer = drawing.mark_of(contents), drawing.renderer()
    known = Document.objects.filter(kind=kind, contents_sha256=mark, **target).select_related("job").first()
    if known and known.job and known.job.payload.get("renderer") == renderer:
        job = known.job
        if job.state == Job.State.FAILED:  # a person who may ask for it may ask again
            job = queue.retry(by=SYSTEM, job=job)
            audit.record(by, event, about, number=known.number, again="yes")
        return known, job
    newest = Document.objects.filter(**target).aggregate(newest=Max("number"))["newest"] or 0
    document = Document(
        kind=kind,
        number=newest + 1,
        contents=contents,
        contents_sha256=mark,
        asked_by_id=by.pk,
        asked_at=clock.now(),
        **target,
    )
    document.full_clean(exclude=["file"])
    document.save()
    document.job = queue.enqueue(
        by=by,
        kind=BUILD,
        dedupe_key=f"document:{document.pk}:{mark}:{renderer}",
        payload={"document": document.pk, "renderer": renderer},
    )
    document.save(update_fields=["job"])
    audit.record(by, event, about, number=document.number, large_print="yes" if contents["is_large"] else "no")
    return document, document.job


def is_out_of_date(document: Document) -> bool:
    """Whether what a document is about has changed since: it would say something else if it were built now."""
    is_large = document.contents["is_large"]
    about = document.about
    if isinstance(about, Meeting):
        now = pack_contents(about, is_large=is_large)
    else:
        now = plan_contents(about, is_large=is_large)
    return drawing.mark_of(now) != document.contents_sha256
