"""The search index: one row for each thing that can be found. The database's own triggers keep it (see ``following``)."""

from typing import Any

from django.db import models

from impact.core.basics.privacy import NotPersonal


class Words(models.Field):
    """What PostgreSQL looks words up in. Only a trigger writes it; SQLite keeps its words in a table of its own."""

    def db_type(self, connection: Any) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"


class SearchEntry(models.Model):
    """One thing that can be found: of what kind, and the words it is found by. Never read without ``finding``, which
    asks for each entry whether the reader may see the thing itself."""

    privacy = NotPersonal(
        "Repeats words of other rows, so that these can be found. It changes and goes with them, in the same moment."
    )

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=36, help_text="The thing's primary key, as text.")
    scope = models.BigIntegerField(null=True, help_text="The group it belongs to, where that helps to look faster.")
    day = models.DateField(null=True, help_text="When it happened, where it has a day.")
    title = models.TextField(blank=True)
    body = models.TextField(blank=True)
    words = Words(null=True, editable=False)

    class Meta:
        verbose_name_plural = "search entries"
        indexes = [models.Index(fields=["kind", "-id"], name="search_entry_newest")]
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="search_entry_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
