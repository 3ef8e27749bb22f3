"""Pages for those who write the report: words that may be asked for, and what their speakers answered."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import require
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import Crumbs, errors_on, form_page, show_conflict, show_error
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.log.models import Contribution
from reports.quotes import services
from reports.quotes.forms import OfferFilter, WordsForm
from reports.quotes.models import Quote
from reports.quotes.pages import State, with_standing
from reports.writing.models import AnnualReport
from reports.writing.pages import OPEN, find_report


def _crumbs(report: AnnualReport) -> Crumbs:
    return [
        ("Reports", reverse("reports:list")),
        (str(report.year), report.get_absolute_url()),
        ("Quotes", reverse("reports:quotes", args=[report.year])),
    ]


def offered_in(report: AnnualReport, user: Any) -> Any:
    """What was said in the report's year that may be asked for, or has been: by whom stays out of it."""
    asked = Quote.objects.filter(report=report, contribution=OuterRef("pk"))
    rows = Contribution.objects.counted().readable_by(user).filter(meeting__starts_at__year=report.year).with_quotable()
    return (
        rows.annotate(
            quote_pk=Subquery(asked.values("pk")[:1]),
            quote_state=Subquery(asked.values("state")[:1]),
            quote_words=Subquery(asked.values("words")[:1]),
        )
        .filter(Q(is_quotable=True) | Q(quote_pk__isnull=False))
        .select_related("theme__merged_into")
    )


COLUMNS: dict[str, Any] = {
    "Words": lambda c: c.quote_words or c.words,
    "Kind": lambda c: c.get_kind_display(),
    "Theme": lambda c: c.theme.name if c.theme else "",
    "Where it stands": lambda c: Quote.State(c.quote_state).label if c.quote_state else "Not asked for yet",
}


@never_cache
@require_GET
def quote_list(request: HttpRequest, year: int) -> HttpResponseBase:
    """Words of the year that may be quoted, and where each stands."""
    report = find_report(request, year)
    require(request.user, "reports.edit_report", report)
    listing = list_rows(
        request,
        offered_in(report, request.user),
        OfferFilter,
        sorts={"on": ("Date", "meeting__starts_at"), "theme": ("Theme", "theme__name"), "kind": ("Kind", "kind")},
        default="-on",
    )
    if wants_file(request):
        return list_file(request, f"quotes-{report.year}", COLUMNS, listing.rows)
    shown = list(listing.page.object_list)
    quotes = Quote.objects.filter(report=report, contribution__in=shown).select_related("report")
    by_contribution = {quote.contribution_id: quote for quote in with_standing(quotes)}
    context = {
        "report": report,
        "listing": listing,
        "rows": [{"said": said, "quote": by_contribution.get(said.pk)} for said in shown],
        "is_open": report.status in OPEN,
        "ready": Quote.objects.printable().filter(report=report).count(),
        "waiting": Quote.objects.filter(report=report, state=State.OFFERED).count(),
    }
    return render(request, "reports/quotes/quote_list.html", context)


@require_http_methods(["GET", "POST"])
def quote_ask(request: SignedInRequest, year: int, contribution: UUID) -> HttpResponse:
    """Ask the speaker whether exact words may be printed."""
    report = find_report(request, year)
    require(request.user, "reports.edit_report", report)
    said = get_object_or_404(offered_in(report, request.user), pk=contribution)
    if said.quote_pk:
        return redirect("reports:quote-words", said.quote_pk)
    form = WordsForm(request.POST or None, initial={"words": said.words})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.offer_quote(by=request.user, report=report, contribution=said, words=form.cleaned_data["words"])
            messages.success(request, "The speaker is asked. You will see the answer in the list.")
            return redirect("reports:quotes", year)
    return form_page(
        request,
        form,
        title="Ask for these words",
        button="Ask the speaker",
        crumbs=_crumbs(report),
        lead=f"They are printed in the {year} report only if the speaker says yes. You do not see who it is.",
        quote=said.words,
    )


@require_http_methods(["GET", "POST"])
def quote_words(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change words that were asked for, which asks again, or leave them out."""
    rows = Quote.objects.visible_to(request.user).select_related("report", "contribution")
    quote = get_object_or_404(rows, pk=pk)
    require(request.user, "reports.edit_report", quote.report)
    year = quote.report.year
    posted = request.POST if request.method == "POST" else None
    form = WordsForm(posted, initial={"words": quote.words, "version": quote.version})
    differences = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if "leave_out" in request.POST:
                services.leave_out_quote(by=request.user, quote=quote, expected=given["version"])
                messages.success(request, "These words are left out of the report.")
            else:
                services.reword_quote(by=request.user, quote=quote, words=given["words"], expected=given["version"])
                messages.success(request, "The speaker is asked about these words.")
        except Conflict as conflict:
            differences = show_conflict(form, conflict, {"words": conflict.current.words})
        except ValidationError as error:
            show_error(form, error)
        else:
            return redirect("reports:quotes", year)
    may_leave_out = quote.state in (State.OFFERED, State.APPROVED)
    return form_page(
        request,
        form,
        title="Change these words",
        button="Ask the speaker again",
        crumbs=_crumbs(quote.report),
        lead=f"{quote.get_state_display()}. An approval counts for exact words: change one, and the speaker is asked again.",
        quote=quote.contribution.words,
        differences=differences,
        second_button=("leave_out", "Leave these words out") if may_leave_out else None,
    )
