"""Pages about what the centre and the host promise: at every site as a list, and those that write it at one site."""

import copy
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.progress.delivery import services
from sites.progress.delivery.filters import CommitmentFilter
from sites.progress.delivery.forms import CommitmentForm, SettleForm
from sites.progress.delivery.models import Commitment
from sites.progress.delivery.pages import crumbs_to, remove_page, save_page
from sites.registry.models import Site
from sites.registry.views import editable_site

HERE = "#commitments"


@require_GET
def commitment_list(request: HttpRequest) -> Any:
    """What was promised at every site whose inside the reader may see: filter, sort, export."""
    today = clock.today()
    rows = Commitment.objects.visible_to(request.user).select_related("site")
    listing = list_rows(
        request,
        rows,
        CommitmentFilter,
        sorts={"due": ("Due date", "due_on"), "site": ("Site", "site__name"), "settled": ("Newest", "-settled_on")},
        default="due",
    )
    if wants_file(request):
        columns = {
            "Site": lambda c: c.site.name,
            "Who promises": lambda c: c.get_side_display(),
            "What": lambda c: c.text,
            "Due on": lambda c: c.due_on,
            "State": lambda c: "Overdue" if c.is_overdue(today) else c.get_state_display(),
            "Settled on": lambda c: c.settled_on,
            "How it ended": lambda c: c.outcome,
        }
        return list_file(request, "commitments", columns, listing.rows)
    for row in listing.page:
        row.late = row.is_overdue(today)
    context = {"listing": listing, "is_everywhere": has_perm(request.user, "sites.view_internal")}
    return render(request, "sites/progress/delivery/commitment_list.html", context)


def _find(site: Site, pk: int) -> Commitment:
    return get_object_or_404(site.commitments.select_related("site"), pk=pk)


@require_http_methods(["GET", "POST"])
def commitment_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Record what one side promises."""
    site = editable_site(request, slug)
    form = CommitmentForm(request.POST or None, initial={"side": request.GET.get("side", "")})
    return save_page(
        request,
        form,
        lambda: services.add_commitment(by=request.user, site=site, **form.changes),
        title="Add a commitment",
        lead="What the centre or the host promises the other for this site.",
        button="Add commitment",
        done="The commitment is added.",
        crumbs=crumbs_to(site, HERE),
    )


@require_http_methods(["GET", "POST"])
def commitment_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change what a commitment says or when it is due."""
    site = editable_site(request, slug)
    commitment = _find(site, pk)
    form = CommitmentForm(request.POST or None, instance=copy.copy(commitment))
    return save_page(
        request,
        form,
        lambda: services.change_commitment(
            by=request.user, commitment=_find(site, pk), expected=form.cleaned_data["version"], **form.changes
        ),
        compare=("text", "due_on"),
        title="Change a commitment",
        lead=f"{commitment.get_side_display()} promises this.",
        button="Save commitment",
        done="Saved.",
        crumbs=crumbs_to(site, HERE),
        links=[
            ("Record how it ended", reverse("sites:commitment-settle", args=[slug, pk])),
            ("Remove commitment", reverse("sites:commitment-remove", args=[slug, pk])),
        ],
    )


@require_http_methods(["GET", "POST"])
def commitment_settle(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Record whether a commitment was kept, with how and when, or why not; or correct that."""
    site = editable_site(request, slug)
    commitment = _find(site, pk)
    form = SettleForm(request.POST or None, commitment=commitment)

    def save() -> None:
        data, fresh = form.cleaned_data, _find(site, pk)
        if data["state"] == SettleForm.OPEN:
            services.reopen_commitment(by=request.user, commitment=fresh, expected=data["version"])
            return
        services.settle_commitment(
            by=request.user,
            commitment=fresh,
            state=data["state"],
            settled_on=data["settled_on"],
            outcome=data["outcome"],
            expected=data["version"],
        )

    return save_page(
        request,
        form,
        save,
        compare=("state", "outcome", "settled_on"),
        title="Record how a commitment ended",
        lead=f"{commitment.get_side_display()} promised:",
        quote=commitment.text,
        button="Save how it ended",
        done="Saved.",
        crumbs=crumbs_to(site, HERE),
        links=[("Remove commitment", reverse("sites:commitment-remove", args=[slug, pk]))],
    )


@require_http_methods(["GET", "POST"])
def commitment_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Remove a commitment, after asking."""
    site = editable_site(request, slug)
    commitment = _find(site, pk)
    return remove_page(
        request,
        commitment,
        lambda seen: services.remove_commitment(by=request.user, commitment=commitment, expected=seen),
        title="Remove this commitment?",
        lead="Only if it was recorded by mistake. If it was not kept, record that instead.",
        button="Remove commitment",
        done="The commitment was removed.",
        crumbs=crumbs_to(site, HERE),
    )
