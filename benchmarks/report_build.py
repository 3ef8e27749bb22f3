"""R1–R4 of the annual report: our build from snapshot to kept file, against plain ``HTML(...).write_pdf()`` on the same HTML.

All sides run in turns in one go, on one machine; what counts are the ratios. The plain side is as kind to itself as can
be: WeasyPrint is already imported, the HTML is already there, the PDF is not tagged and is kept nowhere. Ours composes the
HTML, has children draw its pieces as tagged PDF/UA-1, joins them and fsyncs the file; its warm parent is there, as in a
worker after its first document. Each ratio is given by the clock and by processor time, which minds a busy machine less.

    R1_40, R1_290   ours / plain at about 40 and 290 pages, nothing kept from before    (at most 0.75 and 0.45)
    R2_290          the same after one chapter was changed, the others kept / plain     (at most 0.1)
    R3_per_page     our seconds a page at 290 / at 40                                   (at most 1.2)
    R3_mb_per_page  our processes' memory at its peak at 290 pages, less 120 MB, a page (at most 1.6)
    R4_gather_share gathering the figures / the build, in the database of DATABASE_URL  (at most 0.1 at 100,000 meetings)

R4 is of the newest report in the database, which should hold a large estate (``manage.py demo --scale 100``). Chromium's
print of the same HTML stands beside it, without contents page numbers or repeated heads, because it does not know them.

    .venv/bin/python benchmarks/report_build.py [--json] [--rounds 3] [--gather YEAR] [--workers]

``--workers`` measures R5 alone: 20 reports by two workers, one process each, against one (at least 1.8 times faster).
"""

