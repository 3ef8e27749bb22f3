"""Pages of choosing a year's topics: how far it has got, one's own scores, and the spread of everyone's."""

import copy
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import (
    Crumbs,
    errors_as_messages,
    errors_on,
    form_page,
    show_conflict,
    show_error,
    take_version,
)
from impact.core.web.listing import files_of, list_file, wants_file
from sites.progress.evidence.models import EvidenceGap
from sites.progress.evidence.pages import evidence_about
from sites.topics.models import CRITERIA, FIRST_YEAR, LAST_YEAR, Topic
from sites.topics.proposals.models import Proposal
from sites.topics.scoring import services
from sites.topics.scoring.forms import ReopenForm, ScoringForm, SheetForm, candidates_of
from sites.topics.scoring.models import Scorer, ScoreSheet, TopicYear
from sites.topics.scoring.results import results_of

Stage = TopicYear.Stage


def find_year(request: HttpRequest, year: int) -> TopicYear:
    """The choice of a year, for those who follow it: national readers, and those who are asked to score. 404 for others."""
    user = request.user
    row = TopicYear.objects.visible_to(user).filter(year=year).first()
    if row is not None and (has_perm(user, "sites.view_all") or has_perm(user, "sites.view_scores", row)):
        return row
    is_begun = Proposal.objects.filter(year=year).exists() or Topic.objects.filter(proposed_for=year).exists()
    if has_perm(user, "sites.view_all") and is_begun and FIRST_YEAR <= year <= LAST_YEAR:
        return TopicYear(year=year)  # made when scoring is opened
    raise Http404


def find_kept_year(request: HttpRequest, year: int) -> TopicYear:
    """The choice of a year that has got as far as scoring."""
    row = find_year(request, year)
    if row.pk is None:
        raise Http404
    return row


def crumbs_to(year: TopicYear | None = None) -> Crumbs:
    """The way to the topics, and to the choice of a year."""
    crumbs = [("Sites", reverse("sites:list")), ("Topics", reverse("sites:topic-list"))]
    return [*crumbs, (f"Choosing for {year.year}", reverse("sites:topic-choice", args=[year.year]))] if year else crumbs


def _own(request: HttpRequest, year: TopicYear) -> Scorer | None:
    return year.scorers.filter(user_id=request.user.pk or 0).first() if year.pk else None


@require_GET
def topic_choice(request: HttpRequest, year: int) -> HttpResponse:
    """How far the choice of a year's topics has got: proposals, survey, scoring, list; and what to do next."""
    row = find_year(request, year)
    user = request.user
    proposals = Proposal.objects.visible_to(user).filter(year=year)
    states = list(proposals.order_by().values_list("state", flat=True))
    candidates = row.candidates.count()
    missing = services.missing_from(row) if row.is_scoring else []
    own = _own(request, row)
    can = {
        "edit": has_perm(user, "sites.edit_topic"),
        "agree": has_perm(user, "sites.agree_topics"),
        "national": has_perm(user, "sites.view_all"),
    }
    context = {
        "row": row,
        "can": can,
        "own": own,
        "own_left": {scorer.pk: left for scorer, left in missing}.get(own.pk, 0) if own else 0,
        "steps": [
            ("Proposals", f"{len(states)} recorded, {states.count(Proposal.State.OPEN.value)} to decide"),
            ("Candidates", f"{candidates} {'topic' if candidates == 1 else 'topics'}"),
        ],
        "states": [(state.label, states.count(state.value)) for state in Proposal.State],
        "candidates": candidates,
        "people": row.scorers.count() if row.pk else 0,
        "missing": missing,
        "next": _next(row, can, states, candidates, missing),
        "entries": row.entries.select_related("topic") if row.pk else [],
        "editions": row.editions.all() if row.pk else [],
        "crumbs": crumbs_to(),
        "history": audit.history(row) if row.pk and can["national"] else None,
    }
    return render(request, "sites/topics/scoring/topic_choice.html", context)


