"""Sections and questions of the version in preparation: add, change, move, remove, and ask only if."""

import copy
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from impact.core.basics.versions import Conflict
from impact.core.web.forms import Form, errors_as_messages, errors_on, form_page, show_conflict, show_error
from sites.calls.rounds.questions import services
from sites.calls.rounds.questions.building.forms import ConditionForm, EarlierForm, KindForm, QuestionForm, SectionForm
from sites.calls.rounds.questions.building.views import crumbs_of, find_preparation, find_round
from sites.calls.rounds.questions.changes import condition_in_words
from sites.calls.rounds.questions.models import Kind, Question, Section
from sites.calls.rounds.questions.rules import CHOSEN


def _section(request: HttpRequest, slug: str, pk: int) -> Section:
    """A section of the version in preparation, for staff."""
    preparing = find_preparation(find_round(request, slug))
    return get_object_or_404(Section.objects.select_related("question_set__round"), question_set=preparing, pk=pk)


def _question(request: HttpRequest, slug: str, pk: int) -> Question:
    """A question of the version in preparation, for staff."""
    preparing = find_preparation(find_round(request, slug))
    rows = Question.objects.select_related("section__question_set__round")
    return get_object_or_404(rows, section__question_set=preparing, pk=pk)


def _at(slug: str, row: Section | Question) -> str:
    """The place of a section or question on the builder's page."""
    kind = "section" if isinstance(row, Section) else "question"
    return f"{reverse('sites:round-questions-builder', args=[slug])}#{kind}-{row.pk}"


# --- Sections ------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def section_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a section."""
    preparing = find_preparation(find_round(request, slug))
    form = SectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            section = services.add_section(by=request.user, questions=preparing, **form.changes)
            messages.success(request, f"“{section.title}” is added.")
            return redirect(_at(slug, section))
    return form_page(request, form, title="Add a section", button="Add section", crumbs=crumbs_of(preparing.round))


@require_http_methods(["GET", "POST"])
def section_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change a section's title, introduction, or whether it decides who can apply."""
    section = _section(request, slug, pk)
    form = SectionForm(request.POST or None, instance=copy.copy(section))
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.update_section(
                by=request.user,
                section=Section.objects.get(pk=pk),
                expected=form.cleaned_data["version"],
                **form.changes,
            )
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in form.changes}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(_at(slug, section))
    return form_page(
        request,
        form,
        title="Edit section",
        button="Save section",
        crumbs=crumbs_of(section.question_set.round),
        differences=differences,
        links=[("Remove this section", reverse("sites:round-section-remove", args=[slug, pk]))],
    )


