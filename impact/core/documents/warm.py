"""A warm parent: a process that has imported what draws PDFs, and forks a child for each thing to draw.

Importing WeasyPrint takes most of a second, which each child would pay for. So each worker process has one parent,
``python -m impact.core.documents.warm``, started with its first document. The parent imports the libraries, none of our models or
settings, and forks when asked: the child sets its own limits, draws and ends. The parent only forks and waits,
so it runs with the garbage collector off. It ends with its worker, when it has had nothing to do for a while, and
after a number of children; the next document starts another.

Worker and parent talk over a socket: ``{"order", …}`` with a pipe for what the child says, answered by ``{"pid"}``; and
``{"kill"}``. On the pipe come the child's JSON lines and, when it has ended, ``{"code"}`` from the parent.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHILDREN = 200  # after this many a new parent starts, with memory as fresh as on the first day
IDLE_SECONDS = 900
LOOK_SECONDS = 0.5
ROOT = Path(__file__).resolve().parents[3]
# No secret is passed on: a child needs neither the database nor the broker.
PASSED_ON = ("PATH", "HOME", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def environment(folder: Path | None = None) -> dict[str, str]:
    """The environment variables of a process that draws; ``folder`` is where it puts its temporary files."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    temporary = {"TMPDIR": str(folder)} if folder else {}
    return (
        kept
        | temporary
        | {
            "LANG": "C.UTF-8",
            "PYTHONHASHSEED": "0",  # the same bytes from any process
            "PYTHONDONTWRITEBYTECODE": "1",  # on a full disk Python leaves part of a .pyc, which stops every later start
        }
    )


# --- In the worker -------------------------------------------------------------------------------
class Child:
    """A child that draws: a pipe of JSON lines that ends with its exit code."""

    def __init__(self, parent: "Parent", pid: int, pipe: int) -> None:
        self.pid, self.pipe = pid, pipe
        self.code: int | None = None  # its exit code, negative for a signal; None at the end: its parent ended first
        self._parent, self._rest, self.is_ended = parent, b"", False

    def read(self) -> list[dict[str, Any]]:
        """What it has said since; call this when the pipe can be read."""
        data = os.read(self.pipe, 65536)
        if not data:
            self.is_ended = True
            return []
        *lines, self._rest = (self._rest + data).split(b"\n")
        said = [json.loads(line) for line in lines]
        if said and "code" in said[-1]:
            self.code = said.pop()["code"]
        return said

    def close(self) -> None:
        """End it if it still runs, and forget it."""
        if not self.is_ended and self.code is None:
            self._parent.kill(self.pid)
        os.close(self.pipe)


class Parent:
    """The worker's hold on its warm parent."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._talk = threading.Lock()
        self.forked, self.is_broken = 0, False
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "impact.core.documents.warm", str(theirs.fileno()), str(os.getpid())],
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def fork(self, order: Mapping[str, Any]) -> Child:
        """Have it fork a child that does ``order``. Raises OSError when the parent has ended."""
        read_end, write_end = os.pipe()
        try:
            answer = self._ask(dict(order), [write_end])
        except BaseException:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        self.forked += 1
        return Child(self, answer["pid"], read_end)

    def kill(self, pid: int) -> None:
        """End one of its children; one that has ended already is left alone."""
        try:
            self._ask({"kill": pid}, [])
        except OSError:  # it takes no more orders
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _ask(self, words: dict[str, Any], pipes: list[int]) -> dict[str, Any]:
        with self._talk:
            socket.send_fds(self._socket, [json.dumps(words).encode() + b"\n"], pipes)
            answer = _line_from(self._socket)
        return dict(json.loads(answer))

    def is_usable(self) -> bool:
        return self.process.poll() is None and self.forked < CHILDREN and not self.is_broken

    def let_go(self) -> None:
        """Ask for no more children; it ends with the last that it has."""
        self._socket.close()
        threading.Thread(target=self.process.wait, daemon=True).start()


def _line_from(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n"):
        more = connection.recv(4096)
        if not more:
            raise BrokenPipeError("The parent of the processes that draw has ended")
        data += more
    return data


class _Mine:
    """This process's parent. A process that was forked from another one starts its own."""

    parent: Parent | None = None
    pid = 0
    lock = threading.Lock()


