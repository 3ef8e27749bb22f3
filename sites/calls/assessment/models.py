"""Who assesses which application, by which criteria, and what they think: one score and reason for each criterion."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Forever, Keep, NotPersonal, Part, Personal
from impact.core.basics.vocabulary import Nation
from impact.core.people.models import User
from sites.calls.applications.models import Application, Revision
from sites.calls.rounds.models import Round
from sites.organisations.models import Organisation

LOWEST, HIGHEST = 0, 4  # a score
NO_ONE: frozenset[str] = frozenset()


class AssessmentPlan(models.Model):
    """How a round is assessed: with or without names, by how many, until when. One row for a round."""

    round = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="assessment_plan")
    is_blind = models.BooleanField(
        default=False, help_text="Assessors do not see who applied: names, places and contacts are withheld."
    )
    assessors_each = models.PositiveIntegerField(
        default=2, validators=[MinValueValidator(1), MaxValueValidator(6)], help_text="Assessors for each application."
    )
    due_on = models.DateField(null=True, blank=True, help_text="When assessments are due.")
    closed_at = models.DateTimeField(null=True, blank=True, help_text="From then on no assessment changes.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("How a round is assessed.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(assessors_each__gte=1, assessors_each__lte=6), name="one_to_six_assessors_each"
            )
        ]

    def __str__(self) -> str:
        return f"Assessment of {self.round}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return NO_ONE


def plan_of(round: Round) -> AssessmentPlan:
    """How a round is assessed; the usual plan, not stored, where staff have not said."""
    return AssessmentPlan.objects.filter(round=round).first() or AssessmentPlan(round=round)


class ForStaff(models.QuerySet[Any]):
    """What only those who run assessments read."""

    def visible_to(self, user: Any) -> "ForStaff":
        return self if has_perm(user, "sites.edit_assessment") else self.none()


class EligibilityCheck(models.Model):
    """What staff found when they checked whether an application may be considered."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="eligibility")
    is_eligible = models.BooleanField()
    reason = models.CharField(max_length=400, blank=True, help_text="Why it may not be considered.")
    checked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    checked_at = models.DateTimeField()
    told_at = models.DateTimeField(
        null=True, blank=True, help_text="When the applicant was told: not eligible, and why."
    )
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal(
        "What staff found about an application of an organisation, deleted with it.",
        recorders=("checked_by",),
        may_name_people=True,
    )

    objects = ForStaff.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_eligible=True) | ~Q(reason=""),
                name="ineligible_application_has_a_reason",
                violation_error_message="Say why this application is not eligible.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application}: {'eligible' if self.is_eligible else 'not eligible'}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return NO_ONE


class CriterionQuerySet(models.QuerySet["Criterion"]):
    def visible_to(self, user: Any) -> "CriterionQuerySet":
        """Criteria are no secret for those who see rounds from the inside: staff, leadership and assessors."""
        return self if has_perm(user, "sites.view_rounds") else self.none()


class Criterion(models.Model):
    """What an application is judged by, with its weight and words for each score."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="criteria")
    order = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=120)
    guidance = models.TextField(blank=True, help_text="What to look for. Markdown.")
    weight = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(10)])
    score_words = models.JSONField(default=list, blank=True, help_text="One text for each score, from 0 to 4.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("What applications are judged by.")

    objects = CriterionQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(
                fields=["round", "name"],
                name="criterion_once_per_round",
                violation_error_message="This round has a criterion of that name.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def roles_of(self, user: Any) -> frozenset[str]:
        return NO_ONE


class RoundAssessor(models.Model):
    """Someone who assesses in a round: what they bring, how many applications they take, and whom they are tied to."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="assessors")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assessor_in")
    has_lived_experience = models.BooleanField(default=False, help_text="Draws on care and support, or is a carer.")
    nation = models.CharField(max_length=20, choices=Nation, blank=True)
    most = models.PositiveIntegerField(default=20, help_text="The most applications to give to this assessor.")
    tied_to = models.ManyToManyField(
        Organisation, blank=True, related_name="+", help_text="Organisations whose applications they must not assess."
    )
    reminded_on = models.DateField(null=True, blank=True, help_text="When a reminder last went out.")
    version = models.PositiveIntegerField(default=1)

    objects = ForStaff.as_manager()

    privacy = Personal(
        part=Part.ROUNDS,
        heading="Rounds that you assess in",
        of=("user",),
        shown=("round", "has_lived_experience", "nation", "most"),
        on_erasure=Blank(removed=("has_lived_experience", "nation")),
        keep=Forever("How a round was decided can be asked about as long as its sites run."),
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "user"],
                name="assessor_once_per_round",
                violation_error_message="This person assesses in this round already.",
            )
        ]

    def __str__(self) -> str:
        return self.user.display_name

    def roles_of(self, user: Any) -> frozenset[str]:
        return NO_ONE


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: Any) -> "AssignmentQuerySet":
        """Staff see all; an assessor their own, one with a conflict among them (its application stays shut)."""
        if has_perm(user, "sites.view_applications"):
            return self
        return self.filter(assessor_id=user.pk) if has_perm(user, "sites.assess") else self.none()

    def live(self) -> "AssignmentQuerySet":
        """Those whose application is still to be considered: not withdrawn or erased, and not found ineligible."""
        return self.filter(application__in=Application.objects.eligible())

    def left(self) -> "AssignmentQuerySet":
        """Those that wait for their assessor: no conflict declared, and nothing submitted."""
        return self.exclude(conflict=Assignment.Conflict.DECLARED).exclude(assessment__submitted_at__isnull=False)

    def open_to(self, user: Any) -> "AssignmentQuerySet":
        """Those whose application ``user`` may read: their own, once they said that they have no conflict."""
        return self.filter(assessor_id=user.pk, conflict=Assignment.Conflict.NONE)


