"""Forms for updates."""

from typing import Any

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
    """News of a site or of the centre, a vacancy, or an output: each kind has fields of its own."""

    OWN = {
        Update.Kind.NEWS: [],
        Update.Kind.VACANCY: ["employer", "closes_on", "web_address"],
        Update.Kind.OUTPUT: ["web_address"],
    }
    BODY = {
        Update.Kind.NEWS: "What happened",
        Update.Kind.VACANCY: "What the post is about",
        Update.Kind.OUTPUT: "What it is and who it is for",
    }
    ADDRESS = {Update.Kind.VACANCY: "Where to apply", Update.Kind.OUTPUT: "Where to find it"}

    class Meta:
        model = Update
        fields = ["title", "body", "topic", "employer", "closes_on", "web_address"]
        labels = {"topic": "Topic", "employer": "Employer", "closes_on": "Last day to apply"}
        help_texts = {
            "title": "Say it in a few words.",
            "body": "Keep it short and plain. Do not name anyone who has not agreed. You can use Markdown.",
            "topic": "Readers who follow this topic are told. Without one, everyone who follows the news is.",
            "employer": "The organisation that employs this person.",
            "closes_on": "After this day the vacancy leaves the list.",
            "web_address": "A web address, for example https://example.org/jobs/coach.",
        }
        widgets = {"body": forms.Textarea(attrs={"rows": 12})}

    def __init__(self, *args: Any, kind: str, of_site: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = {"title", "body", "version", *self.OWN[Update.Kind(kind)], *([] if of_site else ["topic"])}
        for name in set(self.fields) - kept:
            del self.fields[name]
        self.fields["body"].label = self.BODY[Update.Kind(kind)]
        for name in self.OWN[Update.Kind(kind)]:
            self.fields[name].required = True
        if "web_address" in self.fields:
            self.fields["web_address"].label = self.ADDRESS[Update.Kind(kind)]
