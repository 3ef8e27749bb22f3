"""Passages of a section: chosen words that are found again in a later text, or found to have changed. Pure.

A passage is kept as in the W3C Web Annotation model's TextQuoteSelector: its words, and some of the text before and after.
Everything here works on the words that a reader sees, not on Markdown, with one space wherever there is white space.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from itertools import groupby

from django.utils.safestring import SafeString, mark_safe

from impact.core.basics.markdown import render_markdown

CONTEXT = 32  # characters kept before and after a passage
LONGEST = 2000  # characters of a passage
SHORTEST = 2
EVIDENCE = 8  # characters of context that must agree where the same words stood in several places
BLOCKS = {*"p ul ol li h2 h3 h4 blockquote pre table thead tbody tr th td hr".split()}  # noqa: SIM905


@dataclass(frozen=True)
class Passage:
    """Words of a text, with what stood around them. ``is_only``: they stood in one place when they were chosen."""

    quote: str
    prefix: str = ""
    suffix: str = ""
    is_only: bool = True


@dataclass
class Reading:
    """The words that rendered Markdown shows, and where in the HTML each character stands."""

    parts: list[tuple[str, str]] = field(default_factory=list)  # ("text" or "tag", what it says)
    text: str = ""
    places: list[tuple[int, int] | None] = field(default_factory=list)  # for each character: part and offset in it
    paragraphs: list[tuple[int, str]] = field(default_factory=list)  # where each begins, and its words


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, self.get_starttag_text() or ""))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append((f"/{tag}", f"</{tag}>"))

    def handle_data(self, data: str) -> None:
        self.parts.append(("text", data))


def read_html(html: str) -> Reading:
    """Read clean HTML as ``render_markdown`` makes it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    found = Reading(parts=reader.parts)
    letters: list[str] = []
    starts = [0]
    for number, (kind, what) in enumerate(found.parts):
        if kind != "text":
            is_block = kind.lstrip("/") in BLOCKS
            if (is_block or kind == "br") and letters and letters[-1] != " ":
                letters.append(" ")
                found.places.append(None)
            if is_block:
                starts.append(len(letters))
            continue
        for offset, letter in enumerate(what):
            if not letter.isspace():
                letters.append(letter)
                found.places.append((number, offset))
            elif letters and letters[-1] != " ":
                letters.append(" ")
                found.places.append((number, offset))
    text = "".join(letters)
    ends = [*starts[1:], len(text)]
    found.paragraphs = [(a, words) for a, b in zip(starts, ends, strict=True) if (words := text[a:b].strip())]
    found.text = text.rstrip()
    del found.places[len(found.text) :]
    return found


def read_markdown(body: str) -> Reading:
    """Read a section's text as people see it."""
    return read_html(render_markdown(body))


def tidy(words: str) -> str:
    """Words with one space wherever there is white space."""
    return re.sub(r"\s+", " ", words)


def paragraph_passage(reading: Reading, number: int) -> Passage | None:
    """The passage that stands for a paragraph of a text: all of it, or as many words as a passage can hold."""
    if not 0 <= number < len(reading.paragraphs):
        return None
    start, words = reading.paragraphs[number]
    quote = words if len(words) <= LONGEST else words[:LONGEST].rsplit(" ", 1)[0].strip()
    return choose(reading.text, quote, reading.text[:start], reading.text[start + len(quote) :])


def _places(text: str, quote: str) -> list[int]:
    found, at = [], text.find(quote)
    while at >= 0:
        found.append(at)
        at = text.find(quote, at + 1)
    return found


def _agreement(text: str, start: int, passage: Passage) -> int:
    """How many characters of the context stand around a place as they stood around the passage."""
    before, after = text[:start][-CONTEXT:], text[start + len(passage.quote) :][:CONTEXT]
    count = 0
    for one, other in zip(reversed(before), reversed(passage.prefix), strict=False):
        if one != other:
            break
        count += 1
    for one, other in zip(after, passage.suffix, strict=False):
        if one != other:
            break
        count += 1
    return count


