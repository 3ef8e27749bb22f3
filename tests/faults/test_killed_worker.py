"""A worker is killed in the middle of building the report; another one finishes it, once.

Real processes: a Celery worker on a real Valkey, and, for the same without any broker, the workers' own look for due
jobs. The database is a SQLite file that both workers and the test open.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.sqlite_only, pytest.mark.slow]

LOOK = """
import django, time
django.setup()
from impact.core.jobs import worker
while True:
    worker.poll_once()
    time.sleep(0.2)
"""
# A worker that takes its time while a child sets the pages, so that it can be killed there; the child waits too.
SLOW = """
import os, time
from pathlib import Path
from impact.core.documents import drawing
original = drawing._start
def write(path, order):
    os.mkfifo(path)  # reading it takes for ever
drawing._write_order = write
def slowly(*args, **kwargs):
    started = original(*args, **kwargs)
    time.sleep(60)
    return started
drawing._start = slowly
"""
START = """
from datetime import date
from impact.core.access.permissions import SYSTEM
from reports.editions.services import request_edition
from reports.writing.models import ReportSection
from reports.writing.services import start_report, write_section
report = start_report(by=SYSTEM, year=2022, title="Co-production report", is_illustrative=True)
for section in report.sections.select_related("report"):
    write_section(by=SYSTEM, section=section, body="What we learned. " * 30)
request_edition(by=SYSTEM, report=report)
"""
STATE = """
import hashlib, json
from django.core.files.storage import default_storage
from impact.core.access.models import AuditEvent
from impact.core.jobs.models import Job
from reports.editions.models import Edition
job = Job.objects.get(kind="reports.build_edition")
editions = []
for e in Edition.objects.all():
    data = default_storage.open(e.file).read()
    editions.append({"number": e.number, "whole": hashlib.sha256(data).hexdigest() == e.sha256 and len(data) == e.size,
                     "path": default_storage.path(e.file)})
print("STATE" + json.dumps({
    "state": job.state, "attempt": job.attempt, "step": job.step, "error": job.error, "editions": editions,
    "audit": AuditEvent.objects.filter(type="edition.built").count(),
}))
"""

PACK_START = """
from datetime import timedelta
from impact.core.basics import clock
from impact.core.access.permissions import SYSTEM
from networks.documents.services import request_pack
from networks.groups.services import add_group
from networks.meetings.services import add_agenda_item, plan_meeting
group = add_group(by=SYSTEM, kind="advisory_group", name="Advisers", slug="advisers", nation="uk")
starts = clock.now() + timedelta(days=20)
meeting = plan_meeting(by=SYSTEM, group=group, title="First", starts_at=starts, ends_at=starts + timedelta(hours=2))
add_agenda_item(by=SYSTEM, meeting=meeting, title="Welcome", minutes=10)
request_pack(by=SYSTEM, meeting=meeting)
"""
PACK_STATE = """
import hashlib, json
from impact.core.access.models import AuditEvent
from impact.core.jobs.models import Job
from networks.models import Document
job = Job.objects.get(kind="networks.build_document")
editions = []
for d in Document.objects.ready():
    data = d.file.open().read()
    editions.append({"number": d.number, "whole": hashlib.sha256(data).hexdigest() == d.sha256 and len(data) == d.size,
                     "path": d.file.path})
print("STATE" + json.dumps({
    "state": job.state, "attempt": job.attempt, "step": job.step, "error": job.error, "editions": editions,
    "audit": AuditEvent.objects.filter(type="document.built").count(),
}))
"""


# Starting Python and Django for each look would take longer than what is looked at.
OBSERVE = """
import django, sys
django.setup()
for asked in sys.stdin:
    exec(sys.argv[1])
    sys.stdout.flush()
"""


class Platform:
    """A data folder of its own, and the processes that work on it."""

    def __init__(self, folder: Path, state_script: str) -> None:
        self.state_script, self.observer = state_script, None
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.env = kept | {
            "IMPACT_DATA_DIR": str(folder),
            "IMPACT_DEMO": "1",
            "DJANGO_SETTINGS_MODULE": "impact.settings",
            "IMPACT_JOB_LEASE_SECONDS": "4",
            "IMPACT_JOB_POLL_SECONDS": "1",
            "LOG_LEVEL": "WARNING",
        }
        self.processes: list[subprocess.Popen] = []

    def start(self, *command: str, **pipes: Any) -> subprocess.Popen:
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **pipes}
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.env, **pipes)
        self.processes.append(process)
        return process

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def state(self) -> dict:
        """What has become of the job, as one process sees it that stays open."""
        if self.observer is None:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            self.observer = self.start("-c", OBSERVE, self.state_script, **pipes)
        print("now", file=self.observer.stdin, flush=True)
        return json.loads(self.observer.stdout.readline().removeprefix("STATE"))

    def wait(self, until: Callable[[dict], bool], seconds: float = 120) -> dict:
        deadline = time.monotonic() + seconds
        while not until(state := self.state()):
            assert time.monotonic() < deadline, state
            time.sleep(0.3)
        return state


@contextmanager
def platform_after(script: str, folder: Path, migrated_file: Path, state_script: str) -> Iterator[Platform]:
    """A platform in which a script has run; what it started ends with it."""
    made = Platform(folder, state_script)
    folder.mkdir()
    shutil.copy(migrated_file, folder)
    made.manage("shell", "-v0", "-c", script)
    try:
        yield made
    finally:
        for process in made.processes:
            with process:
                process.kill()


@pytest.fixture
def platform(tmp_path, migrated_file) -> Iterator[Platform]:
    with platform_after(START, tmp_path / "var", migrated_file, STATE) as made:
        yield made


def children_of(process: subprocess.Popen) -> list[int]:
    """Ids of the warm parent that a worker started and of the children that this one forked."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"impact.core.documents.warm" in (folder / "cmdline").read_bytes():
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    warm = [pid for pid, parent in parents.items() if parent == process.pid]
    return warm + [pid for pid, parent in parents.items() if parent in warm]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


