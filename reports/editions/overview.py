"""The figures that a report's pages show: at a glance, and beside each chapter."""

from typing import Any

from impact.core.access.kept import count_again, figure, recent_figure
from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from reports.figures.gather import gather_figures
from reports.writing.facts import facts_for
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.services import Status

COUNT = "reports.count_overview"


def overview_of(report: AnnualReport) -> dict[str, Any]:
    """The figures at a glance and the facts beside each chapter: while the report is worked on from the records, and
    afterwards those of the approved edition, which people read. Only what a page shows is kept: all figures of a large
    estate are megabytes.

    Counting takes more than a second at 100,000 meetings, so after a change the pages show the last count for a moment
    longer, with its time (``counted_at``), and a worker counts again.
    """
    if report.status not in (Status.APPROVED, Status.PUBLISHED):
        shown, at = recent_figure(
            _name(report.year),
            lambda: _shown(gather_figures(report.year, is_live=True)),
            recount=lambda key: queue.enqueue(by=SYSTEM, kind=COUNT, dedupe_key=key, payload={"year": report.year}),
        )
        return {**shown, "counted_at": at}
    edition = report.approved_edition
    assert edition  # noqa: S101  a constraint says so
    kept: dict[str, Any] = figure(f"edition-overview-{edition.pk}", lambda: _shown(edition.snapshot.data["figures"]))
    return {**kept, "counted_at": edition.snapshot.taken_at}


def figures_now(report: AnnualReport) -> dict[str, Any]:
    """All figures of a report that is worked on, for the writing room, which places any of them: the last count, as above.

    Numbers of people are those of the newest snapshot, as everywhere before an edition is built.
    """
    kept: dict[str, Any] = recent_figure(
        _all(report.year),
        lambda: gather_figures(report.year, is_live=True),
        recount=lambda key: queue.enqueue(
            by=SYSTEM, kind=COUNT, dedupe_key=key, payload={"year": report.year, "is_all": True}
        ),
    )[0]
    return kept


def count_overview(year: int, *, is_all: bool = False) -> None:
    """Count what the pages of a year's report show, or all its figures for the writing room, for the next reader."""
    if is_all:
        count_again(_all(year), lambda: gather_figures(year, is_live=True))
    else:
        count_again(_name(year), lambda: _shown(gather_figures(year, is_live=True)))


def _name(year: int) -> str:
    return f"report-overview-{year}"


def _all(year: int) -> str:
    return f"report-figures-{year}"


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
