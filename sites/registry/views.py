"""Pages about sites: the list, one site, adding and editing it. Its people, partners and milestones: part_views.py."""

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict
from impact.core.basics.vocabulary import Nation, Region
from impact.core.web.forms import Crumbs, Form, errors_on, show_conflict, show_error
from impact.core.web.listing import Listing, list_file, list_rows, wants_file
from sites.progress.delivery.pages import site_sections
from sites.progress.evidence.pages import evidence_about
from sites.progress.outcomes.pages import missing_of_model, model_block, site_outcomes
from sites.progress.units import roster
from sites.progress.units.models import QUIET_DAYS, Unit, UnitChange
from sites.registry import attention, services
from sites.registry.filters import SiteFilter
from sites.registry.forms import SiteForm, StatusForm
from sites.registry.models import ANYWHERE, Site

BOARD_ROWS = 12
NEWS_ROWS = 10
STEP_ROWS = 8
# What other apps lead to from a site's page, for a reader: label and address. They add theirs when they start.
LINKS: list[Callable[[Any, Site], Crumbs]] = []


def find_site(request: HttpRequest, slug: str) -> Site:
    """The site, if the reader may see it."""
    sites = Site.objects.visible_to(request.user).select_related("topic", "host").prefetch_related("nations")
    return get_object_or_404(sites, slug=slug)


