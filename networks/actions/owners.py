"""Who does an action: a member, the holder of a role in the group, or, as the last choice, free words."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from impact.core.basics import clock
from impact.core.people.models import Person
from networks.actions.models import Action
from networks.groups.models import Group, Membership

ROLES = (Membership.Role.COORDINATOR, Membership.Role.CHAIR, Membership.Role.VICE_CHAIR)


@dataclass(frozen=True)
class Owner:
    """Who does an action. ``label`` is how the form writes it."""

    label: str
    person: Person | None = None
    role: str = ""

    @property
    def fields(self) -> dict[str, Any]:
        """What an action keeps of it."""
        return {
            "owner": self.label,
            "owner_person_id": self.person.pk if self.person else None,
            "owner_role": self.role,
        }


def owners_of(group: Group) -> list[Owner]:
    """Everyone who could take on an action of a group, members by name and then roles. Namesakes are told apart."""
    belonging = Membership.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=clock.today()), group=group)
    rows = list(belonging.select_related("person").order_by("person__name", "pk"))
    names = Counter(row.person.name.casefold() for row in rows)
    labels: Counter[str] = Counter()
    found = []
    for row in rows:
        label = row.person.name
        if names[label.casefold()] > 1:
            label = f"{label} ({(row.get_perspective_display() or row.get_role_display()).lower()})"
        labels[label.casefold()] += 1
        if labels[label.casefold()] > 1:
            label = f"{label} {labels[label.casefold()]}"
        found.append(Owner(label[:120], row.person))
    return found + [Owner(str(role.label), role=role.value) for role in ROLES if any(row.role == role for row in rows)]


def find_owner(text: str, owners: list[Owner], now: Action | None = None) -> Owner:
    """The owner that someone typed or chose. Words that did not change keep whom they meant; free words name no one."""
    text = " ".join(text.split())
    if now is not None and text == now.owner:
        return Owner(now.owner, now.owner_person, now.owner_role)
    wanted = text.casefold()
    for owner in owners:
        if owner.label.casefold() == wanted:
            return owner
    if text and sum(bool(owner.person and owner.person.name.casefold() == wanted) for owner in owners) > 1:
        alike = [owner.label for owner in owners if owner.person and owner.person.name.casefold() == wanted]
        raise ValidationError({"owner": f"Choose which one you mean: {' or '.join(alike)}."})
    return Owner(text)
