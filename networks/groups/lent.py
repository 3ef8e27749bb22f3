"""Memberships through which someone acts for another: cover of a coordinator, and supporters of members."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, F, Q

from impact.core.access.acting.models import Duty, Sort, acts_for_someone, running, works_nationally
from impact.core.access.permissions import AS_SUPPORTER, LentRole, Role
from impact.core.basics import clock


def _current(today: date) -> Q:
    return Q(Q(ends_on__isnull=True) | Q(ends_on__gte=today), starts_on__lte=today)


WRITING: tuple[str, ...] = (Sort.WORDS, Sort.CLAIMS)
READING: tuple[str, ...] = (Sort.PAPERS, *WRITING)  # a supporter who writes for someone reads what they write about


class LentMemberships(models.QuerySet[Any]):
    """What people lend of their memberships. Each is one query, and none for someone who acts for no one."""

    def _do_such_work(self, **whose: Any) -> Any:
        """Memberships of today of those who could rightly take on a group: they coordinate, or are in the circle."""
        in_circle = Q(group__kind="coordinators") & ~Q(role="supporter")
        rows = self.model._default_manager.filter(_current(clock.today()), **whose)
        return rows.filter(Q(role=Role.COORDINATOR) | in_circle)

    def _may_cover(self, user: Any) -> Q:
        """Whether an account still does such work itself. Once it does not, cover has ended, even if no one ended it."""
        return Q(Exists(self._do_such_work(person__user_id=user.pk))) | works_nationally(user.pk)

    def covered_by(self, user: Any) -> Any:
        """Memberships of coordinators for whom an account covers today. None: it acts for no one.

        The coordinator's own membership is asked for, so cover ends with it, and what is covered cannot be handed on.
        """
        return self.lent_to(user, scopes=())

    def lent_to(self, user: Any, *, covers: bool = True, scopes: tuple[str, ...] = READING) -> Any:
        """Memberships through which an account acts for others today: of coordinators for whom it covers, and of members
        who let it do one of ``scopes``. None: it acts for no one.
        """
        if not acts_for_someone(user):
            return None
        cover = Q(
            role=Role.COORDINATOR,
            person__user__is_active=True,
            person__acted_for__duties__sort=Sort.COORDINATE,
            person__acted_for__duties__object_id=F("group_id"),
        )
        cover &= self._may_cover(user)
        support = ~Q(role=Role.COORDINATOR) & Q(person__acted_for__duties__sort__in=scopes)
        return self.filter(_current(clock.today())).filter(
            (cover | support) if covers else support,
            running("person__acted_for__"),
            person__acted_for__helper__user_id=user.pk,
        )

    def who_runs(self) -> list[tuple[Any, int]]:
        """The coordinators among these memberships and those who cover for them today, each with a group's id."""
        rows = self.filter(role=Role.COORDINATOR).select_related("person__user")
        found = [(row.person, row.group_id) for row in rows]
        pairs = {(person.pk, group) for person, group in found}
        helpers = Duty.objects.helpers(Sort.COORDINATE, {group for _person, group in found})
        for helper, person, group in helpers:
            if (person, group) in pairs and (helper.pk, group) not in pairs and self._still_may(helper):
                found.append((helper, group))
        return found

    def _still_may(self, helper: Any) -> bool:
        return bool(type(helper)._default_manager.filter(self._may_cover(helper.user), pk=helper.pk).exists())


def roles_in(rows: list[tuple[str, int, int]]) -> frozenset[str]:
    """COORDINATOR and MEMBER, from rows of (role in the group, for whom, by which row). Zeros: for themselves.

    A coordinator also belongs to the group; someone who covers for one does not, and a supporter only where they may write.
    """
    own = {role for role, person, _acting in rows if not person}
    found: dict[str, str] = {Role.MEMBER: Role.MEMBER} if own else {}
    if Role.COORDINATOR in own:
        found[Role.COORDINATOR] = Role.COORDINATOR
    for role, person, acting in rows:
        if person and role == Role.COORDINATOR:
            found.setdefault(Role.COORDINATOR, LentRole(Role.COORDINATOR, person=person, acting=acting))
        elif person:
            found.setdefault(Role.MEMBER, LentRole(Role.MEMBER, person=person, acting=acting, only=AS_SUPPORTER))
    return frozenset(found.values())
