"""What is told to everyone, of one site or of the centre: news, vacancies and outputs, from draft to published."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from sites.registry.models import Site
from sites.topics.models import Topic


class UpdateQuerySet(models.QuerySet["Update"]):
    def published(self) -> "UpdateQuerySet":
        return self.filter(status=Update.Status.PUBLISHED)

    def current(self, on: date) -> "UpdateQuerySet":
        """Published, without the vacancies that closed before ``on``."""
        return self.published().exclude(kind=Update.Kind.VACANCY, closes_on__lt=on)

    def visible_to(self, user: Any) -> "UpdateQuerySet":
        """Published updates for everybody; drafts for those who may see the site's inside."""
        if has_perm(user, "sites.view_all"):
            return self
        own = Site.objects.worked_at_by(user).values("pk")
        return self.filter(Q(status=Update.Status.PUBLISHED) | Q(site_id__in=own))

    def search(self, q: str) -> "UpdateQuerySet":
        return self.filter(Q(title__icontains=q) | Q(body__icontains=q)) if q else self


class Update(models.Model):
    """News, a vacancy or an output, from a site or (without a site) from the centre; public once published."""

    class Kind(models.TextChoices):
        NEWS = "news", "News"
        VACANCY = "vacancy", "Vacancy"
        OUTPUT = "output", "Guide or other output"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    site = models.ForeignKey(
        Site,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="updates",
        help_text="Empty: the centre's own.",
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.NEWS, db_default=Kind.NEWS)
    topic = models.ForeignKey(
        Topic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="Of news from the centre."
    )
    employer = models.CharField(max_length=160, blank=True, db_default="", help_text="Who employs, for a vacancy.")
    closes_on = models.DateField(null=True, blank=True, help_text="Last day to apply, for a vacancy.")
    web_address = models.URLField(blank=True, db_default="", help_text="Where to apply, or where the output is.")
    title = models.CharField(max_length=160)
    body = models.TextField(help_text="Markdown.")
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=400, blank=True, help_text="Why it is no longer public.")
    is_illustrative = models.BooleanField(default=False, db_default=False, help_text="Invented for the demonstration.")
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("Published news.", may_name_people=True)

    objects = UpdateQuerySet.as_manager()

    class Meta:
        ordering = [F("published_at").desc(nulls_last=True), "-pk"]  # drafts after what was published
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False), name="published_update_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | ~Q(withdrawn_reason=""), name="withdrawn_update_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(kind="vacancy") | Q(closes_on__isnull=False),
                name="vacancy_has_a_closing_date",
                violation_error_message="Say until when people can apply.",
            ),
            models.CheckConstraint(
                condition=Q(kind="vacancy") | Q(closes_on__isnull=True, employer=""),
                name="only_vacancies_close",
                violation_error_message="Only a vacancy has an employer and a closing date.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("sites:update-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.site.roles_of(user) if self.site else frozenset()

    @property
    def source(self) -> str:
        """Who tells it: the site's name, or the centre."""
        return self.site.name if self.site else "IMPACT"

    @property
    def subject(self) -> Topic | None:
        """What it is about: the topic of its site, or its own."""
        return self.site.topic if self.site else self.topic

    @property
    def looks_invented(self) -> bool:
        """Whether it, or details of its site, were invented for the demonstration."""
        return self.is_illustrative or bool(self.site and self.site.is_illustrative)

    @property
    def is_closed(self) -> bool:
        """Whether it is a vacancy whose last day has passed."""
        return self.closes_on is not None and self.closes_on < clock.today()
