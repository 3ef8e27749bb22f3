"""Every check, one part after the other, and a summary that hides nothing. ./test calls it.

With arguments it is a quick pytest run on SQLite: check.py tests/reports -k suppression.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import prepare
import processes
from processes import Stopped
from terminal import Problem
from test_servers import servers

ROOT = prepare.ROOT
COVERAGE_FLOOR = 90  # percent of lines and branches, from the suite on SQLite
NO_TESTS = 5  # pytest's exit code when it found none: a suite that vanished must not pass
# What a person's shell may have set for ./run must not reach the tests; nor may anything called IMPACT_….
OURS = ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "PORT", "ALLOWED_HOSTS", "SITE_URL", "CSRF_TRUSTED_ORIGINS"]
OURS += ["MEDIA_ROOT", "STATIC_ROOT", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "LOG_LEVEL"]
# Without compiled files each of a run's hundred processes would compile the platform again, and pytest all of the tests.
OURS += ["PYTHONDONTWRITEBYTECODE"]


@dataclass
class Part:
    """One part of the checks and how it went."""

    name: str
    verdict: str = "ok"  # ok, FAILED, MISSING
    note: str = ""
    seconds: float = 0
    processor: float = 0  # seconds of processor time, which say more than the clock when others use the machine
    counts: dict[str, int] = field(default_factory=dict)
    skips: list[str] = field(default_factory=list)
    times: list[tuple[float, str]] = field(default_factory=list)  # seconds and name of each test


def main() -> int:
    """Run everything, or pytest with the arguments given."""
    os.chdir(ROOT)
    env = clean_environment()
    if len(sys.argv) > 1:
        os.execve(sys.executable, [sys.executable, "-m", "pytest", *sys.argv[1:]], env)
    processes.listen()
    began = time.monotonic()
    parts: list[Part] = []
    try:
        with tempfile.TemporaryDirectory(prefix="impact-test-") as name:
            run_parts(parts, env, Path(name))
    except Stopped as stopped:
        print("\nStopped.", file=sys.stderr)
        return stopped.exit_code
    finally:
        processes.sweep()
    return summarise(parts, time.monotonic() - began)


def run_parts(parts: list[Part], env: Mapping[str, str], folder: Path) -> None:
    """Run each part in order, whatever happened to the one before."""
    python = sys.executable
    env = {
        **env,
        "IMPACT_TEST_FOLDER": str(folder),
    }  # where what is made for one part serves the others (tests/databases.py)
    scripts = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "scripts").glob("[!b]*.py"))
    scripts += ["scripts/broker.py", "deploy/healthcheck.py"]  # build_*.py are tools for assets
    strict = ["--config-file=", "--strict", "--ignore-missing-imports"]
    plain = [
        ("ruff check", [python, "-m", "ruff", "check", "."]),
        ("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        ("mypy", [python, "-m", "mypy"]),
        ("mypy, the scripts", [python, "-m", "mypy", *strict, *scripts]),
        ("djlint", [python, "-m", "djlint", "templates", "--lint", "--quiet", "--profile", "django"]),
    ]
    cores = str(min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2))
    # One process more than there are cores, as some tests wait; those that are free take work from the others.
    spread = ["-n", str(int(cores) + 1), "--dist", "worksteal"]
    coverage = ["-p", "tests.coverage", "--coverage-floor", str(COVERAGE_FLOOR)]
    noting = ["-p", "tests.statements"]
    kept = folder / "statements"  # what any test sends, as PostgreSQL is to be asked about it
    record(
        parts,
        "Suite on SQLite",
        lambda part: run_pytest(
            part,
            folder / "sqlite.xml",
            ["-m", "not browser and not once", *spread, *coverage, *noting, f"--statements-to={kept}"],
            env,
        ),
    )

    def on_servers(part: Part) -> None:
        given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
        with servers(given) as found:
            part.note = f"{found['PostgreSQL']}, {found['Valkey']}"
            print(part.note, flush=True)
            with_servers = {**env, "DATABASE_URL": found["DATABASE_URL"], "REDIS_URL": found["REDIS_URL"]}
            marks = ["-m", "not browser and not sqlite_only"]
            # With a space instead of "=", pytest would take the file for a test and its folder for the project's.
            arguments = [*marks, *spread, *noting, f"--statements-from={kept}"]
            run_pytest(part, folder / "servers.xml", arguments, with_servers)

    record(parts, "Database tests on PostgreSQL and Valkey", on_servers)

    def in_browser(part: Part) -> None:
        if not env.get("CHROMIUM"):
            raise LookupError("there is no chromium on this machine")
        # A platform of its own for each of three processes; a file stays whole, for its tests follow one another,
        # and files keep the order of their names: one gives to the group the report that another writes in.
        arguments = ["tests/browser", "-m", "browser", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
        run_pytest(part, folder / "browser.xml", arguments, env, tick=beside.tick)

    beside = Beside(plain, env, folder)  # a browser test often waits; then there is time for these
    record(parts, "Browser tests in Chromium", in_browser)
    parts += beside.finish()
    for name, needs in (
        ("PDF checks", ("qpdf", "pdftotext")),
        ("HTML checks", ("java",)),
        ("API guide", ("curl",)),
        ("API clients", ("node",)),
    ):
        lacking = [program for program in needs if not shutil.which(program)]
        lacking += (
            ["openapi-typescript"] if name == "API clients" and not (prepare.CLIENTS / ".installed").exists() else []
        )
        lacking += ["vnu.jar"] if name == "HTML checks" and not prepare.VNU_JAR.exists() else []
        if lacking:
            parts.append(Part(name, "MISSING", f"needs {', '.join(lacking)}; the tests that use them were skipped"))


class Beside:
    """Checkers that run one after another while another part runs, and say what they found when it has ended."""

    def __init__(self, commands: Sequence[tuple[str, Sequence[str]]], env: Mapping[str, str], folder: Path) -> None:
        self.waiting, self.env, self.folder = list(commands), env, folder
        self.done: list[tuple[Part, Path]] = []
        self.child: subprocess.Popen[bytes] | None = None
        self.began = 0.0

    def tick(self) -> None:
        """Look after the checker that runs, and start the next when it has ended."""
        if self.child is not None:
            if (code := self.child.poll()) is None:
                return
            part = self.done[-1][0]
            part.seconds = time.monotonic() - self.began
            judge(part, code)
            self.child = None
        if self.waiting:
            name, command = self.waiting.pop(0)
            said = self.folder / f"{len(self.done)}.txt"
            self.done.append((Part(name), said))
            self.began = time.monotonic()
            with said.open("wb") as output:
                self.child = processes.start(command, env=self.env, cwd=ROOT, output=output)

    def finish(self) -> list[Part]:
        """Wait for the rest, print what each said, and answer the parts."""
        while self.waiting or self.child is not None:
            self.tick()
            processes.pause()
        for part, said in self.done:
            print(f"\n=== {part.name}\n{said.read_text(errors='replace')}", end="", flush=True)
        return [part for part, _said in self.done]


def record(parts: list[Part], name: str, do: Callable[[Part], None]) -> None:
    """Do one part and keep its verdict; a part that cannot run is MISSING, never forgotten."""
    part = Part(name)
    parts.append(part)
    print(f"\n=== {name}", flush=True)
    began, used = time.monotonic(), processor_time()
    try:
        do(part)
    except (LookupError, Problem) as reason:
        part.verdict, part.note = "MISSING", str(reason.args[0])
        print(part.note, flush=True)
    finally:
        part.seconds, part.processor = time.monotonic() - began, processor_time() - used


def processor_time() -> float:
    """Seconds of processor time that all ended children of this process used, and theirs."""
    times = os.times()
    return times.children_user + times.children_system


def run(command: Sequence[str], env: Mapping[str, str], tick: Callable[[], None] | None = None) -> int:
    """Run a command with its output on the terminal; ``tick`` is called while it runs."""
    return processes.wait(processes.start(command, env=env, cwd=ROOT), tick=tick)


def judge(part: Part, code: int) -> None:
    """Set a part's verdict from an exit code."""
    if code:
        part.verdict = "FAILED"


