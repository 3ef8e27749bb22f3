"""Uploaded pictures, re-encoded by a child process with limits, one at a time on this machine.

A file of a kilobyte can be a picture of 36 million pixels, which takes hundreds of megabytes to unpack. In the web
server, four of them at once would end everybody's requests.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.core.exceptions import ValidationError

from impact.core.web.files import reencode_picture

log = structlog.get_logger(__name__)
MEMORY_MB = 768
CPU_SECONDS = 20
WALL_SECONDS = 30
PATIENCE = 45  # seconds to wait for the pictures of others
CHILD = Path(reencode_picture.__file__)
LOCK = Path(tempfile.gettempdir()) / f"impact-pictures-{os.getuid()}.lock"


@dataclass(frozen=True)
class Picture:
    data: bytes  # JPEG
    width: int
    height: int


def draw(data: bytes) -> Picture:
    """Re-encode a picture as JPEG: the right way up, no larger than pages need, without metadata."""
    command = [sys.executable, "-I", str(CHILD), str(os.getpid()), str(MEMORY_MB), str(CPU_SECONDS)]
    with one_at_a_time():
        try:
            child = subprocess.run(
                command, input=data, capture_output=True, env={"LANG": "C.UTF-8"}, timeout=WALL_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise too_large() from None
    if child.returncode == 0:
        head, _, drawn = child.stdout.partition(b"\n")
        size = json.loads(head)
        return Picture(drawn, size["width"], size["height"])
    if child.returncode == reencode_picture.DAMAGED:
        raise ValidationError("This picture is damaged. Take it again, or save it as JPEG first.", code="damaged")
    if child.returncode in (reencode_picture.OUT_OF_MEMORY, -signal.SIGXCPU, -signal.SIGKILL):
        raise too_large()
    if child.returncode == reencode_picture.TOO_MANY_PIXELS:
        raise ValidationError("This picture has too many pixels. Upload a smaller one.", code="large")
    log.error("picture.child_failed", code=child.returncode, said=child.stderr[-2000:].decode(errors="replace"))
    if b"MemoryError" in child.stderr or b"allocate" in child.stderr:
        raise too_large()
    raise ValidationError("This picture could not be read. Save it as JPEG first, then send it again.", code="damaged")


def too_large() -> ValidationError:
    words = "This picture takes too much memory or time to unpack. Send a smaller one, or save it as JPEG first."
    return ValidationError(words, code="large")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait until no other process or thread on this machine draws a picture."""
    with os.fdopen(os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "w") as lock:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    words = "Too many pictures are being uploaded at the moment. Wait a minute, then try again."
                    raise ValidationError(words, code="busy") from None
                time.sleep(0.02)
        yield
