"""The advisory group's charter, what its members think of it, and what changed because of them."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.people.models import Person, User
from networks.groups.models import Group, Membership

# Whose word counts in an agreement: members and their chair. Coordinators run it and supporters help somebody else.
DECIDING_ROLES = [Membership.Role.MEMBER, Membership.Role.CHAIR]


def deciding_members(group: Group, on: date | None = None) -> models.QuerySet[Membership]:
    """The memberships of those who agree a group's charter, on a day (today by default)."""
    return Membership.objects.current(on).filter(group=group, role__in=DECIDING_ROLES)


def _groups_seen_by(user: Any) -> Any:
    """Groups whose co-production papers a user may read."""
    return Group.objects.all() if has_perm(user, "coproduction.view_all") else Group.objects.visible_to(user)


class CharterQuerySet(models.QuerySet["Charter"]):
    def visible_to(self, user: Any) -> "CharterQuerySet":
        return self.filter(group__in=_groups_seen_by(user))


class Charter(models.Model):
    """A group's living charter (rule 15)."""

    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="charter")
    title = models.CharField(max_length=160)
    is_illustrative = models.BooleanField(default=False, help_text="The wording is invented for the demonstration.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CharterQuerySet.as_manager()

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("coproduction:charter-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)

    @property
    def agreed_version(self) -> "CharterVersion | None":
        """The text in force."""
        return self.versions.filter(status=CharterVersion.Status.AGREED).order_by("-number").first()


class CharterSection(models.Model):
    """A place in the charter: something known from the start, or left open for the members to fill."""

    class Kind(models.TextChoices):
        KNOWN = "known", "Known from the start"
        OPEN = "open", "For the group to fill"

    charter = models.ForeignKey(Charter, on_delete=models.CASCADE, related_name="sections")
    key = models.SlugField(max_length=60)
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["charter", "key"], name="section_key_once_per_charter")]

    def __str__(self) -> str:
        return self.title


class CharterVersionQuerySet(models.QuerySet["CharterVersion"]):
    def visible_to(self, user: Any) -> "CharterVersionQuerySet":
        """Texts that were put to the members; drafts are for whoever writes them (docs/decisions/0011)."""
        rows = self.filter(charter__in=Charter.objects.visible_to(user))
        if has_perm(user, "coproduction.view_drafts"):
            return rows
        return rows.exclude(status="draft").exclude(status="withdrawn", proposed_on__isnull=True)