def _next(
    row: TopicYear, can: dict[str, bool], states: list[str], candidates: int, missing: list[Any]
) -> dict[str, str]:
    """What those who run the choice do next: words, button and address of a page; nothing for others."""
    year = [row.year]
    if row.stage == Stage.COLLECTING and can["edit"]:
        if Proposal.State.OPEN in states or not candidates:
            return {
                "words": "Decide about the open proposals: take them on as topics, merge those that are alike, or set them aside.",
                "button": "Decide about proposals",
                "href": f"{reverse('sites:proposal-list')}?year={row.year}&state=open",
            }
        return {
            "words": "The candidates are there. Ask several people to score them.",
            "button": "Open scoring",
            "href": reverse("sites:topic-scoring", args=year),
        }
    if row.stage == Stage.SCORING and can["edit"]:
        words = (
            "People are scoring. Close scoring when everyone is done."
            if missing
            else "Everyone has scored every topic."
        )
        return {"words": words, "close": "yes"}
    if row.stage == Stage.SCORED and can["edit"]:
        return {
            "words": "Scoring is closed. Read the results together, then write the list with a reason for each topic.",
            "button": "Write the list",
            "href": reverse("sites:topic-year-list", args=year),
        }
    if row.stage == Stage.AGREED and can["edit"]:
        return {"words": "The list is agreed. Once published, anyone can read it with its reasons.", "publish": "yes"}
    return {}


# --- Opening and closing -------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def topic_scoring(request: HttpRequest, year: int) -> HttpResponse:
    """Ask people to score a year's topics, or change who is asked."""
    row = find_year(request, year)
    require(request.user, "sites.edit_topic")
    form = ScoringForm(request.POST or None, year=row)
    differences: list[dict[str, str]] | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.open_scoring(
                by=request.user,
                year=year,
                scorers=data["scorers"],
                score_by=data["score_by"],
                expected=data["version"],
            )
        except Conflict as conflict:
            take_version(form, conflict.current)
            form.add_error(None, "Someone else changed this in the meantime. Compare, then save again.")
            differences = []
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "They can score now." if not row.is_scoring else "Saved.")
            return redirect("sites:topic-choice", year)
    return form_page(
        request,
        form,
        title="Change who scores" if row.is_scoring else f"Open scoring for {year}",
        button="Save" if row.is_scoring else "Open scoring",
        crumbs=crumbs_to(row),
        lead="Each person gives each topic a score from 0 to 5 on four criteria, with a reason.",
        differences=differences,
    )


@require_POST
def scoring_close(request: HttpRequest, year: int) -> HttpResponse:
    """Close scoring, so that everyone sees all scores."""
    row = find_kept_year(request, year)
    with errors_as_messages(request):
        services.close_scoring(by=request.user, year=row)
        messages.success(request, "Scoring is closed. Everyone who scored sees all scores now.")
        return redirect("sites:topic-results", year)
    return redirect("sites:topic-choice", year)


@require_http_methods(["GET", "POST"])
def scoring_reopen(request: HttpRequest, year: int) -> HttpResponse:
    """Open scoring again, with a reason."""
    row = find_kept_year(request, year)
    require(request.user, "sites.edit_topic")
    form = ReopenForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with errors_on(form):
            services.reopen_scoring(by=request.user, year=row, reason=data["reason"], expected=data["version"])
            messages.success(request, "Scoring is open again.")
            return redirect("sites:topic-choice", year)
    return form_page(request, form, title="Open scoring again", button="Open scoring", crumbs=crumbs_to(row))


