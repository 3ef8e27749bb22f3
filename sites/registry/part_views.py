"""The parts of a site: people in roles, partners, the roster. Each is a small form of its own."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from impact.core.access.permissions import require
from impact.core.web.forms import errors_as_messages, errors_on
from sites.organisations.forms import PartForm
from sites.registry import services
from sites.registry.forms import AppointForm, EndRoleForm, RoleForm
from sites.registry.models import Site, SiteRole
from sites.registry.views import find_site


def part_page(
    request: HttpRequest,
    site: Site,
    form: Any,
    effect: Callable[[dict[str, Any]], Any],
    *,
    title: str,
    button: str,
    done: str,
    lead: str = "",
    anchor: str = "",
    other: tuple[str, str] | None = None,
) -> HttpResponse:
    """A page with one form: on success say what was done and go back to the site, otherwise say what to fix."""
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            effect(form.cleaned_data)
            messages.success(request, done)
            return redirect(reverse("sites:detail", args=[site.slug]) + anchor)
    context = {"form": form, "site": site, "title": title, "lead": lead, "button": button, "other": other}
    return render(request, "sites/updates/site_part_form.html", context)


def _find_role(site: Site, pk: int) -> SiteRole:
    return get_object_or_404(site.roles.select_related("site", "person"), pk=pk)


@require_http_methods(["GET", "POST"])
def role_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Plan a post at a site."""
    site = find_site(request, slug)
    require(request.user, "sites.appoint_to_role", site)
    return part_page(
        request,
        site,
        RoleForm(request.POST or None, user=request.user),
        lambda data: services.add_role(by=request.user, site=site, **data),
        title="Plan a post",
        lead="Advertising it and appointing someone come next.",
        button="Plan post",
        done="The post is planned. Next, advertise it or appoint someone.",
        anchor="#people",
    )


@require_POST
def role_advertise(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Record that a post is advertised."""
    site = find_site(request, slug)
    require(request.user, "sites.appoint_to_role", site)
    with errors_as_messages(request):
        services.advertise_role(by=request.user, role=_find_role(site, pk))
        messages.success(request, "The post is recorded as advertised.")
    return redirect(reverse("sites:detail", args=[slug]) + "#people")


@require_http_methods(["GET", "POST"])
def role_appoint(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Put someone into a post."""
    site = find_site(request, slug)
    require(request.user, "sites.appoint_to_role", site)
    role = _find_role(site, pk)
    return part_page(
        request,
        site,
        AppointForm(request.POST or None),
        lambda data: services.appoint_to_role(by=request.user, role=role, **data),
        title=f"Appoint: {role.get_kind_display().lower()}",
        button="Appoint",
        done="The appointment is recorded.",
        anchor="#people",
    )


@require_http_methods(["GET", "POST"])
def role_end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Record someone's last day in a post."""
    site = find_site(request, slug)
    require(request.user, "sites.appoint_to_role", site)
    role = _find_role(site, pk)
    return part_page(
        request,
        site,
        EndRoleForm(request.POST or None),
        lambda data: services.end_role(by=request.user, role=role, **data),
        title=f"Last day: {role.get_kind_display().lower()}",
        lead=f"After this day {role.person or 'the person'} will no longer see the internal pages of this site.",
        button="Save last day",
        done="The last day is recorded.",
        anchor="#people",
    )


@require_http_methods(["GET", "POST"])
def part_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Record a funder, partner or friend of a site."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    return part_page(
        request,
        site,
        PartForm(request.POST or None, user=request.user),
        lambda data: services.add_part(by=request.user, site=site, **data),
        title="Add a funder or partner",
        lead="The host is part of the site's own details.",
        button="Add",
        done="Added.",
        anchor="#partners",
    )


@require_POST
def part_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take back a part that an organisation plays at a site."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    part = get_object_or_404(site.organisation_parts.select_related("organisation", "site"), pk=pk)
    name = part.organisation.name
    services.remove_part(by=request.user, part=part)
    messages.success(request, f"{name} is no longer listed here. You can add it again at any time.")
    return redirect(reverse("sites:detail", args=[slug]) + "#partners")