class CharterVersion(models.Model):
    """One exact text of the whole charter. Once it leaves draft, its words never change (a trigger refuses it)."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PROPOSED = "proposed", "Out for agreement"
        AGREED = "agreed", "Agreed"
        SUPERSEDED = "superseded", "Replaced"
        WITHDRAWN = "withdrawn", "Withdrawn"

    charter = models.ForeignKey(Charter, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    change_note = models.CharField(
        max_length=400, blank=True, help_text="What changed since the last version, and why."
    )
    status_reason = models.CharField(max_length=400, blank=True, help_text="Why it was withdrawn.")
    text_hash = models.CharField(max_length=64, blank=True, help_text="Set when the text is put to the members.")
    proposed_on = models.DateField(null=True, blank=True)
    agreed_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = CharterVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["charter", "number"], name="version_number_once_per_charter"),
            models.UniqueConstraint(
                fields=["charter"],
                condition=Q(status__in=["draft", "proposed"]),
                name="one_open_version_per_charter",
                violation_error_message="There is already a version being worked on.",
            ),
            models.UniqueConstraint(
                fields=["charter"], condition=Q(status="agreed"), name="one_agreed_version_per_charter"
            ),
            models.CheckConstraint(condition=Q(status="draft") | ~Q(text_hash=""), name="settled_version_has_a_hash"),
            models.CheckConstraint(
                condition=~Q(status="agreed") | Q(agreed_on__isnull=False), name="agreed_version_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | ~Q(status_reason=""),
                name="withdrawn_version_has_a_reason",
                violation_error_message="Say why the text is withdrawn.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.charter}, version {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("coproduction:charter-version", args=[self.charter_id, self.number])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.charter.roles_of(user)

    def hash_text(self) -> str:
        """SHA-256 of the exact text, section by section, which positions are taken on."""
        rows = list(self.texts.order_by("section__position").values_list("section__key", "body"))
        return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


class SectionText(models.Model):
    """The words of one section in one version. Frozen with its version."""

    version = models.ForeignKey(CharterVersion, on_delete=models.CASCADE, related_name="texts")
    section = models.ForeignKey(CharterSection, on_delete=models.PROTECT, related_name="texts")
    body = models.TextField(blank=True, max_length=20_000, help_text="Markdown.")
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts the saves of this section, so that two writers lose nothing."
    )

    class Meta:
        ordering = ["section__position"]
        constraints = [models.UniqueConstraint(fields=["version", "section"], name="section_once_per_version")]

    def __str__(self) -> str:
        return f"{self.section} in {self.version}"


def _writer(user: User | None, person: Person) -> str:
    return "" if user is None or user.pk == person.user_id else user.display_name


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def visible_to(self, user: Any) -> "SuggestionQuerySet":
        return self.filter(section__charter__in=Charter.objects.visible_to(user))

    def waiting(self) -> "SuggestionQuerySet":
        return self.filter(status=Suggestion.Status.WAITING)

    def search(self, q: str) -> "SuggestionQuerySet":
        return self.filter(Q(words__icontains=q) | Q(answer__icontains=q)) if q else self


class Suggestion(models.Model):
    """A change that a member asks for in one section; every one gets an answer."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for an answer"
        TAKEN_UP = "taken_up", "Taken up"
        ADAPTED = "adapted", "Taken up in part"
        NOT_NOW = "not_now", "Not this time"

    section = models.ForeignKey(CharterSection, on_delete=models.CASCADE, related_name="suggestions")
    version = models.ForeignKey(
        CharterVersion, on_delete=models.PROTECT, related_name="suggestions", help_text="The text it was made about."
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="suggestions")
    words = models.TextField(max_length=4000)
    made_on = models.DateField(default=clock.today)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    answer = models.TextField(blank=True, max_length=4000)
    answered_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-made_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="waiting") | (~Q(answer="") & Q(answered_on__isnull=False)),
                name="answered_suggestion_has_an_answer",
                violation_error_message="Write an answer that the member will read.",
            )
        ]

    def __str__(self) -> str:
        return self.words[:80]

    def get_absolute_url(self) -> str:
        return reverse("coproduction:suggestion-detail", args=[self.pk])

    @property
    def written_down_by(self) -> str:
        """Who wrote it down for the member; nothing when the member did."""
        return _writer(self.recorded_by, self.person)

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.section.charter.roles_of(user)


@dataclass(frozen=True)
class Tally:
    """How the members stand on one text: figures only, so that anybody who may read the charter may see them."""

    members: int
    agree: int
    reservation: int
    stand_aside: int
    object: int

    @property
    def answered(self) -> int:
        return self.agree + self.reservation + self.stand_aside + self.object

    @property
    def agreeing(self) -> int:
        """With or without a reservation."""
        return self.agree + self.reservation

    @property
    def still_to_answer(self) -> int:
        return max(0, self.members - self.answered)

    @property
    def has_majority(self) -> bool:
        return self.agreeing * 2 > self.members


