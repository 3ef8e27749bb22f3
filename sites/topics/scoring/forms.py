"""Forms about scoring a year's topics. Rules live in the services."""

from typing import Any

from django import forms

from impact.core.people.models import User
from impact.core.web.forms import Form, Versioned, area
from sites.topics.models import CRITERIA, HIGHEST, Topic
from sites.topics.scoring.models import ScoreSheet, TopicYear
from sites.topics.scoring.services import possible_scorers

SCORES = [("", "Not scored yet"), *[(n, f"{n} out of {HIGHEST}") for n in range(HIGHEST + 1)]]
MEANS = {
    "makes_a_difference": "Would people’s lives be better for it?",
    "tackles_inequalities": "Does it reach people who are left out now?",
    "good_use_of_resources": "Is it worth the money, time and people that it takes?",
    "enough_evidence": "Do research, lived experience and practice knowledge say enough to begin?",
}


class SheetForm(Versioned):
    """One person's scores of one topic, each with a reason."""

    hide_optional = True

    class Meta:
        model = ScoreSheet
        fields = [name for field, _label in CRITERIA for name in (field, f"{field}_why")]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, label in CRITERIA:
            self.fields[field] = forms.TypedChoiceField(
                label=f"Score: {label.lower()}", choices=SCORES, coerce=int, empty_value=None, required=False
            )
            self.fields[f"{field}_why"] = forms.CharField(
                label=f"Reason: {label.lower()}", max_length=400, required=False, widget=area(2)
            )

    def _post_clean(self) -> None:
        """The service checks the row: the instance must stay as it is stored until then."""

    @property
    def parts(self) -> list[tuple[str, str, Any, Any]]:
        """(criterion, what it asks, score, reason) for each of the four."""
        return [(label, MEANS[field], self[field], self[f"{field}_why"]) for field, label in CRITERIA]


class _People(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.display_name)


class ScoringForm(Form):
    """Who is asked to score a year's topics, and by when."""

    scorers = _People(
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Who scores",
        help_text="Choose people with different perspectives, people with lived experience among them. "
        "No one sees the scores of the others before scoring is closed.",
    )
    score_by = forms.DateField(required=False, label="Score by", help_text="The day that people see on their page.")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, year: TopicYear, **kwargs: Any) -> None:
        initial: dict[str, Any] = {"version": year.version if year.pk else None, "score_by": year.score_by}
        held = list(year.scorers.values_list("user_id", flat=True)) if year.pk else []
        super().__init__(*args, initial={**initial, "scorers": held}, **kwargs)
        people: Any = self.fields["scorers"]
        people.queryset = possible_scorers() | User.objects.filter(pk__in=[pk for pk in held if pk])


class ReopenForm(Form):
    """Why scoring is opened again."""

    reason = forms.CharField(
        max_length=400,
        widget=area(3),
        label="Why scoring is opened again",
        help_text="It is kept with the results: people have seen each other’s scores by now.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


def candidates_of(year: TopicYear) -> list[Topic]:
    """The topics to score, in the order in which they are shown."""
    return list(year.candidates)
