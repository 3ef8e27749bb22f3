"""Groups that meet, who belongs to them, their meetings and what was said there."""

import uuid
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from impact.core import clock
from impact.core.models import Person, User
from impact.core.permissions import Role, has_perm
from impact.core.vocabulary import EvidenceKind, Format, Nation, Perspective
from sites.models import Site


class GroupKind(models.TextChoices):
    """The circles of people that meet."""

    LOCAL_NETWORK = "local_network", "Local network"
    ADVISORY_GROUP = "advisory_group", "Advisory group"
    ASSEMBLY = "assembly", "Assembly"
    COORDINATORS = "coordinators", "Coordinators' circle"


# Defaults by kind (rule 8): smallest size, largest size, meetings planned, over how many months.
GROUP_DEFAULTS = {
    GroupKind.LOCAL_NETWORK: (8, 10, 4, 6),
    GroupKind.ADVISORY_GROUP: (8, 12, 3, 12),
    GroupKind.ASSEMBLY: (30, 35, 2, 12),
    GroupKind.COORDINATORS: (2, 12, 12, 12),
}


class GroupQuerySet(models.QuerySet["Group"]):
    def visible_to(self, user: Any) -> "GroupQuerySet":
        """National readers see every group; others the groups they belong to now."""
        if has_perm(user, "networks.view_all"):
            return self
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(pk__in=Membership.objects.current().filter(person__user_id=user.pk).values("group_id"))

    def local_networks(self) -> "GroupQuerySet":
        return self.filter(kind=GroupKind.LOCAL_NETWORK)

    def search(self, q: str) -> "GroupQuerySet":
        return self.filter(Q(name__icontains=q) | Q(place__icontains=q)) if q else self


class Group(models.Model):
    """Any circle of people that meets: a local network, the advisory group, an assembly."""

    kind = models.CharField(max_length=20, choices=GroupKind)
    name = models.CharField(max_length=160, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    site = models.ForeignKey(
        Site,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="groups",
        help_text="The network it is part of.",
    )
    nation = models.CharField(max_length=20, choices=Nation)
    place = models.CharField(max_length=120, blank=True)
    about = models.TextField(blank=True, help_text="Markdown.")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    size_min = models.PositiveSmallIntegerField()
    size_max = models.PositiveSmallIntegerField()
    meetings_planned = models.PositiveSmallIntegerField()
    months_planned = models.PositiveSmallIntegerField()
    is_illustrative = models.BooleanField(default=False, help_text="Some details are invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["kind", "nation"], name="group_kind_nation")]
        constraints = [
            models.CheckConstraint(
                condition=Q(size_max__gte=F("size_min")),
                name="group_size_range_runs_upwards",
                violation_error_message="The largest size is below the smallest.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="group_ends_after_it_starts",
                violation_error_message="The end date is before the start date.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="local_network") | Q(site__isnull=False),
                name="local_network_belongs_to_a_network",
                violation_error_message="Choose the network that this local network is part of.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("networks:group-detail", args=[self.slug])

    def roles_of(self, user: Any) -> frozenset[str]:
        """COORDINATOR and MEMBER, as far as the user's memberships say so today. Remembered per user and instance."""
        if not user.pk:
            return frozenset()
        cache = self.__dict__.setdefault("_roles_of", {})
        if user.pk not in cache:
            roles = Membership.objects.current().filter(group_id=self.pk, person__user_id=user.pk)
            found = set(roles.values_list("role", flat=True))
            cache[user.pk] = frozenset(
                ({Role.COORDINATOR} if Membership.Role.COORDINATOR in found else set())
                | ({Role.MEMBER} if found else set())
            )
        return cache[user.pk]


class GroupExplanation(models.Model):
    """Why a group is outside its guard rails, in the coordinator's words. It calms a warning; it never blocks."""

    class Guard(models.TextChoices):
        SIZE = "size", "Number of members"
        PERSPECTIVES = "perspectives", "Missing perspectives"
        MEETINGS = "meetings", "Number of meetings"
        COORDINATOR = "coordinator", "Coordinator"

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="explanations")
    guard = models.CharField(max_length=20, choices=Guard)
    reason = models.CharField(max_length=400)
    on = models.DateField(default=clock.today)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "guard"], name="one_explanation_per_guard")]

    def __str__(self) -> str:
        return f"{self.group}: {self.get_guard_display()}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self, on: date | None = None) -> "MembershipQuerySet":
        """Memberships in force on a day (today by default)."""
        day = on or clock.today()
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


