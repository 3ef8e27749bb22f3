"""PDFs built from the state of one moment: packs and action plans."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import NotPersonal
from impact.core.jobs.models import Job
from impact.core.people.models import User
from networks.groups.models import Group, Network
from networks.meetings.models import Meeting


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: Any) -> "DocumentQuerySet":
        """All for national readers; for a coordinator those of their own groups; for members what is built for them.

        A member reads the packs of announced meetings and the action plans of their group. A whole network's plan
        holds every group's actions, so it is for national readers.
        """
        if has_perm(user, "networks.view_all"):
            return self
        groups = Group.objects.visible_to(user)
        own = Group.objects.permitted(user, "networks.build_document")
        is_built = ~Q(file="") & (Q(meeting__in=Meeting.objects.visible_to(user)) | Q(group__in=groups))
        return self.filter(Q(meeting__group__in=own) | Q(group__in=own) | is_built)

    def ready(self) -> "DocumentQuerySet":
        return self.exclude(file="")


class Document(models.Model):
    """A PDF built from the state of one moment: a meeting's pack, or an action plan."""

    class Kind(models.TextChoices):
        PACK = "pack", "Pack"
        ACTION_PLAN = "action_plan", "Action plan"

    kind = models.CharField(max_length=20, choices=Kind)
    meeting = models.ForeignKey(Meeting, null=True, blank=True, on_delete=models.CASCADE, related_name="documents")
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.CASCADE, related_name="documents")
    network = models.ForeignKey(Network, null=True, blank=True, on_delete=models.CASCADE, related_name="documents")
    number = models.PositiveIntegerField(help_text="First, second … of its kind for the same thing.")
    contents = models.JSONField(help_text="Everything that it says, frozen.")
    contents_sha256 = models.CharField(max_length=64)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    file = models.FileField(max_length=200, blank=True, help_text="Empty until it is built.")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="Bytes.")
    pages = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)

    privacy = NotPersonal(
        "A PDF of a pack or a plan, built from a group’s record.", recorders=("asked_by",), may_name_people=True
    )

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(kind="pack", meeting__isnull=False, group__isnull=True, network__isnull=True)
                    | Q(kind="action_plan", meeting__isnull=True, group__isnull=False, network__isnull=True)
                    | Q(kind="action_plan", meeting__isnull=True, group__isnull=True, network__isnull=False)
                ),
                name="document_is_about_one_thing",
            ),
            models.UniqueConstraint(fields=["meeting", "number"], name="pack_number_once"),
            models.UniqueConstraint(fields=["group", "number"], name="group_plan_number_once"),
            models.UniqueConstraint(fields=["network", "number"], name="network_plan_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("networks:document-file", args=[self.pk])

    @property
    def is_ready(self) -> bool:
        return bool(self.file)

    @property
    def is_large(self) -> bool:
        return bool(self.contents.get("is_large"))

    @property
    def about(self) -> "Meeting | Group | Network":
        """The one thing that it is about."""
        found = self.meeting or self.group or self.network
        assert found  # noqa: S101  a constraint says so
        return found

    @property
    def file_name(self) -> str:
        """ "wales-meeting-2-pack-3.pdf": what people save it as."""
        if self.meeting:
            name = f"{self.meeting.group.slug}-meeting-{self.meeting.number}-pack-{self.number}"
        else:
            name = f"{(self.group or self.network).slug}-action-plan-{self.number}"  # type: ignore[union-attr]
        return f"{name}{'-large-print' if self.is_large else ''}.pdf"
