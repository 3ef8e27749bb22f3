"""Forms for waypoints."""

from typing import Any

from django import forms

from coproduction.waypoints.models import Waypoint
from impact.core.basics import clock
from impact.core.web.forms import MARKDOWN_HELP, ModelForm, area


# --- Waypoints -----------------------------------------------------------------------------------
class WaypointForm(ModelForm):
    """Plan a waypoint."""

    class Meta:
        model = Waypoint
        fields = ["title", "due_on"]
        labels = {"title": "Name of the waypoint", "due_on": "When the group will take stock"}
        help_texts = {"title": "For example: Spring waypoint."}


class RecordWaypointForm(ModelForm):
    """Keep what the group found at a waypoint."""

    class Meta:
        model = Waypoint
        fields = ["held_on", "where_we_are", "heading", "outcome"]
        labels = {
            "held_on": "Day it was held",
            "where_we_are": "Where are we?",
            "heading": "Are we heading as intended?",
            "outcome": "What it led to",
        }
        help_texts = {"where_we_are": MARKDOWN_HELP, "heading": "", "outcome": "“No change” is an answer too."}
        widgets = {"where_we_are": area(6), "heading": area(6), "outcome": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.Meta.fields:
            self.fields[name].required = True
        self.fields["outcome"].choices = Waypoint.Outcome.choices  # type: ignore[attr-defined]
        self.initial["held_on"] = self.initial.get("held_on") or clock.today()

    def _post_clean(self) -> None:
        """The service sets the fields and checks the row; the instance must stay as it is stored until then."""
