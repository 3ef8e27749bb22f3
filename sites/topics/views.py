"""Pages about topics: what sites can be about, and how each is scored."""

import copy

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.web.forms import edit_page, errors_on
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.evidence.pages import evidence_about
from sites.registry.models import Site
from sites.rounds.models import Round
from sites.topics import services
from sites.topics.filters import TopicFilter
from sites.topics.forms import ScoreForm, TopicForm
from sites.topics.models import Topic

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
            **{label: (lambda t, field=field: getattr(t, field)) for field, label in Topic.CRITERIA},  # type: ignore[misc]
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
    return render(request, "sites/topics/topic_list.html", context)


@require_GET
def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One topic: its scores, the sites that work on it, the rounds that ask for it, and the evidence about it."""
    topic = get_object_or_404(Topic.objects.visible_to(request.user).with_total(), slug=slug)
    context = {
        "topic": topic,
        "sites": Site.objects.visible_to(request.user).filter(topic=topic).prefetch_related("nations"),
        "rounds": Round.objects.visible_to(request.user).filter(topics=topic),
        "evidence": evidence_about(request.user, topic),
        "may_edit": has_perm(request.user, "sites.edit_topic"),
        "history": audit.history(topic) if has_perm(request.user, "sites.view_all") else None,
    }
    return render(request, "sites/topics/topic_detail.html", context)


@require_http_methods(["GET", "POST"])
def topic_add(request: HttpRequest) -> HttpResponse:
    """Record a topic from the survey or the assemblies."""
    require(request.user, "sites.edit_topic")
    form = TopicForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            topic = services.add_topic(by=request.user, **form.changes)
            messages.success(request, "The topic is added. Next, score it.")
            return redirect("sites:topic-score", topic.slug)
    return render(request, "sites/topics/topic_form.html", {"form": form, "topic": None})


@require_http_methods(["GET", "POST"])
def topic_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a topic's words or where it came from."""
    topic = get_object_or_404(Topic.objects.visible_to(request.user), slug=slug)
    require(request.user, "sites.edit_topic")

    def save(fresh: Topic, form: TopicForm) -> None:
        services.update_topic(by=request.user, topic=fresh, expected=form.cleaned_data["version"], **form.changes)

    form = TopicForm(request.POST or None, instance=copy.copy(topic))
    return edit_page(request, topic, form, save, "sites/topics/topic_form.html", {"topic": topic})


@require_http_methods(["GET", "POST"])
def topic_score(request: HttpRequest, slug: str) -> HttpResponse:
    """Score a topic on the four criteria."""
    topic = get_object_or_404(Topic.objects.visible_to(request.user), slug=slug)
    require(request.user, "sites.edit_topic")

    def save(fresh: Topic, form: ScoreForm) -> None:
        services.score_topic(by=request.user, topic=fresh, expected=form.cleaned_data["version"], **form.changes)

    form = ScoreForm(request.POST or None, instance=copy.copy(topic))
    return edit_page(request, topic, form, save, "sites/topics/topic_score.html", {"topic": topic})
