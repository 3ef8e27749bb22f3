"""What a page that shows the chapters needs for the codes beside their figures."""

from typing import Any

from reports.figures.pages.lines import lines_of, reading_of
from reports.writing.models import AnnualReport


def code_links(user: Any, report: AnnualReport) -> dict[str, Any]:
    """Where each code leads, and which figures the edition before this one said differently."""
    reading = reading_of(user, report)
    changed = {line.indicator.name: line.marked for line in lines_of(user, reading) if line.marked}
    return {"figure_query": reading.query, "changed_figures": changed}
