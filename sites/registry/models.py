"""Sites, their nations, status, roles and organisations."""

from collections import defaultdict
from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse

from impact.core.access.permissions import Role, has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Forever, NotPersonal, Part, Personal
from impact.core.basics.vocabulary import Nation, Region
from impact.core.people.models import Person
from sites.organisations.models import Organisation
from sites.topics.models import Topic


class DeliveryModel(models.TextChoices):
    """The four ways in which IMPACT works."""

    DEMONSTRATOR = "demonstrator", "Demonstrator"
    FACILITATOR = "facilitator", "Facilitator"
    NETWORK = "network", "Network"
    ASK_IMPACT = "ask_impact", "Ask IMPACT"


# What is recorded about sites of one delivery model only. A Network has local networks, Ask IMPACT has questions.
MODEL_FIELDS: dict[str, tuple[str, ...]] = {
    DeliveryModel.DEMONSTRATOR: ("strategic_issue", "evaluation_plan", "policy_links"),
    DeliveryModel.FACILITATOR: ("host_service",),
    DeliveryModel.NETWORK: (),
    DeliveryModel.ASK_IMPACT: (),
}
OF_ONE_MODEL = frozenset(name for names in MODEL_FIELDS.values() for name in names)

LINKS_LENGTH = 2000  # characters of a site's policy links
ANYWHERE = "none"  # how lists are asked for sites in England without one region


class Link(NamedTuple):
    """A page on the web, and what it is called."""

    address: str
    title: str


_is_address = URLValidator(schemes=["http", "https"])


def read_links(text: str) -> list[Link]:
    """The links in a text, one a line: the address, then what it is called. Says which line is wrong, and how."""
    links = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        address, _, title = line.strip().partition(" ")
        try:
            _is_address(address)
        except ValidationError:
            words = f"Line {number}: begin with a web address, such as https://example.org/page, then say what it is called."
            raise ValidationError(words) from None
        links.append(Link(address, title.strip() or address))
    return links


def check_links(text: str) -> None:
    """Refuse a text with a line that is not a link."""
    read_links(text)