def start() -> Parent:
    """This process's warm parent, started if need be. Does not wait until it is ready."""
    with _Mine.lock:
        if _Mine.pid != os.getpid():
            _Mine.parent, _Mine.pid = None, os.getpid()
        if _Mine.parent and not _Mine.parent.is_usable():
            _Mine.parent.let_go()
            _Mine.parent = None
        if _Mine.parent is None:
            _Mine.parent = Parent()
        return _Mine.parent


def fork(order: Mapping[str, Any]) -> Child:
    """A child that does ``order``. A parent that has ended meanwhile is replaced, once."""
    parent = start()
    try:
        return parent.fork(order)
    except OSError:
        parent.is_broken = True
        return start().fork(order)


def stop() -> None:
    """End this process's warm parent and its children."""
    with _Mine.lock:
        if _Mine.parent and _Mine.pid == os.getpid():
            _Mine.parent.process.kill()
            _Mine.parent.let_go()
            _Mine.parent = None


# --- The parent ----------------------------------------------------------------------------------
class _Forks:
    """The children of this process: process id → the pipe on which their end is told."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.running: dict[int, int] = {}

    def answer(self) -> bool:
        """Do what the worker asks for; False when it has closed the socket."""
        data, pipes, _flags, _address = socket.recv_fds(self.control, 65536, 1)
        if not data:
            return False
        words = json.loads(data)
        if "kill" in words:
            if words["kill"] in self.running:
                os.kill(words["kill"], signal.SIGKILL)
            self.control.sendall(b"{}\n")
            return True
        words["parent"] = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._be_a_child(words, pipes[0])
        self.running[pid] = pipes[0]
        self.control.sendall(json.dumps({"pid": pid}).encode() + b"\n")
        return True

    def _be_a_child(self, order: dict[str, Any], pipe: int) -> None:
        code = 1
        try:
            self.control.close()
            for other in self.running.values():
                os.close(other)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(pipe, sys.stdout.fileno())
            from impact.core.documents import render

            code = render.work(order)
        except BaseException:  # noqa: BLE001  nothing may return into the parent's loop
            sys.excepthook(*sys.exc_info())  # to the worker's log
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
            os._exit(code)  # nothing left to tidy: the worker removes the folder, the system the memory

    def reap(self) -> None:
        """Tell of each child that has ended how it did."""
        for pid, pipe in list(self.running.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                del self.running[pid]
                with contextlib.suppress(OSError):  # no one listens any more
                    os.write(pipe, json.dumps({"code": os.waitstatus_to_exitcode(status)}).encode() + b"\n")
                os.close(pipe)

    def kill_all(self) -> None:
        for pid in self.running:
            os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Import what draws, then fork children until the worker ends or there is nothing to do."""
    control = socket.socket(fileno=int(sys.argv[1]))
    worker = int(sys.argv[2])
    gc.disable()  # before the large imports: they are what it would walk through over and over
    with contextlib.suppress(OSError):  # a library that is missing is reported by the child that needs it
        from impact.core.documents import join, pdf, render  # noqa: F401
        from impact.core.documents.chapters import assemble  # noqa: F401
    gc.freeze()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    forks, is_open, busy = _Forks(control), True, time.monotonic()
    while is_open or forks.running:
        listened: list[Any] = [woken, control] if is_open else [woken]
        ready, _, _ = select.select(listened, [], [], LOOK_SECONDS)
        if woken in ready:
            os.read(woken, 4096)
        forks.reap()
        if control in ready:
            is_open = forks.answer()
        if os.getppid() != worker:
            forks.kill_all()
            return
        if forks.running or control in ready:
            busy = time.monotonic()
        elif time.monotonic() - busy > IDLE_SECONDS:
            return


if __name__ == "__main__":
    main()