class AgreementRound(models.Model):
    """Asking the members about one exact text, until a deadline."""

    version = models.ForeignKey(CharterVersion, on_delete=models.CASCADE, related_name="agreement_rounds")
    opened_on = models.DateField()
    closes_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(closed_on__isnull=True), name="one_open_round_per_version"
            ),
            models.CheckConstraint(
                condition=Q(closes_on__gte=models.F("opened_on")),
                name="agreement_round_closes_after_it_opens",
                violation_error_message="The deadline is before the day it opens.",
            ),
        ]

    def __str__(self) -> str:
        return f"Agreement on {self.version}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.version.roles_of(user)

    def is_open(self, on: date) -> bool:
        return self.closed_on is None and self.opened_on <= on

    def is_past_deadline(self, on: date) -> bool:
        """Still open, though the day by which members were to answer is over."""
        return self.is_open(on) and self.closes_on < on

    def counting(self, on: date | None = None) -> "models.QuerySet[Position]":
        """The positions that count: while it is open those of today's members, afterwards all that stand."""
        positions = self.positions.in_force()
        if self.closed_on is None:
            members = deciding_members(self.version.charter.group, on)
            positions = positions.filter(person__in=members.values("person"))
        return positions

    def tally(self, on: date | None = None) -> Tally:
        """How the members stand, in figures."""
        stances = Counter(self.counting(on).values_list("stance", flat=True))
        members = deciding_members(self.version.charter.group, on or self.closed_on).count()
        return Tally(members=members, **{stance: stances[stance] for stance in Position.Stance.values})


class PositionQuerySet(models.QuerySet["Position"]):
    def in_force(self) -> "PositionQuerySet":
        """The newest position of each person; older ones are kept and no longer count."""
        return self.filter(replaced_at__isnull=True)


