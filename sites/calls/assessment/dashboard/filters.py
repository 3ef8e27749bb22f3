"""Filters of a round's review list."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet

from impact.core.basics.vocabulary import FOUR_NATIONS
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.calls.applications.models import Application
from sites.calls.assessment.dashboard.progress import IS_OUTLIER
from sites.calls.assessment.models import Assignment, RoundAssessor

STEPS = [
    ("unassigned", "Too few assessors"),
    ("waiting", "Waiting for assessments"),
    ("complete", "All submitted"),
    ("outlier", "Assessors differ much"),
    ("unmoderated", "Assessors differ, not moderated"),
    ("unchecked", "Eligibility not checked"),
    ("ineligible", "Not eligible"),
]


class ReviewFilter(Searching):
    """Narrow the review list. Made with the round's plan and assessors."""

    q = search_rows("Reference, organisation or place")
    nation = django_filters.ChoiceFilter(
        choices=[(n.value, n.label) for n in FOUR_NATIONS], label="Nation", empty_label="All nations"
    )
    step = django_filters.ChoiceFilter(choices=STEPS, label="Progress", empty_label="Any", method="by_step")
    assessor = django_filters.ChoiceFilter(label="Assessor", empty_label="All assessors", method="by_assessor")

    class Meta:
        model = Application
        fields: list[str] = []
        form = FilterForm

    def __init__(self, *args: Any, each: int, assessors: Sequence[RoundAssessor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.each = each
        self.filters["assessor"].extra["choices"] = [(str(row.user_id), str(row)) for row in assessors]

    def by_step(self, queryset: Any, name: str, value: str) -> QuerySet:
        considered = queryset.exclude(eligibility__is_eligible=False)
        steps: dict[str, Any] = {
            "unassigned": lambda: considered.filter(assigned__lt=self.each),
            "waiting": lambda: considered.filter(assigned__gt=F("submitted")),
            "complete": lambda: considered.filter(assigned__gte=1, assigned=F("submitted")),
            "outlier": lambda: considered.filter(IS_OUTLIER),
            "unmoderated": lambda: considered.filter(IS_OUTLIER, is_moderated=False),
            "unchecked": lambda: queryset.filter(eligibility__isnull=True),
            "ineligible": lambda: queryset.filter(eligibility__is_eligible=False),
        }
        return steps[value]()

    def by_assessor(self, queryset: Any, name: str, value: str) -> QuerySet:
        own = Assignment.objects.filter(assessor_id=int(value))
        return queryset.filter(Q(pk__in=own.values("application_id")))