class SiteQuerySet(models.QuerySet["Site"]):
    def visible_to(self, user: Any) -> "SiteQuerySet":
        """National readers see every site; others the sites they work at and those with a published update."""
        if has_perm(user, "sites.view_all"):
            return self
        if not getattr(user, "is_authenticated", False):
            return self.none()
        own = self.model.objects.worked_at_by(user).values("pk")
        return self.filter(Q(pk__in=self.model.objects.with_news().values("pk")) | Q(pk__in=own))

    def with_news(self) -> "SiteQuerySet":
        """Sites that have published something: their names are public."""
        told = apps.get_model("sites", "Update").objects.published().filter(site__isnull=False)
        return self.filter(pk__in=told.values("site_id"))

    def worked_at_by(self, user: Any) -> "SiteQuerySet":
        """Sites at which ``user`` is in a role now; none for a visitor."""
        if not getattr(user, "pk", None):  # a person without an account has no user either, and must not match
            return self.none()
        return self.filter(pk__in=SiteRole.objects.current().filter(person__user_id=user.pk).values("site_id"))

    def inside_for(self, user: Any) -> "SiteQuerySet":
        """Sites whose inside ``user`` may read."""
        return self if has_perm(user, "sites.view_internal") else self.worked_at_by(user)

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

    def by_place(self) -> dict[str, list[tuple[str, str]]]:
        """(slug, name) of the sites in each place of the map, by name: a region, ``ANYWHERE`` (in England, not in one
        region), another nation, or UK-wide. Each list is that of ``in_region`` or ``in_nation``; one query."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        rows = SiteNation.objects.filter(site__in=self.order_by().values("pk")).order_by("site__name", "nation")
        for nation, region, slug, name in rows.values_list("nation", "site__region", "site__slug", "site__name"):
            if nation == Nation.ENGLAND:
                found[region or ANYWHERE].append((slug, name))
            elif nation != Nation.UK:
                found[nation].append((slug, name))
            else:
                for place in (Nation.UK, Nation.NORTHERN_IRELAND, Nation.SCOTLAND, Nation.WALES):
                    found[place].append((slug, name))
        return found

    def in_region(self, region: str) -> "SiteQuerySet":
        """Sites in a region of England; ``ANYWHERE``: those in England that are not in one region."""
        if region != ANYWHERE:
            return self.filter(region=region)
        return self.filter(pk__in=SiteNation.objects.filter(nation=Nation.ENGLAND).values("site_id"), region="")

    def in_nation(self, nation: str) -> "SiteQuerySet":
        """Sites that work in ``nation``; UK-wide sites count in every nation."""
        return self.filter(pk__in=SiteNation.objects.filter(nation__in=[nation, Nation.UK]).values("site_id"))


class Site(models.Model):
    """One project under one delivery model (rule 1)."""

    # What visitors are not shown. Changes of it are noted separately (impact.core.api.lists.watching).
    inside = (
        *("host", "place", "starts_on", "ends_on", "status_reason", "origin", "origin_note"),
        *("strategic_issue", "evaluation_plan", "policy_links", "host_service", "unit_name"),
    )

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
    region = models.CharField(
        max_length=30, choices=Region, blank=True, db_default="", default="", help_text="Of England; empty elsewhere."
    )
    # What only one delivery model has: see MODEL_FIELDS.
    strategic_issue = models.CharField(max_length=400, blank=True, db_default="", default="")
    evaluation_plan = models.TextField(max_length=4000, blank=True, db_default="", default="", help_text="Markdown.")
    policy_links = models.TextField(
        max_length=LINKS_LENGTH,
        blank=True,
        db_default="",
        default="",
        validators=[check_links],
        help_text="One a line.",
    )
    host_service = models.CharField(max_length=200, blank=True, db_default="", default="")
    unit_name = models.CharField(
        max_length=60, blank=True, help_text='What the roster counts, for example "general practice".'
    )
    is_illustrative = models.BooleanField(default=False, help_text="Some details are invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    privacy = NotPersonal("A project.")

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

    @property
    def links(self) -> list[Link]:
        """Its policy links, each with what it is called."""
        return read_links(self.policy_links)

    @property
    def where(self) -> str:
        """ "England, North West": the nations, and the region of England."""
        return ", ".join(filter(None, [self.places, self.get_region_display()]))

    def roles_of(self, user: Any) -> frozenset[str]:
        """SITE_TEAM for someone appointed to a role here now. Asked of the database once for each instance."""
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

    privacy = NotPersonal("Where a site works.")

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

    privacy = NotPersonal("A step in a site’s life.")

    class Meta:
        ordering = ["on", "pk"]

    def __str__(self) -> str:
        return f"{self.site}: {self.get_status_display()} on {self.on}"


class OrganisationPartQuerySet(models.QuerySet["OrganisationPart"]):
    def visible_to(self, user: Any) -> "OrganisationPartQuerySet":
        """Parts of organisations that ``user`` may see, for the centre as a whole or at a site that they may see."""
        at_site = Q(site__isnull=True) | Q(site__in=Site.objects.visible_to(user))
        return self.filter(at_site, organisation__in=Organisation.objects.visible_to(user))


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

    privacy = NotPersonal("What an organisation does at a site.")

    objects = OrganisationPartQuerySet.as_manager()

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
    def visible_to(self, user: Any) -> "SiteRoleQuerySet":
        """Posts of the sites whose inside ``user`` may see."""
        return self.filter(site__in=Site.objects.inside_for(user))

    def current(self) -> "SiteRoleQuerySet":
        """Roles with someone in them today."""
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

    privacy = Personal(
        part=Part.WORK,
        heading="Posts at sites",
        of=("person",),
        shown=(
            "site",
            "kind",
            "state",
            "employer",
            "has_lived_experience",
            "has_practice_experience",
            "starts_on",
            "ends_on",
        ),
        on_erasure=Blank(("has_lived_experience", "has_practice_experience")),
        keep=Forever("That the post was held belongs to the site’s history."),
    )

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
