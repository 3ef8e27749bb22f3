"""Pages about evidence items: the library, one item, adding and editing one."""

import copy
import re

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import errors_on, show_conflict, show_error
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.progress.evidence import services
from sites.progress.evidence.filters import EvidenceFilter
from sites.progress.evidence.forms import EvidenceForm
from sites.progress.evidence.models import STRENGTH_MEANS, EvidenceGap, EvidenceItem, Strength
from sites.progress.evidence.pages import balance_in_words
from sites.registry.models import Site
from sites.topics.models import Topic

LINKS = ("topics", "sites")


def chosen(request: HttpRequest, name: str, rows: QuerySet) -> QuerySet:
    """The topic or site that the address asks to begin with, such as ``?topic=values``; none where it names none."""
    slug = request.GET.get(name, "")
    return rows.filter(slug=slug) if re.fullmatch(r"[-a-zA-Z0-9_]{1,80}", slug) else rows.none()


@require_GET
def evidence_list(request: HttpRequest) -> HttpResponse:
    """The evidence library: search, filter, sort, page, export."""
    listing = list_rows(
        request,
        EvidenceItem.objects.visible_to(request.user).with_links(request.user),
        EvidenceFilter,
        sorts={
            "title": ("Title", "title"),
            "kind": ("Kind", "kind"),
            "strength": ("Strength", "-strength"),  # strong, moderate, emerging: backwards in the alphabet
            "year": ("Newest", "-year"),
        },
        default="title",
    )
    if wants_file(request):
        columns = {
            "Title": lambda e: e.title,
            "Kind": lambda e: e.get_kind_display(),
            "Strength": lambda e: e.get_strength_display(),
            "What it says": lambda e: e.summary,
            "Who says it": lambda e: e.source,
            "Year": lambda e: e.year,
            "Web address": lambda e: e.web_address,
            "Formats": lambda e: "; ".join(e.format_labels),
            "Topics": lambda e: "; ".join(topic.name for topic in e.topics_seen),
            "Sites": lambda e: "; ".join(site.name for site in e.sites_seen),
            "Illustrative": lambda e: "yes" if e.is_illustrative else "no",
        }
        return list_file(request, "evidence", columns, listing.rows)  # type: ignore[return-value]
    context = {
        "listing": listing,
        "balance": balance_in_words(listing.rows.balance()) if listing.total else "",  # type: ignore[attr-defined]
        "strengths": [(strength.label, STRENGTH_MEANS[strength]) for strength in Strength],
        "has_illustrative": any(item.is_illustrative for item in listing.page),
        "may_add": has_perm(request.user, "sites.edit_topic"),
    }
    return render(request, "sites/progress/evidence/evidence_list.html", context)


def find_item(request: HttpRequest, slug: str) -> EvidenceItem:
    """The item, if the reader may see it."""
    return get_object_or_404(EvidenceItem.objects.visible_to(request.user), slug=slug)


@require_GET
def evidence_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One item: what it says, who says it, how sure it makes us and what it is about."""
    items = EvidenceItem.objects.visible_to(request.user).with_links(request.user)
    item = get_object_or_404(items, slug=slug)
    context = {
        "item": item,
        "gaps": EvidenceGap.objects.visible_to(request.user).filter(evidence=item),
        "may_edit": has_perm(request.user, "sites.edit_topic"),
        "history": audit.history(item) if has_perm(request.user, "sites.view_all") else None,
    }
    return render(request, "sites/progress/evidence/evidence_detail.html", context)


@require_http_methods(["GET", "POST"])
def evidence_add(request: HttpRequest) -> HttpResponse:
    """Add an item to the library; a topic or site in the address is ticked."""
    require(request.user, "sites.edit_topic")
    initial = {
        "topics": chosen(request, "topic", Topic.objects.visible_to(request.user)),
        "sites": chosen(request, "site", Site.objects.visible_to(request.user)),
    }
    form = EvidenceForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            item = services.add_item(by=request.user, **form.changes)
            messages.success(request, "The evidence is in the library.")
            return redirect(item)
    return render(request, "sites/progress/evidence/evidence_form.html", {"form": form, "item": None})


@require_http_methods(["GET", "POST"])
def evidence_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change an item, or what it is about."""
    item = find_item(request, slug)
    require(request.user, "sites.edit_topic")
    form = EvidenceForm(request.POST or None, instance=copy.copy(item), user=request.user)
    differences = None
    if request.method == "POST" and form.is_valid():
        fresh, expected = EvidenceItem.objects.get(pk=item.pk), form.cleaned_data["version"]
        try:
            services.update_item(by=request.user, item=fresh, expected=expected, **form.changes)
        except Conflict as conflict:
            saved = conflict.current
            now = {name: getattr(saved, name) for name in form.changes if name not in LINKS}
            differences = show_conflict(form, conflict, now | {name: getattr(saved, name).all() for name in LINKS})
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(item)
    context = {"form": form, "item": item, "differences": differences}
    status = 200 if differences is None else 409
    return render(request, "sites/progress/evidence/evidence_form.html", context, status=status)
