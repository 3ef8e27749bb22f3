"""Forms and filters about reports on networks, sites and quarters."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import MARKDOWN_HELP, FilterForm, Form, Versioned, area
from reports.subjects.models import SubjectReport

EARLIEST, LATEST = 2000, 2200


class SubjectReportFilter(django_filters.FilterSet):
    """Narrow the list of these reports."""

    kind = django_filters.ChoiceFilter(choices=SubjectReport.Kind, label="About", empty_label="Anything")
    nation = django_filters.ChoiceFilter(choices=Nation, label="Nation", empty_label="All nations", method="by_nation")
    year = django_filters.NumberFilter(
        label="Year",
        method="by_year",
        min_value=EARLIEST,
        max_value=LATEST,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )

    class Meta:
        model = SubjectReport
        fields: list[str] = []
        form = FilterForm

    def by_nation(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.in_nation(value)

    def by_year(self, queryset: Any, name: str, value: Any) -> QuerySet:
        return queryset.of_year(int(value), self.request.user)


class QuarterForm(Form):
    """Start a quarter's note to funders."""

    quarter = forms.CharField(
        label="Quarter", max_length=6, help_text="Its year and number: 2022Q4 is October to December 2022."
    )


class WordsForm(Versioned):
    """The words of a report before and after its figures."""

    class Meta:
        model = SubjectReport
        fields = ["opening", "closing"]
        labels = {"opening": "Before the figures", "closing": "What comes next"}
        help_texts = {
            "opening": f"What readers should know first. {MARKDOWN_HELP}",
            "closing": f"It has a chapter of its own, which is left out while this is empty. {MARKDOWN_HELP}",
        }
        widgets = {"opening": area(10), "closing": area(8)}
