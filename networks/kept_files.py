"""Which rows name a stored file, for ``manage.py check_files``."""

from collections.abc import Iterator

from impact.core.web.files.store import Kept, kept
from networks.models import Document, MaterialFile, MeetingPhoto
from networks.services import materials, photos
from networks.tasks import FOLDER as DOCUMENTS


@kept(materials.FOLDER)
def papers() -> Iterator[Kept]:
    """Every version of every paper."""
    for row in MaterialFile.objects.select_related("material__meeting__group").iterator():
        what = f"“{row.name}”, version {row.number}, a paper of {row.material.meeting}"
        yield Kept(what, row.file.name, row.sha256, row.size)


@kept(photos.FOLDER)
def photographs() -> Iterator[Kept]:
    """Every photograph, also those taken off the log, and its small copy."""
    for row in MeetingPhoto.objects.select_related("meeting__group").iterator():
        what = f"Photograph {row.pk} on the log of {row.meeting}"
        yield Kept(what, row.file.name, row.sha256, row.size)
        yield Kept(f"Small copy of photograph {row.pk}", photos.small_name(row), "")


@kept(DOCUMENTS)
def built_documents() -> Iterator[Kept]:
    """Every pack and action plan that was built."""
    rows = Document.objects.ready().select_related("meeting__group", "group", "network")
    for row in rows.defer("contents").iterator():
        yield Kept(f"{row} of {row.about}", row.file.name, row.sha256, row.size)
