"""Forms about joining a group: inviting, recording someone without email, and saying yes or no."""

from typing import Any

from django import forms

from impact.core.basics.vocabulary import Format, Perspective
from impact.core.web.forms import Form
from networks.groups.models import Group, Membership
from networks.members.joining.models import JoinInvitation

MEMBER_ROLES = [choice for choice in Membership.Role.choices if choice[0] != Membership.Role.COORDINATOR]
LANGUAGES = [("en", "English"), ("cy", "Welsh")]


class _PlaceForm(Form):
    """Someone's place in a group."""

    name = forms.CharField(max_length=120, label="Full name")
    perspective = forms.ChoiceField(
        choices=[("", "Choose one"), *Perspective.choices], label="The perspective they bring"
    )
    perspective_note = forms.CharField(
        max_length=120, required=False, label="In their own words", help_text="For example: a parent of an adult son."
    )
    role = forms.ChoiceField(choices=MEMBER_ROLES, initial=Membership.Role.MEMBER, label="Role in the group")
    starts_on = forms.DateField(label="First day")

    def __init__(self, *args: Any, group: Group, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["perspective"].required = group.is_local_network


class InviteMemberForm(_PlaceForm):
    """Invite someone by email."""

    email = forms.EmailField(
        label="Email address", help_text="We will send them a link. They do not need an account to answer."
    )
    field_order = ["name", "email", "perspective", "perspective_note", "role", "starts_on"]


class RecordMemberForm(_PlaceForm):
    """Record someone without email, who has told the coordinator that they want to join."""

    preferred_format = forms.ChoiceField(
        choices=Format.choices, initial=Format.STANDARD, label="How they like to read papers"
    )
    preferred_language = forms.ChoiceField(choices=LANGUAGES, initial="en", label="Language")
    access_arrangements = forms.CharField(
        max_length=400,
        required=False,
        label="What they need in order to take part",
        help_text="Ask them, and write what they say. For example: a break every hour.",
    )


class JoinForm(Form):
    """Say yes or no to joining; what one needs is optional. Each answer is a button."""

    preferred_format = forms.ChoiceField(
        choices=Format.choices, initial="standard", label="How you like to read papers"
    )
    preferred_language = forms.ChoiceField(choices=LANGUAGES, initial="en", label="Language")
    access_arrangements = forms.CharField(
        max_length=400,
        required=False,
        label="What would help you to take part?",
        help_text="In your own words, for example: a break every hour. The people who run the group can read it.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    answer = forms.ChoiceField(
        choices=JoinInvitation.Answer.choices, widget=forms.HiddenInput, error_messages={"required": "Choose yes or no"}
    )

    def __init__(self, *args: Any, has_account: bool = False, **kwargs: Any) -> None:
        """With an account, what someone needs stands in their own details already."""
        super().__init__(*args, **kwargs)
        if has_account:
            for name in ("preferred_format", "preferred_language", "access_arrangements"):
                del self.fields[name]
        if self.is_bound and self.data.get("answer") == JoinInvitation.Answer.NO:
            for field in self.fields.values():
                field.required = False

    @property
    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value or name == "access_arrangements"}