class Assignment(models.Model):
    """One application given to one assessor. Nothing opens before they said whether they have a conflict."""

    class Conflict(models.TextChoices):
        UNKNOWN = "unknown", "Not said yet"
        NONE = "none", "No conflict"
        DECLARED = "declared", "Conflict declared"

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="assignments")
    assessor = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assignments")
    by_rule = models.BooleanField(default=False, help_text="Given by the rule, not by hand.")
    assigned_on = models.DateField(default=clock.today)
    due_on = models.DateField(null=True, blank=True)
    conflict = models.CharField(max_length=10, choices=Conflict, default=Conflict.UNKNOWN)
    conflict_reason = models.CharField(max_length=400, blank=True, help_text="For staff.")
    declared_at = models.DateTimeField(null=True, blank=True)

    privacy = Personal(
        part=Part.ROUNDS,
        heading="Applications given to you to assess",
        of=("assessor",),
        shown=("application__reference", "assigned_on", "due_on", "conflict", "conflict_reason", "declared_at"),
        on_erasure=Blank(("conflict_reason",)),
        keep=Forever("How a round was decided can be asked about as long as its sites run."),
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "assessor"],
                name="assignment_once_per_assessor",
                violation_error_message="This assessor has this application already.",
            ),
            models.CheckConstraint(
                condition=Q(conflict="unknown") | Q(declared_at__isnull=False), name="declared_assignment_has_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} for {self.assessor}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return NO_ONE

    @property
    def version(self) -> int:
        """The version of what its assessor wrote; 0 before the application was opened."""
        assessment: Assessment | None = getattr(self, "assessment", None)
        return assessment.version if assessment else 0


class Assessment(models.Model):
    """What one assessor thinks of one revision of an application."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="assessment")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="assessments")
    comment = models.TextField(blank=True, help_text="For the panel. Markdown.")
    submitted_at = models.DateTimeField(null=True, blank=True)
    value = models.FloatField(
        null=True, blank=True, help_text="From 0 to 100, as value.py works it out, once submitted."
    )
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    privacy = Personal(
        part=Part.ROUNDS,
        heading="Your assessments",
        of=("assignment__assessor",),
        shown=("assignment__application__reference", "comment", "submitted_at", "value"),
        on_erasure=Keep("Decisions rest on it; its writer goes by a pseudonym."),
        keep=Forever("How a round was decided can be asked about as long as its sites run."),
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(submitted_at__isnull=False), name="only_submitted_has_a_value"
            )
        ]

    def __str__(self) -> str:
        return f"Assessment of {self.revision}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return NO_ONE


class Score(models.Model):
    """One score for one criterion, with the reason for it."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="scores")
    value = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(HIGHEST)], help_text="Empty in a draft, while it is open."
    )
    reason = models.TextField(blank=True)

    privacy = Personal(
        part=Part.ROUNDS,
        heading="Your scores for applications",
        of=("assessment__assignment__assessor",),
        shown=("assessment__assignment__application__reference", "criterion", "value", "reason"),
        on_erasure=Keep("Decisions rest on it; its writer goes by a pseudonym."),
        keep=Forever("How a round was decided can be asked about as long as its sites run."),
    )

    class Meta:
        ordering = ["criterion__order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "criterion"], name="score_once_per_criterion"),
            models.CheckConstraint(condition=Q(value__lte=HIGHEST), name="score_from_0_to_4"),
        ]

    def __str__(self) -> str:
        return f"{self.value} for {self.criterion}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return NO_ONE


class EarlierAssessment(models.Model):
    """What an assessor had submitted before they reopened it. Rows are added and never changed."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="earlier")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="+")
    value = models.FloatField()
    scores = models.JSONField(help_text="A list of criterion, value and reason.")
    comment = models.TextField(blank=True)
    submitted_at = models.DateTimeField()

    privacy = Personal(
        part=Part.ROUNDS,
        heading="Assessments as you submitted them before",
        of=("assessment__assignment__assessor",),
        shown=("assessment__assignment__application__reference", "value", "scores", "comment", "submitted_at"),
        on_erasure=Keep("Decisions rest on it; its writer goes by a pseudonym."),
        keep=Forever("How a round was decided can be asked about as long as its sites run."),
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.assessment} as submitted before"

    def roles_of(self, user: Any) -> frozenset[str]:
        return NO_ONE


class ModerationNote(models.Model):
    """What staff found when assessors of an application differed much. A later note corrects an earlier one."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="moderation_notes")
    words = models.TextField(max_length=4000, help_text="Markdown.")
    written_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField()

    privacy = NotPersonal(
        "What staff found when assessors differed, deleted with the application.",
        recorders=("written_by",),
        may_name_people=True,
    )

    objects = ForStaff.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Moderation of {self.application}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return NO_ONE


class DiscussionMessage(models.Model):
    """One message between the assessors of an application and staff, for those who have submitted."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="discussion")
    words = models.TextField(max_length=4000, help_text="Markdown.")
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField()

    privacy = Personal(
        part=Part.ROUNDS,
        heading="Messages to other assessors",
        of=("author",),
        shown=("application__reference", "words", "written_at"),
        on_erasure=Keep("Decisions rest on it; its writer goes by a pseudonym."),
        keep=Forever("How a round was decided can be asked about as long as its sites run."),
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Message about {self.application}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return NO_ONE
