"""Forms for updates."""

from django import forms

from impact.core.web.forms import Form, Versioned
from sites.updates.models import Update


class WithdrawForm(Form):
    """Why news is no longer public."""

    reason = forms.CharField(
        max_length=400,
        label="Why",
        help_text="For those who work on the site, for example: the date was wrong.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class UpdateForm(Versioned):
    class Meta:
        model = Update
        fields = ["title", "body"]
        labels = {"body": "What happened"}
        help_texts = {
            "title": "Give the news in a few words.",
            "body": "Keep it short and plain. Do not name anyone who has not agreed. You can use Markdown.",
        }
        widgets = {"body": forms.Textarea(attrs={"rows": 12})}
