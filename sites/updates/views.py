"""News from sites: drafted by a site's team, published by national staff, then open to everybody."""

import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import errors_as_messages, errors_on, show_conflict, show_error
from sites.registry.views import find_site
from sites.updates import services
from sites.updates.forms import UpdateForm, WithdrawForm
from sites.updates.models import Update
from sites.updates.news_views import summary_of


def _edit_permission(update: Update) -> str:
    return "sites.publish_update" if update.status == Update.Status.PUBLISHED else "sites.edit_site"


@require_http_methods(["GET", "POST"])
def update_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Draft news from a site."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    form = UpdateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            update = services.write_update(by=request.user, site=site, **form.changes)
            messages.success(request, "Saved as a draft. Check it before it is published.")
            return redirect(update)
    return render(request, "sites/updates/update_form.html", {"form": form, "site": site, "update": None})


@login_not_required
@require_GET
def update_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One piece of news: public once published, before that for those inside."""
    updates = Update.objects.visible_to(request.user).select_related("site", "site__topic")
    update = get_object_or_404(updates.prefetch_related("site__nations"), pk=pk)
    is_inside = has_perm(request.user, "sites.view_internal", update.site)
    context = {
        "update": update,
        "site": update.site,
        "may_edit": has_perm(request.user, _edit_permission(update), update.site),
        "may_publish": update.status != Update.Status.PUBLISHED
        and has_perm(request.user, "sites.publish_update", update.site),
        "may_withdraw": update.status == Update.Status.PUBLISHED
        and has_perm(request.user, "sites.publish_update", update.site),
        "is_inside": is_inside,
        "summary": summary_of(update),
        "address": request.build_absolute_uri(update.get_absolute_url()),
        "history": audit.history(update) if is_inside else None,
    }
    return render(request, "sites/updates/update_detail.html", context)


@require_http_methods(["GET", "POST"])
def update_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change news: a draft by those who may edit the site, a published one by those who may publish."""
    update = get_object_or_404(Update.objects.visible_to(request.user).select_related("site"), pk=pk)
    require(request.user, _edit_permission(update), update.site)
    form = UpdateForm(request.POST or None, instance=copy.copy(update))
    differences = None
    if request.method == "POST" and form.is_valid():
        fresh = Update.objects.select_related("site").get(pk=pk)
        try:
            services.edit_update(by=request.user, update=fresh, expected=form.cleaned_data["version"], **form.changes)
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in ("title", "body")}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(update)
    context = {"form": form, "site": update.site, "update": update, "differences": differences}
    return render(request, "sites/updates/update_form.html", context, status=200 if differences is None else 409)


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
    context = {
        "form": form,
        "site": update.site,
        "title": f"Withdraw “{update.title}”",
        "lead": "It disappears from public pages and the API at once. You can correct it and publish it again.",
        "button": "Withdraw update",
    }
    return render(request, "sites/updates/site_part_form.html", context)
