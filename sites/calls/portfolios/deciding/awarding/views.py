"""The page on which a chosen application becomes a site."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from impact.core.access.permissions import require
from impact.core.basics.states import StateConflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_on, form_page
from sites.calls.applications.models import Application
from sites.calls.portfolios.deciding.awarding import services
from sites.calls.portfolios.deciding.awarding.forms import AwardForm
from sites.calls.portfolios.models import Award
from sites.calls.portfolios.pages import crumbs_of, find_round


@require_http_methods(["GET", "POST"])
def award(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """Check what is copied from the application, then make the site."""
    round = find_round(request, slug)
    require(request.user, "sites.decide_round")
    rows = Application.objects.filter(round=round).select_related("round", "topic", "statement")
    application = get_object_or_404(rows, reference=reference)
    back = reverse("sites:decision", args=[round.slug, reference])
    earlier = Award.objects.filter(application=application).select_related("site").first()
    if earlier is not None:
        messages.info(request, "This application has become a site already.")
        return redirect(earlier.site)
    if problem := services.why_not(application):
        messages.error(request, problem)
        return redirect(back)
    form = AwardForm(request.POST or None, application=application, user=request.user)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            try:
                made = services.award_application(by=request.user, application=application, **form.details)
            except StateConflict as conflict:
                if not isinstance(conflict.current, Award):
                    raise
                made = conflict.current  # pressed twice: there is one site, and this is it
            messages.success(request, "The application is now a site. Plan its first milestones next.")
            return redirect(made.site)
    decisions = ("Decisions", reverse("sites:decisions", args=[round.slug]))
    return form_page(
        request,
        form,
        title=f"Make {application.organisation_name or reference} a site",
        button="Make it a site",
        crumbs=crumbs_of(round, decisions, (reference, back)),
        lead="Everything below is copied from the application and from the statement that the applicant saw. Change what you agreed otherwise.",
    )
