"""A large synthetic estate, for measuring: the same rows every time, written in bulk."""

import random
import uuid
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.text import slugify

from impact.core.basics import clock
from impact.core.basics.vocabulary import FOUR_NATIONS, LOCAL_NETWORK_PERSPECTIVES
from impact.core.people.models import Person
from networks.groups.models import Group, GroupKind, Membership
from networks.log.models import Attendance, Contribution
from networks.meetings.models import Meeting
from networks.themes.models import Theme
from sites.registry.models import DeliveryModel, Site, SiteNation
from sites.topics.models import Topic

NETWORKS_PER_BLOCK = 25  # with a local network in each of the four nations: 100 groups
MEETINGS_PER_GROUP = 10
MEMBERS_PER_GROUP = 10
FIRST_MEETING = date(2021, 6, 1)
DAYS_BETWEEN = 64
CHUNK = 5000
THEMES = [
    f"{a} {b}"
    for a in ("Shared", "Local", "Early", "Lasting", "Open")
    for b in ("plans", "money", "trust", "time", "space", "words", "rights", "homes")
]
KINDS = Contribution.Kind.values
LEVELS = Contribution.Level.values


def build_scale(n: int) -> dict[str, int]:
    """Build the first ``n`` blocks of 100 local networks, 1,000 meetings and 10,000 attendances, where missing.

    Deterministic: block k is made from the seed k. Returns the rows that exist afterwards.
    """
    themes = _themes()
    topic, _ = Topic.objects.get_or_create(slug="synthetic-topic", defaults={"name": "Synthetic topic"})
    for block in range(n):
        if not Site.objects.filter(slug=f"synthetic-{block:04}-00").exists():
            _block(block, topic, themes)
    groups = Group.objects.filter(slug__startswith="synthetic-")
    meetings = Meeting.objects.filter(group__in=groups)
    return {
        "local networks": groups.count(),
        "meetings": meetings.count(),
        "attendances": Attendance.objects.filter(meeting__in=meetings).count(),
        "contributions": Contribution.objects.filter(meeting__in=meetings).count(),
    }


def _themes() -> list[Theme]:
    rows = [Theme(name=name, slug=slugify(name)) for name in THEMES]
    Theme.objects.bulk_create(rows, ignore_conflicts=True)
    return list(Theme.objects.filter(slug__in=[row.slug for row in rows]).order_by("slug"))


def _write(model: type[models.Model], rows: Iterable[models.Model]) -> list[Any]:
    return model._default_manager.bulk_create(list(rows), batch_size=CHUNK)


@transaction.atomic
def _block(block: int, topic: Topic, themes: list[Theme]) -> None:
    rng = random.Random(block)  # noqa: S311  invented data, not a secret
    sites = [
        Site(
            name=f"Synthetic network {block * NETWORKS_PER_BLOCK + k + 1}",
            slug=f"synthetic-{block:04}-{k:02}",
            delivery_model=DeliveryModel.NETWORK,
            topic=topic,
            status=Site.Status.ACTIVE,
            status_on=FIRST_MEETING,
            is_illustrative=True,
        )
        for k in range(NETWORKS_PER_BLOCK)
    ]
    Site.objects.bulk_create(sites)
    SiteNation.objects.bulk_create([SiteNation(site=site, nation=nation) for site in sites for nation in FOUR_NATIONS])
    groups: list[Group] = _write(
        Group,
        (
            Group(
                kind=GroupKind.LOCAL_NETWORK,
                name=f"{site.name}, {nation.label}",
                slug=f"{site.slug}-{nation.value.replace('_', '-')}",
                site=site,
                nation=nation,
                starts_on=FIRST_MEETING,
                size_min=8,
                size_max=10,
                meetings_planned=4,
                months_planned=6,
                is_illustrative=True,
            )
            for site in sites
            for nation in FOUR_NATIONS
        ),
    )
    belonging = _people(block, groups)
    meetings = _meetings(rng, groups)
    held = [m for m in meetings if m.status in Meeting.HELD]
    _write(
        Attendance,
        (
            Attendance(
                meeting=meeting,
                person_id=person_id,
                perspective=perspective,
                status=rng.choices(Attendance.Status.values, weights=[8, 1, 1])[0],
            )
            for meeting in meetings
            if meeting.status != Meeting.Status.CANCELLED
            for person_id, perspective in belonging[meeting.group_id]
        ),
    )
    _write(
        Contribution,
        (
            Contribution(
                id=uuid.UUID(int=rng.getrandbits(128), version=4),
                meeting=meeting,
                kind=rng.choices(KINDS, weights=[4, 4, 1, 2, 1])[0],
                theme=rng.choice(themes),
                level=rng.choice(LEVELS),
                perspective=rng.choice(LOCAL_NETWORK_PERSPECTIVES),
                words=f"Something that was said about {rng.choice(THEMES).lower()}, for measuring.",
                position=position,
            )
            for meeting in held
            for position in range(1, rng.randint(2, 5))
        ),
    )


def _people(block: int, groups: list[Group]) -> dict[int, list[tuple[int, str]]]:
    people = _write(
        Person,
        (
            Person(name=f"Synthetic Person {block}-{g}-{n}", nation=group.nation, is_illustrative=True)
            for g, group in enumerate(groups)
            for n in range(MEMBERS_PER_GROUP + 1)
        ),
    )
    belonging: dict[int, list[tuple[int, str]]] = {}
    memberships = []
    for i, person in enumerate(people):
        g, n = divmod(i, MEMBERS_PER_GROUP + 1)
        is_coordinator = n == MEMBERS_PER_GROUP
        perspective = "" if is_coordinator else LOCAL_NETWORK_PERSPECTIVES[n % len(LOCAL_NETWORK_PERSPECTIVES)]
        if not is_coordinator:
            belonging.setdefault(groups[g].pk, []).append((person.pk, perspective))
        memberships.append(
            Membership(
                group=groups[g],
                person=person,
                role=Membership.Role.COORDINATOR if is_coordinator else Membership.Role.MEMBER,
                perspective=perspective,
                starts_on=FIRST_MEETING - timedelta(days=30),
            )
        )
    _write(Membership, memberships)
    return belonging


def _meetings(rng: random.Random, groups: list[Group]) -> list[Meeting]:
    now = clock.now()
    rows = []
    for group in groups:
        for k in range(MEETINGS_PER_GROUP):
            day = FIRST_MEETING + timedelta(days=k * DAYS_BETWEEN + rng.randint(0, 20))
            starts_at = timezone.make_aware(datetime.combine(day, time(10 + rng.randint(0, 5))))
            is_over = starts_at + timedelta(hours=2) < now
            chance = rng.random()
            status = Meeting.Status.PLANNED
            if is_over:
                status = Meeting.Status.COMPLETE
                if (now - starts_at).days < 150 and chance < 0.4:
                    status = Meeting.Status.LOGGED if chance < 0.25 else Meeting.Status.PLANNED
                elif chance > 0.98:
                    status = Meeting.Status.CANCELLED
            is_held = status in Meeting.HELD
            rows.append(
                Meeting(
                    group=group,
                    number=k + 1,
                    title=f"Meeting {k + 1}",
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(hours=2),
                    announced_at=starts_at - timedelta(days=42),
                    mode=rng.choice(Meeting.Mode.values),
                    status=status,
                    status_reason="Too few people could come." if status == Meeting.Status.CANCELLED else "",
                    logged_at=starts_at + timedelta(days=1) if is_held else None,
                    is_illustrative=True,
                )
            )
    return _write(Meeting, rows)
