"""The child process that draws one PDF: ``python -m impact.core.documents.render``, started by impact/core/documents/drawing.py.

It waits for a line on standard input, reads its order (HTML, assets, where to write) from a file, and answers with
JSON lines on standard output: ``{"step", "page"}`` while it works, ``{"pages"}`` or ``{"problem"}`` at the end. It imports no Django, turns the
garbage collector off because it ends soon, limits its own memory and processor time, and dies with its parent.
"""

import base64
import ctypes
import errno
import gc
import json
import os
import resource
import signal
import sys
from pathlib import Path

if __name__ == "__main__":  # in the child alone: a process that imports this for its exit codes needs the collector
    gc.disable()  # before the large imports: they are what it would walk through over and over

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


def main() -> int:
    """Draw what the order asks for; the exit code says what went wrong, if anything did."""
    order_path = sys.argv[1]
    parent, memory_mb, cpu_seconds = (int(word) for word in sys.argv[2:5])
    die_with_parent(parent)
    limit(memory_mb, cpu_seconds)
    try:
        from impact.core.documents import pdf  # while the parent still prepares the order
    except OSError as error:
        say(problem=f"This machine lacks a library that makes PDFs ({error}).".replace("\n", " ")[:300])
        return NO_LIBRARY
    try:
        say(step="ready", page=0)
        if not sys.stdin.readline():
            return 1  # the parent gave up
        order = json.loads(Path(order_path).read_text(encoding="utf-8"))
        pages = pdf.render(
            order["html"],
            {name: base64.b64decode(data) for name, data in order["assets"].items()},
            identifier=order["identifier"].encode(),
            target=order["target"],
            tell=lambda step, page: say(step=step, page=page),
        )
        if order.get("sheets"):
            from impact.core.documents import join

            join.fill(order["target"], order["sheets"])
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
    say(pages=pages)
    os._exit(0)  # nothing left to tidy: the parent removes the folder, the system the memory


if __name__ == "__main__":
    sys.exit(main())