def kill_in_the_middle(platform: Platform, worker: subprocess.Popen) -> None:
    """SIGKILL the worker while a child draws; neither the child nor the warm parent may outlive it."""
    deadline = time.monotonic() + 90
    while len(children := children_of(worker)) < 2:
        assert worker.poll() is None and time.monotonic() < deadline, platform.state()
        time.sleep(0.02)
    state = platform.state()
    assert (state["state"], state["attempt"], state["editions"]) == ("running", 1, [])
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    deadline = time.monotonic() + 10
    while any(is_alive(pid) for pid in children):
        assert time.monotonic() < deadline, "the child outlived its worker"
        time.sleep(0.05)


def assert_finished_once(state: dict) -> None:
    assert (state["state"], state["attempt"], state["audit"]) == ("succeeded", 2, 1), state
    assert [(e["number"], e["whole"]) for e in state["editions"]] == [(1, True)]
    folder = Path(state["editions"][0]["path"]).parent
    assert [p.name for p in folder.iterdir()] == [Path(state["editions"][0]["path"]).name]


def test_without_a_broker_another_worker_finishes_what_a_killed_one_began(platform):
    slow = platform.start("-c", LOOK.replace("django.setup()\n", "django.setup()\n" + SLOW))
    kill_in_the_middle(platform, slow)
    assert platform.state()["state"] == "running"  # no one has noticed yet: the lease still holds
    platform.start("-c", LOOK)
    assert_finished_once(platform.wait(lambda s: s["state"] in {"succeeded", "failed"}))


@pytest.fixture
def with_a_pack(tmp_path, migrated_file) -> Iterator[Platform]:
    """A platform of whose first meeting a pack was asked for."""
    with platform_after(PACK_START, tmp_path / "var", migrated_file, PACK_STATE) as made:
        yield made


def test_a_pack_whose_worker_was_killed_is_built_by_another_once(with_a_pack):
    kill_in_the_middle(
        with_a_pack, with_a_pack.start("-c", LOOK.replace("django.setup()\n", "django.setup()\n" + SLOW))
    )
    with_a_pack.start("-c", LOOK)
    state = with_a_pack.wait(lambda s: s["state"] in {"succeeded", "failed"})
    assert_finished_once(state)


def test_a_celery_worker_on_a_real_broker_is_killed_and_another_finishes(platform, tmp_path):
    sys.path.insert(0, str(ROOT / "scripts"))
    import broker

    process, platform.env["REDIS_URL"] = broker.start(tmp_path / "valkey", tmp_path / "valkey.log", keep=False)
    platform.processes.append(process)
    celery = ["-m", "celery", "--app", "impact", "--quiet", "worker", "--loglevel", "WARNING"]
    slow_worker = f"import impact.celery, django; django.setup()\n{SLOW}\nfrom impact.celery import app\napp.worker_main({celery[5:]!r})"
    kill_in_the_middle(platform, platform.start("-c", slow_worker))
    platform.start(*celery, "--hostname", "second@localhost")
    assert_finished_once(platform.wait(lambda s: s["state"] in {"succeeded", "failed"}))


# --- The fence, and that it is needed ------------------------------------------------------------------
@pytest.fixture
def overtaken(monkeypatch, transactional_db):
    """A job whose first worker is slow: while it draws, its lease ends and a second worker does it all."""
    from datetime import timedelta

    from django.utils import timezone

    from impact.core.access.permissions import SYSTEM
    from impact.core.documents import drawing
    from impact.core.jobs import queue
    from impact.core.jobs.models import Job
    from reports.editions import services
    from tests import factories

    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)
    report = factories.AnnualReportFactory(year=2022)
    _snapshot, job = services.request_edition(by=SYSTEM, report=report)
    original, seen = drawing.keep, []

    def keep(storage, drawn, *, under):
        name = original(storage, drawn, under=under)
        seen.append(name)
        if len(seen) == 1:  # the first worker, just before it would finish
            Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
            assert queue.run(job.pk) is True
        return name

    monkeypatch.setattr(drawing, "keep", keep)
    return job


def test_a_worker_that_lost_its_lease_publishes_nothing(overtaken):
    from impact.core.access.models import AuditEvent
    from impact.core.jobs import queue
    from reports.editions.models import Edition

    assert queue.run(overtaken.pk) is False
    overtaken.refresh_from_db()
    assert (overtaken.state, overtaken.attempt, overtaken.result["edition"]) == ("succeeded", 2, 1)
    assert Edition.objects.count() == 1 and AuditEvent.objects.filter(type="edition.built").count() == 1


def test_the_fault_appears_when_fencing_is_disabled(overtaken, monkeypatch):
    """Without the attempt number and the state in the last UPDATE, the slow worker would publish as well."""
    from impact.core.jobs import queue
    from impact.core.jobs.models import Job

    monkeypatch.setattr(queue.Claim, "_mine", lambda claim: Job.objects.filter(pk=claim.job_id))
    tried = []
    original = queue._fail
    monkeypatch.setattr(
        queue,
        "_fail",
        lambda held, reason, *, for_good: (
            tried.append((held.attempt, reason)) or original(held, reason, for_good=for_good)
        ),
    )
    assert queue.run(overtaken.pk) is False
    assert tried[0][0] == 1 and "ValidationError" in tried[0][1], tried
    overtaken.refresh_from_db()
    assert overtaken.state != "succeeded"  # it broke a job that was done: only the database stopped a second edition
