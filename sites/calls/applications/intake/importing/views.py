"""Importing applications from a file: the template, the check of each row, then all or none."""

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import require
from impact.core.web.files.tables import BYTES_LIMIT
from impact.core.web.forms import errors_as_messages, errors_on
from impact.core.web.listing import file_response
from sites.calls.applications.intake.forms import ImportForm
from sites.calls.applications.intake.importing import rows as importing
from sites.calls.applications.intake.views import find_round
from sites.calls.applications.services import newest_questions
from sites.calls.rounds.models import Round

SALT = "sites.applications"  # what a preview showed comes back signed, so that nothing is kept in between
PREVIEW_AGE = 24 * 60 * 60  # seconds
ROWS_SHOWN = 100


@require_http_methods(["GET", "POST"])
def application_import(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what each row of a file would do, then add all or none."""
    require(request.user, "sites.enter_application")
    round = find_round(request, slug)
    if "checked" in request.POST:
        return _import_checked(request, round)
    form = ImportForm(request.POST or None, request.FILES or None)
    checked: importing.Checked | None = None
    signed = ""
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            data = form.cleaned_data["file"].read(BYTES_LIMIT + 1)
            checked = importing.check_file(round, data)
            rows = [(row.line, row.given) for row in checked.rows]
            signed = signing.dumps({"round": round.pk, "rows": rows}, salt=SALT, compress=True)
    problems = len(checked.problems) if checked else 0
    need = "1 row needs" if problems == 1 else f"{problems} rows need"
    number = len(checked.rows) if checked else 0
    will = "1 application" if number == 1 else f"{number} applications"
    questions = newest_questions(round)
    context = {
        "round": round,
        "form": form,
        "checked": checked,
        "shown": sorted(checked.rows, key=lambda row: not row.problems)[:ROWS_SHOWN] if checked else [],
        "problems": problems,
        "signed": "" if problems else signed,
        "outcome": f"{need} attention. Nothing was saved" if problems else f"{will} will be added",
        "headings": importing.headings(questions) if questions else [],
    }
    return render(request, "sites/calls/applications/application_import.html", context)


def _import_checked(request: HttpRequest, round: Round) -> HttpResponse:
    """Add what a preview showed."""
    address = reverse("sites:application-import", args=[round.slug])
    try:
        shown = signing.loads(request.POST["checked"], salt=SALT, max_age=PREVIEW_AGE)
    except signing.BadSignature:
        messages.error(request, "This preview is too old. Choose the file again.")
        return redirect(address)
    with errors_as_messages(request):
        if shown["round"] != round.pk:
            raise ValidationError("This preview was of another round. Choose the file again.")
        rows = [(line, given) for line, given in shown["rows"]]
        made = importing.import_applications(by=request.user, round=round, rows=rows)
        number = len(made)
        words = f"{number} {'application was' if number == 1 else 'applications were'} added."
        if waiting := sum(row.submitted_at is None for row in made):
            words += (
                f" {waiting} {'waits' if waiting == 1 else 'wait'} for a file: open each, add the file, then submit it."
            )
        messages.success(request, words)
        return redirect("sites:application-list", round.slug)
    return redirect(address)


@require_GET
def import_template(request: HttpRequest, slug: str) -> HttpResponse:
    """An Excel or CSV file with the headings of this round's import and nothing below them."""
    require(request.user, "sites.enter_application")
    round = find_round(request, slug)
    questions = newest_questions(round)
    columns = {name: str for name, _takes in importing.headings(questions)} if questions else {"organisation_name": str}
    kind = request.GET.get("format")
    return file_response(kind, f"applications-{round.slug}-template", columns, [])  # type: ignore[return-value]
