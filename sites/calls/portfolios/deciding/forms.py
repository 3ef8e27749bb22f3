"""Forms about decisions, letters, the release, and questions and appeals."""

from typing import Any

from django import forms

from impact.core.web.forms import MARKDOWN_HELP, Form, Versioned, area
from sites.calls.portfolios.models import Decision, Enquiry, Letter, Portfolio


class DecisionForm(Versioned):
    """What was decided about one application, and why."""

    class Meta:
        model = Decision
        fields = ["outcome", "reserve_place", "reason", "feedback"]
        labels = {"reserve_place": "Place on the reserve list", "feedback": "Feedback for the applicant"}
        help_texts = {
            "outcome": "",
            "reserve_place": "Only for the reserve list. 1 is asked first; leave empty for the next free place.",
            "reason": "For the record. Staff and leadership read it, the applicant does not.",
            "feedback": "It stands in the letter, as plain text. Everyone who is not chosen gets some.",
        }
        widgets = {"outcome": forms.RadioSelect, "reason": area(4), "feedback": area(6)}
        error_messages = {"reason": {"required": "Say why. The reason is kept with the decision."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = Decision.Outcome.choices  # type: ignore[attr-defined]


class BeginForm(Form):
    """Makes the first decisions from one portfolio, with a common reason for each kind."""

    portfolio = forms.ModelChoiceField(queryset=Portfolio.objects.none(), label="Portfolio", empty_label="Choose one")
    reason_chosen = forms.CharField(
        label="Why these are chosen",
        help_text="The common reason for all of them. You can then change each one.",
        widget=area(4),
        max_length=4000,
    )
    reason_not_chosen = forms.CharField(
        label="Why the others are not chosen",
        help_text="The common reason. You can then change each one, or put some on the reserve list.",
        widget=area(4),
        max_length=4000,
    )
    feedback_not_chosen = forms.CharField(
        label="Feedback for those not chosen",
        required=False,
        help_text="A common text to begin with. Each can be made more useful before the letters go out.",
        widget=area(5),
        max_length=4000,
    )

    def __init__(self, *args: Any, portfolios: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["portfolio"].queryset = portfolios  # type: ignore[attr-defined]


class LetterForm(Versioned):
    """The words of one letter."""

    class Meta:
        model = Letter
        fields = ["subject", "body"]
        labels = {"body": "Letter"}
        widgets = {"body": area(16)}


class ReleaseForm(Form):
    """Confirms a release by typing the round's name."""

    confirmation = forms.CharField(label="Name of the round", max_length=120)

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirmation"].help_text = f"To confirm, type: {name}"


class MoveUpForm(Form):
    """Chooses an application from the reserve list."""

    reason = forms.CharField(
        label="Reason",
        help_text="Why a place became free, and why this application gets it.",
        widget=area(4),
        max_length=4000,
    )
    feedback = forms.CharField(
        label="Feedback in the letter",
        required=False,
        help_text="Leave empty to keep the first feedback.",
        widget=area(4),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class EnquiryForm(Versioned):
    """A question or an appeal, and what was answered."""

    class Meta:
        model = Enquiry
        fields = ["kind", "received_on", "text", "answered_on", "answer"]
        labels = {"text": "What they asked or said", "answered_on": "Answered on", "answer": "What was answered"}
        help_texts = {"text": MARKDOWN_HELP, "answer": ""}
        widgets = {"kind": forms.RadioSelect, "text": area(5), "answer": area(5)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = Enquiry.Kind.choices  # type: ignore[attr-defined]
