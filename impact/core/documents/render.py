"""What a child process does: draw one PDF, or join pieces of one. Forked by impact/core/documents/warm.py.

It reads its order (HTML, assets, where to write) from a file, and answers with JSON lines on standard output:
``{"step", "page"}`` while it works, its answer or ``{"problem"}`` at the end. It knows neither models nor settings, limits its own memory and
processor time, and dies with its parent. The exit codes say what went wrong.
"""

import base64
import ctypes
import errno
import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OUT_OF_MEMORY, BAD_CONTENT, NO_LIBRARY, NO_ROOM = 3, 4, 5, 6
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PR_SET_PDEATHSIG = 1
PLACEHOLDER = b"\x1d\x70\x5e"  # the first pixel of a picture in whose place a page is drawn; the second is its number


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when its parent ends, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def limit(memory_mb: int, cpu_seconds: int) -> None:
    """No more memory or processor time than this; a process that wants more is ended by the system."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 2**20, memory_mb * 2**20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def is_near_memory_limit(memory_mb: int) -> bool:
    """Whether this process has used nearly all the memory it is allowed."""
    try:
        status = Path("/proc/self/status").read_text()
        peak_kb = int(status.split("VmPeak:")[1].split()[0])
    except (OSError, IndexError, MemoryError):
        return sys.platform == "linux"
    return peak_kb > 0.85 * memory_mb * 1024


def say(**words: object) -> None:
    """Send one line of JSON to the parent."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def work(order: Mapping[str, Any]) -> int:
    """Do what the order asks for, in a process that ends afterwards; the exit code says what went wrong, if anything did."""
    memory_mb = order["memory_mb"]
    die_with_parent(order["parent"])
    limit(memory_mb, order["cpu_seconds"])
    os.environ["TMPDIR"] = tempfile.tempdir = str(Path(order["order"]).parent)
    try:
        from impact.core.documents import pdf  # the parent has imported it, unless it could not
    except OSError as error:
        say(problem=f"This machine lacks a library that makes PDFs ({error}).".replace("\n", " ")[:300])
        return NO_LIBRARY
    try:
        words = json.loads(Path(order["order"]).read_text(encoding="utf-8"))
        answer = _join(words) if "pieces" in words else _draw(words)
    except MemoryError:
        return OUT_OF_MEMORY
    except pdf.FatalURLFetchingError as error:
        say(problem=str(error))
        return BAD_CONTENT
    except Exception as error:  # libraries name a failed allocation in many ways
        if isinstance(error, OSError) and error.errno in FULL:
            return NO_ROOM
        if is_near_memory_limit(memory_mb):
            return OUT_OF_MEMORY
        raise
    say(**answer)
    return 0


def _draw(words: Mapping[str, Any]) -> dict[str, Any]:
    from impact.core.documents import pdf

    drawn = pdf.render(
        words["html"],
        {name: base64.b64decode(data) for name, data in words["assets"].items()},
        identifier=words["identifier"].encode(),
        target=words["target"],
        tell=lambda step, page: say(step=step, page=page),
        piece=words.get("piece", ""),
    )
    if words.get("sheets"):
        from impact.core.documents import join

        join.fill(words["target"], words["sheets"])
    return {"pages": drawn.pages, "anchors": drawn.anchors}


def _join(words: Mapping[str, Any]) -> dict[str, Any]:
    from impact.core.documents.chapters import assemble

    pages = assemble.join(
        words["pieces"], words["sample"], words["target"], words["identifier"], lambda page: say(step="join", page=page)
    )
    return {"pages": pages}
