"""The pages of one application, for people with its private link: writing, checking, submitting, helpers, withdrawing."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from impact.core.access.permissions import SYSTEM
from impact.core.basics.dates import clock as clock_time
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.people.rights.equality.forms import EqualityForm
from impact.core.web.files import uploads
from impact.core.web.forms import errors_as_messages, errors_on, show_error
from sites.calls.applications import services as applications
from sites.calls.applications.applying import access, links, services
from sites.calls.applications.applying.access import page, with_link
from sites.calls.applications.applying.forms import HelperForm, SectionForm, SubmitForm, may_be_asked
from sites.calls.applications.applying.saving import Saved, save_answers, sent_from
from sites.calls.applications.equality.services import keep_equality_answers
from sites.calls.applications.models import Application, ApplicationFile, PrivateLink
from sites.calls.applications.moving import move_to_newest
from sites.calls.portfolios.deciding.services import released_outcome
from sites.calls.rounds.questions.answering import Chapter, chapters_of, in_words
from sites.calls.rounds.questions.changes import changes_between
from sites.calls.rounds.questions.models import Kind, Question, Section


def _home(link: PrivateLink, name: str = "sites:apply-tasks", **more: Any) -> HttpResponse:
    application = link.application
    return redirect(name, slug=application.round.slug, reference=application.reference, **more)


def _state(application: Application) -> dict[str, Any]:
    """What was submitted, and whether something was written since."""
    newest = application.revision
    unsent = newest is not None and services.has_unsent_changes(application, newest)
    return {"revision": newest, "has_unsent_changes": unsent}


def _news(application: Application) -> dict[str, Any]:
    """What changed in the questions since this application was begun, where there is a newer version."""
    newest = applications.newest_questions(application.round)
    statement = application.round.statement
    if newest is None or (newest.pk == application.question_set_id and statement == application.statement):
        return {}
    newest.round = application.round
    changes = [] if newest.pk == application.question_set_id else changes_between(application.question_set, newest)
    return {
        "newest": newest,
        "changes": changes,
        "is_restated": statement != application.statement,
        "is_only_restated": newest.pk == application.question_set_id,
    }


@with_link("GET")
def apply_tasks(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """What there is to write, how far it is, and what can be done next."""
    application = link.application
    chapters = chapters_of(application.question_set, application.draft)
    return page(
        request,
        link,
        "tasks",
        chapters=chapters,
        done=sum(chapter.is_complete for chapter in chapters),
        outcome=None if link.is_helper else released_outcome(application),
        **_state(application),
        **_news(application),
    )


def _titled(question: Question, problems: list[str]) -> str:
    """What is wrong with an answer, after its question: "Your organisation: answer …" or "Who are you? Answer …"."""
    joint = "" if question.label.endswith("?") else ":"
    return f"{question.label}{joint} {' '.join(problems)}"


# --- One section -----------------------------------------------------------------------------------------
def _section(link: PrivateLink, pk: int) -> tuple[Section | None, list[Section]]:
    """A section of the application's questions, and all of them in order; None for one of an earlier version."""
    found: dict[int, Section] = {}
    for question in link.application.question_set.questions():
        found.setdefault(question.section_id, question.section)
    return found.get(pk), list(found.values())


def _files(application: Application) -> dict[int, ApplicationFile]:
    return {row.pk: row for row in application.files.all()}


def _section_page(
    request: HttpRequest, link: PrivateLink, section: Section, form: SectionForm, status: int = 200, **context: Any
) -> HttpResponse:
    _found, sections = _section(link, section.pk)
    at = sections.index(section)
    context |= {
        "section": section,
        "form": form,
        "number": at + 1,
        "count": len(sections),
        "before": sections[at - 1] if at else None,
        "after": sections[at + 1] if at + 1 < len(sections) else None,
        "has_files": any(question.kind == Kind.FILE for question in form.questions.values()),
        **_news(link.application),
    }
    return page(request, link, "section", status, **context)


