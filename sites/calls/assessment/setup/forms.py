"""Forms of staff who prepare a round's assessment."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from impact.core.access.models import RoleGrant
from impact.core.access.permissions import Role
from impact.core.people.models import User
from impact.core.web.forms import MARKDOWN_HELP, Form, Versioned, area
from sites.calls.assessment.models import HIGHEST, AssessmentPlan, Criterion, RoundAssessor
from sites.calls.rounds.models import Round
from sites.organisations.models import Organisation

USUAL_WORDS = ["Not addressed", "Weak: many doubts", "Fair: some doubts", "Good: few doubts", "Very good: no doubts"]


class PlanForm(Versioned):
    """How a round is assessed."""

    class Meta:
        model = AssessmentPlan
        fields = ["assessors_each", "due_on", "is_blind"]
        labels = {
            "assessors_each": "Assessors for each application",
            "due_on": "Assessments are due on",
            "is_blind": "Withhold names from assessors",
        }
        help_texts = {
            "due_on": "",
            "assessors_each": "From 1 to 6. With two or more you see where they differ.",
            "is_blind": (
                "Assessors then see a reference in place of the organisation, its place and its contacts. Answers to questions "
                "that name the applicant, and files, are withheld; the same names are taken out of other answers."
            ),
        }

    def _post_clean(self) -> None:
        """The service checks the row."""


class CriterionForm(Versioned):
    """What applications are judged by, with words for each score."""

    class Meta:
        model = Criterion
        fields = ["name", "guidance", "weight"]
        labels = {"guidance": "What to look for", "weight": "Weight"}
        help_texts = {
            "name": "A few words, for example: Co-production from the start.",
            "guidance": MARKDOWN_HELP,
            "weight": "From 1 to 10. A criterion with weight 2 counts twice as much as one with weight 1.",
        }
        widgets = {"guidance": area(4)}

    def __init__(self, *args: Any, instance: Criterion | None = None, **kwargs: Any) -> None:
        super().__init__(*args, instance=instance, **kwargs)
        known = instance.score_words if instance is not None and instance.pk else USUAL_WORDS
        for n in range(HIGHEST + 1):
            self.fields[f"words_{n}"] = forms.CharField(
                label=f"What a score of {n} means", max_length=200, initial=known[n] if n < len(known) else ""
            )

    def _post_clean(self) -> None:
        """The service checks the row."""

    @property
    def changes(self) -> dict[str, Any]:
        words = [self.cleaned_data[f"words_{n}"] for n in range(HIGHEST + 1)]
        return {name: self.cleaned_data[name] for name in ("name", "guidance", "weight")} | {"score_words": words}


def people_who_assess(round: Round) -> QuerySet[User]:
    """Accounts with the role of assessor that do not assess in this round yet."""
    granted = RoleGrant.objects.in_force().filter(role=Role.ASSESSOR)
    return (
        User.objects.filter(is_active=True, pk__in=granted.values("user_id"))
        .exclude(assessor_in__round=round)
        .select_related("person")
        .order_by("person__name", "email")
    )


class _Person(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.display_name} ({obj.email})"


class AssessorForm(Versioned):
    """What an assessor brings to a round, and whom they are tied to."""

    class Meta:
        model = RoundAssessor
        fields = ["has_lived_experience", "nation", "most", "tied_to"]
        labels = {
            "has_lived_experience": "Draws on care and support, or is a carer",
            "most": "The most applications they take",
            "tied_to": "Organisations they are tied to",
        }
        help_texts = {
            "has_lived_experience": "Each application gets an assessor with lived experience where one is free.",
            "most": "The rule gives no more than this. By hand you may.",
            "tied_to": "They work there, did so, or are close to someone there. They never get these applications.",
        }
        widgets = {"tied_to": forms.CheckboxSelectMultiple}

    field_order = ["user", "has_lived_experience", "nation", "most", "tied_to"]

    def __init__(
        self, *args: Any, round: Round, instance: RoundAssessor | None = None, user: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, instance=instance, **kwargs)
        self.fields["tied_to"].queryset = Organisation.objects.visible_to(user)  # type: ignore[attr-defined]
        if instance is None:
            person = _Person(
                queryset=people_who_assess(round),
                label="Person",
                help_text="People with the role of assessor. Invite others on the page People.",
                empty_label="Choose a person",
            )
            self.fields = {"user": person, **self.fields}
            person.error_messages["required"] = "Choose a person"

    def _post_clean(self) -> None:
        """The service checks the row."""


class EligibilityForm(Form):
    """Whether an application may be considered."""

    is_eligible = forms.TypedChoiceField(
        choices=[("yes", "Yes, it may be considered"), ("no", "No, it is not eligible")],
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        label="Is this application eligible?",
    )
    reason = forms.CharField(
        max_length=400,
        required=False,
        widget=area(3),
        label="Why not, or a note",
        help_text="Needed if it is not eligible: the applicant reads it in the letter.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class GiveForm(Form):
    """An assessor of the round who is to have one more application."""

    assessor = forms.ModelChoiceField(queryset=User.objects.none(), label="Assessor", empty_label="Choose an assessor")

    def __init__(self, *args: Any, round: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(assessor_in__round=round).select_related("person").order_by("person__name")
        field: Any = self.fields["assessor"]
        field.queryset = people
        field.label_from_instance = lambda user: user.display_name
