"""Organisations, topics, sites (projects under a delivery model) and calls for expressions of interest."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse

from impact.core.access.permissions import Role, has_perm
from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from impact.core.people.models import Person


class DeliveryModel(models.TextChoices):
    """The four ways in which IMPACT works."""

    DEMONSTRATOR = "demonstrator", "Demonstrator"
    FACILITATOR = "facilitator", "Facilitator"
    NETWORK = "network", "Network"
    ASK_IMPACT = "ask_impact", "Ask IMPACT"


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, user: Any) -> "OrganisationQuerySet":
        """National readers see every organisation; others those that take part in a site where they work."""
        if has_perm(user, "sites.view_all"):
            return self
        own = Site.objects.worked_at_by(user)
        parts = OrganisationPart.objects.filter(site__in=own)
        return self.filter(Q(pk__in=own.values("host_id")) | Q(pk__in=parts.values("organisation_id")))

    def search(self, q: str) -> "OrganisationQuerySet":
        return self.filter(Q(name__icontains=q) | Q(summary__icontains=q)) if q else self


class Organisation(models.Model):
    """One record for a body, whatever parts it plays."""

    class Kind(models.TextChoices):
        UNIVERSITY = "university", "University"
        VOLUNTARY = "voluntary", "Voluntary or community organisation"
        USER_LED = "user_led", "User-led organisation"
        CARER_LED = "carer_led", "Carer-led organisation"
        LOCAL_AUTHORITY = "local_authority", "Local authority"
        HEALTH = "health", "Health body"
        PROVIDER = "provider", "Care provider"
        FUNDER = "funder", "Funder"
        NATIONAL = "national", "National body"

    name = models.CharField(max_length=160, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    nation = models.CharField(max_length=20, choices=Nation, blank=True)
    summary = models.CharField(max_length=400, blank=True)
    website = models.URLField(blank=True)
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sites:organisation-detail", args=[self.slug])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()


class TopicQuerySet(models.QuerySet["Topic"]):
    def visible_to(self, user: Any) -> "TopicQuerySet":
        """National readers see every topic; others those of sites they may see and of announced rounds."""
        if has_perm(user, "sites.view_all"):
            return self
        of_sites = Site.objects.visible_to(user).values("topic_id")
        of_rounds = Round.objects.visible_to(user).filter(topics__isnull=False).values("topics")
        return self.filter(Q(pk__in=of_sites) | Q(pk__in=of_rounds))

    def search(self, q: str) -> "TopicQuerySet":
        return self.filter(Q(name__icontains=q) | Q(summary__icontains=q)) if q else self

    def with_total(self) -> "TopicQuerySet":
        """Adds ``total``, out of 20: empty until all four criteria are scored, so that half a score ranks nothing."""
        total = F("makes_a_difference") + F("tackles_inequalities") + F("good_use_of_resources") + F("enough_evidence")
        return self.annotate(total=total)


class Topic(models.Model):
    """What a site is about, scored on the four criteria for choosing topics (rule 3)."""

    class Source(models.TextChoices):
        SURVEY = "survey", "National survey"
        ASSEMBLY = "assembly", "Assembly discussion"
        BOTH = "both", "National survey and assemblies"

    CRITERIA = [
        ("makes_a_difference", "Makes a real difference"),
        ("tackles_inequalities", "Tackles inequalities"),
        ("good_use_of_resources", "Makes good use of scarce resources"),
        ("enough_evidence", "Has enough evidence to work with"),
    ]
    _score = {
        "null": True,
        "blank": True,
        "validators": [MaxValueValidator(5)],
        "help_text": "0 to 5; empty: not scored yet.",
    }

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    summary = models.CharField(max_length=400, blank=True)
    source = models.CharField(max_length=20, choices=Source, default=Source.BOTH)
    proposed_for = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The year it is a candidate for.")
    makes_a_difference = models.PositiveSmallIntegerField(**_score)
    tackles_inequalities = models.PositiveSmallIntegerField(**_score)
    good_use_of_resources = models.PositiveSmallIntegerField(**_score)
    enough_evidence = models.PositiveSmallIntegerField(**_score)
    is_illustrative = models.BooleanField(default=False, help_text="The scores are invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__lte": 5}), name=f"topic_{field}_0_to_5"
            )
            for field in ("makes_a_difference", "tackles_inequalities", "good_use_of_resources", "enough_evidence")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sites:topic-detail", args=[self.slug])

    @property
    def scores(self) -> list[tuple[str, int | None]]:
        """(criterion, score out of 5 or None) in the order in which the criteria are stated."""
        return [(label, getattr(self, field)) for field, label in self.CRITERIA]


class SiteQuerySet(models.QuerySet["Site"]):
    def visible_to(self, user: Any) -> "SiteQuerySet":
        """National readers see every site; others the sites they work at and those with a published update."""
        if has_perm(user, "sites.view_all"):
            return self
        if not getattr(user, "is_authenticated", False):
            return self.none()
        public = Update.objects.published().values("site_id")
        return self.filter(Q(pk__in=public) | Q(pk__in=self.model.objects.worked_at_by(user).values("pk")))

    def worked_at_by(self, user: Any) -> "SiteQuerySet":
        """Sites at which ``user`` is in a role now; none for a visitor."""
        if not getattr(user, "pk", None):  # a person without an account has no user either, and must not match
            return self.none()
        return self.filter(pk__in=SiteRole.objects.current().filter(person__user_id=user.pk).values("site_id"))

    def search(self, q: str) -> "SiteQuerySet":
        """Sites whose name, place, topic or host contains ``q``."""
        if not q:
            return self
        return self.filter(
            Q(name__icontains=q) | Q(place__icontains=q) | Q(topic__name__icontains=q) | Q(host__name__icontains=q)
        )

    def by_nation(self) -> dict[str, int]:
        """How many sites ``in_nation`` gives for each nation, so that a number on a map is that of the list behind it."""
        spread = SiteNation.objects.filter(site__in=self.order_by().values("pk"))
        wide = spread.filter(nation=Nation.UK).values("site_id")
        own = spread.exclude(nation=Nation.UK).exclude(site_id__in=wide).order_by().values_list("nation")
        counts = dict(own.annotate(n=Count("site", distinct=True)))
        everywhere = wide.distinct().count()
        return {n.value: everywhere + (counts.get(n.value, 0) if n != Nation.UK else 0) for n in Nation}

    def in_nation(self, nation: str) -> "SiteQuerySet":
        """Sites that work in ``nation``; UK-wide sites count in every nation."""
        return self.filter(pk__in=SiteNation.objects.filter(nation__in=[nation, Nation.UK]).values("site_id"))


class Site(models.Model):
    """One project under one delivery model (rule 1)."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        SETTING_UP = "setting_up", "Setting up"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        COMPLETED = "completed", "Completed"

    class Origin(models.TextChoices):
        ASSEMBLY = "assembly", "Assembly discussion"
        SURVEY = "survey", "National survey"
        APPLICATION = "application", "Expression of interest"
        OTHER = "other", "Another way"

    # What may follow what. Pausing needs a reason; so does anything that goes back.
    NEXT_STATUSES = {
        Status.PROPOSED: [Status.SETTING_UP],
        Status.SETTING_UP: [Status.ACTIVE, Status.PAUSED],
        Status.ACTIVE: [Status.PAUSED, Status.COMPLETED],
        Status.PAUSED: [Status.SETTING_UP, Status.ACTIVE, Status.COMPLETED],
        Status.COMPLETED: [],
    }

    name = models.CharField(max_length=160, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    delivery_model = models.CharField(max_length=20, choices=DeliveryModel)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="sites")
    host = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="hosted_sites")
    place = models.CharField(max_length=120, blank=True)
    summary = models.TextField(blank=True, help_text="Markdown.")
    status = models.CharField(max_length=20, choices=Status, default=Status.PROPOSED)
    status_on = models.DateField(default=clock.today)
    status_reason = models.CharField(max_length=400, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    origin = models.CharField(max_length=20, choices=Origin, blank=True)
    origin_note = models.CharField(max_length=400, blank=True)
    unit_name = models.CharField(
        max_length=60, blank=True, help_text='What the roster counts, for example "general practice".'
    )
    is_illustrative = models.BooleanField(default=False, help_text="Some details are invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["status", "delivery_model"], name="site_status_model")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="site_ends_after_it_starts",
                violation_error_message="The end date is before the start date.",
            ),
            models.CheckConstraint(
                condition=~Q(status="paused") | ~Q(status_reason=""),
                name="paused_site_has_a_reason",
                violation_error_message="Say why the site is paused.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sites:detail", args=[self.slug])

    def roles_of(self, user: Any) -> frozenset[str]:
        """SITE_TEAM for somebody appointed to a role here now. Asked of the database once for each instance."""
        cache = self.__dict__.setdefault("_roles_of", {})
        if user.pk not in cache:
            is_team = Site.objects.worked_at_by(user).filter(pk=self.pk).exists()
            cache[user.pk] = frozenset({Role.SITE_TEAM}) if is_team else frozenset()
        return cache[user.pk]

    @property
    def places(self) -> str:
        """ "England, Wales": the nations in words."""
        return ", ".join(nation.get_nation_display() for nation in self.nations.all())


class SiteNation(models.Model):
    """A nation in which a site works."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="nations")
    nation = models.CharField(max_length=20, choices=Nation)

    class Meta:
        ordering = ["nation"]
        constraints = [models.UniqueConstraint(fields=["site", "nation"], name="nation_once_per_site")]

    def __str__(self) -> str:
        return self.get_nation_display()


class StatusChange(models.Model):
    """One step in a site's life, kept for the record and for the annual report."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="status_changes")
    status = models.CharField(max_length=20, choices=Site.Status)
    on = models.DateField()
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["on", "pk"]

    def __str__(self) -> str:
        return f"{self.site}: {self.get_status_display()} on {self.on}"


class OrganisationPart(models.Model):
    """A part that an organisation plays, at one site or (site empty) for the centre as a whole."""

    class Part(models.TextChoices):
        PARTNER = "partner", "Partner"
        FUNDER = "funder", "Funder"
        CONSORTIUM = "consortium", "Consortium member"
        CRITICAL_FRIEND = "critical_friend", "Critical friend"
        APPLICANT = "applicant", "Applicant"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="parts")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="organisation_parts")
    part = models.CharField(max_length=20, choices=Part)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["part", "organisation__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "site", "part"],
                condition=Q(site__isnull=False),
                name="organisation_part_once_per_site",
            ),
            models.UniqueConstraint(
                fields=["organisation", "part"], condition=Q(site__isnull=True), name="organisation_part_once_overall"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.get_part_display()}"


