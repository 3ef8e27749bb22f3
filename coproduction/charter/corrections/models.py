"""What members say about minor corrections: that one is fine, or that it stops."""

from typing import Any

from django.db import models

from coproduction.charter.models import CharterVersion
from coproduction.group.models import SaidByMember
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Forever, Keep, Part, Personal
from impact.core.people.models import Person


class CorrectionConfirmation(SaidByMember):
    """A member says that a minor correction is fine. Who did is for the engagement lead alone."""

    version = models.ForeignKey(CharterVersion, on_delete=models.CASCADE, related_name="confirmations")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    confirmed_on = models.DateField(default=clock.today)

    privacy = Personal(
        part=Part.CHARTER,
        heading="Corrections that you said are fine",
        of=("person",),
        recorders=("recorded_by",),
        shown=("version__charter__title", "version__number", "version__correction", "confirmed_on", "told"),
        on_erasure=Keep("It says that all members were asked; the member goes by a pseudonym."),
        keep=Forever("What a charter was agreed on is its record."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "person"], name="correction_confirmed_once_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.version} is fine"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.version.roles_of(user)


class CorrectionStop(SaidByMember):
    """A member stopped a minor correction. Who did is for the engagement lead alone."""

    version = models.OneToOneField(CharterVersion, on_delete=models.CASCADE, related_name="stop")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=400, blank=True)
    stopped_on = models.DateField(default=clock.today)

    privacy = Personal(
        part=Part.CHARTER,
        heading="Corrections that you stopped",
        of=("person",),
        recorders=("recorded_by",),
        shown=("version__charter__title", "version__number", "version__correction", "reason", "stopped_on", "told"),
        on_erasure=Blank(removed=("reason",)),
        keep=Forever("What a charter was agreed on is its record."),
    )

    def __str__(self) -> str:
        return f"{self.version} was stopped"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.version.roles_of(user)
