"""What staff do with one application: correct, accept late, withdraw, match to an organisation, delete."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from impact.core.access.permissions import require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import Form, errors_on, form_page, show_error, whole_number
from sites.calls.applications import services as writing
from sites.calls.applications.intake import services
from sites.calls.applications.intake.changing.erasing import erase_application
from sites.calls.applications.intake.forms import CorrectionForm, EraseForm, LateForm, MatchForm, section_form
from sites.calls.applications.intake.views import crumbs_of, find_application
from sites.calls.applications.models import Application


def _find(request: HttpRequest, slug: str, reference: str) -> Application:
    require(request.user, "sites.enter_application")
    return find_application(request, slug, reference)


@require_http_methods(["GET", "POST"])
def application_correct(request: HttpRequest, slug: str, reference: str, section: int) -> HttpResponse:
    """Correct the answers of one section. They become the next revision, with the reason."""
    application = _find(request, slug, reference)
    newest = application.revision
    if newest is None or application.state != Application.State.SUBMITTED:
        raise Http404
    form = section_form(application.question_set, section, newest.answers, request.POST or None, complete=True)
    if not form.asked:
        raise Http404
    reason = CorrectionForm(request.POST or None, prefix="correction")
    is_ready = form.is_valid() and reason.is_valid() if request.method == "POST" else False
    status = 200
    if is_ready:
        given = form.answers()
        try:
            services.correct_application(
                by=request.user,
                application=application,
                answers={question.key: given.get(question.key, "") for question in form.asked},
                expected=whole_number(request.POST.get("version")),
                **reason.cleaned_data,
            )
        except Conflict as conflict:
            form.add_error(
                None, "Someone else changed this application while you were writing. Check it, then save again."
            )
            application, status = conflict.current, 409
        except ValidationError as error:
            show_error(reason if "note" in getattr(error, "error_dict", {}) else form, error)
        else:
            messages.success(request, "Corrected. The earlier revision is kept.")
            return redirect(application)
    context = {
        "application": application,
        "form": form,
        "reason": reason,
        "section": form.asked[0].section,
        "version": application.version,
        "crumbs": crumbs_of(application),
    }
    return render(request, "sites/calls/applications/application_correct.html", context, status=status)


@require_http_methods(["GET", "POST"])
def application_late(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Accept an application that its applicant did not submit in time."""
    application = _find(request, slug, reference)
    form = LateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.accept_late(by=request.user, application=application, **form.cleaned_data)
            messages.success(request, "Accepted. Check the answers with the applicant, then submit them.")
            return redirect("sites:application-check", slug, reference)
    return form_page(
        request,
        form,
        title=f"Accept {reference} late",
        button="Accept it",
        crumbs=crumbs_of(application),
        lead="You can then read what the applicant wrote, complete it with them, and submit it.",
    )


@require_http_methods(["GET", "POST"])
def application_withdraw(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Take an application out of the round, because the applicant asked staff to."""
    application = _find(request, slug, reference)
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with errors_on(form):
            writing.withdraw_application(by=request.user, application=application)
            messages.success(request, f"{reference} is withdrawn.")
            return redirect(application)
    return form_page(
        request,
        form,
        title=f"Withdraw {reference}",
        button="Withdraw the application",
        crumbs=crumbs_of(application),
        lead="At the applicant’s wish. It is no longer assessed or counted, and their private link ends. "
        "What they submitted is kept for the record.",
        is_warning=True,
        way_out=("They asked us to delete it", reverse("sites:application-delete", args=[slug, reference])),
    )


@require_http_methods(["GET", "POST"])
def application_delete(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Delete what an application holds, because the applicant asked for it."""
    application = _find(request, slug, reference)
    form = EraseForm(request.POST or None, application=application)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            erase_application(by=request.user, application=application, **form.cleaned_data)
            messages.success(request, f"What {reference} held is deleted.")
            return redirect(application)
    return form_page(
        request,
        form,
        title=f"Delete {reference}",
        button="Delete for good",
        crumbs=crumbs_of(application),
        lead="At the applicant’s request. Every answer, name, address and file is deleted, and so is what assessors wrote. "
        "The reference and the dates stay, so that counts stay true. It cannot be undone.",
        is_warning=True,
    )


@require_http_methods(["GET", "POST"])
def application_match(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Say which organisation on record an application is from."""
    application = _find(request, slug, reference)
    form = MatchForm(request.POST or None, application=application, user=request.user)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.match_organisation(by=request.user, application=application, **form.cleaned_data)
            messages.success(request, "Saved.")
            return redirect(application)
    return form_page(
        request,
        form,
        title="Match to an organisation",
        button="Save match",
        crumbs=crumbs_of(application),
        lead=f"The application gives the name “{application.organisation_name or 'not given'}”. "
        "A match shows what the same organisation applied with before. Assessors do not see it.",
        way_out=("Add an organisation", reverse("sites:organisation-add")),
    )
