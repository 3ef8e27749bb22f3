"""Forms of bookings, and the filters of their list. Amounts are typed in pounds and kept in pence."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

import django_filters
from django import forms

from impact.core.basics import clock
from impact.core.web.forms import FilterForm, Form, area
from networks.groups.filters import WithGroup
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings.models import MOST_PENCE, Booking, BookingNeed
from networks.meetings.planning.bookings.needs import OPEN, STATE_LABELS, Need
from networks.meetings.planning.directory.kinds import Kind
from networks.meetings.planning.directory.models import Provider


class Pounds(forms.DecimalField):
    """An amount typed in pounds; the form gives pence."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=0, max_value=Decimal(MOST_PENCE) / 100, decimal_places=2, max_digits=9, required=False, **kwargs
        )

    def clean(self, value: Any) -> int | None:
        amount = super().clean(str(value).replace("£", "").replace(",", "").strip() if value is not None else value)
        return None if amount is None else int(amount * 100)

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(value) / 100:.2f}" if isinstance(value, int) else value


class Step(Form):
    """A step of one booking, which remembers the version it was opened with, and where it settles what people said, what
    they said then."""

    settles_needs = False

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)

    def __init__(
        self, *args: Any, booking: Booking, providers: Sequence[Provider], seen: str = "", **kwargs: Any
    ) -> None:
        self.booking = booking
        super().__init__(*args, initial=self.first(booking) | {"seen": seen}, **kwargs)
        if "provider" in self.fields:
            offer_providers(self.fields["provider"], providers)
        if not self.settles_needs:
            del self.fields["seen"]
        self.order_fields([name for name in self.fields if name not in ("version", "seen")] + ["version", "seen"])

    def see_again(self, booking: Booking, seen: str) -> None:
        """Show the form once more with what people say now, so that saving again is saving with that in mind."""
        booking.refresh_from_db(fields=["version"])
        posted: Any = self.data
        data = posted.copy()
        data["seen"], data["version"] = seen, str(booking.version)
        self.data = data

    def first(self, booking: Booking) -> dict[str, Any]:
        """What the form shows at first: the booking as it is."""
        known = {name: getattr(booking, name, None) for name in self.base_fields}
        return {name: value for name, value in known.items() if value not in (None, "")}

    @property
    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


def offer_providers(field: Any, providers: Sequence[Provider]) -> None:
    """Let someone choose among these providers, those who fit first, as the caller put them."""
    field.queryset = Provider.objects.filter(pk__in=[row.pk for row in providers])
    field.choices = [
        ("", "Choose one" if field.required else "Not chosen yet"),
        *((row.pk, str(row)) for row in providers),
    ]


def _provider(*, is_required: bool) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(queryset=Provider.objects.none(), required=is_required, label="Provider")


class RequestForm(Step):
    """Who was asked, when, and what they were sent."""

    settles_needs = True

    provider = _provider(is_required=True)
    requested_on = forms.DateField(label="Asked on")
    sent = forms.CharField(
        max_length=400,
        required=False,
        label="What you told or sent them",
        help_text="For example the time, the place, and the agenda. Not the name of the person who needs it.",
        widget=area(2),
    )
    estimate_pence = Pounds(label="Expected cost in pounds", help_text="With VAT.")

    def first(self, booking: Booking) -> dict[str, Any]:
        return super().first(booking) | {"requested_on": clock.today()}


class ConfirmForm(Step):
    """What the provider confirmed."""

    settles_needs = True

    provider = _provider(is_required=False)
    confirmed_on = forms.DateField(label="Confirmed on")
    reference = forms.CharField(max_length=80, required=False, label="Their reference")
    who_comes = forms.CharField(
        max_length=80,
        required=False,
        label="Who is coming",
        help_text="A first name is enough, so that members know whom to expect. Keep nothing else about interpreters.",
    )

    def first(self, booking: Booking) -> dict[str, Any]:
        return super().first(booking) | {"confirmed_on": clock.today()}


class GiveUpForm(Step):
    """It could not be found."""

    settles_needs = True

    reason = forms.CharField(max_length=400, label="Why it could not be found", widget=area(2))
    offered = forms.CharField(
        max_length=400,
        label="What is offered instead",
        help_text="The person reads this. For example: captions this time, and a BSL summary afterwards.",
        widget=area(2),
    )
    told_on = forms.DateField(
        required=False,
        label="The person was told on",
        help_text="Leave empty until you have told them; the meeting’s page reminds you.",
    )


