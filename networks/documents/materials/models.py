"""Materials that go out before a meeting, and their files in versions (rule 9)."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from impact.core.basics.vocabulary import EvidenceKind, Format
from impact.core.people.models import User
from networks.groups.models import Group
from networks.meetings.models import Meeting


class MaterialQuerySet(models.QuerySet["Material"]):
    def visible_to(self, user: Any) -> "MaterialQuerySet":
        """Papers of meetings that the user may see; to members only once the meeting is announced or the paper sent."""
        rows = self.filter(meeting__in=Meeting.objects.visible_to(user))
        if has_perm(user, "networks.view_all"):
            return rows
        own = Group.objects.permitted(user, "networks.plan_meeting")
        return rows.filter(Material.IS_OUT | Q(meeting__group__in=own))

    def counted(self) -> "MaterialQuerySet":
        """What counts as evidence given to a group: members can read it, and its meeting was not cancelled."""
        return self.filter(Material.IS_OUT).exclude(meeting__status=Meeting.Status.CANCELLED)


class Material(models.Model):
    """Something sent out before a meeting, by evidence kind and the formats it comes in (rule 9)."""

    IS_OUT = Q(sent_on__isnull=False) | Q(meeting__announced_at__isnull=False)

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="materials")
    title = models.CharField(max_length=160)
    evidence_kind = models.CharField(max_length=20, choices=EvidenceKind)
    formats = models.JSONField(default=list)
    url = models.URLField(blank=True)
    sent_on = models.DateField(null=True, blank=True)
    lineage = models.UUIDField(
        default=uuid.uuid4, db_index=True, editable=False, help_text="Shared by every use of the same material."
    )

    privacy = NotPersonal("A paper for a meeting.")

    objects = MaterialQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("networks:material-detail", args=[self.pk])

    def clean(self) -> None:
        unknown = set(self.formats) - set(Format.values)
        if unknown:
            raise ValidationError({"formats": f"Not a format: {', '.join(sorted(unknown))}."})

    @property
    def is_late(self) -> bool:
        """Sent, or still not sent, less than the group's lead time before the meeting."""
        return (self.sent_on or clock.today()) > self.meeting.materials_due_on

    @property
    def newest_files(self) -> list["MaterialFile"]:
        """The newest version in each format, in the order of the formats. Reads ``files``; prefetch them for lists."""
        newest: dict[str, MaterialFile] = {}
        for file in self.files.all():  # newest first within each format
            newest.setdefault(file.format, file)
        return [newest[value] for value in Format.values if value in newest]

    @property
    def available(self) -> list[str]:
        """The formats that it comes in: ticked, or uploaded."""
        there = {*self.formats, *(file.format for file in self.files.all())}
        return [value for value in Format.values if value in there]

    @property
    def format_labels(self) -> list[str]:
        return [Format(value).label for value in self.available]

    @property
    def other_formats(self) -> list[str]:
        """Formats that it comes in without a file here, in words."""
        uploaded = {file.format for file in self.files.all()}
        return [Format(value).label for value in self.available if value not in uploaded]


class MaterialFileQuerySet(models.QuerySet["MaterialFile"]):
    def visible_to(self, user: Any) -> "MaterialFileQuerySet":
        """Files of papers that the user may see: every version for those who keep the log, else the newest of each."""
        rows = self.filter(material__in=Material.objects.visible_to(user))
        if has_perm(user, "networks.log_meeting"):
            return rows
        newer = MaterialFile.objects.filter(
            material=OuterRef("material"), format=OuterRef("format"), number__gt=OuterRef("number")
        )
        own = Group.objects.permitted(user, "networks.log_meeting")
        return rows.filter(~models.Exists(newer) | Q(material__meeting__group__in=own))


class MaterialFile(models.Model):
    """One version of a material in one format, as uploaded. Files are never changed; a new version is a new row."""

    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="files")
    number = models.PositiveSmallIntegerField(help_text="Version, counted over every use of the material.")
    format = models.CharField(max_length=20, choices=Format, default=Format.STANDARD)
    file = models.FileField(max_length=200)
    name = models.CharField(max_length=160, help_text="What people save it as.")
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    note = models.CharField(max_length=200, blank=True, help_text="What changed in this version.")
    added_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    privacy = NotPersonal("A paper in one format.", recorders=("added_by",), may_name_people=True)

    objects = MaterialFileQuerySet.as_manager()

    class Meta:
        ordering = ["format", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["material", "format", "number"], name="material_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.number})"

    def get_absolute_url(self) -> str:
        return reverse("networks:material-file", args=[self.pk])

    @property
    def kind(self) -> str:
        """ "PDF", "Word" and the like, from its name, which its contents decided."""
        return self.name.rsplit(".", 1)[-1].upper()
