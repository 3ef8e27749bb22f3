"""The words of papers, read by a child process with limits, so that a hostile file ends nothing but its reader."""

import json
import os
import subprocess
import sys
import unicodedata

import structlog
from django.conf import settings

from impact.core.documents.reading import extract

log = structlog.get_logger(__name__)
MEMORY_MB = 512
CPU_SECONDS = 10
SECONDS = 15  # after these, or those of the processor, what was read so far is all
WALL_SECONDS = 25  # less than a job's lease
MOST = 200_000  # characters of a paper: some 80 pages
MOST_BYTES = 900_000  # a row of PostgreSQL's index holds a megabyte of words
KINDS = {"docm": "docx", "pptm": "pptx"} | {kind: kind for kind in extract.READERS}
_AS_LETTERS = {0xAD: "", 0x2028: " ", 0x2029: " "} | {  # typographic ligatures, as PDFs have them
    sign: unicodedata.normalize("NFKC", chr(sign)) for sign in range(0xFB00, 0xFB07)
}


class NoText(Exception):
    """No text could be read; the message says why, as the end of a sentence."""


def text_of(data: bytes, kind: str, most: int = MOST) -> str:
    """The words of a paper of one of KINDS, at most so many characters. NoText says why there are none."""
    limits = (os.getpid(), MEMORY_MB, CPU_SECONDS, SECONDS, 2 * most)
    try:
        child = subprocess.run(
            [sys.executable, "-m", extract.__name__, KINDS[kind], *map(str, limits)],
            input=data,
            capture_output=True,
            cwd=settings.BASE_DIR,
            env={"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoText("it takes too long") from None
    if child.returncode == extract.LOCKED:
        raise NoText("it has a password")
    if child.returncode == extract.TOO_MUCH or child.returncode < 0:  # ended by a limit
        raise NoText("it takes too much memory or time")
    if child.returncode != 0:
        if child.returncode != extract.UNREADABLE:
            log.error("paper.child_failed", code=child.returncode, said=child.stderr[-2000:].decode(errors="replace"))
        raise NoText("it is damaged")
    text = clean(json.loads(child.stdout), most)
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
