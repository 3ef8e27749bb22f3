"""Every write about organisations, topics, sites and their parts. Rosters are in roster.py, calls in rounds.py."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict, reject_unknown, save_changes
from impact.core.basics.vocabulary import Nation
from impact.core.basics.words.slugs import free_slug
from impact.core.people.models import Person
from sites.organisations.models import Organisation
from sites.registry.models import (
    MODEL_FIELDS,
    OF_ONE_MODEL,
    DeliveryModel,
    OrganisationPart,
    Site,
    SiteNation,
    SiteRole,
    StatusChange,
)
from sites.topics.models import Topic

_ABOUT = {"name", "delivery_model", "topic", "host", "place", "summary", "starts_on", "ends_on"}
SITE_FIELDS = frozenset(_ABOUT | {"origin", "origin_note", "unit_name", "region"} | OF_ONE_MODEL)


@transaction.atomic
def add_part(
    *, by: Actor, organisation: Organisation, part: str, site: Site | None = None, note: str = ""
) -> OrganisationPart:
    """Record a part that an organisation plays: at a site, or (without one) for the centre as a whole."""
    if site is None:
        require(by, "sites.edit_organisation")
    else:
        require(by, "sites.edit_site", site)
    row = OrganisationPart(organisation=organisation, site=site, part=part, note=note.strip())
    label = OrganisationPart.Part(part).label.lower()
    if OrganisationPart.objects.filter(organisation=organisation, site=site, part=part).exists():
        raise ValidationError(f"{organisation} is already recorded as a {label} here.")
    row.full_clean()
    row.save()
    audit.record(by, "part.added", site or organisation, part=part)
    return row


@transaction.atomic
def remove_part(*, by: Actor, part: OrganisationPart) -> None:
    """Remove an organisation's role that was a mistake or has ended; the audit trail keeps it."""
    if part.site is None:
        require(by, "sites.edit_organisation")
    else:
        require(by, "sites.edit_site", part.site)
    audit.record(by, "part.removed", part.site or part.organisation, part=part.part)
    part.delete()


# --- Sites ---------------------------------------------------------------------------------------
def _set_nations(site: Site, nations: Iterable[str]) -> bool:
    """Make ``nations`` the nations of a site. Whether that changed anything."""
    wanted = set(nations)
    if not wanted:
        raise ValidationError({"nations": "Choose at least one nation."})
    if Nation.UK in wanted and len(wanted) > 1:
        raise ValidationError({"nations": "Choose either UK-wide, or the nations one by one."})
    if unknown := wanted - set(Nation.values):
        raise ValidationError({"nations": f"Not a nation: {', '.join(sorted(unknown))}."})
    before = set(site.nations.values_list("nation", flat=True))
    site.nations.filter(nation__in=before - wanted).delete()
    SiteNation.objects.bulk_create(SiteNation(site=site, nation=nation) for nation in sorted(wanted - before))
    return before != wanted


def _check_details(model: str, given: Mapping[str, Any]) -> None:
    """Refuse what only sites of another delivery model have."""
    for name in sorted(OF_ONE_MODEL & {name for name, value in given.items() if value}):
        of = next(key for key, names in MODEL_FIELDS.items() if name in names)
        if model != of:
            raise ValidationError({name: f"Only a {DeliveryModel(of).label} has this. Leave it empty."})


def _check_region(site: Site) -> None:
    """A region is part of England, so a site that does not work there has none."""
    if site.region and not site.nations.filter(nation=Nation.ENGLAND).exists():
        raise ValidationError({"region": "Only a site in England has a region. Leave it empty, or choose England."})


