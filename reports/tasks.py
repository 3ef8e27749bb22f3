"""Building an edition: a worker composes the HTML, a child process of its own draws it, the file is kept, a row written.

The child is killed with its worker, and everything it leaves is in one folder. A worker that lost its lease stops, and
what it made is never recorded; a file is named by its contents, so the same file twice is the same file.
"""

import base64
import contextlib
import hashlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, default_storage
from django.db.models import Max
from django.urls import reverse

from impact.core import audit, jobs, outbox
from impact.core.models import Job
from impact.core.permissions import SYSTEM
from reports import document, render
from reports.models import AnnualReport, Edition, Snapshot
from reports.services import BUILD

MEMORY_MB = 1536
CPU_SECONDS = 240
WALL_SECONDS = 420
STALL_SECONDS = 90  # without a sign of life from the child
RENEW_SECONDS = 2.0
PAGES_GUESSED = 20
FOLDER = "reports"
# No secret is passed on: the child needs neither the database nor the broker.
PASSED_ON = ("PATH", "HOME", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True)
class Drawn:
    """What the child made."""

    path: Path
    sha256: str
    size: int
    pages: int


@jobs.handles(BUILD)
def build_edition(claim: jobs.Claim) -> jobs.Finish:
    """Draw the edition of one snapshot and keep its file, for whoever asked; the row is written by ``finish``."""
    began = time.monotonic()
    snapshot = Snapshot.objects.select_related("report").get(pk=claim.payload["snapshot"])
    if claim.payload["renderer"] != document.renderer():
        raise jobs.JobRefused(
            "The platform was updated after this build was asked for. Build the report again to use the new version."
        )
    newest = snapshot.report.editions.order_by("-number").first()
    guess = newest.pages if newest else PAGES_GUESSED
    with _work_folder(claim) as folder:
        drawn = draw(claim, snapshot, folder, guess=guess)
        claim.progress(95, "Keeping the file")
        name = keep(default_storage, drawn)
    seconds = round(time.monotonic() - began, 2)

    def finish(job: Job) -> dict[str, Any]:
        return _record(job, snapshot, name, drawn, seconds)

    return finish


def _record(job: Job, snapshot: Snapshot, name: str, drawn: Drawn, seconds: float) -> dict[str, Any]:
    """The edition's row, its audit entry and the e-mail to whoever asked, in the transaction that ends the job."""
    report = AnnualReport.objects.select_for_update().get(pk=snapshot.report_id)
    newest = report.editions.aggregate(newest=Max("number"))["newest"] or 0
    edition = Edition(
        report=report,
        number=newest + 1,
        snapshot=snapshot,
        renderer=job.payload["renderer"],
        job=job,
        file=name,
        sha256=drawn.sha256,
        size=drawn.size,
        pages=drawn.pages,
        seconds=seconds,
    )
    edition.full_clean()
    edition.save()
    by = job.created_by or SYSTEM
    audit.record(by, "edition.built", edition, edition=edition.number, pages=edition.pages, attempt=job.attempt)
    audit.record(by, "report.edition_built", report, edition=edition.number, pages=edition.pages)
    if job.created_by and job.created_by.is_active:
        outbox.send_later(
            to=job.created_by.email,
            subject=f"Edition {edition.number} of the {report.year} report is ready",
            body=(
                f"Hello,\n\nEdition {edition.number} of the {report.title} {report.year} is ready. "
                f"It has {edition.pages} pages.\n\nRead it here:\n"
                f"{settings.SITE_URL}{reverse('reports:detail', args=[report.year])}\n"
            ),
        )
    return {"edition": edition.number, "file": name, "pages": edition.pages}


# --- The child process ---------------------------------------------------------------------------
@contextlib.contextmanager
def _work_folder(claim: jobs.Claim) -> Iterator[Path]:
    """A folder for one attempt. What an earlier, killed attempt at the same job left behind goes first."""
    prefix = f"impact-report-{claim.job_id}-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        if int(left.name.removeprefix(prefix).split("-")[0]) < claim.attempt:
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{claim.attempt}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def draw(claim: jobs.Claim, snapshot: Snapshot, folder: Path, *, guess: int = PAGES_GUESSED) -> Drawn:
    """Have a child process draw ``snapshot``. The lease is renewed while the child moves; its failures become reasons.

    ``guess`` is how many pages there may be, for the progress that people see.
    """
    claim.progress(2, "Gathering words and figures")
    child = _start(folder)
    try:
        html, assets = document.compose(snapshot)  # while the child imports
        target = folder / "report.pdf"
        _write_order(folder, html, assets, identifier=snapshot.sha256, target=target)
        answer = _follow(claim, child, guess)
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
    data = target.read_bytes()
    return Drawn(target, hashlib.sha256(data).hexdigest(), len(data), answer["pages"])


