"""./manage.py from a shell without settings: it reads what ./run left, or says what to do."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.sqlite_only
SHOW = "from django.conf import settings; print(settings.SECRET_KEY, settings.DEMO, bool(settings.REDIS_URL))"
RUN_ENV = "IMPACT_DEMO='1'\nSECRET_KEY='a key with '\\''quotes'\\'''\nREDIS_URL='redis://:x@127.0.0.1:1/0'\n"


def manage(folder: Path, *options: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """manage.py with hardly any environment."""
    env = {"PATH": os.environ["PATH"], "IMPACT_DATA_DIR": str(folder), **changes}
    command = [sys.executable, *options, str(ROOT / "manage.py"), "shell", "--no-imports", "-c", SHOW]
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_it_reads_what_run_left_and_leaves_out_a_valkey_that_is_gone(tmp_path):
    (tmp_path / "run.env").write_text(RUN_ENV)
    assert manage(tmp_path).stdout == "a key with 'quotes' True False\n"
    with (tmp_path / "run.lock").open("w") as lock:  # as ./run holds it
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert manage(tmp_path).stdout == "a key with 'quotes' True True\n"


def test_what_the_environment_says_wins(tmp_path):
    (tmp_path / "run.env").write_text(RUN_ENV)
    assert manage(tmp_path, SECRET_KEY="mine").stdout == "mine False False\n"


def test_without_anything_to_read_it_says_what_to_do(tmp_path):
    answer = manage(tmp_path)
    assert answer.returncode == 1 and "Traceback" not in answer.stderr
    assert f"there is no {tmp_path / 'run.env'} to read it from" in answer.stderr
    assert "start ./run once" in answer.stderr


def test_a_python_without_django_hands_over_to_the_environment_that_run_made(tmp_path):
    assert manage(tmp_path, "-S", SECRET_KEY="mine").stdout == "mine False False\n"


def test_mypy_runs_without_a_secret_key():
    command = [sys.executable, "-c", "import tests.settings_for_types as s; print(len(s.SECRET_KEY) > 20)"]
    env = {"PATH": os.environ["PATH"]}
    assert subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "True\n"
    assert 'django_settings_module = "tests.settings_for_types"' in (ROOT / "pyproject.toml").read_text()