def run_pytest(
    part: Part,
    report: Path,
    arguments: Sequence[str],
    env: Mapping[str, str],
    tick: Callable[[], None] | None = None,
) -> None:
    """Run pytest and read its counts, its times and its reasons for skipping from its report."""
    code = run([sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments], env, tick)
    judge(part, code)
    if code == NO_TESTS:
        part.note = "no tests were found"
    if not report.exists():
        return
    for suite in ElementTree.parse(report).iter("testsuite"):
        total, failed, errors, skipped = (
            int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")
        )
        part.counts = {"passed": total - failed - errors - skipped, "failed": failed + errors, "skipped": skipped}
        for case in suite.iter("testcase"):
            part.times.append((float(case.get("time", "0")), f"{case.get('classname')}.{case.get('name')}"))
            for skip in case.iter("skipped"):
                part.skips.append(f"{case.get('classname')}.{case.get('name')}: {skip.get('message')}")
    if not part.counts.get("passed") and part.verdict == "ok":
        part.verdict, part.note = "FAILED", "no test passed"


def clean_environment() -> dict[str, str]:
    """The environment for tests: this machine's tools, none of a person's settings for ./run."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in OURS and (not name.startswith("IMPACT_") or name.startswith("IMPACT_TEST_"))
    }
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', os.defpath)}"
    env["DJANGO_SETTINGS_MODULE"] = "impact.settings"
    env["SECRET_KEY"] = "only-for-tests-" + "x" * 40  # mypy's plugin reads the settings too
    if (prepare.CLIENTS / ".installed").exists():
        env["API_CLIENTS"] = str(prepare.CLIENTS)
    if prepare.VNU_JAR.exists():
        env["VNU_JAR"] = str(prepare.VNU_JAR)
    if chromium := env.get("CHROMIUM") or shutil.which("chromium"):
        env["CHROMIUM"] = chromium
    return env


def summarise(parts: list[Part], seconds: float) -> int:
    """Print a line a part, every skipped test with its reason, and the totals; the exit code."""
    in_ci = os.environ.get("CI", "").lower() in ("1", "true")
    print(f"\n=== Summary after {seconds:.0f} s, {processor_time():.0f} s of processor time")
    print(f"  {'':<51} {'clock':>8} {'cores':>8}")
    for part in parts:
        counts = ", ".join(f"{number} {word}" for word, number in part.counts.items() if number or word == "passed")
        text = "; ".join(filter(None, [counts, part.note]))
        print(f"  {part.verdict:<8} {part.name:<42} {part.seconds:>6.1f} s {part.processor:>6.0f} s  {text}".rstrip())
    for part in parts:
        for skip in part.skips:
            print(f"  SKIPPED  {skip}")
    slowest = sorted((time for part in parts for time in part.times), reverse=True)[:10]
    if slowest:
        print("\n  The ten slowest tests, with their set-up:")
    for taken, name in slowest:
        print(f"  {taken:>6.1f} s  {name}")
    missing = [part.name for part in parts if part.verdict == "MISSING"]
    if missing:
        print(f"\n  NOT CHECKED HERE: {'; '.join(missing)}." + (" That fails in CI." if in_ci else ""))
    failed = any(part.verdict == "FAILED" for part in parts) or (in_ci and bool(missing))
    totals = {word: sum(part.counts.get(word, 0) for part in parts) for word in ("passed", "failed", "skipped")}
    print(f"\n{'FAILED' if failed else 'All checks passed' if not missing else 'Passed, but for what is missing'}.")
    print(", ".join(f"{number} {word}" for word, number in totals.items()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
