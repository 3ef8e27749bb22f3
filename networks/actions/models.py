"""What someone will do, from what was said to what came of it, and who does it."""

import uuid
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.urls import reverse
from django.utils import timezone

from impact.core.access.permissions import SYSTEM, has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Forever, NotPersonal, Part, Personal
from impact.core.people.models import Person, User
from networks.groups.models import Group, Membership
from networks.meetings.models import Meeting


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, user: Any) -> "ActionQuerySet":
        """Actions of groups that the user may see; those in a log still being written only to those who keep it."""
        rows = self.filter(group__in=Group.objects.visible_to(user))
        if has_perm(user, "networks.log_meeting"):
            return rows
        own = Group.objects.permitted(user, "networks.log_meeting")
        return rows.filter(Action.IS_COUNTED | Q(group__in=own))

    def counted(self) -> "ActionQuerySet":
        """What counts as an action wherever a number of them is shown: not those of a log still being written."""
        return self.filter(Action.IS_COUNTED)

    def search(self, q: str, reader: Any = None) -> "ActionQuerySet":
        """Actions by their words or owner; members by name only for a ``reader`` who may see them."""
        if not q:
            return self
        free = Q(owner__icontains=q, owner_person__isnull=True)
        seen = Q(pk__in=[])
        if reader is not None:
            groups = Group.objects.permitted(reader, "networks.view_people").values("pk")
            seen = Q(owner_person__name__icontains=q, group__in=groups)
        return self.filter(Q(what__icontains=q) | free | seen)

    def named(self, reader: Any = SYSTEM, *, for_print: bool = False) -> "ActionQuerySet":
        """With what ``owner_label`` needs: full names for those who may see people, first names inside the group.

        A document is read by members too (``for_print``), so it names people as members see them.
        """
        holder = (
            Membership.objects.current()
            .filter(group=OuterRef("group"), role=OuterRef("owner_role"))
            .order_by("-starts_on")
            .values("person__name")[:1]
        )
        seen: Any = Value("first" if for_print else "name")
        if not for_print and not has_perm(reader, "networks.view_people"):
            full = Group.objects.permitted(reader, "networks.view_people").values("pk")
            inside = Membership.objects.current().filter(person__user_id=reader.pk).values("group_id")
            seen = Case(
                When(group__in=full, then=Value("name")),
                When(group__in=inside, then=Value("first")),
                default=Value("role"),
            )
        return self.select_related("owner_person").annotate(owner_holder=Subquery(holder), owner_seen=seen)

    def overdue(self, on: date | None = None) -> "ActionQuerySet":
        """Open actions whose due date is before ``on`` (today by default). Those of an unfinished log do not count."""
        return self.counted().filter(status=Action.Status.OPEN, due_on__lt=on or clock.today())


# Those without a day come last: left to itself, each database has a place of its own for them.
SOONEST = F("due_on").asc(nulls_last=True)


class Action(models.Model):
    """Something someone will do, traced to what was said (rule 13)."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"

    IS_COUNTED = Q(meeting__isnull=True) | ~Q(meeting__status=Meeting.Status.PLANNED)

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="actions")
    meeting = models.ForeignKey(Meeting, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions")
    contribution = models.ForeignKey(
        "networks.Contribution", null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="Made by the sender.")
    what = models.CharField(max_length=400)
    owner = models.CharField(max_length=120, blank=True, help_text="Who does it, as it was written down.")
    owner_person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    owner_role = models.CharField(
        max_length=20, choices=Membership.Role, blank=True, help_text="The role whose holder does it."
    )
    due_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.OPEN)
    outcome = models.CharField(max_length=400, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    privacy = Personal(
        part=Part.MEETINGS,
        heading="Actions that are yours",
        of=("owner_person",),
        shown=("group", "what", "due_on", "status", "outcome", "closed_on"),
        withheld={"owner": "Your name as it was written down."},
        on_erasure=Blank(("owner_person",), renamed=("owner",)),
        keep=Forever("What a group set out to do is its record."),
    )

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = [SOONEST, "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open") | Q(closed_on__isnull=False), name="closed_action_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(status="dropped") | ~Q(outcome=""),
                name="dropped_action_has_a_reason",
                violation_error_message="Say why the action was dropped.",
            ),
        ]

    def __str__(self) -> str:
        return self.what

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)

    def get_absolute_url(self) -> str:
        return reverse("networks:action-detail", args=[self.pk])

    @property
    def owner_label(self) -> str:
        """Who does it, as far as the reader of ``named`` may know: a full name, a first name, or only the role."""
        if not (self.owner_person_id or self.owner_role):
            return self.owner
        role = str(Membership.Role(self.owner_role).label) if self.owner_role else "Member"
        seen = getattr(self, "owner_seen", "role")
        name = self.owner_person.name if self.owner_person else getattr(self, "owner_holder", None)
        if seen == "role" or not name:
            return role
        shown = name if seen == "name" else name.split()[0]
        return f"{shown} ({role.lower()})" if self.owner_role else shown

    @property
    def is_overdue(self) -> bool:
        return bool(self.status == self.Status.OPEN and self.due_on and self.due_on < clock.today())


class ActionProgress(models.Model):
    """How far an action had come on a day, in a sentence."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="progress")
    words = models.CharField(max_length=400)
    on = models.DateField(default=clock.today)
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    privacy = NotPersonal("How far an action had come.", recorders=("recorded_by",), may_name_people=True)

    class Meta:
        ordering = ["-on", "-pk"]

    def __str__(self) -> str:
        return self.words