def _start(folder: Path) -> "subprocess.Popen[bytes]":
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment |= {
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",  # the same bytes from any process
        "TMPDIR": str(folder),
    }
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "reports.render",
            str(folder / "order.json"),
            str(os.getpid()),
            str(MEMORY_MB),
            str(CPU_SECONDS),
        ],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _write_order(folder: Path, html: str, assets: dict[str, bytes], *, identifier: str, target: Path) -> None:
    order = {
        "html": html,
        "assets": {name: base64.b64encode(data).decode() for name, data in assets.items()},
        "identifier": identifier,
        "target": str(target),
    }
    (folder / "order.json").write_text(json.dumps(order), encoding="utf-8")


def _follow(claim: jobs.Claim, child: "subprocess.Popen[bytes]", guess: int) -> dict[str, Any]:
    """Read what the child says until it ends, passing its progress on; its last line when it succeeded."""
    assert child.stdin and child.stdout  # noqa: S101  both are pipes
    with contextlib.suppress(BrokenPipeError):  # a child that ended early says why below
        child.stdin.write(b"\n")
        child.stdin.flush()
    began = heard = told = time.monotonic()
    last: dict[str, Any] = {}
    rest, furthest = b"", 0
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            now = time.monotonic()
            if selector.select(timeout=0.5):
                data = os.read(child.stdout.fileno(), 65536)
                if not data:
                    break
                heard = now
                *lines, rest = (rest + data).split(b"\n")
                if lines:
                    last = json.loads(lines[-1])
            if now - began > WALL_SECONDS or now - heard > STALL_SECONDS:
                raise jobs.TryAgain("The build took too long and was stopped. The machine may be very busy.")
            if now - told >= RENEW_SECONDS or last.get("step") == "write":
                told = now
                percent, step = _where(last, guess)
                furthest = max(furthest, percent)  # contents are set twice, once their page numbers are known
                claim.progress(furthest, step)
    code = child.wait()
    if code == 0 and "pages" in last:
        return last
    raise _failure(code, last)


def _where(last: dict[str, Any], guess: int) -> tuple[int, str]:
    """How far the child is, in percent and words. Pages come in order; how many there will be is a guess."""
    if last.get("step") == "layout":
        page = last["page"]
        return 10 + int(70 * min(1.0, page / max(guess, page + 1))), f"Setting page {page}"
    if last.get("step") == "write" or "pages" in last:
        return 85, "Writing the file"
    return 8, "Getting ready to set the pages"


def _failure(code: int, last: dict[str, Any]) -> Exception:
    """Why the child ended without a file, in words for a person."""
    if "problem" in last:
        return jobs.JobRefused(last["problem"])
    if code == render.OUT_OF_MEMORY:
        return jobs.JobRefused(
            f"The report needed more than {MEMORY_MB} MB of memory. Shorten its longest section, or raise the limit."
        )
    if code == -signal.SIGXCPU:
        return jobs.JobRefused(
            f"The report needed more than {CPU_SECONDS} seconds of computing. Shorten its longest section."
        )
    if code < 0:
        return jobs.TryAgain("The machine stopped the build part-way. It may be short of memory.")
    return jobs.TryAgain("The report could not be drawn. The details are in the worker's log.")


# --- The file ------------------------------------------------------------------------------------
def keep(storage: Storage, drawn: Drawn) -> str:
    """Put the file into the storage under its own hash, so that a crash leaves the whole file or none; its name there."""
    name = f"{FOLDER}/{drawn.sha256}.pdf"
    try:
        final = Path(storage.path(name))
    except NotImplementedError:  # not on this disk: the storage's own save is all or nothing
        if not storage.exists(name):
            with drawn.path.open("rb") as file:
                name = storage.save(name, File(file))
        return name
    final.parent.mkdir(parents=True, exist_ok=True)
    for left in final.parent.glob(".incoming-*"):  # of a worker that was killed while it copied
        if time.time() - left.stat().st_mtime > 3600:
            left.unlink(missing_ok=True)
    descriptor, incoming = tempfile.mkstemp(prefix=".incoming-", dir=final.parent)
    try:
        with os.fdopen(descriptor, "wb") as file, drawn.path.open("rb") as source:
            shutil.copyfileobj(source, file)
            file.flush()
            os.fsync(file.fileno())
        Path(incoming).replace(final)
    except BaseException:
        Path(incoming).unlink(missing_ok=True)
        raise
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return name
