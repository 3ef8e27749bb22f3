"""What happened at a meeting: who came, what was said, what was decided, who does what."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Case, Count, F, Max, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from impact.core.access.kept import figure
from impact.core.access.permissions import has_perm
from impact.core.basics.vocabulary import Nation, Perspective
from impact.core.people.models import Person, User
from networks.models.groups import Group, GroupKind
from networks.models.meetings import Meeting


class ThemeQuerySet(models.QuerySet["Theme"]):
    def in_use(self) -> "ThemeQuerySet":
        return self.filter(merged_into__isnull=True)

    def visible_to(self, user: Any) -> "ThemeQuerySet":
        """Every theme for those who read across groups or keep a log; for members those spoken of in their groups."""
        if has_perm(user, "networks.view_aggregates") or Group.objects.permitted(user, "networks.log_meeting").exists():
            return self
        return self.filter(pk__in=Contribution.objects.visible_to(user).values("theme_id"))

    def search(self, q: str) -> "ThemeQuerySet":
        """By name or description, and by the names of themes that were merged."""
        found = Q(name__icontains=q) | Q(description__icontains=q) | Q(pk__in=self.model.objects.named(q))
        return self.filter(found) if q else self

    def named(self, q: str) -> Any:
        """Ids of the themes to which an earlier name leads."""
        return self.filter(merged_into__isnull=False, name__icontains=q).values("merged_into_id")

    def with_use(self, groups: Any = None) -> "ThemeQuerySet":
        """Annotated with how often and where each was spoken of in logged meetings (of ``groups``, if given).

        Counted for all themes at once; for all groups the count is kept until something changes.
        """
        use = figure("use-of-themes", lambda: _use_of_themes(None)) if groups is None else _use_of_themes(groups)

        def each(name: str, default: Any, field: models.Field) -> Case:
            known = [When(pk=pk, then=Value(row[name])) for pk, row in use.items() if row[name]]
            return Case(*known, default=Value(default), output_field=field)

        numbers = {name: each(name, 0, models.IntegerField()) for name in THEME_NUMBERS}
        return self.annotate(**numbers, last_used_at=each("last_used_at", None, models.DateTimeField()))


THEME_NUMBERS = ("used", "enablers", "barriers", "others", "nations")


def _use_of_themes(groups: Any) -> dict[int, dict[str, Any]]:
    """What ``with_use`` says of each theme that was spoken of, by its id. One query."""
    said = Contribution.objects.kept().filter(meeting__status__in=Meeting.HELD, theme__isnull=False)
    if groups is not None:
        said = said.filter(meeting__group__in=groups)
    enabler, barrier = Contribution.Kind.ENABLER, Contribution.Kind.BARRIER
    rows = (
        said.order_by()
        .values("theme", "meeting__group__nation")
        .annotate(
            used=Count("pk"),
            enablers=Count("pk", filter=Q(kind=enabler)),
            barriers=Count("pk", filter=Q(kind=barrier)),
            last_used_at=Max("meeting__starts_at"),
        )
    )
    use: dict[int, dict[str, Any]] = {}
    for row in rows:
        found = use.setdefault(row["theme"], dict.fromkeys(THEME_NUMBERS, 0) | {"last_used_at": row["last_used_at"]})
        for name in ("used", "enablers", "barriers"):
            found[name] += row[name]
        found["others"] = found["used"] - found["enablers"] - found["barriers"]
        found["nations"] += row["meeting__group__nation"] != Nation.UK
        found["last_used_at"] = max(found["last_used_at"], row["last_used_at"])
    return use


class Theme(models.Model):
    """What contributions are about. Whether it helps or hinders belongs to the contribution, not to the theme."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.CharField(max_length=400, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    version = models.PositiveIntegerField(default=1)

    objects = ThemeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")), name="theme_not_merged_into_itself"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("networks:theme-about", args=[self.slug])


class ThemeChange(models.Model):
    """One step in a theme's history, with what it takes to undo a merge."""

    class Kind(models.TextChoices):
        RENAMED = "renamed", "Renamed"
        DESCRIBED = "described", "Described"
        MERGED = "merged", "Merged into another theme"
        SPLIT = "split", "Taken out of another theme again"

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind)
    other = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    was = models.CharField(max_length=400, blank=True)
    now = models.CharField(max_length=400, blank=True)
    moved = models.JSONField(default=list, help_text="Ids of the contributions that a merge moved.")
    reason = models.CharField(max_length=400, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.theme}: {self.get_kind_display()}"


