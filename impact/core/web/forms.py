"""How forms are drawn: Django's own renderer with GOV.UK markup, so that no form names a CSS class."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxLengthValidator, URLValidator
from django.db import models
from django.db.models import QuerySet
from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict

SHOWN = 4000  # characters of a text that a page showed, for comparing


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
MISSING: list[tuple[Any, str]] = [
    (forms.FileField, "Choose a file"),
    (forms.BooleanField, "Tick the box to continue"),
    ((forms.ChoiceField, forms.ModelChoiceField), "Choose an answer"),
    (forms.DateTimeField, "Enter a date and time"),
    (forms.DateField, "Enter a date"),
    (forms.Field, "Enter an answer"),
]
WEB_ADDRESS = "Enter a web address, such as https://example.org/page."
TOO_LONG = "Write at most %(limit_value)d characters. This has %(show_value)d."
DJANGO_MISSING = forms.Field.default_error_messages["required"]


class NativeInputs:
    """Gives every field the browser's own date and time controls, room for what is pasted, and plain words when it is empty."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.URLField):
                field.error_messages["invalid"] = WEB_ADDRESS
                others = [check for check in field.validators if not isinstance(check, URLValidator)]
                field.validators = [*others, URLValidator(schemes=["http", "https"], message=WEB_ADDRESS)]
            field.validators = [
                MaxLengthValidator(check.limit_value, TOO_LONG) if type(check) is MaxLengthValidator else check
                for check in field.validators
            ]
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs.pop("maxlength", None)  # browsers cut what is pasted, without a word
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
    links: Crumbs | None = None,
    **more: Any,
) -> HttpResponse:
    """A page with one form; 409 when someone else saved first. ``links``: what else there is to do about its row."""
    context = {
        "form": form,
        "title": title,
        "button": button,
        "crumbs": crumbs,
        "back": crumbs[-1][1],
        "lead": lead,
        "differences": differences,
        "is_warning": is_warning,
        "links": links or [],
        **more,
    }
    return render(request, "forms/page.html", context, status=200 if differences is None else 409)


def show_error(form: forms.BaseForm, error: ValidationError) -> None:
    """Put a service's refusal beside the field it is about, or on top; what was typed stays."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, errors in error.error_dict.items():
        form.add_error(field if field in form.fields and field != NON_FIELD_ERRORS else None, errors)


@contextmanager
def errors_on(form: forms.BaseForm) -> Iterator[None]:
    """Run a service for a valid form: when it refuses, the reason stands in the form and the view goes on to draw it.

    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            row = services.add_row(by=request.user, **form.cleaned_data)
            messages.success(request, "Row added.")
            return redirect(row)
    return render(request, …)
    """
    try:
        yield
    except ValidationError as error:
        show_error(form, error)


@contextmanager
def errors_as_messages(request: HttpRequest) -> Iterator[None]:
    """Run a service for a button: when it refuses, the reason is a message on the page that the view redirects to."""
    try:
        yield
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)


def take_version(form: Any, row: Any) -> None:
    """After a conflict: what was typed stays, and saving again means saving over ``row`` as it is now."""
    form.data = form.data.copy()
    form.data["version"] = str(row.version)


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(sorted(str(row) for row in value))
    if isinstance(field, forms.MultipleChoiceField):
        labels = dict(field.choices)  # type: ignore[arg-type]
        return ", ".join(str(labels.get(item, item)) for item in value)
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    return day(value) or ("" if value is None else str(value))


def show_conflict(form: Any, conflict: Conflict, now: Mapping[str, Any]) -> list[dict[str, str]]:
    """Someone saved first: keep what was typed, take the new version, and give the differences side by side.

    ``now``: field → what is saved now. Returns dicts of label, theirs, yours for the fields that differ.
    """
    typed = dict(form.cleaned_data)
    take_version(form, conflict.current)
    form.add_error(None, conflict.messages[0])
    rows = []
    for name, saved in now.items():
        field = form.fields[name]
        theirs, yours = _in_words(field, saved), _in_words(field, typed.get(name))
        if theirs != yours:
            rows.append({"label": form[name].label, "theirs": theirs, "yours": yours})
    return rows


class StepForm(Form):
    """A small form that is one step with a row: it remembers which version of the row its reader saw. For ``step_page``."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, row: Any, initial: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial={"version": row.version, **(initial or {})}, **kwargs)

    @property
    def given(self) -> dict[str, Any]:
        """What the step is given, with the version that was seen."""
        return {"expected" if name == "version" else name: value for name, value in self.cleaned_data.items()}


