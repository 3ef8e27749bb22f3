"""An attendance report of a video call that was sent in."""

from django.db import models
from django.utils import timezone

from impact.core.basics.privacy import After, NotPersonal
from impact.core.people.models import User
from networks.meetings.models import Meeting


class AttendanceImport(models.Model):
    """One attendance report of a video-call service, as read, as corrected and as applied."""

    class Source(models.TextChoices):
        ZOOM = "zoom", "Zoom"
        TEAMS = "teams", "Microsoft Teams"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="imports")
    source = models.CharField(max_length=10, choices=Source)
    name = models.CharField(max_length=160, help_text="Of the file.")
    sha256 = models.CharField(max_length=64)
    contents_sha256 = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="Of what it says, to know the same report in another form."
    )
    rows = models.JSONField(help_text="One a person: name, email, minutes, and who they were matched to.")
    cautions = models.JSONField(
        default=list, blank=True, help_text="What looks odd about the file as a whole, in sentences."
    )
    added_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, blank=True)

    privacy = NotPersonal(
        "A report of a video-call service as read: it lists names and addresses, and what of it was used. Erasing someone "
        "puts a pseudonym in their place.",
        recorders=("added_by",),
        may_name_people=True,
        keep=After(since="added_at", why="Once applied, attendance says who was there.", days=90),
    )

    class Meta:
        ordering = ["-added_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "sha256"], name="attendance_file_once_per_meeting")]

    def __str__(self) -> str:
        return f"{self.get_source_display()}: {self.name}"
