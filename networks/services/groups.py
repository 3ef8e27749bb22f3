"""Groups, who belongs to them, and why one is outside its guard rails."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from impact.core.basics.vocabulary import Nation
from impact.core.people import needs
from impact.core.people.accounts import invite_person
from impact.core.people.models import Invitation, Person, User
from networks.models import GROUP_DEFAULTS, Group, GroupExplanation, GroupKind, Membership, Network, NetworkExplanation
from networks.services.invitations import match_group
from sites.models import DeliveryModel, Site

PERSON_DETAILS = {"preferred_format", "preferred_language", "access_arrangements", "is_illustrative"}


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
    *, by: Any, kind: str, name: str, nation: str, site: Site | None = None, slug: str = "", **details: Any
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
def update_group(*, by: Any, group: Group, expected: int | None = None, **changes: Any) -> Group:
    """Change a group's name, dates, place or settings."""
    require(by, "networks.edit_group", group)
    _check_network(changes.get("kind", group.kind), changes.get("site", group.site))
    changed = save_changes(group, changes, expected=expected)
    if changed:
        audit.record(by, "group.changed", group, fields=changed)
    return group


def _may_bring_back(group: Group, person: Person) -> bool:
    return person.user_id is None and group.memberships.filter(person=person).exists()  # type: ignore[attr-defined]


def _new_person(by: Any, name: str, details: dict[str, Any]) -> Person:
    """A new record. Nobody is looked up: a name that somebody types opens no one's record."""
    if not name.strip():
        raise ValidationError({"name": "Enter the person's name."})
    person = Person(name=name.strip())
    for key, value in needs.marked(by, person, details).items():
        setattr(person, key, value)
    person.full_clean()
    person.save()
    audit.record(by, "person.added", person)
    return person


def check_once(group: Group, person: Person, starts_on: date) -> None:
    """Refuse a second membership over the same days."""
    clash = group.memberships.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on), person=person).first()
    if clash:
        until = f" until {day(clash.ends_on)}. Choose a later start" if clash.ends_on else ""
        raise StateConflict(f"{person.name} already belongs to this group{until}.")


@transaction.atomic
def add_member(
    *,
    by: Any,
    group: Group,
    person: Person | None = None,
    name: str = "",
    role: str = Membership.Role.MEMBER,
    perspective: str = "",
    perspective_note: str = "",
    starts_on: date | None = None,
    **details: Any,
) -> Membership:
    """Record that somebody belongs to a group, marked with who says so. Whoever has e-mail is invited instead.

    ``person`` is a record that national staff chose, or one without an account that belonged to the group before; else
    a new record is made, with ``details``: preferred_format, preferred_language, access_arrangements.
    """
    require(by, "networks.edit_group", group)
    if person is not None and not _may_bring_back(group, person):
        require(by, "core.view_people")
    if role == Membership.Role.COORDINATOR:
        raise ValidationError({"role": "A coordinator is appointed, with a day of hand-over."})
    if unknown := set(details) - PERSON_DETAILS:
        raise TypeError(f"Not details of a person: {sorted(unknown)}")
    starts_on = starts_on or clock.today()
    is_new = person is None
    if person is None:
        nation = group.nation if group.nation != Nation.UK else ""
        person = _new_person(by, name, {"nation": nation, **details})
    if group.is_local_network and role in Membership.COUNTED_ROLES and not perspective:
        raise ValidationError({"perspective": "Choose the perspective that this person brings."})
    check_once(group, person, starts_on)
    membership = Membership(
        group=group,
        person=person,
        role=role,
        perspective=perspective,
        perspective_note=perspective_note,
        starts_on=starts_on,
        recorded_by_id=by.pk if is_new or person.user_id is None else None,
    )
    membership.full_clean()
    membership.save()
    audit.record(by, "group.member_added", group, role=membership.get_role_display())
    match_group(group)
    return membership


@transaction.atomic
def end_membership(
    *, by: Any, membership: Membership, ends_on: date, reason: str = "", expected: int | None = None
) -> Membership:
    """Give a membership its last day, and why, if the person wants it kept. What they did stays."""
    require(by, "networks.edit_group", membership.group)
    if membership.role == Membership.Role.COORDINATOR:
        require(by, "networks.appoint_coordinator", membership.group)
    if membership.ends_on is not None:
        raise StateConflict(f"This membership already ends on {day(membership.ends_on)}.")
    save_changes(membership, {"ends_on": ends_on, "end_reason": reason.strip()}, expected=expected)
    audit.record(by, "group.membership_ended", membership.group, role=membership.get_role_display())
    match_group(membership.group)
    return membership


def _invite_to_account(by: Any, person: Person) -> None:
    """A coordinator works signed in, so one without an account is invited to make it, unless that is under way."""
    if person.user_id is None and person.email and has_perm(by, "core.invite_person"):
        waiting = Invitation.objects.filter(
            person=person, accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now()
        )
        if not waiting.exists() and not User.objects.filter(email=person.email).exists():
            invite_person(by=by, email=person.email, name=person.name, person=person)


@transaction.atomic
def appoint_coordinator(
    *,
    by: Any,
    group: Group,
    person: Person,
    starts_on: date | None = None,
    takes_over_from: Membership | None = None,
) -> Membership:
    """Make someone a coordinator from a day on.

    Where one coordinator is planned, whoever ran the group hands over on the day before; where several are, only the
    one named in ``takes_over_from``, and someone has to be named once their number is reached.
    """
    require(by, "networks.appoint_coordinator", group)
    starts_on = starts_on or clock.today()
    list(Group.objects.select_for_update().filter(pk=group.pk))  # two appointments at once take turns
    open_now = group.memberships.select_related("person").filter(ends_on__isnull=True)
    if open_now.filter(person=person, role=Membership.Role.COORDINATOR).exists():
        raise StateConflict(f"{person.name} already coordinates this group.")
    perspective = ""
    leaders = open_now.filter(role=Membership.Role.COORDINATOR)
    ending = leaders
    if group.leaders_planned > 1:
        ending = leaders.filter(pk=takes_over_from.pk) if takes_over_from else leaders.none()
        if leaders.count() - ending.count() >= group.leaders_planned:
            raise ValidationError(
                {"takes_over_from": f"{group.leaders_planned} coordinators are planned. Choose who hands over."}
            )
    for before in open_now.filter(Q(pk__in=ending.values("pk")) | Q(person=person)):
        if before.starts_on > starts_on:
            raise ValidationError(
                {"starts_on": f"Choose {day(before.starts_on)} or later: {before.person.name} only begins then."}
            )
        if before.person_id == person.pk:
            perspective = before.perspective
        last_day = max(before.starts_on, starts_on - timedelta(days=1))
        save_changes(before, {"ends_on": last_day}, expected=None)
    membership = Membership(
        group=group, person=person, role=Membership.Role.COORDINATOR, perspective=perspective, starts_on=starts_on
    )
    membership.full_clean()
    membership.save()
    group.__dict__.pop("_roles_of", None)
    _invite_to_account(by, person)
    audit.record(by, "group.coordinator_appointed", group, starts_on=starts_on.isoformat())
    match_group(group)
    return membership


@transaction.atomic
def explain_nations(*, by: Any, network: Network, reason: str) -> NetworkExplanation | None:
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
def explain_guard(*, by: Any, group: Group, guard: str, reason: str) -> GroupExplanation | None:
    """Say why a group is outside one of its guard rails; an empty reason takes the explanation back."""
    require(by, "networks.edit_group", group)
    if guard not in GroupExplanation.Guard.values:
        raise ValidationError({"guard": "Choose what you are explaining."})
    reason = reason.strip()
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
