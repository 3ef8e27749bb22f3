"""The advisory group reads the annual report before the leadership team: comments, who is ready, what came back."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from coproduction.group.models import SaidByMember, SupportLink
from coproduction.suggestions.passages import CONTEXT, LONGEST, Passage
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Forever, Keep, NotPersonal, Part, Personal
from impact.core.people.models import Person, User
from networks.groups.models import Group, Membership
from reports.writing.models import AnnualReport, ReportSection


def groups_of_reader(user: Any) -> models.Q:
    """Groups in which someone reads the report: as a member, or as a member's supporter. For a ``group__in``-like filter."""
    memberships = Membership.objects.current().filter(person__user_id=user.pk)
    links = SupportLink.objects.in_force().filter(supporter__user_id=user.pk)
    return Q(group__in=memberships.values("group_id")) | Q(group__in=links.values("group_id"))


def group_of_reader(user: Any) -> models.Q:
    """The same for groups themselves."""
    memberships = Membership.objects.current().filter(person__user_id=user.pk)
    links = SupportLink.objects.in_force().filter(supporter__user_id=user.pk)
    return Q(pk__in=memberships.values("group_id")) | Q(pk__in=links.values("group_id"))


class GroupReadingQuerySet(models.QuerySet["GroupReading"]):
    def visible_to(self, user: Any) -> "GroupReadingQuerySet":
        """All for those who read unpublished reports; for members and their supporters those of their own group, but
        not one that was taken back early."""
        if has_perm(user, "reports.view_unpublished"):
            return self
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(groups_of_reader(user), taken_back_because="")

    def open(self) -> "GroupReadingQuerySet":
        return self.filter(closed_on__isnull=True)


class GroupReading(models.Model):
    """A time during which a report is with the advisory group, until a deadline."""

    report = models.ForeignKey(AnnualReport, on_delete=models.CASCADE, related_name="readings")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    opened_on = models.DateField(default=clock.today)
    deadline = models.DateField()
    opened_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_on = models.DateField(null=True, blank=True)
    taken_back_because = models.CharField(
        max_length=400, blank=True, help_text="Why it came back before the members had had their time."
    )
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("When a report was with a group.", recorders=("opened_by",))

    objects = GroupReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report"], condition=Q(closed_on__isnull=True), name="report_with_one_group_at_a_time"
            ),
            models.CheckConstraint(condition=Q(deadline__gt=F("opened_on")), name="reading_gives_members_time"),
            models.CheckConstraint(
                condition=Q(taken_back_because="") | Q(closed_on__isnull=False), name="report_taken_back_is_closed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} with {self.group}"

    def get_absolute_url(self) -> str:
        return reverse("reports:reading", args=[self.report.year])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)

    def is_past(self, on: date) -> bool:
        """Whether the deadline has passed: members may answer on the day itself."""
        return on > self.deadline


class ReadingCommentQuerySet(models.QuerySet["ReadingComment"]):
    def visible_to(self, user: Any) -> "ReadingCommentQuerySet":
        """For the group's members and those who write the report; a supporter from outside the group sees those of the
        members whom they support. The leadership team gets the report, not the discussion of its draft."""
        if has_perm(user, "reports.edit_report"):
            return self
        if not getattr(user, "is_authenticated", False):
            return self.none()
        mine = Membership.objects.current().filter(person__user_id=user.pk)
        links = SupportLink.objects.in_force().filter(
            supporter__user_id=user.pk, group=models.OuterRef("reading__group")
        )
        supported = models.Exists(links.filter(member=models.OuterRef("person")))
        return self.filter(Q(reading__group__in=mine.values("group_id")) | Q(supported), reading__taken_back_because="")

    def waiting(self) -> "ReadingCommentQuerySet":
        return self.filter(status=ReadingComment.Status.WAITING)


