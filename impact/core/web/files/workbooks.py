"""Uploaded Excel files, read by a child process with limits, so that a hostile one ends nothing but its reader."""

import json
import os
import subprocess
import sys
from datetime import date
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError

from impact.core.web.files import unpack_workbook

log = structlog.get_logger(__name__)
MEMORY_MB = 512
CPU_SECONDS = 20
WALL_SECONDS = 30
TOO_LARGE = "The Excel file is too large when it is unpacked. Copy the list alone into a new file and send that."


def rows_of(data: bytes, most: int) -> list[tuple[int, list[Any]]]:
    """The first ``most`` rows of a workbook's first sheet that are not empty, each with its number in the sheet.

    Cells are text, numbers or dates. Raises ValidationError for a file that cannot be read, and says why.
    """
    command = [sys.executable, "-m", unpack_workbook.__name__, *map(str, (os.getpid(), MEMORY_MB, CPU_SECONDS, most))]
    try:
        child = subprocess.run(
            command,
            input=data,
            capture_output=True,
            cwd=settings.BASE_DIR,
            env={"LANG": "C.UTF-8"},
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValidationError(TOO_LARGE) from None
    if child.returncode == 0:
        return [(line, [_cell(cell) for cell in row]) for line, row in json.loads(child.stdout)]
    if child.returncode == unpack_workbook.PASSWORD:
        raise ValidationError("The Excel file has a password. Remove it and send the file again.")
    if child.returncode == unpack_workbook.OUT_OF_MEMORY or child.returncode < 0:  # ended by a limit, or by itself
        raise ValidationError(TOO_LARGE)
    if child.returncode != unpack_workbook.UNREADABLE:
        log.error("workbook.child_failed", code=child.returncode, said=child.stderr[-2000:].decode(errors="replace"))
    raise ValidationError("We cannot read this Excel file. Save it as .xlsx or CSV.")


def _cell(cell: Any) -> Any:
    return date.fromisoformat(cell["date"]) if isinstance(cell, dict) else cell
