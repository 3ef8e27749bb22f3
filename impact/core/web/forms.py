"""How forms are drawn: Django's own renderer with GOV.UK markup, so that no form names a CSS class."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class Renderer(TemplatesSetting):
    """Draws every form and field with templates/forms/; widgets are in templates/django/forms/widgets/."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
    formset_template_name = "forms/formset.html"


def whole_number(text: str | None) -> int | None:
    """The number in a hidden field or an address; None where a browser of ours would not have written it."""
    is_number = text is not None and text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if is_number else None  # type: ignore[arg-type]


# Dates use the browser's own picker rather than three boxes for day, month and year: it works with
# the keyboard, voice and screen readers, follows the reader's language, opens a wheel on phones and
# cannot send a day that does not exist. People here mostly enter dates near today, where a picker is
# quicker than typing. Browsers send and expect ISO dates whatever they show, hence the fixed formats.


class DateInput(forms.DateInput):
    """A date, picked with the browser's own control."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DateTimeInput(forms.DateTimeInput):
    """A date and time in the site's time zone, picked with the browser's own control."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class TimeInput(forms.TimeInput):
    """A time of day, picked with the browser's own control."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


NATIVE = {forms.DateInput: DateInput, forms.DateTimeInput: DateTimeInput, forms.TimeInput: TimeInput}


# "This field is required" does not say what to do. Django's own words stay where a form sets its own.
MISSING = [
    (forms.FileField, "Choose a file"),
    (forms.BooleanField, "Tick the box to go on"),
    ((forms.ChoiceField, forms.ModelChoiceField), "Choose an answer"),
    (forms.DateTimeField, "Enter a date and a time"),
    (forms.DateField, "Enter a date"),
    (forms.Field, "Enter an answer"),
]
DJANGO_MISSING = forms.Field.default_error_messages["required"]


class NativeInputs:
    """Gives every field the browser's own date and time controls and plain words when it is empty."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            native = NATIVE.get(type(field.widget))
            if native:
                field.widget = native(attrs=field.widget.attrs)
            if field.error_messages.get("required") == DJANGO_MISSING:
                field.error_messages["required"] = next(words for kind, words in MISSING if isinstance(field, kind))


class Form(NativeInputs, forms.Form):
    """The base of forms that are not about one model."""


class ModelForm(NativeInputs, forms.ModelForm):
    """The base of forms about one model."""


Crumbs = list[tuple[str, str]]


def form_page(
    request: HttpRequest,
    form: Any,
    *,
    title: str,
    button: str,
    crumbs: Crumbs,
    lead: str = "",
    differences: list[dict[str, str]] | None = None,
    is_warning: bool = False,
    **more: Any,
) -> HttpResponse:
    """A page with one form; 409 when somebody else saved first."""
    context = {
        "form": form,
        "title": title,
        "button": button,
        "crumbs": crumbs,
        "back": crumbs[-1][1],
        "lead": lead,
        "differences": differences,
        "is_warning": is_warning,
        **more,
    }
    return render(request, "networks/form_page.html", context, status=200 if differences is None else 409)
