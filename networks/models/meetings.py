"""Meetings: what is planned, what goes out beforehand, and what was agreed afterwards."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from impact.core import clock
from impact.core.models import Job, Person, User
from impact.core.permissions import has_perm
from impact.core.vocabulary import EvidenceKind, Format
from networks.models.groups import Group, Network


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
        """Meetings to come of which nobody has been told, the next one first."""
        rows = self.filter(status=Meeting.Status.PLANNED, announced_at__isnull=True, starts_at__gt=now or clock.now())
        return rows.order_by("starts_at")

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
        """Whether nobody has been told about it yet."""
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
        return self.starts_on - timedelta(days=self.group.lead_days)


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


class MaterialQuerySet(models.QuerySet["Material"]):
    def visible_to(self, user: Any) -> "MaterialQuerySet":
        """Papers of meetings that the user may see; to members only once the meeting is announced or the paper sent."""
        rows = self.filter(meeting__in=Meeting.objects.visible_to(user))
        if has_perm(user, "networks.view_all"):
            return rows
        own = Group.objects.permitted(user, "networks.plan_meeting")
        is_out = Q(sent_on__isnull=False) | Q(meeting__announced_at__isnull=False)
        return rows.filter(is_out | Q(meeting__group__in=own))


class Material(models.Model):
    """Something sent out before a meeting, by evidence kind and the formats it comes in (rule 9)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="materials")
    title = models.CharField(max_length=160)
    evidence_kind = models.CharField(max_length=20, choices=EvidenceKind)
    formats = models.JSONField(default=list)
    url = models.URLField(blank=True)
    sent_on = models.DateField(null=True, blank=True)
    lineage = models.UUIDField(
        default=uuid.uuid4, db_index=True, editable=False, help_text="Shared by every use of the same material."
    )

    objects = MaterialQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("networks:material-detail", args=[self.pk])

    def clean(self) -> None:
        unknown = set(self.formats) - set(Format.values)
        if unknown:
            raise ValidationError({"formats": f"Not a format: {', '.join(sorted(unknown))}."})

    @property
    def is_late(self) -> bool:
        """Sent, or still not sent, less than the group's lead time before the meeting."""
        return (self.sent_on or clock.today()) > self.meeting.materials_due_on

    @property
    def newest_files(self) -> list["MaterialFile"]:
        """The newest version in each format, in the order of the formats. Reads ``files``; prefetch them for lists."""
        newest: dict[str, MaterialFile] = {}
        for file in self.files.all():  # newest first within each format
            newest.setdefault(file.format, file)
        return [newest[value] for value in Format.values if value in newest]

    @property
    def available(self) -> list[str]:
        """The formats that it comes in: ticked, or uploaded."""
        there = {*self.formats, *(file.format for file in self.files.all())}
        return [value for value in Format.values if value in there]

    @property
    def format_labels(self) -> list[str]:
        return [Format(value).label for value in self.available]

    @property
    def other_formats(self) -> list[str]:
        """Formats that it comes in without a file here, in words."""
        uploaded = {file.format for file in self.files.all()}
        return [Format(value).label for value in self.available if value not in uploaded]


class MaterialFileQuerySet(models.QuerySet["MaterialFile"]):
    def visible_to(self, user: Any) -> "MaterialFileQuerySet":
        """Files of papers that the user may see: every version for those who keep the log, else the newest of each."""
        rows = self.filter(material__in=Material.objects.visible_to(user))
        if has_perm(user, "networks.log_meeting"):
            return rows
        newer = MaterialFile.objects.filter(
            material=OuterRef("material"), format=OuterRef("format"), number__gt=OuterRef("number")
        )
        own = Group.objects.permitted(user, "networks.log_meeting")
        return rows.filter(~models.Exists(newer) | Q(material__meeting__group__in=own))


