"""Forms about outcome measures and their readings. Rules live in the services."""

from typing import Any

from django import forms

from impact.core.web.forms import HintedRadios, Versioned, area
from sites.progress.outcomes.measures.models import FRAME_MEANS, Frame, OutcomeMeasure, Reading


class Unwritten(Versioned):
    """A form whose service checks the row: the instance stays as it is stored until then."""

    def _post_clean(self) -> None:
        """Nothing is set on the instance here."""


class MeasureForm(Unwritten):
    frame = forms.ChoiceField(choices=Frame.choices, widget=HintedRadios(FRAME_MEANS), label="What it is about")

    class Meta:
        model = OutcomeMeasure
        fields = ["frame", "name", "definition", "unit", "better", "source", "baseline_value", "baseline_on"]
        labels = {
            "name": "Name of the measure",
            "definition": "What is counted, and how",
            "better": "Which is better?",
            "source": "Where the numbers come from",
            "baseline_value": "Baseline",
            "baseline_on": "Date of the baseline",
        }
        help_texts = {
            "name": "Short, for example: Older people with a plan.",
            "definition": "So that another person would count the same.",
            "unit": "For example: people, %, £ or hours.",
            "source": "For example: the host’s monthly return.",
            "baseline_value": "Where it stood before the site began. Leave both empty if that is not known.",
        }
        widgets = {"definition": area(3), "better": forms.RadioSelect}


class ReadingForm(Unwritten):
    class Meta:
        model = Reading
        fields = ["on", "value", "note"]
        labels = {"on": "Date of the reading", "value": "Value", "note": "Note"}
        help_texts = {"note": "What one should know when reading this number. Do not name people."}
        widgets = {"note": area(2)}

    def __init__(self, *args: Any, measure: OutcomeMeasure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].help_text = f"In {measure.unit}."