class SiteRoleQuerySet(models.QuerySet["SiteRole"]):
    def current(self) -> "SiteRoleQuerySet":
        """Roles with somebody in them today."""
        today = clock.today()
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=today),
            Q(ends_on__isnull=True) | Q(ends_on__gte=today),
            state=SiteRole.State.APPOINTED,
        )


class SiteRole(models.Model):
    """A post at a site: to be advertised, advertised, or with a person in it."""

    class Kind(models.TextChoices):
        COACH = "coach", "Improvement coach"
        FACILITATOR = "facilitator", "Facilitator"
        LEAD = "lead", "Site lead"

    class State(models.TextChoices):
        PLANNED = "planned", "To be advertised"
        ADVERTISED = "advertised", "Post advertised"
        APPOINTED = "appointed", "Appointed"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=20, choices=Kind)
    state = models.CharField(max_length=20, choices=State, default=State.PLANNED)
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="site_roles")
    employer = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    has_lived_experience = models.BooleanField(default=False)
    has_practice_experience = models.BooleanField(default=False)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = SiteRoleQuerySet.as_manager()

    class Meta:
        ordering = ["site", "kind", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="appointed") | Q(person__isnull=False),
                name="appointed_role_has_a_person",
                violation_error_message="Choose the person who was appointed.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.site}"


