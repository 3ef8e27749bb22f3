"""Forms about people and their accounts."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from impact.core.forms import Form, ModelForm
from impact.core.models import Invitation, Person
from impact.core.permissions import GLOBAL_ROLES
from impact.core.vocabulary import Nation

ROLE_CHOICES = [("", "No global role (a member or coordinator of a group)")] + [
    (r.value, r.label) for r in GLOBAL_ROLES
]


class PersonFilter(django_filters.FilterSet):
    """Narrow the list of people."""

    q = django_filters.CharFilter(label="Name or e-mail", method="filter_q")
    nation = django_filters.ChoiceFilter(choices=Nation, label="Nation", empty_label="All nations")

    class Meta:
        model = Person
        fields: list[str] = []

    def filter_q(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.search(value)


class InviteForm(ModelForm):
    """Invite somebody to make an account."""

    role = forms.ChoiceField(
        choices=ROLE_CHOICES, required=False, label="Role", help_text="Only an administrator may give a global role."
    )

    class Meta:
        model = Invitation
        fields = ["name", "email", "role"]
        labels = {"name": "Full name", "email": "E-mail address"}
        help_texts = {"email": "We send the invitation here. It works for 14 days."}

    def __init__(self, *args: Any, may_give_roles: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_give_roles:
            del self.fields["role"]

    def validate_unique(self) -> None:
        """A new invitation replaces an open one to the same address, so that is no error."""


class PersonForm(ModelForm):
    """A person's record and what they need in order to take part."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Person
        fields = ["name", "email", "nation", "preferred_format", "preferred_language", "access_arrangements"]
        labels = {
            "name": "Full name",
            "email": "E-mail address",
            "preferred_format": "How they like to read papers",
            "preferred_language": "Language",
            "access_arrangements": "What they need in order to take part",
        }
        help_texts = {"access_arrangements": "In their own words, for example: a break every hour."}
        widgets = {"access_arrangements": forms.Textarea(attrs={"rows": 3})}

    OWN_WORDS = {
        "email": ("Where we write to you", "This does not change the address you sign in with."),
        "preferred_format": ("How you like to read papers", ""),
        "access_arrangements": (
            "What you need in order to take part",
            "In your own words, for example: a break every hour. Your coordinator and national staff can read it.",
        ),
    }

    def __init__(self, *args: Any, is_own: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_own:
            for name, (label, help_text) in self.OWN_WORDS.items():
                self.fields[name].label, self.fields[name].help_text = label, help_text


class AcceptInvitationForm(Form):
    """Choose a password for a new account."""

    password1 = forms.CharField(
        label="Choose a password",
        help_text="At least 12 characters. Three words that only you would put together work well.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )
    password2 = forms.CharField(
        label="The same password again", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password1") and data.get("password2") and data["password1"] != data["password2"]:
            self.add_error("password2", "The two passwords are not the same. Type the same one twice.")
        return data


class RoleForm(Form):
    """Give or take back one global role."""

    role = forms.ChoiceField(choices=[(r.value, r.label) for r in GLOBAL_ROLES], label="Role")


class TokenForm(Form):
    """Make an API token."""

    days = forms.TypedChoiceField(
        coerce=int,
        choices=[(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "One year")],
        label="How long it works",
    )
