"""./run and ./test: clear words when something is in the way, and no process left behind, ever.

The supervisor is tested with real processes and a real Valkey; only gunicorn, Celery and manage.py are stand-ins,
which misbehave on request.
"""

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import prepare  # noqa: E402
import serve  # noqa: E402

pytestmark = [pytest.mark.sqlite_only, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]

STAND_IN_WEB = """
import http.server, os, subprocess, sys
subprocess.Popen(["sleep", "1000"], start_new_session=True)  # a helper in a session of its own
subprocess.run(["sh", "-c", "setsid sleep 1000 &"])  # and one whose parent is gone
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *arguments): pass
if os.environ.get("WEB_FAILS"):
    sys.exit("the stand-in web server cannot start")
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""
STAND_IN_CELERY = """
import os, signal, subprocess, sys, time
if "worker" in sys.argv and os.environ.get("STUBBORN"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "worker" in sys.argv and os.environ.get("WORKER_FAILS"):
    while not os.path.exists("build_report.began"):  # the platform has started by then: an earlier end stops everything
        time.sleep(0.05)
    sys.exit("the stand-in worker has had enough")
subprocess.Popen(["sleep", "1000"])
time.sleep(1000)
"""
WHILE_BUSY = 120  # seconds, enough for any step on a busy machine
STAND_IN_MANAGE = """
import os, sys, time
open(sys.argv[1] + ".began", "w").close()
time.sleep(float(os.environ.get("SLOW_" + sys.argv[1].upper(), 0)))
"""


def handle_hang_up() -> None:
    """A suite that runs under nohup hands its deafness to HUP on; the supervisor under test must hear it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """An environment for the commands, with data in a folder of the test's own and a free port."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "IMPACT_DATA_DIR": str(folder / "var"), "PORT": str(free_port()), "MARK": str(folder), **changes}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def running(folder: Path) -> list[str]:
    """Every process that was started with this folder's mark, or that works in the folder (Valkey hides its mark)."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            ours = entry.name.isdigit() and (
                f"MARK={folder}".encode() in (entry / "environ").read_bytes()
                or (entry / "cwd").readlink().is_relative_to(folder)
            )
            if ours:
                found.append(f"{entry.name} {(entry / 'cmdline').read_bytes().decode().replace(chr(0), ' ')}")
        except OSError:
            continue  # it ended meanwhile
    return found


def left(folder: Path, seconds: float = 0.5, parts: tuple[str, ...] = ("",)) -> list[str]:
    """Which of the processes of this folder are still there after a moment."""
    deadline = time.monotonic() + seconds
    while True:
        found = [line for line in running(folder) if any(part in line for part in parts)]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def run_command(name: str, env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(ROOT / name), *arguments], env=env, capture_output=True, text=True, timeout=60, check=False
    )


