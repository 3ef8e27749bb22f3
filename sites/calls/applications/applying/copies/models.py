"""A submitted application as a PDF for the applicant to keep."""

from django.db import models

from impact.core.basics.privacy import NotPersonal
from impact.core.jobs.models import Job
from sites.calls.applications.models import Application, Revision


class ApplicationCopy(models.Model):
    """The PDF of one revision. A revision never changes, so there is one for each look that we give it."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="copies")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="copies")
    renderer = models.CharField(max_length=60, help_text="What draws it; a newer one makes a new copy.")
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    file = models.FileField(max_length=200, blank=True, help_text="Empty until it is built.")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="Bytes.")
    asked_at = models.DateTimeField()

    privacy = NotPersonal("A PDF of a revision, deleted with its application.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["revision", "renderer"], name="copy_once_per_revision_and_look")]

    def __str__(self) -> str:
        return f"Copy of {self.revision}"
