"""The words of papers, read by a child process with limits, so that a hostile file ends nothing but its reader."""

import json
import os
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings

from impact.core.documents.reading import extract

log = structlog.get_logger(__name__)
MEMORY_MB = 512
CPU_SECONDS = 10
SECONDS = 45  # after these, or those of the processor, what was read so far is all
WALL_SECONDS = 60
RENEW_SECONDS = 5.0
MOST = 200_000  # characters of a paper: some 80 pages
MOST_BYTES = 900_000  # a row of PostgreSQL's index holds a megabyte of words
KINDS = {"docm": "docx", "pptm": "pptx"} | {kind: kind for kind in extract.READERS}
_AS_LETTERS = {0xAD: "", 0x2028: " ", 0x2029: " "} | {  # typographic ligatures, as PDFs have them
    sign: unicodedata.normalize("NFKC", chr(sign)) for sign in range(0xFB00, 0xFB07)
}


class NoText(Exception):
    """No text could be read; the message says why, as the end of a sentence."""


def text_of(data: bytes, kind: str, most: int = MOST, renew: Callable[[], Any] = lambda: None) -> str:
    """The words of a paper of one of KINDS, at most so many characters. NoText says why there are none.

    ``renew`` is called every few seconds meanwhile, for the lease of a job.
    """
    limits = (os.getpid(), MEMORY_MB, CPU_SECONDS, SECONDS, 2 * most)
    with tempfile.TemporaryFile() as paper:  # not a pipe: ``communicate`` cannot go on with one after a time-out
        paper.write(data)
        paper.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-m", extract.__name__, KINDS[kind], *map(str, limits)],
            stdin=paper,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=settings.BASE_DIR,
            env={"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        )
    began = time.monotonic()
    try:
        while True:
            try:
                out, said = child.communicate(timeout=RENEW_SECONDS)
                break
            except subprocess.TimeoutExpired:
                renew()
                if time.monotonic() - began > WALL_SECONDS:
                    raise NoText("it takes too long") from None
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    if child.returncode == extract.LOCKED:
        raise NoText("it has a password")
    if child.returncode == extract.TOO_MUCH or child.returncode < 0:  # ended by a limit
        raise NoText("it takes too much memory or time")
    if child.returncode != 0:
        if child.returncode != extract.UNREADABLE:
            log.error("paper.child_failed", code=child.returncode, said=said[-2000:].decode(errors="replace"))
        raise NoText("it is damaged")
    text = clean(json.loads(out), most)
    if not any(sign.isalnum() for sign in text):
        raise NoText("it may be a scan, which is pictures of pages" if kind == "pdf" else "there are no words in it")
    return text


def clean(text: str, most: int = MOST) -> str:
    """A text in one line, as both databases hold it: no control characters, no halves of characters."""
    text = unicodedata.normalize("NFC", text.translate(_AS_LETTERS))
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    text = " ".join(text.split())[:most]
    while len(unicodedata.normalize("NFD", text).encode()) > MOST_BYTES:
        text = text[: len(text) * 9 // 10]
    return text.strip()
