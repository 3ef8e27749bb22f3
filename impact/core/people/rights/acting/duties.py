"""Which duties there are, who holds them, and who could rightly take them. Each app says it of its own."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import OuterRef, Q

from impact.core.access.acting.models import Duty, Sort, works_nationally
from impact.core.access.models import RoleGrant
from impact.core.access.permissions import LENDABLE, Actor
from impact.core.people.models import Person


@dataclass(frozen=True)
class Held:
    """One duty that someone holds."""

    sort: str
    label: str
    object_id: int = 0
    key: str = ""
    href: str = ""
    is_needed: bool = False  # left without anyone when they go

    @property
    def value(self) -> str:
        """How forms and the API name it."""
        return f"{self.sort}:{self.key or self.object_id}"


@dataclass(frozen=True)
class DutySort:
    """One sort of duty. ``held`` by a person; ``takers``: a filter of the people who could rightly hold it (of one, where it
    is given); ``give``: hand one over for good (None: it cannot be, and ``why`` says what to do instead); ``explain``: keep
    why one is left without anyone."""

    sort: Sort
    heading: str
    held: Callable[[Person], list[Held]]
    takers: Callable[[Person, Held | None], Q]
    give: Callable[[Actor, Person, Person, Held], None] | None = None
    explain: Callable[[Actor, Held, str], None] | None = None
    can_cover: bool = True
    why: str = ""


SORTS: dict[str, DutySort] = {}


def register(*sorts: DutySort) -> None:
    """Make sorts of duty known, once for each app."""
    SORTS.update({sort.sort.value: sort for sort in sorts})


def held_by(person: Person, *, to_cover: bool = False) -> list[tuple[DutySort, list[Held]]]:
    """What someone really holds today, by sort. What they only cover for another is not theirs to hand on."""
    kinds = [sort for sort in SORTS.values() if sort.can_cover or not to_cover]
    return [(sort, found) for sort in kinds if (found := sort.held(person))]


def people_with_accounts() -> Q:
    return Q(user__is_active=True)


def takers_of(person: Person, sorts: list[DutySort]) -> list[Person]:
    """The colleagues who could rightly hold at least one of these sorts of duty, by name."""
    if not sorts:
        return []
    wanted = Q(pk__in=[])
    for sort in sorts:
        wanted |= sort.takers(person, None)
    rows = Person.objects.filter(wanted, people_with_accounts()).exclude(pk=person.pk)
    return list(rows.select_related("user").distinct().order_by("name", "pk"))


def may_take(person: Person, helper: Person, held: Held) -> bool:
    """Whether someone could rightly hold this duty."""
    takers = SORTS[held.sort].takers(person, held)
    return Person.objects.filter(takers, people_with_accounts(), pk=helper.pk).exclude(pk=person.pk).exists()


def labels_of(person: Person, duties: list[Duty]) -> list[str]:
    """What was handed over, in words; what they no longer hold by its sort."""
    known: dict[str, str] = {}
    for sort in {duty.sort for duty in duties} & SORTS.keys():
        known |= {held.value: held.label for held in SORTS[sort].held(person)}
    return [known.get(f"{d.sort}:{d.key or d.object_id}", str(d.get_sort_display())) for d in duties]


# --- The roles of accounts -----------------------------------------------------------------------
def roles_held(person: Person) -> list[Held]:
    """The global roles of a person that a colleague can hold for them."""
    rows = RoleGrant.objects.in_force().filter(user=person.user_id, role__in=LENDABLE).order_by("role")
    return [Held(Sort.ROLE, f"The role: {row.get_role_display()}", key=row.role) for row in rows]


def national(person: Person, held: Held | None) -> Q:
    """Those who work nationally, and do not approve: approving and writing stay apart."""
    return works_nationally(OuterRef("user"))


ROLES = DutySort(
    Sort.ROLE, "Roles", roles_held, national, why="A role ends with the account. An administrator gives it to another."
)
