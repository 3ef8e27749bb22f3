"""Forms about who comes to a meeting."""

from typing import Any

from django import forms

from impact.core.basics.dates import when
from impact.core.web.forms import Form
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Meeting


class AnswerForm(Form):
    """Whether one person comes, and what they need. Each answer is a button, so that one tap is enough."""

    access_needs = forms.CharField(
        max_length=400,
        required=False,
        label="What would help you to take part?",
        help_text="For example: a quiet room, captions, a lift. Only those who run the meeting read this.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    answer = forms.ChoiceField(choices=MeetingInvitation.Answer.choices, widget=forms.HiddenInput)
    asked_for = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, invitation: MeetingInvitation, by_link: bool = False, **kwargs: Any) -> None:
        """``by_link``: a link can be passed on, so what someone needs is not shown to the person who opens it."""
        starts_at = invitation.meeting.starts_at.isoformat()
        initial = {"asked_for": starts_at, "access_needs": "" if by_link else invitation.access_needs}
        super().__init__(*args, initial=initial, **kwargs)
        self.by_link = by_link
        if by_link and invitation.access_needs:
            self.fields[
                "access_needs"
            ].help_text = "We have what you told us before. Write here only if it has changed."
        self.fields["answer"].error_messages["required"] = "Choose one of the three answers"

    @property
    def given(self) -> dict[str, Any]:
        """What to keep; by the link an empty field changes nothing."""
        data = dict(self.cleaned_data)
        return data | {"access_needs": data["access_needs"] or None} if self.by_link else data

    def ask_again(self, invitation: MeetingInvitation) -> None:
        """The next try answers for the time that the page shows now."""
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["asked_for"] = invitation.meeting.starts_at.isoformat()  # type: ignore[index]


class ToldAnswerForm(Form):
    """What someone said on the telephone."""

    answer = forms.ChoiceField(
        choices=MeetingInvitation.Answer.choices, widget=forms.RadioSelect, label="What they said"
    )
    access_needs = forms.CharField(
        max_length=400, required=False, label="What they need", widget=forms.Textarea(attrs={"rows": 2})
    )


class AnnounceForm(Form):
    """Which drafts to announce."""

    meetings = forms.ModelMultipleChoiceField(
        queryset=Meeting.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Meetings to announce",
        error_messages={"required": "Choose at least one meeting"},
    )

    def __init__(self, *args: Any, drafts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["meetings"]
        field.queryset = drafts  # type: ignore[attr-defined]
        field.label_from_instance = _with_date  # type: ignore[attr-defined]
        self.initial.setdefault("meetings", [meeting.pk for meeting in drafts])


def _with_date(meeting: Meeting) -> str:
    return f"{when(meeting.starts_at)}: {meeting.title}"
