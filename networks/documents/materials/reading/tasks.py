"""Background work: the words of a paper are read after it was uploaded."""

from typing import Any

from impact.core.jobs import queue
from impact.core.jobs.models import Job
from networks.documents.materials.models import Material
from networks.documents.materials.reading import services


@queue.handles(services.READ, "Words of a paper, for the search", is_patient=True)
def read_paper(claim: queue.Claim) -> queue.Finish:
    """Read the newest files of one paper; one that cannot be read is no failure of the job."""
    material = Material.objects.filter(pk=claim.payload["material"]).first()
    if material is None:
        return lambda job: {}
    found = services.read(material, lambda: claim.progress(10, "Reading the paper"))

    def finish(job: Job) -> dict[str, Any]:
        return {"kept": services.keep(material, found), "characters": len(found.text), "unread": len(found.unread)}

    return finish
