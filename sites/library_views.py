"""Organisations and topics: what sites refer to."""

import copy
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.listing import list_file, list_rows, wants_file
from sites import services
from sites.filters import OrganisationFilter, TopicFilter
from sites.forms import OrganisationForm, ScoreForm, TopicForm, show_conflict, show_error
from sites.models import Organisation, Round, Site, SiteRole, Topic


# --- Organisations -------------------------------------------------------------------------------
@require_GET
def organisation_list(request: HttpRequest) -> HttpResponse:
    """Organisations: filter, sort, page, export."""
    seen = Site.objects.visible_to(request.user)
    hosted = Count("hosted_sites", filter=Q(hosted_sites__in=seen), distinct=True)
    listing = list_rows(
        request,
        Organisation.objects.visible_to(request.user).annotate(hosted=hosted).prefetch_related("parts"),
        OrganisationFilter,
        sorts={
            "name": ("Name", "name"),
            "kind": ("Kind", "kind"),
            "nation": ("Nation", "nation"),
            "hosted": ("Most sites", "-hosted"),
        },
        default="name",
    )
    if wants_file(request):
        columns = {
            "Name": lambda o: o.name,
            "Kind": lambda o: o.get_kind_display(),
            "Nation": lambda o: o.get_nation_display(),
            "Sites hosted": lambda o: o.hosted,
            "Web address": lambda o: o.website,
        }
        return list_file(request, "organisations", columns, listing.rows)  # type: ignore[return-value]
    may_add = has_perm(request.user, "sites.edit_organisation")
    return render(request, "sites/organisation_list.html", {"listing": listing, "may_add": may_add})


@require_GET
def organisation_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One organisation with every part it plays, at sites that the reader may see and for the centre."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), slug=slug)
    seen = Site.objects.visible_to(request.user)
    roles = SiteRole.objects.filter(employer=organisation, site__in=seen).select_related("site")
    parts = organisation.parts.select_related("site").filter(Q(site__isnull=True) | Q(site__in=seen))
    context = {
        "organisation": organisation,
        "hosted": organisation.hosted_sites.filter(pk__in=seen).prefetch_related("nations"),
        "site_parts": [part for part in parts if part.site_id],
        "overall_parts": [part for part in parts if not part.site_id],
        "employs": roles,
        "may_edit": has_perm(request.user, "sites.edit_organisation"),
        "history": audit.history(organisation),
    }
    return render(request, "sites/organisation_detail.html", context)


def _edit(request: HttpRequest, row: Any, form: Any, save: Any, template: str, context: dict[str, Any]) -> HttpResponse:
    """Save a versioned form about ``row`` through ``save``; a clash shows both texts and keeps what was typed."""
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            save(type(row).objects.get(pk=row.pk), form)
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in form.changes}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(row)
    status = 200 if differences is None else 409
    return render(request, template, {"form": form, "differences": differences, **context}, status=status)


@require_http_methods(["GET", "POST"])
def organisation_add(request: HttpRequest) -> HttpResponse:
    """Record an organisation."""
    require(request.user, "sites.edit_organisation")
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            organisation = services.add_organisation(by=request.user, **form.changes)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "The organisation is added.")
            return redirect(organisation)
    return render(request, "sites/organisation_form.html", {"form": form, "organisation": None})


@require_http_methods(["GET", "POST"])
def organisation_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change an organisation's record."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), slug=slug)
    require(request.user, "sites.edit_organisation")

    def save(fresh: Organisation, form: OrganisationForm) -> None:
        services.update_organisation(
            by=request.user, organisation=fresh, expected=form.cleaned_data["version"], **form.changes
        )

    form = OrganisationForm(request.POST or None, instance=copy.copy(organisation))
    context = {"organisation": organisation}
    return _edit(request, organisation, form, save, "sites/organisation_form.html", context)


# --- Topics --------------------------------------------------------------------------------------
CRITERIA_SHORT = ["Difference", "Inequalities", "Resources", "Evidence"]