import argparse
import contextlib
import json
import logging
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("IMPACT_DEMO", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "impact.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.files.storage import FileSystemStorage  # noqa: E402
from django.utils import timezone  # noqa: E402
from weasyprint import HTML  # noqa: E402

from impact.core.documents import drawing, pdf, warm  # noqa: E402
from impact.core.documents.chapters import drawing as chapters  # noqa: E402
from impact.core.jobs import queue  # noqa: E402
from reports.editions.models import Snapshot  # noqa: E402
from reports.formats import document  # noqa: E402
from tests.reports import sample  # noqa: E402

SIZES = {
    40: (6, {"networks": 9, "sites": 130, "involvements": 50}),
    290: (46, {"networks": 64, "sites": 900, "involvements": 330}),
}
EDITED = "good_practice"
CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-pdf-header-footer"]
Times = dict[str, list[tuple[float, float]]]


def snapshot(size: int, words: str = "") -> Snapshot:
    """A report of about so many pages; ``words`` more in one chapter."""
    repeated, rows = SIZES[size]
    one = sample.snapshot("\n\n".join([sample.WORDS] * repeated), **rows)
    one.data["sections"][EDITED] += words
    return one


# --- Time and memory -------------------------------------------------------------------------------
def processor() -> float:
    """Seconds of processor time so far: of this process, its children and the warm parent with its children."""
    spent = sum(os.times()[:4])
    with contextlib.suppress(FileNotFoundError):
        fields = Path(f"/proc/{warm.start().process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        spent += sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return spent


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """(seconds by the clock, seconds of processor time)."""
    before, began = processor(), time.perf_counter()
    work()
    return time.perf_counter() - began, processor() - before


@contextlib.contextmanager
def peak_memory(found: list[float]) -> Iterator[None]:
    """Add the most megabytes that the warm parent and its children held together, shared pages counted once."""
    stop = threading.Event()
    warm.start()

    def look() -> None:
        most = 0
        while not stop.wait(0.05):
            now = 0
            parent = warm.start().process.pid  # after many children another one takes its place
            children = ""
            with contextlib.suppress(OSError):
                children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
            for pid in [str(parent), *children.split()]:
                with contextlib.suppress(OSError, ValueError, IndexError):
                    now += int(Path(f"/proc/{pid}/smaps_rollup").read_text().split("Pss:")[1].split()[0])
            most = max(most, now)
        found.append(most / 1024)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


# --- The sides -------------------------------------------------------------------------------------
class Report:
    """One size of report and the ways to its PDF."""

    def __init__(self, size: int, folder: Path) -> None:
        self.size, self.folder = size, folder / str(size)
        self.folder.mkdir()
        self.html, self.assets = document.compose(snapshot(size))
        self.kept = FileSystemStorage(location=self.folder / "kept")
        self.pages = self.edits = 0
        self._write_for_chromium()

    def plain(self) -> None:
        fetcher = pdf.NamedAssets(self.assets)
        HTML(string=self.html, base_url="asset:", url_fetcher=fetcher).write_pdf(self.folder / "plain.pdf")

    def ours(self, words: str = "") -> None:
        """A build with an empty storage; with ``words``, one in which only a chapter's words are new."""
        if not words:
            shutil.rmtree(self.folder / "kept", ignore_errors=True)
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        one = snapshot(self.size, words)
        claim: Any = sample.Follower()
        drawn = chapters.draw(claim, lambda: document.in_pieces(one), work, self.kept)
        drawing.keep(self.kept, drawn, under="reports")
        self.pages = drawn.pages

    def changed(self) -> None:
        self.edits += 1
        self.ours(f"\n\nOne more sentence, number {self.edits}.")

    def chromium(self) -> None:
        command = ["chromium", *CHROMIUM, f"--print-to-pdf={self.folder / 'chromium.pdf'}", self.folder / "page.html"]
        subprocess.run(command, check=True, capture_output=True)

    def _write_for_chromium(self) -> None:
        for name, data in self.assets.items():
            (self.folder / name).write_bytes(data.replace(b"asset:", b""))
        (self.folder / "page.html").write_text(self.html.replace("asset:", ""))


def ratio(times: Times, way: str, to: str = "plain", unit: int = 0) -> float:
    """The median of a side's time to another's in the same round."""
    return statistics.median(a[unit] / b[unit] for a, b in zip(times[way], times[to], strict=True))


def gather_share(year: int | None) -> tuple[float | None, float | None]:
    """(seconds that gathering takes, its share of the build) for a report of the database at hand, if it has one."""
    from django.db import DatabaseError

    from reports.editions.services import frozen
    from reports.writing.models import AnnualReport

    try:
        rows = AnnualReport.objects.filter(year=year) if year else AnnualReport.objects.order_by("-year")
        report = rows.first()
    except DatabaseError:  # no database here, or one without tables
        report = None
    if report is None:
        return None, None
    gathered = statistics.median(timed(lambda: frozen(report))[0] for _ in range(3))
    one = Snapshot(sha256="ab" * 32, data=json.loads(json.dumps(frozen(report))), taken_at=timezone.now())
    with tempfile.TemporaryDirectory() as folder:
        claim: Any = sample.Follower()
        storage = FileSystemStorage(location=Path(folder) / "kept")
        took, _cpu = timed(lambda: chapters.draw(claim, lambda: document.in_pieces(one), Path(folder), storage))
    return gathered, gathered / (gathered + took)


def one_worker(count: int, folder: Path) -> None:
    """Build ``count`` reports one after the other, one process at a time."""
    settings.DRAWING_PROCESSES = 1
    report = Report(40, folder)
    report.ours()
    (folder / "ready").touch()
    sys.stdin.readline()
    for _ in range(count):
        report.ours()


def workers() -> float:
    """R5: how many times faster two workers finish 20 reports than one."""
    seconds = []
    for number in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            places = [Path(folder) / str(n) for n in range(number)]
            running = []
            for place in places:
                place.mkdir()
                command = [sys.executable, __file__, "--worker", str(20 // number), str(place)]
                running.append(subprocess.Popen(command, stdin=subprocess.PIPE, text=True))
            while not all((place / "ready").exists() for place in places):
                time.sleep(0.1)
            began = time.perf_counter()
            for worker in running:
                worker.stdin.write("go\n")  # type: ignore[union-attr]
                worker.stdin.flush()  # type: ignore[union-attr]
            for worker in running:
                worker.wait()
            seconds.append(time.perf_counter() - began)
    return seconds[0] / seconds[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gather", type=int, metavar="YEAR")
    parser.add_argument("--workers", action="store_true")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)  # the plain side would pay for our log's JSON lines
    if given.worker:
        one_worker(int(given.worker[0]), Path(given.worker[1]))
        return
    if given.workers:
        print(f"R5 {workers():.2f} times faster with two workers than with one")
        return
    measured: dict[int, Times] = {}
    pages: dict[int, int] = {}
    memory: list[float] = []
    has_chromium = shutil.which("chromium") is not None and not given.json
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            report = Report(size, Path(folder))
            report.ours()  # the first ones pay for what the later ones find ready
            if size == min(SIZES):
                report.plain()
            ways = {"plain": report.plain, "ours": report.ours, "changed": report.changed}
            if has_chromium:
                ways["chromium"] = report.chromium
            turns = []
            for number in range(1, given.rounds + 1):
                turns.append({way: timed(work) for way, work in ways.items()})
                print(f"{size} pages, round {number} of {given.rounds}: {turns[-1]}", file=sys.stderr, flush=True)
            measured[size] = {way: [turn[way] for turn in turns] for way in ways}
            pages[size] = report.pages
            if size == max(SIZES):
                with peak_memory(memory):
                    report.ours()
    small, large = measured[40], measured[290]
    a_page = [statistics.median(one[0] for one in measured[size]["ours"]) / pages[size] for size in SIZES]
    try:
        gathered, share = gather_share(given.gather)
    except (queue.TryAgain, queue.JobRefused) as error:  # the others were measured, and are printed
        print(f"The report of this database could not be built: {error}", file=sys.stderr)
        gathered, share = None, None
    figures = {
        "R1_40": ratio(small, "ours"),
        "R1_290": ratio(large, "ours"),
        "R2_290": ratio(large, "changed"),
        "R3_per_page": a_page[1] / a_page[0],
        "R3_mb_per_page": max(0.0, memory[0] - 120) / pages[290],
        "R4_gather_share": share,
    }
    figures = {name: None if value is None else round(value, 3) for name, value in figures.items()}
    if given.json:
        print(json.dumps(figures))
        return
    print(
        f"Load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; {given.rounds} rounds, medians"
    )
    for size, times in measured.items():
        print(f"\nAbout {size} pages ({pages[size]})      clock  processor   / plain: clock  processor")
        for way in times:
            clock, cpu = (statistics.median(one[unit] for one in times[way]) for unit in (0, 1))
            against = f"{ratio(times, way):>18.2f} {ratio(times, way, unit=1):>10.2f}"
            print(f"  {way:<20}{clock:>10.2f} s {cpu:>8.2f} s {against}")
    print(f"\nPeak memory at {pages[290]} pages: {memory[0]:.0f} MB")
    if gathered is not None:
        print(f"Gathering the figures: {gathered:.2f} s")
    for name, value in figures.items():
        print(f"{name:<18}{value}")


if __name__ == "__main__":
    main()
