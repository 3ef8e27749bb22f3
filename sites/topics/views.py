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
from sites.calls.rounds.models import Round
from sites.progress.evidence.pages import evidence_about
from sites.registry.models import Site
from sites.topics import services
from sites.topics.filters import TopicFilter
from sites.topics.forms import ScoreForm, TopicForm
from sites.topics.lists.views import newest_edition
from sites.topics.models import Topic
from sites.topics.proposals.models import Proposal
from sites.topics.scoring.models import TopicYear


def plain(score: float | None) -> float | int | None:
    """A score as files have it: one decimal place, and none where it is a whole number."""
    if score is None:
        return None
    rounded = round(score, 1)
    return int(rounded) if rounded == int(rounded) else rounded


CRITERIA_SHORT = ["Difference", "Inequalities", "Resources", "Evidence"]


@require_GET
def topic_list(request: HttpRequest) -> HttpResponse:
    """Topics with their scores on the four criteria: filter, sort by total or criterion, page, export."""
    seen = Site.objects.visible_to(request.user)
    sites = Count("sites", filter=Q(sites__in=seen), distinct=True)
    listing = list_rows(
        request,
        Topic.objects.visible_to(request.user).with_scores().annotate(site_count=sites),
        TopicFilter,
        sorts={
            "name": ("Name", "name"),
            "total": ("Total score", "-total"),
            "difference": ("Difference", "-mean_makes_a_difference"),
            "inequalities": ("Inequalities", "-mean_tackles_inequalities"),
            "resources": ("Resources", "-mean_good_use_of_resources"),
            "evidence": ("Evidence", "-mean_enough_evidence"),
        },
        default="total",
    )
    if wants_file(request):
        columns = {
            "Name": lambda t: t.name,
            "Where it came from": lambda t: t.get_source_display(),
            "Candidate for": lambda t: t.proposed_for,
            **{label: (lambda t, n=n: plain(t.scores[n][1])) for n, (_field, label) in enumerate(Topic.CRITERIA)},  # type: ignore[misc]
            "Total out of 20": lambda t: plain(t.total),
            "Whose scores": lambda t: t.scored_in_words if t.total is not None else "",
            "Scores are illustrative": lambda t: "yes" if t.is_illustrative else "no",
        }
        return list_file(request, "topics", columns, listing.rows)  # type: ignore[return-value]
    context = {
        "listing": listing,
        "short": CRITERIA_SHORT,
        "has_illustrative": any(topic.is_illustrative for topic in listing.page),
        "may_add": has_perm(request.user, "sites.edit_topic"),
        "years": _years(request),
    }
    return render(request, "sites/topics/topic_list.html", context)


def _years(request: HttpRequest) -> list[TopicYear]:
    """The years whose topics are being chosen, or were, as far as the reader follows them; the newest first."""
    user = request.user
    kept = {row.year: row for row in TopicYear.objects.visible_to(user)}
    years = set(kept)
    if has_perm(user, "sites.view_all"):
        years |= set(Proposal.objects.order_by().values_list("year", flat=True).distinct())
    return [kept.get(year, TopicYear(year=year)) for year in sorted(years, reverse=True)]


@require_GET
def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One topic: its scores, the sites that work on it, the rounds that ask for it, and the evidence about it."""
    topic = get_object_or_404(Topic.objects.visible_to(request.user).with_scores(), slug=slug)
    edition = newest_edition(topic)
    context = {
        "topic": topic,
        "sites": Site.objects.visible_to(request.user).filter(topic=topic).prefetch_related("nations"),
        "rounds": Round.objects.visible_to(request.user).select_related("release").filter(topics=topic),
        "evidence": evidence_about(request.user, topic),
        "proposals": Proposal.objects.visible_to(request.user).filter(topic=topic).with_rows(),
        "edition": edition,
        "standing": edition.standing_of(topic.slug) if edition else "",
        "choice": _choice(request, topic),
        "by_several": services.is_scored_by_several(topic),
        "may_edit": has_perm(request.user, "sites.edit_topic"),
        "history": audit.history(topic) if has_perm(request.user, "sites.view_all") else None,
    }
    return render(request, "sites/topics/topic_detail.html", context)


def _choice(request: HttpRequest, topic: Topic) -> TopicYear | None:
    """The scoring of the year for which a topic is a candidate, for those who follow it."""
    row = TopicYear.objects.visible_to(request.user).filter(year=topic.proposed_for or 0).first()
    follows = row is not None and has_perm(request.user, "sites.view_scores", row)
    return row if follows and row is not None and row.stage != TopicYear.Stage.COLLECTING else None


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
    if services.is_scored_by_several(topic):
        messages.info(request, services.SCORED_BY_SEVERAL)
        return redirect(topic)

    def save(fresh: Topic, form: ScoreForm) -> None:
        services.score_topic(by=request.user, topic=fresh, expected=form.cleaned_data["version"], **form.changes)

    form = ScoreForm(request.POST or None, instance=copy.copy(topic))
    return edit_page(request, topic, form, save, "sites/topics/topic_score.html", {"topic": topic})
