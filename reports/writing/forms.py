"""Forms and filters about annual reports."""

from typing import Any

import django_filters
from django import forms

from impact.core.basics import clock
from impact.core.web.forms import ModelForm
from reports.writing.models import AnnualReport, ReportSection


class ReportFilter(django_filters.FilterSet):
    """Narrow the list of reports."""

    status = django_filters.ChoiceFilter(choices=AnnualReport.Status, label="Status", empty_label="Any status")

    class Meta:
        model = AnnualReport
        fields: list[str] = []


class StartReportForm(ModelForm):
    """Open a year's report."""

    class Meta:
        model = AnnualReport
        fields = ["year", "title", "subtitle"]
        labels = {"year": "Year", "title": "Title", "subtitle": "Subtitle"}
        help_texts = {
            "year": "The year that the report looks back on.",
            "title": "The year is added after it.",
            "subtitle": "One line for the cover.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].initial = clock.today().year - 1
        self.fields["title"].initial = "Co-production annual report"


class SectionForm(ModelForm):
    """The words of one chapter."""

    hide_optional = True

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = ReportSection
        fields = ["body"]
        labels = {"body": "Text of this section"}
        help_texts = {
            "body": "Leave an empty line between paragraphs. Start a line with - for a list, with # for a heading, "
            "and put **two stars** around words that matter. Figures, tables, charts and quotes come from the lists beside "
            "this text."
        }
        widgets = {"body": forms.Textarea(attrs={"rows": 22})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        body: Any = self.fields["body"]
        body.max_length = None  # the service refuses what is too long
        body.validators = []
