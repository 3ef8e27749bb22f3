"""Spreadsheets that staff bring in: what waits to be saved, what was made of it, and marks of people who were erased."""

from django.db import models
from django.urls import reverse
from django.utils import timezone

from impact.core.basics.privacy import After, Delete, NotPersonal, Part, Personal
from impact.core.people.models import Person, User


class SheetImport(models.Model):
    """One file that was sent in. Its rows are kept while someone looks at the preview, and never the file itself."""

    class State(models.TextChoices):
        CHECKED = "checked", "Checked"
        QUEUED = "queued", "Being checked"
        WRITING = "writing", "Being saved"
        UNDOING = "undoing", "Being taken back"
        REFUSED = "refused", "Not saved"
        DONE = "done", "Saved"
        UNDONE = "undone", "Undone"
        DROPPED = "dropped", "Dropped"

    OPEN = (State.CHECKED, State.QUEUED, State.WRITING, State.UNDOING, State.REFUSED)
    BUSY = (State.QUEUED, State.WRITING, State.UNDOING)  # a job is working on it

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80, help_text="Of the file.")
    state = models.CharField(max_length=10, choices=State, default=State.CHECKED)
    rows = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0, help_text="Rows that cannot be saved.")
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    erased = models.PositiveIntegerField(
        default=0, help_text="Rows that went because someone’s data was deleted while they waited."
    )
    unknown = models.JSONField(default=list, blank=True, help_text="Headings of columns that are left out.")
    added_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    removed = models.PositiveIntegerField(default=0, help_text="Things that undoing removed or changed back.")
    stayed = models.PositiveIntegerField(default=0, help_text="Things that stayed, as they had been changed since.")

    privacy = NotPersonal(
        "That a spreadsheet was brought in, and counts of its rows.",
        recorders=("added_by", "undone_by"),
        may_name_people=True,
        keep=After(since="added_at", why="The history of what was made stays with what was made.", years=1),
    )

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("core:import-detail", args=[self.pk])

    @property
    def is_busy(self) -> bool:
        """Whether a job is working on it."""
        return self.state in self.BUSY

    @property
    def is_open(self) -> bool:
        """Whether its rows are still there to be looked at."""
        return self.state in self.OPEN

    @property
    def saved(self) -> int:
        return self.new + self.changed


class SheetRow(models.Model):
    """One row of a spreadsheet that waits: deleted once it is saved or dropped, and after a day in any case."""

    sheet = models.ForeignKey(SheetImport, on_delete=models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField(help_text="Its number in the file.")
    cells = models.JSONField(help_text="Column → what the file says, as text.")
    problems = models.JSONField(default=list, blank=True, help_text="Column, what it says, and what to do.")
    notes = models.JSONField(default=list, blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    is_written = models.BooleanField(default=False, db_default=False, help_text="Saved by the job that is at it.")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="+")

    privacy = Personal(
        part=Part.YOU,
        heading="Rows of spreadsheets about you that wait to be saved",
        of=("person",),
        shown=("cells",),
        withheld={
            "problems": "For those who correct the spreadsheet.",
            "notes": "For those who correct the spreadsheet.",
            "outcome": "What the platform would do with the row.",
        },
        on_erasure=Delete(),
        keep=After(since="sheet__added_at", why="A preview is for looking at, not for keeping.", days=1),
    )

    class Meta:
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["sheet", "line"], name="sheet_row_once")]

    def __str__(self) -> str:
        return f"Row {self.line}"


class SheetThing(models.Model):
    """Something that an import made or changed, so that it can be undone within a day."""

    sheet = models.ForeignKey(SheetImport, on_delete=models.CASCADE, related_name="things")
    label = models.CharField(max_length=60, help_text="Of its model.")
    key = models.CharField(max_length=36, help_text="Its primary key, as text.")
    mark_sha256 = models.CharField(max_length=64, help_text="Of what stood there when the import was done.")
    before = models.JSONField(null=True, blank=True, help_text="What stood there, for what was changed.")
    part = models.PositiveIntegerField(default=0, db_default=0, help_text="Of a large import, which is saved in parts.")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="+")

    privacy = Personal(
        part=Part.YOU,
        heading="What a spreadsheet changed about you, for undoing it",
        of=("person",),
        shown=("before",),
        withheld={"label": "The kind of a row.", "key": "The number of a row."},
        on_erasure=Delete(),
        keep=After(since="sheet__added_at", why="An import can be undone for a day.", days=2),
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.label} {self.key}"


class ErasedMark(models.Model):
    """A mark by which someone who was erased is noticed when a spreadsheet brings them back.

    Keyed codes of their name, and of name and address together: without the platform’s key for pseudonyms no one can try names.
    """

    name_hash = models.CharField(max_length=64, db_index=True)
    both_hash = models.CharField(max_length=64, blank=True, db_index=True, help_text="Of the name and an address.")
    at = models.DateField()

    privacy = NotPersonal("Codes that lead from a name to “erased”, never from a person to a name.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name_hash", "both_hash"], name="erased_mark_once")]

    def __str__(self) -> str:
        return f"Erased on {self.at}"
