"""Forms and filters about notices."""

from datetime import time
from typing import Any, cast

import django_filters
from django import forms
from django.conf import settings

from impact.core.basics.dates import clock
from impact.core.notices.choices import QUIET_FIELDS, by_kind
from impact.core.notices.models import NoticeChoices, NoticeKind, NoticeQuerySet, Quiet, Timing, ToldHow
from impact.core.web.forms import FilterForm, Form, Versioned

READ = [("unread", "Unread"), ("snoozed", "Put off"), ("read", "Read")]

# What people choose from, in two steps: where, then when.
WORDS = {
    Timing.AT_ONCE: "At once, by email",
    Timing.DAILY: "Once a day, by email",
    Timing.WEEKLY: "Once a week, by email",
    Timing.SITE: "At once, on this site",
    Timing.SITE_DAILY: "Once a day, on this site",
    Timing.SITE_WEEKLY: "Once a week, on this site",
    Timing.NONE: "Not at all",
}
GROUPS: list[tuple[str, list[str]]] = [
    ("By email, and on this site", [Timing.AT_ONCE, Timing.DAILY, Timing.WEEKLY]),
    ("On this site only", [Timing.SITE, Timing.SITE_DAILY, Timing.SITE_WEEKLY]),
    ("Nothing", [Timing.NONE]),
]
# These are emails of their own, with their own day; the site shows the same things anyway.
OF_WORK: list[tuple[str, list[str]]] = [("By email", [Timing.AT_ONCE]), ("No email", [Timing.SITE, Timing.NONE])]


class NoticeFilter(django_filters.FilterSet):
    """Narrow the list of notices."""

    kind = django_filters.ChoiceFilter(label="About", choices=NoticeKind.choices, empty_label="Anything")
    read = django_filters.ChoiceFilter(label="Show", choices=READ, empty_label="All", method="by_read")

    class Meta:
        form = FilterForm
        fields: list[str] = []

    def by_read(self, queryset: NoticeQuerySet, name: str, value: str) -> Any:
        if value == "read":
            return queryset.filter(read_at__isnull=False)
        return queryset.snoozed() if value == "snoozed" else queryset.shown()


class ChoicesForm(Versioned):
    """How one person hears from us, kind by kind."""

    hide_optional = True

    class Meta:
        model = NoticeChoices
        fields = [*(kind.value for kind in NoticeKind), *QUIET_FIELDS]
        labels = {
            **{kind.value: kind.label for kind in NoticeKind},
            "quiet": "When should no email reach you?",
            "quiet_from": "From",
            "quiet_until": "Until",
        }
        widgets = {"quiet": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in NoticeKind:
            chosen = getattr(self.instance, kind)
            groups = OF_WORK if kind == NoticeKind.WORK else GROUPS
            known = {value for _title, values in groups for value in values}
            groups = groups if chosen in known else [*groups, ("Now", [chosen])]
            field = cast(forms.ChoiceField, self.fields[kind])
            field.choices = [(title, [(v.value, WORDS[v]) for v in map(Timing, values)]) for title, values in groups]
        hours = [clock(time.fromisoformat(hour)) for hour in settings.QUIET_HOURS.split("-") if hour]
        usual = f"At night, from {' to '.join(hours)}" if hours else "As usual here: at no time"
        words = {Quiet.USUAL: usual, Quiet.OWN: Quiet.OWN.label, Quiet.NONE: Quiet.NONE.label}
        cast(forms.ChoiceField, self.fields["quiet"]).choices = [(quiet.value, words[quiet]) for quiet in Quiet]
        self.fields[
            "quiet"
        ].help_text = "What cannot wait, such as a meeting that is cancelled, reaches you at any hour."

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if cleaned.get("quiet") == Quiet.OWN:
            begins, ends = cleaned.get("quiet_from"), cleaned.get("quiet_until")
            if not begins or not ends or begins == ends:
                self.add_error("quiet_until", "Enter when the quiet time begins and when it ends. The two must differ.")
        elif "quiet" in cleaned:
            cleaned |= {"quiet_from": None, "quiet_until": None}
        return cleaned

    @property
    def kinds(self) -> list[dict[str, Any]]:
        """Each kind’s field, with what it is about."""
        return [{"field": self[row["kind"].value], "events": row["events"]} for row in by_kind()]


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
