"""Forms about people and their accounts."""

from typing import Any

import django_filters
from django import forms

from impact.core.access.models import ApiToken
from impact.core.access.permissions import GLOBAL_ROLES
from impact.core.basics.vocabulary import Nation
from impact.core.people import lookup
from impact.core.people.models import Person
from impact.core.people.needs import NEEDS
from impact.core.web.forms import Form, ModelForm, Searching

ROLE_CHOICES = [("", "No global role (a member or coordinator of a group)")] + [
    (r.value, r.label) for r in GLOBAL_ROLES
]


class PersonFilter(Searching):
    """Narrow the list of people."""

    q = django_filters.CharFilter(label="Name or email", method="by_search")
    nation = django_filters.ChoiceFilter(choices=Nation, label="Nation", empty_label="All nations")

    class Meta:
        model = Person
        fields: list[str] = []


class WhoForm(Form):
    """Says who is meant by address and name. Where known records could be meant, they are listed to choose from."""

    NEW = "new"
    without_account = False  # only records that no one signs in with can be chosen

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.records: dict[str, Person] = {}
        if self.is_bound:
            self.offer(str(self.data.get("email", "")), str(self.data.get("name", "")))

    about: Person | None = None

    def offer(self, email: str, name: str) -> None:
        """List the records that could be meant, unless the address says it."""
        if self.about:
            return
        if not self.without_account and lookup.find_unambiguous(email, name):
            return
        records = lookup.could_be(email, name)
        if self.without_account:
            records = records.filter(user__isnull=True)
        self.records = {str(person.pk): person for person in records[: lookup.FEW]}
        if not self.records:
            return
        choices = [(pk, lookup.who(person)) for pk, person in self.records.items()]
        self.fields["person"] = forms.ChoiceField(
            choices=[*choices, (self.NEW, "None of these: a new person")],
            widget=forms.RadioSelect,
            label="Who is it?",
            help_text="We already have people with this name or address. Choose the right one.",
            error_messages={"required": "Choose who you mean"},
        )

    @property
    def chosen(self) -> Person | None:
        return self.records.get(self.cleaned_data.get("person", ""))

    @property
    def who(self) -> dict[str, Any]:
        """What ``people.find_or_add`` needs to know."""
        data = self.cleaned_data
        is_new = data.get("person") == self.NEW
        return {"email": data["email"], "name": data["name"], "chosen": self.chosen, "is_new": is_new}


class InviteForm(WhoForm):
    """Invite someone to make an account."""

    without_account = True
    name = forms.CharField(max_length=120, label="Full name")
    email = forms.EmailField(
        label="Email address", help_text="We will send the invitation here. It is valid for 14 days."
    )
    role = forms.ChoiceField(
        choices=ROLE_CHOICES, required=False, label="Role", help_text="Only an administrator can give a global role."
    )

    def __init__(self, *args: Any, may_give_roles: bool, about: Person | None = None, **kwargs: Any) -> None:
        """``about``: the record that becomes theirs, when it is known already."""
        self.about = about
        if about:
            kwargs["initial"] = {"name": about.name, "email": about.email}
        super().__init__(*args, **kwargs)
        if not may_give_roles:
            del self.fields["role"]

    @property
    def given(self) -> dict[str, Any]:
        data = {name: self.cleaned_data[name] for name in ("name", "email", "role") if name in self.cleaned_data}
        return data | {"person": self.about or self.chosen}


class PersonForm(ModelForm):
    """A person's record and what they need in order to take part."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Person
        fields = ["name", "email", "nation", "preferred_format", "preferred_language", "access_arrangements"]
        labels = {
            "name": "Full name",
            "email": "Email address",
            "preferred_format": "How they like to read papers",
            "preferred_language": "Language",
            "access_arrangements": "What they need in order to take part",
        }
        help_texts = {"access_arrangements": "In their own words, for example: a break every hour."}
        widgets = {"access_arrangements": forms.Textarea(attrs={"rows": 3})}

    OWN_WORDS = {
        "email": (
            "Contact email address",
            "This does not change the address you sign in with. We will send a link to the new address to check that it is yours.",
        ),
        "preferred_format": ("How you like to read papers", ""),
        "access_arrangements": (
            "What you need in order to take part",
            "In your own words, for example: a break every hour. Your coordinator and national staff can read it.",
        ),
    }

    def __init__(self, *args: Any, is_own: bool = False, sees_needs: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sees_needs:
            for name in NEEDS:
                del self.fields[name]
        if is_own:
            for name, (label, help_text) in self.OWN_WORDS.items():
                self.fields[name].label, self.fields[name].help_text = label, help_text


class OwnNeedsForm(PersonForm):
    """What someone without an account may change by a link from their mailbox; the mailbox itself is changed by asking us."""

    class Meta(PersonForm.Meta):
        fields = list(NEEDS)

    OWN_WORDS = {name: words for name, words in PersonForm.OWN_WORDS.items() if name in NEEDS}


class AcceptInvitationForm(Form):
    """Choose a password for a new account."""

    password1 = forms.CharField(
        label="Choose a password",
        help_text="At least 12 characters. Three words that only you would put together work well.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )
    password2 = forms.CharField(
        label="Confirm password", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password1") and data.get("password2") and data["password1"] != data["password2"]:
            self.add_error("password2", "The passwords do not match. Enter the same password twice.")
        return data


class OwnConsentForm(Form):
    """My answer to one consent question."""

    is_given = forms.TypedChoiceField(
        choices=[("yes", "Yes"), ("no", "No")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        label="Your answer",
    )


class RoleForm(Form):
    """Give or take back one global role."""

    role = forms.ChoiceField(choices=[(r.value, r.label) for r in GLOBAL_ROLES], label="Role")


class TokenForm(Form):
    """Make an API token."""

    name = forms.CharField(
        max_length=60, label="What it is for", help_text="For example: the public website, or monthly figures."
    )
    scopes = forms.MultipleChoiceField(
        required=False,
        choices=ApiToken.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        label="What it may change",
        help_text="It can read what you can. Tick nothing for a token that only reads.",
    )
    days = forms.TypedChoiceField(
        coerce=int,
        choices=[(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "One year")],
        label="Valid for",
    )


class PersonField(forms.ModelChoiceField):
    """One of the people we know, each with how they sign in, so that no one is taken for a namesake."""

    def label_from_instance(self, obj: Any) -> str:
        return lookup.who(obj)
