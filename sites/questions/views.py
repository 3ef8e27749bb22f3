"""Pages of Ask IMPACT: the queue by age, one question, and each step from received to shared or declined."""

import copy
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import Crumbs, errors_as_messages, errors_on, form_page
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.progress.delivery.pages import save_page
from sites.progress.evidence.models import EvidenceItem
from sites.questions import services
from sites.questions.filters import EVERY, WAITING, QuestionFilter
from sites.questions.forms import AnswerForm, AssignForm, DeclineForm, QuestionForm, ShareForm
from sites.questions.models import AskedQuestion
from sites.registry.models import DeliveryModel, Site


def _crumbs(question: AskedQuestion | None = None) -> Crumbs:
    crumbs = [("Sites", reverse("sites:list")), ("Ask IMPACT", reverse("sites:question-list"))]
    return [*crumbs, (question.words, question.get_absolute_url())] if question else crumbs


def _questions(request: HttpRequest) -> Any:
    return AskedQuestion.objects.visible_to(request.user).select_related("asker", "site", "topic", "assignee__person")


def _find(request: HttpRequest, pk: int) -> AskedQuestion:
    found: AskedQuestion = get_object_or_404(_questions(request).select_related("recorded_by__person"), pk=pk)
    return found


def _editable(request: HttpRequest, pk: int) -> AskedQuestion:
    question = _find(request, pk)
    require(request.user, "sites.edit_question", question)
    return question


def own_sites(user: Any) -> Any:
    """The Ask IMPACT sites where someone works."""
    return Site.objects.worked_at_by(user).filter(delivery_model=DeliveryModel.ASK_IMPACT)


def may_add(user: Any) -> bool:
    """Whether someone may put a question into the queue, at least for one site."""
    return has_perm(user, "sites.edit_question") or own_sites(user).exists()


def _state_tabs(request: HttpRequest, rows: Any, current: str) -> list[dict[str, Any]]:
    """A tab for each state with how many questions are in it."""
    counts = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    waiting = sum(counts.get(state, 0) for state in AskedQuestion.WAITING)
    numbers = [(WAITING, "Waiting", waiting), *((s.value, s.label, counts.get(s, 0)) for s in AskedQuestion.State)]
    numbers.append((EVERY, "All", sum(counts.values())))
    tabs = []
    for key, label, number in numbers:
        query = request.GET.copy()
        query.pop("page", None)
        query["state"] = key
        tabs.append({"label": f"{label} ({number})", "href": f"?{query.urlencode()}", "current": key == current})
    return tabs


@require_GET
def question_list(request: HttpRequest) -> Any:
    """The queue: those that wait, the oldest first; search, filter, sort, page, export."""
    rows = _questions(request)
    listing = list_rows(
        request,
        rows,
        QuestionFilter,
        sorts={
            "age": ("Age", "received_on"),
            "due": ("Due date", "due_on"),
            "settled": ("Newest answer", "-answered_on"),
        },
        default="age",
    )
    if wants_file(request):
        columns: dict[str, Callable[[AskedQuestion], Any]] = {
            "Question": lambda q: q.words,
            "Asked by": lambda q: q.asked_by,
            "Nation": lambda q: q.get_nation_display(),
            "Topic": lambda q: q.topic or "",
            "Site": lambda q: q.site or "",
            "Received on": lambda q: q.received_on,
            "Due on": lambda q: q.due_on,
            "State": lambda q: q.get_state_display(),
            "Age in days": lambda q: q.age_days,
            "Days overdue": lambda q: q.days_overdue,
            "Given to": lambda q: q.assignee.display_name if q.assignee else "",
            "Answered on": lambda q: q.answered_on,
            "Shared on": lambda q: q.shared_on,
            "Answer": lambda q: q.answer if q.answered_on else "",
            "Why it is not for us": lambda q: q.declined_reason if q.state == AskedQuestion.State.DECLINED else "",
            "Illustrative": lambda q: "yes" if q.is_illustrative else "no",
        }
        return list_file(request, "questions", columns, listing.rows)
    context = {
        "listing": listing,
        "tabs": _state_tabs(request, rows, request.GET.get("state") or WAITING),
        "overdue": AskedQuestion.objects.visible_to(request.user).overdue(clock.today()).count(),
        "may_add": may_add(request.user),
        "is_everywhere": has_perm(request.user, "sites.view_all"),
    }
    return render(request, "sites/questions/question_list.html", context)


