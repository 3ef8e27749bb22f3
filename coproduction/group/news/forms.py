"""Forms about the group's news."""

from django import forms

from coproduction.group.news.models import MonthlySummary
from impact.core.web.forms import Versioned, area


class SummaryForm(Versioned):
    """The words of a monthly summary."""

    class Meta:
        model = MonthlySummary
        fields = ["words"]
        labels = {"words": "What happened"}
        help_texts = {
            "words": "Plain text, a sentence a line. No names of members: this goes to everyone in the group."
        }
        widgets = {"words": area(14)}


class SendForm(forms.Form):
    """Send the words that were read, and no others."""

    version = forms.IntegerField(widget=forms.HiddenInput)
