"""Pages of the directory: venues with their access list, providers, and how early to ask."""

import copy
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import Crumbs, errors_on, form_page, show_conflict, show_error
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.meetings.models import Meeting
from networks.meetings.planning.directory import services
from networks.meetings.planning.directory.filters import ProviderFilter, VenueFilter
from networks.meetings.planning.directory.forms import LeadTimesForm, ProviderForm, VenueForm
from networks.meetings.planning.directory.kinds import FEATURES, Kind
from networks.meetings.planning.directory.links import places
from networks.meetings.planning.directory.models import ANSWERS, Provider, Venue, lead_times, lead_words

PROVIDER_COLUMNS: dict[str, Any] = {
    "Name": lambda p: p.name,
    "Provides": lambda p: ", ".join(p.kind_labels),
    "Works in": lambda p: ", ".join(p.nation_labels),
    "Languages": lambda p: p.languages,
    "Phone": lambda p: p.phone,
    "Email": lambda p: p.email,
    "Rates": lambda p: p.rates,
    "In use": lambda p: "yes" if p.is_active else "no",
}
COMING = 6


def _crumbs(name: str, address: str) -> Crumbs:
    return [
        ("Networks", reverse("networks:list")),
        ("Bookings", reverse("networks:booking-list")),
        (name, reverse(address)),
    ]


@require_GET
def venue_list(request: HttpRequest) -> HttpResponseBase:
    """Places to meet: search, filter by what they have, export."""
    require(request.user, "networks.view_directory", Venue())
    listing = list_rows(
        request,
        Venue.objects.visible_to(request.user),
        VenueFilter,
        sorts={"name": ("Name", "name"), "nation": ("Nation", "nation"), "checked": ("Checked", "checked_on")},
        default="name",
    )
    if wants_file(request):
        columns: dict[str, Any] = {
            "Name": lambda v: v.name,
            "Address": lambda v: v.address,
            "Nation": lambda v: v.get_nation_display(),
            "Website": lambda v: v.website,
        }
        for name, (label, _words) in FEATURES.items():
            columns[label] = lambda v, name=name: ANSWERS[getattr(v, name)][0]
        columns["Checked on"] = lambda v: v.checked_on
        return list_file(request, "venues", columns, listing.rows)
    may_edit = has_perm(request.user, "networks.edit_venue", Venue())
    context = {"listing": listing, "may_edit": may_edit, "places": places(request)}
    return render(request, "networks/meetings/planning/venue_list.html", context)


def _venue(request: HttpRequest, pk: int) -> Venue:
    return get_object_or_404(Venue.objects.visible_to(request.user).select_related("checked_by__person"), pk=pk)


@require_GET
def venue_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One place: what is known and not known of it, and which meetings take place there."""
    venue = _venue(request, pk)
    coming = Meeting.objects.visible_to(request.user).upcoming().filter(venue=venue).select_related("group")
    context = {
        "venue": venue,
        "meetings": coming[:COMING],
        "may_edit": has_perm(request.user, "networks.edit_venue", venue),
        "history": audit.history(venue, limit=12),
        "crumbs": _crumbs("Venues", "networks:venue-list"),
    }
    return render(request, "networks/meetings/planning/venue_detail.html", context)


@require_http_methods(["GET", "POST"])
def venue_add(request: HttpRequest) -> HttpResponse:
    """Put a place into the directory."""
    require(request.user, "networks.edit_venue", Venue())
    form = VenueForm(request.POST or None, instance=Venue())
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            venue = services.add_venue(by=request.user, **form.changes)
            messages.success(request, f"{venue.name} is in the directory.")
            return redirect(venue)
    return form_page(
        request,
        form,
        title="Add a venue",
        button="Add venue",
        crumbs=_crumbs("Venues", "networks:venue-list"),
        lead="Say what you know. “Not known yet” is a good answer: it shows what to ask.",
    )


def _change(request: HttpRequest, form: Any, save: Any) -> tuple[HttpResponse | None, Any]:
    """Save a versioned form; the answer once it is saved, and the differences where someone else saved first."""
    if request.method != "POST" or not form.is_valid():
        return None, None
    try:
        row = save(expected=form.cleaned_data["version"], **form.changes)
    except Conflict as conflict:
        return None, show_conflict(form, conflict, {name: getattr(conflict.current, name) for name in form.changes})
    except ValidationError as error:
        show_error(form, error)
        return None, None
    messages.success(request, "Saved.")
    return redirect(row if isinstance(row, Venue) else "networks:provider-list"), None


@require_http_methods(["GET", "POST"])
def venue_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is known of a place."""
    venue = _venue(request, pk)
    require(request.user, "networks.edit_venue", venue)
    form = VenueForm(request.POST or None, instance=copy.copy(venue))
    answer, differences = _change(
        request, form, lambda **given: services.change_venue(by=request.user, venue=venue, **given)
    )
    return answer or form_page(
        request,
        form,
        title=f"Change {venue.name}",
        button="Save",
        crumbs=[*_crumbs("Venues", "networks:venue-list"), (venue.name, venue.get_absolute_url())],
        differences=differences,
    )


