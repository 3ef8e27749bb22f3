"""Pages about shared learning: what was given and received, sharing, answering, taking back."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import Role, has_perm, require
from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict
from impact.core.web.forms import errors_on, form_page, show_error, take_version
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.groups.filters import MANY_GROUPS
from networks.groups.models import Group
from networks.groups.pages import find_group, group_crumbs
from networks.log.models import Contribution
from networks.meetings.forms import ReasonForm
from networks.network.learning import services
from networks.network.learning.filters import LearningFilter
from networks.network.learning.forms import GROUPS_OFFERED, NO_NAMES, AnswerForm, ShareForm
from networks.network.learning.models import LearningReceipt, SharedLearning
from networks.themes.models import Theme

Answer = LearningReceipt.Answer


def _answered(answer: str = "") -> Any:
    return Count("receipts", filter=Q(receipts__answer=answer), distinct=True)


@require_GET
def learning_list(request: HttpRequest) -> HttpResponseBase:
    """What groups shared with each other: given, received, all; filter, sort, page, export."""
    user = request.user
    rows = SharedLearning.objects.visible_to(user).select_related("group", "theme")
    listing = list_rows(
        request,
        rows.annotate(
            sent=Count("receipts", distinct=True),
            tried=_answered(Answer.TRIED),
            adapted=_answered(Answer.ADAPTED),
            declined=_answered(Answer.NOT_FOR_US),
            waiting=_answered(),
        ),
        LearningFilter,
        sorts={
            "shared": ("Shared", "-shared_at"),
            "title": ("Title", "title"),
            "group": ("From", "group__name"),
            "waiting": ("Waiting", "-waiting"),
        },
        default="shared",
    )
    if wants_file(request):
        columns = {
            "Title": lambda s: s.title,
            "From": lambda s: s.group.name,
            "Theme": lambda s: s.theme.name if s.theme else "",
            "Shared on": lambda s: timezone.localtime(s.shared_at).date(),
            "Sent to": lambda s: s.sent,
            "Tried": lambda s: s.tried,
            "Adapted": lambda s: s.adapted,
            "Not for us": lambda s: s.declined,
            "No answer yet": lambda s: s.waiting,
            "What was learned": lambda s: s.words,
            "Withdrawn": lambda s: "yes" if s.withdrawn_at else "no",
        }
        return list_file(request, "shared-learning", columns, listing.rows)
    context = {
        "listing": listing,
        "may_share": Group.objects.permitted(user, "networks.share_learning").exists(),
    }
    return render(request, "networks/network/learning/learning_list.html", context)


@require_GET
def learning_new(request: HttpRequest) -> HttpResponse:
    """Choose the group that shares a learning; someone with one group goes straight on."""
    own = Group.objects.permitted(request.user, "networks.share_learning").select_related("site").order_by("name")
    if not own.exists():
        require(request.user, "networks.share_learning")
    kept = {name: request.GET[name] for name in ("theme",) if request.GET.get(name)}
    query = f"?{urlencode(kept)}" if kept else ""
    q = request.GET.get("q", "").replace("\0", "")
    found = list(own.search(q)[: MANY_GROUPS + 1])
    if len(found) == 1 and not q:
        return redirect(reverse("networks:learning-share", args=[found[0].slug]) + query)
    context = {"groups": found[:MANY_GROUPS], "is_more": len(found) > MANY_GROUPS, "query": query, "q": q, **kept}
    return render(request, "networks/network/learning/learning_new.html", context)


def _check_id(text: str) -> None:
    try:
        uuid.UUID(text)
    except ValueError:
        raise Http404 from None


def _starting_with(request: HttpRequest, group: Group) -> dict[str, Any]:
    """What the form begins with: an entry of the log that may be quoted, or a theme."""
    source = request.GET.get("contribution", "")
    if source:
        _check_id(source)
        rows = Contribution.objects.kept().select_related("theme", "meeting")
        said = get_object_or_404(rows, pk=source, meeting__group=group)
        services.check_source(group, said)
        slug = said.theme.slug if said.theme else None
        return {"contribution": said.pk, "title": said.words[:160].split("\n")[0], "words": said.words, "theme": slug}
    theme = Theme.objects.select_related("merged_into").filter(slug=slugify(request.GET.get("theme", ""))).first()
    return {"theme": (theme.merged_into or theme).slug} if theme else {}


@require_http_methods(["GET", "POST"])
def learning_share(request: HttpRequest, slug: str) -> HttpResponse:
    """Share what a group learned with other local networks."""
    group = find_group(request, slug)
    require(request.user, "networks.share_learning", group)
    offered = list(services.groups_to_offer(request.user, group)[: GROUPS_OFFERED + 1])
    try:
        initial = _starting_with(request, group) if request.method == "GET" else {}
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(group)
    form = ShareForm(request.POST or None, group=group, offered=offered[:GROUPS_OFFERED], initial=initial)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            learning = services.share_learning(by=request.user, group=group, **form.cleaned_data)
            messages.success(
                request, "Shared. Their coordinators will get an email. You can see here what they make of it."
            )
            return redirect(learning)
    return form_page(
        request,
        form,
        title="Share learning",
        button="Share learning",
        crumbs=group_crumbs(group),
        lead=f"From {group.name} to others who can use it. {NO_NAMES}",
    )


def _find(request: HttpRequest, pk: int) -> SharedLearning:
    rows = SharedLearning.objects.visible_to(request.user).select_related(
        "group__site", "theme", "contribution__meeting", "shared_by__person"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def learning_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One learning: what it says, and what happened at each group that received it."""
    user = request.user
    learning = _find(request, pk)
    receipts = list(
        learning.receipts.select_related("group", "answered_by__person").order_by("group__nation", "group__name")
    )
    may_share = has_perm(user, "networks.share_learning", learning)
    is_giver = Role.COORDINATOR in learning.roles_of(user) or (may_share and learning.shared_by_id == user.pk)
    rows = []
    for receipt in receipts:
        receipt.learning = learning
        may_answer = not learning.withdrawn_at and has_perm(user, "networks.answer_learning", receipt)
        is_own = Role.COORDINATOR in receipt.roles_of(user) if may_answer else False
        form = AnswerForm(initial={"version": receipt.version}) if is_own and not receipt.answer else None
        is_new = bool(is_giver and receipt.answer and not receipt.seen_by_giver_at)
        rows.append({"receipt": receipt, "form": form, "may_answer": may_answer, "is_own": is_own, "is_new": is_new})
    if any(row["is_new"] for row in rows):
        services.mark_answers_seen(by=user, learning=learning)
    source = learning.contribution
    context = {
        "learning": learning,
        "withdrawn_title": _withdrawn(learning),
        "rows": sorted(rows, key=lambda row: not row["is_own"]),
        "answered": sum(bool(r.answer) for r in receipts),
        "may_withdraw": may_share and not learning.withdrawn_at,
        "consent_gone": may_share and not learning.withdrawn_at and _may_not_be_quoted(source),
        "sees_source": source is not None and Group.objects.visible_to(user).filter(pk=learning.group_id).exists(),
        "sees_group": Group.objects.visible_to(user).filter(pk=learning.group_id).exists(),
        "sees_theme": learning.theme and Theme.objects.visible_to(user).filter(pk=learning.theme.pk).exists(),
        "open_ids": set(
            Group.objects.visible_to(user).filter(pk__in=[r.group_id for r in receipts]).values_list("pk", flat=True)
        ),
    }
    return render(request, "networks/network/learning/learning_detail.html", context)


