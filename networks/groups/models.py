"""Networks, groups and who belongs to them."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from impact.core.access.acting.models import acts_for_someone
from impact.core.access.permissions import AS_SUPPORTER, GRANTS, SYSTEM, Role, has_perm, is_lent
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Forever, NotPersonal, Part, Personal
from impact.core.basics.vocabulary import Nation, Perspective
from impact.core.people.models import Person, User
from networks.groups.lent import WRITING, LentMemberships, roles_in
from sites.registry.models import DeliveryModel, Site, SiteQuerySet


class GroupKind(models.TextChoices):
    """The circles of people that meet."""

    LOCAL_NETWORK = "local_network", "Local network"
    ADVISORY_GROUP = "advisory_group", "Advisory group"
    ASSEMBLY = "assembly", "Assembly"
    COORDINATORS = "coordinators", "Coordinators' circle"


# Defaults by kind (rule 8): smallest size, largest size, meetings planned, over how many months.


GROUP_DEFAULTS = {
    GroupKind.LOCAL_NETWORK: (8, 10, 4, 6),
    GroupKind.ADVISORY_GROUP: (8, 12, 3, 12),
    GroupKind.ASSEMBLY: (30, 35, 2, 12),
    GroupKind.COORDINATORS: (2, 12, 12, 12),
}


class GroupQuerySet(models.QuerySet["Group"]):
    def visible_to(self, user: Any) -> "GroupQuerySet":
        """National readers see every group; others the groups they belong to now."""
        if has_perm(user, "networks.view_all"):
            return self
        if not getattr(user, "is_authenticated", False):
            return self.none()
        own = Membership.objects.current().filter(person__user_id=user.pk)
        return self._of(own, Membership.objects.lent_to(user))

    def _of(self, own: "MembershipQuerySet", lent: "MembershipQuerySet | None") -> "GroupQuerySet":
        """The groups of one's own memberships and of those lent by others: one query, whatever is lent."""
        if lent is None:
            return self.filter(pk__in=own.values("group_id"))
        return self.filter(Q(pk__in=own.values("group_id")) | Q(pk__in=lent.values("group_id")))

    def coordinated_by(self, user: Any) -> "GroupQuerySet":
        """The groups that someone coordinates today, for themselves or for a colleague."""
        own = Membership.objects.current().filter(person__user_id=user.pk, role=Membership.Role.COORDINATOR)
        return self._of(own, Membership.objects.covered_by(user))

    def permitted(self, user: Any, permission: str) -> "GroupQuerySet":
        """Groups on which ``user`` holds ``permission``: all for a global role, else by the memberships of today, their
        own and those of whom they act for."""
        if has_perm(user, permission):
            return self
        holders = GRANTS[permission]
        if not getattr(user, "is_authenticated", False) or holders.isdisjoint({Role.COORDINATOR, Role.MEMBER}):
            return self.none()
        mine = Membership.objects.current().filter(person__user_id=user.pk)
        if Role.MEMBER not in holders:
            mine = mine.filter(role=Membership.Role.COORDINATOR)
        if permission in AS_SUPPORTER:
            covers = is_lent(permission, Role.COORDINATOR)
            return self._of(mine, Membership.objects.lent_to(user, covers=covers, scopes=WRITING))
        return self._of(mine, Membership.objects.covered_by(user) if is_lent(permission, Role.COORDINATOR) else None)

    def with_guard_data(self, user: Any = SYSTEM) -> "GroupQuerySet":
        """With the rows that ``guard`` and ``cadence`` look at, in a fixed number of queries.

        For a ``user``, only with meetings that they may see: drafts are left out for members.
        """
        Meeting = apps.get_model("networks", "Meeting")
        meetings = Meeting.objects.visible_to(user).defer("purpose", "notes").order_by("starts_at")

        return self.select_related("site").prefetch_related(
            models.Prefetch("memberships", Membership.objects.select_related("person").order_by("person__name")),
            models.Prefetch("meetings", meetings),
            "explanations",
        )

    def with_facts(self, on: date | None = None) -> "GroupQuerySet":
        """Annotated with member_count and next_meeting_at (of which people have been told), for lists."""
        Meeting = apps.get_model("networks", "Meeting")
        belonging = (
            Membership.objects.counted(on)
            .filter(group=OuterRef("pk"))
            .order_by()
            .values("group")
            .annotate(n=Count("pk"))
            .values("n")
        )
        upcoming = Meeting.objects.upcoming().announced().filter(group=OuterRef("pk")).values("starts_at")[:1]
        return self.annotate(
            member_count=Coalesce(Subquery(belonging), 0),
            next_meeting_at=Subquery(upcoming),
        )

    def local_networks(self) -> "GroupQuerySet":
        return self.filter(kind=GroupKind.LOCAL_NETWORK)

    def running(self, on: date | None = None) -> "GroupQuerySet":
        """Groups that have begun and have not ended on a day (today by default). No dates: running."""
        day = on or clock.today()
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=day), Q(ends_on__isnull=True) | Q(ends_on__gte=day)
        )

    def search(self, q: str) -> "GroupQuerySet":
        return self.filter(Q(name__icontains=q) | Q(place__icontains=q)) if q else self


