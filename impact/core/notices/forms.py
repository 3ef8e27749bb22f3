"""Forms and filters about notices."""

from typing import Any

import django_filters
from django import forms

from impact.core.notices.models import NoticeChoices, NoticeKind, NoticeQuerySet, ToldHow
from impact.core.web.forms import FilterForm, Form, Versioned

READ = [("unread", "Not read yet"), ("read", "Read")]


class NoticeFilter(django_filters.FilterSet):
    """Narrow the list of notices."""

    kind = django_filters.ChoiceFilter(label="About", choices=NoticeKind.choices, empty_label="Anything")
    read = django_filters.ChoiceFilter(label="Show", choices=READ, empty_label="All", method="by_read")

    class Meta:
        form = FilterForm
        fields: list[str] = []

    def by_read(self, queryset: NoticeQuerySet, name: str, value: str) -> Any:
        return queryset.filter(read_at__isnull=value == "unread")


class ChoicesForm(Versioned):
    """How one person hears from us, kind by kind."""

    hide_optional = True

    class Meta:
        model = NoticeChoices
        fields = [kind.value for kind in NoticeKind]
        labels = {kind.value: kind.label for kind in NoticeKind}


class ChoicesForAnotherForm(ChoicesForm):
    """The same for someone who asked for it."""

    asked = forms.BooleanField(
        label="They asked me to choose this for them", help_text="They see your name beside the choices."
    )
    field_order = ["version", *ChoicesForm.Meta.fields, "asked"]

    @property
    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in super().changes.items() if name != "asked"}


class ToldForm(Form):
    """How someone was told in person."""

    how = forms.ChoiceField(label="How did you tell them?", choices=ToldHow.choices, initial=ToldHow.PHONE)
