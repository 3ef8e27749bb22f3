"""Pages about outside groups and what was learned from each other."""

import copy
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from coproduction.group.outside import services
from coproduction.group.outside.forms import ExchangeForm, OutsideGroupFilter, OutsideGroupForm
from coproduction.group.outside.models import Exchange, OutsideGroup
from coproduction.group.people.pages import find_chartered
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import Crumbs, errors_on, form_page, show_conflict, show_error
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.groups.models import Group

Direction = Exchange.Direction


def _crumbs() -> Crumbs:
    return [
        ("Co-production", reverse("coproduction:index")),
        ("Groups we learn with", reverse("coproduction:outside-group-list")),
    ]


def find_outside_group(request: HttpRequest, pk: int) -> OutsideGroup:
    """An outside group that the reader may see, or 404."""
    return get_object_or_404(OutsideGroup.objects.visible_to(request.user).select_related("group"), pk=pk)


def _joined(row: Any, direction: str) -> str:
    return "; ".join(e.words for e in row.exchanges.all() if e.direction == direction)


@require_GET
def outside_group_list(request: SignedInRequest) -> HttpResponseBase:
    """Like-minded groups outside IMPACT: search, filter, sort, page, export."""
    user = request.user
    learned = Count("exchanges", filter=Q(exchanges__direction=Direction.FROM))
    gave = Count("exchanges", filter=Q(exchanges__direction=Direction.TO))
    rows = OutsideGroup.objects.visible_to(user).select_related("group").annotate(learned=learned, gave=gave)
    listing = list_rows(
        request,
        rows,
        OutsideGroupFilter,
        sorts={
            "name": ("Name", "name"),
            "since": ("First talked", "known_since"),
            "learned": ("Most learned", "-learned"),
        },
        default="name",
    )
    if wants_file(request):
        columns: dict[str, Callable[[Any], Any]] = {
            "Name": lambda o: o.name,
            "Our group": lambda o: o.group.name,
            "Who they are": lambda o: o.about,
            "Web page": lambda o: o.web,
            "First talked": lambda o: o.known_since,
            "Last in touch": lambda o: o.ended_on or "",
            "We learned from them": lambda o: _joined(o, Direction.FROM),
            "They learned from us": lambda o: _joined(o, Direction.TO),
            "Illustrative": lambda o: "yes" if o.is_illustrative else "no",
        }
        exchanges = Prefetch("exchanges", Exchange.objects.order_by("on", "pk"))
        return list_file(request, "outside-groups", columns, listing.rows.prefetch_related(exchanges))
    groups = Group.objects.permitted(user, "coproduction.edit_outside_group").filter(charter__isnull=False)
    own = groups.order_by("pk").first()
    context = {"listing": listing, "add_url": reverse("coproduction:outside-group-add", args=[own.slug]) if own else ""}
    return render(request, "coproduction/group/outside/outside_group_list.html", context)


@require_GET
def outside_group_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One outside group, and what each side learned from the other."""
    row = find_outside_group(request, pk)
    context = {
        "outside_group": row,
        "exchanges": list(row.exchanges.all()),
        "may_edit": has_perm(request.user, "coproduction.edit_outside_group", row),
        "history": audit.history(row),
        "crumbs": _crumbs(),
    }
    return render(request, "coproduction/group/outside/outside_group_detail.html", context)


@require_http_methods(["GET", "POST"])
def outside_group_add(request: SignedInRequest, slug: str) -> HttpResponse:
    """Add a like-minded group that the group is in touch with."""
    group = find_chartered(request, slug)
    require(request.user, "coproduction.edit_outside_group", group)
    form = OutsideGroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            row = services.add_outside_group(by=request.user, group=group, **form.changes)
            messages.success(request, f"{row.name} is on the list. Add what you learn from each other.")
            return redirect(row)
    return form_page(
        request,
        form,
        title="Add a group we learn with",
        button="Add group",
        crumbs=_crumbs(),
        lead="A group outside IMPACT that does similar work.",
    )


def _edit(
    request: SignedInRequest, row: Any, form: Any, service: Callable[..., Any], name: str, *, title: str, crumbs: Crumbs
) -> HttpResponse:
    """A form about a row with a version; a clash shows both texts."""
    differences = None
    if request.method == "POST" and form.is_valid():
        fresh = type(row).objects.get(pk=row.pk)
        try:
            service(by=request.user, **{name: fresh}, expected=form.cleaned_data["version"], **form.changes)
        except Conflict as conflict:
            now = {field: getattr(conflict.current, field) for field in form.changes}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(row.get_absolute_url())
    return form_page(request, form, title=title, button="Save", crumbs=crumbs, differences=differences)


@require_http_methods(["GET", "POST"])
def outside_group_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Correct what is written about an outside group."""
    row = find_outside_group(request, pk)
    require(request.user, "coproduction.edit_outside_group", row)
    form = OutsideGroupForm(request.POST or None, instance=copy.copy(row))
    crumbs = [*_crumbs(), (row.name, row.get_absolute_url())]
    return _edit(
        request, row, form, services.update_outside_group, "outside_group", title=f"Edit {row.name}", crumbs=crumbs
    )


@require_http_methods(["GET", "POST"])
def exchange_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Add something that was learned."""
    row = find_outside_group(request, pk)
    require(request.user, "coproduction.edit_outside_group", row)
    form = ExchangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.add_exchange(by=request.user, outside_group=row, **form.changes)
            messages.success(request, "Saved. The group can read it.")
            return redirect(row)
    crumbs = [*_crumbs(), (row.name, row.get_absolute_url())]
    return form_page(
        request, form, title="Add what was learned", button="Save", crumbs=crumbs, lead=f"With {row.name}."
    )


@require_http_methods(["GET", "POST"])
def exchange_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Correct what was learned, or add what came of it."""
    rows = Exchange.objects.visible_to(request.user).select_related("outside_group__group")
    exchange = get_object_or_404(rows, pk=pk)
    require(request.user, "coproduction.edit_outside_group", exchange)
    form = ExchangeForm(request.POST or None, instance=copy.copy(exchange))
    outside = exchange.outside_group
    crumbs = [*_crumbs(), (outside.name, outside.get_absolute_url())]
    return _edit(
        request, exchange, form, services.update_exchange, "exchange", title="Edit what was learned", crumbs=crumbs
    )