class Milestone(models.Model):
    """Something a site means to reach by a date."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=160)
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.title

    def is_overdue(self, on: date) -> bool:
        """Whether it was due before ``on`` and is not done."""
        return bool(self.due_on and self.due_on < on and self.done_on is None)


class UpdateQuerySet(models.QuerySet["Update"]):
    def published(self) -> "UpdateQuerySet":
        return self.filter(status=Update.Status.PUBLISHED)

    def visible_to(self, user: Any) -> "UpdateQuerySet":
        """Published updates for everybody; drafts for those who may see the site's inside."""
        if has_perm(user, "sites.view_all"):
            return self
        own = Site.objects.worked_at_by(user).values("pk")
        return self.filter(Q(status=Update.Status.PUBLISHED) | Q(site_id__in=own))

    def search(self, q: str) -> "UpdateQuerySet":
        return self.filter(Q(title__icontains=q) | Q(body__icontains=q)) if q else self


class Update(models.Model):
    """News from a site; public once published."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="updates")
    title = models.CharField(max_length=160)
    body = models.TextField(help_text="Markdown.")
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=400, blank=True, help_text="Why it is no longer public.")
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = UpdateQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False), name="published_update_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | ~Q(withdrawn_reason=""), name="withdrawn_update_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("sites:update-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.site.roles_of(user)


class UnitQuerySet(models.QuerySet["Unit"]):
    def on_roster(self, on: date) -> "UnitQuerySet":
        """Units that were on the roster that day."""
        return self.filter(Q(listed_to__isnull=True) | Q(listed_to__gte=on), listed_from__lte=on)


class Unit(models.Model):
    """One member of a site's roster, for example one general practice (rule 2)."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="units")
    name = models.CharField(max_length=160)
    listed_from = models.DateField(help_text="First day on the roster.")
    listed_to = models.DateField(null=True, blank=True, help_text="Last day on the roster, when it left.")

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="unit_once_per_site"),
            models.CheckConstraint(
                condition=Q(listed_to__isnull=True) | Q(listed_to__gte=F("listed_from")),
                name="unit_leaves_after_it_joins",
                violation_error_message="The last day on the roster is before the first.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UnitChange(models.Model):
    """Where a unit stood from a date on. The newest one on or before a date is the one in force that day."""

    class State(models.TextChoices):
        NOT_APPROACHED = "not_approached", "Not yet approached"
        APPROACHED = "approached", "Approached"
        JOINED = "joined", "Joined"
        DECLINED = "declined", "Declined"

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="changes")
    state = models.CharField(max_length=20, choices=State)
    on = models.DateField()
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(reason=""),
                name="declined_unit_has_a_reason",
                violation_error_message="Say why it declined, as far as you know.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit}: {self.get_state_display()}"


