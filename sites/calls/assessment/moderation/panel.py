"""The submitted assessments of an application side by side, and what was said about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sites.calls.applications.models import Application
from sites.calls.assessment.models import Assessment, Assignment, Criterion, DiscussionMessage
from sites.calls.assessment.value import assessed_value, is_outlier, spread_of


@dataclass(frozen=True)
class Column:
    """One assessor's submitted assessment."""

    who: str
    is_reader: bool
    value: float | None
    revision: int
    comment: str
    submitted_at: Any


@dataclass(frozen=True)
class Line:
    """One criterion with each assessor's score and reason, in the order of the columns."""

    criterion: Criterion
    cells: list[tuple[Column, int | None, str]]

    @property
    def spread(self) -> int:
        known = [value for _column, value, _reason in self.cells if value is not None]
        return max(known) - min(known) if known else 0


@dataclass(frozen=True)
class Panel:
    """Every submitted assessment of an application."""

    columns: list[Column] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    value: float | None = None
    spread: float | None = None

    @property
    def is_outlier(self) -> bool:
        return is_outlier(self.spread)


def panel_of(application: Application, criteria: Sequence[Criterion], *, reader: Any) -> Panel:
    """The submitted assessments that count, the reader's own first. Ask only for those who may see others' scores."""
    rows = (
        Assessment.objects.filter(
            assignment__application=application,
            assignment__conflict=Assignment.Conflict.NONE,
            submitted_at__isnull=False,
        )
        .select_related("assignment__assessor__person", "revision")
        .prefetch_related("scores")
        .order_by("submitted_at", "pk")
    )
    found = sorted(rows, key=lambda a: a.assignment.assessor_id != reader.pk)
    columns = [
        Column(
            who=a.assignment.assessor.display_name,
            is_reader=a.assignment.assessor_id == reader.pk,
            value=a.value,
            revision=a.revision.number,
            comment=a.comment,
            submitted_at=a.submitted_at,
        )
        for a in found
    ]
    scores = [{score.criterion_id: score for score in a.scores.all()} for a in found]
    lines = []
    for criterion in criteria:
        cells = []
        for column, own in zip(columns, scores, strict=True):
            score = own.get(criterion.pk)
            cells.append((column, score.value if score else None, score.reason if score else ""))
        lines.append(Line(criterion, cells))
    values = [column.value for column in columns]
    return Panel(columns, lines, assessed_value(values), spread_of(values))


def discussion_of(application: Application) -> list[DiscussionMessage]:
    """What was said about an application, oldest first."""
    return list(application.discussion.select_related("author__person"))
