"""Meetings: what is planned, what goes out beforehand, and what was agreed afterwards."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from impact.core.people.models import User
from networks.groups.models import Group, Membership, MembershipQuerySet

# What a log can hold, with nothing in it.
EMPTY_LOG = dict.fromkeys(
    ("came", "apologies", "guests", "enablers", "barriers", "contributions", "decisions", "actions"), 0
)


def later(name: str) -> Any:
    """A model of a package that comes after this one, and refers to meetings: what a log holds is counted here."""
    return apps.get_model("networks", name)


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: Any) -> "MeetingQuerySet":
        """Meetings of groups that the user may see; drafts only for those who plan them, until they were held."""
        if has_perm(user, "networks.view_all"):
            return self
        is_known = Q(announced_at__isnull=False) | Q(status__in=Meeting.HELD)
        planned_by_them = Q(group__in=Group.objects.permitted(user, "networks.plan_meeting"))
        return self.filter(is_known | planned_by_them, group__in=Group.objects.visible_to(user))

    def announced(self) -> "MeetingQuerySet":
        """Meetings of which people have been told."""
        return self.filter(announced_at__isnull=False)

    def drafts(self, now: datetime | None = None) -> "MeetingQuerySet":
        """Meetings to come of which no one has been told, the next one first."""
        rows = self.filter(status=Meeting.Status.PLANNED, announced_at__isnull=True, starts_at__gt=now or clock.now())
        return rows.order_by("starts_at")

    def held(self) -> "MeetingQuerySet":
        """Meetings whose log is in."""
        return self.filter(status__in=Meeting.HELD)

    def in_year(self, year: int) -> "MeetingQuerySet":
        """Meetings that begin in a calendar year, UK time."""
        return self.filter(starts_at__year=year)

    def to_log(self, now: datetime | None = None) -> "MeetingQuerySet":
        """Meetings that are over and have no finished log yet."""
        return self.filter(status=Meeting.Status.PLANNED, ends_at__lt=now or clock.now())

    def to_debrief(self) -> "MeetingQuerySet":
        return self.filter(status=Meeting.Status.LOGGED)

    def with_counts(self) -> "MeetingQuerySet":
        """Annotated with came, said, enablers, barriers and todo: what each log holds. Costs nothing for rows not shown."""
        Action, Attendance, Contribution = (later(name) for name in ("Action", "Attendance", "Contribution"))

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

    def log_counts(self, pks: Iterable[int]) -> dict[int, dict[str, int]]:
        """What the logs of some meetings hold, by meeting: four queries however many. Meetings with nothing may be left out."""
        Action, Attendance = later("Action"), later("Attendance")
        Contribution, Decision = later("Contribution"), later("Decision")
        pks = list(pks)
        status, kind = Attendance.Status, Contribution.Kind
        present = Q(status=status.PRESENT)
        tallies: list[tuple[models.QuerySet, dict[str, Count]]] = [
            (
                Attendance.objects.all(),
                {
                    "came": Count("pk", filter=present & Q(is_guest=False)),
                    "apologies": Count("pk", filter=Q(status=status.APOLOGIES)),
                    "guests": Count("pk", filter=present & Q(is_guest=True)),
                },
            ),
            (
                Contribution.objects.kept(),
                {
                    "enablers": Count("pk", filter=Q(kind=kind.ENABLER)),
                    "barriers": Count("pk", filter=Q(kind=kind.BARRIER)),
                    "contributions": Count("pk"),
                },
            ),
            (Decision.objects.all(), {"decisions": Count("pk")}),
            (Action.objects.all(), {"actions": Count("pk")}),
        ]
        found: dict[int, dict[str, int]] = {}
        for rows, counts in tallies:
            counted = rows.filter(meeting__in=pks).order_by().values("meeting").annotate(**counts)
            for row in counted:
                found.setdefault(row.pop("meeting"), dict(EMPTY_LOG)).update(row)
        return found

    def decisions_of(self, pks: Iterable[int]) -> dict[int, list[str]]:
        """What some meetings decided, by meeting, in the order in which it was written down. One query."""
        Decision = later("Decision")
        found: dict[int, list[str]] = {}
        for pk, words in Decision.objects.filter(meeting__in=list(pks)).order_by("pk").values_list("meeting", "words"):
            found.setdefault(pk, []).append(words)
        return found

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
    venue = models.ForeignKey(
        "networks.Venue",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="meetings",
        help_text="The place, if it is in the directory.",
    )
    join_url = models.URLField(blank=True, help_text="Where to join online.")
    access_arrangements = models.CharField(max_length=400, blank=True)
    announced_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: a draft, about which nothing is sent to anybody."
    )
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="Its name in calendars.")
    sequence = models.PositiveIntegerField(default=0, help_text="Grows with each change that calendars must show.")
    status = models.CharField(max_length=20, choices=Status, default=Status.PLANNED)
    status_reason = models.CharField(max_length=400, blank=True)
    notes = models.TextField(blank=True, max_length=50_000, help_text="Markdown.")
    logged_at = models.DateTimeField(null=True, blank=True)
    logged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_illustrative = models.BooleanField(default=False, help_text="Some details are invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    privacy = NotPersonal("A meeting of a group.", recorders=("logged_by",), may_name_people=True)

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
    def is_draft(self) -> bool:
        """Whether no one has been told about it yet."""
        return self.announced_at is None

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
        """The stage of the meeting: prepare, log, debrief, done or cancelled."""
        if self.status == self.Status.PLANNED:
            return "log" if self.has_started else "prepare"
        return {"logged": "debrief", "complete": "done", "cancelled": "cancelled"}[self.status]

    @property
    def starts_on(self) -> date:
        """The day of the meeting, in the UK."""
        return timezone.localtime(self.starts_at).date()

    def expected_members(self) -> MembershipQuerySet:
        """Who is expected: every membership, in whatever role, in force on the day of the meeting, by name.

        The one definition for invitations, packs, the attendance list of the log and attendance reports.
        """
        expected = Membership.objects.current(self.starts_on).filter(group_id=self.group_id)
        return expected.select_related("person").order_by("person__name", "pk")

    def minutes_over(self, agenda: "Iterable[AgendaItem]") -> int:
        """By how many minutes an agenda runs past the end of the meeting; 0 when it fits. Items without a time take none."""
        length = int((self.ends_at - self.starts_at).total_seconds() // 60)
        return max(0, sum(item.minutes or 0 for item in agenda) - length)

    @property
    def materials_due_on(self) -> date:
        """The last day on which a paper still counts as sent in good time."""
        return self.starts_on - timedelta(days=self.group.lead_days)


def expected_at(meetings: Iterable[Meeting]) -> dict[int, list[Membership]]:
    """Who is expected at each of some meetings, as ``expected_members`` says of one: one query however many."""
    meetings = list(meetings)
    rows = Membership.objects.filter(group__in={meeting.group_id for meeting in meetings}).select_related("person")
    of_group: dict[int, list[Membership]] = {}
    for membership in rows.order_by("person__name", "pk"):
        of_group.setdefault(membership.group_id, []).append(membership)
    return {
        meeting.pk: [m for m in of_group.get(meeting.group_id, []) if m.is_current(meeting.starts_on)]
        for meeting in meetings
    }


class AgendaItem(models.Model):
    """One thing to talk about, for so long, led by someone."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="agenda_items")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    owner = models.CharField(max_length=120, blank=True, help_text="Who leads it.")
    carried_from = models.ForeignKey(
        "Debrief", null=True, blank=True, on_delete=models.SET_NULL, related_name="carried_items"
    )

    privacy = NotPersonal("A thing to talk about.", may_name_people=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title


class MeetingMove(models.Model):
    """A meeting moved to another time, and why."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="moves")
    was_at = models.DateTimeField()
    now_at = models.DateTimeField()
    reason = models.CharField(max_length=400)
    moved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    moved_at = models.DateTimeField(default=timezone.now)

    privacy = NotPersonal("When a meeting was moved, and why.", recorders=("moved_by",))

    class Meta:
        ordering = ["-moved_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.meeting}: {self.reason}"


class Debrief(models.Model):
    """What manager and coordinator agreed after a meeting (rule 11)."""

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="debrief")
    held_on = models.DateField()
    went_well = models.TextField(blank=True)
    to_change = models.TextField(blank=True)
    agreed_next = models.TextField(help_text="What we agreed for next time.")
    is_past = models.BooleanField(
        default=False, db_default=False, help_text="Of a meeting of past years: nothing goes on the next agenda."
    )
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    privacy = NotPersonal(
        "What a manager and a coordinator agreed after a meeting.", recorders=("recorded_by",), may_name_people=True
    )

    def __str__(self) -> str:
        return f"Debrief of {self.meeting}"

    @cached_property
    def carried_to(self) -> Meeting | None:
        """The meeting on whose agenda stands what was agreed for next time; None while it waits for one."""
        items = self.carried_items.exclude(meeting__status=Meeting.Status.CANCELLED)
        item = items.select_related("meeting").order_by("-meeting__starts_at").first()
        return item.meeting if item else None
