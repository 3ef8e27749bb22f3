"""Whether a member of the group finds a chapter's Easy Read clear, and the answer that their words got."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from coproduction.group.models import SaidByMember, SupportLink
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Forever, Part, Personal
from impact.core.people.models import Person, User
from reports.group_reading.models import GroupReading, ReadingComment
from reports.writing.models import ReportSection

Status = ReadingComment.Status


class EasyReadAnswerQuerySet(models.QuerySet["EasyReadAnswer"]):
    def visible_to(self, user: Any) -> "EasyReadAnswerQuerySet":
        """For those who write the report, the member whose answer it is, and who supports them. Other members do not see
        them: that someone reads Easy Read says something about them."""
        if has_perm(user, "reports.edit_report"):
            return self
        if not getattr(user, "is_authenticated", False):
            return self.none()
        links = SupportLink.objects.in_force().filter(
            supporter__user_id=user.pk, group=models.OuterRef("reading__group")
        )
        supported = models.Exists(links.filter(member=models.OuterRef("person")))
        return self.filter(Q(person__user_id=user.pk) | Q(supported))

    def with_words(self) -> "EasyReadAnswerQuerySet":
        """Those that say more than that it is clear."""
        return self.exclude(is_clear=True, words="")


class EasyReadAnswer(SaidByMember):
    """A member's answer about one chapter in Easy Read: clear or not clear, with words if they like."""

    reading = models.ForeignKey(GroupReading, on_delete=models.CASCADE, related_name="easy_answers")
    section = models.ForeignKey(ReportSection, on_delete=models.PROTECT, related_name="easy_answers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    text_hash = models.CharField(max_length=64, help_text="Of the sentences and pictures that the member saw.")
    is_clear = models.BooleanField()
    words = models.TextField(max_length=4000, blank=True)
    made_on = models.DateField(default=clock.today)
    status = models.CharField(max_length=12, choices=Status, default=Status.WAITING)
    answer = models.TextField(max_length=4000, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.REPORT,
        heading="Whether Easy Read was clear to you",
        of=("person",),
        recorders=("recorded_by", "answered_by"),
        shown=("section__key", "is_clear", "words", "made_on", "status", "answer", "answered_on", "told"),
        on_erasure=Blank(fields=("words",)),
        keep=Forever("A chapter's Easy Read says how many members reviewed it; they go by a pseudonym."),
    )

    objects = EasyReadAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["section__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reading", "section", "person"],
                name="member_answers_easy_read_once",
                violation_error_message="This member has answered. Change that answer.",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", answer="", answered_on__isnull=True)
                | (~Q(status="waiting") & ~Q(answer="") & Q(answered_on__isnull=False)),
                name="answered_easy_read_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"Easy Read of {self.section}: {'clear' if self.is_clear else 'not clear'}"

    def get_absolute_url(self) -> str:
        return reverse("reports:easy-read-answer", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.reading.roles_of(user)

    @property
    def wants_answer(self) -> bool:
        """Whether there is something to answer and it has no answer yet."""
        return self.status == Status.WAITING and not (self.is_clear and not self.words)
