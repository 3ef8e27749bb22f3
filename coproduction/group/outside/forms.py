"""Forms about outside groups and what was learned."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from coproduction.group.outside.models import Exchange, OutsideGroup
from impact.core.basics import clock
from impact.core.web.forms import Searching, Versioned, area, search_rows


class OutsideGroupForm(Versioned):
    """An outside group that the group is in touch with."""

    class Meta:
        model = OutsideGroup
        fields = ["name", "about", "web", "known_since", "ended_on"]
        labels = {
            "name": "Name of the group",
            "about": "Who are they, and why are you in touch?",
            "web": "Their web page",
            "known_since": "When did you first talk?",
            "ended_on": "When were you last in touch?",
        }
        help_texts = {
            "about": "Write about the group. Leave out names of people.",
            "ended_on": "Leave this empty while you are in touch.",
            "known_since": "",
        }
        widgets = {"about": area(4)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields["ended_on"]

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class ExchangeForm(Versioned):
    """Something that one group learned from the other."""

    class Meta:
        model = Exchange
        fields = ["direction", "words", "led_to", "on"]
        labels = {
            "direction": "Who learned from the other?",
            "words": "What was learned?",
            "led_to": "What came of it?",
            "on": "When was this?",
        }
        help_texts = {"words": "A few words are fine. Leave out names of people.", "led_to": "You can add this later."}
        widgets = {"direction": forms.RadioSelect, "words": area(4), "led_to": area(3)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["direction"].choices = Exchange.Direction.choices  # type: ignore[attr-defined]
        if self.instance.pk is None:
            self.initial.setdefault("on", clock.today())

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class OutsideGroupFilter(Searching):
    """Narrow the list of outside groups."""

    q = search_rows("Search")
    contact = django_filters.ChoiceFilter(
        label="In touch",
        choices=[("now", "In touch now"), ("before", "In touch before")],
        method="by_contact",
        empty_label="Any",
    )

    class Meta:
        model = OutsideGroup
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.hide_optional = True

    def by_contact(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.filter(ended_on__isnull=value == "now")
