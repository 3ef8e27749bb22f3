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
            # Without a join: PostgreSQL, which knows nothing yet of rows that are new, took half a minute over one.
            f"DELETE FROM {LOG} WHERE id IN (SELECT id FROM (SELECT id, mark, MAX(id) OVER same_row AS newest, "
            f"MAX(mark) OVER same_row AS newest_mark FROM {LOG} WINDOW same_row AS (PARTITION BY source, key)) o "
            "WHERE id < newest AND mark < newest_mark)"
        )
    return lambda job: {}
