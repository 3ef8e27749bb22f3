"""Pages about proposals for a year's topics: the list, one proposal, and each step from recorded to decided."""

import copy
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
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
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.topics.proposals import services
from sites.topics.proposals.filters import ProposalFilter
from sites.topics.proposals.forms import MergeForm, ProposalForm, SetAsideForm, TakeOnForm, assemblies_for
from sites.topics.proposals.models import Proposal


def crumbs_to(proposal: Proposal | None = None) -> Crumbs:
    """The way to the proposals, and to one of them."""
    crumbs = [
        ("Sites", reverse("sites:list")),
        ("Topics", reverse("sites:topic-list")),
        ("Proposals", reverse("sites:proposal-list")),
    ]
    return [*crumbs, (proposal.title, proposal.get_absolute_url())] if proposal else crumbs


def may_add(user: Any) -> bool:
    """Whether ``user`` may record proposals from anywhere or from an assembly of theirs."""
    return has_perm(user, "sites.edit_topic") or assemblies_for(user).exists()


def _find(request: HttpRequest, pk: int) -> Proposal:
    rows = Proposal.objects.visible_to(request.user).with_rows()
    return get_object_or_404(rows, pk=pk)


@require_GET
def proposal_list(request: HttpRequest) -> HttpResponse:
    """Proposals with where they come from and what became of them: search, filter, sort, page, export."""
    rows = Proposal.objects.visible_to(request.user).with_rows().annotate(answers=Sum("survey_counts__people"))
    listing = list_rows(
        request,
        rows,
        ProposalFilter,
        sorts={
            "year": ("Year", "-year"),
            "title": ("Proposal", "title"),
            "date": ("Newest", "-proposed_on"),
            "answers": ("Survey answers", "-answers"),
        },
        default="year",
    )
    if wants_file(request):
        columns = {
            "For the year": lambda p: p.year,
            "Proposal": lambda p: p.title,
            "Why it matters": lambda p: p.why,
            "Who proposes it": lambda p: p.get_source_display(),
            "Assembly": lambda p: p.group or "",
            "Meeting": lambda p: p.meeting.title if p.meeting else "",
            "Meeting on": lambda p: p.meeting.starts_on if p.meeting else "",
            "Who said it": lambda p: p.proposed_by,
            "Proposed on": lambda p: p.proposed_on,
            "Nations": lambda p: p.places,
            "Survey answers": lambda p: p.people,
            "State": lambda p: p.get_state_display(),
            "Taken on as": lambda p: p.topic or "",
            "Merged into": lambda p: p.merged_into or "",
            "Why it was set aside": lambda p: p.set_aside_reason,
            "Illustrative": lambda p: "yes" if p.is_illustrative else "no",
        }
        return list_file(request, "topic-proposals", columns, listing.rows)  # type: ignore[return-value]
    context = {
        "listing": listing,
        "has_illustrative": any(proposal.is_illustrative for proposal in listing.page),
        "may_add": may_add(request.user),
    }
    return render(request, "sites/topics/proposals/proposal_list.html", context)


@require_GET
def proposal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal: its words, where they come from, what the survey says, and what became of it."""
    proposal = _find(request, pk)
    user = request.user
    groups = apps.get_model("networks", "Group").objects.visible_to(user)
    meetings = apps.get_model("networks", "Meeting").objects.visible_to(user)
    counts = proposal.counts
    context = {
        "proposal": proposal,
        "group_href": _href(proposal.group, groups),
        "meeting_href": _href(proposal.meeting, meetings),
        "merged": Proposal.objects.visible_to(user).with_rows().filter(merged_into=proposal).order_by("title"),
        "counts": [
            {"label": row.get_nation_display(), "value": row.people}
            for row in proposal.survey_counts.order_by("nation")
        ],
        "people": sum(counts.values()),
        "may_change": proposal.is_open and _may_change(user, proposal),
        "may_decide": has_perm(user, "sites.edit_topic"),
        "is_national": has_perm(user, "sites.view_all"),
        "history": audit.history(proposal) if has_perm(user, "sites.view_all") else None,
    }
    return render(request, "sites/topics/proposals/proposal_detail.html", context)


def _href(row: Any, seen: Any) -> str:
    """The page of a group or meeting for those who may see it; others read only its name and date."""
    return row.get_absolute_url() if row is not None and seen.filter(pk=row.pk).exists() else ""


def _may_change(user: Any, proposal: Proposal) -> bool:
    try:
        services.require_source(user, proposal.source, proposal.group)
    except PermissionDenied:
        return False
    return True


@require_http_methods(["GET", "POST"])
def proposal_add(request: HttpRequest) -> HttpResponse:
    """Record a proposal: staff from anywhere, a coordinator from their own assembly. One in the address is chosen."""
    if not may_add(request.user):
        raise PermissionDenied
    group = assemblies_for(request.user).filter(slug=request.GET.get("group", "").replace("\0", "")).first()
    initial = {"group": group, "source": Proposal.Source.ASSEMBLY} if group else {}
    form = ProposalForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            proposal = services.record_proposal(by=request.user, **form.changes)
            messages.success(request, "The proposal is recorded.")
            return redirect(proposal)
    return form_page(
        request,
        form,
        title="Record a proposal",
        button="Record proposal",
        crumbs=crumbs_to(),
        lead="Something the centre should work on, in the words of those who propose it.",
        way_out=_survey_way_out(request),
    )


def _survey_way_out(request: HttpRequest) -> tuple[str, str] | None:
    """Results of the survey come from a file."""
    if not has_perm(request.user, "sites.edit_topic"):
        return None
    year = clock.today().year + 1
    return f"Add the results of the survey for {year} from a file", reverse("sites:topic-survey-import", args=[year])


@require_http_methods(["GET", "POST"])
def proposal_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a proposal about which nothing is decided yet."""
    proposal = _find(request, pk)
    services.require_source(request.user, proposal.source, proposal.group)
    form = ProposalForm(request.POST or None, instance=copy.copy(proposal), user=request.user)

    def save() -> object:
        fresh, expected = Proposal.objects.get(pk=pk), form.cleaned_data["version"]
        return services.change_proposal(by=request.user, proposal=fresh, expected=expected, **form.changes)

    def now(saved: Proposal) -> dict[str, Any]:
        held = {name: getattr(saved, name) for name in form.changes if name != "nations"}
        return {**held, "nations": [nation.value for nation in saved.nations]}

    return _save(request, proposal, form, save, done="Saved.", title="Edit proposal", button="Save", now=now)