class Group(models.Model):
    """Any circle of people that meets: a local network, the advisory group, an assembly."""

    kind = models.CharField(max_length=20, choices=GroupKind)
    name = models.CharField(max_length=160, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    site = models.ForeignKey(
        Site,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="groups",
        help_text="The network it is part of.",
    )
    nation = models.CharField(max_length=20, choices=Nation)
    place = models.CharField(max_length=120, blank=True)
    about = models.TextField(blank=True, help_text="Markdown.")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    size_min = models.PositiveSmallIntegerField()
    size_max = models.PositiveSmallIntegerField()
    meetings_planned = models.PositiveSmallIntegerField()
    months_planned = models.PositiveSmallIntegerField()
    leaders_planned = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="How many coordinators run it together (rule 8)."
    )
    lead_days = models.PositiveSmallIntegerField(
        default=7, help_text="Materials go out at least so many days before a meeting (rule 9)."
    )
    is_illustrative = models.BooleanField(default=False, help_text="Some details are invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    privacy = NotPersonal("A group.")

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["kind", "nation"], name="group_kind_nation")]
        constraints = [
            models.CheckConstraint(
                condition=Q(size_max__gte=F("size_min")),
                name="group_size_range_runs_upwards",
                violation_error_message="The largest size is below the smallest.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="group_ends_after_it_starts",
                violation_error_message="The end date is before the start date.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="local_network") | Q(site__isnull=False),
                name="local_network_belongs_to_a_network",
                violation_error_message="Choose the network that this local network is part of.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("networks:group-detail", args=[self.slug])

    @property
    def is_local_network(self) -> bool:
        return self.kind == GroupKind.LOCAL_NETWORK

    def period_on(self, on: date) -> tuple[date, date] | None:
        """First and last day of the period in which its planned meetings should fall, for a day on or after its start.

        A group with an end has one period. One without has them in a row, each of ``months_planned``: an advisory group
        that meets three times a year does so every year.
        """
        if not self.starts_on or on < self.starts_on:
            return None
        if self.ends_on:
            return self.starts_on, self.ends_on
        number = 0
        while self._period_start(number + 1) <= on:
            number += 1
        return self._period_start(number), self._period_start(number + 1) - timedelta(days=1)

    def _period_start(self, number: int) -> date:
        """The day on which the period with this number, from 0, begins."""
        assert self.starts_on  # noqa: S101  asked only of groups with a start
        months = self.starts_on.month - 1 + number * max(1, self.months_planned)
        year, month = self.starts_on.year + months // 12, months % 12 + 1
        return date(year, month, min(self.starts_on.day, monthrange(year, month)[1]))

    def roles_of(self, user: Any) -> frozenset[str]:
        """COORDINATOR and MEMBER, as far as the user's memberships say so today. Remembered per user and instance."""
        if not user.pk:
            return frozenset()
        cache = self.__dict__.setdefault("_roles_of", {})
        if user.pk not in cache:
            rows = Membership.objects.current().filter(group_id=self.pk, person__user_id=user.pk).order_by()
            roles = rows.values_list("role", Value(0), Value(0))
            if acts_for_someone(user):
                lent = Membership.objects.lent_to(user, scopes=WRITING).filter(group_id=self.pk).order_by()
                roles = roles.union(lent.values_list("role", "person_id", "person__acted_for"))
            cache[user.pk] = roles_in(list(roles))
        return cache[user.pk]


class GroupExplanation(models.Model):
    """Why a group is outside its guard rails, in the coordinator's words. It explains a warning; it never blocks."""

    class Guard(models.TextChoices):
        SIZE = "size", "Number of members"
        PERSPECTIVES = "perspectives", "Missing perspectives"
        MEETINGS = "meetings", "Number of meetings"
        COORDINATOR = "coordinator", "Coordinator"

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="explanations")
    guard = models.CharField(max_length=20, choices=Guard)
    reason = models.CharField(max_length=400)
    on = models.DateField(default=clock.today)

    privacy = NotPersonal("Why a group differs from its guard rails.", may_name_people=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "guard"], name="one_explanation_per_guard")]

    def __str__(self) -> str:
        return f"{self.group}: {self.get_guard_display()}"


