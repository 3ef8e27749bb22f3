"""Entering an application that came on paper, as a video or by phone: how it came, section by section, check, submit."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from impact.core.access.permissions import require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import errors_on, form_page, show_error, whole_number
from sites.calls.applications import services as writing
from sites.calls.applications.applying.services import add_file
from sites.calls.applications.intake import services
from sites.calls.applications.intake.forms import EnterForm, section_form
from sites.calls.applications.intake.reading import in_words, laid_out
from sites.calls.applications.intake.views import crumbs_of, find_application, find_round
from sites.calls.applications.models import Application
from sites.calls.rounds.questions.answering import AnswerForm, choices_for
from sites.calls.rounds.questions.models import Kind, QuestionSet, Section


@require_http_methods(["GET", "POST"])
def application_enter(request: HttpRequest, slug: str) -> HttpResponse:
    """Say how an application came, then go on to its questions."""
    require(request.user, "sites.enter_application")
    round = find_round(request, slug)
    form = EnterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            application = services.enter_application(by=request.user, round=round, **form.cleaned_data)
            return redirect(section_address(application, sections_of(application.question_set)[0]))
    return form_page(
        request,
        form,
        title="Enter an application",
        button="Go on to the questions",
        crumbs=[
            (round.name, round.get_absolute_url()),
            ("Applications", reverse("sites:application-list", args=[slug])),
        ],
        lead="For one that came on paper, as a video or by phone. It is marked so.",
        way_out=("Import several from a file", reverse("sites:application-import", args=[slug])),
    )


def sections_of(questions: QuestionSet) -> list[Section]:
    """The sections that hold questions, in order."""
    return list({question.section_id: question.section for question in questions.questions()}.values())


def section_address(application: Application, section: Section) -> str:
    """Where staff write one section."""
    return reverse("sites:application-answers", args=[application.round.slug, application.reference, section.pk])


def check_address(application: Application) -> str:
    """Where staff check the answers and submit them."""
    return reverse("sites:application-check", args=[application.round.slug, application.reference])


def _find_draft(request: HttpRequest, slug: str, reference: str) -> Application:
    """An application that staff are writing; 404 for what an applicant is writing, which is theirs."""
    require(request.user, "sites.enter_application")
    application = find_application(request, slug, reference)
    if not application.is_staffs_to_write or application.state != Application.State.DRAFT:
        raise Http404
    return application


@require_http_methods(["GET", "POST"])
def application_answers(request: HttpRequest, slug: str, reference: str, section: int) -> HttpResponse:
    """One section of an application that staff are writing. Answers may be left for later."""
    application = _find_draft(request, slug, reference)
    sections = sections_of(application.question_set)
    place = next((n for n, row in enumerate(sections) if row.pk == section), None)
    if place is None:
        raise Http404
    form = section_form(
        application.question_set,
        section,
        application.draft,
        request.POST or None,
        request.FILES or None,
        complete=False,
    )
    differences, version = None, application.version
    if request.method == "POST" and form.is_valid():
        try:
            _save_section(request, application, form)
        except Conflict as conflict:
            differences, version = _differences(form, conflict.current), conflict.current.version
        except ValidationError as error:
            show_error(form, error)
        else:
            return redirect(_next_step(request, application, sections, place, form))
    context = {
        "application": application,
        "form": form,
        "section": sections[place],
        "steps": [
            {"title": row.title, "href": section_address(application, row), "is_current": row.pk == section}
            for row in sections
        ],
        "number": place + 1,
        "check_href": check_address(application),
        "version": version,
        "differences": differences,
        "crumbs": crumbs_of(application),
    }
    status = 200 if differences is None else 409
    return render(request, "sites/calls/applications/application_answers.html", context, status=status)


@transaction.atomic
def _save_section(request: HttpRequest, application: Application, form: AnswerForm) -> None:
    """Keep the answers of a section and the files that came with them, all or none."""
    given = form.answers()
    files = [question for question in form.asked if question.kind == Kind.FILE]
    writing.save_draft(
        by=request.user,
        application=application,
        answers={question.key: given.get(question.key, "") for question in form.asked if question not in files},
        expected=whole_number(request.POST.get("version")),
    )
    for question in files:
        if file := form.cleaned_data.get(question.key):
            try:
                add_file(by=request.user, application=application, question=question, file=file)
            except ValidationError as error:
                raise ValidationError({question.key: error.messages}) from None


def _next_step(
    request: HttpRequest, application: Application, sections: list[Section], place: int, form: AnswerForm
) -> str:
    """Where to go once a section is saved: to a question that the answers brought up, the next section, or the check."""
    if request.POST.get("then") == "later":
        messages.success(request, "Saved. You can go on at any time.")
        return application.get_absolute_url()
    if set(form.fields) - set(request.POST.getlist("shown")):
        messages.info(request, "Saved. What you answered brings up another question.")
        return section_address(application, sections[place])
    if place + 1 < len(sections):
        return section_address(application, sections[place + 1])
    return check_address(application)


def _differences(form: AnswerForm, current: Application) -> list[dict[str, str]]:
    """What is saved now beside what was typed, where they differ."""
    typed = form.answers()
    rows = []
    for question in (question for question in form.asked if question.kind != Kind.FILE):
        choices = dict(choices_for(current.round, question))
        theirs = in_words(question, current.draft.get(question.key), choices)
        yours = in_words(question, typed.get(question.key), choices)
        if theirs != yours:
            rows.append({"label": question.label, "theirs": theirs, "yours": yours})
    return rows


@require_http_methods(["GET", "POST"])
def application_check(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Every answer before it is submitted, with what is missing."""
    application = _find_draft(request, slug, reference)
    form = AnswerForm(application.question_set, application.draft)
    errors: dict[str, Any] = {} if form.is_valid() else dict(form.errors)
    if request.method == "POST" and not errors:
        with errors_on(form):
            writing.submit_application(by=request.user, application=application)
            messages.success(request, f"{application.reference} is submitted.")
            return redirect(application)
    parts = [
        {
            "title": part.title,
            "href": reverse("sites:application-answers", args=[slug, reference, part.pk]),
            "rows": [(answer, errors.get(answer.question.key, [])) for answer in part.answers],
        }
        for part in laid_out(application.question_set, application.draft)
    ]
    context = {
        "application": application,
        "parts": parts,
        "problems": len(errors),
        "refusals": form.non_field_errors(),
        "crumbs": crumbs_of(application),
    }
    return render(request, "sites/calls/applications/application_check.html", context)
