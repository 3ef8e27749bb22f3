"""The rows that a snapshot's figures were counted from: their keys, and under what each was counted."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from impact.core.basics.privacy import NotPersonal
from reports.figures.rows.ids import Key, unpack


class KeptRowsQuerySet(models.QuerySet["KeptRows"]):
    def visible_to(self, user: Any) -> "KeptRowsQuerySet":
        """Those of snapshots whose editions a user may read. Which of the rows they see is asked row by row."""
        editions = apps.get_model("reports", "Edition").objects.visible_to(user)
        return self.filter(snapshot__in=editions.values("snapshot"))


class KeptRows(models.Model):
    """Rows of one kind that are counted in one snapshot under one state. Never changed (a trigger refuses it).

    ``state`` is what the figures went by, in the order that the kind's ``Source`` names: a contribution's kind, level,
    nation and theme. It holds no names of people and no words of theirs.
    """

    snapshot = models.ForeignKey("reports.Snapshot", on_delete=models.CASCADE, related_name="rows")
    source = models.CharField(max_length=40)
    state = models.JSONField()
    number = models.PositiveIntegerField(help_text="How many rows.")
    keys = models.BinaryField(help_text="Their keys, packed (reports.figures.rows.ids).")

    privacy = NotPersonal("Rows that were counted in a figure, by their keys.")

    objects = KeptRowsQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["snapshot", "source"], name="kept_rows_of_a_source")]

    def __str__(self) -> str:
        return f"{self.number} {self.source} of {self.snapshot_id}"

    def each(self) -> Iterator[Key]:
        """The keys of the rows."""
        yield from unpack(bytes(self.keys))
