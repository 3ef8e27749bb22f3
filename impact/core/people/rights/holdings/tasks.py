"""Making archives, sending links, and deleting what has expired."""

import tempfile
from pathlib import Path

from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.people.rights.holdings import archive, links, services
from impact.core.people.rights.holdings.models import DataArchive
from impact.core.web.files import store


@queue.handles(services.MAKE, "Download of what is held about someone")
def make_archive(claim: queue.Claim) -> queue.Finish:
    """Write the archive to a file outside any transaction; it is kept with the row that names it."""
    pk = int(claim.payload["archive"])
    row = DataArchive.objects.select_related("person__user").filter(pk=pk).first()
    if row is None:
        raise queue.JobRefused("This download is no longer wanted. Ask for a new one.")
    folder = tempfile.TemporaryDirectory(prefix="my-data-")
    path = Path(folder.name) / "my-data.zip"
    try:
        with path.open("wb") as into:
            archive.write_archive(services.about(row), into, progress=claim.progress)
        with path.open("rb") as made:
            sha256, size = store.digest_of(made)
    except BaseException:
        folder.cleanup()
        raise

    def finish(job: queue.Job) -> dict[str, int]:
        with folder:
            return services.keep_made(job, archive_pk=pk, source=path, sha256=sha256, size=size)

    return finish


@queue.handles(links.SEND, "Answer to someone who asked what is held about them")
def send_link(claim: queue.Claim) -> queue.Finish:
    """Write the email in the transaction that ends the job."""
    return links.send_link


@queue.daily("core.tidy_my_data", "Old downloads of what is held about people")
def tidy(claim: queue.Claim) -> queue.Finish:
    """Delete what has expired, and what a crash left behind."""
    gone, left = services.tidy(by=SYSTEM), services.delete_unnamed()
    return lambda job: {"deleted": gone, "left_behind": left}
