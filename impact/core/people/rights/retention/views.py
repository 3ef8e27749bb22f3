"""The schedule: what will be deleted because it has been kept long enough, before it goes."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from impact.core.access.permissions import require
from impact.core.people.accounts import SignedInRequest
from impact.core.people.rights.erasure.models import LegalHold
from impact.core.people.rights.retention.models import RetentionRun
from impact.core.people.rights.retention.services import schedule


@require_GET
def retention(request: SignedInRequest) -> HttpResponse:
    """What goes within thirty days and why, what goes later, and what the last runs deleted."""
    require(request.user, "core.view_retention")
    due = schedule()
    context = {
        "soon": [line for line in due if line.now or line.soon],
        "later": [line for line in due if not (line.now or line.soon)],
        "total": sum(line.now + line.soon for line in due),
        "held": sum(line.held for line in due),
        "holds": LegalHold.objects.in_force().count(),
        "runs": RetentionRun.objects.all()[:10],
    }
    return render(request, "core/rights/retention.html", context)
