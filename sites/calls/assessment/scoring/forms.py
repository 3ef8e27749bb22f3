"""Forms of an assessor: the conflict question, and a score with a reason for each criterion."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from impact.core.web.forms import Form, area
from sites.calls.assessment.models import Assessment, Criterion
from sites.calls.assessment.scoring.services import Given

LONGEST = 4000
REASON_HELP = "What in the application made you choose this score?"


class ConflictForm(Form):
    """Whether an assessor has a conflict of interest, asked before anything opens."""

    has_conflict = forms.TypedChoiceField(
        choices=[("no", "No, I have no conflict"), ("yes", "Yes, I have a conflict")],
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        label="Do you have a conflict of interest?",
        error_messages={"required": "Choose yes or no"},
    )
    reason = forms.CharField(
        max_length=400,
        required=False,
        widget=area(3),
        label="If yes, what is it?",
        help_text="A few words. Only staff read this.",
    )


class LateConflictForm(Form):
    """A conflict that an assessor noticed while reading."""

    reason = forms.CharField(
        max_length=400, widget=area(3), label="What is the conflict?", help_text="A few words. Only staff read this."
    )


class MessageForm(Form):
    """Something to say about an application."""

    words = forms.CharField(max_length=LONGEST, widget=area(4), label="Your message")


@dataclass(frozen=True)
class Row:
    """One criterion on the page: the score's buttons and the reason's box."""

    number: int
    criterion: Criterion
    score: forms.BoundField
    reason: forms.BoundField


class ScoreForm(Form):
    """One score with its reason for each criterion, and a comment. Nothing is required in a draft."""

    hide_optional = True

    def __init__(
        self, data: Any = None, *, criteria: Sequence[Criterion], assessment: Assessment | None = None, **kwargs: Any
    ) -> None:
        self.criteria = list(criteria)
        initial: dict[str, Any] = {}
        if assessment is not None:
            initial = {"comment": assessment.comment, "version": assessment.version}
            for score in assessment.scores.all():
                initial[f"score-{score.criterion_id}"] = score.value
                initial[f"reason-{score.criterion_id}"] = score.reason
        super().__init__(data, initial=initial, **kwargs)
        self.fields |= dict(self._fields())

    def _fields(self) -> Iterator[tuple[str, forms.Field]]:
        for criterion in self.criteria:
            words: list[str] = criterion.score_words
            choices = [(n, f"{n}: {text}") for n, text in enumerate(words)]
            score = forms.TypedChoiceField(
                choices=choices, widget=forms.RadioSelect, coerce=int, empty_value=None, required=False
            )
            score.label = f"Score for {criterion.name}"
            yield f"score-{criterion.pk}", score
            reason = forms.CharField(max_length=LONGEST, required=False, widget=area(2), help_text=REASON_HELP)
            reason.label = f"Reason for your score for {criterion.name}"
            yield f"reason-{criterion.pk}", reason
        yield (
            "comment",
            forms.CharField(
                max_length=LONGEST,
                required=False,
                widget=area(4),
                label="Anything else for the panel",
                help_text="Strengths, doubts, or what you would ask the applicant.",
            ),
        )
        yield "version", forms.IntegerField(widget=forms.HiddenInput, required=False)

    @property
    def rows(self) -> list[Row]:
        return [
            Row(n, criterion, self[f"score-{criterion.pk}"], self[f"reason-{criterion.pk}"])
            for n, criterion in enumerate(self.criteria, start=1)
        ]

    @property
    def given(self) -> Given:
        """Criterion → score and reason, as typed."""
        found: Mapping[str, Any] = self.cleaned_data
        return {
            criterion.pk: (found.get(f"score-{criterion.pk}"), found.get(f"reason-{criterion.pk}", ""))
            for criterion in self.criteria
        }
