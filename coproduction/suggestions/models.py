"""Suggestions on a section of a version."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from coproduction.charter.models import Charter, CharterSection, CharterVersion
from coproduction.group.models import SaidByMember
from impact.core.basics import clock
from impact.core.people.models import Person


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def visible_to(self, user: Any) -> "SuggestionQuerySet":
        return self.filter(section__charter__in=Charter.objects.visible_to(user))

    def waiting(self) -> "SuggestionQuerySet":
        return self.filter(status=Suggestion.Status.WAITING)

    def search(self, q: str) -> "SuggestionQuerySet":
        return self.filter(Q(words__icontains=q) | Q(answer__icontains=q)) if q else self


class Suggestion(SaidByMember):
    """A change that a member asks for in one section; every one gets an answer."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for an answer"
        TAKEN_UP = "taken_up", "Taken up"
        ADAPTED = "adapted", "Taken up in part"
        NOT_NOW = "not_now", "Not this time"

    section = models.ForeignKey(CharterSection, on_delete=models.CASCADE, related_name="suggestions")
    version = models.ForeignKey(
        CharterVersion, on_delete=models.PROTECT, related_name="suggestions", help_text="The text it was made about."
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="suggestions")
    words = models.TextField(max_length=4000)
    made_on = models.DateField(default=clock.today)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    answer = models.TextField(blank=True, max_length=4000)
    answered_on = models.DateField(null=True, blank=True)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-made_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="waiting") | (~Q(answer="") & Q(answered_on__isnull=False)),
                name="answered_suggestion_has_an_answer",
                violation_error_message="Write an answer that the member will read.",
            )
        ]

    def __str__(self) -> str:
        return self.words[:80]

    def get_absolute_url(self) -> str:
        return reverse("coproduction:suggestion-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.section.charter.roles_of(user)
