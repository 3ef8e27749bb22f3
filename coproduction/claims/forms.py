"""Forms of paid involvement. People type pounds and hours; services keep pence."""

from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError

from coproduction.claims import services
from coproduction.claims.models import Claim
from coproduction.claims.money import in_pounds
from coproduction.group.forms import MemberField
from coproduction.group.models import Told
from coproduction.involvements.models import Involvement
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.web.files.uploads import Upload
from impact.core.web.forms import Form, Searching, area
from networks.groups.models import Group
from networks.meetings.models import Meeting
from sites.registry.models import Site

EXPENSES = [choice for choice in Claim.Kind.choices if choice[0] != Claim.Kind.TIME]


class MeetingField(forms.ModelChoiceField):
    """One of a group's meetings, named with its day."""

    def label_from_instance(self, row: Any) -> str:
        return f"{row.title}, {day(row.starts_at)}"


def _pounds(label: str, help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        max_digits=7,
        decimal_places=2,
        min_value=Decimal("0.01"),
        help_text=help_text,
        error_messages={"min_value": "Enter an amount of £0.01 or more.", "invalid": "Enter an amount, such as 12.50."},
    )


def typed(pence: int | None) -> str:
    """An amount as people type it: "14.50", never "14.5"."""
    return f"{Decimal(pence or 0) / 100:.2f}"


def _meetings(group: Group, user: Any) -> Any:
    return Meeting.objects.visible_to(user).filter(group=group).order_by("-starts_at")


