"""The words of a paper's files, so that it is found by them."""

from django.db import models
from django.utils import timezone

from impact.core.basics.privacy import NotPersonal
from networks.documents.materials.models import Material


class PaperText(models.Model):
    """What stands in the newest files of a paper. It goes when one of them is replaced, and is read again; no page
    shows more of it than the search does."""

    material = models.OneToOneField(Material, on_delete=models.CASCADE, related_name="words")
    text = models.TextField(blank=True)
    files = models.JSONField(default=list, help_text="The files that it was read from.")
    unread = models.JSONField(default=dict, help_text="Files without text that could be read, each with the reason.")
    read_at = models.DateTimeField(default=timezone.now)

    privacy = NotPersonal("The words of a paper. They go with it.", may_name_people=True)

    def __str__(self) -> str:
        return f"Words of {self.material}"