@require_GET
def provider_list(request: HttpRequest) -> HttpResponseBase:
    """Agencies, firms and people who provide what members need: search, filter, export."""
    require(request.user, "networks.view_directory", Provider())
    listing = list_rows(
        request,
        Provider.objects.visible_to(request.user),
        ProviderFilter,
        sorts={"name": ("Name", "name"), "active": ("In use", "-is_active")},
        default="name",
    )
    if wants_file(request):
        return list_file(request, "providers", PROVIDER_COLUMNS, listing.rows)
    may_edit = has_perm(request.user, "networks.edit_providers")
    context = {"listing": listing, "may_edit": may_edit, "places": places(request)}
    return render(request, "networks/meetings/planning/provider_list.html", context)


@require_http_methods(["GET", "POST"])
def provider_add(request: HttpRequest) -> HttpResponse:
    """Put a provider into the directory."""
    require(request.user, "networks.edit_providers")
    form = ProviderForm(request.POST or None, instance=Provider())
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            provider = services.add_provider(by=request.user, **form.changes)
            messages.success(request, f"{provider.name} is in the directory.")
            return redirect("networks:provider-list")
    crumbs = _crumbs("Providers", "networks:provider-list")
    return form_page(request, form, title="Add a provider", button="Add provider", crumbs=crumbs)


@require_http_methods(["GET", "POST"])
def provider_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is known of a provider."""
    provider = get_object_or_404(Provider.objects.visible_to(request.user), pk=pk)
    require(request.user, "networks.edit_providers")
    form = ProviderForm(request.POST or None, instance=copy.copy(provider))
    answer, differences = _change(
        request, form, lambda **given: services.change_provider(by=request.user, provider=provider, **given)
    )
    return answer or form_page(
        request,
        form,
        title=f"Change {provider.name}",
        button="Save",
        crumbs=_crumbs("Providers", "networks:provider-list"),
        differences=differences,
    )


@require_http_methods(["GET", "POST"])
def lead_times_page(request: HttpRequest) -> HttpResponse:
    """How early each kind has to be asked for: read by those who plan meetings, changed by staff."""
    require(request.user, "networks.view_directory", Provider())
    times = lead_times()
    may_edit = has_perm(request.user, "networks.edit_providers")
    if request.method == "POST":
        require(request.user, "networks.edit_providers")
    form = LeadTimesForm(request.POST or None, times=times)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.set_lead_times(by=request.user, times=form.times)
            messages.success(request, "Saved.")
            return redirect("networks:lead-times")
    context = {
        "rows": [(kind.label, lead_words(*times[kind])) for kind in Kind],
        "form": form if may_edit else None,
        "crumbs": _crumbs("How early to ask", "networks:lead-times")[:-1],
        "places": places(request),
    }
    return render(request, "networks/meetings/planning/lead_times.html", context)
