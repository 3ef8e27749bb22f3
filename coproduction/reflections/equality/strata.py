"""Whom a round asks, and in which stratum each counts: one kind of group and one nation, never of few people."""

from collections import Counter
from collections.abc import Collection, Mapping

from django.core.exceptions import ValidationError

from impact.core.basics.vocabulary import Nation
from networks.groups.models import Group, GroupKind, Membership

SMALLEST_STRATUM = 10  # of people asked: an answer is kept with its stratum, so a small one would say whose it is
SEVERAL = ":"  # the stratum of those for whom no other is large enough


def people_asked(kinds: Collection[str]) -> dict[int, str]:
    """Person → "kind:nation" for everyone who belongs to a running group of these kinds today.

    Each person counts once: under the first kind of GroupKind's order, and there in the group that was added first.
    """
    rows = Membership.objects.counted().filter(group__kind__in=kinds, group__in=Group.objects.running().values("pk"))
    order = list(GroupKind.values)
    found = sorted(
        rows.order_by().values_list("group__kind", "group_id", "group__nation", "person_id"),
        key=lambda row: (order.index(row[0]), row[1]),
    )
    places: dict[int, str] = {}
    for kind, _group, nation, person in found:
        places.setdefault(person, f"{kind}:{nation}")
    return places


def put_in_strata(places: Mapping[int, str]) -> dict[int, str]:
    """The same people with strata of ``SMALLEST_STRATUM`` people or more: small ones of a kind go together, and what is
    still small goes with those of other kinds. Raises ValidationError where all of them are too few."""
    if len(places) < SMALLEST_STRATUM:
        raise ValidationError(
            f"Fewer than {SMALLEST_STRATUM} people would be asked, and their answers could give them away. "
            "Choose more kinds of group."
        )
    strata = dict(places)
    for shorter in (lambda key: f"{key.partition(':')[0]}:", lambda _key: SEVERAL):
        sizes = Counter(strata.values())
        strata = {person: key if sizes[key] >= SMALLEST_STRATUM else shorter(key) for person, key in strata.items()}
    sizes = Counter(strata.values())
    while 0 < sizes[SEVERAL] < SMALLEST_STRATUM:
        smallest = min((key for key in sizes if key != SEVERAL), key=lambda key: (sizes[key], key))
        strata = {person: SEVERAL if key == smallest else key for person, key in strata.items()}
        sizes = Counter(strata.values())
    return strata


def label_of(key: str) -> str:
    """A stratum in words."""
    kind, _colon, nation = key.partition(":")
    where = Nation(nation).label if nation else "several nations"
    return f"{GroupKind(kind).label if kind else 'Groups of several kinds'}, {where}"
