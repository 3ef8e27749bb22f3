"""Full disks, killed processes and corrupted files: a stored file is complete or absent, and the error is reported."""

import contextlib
import errno
import hashlib
import io
import os
import resource
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.utils import timezone

from impact.core.access.permissions import SYSTEM
from impact.core.documents import drawing, render, warm
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.web.files import store, uploads
from tests.bucket import Bucket

pytestmark = pytest.mark.sqlite_only

CONTENT = os.urandom(3 * 1024 * 1024)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NAME = f"materials/{SHA256}.pdf"


def keep(storage: Storage = default_storage) -> str:
    return store.keep(storage, CONTENT, name=NAME, sha256=SHA256, size=len(CONTENT))


def upload() -> uploads.Upload:
    return uploads.Upload("paper.pdf", "pdf", "application/pdf", CONTENT, SHA256)


@contextlib.contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """The system refuses to write a file beyond this size, half way through a write, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def full_disk(tmp_path: Path, settings) -> Iterator[Path]:
    """A real filesystem of 2 MB for stored files."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("Nothing may be mounted here; the test with a limit on the size of files covers the same.")
    settings.MEDIA_ROOT = folder
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def content_of(name: str, storage: Storage = default_storage) -> bytes:
    with storage.open(name) as file:
        return file.read()


def everything_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# --- A full disk ---------------------------------------------------------------------------------
def test_an_upload_that_fills_a_real_disk_leaves_nothing_and_is_whole_when_it_is_sent_again(full_disk, settings):
    with pytest.raises(store.DiskFull, match="There is no space left to store this file, so nothing was saved"):
        uploads.keep(upload(), under="materials")
    assert everything_in(full_disk) == []
    subprocess.run(["mount", "-o", "remount,size=8m", str(full_disk)], check=True)
    assert content_of(uploads.keep(upload(), under="materials")) == CONTENT


def test_an_upload_that_meets_a_limit_half_way_leaves_nothing_and_is_whole_when_it_is_sent_again(settings):
    with no_file_over(1_000_000), pytest.raises(store.DiskFull):
        uploads.keep(upload(), under="materials")
    assert everything_in(settings.MEDIA_ROOT) == []
    assert content_of(uploads.keep(upload(), under="materials")) == CONTENT


def test_without_the_way_round_a_full_disk_leaves_a_part_under_the_final_name(settings):
    """What the storage's own save does, so that the two tests above show something."""
    with no_file_over(1_000_000), pytest.raises(OSError):
        default_storage.save(NAME, io.BytesIO(CONTENT))
    assert 0 < default_storage.size(NAME) < len(CONTENT)


@pytest.mark.parametrize("there", [CONTENT[:1_000_000], CONTENT[:-1] + b"x", b"", CONTENT + b"x"])
def test_what_is_there_under_the_name_is_believed_only_when_size_and_hash_fit(there, settings):
    final = settings.MEDIA_ROOT / NAME
    final.parent.mkdir(parents=True)
    final.write_bytes(there)
    assert not uploads.is_kept(upload(), under="materials")
    assert keep() == NAME
    assert final.read_bytes() == CONTENT
    assert everything_in(settings.MEDIA_ROOT) == [final]


def test_a_file_that_is_there_whole_is_not_written_again(settings):
    keep()
    before = (settings.MEDIA_ROOT / NAME).stat().st_ino
    with no_file_over(10):
        keep()
    assert (settings.MEDIA_ROOT / NAME).stat().st_ino == before


def test_what_was_written_is_read_back_before_it_gets_its_name(settings):
    with pytest.raises(OSError, match="not what was sent"):
        store.keep(default_storage, CONTENT[:-1], name=NAME, sha256=SHA256, size=len(CONTENT))
    assert everything_in(settings.MEDIA_ROOT) == []


def test_what_a_killed_process_left_half_written_goes_after_an_hour(settings):
    folder = settings.MEDIA_ROOT / "materials"
    folder.mkdir(parents=True)
    old, new = folder / f"{store.INCOMING}old", folder / f"{store.INCOMING}new"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    keep()
    assert not old.exists() and new.exists()


def test_a_part_in_a_storage_elsewhere_is_replaced_under_the_same_name():
    storage = Bucket()
    storage.save(NAME, ContentFile(CONTENT[:100]))
    assert keep(storage) == NAME
    assert content_of(NAME, storage) == CONTENT
    assert keep(storage) == NAME and list(storage.files) == [NAME]


def test_a_storage_elsewhere_that_is_full_says_so(monkeypatch):
    def refuse(self, name, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Bucket, "_save", refuse)
    monkeypatch.setattr(uploads, "default_storage", Bucket())
    with pytest.raises(store.DiskFull):
        uploads.keep(upload(), under="materials")


# --- Builds that meet a full disk ----------------------------------------------------------------
@pytest.fixture
def build(db, tmp_path: Path, monkeypatch):
    """A job that keeps what a child is said to have drawn."""
    drawn = tmp_path / "drawn.pdf"
    drawn.write_bytes(CONTENT)

    def handler(claim):
        name = drawing.keep(default_storage, drawing.Drawn(drawn, SHA256, len(CONTENT), 3), under="reports")
        return lambda job: {"file": name}

    monkeypatch.setitem(queue.HANDLERS, "test.build", handler)
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)
    return queue.enqueue(by=SYSTEM, kind="test.build", dedupe_key="one", payload={})


def make_due(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())


def test_a_build_that_meets_a_full_disk_says_so_and_is_done_once_there_is_room(build):
    for _ in range(5):  # more often than the three attempts that a job has otherwise
        make_due(build)
        with no_file_over(1_000_000):
            assert queue.run(build.pk) is False
    build.refresh_from_db()
    assert build.state == Job.State.QUEUED and build.error.startswith("The disk is full")
    assert "OSError" not in build.error and "Errno" not in build.error
    assert timedelta(minutes=9) < build.due_at - timezone.now() <= timedelta(minutes=10)
    make_due(build)
    assert queue.run(build.pk) is True
    build.refresh_from_db()
    assert content_of(build.result["file"]) == CONTENT and build.error == ""


def test_a_build_gives_up_in_words_when_the_disk_stays_full_for_a_day(build):
    Job.objects.filter(pk=build.pk).update(created_at=timezone.now() - timedelta(hours=25))
    for _ in range(3):
        make_due(build)
        with no_file_over(1_000_000):
            queue.run(build.pk)
    build.refresh_from_db()
    assert build.state == Job.State.FAILED and build.error.startswith("The disk is full")


def test_a_child_that_has_no_room_for_the_file_is_tried_again_later():
    trouble = drawing._failure(render.NO_ROOM, {}, 512)
    assert isinstance(trouble, queue.TryAgain) and trouble.wait == queue.NO_ROOM_WAIT
    assert "disk is full" in str(trouble)


def test_the_child_tells_a_full_disk_from_other_faults(tmp_path: Path):
    """The real child draws into a folder where no file may be larger than a few hundred bytes."""
    claim = queue.Claim("job", "test", 1, {})
    object.__setattr__(claim, "progress", lambda percent, step: None)
    warm.stop()  # a parent that starts now has the limit, and so has its child
    try:
        with pytest.raises(queue.TryAgain, match="disk is full"), no_file_over(400):
            drawing.draw(claim, lambda: ("<html lang='en'><title>T</title><p>Words", {}), tmp_path, identifier="x")
    finally:
        warm.stop()
