"""Forms about one member: terms of office, strengths, supporters."""

from typing import Any

from django import forms

from coproduction.group.models import Told
from impact.core.people.models import Person
from impact.core.web.forms import Form, area


def told_field() -> forms.ChoiceField:
    """How the member told the one who writes for them."""
    return forms.ChoiceField(
        choices=Told.choices,
        label="How did they tell you?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how the member told you"},
    )


class ForMember(Form):
    """A form that someone may fill in for a member, saying then how the member told them."""

    def __init__(self, *args: Any, is_own: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_own:
            self.fields["told"] = told_field()


class StrengthsForm(ForMember):
    """What a member wants to bring."""

    words = forms.CharField(
        required=False,
        max_length=2000,
        widget=area(6),
        label="What do you want to bring to the group?",
        help_text="For example: what you are good at, what you have lived through, who you know. "
        "Leave it empty to take back what you wrote.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, is_own: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, is_own=is_own, **kwargs)
        if not is_own:
            self.fields["words"].label = "What do they want to bring to the group?"
            self.fields["words"].help_text = "In the member’s own words."


class NewTermForm(Form):
    """A term of office for a member."""

    starts_on = forms.DateField(label="First day")
    ends_on = forms.DateField(label="Last day", help_text="The engagement lead is reminded 60 days before.")
    after = forms.IntegerField(widget=forms.HiddenInput, required=False)


class EditTermForm(Form):
    """Corrected days of a term."""

    starts_on = forms.DateField(label="First day")
    ends_on = forms.DateField(label="Last day")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class SupporterForm(Form):
    """Who supports a member."""

    supporter = forms.ModelChoiceField(
        queryset=Person.objects.none(),
        empty_label="Choose a person",
        label="Who is the supporter?",
        error_messages={"required": "Choose a person"},
    )

    def __init__(self, *args: Any, people: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["supporter"]
        field.queryset = Person.objects.filter(pk__in=[person.pk for person in people]).order_by("name", "pk")
