"""The figures of one report as its pages, its files and the API show them: with last year's, and what has changed."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.http import Http404
from django.urls import reverse

from impact.core.access.kept import figure
from impact.core.access.permissions import has_perm
from reports.editions.models import Edition
from reports.figures.catalogue import INDICATORS, Indicator
from reports.figures.counted import Period
from reports.figures.gather import gather_figures
from reports.group_reading.services import may_read_draft
from reports.writing.models import AnnualReport

Status = AnnualReport.Status
FINAL = (Status.APPROVED, Status.PUBLISHED)
Table = Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """One figure as it was counted at one time: its value, the same in words, and its table."""

    value: int | None
    words: str
    table: Table | None


@dataclass(frozen=True)
class Reading:
    """The figures of a report in one edition; of today where ``edition`` is None."""

    report: AnnualReport
    edition: Edition | None
    period: Period
    shown: Mapping[str, Shown]
    has_rows: bool  # whether the keys of the rows were kept, or can be asked for now

    @property
    def query(self) -> str:
        """What names this reading in an address."""
        return f"year={self.report.year}" + (f"&edition={self.edition.number}" if self.edition else "")


@dataclass(frozen=True)
class Line:
    """One figure of a report for a list: the catalogue's words, this year's, last year's, and the last edition's."""

    indicator: Indicator
    shown: Shown
    before: Shown | None  # the year before; None: not counted, or not for this reader
    was: Shown | None  # in the edition before this one, where it said something else
    was_in: int | None  # the number of that edition
    query: str

    @property
    def address(self) -> str:
        """The figure's own page, which opens its rows."""
        return f"{reverse('reports:figure', args=[self.indicator.code])}?{self.query}"

    @property
    def change(self) -> str:
        """How far it is from the year before: "+3", "−12 points", "no change"; empty where one of them is not known."""
        now, then = self.shown.value, self.before.value if self.before else None
        if now is None or then is None:
            return ""
        unit = " points" if self.indicator.unit == "percent" else ""
        return "no change" if now == then else f"{'+' if now > then else '−'}{abs(now - then)}{unit}"

    @property
    def marked(self) -> str:
        """In which edition it was something else; empty where it is as it was."""
        if self.was is None:
            return ""
        other = f"it was {self.was.words}" if self.was.words != self.shown.words else "its table was different"
        return f"Changed since edition {self.was_in}: {other}"


def _shown(figures: Mapping[str, Any]) -> dict[str, Shown]:
    """Every figure of the catalogue, from the figures of a snapshot or of today."""
    found = {}
    for one in INDICATORS:
        table = one.table_of(figures)
        found[one.name] = Shown(one.value(figures), one.words(figures), table.as_json() if table else None)
    return found


def _of_edition(edition: Edition) -> Reading:
    def count() -> dict[str, Any]:
        data = edition.snapshot.data
        kept = {name: asdict(one) for name, one in _shown(data.get("figures", {})).items()}
        return {"shown": kept, "as_of": data.get("as_of"), "has_rows": "rows" in data}

    found = figure(f"edition-catalogue-{edition.pk}", count)
    year = edition.report.year
    period = Period(year, date.fromisoformat(found["as_of"])) if found["as_of"] else Period.of(year)
    shown = {name: Shown(**one) for name, one in found["shown"].items()}
    return Reading(edition.report, edition, period, shown, found["has_rows"])


def counted_now(report: AnnualReport) -> Reading:
    """A report's figures as they are today; numbers of people are those of its newest snapshot."""
    shown = figure(f"live-catalogue-{report.year}", lambda: _shown(gather_figures(report.year, is_live=True)))
    return Reading(report, None, Period.of(report.year), shown, has_rows=True)


def editions_of(user: Any, report: AnnualReport) -> list[Edition]:
    """The editions of a report that someone may read, newest first."""
    rows = Edition.objects.visible_to(user).filter(report=report)
    return list(rows.select_related("report").defer("report__group_override").order_by("-number"))


def reading_of(user: Any, report: AnnualReport, number: int | None = None) -> Reading:
    """The figures that someone reads of a report: of the edition asked for; else of the approved one; else of today.

    What they may not read is not found.
    """
    if number is None and report.status not in FINAL:
        if not may_read_draft(user, report):
            raise Http404("No edition of this report has been published.")
        return counted_now(report)
    editions = editions_of(user, report)
    wanted = number if number is not None else getattr(report.approved_edition, "number", None)
    edition = next((one for one in editions if one.number == wanted), None)
    if edition is None and number is None and may_read_draft(user, report):
        edition = report.approved_edition  # the group reads on after its report is approved
    if edition is None:
        raise Http404("There is no such edition.")
    return _of_edition(edition)


def _year_before(user: Any, report: AnnualReport) -> Mapping[str, Shown]:
    """Last year's figures: of its approved edition; else, for those who read drafts, as they are counted now.

    Nothing where that year had nothing to count.
    """
    before = (
        AnnualReport.objects.visible_to(user).select_related("approved_edition").filter(year=report.year - 1).first()
    )
    if before is not None and before.approved_edition_id and before.status in FINAL:
        return reading_of(user, before).shown
    if not has_perm(user, "reports.view_unpublished"):
        return {}
    year = report.year - 1
    shown: dict[str, Shown] = figure(f"live-catalogue-{year}", lambda: _shown(gather_figures(year, is_live=True)))
    has_events = any(shown[name].value for name in ("meetings-held", "contributions", "involvements"))
    return shown if has_events else {}


def lines_of(user: Any, reading: Reading) -> list[Line]:
    """Every figure of the catalogue for one reader, in the order of the codes."""
    before = _year_before(user, reading.report)
    earlier = [
        one for one in editions_of(user, reading.report) if not reading.edition or one.number < reading.edition.number
    ]
    last = _of_edition(earlier[0]) if earlier else None
    return list(_lines(reading, before, last))


def _lines(reading: Reading, before: Mapping[str, Shown], last: Reading | None) -> Iterator[Line]:
    for indicator in INDICATORS:
        now = reading.shown[indicator.name]
        then = last.shown.get(indicator.name) if last else None
        was = then if then is not None and then != now else None
        number = last.edition.number if was and last and last.edition else None
        yield Line(indicator, now, before.get(indicator.name), was, number, reading.query)
