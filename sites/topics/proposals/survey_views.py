"""The results of the national survey: counts by topic and nation, and adding them from a file."""

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import has_perm, require
from impact.core.basics.vocabulary import Nation
from impact.core.web.files.tables import BYTES_LIMIT
from impact.core.web.forms import Crumbs, errors_as_messages, errors_on
from impact.core.web.listing import files_of, list_file, wants_file
from sites.topics.models import FIRST_YEAR, LAST_YEAR
from sites.topics.proposals import importing
from sites.topics.proposals.forms import SurveyFileForm
from sites.topics.proposals.models import Proposal, SurveyCount
from sites.topics.proposals.views import crumbs_to

SALT = "sites.survey"  # what a preview showed comes back signed, so that nothing is kept in between
PREVIEW_AGE = 24 * 60 * 60  # seconds
ROWS_SHOWN = 100


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404


@require_GET
def survey(request: HttpRequest, year: int) -> HttpResponse:
    """How many people chose each topic in the survey of a year, by nation, most chosen first."""
    _check_year(year)
    rows = Proposal.objects.visible_to(request.user).filter(year=year, source=Proposal.Source.SURVEY).with_rows()
    found = sorted(rows, key=lambda p: (-(p.people or 0), p.title))
    nations = [nation for nation in Nation if any(nation.value in p.counts for p in found)]
    if wants_file(request):
        columns = {
            "Topic": lambda p: p.title,
            **{str(nation.label): (lambda p, n=nation.value: p.counts.get(n)) for nation in nations},  # type: ignore[misc]
            "All": lambda p: p.people,
            "State": lambda p: p.get_state_display(),
        }
        return list_file(request, f"survey-{year}", columns, found)  # type: ignore[return-value]
    totals = SurveyCount.objects.filter(proposal__in=[p.pk for p in found]).by_nation()
    context = {
        "year": year,
        "nations": nations,
        "rows": [(p, [(nation.label, p.counts.get(nation.value)) for nation in nations]) for p in found],
        "totals": [(nation.label, totals.get(nation.value, 0)) for nation in nations],
        "total": sum(totals.values()),
        "files": files_of(request),
        "may_add": has_perm(request.user, "sites.edit_topic"),
        "has_illustrative": any(p.is_illustrative for p in found),
        "crumbs": crumbs_to(),
    }
    return render(request, "sites/topics/proposals/survey.html", context)


@require_http_methods(["GET", "POST"])
def survey_import(request: HttpRequest, year: int) -> HttpResponse:
    """Add the results of the survey from a file: what each row would do first, then all or none."""
    _check_year(year)
    require(request.user, "sites.edit_topic")
    if "checked" in request.POST:
        return _import_checked(request, year)
    form = SurveyFileForm(request.POST or None, request.FILES or None)
    checked: importing.Checked | None = None
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            importing.check_year(year)
            checked = importing.check_counts(year, form.cleaned_data["file"].read(BYTES_LIMIT + 1))
    problems = len(checked.problems) if checked else 0
    need = "1 row needs" if problems == 1 else f"{problems} rows need"
    total = len(checked.rows) if checked else 0
    counts = "1 count" if total == 1 else f"{total} counts"
    shown = {"year": year, "rows": importing.as_csv(checked)} if checked and not problems else None
    context = {
        "form": form,
        "year": year,
        "checked": checked,
        "shown": sorted(checked.rows, key=lambda row: not row.problem)[:ROWS_SHOWN] if checked else [],
        "problems": problems,
        "signed": signing.dumps(shown, salt=SALT, compress=True) if shown else "",
        "outcome": f"{need} attention. Nothing was saved" if problems else f"{counts} will be recorded",
        "crumbs": _crumbs(year),
    }
    return render(request, "sites/topics/proposals/survey_import.html", context)


def _crumbs(year: int) -> Crumbs:
    return [*crumbs_to(), (f"Survey for {year}", reverse("sites:topic-survey", args=[year]))]


def _import_checked(request: HttpRequest, year: int) -> HttpResponse:
    """Record what a preview showed."""
    address = reverse("sites:topic-survey-import", args=[year])
    try:
        shown = signing.loads(request.POST["checked"], salt=SALT, max_age=PREVIEW_AGE)
    except signing.BadSignature:
        messages.error(request, "This preview is too old. Choose the file again.")
        return redirect(address)
    with errors_as_messages(request):
        if shown["year"] != year:
            raise ValidationError("This preview was of another year. Choose the file again.")
        counts = importing.import_counts(by=request.user, year=year, data=shown["rows"].encode())
        number = len(counts)
        messages.success(request, f"{number} {'count was' if number == 1 else 'counts were'} recorded.")
        return redirect("sites:topic-survey", year)
    return redirect(address)
