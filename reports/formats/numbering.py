"""Numbers for what a reader looks up in print: headings of the second level, figures and tables, and words that lead there.

A chapter's HTML is numbered after it is rendered. Figures and tables count within their chapter ("Table 7.1"), so that a
change in one chapter changes no other. ``{% see "themes" %}`` (reports/formats/tags.py) and a writer's ``{{ref:themes}}`` leave
a place that ``resolved`` fills with the number of the first figure or table that prints the code of the figure named.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString

HEADING = re.compile(r"<h3(?P<rest>[^>]*)>(?P<words>.*?)</h3>", re.DOTALL)
CAPTION = re.compile(r"<(?P<tag>figcaption|caption)(?P<rest>[^>]*)>(?P<words>.*?)</(?P=tag)>", re.DOTALL)
CODE = re.compile(r">(F\d+)<")
CODE_MARKS = re.compile(r'<(?:a|span) class="figure-code.*', re.DOTALL)
SEE = re.compile(r'<a class="see" href="#see-(?P<code>F\d+)">(?P<otherwise>[^<]*)</a>')
REFER = re.compile(rf'<span class="refer">See {SEE.pattern}\.</span>')
SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Entry:
    """One line of the contents, or of the list of figures and tables."""

    anchor: str
    words: str
    label: str = ""  # "Table 7.1"


@dataclass
class Numbered:
    """A chapter's HTML with its numbers, and what the contents list of it."""

    html: str
    headings: list[Entry] = field(default_factory=list)
    listed: list[Entry] = field(default_factory=list)
    codes: dict[str, Entry] = field(default_factory=dict)  # by the code printed in a caption


def plain(html: str) -> str:
    """The words of a heading or caption, without the codes of figures."""
    return SPACES.sub(" ", strip_tags(CODE_MARKS.sub("", html))).strip(" .")


def number(html: str, *, key: str, chapter: int | str, with_anchors: bool = True) -> Numbered:
    """Number the figures and tables of one chapter, and give its headings addresses: ``networks-2``, ``table-7-1``."""
    made = Numbered(html)
    counts = {"Figure": 0, "Table": 0}

    def heading(match: re.Match[str]) -> str:
        if " id=" in match["rest"]:
            return match[0]
        entry = Entry(f"{key}-{len(made.headings) + 1}", plain(match["words"]))
        made.headings.append(entry)
        anchor = f' id="{entry.anchor}"' if with_anchors else ""
        return f"<h3{anchor}{match['rest']}>{match['words']}</h3>"

    def caption(match: re.Match[str]) -> str:
        if "caption--plain" in match["rest"]:  # on a page of the site only: numbers are those of the print
            return match[0]
        kind = "Table" if match["tag"] == "caption" else "Figure"
        counts[kind] += 1
        name = f"{kind} {chapter}.{counts[kind]}"
        entry = Entry(name.lower().replace(" ", "-").replace(".", "-"), plain(match["words"]), name)
        made.listed.append(entry)
        for code in CODE.findall(match["words"]):
            made.codes.setdefault(code, entry)
        inner = f'<span class="caption__number" id="{entry.anchor}">{name}</span> {match["words"].strip()}'
        return f"<{match['tag']}{match['rest']}>{inner}</{match['tag']}>"

    made.html = CAPTION.sub(caption, HEADING.sub(heading, html))
    return made


def see(code: str, otherwise: str = "") -> SafeString:
    """A place for the number of what prints a code; where nothing does, ``otherwise`` and the code stand there."""
    return format_html('<a class="see" href="#see-{}">{}</a>', code, otherwise)


def refer(code: str) -> SafeString:
    """ "See Table 9.1.": left out where nothing prints the code."""
    return format_html('<span class="refer">See {}.</span>', see(code))


def resolved(html: str, codes: Mapping[str, Entry]) -> str:
    """Fill the places that ``see`` and ``refer`` left; one that leads nowhere, as there is nothing to show, loses its link."""

    def fill(match: re.Match[str]) -> str:
        if entry := codes.get(match["code"]):
            return f'<a class="see" href="#{entry.anchor}">{entry.label}</a>'
        return f"{match['otherwise']} ({match['code']})" if match["otherwise"] else "this report"

    return SEE.sub(fill, REFER.sub(lambda match: match[0] if match["code"] in codes else "", html))


def all_codes(chapters: Sequence[Numbered]) -> dict[str, Entry]:
    """Where each code is printed first, over all chapters."""
    found: dict[str, Entry] = {}
    for chapter in chapters:
        for code, entry in chapter.codes.items():
            found.setdefault(code, entry)
    return found
