"""What a long-lived process must keep, so that it does not grow until the machine ends it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.sqlite_only

# What gunicorn loads, with every view; what a Celery worker loads, with every task and job handler.
WEB = "import impact.wsgi; from django.urls import get_resolver; get_resolver().url_patterns"
WORKER = (
    "from impact.celery import app; app.loader.import_default_modules(); app.finalize();"
    "from impact.core.documents import drawing; from impact.core.jobs import queue;"
    " assert 'reports.build_edition' in queue.HANDLERS"
)
STATE = "import gc; print(gc.isenabled(), gc.get_threshold(), gc.get_freeze_count())"


def collector_after(code: str) -> str:
    """Whether the garbage collector is on, its thresholds and what it passes over, after this code ran."""
    command = [sys.executable, "-c", f"{code}\n{STATE}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


@pytest.mark.parametrize("loaded", [WEB, WORKER], ids=["web", "worker"])
def test_the_garbage_collector_stays_as_python_set_it_in_processes_that_live_long(loaded: str) -> None:
    assert collector_after(loaded) == collector_after("")


def test_the_parent_of_the_processes_that_draw_turns_the_garbage_collector_off() -> None:
    code = (
        "import gc, socket, sys\n"
        "from impact.core.documents import warm\n"
        "ours, theirs = socket.socketpair(); ours.close()\n"  # a worker that asks for nothing
        "sys.argv = ['warm', str(theirs.detach()), '0']\n"
        "warm.main(); print(gc.isenabled(), 'django.db' in sys.modules, 'weasyprint' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert answer.stdout.strip() == "False False True", answer.stderr
