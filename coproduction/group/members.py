"""Who decides in a group, and on whose behalf someone may record a position or suggestion."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from coproduction.group.models import SupportLink
from impact.core.access.acting import noting
from impact.core.access.acting.models import holders
from impact.core.access.permissions import GRANTS, Actor, has_perm, require
from impact.core.basics import clock
from impact.core.people.models import Person, User
from networks.groups.models import Group, Membership


def say_day(day: date) -> str:
    """A date as "24 July 2022", for messages and the record of changes."""
    return f"{day.day} {day:%B %Y}"


def require_past_day(on: date | None, field: str) -> date:
    """The day something happened: today unless told, and never in the future."""
    day = on or clock.today()
    if day > clock.today():
        raise ValidationError({field: "Date cannot be in the future. Enter today or an earlier date."})
    return day


def resolve_member(
    by: Actor,
    group: Group,
    person: Person | None,
    on: date,
    permission: str = "coproduction.record_for_member",
    *,
    is_position: bool = False,
) -> Person:
    """Return the member being recorded: the actor, or a member on whose behalf the actor may write.

    Besides a member's supporter, those with ``permission`` may write for any member. What a supporter writes is recorded
    as done for the member. ``is_position``: whether they agree, which not every supporter writes down.
    """
    if person is None:
        person = Person.objects.filter(user_id=by.pk, user__isnull=False).first()
    elif person.user_id is None or person.user_id != by.pk:
        link = _links_of(by, group, person, on, is_position=is_position).first()
        if link is not None:
            noting.note(by, person.pk, link.acting_id)
        else:
            require(by, permission, group)
    if person is None or not deciding_members(group, on).filter(person=person).exists():
        raise ValidationError("Only people who are members of this group on that day can speak here. Choose a member.")
    return person


def _links_of(
    by: Actor, group: Group, member: Person, on: date | None = None, *, is_position: bool = False
) -> models.QuerySet[SupportLink]:
    links = SupportLink.objects.in_force(on).filter(group=group, member=member)
    links = links.filter(supporter__user_id=by.pk, supporter__user__isnull=False)
    return links.who_take_positions() if is_position else links


def supports(by: Actor, group: Group, member: Person, on: date | None = None, *, is_position: bool = False) -> bool:
    """Whether ``by`` writes things down for this member, at the member's own wish."""
    return by.pk is not None and _links_of(by, group, member, on, is_position=is_position).exists()


# Whose word counts in an agreement: members, their chair and vice-chair. Coordinators run it and supporters help someone else.
DECIDING_ROLES = [Membership.Role.MEMBER, Membership.Role.CHAIR, Membership.Role.VICE_CHAIR]


def deciding_members(group: Group, on: date | None = None) -> models.QuerySet[Membership]:
    """The memberships of those who agree a group's charter, on a day (today by default)."""
    return Membership.objects.current(on).filter(group=group, role__in=DECIDING_ROLES)


def members_among(people: Collection[int], group: int | None = None) -> set[int]:
    """Which of these people decide in a group with a charter today; with ``group``, in that one."""
    rows = Membership.objects.current().filter(
        group__charter__isnull=False, role__in=DECIDING_ROLES, person__in=list(people)
    )
    return set((rows.filter(group=group) if group is not None else rows).values_list("person", flat=True))


def people_with(roles: Iterable[str]) -> models.QuerySet[Person]:
    """The people whose accounts hold one of these roles today, for themselves or for a colleague."""
    accounts = User.objects.filter(holders(roles), is_active=True)
    return Person.objects.filter(user__in=accounts.values("pk"))


def holders_of(permission: str) -> models.QuerySet[User]:
    """The accounts that hold a permission everywhere, by a global role of their own or one that they cover."""
    return User.objects.filter(holders(GRANTS[permission]), is_active=True)


def groups_seen_by(user: Any) -> Any:
    """Groups whose co-production papers a user may read."""
    return Group.objects.all() if has_perm(user, "coproduction.view_all") else Group.objects.visible_to(user)


def groups_named_to(user: Any) -> models.QuerySet[Group]:
    """Groups whose members' words and exact numbers a user may read: their own, or all for the engagement lead."""
    if has_perm(user, "coproduction.view_names"):
        return Group.objects.all()
    return Group.objects.filter(pk__in=Membership.objects.current().filter(person__user_id=user.pk).values("group_id"))
