"""A process that is killed half-way, and a back-up that brings back someone who was erased."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
pytestmark = [pytest.mark.sqlite_only, pytest.mark.slow]
SETUP = "import django; django.setup()\n"
ADD = """
from impact.core.people.models import Person
person = Person.objects.create(name="Olwen Pretend", email="olwen@home.example", access_arrangements="A hearing loop")
from impact.core.jobs import outbox
outbox.send_later(event="meeting-reminder", to=person.email, subject="For Olwen Pretend", body="Words")
print(person.pk)
"""
KILLED = """
import os, signal
from impact.core.people.models import Person
from impact.core.access.permissions import SYSTEM
from impact.core.people.rights.erasure import services
services.AFTERWARDS.append(lambda person: os.kill(os.getpid(), signal.SIGKILL))
person = Person.objects.get()
services.erase_person(by=SYSTEM, person=person, name=person.name)
"""


@pytest.fixture
def platform(tmp_path, migrated_file):
    """A platform with a data folder of its own and one person in it."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(migrated_file, data / "impact.sqlite3")
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "MEDIA_ROOT", "IMPACT_ERASURE_LEDGER")}
    env |= {"IMPACT_DEMO": "1", "IMPACT_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "impact.settings"}

    def run(*args: str, code: str = "") -> subprocess.CompletedProcess:
        command = [sys.executable, "-c", SETUP + code] if code else [sys.executable, "manage.py", *args]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)

    added = run(code=ADD)
    assert added.returncode == 0, added.stderr
    return data, run, added.stdout.strip()


def words_in(data: Path) -> str:
    with closing(sqlite3.connect(data / "impact.sqlite3")) as found:
        return "\n".join(found.iterdump())


def test_a_process_killed_in_the_middle_has_done_nothing(platform):
    data, run, _person = platform
    killed = run(code=KILLED)
    assert killed.returncode == -9, killed.stderr
    text = words_in(data)
    assert text.count("Olwen Pretend") >= 2 and "A hearing loop" in text and "person.erased" not in text
    assert not (data / "erasures").exists()


def test_what_a_restored_back_up_brings_back_is_erased_again(platform, tmp_path):
    data, run, person = platform
    backup = tmp_path / "backup.sqlite3"
    with closing(sqlite3.connect(data / "impact.sqlite3")) as live, closing(sqlite3.connect(backup)) as copy:
        live.backup(copy)
    assert run("erase", person, "--yes").returncode == 0
    assert "Olwen" not in words_in(data)
    for old in data.glob("impact.sqlite3*"):
        old.unlink()
    shutil.copy(backup, data / "impact.sqlite3")
    assert "A hearing loop" in words_in(data)  # the fault bites
    for expected in (1, 0):
        done = run("erase", "--replay", "--json")
        assert json.loads(done.stdout) == {"erased_again": expected, "damaged_lines": 0}, done.stderr
        text = words_in(data)
        assert "Olwen" not in text and "A hearing loop" not in text and f"Former member {person}" in text
