"""The page on which anyone checks whether a file is an edition of ours."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from impact.core.web.files.uploads import MB
from reports.editions.verifying.forms import LARGEST, VerifyForm
from reports.editions.verifying.services import recognise, recognise_other


def allowance(request: HttpRequest) -> int:
    """How much someone who is not signed in may send here: one report and its form."""
    is_here = request.method == "POST" and request.path == reverse("reports:verify")
    return LARGEST + MB if is_here else 0


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Say of a file, or of its check code, which edition it is. With scripts the file stays on the reader's computer."""
    given = request.POST if request.method == "POST" else request.GET if "sha256" in request.GET else None
    form = VerifyForm(given, request.FILES or None)
    sha256 = form.found_hash() if given is not None and form.is_valid() else ""
    copy = recognise(request.user, sha256) if sha256 else None
    context = {
        "form": form,
        "sha256": sha256,
        "copy": copy,
        "other": recognise_other(request.user, sha256) if sha256 and not copy else None,
        "largest": LARGEST,
    }
    return render(request, "reports/editions/verifying/verify.html", context, status=200)
