"""Pages that write a site's milestones. They are read on the site's page."""

import copy

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from impact.core.basics.dates import day
from sites.progress.delivery import services
from sites.progress.delivery.forms import CompleteMilestoneForm, MilestoneForm, ReplanForm
from sites.progress.delivery.models import Milestone
from sites.progress.delivery.pages import crumbs_to, remove_page, save_page
from sites.registry.models import Site
from sites.registry.views import editable_site

HERE = "#milestones"


def _find(site: Site, pk: int) -> Milestone:
    return get_object_or_404(site.milestones.select_related("site"), pk=pk)


@require_http_methods(["GET", "POST"])
def milestone_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Record what a site means to reach."""
    site = editable_site(request, slug)
    form = MilestoneForm(request.POST or None)
    return save_page(
        request,
        form,
        lambda: services.add_milestone(by=request.user, site=site, **form.changes),
        title="Add a milestone",
        button="Add milestone",
        done="The milestone is added.",
        crumbs=crumbs_to(site, HERE),
    )


@require_http_methods(["GET", "POST"])
def milestone_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change a milestone's title, and when it is expected or was completed."""
    site = editable_site(request, slug)
    milestone = _find(site, pk)
    form = MilestoneForm(request.POST or None, instance=copy.copy(milestone))
    links = [("Remove milestone", reverse("sites:milestone-remove", args=[slug, pk]))]
    if milestone.planned_on and not milestone.actual_on:
        links.insert(0, ("Re-plan it for another date", reverse("sites:milestone-replan", args=[slug, pk])))
    return save_page(
        request,
        form,
        lambda: services.update_milestone(
            by=request.user, milestone=_find(site, pk), expected=form.cleaned_data["version"], **form.changes
        ),
        compare=tuple(MilestoneForm.Meta.fields),
        title=f"Edit milestone: {milestone}",
        lead=f"Planned for {day(milestone.planned_on)}." if milestone.planned_on else "",
        button="Save milestone",
        done="Saved.",
        crumbs=crumbs_to(site, HERE),
        links=links,
    )


@require_http_methods(["GET", "POST"])
def milestone_complete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Record that a milestone was reached."""
    site = editable_site(request, slug)
    milestone = _find(site, pk)
    form = CompleteMilestoneForm(request.POST or None)
    return save_page(
        request,
        form,
        lambda: services.complete_milestone(by=request.user, milestone=milestone, **form.cleaned_data),
        title=f"Complete: {milestone}",
        lead=f"It is planned for {day(milestone.planned_on)}." if milestone.planned_on else "",
        button="Mark complete",
        done="The milestone is marked as complete.",
        crumbs=crumbs_to(site, HERE),
    )


@require_http_methods(["GET", "POST"])
def milestone_replan(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Agree another planned date, with the reason."""
    site = editable_site(request, slug)
    milestone = _find(site, pk)
    form = ReplanForm(request.POST or None, initial={"version": milestone.version})

    def save() -> None:
        data = form.cleaned_data
        services.replan_milestone(
            by=request.user,
            milestone=_find(site, pk),
            planned_on=data["planned_on"],
            reason=data["reason"],
            expected=data["version"],
        )

    now = f"It is planned for {day(milestone.planned_on)}. " if milestone.planned_on else ""
    return save_page(
        request,
        form,
        save,
        compare=("planned_on",),
        title=f"Re-plan: {milestone}",
        lead=f"{now}Re-plan it when a new date has been agreed. If it is only late, change its expected date instead.",
        button="Re-plan milestone",
        done="The milestone is re-planned. The date before stays readable.",
        crumbs=crumbs_to(site, HERE),
        links=[("Change its expected date instead", reverse("sites:milestone-edit", args=[slug, pk]))],
    )


@require_http_methods(["GET", "POST"])
def milestone_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Remove a milestone, after asking."""
    site = editable_site(request, slug)
    milestone = _find(site, pk)
    return remove_page(
        request,
        milestone,
        lambda seen: services.remove_milestone(by=request.user, milestone=milestone, expected=seen),
        title="Remove this milestone?",
        lead="Its dates and re-plans go with it. The history of the site still says that there was one.",
        button="Remove milestone",
        done=f"“{milestone}” was removed.",
        crumbs=crumbs_to(site, HERE),
    )
