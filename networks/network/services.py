"""A network begun in one step: its site, its local networks and their coordinators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.vocabulary import FOUR_NATIONS, Nation
from impact.core.people import lookup
from impact.core.people.models import Person
from networks.groups.models import Group, GroupKind, Network
from networks.groups.services import add_group
from networks.members.services import appoint_coordinator
from sites.registry.models import DeliveryModel, Site
from sites.registry.services import add_site
from sites.topics.models import Topic


@dataclass(frozen=True)
class LocalNetworkInput:
    """One local network to begin; an empty name becomes "<network>, <nation>"."""

    nation: str
    name: str = ""
    place: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    coordinator_name: str = ""
    coordinator_email: str = ""


def _coordinator(by: Actor, given: LocalNetworkInput) -> Person:
    """The person who signs in with the address, or a new one. Where a known record could be meant, the row is refused."""
    email, name = given.coordinator_email, given.coordinator_name
    if not (email.strip() and name.strip()) and not (email.strip() and lookup.could_be(email)):
        raise ValidationError("A coordinator who is new to us needs a name and an email address.")
    try:
        return lookup.find_or_add(by=by, email=email, name=name, nation=given.nation)
    except ValidationError as error:
        if getattr(error, "code", "") != "which_person":
            raise
        raise ValidationError(
            f"{error.messages[0]} Leave the coordinator out here, and appoint them on the page of the local network."
        ) from None


def network_only_rows(site: Site) -> list[str]:
    """What a site has only because it is a network, in words; while there is any, it stays one."""
    if site.delivery_model != DeliveryModel.NETWORK:
        return []
    found = []
    groups = Group.objects.filter(site=site)
    if names := list(groups.values_list("name", flat=True)[:3]):
        more = groups.count() - len(names)
        found.append(f"its groups ({', '.join(names)}{f' and {more} more' if more else ''})")
    if apps.get_model("networks", "Document").objects.filter(network_id=site.pk).exists():
        found.append("its action plans as PDF")
    if site.network_explanations.exists():
        found.append("the explanations of what is missing in it")
    return found


def _begin(by: Actor, network: Network, given: LocalNetworkInput) -> Group:
    group = add_group(
        by=by,
        kind=GroupKind.LOCAL_NETWORK,
        name=given.name.strip() or f"{network.name}, {Nation(given.nation).label}",
        nation=given.nation,
        site=network,
        place=given.place.strip(),
        starts_on=given.starts_on or network.starts_on,
        ends_on=given.ends_on or network.ends_on,
        is_illustrative=network.is_illustrative,
    )
    email, name = given.coordinator_email.strip(), given.coordinator_name.strip()
    if email or name:
        appoint_coordinator(by=by, group=group, person=_coordinator(by, given))
    return group


@transaction.atomic
def start_network(
    *, by: Actor, name: str, topic: Topic, local_networks: Sequence[LocalNetworkInput], **details: Any
) -> Network:
    """Begin a network with its local networks, one or more a nation, and their coordinators. All or nothing.

    A refusal names each row that is wrong. ``details`` are the site's: host, place, summary, starts_on, ends_on.
    """
    require(by, "networks.add_group")
    if not local_networks:
        raise ValidationError("Choose a nation for at least one local network.")
    if any(row.nation not in FOUR_NATIONS for row in local_networks):
        raise ValidationError("A local network is in one of the four nations.")
    nations = {row.nation for row in local_networks}
    name = " ".join(name.split())
    site = add_site(
        by=by, name=name, delivery_model=DeliveryModel.NETWORK, topic=topic, nations=sorted(nations), **details
    )
    network = Network.objects.get(pk=site.pk)
    problems = []
    for number, row in enumerate(local_networks, start=1):
        try:
            with transaction.atomic():
                _begin(by, network, row)
        except ValidationError as error:
            problems += [f"Row {number}, {Nation(row.nation).label}: {message}" for message in error.messages]
    if problems:
        raise ValidationError(problems)
    audit.record(by, "network.started", network, local_networks=len(local_networks))
    return network
