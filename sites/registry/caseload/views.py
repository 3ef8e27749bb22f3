"""Pages about who works where, and their supervision."""

import copy
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.progress.delivery.pages import crumbs_to, remove_page, save_page
from sites.registry.caseload import services
from sites.registry.caseload.filters import PostFilter
from sites.registry.caseload.forms import SupervisionForm
from sites.registry.caseload.models import SUPERVISED_EVERY, Supervision
from sites.registry.caseload.queries import not_ended, overdue_in_words, overdue_posts, posts_for
from sites.registry.models import Site, SiteRole
from sites.registry.views import find_site, inside_site


@require_GET
def caseload(request: HttpRequest) -> Any:
    """Every post that has not ended, by person: where, since when, last and next supervision. Export too."""
    today = clock.today()
    posts = not_ended(posts_for(request.user), today).select_related("site", "person", "employer")
    listing = list_rows(
        request,
        posts,
        PostFilter,
        sorts={
            "person": ("Person", "person__name"),
            "site": ("Site", "site__name"),
            "last": ("Longest without supervision", "last_held"),
            "next": ("Next supervision", "next_planned"),
        },
        default="person",
    )
    if wants_file(request):
        columns = {
            "Post": lambda p: p.get_kind_display(),
            "Status": lambda p: p.get_state_display(),
            "Person": lambda p: p.person.name if p.person else "",
            "Posts of this person": lambda p: p.person_posts or "",
            "Site": lambda p: p.site.name,
            "Employer": lambda p: p.employer or "",
            "First day": lambda p: p.starts_on,
            "Last day": lambda p: p.ends_on,
            "Last supervision": lambda p: p.last_held,
            "Next supervision": lambda p: p.next_planned,
            "Overdue": lambda p: overdue_in_words(p, today),
        }
        return list_file(request, "caseload", columns, listing.rows)
    for post in listing.page:
        post.overdue = overdue_in_words(post, today)
    context = {
        "listing": listing,
        "overdue": overdue_posts(posts, today).count(),
        "weeks": SUPERVISED_EVERY.days // 7,
        "is_everywhere": has_perm(request.user, "sites.view_internal"),
        "may_supervise": has_perm(request.user, "sites.supervise"),
    }
    return render(request, "sites/caseload/caseload.html", context)


def _post(site: Site, pk: int) -> SiteRole:
    return get_object_or_404(site.roles.select_related("site", "person"), pk=pk)


def _crumbs(post: SiteRole) -> list[tuple[str, str]]:
    return [
        *crumbs_to(post.site, "#people"),
        ("Supervision", reverse("sites:supervision", args=[post.site.slug, post.pk])),
    ]


def _supervised(request: HttpRequest, slug: str, pk: int) -> SiteRole:
    """The post, for a page that writes about its supervision."""
    site = find_site(request, slug)
    require(request.user, "sites.supervise", site)
    return _post(site, pk)


def _find(post: SiteRole, pk: int) -> Supervision:
    return get_object_or_404(post.supervisions.select_related("role__site"), pk=pk)


@require_GET
def supervision(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The supervision of one post: dates for the site's team and leadership, notes for those who may supervise."""
    site = inside_site(request, slug)
    post = get_object_or_404(posts_for(request.user).filter(site=site).select_related("site", "person"), pk=pk)
    rows = [
        {"row": row, "note": row.note_for(request.user), "is_late": not row.is_held and row.on < clock.today()}
        for row in post.supervisions.select_related("supervisor__person")
    ]
    context = {
        "site": site,
        "post": post,
        "rows": rows,
        "overdue": overdue_in_words(post, clock.today()),
        "may_supervise": has_perm(request.user, "sites.supervise"),
        "is_appointed": post.state == SiteRole.State.APPOINTED,
    }
    return render(request, "sites/caseload/supervision.html", context)


@require_http_methods(["GET", "POST"])
def supervision_add(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Plan supervision, or record that it was held."""
    post = _supervised(request, slug, pk)
    form = SupervisionForm(request.POST or None)
    return save_page(
        request,
        form,
        lambda: services.add_supervision(by=request.user, role=post, **form.changes),
        title="Add supervision",
        lead=f"{post.person.name if post.person else post.get_kind_display()}, {post.site}",
        button="Save supervision",
        done="The supervision is saved.",
        crumbs=_crumbs(post),
    )


@require_http_methods(["GET", "POST"])
def supervision_edit(request: HttpRequest, slug: str, pk: int, supervision: int) -> HttpResponse:
    """Move supervision, record that it was held, or change the note."""
    post = _supervised(request, slug, pk)
    row = _find(post, supervision)
    form = SupervisionForm(request.POST or None, instance=copy.copy(row))
    return save_page(
        request,
        form,
        lambda: services.update_supervision(
            by=request.user,
            supervision=_find(post, supervision),
            expected=form.cleaned_data["version"],
            **form.changes,
        ),
        compare=("on", "is_held", "note"),
        title="Edit supervision",
        lead=f"{post.person.name if post.person else post.get_kind_display()}, {post.site}",
        button="Save supervision",
        done="Saved.",
        crumbs=_crumbs(post),
        links=[("Remove supervision", reverse("sites:supervision-remove", args=[slug, pk, supervision]))],
    )


@require_http_methods(["GET", "POST"])
def supervision_remove(request: HttpRequest, slug: str, pk: int, supervision: int) -> HttpResponse:
    """Remove supervision, after asking."""
    post = _supervised(request, slug, pk)
    row = _find(post, supervision)
    return remove_page(
        request,
        row,
        lambda seen: services.remove_supervision(by=request.user, supervision=row, expected=seen),
        title="Remove this supervision?",
        lead="If it was recorded by mistake, or will not take place. Its note is removed too.",
        button="Remove supervision",
        done="The supervision was removed.",
        crumbs=_crumbs(post),
    )