@with_link("GET", "POST")
def apply_section(request: HttpRequest, link: PrivateLink, pk: int) -> HttpResponse:
    """Write the answers of one section; saved by hand, and in the background while someone types."""
    application = link.application
    section, _sections = _section(link, pk)
    if section is None:
        return _earlier_section(request, link, pk)
    questions = may_be_asked(application.question_set.questions(), section.pk, application.draft)
    if request.method == "GET":
        form = SectionForm(application.round, questions, application.draft, files=_files(application))
        return _section_page(request, link, section, form)
    shown = [q for q in application.question_set.questions() if q.section_id == section.pk]  # when it was opened
    try:
        saved = save_answers(by=SYSTEM, application=application, sent=sent_from(shown, request.POST))
    except StateConflict as error:
        if request.POST.get("do") == "autosave":
            return _saved_line(request, "error", f"Not saved. {error.messages[0]}")
        form = SectionForm(application.round, questions, application.draft, request.POST, files=_files(application))
        return _section_page(request, link, section, form, 409, closed=error.messages[0], is_typed=True)
    if request.POST.get("do") == "autosave":
        return _after_autosave(request, saved)
    return _after_save(request, link, section, questions, saved)


def _saved_line(request: HttpRequest, state: str, text: str, marks: Mapping[str, str] | None = None) -> HttpResponse:
    context = {"state": state, "text": text, "marks": (marks or {}).items()}
    return render(request, "sites/calls/applications/apply/_saved.html", context)


def _after_autosave(request: HttpRequest, saved: Saved) -> HttpResponse:
    """Tell the page which answers are stored; the rest stays on the screen and on the device."""
    state, text = "saved", f"All changes saved at {clock_time(timezone.localtime())}"
    if saved.clashes:
        state, text = "error", "Someone else changed the same answer. Save to compare the two."
    elif saved.refused:
        state, text = "error", next(iter(saved.refused.values()))
    return _saved_line(request, state, text, saved.marks)


def _after_save(
    request: HttpRequest, link: PrivateLink, section: Section, questions: list[Question], saved: Saved
) -> HttpResponse:
    """After saving by hand: on to the next page, or here again with what needs attention."""
    application, do = link.application, request.POST.get("do", "next")
    problems = {key: [words] for key, words in saved.refused.items()}
    problems |= {
        key: ["Someone else changed this while you were writing. Compare the two, then save again."]
        for key in saved.clashes
    }
    unsaved = len(problems)
    problems |= _take_files(request, application, questions)
    application.refresh_from_db(fields=["draft", "version"])
    form = SectionForm(application.round, questions, application.draft, request.POST, files=_files(application))
    form.clashes = saved.clashes
    problems = {**form.problems(), **problems}
    if problems:
        return _section_page(
            request,
            link,
            section,
            form,
            409 if saved.clashes else 200,
            problems=[
                (form[key], _titled(form.questions[key], problems[key])) for key in form.questions if key in problems
            ],
            is_saved=not unsaved,
            is_typed=bool(unsaved),
        )
    if do == "upload" or do.startswith("remove-"):
        messages.success(request, "The file is saved." if do == "upload" else "The file is removed.")
        return _home(link, "sites:apply-section", pk=section.pk)
    if do == "later":
        messages.success(request, "Your answers are saved. Come back with the link in your email, on any device.")
        return _home(link)
    _found, sections = _section(link, section.pk)
    at = sections.index(section)
    if at + 1 < len(sections):
        return _home(link, "sites:apply-section", pk=sections[at + 1].pk)
    return _home(link, "sites:apply-review")


def _take_files(request: HttpRequest, application: Application, questions: list[Question]) -> dict[str, list[str]]:
    """Keep the files that came with a section, and remove one if its button was pressed; what was wrong, by question."""
    problems = {}
    for question in (q for q in questions if q.kind == Kind.FILE):
        try:
            if file := request.FILES.get(question.key):
                upload = uploads.accept_paper(file, allowed=services.FILE_KINDS, limit=services.FILE_LIMIT)
                services.add_file(by=SYSTEM, application=application, question=question, file=upload)
            elif request.POST.get("do") == f"remove-{question.key}":
                services.remove_file(by=SYSTEM, application=application, question=question)
        except ValidationError as error:
            problems[question.key] = error.messages
    return problems


