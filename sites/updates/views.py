"""News, vacancies and outputs: drafted by a site's team or by staff, published by staff, then open to everyone."""

import copy
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import Crumbs, edit_page, errors_as_messages, errors_on, form_page
from sites.registry.models import Site
from sites.registry.views import find_site
from sites.updates import services
from sites.updates.forms import UpdateForm, WithdrawForm
from sites.updates.models import Update
from sites.updates.subscriptions.services import LEFT_TO_WITHDRAW

TITLES = {
    Update.Kind.NEWS: "Write an update",
    Update.Kind.VACANCY: "Advertise a vacancy",
    Update.Kind.OUTPUT: "Add a guide or other output",
}


def _add(request: SignedInRequest, site: Site | None) -> HttpResponse:
    require(request.user, "sites.edit_site", site)
    asked = request.GET.get("kind", "")
    kind = Update.Kind(asked) if asked in Update.Kind.values else Update.Kind.NEWS
    form = UpdateForm(request.POST or None, kind=kind, of_site=site is not None, instance=Update(site=site, kind=kind))
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            update = services.write_update(by=request.user, site=site, kind=kind, **form.changes)
            messages.success(request, "Saved as a draft. Check it before it is published.")
            return redirect(update)
    others = [(title, f"?kind={value.value}") for value, title in TITLES.items() if value != kind]
    context = {"form": form, "site": site, "update": None, "title": TITLES[kind], "others": others}
    return render(request, "sites/updates/update_form.html", context)


@require_http_methods(["GET", "POST"])
def update_add(request: SignedInRequest, slug: str) -> HttpResponse:
    """Draft news, a vacancy or an output of a site."""
    return _add(request, find_site(request, slug))


@require_http_methods(["GET", "POST"])
def news_add(request: SignedInRequest) -> HttpResponse:
    """Draft news, a vacancy or an output of the centre itself."""
    return _add(request, None)


@login_not_required
@require_GET
def update_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One piece of news: public once published, before that for those inside."""
    updates = Update.objects.visible_to(request.user).select_related("site__topic", "topic")
    update = get_object_or_404(updates.prefetch_related("site__nations"), pk=pk)
    is_inside = has_perm(request.user, "sites.view_internal", update.site)
    context: dict[str, Any] = {
        "update": update,
        "site": update.site,
        "may_edit": has_perm(request.user, services.edit_permission(update), update.site),
        "may_publish": update.status != Update.Status.PUBLISHED
        and has_perm(request.user, "sites.publish_update", update.site),
        "may_withdraw": update.status == Update.Status.PUBLISHED
        and has_perm(request.user, "sites.publish_update", update.site),
        "is_inside": is_inside,
        "summary": services.summary_of(update),
        "address_label": UpdateForm.ADDRESS.get(Update.Kind(update.kind), ""),
        "address": request.build_absolute_uri(update.get_absolute_url()),
        "history": audit.history(update) if is_inside else None,
    }
    if context["may_publish"]:
        context["followers"] = services.followers(update)
        context["minutes"] = LEFT_TO_WITHDRAW.seconds // 60
    return render(request, "sites/updates/update_detail.html", context)


@require_http_methods(["GET", "POST"])
def update_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change news: a draft by those who may edit the site, a published one by those who may publish."""
    update = get_object_or_404(Update.objects.visible_to(request.user).select_related("site"), pk=pk)
    require(request.user, services.edit_permission(update), update.site)
    form = UpdateForm(
        request.POST or None, instance=copy.copy(update), kind=update.kind, of_site=update.site is not None
    )

    def save(fresh: Update, form: UpdateForm) -> None:
        services.edit_update(by=request.user, update=fresh, expected=form.cleaned_data["version"], **form.changes)

    what = "update" if update.kind == Update.Kind.NEWS else update.get_kind_display().lower()
    context = {"site": update.site, "update": update, "title": f"Edit the {what}"}
    return edit_page(request, update, form, save, "sites/updates/update_form.html", context)


@require_POST
def update_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Make news public."""
    update = get_object_or_404(Update.objects.visible_to(request.user).select_related("site"), pk=pk)
    with errors_as_messages(request):
        services.publish_update(by=request.user, update=update)
        messages.success(request, "Published. Everyone can read it now.")
    return redirect(update)


@require_http_methods(["GET", "POST"])
def update_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop showing news in public, with a reason."""
    update = get_object_or_404(Update.objects.visible_to(request.user).select_related("site"), pk=pk)
    require(request.user, "sites.publish_update", update.site)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.withdraw_update(by=request.user, update=update, **form.cleaned_data)
            messages.success(request, "Withdrawn. It is no longer public.")
            return redirect(update)
    return form_page(
        request,
        form,
        title=f"Withdraw “{update.title}”",
        lead="It disappears from public pages and the API at once. You can correct it and publish it again.",
        button="Withdraw update",
        crumbs=[*_crumbs(update.site), (update.title, update.get_absolute_url())],
    )


def _crumbs(site: Site | None) -> Crumbs:
    """The way to news of a site, or of the centre."""
    if site is None:
        return [("News", reverse("sites:news"))]
    return [("Sites", reverse("sites:list")), (site.name, site.get_absolute_url())]
