"""Forms about sending the papers of a meeting. Rules live in the services."""

from collections.abc import Iterable
from typing import Any

from django import forms

from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.web.forms import Form
from networks.documents.materials.models import Material
from networks.documents.materials.sending.plan import pieces_of


class WhichPapersForm(Form):
    """Which papers of a meeting are sent."""

    paper = forms.ModelMultipleChoiceField(
        queryset=Material.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Which papers",
        error_messages={"required": "Choose at least one paper"},
    )

    def __init__(self, *args: Any, materials: Iterable[Material], stopped: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = {material.pk: material for material in materials}
        field = self.fields["paper"]
        field.queryset = Material.objects.filter(pk__in=rows)  # type: ignore[attr-defined]
        field.label_from_instance = lambda row: _with_state(rows[row.pk], row.pk in stopped)  # type: ignore[attr-defined]


def _with_state(material: Material, is_stopped: bool) -> str:
    """The paper, and why it may not be chosen."""
    if not pieces_of(material):
        return f"{material.title} (no file or web address, so it cannot be emailed)"
    if is_stopped:
        return f"{material.title} (you stopped its links)"
    return f"{material.title} (sent on {day(material.sent_on)})" if material.sent_on else material.title


class MarkSentForm(Form):
    """The day on which the coordinator sent the papers without the platform."""

    on = forms.DateField(label="When you sent them", initial=clock.today)
