"""The report's fixed words in Welsh: titles, captions, table heads, labels and dates. What people wrote stays as they wrote it.

The words are in reports/formats/locale/cy/LC_MESSAGES/django.po, each to be reviewed by a translator. Text that has no Welsh
there is marked as English, so that a screen reader says it as such.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.utils import translation

from impact.core.basics.vocabulary import Nation
from reports.formats.content.phrases import FIXED, PATTERNS
from reports.formats.content.tree import Node, parse, write

ENGLISH, WELSH = "en", "cy"
NATIONS = {str(label) for label in Nation.labels}
NAME = "IMPACT"  # the same in every language
TAGS = {ENGLISH: "en-GB", WELSH: "cy"}
_NAME = re.compile(r"%\((\w+)\)s")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_SHAPES = {
    **{"n": r"\d+", "number": r"\d[\d.]*", "year": r"\d{4}", "day": rf"\d{{1,2}} (?:{_MONTHS})(?: \d{{4}})?"},
    **{"enablers": r"\d+ enablers?", "barriers": r"\d+ barriers?"},
}
_NEUTRAL = re.compile(r"^[\W\d_]*%?$|^F\d+$")  # figures, their codes, dashes and the like are in no language
_KEPT = {"words", "quote"}  # what people wrote, whose words are theirs
_NUMBERS = {"see", "caption__number"}  # "Table 7.2", which is ours wherever it stands
_SPOKEN = ("alt", "aria-label", "data-label", "data-title")


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for msgid in PATTERNS:
        parts = _NAME.split(msgid)
        text = "".join(
            f"(?P<{part}>{_SHAPES.get(part.rstrip('1234'), '.+?')})" if n % 2 else re.escape(part)
            for n, part in enumerate(parts)
        )
        found.append((re.compile(text), msgid))
    return found


def in_welsh(words: str) -> str | None:
    """Fixed words in Welsh; None where there is no Welsh for them."""
    words = " ".join(words.split())
    if not words:
        return None
    with translation.override(WELSH):
        return _said(words)


def _said(words: str) -> str | None:
    if words in FIXED:
        return translation.gettext(words)
    if ", " in words and NATIONS.issuperset(words.split(", ")):
        return ", ".join(translation.gettext(one) for one in words.split(", "))
    for pattern, msgid in _patterns():
        if found := pattern.fullmatch(words):
            values = {name: _said(value) or _listed_said(name, value) for name, value in found.groupdict().items()}
            return translation.gettext(msgid) % values
    return None


_STOP = re.compile(r"(; |: |\. ?)")
_COUNTED = re.compile(
    r"(?P<label>.+?) (?P<value>\d+|withheld)(?P<share> \(\d+%\))?(?: (?P<unit>sites?|meetings? held))?"
)
_OF_KIND = re.compile(r"(?P<n>\d+) (?P<kind>.+)")
_LISTS = {"kinds", "statuses"}
_SLOT = re.compile(r"meeting (?P<n>\d+) (?P<state>.+)")


def _chart_said(alt: str) -> str:
    """What a chart shows, sentence by sentence and part by part; names that people gave stay as they are."""
    sentences = _STOP.split(alt)
    return "".join(_sentence_said(one) if n % 2 == 0 else one for n, one in enumerate(sentences))


def _sentence_said(words: str) -> str:
    is_whole = words in FIXED or ", " not in words  # a sentence to fill in could swallow a list
    return (_said(words) if is_whole else None) or _parts_said(words)


def _parts_said(words: str) -> str:
    if _is_local_network(words):
        return words
    return ", ".join(_joined_said(part) if part else "" for part in words.split(", "))


def _is_local_network(words: str) -> bool:
    """Whether words are a name that ends in a nation, "Choice and control, England": names stay as tables show them."""
    *name, nation = words.split(", ")
    return bool(name) and nation in NATIONS and not any(_part_said(part) != part for part in name)


def _joined_said(part: str) -> str:
    """A part, or two that "and" joins: only where both have Welsh, because names that people gave hold "and" too."""
    said = _part_said(part)
    first, joint, second = part.rpartition(" and ")
    if said != part or not joint:
        return said
    one, other = _part_said(first), _part_said(second)
    return f"{one} a {other}" if one != first and other != second else part


def _listed_said(name: str, value: str) -> str:
    """What fills a sentence: a list of kinds or statuses with their numbers part by part, other words as they are."""
    return _chart_said(value) if name in _LISTS else value


def _part_said(words: str) -> str:
    if said := _said(words):
        return said
    if slot := _SLOT.fullmatch(words):
        return f"{(_said('Meeting ' + slot['n']) or words).lower()} {_said(slot['state']) or slot['state']}"
    if found := _COUNTED.fullmatch(words):
        label = found["label"]
        lower = _said(label.capitalize())
        label = _said(label) or (lower.lower() if lower else label)
        unit = f" {_said(found['unit'])}" if found["unit"] else ""
        return f"{label} {_said(found['value']) or found['value']}{found['share'] or ''}{unit}"
    if words[:1].islower() and (said := _said(words[0].upper() + words[1:])):
        return said[0].lower() + said[1:]
    if (found := _OF_KIND.fullmatch(words)) and (kind := _said(found["kind"].capitalize())):
        return f"{found['n']} {kind.lower()}"
    return words


def localised(html: str, language: str) -> str:
    """A page in a language: its fixed words translated, its language set, and what stays English marked so."""
    if language == ENGLISH:
        return html
    tree = parse(html)
    localise(tree)
    return write(tree)


def localise(tree: Node) -> None:
    """Put the fixed words of a tree in Welsh, where they stand."""
    with translation.override(WELSH):
        _localise(tree)
    for node in tree.walk():
        if node.tag == "html":
            node.attrs["lang"] = TAGS[WELSH]


def _localise(node: Node) -> None:
    if node.tag in ("style", "script") or (node.attrs.get("lang") == TAGS[ENGLISH] and node.tag != "html"):
        return
    if node.classes & _KEPT or node.tag == "blockquote":
        node.attrs["lang"] = TAGS[ENGLISH]
        for number in node.walk():
            if number.classes & _NUMBERS and (said := _said(number.text)):
                number.attrs["lang"], number.children = TAGS[WELSH], [said]
        return
    for name in _SPOKEN:
        if name in node.attrs:
            spoken = " ".join(node.attrs[name].split())
            is_told = name == "alt" and ": " in spoken  # part by part: a sentence to fill in could swallow all of them
            said = None if is_told else _said(spoken)
            node.attrs[name] = said or (_chart_said(spoken) if name == "alt" else node.attrs[name])
    is_english = False
    for place, child in enumerate(node.children):
        if isinstance(child, Node):
            _localise(child)
        elif child.strip():
            words = " ".join(child.split())
            said = _said(words)
            if said is not None:
                before, after = child[: len(child) - len(child.lstrip())], child[len(child.rstrip()) :]
                node.children[place] = f"{before}{said}{after}"
            elif not _NEUTRAL.match(words) and words != NAME:
                is_english = True
    if is_english and node.tag not in ("title", "html", "body", "root"):
        node.attrs["lang"] = TAGS[ENGLISH]
        for child in node.children:
            if isinstance(child, Node):
                child.attrs.setdefault("lang", TAGS[WELSH])  # its words were translated, or it would say English


def localised_chart(svg: bytes, language: str) -> bytes:
    """A chart whose labels are in a language."""
    if language == ENGLISH:
        return svg

    def put(found: re.Match[str]) -> str:
        node = parse(found[2])
        said = in_welsh(node.text)
        return f"{found[1]}{write(Node('root', {}, [said]))}{found[3]}" if said else found[0]

    return re.sub(r"(<text[^>]*>)([^<]*)(</text>)", put, svg.decode()).encode()


def untranslated(tree: Node) -> Iterator[tuple[str, Any]]:
    """Texts of a localised tree that are still English, with their element: for the test that names what is missing."""
    for node in tree.walk():
        if node.attrs.get("lang") == TAGS[ENGLISH] and not node.classes & _KEPT:
            yield node.text, node