def _earlier_section(request: HttpRequest, link: PrivateLink, pk: int) -> HttpResponse:
    """A page of an earlier version of the questions: keep what is still asked, and show the rest to copy."""
    application = link.application
    section = get_object_or_404(Section.objects.filter(question_set__round=application.round), pk=pk)
    words = "The questions have changed since you opened this page."
    if request.method == "GET":
        messages.info(request, f"{words} These are the ones to answer now.")
        return _home(link)
    questions = list(section.questions.all())
    try:
        saved = save_answers(by=SYSTEM, application=application, sent=sent_from(questions, request.POST))
    except StateConflict as error:
        saved = Saved(application, {}, {}, {question.key: error.messages[0] for question in questions})
    if request.POST.get("do") == "autosave":
        return _saved_line(request, "error", f"{words} Open the list of sections to go on.", saved.marks)
    left = {**saved.refused, **saved.clashes}
    typed = [(q.label, request.POST.get(q.key, "")) for q in questions if q.key in left and request.POST.get(q.key)]
    if not typed:
        messages.info(request, f"{words} What you wrote is saved. These are the questions to answer now.")
        return _home(link)
    return page(request, link, "left_over", 409, words=typed)


@with_link("POST")
def apply_newest(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """Go on with the newest questions. Words whose question is gone are shown once more, to copy."""
    application = link.application
    before = {question.key: question for question in application.question_set.questions()}
    draft = dict(application.draft)
    try:
        moved = move_to_newest(by=SYSTEM, application=application)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return _home(link)
    application.refresh_from_db(fields=["draft"])
    lost = [(before[key].label, in_words(before[key], draft[key])) for key in draft if key not in application.draft]
    return page(request, link, "moved", moved=moved, words=[(label, text) for label, text in lost if text])


@with_link("GET")
def apply_file(request: HttpRequest, link: PrivateLink, pk: int) -> FileResponse:
    """Hand out a file of this application."""
    row = get_object_or_404(link.application.files, pk=pk)
    try:
        return uploads.serve_file(row.file, name=row.name, content_type=row.content_type)
    except FileNotFoundError:
        raise Http404 from None


# --- Checking and submitting -----------------------------------------------------------------------------
def _answers(chapters: list[Chapter], application: Application) -> list[dict[str, Any]]:
    """Every section with its questions and answers, as people read them."""
    files = _files(application)
    return [
        {
            "section": chapter.section,
            "rows": [
                {
                    "question": question,
                    "words": in_words(question, chapter.given.get(question.key)),
                    "file": files.get(chapter.given.get(question.key) or 0) if question.kind == Kind.FILE else None,
                    "problems": chapter.problems.get(question.key, []),
                }
                for question in chapter.questions
            ],
        }
        for chapter in chapters
    ]


@with_link("GET", "POST")
def apply_review(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """Check every answer, then submit."""
    application = link.application
    chapters = chapters_of(application.question_set, application.draft)
    wrong = services.unmet(application.question_set.questions(), application.draft)
    for chapter in chapters:
        for question in wrong:
            if question in chapter.questions:
                chapter.problems[question.key] = ["With this answer you cannot apply."]
    problems = [
        (question, _titled(question, chapter.problems[question.key]))
        for chapter in chapters
        for question in chapter.questions
        if question.key in chapter.problems
    ]
    form = SubmitForm(request.POST if request.method == "POST" else None, initial={"version": application.version})
    status = 200
    if request.method == "POST" and link.is_helper:
        return page(request, link, "not_helper", 403)
    if request.method == "POST" and form.is_valid():
        try:
            services.submit_online(by=SYSTEM, application=application, expected=form.cleaned_data["version"])
            return _home(link, "sites:apply-submitted")
        except Conflict:
            form = SubmitForm(initial={"version": application.version})
            messages.warning(request, "An answer changed since you opened this page. Check the answers, then submit.")
            status = 409
        except ValidationError as error:
            if not hasattr(error, "error_dict"):
                show_error(form, error)
    context = {"chapters": _answers(chapters, application), "problems": problems, "form": form}
    return page(request, link, "review", status, **context, **_state(application), **_news(application))


@with_link("GET")
def apply_submitted(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """What was submitted when, and what happens next."""
    state = _state(link.application)
    return page(request, link, "submitted", **state) if state["revision"] else _home(link)


@with_link("GET")
def apply_answers(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """The answers as last submitted, to read and print; before that, as they are written."""
    application = link.application
    newest = application.revision
    questions, answers = application.question_set, application.draft
    if newest is not None:
        questions, answers = newest.question_set, newest.answers
        questions.round = application.round
    chapters = _answers(chapters_of(questions, answers), application)
    return page(request, link, "answers", chapters=chapters, revision=newest)


# --- People, leaving, withdrawing ------------------------------------------------------------------------
@with_link("GET", "POST", by_applicant=True)
def apply_people(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """Who has links to this application; invite a colleague to help."""
    application = link.application
    form = HelperForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not access.is_within(request, "invite", application.reference):
            form.add_error(None, "You have sent many invitations. Try again in an hour.")
        else:
            with errors_on(form):
                email = form.cleaned_data["email"]
                links.invite_helper(by=SYSTEM, application=application, email=email)
                messages.success(request, f"We have sent a link to {email.lower()}.")
                return _home(link, "sites:apply-people")
    return page(request, link, "people", form=form, holders=links.holders(application))


@with_link("POST", by_applicant=True)
def apply_person_end(request: HttpRequest, link: PrivateLink, pk: int) -> HttpResponse:
    """End every link of one mailbox. The applicant's own are ended with a new one on its way to them."""
    application = link.application
    held = get_object_or_404(application.links, pk=pk)
    with errors_as_messages(request):
        links.end_links(by=SYSTEM, application=application, email=held.email)
        if held.email == application.email:
            links.send_links(by=SYSTEM, round=application.round, email=application.email)
            return redirect("sites:apply-sent", application.round.slug)
        messages.success(request, f"{held.email} can no longer open this application.")
    return _home(link, "sites:apply-people")


@with_link("POST")
def apply_leave(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """Close an application on this device, as one signs out."""
    access.take_access(request, link.application)
    messages.success(request, "This device can no longer open your application. The link in your email still can.")
    response = redirect("sites:apply-start", link.application.round.slug)
    response["Clear-Site-Data"] = '"cache"'
    return response


@with_link("GET", "POST", by_applicant=True, when_withdrawn=True)
def apply_withdraw(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """Withdraw the application, after asking, and have it deleted; after a withdrawal, have it deleted as well."""
    if link.application.is_over:
        if request.method == "POST":
            with errors_as_messages(request):
                services.ask_for_deletion(by=SYSTEM, application=link.application)
        return access.gone(request, _again(link))
    if request.method == "POST":
        with errors_as_messages(request):
            services.withdraw_online(
                by=SYSTEM, application=link.application, with_deletion="with_deletion" in request.POST
            )
            return access.gone(request, _again(link))
    return page(request, link, "withdraw")


def _again(link: PrivateLink) -> PrivateLink:
    return PrivateLink.objects.select_related("application__round").get(pk=link.pk)


@with_link("GET", "POST", by_applicant=True)
def apply_about_you(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """The equality questions. Earlier answers are never shown: not even this page tells whether there are any."""
    application = link.application
    form = EqualityForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        keep_equality_answers(by=SYSTEM, application=application, email=link.email, answers=form.cleaned_data)
        messages.success(request, "Thank you. Your answers are kept apart from your application.")
        return _home(link)
    return page(request, link, "about_you", form=form)
