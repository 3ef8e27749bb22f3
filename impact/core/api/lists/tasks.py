"""The night's work on what programs follow."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from impact.core.api.lists.models import KEEP_DAYS, ListCopy
from impact.core.api.lists.watching import LOG
from impact.core.jobs import queue


@queue.daily("core.tidy_lists", "What programs follow")
def tidy(claim: queue.Claim) -> queue.Finish:
    """Forget lists that no program has asked for in a month, and of each row all changes but the newest."""
    ListCopy.objects.filter(asked_on__lt=timezone.localdate() - timedelta(days=KEEP_DAYS)).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {LOG} WHERE id IN (SELECT o.id FROM {LOG} o JOIN (SELECT source, key, MAX(id) AS newest, "
            f"MAX(mark) AS mark FROM {LOG} GROUP BY source, key HAVING COUNT(*) > 1) n ON n.source = o.source "
            "AND n.key = o.key AND o.id < n.newest AND o.mark < n.mark)"
        )
    return lambda job: {}
