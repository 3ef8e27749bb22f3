"""Pages that write what the centre and the host promise at a site. They are read on the site's page."""

import copy

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from sites.delivery import services
from sites.delivery.forms import CommitmentForm, SettleForm
from sites.delivery.models import Commitment
from sites.delivery.pages import crumbs_to, remove_page, save_page
from sites.registry.models import Site
from sites.registry.views import editable_site

HERE = "#commitments"


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
