"""Forms about other places that took up a site's work. Rules live in the services."""

from typing import Any

from django import forms

from impact.core.web.forms import area
from sites.organisations.models import Organisation
from sites.progress.outcomes.measures.forms import Unwritten
from sites.progress.outcomes.spread.models import Uptake


class UptakeForm(Unwritten):
    class Meta:
        model = Uptake
        fields = ["place", "organisation", "nation", "how", "on", "what"]
        labels = {
            "place": "Place",
            "organisation": "Organisation there",
            "how": "How did they take it up?",
            "on": "Since",
            "what": "What they took up, and what they changed",
        }
        help_texts = {
            "place": "For example a town, a county or a service.",
            "on": "The day it began there, or is meant to begin.",
        }
        widgets = {"how": forms.RadioSelect, "what": area(3)}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organisation = self.fields["organisation"]
        organisation.queryset = Organisation.objects.visible_to(user)  # type: ignore[attr-defined]
        organisation.empty_label = "None, or not known"  # type: ignore[attr-defined]