@require_POST
def section_move(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Move a section one place up or down."""
    section = _section(request, slug, pk)
    with errors_as_messages(request):
        services.move_section(by=request.user, section=section, up=request.POST.get("to") == "up")
    return redirect(_at(slug, section))


@require_http_methods(["GET", "POST"])
def section_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask once more, then remove a section with its questions."""
    section = _section(request, slug, pk)
    count = section.questions.count()
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.remove_section(by=request.user, section=section)
            messages.success(request, f"“{section.title}” is removed.")
            return redirect("sites:round-questions-builder", slug=slug)
    return form_page(
        request,
        form,
        title=f"Remove “{section.title}”?",
        button="Remove section",
        crumbs=crumbs_of(section.question_set.round),
        lead=f"Its {count} question{'' if count == 1 else 's'} go with it." if count else "It has no questions.",
        is_warning=True,
    )


# --- Questions -----------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def question_add(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Add a question to a section: first its kind, then its words."""
    section = _section(request, slug, pk)
    crumbs = crumbs_of(section.question_set.round)
    kind = request.GET.get("kind", "")
    if kind not in Kind.values:
        chosen = KindForm(request.POST or None)
        if request.method == "POST" and chosen.is_valid():
            return redirect(f"{request.path}?kind={chosen.cleaned_data['kind']}")
        lead = f"In “{section.title}”."
        return form_page(request, chosen, title="Add a question", button="Continue", crumbs=crumbs, lead=lead)
    question = Question(section=section, kind=kind)
    form = QuestionForm(request.POST or None, question=question)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            made = services.add_question(by=request.user, section=section, kind=kind, **form.changes)
            messages.success(request, "The question is added.")
            return redirect(_at(slug, made))
    title = f"Add a question: {question.get_kind_display().lower()}"
    return form_page(
        request,
        form,
        title=title,
        button="Add question",
        crumbs=crumbs,
        lead=f"In “{section.title}”.",
        links=[("Choose another kind", request.path)],
    )


@require_http_methods(["GET", "POST"])
def question_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change one question."""
    question = _question(request, slug, pk)
    form = QuestionForm(request.POST or None, question=copy.copy(question))
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.update_question(
                by=request.user,
                question=_question(request, slug, pk),
                expected=form.cleaned_data["version"],
                **form.changes,
            )
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in form.changes}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(_at(slug, question))
    kind = question.get_kind_display().lower()
    words = f"It asks for {kind}."
    if question.fact:
        words = f"For the mix: {question.get_fact_display()}. Its kind and choices are fixed."
    return form_page(
        request,
        form,
        title="Edit question",
        button="Save question",
        crumbs=crumbs_of(question.section.question_set.round),
        lead=words,
        differences=differences,
        links=[
            (f"Asked {_condition(question) or 'always'}. Change when it is asked", _condition_url(slug, pk)),
            ("Remove this question", reverse("sites:round-question-remove", args=[slug, pk])),
        ],
    )


def _condition(question: Question) -> str:
    by_key = {other.key: other for other in question.section.question_set.questions()}
    return condition_in_words(question, by_key.get(question.only_if_key))


def _condition_url(slug: str, pk: int) -> str:
    return reverse("sites:round-question-condition", args=[slug, pk])


@require_http_methods(["GET", "POST"])
def question_condition(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask a question always, or only after some answers to an earlier one: first which question, then which answers."""
    question = _question(request, slug, pk)
    round, crumbs = question.section.question_set.round, crumbs_of(question.section.question_set.round)
    before = _before(question)
    back = [("Back to the question", reverse("sites:round-question-edit", args=[slug, pk]))]
    title, lead = "When is it asked?", f"“{question.label}”"
    if request.method == "POST" and "always" in request.POST:
        with errors_as_messages(request):
            services.set_condition(by=request.user, question=question, only_if_key="", only_if_values=[])
            messages.success(request, "It is always asked now.")
        return redirect(_at(slug, question))
    if not before:
        messages.error(request, "No earlier question has answers to choose from, so this one is always asked.")
        return redirect(_at(slug, question))
    always: dict[str, Any] = {"second_button": ("always", "Always ask it")} if question.only_if_key else {}
    earlier = next((found for found in before if found.key == request.GET.get("on")), None)
    if earlier is None:
        picking = EarlierForm(request.POST or None, earlier=before, initial={"on": question.only_if_key})
        if request.method == "POST" and picking.is_valid():
            return redirect(f"{request.path}?on={picking.cleaned_data['on']}")
        return form_page(
            request, picking, title=title, button="Continue", crumbs=crumbs, lead=lead, links=back, **always
        )
    chosen = question.only_if_values if question.only_if_key == earlier.key else []
    form = ConditionForm(
        request.POST or None, round=round, earlier=earlier, initial={"values": chosen, "version": question.version}
    )
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.set_condition(
                by=request.user,
                question=_question(request, slug, pk),
                only_if_key=earlier.key,
                only_if_values=form.cleaned_data["values"],
                expected=form.cleaned_data["version"],
            )
        except Conflict as conflict:
            differences = show_conflict(form, conflict, {"values": conflict.current.only_if_values})
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(_at(slug, question))
    return form_page(
        request,
        form,
        title=title,
        button="Save",
        crumbs=crumbs,
        lead=f"{lead}, after “{earlier.label}”",
        differences=differences,
        links=[("Depend on another question", request.path), *back],
    )


def _before(question: Question) -> list[Question]:
    """The questions before this one whose answer a condition can be about."""
    found = []
    for other in question.section.question_set.questions():
        if other.pk == question.pk:
            break
        if other.kind in CHOSEN:
            found.append(other)
    return found


@require_POST
def question_move(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Move a question one place up or down."""
    question = _question(request, slug, pk)
    with errors_as_messages(request):
        services.move_question(by=request.user, question=question, up=request.POST.get("to") == "up")
    return redirect(_at(slug, question))


@require_http_methods(["GET", "POST"])
def question_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask once more, then remove a question."""
    question = _question(request, slug, pk)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.remove_question(by=request.user, question=question)
            messages.success(request, "The question is removed.")
            return redirect(_at(slug, question.section))
    return form_page(
        request,
        form,
        title="Remove this question?",
        button="Remove question",
        crumbs=crumbs_of(question.section.question_set.round),
        lead=f"“{question.label}”",
        is_warning=True,
    )
