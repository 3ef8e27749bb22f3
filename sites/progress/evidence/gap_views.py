"""Pages about evidence gaps: the list by age, one gap, and each step from raised to answered or closed."""

import copy
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import Crumbs, errors_as_messages, errors_on, form_page, show_conflict, show_error
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.progress.evidence import services
from sites.progress.evidence.filters import GapFilter
from sites.progress.evidence.forms import AnswerForm, CloseForm, FeedbackForm, GapForm
from sites.progress.evidence.models import EvidenceGap, EvidenceItem
from sites.progress.evidence.views import chosen
from sites.registry.models import Site
from sites.topics.models import Topic
from sites.topics.scoring.results import gap_words


def _crumbs(gap: EvidenceGap | None = None) -> Crumbs:
    """The way to the gaps, and to one of them."""
    crumbs = [
        ("Sites", reverse("sites:list")),
        ("Evidence", reverse("sites:evidence-list")),
        ("Evidence gaps", reverse("sites:evidence-gap-list")),
    ]
    return [*crumbs, (gap.title, gap.get_absolute_url())] if gap else crumbs


def _find_gap(request: HttpRequest, slug: str) -> EvidenceGap:
    gaps = EvidenceGap.objects.visible_to(request.user).select_related("topic", "site__topic", "raised_by__person")
    return get_object_or_404(gaps, slug=slug)


@require_GET
def gap_list(request: HttpRequest) -> HttpResponse:
    """Evidence gaps, the open ones first shown and the oldest first: search, filter, sort, page, export."""
    listing = list_rows(
        request,
        EvidenceGap.objects.visible_to(request.user).select_related("topic", "site"),
        GapFilter,
        sorts={
            "age": ("Age", "raised_on"),
            "title": ("Question", "title"),
            "settled": ("Newest answer", "-settled_on"),
        },
        default="age",
    )
    if wants_file(request):
        columns = {
            "Question": lambda g: g.title,
            "Why it matters": lambda g: g.why,
            "Topic": lambda g: g.topic or "",
            "Site": lambda g: g.site or "",
            "Raised on": lambda g: g.raised_on,
            "Days open": lambda g: g.days_open,
            "State": lambda g: g.get_state_display(),
            "Answered or closed on": lambda g: g.settled_on,
            "Answer": lambda g: g.answer if g.state == EvidenceGap.State.ANSWERED else "",
            "Why it is closed": lambda g: g.closed_reason if g.state == EvidenceGap.State.CLOSED else "",
            "Illustrative": lambda g: "yes" if g.is_illustrative else "no",
        }
        return list_file(request, "evidence-gaps", columns, listing.rows)  # type: ignore[return-value]
    context = {"listing": listing, "may_add": has_perm(request.user, "sites.edit_topic")}
    return render(request, "sites/progress/evidence/gap_list.html", context)


@require_GET
def gap_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One gap: why it matters, who was told and what they said, and its answer. Who was told stays inside."""
    gap = _find_gap(request, slug)
    is_inside = has_perm(request.user, "sites.view_internal", gap)
    context = {
        "gap": gap,
        "is_inside": is_inside,
        "feedback": gap.feedback.select_related("organisation") if is_inside else [],
        "evidence": EvidenceItem.objects.visible_to(request.user).filter(gaps=gap),
        "may_edit": has_perm(request.user, "sites.edit_topic"),
        "history": audit.history(gap) if is_inside else None,
    }
    return render(request, "sites/progress/evidence/gap_detail.html", context)


@require_http_methods(["GET", "POST"])
def gap_add(request: HttpRequest) -> HttpResponse:
    """Raise a gap; a topic or site in the address is chosen. Where several people found the evidence on the topic thin,
    the form begins with what they said."""
    require(request.user, "sites.edit_topic")
    topic = chosen(request, "topic", Topic.objects.visible_to(request.user)).first()
    initial = {
        "topic": topic,
        "site": chosen(request, "site", Site.objects.visible_to(request.user)).first(),
        **(gap_words(topic) if topic else {}),
    }
    form = GapForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            gap = services.raise_gap(by=request.user, **form.changes)
            messages.success(request, "The gap is raised. Next, feed it back to someone who could answer it.")
            return redirect(gap)
    return form_page(
        request,
        form,
        title="Raise an evidence gap",
        button="Raise gap",
        crumbs=_crumbs(),
        lead="A question without a good answer yet.",
    )


def _save(
    request: HttpRequest,
    gap: EvidenceGap,
    form: Any,
    save: Callable[[], object],
    *,
    done: str,
    title: str,
    button: str,
    now: Callable[[Any], dict[str, Any]],
    lead: str = "",
) -> HttpResponse:
    """A page with one form about a gap: keeps what was typed on an error, shows both texts when someone saved first."""
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except Conflict as conflict:
            differences = show_conflict(form, conflict, now(conflict.current))
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, done)
            return redirect(gap)
    return form_page(request, form, title=title, button=button, crumbs=_crumbs(gap), lead=lead, differences=differences)


@require_http_methods(["GET", "POST"])
def gap_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Correct a gap's question, why it matters, where it comes from or when it was raised."""
    gap = _find_gap(request, slug)
    require(request.user, "sites.edit_topic")
    form = GapForm(request.POST or None, instance=copy.copy(gap), user=request.user)

    def save() -> object:
        fresh, expected = EvidenceGap.objects.get(pk=gap.pk), form.cleaned_data["version"]
        return services.update_gap(by=request.user, gap=fresh, expected=expected, **form.changes)

    def now(saved: EvidenceGap) -> dict[str, Any]:
        return {name: getattr(saved, name) for name in form.changes}

    return _save(request, gap, form, save, done="Saved.", title="Edit evidence gap", button="Save", now=now)


