"""Pages that write which other places took up a site's work. They are read on the site's page."""

import copy

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from sites.progress.delivery.pages import crumbs_to, remove_page, save_page
from sites.progress.outcomes.spread import services
from sites.progress.outcomes.spread.forms import UptakeForm
from sites.progress.outcomes.spread.models import Uptake
from sites.registry.models import Site
from sites.registry.views import editable_site

HERE = "#spread"


def _find(site: Site, pk: int) -> Uptake:
    return get_object_or_404(site.uptakes.select_related("site", "organisation"), pk=pk)


@require_http_methods(["GET", "POST"])
def uptake_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Record that another place took it up."""
    site = editable_site(request, slug)
    form = UptakeForm(request.POST or None, user=request.user)
    return save_page(
        request,
        form,
        lambda: services.add_uptake(by=request.user, site=site, **form.changes),
        title="Add a place that took it up",
        lead="Another place that does what this site tried out, or plans to.",
        button="Add place",
        done="The place is added.",
        crumbs=crumbs_to(site, HERE),
    )


@require_http_methods(["GET", "POST"])
def uptake_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change what is recorded about a place."""
    site = editable_site(request, slug)
    uptake = _find(site, pk)
    form = UptakeForm(request.POST or None, instance=copy.copy(uptake), user=request.user)
    return save_page(
        request,
        form,
        lambda: services.update_uptake(
            by=request.user, uptake=_find(site, pk), expected=form.cleaned_data["version"], **form.changes
        ),
        compare=tuple(UptakeForm.Meta.fields),
        title="Edit a place that took it up",
        button="Save place",
        done="Saved.",
        crumbs=crumbs_to(site, HERE),
        links=[("Remove place", reverse("sites:uptake-remove", args=[slug, pk]))],
    )


@require_http_methods(["GET", "POST"])
def uptake_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Remove a place, after asking."""
    site = editable_site(request, slug)
    uptake = _find(site, pk)
    return remove_page(
        request,
        uptake,
        lambda seen: services.remove_uptake(by=request.user, uptake=uptake, expected=seen),
        title="Remove this place?",
        lead="Only if it was listed by mistake. If it has stopped there, mark it as ended instead.",
        button="Remove place",
        done="The place was removed.",
        crumbs=crumbs_to(site, HERE),
    )