class CancelForm(Step):
    """Why it is cancelled, and what that costs."""

    reason = forms.CharField(max_length=400, label="Why", widget=area(2))
    cost_pence = Pounds(label="What cancelling costs, in pounds", help_text="With VAT. Leave empty if it is free.")


class FinishForm(Step):
    """It took place."""

    actual_pence = Pounds(label="What it cost, in pounds", help_text="With VAT. You can add this later.")


class ChangeForm(Step):
    """What exactly is booked."""

    what = forms.CharField(
        max_length=200, required=False, label="What exactly", help_text="For example two interpreters, all day."
    )
    due_on = forms.DateField(required=False, label="Ready by", help_text="For papers in another format.")
    estimate_pence = Pounds(label="Expected cost in pounds", help_text="With VAT.")


def _choices(needs: Sequence[Need]) -> list[tuple[str, str]]:
    said = STATE_LABELS | {OPEN: ""}
    return [(str(n.person.pk), n.person.name + (f" ({said[n.state].lower()})" if said[n.state] else "")) for n in needs]


class ForPeople(Form):
    """A form about some of the people who need one kind at a meeting."""

    def __init__(self, *args: Any, needs: Sequence[Need], is_required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people_by_key = {str(need.person.pk): need.person for need in needs}
        if needs:
            self.fields["people"] = forms.MultipleChoiceField(
                choices=_choices(needs),
                label="Who it is for",
                widget=forms.CheckboxSelectMultiple,
                required=is_required,
                initial=[str(need.person.pk) for need in needs if need.state == OPEN],
            )
            self.order_fields(["people", *(name for name in self.fields if name != "people")])

    @property
    def people(self) -> list[Any]:
        return [self.people_by_key[key] for key in self.cleaned_data.get("people", [])]


class BookForm(ForPeople):
    """Turn a need into a booking."""

    what = forms.CharField(
        max_length=200,
        required=False,
        label="What exactly",
        help_text="For example two interpreters, all day. No names of the people who need it.",
    )
    due_on = forms.DateField(required=False, label="Ready by")
    provider = _provider(is_required=False)
    requested_on = forms.DateField(
        required=False, label="Asked on", help_text="If you have asked the provider already. Otherwise leave it empty."
    )
    sent = forms.CharField(max_length=400, required=False, label="What you told or sent them", widget=area(2))
    estimate_pence = Pounds(label="Expected cost in pounds", help_text="With VAT.")

    def __init__(
        self, *args: Any, kind: str, providers: Sequence[Provider], others: Sequence[Meeting], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer_providers(self.fields["provider"], providers)
        if kind not in (Kind.EASY_READ, Kind.FORMATS):
            del self.fields["due_on"]
        self.by_key = {str(meeting.pk): meeting for meeting in others}
        if others:
            self.fields["also"] = forms.MultipleChoiceField(
                choices=[(key, f"{m.title}, {m.starts_on:%-d %B %Y}") for key, m in self.by_key.items()],
                label="Book the same for these meetings too",
                help_text="For those of the people above who need it there.",
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )

    @property
    def also(self) -> list[Meeting]:
        return [self.by_key[key] for key in self.cleaned_data.get("also", [])]

    @property
    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in ("people", "also")}


class PutAsideForm(ForPeople):
    """Nothing is booked for it this time."""

    reason = forms.CharField(
        max_length=400,
        label="Why it is not needed this time",
        help_text="The person can read this, and say if it is wrong.",
        widget=area(2),
    )


class KindForm(Form):
    """What to book that is not on the list of needs: what is for everyone, such as the room, or one more of a kind."""

    kind = forms.ChoiceField(
        label="What to book", help_text="For what one person needs, add it to what they need first. Then book it above."
    )

    def __init__(self, *args: Any, kinds: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [choice for choice in Kind.choices if choice[0] in kinds]  # type: ignore[attr-defined]


class WrongForm(Form):
    """What is not right about what is arranged for me."""

    words = forms.CharField(max_length=400, label="What is not right?", widget=area(3))


class WorkedForm(Form):
    """Was it there, and did it work?"""

    worked = forms.ChoiceField(choices=BookingNeed.Worked, label="How was it?", widget=forms.RadioSelect)
    words = forms.CharField(max_length=400, required=False, label="Anything to do differently?", widget=area(2))


class BookingFilter(WithGroup):
    q = django_filters.CharFilter(label="Provider, reference or meeting", method="by_search")
    kind = django_filters.ChoiceFilter(choices=Kind, label="Kind", empty_label="All kinds")
    state = django_filters.ChoiceFilter(choices=Booking.State, label="State", empty_label="All")

    class Meta:
        model = Booking
        fields: list[str] = []
        form = FilterForm