# --- The two commands themselves -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["run", "test", "scripts/find_python.sh"])
@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_the_commands_are_plain_shell(name: str, shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not on this machine")
    assert subprocess.run([shell, "-n", str(ROOT / name)], check=False).returncode == 0


@pytest.mark.parametrize("name", ["run", "test", ".ci/run"])
def test_the_commands_can_be_executed(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)


def test_ci_calls_test_and_counts_missing_parts() -> None:
    assert "CI=true exec ./test" in (ROOT / ".ci/run").read_text()


def test_a_taken_port_is_named_before_anything_is_set_up(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = run_command("run", environment(tmp_path, PORT=str(port)))
    assert answer.returncode == 1
    assert f"Port {port} on this machine cannot be used" in answer.stderr
    assert f"PORT={port + 1} ./run" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1"])
def test_an_invalid_port_is_refused(port: str, tmp_path: Path) -> None:
    answer = run_command("run", environment(tmp_path, PORT=port))
    assert answer.returncode == 1
    assert "is not a port number" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_second_run_on_the_same_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    with (tmp_path / "var" / "run.lock").open("w") as lock:
        lock.write("process 1234, http://127.0.0.1:8000\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = run_command("run", environment(tmp_path))
    assert answer.returncode == 1
    assert "already running on this data folder (process 1234, http://127.0.0.1:8000)" in answer.stderr
    assert "IMPACT_DATA_DIR=" in answer.stderr


@pytest.mark.parametrize("name", ["run", "test"])
def test_an_old_python_is_named_with_what_to_do(name: str, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$*" in *platform*) echo 3.9.2;; *) exit 1;; esac\n')
    old.chmod(0o755)
    for tool in ("dirname", "sed"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    answer = subprocess.run(
        ["/bin/sh", str(ROOT / name)], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert "IMPACT needs Python 3.11 or newer; python3 here is 3.9.2." in answer.stderr
    assert "apt-get install" in answer.stderr


def test_the_development_lock_holds_everything_that_the_other_does() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-zA-Z0-9_.\[\]-]+==\S+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock")
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


# --- A half-made environment -----------------------------------------------------------------------


class Setup:
    """prepare.py in a tree of its own; what it would install is counted, not installed."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.commands: list[str] = []
        self.stop_at = ""
        for name in ("requirements.lock", "requirements-dev.lock"):
            (folder / name).write_text("# nothing")
        for name, value in {
            "ROOT": folder,
            "VENV": folder / ".venv",
            "PYTHON": folder / ".venv/bin/python",
            "UNFINISHED": folder / ".venv-unfinished",
            "DATA_DIR": folder / "var",
        }.items():
            monkeypatch.setattr(prepare, name, value)
        monkeypatch.setattr(prepare, "run_logged", self.run)

    def run(self, command: list[str], line: object) -> int:
        words = "venv" if "venv" in command else "check" if "check" in command else "install"
        self.commands.append(words)
        if words == "venv":
            subprocess.run([*command, "--without-pip"], check=True)
            if self.stop_at != "venv":
                module = next(prepare.VENV.glob("lib/python3*/site-packages")) / "pip.py"
                module.write_text("print('pip')")
        if words == self.stop_at:
            raise KeyboardInterrupt
        return 0

    def set_up(self, stop_at: str = "") -> list[str]:
        self.commands, self.stop_at = [], stop_at
        prepare.create_venv("run")
        prepare.install_python_packages("run")
        return self.commands


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setup:
    return Setup(tmp_path, monkeypatch)


def test_an_environment_is_made_once_and_then_left_alone(setup: Setup) -> None:
    assert setup.set_up() == ["venv", "install", "check"]
    assert setup.set_up() == []
    prepare.stamp_of("run").write_text("an older lock")
    assert setup.set_up() == ["install", "check"]


@pytest.mark.parametrize("stop_at", ["venv", "install", "check"])
def test_an_environment_whose_making_was_stopped_is_deleted_and_made_again(setup: Setup, stop_at: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        setup.set_up(stop_at)
    rest = prepare.VENV / "rest-of-a-package"
    rest.touch()
    assert setup.set_up() == ["venv", "install", "check"]
    assert not rest.exists()
    assert setup.set_up() == []


def test_an_environment_without_a_pip_that_works_is_made_again_even_without_a_mark(setup: Setup) -> None:
    """As a start that was stopped by an earlier version of the set-up left it."""
    with pytest.raises(KeyboardInterrupt):
        setup.set_up("venv")
    prepare.UNFINISHED.unlink()
    assert setup.set_up() == ["venv", "install", "check"]


# --- The supervisor --------------------------------------------------------------------------------


class Run:
    """One supervisor with stand-in parts, in a tree of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("requirements.lock", "requirements-dev.lock"):
            shutil.copy(ROOT / name, folder)
        serve = folder / "scripts" / "serve.py"  # as it is, but for an impatient test
        serve.write_text(serve.read_text().replace("(0.0, 2.0, 5.0, 15.0)", "(0.0, 0.2, 0.2, 0.2)"))
        (folder / "impact").mkdir()
        (folder / "impact" / "settings.py").touch()
        for package, text in (("gunicorn", STAND_IN_WEB), ("celery", STAND_IN_CELERY)):
            (folder / package).mkdir()
            (folder / package / "__init__.py").touch()
            (folder / package / "__main__.py").write_text(text)
        (folder / "manage.py").write_text(STAND_IN_MANAGE)
        self.output = folder / "output"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **changes: str) -> "Run":
        env = environment(self.folder, **changes)
        with self.output.open("wb") as output:
            command = [sys.executable, str(self.folder / "scripts" / "serve.py")]
            self.process = subprocess.Popen(
                command, env=env, stdout=output, stderr=subprocess.STDOUT, preexec_fn=handle_hang_up
            )
        return self

    def until(self, words: str, seconds: float = 60) -> "Run":
        assert self.process
        deadline = time.monotonic() + seconds
        while words not in self.text():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.05)
        return self

    def signal(self, number: int) -> int:
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(WHILE_BUSY)

    def text(self) -> str:
        return self.output.read_text()


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    yield run
    if run.process and run.process.poll() is None:
        run.process.kill()
        run.process.wait()
    for line in running(run.folder):
        os.kill(int(line.split()[0]), signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_while_serving_leaves_no_process(supervisor: Run, number: int) -> None:
    supervisor.start().until("Ctrl-C stops everything")
    assert len(running(supervisor.folder)) >= 9  # the supervisor, four parts, their helpers
    assert supervisor.signal(number) == 0
    assert left(supervisor.folder) == []
    assert "Stopped." in supervisor.text()
    assert "Traceback" not in supervisor.text()


@pytest.mark.parametrize("phase", ["MIGRATE", "DEMO", "COLLECTSTATIC", "BUILD_REPORT"])
def test_a_stop_while_starting_leaves_no_process(supervisor: Run, phase: str) -> None:
    words = {"MIGRATE": "Tables", "COLLECTSTATIC": "Static", "DEMO": "Demo", "BUILD_REPORT": "scheduler ... ok"}
    supervisor.start(**{f"SLOW_{phase}": "60"}).until(words[phase])
    assert supervisor.signal(signal.SIGINT) == 128 + signal.SIGINT
    assert left(supervisor.folder) == []
    assert "Traceback" not in supervisor.text()


def test_killing_the_supervisor_outright_leaves_no_process_running(supervisor: Run) -> None:
    supervisor.start().until("Ctrl-C stops everything")
    assert supervisor.signal(signal.SIGKILL) == -signal.SIGKILL
    assert left(supervisor.folder, seconds=5, parts=("gunicorn", "celery", "valkey-server")) == []


def test_a_process_that_ignores_the_stop_signal_is_killed(supervisor: Run) -> None:
    supervisor.start(STUBBORN="1").until("Ctrl-C stops everything")
    began = time.monotonic()
    assert supervisor.process
    supervisor.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert supervisor.process.poll() is None  # it waits for the worker
    assert supervisor.signal(signal.SIGINT) == 0  # until someone presses Ctrl-C again
    assert time.monotonic() - began < 5
    assert left(supervisor.folder) == []
    assert "Ended by force: worker." in supervisor.text()


@pytest.mark.parametrize(
    ("changes", "named", "words"),
    [
        ({"WEB_FAILS": "1"}, "web server ended by itself (exit code 1)", "the stand-in web server cannot start"),
        (
            {"WORKER_FAILS": "1", "SLOW_BUILD_REPORT": "60"},
            "worker ended by itself 5 times (exit code 1), so everything else was stopped too. The data is safe.",
            "the stand-in worker has had enough",
        ),
    ],
)
def test_a_process_that_keeps_failing_is_named_and_the_rest_stop(
    supervisor: Run, changes: dict[str, str], named: str, words: str
) -> None:
    supervisor.start(**changes)
    assert supervisor.process
    assert supervisor.process.wait(WHILE_BUSY) == 1
    assert f"The {named}" in " ".join(supervisor.text().split())
    assert words in supervisor.text()
    assert "Traceback" not in supervisor.text()
    assert left(supervisor.folder) == []


@pytest.mark.parametrize(
    ("variable", "url", "words"),
    [
        ("REDIS_URL", "redis://:secret-word@127.0.0.1:{port}/0", "Redis at 127.0.0.1:{port}/0 does not answer"),
        (
            "DATABASE_URL",
            "postgres://u:secret-word@127.0.0.1:{port}/x",
            "PostgreSQL at 127.0.0.1:{port}/x cannot be used",
        ),
        ("DATABASE_URL", "mysql://u:secret-word@127.0.0.1:{port}/x", "DATABASE_URL must be a postgres:// or sqlite://"),
        (
            "DATABASE_URL",
            "sqlite:////nowhere/at/all.sqlite3",
            "names a file in /nowhere/at, which cannot be written to",
        ),
    ],
)
def test_a_server_that_cannot_be_reached_is_named_without_its_password(
    supervisor: Run, variable: str, url: str, words: str
) -> None:
    port = free_port()
    supervisor.start(**{variable: url.format(port=port)})
    assert supervisor.process
    assert supervisor.process.wait(WHILE_BUSY) == 1
    assert words.format(port=port) in supervisor.text()
    assert "secret-word" not in supervisor.text()
    assert "Traceback" not in supervisor.text()
    assert left(supervisor.folder) == []


PARTS = {
    "web server": "gunicorn",
    "worker": "celery --app impact --quiet worker",
    "scheduler": " beat ",
    "Valkey": "valkey",
}


def part(supervisor: Run, words: str) -> tuple[int, list[str]]:
    """A part's own process, and every process that works for it."""
    found = [line for line in running(supervisor.folder) if words in line]
    return int(found[0].split()[0]), found


@pytest.mark.parametrize("name", PARTS)
def test_a_process_that_dies_is_restarted_and_the_others_keep_running(supervisor: Run, name: str) -> None:
    supervisor.start().until("Ctrl-C stops everything")
    before = {each: part(supervisor, words)[0] for each, words in PARTS.items()}
    os.kill(before[name], signal.SIGKILL)
    supervisor.until(f"{name} ended by itself (signal SIGKILL); starting it again now.")
    deadline = time.monotonic() + 20
    while not any(PARTS[name] in line and str(before[name]) != line.split()[0] for line in running(supervisor.folder)):
        assert time.monotonic() < deadline, supervisor.text()
        time.sleep(0.05)
    others = {each: pid for each, pid in before.items() if each != name}
    assert {each: part(supervisor, PARTS[each])[0] for each in others} == others
    if name == "Valkey":  # at the address that the others know
        settings = (supervisor.folder / "var" / "run.env").read_text()
        url = re.search(r"REDIS_URL='(\S+)'", settings)
        assert url and redis.Redis.from_url(url[1], retry=Retry(ConstantBackoff(0.1), 50)).ping()
    assert supervisor.signal(signal.SIGINT) == 0
    assert left(supervisor.folder) == []


def test_a_log_that_grows_large_is_put_aside_while_its_part_goes_on_writing(tmp_path: Path) -> None:
    path = tmp_path / "worker.log"
    with path.open("ab", buffering=0) as part:  # as a part has it
        for number in range(5):
            part.write(b"%d\n" % number * 100)
            serve.rotate(path)
        part.write(b"last\n")
    assert path.read_bytes() == b"last\n"
    kept = {older.name: older.read_bytes()[:1] for older in tmp_path.glob("*.log.*")}
    assert kept == {"worker.log.1": b"4", "worker.log.2": b"3", "worker.log.3": b"2"}


def test_logs_are_checked_while_the_site_runs(supervisor: Run) -> None:
    serve_copy = supervisor.folder / "scripts" / "serve.py"
    serve_copy.write_text(
        serve_copy.read_text().replace("LOG_BYTES, LOGS_KEPT = 10_000_000", "LOG_BYTES, LOGS_KEPT = 100")
    )
    logs = supervisor.folder / "var" / "log"
    logs.mkdir(parents=True)
    (logs / "worker.log").write_bytes(b"x" * 200)
    supervisor.start().until("Ctrl-C stops everything")
    deadline = time.monotonic() + 15
    while not (logs / "worker.log.1").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (logs / "worker.log.1").read_bytes() == b"x" * 200


@pytest.mark.parametrize("words", ["The database /x was made by an earlier version of IMPACT. Move it away: mv /x /y"])
def test_a_management_command_error_prints_only_its_message(supervisor: Run, words: str) -> None:
    (supervisor.folder / "manage.py").write_text(f"import sys; sys.exit('CommandError: {words}')")
    supervisor.start()
    assert supervisor.process and supervisor.process.wait(WHILE_BUSY) == 1
    assert f"\n{words}\n" in supervisor.text()
    assert "Traceback" not in supervisor.text() and "CommandError" not in supervisor.text()


def test_what_is_secret_is_kept_from_others_and_stays_the_same(supervisor: Run) -> None:
    data = supervisor.folder / "var"
    supervisor.start().until("Ctrl-C stops everything")
    for name in ("secret-key", "run.env", "valkey/valkey.conf"):
        assert (data / name).stat().st_mode & 0o777 == 0o600
    key = (data / "secret-key").read_text()
    assert len(key) >= 50
    supervisor.signal(signal.SIGINT)
    supervisor.start().until("Ctrl-C stops everything")
    assert (data / "secret-key").read_text() == key
    assert "Static files" in supervisor.text()  # the stand-in collected nothing, so it is asked again


def test_the_sign_ins_that_are_shown_are_those_of_the_demonstration() -> None:
    from impact.core.web.context import DEMO_ACCOUNTS, DEMO_PASSWORD

    text = (ROOT / "scripts" / "serve.py").read_text()
    shown = dict(re.findall(r'^    "(\S+@impact\.example)": "([^"]+)",$', text, re.MULTILINE))
    assert shown == {account["email"]: account["role"] for account in DEMO_ACCOUNTS}
    assert f'DEMO_PASSWORD = "{DEMO_PASSWORD}"' in text


# --- Servers for tests -----------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["", "1"], ids=["machine", "wheel"])
def test_the_test_servers_answer_and_leave_nothing(source: str, tmp_path: Path) -> None:
    ask = (
        "import os, psycopg2, redis\n"
        "with psycopg2.connect(os.environ['DATABASE_URL']).cursor() as cursor:\n"
        "    cursor.execute('select 40 + 2'); print(cursor.fetchone()[0])\n"
        "print(redis.Redis.from_url(os.environ['REDIS_URL']).ping())\n"
    )
    env = {**environment(tmp_path), "IMPACT_TEST_EMBEDDED_POSTGRES": source}
    answer = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "test_servers.py"), "--", sys.executable, "-c", ask],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == ["42", "True"]
    assert left(tmp_path) == []