def editable_site(request: HttpRequest, slug: str) -> Site:
    """The site, for a page that changes one of its parts."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    return site


def inside_site(request: HttpRequest, slug: str) -> Site:
    """The site, for a page about its inside."""
    site = find_site(request, slug)
    require(request.user, "sites.view_internal", site)
    return site


# --- The list ------------------------------------------------------------------------------------
ON_A_TILE = 3  # sites named on a tile of the map; the rest are a link away


def tiles_of(
    rows: QuerySet[Site], query: QueryDict, address: str = "", *, named: int = ON_A_TILE
) -> list[dict[str, Any]]:
    """The map: sites in the other three nations, the nine regions of England, all of England, and the whole UK.

    Each tile leads to the list of its sites, and its number is that of the list. ``named``: of how many it gives links to
    their pages; none for visitors, who read the news and not the pages.
    """
    found = rows.by_place()  # type: ignore[attr-defined]
    places = [(Nation(n), "nation") for n in (Nation.SCOTLAND, Nation.NORTHERN_IRELAND, Nation.WALES)]
    places += [(region, "region") for region in Region]  # type: ignore[misc]
    tiles = []
    for key, label, field in [
        *((place.value, place.label, field) for place, field in places),
        (ANYWHERE, "England, no one region", "region"),
        (Nation.UK.value, Nation.UK.label, "nation"),
    ]:
        sites = found.get(key, [])
        narrowed = query.copy()
        for name in ("view", "page", "nation", "region"):
            narrowed.pop(name, None)
        narrowed[field] = key
        tiles.append(
            {
                "key": key,
                "name": label,
                "number": len(sites),
                "label": "site" if len(sites) == 1 else "sites",
                "href": f"{address}?{narrowed.urlencode()}",
                "sites": [(name, reverse("sites:detail", args=[slug])) for slug, name in sites[:named]],
                "more": max(0, len(sites) - named) if named else 0,
            }
        )
    return tiles


def _board(rows: QuerySet[Site], query: Any) -> list[dict[str, Any]]:
    """A column for each status with its newest sites; always the same number of queries."""
    counts = dict(rows.order_by().values_list("status").annotate(n=Count("pk", distinct=True)))
    columns = []
    for status in Site.Status:
        query = query.copy()
        query.pop("view", None)
        query["status"] = status.value
        cards = rows.filter(status=status).order_by("-status_on", "pk")[:BOARD_ROWS]
        number = counts.get(status.value, 0)
        more = max(0, number - BOARD_ROWS)
        columns.append(
            {"status": status, "number": number, "cards": cards, "more": more, "href": f"?{query.urlencode()}"}
        )
    return columns


def _view_tabs(request: HttpRequest, view: str) -> list[dict[str, Any]]:
    tabs = []
    for key, label in [("list", "List"), ("map", "Map"), ("board", "Board by status")]:
        query = request.GET.copy()
        query.pop("page", None)
        query["view"] = key
        tabs.append({"label": label, "href": f"?{query.urlencode()}", "current": key == view})
    return tabs


def _sites_file(request: HttpRequest, listing: Listing, is_inside: bool) -> HttpResponse:
    columns: dict[str, Callable[[Site], Any]] = {
        "Name": lambda s: s.name,
        "Delivery model": lambda s: s.get_delivery_model_display(),
        "Topic": lambda s: s.topic.name,
        "Nations": lambda s: s.places,
        "Region of England": lambda s: s.get_region_display(),
        "Status": lambda s: s.get_status_display(),
        "Status since": lambda s: s.status_on,
    }
    if is_inside:
        columns |= {
            "Host": lambda s: s.host or "",
            "Place": lambda s: s.place,
            "First day": lambda s: s.starts_on,
            "Last day": lambda s: s.ends_on,
        }
    return list_file(request, "sites", columns, listing.rows)  # type: ignore[return-value]


@require_GET
def site_list(request: HttpRequest) -> HttpResponse:
    """Sites as a list, on a map of the nations, or on a board by status; filter, sort, page, export."""
    listing = list_rows(
        request,
        Site.objects.visible_to(request.user).select_related("topic", "host").prefetch_related("nations"),
        SiteFilter,
        sorts={
            "name": ("Name", "name"),
            "model": ("Delivery model", "delivery_model"),
            "topic": ("Topic", "topic__name"),
            "status": ("Status", "status"),
            "since": ("Newest change", "-status_on"),
        },
        default="name",
    )
    is_inside = has_perm(request.user, "sites.view_all")
    if wants_file(request):
        return _sites_file(request, listing, is_inside)
    view = request.GET.get("view", "list")
    view = view if view in ("list", "map", "board") else "list"
    context = {
        "listing": listing,
        "view": view,
        "tabs": _view_tabs(request, view),
        "tiles": tiles_of(listing.rows, request.GET) if view == "map" else None,
        "columns": _board(listing.rows, request.GET) if view == "board" else None,
        "is_inside": is_inside,
        "may_add": has_perm(request.user, "sites.add_site"),
    }
    return render(request, "sites/registry/site_list.html", context)


# --- One site ------------------------------------------------------------------------------------
class OnForm(Form):
    """The day for which coverage is asked."""

    hide_optional = True
    on = forms.DateField(label="Coverage on", required=False, widget=forms.DateInput)


def _coverage(request: HttpRequest, site: Site) -> dict[str, Any] | None:
    """The roster in force on the day asked for, and how coverage moved until then."""
    units = list(roster.with_changes(site.units.all()))
    if not units and not site.unit_name:
        return None
    form = OnForm(request.GET if "on" in request.GET else None, initial={"on": clock.today()})
    on = (form.is_valid() and form.cleaned_data["on"]) or clock.today()
    rows = roster.roster_of(units, on)
    steps = roster.coverage_over_time(units, on)
    return {
        "form": form,
        "on": on,
        "units": units,
        "is_today": on == clock.today(),
        "rows": rows,
        "figure": roster.coverage_of(rows),
        "steps": steps[-STEP_ROWS:],
        "earlier": max(0, len(steps) - STEP_ROWS),
        "by_state": [(state.label, sum(row.state == state for row in rows), state) for state in UnitChange.State],
    }


def _quiet(site: Site, on: date, can: dict[str, bool]) -> int:
    """How many units of an active site were not in contact for a while; asked only for those who would act on it."""
    if not can["edit"] or not site.unit_name or site.status != Site.Status.ACTIVE:
        return 0
    return Unit.objects.filter(site=site).on_roster(on).with_standing(on).quiet_for(QUIET_DAYS, on).count()


@require_GET
def site_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One site. Readers without access to its inside see the public part: what it is, where, and its news."""
    site = find_site(request, slug)
    news = site.updates.visible_to(request.user).order_by("-status", "-published_at", "-pk")
    is_inside = has_perm(request.user, "sites.view_internal", site)
    if not is_inside:
        news = news.published()[:NEWS_ROWS]
        context = {"site": site, "updates": news, "is_inside": False, "evidence": evidence_about(request.user, site)}
        context["blocks"] = services.blocks_for(request.user, site)
        return render(request, "sites/registry/site_detail.html", context)
    can = {
        "edit": has_perm(request.user, "sites.edit_site", site),
        "status": has_perm(request.user, "sites.change_status", site),
        "appoint": has_perm(request.user, "sites.appoint_to_role", site),
        "publish": has_perm(request.user, "sites.publish_update", site),
    }
    updates = sorted(news[:NEWS_ROWS], key=lambda u: u.published_at is not None)
    roles = list(site.roles.select_related("person", "employer"))
    coverage = _coverage(request, site)
    today = clock.today()
    delivery, outcomes = site_sections(site, today), site_outcomes(site, today)
    now = roster.roster_of(coverage["units"], today) if coverage else []  # whatever day was asked for
    context = {
        "site": site,
        "is_inside": True,
        "can": can,
        "links": [link for more in LINKS for link in more(request.user, site)],
        "updates": updates,
        "roles": roles,
        "today": today,
        **delivery,
        **outcomes,
        "model": model_block(request.user, site, roles),
        "coverage": coverage,
        "evidence": evidence_about(request.user, site),
        "blocks": services.blocks_for(request.user, site),
        "parts": site.organisation_parts.select_related("organisation"),
        "steps": [
            {"at": day(change.on), "label": change.get_status_display(), "detail": change.reason}
            for change in reversed(site.status_changes.all())
        ],
        "todo": attention.for_site(
            site,
            on=today,
            can=can,
            roles=roles,
            milestones=[found["row"] for found in delivery["milestones"]],
            commitments=[found["row"] for part in delivery["sides"] for found in part["rows"]],
            missing=missing_of_model(site),
            check=outcomes["check"],
            updates=updates,
            roster=now,
            quiet=_quiet(site, today, can),
        ),
        "history": audit.history(site, *updates, limit=10),
    }
    return render(request, "sites/registry/site_detail.html", context)


