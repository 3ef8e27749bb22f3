"""What happened at a meeting: who came, what was said, what was decided, who does what."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import Blank, Forever, NotPersonal, Part, Personal
from impact.core.basics.vocabulary import Perspective
from impact.core.people import consents
from impact.core.people.models import Consent, Person, User
from networks.groups.models import Group, GroupKind
from networks.meetings.models import Meeting
from networks.themes.models import Theme


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

    privacy = Personal(
        part=Part.MEETINGS,
        heading="Meetings that you were at",
        of=("person",),
        by_address=("email",),
        recorders=("recorded_by",),
        shown=("meeting__title", "meeting__starts_at", "perspective", "status", "is_guest", "guest_name", "minutes"),
        withheld={"email": "The address that this is about."},
        on_erasure=Blank(("email",), renamed=("guest_name",)),
        keep=Forever("How many people of which perspective came is the meeting’s record."),
    )

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
        """How long someone who came was there, where a report said so."""
        return self.minutes if self.status == self.Status.PRESENT else None


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
        """Contributions that have not been removed from the log."""
        return self.filter(removed_at__isnull=True)

    def quotable(self) -> "ContributionQuerySet":
        """What may be quoted today: its speaker is known, and their consent to be quoted counts."""
        return self.filter(speaker__in=consents.live(Consent.Purpose.QUOTES).values("person"))

    def with_quotable(self) -> "ContributionQuerySet":
        """Annotated with is_quotable: whether it may be quoted today."""
        agreed = consents.live(Consent.Purpose.QUOTES).filter(person=OuterRef("speaker"))
        return self.annotate(is_quotable=Exists(agreed))

    def counted(self) -> "ContributionQuerySet":
        """What counts as a contribution wherever a number of them is shown: kept, said in a local network, log in.

        What the advisory group says is told in its involvements and its charter. Home, matrices, the report and the API
        all count with this; each may narrow it (to a network, a year, a theme) and then says so.
        """
        return self.kept().filter(meeting__status__in=Meeting.HELD, meeting__group__kind=GroupKind.LOCAL_NETWORK)


class Contribution(models.Model):
    """One thing that was said: what kind, about which theme, at which level, from which perspective (rule 10)."""

    inside = ("speaker", "recorded_by")  # no list reports a change of these (impact.core.api.lists.watching)

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
    speaker = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="contributions",
        help_text="Who said it. Only the speaker and the group's coordinators see this.",
    )
    may_quote = models.BooleanField(
        default=False,
        editable=False,
        help_text="What was ticked before speakers were noted. Nothing is quoted because of it.",
    )
    position = models.PositiveIntegerField(default=0)
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True, help_text="Removed from the log; can be put back.")
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.WORDS,
        heading="What you said in meetings",
        of=("speaker",),
        recorders=("recorded_by",),
        shown=(
            "meeting__title",
            "meeting__starts_at",
            "kind",
            "theme",
            "level",
            "perspective",
            "words",
            "may_quote",
            "recorded_at",
            "removed_at",
        ),
        on_erasure=Blank(("speaker", "may_quote")),
        keep=Forever("What was said belongs to the meeting, without a name."),
    )

    objects = ContributionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "recorded_at"]
        indexes = [models.Index(fields=["theme", "kind"], name="contribution_theme_kind")]

    def __str__(self) -> str:
        return self.words[:80]

    @property
    def in_full(self) -> str:
        """How it is coded and what it says, for comparing two states of it."""
        theme = self.theme.name if self.theme else ""
        coding = [self.get_kind_display(), theme, self.get_level_display(), self.get_perspective_display()]
        return f"{', '.join(part for part in coding if part)}\n{self.words}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.meeting.roles_of(user)


class Decision(models.Model):
    """What a meeting decided."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="decisions")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="Made by the sender.")
    words = models.CharField(max_length=400)

    privacy = NotPersonal("What a meeting decided.", may_name_people=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.words
