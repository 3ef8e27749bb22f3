"""The units of a site as work: who is to be approached, who was not heard from, and the log of contacts of each."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.web.forms import errors_as_messages, errors_on, form_page
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.progress.units.contacts.services import record_contact, remove_contact
from sites.progress.units.filters import UnitFilter
from sites.progress.units.forms import ContactForm
from sites.progress.units.models import QUIET_DAYS, Unit, UnitChange
from sites.registry.models import Site
from sites.registry.views import find_site

State = UnitChange.State


def _inside(request: HttpRequest, slug: str) -> Site:
    site = find_site(request, slug)
    require(request.user, "sites.view_internal", site)
    return site


def _find_unit(request: HttpRequest, slug: str, pk: int) -> Unit:
    """A unit of a site whose inside the reader may see, with where it stands today."""
    rows = Unit.objects.visible_to(request.user).with_standing(clock.today())
    return get_object_or_404(rows.select_related("site"), pk=pk, site__slug=slug)


@require_GET
def unit_list(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The roster as a work list: filter, sort, export."""
    site = _inside(request, slug)
    today = clock.today()
    rows = site.units.on_roster(today).with_standing(today)
    listing = list_rows(
        request,
        rows,
        UnitFilter,
        sorts={
            "name": ("Name", "name"),
            "contact": ("Longest without contact", "last_contact"),
            "since": ("Newest status", "-since"),
        },
        default="name",
    )
    if wants_file(request):
        columns = {
            "Name": lambda u: u.name,
            "Status": lambda u: State(u.state).label,
            "Since": lambda u: u.since,
            "Last contact": lambda u: u.last_contact,
            "On the roster from": lambda u: u.listed_from,
        }
        return list_file(request, f"units-{site.slug}", columns, listing.rows)
    for unit in listing.page:
        unit.state_label = State(unit.state).label
    address = reverse("sites:unit-list", args=[slug])
    waiting = rows.filter(state=State.NOT_APPROACHED).count()  # type: ignore[misc]
    quiet = rows.quiet_for(QUIET_DAYS, today).count()
    context = {
        "site": site,
        "listing": listing,
        "may_edit": has_perm(request.user, "sites.edit_site", site),
        "todo": [
            (f"{waiting} not yet approached", f"{address}?state={State.NOT_APPROACHED.value}"),
            (f"{quiet} without contact for {QUIET_DAYS} days", f"{address}?quiet={QUIET_DAYS}&sort=contact"),
        ],
    }
    return render(request, "sites/progress/units/unit_list.html", context)


@require_GET
def unit_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One unit: where it stands, each step that led there, and every contact."""
    unit = _find_unit(request, slug, pk)
    steps: list[dict[str, Any]] = [
        {"on": change.on, "at": day(change.on), "label": change.get_state_display(), "detail": change.reason}
        for change in unit.changes.all()
    ]
    steps.append({"on": unit.listed_from, "at": day(unit.listed_from), "label": "Added to the roster", "detail": ""})
    if unit.listed_to:
        steps.append({"on": unit.listed_to, "at": day(unit.listed_to), "label": "Left the roster", "detail": ""})
    context = {
        "unit": unit,
        "site": unit.site,
        "state_label": State(unit.state).label,  # type: ignore[attr-defined]
        "contacts": unit.contacts.select_related("recorded_by__person"),
        "steps": sorted(steps, key=lambda step: step["on"], reverse=True),
        "may_edit": has_perm(request.user, "sites.edit_site", unit.site),
        "is_on_roster": unit.listed_to is None,
        "history": audit.history(unit.site, limit=6),
    }
    return render(request, "sites/progress/units/unit_detail.html", context)


@require_http_methods(["GET", "POST"])
def contact_add(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Record a contact with a unit."""
    unit = _find_unit(request, slug, pk)
    require(request.user, "sites.edit_site", unit.site)
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            record_contact(by=request.user, unit=unit, **form.cleaned_data)
            messages.success(request, "The contact is recorded.")
            return redirect(unit)
    crumbs = [
        ("Sites", reverse("sites:list")),
        (unit.site.name, unit.site.get_absolute_url()),
        (unit.name, unit.get_absolute_url()),
    ]
    lead = "It was not approached yet. This contact counts as the first approach." if is_first(unit) else ""
    return form_page(
        request, form, title=f"Record a contact with {unit}", button="Record contact", crumbs=crumbs, lead=lead
    )


def is_first(unit: Unit) -> bool:
    """Whether a contact recorded now would be the first approach. ``unit`` from ``with_standing``."""
    return bool(unit.state == State.NOT_APPROACHED)  # type: ignore[attr-defined]


@require_POST
def contact_remove(request: HttpRequest, slug: str, pk: int, contact: int) -> HttpResponse:
    """Remove a contact that was recorded by mistake."""
    unit = _find_unit(request, slug, pk)
    require(request.user, "sites.edit_site", unit.site)
    row = get_object_or_404(unit.contacts.select_related("unit__site"), pk=contact)
    with errors_as_messages(request):
        remove_contact(by=request.user, contact=row)
        messages.success(request, "The contact is removed.")
    return redirect(unit)
