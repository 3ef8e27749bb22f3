"""When each row of a list last changed, and which rows an account has been shown (see ``following``)."""

from django.db import models

from impact.core.basics.privacy import After, Delete, NotPersonal, Part, Personal
from impact.core.people.models import User

KEEP_DAYS = 30  # that a copy is followed for without being asked for

_KEEP = After(
    since="asked_on",
    why="A program that has not asked for so long reads its whole list again.",
    days=KEEP_DAYS,
    by="core.tidy_lists",
)


class RowChange(models.Model):
    """A row of a list was written, or something was that is shown with it. Only the database's triggers add these."""

    privacy = NotPersonal("A table, a number and a time; they go with the row.")

    source = models.CharField(max_length=63, help_text="The table.")
    key = models.CharField(max_length=36, help_text="The row's primary key, as text.")
    at = models.DateTimeField()
    mark = models.BigIntegerField(help_text="The transaction (PostgreSQL) or the change (SQLite): what cursors count.")

    class Meta:
        indexes = [
            models.Index(fields=["source", "key", "at"], name="row_change_newest"),
            models.Index(fields=["source", "mark"], name="row_change_since"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"


class ListCopy(models.Model):
    """A list that an account's programs keep a copy of; without an account, visitors'."""

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="Lists that your programs follow",
        of=("user",),
        shown=("address", "asked_on"),
        withheld={"round": "A counter."},
        on_erasure=Delete(),
        keep=_KEEP,
    )

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=200)
    round = models.PositiveBigIntegerField(default=0, help_text="How often rows were found to have come or gone.")
    asked_on = models.DateField()

    class Meta:
        verbose_name_plural = "list copies"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "address"], condition=models.Q(user__isnull=False), name="one_copy_per_account"
            ),
            models.UniqueConstraint(
                fields=["address"], condition=models.Q(user__isnull=True), name="one_copy_for_visitors"
            ),
        ]

    def __str__(self) -> str:
        return self.address


class CopiedRow(models.Model):
    """A row that could be seen in a list, since which round, and in which it was found to be gone."""

    privacy = NotPersonal("Numbers of rows and counters. They go with the list that they are of.")

    copy = models.ForeignKey(ListCopy, on_delete=models.CASCADE, related_name="rows")
    key = models.CharField(max_length=36)
    since = models.PositiveBigIntegerField()
    gone = models.PositiveBigIntegerField(null=True)
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["copy", "key"], name="a_row_once_in_a_copy")]

    def __str__(self) -> str:
        return self.key
