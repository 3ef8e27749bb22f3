"""The measure of what the tests run, on a platform of one small rule, in processes of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.sqlite_only

RULE = """
def may_sign(age):
    if age < 18:
        return False
    return True
"""
AN_ADULT = """
from impact.rule import may_sign

def test_an_adult_may():
    assert may_sign(40)
"""
A_CHILD = """
from impact.rule import may_sign

def test_a_child_may_not():
    assert not may_sign(8)
"""
ENDS_WITHOUT_A_WORD = """
import os
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    if os.environ.get("PYTEST_XDIST_WORKER") == "gw1":
        os._exit(1)
"""


@pytest.fixture
def measure(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``measure(*arguments)`` runs the tests of the small platform and measures them."""
    for app in ("impact", "sites", "networks", "coproduction", "reports"):
        (tmp_path / app).mkdir()
    (tmp_path / "impact/__init__.py").touch()
    (tmp_path / "impact/rule.py").write_text(RULE)
    (tmp_path / "impact/migrations").mkdir()
    (tmp_path / "impact/migrations/0001_first.py").write_text("left = 'out'\n")
    (tmp_path / "test_an_adult.py").write_text(AN_ADULT)
    (tmp_path / "pytest.ini").touch()
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    def run(*arguments: str, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", *before, "-p", "tests.coverage", "-p", "xdist.plugin", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)

    return run


@pytest.mark.parametrize("processes", ["0", "2"])
def test_the_run_fails_below_the_floor_though_every_test_passes(measure, processes):
    """Four lines and two ways on from the "if": a test of an adult leaves out one of each."""
    enough = measure("-n", processes, "--coverage-floor", "66.6")
    assert enough.returncode == 0, enough.stdout
    assert "Coverage of lines and branches: 66.67%. The floor is 66.6%." in enough.stdout
    too_little = measure("-n", processes, "--coverage-floor", "66.7")
    assert too_little.returncode == 1 and "1 passed" in too_little.stdout
    row = next(line for line in too_little.stdout.splitlines() if line.startswith("impact/rule.py"))
    assert row.split() == ["impact/rule.py", "4", "1", "2", "1", "50", "67", "4"]  # line 4 is never reached


def test_processes_that_each_see_a_half_see_the_whole_together(measure, tmp_path):
    (tmp_path / "test_a_child.py").write_text(A_CHILD)
    whole = measure("-n", "2", "--dist", "loadfile", "--coverage-floor", "100")
    assert whole.returncode == 0, whole.stdout
    assert "100.00%" in whole.stdout and "impact/rule.py" not in whole.stdout


def test_a_file_that_no_test_imports_counts_as_never_run(measure, tmp_path):
    (tmp_path / "reports/forgotten.py").write_text("if 1 > 2:\n    print('never')\nprint('always')\n")
    found = measure("-n", "2", "--coverage-floor", "60")
    assert found.returncode == 1
    assert "Coverage of lines and branches: 36.36%" in found.stdout  # four of eleven
    assert "reports/forgotten.py" in found.stdout and "migrations" not in found.stdout


def test_a_process_that_ends_without_a_word_fails_the_run(measure, tmp_path):
    (tmp_path / "test_a_child.py").write_text(A_CHILD)
    (tmp_path / "conftest.py").write_text(ENDS_WITHOUT_A_WORD)
    found = measure("-n", "2", "--max-worker-restart", "0", "--coverage-floor", "50")
    assert "2 passed" in found.stdout
    assert found.returncode == 1 and "What gw1 saw is lost" in found.stdout


def test_a_platform_that_was_imported_first_is_refused(measure, tmp_path):
    (tmp_path / "early.py").write_text("import impact.rule\n")
    refused = measure(before=["-p", "early"])
    assert refused.returncode != 0 and "impact came before tests.coverage" in refused.stderr
