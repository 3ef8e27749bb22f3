"""The figures that a report's pages show: at a glance, and beside each chapter."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from impact.core.access.kept import count_again, recent_figure
from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from networks.meetings.models import Meeting
from reports.editions.models import Snapshot
from reports.figures.gather import gather_figures
from reports.writing.facts import facts_for
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.services import Status

COUNT = "reports.count_overview"
LARGE = 3000  # meetings, which take about 50 ms to count


def overview_of(report: AnnualReport) -> dict[str, Any]:
    """The figures at a glance and the facts beside each chapter: while the report is worked on from the records, and
    afterwards those of the approved edition, which people read. Only what a page shows is kept: all figures of a large
    estate are megabytes.

    Counting takes more than a second at 100,000 meetings, so after a change the pages show the last count for a moment
    longer, with its time (``counted_at``), and a worker counts again. Of a large estate that was never counted they show
    none until then, and ``counted_at`` is empty.
    """
    if report.status not in (Status.APPROVED, Status.PUBLISHED):
        shown, at = recent_figure(
            _name(report.year),
            lambda: _shown(gather_figures(report.year, is_live=True)),
            recount=_ask_to_count(report.year),
            may_wait=_is_large,
        )
        return {**(shown or _shown_later()), "counted_at": at}
    edition = report.approved_edition
    assert edition  # noqa: S101  a constraint says so
    kept: dict[str, Any] = recent_figure(  # an edition never changes, so neither does this, and no one counts again
        f"edition-overview-{edition.pk}", lambda: _shown(edition.snapshot.data["figures"]), recount=lambda key: None
    )[0]
    return {**kept, "counted_at": Snapshot.objects.values_list("taken_at", flat=True).get(pk=edition.snapshot_id)}


class BeingCounted(Exception):
    """The figures of a large estate have never been counted, and a worker is counting them now."""


def figures_now(report: AnnualReport, *, may_wait: bool = False) -> tuple[dict[str, Any], datetime]:
    """All figures of a report that is worked on, and when they were counted, for the writing room and the preview, which
    place any of them: the last count, as above.

    Numbers of people are those of the newest snapshot, as everywhere before an edition is built. With ``may_wait`` what was never
    counted of a large estate is not counted now: BeingCounted. What saves someone's words does not wait.
    """
    kept, at = recent_figure(
        _all(report.year),
        lambda: gather_figures(report.year, is_live=True),
        recount=_ask_to_count(report.year),
        may_wait=_is_large if may_wait else lambda: False,
    )
    if at is None:
        raise BeingCounted
    return kept, at


def until_counted(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """While the figures that ``view`` places are BeingCounted, show a page that says so and reloads once they are there."""

    @wraps(view)
    def page(request: HttpRequest, year: int, *given: Any, **more: Any) -> HttpResponse:
        is_asking = request.headers.get("HX-Target") == "being-counted"
        try:
            response = view(request, year, *given, **more)
        except BeingCounted:
            context = {"year": year, "again": request.get_full_path()}
            return (
                HttpResponse(status=204)
                if is_asking
                else render(request, "reports/editions/being_counted.html", context)
            )
        return HttpResponse(status=204, headers={"HX-Refresh": "true"}) if is_asking else response

    return page


def count_overview(year: int) -> None:
    """Count all figures of a year's report, and of them what its pages show, for the next reader."""
    figures = count_again(_all(year), lambda: gather_figures(year, is_live=True))[0]
    count_again(_name(year), lambda: _shown(figures))


def _ask_to_count(year: int) -> Callable[[str], Any]:
    """Have a worker count both, at most once a minute: the text ends with the minute."""
    return lambda text: queue.enqueue(
        by=SYSTEM, kind=COUNT, dedupe_key=f"report:{year}:{text.rpartition(':')[2]}", payload={"year": year}
    )


def _is_large() -> bool:
    """Whether counting takes so long that a reader should not wait for it."""
    return Meeting.objects.order_by()[: LARGE + 1].count() > LARGE


def _name(year: int) -> str:
    return f"report-overview-{year}"


def _all(year: int) -> str:
    return f"report-figures-{year}"


def _shown_later() -> dict[str, Any]:
    return {"glance": [], "facts": {key: [] for key in ReportSection.Key.values}}


def _shown(figures: dict[str, Any]) -> dict[str, Any]:
    return {"glance": _glance(figures), "facts": {key: facts_for(key, figures) for key in ReportSection.Key.values}}


def _glance(figures: dict[str, Any]) -> list[dict[str, Any]]:
    meetings, involvements = figures["meetings"], figures["involvements"]
    missing = len(meetings["missing_returns"])
    return [
        {
            "number": figures["sites"]["total"],
            "label": "Sites",
            "hint": f"in {figures['sites']['nations_reached']} of 4 nations",
        },
        {
            "number": meetings["held"],
            "label": "Meetings held",
            "hint": ", ".join(f"{row['held']} {row['label'].lower()}" for row in meetings["by_kind"] if row["held"]),
        },
        {
            "number": figures["contributions"]["total"],
            "label": "Contributions",
            "hint": f"{missing} return{'' if missing == 1 else 's'} missing" if missing else "every return received",
        },
        {
            "number": involvements["led_to_change"],
            "label": "Led to a change",
            "hint": f"of {involvements['answered']} settled involvements",
        },
    ]
