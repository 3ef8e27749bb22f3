"""A year's list of topics with the reason for each, and what was published, numbered and never changed."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from impact.core.people.models import User
from sites.topics.models import Topic
from sites.topics.scoring.models import TopicYear


class ListEntry(models.Model):
    """What was decided about one candidate: its place on the list or, without a place, that it was not chosen; and why."""

    year = models.ForeignKey(TopicYear, on_delete=models.CASCADE, related_name="entries")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="list_entries")
    place = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1, 2, 3 …; empty: not chosen.")
    reason = models.CharField(max_length=600, blank=True, help_text="Why it was chosen or not, for everyone to read.")

    privacy = NotPersonal("What was decided about a topic.")

    class Meta:
        ordering = [models.F("place").asc(nulls_last=True), "topic__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["year", "topic"], name="topic_once_on_a_list"),
            models.UniqueConstraint(fields=["year", "place"], name="place_once_on_a_list"),
            models.CheckConstraint(
                condition=Q(place__isnull=True) | Q(place__gte=1), name="place_on_a_list_counts_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic}, {self.year.year}"


class ListEditionQuerySet(models.QuerySet["ListEdition"]):
    def visible_to(self, user: Any) -> "ListEditionQuerySet":
        """What is published is there for everyone."""
        return self


class ListEdition(models.Model):
    """A list as it was published. Never changed (a trigger refuses it); a correction is the next number."""

    year = models.ForeignKey(TopicYear, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    correction = models.CharField(max_length=400, blank=True, help_text="What was corrected; empty: the first.")
    published_at = models.DateTimeField(default=clock.now)
    published_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    contents = models.JSONField(help_text="introduction, agreed_on, and entries: slug, name, summary, place, reason.")

    privacy = NotPersonal("A list of topics as published.", recorders=("published_by",))

    objects = ListEditionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="list_edition_number_once_per_year"),
            models.CheckConstraint(
                condition=Q(number=1, correction="") | (Q(number__gt=1) & ~Q(correction="")),
                name="list_correction_says_what_changed",
                violation_error_message="Say what is corrected.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}, {self.label.lower()}"

    def get_absolute_url(self) -> str:
        return reverse("sites:topic-year-edition", args=[self.year.year, self.number])

    @property
    def label(self) -> str:
        """ "First published" or "Correction 1"."""
        return f"Correction {self.number - 1}" if self.number > 1 else "First published"

    @property
    def chosen(self) -> list[dict[str, Any]]:
        return [entry for entry in self.contents["entries"] if entry["place"]]

    @property
    def not_chosen(self) -> list[dict[str, Any]]:
        return [entry for entry in self.contents["entries"] if not entry["place"]]

    def standing_of(self, slug: str) -> str:
        """ "Number 2", "Not chosen" or, for a topic that it does not name, "Not on it"."""
        place = next((entry["place"] or 0 for entry in self.contents["entries"] if entry["slug"] == slug), None)
        if place is None:
            return "Not on it"
        return f"Number {place}" if place else "Not chosen"
