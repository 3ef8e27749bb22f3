"""Calls for expressions of interest, and their statements."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from sites.registry.models import DeliveryModel
from sites.topics.models import Topic

FINISHING_TIME = timedelta(minutes=15)  # for those who began before closing


class RoundQuerySet(models.QuerySet["Round"]):
    def visible_to(self, user: Any) -> "RoundQuerySet":
        """Those who run or read rounds see all; everybody else the ones that have been announced."""
        return self if has_perm(user, "sites.view_rounds") else self.filter(is_announced=True)


class Round(models.Model):
    """A call for expressions of interest (rule 6)."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    opens_on = models.DateField()
    closes_on = models.DateField()
    topics = models.ManyToManyField(Topic, related_name="rounds", blank=True)
    delivery_models = models.JSONField(default=list, help_text="Delivery models that hosts may ask for.")
    is_announced = models.BooleanField(default=False)
    is_illustrative = models.BooleanField(default=False, help_text="Some details are invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")),
                name="round_closes_after_it_opens",
                violation_error_message="The closing date is before the opening date.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        unknown = set(self.delivery_models) - set(DeliveryModel.values)
        if unknown:
            raise ValidationError({"delivery_models": f"Not a delivery model: {', '.join(sorted(unknown))}."})

    def get_absolute_url(self) -> str:
        return reverse("sites:round-detail", args=[self.slug])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    def is_open(self, on: date) -> bool:
        return self.is_announced and self.opens_on <= on <= self.closes_on

    def takes_answers(self, at: datetime, *, begun: bool = False) -> bool:
        """Whether answers are taken at a moment. An application ``begun`` before closing may be finished for a while."""
        return self.is_open(timezone.localtime(at).date()) or (
            begun and self.is_open(timezone.localtime(at - FINISHING_TIME).date())
        )

    @property
    def stage(self) -> str:
        """Where the round stands today, in words."""
        today = clock.today()
        if not self.is_announced:
            return "Draft"
        if today < self.opens_on:
            return "Upcoming"
        return "Open" if today <= self.closes_on else "Closed"

    @property
    def model_names(self) -> list[str]:
        """The delivery models that hosts may ask for, in words."""
        return [DeliveryModel(value).label for value in self.delivery_models]

    @property
    def statement(self) -> "RoundStatement | None":
        """The newest statement of what is offered and asked."""
        return self.statements.order_by("-number").first()


class RoundStatement(models.Model):
    """What a round offers and what it asks in return; each wording is kept, because applicants saw it."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="statements")
    number = models.PositiveIntegerField()
    offered = models.TextField(help_text="Funding and support, in plain words. Markdown.")
    asked = models.TextField(help_text="What a site commits to in return. Markdown.")
    who_for = models.TextField(blank=True, help_text="Who should think of applying. Markdown.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="statement_number_once_per_round")]

    def __str__(self) -> str:
        return f"{self.round}, statement {self.number}"
