"""Organisations."""

import copy

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.web.forms import edit_page, errors_on
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.organisations import services
from sites.organisations.filters import OrganisationFilter
from sites.organisations.forms import OrganisationForm
from sites.organisations.models import Organisation
from sites.registry.models import Site, SiteRole


@require_GET
def organisation_list(request: HttpRequest) -> HttpResponse:
    """Organisations: filter, sort, page, export."""
    seen = Site.objects.visible_to(request.user)
    hosted = Count("hosted_sites", filter=Q(hosted_sites__in=seen), distinct=True)
    listing = list_rows(
        request,
        Organisation.objects.visible_to(request.user).annotate(hosted=hosted),
        OrganisationFilter,
        sorts={
            "name": ("Name", "name"),
            "kind": ("Kind", "kind"),
            "nation": ("Nation", "nation"),
            "hosted": ("Most sites", "-hosted"),
        },
        default="name",
    )
    if wants_file(request):
        columns = {
            "Name": lambda o: o.name,
            "Kind": lambda o: o.get_kind_display(),
            "Nation": lambda o: o.get_nation_display(),
            "Sites hosted": lambda o: o.hosted,
            "Web address": lambda o: o.website,
        }
        return list_file(request, "organisations", columns, listing.rows)  # type: ignore[return-value]
    may_add = has_perm(request.user, "sites.edit_organisation")
    return render(request, "sites/organisations/organisation_list.html", {"listing": listing, "may_add": may_add})


@require_GET
def organisation_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One organisation with every part it plays, at sites that the reader may see and for the centre."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), slug=slug)
    seen = Site.objects.visible_to(request.user)
    roles = SiteRole.objects.filter(employer=organisation, site__in=seen).select_related("site")
    parts = organisation.parts.select_related("site").filter(Q(site__isnull=True) | Q(site__in=seen))
    context = {
        "organisation": organisation,
        "hosted": organisation.hosted_sites.filter(pk__in=seen).prefetch_related("nations"),
        "site_parts": [part for part in parts if part.site_id],
        "overall_parts": [part for part in parts if not part.site_id],
        "employs": roles,
        "may_edit": has_perm(request.user, "sites.edit_organisation"),
        "history": audit.history(organisation),
    }
    return render(request, "sites/organisations/organisation_detail.html", context)


@require_http_methods(["GET", "POST"])
def organisation_add(request: HttpRequest) -> HttpResponse:
    """Record an organisation."""
    require(request.user, "sites.edit_organisation")
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            organisation = services.add_organisation(by=request.user, **form.changes)
            messages.success(request, "The organisation is added.")
            return redirect(organisation)
    return render(request, "sites/organisations/organisation_form.html", {"form": form, "organisation": None})


@require_http_methods(["GET", "POST"])
def organisation_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change an organisation's record."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), slug=slug)
    require(request.user, "sites.edit_organisation")

    def save(fresh: Organisation, form: OrganisationForm) -> None:
        services.update_organisation(
            by=request.user, organisation=fresh, expected=form.cleaned_data["version"], **form.changes
        )

    form = OrganisationForm(request.POST or None, instance=copy.copy(organisation))
    context = {"organisation": organisation}
    return edit_page(request, organisation, form, save, "sites/organisations/organisation_form.html", context)
