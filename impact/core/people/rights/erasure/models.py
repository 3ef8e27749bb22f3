"""Holds, which keep what a dispute needs, and the record of who was erased."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from impact.core.basics.privacy import Blank, Forever, Keep, Part, Personal
from impact.core.people.models import Person, User
from impact.core.people.rights.requests.models import RightsRequest


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def in_force(self) -> "LegalHoldQuerySet":
        return self.filter(lifted_at__isnull=True)


class LegalHold(models.Model):
    """Nothing of this person is deleted until the hold is lifted: a claim, an inquiry, a safeguarding case."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="legal_holds")
    reason = models.CharField(max_length=400, help_text="For staff only.")
    placed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    placed_at = models.DateTimeField(default=timezone.now)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_reason = models.CharField(max_length=400, blank=True)

    privacy = Personal(
        part=Part.YOU,
        heading="Legal holds",
        of=("person",),
        recorders=("placed_by", "lifted_by"),
        shown=("placed_at", "lifted_at"),
        withheld={"reason": "It can tell of a dispute with others.", "lifted_reason": "As the reason."},
        on_erasure=Blank(("lifted_reason",), removed=("reason",)),
        keep=Forever("It explains why something was kept longer than planned."),
    )

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(lifted_at__isnull=True), name="one_hold_in_force_per_person"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_says_why"),
        ]

    def __str__(self) -> str:
        return f"Hold on {self.person}"


class Erasure(models.Model):
    """That a person was erased, when and under which name their place in the records stays. No word of who they were.

    The same is written to a ledger outside the database, which a restore replays.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="erasures")
    pseudonym = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    request = models.ForeignKey(RightsRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    is_in_ledger = models.BooleanField(default=False, help_text="Whether the ledger outside the database has it.")

    privacy = Personal(
        part=Part.YOU,
        heading="That what we held was deleted",
        of=("person",),
        recorders=("by",),
        shown=("at", "pseudonym"),
        on_erasure=Keep("It holds no word of who they were, and has a restored back-up erase them again."),
        keep=Forever("A restored back-up asks for it."),
    )

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["person"], name="a_person_is_erased_once")]

    def __str__(self) -> str:
        return self.pseudonym
