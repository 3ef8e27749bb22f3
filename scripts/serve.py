"""Starts every part of IMPACT on this machine, has the worker build the annual report, and keeps serving.

./run calls it once everything is installed. It watches the parts and starts one again that ends by itself; when one
will not stay up, or on Ctrl-C, it stops them all: each runs in a process group of its own, and none outlives this
process however it ends.
"""

import fcntl
import hashlib
import http.client
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import broker
import given
import prepare
import processes
from processes import Stopped
from terminal import Problem, step, tail

ROOT = prepare.ROOT
DATA_DIR = prepare.DATA_DIR
LOGS = DATA_DIR / "log"
PYTHON = sys.executable
YEAR = "2022"
STATIC_STAMP = DATA_DIR / "static.stamp"
REPORT = DATA_DIR / f"annual-report-{YEAR}.pdf"
DEMO_PASSWORD = "impact-demo-2022"  # public, and refused unless IMPACT_DEMO is on
DEMO_SIGN_INS = {  # as impact/core/web/context.py has them; a test compares
    "staff@impact.example": "National staff",
    "leadership@impact.example": "Leadership team",
    "engagement@impact.example": "Lived Experience Engagement Lead",
    "coordinator.england@impact.example": "Coordinator, England",
    "coordinator.scotland@impact.example": "Coordinator, Scotland",
    "coordinator.wales@impact.example": "Coordinator, Wales",
    "coordinator.ni@impact.example": "Coordinator, Northern Ireland",
    "member@impact.example": "Advisory-group member",
    "supporter@impact.example": "Supporter of two members",
    "assessor@impact.example": "Assessor",
    "admin@impact.example": "Administrator",
}
LOG_BYTES, LOGS_KEPT = 10_000_000, 3  # of each part: the size at which a log is put aside, and how many are kept
RESTART_DELAYS = (0.0, 2.0, 5.0, 15.0)  # seconds before each new start of a part that keeps ending …
RESTART_WINDOW = 300.0  # … within so many seconds; after the last of them we give up
WEB, WORKER, SCHEDULER, BROKER = "web server", "worker", "scheduler", "Valkey"


def main() -> int:
    """Start everything and keep it going; the exit code."""
    processes.listen()
    platform = Platform()
    try:
        try:
            platform.start()
            platform.watch()
        except Stopped as stopped:
            if not platform.serving:
                print("\nStopping before it was ready ...", flush=True)
                return stopped.exit_code
            print("\nStopping ...", flush=True)
            return 0
        except Problem as problem:
            print(f"\n{problem}\n", file=sys.stderr, flush=True)
            return 1
    finally:
        platform.stop()
    return 0


