"""The ledger of erasures outside the database: one line each, which a restore replays.

A back-up brings back what was erased since it was made. The ledger holds numbers and times only, and nothing is ever
taken out of it: lines are written at its end and flushed to the disk.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings

from impact.core.people.models import Person
from impact.core.people.rights.erasure.models import Erasure
from impact.core.people.rights.merging.models import MergedRecord

FILE = "ledger.jsonl"
log = structlog.get_logger(__name__)


def path() -> Path:
    """Where the ledger is."""
    return Path(settings.ERASURE_LEDGER) / FILE


def _sealed(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry with a check code, by which a line that was cut short is known."""
    text = json.dumps(entry, sort_keys=True)
    return {**entry, "check": hashlib.sha256(text.encode()).hexdigest()[:16]}


def write(erasure: Erasure) -> None:
    """Write one erasure at the end of the ledger, once; writing it again changes nothing.

    Records that were joined to the person's get a line each: an older back-up still has them.
    """
    known = {entry["id"] for entry in read()}
    added = Person.objects.values_list("created_at", flat=True).get(pk=erasure.person_id)
    records = [(erasure.pk, erasure.person_id, added)]
    for old, when in MergedRecord.objects.filter(person=erasure.person_id).values_list("old_id", "old_added"):
        records.append((uuid.uuid5(erasure.pk, str(old)), old, when))
    for key, person, when in records:
        if str(key) in known:
            continue
        entry = {
            "id": str(key),
            "person": person,
            "added": when.isoformat(),  # a number can be given again after a restore; this moment cannot
            "at": erasure.at.isoformat(),
            "pseudonym": erasure.pseudonym,
        }
        _append(json.dumps(_sealed(entry), sort_keys=True))
    Erasure.objects.filter(pk=erasure.pk, is_in_ledger=False).update(is_in_ledger=True)


def _append(line: str) -> None:
    place = path()
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with place.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            cut = file.read(1) != b"\n"  # the line before was cut short by a power cut
        else:
            cut = False
        file.write((b"\n" if cut else b"") + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read() -> Iterator[dict[str, Any]]:
    """The whole entries of the ledger, oldest first; a damaged line is reported in the log and left out."""
    if not path().exists():
        return
    for number, line in enumerate(path().read_text().splitlines(), 1):
        try:
            entry = json.loads(line)
            is_whole = entry.pop("check", "") == _sealed(entry)["check"]
        except (ValueError, AttributeError):
            is_whole = False
        if is_whole:
            yield entry
        elif line:
            log.error("erasure_ledger_line_damaged", line=number)


def damaged() -> int:
    """How many lines of the ledger cannot be read."""
    if not path().exists():
        return 0
    return len([line for line in path().read_text().splitlines() if line]) - len(list(read()))
