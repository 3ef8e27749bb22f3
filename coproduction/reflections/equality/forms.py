"""Forms of equality monitoring for the national team, and the filters of its figures."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms

from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import Form
from networks.groups.models import GroupKind


class OpenForm(Form):
    """Open this year's round."""

    kinds = forms.MultipleChoiceField(
        label="Whose members are asked?", choices=GroupKind.choices, widget=forms.CheckboxSelectMultiple
    )
    closes_on = forms.DateField(label="Last day for answers", help_text="Allow four weeks or more.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].initial = [GroupKind.LOCAL_NETWORK, GroupKind.ADVISORY_GROUP]
        self.fields["closes_on"].initial = clock.today() + timedelta(days=28)


class FiguresForm(Form):
    """Which published figures to show: of a year, and of a kind of group or a nation."""

    hide_optional = True

    year = forms.ChoiceField(label="Year", required=False)
    kind = forms.ChoiceField(label="Kind of group", required=False, choices=[("", "All"), *GroupKind.choices])
    nation = forms.ChoiceField(label="Nation", required=False, choices=[("", "All"), *Nation.choices])

    def __init__(self, *args: Any, years: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(str(year), str(year)) for year in years]  # type: ignore[attr-defined]
