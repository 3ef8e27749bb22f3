"""Calls for expressions of interest, and their statements."""

from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import clock as time_of_day
from impact.core.basics.dates import when
from impact.core.basics.privacy import NotPersonal
from sites.registry.models import DeliveryModel, Site
from sites.topics.models import Topic

FINISHING_TIME = timedelta(minutes=15)  # for those who began before closing


class RoundQuerySet(models.QuerySet["Round"]):
    def visible_to(self, user: Any) -> "RoundQuerySet":
        """Those who run or read rounds see all; others the ones that have been announced."""
        return self if has_perm(user, "sites.view_rounds") else self.filter(is_announced=True)

    def open_at(self, at: datetime) -> "RoundQuerySet":
        """Announced rounds that take applications at a moment."""
        return self.filter(is_announced=True, opens_at__lte=at, closes_at__gt=at, release__isnull=True)

    def not_closed(self, at: datetime) -> "RoundQuerySet":
        """Rounds that are open at a moment or open later."""
        return self.filter(closes_at__gt=at, release__isnull=True)


class Round(models.Model):
    """A call for expressions of interest (rule 6), or the recruitment of coordinators or local networks."""

    class Purpose(models.TextChoices):
        SITES = "sites", "Expressions of interest in hosting a site"
        COORDINATORS = "coordinators", "Recruitment of coordinators"
        LOCAL_NETWORKS = "local_networks", "Recruitment of local networks"

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    purpose = models.CharField(max_length=20, choices=Purpose, default=Purpose.SITES, db_default=Purpose.SITES)
    recruits_for = models.ForeignKey(
        Site,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="recruitment_rounds",
        help_text="The network that coordinators or local networks are recruited for.",
    )
    opens_at = models.DateTimeField(help_text="When it starts to take applications.")
    closes_at = models.DateTimeField(help_text="When it stops taking them.")
    topics = models.ManyToManyField(Topic, related_name="rounds", blank=True)
    delivery_models = models.JSONField(default=list, blank=True, help_text="Delivery models that hosts may ask for.")
    guidance = models.TextField(blank=True, default="", db_default="", help_text="For applicants. Markdown.")
    is_announced = models.BooleanField(default=False)
    is_illustrative = models.BooleanField(default=False, help_text="Some details are invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("A call and its dates.")

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="round_closes_after_opening",
                violation_error_message="The round closes before it opens. Choose a later closing time.",
            ),
            models.CheckConstraint(
                condition=~Q(purpose="sites") | Q(recruits_for__isnull=True),
                name="only_recruitment_is_for_a_network",
                violation_error_message="Only a recruitment round is for a network.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        unknown = set(self.delivery_models) - set(DeliveryModel.values)
        if unknown:
            raise ValidationError({"delivery_models": f"Not a delivery model: {', '.join(sorted(unknown))}."})
        if not self.is_recruitment and not self.delivery_models:
            raise ValidationError({"delivery_models": "Choose at least one delivery model."})
        if self.recruits_for and self.recruits_for.delivery_model != DeliveryModel.NETWORK:
            raise ValidationError({"recruits_for": "Choose a network: coordinators and local networks belong to one."})
        if self.closes_at and timezone.localtime(self.closes_at).time() == time(0):
            raise ValidationError(
                {"closes_at": "People read midnight in two ways. Choose 11:59pm on the last day instead."}
            )

    def get_absolute_url(self) -> str:
        return reverse("sites:round-detail", args=[self.slug])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    @property
    def is_recruitment(self) -> bool:
        """Whether it looks for coordinators or local networks, not for sites: then there is no mix to choose by."""
        return self.purpose != self.Purpose.SITES

    @property
    def is_released(self) -> bool:
        """Whether its decisions have been sent to applicants, after which it stays closed."""
        return hasattr(self, "release")

    def is_open(self, at: datetime) -> bool:
        """Whether an application can be started at a moment. Once the results are out, no one can apply any more."""
        return self.is_announced and self.opens_at <= at < self.closes_at and not self.is_released

    def takes_answers(self, at: datetime, *, begun: bool = False) -> bool:
        """Whether answers are taken at a moment. An application ``begun`` before closing may be finished for a while."""
        return self.is_open(at) or (begun and self.is_open(at - FINISHING_TIME))

    @property
    def stage(self) -> str:
        """Where the round stands now, in words."""
        now = clock.now()
        if not self.is_announced:
            return "Draft"
        if now < self.opens_at:
            return "Upcoming"
        return "Open" if now < self.closes_at and not self.is_released else "Closed"

    @property
    def opens_in_words(self) -> str:
        """When it opens, as applicants read it: "1 December 2022, 9am UK time"."""
        return f"{when(self.opens_at)} UK time"

    @property
    def closes_in_words(self) -> str:
        """When it closes, as applicants read it: "28 February 2023, 5pm UK time". Results that come out sooner close it."""
        ends_at = min(self.closes_at, self.release.at) if self.is_released else self.closes_at
        return f"{when(ends_at)} UK time"

    @property
    def time_left(self) -> str:
        """How long it is still open, or until it opens: "43 days left". Empty for drafts and closed rounds."""
        stage = self.stage
        if stage not in {"Open", "Upcoming"}:
            return ""
        until = timezone.localtime(self.closes_at if stage == "Open" else self.opens_at)
        days = (until.date() - timezone.localtime(clock.now()).date()).days
        verb = "Closes" if stage == "Open" else "Opens"
        if days < 2:
            return f"{verb} {'tomorrow' if days else 'today'} at {time_of_day(until)} UK time"
        return f"{days} days left" if stage == "Open" else f"Opens in {days} days"

    @property
    def model_names(self) -> list[str]:
        """The delivery models that hosts may ask for, in words."""
        return [DeliveryModel(value).label for value in self.delivery_models]

    @property
    def statement(self) -> "RoundStatement | None":
        """The newest statement of what is offered and asked."""
        return self.statements.order_by("-number").first()


class RoundStatement(models.Model):
    """What a round offers and what it asks in return; each wording is kept, because applicants saw it."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="statements")
    number = models.PositiveIntegerField()
    offered = models.TextField(help_text="Funding and support, in plain words. Markdown.")
    asked = models.TextField(help_text="What a site commits to in return. Markdown.")
    who_for = models.TextField(blank=True, help_text="Who should think of applying. Markdown.")
    created_at = models.DateTimeField(auto_now_add=True)

    privacy = NotPersonal("What a round offers and asks.")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="statement_number_once_per_round")]

    def __str__(self) -> str:
        return f"{self.round}, statement {self.number}"


class ClosingMove(models.Model):
    """Once that the closing time of an announced round was moved: applicants read it on the round's page."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="closing_moves")
    before = models.DateTimeField()
    after = models.DateTimeField()
    reason = models.CharField(max_length=400, blank=True, help_text="Why, for applicants.")
    moved_at = models.DateTimeField()

    privacy = NotPersonal("When a closing time was moved.")

    class Meta:
        ordering = ["moved_at", "pk"]

    def __str__(self) -> str:
        return f"{self.round} closes {when(self.after)}, not {when(self.before)}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    @property
    def before_in_words(self) -> str:
        return f"{when(self.before)} UK time"

    @property
    def after_in_words(self) -> str:
        return f"{when(self.after)} UK time"
