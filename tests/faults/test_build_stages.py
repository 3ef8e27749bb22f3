"""A worker is killed at each stage of a build: another one ends it with one whole edition, and no half file is left.

One process writes; for each stage it forks a worker that is killed there, and then one that is left alone.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.sqlite_only, pytest.mark.slow]

STAGES = (
    "claimed",
    "drawing",
    "after the temporary file",
    "after the rename",
    "inside the transaction",
    "after commit",
)
DRIVER = """
import hashlib, json, os, signal, sys
from pathlib import Path
import django
django.setup()
from django.core.files.storage import default_storage
from django.db import connections
from django.utils import timezone
from impact.core.access import audit
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.documents import drawing
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.web.files import store
from reports.editions.models import Edition
from reports.editions.services import request_edition
from reports.writing.services import start_report, write_section

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def then_die(original):
    def both(*args, **kwargs):
        original(*args, **kwargs)
        die()
    return both

def die_if(original, matches):
    return lambda *args, **kwargs: die() if matches(*args) else original(*args, **kwargs)

def arrange(stage):
    if stage == "claimed":
        queue.claim = then_die(queue.claim)
    elif stage == "drawing":
        drawing._answer = die
    elif stage == "after the temporary file":
        Path.replace = die_if(Path.replace, lambda path, target: Path(target).parent.name == "reports")
    elif stage == "after the rename":
        store._fsync_folder = die_if(store._fsync_folder, lambda folder: any(folder.glob("*.pdf")))
    elif stage == "inside the transaction":
        audit.record = die_if(audit.record, lambda by, type, *rest: type == "edition.built")
    elif stage == "after commit":
        queue._finish = then_die(queue._finish)

def fork(job, stage=None):
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        if stage:
            arrange(stage)
        queue.run(job.pk)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

report = start_report(by=SYSTEM, year=2022, title="Co-production report", is_illustrative=True)
for stage in json.loads(sys.argv[1]):
    section = report.sections.select_related("report").get(key="summary")
    write_section(by=SYSTEM, section=section, body=f"Killed: {stage}.")
    _snapshot, job = request_edition(by=SYSTEM, report=report)
    ended = fork(job, stage)
    job.refresh_from_db()
    first = job.state
    Job.objects.filter(pk=job.pk, state="running").update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
    again = fork(job)
    job.refresh_from_db()
    editions = [
        hashlib.sha256(default_storage.open(e.file).read()).hexdigest() == e.sha256 for e in report.editions.all()
    ]
    left = [p.name for p in Path(default_storage.path("reports")).iterdir() if not p.name.endswith(".pdf")]
    print("STATE" + json.dumps({
        "stage": stage, "ended": ended, "first": first, "again": again, "state": job.state, "whole": editions, "left": left,
        "built": AuditEvent.objects.filter(type="report.edition_built", object_id=str(report.pk)).count(),
    }), flush=True)
    for name in left:
        Path(default_storage.path("reports"), name).unlink()
"""


def test_a_worker_killed_at_any_stage_leaves_one_whole_edition_to_the_next(tmp_path, migrated_file):
    folder = tmp_path / "var"
    folder.mkdir()
    shutil.copy(migrated_file, folder)
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "IMPACT_DATA_DIR": str(folder),
        "IMPACT_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "impact.settings",
        "LOG_LEVEL": "CRITICAL",
    }
    command = [sys.executable, "-W", "ignore", "-c", DRIVER, json.dumps(STAGES)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    states = [json.loads(line.removeprefix("STATE")) for line in done.stdout.splitlines() if line.startswith("STATE")]
    assert [state["stage"] for state in states] == list(STAGES)
    for state in states:
        assert state["ended"] == -9, state  # the stage was reached
        assert state["first"] == ("succeeded" if state["stage"] == "after commit" else "running"), state
        assert state["state"] == "succeeded" and all(state["whole"]), state
        assert len(state["whole"]) == state["built"] == STAGES.index(state["stage"]) + 1, state
        # What a killed worker was writing has a name under which no one looks for it, and goes after an hour.
        assert all(name.startswith(".incoming-") for name in state["left"]), state
    assert [bool(state["left"]) for state in states] == [stage == "after the temporary file" for stage in STAGES]
