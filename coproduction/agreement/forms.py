"""Forms for proposing a version and taking a position."""

from datetime import timedelta
from typing import Any

from django import forms

from coproduction.agreement.models import Position
from coproduction.agreement.standing import MEANINGS
from coproduction.group.models import Told
from impact.core.basics import clock
from impact.core.web.forms import Form, HintedRadios, area


class ProposeForm(Form):
    """Put a draft to the members."""

    hide_optional = True

    change_note = forms.CharField(
        label="What changed, and why",
        max_length=400,
        required=False,
        widget=area(3),
        help_text="Members read this first. Not needed for the first version.",
    )
    closes_on = forms.DateField(label="Answer by", help_text="Allow two weeks or more, for people who need time.")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closes_on"].initial = clock.today() + timedelta(days=15)


class WithdrawForm(Form):
    """Withdraw a text."""

    reason = forms.CharField(
        label="Why it is withdrawn",
        max_length=400,
        widget=area(3),
        help_text="Everyone who can read the text will see this.",
    )


class PositionForm(Form):
    """Say where you stand on one exact text."""

    hide_optional = True

    text_hash = forms.CharField(widget=forms.HiddenInput, required=False)
    stance = forms.ChoiceField(
        choices=Position.Stance.choices, label="Where do you stand?", widget=HintedRadios(MEANINGS)
    )
    reason = forms.CharField(
        label="Your reason",
        max_length=2000,
        required=False,
        widget=area(4),
        help_text="Needed unless you agree. You and the engagement lead can read it, and no one else.",
    )


class PositionForMemberForm(PositionForm):
    """Write down where a member stands, as they told it."""

    told = forms.ChoiceField(choices=Told.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, member: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stance"].label = f"Where does {member} stand?"
        self.fields["reason"].label = f"The reason of {member}, in their words"
        self.fields[
            "reason"
        ].help_text = f"Needed unless {member} agrees. {member} and the engagement lead can read it."
        self.fields["told"].label = f"How did {member} tell you?"
        self.fields["told"].help_text = "This is shown beside the answer, with your name."


class ExtendForm(Form):
    """Give members more time."""

    closes_on = forms.DateField(label="New deadline")