@require_GET
def topic_list(request: HttpRequest) -> HttpResponse:
    """Topics with their scores on the four criteria: filter, sort by total or criterion, page, export."""
    seen = Site.objects.visible_to(request.user)
    sites = Count("sites", filter=Q(sites__in=seen), distinct=True)
    listing = list_rows(
        request,
        Topic.objects.visible_to(request.user).with_total().annotate(site_count=sites),
        TopicFilter,
        sorts={
            "name": ("Name", "name"),
            "total": ("Total score", "-total"),
            "difference": ("Difference", "-makes_a_difference"),
            "inequalities": ("Inequalities", "-tackles_inequalities"),
            "resources": ("Resources", "-good_use_of_resources"),
            "evidence": ("Evidence", "-enough_evidence"),
        },
        default="total",
    )
    if wants_file(request):
        columns = {
            "Name": lambda t: t.name,
            "Where it came from": lambda t: t.get_source_display(),
            "Candidate for": lambda t: t.proposed_for,
            **{label: (lambda t, field=field: getattr(t, field)) for field, label in Topic.CRITERIA},
            "Total out of 20": lambda t: t.total,
            "Scores are illustrative": lambda t: "yes" if t.is_illustrative else "no",
        }
        return list_file(request, "topics", columns, listing.rows)  # type: ignore[return-value]
    context = {
        "listing": listing,
        "short": CRITERIA_SHORT,
        "has_illustrative": any(topic.is_illustrative for topic in listing.page),
        "may_add": has_perm(request.user, "sites.edit_topic"),
    }
    return render(request, "sites/topic_list.html", context)


@require_GET
def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One topic: its scores, the sites that work on it, the rounds that ask for it."""
    topic = get_object_or_404(Topic.objects.visible_to(request.user).with_total(), slug=slug)
    context = {
        "topic": topic,
        "sites": Site.objects.visible_to(request.user).filter(topic=topic).prefetch_related("nations"),
        "rounds": Round.objects.visible_to(request.user).filter(topics=topic),
        "may_edit": has_perm(request.user, "sites.edit_topic"),
        "history": audit.history(topic) if has_perm(request.user, "sites.view_all") else None,
    }
    return render(request, "sites/topic_detail.html", context)


@require_http_methods(["GET", "POST"])
def topic_add(request: HttpRequest) -> HttpResponse:
    """Record a topic from the survey or the assemblies."""
    require(request.user, "sites.edit_topic")
    form = TopicForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            topic = services.add_topic(by=request.user, **form.changes)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "The topic is added. Next, score it.")
            return redirect("sites:topic-score", topic.slug)
    return render(request, "sites/topic_form.html", {"form": form, "topic": None})


@require_http_methods(["GET", "POST"])
def topic_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a topic's words or where it came from."""
    topic = get_object_or_404(Topic.objects.visible_to(request.user), slug=slug)
    require(request.user, "sites.edit_topic")

    def save(fresh: Topic, form: TopicForm) -> None:
        services.update_topic(by=request.user, topic=fresh, expected=form.cleaned_data["version"], **form.changes)

    form = TopicForm(request.POST or None, instance=copy.copy(topic))
    return _edit(request, topic, form, save, "sites/topic_form.html", {"topic": topic})


@require_http_methods(["GET", "POST"])
def topic_score(request: HttpRequest, slug: str) -> HttpResponse:
    """Score a topic on the four criteria."""
    topic = get_object_or_404(Topic.objects.visible_to(request.user), slug=slug)
    require(request.user, "sites.edit_topic")

    def save(fresh: Topic, form: ScoreForm) -> None:
        services.score_topic(by=request.user, topic=fresh, expected=form.cleaned_data["version"], **form.changes)

    form = ScoreForm(request.POST or None, instance=copy.copy(topic))
    return _edit(request, topic, form, save, "sites/topic_score.html", {"topic": topic})