class SpokenFor(Form):
    """What is written down for a member says how they told it; what they write themselves does not ask."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, is_own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_own:
            self.fields["told"] = forms.ChoiceField(
                choices=Told.choices,
                widget=forms.RadioSelect,
                label="How did the member tell you?",
                error_messages={"required": "Choose how the member told you."},
            )


class OfferForm(Form):
    """Offer a member pay for their time."""

    what = forms.CharField(label="What is it for?", max_length=160, help_text="Such as “Reading the draft report”.")
    on = forms.DateField(label="Day", help_text="When it will be done, or was done.")
    hours = forms.DecimalField(
        label="Hours",
        min_value=Decimal("0.25"),
        max_value=100,
        max_digits=5,
        decimal_places=2,
        help_text="Such as 2.5.",
    )
    rate = _pounds("Pay for an hour, in pounds", "Such as 20 or 12.50.")
    meeting = MeetingField(label="Meeting", queryset=Meeting.objects.none(), required=False, empty_label="No meeting")
    involvement = forms.ModelChoiceField(
        label="What members were asked to shape",
        queryset=Involvement.objects.none(),
        required=False,
        empty_label="None",
    )
    site = forms.ModelChoiceField(label="Site", queryset=Site.objects.none(), required=False, empty_label="None")

    def __init__(self, *args: Any, group: Group, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"] = MemberField(group, label="Who is it for?")
        self.order_fields(["person"])
        self.fields["meeting"].queryset = _meetings(group, user)  # type: ignore[attr-defined]
        self.fields["involvement"].queryset = Involvement.objects.visible_to(user).filter(group=group)  # type: ignore[attr-defined]
        self.fields["site"].queryset = Site.objects.visible_to(user).order_by("name")  # type: ignore[attr-defined]


class AnswerForm(SpokenFor):
    """Take up an offer of paid time, in whole or part, or decline it."""

    ANSWERS = [
        ("all", "Yes, all of the hours"),
        ("part", "Yes, some of the hours"),
        ("unpaid", "Yes, and I do not want to be paid"),
        ("no", "No, thank you"),
    ]

    answer = forms.ChoiceField(choices=ANSWERS, widget=forms.RadioSelect, label="Do you take it up?")
    hours = forms.DecimalField(
        label="How many hours?",
        required=False,
        max_digits=5,
        decimal_places=2,
        help_text="Only for some of the hours. Such as 1.5.",
    )
    words = forms.CharField(
        label="Anything to add?",
        required=False,
        max_length=400,
        widget=area(3),
        help_text="The engagement lead reads this. You need not give a reason.",
    )
    field_order = ["answer", "hours", "words", "told"]

    def __init__(self, *args: Any, claim: Claim, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.claim = claim

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("answer") == "part" and not given.get("hours") and "hours" not in self.errors:
            raise ValidationError({"hours": "Enter how many of the hours, such as 1.5."})
        return given

    @property
    def answered(self) -> dict[str, Any]:
        """What the service takes."""
        given = self.cleaned_data
        hours = {"part": given["hours"], "no": None}.get(given["answer"], self.claim.hours_offered)
        return {
            "hours": hours,
            "is_unpaid": given["answer"] == "unpaid",
            "words": given["words"],
            "told": given.get("told", ""),
            "expected": given["version"],
        }


class WithReceipt(SpokenFor):
    """A form that takes the receipt of an expense, told by its contents."""

    receipt = forms.FileField(
        label="Photo or PDF of the receipt",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/*,.pdf"}),
        help_text="Up to 10 MB. You and the engagement lead see it, and a supporter who sees your pay. No one else.",
    )

    def clean_receipt(self) -> Upload | None:
        file = self.cleaned_data["receipt"]
        return services.accept_receipt(file) if file else None


class ReceiptForm(WithReceipt):
    """Put a receipt with a claim."""

    field_order = ["receipt", "told"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receipt"].required = True


class ExpenseForm(WithReceipt):
    """Claim an expense."""

    kind = forms.ChoiceField(choices=EXPENSES, widget=forms.RadioSelect, label="What kind of expense is it?")
    what = forms.CharField(label="What it was for", max_length=160, help_text="Such as “Bus to the meeting”.")
    on = forms.DateField(label="Day of the expense")
    amount = _pounds("Amount, in pounds", "Such as 4.80.")
    reference = forms.CharField(
        label="Number on the receipt or ticket",
        required=False,
        max_length=80,
        help_text="You can claim without a receipt.",
    )
    meeting = MeetingField(label="Meeting", queryset=Meeting.objects.none(), required=False, empty_label="No meeting")
    field_order = ["kind", "what", "on", "amount", "reference", "receipt", "meeting", "told"]

    def __init__(self, *args: Any, group: Group, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["meeting"].queryset = _meetings(group, user)  # type: ignore[attr-defined]


class TimeClaimForm(SpokenFor):
    """Claim the pay for hours that were taken up."""

    amount = _pounds("How much do you claim, in pounds?", "")
    field_order = ["amount", "told"]

    def __init__(self, *args: Any, claim: Claim, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].initial = typed(claim.full_pence)
        self.fields["amount"].help_text = f"The hours come to {in_pounds(claim.full_pence)}. You can claim less."


class AgainForm(WithReceipt):
    """Put right a claim that was sent back."""

    what = forms.CharField(label="What it was for", max_length=160)
    on = forms.DateField(label="Day of the expense")
    amount = _pounds("Amount, in pounds", "")
    reference = forms.CharField(label="Number on the receipt or ticket", required=False, max_length=80)
    field_order = ["what", "on", "amount", "reference", "receipt", "told"]

    def __init__(self, *args: Any, claim: Claim, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {
            **self.initial,
            "what": claim.what,
            "on": claim.on,
            "amount": typed(claim.pence),
            "reference": claim.reference,
        }
        if claim.is_time:
            for name in ("what", "on", "reference", "receipt"):
                del self.fields[name]
        elif claim.receipt:
            self.fields["receipt"].label = "Another photo or PDF of the receipt"


class ReasonForm(Form):
    """Send a claim back, withdraw an offer, or undo a payment: why."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(label="Why?", max_length=400, widget=area(3), help_text="The member reads this.")


class TakeBackForm(SpokenFor):
    """Take a claim back."""


class PaidForm(Form):
    """Record that finance paid some claims."""

    claims = forms.TypedMultipleChoiceField(
        label="Claims that were paid",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose the claims that were paid."},
    )
    paid_on = forms.DateField(label="Day they were paid")
    reference = forms.CharField(label="Reference of the payment", max_length=80, help_text="As finance gave it to you.")

    def __init__(self, *args: Any, claims: list[Claim], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["claims"].choices = [(c.pk, f"{c.person.name}: {c.what}, {c.amount}") for c in claims]  # type: ignore[attr-defined]
        self.initial = {**self.initial, "claims": [c.pk for c in claims], "paid_on": clock.today()}


class ClaimFilter(Searching):
    """Narrow the engagement lead's list."""

    q = django_filters.CharFilter(label="Search", method="by_search")
    state = django_filters.ChoiceFilter(label="Where it stands", choices=Claim.State.choices, empty_label="Any")
    kind = django_filters.ChoiceFilter(label="Kind", choices=Claim.Kind.choices, empty_label="Any")

    class Meta:
        model = Claim
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.hide_optional = True
