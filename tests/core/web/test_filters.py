"""Filters of lists are drawn in one go, and look as any other form does."""

import re

from django import forms

from impact.core.web.forms import FilterForm, Form

FRUIT = [("", "All fruit"), ("a", "Apples & pears"), ("More", [("b", "Berries"), (3, "Three")])]


class Basket(FilterForm):
    q = forms.CharField(label="Words", required=False)
    fruit = forms.ChoiceField(label="Fruit", choices=FRUIT, required=False)
    ripe = forms.BooleanField(label="Only ripe", required=False)
    size = forms.IntegerField(label="Size", required=False, help_text="In grams.")


class Usual(Form):
    hide_optional = True
    q = forms.CharField(label="Words", required=False)
    fruit = forms.ChoiceField(label="Fruit", choices=FRUIT, required=False)
    ripe = forms.BooleanField(label="Only ripe", required=False)
    size = forms.IntegerField(label="Size", required=False, help_text="In grams.")


def _plain(html: str) -> str:
    """Markup without the white space between and inside tags that browsers leave out."""
    return re.sub(r"\s*([<>])\s*", r"\1", re.sub(r"\s+", " ", html))


def test_filters_have_the_markup_of_any_other_form():
    for data in (
        None,
        {},
        {"fruit": "b", "q": "<x>"},
        {"fruit": "3", "ripe": "on"},
        {"fruit": "none such", "size": "x"},
    ):
        assert _plain(str(Basket(data))) == _plain(str(Usual(data)))


def test_what_is_chosen_and_what_is_typed_is_escaped():
    page = str(Basket({"fruit": "a", "q": '"><b>'}))
    assert '<option value="a" selected>Apples &amp; pears</option>' in page and "<b>" not in page
