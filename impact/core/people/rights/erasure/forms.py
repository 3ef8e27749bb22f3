"""Forms about holds and erasing."""

from typing import Any

from django import forms

from impact.core.people.rights.erasure.models import LegalHold
from impact.core.web.forms import Form, area


class EraseForm(Form):
    """The second confirmation: the name typed again, and that the person knows."""

    name = forms.CharField(label="Type the name", max_length=120)
    is_told = forms.BooleanField(
        label="They know that this is happening now",
        help_text="Afterwards we can no longer write to them.",
        error_messages={"required": "Tell them first, then tick the box"},
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = f"Exactly as it is here: {name}"
        self.fields["name"].widget.attrs["autocomplete"] = "off"


class HoldForm(Form):
    """Why nothing of a person may be deleted, or why it may be again."""

    reason = forms.CharField(
        label="Reason",
        max_length=400,
        widget=area(3),
        help_text="For example an insurance claim or an inquiry. The person sees that there is a hold, not the reason.",
    )

    hold = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, hold: LegalHold | None, **kwargs: Any) -> None:
        super().__init__(*args, initial={"hold": hold.pk if hold else None}, **kwargs)
        if hold:
            self.fields["reason"].label = "Why it is no longer needed"
            self.fields["reason"].help_text = "For example: the claim was settled. The person does not see it."
