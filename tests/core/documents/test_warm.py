"""The warm parent: it forks children that draw, ends with its worker, and is replaced when it has ended."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from impact.core.documents import drawing, warm
from impact.core.jobs import queue
from tests.reports.sample import Follower

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.sqlite_only, pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")]


def draw(folder: Path, words: str = "Some words") -> drawing.Drawn:
    folder.mkdir(exist_ok=True)
    claim: Any = Follower()
    html = f'<html lang="en"><title>x</title><p>{words}'
    return drawing.draw(claim, lambda: (html, {}), folder, identifier="x")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < deadline, f"{pid} is still there"
        time.sleep(0.05)


def test_one_parent_serves_one_document_after_another(tmp_path):
    first = draw(tmp_path / "a")
    parent = warm.start()
    second = draw(tmp_path / "b")
    assert warm.start() is parent and first.sha256 == second.sha256
    assert draw(tmp_path / "c", "Other words").sha256 != first.sha256


def test_a_parent_that_was_killed_is_replaced(tmp_path):
    parent = warm.start()
    os.kill(parent.process.pid, signal.SIGKILL)
    parent.process.wait()
    assert draw(tmp_path / "a").pages == 1
    assert warm.start() is not parent


def test_a_parent_that_is_killed_while_a_child_draws_ends_the_child_and_the_attempt(tmp_path, monkeypatch):
    children = []
    original = drawing._start

    def start_and_kill(order, folder):
        started = original(order, folder)
        children.append(started.child.pid)
        os.kill(warm.start().process.pid, signal.SIGKILL)
        return started

    monkeypatch.setattr(drawing, "_start", start_and_kill)
    with pytest.raises(queue.TryAgain, match="stopped the build part-way"):
        draw(tmp_path / "a")
    wait_until_gone(children[0])


def test_after_a_number_of_children_a_new_parent_starts_and_the_old_one_ends(tmp_path, monkeypatch):
    warm.stop()
    monkeypatch.setattr(warm, "CHILDREN", 1)
    draw(tmp_path / "a")
    old = warm._Mine.parent
    draw(tmp_path / "b")
    assert warm._Mine.parent is not old
    wait_until_gone(old.process.pid)


def test_the_parent_and_its_children_end_with_a_worker_that_is_killed(tmp_path):
    os.mkfifo(tmp_path / "never")  # reading it takes for ever
    worker = (
        "import sys, time\n"
        "from impact.core.documents import warm\n"
        f"child = warm.fork({{'order': {str(tmp_path / 'never')!r}, 'memory_mb': 1536, 'cpu_seconds': 60}})\n"
        "print(warm.start().process.pid, child.pid, flush=True)\n"
        "time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", worker], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with process:
        parent, child = (int(pid) for pid in process.stdout.readline().split())
        assert is_alive(parent) and is_alive(child)
        process.kill()
    wait_until_gone(parent)
    wait_until_gone(child)


def test_a_child_whose_worker_gives_up_is_ended(tmp_path):
    os.mkfifo(tmp_path / "never")
    child = warm.fork({"order": str(tmp_path / "never"), "memory_mb": 1536, "cpu_seconds": 60})
    assert is_alive(child.pid)
    child.close()
    wait_until_gone(child.pid)


def test_a_parent_with_nothing_to_do_ends(monkeypatch):
    code = "from impact.core.documents import warm; warm.IDLE_SECONDS = 0; warm.main()"
    ours, theirs = warm.socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(theirs.fileno()), str(os.getpid())],
            cwd=ROOT,
            env=warm.environment(),
            pass_fds=[theirs.fileno()],
        )
        assert process.wait(timeout=60) == 0
