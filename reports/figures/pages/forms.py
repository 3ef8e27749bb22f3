"""Filtering the catalogue of figures, and looking a printed code up."""

from collections.abc import Iterable
from typing import Any

from django import forms

from reports.figures.catalogue import INDICATORS
from reports.figures.pages.lines import Line

OWNERS = sorted({one.owner for one in INDICATORS})
SOURCES = sorted({one.source for one in INDICATORS})


def _choices(any_: str, words: Iterable[str]) -> list[tuple[str, str]]:
    return [("", any_), *((word, word) for word in words)]


class CatalogueFilter(forms.Form):
    """What to show of the catalogue."""

    q = forms.CharField(label="Search codes and words", required=False, max_length=80)
    owner = forms.ChoiceField(label="Owner", required=False, choices=_choices("Any owner", OWNERS))
    source = forms.ChoiceField(label="Source", required=False, choices=_choices("Any source", SOURCES))
    changed = forms.BooleanField(label="Changed since the last edition", required=False)

    def chosen(self, lines: list[Line]) -> list[Line]:
        """The lines that the filter leaves; all where it is not filled in as it should be."""
        if not self.is_valid():
            return lines
        wanted: dict[str, Any] = self.cleaned_data
        words = wanted["q"].lower().split()
        return [
            line
            for line in lines
            if all(word in _text(line) for word in words)
            and wanted["owner"] in ("", line.indicator.owner)
            and wanted["source"] in ("", line.indicator.source)
            and (line.was or not wanted["changed"])
        ]

    @property
    def is_filled(self) -> bool:
        """Whether anything is asked for."""
        return any(self.data.get(name) for name in self.fields)


def _text(line: Line) -> str:
    one = line.indicator
    return f"{one.code} {one.name} {one.title} {one.definition} {one.unit}".lower()


class CodeForm(forms.Form):
    """A code as it is printed beside a figure."""

    code = forms.CharField(
        label="Code of a figure",
        max_length=12,
        help_text="A capital F and a number, such as F12. It is printed beside the figure.",
    )