@transaction.atomic
def add_site(
    *,
    by: Actor,
    name: str,
    delivery_model: str,
    topic: Topic,
    nations: Iterable[str],
    proposed_on: date | None = None,
    slug: str = "",
    is_illustrative: bool = False,
    **details: Any,
) -> Site:
    """Propose a site: one project under one delivery model, in one or more nations. For staff."""
    require(by, "sites.add_site")
    reject_unknown(details, SITE_FIELDS)
    name, on = name.strip(), proposed_on or clock.today()
    site = Site(
        name=name,
        slug=slug or free_slug(Site, name),
        delivery_model=delivery_model,
        topic=topic,
        status_on=on,
        is_illustrative=is_illustrative,
        **details,
    )
    _check_details(delivery_model, details)
    site.full_clean()
    site.save()
    _set_nations(site, nations)
    _check_region(site)
    StatusChange.objects.create(site=site, status=site.status, on=on)
    audit.record(by, "site.added", site, delivery_model=delivery_model)
    return site


# What each app says of rows that exist only because of a site's delivery model, for example "4 local networks".
_needs_model: list[Callable[[Site], list[str]]] = []


def register_model_guard(rows: Callable[[Site], list[str]]) -> None:
    """Register a function that lists a site's rows that depend on its delivery model and so prevent changing it."""
    _needs_model.append(rows)


# What apps above this one show on a site's page: a function of the reader and the site, to a title, a link and rows.
_blocks: list[Callable[[Any, Site], dict[str, Any] | None]] = []


def register_block(block: Callable[[Any, Site], dict[str, Any] | None]) -> None:
    """Register a function that gives a block of a site's page: title, id, href, link and rows, each with title, href, key,
    label and note; None where this reader has nothing to see."""
    _blocks.append(block)


def blocks_for(user: Any, site: Site) -> list[dict[str, Any]]:
    """What other apps tell of a site to this reader."""
    return [found for block in _blocks if (found := block(user, site)) is not None]


def _check_model(by: Actor, site: Site, changes: Mapping[str, Any]) -> None:
    """Leave the delivery model to national staff, and keep it while anything depends on it."""
    if changes.get("delivery_model", site.delivery_model) == site.delivery_model:
        return
    require(by, "sites.change_model", site)
    in_the_way = [words for rows in _needs_model for words in rows(site)]
    if in_the_way:
        raise ValidationError(
            {
                "delivery_model": f"It stays {site.get_delivery_model_display()}, because these depend on it: "
                f"{'; '.join(in_the_way)}. Move or remove them first."
            }
        )


@transaction.atomic
def update_site(
    *, by: Actor, site: Site, expected: int | None = None, nations: Iterable[str] | None = None, **changes: Any
) -> Site:
    """Change what is recorded about a site, for its team and staff; its delivery model, for staff.

    Its status changes by ``change_status``.
    """
    require(by, "sites.edit_site", site)
    reject_unknown(changes, SITE_FIELDS)
    _check_model(by, site, changes)
    given = {name: value for name, value in changes.items() if getattr(site, name) != value}
    _check_details(given.get("delivery_model", site.delivery_model), given)
    changed = save_changes(site, changes, expected=expected)
    if nations is not None and _set_nations(site, nations):
        if not changed:  # the nations are rows of their own, so the version moves on here
            seen = site.version if expected is None else expected
            if not Site.objects.filter(pk=site.pk, version=seen).update(version=seen + 1):
                raise Conflict(Site.objects.get(pk=site.pk))
            site.version = seen + 1
        changed.append("nations")
    _check_region(site)
    if changed:
        audit.record(by, "site.changed", site, fields=changed)
    return site


_STEPS = [Site.Status.PROPOSED, Site.Status.SETTING_UP, Site.Status.ACTIVE, Site.Status.COMPLETED]


def needs_reason(site: Site, status: str) -> bool:
    """Whether a change to ``status`` must be explained: a pause, or a step back from where the site already was."""
    if status == Site.Status.PAUSED:
        return True
    reached = [
        _STEPS.index(Site.Status(s)) for s in site.status_changes.values_list("status", flat=True) if s in _STEPS
    ]
    return _STEPS.index(Site.Status(status)) < max(reached, default=0)