class Position(models.Model):
    """Where one member stands on one exact text. A change of mind is kept as a new row; the newest counts."""

    class Stance(models.TextChoices):
        AGREE = "agree", "Agree"
        RESERVATION = "reservation", "Agree, with a reservation"
        STAND_ASIDE = "stand_aside", "Stand aside"
        OBJECT = "object", "Object"

    round = models.ForeignKey(AgreementRound, on_delete=models.CASCADE, related_name="positions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="positions")
    stance = models.CharField(max_length=12, choices=Stance)
    reason = models.TextField(blank=True, max_length=2000)
    taken_on = models.DateField(default=clock.today)
    is_late = models.BooleanField(default=False, help_text="Taken after the deadline or by somebody who joined later.")
    replaced_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["taken_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "person"],
                condition=Q(replaced_at__isnull=True),
                name="one_position_in_force_per_person",
            ),
            models.CheckConstraint(
                condition=Q(stance="agree") | ~Q(reason=""),
                name="position_other_than_agree_has_a_reason",
                violation_error_message="Say why, so that the group can think about it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_stance_display()}"

    @property
    def written_down_by(self) -> str:
        """Who wrote it down for the member; nothing when the member did."""
        return _writer(self.recorded_by, self.person)

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.round.roles_of(user)


class WaypointQuerySet(models.QuerySet["Waypoint"]):
    def visible_to(self, user: Any) -> "WaypointQuerySet":
        return self.filter(charter__in=Charter.objects.visible_to(user))

    def ahead(self) -> "WaypointQuerySet":
        """Waypoints that have not been held, the nearest first."""
        return self.filter(held_on__isnull=True).order_by("due_on", "pk")

    def overdue(self, on: date | None = None) -> "WaypointQuerySet":
        """Waypoints that should have been held before ``on`` (today by default)."""
        return self.ahead().filter(due_on__lt=on or clock.today())


class Waypoint(models.Model):
    """A stop on the way: where are we, are we heading as intended (rule 16)."""

    class Outcome(models.TextChoices):
        NEW_VERSION = "new_version", "A new version of the charter"
        NO_CHANGE = "no_change", "No change needed"

    charter = models.ForeignKey(Charter, on_delete=models.CASCADE, related_name="waypoints")
    title = models.CharField(max_length=120)
    due_on = models.DateField()
    held_on = models.DateField(null=True, blank=True)
    where_we_are = models.TextField(blank=True, max_length=4000)
    heading = models.TextField(blank=True, max_length=4000, help_text="Are we heading as intended?")
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    led_to = models.ForeignKey(
        CharterVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="waypoints"
    )

    objects = WaypointQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(held_on__isnull=True) | ~Q(outcome=""),
                name="held_waypoint_has_an_outcome",
                violation_error_message="Say whether it led to a new version or to no change.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("coproduction:waypoint-detail", args=[self.pk])

    def is_overdue(self, on: date) -> bool:
        return self.held_on is None and self.due_on < on

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.charter.roles_of(user)


class InvolvementQuerySet(models.QuerySet["Involvement"]):
    def visible_to(self, user: Any) -> "InvolvementQuerySet":
        return self.filter(group__in=_groups_seen_by(user))

    def search(self, q: str) -> "InvolvementQuerySet":
        if not q:
            return self
        return self.filter(
            Q(title__icontains=q) | Q(asked__icontains=q) | Q(said__icontains=q) | Q(changed__icontains=q)
        )

    def in_year(self, year: int) -> "InvolvementQuerySet":
        """What a year's figures count: asked, or settled, in that year."""
        return self.filter(Q(asked_on__year=year) | Q(changed_on__year=year))

    def to_be_said(self) -> "InvolvementQuerySet":
        """Asked, and the members' answer is not recorded yet."""
        return self.filter(outcome=Involvement.Outcome.WAITING, said_on__isnull=True)

    def to_be_changed(self) -> "InvolvementQuerySet":
        """The members have spoken; whoever asked has not said what changed."""
        return self.filter(outcome=Involvement.Outcome.WAITING, said_on__isnull=False)

    def settled(self) -> "InvolvementQuerySet":
        return self.exclude(outcome=Involvement.Outcome.WAITING)


class Involvement(models.Model):
    """One thing that members were asked to shape: what was asked, what they said, what changed (rule 17)."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waiting"
        CHANGED = "changed", "Changed"
        PARTLY = "partly", "Partly changed"
        NOT_CHANGED = "not_changed", "Not changed"

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="involvements")
    title = models.CharField(max_length=160)
    asked_by = models.CharField(max_length=120, help_text="The team or site that asked.")
    asked = models.TextField(max_length=4000, help_text="What the members were asked to shape.")
    asked_on = models.DateField()
    said = models.TextField(blank=True, max_length=4000, help_text="What they said.")
    said_on = models.DateField(null=True, blank=True)
    changed = models.TextField(blank=True, max_length=4000, help_text="What changed, or why nothing did.")
    changed_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.WAITING)
    is_good_practice = models.BooleanField(default=False, help_text="Worth telling others about.")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    objects = InvolvementQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="waiting") | (~Q(changed="") & Q(changed_on__isnull=False)),
                name="settled_involvement_says_what_changed",
                violation_error_message="Say what changed, or why nothing did, and when.",
            ),
            models.CheckConstraint(
                condition=Q(said_on__isnull=True) | Q(said_on__gte=models.F("asked_on")),
                name="involvement_said_after_asked",
                violation_error_message="The answer is dated before the question.",
            ),
            models.CheckConstraint(
                condition=Q(said_on__isnull=True) | ~Q(said=""),
                name="said_involvement_has_words",
                violation_error_message="Write down what the members said.",
            ),
            models.CheckConstraint(
                condition=Q(changed_on__isnull=True) | Q(said_on__isnull=True) | Q(changed_on__gte=models.F("said_on")),
                name="involvement_changed_after_said",
                violation_error_message="The change is dated before the members spoke.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("coproduction:involvement-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)

    @property
    def step(self) -> str:
        """How far it is: asked, said, or settled."""
        if self.outcome != self.Outcome.WAITING:
            return "settled"
        return "said" if self.said_on else "asked"

    @property
    def step_label(self) -> str:
        """Where it stands, in the words of the register."""
        if self.step == "settled":
            return str(self.get_outcome_display())
        return "Waiting for a change" if self.step == "said" else "Waiting for members"
