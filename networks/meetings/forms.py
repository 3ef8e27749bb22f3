"""Forms about groups, members, meetings and actions. Rules live in the services; the log has its own forms."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils import timezone

from impact.core.web.forms import Form, Versioned
from networks.meetings.models import Meeting


class MeetingForm(Versioned):
    """Plan a meeting, or change it."""

    date = forms.DateField(label="Date")
    starts = forms.TimeField(label="Starts at")
    ends = forms.TimeField(label="Ends at")
    reason = forms.CharField(
        max_length=400,
        required=False,
        label="Reason for changing the date or time",
        help_text="This is sent to everyone who was invited. For example: the room is not available.",
    )
    join_url = forms.URLField(
        required=False,
        assume_scheme="https",
        label="Link to join online",
        help_text="For example from Zoom or Teams. It goes to members in their invitation.",
    )

    field_order = [
        "title",
        "date",
        "starts",
        "ends",
        "reason",
        "mode",
        "venue",
        "place",
        "join_url",
        "access_arrangements",
        "purpose",
    ]

    class Meta:
        model = Meeting
        fields = ["title", "mode", "venue", "place", "join_url", "access_arrangements", "purpose"]
        labels = {"mode": "How people meet", "purpose": "Purpose"}
        help_texts = {
            "title": "A few words. Members see this. Leave empty for “Meeting 1”, “Meeting 2” and so on.",
            "venue": "A place from the directory of venues, where one is known. It shows whether the room has what people need.",
            "place": "The room and address. Needed before you announce a meeting in person. "
            "Leave it empty for the address in the directory.",
            "access_arrangements": "For example: captions on, step-free, a break every hour.",
            "purpose": "What you want to achieve together. You can use Markdown.",
        }
        widgets = {"purpose": forms.Textarea(attrs={"rows": 4}), "mode": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        meeting = self.instance
        self.fields["title"].required = meeting.pk is not None
        self.fields["venue"].empty_label = "Not in the directory"  # type: ignore[attr-defined]
        if meeting.is_draft or meeting.is_held:
            del self.fields["reason"]
        if meeting.pk:
            starts, ends = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
            self.initial |= {"date": starts.date(), "starts": starts.time(), "ends": ends.time()}  # type: ignore[operator]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("starts") and data.get("ends") and data["ends"] <= data["starts"]:
            self.add_error("ends", "The meeting ends before it starts. Choose a later end.")
        return data

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""

    @property
    def changes(self) -> dict[str, Any]:
        given = {name: value for name, value in self.cleaned_data.items() if name in self._meta.fields}  # type: ignore[operator]
        day = self.cleaned_data["date"]
        return given | {
            "starts_at": _aware(day, self.cleaned_data["starts"]),
            "ends_at": _aware(day, self.cleaned_data["ends"]),
        }


def _aware(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


class ReasonForm(Form):
    """A step that needs a reason."""

    reason = forms.CharField(max_length=400, label="Why", widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, hint: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = hint


class AgendaItemForm(Form):
    """One line of the agenda; an empty title takes it off. Lines stand in the order in which they are shown."""

    FIELDS = ("id", "title", "minutes", "owner")

    hide_optional = True
    id = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(max_length=160, required=False, label="What to talk about")
    minutes = forms.IntegerField(min_value=1, max_value=600, required=False, label="Minutes")
    owner = forms.CharField(max_length=120, required=False, label="Led by")


AGENDA_LINES = 40
AgendaFormSet = formset_factory(AgendaItemForm, extra=2, max_num=AGENDA_LINES)


class DebriefForm(Form):
    """What manager and coordinator agreed after a meeting."""

    held_on = forms.DateField(label="Date of the debrief")
    went_well = forms.CharField(
        required=False, max_length=5000, label="What went well", widget=forms.Textarea(attrs={"rows": 3})
    )
    to_change = forms.CharField(
        required=False, max_length=5000, label="What to change", widget=forms.Textarea(attrs={"rows": 3})
    )
    agreed_next = forms.CharField(
        max_length=2000,
        label="What you agreed for next time",
        help_text="This will go on the agenda of the next meeting.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