@transaction.atomic
def change_status(
    *, by: Actor, site: Site, status: str, on: date | None = None, reason: str = "", expected: int | None = None
) -> Site:
    """Move a site one step in its life and keep the step for the record. For staff."""
    require(by, "sites.change_status", site)
    site = Site.objects.select_for_update().get(pk=site.pk)
    on, reason = on or clock.today(), reason.strip()
    allowed = Site.NEXT_STATUSES[Site.Status(site.status)]
    if status not in allowed:
        listed = " or ".join(f"“{choice.label}”" for choice in allowed)
        raise ValidationError(
            {"status": f"This site is {site.get_status_display().lower()}. It can change to {listed}."}
            if allowed
            else {"status": "This site is completed, and that is final. Add a new site if work starts again."}
        )
    if on > clock.today():
        raise ValidationError({"on": "This date is in the future. Come back on the day, or enter an earlier date."})
    if on < site.status_on:
        raise ValidationError(
            {"on": f"The last change was on a later date ({day(site.status_on)}). Enter that or a later one."}
        )
    if not reason and needs_reason(site, status):
        raise ValidationError({"reason": "Say why the status is changing."})
    before = site.status
    save_changes(site, {"status": status, "status_on": on, "status_reason": reason}, expected=expected)
    StatusChange.objects.create(site=site, status=status, on=on, reason=reason)
    audit.record(by, "status.changed", site, before=before, after=status, on=on.isoformat())
    return site


# --- People in roles -----------------------------------------------------------------------------
@transaction.atomic
def add_role(*, by: Actor, site: Site, kind: str, employer: Organisation | None = None) -> SiteRole:
    """Plan a post at a site, for staff; advertising and appointing come next."""
    require(by, "sites.appoint_to_role", site)
    role = SiteRole(site=site, kind=kind, employer=employer)
    role.full_clean()
    role.save()
    audit.record(by, "role.planned", site, kind=kind)
    return role


@transaction.atomic
def advertise_role(*, by: Actor, role: SiteRole) -> SiteRole:
    """Record that a planned post is now advertised."""
    require(by, "sites.appoint_to_role", role.site)
    role = SiteRole.objects.select_for_update().select_related("site").get(pk=role.pk)
    if role.state != SiteRole.State.PLANNED:
        raise ValidationError(f"This post is already {role.get_state_display().lower()}.")
    role.state = SiteRole.State.ADVERTISED
    role.full_clean()
    role.save(update_fields=["state"])
    audit.record(by, "role.advertised", role.site, kind=role.kind)
    return role


@transaction.atomic
def appoint_to_role(
    *,
    by: Actor,
    role: SiteRole,
    person: Person,
    starts_on: date,
    has_lived_experience: bool = False,
    has_practice_experience: bool = False,
) -> SiteRole:
    """Put a person into a post. From that day on they may see and edit the site."""
    require(by, "sites.appoint_to_role", role.site)
    role = SiteRole.objects.select_for_update().select_related("site").get(pk=role.pk)
    if role.state == SiteRole.State.APPOINTED:
        raise ValidationError("Someone has already been appointed to this post. Plan another post for a second person.")
    role.state, role.person, role.starts_on = SiteRole.State.APPOINTED, person, starts_on
    role.has_lived_experience, role.has_practice_experience = has_lived_experience, has_practice_experience
    role.full_clean()
    role.save()
    audit.record(by, "role.appointed", role.site, kind=role.kind, starts_on=starts_on.isoformat())
    return role


@transaction.atomic
def end_role(*, by: Actor, role: SiteRole, ends_on: date) -> SiteRole:
    """Record someone's last day in a post. After it they no longer see the site's inside."""
    require(by, "sites.appoint_to_role", role.site)
    role = SiteRole.objects.select_for_update().select_related("site").get(pk=role.pk)
    if role.state != SiteRole.State.APPOINTED:
        raise ValidationError("No one has been appointed to this post yet.")
    if role.starts_on and ends_on < role.starts_on:
        raise ValidationError({"ends_on": "This is before the first day in the post. Enter a later date."})
    role.ends_on = ends_on
    role.full_clean()
    role.save(update_fields=["ends_on"])
    audit.record(by, "role.ended", role.site, kind=role.kind, ends_on=ends_on.isoformat())
    return role