def _save(
    request: HttpRequest,
    proposal: Proposal,
    form: Any,
    save: Callable[[], object],
    *,
    done: str,
    title: str,
    button: str,
    lead: str = "",
    now: Callable[[Any], dict[str, Any]] | None = None,
) -> HttpResponse:
    """A page with one form about a proposal: keeps what was typed, and shows both texts when someone saved first."""
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except Conflict as conflict:
            if now is None:  # a step, not a text: say how the row is now
                take_version(form, conflict.current)
                state = conflict.current.get_state_display().lower()
                form.add_error(None, f"Someone else changed this proposal in the meantime: it is {state}. Look again.")
                differences = []
            else:
                differences = show_conflict(form, conflict, now(conflict.current))
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, done)
            return redirect(proposal)
    crumbs = crumbs_to(proposal)
    return form_page(request, form, title=title, button=button, crumbs=crumbs, lead=lead, differences=differences)


@require_http_methods(["GET", "POST"])
def proposal_take_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a proposal on as a topic."""
    proposal = _find(request, pk)
    require(request.user, "sites.edit_topic")
    form = TakeOnForm(request.POST or None, user=request.user, initial={"version": proposal.version})

    def save() -> object:
        data = form.cleaned_data
        return services.take_on_proposal(
            by=request.user, proposal=proposal, topic=data["topic"], expected=data["version"]
        )

    return _save(
        request,
        proposal,
        form,
        save,
        done="The proposal is taken on.",
        title="Take a proposal on",
        button="Take it on",
        lead=proposal.title,
    )


@require_http_methods(["GET", "POST"])
def proposal_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge a proposal into one that says much the same."""
    proposal = _find(request, pk)
    require(request.user, "sites.edit_topic")
    form = MergeForm(request.POST or None, proposal=proposal, user=request.user, initial={"version": proposal.version})

    def save() -> object:
        data = form.cleaned_data
        return services.merge_proposal(by=request.user, proposal=proposal, into=data["into"], expected=data["version"])

    return _save(
        request,
        proposal,
        form,
        save,
        done="The proposals are merged.",
        title="Merge proposals",
        button="Merge",
        lead=proposal.title,
    )


@require_http_methods(["GET", "POST"])
def proposal_set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Set a proposal aside with a reason."""
    proposal = _find(request, pk)
    require(request.user, "sites.edit_topic")
    form = SetAsideForm(request.POST or None, initial={"version": proposal.version})

    def save() -> object:
        data = form.cleaned_data
        return services.set_aside_proposal(
            by=request.user, proposal=proposal, reason=data["reason"], expected=data["version"]
        )

    return _save(
        request,
        proposal,
        form,
        save,
        done="The proposal is set aside. It can be reopened.",
        title="Set a proposal aside",
        button="Set aside",
        lead=proposal.title,
    )


@require_POST
def proposal_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo what was decided about a proposal."""
    proposal = _find(request, pk)
    with errors_as_messages(request):
        services.reopen_proposal(by=request.user, proposal=proposal)
        messages.success(request, "The proposal is open again.")
    return redirect(proposal)
