"""Template tags and filters for pages and components. Built in: no {% load %} is needed."""

from collections.abc import Iterable, Mapping
from typing import Any

import ua_parser
from django import template
from django.core.paginator import Page
from django.forms.utils import flatatt
from django.utils.safestring import SafeString
from django.utils.text import slugify

from impact.core.basics import dates, vocabulary

register = template.Library()
register.filter(dates.day)
register.filter(dates.clock)
register.filter(dates.when)
register.filter(vocabulary.pounds)

# The words are the statuses of the models; a status that is not listed is grey.
TONES = {
    "green": "taken-in accepted active agree agreed approved answered appointed attended changed chosen closed-answered complete completed confirmed current "
    "debriefed delivered done enabler granted in-force joined known live met no-change on-course open paid published ready resolved reviewed saved sent strong succeeded taken-on will-do taken-up verified yes",
    "blue": "adapted carried in-part adjust approached assessing assigned checked claimed collecting considered due-soon experience in-progress in-review partly invited logged moderate new next planned preparing question "
    "queued requested being-arranged reserve review reviewing running scheduled scored scoring setting-up set-up shortlisted solution submitted to-decide tried under-review undoing upcoming writing",
    "yellow": "advertised at-risk awaiting barrier debrief-due due late missing needs-attention not-reported off-course open-question overdue "
    "partial needed no-booking to-be-confirmed-again paused pending reservation retrying returned said thin unbalanced unknown waiting warning expiring",
    "red": "not-found could-not-be-found lacking blocked declined error expired failed object objected refused rejected stopped suspended withdrawn",
    "purple": "asked draft emerging new-version offered proposed suggested suggestion writing",
}
TONE_OF = {word: tone for tone, words in TONES.items() for word in words.split()}


@register.filter
def status_tone(status: object) -> str:
    """The tag colour for a status; the tag always says the status in words too."""
    return TONE_OF.get(slugify(str(status).replace("_", "-")), "grey")


INPUT_CLASSES = {
    "checkbox": "govuk-checkboxes__input",
    "radio": "govuk-radios__input",
    "file": "govuk-file-upload",
    "hidden": "",
}


@register.filter
def attributes(widget: Mapping[str, Any], css: str = "") -> SafeString:
    """The attributes of a form's widget with our class. ``css`` "input": the class for the input's type."""
    if css == "input":
        css = INPUT_CLASSES.get(widget["type"], "govuk-input")
    attrs = {name: value for name, value in widget["attrs"].items() if name not in ("class", "placeholder")}
    if widget.get("type") == "radio":
        attrs.pop("aria-invalid", None)  # the group says so, and ARIA does not allow it on one button
    css = " ".join(filter(None, [css, widget["attrs"].get("class")]))
    return flatatt({"class": css, **attrs} if css else attrs)


@register.filter
def markdown(text: str | None) -> SafeString:
    """Markdown that people wrote, as clean HTML."""
    from impact.core.basics.markdown import render_markdown

    return render_markdown(text or "")


@register.filter
def share(value: float | None, whole: float | None) -> str:
    """value of whole as a whole-number percentage, for text and for SVG widths."""
    return f"{round(100 * (value or 0) / whole)}%" if whole else "0%"


def _length(value: float, top: float) -> str:
    """A bar's length for an SVG attribute: never longer than its row, visible when not zero."""
    if value <= 0 or top <= 0:
        return "0%"
    return f"{max(0.8, min(100.0, 100 * value / top)):.1f}%"


@register.filter
def chart_rows(rows: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Rows of label and value, each with its bar length against the longest. A value of None is withheld."""
    rows = list(rows or [])
    top = max((row["value"] or 0 for row in rows), default=0)
    return [{**row, "length": _length(row["value"] or 0, top)} for row in rows]


@register.filter
def split_rows(rows: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Rows of label, enablers and barriers, with lengths on one scale so that the two sides compare."""
    rows = list(rows or [])
    top = max((max(row["enablers"] or 0, row["barriers"] or 0) for row in rows), default=0)
    return [
        {
            **row,
            "enablers_length": _length(row["enablers"] or 0, top),
            "barriers_length": _length(row["barriers"] or 0, top),
            "barriers_start": f"{100 - float(_length(row['barriers'] or 0, top)[:-1]):.1f}%",
        }
        for row in rows
    ]


@register.filter
def score_blocks(score: float) -> list[dict[str, float]]:
    """The five blocks of a score out of five: where each stands, and how much of it is filled."""
    blocks = []
    for n in range(5):
        width = round(14 * min(1.0, max(0.0, score - n)), 1)
        blocks.append({"frame": 16 * n + 0.5, "x": 16 * n, "width": width, "rx": min(3, width / 2)})
    return blocks


CADENCE = {
    "done": ("✓", "Held"),
    "next": ("→", "Next"),
    "late": ("!", "Late"),
    "planned": ("○", "Planned"),
    "none": ("–", "Not planned"),
}


@register.filter
def cadence_slots(slots: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Meeting slots with the symbol and the label of their state, so that colour is never the only difference."""
    signed = []
    for slot in slots or []:
        state = str(slot.get("state")) if slot.get("state") in CADENCE else "none"
        sign, words = CADENCE[state]
        signed.append({**slot, "state": state, "sign": sign, "words": words})
    return signed


@register.filter
def tile_class(nation: str) -> str:
    """The place of a nation in the tile map, from its name or code."""
    key = slugify(str(nation).replace("_", "-"))
    codes = {"ni": "northern-ireland", "uk": "uk-wide", "eng": "england", "sco": "scotland", "wal": "wales"}
    return codes.get(key, key)


@register.filter
def page_numbers(page: Page | None) -> list[int | str]:
    """The page links to show: first, last and those near the current one, with gaps between."""
    if page is None:
        return []
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


OTHER_NAMES = {"Mobile Safari": "Safari", "Mac OS X": "a Mac", "iOS": "an iPhone or iPad", "Other": ""}


@register.filter
def device_name(user_agent: str | None) -> str:
    """A browser's long description as "Firefox on Windows", for the list of signed-in devices."""
    found = ua_parser.parse(user_agent or "")
    families = [part.family if part else "" for part in (found.user_agent, found.os)]
    browser, system = (OTHER_NAMES.get(family, family) for family in families)
    return f"{browser or 'A browser'} on {system or 'a device'}"