# --- Scoring -------------------------------------------------------------------------------------
@require_GET
def own_scores(request: HttpRequest, year: int) -> HttpResponse:
    """One's own scores of a year's topics: what is done and what is left."""
    row = find_kept_year(request, year)
    own = _own(request, row)
    if own is None:
        raise PermissionDenied("You are not asked to score these topics.")
    sheets = {sheet.topic_id: sheet for sheet in own.sheets.all()}
    topics = [(topic, sheets.get(topic.pk)) for topic in candidates_of(row)]
    left = [topic for topic, sheet in topics if sheet is None or not sheet.is_complete]
    context = {"row": row, "topics": topics, "left": left, "done": len(topics) - len(left), "crumbs": crumbs_to(row)}
    return render(request, "sites/topics/scoring/own_scores.html", context)


@require_http_methods(["GET", "POST"])
def score_topic(request: HttpRequest, year: int, slug: str) -> HttpResponse:
    """Score one topic on the four criteria, with a reason for each; then on to the next one that is left."""
    row = find_kept_year(request, year)
    own = _own(request, row)
    if own is None:
        raise PermissionDenied("You are not asked to score these topics.")
    topic = get_object_or_404(Topic.objects.visible_to(request.user), proposed_for=year, slug=slug)
    if not row.is_scoring:
        messages.info(request, "Scoring is closed, so scores do not change any more.")
        return redirect("sites:topic-year-scores", year)
    sheet = ScoreSheet.objects.filter(scorer=own, topic=topic).first()
    form = SheetForm(request.POST or None, instance=copy.copy(sheet) if sheet else None)
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.save_sheet(
                by=request.user, year=row, topic=topic, expected=form.cleaned_data["version"], **form.changes
            )
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in form.changes}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            return _after_saving(request, row, own)
    topics = candidates_of(row)
    context = {
        "row": row,
        "topic": topic,
        "form": form,
        "differences": differences,
        "number": topics.index(topic) + 1,
        "total": len(topics),
        "evidence": evidence_about(request.user, topic),
        "crumbs": [*crumbs_to(row), ("Your scores", reverse("sites:topic-year-scores", args=[year]))],
    }
    status = 200 if differences is None else 409
    return render(request, "sites/topics/scoring/score_topic.html", context, status=status)


def _after_saving(request: HttpRequest, row: TopicYear, own: Scorer) -> HttpResponse:
    """To the next topic that is left, or to the list when all are done."""
    done = {sheet.topic_id for sheet in own.sheets.all() if sheet.is_complete}
    left = [topic for topic in candidates_of(row) if topic.pk not in done]
    if left and "next" in request.POST:
        messages.success(request, f"Saved. Next: {left[0]}.")
        return redirect("sites:topic-year-score", row.year, left[0].slug)
    messages.success(request, "Saved." if left else "Saved. You have scored every topic. Thank you.")
    return redirect("sites:topic-year-scores", row.year)


# --- Results -------------------------------------------------------------------------------------
@require_GET
def topic_results(request: HttpRequest, year: int) -> HttpResponse:
    """The spread of everyone's scores on each topic and criterion, once scoring is closed."""
    row = find_kept_year(request, year)
    require(request.user, "sites.view_scores", row)
    if not row.is_closed:
        messages.info(request, "Scores are shown when scoring is closed.")
        return redirect("sites:topic-choice", year)
    results = results_of(row, EvidenceGap.objects.visible_to(request.user))
    if wants_file(request):
        rows = [(r.topic, c, reason) for r in results for c in r.criteria for reason in c.reasons]
        columns = {
            "Topic": lambda x: x[0].name,
            "Criterion": lambda x: x[1].label,
            "Scored by": lambda x: x[2].name,
            "Score out of 5": lambda x: x[2].score,
            "Reason": lambda x: x[2].why,
        }
        return list_file(request, f"topic-scores-{year}", columns, rows)  # type: ignore[return-value]
    context = {
        "row": row,
        "results": results,
        "missing": services.missing_from(row),
        "files": files_of(request),
        "criteria": CRITERIA,
        "may_edit": has_perm(request.user, "sites.edit_topic"),
        "crumbs": crumbs_to(row),
    }
    return render(request, "sites/topics/scoring/results.html", context)
