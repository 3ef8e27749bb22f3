"""Child processes that never outlive us: started in groups of their own, stopped with all they started.

Standard library only: ./run and ./test use it before anything is installed.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from pwd import struct_passwd
from typing import IO

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

_signals: list[int] = []  # the stop signals that have arrived, oldest first


class Stopped(Exception):
    """A stop was requested (Ctrl-C, a TERM signal, a closed terminal)."""

    @property
    def exit_code(self) -> int:
        """The usual exit code of a command that a signal ended."""
        return 128 + (_signals[0] if _signals else signal.SIGINT)


def listen() -> None:
    """Turn INT, TERM and HUP into Stopped at the next pause; adopt what our children leave behind."""

    def note(number: int, frame: object) -> None:
        _signals.append(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue  # started under nohup
        signal.signal(number, note)
    if LIBC:
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def pause(seconds: float = 0.05) -> None:
    """Sleep, unless a stop was asked for."""
    if _signals:
        raise Stopped
    time.sleep(seconds)
    if _signals:
        raise Stopped


def start(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: IO[bytes] | int | None = None,
    stdin: int | None = subprocess.DEVNULL,
    death_signal: int = signal.SIGTERM,
    run_as: struct_passwd | None = None,
    foreground: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a command in a group of its own that gets death_signal even if we are killed outright.

    foreground keeps it in our own group, for a command that must read the terminal (sudo's password).
    """
    parent = os.getpid()

    def tie() -> None:
        if LIBC:
            LIBC.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
            if os.getppid() != parent:  # we died between the fork and the prctl
                os._exit(1)

    return subprocess.Popen(
        [str(part) for part in command],
        env=None if env is None else dict(env),
        cwd=cwd,
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=not foreground,
        preexec_fn=tie,
        user=run_as.pw_uid if run_as else None,
        group=run_as.pw_gid if run_as else None,
        extra_groups=[] if run_as else None,
    )


def wait(child: subprocess.Popen[bytes], *, tick: Callable[[], None] | None = None) -> int:
    """Wait for a child and answer its exit code; a stop signal ends the child first."""
    try:
        while (code := child.poll()) is None:
            if tick:
                tick()
            pause()
        return code
    except Stopped:
        stop([child])
        raise


def stop(
    children: Iterable[subprocess.Popen[bytes]], *, grace: float = 10, number: int = signal.SIGTERM
) -> list[subprocess.Popen[bytes]]:
    """Ask the children to stop, wait, then kill whatever is left of them; a second Ctrl-C skips the wait.

    Answers the children that had to be killed.
    """
    children = list(children)
    before = len(_signals)
    deadline = time.monotonic() + grace
    known = [found for child in children if child.poll() is None for found in descendants(child.pid)]
    for child in children:
        signal_group(child, number)
    while any(child.poll() is None for child in children):
        if time.monotonic() > deadline or len(_signals) > before:
            break
        time.sleep(0.05)
    late = [child for child in children if child.poll() is None]
    for child in late:
        known += descendants(child.pid)
    for child in children:
        signal_group(child, signal.SIGKILL)
    for pid, born in known:
        if started_at(pid) == born:
            kill(pid, signal.SIGKILL)
    for child in children:
        child.wait()
    return late


def end_session(leader: int) -> None:
    """Kill what a child that has ended left running in the session that it was started in."""
    for pid, _ in descendants(os.getpid()):
        with suppress(ProcessLookupError):
            if os.getsid(pid) == leader and pid != leader:
                kill(pid, signal.SIGKILL)
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def sweep(patience: float = 5) -> None:
    """Kill and reap every process that still descends from us."""
    deadline = time.monotonic() + patience
    while (left := descendants(os.getpid())) and time.monotonic() < deadline:
        for pid, _ in left:
            kill(pid, signal.SIGKILL)
        for pid, _ in left:
            with suppress(ChildProcessError):  # not ours yet, or already reaped
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.02)


def signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    """Signal a child's whole group; or only the child, when it shares our group."""
    if child.returncode is not None and LIBC:
        return  # its number may be someone else's by now; what it left behind is found by descent
    with suppress(ProcessLookupError, PermissionError):  # PermissionError: sudo, which the terminal has told already
        if child.returncode is None and os.getpgid(child.pid) == os.getpgrp():
            child.send_signal(number)
        else:
            os.killpg(child.pid, number)


def kill(pid: int, number: int) -> None:
    """Signal one process, if it is still there."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def started_at(pid: int) -> str:
    """When a process began, in clock ticks since boot: tells a process from a later one with its number."""
    return _stat(pid)[1]


def descendants(pid: int) -> list[tuple[int, str]]:
    """Every process below pid, nearest first, as (number, start time). Empty where there is no /proc."""
    children: dict[int, list[tuple[int, str]]] = {}
    proc = Path("/proc")
    for entry in proc.iterdir() if (proc / "self/stat").exists() else ():
        if entry.name.isdigit():
            parent, born = _stat(int(entry.name))
            if parent:
                children.setdefault(parent, []).append((int(entry.name), born))
    found: list[tuple[int, str]] = []
    todo = [pid]
    while todo:
        below = children.get(todo.pop(0), [])
        found += below
        todo += [number for number, _ in below]
    return found


def _stat(pid: int) -> tuple[int, str]:
    """A process's parent and start time; (0, "") when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0, ""
    return int(fields[1]), fields[19]
