"""Which rows name a stored file, for ``manage.py check_files``."""

from collections.abc import Iterator

from impact.core.web.files.store import Kept, kept
from reports.models import Edition
from reports.tasks import FOLDER


@kept(FOLDER)
def editions() -> Iterator[Kept]:
    """Every edition of every report."""
    for row in Edition.objects.select_related("report").iterator():
        yield Kept(str(row), row.file, row.sha256, row.size)