class NetworkExplanation(models.Model):
    """Why a network is outside a guard rail of its own, in the words of the national team."""

    class Guard(models.TextChoices):
        NATIONS = "nations", "Missing nations"

    network = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="network_explanations")
    guard = models.CharField(max_length=20, choices=Guard, default=Guard.NATIONS)
    reason = models.CharField(max_length=400)
    on = models.DateField(default=clock.today)

    privacy = NotPersonal("Why a network differs from its guard rails.", may_name_people=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "guard"], name="one_explanation_per_network_guard")]

    def __str__(self) -> str:
        return f"{self.network}: {self.get_guard_display()}"


class MembershipQuerySet(LentMemberships):
    def current(self, on: date | None = None) -> "MembershipQuerySet":
        """Memberships in force on a day (today by default)."""
        day = on or clock.today()
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)

    def counted(self, on: date | None = None) -> "MembershipQuerySet":
        """Who counts as a member of a group wherever a number of members is shown: without coordinator and supporters."""
        return self.current(on).filter(role__in=Membership.COUNTED_ROLES)


class Membership(models.Model):
    """A person in a group, with a perspective, a role and dates."""

    inside = ("handover", "handover_put_away_on")  # no list reports a change of these (impact.core.api.lists.watching)

    class Role(models.TextChoices):
        COORDINATOR = "coordinator", "Coordinator"
        MEMBER = "member", "Member"
        CHAIR = "chair", "Chair"
        VICE_CHAIR = "vice_chair", "Vice-chair"
        SUPPORTER = "supporter", "Supporter"

    # Who counts towards a group's size: a coordinator runs it and a supporter comes along.
    COUNTED_ROLES = [Role.MEMBER, Role.CHAIR, Role.VICE_CHAIR]

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.MEMBER)
    perspective = models.CharField(max_length=20, choices=Perspective, blank=True)
    perspective_note = models.CharField(max_length=120, blank=True, help_text="In the person's own words.")
    starts_on = models.DateField(default=clock.today)
    ends_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who recorded someone without email. Empty: the person accepted an invitation, or was appointed.",
    )
    end_reason = models.CharField(max_length=200, blank=True, help_text="Why it ended, if the person wants it kept.")
    handover = models.TextField(
        max_length=5000, blank=True, help_text="Markdown. What this coordinator leaves for the next one to know."
    )
    handover_put_away_on = models.DateField(
        null=True, blank=True, help_text="When this coordinator put away what the one before had left."
    )
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.GROUPS,
        heading="Memberships",
        of=("person",),
        recorders=("recorded_by",),
        shown=("group", "role", "perspective", "perspective_note", "starts_on", "ends_on", "end_reason", "handover"),
        on_erasure=Blank(("perspective_note", "end_reason", "handover")),
        keep=Forever("How many people of which perspective took part is the group’s record."),
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["person__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "person"],
                condition=Q(ends_on__isnull=True),
                name="person_once_in_a_group",
                violation_error_message="This person already belongs to the group.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="membership_ends_after_it_starts",
                violation_error_message="The end date is before the start date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.group}"

    def has_ended(self, on: date) -> bool:
        """Whether the last day has passed. A membership that is still to begin has not ended."""
        return self.ends_on is not None and self.ends_on < on

    def is_current(self, on: date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or self.ends_on >= on)


class NetworkQuerySet(SiteQuerySet):
    def visible_to(self, user: Any) -> "NetworkQuerySet":
        """Every network for national readers; for a coordinator those with a local network of theirs."""
        if has_perm(user, "networks.view_aggregates"):
            return self
        own = Group.objects.local_networks().permitted(user, "networks.view_aggregates")
        return self.filter(pk__in=own.values("site_id"))


class NetworkManager(models.Manager.from_queryset(NetworkQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> NetworkQuerySet:
        return super().get_queryset().filter(delivery_model=DeliveryModel.NETWORK)


class Network(Site):
    """A site whose delivery model is Network, seen from its local networks: a network of networks (rule 12)."""

    privacy = NotPersonal("A site seen from its groups.")

    objects = NetworkManager()  # type: ignore[misc]

    class Meta:
        proxy = True
        ordering = ["name"]

    def get_absolute_url(self) -> str:
        return reverse("networks:detail", args=[self.slug])

    def roles_of(self, user: Any) -> frozenset[str]:
        """COORDINATOR for a person who coordinates one of its local networks today."""
        if not user.pk:
            return frozenset()
        mine = Membership.objects.current().filter(
            group__site_id=self.pk,
            group__kind=GroupKind.LOCAL_NETWORK,
            person__user_id=user.pk,
            role=Membership.Role.COORDINATOR,
        )
        if mine.exists():
            return frozenset({Role.COORDINATOR})
        lent = Membership.objects.covered_by(user)
        if lent is None:
            return frozenset()
        rows = lent.filter(group__site_id=self.pk, group__kind=GroupKind.LOCAL_NETWORK).order_by("pk")
        return roles_in([("coordinator", *row) for row in rows.values_list("person_id", "person__acted_for")[:1]])