class Platform:
    """The parts that run, and the environment they share."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.ended: dict[str, list[float]] = {}  # when each part ended by itself, lately
        self.due: dict[str, float] = {}  # parts that have ended, and when to start them again
        self.serving = False
        self.port = prepare.port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.env = dict(os.environ)
        self.lock: IO[str] | None = None
        self.static_state = ""
        self.next_rotation = 0.0

    @property
    def is_demo(self) -> bool:
        """Whether demo data and demo sign-ins belong in this database."""
        return self.env["IMPACT_DEMO"].strip().lower() in ("1", "true", "yes", "on")

    # --- Starting ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Bring everything up in order; raises Problem with what a person can do about it."""
        began = time.monotonic()
        print("IMPACT", flush=True)
        self.take_data_folder()
        self.settle_environment()
        if self.env.get("REDIS_URL"):
            with step("Redis") as line:
                line.note = given.reach_redis(self.env["REDIS_URL"])
        else:
            with step("Valkey, for messages and the cache"):
                child, self.env["REDIS_URL"] = broker.start(DATA_DIR / "valkey", self.log(BROKER), keep=True)
                self.children[BROKER] = child
        if self.env.get("DATABASE_URL"):
            with step("Database") as line:
                line.note = given.reach_database(self.env["DATABASE_URL"])
        self.write_environment()
        static = self.start_collecting_static()
        self.manage("Tables", "migrate", "--noinput")
        if self.is_demo:
            self.manage("Demo data", "demo")
        if static:
            self.finish_collecting_static(static)
        with step("Web server, worker and scheduler"):
            self.start_parts()
            self.wait_until_live()
        if self.is_demo:
            self.build_report()
        self.serving = True
        self.say_where(time.monotonic() - began)

    def take_data_folder(self) -> None:
        """Hold the data folder for as long as we live."""
        try:
            DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
            LOGS.mkdir(exist_ok=True)
            self.lock = (DATA_DIR / "run.lock").open("a+")
        except OSError as error:
            raise Problem(f"The data folder {DATA_DIR} cannot be written to ({error.strerror}).") from None
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.lock.seek(0)
            raise Problem(prepare.already_running(self.lock.read())) from None
        self.lock.truncate(0)
        self.lock.write(f"process {os.getpid()}, {self.address}\n")
        self.lock.flush()

    def settle_environment(self) -> None:
        """Set the environment of the processes; values set by the caller take precedence."""
        self.env.setdefault("IMPACT_DEMO", "1")
        self.env["IMPACT_DATA_DIR"] = str(DATA_DIR)
        self.env["PORT"] = str(self.port)
        self.env.setdefault("SITE_URL", self.address)
        self.env.setdefault("DJANGO_SETTINGS_MODULE", "impact.settings")
        self.env["PYTHONUNBUFFERED"] = "1"
        if not self.env.get("SECRET_KEY"):
            self.env["SECRET_KEY"] = secret_key(DATA_DIR / "secret-key")
        if not self.is_demo:  # plain HTTP on loopback unless told otherwise: ./run is for one machine
            self.env.setdefault("IMPACT_HTTPS", "0")
            # In files for their owner only: on the console, links that sign people in would stand in the log.
            self.env.setdefault("EMAIL_URL", f"filemail:///{DATA_DIR / 'mail'}")

    def write_environment(self) -> None:
        """Leave the environment for manage.py in another terminal; readable by the owner only."""
        names = ["IMPACT_DEMO", "IMPACT_TODAY", "IMPACT_DATA_DIR", "IMPACT_HTTPS", "SITE_URL", "SECRET_KEY"]
        names += ["EMAIL_URL", "DATABASE_URL", "REDIS_URL", "MEDIA_ROOT", "STATIC_ROOT", "DEFAULT_FROM_EMAIL"]
        path = DATA_DIR / "run.env"
        path.touch(mode=0o600)
        path.chmod(0o600)
        quoted = {name: self.env[name].replace("'", "'\\''") for name in names if self.env.get(name)}
        path.write_text("".join(f"{name}='{value}'\n" for name, value in quoted.items()))

    def manage(self, label: str, *arguments: str) -> None:
        """Run a management command as a step."""
        with step(label) as line, prepare.setup_log().open("ab") as log:
            log.write(f"\n$ manage.py {' '.join(arguments)}\n".encode())
            log.flush()
            child = processes.start([PYTHON, "manage.py", *arguments], env=self.env, cwd=ROOT, output=log)
            if processes.wait(child, tick=line.tick):
                said = tail(prepare.setup_log())
                if (last := said.splitlines()[-1].strip()).startswith("CommandError: "):  # a sentence for people
                    raise Problem(last.removeprefix("CommandError: "))
                raise Problem(f"manage.py {' '.join(arguments)} failed:\n{said}")

    def start_collecting_static(self) -> subprocess.Popen[bytes] | None:
        """Collect and compress the static files beside the work on the database, unless none has changed."""
        self.static_state = static_fingerprint()  # before: what changes meanwhile must be collected next time
        target = Path(self.env.get("STATIC_ROOT") or DATA_DIR / "static") / "staticfiles.json"
        if target.exists() and STATIC_STAMP.exists() and STATIC_STAMP.read_text() == self.static_state:
            return None
        STATIC_STAMP.unlink(missing_ok=True)
        # The browsable API is switched off, so its files are never asked for.
        command = [PYTHON, "manage.py", "collectstatic", "--noinput", "--clear", "--ignore=rest_framework"]
        with self.log("static files").open("wb") as output:
            return processes.start(command, env=self.env, cwd=ROOT, output=output)

    def finish_collecting_static(self, child: subprocess.Popen[bytes]) -> None:
        """Wait for the static files."""
        with step("Static files") as line:
            if processes.wait(child, tick=line.tick):
                raise Problem(f"The static files could not be collected:\n{tail(self.log('static files'))}")
        STATIC_STAMP.write_text(self.static_state)

    def start_parts(self) -> None:
        """Start the web server, the worker and the scheduler."""
        for name in (WEB, WORKER, SCHEDULER):
            self.start_part(name)

    def start_part(self, name: str) -> None:
        """Start one part, or start it again."""
        if name == BROKER:
            self.children[name] = broker.start_again(DATA_DIR / "valkey", self.log(name), self.env["REDIS_URL"])
            return
        celery = [PYTHON, "-m", "celery", "--app", "impact", "--quiet"]
        level = ["--loglevel", self.env.get("LOG_LEVEL") or "INFO"]
        commands: dict[str, list[str]] = {
            WEB: [PYTHON, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "impact.wsgi:application"],
            WORKER: [*celery, "worker", "--without-mingle", "--without-gossip", *level, "-n", "worker@localhost"],
            SCHEDULER: [*celery, "beat", *level, "--pidfile=", f"--schedule={DATA_DIR / 'scheduler'}"],
        }
        with self.log(name).open("ab") as output:
            # Should we be killed, the worker must not go on for the length of its job; that is taken up again anyway.
            fate = signal.SIGKILL if name == WORKER else signal.SIGTERM
            self.children[name] = processes.start(
                commands[name], env=self.env, cwd=ROOT, output=output, death_signal=fate
            )

    def wait_until_live(self) -> None:
        """Wait for the first page; a part that ends meanwhile is a problem."""
        deadline = time.monotonic() + 120
        host = first_host(self.env)
        while time.monotonic() < deadline:
            self.check_parts()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/livez", headers={"Host": host})
                if connection.getresponse().status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            processes.pause(0.1)
        raise Problem(f"The web server does not answer at {self.address}. The end of its log:\n{tail(self.log(WEB))}")

    def build_report(self) -> None:
        """Have the worker build the annual report, with its progress on the terminal."""
        is_first = not REPORT.exists()
        command = [PYTHON, "manage.py", "build_report", YEAR, "--wait", "--output", str(REPORT)]
        child = processes.start(command, env=self.env, cwd=ROOT)
        code = processes.wait(child, tick=self.mend_parts)
        if code:
            print(f"  The {YEAR} report was not built (above is why). Its page lets you try again.", flush=True)
        elif is_first:
            self.manage("The leadership team's answer", "demo", "--approve")

    def say_where(self, seconds: float) -> None:
        """The address, the sign-ins, the report."""
        print(f"\nIMPACT is ready at {self.address} ({seconds:.0f} s)\n")
        if self.is_demo:
            print(f"Sign in with any of these; the password is {DEMO_PASSWORD}")
            for email, role in DEMO_SIGN_INS.items():
                print(f"  {email:<37} {role}")
            print()
        if self.is_demo and REPORT.exists():
            print(f"Annual report {YEAR}: {shown(REPORT)}")
        print(f"Logs: {shown(LOGS)}")
        print("Ctrl-C stops everything; the data stays.", flush=True)

    # --- Keeping going, and stopping -----------------------------------------------------------------

    def watch(self) -> None:
        """Keep serving until a stop signal, or until a part will not stay up."""
        while True:
            self.mend_parts()
            self.rotate_logs()
            processes.pause(0.2)

    def check_parts(self) -> None:
        """Raise when a part has ended by itself."""
        for name, child in self.children.items():
            if child.poll() is not None:
                raise Problem(
                    f"{named(name)} ended by itself ({how_ended(child)}), so everything else was stopped too.\n"
                    f"The end of {shown(self.log(name))}:\n{tail(self.log(name))}"
                )

    def mend_parts(self) -> None:
        """Restart a process that has exited, waiting longer each time; raise when it keeps failing."""
        now = time.monotonic()
        for name, child in list(self.children.items()):
            if name in self.due:
                if now >= self.due[name]:
                    del self.due[name]
                    self.start_part(name)
                continue
            if child.poll() is None:
                continue
            processes.end_session(child.pid)  # what it left behind may still hold its port
            lately = [when for when in self.ended.get(name, []) if now - when < RESTART_WINDOW]
            if len(lately) >= len(RESTART_DELAYS):
                raise Problem(
                    f"{named(name)} ended by itself {len(lately) + 1} times ({how_ended(child)}), so everything else was stopped "
                    f"too. The data is safe.\nThe end of {shown(self.log(name))}:\n{tail(self.log(name))}"
                )
            wait = RESTART_DELAYS[len(lately)]
            self.ended[name], self.due[name] = [*lately, now], now + wait
            when = f"in {wait:.0f} s" if wait else "now"
            print(
                f"{time.strftime('%H:%M:%S')} {named(name)} ended by itself ({how_ended(child)}); starting it again {when}."
            )
            print(f"         Why may be at the end of {shown(self.log(name))}.", flush=True)

    def stop(self) -> None:
        """Stop every part: those that use Valkey first, then Valkey, then whatever is left."""
        users = {name: child for name, child in self.children.items() if name != BROKER}
        late = processes.stop(users.values(), grace=10)
        late += processes.stop([child for name, child in self.children.items() if name == BROKER], grace=10)
        processes.sweep()
        if self.lock:
            self.lock.truncate(0)
        if names := [name for name, child in self.children.items() if child in late]:
            print(f"Ended by force: {', '.join(names)}. Unfinished work goes on at the next start.", flush=True)
        if self.serving:
            print("Stopped.", flush=True)

    def rotate_logs(self) -> None:
        """Once in ten seconds, put aside each log that has grown large, while its part goes on writing."""
        if time.monotonic() < self.next_rotation:
            return
        self.next_rotation = time.monotonic() + 10
        for path in LOGS.glob("*.log"):
            try:
                if path.stat().st_size > LOG_BYTES:
                    rotate(path)
            except OSError as error:  # a full disk is no reason to stop serving
                print(f"The log {shown(path)} could not be put aside ({error.strerror}).", flush=True)

    def log(self, name: str) -> Path:
        """A part's log."""
        return LOGS / f"{name.lower().replace(' ', '-')}.log"


