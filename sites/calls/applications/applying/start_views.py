"""Public pages before an application is open: what it takes, who can apply, and getting a private link by email."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.web.forms import errors_on, show_error
from impact.core.web.views import alone
from sites.calls.applications import services as applications
from sites.calls.applications.applying import access, links
from sites.calls.applications.applying.access import give_access, gone
from sites.calls.applications.applying.forms import DetailsForm, MailboxForm, SectionForm
from sites.calls.applications.applying.services import name_in, unmet
from sites.calls.applications.models import Application, MailboxLink, PrivateLink
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.models import Question, QuestionSet

PASSED = "sites.applying.passed"  # salts the signature of eligibility answers on their way to the next page
PASSED_FOR = 12 * 60 * 60  # seconds
TOO_MANY = "Too many requests came from your connection. Wait a few minutes, then try again."


def _find(request: HttpRequest, slug: str) -> Round:
    """The round of a public page. Drafts are not found, by staff either: there is nothing to apply to."""
    return get_object_or_404(Round.objects.filter(is_announced=True), slug=slug)


def _questions(round: Round) -> tuple[QuestionSet | None, list[Question]]:
    """The newest questions of a round, and those among them that say who can apply at all."""
    newest = applications.newest_questions(round)
    return newest, [q for q in newest.questions() if q.section.is_eligibility] if newest else []


def _page(request: HttpRequest, template: str, round: Round, status: int = 200, **context: Any) -> HttpResponse:
    context = {"round": round, **context}
    return render(request, f"sites/calls/applications/apply/{template}.html", context, status=status)


def _takes_new(round: Round) -> bool:
    return round.takes_answers(clock.now())


def _minutes(questions: list[Question]) -> int:
    """About how long writing takes, to the nearest five minutes: a minute a question, a quarter of an hour for a long one."""
    minutes = sum(15 if question.kind == "long" else 1 for question in questions)
    return max(5, 5 * round(minutes / 5))


@login_not_required
@require_GET
def apply_start(request: HttpRequest, slug: str) -> HttpResponse:
    """What applying takes, until when, and where to begin."""
    round = _find(request, slug)
    newest, eligibility = _questions(round)
    questions = [q for q in newest.questions() if not q.section.is_eligibility] if newest else []
    sections: dict[str, list[Question]] = {}
    for question in questions:
        sections.setdefault(question.section.title, []).append(question)
    is_open = _takes_new(round)
    return _page(
        request,
        "start",
        round,
        is_open=is_open and newest is not None,
        is_over=round.stage == "Closed",
        are_results_out=round.is_released,
        sections=list(sections.items()),
        count=len(questions),
        long_ones=sum(question.kind == "long" for question in questions),
        minutes=_minutes(questions),
        files=[question.label for question in questions if question.kind == "file"],
        has_eligibility=bool(eligibility),
        statement=round.statement,
    )


@login_not_required
@require_http_methods(["GET", "POST"])
def apply_eligibility(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask what decides who can apply. Nothing is stored; those who can go on to their email address."""
    round = _find(request, slug)
    _newest, questions = _questions(round)
    if not _takes_new(round) or not questions:
        return redirect("sites:apply-details" if _takes_new(round) else "sites:apply-start", round.slug)
    form = SectionForm(round, questions, {}, request.POST if request.method == "POST" else None, is_final=True)
    if request.method == "POST" and form.is_valid():
        if wrong := unmet(questions, form.data):
            return _page(request, "not_eligible", round, wrong=wrong)
        answers = {key: value for key, value in dict(form.data).items() if value not in ("", [])}
        passed = signing.dumps([round.slug, answers], salt=PASSED)
        return _details(request, round, DetailsForm(initial={"passed": passed, "email": _own_address(request, round)}))
    return _page(request, "eligibility", round, form=form, section=questions[0].section)


def _own_address(request: HttpRequest, round: Round) -> str:
    """The address that this browser has proved, so that it need not be typed again."""
    mailbox = access.mailbox_in(request, round)
    return mailbox.email if mailbox else ""


def _details(request: HttpRequest, round: Round, form: DetailsForm, status: int = 200) -> HttpResponse:
    return _page(request, "details", round, status, form=form, own_address=_own_address(request, round))


