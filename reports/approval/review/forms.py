"""Forms about comments on a report."""

from typing import Any

import django_filters
from django import forms

from impact.core.web.forms import FilterForm, Form, area
from reports.approval.review.models import ReviewComment
from reports.writing.models import AnnualReport, ReportSection


class CommentOnReportForm(Form):
    """Say what should change."""

    section = forms.ModelChoiceField(
        label="Section", queryset=ReportSection.objects.none(), empty_label="The whole report", required=False
    )
    passage = forms.CharField(
        label="Words of the report that it is about",
        max_length=200,
        required=False,
        help_text="Copy a few of them here.",
    )
    words = forms.CharField(label="What should change, and why?", max_length=4000, widget=area(4))

    def __init__(self, *args: Any, report: AnnualReport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["section"]
        field.queryset = report.sections.all()
        field.label_from_instance = lambda section: section.get_key_display()


class SettleForm(Form):
    """Resolve a comment, or carry it to next year's report."""

    status = forms.ChoiceField(
        label="What becomes of it?",
        choices=[choice for choice in ReviewComment.Status.choices if choice[0] != ReviewComment.Status.OPEN],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label="Answer",
        help_text="Say what you changed, or why it is carried to next year.",
        max_length=4000,
        widget=area(4),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ReviewCommentFilter(django_filters.FilterSet):
    """Narrow the comments on a report."""

    status = django_filters.ChoiceFilter(choices=ReviewComment.Status, label="Status", empty_label="All")

    class Meta:
        model = ReviewComment
        fields: list[str] = []
        form = FilterForm