class MaterialFile(models.Model):
    """One version of a material in one format, as uploaded. Files are never changed; a new version is a new row."""

    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="files")
    number = models.PositiveSmallIntegerField(help_text="Version, counted over every use of the material.")
    format = models.CharField(max_length=20, choices=Format, default=Format.STANDARD)
    file = models.FileField(max_length=200)
    name = models.CharField(max_length=160, help_text="What people save it as.")
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    note = models.CharField(max_length=200, blank=True, help_text="What changed in this version.")
    added_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = MaterialFileQuerySet.as_manager()

    class Meta:
        ordering = ["format", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["material", "format", "number"], name="material_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.number})"

    def get_absolute_url(self) -> str:
        return reverse("networks:material-file", args=[self.pk])

    @property
    def kind(self) -> str:
        """ "PDF", "Word" and the like, from its name, which its contents decided."""
        return self.name.rsplit(".", 1)[-1].upper()


class MeetingInvitation(models.Model):
    """One person asked to one meeting: what was sent, and what they answered."""

    class Answer(models.TextChoices):
        YES = "yes", "Yes"
        SUPPORTER = "supporter", "Yes, with a supporter"
        NO = "no", "No"

    class Via(models.TextChoices):
        LINK = "link", "By the link in the e-mail"
        ACCOUNT = "account", "Signed in"
        COORDINATOR = "coordinator", "Told the coordinator"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="meeting_invitations")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="What a reply link signs.")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="Empty: there is no e-mail address to send to.")
    sent_sequence = models.PositiveIntegerField(default=0, help_text="The meeting's sequence when last sent.")
    reminded_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="The person left the group before it.")
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    access_needs = models.CharField(max_length=400, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_via = models.CharField(max_length=12, choices=Via, blank=True)
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["person__name"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "person"], name="person_invited_once_per_meeting"),
            models.CheckConstraint(
                condition=Q(answer="") | Q(answered_at__isnull=False), name="answered_invitation_has_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_answer_display() or 'no answer yet'}"


class MeetingMove(models.Model):
    """A meeting moved to another time, and why."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="moves")
    was_at = models.DateTimeField()
    now_at = models.DateTimeField()
    reason = models.CharField(max_length=400)
    moved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    moved_at = models.DateTimeField(default=timezone.now)

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
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"Debrief of {self.meeting}"


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: Any) -> "DocumentQuerySet":
        """All for national readers; for a coordinator those of their own groups; for members what is built for them.

        A member reads the packs of announced meetings and the action plans of their group. A whole network's plan
        holds every group's actions, so it is for national readers.
        """
        if has_perm(user, "networks.view_all"):
            return self
        groups = Group.objects.visible_to(user)
        own = Group.objects.permitted(user, "networks.build_document")
        is_built = ~Q(file="") & (Q(meeting__in=Meeting.objects.visible_to(user)) | Q(group__in=groups))
        return self.filter(Q(meeting__group__in=own) | Q(group__in=own) | is_built)

    def ready(self) -> "DocumentQuerySet":
        return self.exclude(file="")


class Document(models.Model):
    """A PDF built from the state of one moment: a meeting's pack, or an action plan."""

    class Kind(models.TextChoices):
        PACK = "pack", "Pack"
        ACTION_PLAN = "action_plan", "Action plan"

    kind = models.CharField(max_length=20, choices=Kind)
    meeting = models.ForeignKey(Meeting, null=True, blank=True, on_delete=models.CASCADE, related_name="documents")
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.CASCADE, related_name="documents")
    network = models.ForeignKey(Network, null=True, blank=True, on_delete=models.CASCADE, related_name="documents")
    number = models.PositiveIntegerField(help_text="First, second … of its kind for the same thing.")
    contents = models.JSONField(help_text="Everything that it says, frozen.")
    contents_sha256 = models.CharField(max_length=64)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    file = models.FileField(max_length=200, blank=True, help_text="Empty until it is built.")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="Bytes.")
    pages = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(kind="pack", meeting__isnull=False, group__isnull=True, network__isnull=True)
                    | Q(kind="action_plan", meeting__isnull=True, group__isnull=False, network__isnull=True)
                    | Q(kind="action_plan", meeting__isnull=True, group__isnull=True, network__isnull=False)
                ),
                name="document_is_about_one_thing",
            ),
            models.UniqueConstraint(fields=["meeting", "number"], name="pack_number_once"),
            models.UniqueConstraint(fields=["group", "number"], name="group_plan_number_once"),
            models.UniqueConstraint(fields=["network", "number"], name="network_plan_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("networks:document-file", args=[self.pk])

    @property
    def is_ready(self) -> bool:
        return bool(self.file)

    @property
    def is_large(self) -> bool:
        return bool(self.contents.get("is_large"))

    @property
    def about(self) -> "Meeting | Group | Network":
        """The one thing that it is about."""
        found = self.meeting or self.group or self.network
        assert found  # noqa: S101  a constraint says so
        return found

    @property
    def file_name(self) -> str:
        """ "wales-meeting-2-pack-3.pdf": what people save it as."""
        if self.meeting:
            name = f"{self.meeting.group.slug}-meeting-{self.meeting.number}-pack-{self.number}"
        else:
            name = f"{(self.group or self.network).slug}-action-plan-{self.number}"  # type: ignore[union-attr]
        return f"{name}{'-large-print' if self.is_large else ''}.pdf"
