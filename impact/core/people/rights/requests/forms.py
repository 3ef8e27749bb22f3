"""Forms and filters of the register of requests."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from impact.core.basics import clock
from impact.core.people.rights.requests.models import RightsRequest
from impact.core.web.forms import FilterForm, Form, HintedRadios, Searching, StepForm, area, search_rows

HINTS = {
    RightsRequest.Kind.SEE: "We tell you what we hold and why, beyond what you see on your own page.",
    RightsRequest.Kind.COPY: "We send you a copy that you can keep or take elsewhere.",
    RightsRequest.Kind.CORRECT: "Something is wrong and you cannot change it yourself.",
    RightsRequest.Kind.ERASE: "We delete what we hold about you. You can no longer sign in. It cannot be undone.",
    RightsRequest.Kind.RESTRICT: "We keep it but do not use it, for example while you dispute it.",
    RightsRequest.Kind.OBJECT: "You do not want us to use it in a certain way.",
}
LATE, EVERY = "overdue", "all"


class AskForm(Form):
    """What a person asks for about themselves."""

    kind = forms.ChoiceField(
        label="What are you asking for?", choices=RightsRequest.Kind.choices, widget=HintedRadios(hints=HINTS)
    )
    words = forms.CharField(
        label="Tell us more",
        help_text="For example what is wrong, or what you do not want us to do.",
        required=False,
        max_length=2000,
        widget=area(4),
    )


class RecordForm(Form):
    """A request that came by phone, letter or email, as staff write it down."""

    kind = forms.ChoiceField(
        label="What are they asking for?", choices=RightsRequest.Kind.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(label="In their words", required=False, max_length=2000, widget=area(4))
    how = forms.ChoiceField(
        label="How did they ask?",
        choices=[choice for choice in RightsRequest.How.choices if choice[0] != RightsRequest.How.SITE],
        widget=forms.RadioSelect,
    )
    received_on = forms.DateField(label="Date received", help_text="We have one month from this day.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["received_on"].initial = clock.today


class IdentityForm(StepForm):
    """How we know that the person themselves asked."""

    how = forms.CharField(
        label="How do you know?",
        max_length=200,
        help_text="For example: “Called back on the number we hold”. Ask for no more proof than you need.",
    )


class ExtendForm(StepForm):
    """Why an answer takes longer."""

    reason = forms.CharField(
        label="Reason", max_length=400, widget=area(3), help_text="The person reads this with their request."
    )


class AnswerForm(StepForm):
    """How a request ended."""

    state = forms.ChoiceField(
        label="How did it end?",
        choices=[(RightsRequest.State.DONE, "Done as they asked"), (RightsRequest.State.REFUSED, "Refused")],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label="Answer to the person",
        max_length=4000,
        widget=area(6),
        help_text="They read this. For a refusal, give the reason and say that they can complain to the Information "
        "Commissioner.",
    )


class RequestFilter(Searching):
    """Narrow the register, which shows what waits for an answer unless asked for others."""

    q = search_rows("Name or words")
    state = django_filters.ChoiceFilter(
        choices=[*RightsRequest.State.choices, (LATE, "Overdue"), (EVERY, "All")],
        label="State",
        empty_label=None,
        method="by_state",
    )
    kind = django_filters.ChoiceFilter(choices=RightsRequest.Kind.choices, label="Asked for", empty_label="Anything")

    class Meta:
        model = RightsRequest
        form = FilterForm
        fields: list[str] = []

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        data = data.copy() if data is not None else {}
        if not data.get("state"):
            data["state"] = RightsRequest.State.OPEN
        super().__init__(data, *args, **kwargs)

    def by_state(self, queryset: Any, name: str, value: str) -> QuerySet:
        if value == LATE:
            return queryset.overdue(clock.today())
        return queryset if value == EVERY else queryset.filter(state=value)
