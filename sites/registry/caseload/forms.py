"""Forms about supervision. Rules live in the services."""

from typing import Any

from django import forms

from impact.core.web.forms import Versioned, area
from sites.registry.caseload.models import Supervision


class SupervisionForm(Versioned):
    class Meta:
        model = Supervision
        fields = ["on", "is_held", "note"]
        labels = {"on": "Date", "is_held": "It was held", "note": "Private note"}
        help_texts = {
            "is_held": "Leave this empty to plan a date.",
            "note": "A short reminder for supervisors. Only national staff can read it. "
            "Nothing about health or private matters.",
        }
        widgets = {"note": area(3)}

    is_held = forms.BooleanField(required=False, label="It was held", help_text="Leave this empty to plan a date.")

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = False