class Attendance(models.Model):
    """One person's attendance at one meeting: a member, or a guest with or without a record."""

    class Status(models.TextChoices):
        PRESENT = "present", "Came"
        APOLOGIES = "apologies", "Sent apologies"
        ABSENT = "absent", "Did not come"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="attendances")
    guest_name = models.CharField(max_length=120, blank=True, help_text="For a guest with no record here.")
    perspective = models.CharField(max_length=20, choices=Perspective, blank=True)
    status = models.CharField(max_length=20, choices=Status)
    is_guest = models.BooleanField(default=False)
    email = models.EmailField(blank=True, help_text="Of a guest, from an attendance report; to tell them apart.")
    namesake = models.PositiveSmallIntegerField(
        default=1, help_text="Which of several guests with one name and address: 1 for the first."
    )
    minutes = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How long, from attendance reports.")
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["is_guest", "person__name", "guest_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "person"], name="person_once_per_meeting", condition=Q(person__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["meeting", "guest_name", "email", "namesake"],
                name="guest_once_per_meeting",
                condition=Q(person__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | ~Q(guest_name=""),
                name="attendance_names_somebody",
                violation_error_message="Give the guest's name.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_status_display()}"

    @property
    def name(self) -> str:
        return self.person.name if self.person else self.guest_name

    @property
    def minutes_there(self) -> int | None:
        """How long somebody who came was there, where a report said so."""
        return self.minutes if self.status == self.Status.PRESENT else None


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

    class Meta:
        ordering = ["-added_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "sha256"], name="attendance_file_once_per_meeting")]

    def __str__(self) -> str:
        return f"{self.get_source_display()}: {self.name}"


class NotesVersion(models.Model):
    """The notes of a meeting as they were once saved. Kept for ever, to compare and to restore."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="notes_versions")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    saved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)
    restored_from = models.PositiveIntegerField(null=True, blank=True, help_text="The number of the version put back.")

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="notes_version_once_per_meeting")]

    def __str__(self) -> str:
        return f"{self.meeting}: notes {self.number}"


class MeetingPhoto(models.Model):
    """A photograph of a flip chart, drawn anew so that where and when it was taken is gone."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="photos")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="Made by whoever sends it.")
    file = models.FileField(max_length=200)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    size = models.PositiveIntegerField(help_text="Bytes.")
    alt = models.CharField(max_length=400, blank=True, help_text="What it shows, for people who cannot see it.")
    added_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True, help_text="Taken off the log; can be put back.")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["added_at", "pk"]

    def __str__(self) -> str:
        return self.alt or "Photograph without a description"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.meeting.roles_of(user)


class RestrictedNote(models.Model):
    """What must not stand in minutes that members read; with a flag when somebody may need keeping safe."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="restricted_notes")
    words = models.TextField(max_length=5000)
    is_safeguarding = models.BooleanField(default=False)
    written_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    dealt_with = models.CharField(max_length=400, blank=True, help_text="What was done about the flag.")
    dealt_with_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    dealt_with_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(dealt_with_at__isnull=True) | ~Q(dealt_with=""),
                name="dealt_with_flag_says_how",
                violation_error_message="Say what was done.",
            )
        ]

    def __str__(self) -> str:
        return "Safeguarding flag" if self.is_safeguarding else "Restricted note"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.meeting.roles_of(user)


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def visible_to(self, user: Any) -> "ContributionQuerySet":
        """What was said in groups that the user may see; a log still being written only to those who keep it."""
        rows = self.filter(meeting__in=Meeting.objects.visible_to(user), removed_at__isnull=True)
        if has_perm(user, "networks.log_meeting"):
            return rows
        own = Group.objects.permitted(user, "networks.log_meeting")
        return rows.filter(Q(meeting__status__in=Meeting.HELD) | Q(meeting__group__in=own))

    def readable_by(self, user: Any) -> "ContributionQuerySet":
        """Words behind figures: all for national readers, for a coordinator those of their own groups.

        Only of meetings whose log is in. What other groups said reaches a coordinator as shared learning.
        """
        held = self.kept().filter(meeting__status__in=Meeting.HELD)
        if has_perm(user, "networks.view_all"):
            return held
        return held.filter(meeting__group__in=Group.objects.permitted(user, "networks.log_meeting"))

    def kept(self) -> "ContributionQuerySet":
        """Contributions that have not been taken off the log."""
        return self.filter(removed_at__isnull=True)

    def counted(self) -> "ContributionQuerySet":
        """What counts as a contribution wherever a number of them is shown: kept, said in a local network, log in.

        What the advisory group says is told in its involvements and its charter. Home, matrices, the report and the API
        all count with this; each may narrow it (to a network, a year, a theme) and then says so.
        """
        return self.kept().filter(meeting__status__in=Meeting.HELD, meeting__group__kind=GroupKind.LOCAL_NETWORK)


class Contribution(models.Model):
    """One thing that was said: what kind, about which theme, at which level, from which perspective (rule 10)."""

    class Kind(models.TextChoices):
        ENABLER = "enabler", "Enabler"
        BARRIER = "barrier", "Barrier"
        EXPERIENCE = "experience", "Experience"
        SOLUTION = "solution", "Solution"
        QUESTION = "question", "Question"

    class Level(models.TextChoices):
        SYSTEMIC = "systemic", "Systemic"
        HUMAN = "human", "Human"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="contributions")
    kind = models.CharField(max_length=20, choices=Kind)
    theme = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.PROTECT, related_name="contributions")
    level = models.CharField(max_length=20, choices=Level, blank=True)
    perspective = models.CharField(max_length=20, choices=Perspective, blank=True)
    words = models.TextField(max_length=2000)
    may_quote = models.BooleanField(default=False, help_text="The person agreed to be quoted, without their name.")
    position = models.PositiveIntegerField(default=0)
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True, help_text="Taken off the log; can be put back.")
    version = models.PositiveIntegerField(default=1)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "recorded_at"]
        indexes = [models.Index(fields=["theme", "kind"], name="contribution_theme_kind")]

    def __str__(self) -> str:
        return self.words[:80]

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.meeting.roles_of(user)


class Decision(models.Model):
    """What a meeting decided."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="decisions")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="Made by whoever sends it.")
    words = models.CharField(max_length=400)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.words
