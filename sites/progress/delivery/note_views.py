"""Pages about learning notes: those of one site, those of all sites, and writing them."""

import copy
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import has_perm, require
from impact.core.web.forms import Crumbs
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.progress.delivery import services
from sites.progress.delivery.filters import NoteFilter, SiteNoteFilter
from sites.progress.delivery.forms import NoteForm
from sites.progress.delivery.models import LearningNote
from sites.progress.delivery.pages import crumbs_to, remove_page, save_page
from sites.registry.models import Site
from sites.registry.views import editable_site, find_site

SORTS = {"date": ("Date", "-noted_on"), "for": ("For whom", "for_whom"), "setting": ("Setting", "setting")}


def _columns() -> dict[str, Callable[[LearningNote], Any]]:
    """What a file of learning notes says of each, heading by heading."""
    return {
        "Site": lambda n: n.site.name,
        "Delivery model": lambda n: n.site.get_delivery_model_display(),
        "Nations": lambda n: n.site.places,
        "Date": lambda n: n.noted_on,
        "For whom": lambda n: n.for_whom,
        "Setting": lambda n: n.setting,
        "What worked": lambda n: n.worked,
        "What did not work": lambda n: n.did_not_work,
        "Author": lambda n: n.author.display_name if n.author else "",
    }


@require_GET
def all_notes(request: HttpRequest) -> HttpResponseBase:
    """Learning notes of every site that the reader may see inside: search, filter, sort, page, export."""
    rows = LearningNote.objects.visible_to(request.user).select_related("site", "author__person")
    sorts = {**SORTS, "site": ("Site", "site__name")}
    listing = list_rows(request, rows.prefetch_related("site__nations"), NoteFilter, sorts=sorts, default="date")
    if wants_file(request):
        return list_file(request, "learning-notes", _columns(), listing.rows)
    is_everywhere = has_perm(request.user, "sites.view_internal")
    return render(
        request,
        "sites/progress/delivery/note_list.html",
        {"listing": listing, "site": None, "is_everywhere": is_everywhere},
    )


@require_GET
def note_list(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Learning notes of one site: search, sort, page, export."""
    site = find_site(request, slug)
    require(request.user, "sites.view_internal", site)
    rows = LearningNote.objects.visible_to(request.user).filter(site=site).select_related("site", "author__person")
    listing = list_rows(request, rows.prefetch_related("site__nations"), SiteNoteFilter, sorts=SORTS, default="date")
    if wants_file(request):
        return list_file(request, f"learning-notes-{site.slug}", _columns(), listing.rows)
    may_edit = has_perm(request.user, "sites.edit_site", site)
    return render(
        request, "sites/progress/delivery/note_list.html", {"listing": listing, "site": site, "may_edit": may_edit}
    )


def _find(site: Site, pk: int) -> LearningNote:
    return get_object_or_404(site.learning_notes.select_related("site"), pk=pk)


def _crumbs(site: Site) -> Crumbs:
    return [*crumbs_to(site), ("Learning notes", reverse("sites:note-list", args=[site.slug]))]


@require_http_methods(["GET", "POST"])
def note_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Write down what worked and what did not."""
    site = editable_site(request, slug)
    form = NoteForm(request.POST or None)
    return save_page(
        request,
        form,
        lambda: services.add_note(by=request.user, site=site, **form.changes),
        title="Add a learning note",
        lead=f"What others can learn from {site}. The site’s team, staff and leadership can read it.",
        button="Add learning note",
        done="The learning note is added.",
        crumbs=_crumbs(site),
    )


@require_http_methods(["GET", "POST"])
def note_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Correct a learning note."""
    site = editable_site(request, slug)
    note = _find(site, pk)
    form = NoteForm(request.POST or None, instance=copy.copy(note))
    return save_page(
        request,
        form,
        lambda: services.update_note(
            by=request.user, note=_find(site, pk), expected=form.cleaned_data["version"], **form.changes
        ),
        compare=tuple(NoteForm.Meta.fields),
        title="Edit a learning note",
        button="Save learning note",
        done="Saved.",
        crumbs=_crumbs(site),
        links=[("Remove learning note", reverse("sites:note-remove", args=[slug, pk]))],
    )


@require_http_methods(["GET", "POST"])
def note_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Remove a learning note, after asking."""
    site = editable_site(request, slug)
    note = _find(site, pk)
    return remove_page(
        request,
        note,
        lambda seen: services.remove_note(by=request.user, note=note, expected=seen),
        title="Remove this learning note?",
        lead="No one will be able to read it any more.",
        button="Remove learning note",
        done="The learning note was removed.",
        crumbs=_crumbs(site),
    )
