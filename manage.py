#!/usr/bin/env python3
"""Run the platform's management commands, with the settings that ./run left in var/run.env where none are given."""

import fcntl
import os
import shlex
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PYTHON = ROOT / ".venv" / "bin" / "python"


def read_settings_of_run() -> None:
    """Take from run.env what the environment does not say, unless it says who we are already."""
    if os.environ.get("SECRET_KEY") or os.environ.get("IMPACT_DEMO") or os.environ.get("DEBUG"):
        return
    folder = Path(os.environ.get("IMPACT_DATA_DIR") or ROOT / "var")
    try:
        lines = shlex.split((folder / "run.env").read_text())
    except FileNotFoundError:
        sys.exit(
            f"SECRET_KEY is not set, and there is no {folder / 'run.env'} to read it from. Either\n"
            "  start ./run once, which makes that file for this and every later command, or\n"
            "  set SECRET_KEY and what else docs/operations.md names, as in production, or\n"
            "  set IMPACT_DEMO=1 to try the platform out."
        )
    except OSError as error:
        sys.exit(f"{folder / 'run.env'} cannot be read ({error.strerror}). It is its owner's alone: run this as they.")
    for line in lines:
        name, _, value = line.partition("=")
        if name != "REDIS_URL" or is_running(folder):  # the Valkey of ./run is there only while it runs
            os.environ.setdefault(name, value)


def is_running(folder: Path) -> bool:
    """Whether ./run holds this data folder."""
    try:
        with (folder / "run.lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def main() -> None:
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        if PYTHON.exists() and Path(sys.prefix) != PYTHON.parent.parent:
            os.execv(PYTHON, [str(PYTHON), __file__, *sys.argv[1:]])  # noqa: S606
        sys.exit(
            "Django is not installed for this Python. Start ./run once: it makes .venv, which this command then uses."
        )
    read_settings_of_run()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "impact.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
