"""One person asked to one meeting, and what they answered."""

import uuid

from django.db import models
from django.db.models import Q

from impact.core.basics.privacy import After, Blank, Part, Personal
from impact.core.people.models import Person, User
from networks.meetings.models import Meeting


class MeetingInvitation(models.Model):
    """One person asked to one meeting: what was sent, and what they answered."""

    class Answer(models.TextChoices):
        YES = "yes", "Yes"
        SUPPORTER = "supporter", "Yes, with a supporter"
        NO = "no", "No"

    class Via(models.TextChoices):
        LINK = "link", "By the link in the email"
        ACCOUNT = "account", "Signed in"
        COORDINATOR = "coordinator", "Told the coordinator"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="meeting_invitations")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="What a reply link signs.")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="Empty: there is no email address to send to.")
    sent_sequence = models.PositiveIntegerField(default=0, help_text="The meeting's sequence when last sent.")
    reminded_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="The person left the group before it.")
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    access_needs = models.CharField(max_length=400, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_via = models.CharField(max_length=12, choices=Via, blank=True)
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    privacy = Personal(
        part=Part.MEETINGS,
        heading="Invitations to meetings",
        of=("person",),
        recorders=("recorded_by",),
        shown=(
            "meeting__title",
            "meeting__starts_at",
            "sent_at",
            "reminded_at",
            "withdrawn_at",
            "answer",
            "access_needs",
            "answered_at",
            "answered_via",
        ),
        on_erasure=Blank(("access_needs",)),
        keep=After(since="meeting__starts_at", why="What you needed at one meeting is of no use later.", years=2),
    )

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
