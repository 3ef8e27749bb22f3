"""What a site promised and where it stands: milestones, commitments of both sides, and what it learned."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from impact.core.basics import clock
from impact.core.basics.privacy import Forever, Keep, NotPersonal, Part, Personal
from impact.core.people.models import User
from sites.progress.delivery.slippage import in_words, slippage
from sites.registry.models import Site


class InsideQuerySet(models.QuerySet):
    """Rows that are read inside a site only."""

    def visible_to(self, user: Any) -> "InsideQuerySet":
        """Every one for national readers, for others those of the sites they work at."""
        return self.filter(site__in=Site.objects.inside_for(user))


class MilestoneQuerySet(InsideQuerySet):
    def search(self, q: str) -> "MilestoneQuerySet":
        """Milestones whose title contains ``q``."""
        return self.filter(title__icontains=q) if q else self

    def overdue(self, on: date) -> "MilestoneQuerySet":
        """Planned for before ``on``, and not done."""
        return self.filter(planned_on__lt=on, actual_on__isnull=True)


class Milestone(models.Model):
    """Something a site aims to achieve by a date.

    The planned date is the one first agreed; only a re-plan moves it. The expected date is what people think today.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=160)
    planned_on = models.DateField(null=True, blank=True, help_text="As first agreed, or as last re-planned.")
    expected_on = models.DateField(null=True, blank=True, help_text="What people think today.")
    actual_on = models.DateField(null=True, blank=True, help_text="The day it was completed.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("What a site aims at.")

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        ordering = [F("planned_on").asc(nulls_last=True), "pk"]

    def __str__(self) -> str:
        return self.title

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.site.roles_of(user)

    def get_absolute_url(self) -> str:
        return f"{self.site.get_absolute_url()}#milestones"

    def is_overdue(self, on: date) -> bool:
        """Whether it was planned for before ``on`` and is not done."""
        return bool(self.planned_on and self.planned_on < on and self.actual_on is None)

    def slippage(self, on: date) -> int | None:
        """Days after or before the planned date, as known ``on`` a day."""
        return slippage(planned=self.planned_on, expected=self.expected_on, actual=self.actual_on, on=on)

    def slippage_in_words(self, on: date) -> str:
        """ "12 days late"."""
        return in_words(self.slippage(on))


class Replan(models.Model):
    """One move of a milestone's planned date, with the reason; kept so that the first date stays readable."""

    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="replans")
    before = models.DateField()
    after = models.DateField()
    reason = models.CharField(max_length=400)
    on = models.DateField(default=clock.today, help_text="The day it was re-planned.")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    privacy = NotPersonal("When a milestone was moved, and why.", recorders=("by",))

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="replan_has_a_reason",
                violation_error_message="Say why the date moves.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.milestone}: from {self.before} to {self.after}"


class CommitmentQuerySet(InsideQuerySet):
    def search(self, q: str) -> "CommitmentQuerySet":
        """Commitments whose wording or outcome contains ``q``."""
        return self.filter(Q(text__icontains=q) | Q(outcome__icontains=q)) if q else self

    def overdue(self, on: date) -> "CommitmentQuerySet":
        """Due before ``on``, and neither kept nor marked as not kept."""
        return self.filter(due_on__lt=on).exclude(state__in=Commitment.SETTLED)


class Commitment(models.Model):
    """What one side promised the other at a site, and whether it kept that."""

    class Side(models.TextChoices):
        CENTRE = "centre", "The centre"
        HOST = "host", "The host"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CHANGED = "changed", "Changed"  # still open, in a new wording
        KEPT = "kept", "Kept"
        NOT_KEPT = "not_kept", "Not kept"

    SETTLED = (State.KEPT, State.NOT_KEPT)

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="commitments")
    side = models.CharField(max_length=10, choices=Side)
    text = models.CharField(max_length=400)
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    settled_on = models.DateField(null=True, blank=True, help_text="The day it was kept, or was found not kept.")
    outcome = models.CharField(max_length=400, blank=True, help_text="How it was kept, or why not.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("What a site and the centre promised each other.", may_name_people=True)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        ordering = [F("due_on").asc(nulls_last=True), "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "changed"], settled_on__isnull=True, outcome="")
                | (Q(state__in=["kept", "not_kept"], settled_on__isnull=False) & ~Q(outcome="")),
                name="settled_commitment_says_when_and_how",
                violation_error_message="Say when and how it was kept, or why it was not.",
            )
        ]

    def __str__(self) -> str:
        return self.text

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.site.roles_of(user)

    def get_absolute_url(self) -> str:
        return f"{self.site.get_absolute_url()}#commitments"

    @property
    def is_settled(self) -> bool:
        """Whether it is known how it ended."""
        return self.state in self.SETTLED

    def is_overdue(self, on: date) -> bool:
        """Whether it was due before ``on`` and it is not known how it ended."""
        return bool(self.due_on and self.due_on < on and not self.is_settled)


class EarlierWording(models.Model):
    """What a commitment said before it was changed."""

    commitment = models.ForeignKey(Commitment, on_delete=models.CASCADE, related_name="earlier_wordings")
    text = models.CharField(max_length=400)
    changed_on = models.DateField(default=clock.today, help_text="The day from which it says something else.")
    changed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    privacy = NotPersonal("What a commitment said before.", recorders=("changed_by",), may_name_people=True)

    class Meta:
        ordering = ["changed_on", "pk"]

    def __str__(self) -> str:
        return self.text


class LearningNoteQuerySet(InsideQuerySet):
    def search(self, q: str) -> "LearningNoteQuerySet":
        """Notes in which ``q`` stands."""
        if not q:
            return self
        fields = ("worked", "did_not_work", "for_whom", "setting", "site__name")
        wanted = Q(pk__in=[])
        for field in fields:
            wanted |= Q(**{f"{field}__icontains": q})
        return self.filter(wanted)


class LearningNote(models.Model):
    """What worked at a site and what did not, for whom, and in which setting."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="learning_notes")
    worked = models.TextField(max_length=2000, blank=True)
    did_not_work = models.TextField(max_length=2000, blank=True)
    for_whom = models.CharField(max_length=200)
    setting = models.CharField(max_length=200)
    noted_on = models.DateField(default=clock.today)
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.WORK,
        heading="Learning notes that you wrote",
        of=("author",),
        shown=("site", "worked", "did_not_work", "for_whom", "setting", "noted_on"),
        on_erasure=Keep("What was learned at a site stays with it; its writer goes by a pseudonym."),
        keep=Forever("What was learned at a site stays with it."),
    )

    objects = LearningNoteQuerySet.as_manager()

    class Meta:
        ordering = ["-noted_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(worked="") | ~Q(did_not_work=""),
                name="learning_note_says_something",
                violation_error_message="Say what worked, or what did not.",
            )
        ]

    def __str__(self) -> str:
        return f"For {self.for_whom}, in {self.setting}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.site.roles_of(user)

    def get_absolute_url(self) -> str:
        return f"{reverse('sites:note-list', args=[self.site.slug])}#note-{self.pk}"
