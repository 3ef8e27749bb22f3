"""Forms about the co-production check. Rules live in the services."""

from django import forms

from impact.core.web.forms import area
from sites.progress.outcomes.checks.models import CoproductionEntry
from sites.progress.outcomes.measures.forms import Unwritten

NO_NAMES = "Do not name people."


class EntryForm(Unwritten):
    class Meta:
        model = CoproductionEntry
        fields = ["perspective", "who", "part", "how", "what_changed", "on"]
        labels = {
            "perspective": "Whose perspective?",
            "who": "Who was involved",
            "part": "In which part of the work?",
            "how": "How they were involved",
            "what_changed": "What changed because of them",
            "on": "Date",
        }
        help_texts = {
            "who": f"A group, for example: six carers from two practices. {NO_NAMES}",
            "how": f"For example: they chose between three ways to invite people. {NO_NAMES}",
            "what_changed": "Leave it empty if nothing has changed yet. You can add it later.",
        }
        widgets = {"part": forms.RadioSelect, "how": area(3), "what_changed": area(3)}