class ReadingComment(SaidByMember):
    """What a member says about a section of the draft, and the answer that it got."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for an answer"
        TAKEN_IN = "taken_in", "Taken in"
        NOT_TAKEN_IN = "not_taken_in", "Not this time"
        CARRIED = "carried", "Carried to next year"

    reading = models.ForeignKey(GroupReading, on_delete=models.CASCADE, related_name="comments")
    section = models.ForeignKey(ReportSection, on_delete=models.PROTECT, related_name="comments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(max_length=4000)
    quote = models.TextField(
        blank=True, max_length=LONGEST, default="", db_default="", help_text="The passage. Empty: the whole section."
    )
    prefix = models.CharField(max_length=CONTEXT, blank=True, default="", db_default="")
    suffix = models.CharField(max_length=CONTEXT, blank=True, default="", db_default="")
    is_only = models.BooleanField(default=True, db_default=True, help_text="The passage stood in one place.")
    made_on = models.DateField(default=clock.today)
    status = models.CharField(max_length=12, choices=Status, default=Status.WAITING)
    answer = models.TextField(max_length=4000, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.REPORT,
        heading="Comments on a draft",
        of=("person",),
        recorders=("recorded_by", "answered_by"),
        shown=("section__key", "words", "made_on", "status", "answer", "answered_on", "told"),
        withheld={
            "quote": "The words of the draft that it is about.",
            "prefix": "The words before them.",
            "suffix": "The words after them.",
        },
        on_erasure=Blank(removed=("words",)),
        keep=Forever("What was said about a draft, and the answer, belong to the report."),
    )

    objects = ReadingCommentQuerySet.as_manager()

    class Meta:
        ordering = ["section__position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="waiting", answer="", answered_on__isnull=True)
                | (~Q(status="waiting") & ~Q(answer="") & Q(answered_on__isnull=False)),
                name="answered_comment_says_why",
            )
        ]

    def __str__(self) -> str:
        return f"Comment on {self.section}"

    def get_absolute_url(self) -> str:
        return reverse("reports:comment-answer", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.reading.roles_of(user)

    @property
    def place(self) -> Passage | None:
        """The passage with what stood around it, to be found again in a later text."""
        return Passage(self.quote, self.prefix, self.suffix, self.is_only) if self.quote else None


class ReadyQuerySet(models.QuerySet["Ready"]):
    def in_force(self) -> "ReadyQuerySet":
        return self.filter(taken_back_at__isnull=True)


class Ready(SaidByMember):
    """A member's word that the report may go on to the leadership team. It can be taken back while it is with them."""

    reading = models.ForeignKey(GroupReading, on_delete=models.CASCADE, related_name="ready")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    said_on = models.DateField(default=clock.today)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    privacy = Personal(
        part=Part.REPORT,
        heading="When you said that a report is ready",
        of=("person",),
        recorders=("recorded_by",),
        shown=("reading__report__year", "said_on", "taken_back_at", "told"),
        on_erasure=Keep("A report went on because its readers were ready; they go by a pseudonym."),
        keep=Forever("A report went on because its readers were ready."),
    )

    objects = ReadyQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "ready"
        constraints = [
            models.UniqueConstraint(
                fields=["reading", "person"],
                condition=Q(taken_back_at__isnull=True),
                name="member_ready_once",
                violation_error_message="This member has said that they are ready.",
            )
        ]

    def __str__(self) -> str:
        return f"Ready: {self.reading}"


class LeadershipResponseQuerySet(models.QuerySet["LeadershipResponse"]):
    def visible_to(self, user: Any) -> "LeadershipResponseQuerySet":
        """For everyone once the report is published; before, for the group whose report it is and those who read
        unpublished reports."""
        if has_perm(user, "reports.view_unpublished"):
            return self
        published = Q(report__status=AnnualReport.Status.PUBLISHED)
        if not getattr(user, "is_authenticated", False):
            return self.filter(published)
        return self.filter(published | Q(report__in=GroupReading.objects.visible_to(user).values("report")))


class LeadershipResponse(models.Model):
    """What the leadership team answers to a report: to the whole, to one area for development, or to one request."""

    class Decision(models.TextChoices):
        WILL_DO = "will_do", "We will do this"
        IN_PART = "in_part", "We will do part of this"
        NOT_NOW = "not_now", "Not this year"
        DONE = "done", "Already done"

    report = models.ForeignKey(AnnualReport, on_delete=models.CASCADE, related_name="responses")
    area = models.CharField(
        max_length=160, blank=True, help_text="An area for further development. Empty: the whole report."
    )
    position = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Place among the points of the report."
    )
    decision = models.CharField(max_length=10, choices=Decision, blank=True, default="", db_default="")
    due_on = models.DateField(null=True, blank=True, help_text="By when it will be done.")
    words = models.TextField(max_length=6000, help_text="Markdown.")
    given_on = models.DateField(default=clock.today)
    given_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("What leadership answered to a report.", recorders=("given_by",))

    objects = LeadershipResponseQuerySet.as_manager()

    class Meta:
        ordering = ["position", "area", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "area"],
                name="one_response_per_area",
                violation_error_message="There is a response to this already. Change that one.",
            ),
            models.CheckConstraint(condition=~Q(words=""), name="response_has_words"),
        ]

    def __str__(self) -> str:
        return f"Response to {self.report}"

    def get_absolute_url(self) -> str:
        return f"{reverse('reports:detail', args=[self.report.year])}#responses"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()
