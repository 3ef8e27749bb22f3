"""The report of a round as a PDF: frozen when it is asked for, built by a worker, kept with its history."""

from django.db import transaction
from django.db.models import Max

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from sites.calls.portfolios.models import RoundReport
from sites.calls.portfolios.reporting import drawing
from sites.calls.portfolios.reporting.contents import round_contents
from sites.calls.rounds.models import Round

BUILD = "sites.build_round_report"


@transaction.atomic
def request_report(*, by: Actor, round: Round) -> tuple[RoundReport, Job]:
    """Freeze the report as it is now and have a worker build it. The same contents are built once."""
    require(by, "sites.view_portfolios")
    round = Round.objects.select_for_update(of=("self",)).get(pk=round.pk)
    contents = round_contents(round)
    if not any(each["number"] for each in contents["counts"]):
        raise StateConflict("There is nothing to report yet. Come back when applications have been submitted.")
    mark, renderer = drawing.mark_of(contents), drawing.renderer()
    known = RoundReport.objects.filter(round=round, contents_sha256=mark).select_related("job").first()
    if known and known.job and known.job.payload.get("renderer") == renderer:
        job = known.job
        if job.state == Job.State.FAILED:  # who may ask for it may ask again
            job = queue.retry(by=SYSTEM, job=job)
            audit.record(by, "round_report.requested", known, number=known.number, again="yes")
        return known, job
    newest = RoundReport.objects.filter(round=round).aggregate(newest=Max("number"))["newest"] or 0
    report = RoundReport(
        round=round,
        number=newest + 1,
        contents=contents,
        contents_sha256=mark,
        asked_by_id=by.pk,
        asked_at=clock.now(),
    )
    report.full_clean(exclude=["file"])
    report.save()
    report.job = queue.enqueue(
        by=by,
        kind=BUILD,
        dedupe_key=f"round-report:{report.pk}:{mark}:{renderer}",
        payload={"report": report.pk, "renderer": renderer},
    )
    report.save(update_fields=["job"])
    audit.record(by, "round_report.requested", report, number=report.number)
    return report, report.job