@require_http_methods(["GET", "POST"])
def site_add(request: HttpRequest) -> HttpResponse:
    """Propose a site."""
    require(request.user, "sites.add_site")
    form = SiteForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            site = services.add_site(by=request.user, **form.changes)
            messages.success(request, "The site is proposed. Next, decide whether to set it up.")
            return redirect(site)
    return render(request, "sites/registry/site_form.html", {"form": form, "site": None})


@require_http_methods(["GET", "POST"])
def site_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what is recorded about a site."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    form = SiteForm(request.POST or None, instance=copy.copy(site), user=request.user)
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.update_site(
                by=request.user,
                site=Site.objects.get(pk=site.pk),
                expected=form.cleaned_data["version"],
                **form.changes,
            )
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in form.changes if name != "nations"}
            now["nations"] = list(site.nations.values_list("nation", flat=True))
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(site)
    status = 200 if differences is None else 409
    return render(
        request,
        "sites/registry/site_form.html",
        {"form": form, "site": site, "differences": differences},
        status=status,
    )


@require_http_methods(["GET", "POST"])
def site_status(request: HttpRequest, slug: str) -> HttpResponse:
    """Move a site one step in its life, with the day and, where needed, the reason."""
    site = find_site(request, slug)
    require(request.user, "sites.change_status", site)
    form = StatusForm(request.POST or None, site=site)
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.change_status(
                by=request.user,
                site=site,
                status=data["status"],
                on=data["on"],
                reason=data["reason"],
                expected=data["version"],
            )
        except Conflict as conflict:
            site, status = find_site(request, slug), 409
            show_conflict(form, conflict, {})
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "The status was changed.")
            return redirect(site)
    is_final = not Site.NEXT_STATUSES[Site.Status(site.status)]
    return render(
        request, "sites/registry/site_status.html", {"form": form, "site": site, "is_final": is_final}, status=status
    )