@require_GET
def question_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One question: what was asked, by whom, its answer and the evidence used. The asker's address is for staff only."""
    question = _find(request, pk)
    may_see_contact = has_perm(request.user, "sites.view_asker")
    if may_see_contact and question.contact_email:
        audit.record_reading(request.user, "question_contact", question)
    context = {
        "question": question,
        "may_see_contact": may_see_contact,
        "may_edit": has_perm(request.user, "sites.edit_question", question),
        "evidence": EvidenceItem.objects.visible_to(request.user).filter(questions=question),
        "can": {
            "assign": question.state in services.IN_WORK,
            "answer": question.state in services.IN_WORK,
            "correct": question.state == AskedQuestion.State.ANSWERED,
            "share": question.state == AskedQuestion.State.ANSWERED,
            "reopen": question.state not in services.IN_WORK,
        },
        "history": audit.history(question),
    }
    return render(request, "sites/questions/question_detail.html", context)


@require_http_methods(["GET", "POST"])
def question_add(request: HttpRequest) -> HttpResponse:
    """Put a question into the queue for someone who asked."""
    if not may_add(request.user):
        require(request.user, "sites.edit_question")
    form = QuestionForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            question = services.add_question(by=request.user, **form.changes)
            messages.success(request, "The question is in the queue. Next, choose who answers it.")
            return redirect(question)
    return form_page(
        request,
        form,
        title="Add a question",
        button="Add question",
        crumbs=_crumbs(),
        lead="Asked by an organisation, or by a person in a role. Record no more about them than you need.",
    )


@require_http_methods(["GET", "POST"])
def question_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what was asked, by whom, or by when it is answered."""
    question = _editable(request, pk)
    form = QuestionForm(request.POST or None, instance=copy.copy(question), user=request.user)
    return save_page(
        request,
        form,
        lambda: services.update_question(
            by=request.user,
            question=AskedQuestion.objects.get(pk=pk),
            expected=form.cleaned_data["version"],
            **form.changes,
        ),
        compare=tuple(QuestionForm.Meta.fields),
        title="Edit question",
        button="Save question",
        done="Saved.",
        crumbs=_crumbs(question),
    )


@require_http_methods(["GET", "POST"])
def question_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose who answers a question."""
    question = _editable(request, pk)
    form = AssignForm(request.POST or None, question=question)
    return save_page(
        request,
        form,
        lambda: services.assign_question(
            by=request.user, question=question, expected=form.cleaned_data["version"], **form.changes
        ),
        compare=("assignee",),
        title="Choose who answers",
        lead=question.words,
        button="Save",
        done="Saved. The question is being answered.",
        crumbs=_crumbs(question),
    )


@require_http_methods(["GET", "POST"])
def question_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Write or correct the answer."""
    question = _editable(request, pk)
    form = AnswerForm(request.POST or None, question=question, user=request.user)
    return save_page(
        request,
        form,
        lambda: services.answer_question(
            by=request.user, question=question, expected=form.cleaned_data["version"], **form.changes
        ),
        compare=("answer",),
        title="Answer question",
        lead=question.words,
        button="Save answer",
        done="The answer is saved. Next, share it with the asker.",
        crumbs=_crumbs(question),
    )


@require_http_methods(["GET", "POST"])
def question_share(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the asker has the answer."""
    question = _editable(request, pk)
    form = ShareForm(request.POST or None, question=question)
    return save_page(
        request,
        form,
        lambda: services.share_answer(
            by=request.user, question=question, expected=form.cleaned_data["version"], **form.changes
        ),
        title="Record that the answer was shared",
        lead=question.words,
        button="Save",
        done="Saved. The question is done.",
        crumbs=_crumbs(question),
    )


@require_http_methods(["GET", "POST"])
def question_decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a question as not for us."""
    question = _editable(request, pk)
    form = DeclineForm(request.POST or None, question=question)
    return save_page(
        request,
        form,
        lambda: services.decline_question(
            by=request.user, question=question, expected=form.cleaned_data["version"], **form.changes
        ),
        title="Mark as not for us",
        lead=question.words,
        button="Mark as not for us",
        done="The question is marked as not for us. It can be reopened.",
        crumbs=_crumbs(question),
    )


@require_POST
def question_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a question up again."""
    question = _find(request, pk)
    with errors_as_messages(request):
        services.reopen_question(by=request.user, question=question)
        messages.success(request, "The question is open again. Its earlier answer or reason is kept.")
    return redirect(question)