def rotate(path: Path) -> None:
    """Keep a log as .1, the one before as .2 and so on, and go on with an empty one.

    Its part keeps the file open, to add to it, so its contents are copied and the file is emptied. No line is lost but
    one written in the instant between the two.
    """
    for number in range(LOGS_KEPT, 1, -1):
        older = Path(f"{path}.{number - 1}")
        if older.exists():
            older.replace(f"{path}.{number}")
    with path.open("rb+") as log, Path(f"{path}.1").open("wb") as kept:
        os.fchmod(kept.fileno(), 0o600)
        shutil.copyfileobj(log, kept)
        log.truncate(0)


def named(part: str) -> str:
    """A part at the beginning of a sentence."""
    return part if part == BROKER else f"The {part}"


def how_ended(child: subprocess.Popen[bytes]) -> str:
    """Why a part is no longer there."""
    code = child.returncode
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def first_host(env: dict[str, str]) -> str:
    """A host name that Django accepts, for asking our own web server."""
    named = env.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    return named if named and named != "*" else "127.0.0.1"


def secret_key(path: Path) -> str:
    """This installation's own key, made once and readable by its owner only."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        return path.read_text().strip()


def static_fingerprint() -> str:
    """Changes when a static file, the settings or a package does; reads names, sizes and times only."""
    found = [ROOT / "requirements.lock", ROOT / "impact" / "settings.py"]
    apps = [path.parent / "static" for pattern in ("*/apps.py", "impact/*/apps.py") for path in ROOT.glob(pattern)]
    for folder in [ROOT / "static", *apps]:
        found += sorted(path for path in folder.rglob("*") if path.is_file())
    facts = [(str(path.relative_to(ROOT)), path.stat().st_size, path.stat().st_mtime_ns) for path in found]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def shown(path: Path) -> str:
    """A path as a person in this folder would type it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    sys.exit(main())
