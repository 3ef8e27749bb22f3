"""The evidence library: what is known about topics and sites, and the questions without a good answer yet."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Prefetch, Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from impact.core.basics.vocabulary import EvidenceKind, Format
from impact.core.people.models import User
from sites.organisations.models import Organisation
from sites.registry.models import Site
from sites.topics.models import Topic

LONG_OPEN = timedelta(days=90)  # a gap that is open for longer is named on the first page of staff


class Strength(models.TextChoices):
    """How sure one item makes us. It ranks no kind of evidence above another: each kind can be strong."""

    STRONG = "strong", "Strong"
    MODERATE = "moderate", "Moderate"
    EMERGING = "emerging", "Emerging"


STRENGTH_MEANS: Mapping[str, str] = {
    Strength.STRONG: "Many people or places say the same, and those it is about recognise it.",
    Strength.MODERATE: "Several people or places point the same way. More would make us surer.",
    Strength.EMERGING: "A first sign from a few people or places. Worth trying with care.",
}


class EvidenceItemQuerySet(models.QuerySet["EvidenceItem"]):
    def visible_to(self, user: Any) -> "EvidenceItemQuerySet":
        """National readers see every item; others those about topics and sites that they may see."""
        if has_perm(user, "sites.view_all"):
            return self
        of_topics = EvidenceItem.topics.through.objects.filter(topic__in=Topic.objects.visible_to(user).values("pk"))
        of_sites = EvidenceItem.sites.through.objects.filter(site__in=Site.objects.visible_to(user).values("pk"))
        return self.filter(Q(pk__in=of_topics.values("evidenceitem_id")) | Q(pk__in=of_sites.values("evidenceitem_id")))

    def search(self, q: str) -> "EvidenceItemQuerySet":
        if not q:
            return self
        return self.filter(Q(title__icontains=q) | Q(summary__icontains=q) | Q(source__icontains=q))

    def about_topics(self, topics: models.QuerySet[Topic]) -> "EvidenceItemQuerySet":
        links = EvidenceItem.topics.through.objects.filter(topic__in=topics.order_by().values("pk"))
        return self.filter(pk__in=links.values("evidenceitem_id"))

    def about_sites(self, sites: models.QuerySet[Site]) -> "EvidenceItemQuerySet":
        links = EvidenceItem.sites.through.objects.filter(site__in=sites.order_by().values("pk"))
        return self.filter(pk__in=links.values("evidenceitem_id"))

    def with_links(self, user: Any) -> "EvidenceItemQuerySet":
        """Adds ``topics_seen`` and ``sites_seen``: what each item is about, as far as ``user`` may see it."""
        return self.prefetch_related(
            Prefetch("topics", Topic.objects.visible_to(user), to_attr="topics_seen"),
            Prefetch("sites", Site.objects.visible_to(user), to_attr="sites_seen"),
        )

    def balance(self) -> dict[EvidenceKind, int]:
        """How many items there are of each of the three kinds (rule 4)."""
        counts = Counter(self.order_by().values_list("kind", flat=True))
        return {kind: counts[kind.value] for kind in EvidenceKind}


class EvidenceItem(models.Model):
    """One thing that is known, of one of three kinds that count the same (rule 4)."""

    title = models.CharField(
        max_length=160, unique=True, error_messages={"unique": "The library already has an item with this title."}
    )
    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=20, choices=EvidenceKind)
    strength = models.CharField(max_length=10, choices=Strength)
    summary = models.TextField(max_length=4000, help_text="Plain words. Markdown.")
    source = models.CharField(max_length=200, help_text="Who says it.")
    year = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1900)])
    web_address = models.URLField(blank=True, max_length=400)
    formats = models.JSONField(default=list, blank=True)
    topics = models.ManyToManyField(Topic, blank=True, related_name="evidence")
    sites = models.ManyToManyField(Site, blank=True, related_name="evidence")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("Something that is known and published.")

    objects = EvidenceItemQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__isnull=True) | Q(year__gte=1900), name="evidence_year_is_1900_or_later"
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("sites:evidence-detail", args=[self.slug])

    def clean(self) -> None:
        if self.year is not None and self.year > clock.today().year:
            raise ValidationError({"year": f"Enter {clock.today().year} or an earlier year."})
        if unknown := set(self.formats) - set(Format.values):
            raise ValidationError({"formats": f"Not a format: {', '.join(sorted(unknown))}."})

    @property
    def strength_means(self) -> str:
        return STRENGTH_MEANS[self.strength]

    @property
    def format_labels(self) -> list[str]:
        return [str(Format(value).label) for value in Format.values if value in self.formats]

    @property
    def said_by(self) -> str:
        """ "Invented survey, 2021": who says it, and when."""
        return f"{self.source}, {self.year}" if self.year else self.source


class EvidenceGapQuerySet(models.QuerySet["EvidenceGap"]):
    def visible_to(self, user: Any) -> "EvidenceGapQuerySet":
        """National readers see every gap; others those of topics that they may see and of sites where they work."""
        if has_perm(user, "sites.view_all"):
            return self
        topics = Topic.objects.visible_to(user).values("pk")
        return self.filter(Q(topic__in=topics) | Q(site__in=Site.objects.worked_at_by(user).values("pk")))

    def search(self, q: str) -> "EvidenceGapQuerySet":
        return self.filter(Q(title__icontains=q) | Q(why__icontains=q) | Q(answer__icontains=q)) if q else self

    def open(self) -> "EvidenceGapQuerySet":
        return self.filter(state=EvidenceGap.State.OPEN)

    def long_open(self) -> "EvidenceGapQuerySet":
        """Open for more than 90 days."""
        return self.open().filter(raised_on__lt=clock.today() - LONG_OPEN)


class EvidenceGap(models.Model):
    """A question without a good answer yet, from where it was raised to its answer (rule 3)."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ANSWERED = "answered", "Answered"
        CLOSED = "closed", "Closed"

    title = models.CharField(
        max_length=200, unique=True, error_messages={"unique": "A gap with this question is already recorded."}
    )
    slug = models.SlugField(max_length=80, unique=True)
    why = models.TextField(max_length=2000, help_text="Why it matters.")
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="evidence_gaps")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="evidence_gaps")
    raised_on = models.DateField(default=clock.today)
    raised_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField(blank=True, max_length=4000, help_text="Markdown. Kept when the gap is reopened.")
    evidence = models.ManyToManyField(
        EvidenceItem, blank=True, related_name="gaps", help_text="The items that answer it."
    )
    closed_reason = models.CharField(max_length=400, blank=True)
    settled_on = models.DateField(null=True, blank=True, help_text="The day it was answered or closed.")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("A question without an answer yet.", recorders=("raised_by",))

    objects = EvidenceGapQuerySet.as_manager()

    class Meta:
        ordering = ["raised_on", "pk"]
        indexes = [models.Index(fields=["state", "raised_on"], name="evidence_gap_state_age")]
        constraints = [
            models.CheckConstraint(
                condition=Q(topic__isnull=False, site__isnull=True) | Q(topic__isnull=True, site__isnull=False),
                name="evidence_gap_has_one_origin",
                violation_error_message="Choose a topic or a site, and not both.",
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_on__isnull=True) | (~Q(state="open") & Q(settled_on__isnull=False)),
                name="evidence_gap_settled_has_a_day",
                violation_error_message="An answered or closed gap has a date, an open one has none.",
            ),
            models.CheckConstraint(
                condition=~Q(state="answered") | ~Q(answer=""),
                name="evidence_gap_answered_has_words",
                violation_error_message="Write the answer.",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | ~Q(closed_reason=""),
                name="evidence_gap_closed_has_a_reason",
                violation_error_message="Say why it is closed.",
            ),
            models.CheckConstraint(
                condition=Q(settled_on__isnull=True) | Q(settled_on__gte=F("raised_on")),
                name="evidence_gap_settled_after_raised",
                violation_error_message="The gap was raised after that day.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("sites:evidence-gap-detail", args=[self.slug])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.site.roles_of(user) if self.site else frozenset()

    @property
    def origin(self) -> Topic | Site | None:
        """The topic or site that it was raised from."""
        return self.topic or self.site

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def days_open(self) -> int:
        """Days from the day it was raised to its answer or closing, or to today."""
        return ((self.settled_on or clock.today()) - self.raised_on).days

    @property
    def is_long_open(self) -> bool:
        return self.is_open and self.raised_on < clock.today() - LONG_OPEN

    @property
    def first_event_on(self) -> date:
        """The first day on which something came of it, or today: it cannot have been raised later."""
        days = [row.on for row in self.feedback.all()]
        return min([*days, self.settled_on or clock.today(), clock.today()])


class GapFeedback(models.Model):
    """Once that a gap was fed back: to an organisation or to a person, named by role, and what they said."""

    gap = models.ForeignKey(EvidenceGap, on_delete=models.CASCADE, related_name="feedback")
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=120, blank=True, help_text="A person's role in words, without a name.")
    on = models.DateField(default=clock.today)
    said = models.TextField(blank=True, max_length=2000, help_text="What they said; empty: nothing yet.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("What was said when a gap was fed back, to people named by role.", may_name_people=True)

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, role="") | (Q(organisation__isnull=True) & ~Q(role="")),
                name="gap_feedback_to_one",
                violation_error_message="Choose an organisation or give a role, and not both.",
            )
        ]

    def __str__(self) -> str:
        return f"Fed back to {self.to}"

    @property
    def to(self) -> str:
        """Who it was fed back to."""
        return str(self.organisation) if self.organisation else self.role
