"""Suggestions on a section of a version or on a passage in it, their answers, and the versions that took them in."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from coproduction.charter.models import Charter, CharterSection, CharterVersion
from coproduction.group.models import SaidByMember
from coproduction.suggestions.passages import CONTEXT, LONGEST, Passage
from impact.core.basics import clock
from impact.core.basics.privacy import Forever, Keep, NotPersonal, Part, Personal
from impact.core.people.models import Person, User


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def visible_to(self, user: Any) -> "SuggestionQuerySet":
        """What was sent about charters that the user may read, and the user's own drafts."""
        rows = self.filter(section__charter__in=Charter.objects.visible_to(user))
        own = Q(recorded_by_id=user.pk) if user.pk is not None else Q(pk__in=[])
        return rows.filter(~Q(status=Suggestion.Status.DRAFT) | own)

    def drafts_of(self, user: Any) -> "SuggestionQuerySet":
        """Drafts, which their writer alone sees."""
        return self.visible_to(user).filter(status=Suggestion.Status.DRAFT)

    def waiting(self) -> "SuggestionQuerySet":
        """Those that need an answer; what was merged gets the answer of another one."""
        return self.filter(status=Suggestion.Status.WAITING)

    def answered(self) -> "SuggestionQuerySet":
        """Those that have an answer of their own."""
        return self.filter(status__in=Suggestion.ANSWERS)

    def to_write(self) -> "SuggestionQuerySet":
        """Taken in or adapted, and in no version yet but withdrawn ones."""
        kept = TakenIn.objects.exclude(version__status=CharterVersion.Status.WITHDRAWN)
        return self.filter(status__in=Suggestion.TAKEN).exclude(pk__in=kept.values("suggestion"))

    def of_person(self, user: Any) -> "SuggestionQuerySet":
        """Those that a user made, or wrote down for a member."""
        return self.filter(Q(person__user_id=user.pk) | Q(recorded_by_id=user.pk))

    def search(self, q: str) -> "SuggestionQuerySet":
        return self.filter(Q(words__icontains=q) | Q(answer__icontains=q) | Q(quote__icontains=q)) if q else self


class SentManager(models.Manager.from_queryset(SuggestionQuerySet)):  # type: ignore[misc]
    """Suggestions that were sent. A draft is its writer's alone, so it is left out wherever no one thought of it."""

    def get_queryset(self) -> SuggestionQuerySet:
        return super().get_queryset().exclude(status="draft")


class Suggestion(SaidByMember):
    """A change that a member asks for in one section; every one gets an answer."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        WAITING = "waiting", "Waiting for an answer"
        MERGED = "merged", "Merged with another"
        TAKEN_UP = "taken_up", "Taken in"
        ADAPTED = "adapted", "Adapted"
        NOT_NOW = "not_now", "Not this time"

    ANSWERS = (Status.TAKEN_UP, Status.ADAPTED, Status.NOT_NOW)
    TAKEN = (Status.TAKEN_UP, Status.ADAPTED)

    section = models.ForeignKey(CharterSection, on_delete=models.CASCADE, related_name="suggestions")
    version = models.ForeignKey(
        CharterVersion, on_delete=models.PROTECT, related_name="suggestions", help_text="The text it was made about."
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="suggestions")
    words = models.TextField(max_length=4000)
    quote = models.TextField(
        blank=True,
        default="",
        db_default="",
        max_length=LONGEST,
        help_text="The passage that it is about, as people read it. Empty: the whole section.",
    )
    prefix = models.CharField(blank=True, default="", db_default="", max_length=CONTEXT, help_text="What stood before.")
    suffix = models.CharField(blank=True, default="", db_default="", max_length=CONTEXT, help_text="What stood after.")
    quote_is_only = models.BooleanField(
        default=True, db_default=True, help_text="The passage's words stood in one place of the section."
    )
    made_on = models.DateField(default=clock.today)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    answer = models.TextField(blank=True, max_length=4000)
    answered_on = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    key = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="Which page a draft was begun on."
    )
    revision = models.PositiveIntegerField(default=1, db_default=1, help_text="Counts the changes of this row.")

    privacy = Personal(
        part=Part.CHARTER,
        heading="Suggestions",
        of=("person",),
        recorders=("recorded_by",),
        shown=("section__title", "words", "made_on", "status", "answer", "answered_on", "told"),
        withheld={
            "key": "What keeps it from being sent twice.",
            "quote": "The words of the charter that it is about.",
            "prefix": "The words before them.",
            "suffix": "The words after them.",
        },
        on_erasure=Keep(
            "A charter’s text can rest on it, and every suggestion keeps its answer; its writer goes by a pseudonym. "
            "A draft that was not sent is deleted."
        ),
        keep=Forever("What a charter was agreed on is its record."),
    )

    objects = SentManager()
    with_drafts = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-made_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "waiting", "merged"]) | (~Q(answer="") & Q(answered_on__isnull=False)),
                name="answered_suggestion_has_an_answer",
                violation_error_message="Write an answer that the member will read.",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | ~Q(words=""),
                name="sent_suggestion_has_words",
                violation_error_message="Write what should change.",
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
                name="merged_suggestion_names_the_other",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")), name="suggestion_is_not_its_own_double"
            ),
            models.UniqueConstraint(
                fields=["recorded_by", "key"], condition=~Q(key=""), name="one_draft_per_page_that_began_it"
            ),
        ]

    def __str__(self) -> str:
        return self.words[:80]

    def get_absolute_url(self) -> str:
        name = "suggestion-draft" if self.is_draft else "suggestion-detail"
        return reverse(f"coproduction:{name}", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.section.charter.roles_of(user)

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_answered(self) -> bool:
        return self.status in self.ANSWERS

    @property
    def is_taken(self) -> bool:
        return self.status in self.TAKEN

    @property
    def answered(self) -> "Suggestion":
        """The suggestion whose answer this one gets: its own, or the one that it was merged into."""
        return self.merged_into or self

    @property
    def passage(self) -> Passage | None:
        """The passage that it is about; None: the whole section."""
        return Passage(self.quote, self.prefix, self.suffix, self.quote_is_only) if self.quote else None


class GivenAnswer(models.Model):
    """Every answer that a suggestion was given; the newest stands in the suggestion. Rows do not change."""

    suggestion = models.ForeignKey(Suggestion, on_delete=models.CASCADE, related_name="given_answers")
    status = models.CharField(max_length=10, choices=Suggestion.Status)
    answer = models.TextField(max_length=4000)
    answered_on = models.DateField()
    given_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    privacy = NotPersonal("An answer that a suggestion was given.", recorders=("given_by",), may_name_people=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_status_display()}: {self.answer[:60]}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.suggestion.roles_of(user)


class TakenIn(models.Model):
    """A version took a suggestion in. The link stays for ever (a trigger refuses to change it)."""

    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="taken_in")
    version = models.ForeignKey(CharterVersion, on_delete=models.PROTECT, related_name="took_in")
    revision = models.PositiveIntegerField(
        help_text="The section's revision in that version when the suggestion was taken in; the saves after it changed it."
    )
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    on = models.DateField(default=clock.today)

    privacy = NotPersonal("That a text took a suggestion in.", recorders=("recorded_by",))

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["suggestion", "version"], name="taken_in_once_per_version")]

    def __str__(self) -> str:
        return f"{self.suggestion} in {self.version}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.suggestion.roles_of(user)