class Membership(models.Model):
    """A person in a group, with a perspective, a role and dates."""

    class Role(models.TextChoices):
        COORDINATOR = "coordinator", "Coordinator"
        MEMBER = "member", "Member"
        CHAIR = "chair", "Chair"
        SUPPORTER = "supporter", "Supporter"

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.MEMBER)
    perspective = models.CharField(max_length=20, choices=Perspective, blank=True)
    perspective_note = models.CharField(max_length=120, blank=True, help_text="In the person's own words.")
    starts_on = models.DateField(default=clock.today)
    ends_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["person__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "person"],
                condition=Q(ends_on__isnull=True),
                name="person_once_in_a_group",
                violation_error_message="This person already belongs to the group.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="membership_ends_after_it_starts",
                violation_error_message="The end date is before the start date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.group}"


class ThemeQuerySet(models.QuerySet["Theme"]):
    def in_use(self) -> "ThemeQuerySet":
        return self.filter(merged_into__isnull=True)


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


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: Any) -> "MeetingQuerySet":
        """Meetings of groups that the user may see."""
        if has_perm(user, "networks.view_all"):
            return self
        return self.filter(group__in=Group.objects.visible_to(user))

    def held(self) -> "MeetingQuerySet":
        """Meetings whose log is in."""
        return self.filter(status__in=[Meeting.Status.LOGGED, Meeting.Status.COMPLETE])

    def to_log(self, now: datetime | None = None) -> "MeetingQuerySet":
        """Meetings that are over and have no finished log yet."""
        return self.filter(status=Meeting.Status.PLANNED, ends_at__lt=now or clock.now())

    def to_debrief(self) -> "MeetingQuerySet":
        return self.filter(status=Meeting.Status.LOGGED)

    def upcoming(self, now: datetime | None = None) -> "MeetingQuerySet":
        return self.filter(status=Meeting.Status.PLANNED, ends_at__gte=now or clock.now()).order_by("starts_at")


class Meeting(models.Model):
    """One meeting of a group: prepared, run and logged, debriefed (rules 9–11)."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        LOGGED = "logged", "Logged"
        COMPLETE = "complete", "Complete"
        CANCELLED = "cancelled", "Cancelled"

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
    def format_labels(self) -> list[str]:
        return [Format(value).label for value in self.formats]


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
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["is_guest", "person__name", "guest_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "person"], name="person_once_per_meeting", condition=Q(person__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["meeting", "guest_name"], name="guest_once_per_meeting", condition=Q(person__isnull=True)
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


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def visible_to(self, user: Any) -> "ContributionQuerySet":
        return self.filter(meeting__in=Meeting.objects.visible_to(user), removed_at__isnull=True)

    def kept(self) -> "ContributionQuerySet":
        """Contributions that have not been taken off the log."""
        return self.filter(removed_at__isnull=True)


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
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
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
    words = models.CharField(max_length=400)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.words


class Debrief(models.Model):
    """What manager and coordinator agreed after a meeting (rule 11)."""

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="debrief")
    held_on = models.DateField()
    went_well = models.TextField(blank=True)
    to_change = models.TextField(blank=True)
    agreed_next = models.TextField(help_text="What we agreed for next time.")
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"Debrief of {self.meeting}"


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, user: Any) -> "ActionQuerySet":
        return self.filter(group__in=Group.objects.visible_to(user))

    def overdue(self, on: date | None = None) -> "ActionQuerySet":
        """Open actions whose due date is before ``on`` (today by default)."""
        return self.filter(status=Action.Status.OPEN, due_on__lt=on or clock.today())


class Action(models.Model):
    """Something somebody will do, traced to what was said (rule 13)."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="actions")
    meeting = models.ForeignKey(Meeting, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions")
    contribution = models.ForeignKey(
        Contribution, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    what = models.CharField(max_length=400)
    owner = models.CharField(max_length=120, blank=True)
    due_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.OPEN)
    outcome = models.CharField(max_length=400, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = [F("due_on").asc(nulls_last=True), "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open") | Q(closed_on__isnull=False), name="closed_action_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(status="dropped") | ~Q(outcome=""),
                name="dropped_action_has_a_reason",
                violation_error_message="Say why the action was dropped.",
            ),
        ]

    def __str__(self) -> str:
        return self.what

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)
