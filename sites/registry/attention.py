"""What someone should do next about a site: the items of ``<c-attention>`` on its page, most pressing first."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.people.lookup import Place
from impact.core.people.models import Person
from impact.core.people.rights.acting.leaving import Ends
from sites.progress.delivery.models import Commitment, Milestone
from sites.progress.units.models import QUIET_DAYS, UnitChange
from sites.progress.units.roster import RosterRow
from sites.registry.caseload.queries import overdue_posts, posts_for
from sites.registry.models import Site, SiteRole
from sites.updates.models import Update

QUIET_AFTER = timedelta(days=90)
FEW = 4  # of one sort on the first page; the rest are a link away


def _item(tone: str, title: str, detail: str, href: str) -> dict[str, str]:
    return {"tone": tone, "title": title, "detail": detail, "href": href}


def _lateness(milestone: Milestone, on: date) -> str:
    """How late a milestone is, and what to do about it."""
    planned, expected = f"It was planned for {day(milestone.planned_on)}", milestone.expected_on
    if expected is None:
        return f"{planned} and is {milestone.slippage_in_words(on)}. Say when you expect it, or mark it complete."
    if expected < on:
        return f"{planned} and expected on {day(expected)}. Enter a new expected date, or mark it complete."
    return f"{planned} and is now expected on {day(expected)}, {milestone.slippage_in_words(on)}."


def _promise(commitment: Commitment, on: date) -> dict[str, str]:
    """An overdue commitment: whose it is, what it says and since when."""
    days = (on - commitment.due_on).days if commitment.due_on else 0
    detail = f"It was due on {day(commitment.due_on)}, {days} day{'' if days == 1 else 's'} ago. Record how it ended."
    href = reverse("sites:commitment-settle", args=[commitment.site.slug, commitment.pk])
    return _item("red", f"{commitment.get_side_display()} promised: {commitment.text}", detail, href)


def overdue_commitments(user: Any) -> list[dict[str, str]]:
    """Items for the first page of those who may settle commitments: those overdue, the longest first."""
    sites = Site.objects.all() if has_perm(user, "sites.edit_site") else Site.objects.worked_at_by(user)
    rows = Commitment.objects.filter(site__in=sites).overdue(clock.today()).select_related("site")
    items = []
    for commitment in rows.order_by("due_on", "pk")[:FEW]:
        item = _promise(commitment, clock.today())
        items.append(item | {"tone": "yellow", "detail": f"{commitment.site}. {item['detail']}"})
    more = rows.count() - len(items)
    if more > 0:
        title = f"{more} more overdue commitment{'' if more == 1 else 's'}"
        items.append(_item("grey", title, "", reverse("sites:commitment-list") + "?state=overdue"))
    return items


def overdue_supervision(user: Any) -> list[dict[str, str]]:
    """One item for the first page of those who supervise: how many posts wait for supervision."""
    if not has_perm(user, "sites.supervise"):
        return []
    number = overdue_posts(posts_for(user), clock.today()).count()
    if not number:
        return []
    title = f"Supervision is overdue for {number} post{'' if number == 1 else 's'}"
    detail = "Plan a date, or record that it was held."
    return [_item("yellow", title, detail, reverse("sites:caseload") + "?overdue=on")]


def _posts(site: Site, roles: Iterable[SiteRole], can: dict[str, bool]) -> list[dict[str, str]]:
    if not can["appoint"]:
        return []
    items = []
    for role in roles:
        post = role.get_kind_display().lower()
        if role.state == SiteRole.State.PLANNED:
            items.append(_item("blue", f"Advertise the {post} post", "It is planned but not advertised.", "#people"))
        elif role.state == SiteRole.State.ADVERTISED:
            href = reverse("sites:role-appoint", args=[site.slug, role.pk])
            items.append(_item("blue", f"Appoint the {post}", "The post is advertised.", href))
    if not roles:
        href = reverse("sites:role-add", args=[site.slug])
        items.append(_item("blue", "Plan the posts", "No one works on this site yet.", href))
    return items


def for_site(
    site: Site,
    *,
    on: date,
    can: dict[str, bool],
    roles: list[SiteRole],
    milestones: list[Milestone],
    commitments: list[Commitment],
    missing: list[str],
    check: dict[str, Any],
    updates: list[Update],
    roster: list[RosterRow],
    quiet: int = 0,
) -> list[dict[str, str]]:
    """What is left to do at one site, as far as the reader may do it. Rows are those that the page shows anyway.

    ``quiet``: how many units had no contact for QUIET_DAYS. ``missing``: what a site of its model still lacks. ``check``:
    its co-production check.
    """
    items = []
    slug = [site.slug]
    if can["edit"]:
        for milestone in milestones:
            if milestone.is_overdue(on):
                href = reverse("sites:milestone-edit", args=[site.slug, milestone.pk])
                items.append(_item("red", f"Overdue: {milestone.title}", _lateness(milestone, on), href))
        items += [_promise(commitment, on) for commitment in commitments if commitment.is_overdue(on)]
    if can["status"]:
        status = reverse("sites:status", args=slug)
        if site.status == Site.Status.PROPOSED:
            items.append(
                _item("blue", "Decide whether to set this site up", f"Proposed on {day(site.status_on)}.", status)
            )
        elif site.status == Site.Status.PAUSED:
            items.append(
                _item("yellow", "Decide whether to start again", f"Paused since {day(site.status_on)}.", status)
            )
        elif site.ends_on and site.ends_on < on and site.status == Site.Status.ACTIVE:
            items.append(_item("yellow", "Complete this site", f"Its last day was {day(site.ends_on)}.", status))
    if can["publish"]:
        for update in updates:
            if update.status == Update.Status.DRAFT:
                items.append(
                    _item("yellow", "Read and publish a draft update", update.title, update.get_absolute_url())
                )
    if can["edit"] and site.host_id is None:
        items.append(
            _item("yellow", "Choose a host", "No organisation hosts this site yet.", reverse("sites:edit", args=slug))
        )
    if can["edit"] and missing:
        title = (
            f"Add what a site of this model needs: {' and '.join(filter(None, [', '.join(missing[:-1]), missing[-1]]))}"
        )
        detail = f"Every {site.get_delivery_model_display()} has this."
        items.append(_item("blue", title, detail, reverse("sites:edit", args=slug)))
    items += _posts(site, roles, can)
    waiting = [row.unit.name for row in roster if row.state == UnitChange.State.NOT_APPROACHED]
    if can["edit"] and waiting:
        title = f"Approach {waiting[0]}" if len(waiting) == 1 else f"Approach {len(waiting)} more on the roster"
        verb = "has" if len(waiting) == 1 else "have"
        detail = f"{len(waiting)} on the roster {verb} not been approached yet."
        href = reverse("sites:unit-list", args=slug) + f"?state={UnitChange.State.NOT_APPROACHED.value}"
        items.append(_item("blue", title, detail, href))
    if can["edit"] and quiet:
        has = "1 on the roster has" if quiet == 1 else f"{quiet} on the roster have"
        href = reverse("sites:unit-list", args=slug) + f"?quiet={QUIET_DAYS}&sort=contact"
        title = f"{has} had no contact for {QUIET_DAYS} days"
        items.append(_item("yellow", title, "Those that declined are not counted.", href))
    if can["edit"] and site.status == Site.Status.ACTIVE and not check["recent"]:
        title, detail = "Add to the co-production check", f"It has no entry of the last {check['months']} months."
        items.append(_item("blue", title, detail, reverse("sites:entry-add", args=slug)))
    newest = max((timezone.localtime(u.published_at).date() for u in updates if u.published_at), default=None)
    if can["edit"] and site.status == Site.Status.ACTIVE and (newest is None or on - newest > QUIET_AFTER):
        detail = f"The last one came out on {day(newest)}." if newest else "Nothing has been published yet."
        items.append(_item("blue", "Write an update", detail, reverse("sites:update-add", args=slug)))
    return items


def posts_of(person: Person, reader: Any) -> list[Place]:
    """A person's posts at the sites that the reader may see, those of today first."""
    rows = SiteRole.objects.filter(person=person, site__in=Site.objects.visible_to(reader)).select_related("site")
    today = clock.today()
    places = [
        Place(
            name=role.site.name,
            href=role.site.get_absolute_url(),
            role=role.get_kind_display(),
            when=f"{day(role.starts_on) or 'no first day'} to {day(role.ends_on) if role.ends_on else 'present'}",
            is_current=not role.ends_on or role.ends_on >= today,
        )
        for role in rows.order_by("-starts_on", "pk")
    ]
    return sorted(places, key=lambda place: not place.is_current)


def posts_left(person: Person) -> list[Ends]:
    """Posts of someone who leaves: they end with the account, and are advertised or filled on the site's page."""
    rows = SiteRole.objects.current().filter(person=person).select_related("site").order_by("site__name", "pk")
    return [
        Ends(f"{row.get_kind_display()} at {row.site.name}", "ends today; fill it there", row.site.get_absolute_url())
        for row in rows
    ]
