"""The parts of a site: people in roles, partners, milestones, the roster. Each is a small form of its own."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from impact.core.access.permissions import require
from impact.core.basics.dates import day
from impact.core.web.forms import whole_number
from sites import roster, services
from sites.forms import (
    AppointForm,
    CompleteMilestoneForm,
    DelistForm,
    EndRoleForm,
    MilestoneForm,
    PartForm,
    RoleForm,
    RosterPasteForm,
    UnitChangeForm,
    UnitForm,
    show_error,
)
from sites.models import Site, SiteRole
from sites.views import find_site


def _part_page(
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
        try:
            effect(form.cleaned_data)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, done)
            return redirect(reverse("sites:detail", args=[site.slug]) + anchor)
    context = {"form": form, "site": site, "title": title, "lead": lead, "button": button, "other": other}
    return render(request, "sites/site_part_form.html", context)


def _find_role(site: Site, pk: int) -> SiteRole:
    return get_object_or_404(site.roles.select_related("site", "person"), pk=pk)


@require_http_methods(["GET", "POST"])
def role_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Plan a post at a site."""
    site = find_site(request, slug)
    require(request.user, "sites.appoint_to_role", site)
    return _part_page(
        request,
        site,
        RoleForm(request.POST or None, user=request.user),
        lambda data: services.add_role(by=request.user, site=site, **data),
        title="Plan a post",
        lead="Advertising it and appointing somebody come next.",
        button="Plan the post",
        done="The post is planned. Next, advertise it or appoint somebody.",
        anchor="#people",
    )


@require_POST
def role_advertise(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Record that a post is advertised."""
    site = find_site(request, slug)
    require(request.user, "sites.appoint_to_role", site)
    try:
        services.advertise_role(by=request.user, role=_find_role(site, pk))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, "The post is recorded as advertised.")
    return redirect(reverse("sites:detail", args=[slug]) + "#people")


@require_http_methods(["GET", "POST"])
def role_appoint(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Put somebody into a post."""
    site = find_site(request, slug)
    require(request.user, "sites.appoint_to_role", site)
    role = _find_role(site, pk)
    return _part_page(
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
    """Record somebody's last day in a post."""
    site = find_site(request, slug)
    require(request.user, "sites.appoint_to_role", site)
    role = _find_role(site, pk)
    return _part_page(
        request,
        site,
        EndRoleForm(request.POST or None),
        lambda data: services.end_role(by=request.user, role=role, **data),
        title=f"Last day: {role.get_kind_display().lower()}",
        lead=f"After this day {role.person or 'the person'} no longer sees the inside of this site.",
        button="Save the last day",
        done="The last day is recorded.",
        anchor="#people",
    )


@require_http_methods(["GET", "POST"])
def part_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Record a funder, partner or friend of a site."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    return _part_page(
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


@require_http_methods(["GET", "POST"])
def milestone_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Record what a site means to reach."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    return _part_page(
        request,
        site,
        MilestoneForm(request.POST or None),
        lambda data: services.add_milestone(by=request.user, site=site, **data),
        title="Add a milestone",
        button="Add the milestone",
        done="The milestone is added.",
        anchor="#milestones",
    )


@require_http_methods(["GET", "POST"])
def milestone_complete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Record that a milestone was reached."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    milestone = get_object_or_404(site.milestones.select_related("site"), pk=pk)
    return _part_page(
        request,
        site,
        CompleteMilestoneForm(request.POST or None),
        lambda data: services.complete_milestone(by=request.user, milestone=milestone, **data),
        title=f"Reached: {milestone.title}",
        lead=f"It is due on {day(milestone.due_on)}." if milestone.due_on else "",
        button="It was reached",
        done="Well done. The milestone is ticked off.",
        anchor="#milestones",
    )


# --- The roster ----------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def site_roster(request: HttpRequest, slug: str) -> HttpResponse:
    """Record where a unit of the roster now stands."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    asked = whole_number(request.GET.get("unit"))
    unit = site.units.filter(pk=asked, listed_to__isnull=True).first() if asked else None
    leave = unit and (f"{unit} left the roster instead", reverse("sites:unit-delist", args=[slug, unit.pk]))
    return _part_page(
        request,
        site,
        UnitChangeForm(request.POST or None, site=site, initial={"unit": unit.pk} if unit else {}),
        lambda data: roster.record_unit_change(by=request.user, **data),
        title="Record a change on the roster",
        lead="Earlier records stay, so that past figures do not move.",
        button="Record the change",
        done="The change is recorded.",
        anchor="#coverage",
        other=leave,
    )


@require_http_methods(["GET", "POST"])
def unit_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Put a unit on the roster."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    return _part_page(
        request,
        site,
        UnitForm(request.POST or None),
        lambda data: roster.list_unit(by=request.user, site=site, **data),
        title=f"Add a {site.unit_name or 'unit'} to the roster",
        button="Add to the roster",
        done="Added to the roster, as not yet approached.",
        anchor="#coverage",
        other=("Paste several at once", reverse("sites:roster-paste", args=[slug])),
    )


@require_http_methods(["GET", "POST"])
def roster_paste(request: HttpRequest, slug: str) -> HttpResponse:
    """Put many units on the roster: check what was pasted, then add all or none."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    form = RosterPasteForm(request.POST or None)
    rows: list[roster.PastedRow] = []
    if request.method == "POST" and form.is_valid():
        text, listed_from = form.cleaned_data["names"], form.cleaned_data["listed_from"]
        rows = roster.check_pasted(site, text, listed_from)
        if request.POST.get("do") == "add" and not any(row.problem for row in rows):
            try:
                number = roster.list_units(by=request.user, site=site, text=text, listed_from=listed_from)
            except ValidationError as error:
                show_error(form, error)
            else:
                messages.success(request, f"{number} added to the roster, as not yet approached.")
                return redirect(reverse("sites:detail", args=[slug]) + "#coverage")
    context = {
        "form": form,
        "site": site,
        "rows": rows,
        "problems": sum(bool(row.problem) for row in rows),
        "title": "Add several to the roster",
    }
    return render(request, "sites/roster_paste.html", context)


@require_http_methods(["GET", "POST"])
def unit_delist(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a unit off the roster after a day."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    unit = get_object_or_404(site.units.select_related("site"), pk=pk)
    return _part_page(
        request,
        site,
        DelistForm(request.POST or None),
        lambda data: roster.delist_unit(by=request.user, unit=unit, **data),
        title=f"Take {unit} off the roster",
        lead="For example because it closed. Figures for earlier days still count it.",
        button="Take it off the roster",
        done=f"{unit} has left the roster.",
        anchor="#coverage",
    )
