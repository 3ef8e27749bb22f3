"""Forms for proposing a version and taking a position."""

from datetime import timedelta
from typing import Any

from django import forms

from coproduction.agreement.models import Position
from coproduction.agreement.standing import MEANINGS
from coproduction.group.forms import MemberField
from impact.core.basics import clock
from impact.core.web.forms import Form, HintedRadios, area
from networks.groups.models import Group


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
        help_text="Needed unless you agree. Members of the group and the engagement lead can read it.",
    )

    def __init__(self, *args: Any, for_members_of: Group | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if for_members_of is not None:
            self.fields["person"] = MemberField(for_members_of, label="Which member?")
            self.fields["stance"].label = "Where do they stand?"
            self.fields["reason"].label = "Their reason"
            self.order_fields(["person", "stance", "reason"])


class ExtendForm(Form):
    """Give members more time."""

    closes_on = forms.DateField(label="New deadline")