def _may_not_be_quoted(source: Contribution | None) -> bool:
    return source is not None and not Contribution.objects.quotable().filter(pk=source.pk).exists()


def _withdrawn(learning: SharedLearning) -> str:
    if learning.withdrawn_by is None:
        return f"Withdrawn on {day(learning.withdrawn_at)}"
    return f"{learning.withdrawn_by.display_name} withdrew this on {day(learning.withdrawn_at)}"


def _crumbs(learning: SharedLearning) -> list[tuple[str, str]]:
    return [("Shared learning", reverse("networks:learning-list")), (learning.title, learning.get_absolute_url())]


@require_http_methods(["GET", "POST"])
def learning_answer(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Say what a group made of a learning, or change that."""
    learning = _find(request, pk)
    receipt = get_object_or_404(learning.receipts.select_related("group"), group__slug=slug)
    receipt.learning = learning
    require(request.user, "networks.answer_learning", receipt)
    initial = {"answer": receipt.answer, "why": receipt.why, "version": receipt.version}
    form = AnswerForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.answer_learning(
                by=request.user, receipt=receipt, answer=data["answer"], why=data["why"], expected=data["version"]
            )
        except Conflict as conflict:
            status, now = 409, conflict.current
            take_version(form, now)
            words = f"Someone else answered in the meantime: {now.get_answer_display()}, “{now.why}”."
            form.add_error(None, f"{words} Save again to keep yours.")
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, f"Saved. {learning.group.name} will see it.")
            return redirect(learning)
    page = form_page(
        request,
        form,
        title=f"What {receipt.group.name} made of it",
        button="Save answer",
        crumbs=_crumbs(learning),
        lead=f"“{learning.title}”, shared by {learning.group.name}.",
    )
    page.status_code = status
    return page


@require_http_methods(["GET", "POST"])
def learning_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a learning back, with the reason."""
    learning = _find(request, pk)
    require(request.user, "networks.share_learning", learning)
    hint = "The groups that received it will no longer see it. You and the networks team still will."
    form = ReasonForm(request.POST or None, hint=hint, initial={"version": learning.version})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.withdraw_learning(
                by=request.user,
                learning=learning,
                reason=form.cleaned_data["reason"],
                expected=form.cleaned_data["version"],
            )
            messages.success(request, "Learning withdrawn.")
            return redirect(learning)
    return form_page(
        request,
        form,
        title=f"Withdraw “{learning.title}”",
        button="Withdraw learning",
        crumbs=_crumbs(learning),
        is_warning=True,
    )


def learning_of(group: Group) -> dict[str, Any]:
    """What a group's page tells of learning: what came and waits for an answer, what came and what was given."""
    came = (
        LearningReceipt.objects.filter(group=group, learning__withdrawn_at__isnull=True)
        .select_related("learning__group")
        .order_by("answer", "-learning__shared_at")
    )
    given = SharedLearning.objects.filter(group=group, withdrawn_at__isnull=True).prefetch_related(
        Prefetch("receipts", LearningReceipt.objects.exclude(answer=""), to_attr="answers")
    )
    return {"came": list(came[:5]), "given": list(given[:5])}
