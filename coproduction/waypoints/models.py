"""Waypoints: where are we, and are we heading as intended."""

from datetime import date, timedelta
from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from coproduction.charter.models import Charter, CharterVersion
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal

QUESTIONS = ("Where are we?", "Are we heading as intended?")  # asked unless the engagement lead writes others
MOST_QUESTIONS, LONGEST_QUESTION = 6, 200
LONGEST_SUMMARY = 4000  # of what the group found about one question
NOTICE_DAYS = 14  # for how long members can answer before the group takes stock, unless a waypoint says otherwise


def split_questions(text: str) -> list[str]:
    """The questions in a text, one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class Rhythm(models.Model):
    """How often a group takes stock. A charter without a row of its own does so every six months."""

    charter = models.OneToOneField(Charter, on_delete=models.CASCADE, related_name="rhythm")
    months = models.PositiveSmallIntegerField(
        default=6, validators=[MaxValueValidator(36)], help_text="From one waypoint to the next. 0: none by itself."
    )
    notice_days = models.PositiveSmallIntegerField(
        default=NOTICE_DAYS, validators=[MaxValueValidator(90)], help_text="For how many days members can answer."
    )
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("How often a group takes stock.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(months__lte=36) & Q(notice_days__lte=90), name="rhythm_fits_a_calendar")
        ]

    def __str__(self) -> str:
        return f"Every {self.months} months"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.charter.roles_of(user)


def rhythm_of(charter: Charter) -> Rhythm:
    """How often a group takes stock: as it has said, or every six months."""
    return Rhythm.objects.filter(charter=charter).first() or Rhythm(charter=charter)


class WaypointQuerySet(models.QuerySet["Waypoint"]):
    def visible_to(self, user: Any) -> "WaypointQuerySet":
        return self.filter(charter__in=Charter.objects.visible_to(user))

    def ahead(self) -> "WaypointQuerySet":
        """Waypoints that have been neither held nor cancelled, the nearest first."""
        return self.filter(held_on__isnull=True, cancelled_on__isnull=True).order_by("due_on", "pk")

    def overdue(self, on: date | None = None) -> "WaypointQuerySet":
        """Waypoints that should have been held before ``on`` (today by default)."""
        return self.ahead().filter(due_on__lt=on or clock.today())

    def to_open(self, on: date) -> "WaypointQuerySet":
        """Waypoints whose day has come to ask members, and that have not been opened."""
        return self.ahead().filter(opened_on__isnull=True, opens_on__lte=on, due_on__gte=on)

    def open(self, on: date | None = None) -> "WaypointQuerySet":
        """Waypoints that members can answer on a day (today by default)."""
        day = on or clock.today()
        return self.ahead().filter(opened_on__lte=day, due_on__gte=day)


class Waypoint(models.Model):
    """A stop on the way: where are we, are we heading as intended (rule 16)."""

    class Outcome(models.TextChoices):
        NEW_VERSION = "new_version", "A new version of the charter"
        NO_CHANGE = "no_change", "No change needed"

    class Finding(models.TextChoices):
        ON_COURSE = "on_course", "On course"
        ADJUST = "adjust", "Adjust a little"
        OFF_COURSE = "off_course", "Off course"

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        OPEN = "open", "Open for answers"
        OVERDUE = "overdue", "Overdue"
        HELD = "held", "Held"
        CANCELLED = "cancelled", "Cancelled"

    charter = models.ForeignKey(Charter, on_delete=models.CASCADE, related_name="waypoints")
    title = models.CharField(max_length=120)
    questions = models.TextField(
        blank=True, default="", db_default="", max_length=1500, help_text="What members are asked, one a line."
    )
    opens_on = models.DateField(null=True, blank=True, help_text="First day on which members can answer.")
    opened_on = models.DateField(null=True, blank=True, help_text="Day on which members were asked.")
    due_on = models.DateField(help_text="Last day on which members can answer; the group takes stock then.")
    held_on = models.DateField(null=True, blank=True)
    summary = models.JSONField(
        default=list,
        blank=True,
        db_default=[],
        help_text="What the group found: a text for each question, in their order.",
    )
    where_we_are = models.TextField(
        blank=True, max_length=4000, help_text="Of waypoints recorded before each question had a text."
    )
    heading = models.TextField(blank=True, max_length=4000, help_text="The same: are we heading as intended?")
    finding = models.CharField(max_length=12, choices=Finding, blank=True, default="", db_default="")
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    no_change_reason = models.TextField(
        blank=True, default="", db_default="", max_length=1000, help_text="Why the charter stays as it is."
    )
    led_to = models.ForeignKey(
        CharterVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="waypoints"
    )
    moved_from = models.DateField(null=True, blank=True, help_text="The day it was planned for before it was moved.")
    cancelled_on = models.DateField(null=True, blank=True)
    status_reason = models.CharField(
        max_length=400, blank=True, default="", db_default="", help_text="Why it was moved or cancelled."
    )
    follows = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="next",
        help_text="The waypoint that this one was planned after, by the platform.",
    )
    version = models.PositiveIntegerField(default=1, db_default=1)

    privacy = NotPersonal("A stop on a group’s way.", may_name_people=True)

    objects = WaypointQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(held_on__isnull=True) | ~Q(outcome=""),
                name="held_waypoint_has_an_outcome",
                violation_error_message="Say whether it led to a new version or to no change.",
            ),
            models.CheckConstraint(
                condition=Q(opens_on__isnull=True) | Q(opens_on__lte=F("due_on")),
                name="waypoint_opens_before_it_is_due",
                violation_error_message="It opens after the group takes stock. Choose an earlier day.",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_on__isnull=True) | (Q(held_on__isnull=True) & ~Q(status_reason="")),
                name="cancelled_waypoint_has_a_reason",
                violation_error_message="Say why the waypoint is cancelled.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("coproduction:waypoint-detail", args=[self.pk])

    @property
    def question_list(self) -> list[str]:
        """What members are asked."""
        return split_questions(self.questions) or list(QUESTIONS)

    @property
    def summary_parts(self) -> list[dict[str, str]]:
        """What the group found: each question with its text. Earlier waypoints have two texts, whatever was asked."""
        questions, texts = self.question_list, self.summary
        if not texts:
            questions, texts = list(QUESTIONS), [self.where_we_are, self.heading]
        return [
            {"question": question, "words": words} for question, words in zip(questions, texts, strict=False) if words
        ]

    @property
    def summary_text(self) -> str:
        """The same as one text in Markdown, with the questions as headings."""
        return "\n\n".join(f"### {part['question']}\n\n{part['words']}" for part in self.summary_parts)

    def is_overdue(self, on: date) -> bool:
        return self.state_on(on) == self.State.OVERDUE

    def is_open(self, on: date) -> bool:
        """Whether members can answer on a day."""
        return self.state_on(on) == self.State.OPEN

    def state_on(self, on: date) -> "Waypoint.State":
        """Where it stands on a day."""
        if self.cancelled_on is not None:
            return self.State.CANCELLED
        if self.held_on is not None:
            return self.State.HELD
        if self.due_on < on:
            return self.State.OVERDUE
        is_opened = self.opened_on is not None and self.opened_on <= on
        return self.State.OPEN if is_opened else self.State.PLANNED

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.charter.roles_of(user)


def usual_opening(due_on: date, notice_days: int = NOTICE_DAYS) -> date:
    """The day on which members are asked, so many days before the group takes stock."""
    return due_on - timedelta(days=notice_days)
