"""The code of a figure, printed beside it; on pages it leads to the figure's own page."""

from collections.abc import Mapping
from typing import Any

from django import template

from reports.figures.catalogue import Indicator, by_name
from reports.formats import numbering

register = template.Library()


@register.inclusion_tag("reports/formats/pdf/_figure_code.html", takes_context=True)
def figure_code(context: Mapping[str, Any], name: str) -> dict[str, Any]:
    """``{% figure_code "sites-by-model" %}``: F2. An unknown name is an error, so that a chapter cannot be wrong quietly.

    ``figure_query`` in the context names the year and edition for the link; ``changed_figures`` says in words what of
    the figures the last edition said differently, by name.
    """
    indicator = _indicator(name)
    return {
        "figure": indicator,
        "is_page": context.get("is_page") and not context.get("are_codes_plain"),
        "is_file": context.get("is_file"),
        "query": context.get("figure_query"),
        "changed": (context.get("changed_figures") or {}).get(name),
    }


@register.simple_tag
def see(name: str) -> str:
    """``{% see "themes" %}``: "Table 7.2", a link to the first figure or table with the code of that figure."""
    return numbering.see(_indicator(name).code)


@register.simple_tag
def refer(name: str) -> str:
    """``{% refer "themes" %}``: "See Table 7.2.", or nothing where the report shows no such figure or table."""
    return numbering.refer(_indicator(name).code)


def _indicator(name: str) -> Indicator:
    if indicator := by_name(name):
        return indicator
    raise template.TemplateSyntaxError(f"No figure is called {name}: see reports/figures/catalogue.toml.")
