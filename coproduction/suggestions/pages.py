"""What pages show of suggestions: passages in the text, whether the text has changed, and where one was taken in."""

from collections.abc import Iterable
from typing import Any

from django.utils.safestring import SafeString

from coproduction.charter.models import CharterVersion, SectionText
from coproduction.suggestions.models import Suggestion, TakenIn
from coproduction.suggestions.passages import Mark, find, highlight, read_html
from coproduction.suggestions.services import OPEN
from impact.core.basics.markdown import render_markdown


def with_passages(body: str, suggestions: Iterable[Suggestion]) -> SafeString:
    """A section's text with the passages of waiting suggestions highlighted, each with a link to its suggestion.

    Sets ``is_changed`` on each suggestion whose passage is no longer in this text.
    """
    html = render_markdown(body)
    marked = [suggestion for suggestion in suggestions if suggestion.quote]
    if not marked:
        return html
    reading = read_html(html)
    marks: list[Mark] = []
    for suggestion in marked:
        place = find(reading.text, suggestion.passage) if suggestion.passage else None
        suggestion.is_changed = place is None  # type: ignore[attr-defined]
        if place and suggestion.status == Suggestion.Status.WAITING:
            number = len(marks) + 1
            suggestion.mark_number = number  # type: ignore[attr-defined]
            words = f"Suggestion {number} is about the words before this. Read it:"
            marks.append(Mark(*place, suggestion.get_absolute_url(), str(number), words))
    return highlight(html, marks, reading)


def text_then(suggestion: Suggestion) -> SafeString | None:
    """The text that a suggestion was made about, with its passage highlighted; None where there was none."""
    return _text_with(suggestion, suggestion.version)[0]


def _text_with(suggestion: Suggestion, version: CharterVersion) -> tuple[SafeString | None, bool]:
    """A version's text of the section with the passage highlighted, and whether the passage stands in it."""
    text = SectionText.objects.filter(version=version, section=suggestion.section_id).first()
    if text is None or not text.body:
        return None, False
    html = render_markdown(text.body)
    reading = read_html(html)
    place = find(reading.text, suggestion.passage) if suggestion.passage else None
    return highlight(html, [Mark(*place)] if place else [], reading), place is not None


def text_now(suggestion: Suggestion) -> dict[str, Any] | None:
    """The newest text that members can read, where it is another one than the suggestion was made about."""
    charter = suggestion.section.charter
    newest = charter.versions.filter(status__in=OPEN).order_by("-number").first()
    if newest is None or newest.pk == suggestion.version_id:
        return None
    html, is_found = _text_with(suggestion, newest)
    bodies = SectionText.objects.filter(section=suggestion.section_id, version__in=[newest.pk, suggestion.version_id])
    is_same = len(set(bodies.values_list("body", flat=True))) == 1 and html is not None
    return {
        "version": newest,
        "html": html,
        "is_found": is_found,
        "is_same": is_same,
        "is_changed": not is_found if suggestion.quote else not is_same,
    }


def taken_by_section(version: CharterVersion) -> dict[int, list[TakenIn]]:
    """What a version took in, by section."""
    rows = TakenIn.objects.filter(version=version).select_related("suggestion__person", "suggestion__version")
    found: dict[int, list[TakenIn]] = {}
    for link in rows.order_by("pk"):
        found.setdefault(link.suggestion.section_id, []).append(link)
    return found
