"""Forms for handing over duties, naming supporters, and someone leaving."""

from typing import Any

from django import forms

from impact.core.access.acting.models import SCOPES, ActingFor, Sort
from impact.core.people.models import Person
from impact.core.people.rights.acting.duties import held_by, takers_of
from impact.core.web.forms import Form, area


def _duty_choices(person: Person, *, to_cover: bool) -> list[tuple[str, str]]:
    return [(held.value, held.label) for _sort, found in held_by(person, to_cover=to_cover) for held in found]


def _people(people: list[Person]) -> list[tuple[str, str]]:
    return [("", "Choose a colleague"), *((str(person.pk), person.name) for person in people)]


class _ChoosesColleague(Form):
    """A form with the colleagues who could rightly hold what is chosen."""

    def offer(self, person: Person, *, to_cover: bool) -> None:
        self.fields["duties"].choices = _duty_choices(person, to_cover=to_cover)  # type: ignore[attr-defined]
        sorts = [sort for sort, _found in held_by(person, to_cover=to_cover)]
        self.people = {str(p.pk): p for p in takers_of(person, sorts)}
        self.fields["helper"].choices = _people(list(self.people.values()))  # type: ignore[attr-defined]

    def clean_helper(self) -> Person:
        return self.people[self.cleaned_data["helper"]]


class CoverForm(_ChoosesColleague):
    """Hand duties to a colleague from a day to a day."""

    duties = forms.MultipleChoiceField(
        label="What they take on",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one duty."},
    )
    helper = forms.ChoiceField(label="Who covers", help_text="Colleagues who do such work already.")
    starts_on = forms.DateField(label="From")
    ends_on = forms.DateField(label="Until", help_text="The last day. It ends automatically after that.")
    note = forms.CharField(
        label="What they should know", required=False, max_length=500, widget=area(3), help_text="Only they read this."
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(person, to_cover=True)


class SupporterForm(Form):
    """Name a supporter: who, what they may do, and until when."""

    name = forms.CharField(label="Their name", max_length=120)
    email = forms.EmailField(
        label="Their email address",
        help_text="We write to them. If they have no account here, they are invited to make one.",
    )
    scopes = forms.MultipleChoiceField(
        label="What they may do",
        choices=[(scope.value, scope.label) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        initial=[Sort.PAPERS.value],
        help_text="Someone who manages claims can also write things down. They never answer for you whether you agree with a "
        "text, what you consent to, or questions about equality.",
        error_messages={"required": "Choose at least one thing that they may do."},
    )
    ends_on = forms.DateField(label="Until", help_text="The last day. We remind you both a week before.")
    note = forms.CharField(label="A note to them", required=False, max_length=500, widget=area(3))


class SupporterForAnotherForm(SupporterForm):
    """The same, written down by staff for someone without an account."""

    told = forms.ChoiceField(
        label="How they told you", choices=[("", "Choose how")] + list(ActingFor.Told.choices), widget=forms.Select
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (Sort.PAPERS.value, "Read their groups’ papers and notices"),
            (Sort.WORDS.value, "Write down what they say: suggestions, answers and contributions"),
            (Sort.CLAIMS.value, "Manage their claims, and see what they were paid"),
            (Sort.DATA.value, "See what is held about them, and download it for them"),
        ]
        self.fields["scopes"].help_text = "Never whether they agree with a text, what they consent to, or equality."


class AnswerForm(Form):
    """Say no, and why."""

    reason = forms.CharField(label="Why not", required=False, max_length=300, widget=area(2))


class GiveForm(_ChoosesColleague):
    """Give duties of someone who leaves to a colleague for good."""

    duties = forms.MultipleChoiceField(
        label="What to give away",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose what to give away."},
    )
    helper = forms.ChoiceField(label="Give to")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(person, to_cover=False)


class CloseForm(Form):
    """Close the account; a reason where something is left without anyone."""

    reason = forms.CharField(
        label="Why this is left without anyone",
        max_length=400,
        widget=area(2),
        help_text="It is kept on the group’s page. For example: the network ends this month.",
        error_messages={"required": "Give this away first, or say why it is left without anyone."},
    )

    def __init__(self, *args: Any, asks_why: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_why:
            del self.fields["reason"]
