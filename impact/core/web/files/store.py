"""Store files under their own hash: complete or not at all, and trusted only when size and hash match.

``keep`` is the one way into the storage, for uploads and for what workers build. Apps say with ``kept`` which of
their rows name a file, so that ``manage.py check_files`` can compare the rows with what is there.
"""

import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import Storage

INCOMING = ".incoming-"  # what a file is called until it is whole
STALE_SECONDS = 3600  # what is still incoming after this belongs to a process that was killed
CHUNK = 1024 * 1024
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# How the databases say it: SQLite; PostgreSQL when it cannot extend a file.
_NO_ROOM_WORDS = ("database or disk is full", "no space left on device")


NO_ROOM_WORDS = (
    "There is no space left to store this file, so nothing was saved. Try again later. "
    "If it happens again, tell the people who run this site."
)


class DiskFull(ValidationError):
    """The disk is full, so that a file someone sent could not be kept."""

    def __init__(self) -> None:
        super().__init__(NO_ROOM_WORDS, code="no_room")


def is_disk_full(error: BaseException | None) -> bool:
    """Whether this error, or one that led to it, says that a disk is full (or a quota or size limit reached)."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return True
        if any(words in str(error).lower() for words in _NO_ROOM_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


# --- Keeping -------------------------------------------------------------------------------------
def keep(storage: Storage, source: Path | bytes, *, name: str, sha256: str, size: int) -> str:
    """Put a file into the storage; its name there. What is there already is used only when its size and hash fit.

    On a disk: written beside its final name, checked, fsynced, renamed, and the folder fsynced, so that a full disk or
    a crash leaves the whole file or none.
    """
    try:
        final = Path(storage.path(name))
    except NotImplementedError:  # not on this disk: the storage's own save is all or nothing
        return _keep_elsewhere(storage, source, name=name, sha256=sha256, size=size)
    if fits(storage, name, sha256=sha256, size=size):
        os.utime(final)  # wanted again, so not to be tidied away as something old that no row names
        return name
    _make_folder(final.parent)
    for left in final.parent.glob(f"{INCOMING}*"):
        if _age(left) > STALE_SECONDS:
            left.unlink(missing_ok=True)
    descriptor, incoming = tempfile.mkstemp(prefix=INCOMING, dir=final.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in _chunks_of(source):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        with Path(incoming).open("rb") as written:
            if digest_of(written) != (sha256, size):
                raise OSError(errno.EIO, "What was written is not what was sent", str(final))
        Path(incoming).replace(final)
    except BaseException:
        Path(incoming).unlink(missing_ok=True)
        raise
    _fsync_folder(final.parent)
    return name


def _keep_elsewhere(storage: Storage, source: Path | bytes, *, name: str, sha256: str, size: int) -> str:
    if fits(storage, name, sha256=sha256, size=size):
        return name
    if storage.exists(name):  # a part of it, so its name is free
        storage.delete(name)
    if isinstance(source, bytes):
        return storage.save(name, ContentFile(source))
    with source.open("rb") as file:
        return storage.save(name, File(file))


def fits(storage: Storage, name: str, *, sha256: str, size: int) -> bool:
    """Whether the storage has this file with exactly this size and hash."""
    if not storage.exists(name) or storage.size(name) != size:
        return False
    with storage.open(name) as file:
        return digest_of(file) == (sha256, size)


def digest_of(file: IO[bytes] | File) -> tuple[str, int]:
    """(SHA-256, size) of an open file."""
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _chunks_of(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _make_folder(folder: Path) -> None:
    """Make a folder so that it is still there after the power goes."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _fsync_folder(folder.parent)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _age(path: Path) -> float:
    """Seconds since a file was last changed; 0 for one that is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0


# --- What rows say is there ----------------------------------------------------------------------
@dataclass(frozen=True)
class Kept:
    """A file that a row names: what it is in words, its name in the storage, what it should be."""

    what: str
    name: str
    sha256: str  # "" where no row says (a small copy): then it is enough that it is a whole picture
    size: int = 0


Rows = Callable[[], Iterator[Kept]]
KEPT: dict[str, Rows] = {}


def kept(folder: str) -> Callable[[Rows], Rows]:
    """Register a function that yields every stored file that the rows of an app refer to."""

    def register(rows: Rows) -> Rows:
        KEPT[folder] = rows
        return rows

    return register


def all_files(storage: Storage, folder: str) -> Iterator[str]:
    """The name of every file in a folder of the storage and below it."""
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield f"{folder}/{name}"
    for below in sorted(folders):
        yield from all_files(storage, f"{folder}/{below}")


def age_of(storage: Storage, name: str) -> float:
    """Hours since a file was kept."""
    modified: Any = storage.get_modified_time(name)
    return (time.time() - modified.timestamp()) / 3600
