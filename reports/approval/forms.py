"""Forms for sending back and approving."""

from typing import Any

from django import forms

from impact.core.web.forms import Form


class SubmitForm(Form):
    """Send the report to the leadership team."""

    due_on = forms.DateField(
        label="Ask for an answer by",
        help_text="They are reminded three days before, and again when it is late.",
        required=False,
    )


class PublishForm(Form):
    """Publish, and where comments are still open, say why."""

    carried_because = forms.CharField(
        label="Some comments are still open. Why publish now?",
        help_text="They are carried to next year’s report, with your words as the answer.",
        max_length=400,
        error_messages={"required": "Say why you publish while comments are open. Or settle them first."},
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, has_open: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_open:
            del self.fields["carried_because"]


class SendBackForm(Form):
    """Send a submitted report back to its writers."""

    note = forms.CharField(
        label="What should change",
        help_text="The writers see this at the top of the report.",
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ApproveForm(Form):
    """Approve the one edition that was read. The reason is there only where it is needed."""

    hide_optional = True

    edition = forms.IntegerField(widget=forms.HiddenInput)
    override = forms.CharField(
        label="Why approve it before the advisory group has had its say?",
        help_text="Members of the group read this.",
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, is_heard: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_heard:
            del self.fields["override"]
