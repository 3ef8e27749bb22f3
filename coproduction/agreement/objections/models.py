"""Working on an objection: who talks to whom by when, what was said, and how it ended."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from coproduction.agreement.models import AgreementRound, Position
from coproduction.charter.models import Charter, CharterVersion
from coproduction.suggestions.models import Suggestion
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Forever, Part, Personal
from impact.core.people.models import Person, User


class ObjectionQuerySet(models.QuerySet["Objection"]):
    def visible_to(self, user: Any) -> "ObjectionQuerySet":
        """For the member whose objection it is, and for the engagement lead."""
        rows = self.filter(round__version__charter__in=Charter.objects.visible_to(user))
        if has_perm(user, "coproduction.work_on_objection"):
            return rows
        return rows.filter(person__user_id=user.pk, person__user__isnull=False)

    def open(self) -> "ObjectionQuerySet":
        """Those that are still being worked on."""
        return self.filter(status=Objection.Status.OPEN)


class Objection(models.Model):
    """What is done about one member's objection, or about a reservation that is worth a talk."""

    class Status(models.TextChoices):
        OPEN = "in_progress", "Being talked through"
        CHANGED = "changed", "The member changed their answer"
        ADAPTED = "adapted", "Led to a change of the text"
        RECORDED = "recorded", "Recorded as disagreement"

    round = models.ForeignKey(AgreementRound, on_delete=models.CASCADE, related_name="objections")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="objections")
    stance = models.CharField(max_length=12, choices=Position.Stance, help_text="What it began with.")
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    opened_on = models.DateField(default=clock.today)
    talker = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Who talks to the member."
    )
    talk_by = models.DateField(null=True, blank=True)
    talked_on = models.DateField(null=True, blank=True)
    settled_on = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True, max_length=2000, help_text="How it ended, and why.")
    led_to_version = models.ForeignKey(
        CharterVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="objections_taken_up"
    )
    led_to_suggestion = models.ForeignKey(
        Suggestion, null=True, blank=True, on_delete=models.PROTECT, related_name="objections_taken_up"
    )
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.CHARTER,
        heading="Talks about your objection",
        of=("person",),
        recorders=("talker",),
        shown=(
            "round__version__number",
            "round__version__correction",
            "stance",
            "status",
            "opened_on",
            "talk_by",
            "talked_on",
            "settled_on",
            "reason",
        ),
        on_erasure=Blank(removed=("reason",)),
        keep=Forever("What a charter was agreed on is its record."),
    )

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "person"], condition=Q(status="in_progress"), name="one_open_objection_per_member"
            ),
            models.CheckConstraint(
                condition=Q(status="in_progress") ^ Q(settled_on__isnull=False), name="settled_objection_has_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["adapted", "recorded"]) | ~Q(reason=""),
                name="settled_objection_has_a_reason",
                violation_error_message="Say how it ended, and why.",
            ),
            models.CheckConstraint(
                condition=~Q(status="adapted") | Q(led_to_version__isnull=False) | Q(led_to_suggestion__isnull=False),
                name="adapted_objection_leads_somewhere",
                violation_error_message="Choose the draft or the suggestion that it led to.",
            ),
            models.CheckConstraint(
                condition=Q(talk_by__isnull=True) | Q(talker__isnull=False), name="planned_talk_has_a_talker"
            ),
            models.CheckConstraint(
                condition=~Q(talker=F("person")),
                name="members_do_not_talk_to_themselves",
                violation_error_message="Choose someone other than the member.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stance_display()}, version {self.round.version.name}"

    def get_absolute_url(self) -> str:
        return reverse("coproduction:objection-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.round.roles_of(user)

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    def is_overdue(self, on: Any) -> bool:
        """Whether the talk should have happened by now."""
        return self.is_open and self.talked_on is None and self.talk_by is not None and self.talk_by < on


class ObjectionNote(models.Model):
    """A note about a talk, for the engagement lead and that member alone. It is kept as it was written."""

    objection = models.ForeignKey(Objection, on_delete=models.CASCADE, related_name="notes")
    words = models.TextField(max_length=4000)
    written_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    written_on = models.DateField(default=clock.today)

    privacy = Personal(
        part=Part.CHARTER,
        heading="Notes about those talks",
        of=("objection__person",),
        recorders=("written_by",),
        shown=("written_on", "words"),
        on_erasure=Blank(removed=("words",)),
        keep=Forever("What a charter was agreed on is its record."),
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Note of {self.written_on}"
