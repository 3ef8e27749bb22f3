"""The form with which someone gets a calendar address."""

from typing import Any

from django import forms

from impact.core.web.forms import Form
from networks.meetings.invitations.calendars.models import CalendarFeed


class CalendarForm(Form):
    """Which meetings the calendar shows; a choice only for those who see more than their own."""

    covers = forms.ChoiceField(
        label="Which meetings", choices=CalendarFeed.Covers.choices, widget=forms.RadioSelect, required=True
    )

    def __init__(self, *args: Any, may_cover_all: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_cover_all:
            del self.fields["covers"]

    @property
    def chosen(self) -> str:
        return str(self.cleaned_data.get("covers", CalendarFeed.Covers.MINE))
