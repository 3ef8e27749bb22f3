"""Reading the words of papers after they were uploaded, so that they are found by them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from impact.core.access.permissions import SYSTEM
from impact.core.documents.reading import texts
from impact.core.jobs import queue
from networks.documents.materials.models import Material, MaterialFile
from networks.documents.materials.reading.models import PaperText

READ = "networks.read_paper"


@dataclass(frozen=True)
class Read:
    """What was read of a paper, and from which files."""

    text: str
    files: list[int]
    unread: dict[str, str] = field(default_factory=dict)  # a file's id → why no text could be read


def readable(material: Material) -> list[MaterialFile]:
    """The newest file in each format, as far as it is of a kind that holds text."""
    return [file for file in material.newest_files if file.kind.lower() in texts.KINDS]


def read_again(material: Material) -> None:
    """Forget what was read of a paper, and read its newest files once this is committed."""
    PaperText.objects.filter(material=material).delete()
    files = [file.pk for file in readable(Material.objects.get(pk=material.pk))]
    if files:
        key = f"{READ}:{material.pk}:{'-'.join(map(str, files))}"
        queue.enqueue(by=SYSTEM, kind=READ, dedupe_key=key, payload={"material": material.pk})


def why_unread(material: Material) -> list[tuple[MaterialFile, str]]:
    """The newest files in which no text could be read, and why."""
    found = PaperText.objects.filter(material=material).values_list("unread", flat=True).first() or {}
    return [(file, found[str(file.pk)]) for file in material.newest_files if str(file.pk) in found]


def read(material: Material, renew: Callable[[], Any] = lambda: None) -> Read:
    """Read the newest files of a paper, each in a process of its own; every format gets an equal share of the room."""
    files = readable(material)
    parts, unread = [], {}
    for file in files:
        renew()
        try:
            parts.append(_text_of(file, texts.MOST // len(files), renew))
        except texts.NoText as problem:
            unread[str(file.pk)] = str(problem)
    return Read("\n".join(parts), [file.pk for file in files], unread)


def _text_of(file: MaterialFile, most: int, renew: Callable[[], Any]) -> str:
    try:
        with default_storage.open(file.file.name or "", "rb") as kept:
            data = kept.read()
    except FileNotFoundError:
        raise texts.NoText("our copy is missing") from None
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise texts.NoText("our copy is damaged")
    return texts.text_of(data, file.kind.lower(), most, renew)


@transaction.atomic
def keep(material: Material, found: Read) -> bool:
    """Write down what was read, unless the paper is gone or has other files by now."""
    now = Material.objects.select_for_update().filter(pk=material.pk).first()
    if now is None or [file.pk for file in readable(now)] != found.files:
        return False
    values = {"text": found.text, "files": found.files, "unread": found.unread, "read_at": timezone.now()}
    PaperText.objects.update_or_create(material=now, defaults=values)
    return True
