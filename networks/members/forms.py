"""Forms about one member: their place in the group, what they need, what they agreed to; and handing a group over."""

from typing import Any

from django import forms

from impact.core.basics import clock
from impact.core.people.consents import ASK_AGAIN_AFTER
from impact.core.people.models import TOLD_HOW, Person
from impact.core.web.forms import Form, Versioned
from networks.groups.models import Membership
from networks.members.joining.forms import MEMBER_ROLES


class MembershipForm(Versioned):
    """Correct a membership."""

    class Meta:
        model = Membership
        fields = ["perspective", "perspective_note", "role", "starts_on", "ends_on", "end_reason"]
        labels = {
            "perspective": "The perspective they bring",
            "perspective_note": "In their own words",
            "role": "Role in the group",
            "starts_on": "First day",
            "ends_on": "Last day",
            "end_reason": "Why it ended",
        }
        help_texts = {
            "ends_on": "Leave empty while they belong to the group.",
            "end_reason": "Only if the person wants it kept.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.role == Membership.Role.COORDINATOR:
            del self.fields["role"]
        else:
            self.fields["role"].choices = MEMBER_ROLES  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class NeedsForm(Versioned):
    """What a member needs in order to take part."""

    class Meta:
        model = Person
        fields = ["preferred_format", "preferred_language", "access_arrangements"]
        labels = {
            "preferred_format": "How they like to read papers",
            "preferred_language": "Language",
            "access_arrangements": "What they need in order to take part",
        }
        help_texts = {"access_arrangements": "In their own words, for example: a break every hour."}
        widgets = {"access_arrangements": forms.Textarea(attrs={"rows": 3})}

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class ConsentForm(Form):
    """What a member answered to one question."""

    is_given = forms.TypedChoiceField(
        choices=[("yes", "Yes"), ("no", "No")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        label="What they answered",
    )
    given_on = forms.DateField(label="When you asked")
    told_how = forms.ChoiceField(choices=TOLD_HOW, required=False, widget=forms.RadioSelect, label="How they told you")
    expires_on = forms.DateField(
        required=False, label="Ask again by", help_text="A year is usual. People may change their mind before that."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("given_on", clock.today())
        self.initial.setdefault("expires_on", clock.today() + ASK_AGAIN_AFTER)


class HandoverForm(Form):
    """What the next coordinator should know."""

    note = forms.CharField(
        required=False,
        max_length=5000,
        label="What the next coordinator should know",
        help_text="For example: who likes a call before a meeting, what you have promised, what you would do next. "
        "Members do not read it. You can use Markdown.",
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class EndMembershipForm(Form):
    """The last day of a membership."""

    ends_on = forms.DateField(
        label="Last day",
        help_text="They can open the group's pages up to and including this day. Choose yesterday to end it now.",
    )
    reason = forms.CharField(
        max_length=200, required=False, label="Why it ends", help_text="Only if the person wants it kept."
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
