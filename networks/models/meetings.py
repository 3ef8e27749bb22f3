"""Meetings: what is planned, what goes out beforehand, and what was agreed afterwards."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from impact.core import clock
from impact.core.models import User
from impact.core.permissions import has_perm
from impact.core.vocabulary import EvidenceKind, Format
from networks.models.groups import Group

# Materials go out at least so many days before a meeting (rule 9).
LEAD_DAYS = 7


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: Any) -> "MeetingQuerySet":
        """Meetings of groups that the user may see."""
        if has_perm(user, "networks.view_all"):
            return self
        return self.filter(group__in=Group.objects.visible_to(user))

    def held(self) -> "MeetingQuerySet":
        """Meetings whose log is in."""
        return self.filter(status__in=Meeting.HELD)

    def to_log(self, now: datetime | None = None) -> "MeetingQuerySet":
        """Meetings that are over and have no finished log yet."""
        return self.filter(status=Meeting.Status.PLANNED, ends_at__lt=now or clock.now())

    def to_debrief(self) -> "MeetingQuerySet":
        return self.filter(status=Meeting.Status.LOGGED)

    def with_counts(self) -> "MeetingQuerySet":
        """Annotated with came, said, enablers, barriers and todo: what each log holds. Costs nothing for rows not shown."""
        from networks.models.log import Action, Attendance, Contribution

        def number(rows: models.QuerySet) -> Coalesce:
            counted = rows.filter(meeting=OuterRef("pk")).order_by().values("meeting").annotate(n=Count("pk"))
            return Coalesce(Subquery(counted.values("n")), 0)

        kept = Contribution.objects.kept()
        return self.annotate(
            came=number(Attendance.objects.filter(status=Attendance.Status.PRESENT)),
            said=number(kept),
            enablers=number(kept.filter(kind=Contribution.Kind.ENABLER)),
            barriers=number(kept.filter(kind=Contribution.Kind.BARRIER)),
            todo=number(Action.objects.all()),
        )

    def search(self, q: str) -> "MeetingQuerySet":
        return self.filter(Q(title__icontains=q) | Q(group__name__icontains=q)) if q else self

    def upcoming(self, now: datetime | None = None) -> "MeetingQuerySet":
        return self.filter(status=Meeting.Status.PLANNED, ends_at__gte=now or clock.now()).order_by("starts_at")


class Meeting(models.Model):
    """One meeting of a group: prepared, run and logged, debriefed (rules 9–11)."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        LOGGED = "logged", "Logged"
        COMPLETE = "complete", "Complete"
        CANCELLED = "cancelled", "Cancelled"

    HELD = [Status.LOGGED, Status.COMPLETE]

    class Mode(models.TextChoices):
        ONLINE = "online", "Online"
        IN_PERSON = "in_person", "In person"
        HYBRID = "hybrid", "Online and in person"

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="meetings")
    number = models.PositiveSmallIntegerField(help_text="First, second … meeting of the group.")
    title = models.CharField(max_length=160)
    purpose = models.TextField(blank=True, help_text="Markdown.")
    starts_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField()
    mode = models.CharField(max_length=20, choices=Mode, default=Mode.ONLINE)
    place = models.CharField(max_length=200, blank=True)
    access_arrangements = models.CharField(max_length=400, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.PLANNED)
    status_reason = models.CharField(max_length=400, blank=True)
    notes = models.TextField(blank=True, max_length=50_000, help_text="Markdown.")
    logged_at = models.DateTimeField(null=True, blank=True)
    logged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_illustrative = models.BooleanField(default=False, help_text="Some details are invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        indexes = [
            models.Index(fields=["group", "starts_at"], name="meeting_group_start"),
            models.Index(fields=["status", "starts_at"], name="meeting_status_start"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["group", "number"], name="meeting_number_once_per_group"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="meeting_ends_after_it_starts",
                violation_error_message="The meeting ends before it starts.",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(status_reason=""),
                name="cancelled_meeting_has_a_reason",
                violation_error_message="Say why the meeting is cancelled.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["logged", "complete"]) | Q(logged_at__isnull=False),
                name="logged_meeting_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("networks:meeting-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)

    @property
    def is_over(self) -> bool:
        return self.ends_at < clock.now()

    @property
    def has_started(self) -> bool:
        return self.starts_at <= clock.now()

    @property
    def is_held(self) -> bool:
        """Whether its log is in."""
        return self.status in (self.Status.LOGGED, self.Status.COMPLETE)

    @property
    def act(self) -> str:
        """Where the meeting is on its way: prepare, log, debrief, done or cancelled."""
        if self.status == self.Status.PLANNED:
            return "log" if self.has_started else "prepare"
        return {"logged": "debrief", "complete": "done", "cancelled": "cancelled"}[self.status]

    @property
    def starts_on(self) -> date:
        """The day of the meeting, in the UK."""
        return timezone.localtime(self.starts_at).date()

    @property
    def materials_due_on(self) -> date:
        """The last day on which a paper still counts as sent in good time."""
        return self.starts_on - timedelta(days=LEAD_DAYS)


class AgendaItem(models.Model):
    """One thing to talk about, for so long, led by somebody."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="agenda_items")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    owner = models.CharField(max_length=120, blank=True, help_text="Who leads it.")
    carried_from = models.ForeignKey(
        "Debrief", null=True, blank=True, on_delete=models.SET_NULL, related_name="carried_items"
    )

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class Material(models.Model):
    """Something sent out before a meeting, by evidence kind and the formats it comes in (rule 9)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="materials")
    title = models.CharField(max_length=160)
    evidence_kind = models.CharField(max_length=20, choices=EvidenceKind)
    formats = models.JSONField(default=list)
    url = models.URLField(blank=True)
    sent_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        unknown = set(self.formats) - set(Format.values)
        if unknown:
            raise ValidationError({"formats": f"Not a format: {', '.join(sorted(unknown))}."})

    @property
    def is_late(self) -> bool:
        """Sent, or still not sent, less than LEAD_DAYS before the meeting."""
        return (self.sent_on or clock.today()) > self.meeting.materials_due_on

    @property
    def format_labels(self) -> list[str]:
        return [Format(value).label for value in self.formats]


class Debrief(models.Model):
    """What manager and coordinator agreed after a meeting (rule 11)."""

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="debrief")
    held_on = models.DateField()
    went_well = models.TextField(blank=True)
    to_change = models.TextField(blank=True)
    agreed_next = models.TextField(help_text="What we agreed for next time.")
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"Debrief of {self.meeting}"
