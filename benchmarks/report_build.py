"""R1: building the report from its snapshot to the kept file, against plain ``HTML(...).write_pdf()`` on the same HTML.

Both sides run in turns in one go, on one machine; what counts is the ratio (docs: at most 0.75 at about 40 pages).
The plain side is as kind to itself as can be: WeasyPrint is already imported, the HTML is already there, the PDF is
not tagged and is kept nowhere. Ours starts a limited child process, composes the HTML, writes tagged PDF/UA-1 and
fsyncs the file. "cold" is the plain side as a process of its own, which is what a first build costs.

    .venv/bin/python benchmarks/report_build.py [rounds]
"""

import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("IMPACT_DEMO", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "impact.settings")

import django  # noqa: E402

django.setup()

from django.core.files.storage import FileSystemStorage  # noqa: E402
from weasyprint import HTML  # noqa: E402

from impact.core.documents import drawing, pdf  # noqa: E402
from reports.formats import document  # noqa: E402
from tests.reports import sample  # noqa: E402

SIZES = {
    "about 20 pages": {"networks": 2, "sites": 8, "involvements": 9},
    "about 40 pages": {"networks": 12, "sites": 150, "involvements": 60},
}
COLD = """
import pickle, sys
from impact.core.documents import pdf
from weasyprint import HTML
html, assets = pickle.load(open(sys.argv[1], "rb"))
HTML(string=html, base_url="asset:", url_fetcher=pdf.NamedAssets(assets)).write_pdf(sys.argv[2])
"""


Sides = dict[str, Callable[[], object]]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """(seconds on the clock, seconds of processor time, children included). The second hardly minds a busy machine."""
    before, began = os.times(), time.perf_counter()
    work()
    took, after = time.perf_counter() - began, os.times()
    return took, sum(after[:4]) - sum(before[:4])


def sides(size: dict[str, int], folder: Path) -> tuple[Sides, list[int]]:
    """The three ways to the same report, and a list that ours adds its number of pages to."""
    snapshot = sample.snapshot(sample.WORDS * 6, **size)
    html, assets = document.compose(snapshot)
    storage = FileSystemStorage(location=folder / "kept")
    (folder / "order").write_bytes(pickle.dumps((html, assets)))
    pages: list[int] = []

    def plain() -> None:
        HTML(string=html, base_url="asset:", url_fetcher=pdf.NamedAssets(assets)).write_pdf(folder / "plain.pdf")

    def cold() -> None:
        subprocess.run([sys.executable, "-c", COLD, folder / "order", folder / "cold.pdf"], cwd=ROOT, check=True)

    def ours() -> None:
        drawn = sample.draw(snapshot, folder / "work")
        pages.append(drawn.pages)
        drawing.keep(storage, drawn, under="reports")

    return {"plain": plain, "ours": ours, "plain cold": cold}, pages


def main(rounds: int) -> None:
    for name, size in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            ways, pages = sides(size, Path(folder))
            ways["plain"]()  # the first one pays for what the later ones find ready
            times = [{way: timed(work) for way, work in ways.items()} for _round in range(rounds)]
        print(f"{name} ({pages[0]} pages, {rounds} rounds, median)")
        for unit, what in enumerate(("on the clock", "of processor")):
            seconds = {way: statistics.median(t[way][unit] for t in times) for way in ways}
            ratios = {
                way: statistics.median(t["ours"][unit] / t[way][unit] for t in times) for way in ("plain", "plain cold")
            }
            print(
                "  "
                + ", ".join(f"{way} {value:.2f} s" for way, value in seconds.items())
                + f" {what}; "
                + ", ".join(f"ours / {way} = {ratio:.2f}" for way, ratio in ratios.items())
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
