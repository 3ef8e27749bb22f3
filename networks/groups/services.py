"""Groups, who belongs to them, and why one is outside its guard rails."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.versions import save_changes
from networks.groups.models import GROUP_DEFAULTS, Group, GroupExplanation, GroupKind, Network, NetworkExplanation
from sites.registry.models import DeliveryModel, Site


def _check_network(kind: str, site: Site | None) -> None:
    if kind == GroupKind.LOCAL_NETWORK and site is not None and site.delivery_model != DeliveryModel.NETWORK:
        raise ValidationError({"site": "A local network is part of a network. Choose a site whose model is Network."})


def _free_slug(name: str) -> str:
    base = slugify(name)[:72] or "group"
    slug, n = base, 1
    while slug == "new" or Group.objects.filter(slug=slug).exists():  # "new" is the page that starts a group
        n += 1
        slug = f"{base}-{n}"
    return slug


@transaction.atomic
def add_group(
    *, by: Actor, kind: str, name: str, nation: str, site: Site | None = None, slug: str = "", **details: Any
) -> Group:
    """Start a circle of people that meets, with the size and rhythm usual for its kind unless told otherwise."""
    require(by, "networks.add_group")
    _check_network(kind, site)
    size_min, size_max, meetings, months = GROUP_DEFAULTS[GroupKind(kind)]
    usual = {"size_min": size_min, "size_max": size_max, "meetings_planned": meetings, "months_planned": months}
    given = {key: value for key, value in details.items() if value is not None or key not in usual}
    name = " ".join(name.split())
    group = Group(kind=kind, name=name, slug=slug or _free_slug(name), nation=nation, site=site, **(usual | given))
    group.full_clean()
    group.save()
    audit.record(by, "group.added", group, kind=group.get_kind_display())
    return group


@transaction.atomic
def update_group(*, by: Actor, group: Group, expected: int | None = None, **changes: Any) -> Group:
    """Change a group's name, dates, place or settings."""
    require(by, "networks.edit_group", group)
    _check_network(changes.get("kind", group.kind), changes.get("site", group.site))
    changed = save_changes(group, changes, expected=expected)
    if changed:
        audit.record(by, "group.changed", group, fields=changed)
    return group


@transaction.atomic
def explain_nations(*, by: Actor, network: Network, reason: str) -> NetworkExplanation | None:
    """Say why a network is not in all four nations; an empty reason takes the explanation back."""
    require(by, "networks.add_group")
    reason = reason.strip()
    row = NetworkExplanation.objects.filter(network_id=network.pk).first()
    if not reason:
        if row:
            row.delete()
            audit.record(by, "network.explanation_taken_back", network)
        return None
    row = row or NetworkExplanation(network_id=network.pk)
    row.reason, row.on = reason, clock.today()
    row.full_clean()
    row.save()
    audit.record(by, "network.explained", network)
    return row


@transaction.atomic
def explain_guard(*, by: Actor, group: Group, guard: str, reason: str) -> GroupExplanation | None:
    """Say why a group is outside one of its guard rails; an empty reason takes the explanation back."""
    require(by, "networks.edit_group", group)
    if guard not in GroupExplanation.Guard.values:
        raise ValidationError({"guard": "Choose what you are explaining."})
    return keep_explanation(by, group, guard, reason.strip())


def keep_explanation(by: Actor, group: Group, guard: str, reason: str) -> GroupExplanation | None:
    """Keep an explanation, for a service that has asked for a permission of its own."""
    row = GroupExplanation.objects.filter(group=group, guard=guard).first()
    if not reason:
        if row:
            row.delete()
            audit.record(by, "group.explanation_taken_back", group, guard=guard)
        return None
    row = row or GroupExplanation(group=group, guard=guard)
    row.reason, row.on = reason, clock.today()
    row.full_clean()
    row.save()
    audit.record(by, "group.explained", group, guard=guard)
    return row
