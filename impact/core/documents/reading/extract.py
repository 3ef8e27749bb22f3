"""The child process that reads the words of one paper, started by texts.py.

The paper comes on standard input; its words go to standard output as JSON. Files come from outside: one may unpack to
gigabytes, never end, or have ten thousand pages. So this process has limits of memory and time, and gives what it had
read when it came to one. It opens nothing else, runs nothing in the file and follows no link.
"""

import io
import json
import logging
import signal
import sys
import zipfile
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from impact.core.web.files.reencode_picture import limit

LOCKED, UNREADABLE, TOO_MUCH = 3, 4, 5
MOST_PAGES = 2000
CHUNK = 64 * 1024

Take = Callable[[str], None]
# What is not said in the document: comments, what was struck out, text that is there for programs.
_PASSED_OVER = frozenset({"annotation", "annotation-end", "tracked-changes", "script", "instrText", "delText"})
_BREAKS = frozenset({"p", "h", "br", "tab", "s", "line-break", "tc", "cr", "table-cell", "list-item"})
_WORDS_IN = frozenset({"t"})  # of Word and PowerPoint; in OpenDocument every text counts


class Enough(BaseException):
    """There are enough words, or a limit was reached: what was read so far is all."""


class TooLong(Enough):
    """The time is up."""


class Locked(Exception):
    """It has a password."""


def _stop(number: int, frame: Any) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise TooLong


def read_pdf(data: bytes, take: Take) -> None:
    """The text of a PDF, page by page; a broken page stops no other."""
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Locked
    for number in range(min(len(reader.pages), MOST_PAGES)):
        try:
            text = reader.pages[number].extract_text()
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112  whatever a broken page raises, the next may be whole
            continue
        take(f"{text}\n")


def _read_xml(stream: Any, take: Take, *, only: frozenset[str] = frozenset()) -> None:
    """The text of an XML part, read as a stream. One that declares entities is refused."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    inside: list[bool] = [not only]
    passed = 0

    def start(name: str, _attributes: Any) -> None:
        nonlocal passed
        local = name.rpartition(":")[2]
        passed += passed > 0 or local in _PASSED_OVER
        inside.append(local in only if only else True)
        if local in _BREAKS:
            take(" ")

    def end(_name: str) -> None:
        nonlocal passed
        passed -= passed > 0
        inside.pop()

    def words(text: str) -> None:
        if inside[-1] and not passed:
            take(text)

    def refuse(*_args: Any) -> None:
        raise ValueError("A document type is not expected here.")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = words, refuse
    while chunk := stream.read(CHUNK):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _read_parts(data: bytes, take: Take, names: Callable[[list[str]], list[str]], only: frozenset[str]) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in names(archive.namelist()):
            if archive.getinfo(name).flag_bits & 1:
                raise Locked
            with archive.open(name) as part:
                _read_xml(part, take, only=only)
            take("\n")


def read_docx(data: bytes, take: Take) -> None:
    """The text of a Word document with its notes; without comments and what was struck out."""
    wanted = ["word/document.xml", "word/footnotes.xml", "word/endnotes.xml"]
    _read_parts(data, take, lambda names: [name for name in wanted if name in names], _WORDS_IN)


def read_pptx(data: bytes, take: Take) -> None:
    """The text of slides, in the order of their numbers; without the speaker's notes."""

    def slides(names: list[str]) -> list[str]:
        numbers = {name.removeprefix("ppt/slides/slide").removesuffix(".xml"): name for name in names}
        return [numbers[number] for number in sorted((n for n in numbers if n.isdecimal() and len(n) < 6), key=int)]

    _read_parts(data, take, slides, _WORDS_IN)


def read_odt(data: bytes, take: Take) -> None:
    """The text of an OpenDocument text."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("META-INF/manifest.xml") as manifest:
        if b"encryption-data" in manifest.read(1024 * 1024):
            raise Locked
    _read_parts(data, take, lambda names: [name for name in names if name == "content.xml"], frozenset())


def read_txt(data: bytes, take: Take) -> None:
    """Plain text."""
    take(data.decode("utf-8-sig", errors="replace"))


READERS = {"pdf": read_pdf, "docx": read_docx, "pptx": read_pptx, "odt": read_odt, "txt": read_txt}


def main() -> int:
    kind = sys.argv[1]
    parent, memory_mb, cpu_seconds, seconds, most = (int(word) for word in sys.argv[2:7])
    logging.disable(logging.CRITICAL)
    data = sys.stdin.buffer.read()
    limit(parent, memory_mb, cpu_seconds)
    signal.signal(signal.SIGXCPU, _stop)
    signal.signal(signal.SIGALRM, _stop)
    found: list[str] = []
    size = 0

    def take(text: str) -> None:
        nonlocal size
        found.append(text[: most - size])
        size += len(found[-1])
        if size >= most:
            raise Enough

    problem = 0
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        READERS[kind](data, take)
    except TooLong:
        problem = TOO_MUCH
    except Enough:
        pass
    except Locked:
        problem = LOCKED
    except MemoryError:
        problem = TOO_MUCH
    except Exception:  # noqa: BLE001  whatever is wrong with the file, what was read before counts
        problem = UNREADABLE
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    text = "".join(found)
    if problem and not text.strip():
        return problem
    sys.stdout.write(json.dumps(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