@require_http_methods(["GET", "POST"])
def gap_feedback(request: HttpRequest, slug: str) -> HttpResponse:
    """Record that a gap was fed back, and what was said."""
    gap = _find_gap(request, slug)
    require(request.user, "sites.edit_topic")
    form = FeedbackForm(request.POST or None, user=request.user)
    return _save(
        request,
        gap,
        form,
        lambda: services.record_feedback(by=request.user, gap=gap, **form.changes),
        done="The feedback is recorded.",
        title="Record feedback",
        button="Save feedback",
        lead=gap.title,
        now=lambda saved: {},
    )


@require_http_methods(["GET", "POST"])
def gap_feedback_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Correct a row of feedback, or add what they said later."""
    gap = _find_gap(request, slug)
    require(request.user, "sites.edit_topic")
    feedback = get_object_or_404(gap.feedback, pk=pk)
    form = FeedbackForm(request.POST or None, instance=copy.copy(feedback), user=request.user)

    def save() -> object:
        fresh, expected = gap.feedback.get(pk=pk), form.cleaned_data["version"]
        return services.update_feedback(by=request.user, feedback=fresh, expected=expected, **form.changes)

    return _save(
        request,
        gap,
        form,
        save,
        done="Saved.",
        title="Edit feedback",
        button="Save feedback",
        lead=gap.title,
        now=lambda saved: {name: getattr(saved, name) for name in form.changes},
    )


@require_http_methods(["GET", "POST"])
def gap_answer(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer an open gap."""
    gap = _find_gap(request, slug)
    require(request.user, "sites.edit_topic")
    form = AnswerForm(request.POST or None, gap=gap, user=request.user)

    def save() -> object:
        return services.answer_gap(by=request.user, gap=gap, expected=form.cleaned_data["version"], **form.changes)

    return _save(
        request,
        gap,
        form,
        save,
        done="The gap is answered.",
        title="Answer evidence gap",
        button="Save answer",
        lead=gap.title,
        now=lambda saved: {"answer": saved.answer},
    )


@require_http_methods(["GET", "POST"])
def gap_close(request: HttpRequest, slug: str) -> HttpResponse:
    """Close an open gap without an answer."""
    gap = _find_gap(request, slug)
    require(request.user, "sites.edit_topic")
    form = CloseForm(request.POST or None, gap=gap, user=request.user)

    def save() -> object:
        return services.close_gap(by=request.user, gap=gap, expected=form.cleaned_data["version"], **form.changes)

    return _save(
        request,
        gap,
        form,
        save,
        done="The gap is closed. It can be reopened.",
        title="Close evidence gap",
        button="Close gap",
        lead=gap.title,
        now=lambda saved: {"reason": saved.closed_reason},
    )


@require_POST
def gap_reopen(request: HttpRequest, slug: str) -> HttpResponse:
    """Open a gap again."""
    gap = _find_gap(request, slug)
    with errors_as_messages(request):
        services.reopen_gap(by=request.user, gap=gap)
        messages.success(request, "The gap is open again. Its earlier answer or reason is kept.")
    return redirect(gap)
