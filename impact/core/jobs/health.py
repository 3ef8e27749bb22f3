"""Whether the platform works: /livez and /readyz."""

import shutil
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from impact.core.jobs import outbox
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.web import problems


@never_cache
@login_not_required
@require_GET
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches nothing."""
    return HttpResponse("ok\n", content_type="text/plain")


def _check_database() -> str:
    probe = get_user_model().objects.filter(pk=-1)
    probe.update(is_active=True)  # takes the write path without changing a row
    return ""


def _check_migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} migrations are not applied" if waiting else ""


def _check_disk() -> str:
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.MEDIA_ROOT).free
    return "less than 200 MB free" if free < 200 * 1024 * 1024 else ""


def _check_jobs() -> str:
    oldest = Job.objects.due().values_list("due_at", flat=True).first()
    late = oldest and timezone.now() - oldest > timedelta(minutes=10)
    return "a job has been due for more than ten minutes" if late else ""


def _check_mail() -> str:
    """Whether mail leaves at all; an address that takes none is told on the page of background work."""
    late = OutboxEmail.objects.retryable().exclude(error__startswith=outbox.REFUSED)
    is_late = late.filter(created_at__lt=timezone.now() - timedelta(hours=1)).exists()
    return "an email has not been sent for more than an hour" if is_late else ""


@never_cache
@login_not_required
@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this process can do its work: database write, migrations, disk, oldest due job and email. 503 when not."""
    results = {}
    for name, check in {
        "database": _check_database,
        "migrations": _check_migrations,
        "disk": _check_disk,
        "jobs": _check_jobs,
        "mail": _check_mail,
    }.items():
        try:
            results[name] = check() or "ok"
        except Exception as error:  # noqa: BLE001  whatever is wrong, the answer is "not ready"
            results[name] = f"failed ({type(error).__name__})"
    is_ready = all(result == "ok" for result in results.values())
    headers = {} if is_ready else {"Retry-After": str(problems.RETRY_AFTER)}
    return JsonResponse({"ready": is_ready, "checks": results}, status=200 if is_ready else 503, headers=headers)
