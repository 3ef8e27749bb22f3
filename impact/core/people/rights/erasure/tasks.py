"""Deleting the files of rows that were erased or kept long enough."""

from typing import Any

from django.apps import apps

from impact.core.jobs import queue
from impact.core.people.rights.erasure import services


@queue.handles(services.DELETE_FILES, "Deleting files of rows that are gone")
def delete_files(claim: queue.Claim) -> queue.Finish:
    """Delete the files that no row names any more. Safe to do twice."""
    files: set[tuple[Any, str, str]] = {
        (apps.get_model(label), field, name) for label, field, name in claim.payload["files"]
    }
    services.delete_files(files)
    return lambda job: {"files": len(files)}
