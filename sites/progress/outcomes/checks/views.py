"""Pages about the co-production check: that of one site, and across sites which have one and which do not."""

import copy
from collections import defaultdict
from typing import Any

from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.vocabulary import Perspective
from impact.core.web.forms import whole_number
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.progress.delivery.pages import crumbs_to, remove_page, save_page
from sites.progress.outcomes.checks import services
from sites.progress.outcomes.checks.filters import SiteCheckFilter
from sites.progress.outcomes.checks.forms import EntryForm
from sites.progress.outcomes.checks.models import RECENT_MONTHS, CoproductionEntry, months_before
from sites.registry.models import Site
from sites.registry.views import editable_site, inside_site

PERIODS = (3, 6, 12)


def _crumbs(site: Site) -> list[tuple[str, str]]:
    return [*crumbs_to(site), ("Co-production check", reverse("sites:check", args=[site.slug]))]


def _find(site: Site, pk: int) -> CoproductionEntry:
    return get_object_or_404(site.coproduction_entries.select_related("site"), pk=pk)


def _perspectives(sites: list[Site], since: Any) -> dict[int, list[str]]:
    """The perspectives that were involved at each of the sites since a day, in the usual order."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = CoproductionEntry.objects.filter(site__in=sites).since(since).order_by()
    for site, perspective in rows.values_list("site_id", "perspective").distinct():
        found[site].add(perspective)
    return {site: [str(p.label) for p in Perspective if p.value in own] for site, own in found.items()}


@require_GET
def all_checks(request: HttpRequest) -> Any:
    """Every site whose inside the reader may see: whom it involved in the last months, or that it involved no one."""
    asked = whole_number(request.GET.get("months"))
    months = asked if asked in PERIODS else RECENT_MONTHS
    since = months_before(clock.today(), months)
    sites = Site.objects.inside_for(request.user).prefetch_related("nations")
    rows = sites.annotate(
        entries=Count("coproduction_entries"),
        recent_entries=Count("coproduction_entries", filter=Q(coproduction_entries__on__gte=since)),
        recent_changes=Count(
            "coproduction_entries",
            filter=Q(coproduction_entries__on__gte=since) & ~Q(coproduction_entries__what_changed=""),
        ),
        last_entry=Max("coproduction_entries__on"),
    )
    listing = list_rows(
        request,
        rows,
        SiteCheckFilter,
        sorts={
            "name": ("Name", "name"),
            "last": ("Longest without", "last_entry"),
            "number": ("Most", "-recent_entries"),
        },
        default="name",
    )
    shown = list(listing.rows if wants_file(request) else listing.page)
    perspectives = _perspectives(shown, since)
    for site in shown:
        site.perspectives = perspectives.get(site.pk, [])
    if wants_file(request):
        columns = {
            "Site": lambda s: s.name,
            "Delivery model": lambda s: s.get_delivery_model_display(),
            "Nations": lambda s: s.places,
            "Status": lambda s: s.get_status_display(),
            f"Entries in {months} months": lambda s: s.recent_entries,
            "Of these, something changed": lambda s: s.recent_changes,
            "Perspectives involved": lambda s: "; ".join(s.perspectives),
            "Newest entry": lambda s: s.last_entry,
            "Entries in all": lambda s: s.entries,
        }
        return list_file(request, "co-production-checks", columns, shown)
    query = request.GET.copy()
    query.pop("page", None)
    tabs = []
    for number in PERIODS:
        query["months"] = str(number)
        tabs.append({"label": f"{number} months", "href": f"?{query.urlencode()}", "current": number == months})
    active = sites.filter(status=Site.Status.ACTIVE)
    silent = active.exclude(pk__in=CoproductionEntry.objects.since(since).order_by().values("site_id")).count()
    context = {
        "listing": listing,
        "rows": shown,
        "months": months,
        "tabs": tabs,
        "active": active.count(),
        "silent": silent,
        "is_everywhere": has_perm(request.user, "sites.view_internal"),
    }
    return render(request, "sites/progress/outcomes/all_checks.html", context)


@require_GET
def check(request: HttpRequest, slug: str) -> Any:
    """The co-production check of one site, newest first; as a file too."""
    site = inside_site(request, slug)
    entries = list(site.coproduction_entries.all())
    if wants_file(request):
        columns = {
            "Date": lambda e: e.on,
            "Perspective": lambda e: e.get_perspective_display(),
            "Who was involved": lambda e: e.who,
            "Part of the work": lambda e: e.get_part_display(),
            "How": lambda e: e.how,
            "What changed": lambda e: e.what_changed,
            "Illustrative": lambda e: "yes" if e.is_illustrative else "no",
        }
        return list_file(request, f"co-production-{site.slug}", columns, entries)
    missing = [p.label for p in CoproductionEntry.Part if p not in {entry.part for entry in entries}]
    context = {
        "site": site,
        "entries": entries,
        "missing": missing if entries else [],
        "files": [("CSV", "format=csv"), ("Excel", "format=xlsx")] if entries else None,
        "may_edit": has_perm(request.user, "sites.edit_site", site),
    }
    return render(request, "sites/progress/outcomes/check.html", context)


@require_http_methods(["GET", "POST"])
def entry_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Add an entry."""
    site = editable_site(request, slug)
    form = EntryForm(request.POST or None)
    return save_page(
        request,
        form,
        lambda: services.add_entry(by=request.user, site=site, **form.changes),
        title="Add to the co-production check",
        lead="Once that people were involved in the work of this site.",
        button="Add entry",
        done="The entry is added.",
        crumbs=_crumbs(site),
    )


@require_http_methods(["GET", "POST"])
def entry_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change an entry."""
    site = editable_site(request, slug)
    entry = _find(site, pk)
    form = EntryForm(request.POST or None, instance=copy.copy(entry))
    return save_page(
        request,
        form,
        lambda: services.update_entry(
            by=request.user, entry=_find(site, pk), expected=form.cleaned_data["version"], **form.changes
        ),
        compare=tuple(EntryForm.Meta.fields),
        title="Edit entry",
        button="Save entry",
        done="Saved.",
        crumbs=_crumbs(site),
        links=[("Remove entry", reverse("sites:entry-remove", args=[slug, pk]))],
    )


@require_http_methods(["GET", "POST"])
def entry_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Remove an entry, after asking."""
    site = editable_site(request, slug)
    entry = _find(site, pk)
    return remove_page(
        request,
        entry,
        lambda seen: services.remove_entry(by=request.user, entry=entry, expected=seen),
        title="Remove this entry?",
        lead="Only if it was added by mistake, or says too much about a person.",
        button="Remove entry",
        done="The entry was removed.",
        crumbs=_crumbs(site),
    )
