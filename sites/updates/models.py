"""News of a site, from draft to published."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from sites.registry.models import Site


class UpdateQuerySet(models.QuerySet["Update"]):
    def published(self) -> "UpdateQuerySet":
        return self.filter(status=Update.Status.PUBLISHED)

    def visible_to(self, user: Any) -> "UpdateQuerySet":
        """Published updates for everybody; drafts for those who may see the site's inside."""
        if has_perm(user, "sites.view_all"):
            return self
        own = Site.objects.worked_at_by(user).values("pk")
        return self.filter(Q(status=Update.Status.PUBLISHED) | Q(site_id__in=own))

    def search(self, q: str) -> "UpdateQuerySet":
        return self.filter(Q(title__icontains=q) | Q(body__icontains=q)) if q else self


class Update(models.Model):
    """News from a site; public once published."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="updates")
    title = models.CharField(max_length=160)
    body = models.TextField(help_text="Markdown.")
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=400, blank=True, help_text="Why it is no longer public.")
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = UpdateQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False), name="published_update_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | ~Q(withdrawn_reason=""), name="withdrawn_update_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("sites:update-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.site.roles_of(user)