@login_not_required
@require_http_methods(["GET", "POST"])
def apply_details(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a name and an email address, and send the private link there."""
    round = _find(request, slug)
    _newest, eligibility = _questions(round)
    if not _takes_new(round):
        return redirect("sites:apply-start", round.slug)
    if request.method == "GET":
        if eligibility:
            return redirect("sites:apply-eligibility", round.slug)
        return _details(request, round, DetailsForm(initial={"email": _own_address(request, round)}))
    form = DetailsForm(request.POST)
    answers = _passed(round, eligibility, request.POST.get("passed", ""))
    if answers is None:
        return redirect("sites:apply-eligibility", round.slug)
    if not form.is_valid():
        return _details(request, round, form)
    if form.is_from_a_program:
        return redirect("sites:apply-sent", round.slug)
    if not access.is_within(request, "mail"):
        form.add_error(None, TOO_MANY)
        return _details(request, round, form, 429)
    given = form.cleaned_data
    mailbox = access.mailbox_in(request, round)
    if mailbox and given["email"].strip().lower() == mailbox.email:
        with errors_on(form):
            link = links.start_another(by=SYSTEM, mailbox=mailbox, contact_name=given["contact_name"], answers=answers)
            return _opened(request, link)
        return _details(request, round, form)
    if access.is_within(request, "mailbox", given["email"]):
        try:
            links.start_online(
                by=SYSTEM,
                round=round,
                email=given["email"],
                contact_name=given["contact_name"],
                answers=answers,
            )
        except ValidationError as error:
            show_error(form, error)
            return _details(request, round, form)
    return redirect("sites:apply-sent", round.slug)


def _passed(round: Round, eligibility: list[Question], text: str) -> dict[str, Any] | None:
    """The answers with which someone passed the check of who can apply; None when it has to be made (again)."""
    if not eligibility:
        return {}
    try:
        slug, answers = signing.loads(text, salt=PASSED, max_age=PASSED_FOR)
    except (signing.BadSignature, ValueError):
        return None
    is_whole = all(key in answers for key in (q.key for q in eligibility if q.is_required and not q.only_if_key))
    known = {question.key for question in eligibility}
    if slug != round.slug or not is_whole or unmet(eligibility, answers):
        return None
    return {key: value for key, value in answers.items() if key in known}


@login_not_required
@require_http_methods(["GET", "POST"])
def apply_return(request: HttpRequest, slug: str) -> HttpResponse:
    """Send a new link to someone who has started. The answer is the same whether we know the mailbox or not."""
    round = _find(request, slug)
    form = MailboxForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if form.is_from_a_program:
            return redirect("sites:apply-sent", round.slug)
        if not access.is_within(request, "mail"):
            form.add_error(None, TOO_MANY)
            return _page(request, "return", round, 429, form=form)
        if access.is_within(request, "mailbox", form.cleaned_data["email"]):
            links.send_links(by=SYSTEM, round=round, email=form.cleaned_data["email"])
        return redirect("sites:apply-sent", round.slug)
    return _page(request, "return", round, form=form)


@login_not_required
@require_GET
def apply_sent(request: HttpRequest, slug: str) -> HttpResponse:
    """The same page after every request for a link."""
    return _page(request, "sent", _find(request, slug), most=4)


@never_cache
@login_not_required
@require_GET
def apply_link(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange a private link for a session at once, so that the key stays out of history, referrers and logs.

    The applicant's own link to a withdrawn application leads to the one page where they can have it deleted as well.
    """
    if not access.is_within(request, "guess", only_look=True):
        return alone(render(request, "sites/calls/applications/apply/link_gone.html", {"is_limited": True}, status=429))
    link = links.link_of(token)
    if link is None and (mailbox := links.mailbox_of(token)):
        return alone(_list_opened(request, mailbox))
    if link is None:
        access.is_within(request, "guess")
        return alone(render(request, "sites/calls/applications/apply/link_gone.html", status=404))
    if not link.is_live(clock.now()) or link.application.is_over:
        if access.may_ask_for_deletion(link):
            if request.method != "HEAD":
                give_access(request, link)
            return alone(access.to_withdrawn(link))
        return alone(gone(request, link))
    return alone(_opened(request, link))


def _opened(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """To an application, which this browser may open from now on."""
    if request.method != "HEAD":
        give_access(request, link)
        links.note_opened(link)
    return redirect("sites:apply-tasks", link.application.round.slug, link.application.reference)


def _list_opened(request: HttpRequest, mailbox: MailboxLink) -> HttpResponse:
    """To the list of what a mailbox has in a round; a link older than a day says where to get another."""
    if not mailbox.is_live(clock.now()):
        context = {"round": mailbox.round, "is_old_list": True}
        return render(request, "sites/calls/applications/apply/link_gone.html", context, status=410)
    if request.method != "HEAD":
        access.give_list(request, mailbox)
    return redirect("sites:apply-yours", mailbox.round.slug)


# --- What one mailbox has --------------------------------------------------------------------------------
@never_cache
@login_not_required
@require_GET
def apply_yours(request: HttpRequest, slug: str) -> HttpResponse:
    """Every application of the mailbox that this browser has proved, and the way to another one."""
    round = _find(request, slug)
    mailbox = access.mailbox_in(request, round)
    if mailbox is None:
        return redirect("sites:apply-return", round.slug)
    rows = [
        {"application": row.application, "is_helper": row.is_helper, "name": name_in(row.application)}
        for row in links.applications_of(round, mailbox.email)
    ]
    return _page(
        request,
        "yours",
        round,
        email=mailbox.email,
        rows=rows,
        withdrawn=round.applications.filter(email=mailbox.email, state=Application.State.WITHDRAWN).order_by("pk"),
        takes_new=_takes_new(round),
        are_results_out=round.is_released,
    )


@never_cache
@login_not_required
@require_POST
def apply_open(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Open one application of the list."""
    round = _find(request, slug)
    mailbox = access.mailbox_in(request, round)
    link = links.open_listed(by=SYSTEM, mailbox=mailbox, reference=reference) if mailbox else None
    return _opened(request, link) if link else access.no_access(request, slug)
