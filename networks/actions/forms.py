"""Forms for actions."""

from typing import Any

from django import forms

from impact.core.basics import clock
from impact.core.web.forms import Form, Versioned
from networks.actions.models import Action
from networks.log.models import Contribution


class ActionForm(Versioned):
    """Change an open action."""

    class Meta:
        model = Action
        fields = ["what", "owner", "due_on", "contribution"]
        labels = {
            "what": "What will be done",
            "owner": "Owner",
            "due_on": "Due date",
            "contribution": "Source contribution",
        }
        help_texts = {"owner": "Choose a member or a role, or write who."}
        widgets = {
            "what": forms.Textarea(attrs={"rows": 2}),
            "owner": forms.TextInput(attrs={"list": "owners", "autocomplete": "off"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        action = self.instance
        said = Contribution.objects.kept().filter(meeting__group_id=action.group_id)
        if action.meeting_id:
            said = said.filter(meeting_id=action.meeting_id)
        if action.contribution_id:
            said = said | Contribution.objects.filter(pk=action.contribution_id)
        self.fields["contribution"].queryset = said  # type: ignore[attr-defined]
        self.fields["contribution"].empty_label = "Nothing in particular"  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class ProgressForm(Form):
    """How far an action has come."""

    words = forms.CharField(
        max_length=400, label="Progress so far", widget=forms.Textarea(attrs={"rows": 2}), strip=True
    )
    on = forms.DateField(label="On", initial=clock.today)


class CloseActionForm(Form):
    """How an action ended."""

    status = forms.ChoiceField(
        choices=[(Action.Status.DONE.value, "It is done"), (Action.Status.DROPPED.value, "It was dropped")],
        widget=forms.RadioSelect,
        label="Is it done or dropped?",
    )
    outcome = forms.CharField(
        max_length=400,
        required=False,
        label="Outcome",
        help_text="If it was dropped, say why.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    closed_on = forms.DateField(label="On", initial=clock.today)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