def step_page(
    request: HttpRequest,
    form: Any,
    *,
    save: Callable[[], Any],
    now: Callable[[Any], Mapping[str, Any]],
    done: Callable[[Any], str],
    **page: Any,
) -> HttpResponse:
    """The page of a small form that is one step with a row: saved, or refused, or, where a colleague was quicker, both texts
    side by side. ``save`` gives the row; ``now``: what of it to compare; ``done``: what to say. The rest is for ``form_page``."""
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            row = save()
        except Conflict as conflict:
            differences = show_conflict(form, conflict, now(conflict.current))
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, done(row))
            return redirect(row)
    return form_page(request, form, differences=differences, **page)


def removal_page(
    request: HttpRequest, conflict: Conflict, *, now: str, title: str, button: str, back: str
) -> HttpResponse:
    """Someone changed what was to be removed: what the page showed (sent as ``shown``) beside what it says ``now``,
    and the same button again, for the row as it is now. 409."""
    context = {
        "title": title,
        "button": button,
        "back": back,
        "shown": request.POST.get("shown", "")[:SHOWN],
        "now": now,
        "version": conflict.current.version,
    }
    return render(request, "forms/removal.html", context, status=409)


def name_blanks(form: forms.BaseForm) -> None:
    """Give the empty answer of each list words instead of dashes."""
    for field in form.fields.values():
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            words = "Choose one" if field.required else "Not recorded"
            field.choices = [(v, words if v == "" and "--" in str(label) else label) for v, label in field.choices]  # type: ignore[misc, union-attr]


class Versioned(ModelForm):
    """A form about one row that remembers which version it was opened with."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, instance: models.Model | None = None, **kwargs: Any) -> None:
        initial = kwargs.pop("initial", None) or {}
        if instance is not None:
            initial.setdefault("version", instance.version)  # type: ignore[attr-defined]
        super().__init__(*args, instance=instance, initial=initial, **kwargs)
        name_blanks(self)

    @property
    def changes(self) -> dict[str, Any]:
        """What was typed, without the version."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


def edit_page(
    request: HttpRequest, row: Any, form: Any, save: Any, template: str, context: dict[str, Any]
) -> HttpResponse:
    """Save a versioned form about ``row`` through ``save``; a clash shows both texts and keeps what was typed."""
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            save(type(row).objects.get(pk=row.pk), form)
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in form.changes}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(row)
    status = 200 if differences is None else 409
    return render(request, template, {"form": form, "differences": differences, **context}, status=status)


MARKDOWN_HELP = "Plain words. Leave a line between paragraphs; start a line with “- ” for a list."


def area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class HintedRadios(forms.RadioSelect):
    """Radio buttons with a line beside each that says what choosing it means."""

    def __init__(self, hints: Mapping[Any, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hints = hints

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        hint = self.hints.get(value)
        if hint and option["attrs"].get("id"):
            option |= {"hint": hint, "hint_id": f"{option['attrs']['id']}_hint"}
            option["attrs"]["aria-describedby"] = option["hint_id"]
        return option


class Choosing(forms.Select):
    """A list to choose one from, as templates/django/forms/widgets/select.html draws it, without a template for each choice:
    the filters of a long list hold dozens."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = set(self.format_value(value))
        given = self.build_attrs(self.attrs, attrs)
        css = " ".join(filter(None, ["govuk-select", given.pop("class", "")]))
        lines: list[str] = []
        for key, label in self.choices:
            if isinstance(label, list | tuple):
                inner = "".join(self._option(one, words, chosen) for one, words in label)
                lines.append(f'<optgroup label="{escape(key)}">{inner}</optgroup>')
            else:
                lines.append(self._option(key, label, chosen))
        options = mark_safe("\n".join(lines))  # noqa: S308 – every word in it is escaped
        return format_html('<select name="{}"{}>\n{}\n</select>', name, flatatt({"class": css, **given}), options)

    def _option(self, value: Any, label: Any, chosen: set[str]) -> str:
        text = "" if value is None else str(value)
        return f'<option value="{escape(text)}"{" selected" if text in chosen else ""}>{conditional_escape(label)}</option>'


class FilterForm(Form):
    """All of a filter is optional, so no field says so. Long lists carry many filters, so they are drawn in one go."""

    hide_optional = True
    template_name = "forms/filters.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if type(field.widget) is forms.Select:
                field.widget = Choosing(field.widget.attrs, field.widget.choices)


class Searching(django_filters.FilterSet):
    """A filter whose search goes through the queryset's own ``search``."""

    def by_search(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.search(value)


def search_rows(label: str) -> django_filters.CharFilter:
    return django_filters.CharFilter(label=label, method="by_search")
