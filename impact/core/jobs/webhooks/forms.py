"""Forms and filters of webhooks."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from impact.core.jobs.webhooks.catalogue import events
from impact.core.jobs.webhooks.models import TEST, Webhook, WebhookDelivery
from impact.core.web.forms import FilterForm, Versioned

GROUPS = {
    "site": "Sites",
    "update": "News",
    "topic_list": "Topics",
    "round": "Rounds",
    "group": "Groups",
    "meeting": "Meetings",
    "learning": "Groups",
    "charter_version": "Co-production",
    "involvement": "Co-production",
    "report": "Reports",
    "edition": "Reports",
    "subject_report": "Reports",
}


def grouped_events() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every event in its group, to choose from."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for event in events().values():
        groups.setdefault(GROUPS[event.kind], []).append((event.name, event.words))
    return list(groups.items())


def event_choices() -> list[tuple[str, str]]:
    """Every event that a message can be about, with the test."""
    return [*((event.name, event.words) for event in events().values()), (TEST, "A test")]


class WebhookForm(Versioned):
    """Make or change a webhook of one's own."""

    name = forms.CharField(max_length=80, label="What it is for", help_text="For example: the public website.")
    address = forms.CharField(
        max_length=500,
        label="Address",
        help_text="Where messages go: https:// and a server on the public internet.",
        widget=forms.URLInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        choices=grouped_events,
        widget=forms.CheckboxSelectMultiple,
        label="What it is told of",
        error_messages={"required": "Choose at least one event"},
    )

    class Meta:
        model = Webhook
        fields = ["name", "address", "events"]

    def _post_clean(self) -> None:
        """The service checks; a form of a model would set the row before it does."""


class DeliveryFilter(django_filters.FilterSet):
    """Narrow the messages of a webhook."""

    state = django_filters.ChoiceFilter(choices=WebhookDelivery.State.choices, label="State", empty_label="Any")
    event = django_filters.ChoiceFilter(choices=event_choices, label="Event", empty_label="Any")

    class Meta:
        model = WebhookDelivery
        form = FilterForm
        fields: list[str] = []


class DeliveryApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/webhook-deliveries/."""

    webhook = django_filters.NumberFilter(
        field_name="webhook_id", min_value=1, max_value=2**63 - 1, label="Of which webhook"
    )
    state = django_filters.ChoiceFilter(choices=WebhookDelivery.State.choices, label="What became of it")
    event = django_filters.ChoiceFilter(choices=event_choices, label="What it tells of")

    class Meta:
        model = WebhookDelivery
        fields: list[str] = []


class WebhookApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/webhooks/."""

    is_active = django_filters.BooleanFilter(label="Switched on")
    own = django_filters.BooleanFilter(method="by_owner", label="Your own")

    class Meta:
        model = Webhook
        fields: list[str] = []

    def by_owner(self, queryset: QuerySet, name: str, value: bool) -> Any:
        mine = {"owner_id": self.request.user.pk}
        return queryset.filter(**mine) if value else queryset.exclude(**mine)
