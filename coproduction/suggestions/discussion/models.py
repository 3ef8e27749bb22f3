"""What the group says beneath a suggestion."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q

from coproduction.charter.models import Charter
from coproduction.group.models import SaidByMember
from coproduction.suggestions.models import Suggestion
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Delete, Forever, Part, Personal
from impact.core.people.models import Person, User
from networks.groups.models import Group

EDIT_WITHIN = timedelta(minutes=30)


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: Any) -> "CommentQuerySet":
        """The discussion is for members of the group and the engagement lead."""
        groups = Group.objects.permitted(user, "coproduction.discuss")
        sent = Suggestion.objects.filter(section__charter__in=Charter.objects.filter(group__in=groups))
        return self.filter(suggestion__in=sent)

    def flagged(self) -> "CommentQuerySet":
        """Comments that someone asked the engagement lead to look at, and that were not looked at yet."""
        return self.filter(flags__settled_on__isnull=True, flags__isnull=False, hidden_at__isnull=True).distinct()


class Comment(SaidByMember):
    """One contribution to the discussion of a suggestion. Hidden ones are read by their writer and the lead alone."""

    suggestion = models.ForeignKey(Suggestion, on_delete=models.CASCADE, related_name="comments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(max_length=2000)
    said_at = models.DateTimeField(default=clock.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_reason = models.CharField(max_length=400, blank=True, help_text="Read by the writer and the lead alone.")
    hidden_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.CHARTER,
        heading="Comments",
        of=("person",),
        recorders=("recorded_by", "hidden_by"),
        shown=("suggestion__section__title", "words", "said_at", "edited_at", "hidden_at", "hidden_reason", "told"),
        on_erasure=Blank(removed=("words",)),
        keep=Forever("What a charter was agreed on is its record."),
    )

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["said_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hidden_at__isnull=True) | ~Q(hidden_reason=""),
                name="hidden_comment_has_a_reason",
                violation_error_message="Say why the comment is hidden.",
            ),
            models.CheckConstraint(
                condition=~Q(words=""), name="comment_has_words", violation_error_message="Write a comment."
            ),
        ]

    def __str__(self) -> str:
        return f"Comment on {self.suggestion}"

    def get_absolute_url(self) -> str:
        return f"{self.suggestion.get_absolute_url()}#comment-{self.pk}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.suggestion.roles_of(user)

    def is_of(self, user: Any) -> bool:
        """Whether the user said it, or wrote it down for the member who did."""
        return user.pk is not None and user.pk in (self.recorded_by_id, self.person.user_id)

    def is_editable(self) -> bool:
        """Whether it is new enough for its writer to change it."""
        return self.hidden_at is None and clock.now() - self.said_at <= EDIT_WITHIN


class CommentFlag(models.Model):
    """Someone in the group asked the engagement lead to look at a comment."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="flags")
    flagged_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=400, blank=True, help_text="Read by the engagement lead alone.")
    flagged_on = models.DateField(default=clock.today)
    settled_on = models.DateField(null=True, blank=True, help_text="When the lead hid the comment, or let it stand.")

    privacy = Personal(
        part=Part.CHARTER,
        heading="Comments that you asked the lead to look at",
        of=("flagged_by",),
        shown=("reason", "flagged_on", "settled_on"),
        on_erasure=Delete(),
        keep=Forever("It explains why a comment was hidden."),
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["comment", "flagged_by"],
                name="one_flag_per_person_and_comment",
                violation_error_message="You have flagged this comment already.",
            )
        ]

    def __str__(self) -> str:
        return f"Flag on {self.comment}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.comment.roles_of(user)
