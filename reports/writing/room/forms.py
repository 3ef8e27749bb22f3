"""Forms beside a section: who writes it by when, comments, and what came of them."""

from typing import Any

from django import forms

from coproduction.suggestions.passages import LONGEST
from impact.core.people.models import User
from impact.core.web.forms import Form, Versioned
from reports.writing.models import ReportSection
from reports.writing.services import writers


class OwnerField(forms.ModelChoiceField):
    """An account that may write the report, by its person's name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.display_name)


class PlanForm(Versioned):
    """Who sees that a section is written, by when, what belongs in it and how far it is."""

    owner = OwnerField(
        queryset=User.objects.none(),
        required=False,
        label="Owner",
        help_text="They are told now, a week before it is due and when it is overdue.",
        empty_label="No owner yet",
    )

    class Meta:
        model = ReportSection
        fields = ["owner", "due_on", "status", "guidance"]
        labels = {"due_on": "Due on", "status": "Status", "guidance": "What belongs in this section"}
        help_texts = {"due_on": "", "guidance": "Shown beside the section, and carried into next year’s report."}
        widgets = {"guidance": forms.Textarea(attrs={"rows": 5}), "status": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = writers()  # type: ignore[attr-defined]


class CommentForm(Form):
    """A comment on a section or a passage of it."""

    words = forms.CharField(label="Your comment", max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    passage = forms.CharField(
        label="About these words",
        help_text="Copy them from the section. Leave this empty to comment on the whole section.",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    before = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    after = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
