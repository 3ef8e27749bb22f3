"""What the pages of the writing room share: the data that sections place from, comments, and a section as people see it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.safestring import SafeString, mark_safe

from coproduction.suggestions.passages import Mark, find, highlight, read_html
from impact.core.access.permissions import has_perm, require
from reports.approval.review.models import ReviewComment
from reports.editions.overview import figures_now
from reports.editions.services import frozen
from reports.formats import drawings, numbering, placing
from reports.group_reading.models import ReadingComment
from reports.quotes.frozen import as_may_be_shown
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.pages import OPEN, find_report

OPEN_COMMENT = (ReviewComment.Status.OPEN, ReadingComment.Status.WAITING)


def find_section(request: HttpRequest, year: int, key: str) -> ReportSection:
    """A section of a year's report, for those who write and approve it."""
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    section = get_object_or_404(ReportSection.objects.select_related("owner__person"), report=report, key=key)
    section.report = report
    return section


def placing_data(report: AnnualReport, *, may_wait: bool = False) -> Mapping[str, Any]:
    """What sections place from: words and quotes of now with the last count of the figures while the report is worked on,
    afterwards what the approved edition holds. ``may_wait`` for a page that is only read, as in ``figures_now``."""
    if report.status in OPEN:
        return frozen(report, figures=figures_now(report, may_wait=may_wait)[0])
    assert report.approved_edition  # noqa: S101  a constraint says so
    return as_may_be_shown(report.approved_edition.snapshot.data)


def shown(
    words: str, data: Mapping[str, Any], title: str, *, are_codes_plain: bool = False
) -> tuple[SafeString, list[str]]:
    """A section's words as a page shows them with what they place, and what is wrong with the names in them.

    Each figure's code leads to its rows, unless ``are_codes_plain``. A reference shows the title of its table, whose number
    only the whole report knows. With something wrong the words are shown as they were
    typed, so that a writer can go on.
    """
    try:
        blocks = placing.place(words, data, section=title)
    except placing.UnknownName as error:
        known = placing.without_marks(words)
        return placing.to_html(placing.place(known, data)), error.messages
    wanted = {block.chart for block in blocks if block.chart}
    drawn = placing.to_html(blocks, drawings.charts_on_page(data["figures"], wanted) if wanted else {})
    html = mark_safe(numbering.resolved(drawn, {}))  # noqa: S308  clean, and words in place of some links
    return html if are_codes_plain else placing.with_links(html, f"/f/{{}}/?year={data['report']['year']}"), []


def seen_text(section: ReportSection) -> str:
    """The words of a section as its readers see them, with the figures in their places."""
    html, _wrong = shown(section.body, placing_data(section.report), section.get_key_display())
    return read_html(str(html)).text


def comments_on(section: ReportSection, user: Any) -> list[Any]:
    """What is said about a section: by those who work on the report, and by members, for those who answer them. Open ones
    first. Each has ``place``, ``is_open``, ``who``, ``href`` and what it says."""
    found: list[Any] = []
    rows = ReviewComment.objects.visible_to(user).filter(section=section)
    for row in rows.select_related("made_by__person", "answered_by__person", "section", "report"):
        row.who = row.made_by.display_name if row.made_by else "A former account"  # type: ignore[attr-defined]
        row.href = row.get_absolute_url()  # type: ignore[attr-defined]
        found.append(row)
    if has_perm(user, "reports.edit_report"):
        said = ReadingComment.objects.visible_to(user).filter(section=section)
        for member in said.select_related("reading", "section__report"):
            member.who = "A member of the group"  # type: ignore[attr-defined]
            member.href = member.get_absolute_url()  # type: ignore[attr-defined]
            found.append(member)
    for row in found:
        row.is_open = row.status in OPEN_COMMENT
        row.anchor = f"{'comment' if isinstance(row, ReviewComment) else 'said'}-{row.pk}"
    return sorted(found, key=lambda row: not row.is_open)


def with_passages(html: SafeString, comments: Iterable[Any]) -> SafeString:
    """A section with the passages of open comments highlighted. Numbers the comments, and sets ``is_changed`` on one
    whose passage is no longer in the text."""
    reading = read_html(str(html))
    marks = []
    for number, row in enumerate(comments, start=1):
        row.number = number
        if row.place is None:
            continue
        at = find(reading.text, row.place)
        row.is_changed = at is None
        if at and row.is_open:
            words = f"Comment {number} is about the words before this. Read it:"
            marks.append(Mark(*at, f"#{row.anchor}", str(number), words))
    return highlight(str(html), marks, reading)


def open_comments(report: AnnualReport, user: Any) -> dict[int, int]:
    """How many open comments each section has, of members too, by section id; as far as the reader may see them."""
    found: dict[int, int] = {}
    ours = ReviewComment.objects.visible_to(user).open().filter(report=report, section__isnull=False)
    theirs = ReadingComment.objects.visible_to(user).waiting().filter(section__report=report)
    for rows in (ours, theirs):
        for section, number in rows.order_by().values_list("section").annotate(number=Count("pk")):
            found[section] = found.get(section, 0) + number
    return found