class RoundQuerySet(models.QuerySet["Round"]):
    def visible_to(self, user: Any) -> "RoundQuerySet":
        """Those who run or read rounds see all; everybody else the ones that have been announced."""
        return self if has_perm(user, "sites.view_rounds") else self.filter(is_announced=True)


class Round(models.Model):
    """A call for expressions of interest (rule 6)."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    opens_on = models.DateField()
    closes_on = models.DateField()
    topics = models.ManyToManyField(Topic, related_name="rounds", blank=True)
    delivery_models = models.JSONField(default=list, help_text="Delivery models that hosts may ask for.")
    is_announced = models.BooleanField(default=False)
    is_illustrative = models.BooleanField(default=False, help_text="Some details are invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")),
                name="round_closes_after_it_opens",
                violation_error_message="The closing date is before the opening date.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        unknown = set(self.delivery_models) - set(DeliveryModel.values)
        if unknown:
            raise ValidationError({"delivery_models": f"Not a delivery model: {', '.join(sorted(unknown))}."})

    def get_absolute_url(self) -> str:
        return reverse("sites:round-detail", args=[self.slug])

    def is_open(self, on: date) -> bool:
        return self.is_announced and self.opens_on <= on <= self.closes_on

    @property
    def stage(self) -> str:
        """Where the round stands today, in words."""
        today = clock.today()
        if not self.is_announced:
            return "Draft"
        if today < self.opens_on:
            return "Upcoming"
        return "Open" if today <= self.closes_on else "Closed"

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

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="statement_number_once_per_round")]

    def __str__(self) -> str:
        return f"{self.round}, statement {self.number}"