def choose(text: str, quote: str, prefix: str = "", suffix: str = "") -> Passage | None:
    """Make a passage of words that someone chose in a text; None when the text does not hold them.

    Of several places with these words it is the one whose surroundings agree most with ``prefix`` and ``suffix``.
    """
    quote = tidy(quote).strip()
    if not SHORTEST <= len(quote) <= LONGEST:
        return None
    places = _places(text, quote)
    if not places:
        return None
    # A selection may begin or end at a space, which belongs to the words around it.
    hints = [Passage(quote, tidy(prefix).rstrip() + gap, end + tidy(suffix).lstrip()) for gap, end in _GAPS]
    start = max(places, key=lambda at: (max(_agreement(text, at, hint) for hint in hints), -at))
    end = start + len(quote)
    return Passage(quote, text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT], len(places) == 1)


_GAPS = [("", ""), (" ", ""), ("", " "), (" ", " ")]


def find(text: str, passage: Passage) -> tuple[int, int] | None:
    """Where a passage stands in a text, as start and end; None when the text has changed there.

    Words that stood in one place are found wherever they stand now. Words that stood in several places are found
    where enough of what stood around them still does: after the passage itself is deleted, its double is not taken for it.
    """
    places = _places(text, passage.quote)
    if not places:
        return None
    start = max(places, key=lambda at: (_agreement(text, at, passage), -at))
    if not passage.is_only:
        needed = min(EVIDENCE, len(passage.prefix) + len(passage.suffix))
        if _agreement(text, start, passage) < needed:
            return None
    return start, start + len(passage.quote)


@dataclass(frozen=True)
class Mark:
    """A passage to highlight, with a link that is shown after it; ``words`` tell a screen reader what it is."""

    start: int
    end: int
    href: str = ""
    label: str = ""
    words: str = ""


def highlight(html: str, marks: Iterable[Mark], reading: Reading | None = None) -> SafeString:
    """Clean HTML with some passages in ``<mark>``, each followed by its link. Text is escaped again."""
    found = reading or read_html(html)
    known = [mark for mark in marks if 0 <= mark.start < mark.end <= len(found.text)]
    if not known:
        return mark_safe(html)  # noqa: S308  rendered and cleaned by render_markdown
    covered: dict[tuple[int, int], bool] = {}
    links: dict[tuple[int, int], list[Mark]] = {}
    for mark in known:
        last = None
        for at in range(mark.start, mark.end):
            place = found.places[at]
            if place is not None:
                covered[place] = True
                last = place
        following = found.places[mark.end] if mark.end < len(found.text) else None
        if following is not None:
            covered.setdefault(following, False)  # the space after a passage is not part of it
        if last is not None and mark.href:
            links.setdefault(last, []).append(mark)
    out: list[str] = []
    waiting: list[Mark] = []  # links do not stand inside links
    depth = 0
    for number, (kind, what) in enumerate(found.parts):
        if kind != "text":
            depth += (kind == "a") - (kind == "/a")
            out.append(what)
            if not depth:
                out += [_link(mark) for mark in waiting]
                waiting = []
            continue
        out += _marked(what, number, covered, links, waiting, is_in_link=depth > 0)
    return mark_safe("".join(out))  # noqa: S308  tags as they were cleaned, text escaped below


def _marked(
    what: str,
    number: int,
    covered: dict[tuple[int, int], bool],
    links: dict[tuple[int, int], list[Mark]],
    waiting: list[Mark],
    *,
    is_in_link: bool,
) -> list[str]:
    """One run of text, with its covered parts in ``<mark>``."""
    out: list[str] = []
    # A run ends where the covering changes, and after a passage that a link follows.
    runs: list[tuple[bool, str, list[Mark]]] = []
    before = False
    states = []
    for offset, letter in enumerate(what):
        place = (number, offset)
        before = covered.get(place, before if letter.isspace() else False)
        states.append((before, letter, links.get(place, [])))
    for is_covered, group in groupby(states, key=lambda state: state[0]):
        run = ""
        for _state, letter, after in group:
            run += letter
            if after:
                runs.append((is_covered, run, after))
                run = ""
        if run:
            runs.append((is_covered, run, []))
    for is_covered, run, after in runs:
        words = escape(run, quote=False)
        out.append(f'<mark class="passage">{words}</mark>' if is_covered else words)
        if is_in_link:
            waiting += after
        else:
            out += [_link(mark) for mark in after]
    return out


def _link(mark: Mark) -> str:
    return (
        f'<a class="passage__link no-print" href="{escape(mark.href)}"><span class="visually-hidden">{escape(mark.words)} '
        f"</span>{escape(mark.label)}</a>"
    )
