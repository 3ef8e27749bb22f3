"""The form on which members answer a waypoint."""

from typing import Any

from django import forms

from coproduction.group.models import Told
from coproduction.waypoints.answers.models import WaypointAnswer
from coproduction.waypoints.answers.services import LONGEST_ANSWER
from coproduction.waypoints.models import Waypoint
from impact.core.people.models import Person
from impact.core.web.forms import Form, HintedRadios, area

PRIVATE, SHARED = "private", "shared"
OWN = {
    PRIVATE: "Only you see it. You can share it later.",
    SHARED: "Your group and the engagement lead can read it.",
}


class AnswerWaypointForm(Form):
    """A box for each question, and whether the answer is shared. For someone else: how they told the one who writes."""

    hide_optional = True

    def __init__(
        self, *args: Any, waypoint: Waypoint, answer: WaypointAnswer | None, member: Person | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        words = answer.words if answer else []
        for number, question in enumerate(waypoint.question_list):
            self.fields[f"answer_{number}"] = forms.CharField(
                label=question,
                required=False,
                max_length=LONGEST_ANSWER,
                widget=area(5),
                initial=words[number] if number < len(words) else "",
            )
        private = f"Only you and {member} see it. They can share it later." if member else OWN[PRIVATE]
        shared = f"{member}’s group and the engagement lead can read it." if member else OWN[SHARED]
        self.fields["sharing"] = forms.ChoiceField(
            label=f"Who can read {member}’s answer?" if member else "Who can read your answer?",
            choices=[(PRIVATE, "Keep it private for now"), (SHARED, "Share it with the group")],
            initial=SHARED if answer and answer.is_shared else PRIVATE,
            widget=HintedRadios({PRIVATE: private, SHARED: shared}),
            error_messages={"required": "Choose who can read it"},
        )
        if member is not None:
            self.fields["told"] = forms.ChoiceField(
                label=f"How did {member} tell you?",
                choices=[("", "Choose one"), *Told.choices],
                initial=answer.told if answer else "",
                error_messages={"required": "Choose how they told you"},
            )
        self.fields["version"] = forms.IntegerField(
            widget=forms.HiddenInput, required=False, initial=answer.version if answer else 0
        )

    @property
    def words(self) -> list[str]:
        return [value for name, value in self.cleaned_data.items() if name.startswith("answer_")]
