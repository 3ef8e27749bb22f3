"""One real platform and one real Chromium for all browser tests: what ./run starts, on a folder of its own."""

import base64
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browser.log_page import held, new_log  # noqa: F401  fixtures

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "impact-demo-2022"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}
PUSH_KEY = base64.urlsafe_b64encode(bytes([7] * 32)).decode().rstrip("=")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.fspath).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _is_copied(path: Path) -> bool:
    """Whether a file of a running platform can be copied as it is: no socket, and not its database."""
    return path.is_dir() or (path.is_file() and ".sqlite3" not in path.name and path.suffix not in {".pid", ".lock"})


class Platform:
    """What ./run starts, on a folder of its own. It can be stopped and started again, as after a power cut."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _free_port()
        unwanted = {"SECRET_KEY", "IMPACT_HTTPS", "EMAIL_URL", "LOG_LEVEL"}
        clean = {name: value for name, value in os.environ.items() if name not in unwanted}
        self.env = {**clean, "PORT": str(self.port), "IMPACT_DATA_DIR": str(folder), "IMPACT_DEMO": "1"}
        self.env |= {"IMPACT_PUSH_KEY": PUSH_KEY, "IMPACT_PUSH_HOSTS": "push.invalid"}  # no such host
        self.address = f"http://127.0.0.1:{self.port}"
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        out = self.folder / f"out-{self.starts}.txt"
        with out.open("w") as log:
            self.server = subprocess.Popen(
                [sys.executable, "scripts/serve.py"], cwd=ROOT, env=self.env, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 400
        while "is ready at" not in out.read_text():
            assert self.server.poll() is None and time.monotonic() < deadline, out.read_text()
            time.sleep(0.3)
        assert (self.folder / "annual-report-2022.pdf").exists(), out.read_text()

    def stop(self) -> None:
        self.server.send_signal(signal.SIGINT)
        self.server.wait(60)

    def copy_to(self, folder: Path) -> None:
        """Copy the data of the running platform."""
        shutil.copytree(self.folder, folder, ignore=lambda at, names: {n for n in names if not _is_copied(Path(at, n))})
        for path in self.folder.glob("*.sqlite3"):
            with (
                contextlib.closing(sqlite3.connect(path)) as now,
                contextlib.closing(sqlite3.connect(folder / path.name)) as then,
            ):
                now.backup(then)

    def shell(self, code: str) -> str:
        """Run a few lines inside the platform, on its own data; what they print."""
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="session")
def own_platform(tmp_path_factory, migrated_file) -> Iterator[Platform]:
    """A running platform with demo data and its 2022 report built by the worker. Of several processes the first builds
    them, and the others begin with a copy."""
    one = Platform(tmp_path_factory.mktemp("platform"))
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    try:
        with (shared / "prepared.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (shared / "prepared").exists():
                shutil.copytree(shared / "prepared", one.folder, dirs_exist_ok=True)
            else:
                shutil.copy(migrated_file, one.folder)
                one.start()
                one.copy_to(shared / "prepared")
        if not one.starts:
            one.start()
        yield one
    finally:
        if one.starts:
            one.stop()


@pytest.fixture(autouse=True)
def running_again(request) -> Iterator[None]:
    """Start the platform again after a test that stopped it and failed, so that only that test fails."""
    yield
    if "own_platform" in request.fixturenames:
        one: Platform = request.getfixturevalue("own_platform")
        if one.server.poll() is not None:
            one.start()


@pytest.fixture(scope="session")
def platform(request) -> str:
    """The address of a running platform. IMPACT_TEST_PLATFORM=http://127.0.0.1:8000 uses one that runs already, while
    a test is being written."""
    return os.environ.get("IMPACT_TEST_PLATFORM") or request.getfixturevalue("own_platform").address


class Line:
    """A connection to a server that can be cut, as in a village hall. A browser's own "offline" mode does not reach
    every request of a page that a service worker looks after; a dead line does."""

    def __init__(self, port: int) -> None:
        self.to, self.is_up, self.ends = port, True, set[socket.socket]()
        self.entry = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.entry.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _from = self.entry.accept()
            except OSError:
                return
            if not self.is_up:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.to))
            self.ends |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        self.is_up = False
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.is_up = True

    def close(self) -> None:
        self.cut()
        self.entry.close()
        for end in self.ends:
            end.close()


@pytest.fixture
def line(own_platform) -> Iterator[Line]:
    """A line to the platform that a test may cut and mend. ``open_as(…, base_url=line.address)`` goes over it."""
    one = Line(own_platform.port)
    yield one
    one.close()


def launch(playwright: Playwright, **options) -> Browser:
    """This machine's own Chromium."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert executable, "Chromium is missing; ./test installs it"
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return playwright.chromium.launch(executable_path=executable, args=quiet, **options)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for all: a second one in the same process refuses to start."""
    with sync_playwright() as one:
        yield one


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = launch(playwright)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def cookies(platform: str, browser: Browser) -> dict[str, list]:
    """The session cookies of each demo sign-in, kept so that a test does not sign in again."""
    return {}


@pytest.fixture
def open_as(platform: str, browser: Browser, cookies: dict[str, list]) -> Iterator[Callable[..., Page]]:
    """``open_as("staff", PHONE)`` is a page of that demo account; any error on the page's console fails the test."""
    contexts, complaints = [], []

    def make(who: str = "", viewport: dict = DESKTOP, **options) -> Page:
        context = browser.new_context(viewport=viewport, locale="en-GB", **{"base_url": platform, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
        if who and who in cookies:
            context.add_cookies(cookies[who])
        elif who:
            page.goto("/accounts/login/")
            page.get_by_label("Email address").fill(f"{who}@impact.example")
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.wait_for_url("**/")
            cookies[who] = context.cookies()
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints
