"""What people ask us to do with what we hold about them, and by when we owe them an answer."""

import calendar
from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.people.models import Person, User


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last day of a month that is shorter: how the law counts."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


class RightsRequestQuerySet(models.QuerySet["RightsRequest"]):
    def visible_to(self, user: Any) -> "RightsRequestQuerySet":
        """All for those who answer them; others see their own."""
        if has_perm(user, "core.answer_requests"):
            return self
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(person__user_id=user.pk)

    def search(self, q: str) -> "RightsRequestQuerySet":
        """Requests of a person with ``q`` in their name, or with these words."""
        return self.filter(Q(person__name__icontains=q) | Q(words__icontains=q)) if q else self

    def waiting(self) -> "RightsRequestQuerySet":
        return self.filter(state=RightsRequest.State.OPEN)

    def overdue(self, on: date) -> "RightsRequestQuerySet":
        return self.waiting().filter(due_on__lt=on)


class RightsRequest(models.Model):
    """One request of one person about what is held about them. Answered within a month, which may be extended once."""

    class Kind(models.TextChoices):
        SEE = "see", "See what we hold"
        COPY = "copy", "Have a copy"
        CORRECT = "correct", "Correct something"
        ERASE = "erase", "Delete what we hold"
        RESTRICT = "restrict", "Stop using it for now"
        OBJECT = "object", "Object to how it is used"

    class How(models.TextChoices):
        SITE = "site", "On this site"
        EMAIL = "email", "By email"
        PHONE = "phone", "By phone"
        LETTER = "letter", "By letter"
        IN_PERSON = "in_person", "Face to face"
        SUPPORTER = "supporter", "Through their supporter"

    class State(models.TextChoices):
        OPEN = "open", "Waiting for an answer"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    MONTHS, MORE_MONTHS = 1, 2  # to answer in; by how many it may be extended, once

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="rights_requests")
    kind = models.CharField(max_length=10, choices=Kind)
    words = models.TextField(max_length=2000, blank=True, help_text="What they asked for, in their own words.")
    how = models.CharField(max_length=10, choices=How, default=How.SITE)
    received_on = models.DateField()
    due_on = models.DateField()
    identity_how = models.CharField(max_length=200, blank=True, help_text="How we know that it was they who asked.")
    identity_on = models.DateField(null=True, blank=True)
    extended_on = models.DateField(null=True, blank=True)
    extension_reason = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField(max_length=4000, blank=True, help_text="What we told them.")
    done_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="Empty: the person."
    )
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)

    objects = RightsRequestQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["state", "due_on"], name="rights_request_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=Q(state="open", kind__in=["see", "copy", "erase"]),
                name="one_open_request_of_a_kind",
                violation_error_message="This has been asked for already, and we have not answered yet.",
            ),
            models.CheckConstraint(condition=Q(due_on__gt=F("received_on")), name="rights_request_due_after_received"),
            models.CheckConstraint(
                condition=Q(extended_on__isnull=True, extension_reason="")
                | (Q(extended_on__isnull=False) & ~Q(extension_reason="")),
                name="extended_request_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state="open", done_on__isnull=True) | (~Q(state="open") & Q(done_on__isnull=False)),
                name="ended_request_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("core:rights-request", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_on < clock.today()

    @property
    def latest_due(self) -> date:
        """The day to which the answer may be put off, once."""
        return months_after(self.received_on, self.MONTHS + self.MORE_MONTHS)
