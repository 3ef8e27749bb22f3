"""Set up what ./run and ./test need, then start them: system packages, .venv, locked Python packages.

Runs on a bare Python 3.11 or newer, before anything is installed. A second start finds the stamps and
takes milliseconds. Called as: prepare.py run | prepare.py test [arguments for pytest].
"""

import ctypes
import ctypes.util
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import processes
from processes import Stopped
from terminal import Problem, Step, step, tail

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = ROOT / ".venv-unfinished"  # there while .venv is being made
LOCKS = {"run": "requirements.lock", "test": "requirements-dev.lock"}
DATA_DIR = Path(os.environ.get("IMPACT_DATA_DIR") or ROOT / "var").resolve()

# Shared libraries that WeasyPrint loads -> the Debian package that holds them.
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
# Programs that only the tests need -> package. Without one of these a part of ./test cannot run, and says so.
TEST_PROGRAMS = {"chromium": "chromium", "qpdf": "qpdf", "pdftotext": "poppler-utils", "java": "default-jre-headless"}
TEST_PROGRAMS |= {"curl": "curl"}  # the examples of docs/api.md

# The Nu HTML checker: the version, and the file the tests hand to Java, known by its content.
VNU_VERSION = "26.9.27"
VNU_SHA256 = "22f15dd39a33bed929d2a5c0cddf5946849a647eca9272bf4d5d00bc7e7a4d47"
CLIENTS = ROOT / ".tools" / "clients"  # what makes TypeScript clients of the API, locked in tests/clients/
VNU_JAR = ROOT / ".tools" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


def main() -> int:
    """Prepare for one of the two commands and become it."""
    purpose, arguments = sys.argv[1], sys.argv[2:]
    processes.listen()
    try:
        if purpose == "run":
            refuse_second_run()
            refuse_taken_port()
        DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's data: for its owner only
        with one_at_a_time():
            install_system_packages(purpose)
            create_venv(purpose)
            install_python_packages(purpose)
            if purpose == "test":
                install_html_checker()
                install_client_makers()
    except Problem as problem:
        print(f"\n{problem}\n", file=sys.stderr)
        return 1
    except Stopped as stopped:
        processes.sweep()
        print("\nStopped before it was set up; start it again to go on.", file=sys.stderr)
        return stopped.exit_code
    target = {"run": "serve.py", "test": "check.py"}[purpose]
    os.execv(PYTHON, [str(PYTHON), str(ROOT / "scripts" / target), *arguments])


# --- Refusals that should come before a long set-up ------------------------------------------------


def port() -> int:
    """The port to serve at, from PORT."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Problem(f"PORT is {text!r}, which is not a port number. Try: PORT=8001 ./run")
    return int(text)


def refuse_taken_port() -> None:
    """Say so, before anything else, when someone else listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port()))
        except OSError as error:
            raise Problem(
                f"Port {port()} on this machine cannot be used ({error.strerror}).\n"
                f"Stop what uses it, or choose another: PORT={port() + 1 if port() < 65535 else 8001} ./run"
            ) from None


def refuse_second_run() -> None:
    """Say so when another ./run already uses this data folder."""
    try:
        lock = (DATA_DIR / "run.lock").open("r+")
    except OSError:
        return  # no lock, no first run
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Problem(already_running(lock.read())) from None


def already_running(who: str) -> str:
    """What to say to the second ./run on a data folder."""
    return (
        f"IMPACT is already running on this data folder ({who.strip() or 'just starting'}).\n"
        "Stop that one with Ctrl-C, or start a second one beside it:\n"
        f"IMPACT_DATA_DIR=var-two PORT={port() + 1 if port() < 65535 else 8001} ./run"
    )


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Run one set-up of a checkout at a time: the second waits."""
    with (ROOT / "requirements.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            with step("Waiting for another set-up of this checkout"):
                while True:
                    try:
                        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        break
                    except OSError:
                        processes.pause(0.2)
        yield


# --- System packages -------------------------------------------------------------------------------


def install_system_packages(purpose: str) -> None:
    """Install what is missing with apt where there is apt; elsewhere say what to install."""
    needed = missing_packages()
    wanted = missing_test_packages() if purpose == "test" else []
    if not needed and not wanted:
        return
    names = " ".join(needed + wanted)
    can_install = shutil.which("apt-get") and (os.geteuid() == 0 or shutil.which("sudo"))
    if can_install:
        try:
            apt_install(needed + wanted)
        except Problem:
            if needed:
                raise
            print("  Going on without it: the parts of the tests that need it will say so.", flush=True)
    elif needed:
        raise Problem(how_to_install(names))
    else:
        print(f"  Missing for the tests: {names}. The parts that need them will say so.", flush=True)
    if left := missing_packages():
        raise Problem(f"These are still missing after the installation: {' '.join(left)}.")


def missing_packages() -> list[str]:
    """Debian names of what this machine lacks for setting up and for making PDFs."""
    missing = []
    try:
        import ensurepip  # noqa: F401  Debian leaves it out of python3 unless python3-venv is there
        import venv  # noqa: F401
    except ImportError:
        missing.append("python3-venv")
    if sys.platform == "linux":
        missing += [package for library, package in LIBRARIES.items() if not loads(library)]
    elif not ctypes.util.find_library("pango-1.0"):
        missing.append("pango")
    return missing


def missing_test_packages() -> list[str]:
    """Debian names of the programs that the tests use and this machine lacks."""
    missing = [package for program, package in TEST_PROGRAMS.items() if not shutil.which(program)]
    if not compose_command():
        missing.append("docker-compose")
    return missing


def compose_command() -> list[str]:
    """How to call Docker Compose here, as Docker's plugin or as a program of its own; empty when it is not there."""
    if shutil.which("docker"):
        version = ["docker", "compose", "version"]
        if subprocess.run(version, capture_output=True, check=False).returncode == 0:
            return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else []


def loads(library: str) -> bool:
    """Whether a shared library is there and loads."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def apt_install(packages: Sequence[str]) -> None:
    """Install Debian packages; as another user than root, through sudo."""
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*sudo, "apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    if sudo:
        print(f"  Needs sudo, to install: {' '.join(packages)}", flush=True)
        if processes.wait(processes.start(["sudo", "-v"], stdin=None, foreground=True)):  # asks for the password
            raise Problem(how_to_install(" ".join(packages)))
    with step(f"System packages: {' '.join(packages)}") as line:
        if run_logged(install, line, env=env, foreground=bool(sudo)):  # the lists may be missing or old: refresh them
            run_logged([*sudo, "apt-get", "update", "-q"], line, env=env, foreground=bool(sudo))
            if run_logged(install, line, env=env, foreground=bool(sudo)):
                raise Problem(
                    "The system packages could not be installed. Is there a network? The last lines were:\n"
                    f"{tail(setup_log(), 4)}\n\n{how_to_install(' '.join(packages))}"
                )


def how_to_install(names: str) -> str:
    """What a person should install by hand."""
    if shutil.which("apt-get"):
        return f"IMPACT needs some system packages. As root: apt-get install {names}"
    return (
        f"This machine lacks something that Debian calls: {names}\n"
        "IMPACT needs Python's venv module and Pango 1.44 or newer with HarfBuzz (WeasyPrint makes PDFs with them).\n"
        "  Fedora:  dnf install pango harfbuzz        Arch:  pacman -S pango harfbuzz\n"
        "  Alpine:  apk add pango harfbuzz-subset     macOS: brew install pango"
    )


# --- Python packages -------------------------------------------------------------------------------


def create_venv(purpose: str) -> None:
    """Make .venv, or make it again when it is half made or its Python is gone or too old."""
    if is_ready(purpose) and not UNFINISHED.exists():
        return
    if not UNFINISHED.exists() and (version_of(PYTHON) or (0, 0)) >= (3, 11) and has_pip():
        return  # also someone's own choice of a Python that will do
    with step(f"Python environment in .venv{', made again' if VENV.exists() else ''}") as line:
        UNFINISHED.touch()  # until everything is installed: whatever stops us, the next start begins again
        if not VENV.is_symlink():
            shutil.rmtree(VENV, ignore_errors=True)
        if run_logged([sys.executable, "-m", "venv", "--clear", VENV], line):
            raise Problem(f"Python could not make .venv:\n{tail(setup_log())}")


def is_ready(purpose: str) -> bool:
    """Whether the environment is there with the packages of the lock, as its stamp says."""
    return (version_of(PYTHON) or (0, 0)) >= (3, 11) and (stamped(purpose) or (purpose == "run" and stamped("test")))


def has_pip() -> bool:
    """Whether the environment got as far as a pip that works."""
    try:
        return subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def version_of(python: Path) -> tuple[int, int] | None:
    """A venv's Python version, read from its own record; None when its Python no longer runs."""
    try:
        if not os.access(python.resolve(strict=True), os.X_OK):
            return None
        for line in (python.parent.parent / "pyvenv.cfg").read_text().splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "version":
                major, minor, *_ = value.strip().split(".")
                return int(major), int(minor)
    except (OSError, ValueError):
        pass
    return None


def install_python_packages(purpose: str) -> None:
    """Install exactly what the lock file names, checked by hash; the stamp says when it is there already."""
    if is_ready(purpose) and not UNFINISHED.exists():
        return
    UNFINISHED.touch()  # a pip that is killed leaves packages that it can neither use nor remove
    for stamp in (stamp_of("run"), stamp_of("test")):
        stamp.unlink(missing_ok=True)
    with step("Python packages (the first time takes a while)") as line:
        pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        # A lock names packages without their extras, so pip would look for the newest release of each extra's
        # package: --no-deps installs the lock and nothing else, and pip check says whether that was enough.
        pip += ["--progress-bar", "off", "--require-hashes", "--no-deps", "-r", ROOT / LOCKS[purpose]]
        if run_logged(pip, line):
            UNFINISHED.unlink(missing_ok=True)  # pip ended by itself, so it has tidied up
            raise Problem(pip_problem())
        if run_logged([PYTHON, "-m", "pip", "check", "--disable-pip-version-check"], line):
            UNFINISHED.unlink(missing_ok=True)
            raise Problem(
                f"The packages in {LOCKS[purpose]} do not fit together; make the lock again (CONTRIBUTING.md):\n"
                f"{tail(setup_log(), 4)}"
            )
    stamp_of(purpose).write_text(fingerprint())
    UNFINISHED.unlink(missing_ok=True)


def stamped(purpose: str) -> bool:
    """Whether these locks were installed in full. The development lock holds everything the other does."""
    try:
        return stamp_of(purpose).read_text() == fingerprint()
    except OSError:
        return False


def stamp_of(purpose: str) -> Path:
    """The file that says what was installed."""
    return VENV / f".installed-{purpose}"


def fingerprint() -> str:
    """Changes when a lock file does."""
    return hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in LOCKS.values())).hexdigest()


def pip_problem() -> str:
    """Why pip failed, in words."""
    text = setup_log().read_text(errors="replace").rpartition("\n$ ")[2]  # the last command's
    signs = ("Temporary failure in name resolution", "Failed to establish", "Connection", "timed out", "Max retries")
    if "CERTIFICATE_VERIFY_FAILED" in text:
        reason = "The package index could not be trusted: this machine lacks its certificate (PIP_CERT names a file)."
    elif any(sign in text for sign in signs):
        reason = "The Python packages could not be downloaded: is there a network?"
    elif "No space left" in text:
        reason = "The disk is full."
    elif "DO NOT MATCH THE HASHES" in text:
        reason = "A downloaded package is not the one in the lock file, so it was not installed."
    else:
        reason = "The Python packages could not be installed."
    errors = [f"    {line[:300]}" for line in text.splitlines() if line.startswith("ERROR")][-4:]
    return "\n".join([reason, *errors, f"The whole log is {setup_log()}."])


def install_html_checker() -> None:
    """Fetch the Nu HTML checker into .tools, once; without it that part of the tests says so."""
    if VNU_JAR.exists():
        return
    npm = shutil.which("npm")
    if not npm:
        print("  Missing for the tests: npm, which fetches the HTML checker. The part that needs it will say so.")
        return
    (ROOT / ".tools").mkdir(exist_ok=True)
    with step("HTML checker") as line:
        command: list[str | Path] = [npm, "install", "--prefix", ROOT / ".tools", "--no-save", "--ignore-scripts"]
        if run_logged([*command, "--silent", f"vnu-jar@{VNU_VERSION}"], line) or not VNU_JAR.exists():
            line.note = "not to be had; the part that needs it will say so"
        elif hashlib.sha256(VNU_JAR.read_bytes()).hexdigest() != VNU_SHA256:
            VNU_JAR.unlink()
            raise Problem(f"The HTML checker that was downloaded is not vnu-jar {VNU_VERSION} as we know it.")


def install_client_makers() -> None:
    """Fetch what makes TypeScript clients of the API, as locked; without it the test of them says so."""
    lock = ROOT / "tests" / "clients" / "package-lock.json"
    stamp, mark = CLIENTS / ".installed", hashlib.sha256(lock.read_bytes()).hexdigest()
    npm = shutil.which("npm")
    if not npm or (stamp.exists() and stamp.read_text() == mark):
        return
    CLIENTS.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(lock.with_name(name), CLIENTS)
    with step("Makers of TypeScript clients") as line:
        if run_logged([npm, "ci", "--prefix", CLIENTS, "--ignore-scripts", "--silent"], line):
            line.note = "not to be had; the test that needs them will say so"
        else:
            stamp.write_text(mark)


# --- Running commands ------------------------------------------------------------------------------


def setup_log() -> Path:
    """Where the output of the set-up goes."""
    folder = DATA_DIR / "log"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "setup.log"


def run_logged(
    command: Sequence[str | Path], line: Step, env: dict[str, str] | None = None, foreground: bool = False
) -> int:
    """Run a set-up command with its output in the log; answers its exit code."""
    with setup_log().open("ab") as log:
        log.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        log.flush()
        child = processes.start(command, output=log, env=env, cwd=ROOT, foreground=foreground)
        return processes.wait(child, tick=line.tick)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        sys.exit(main())
    except subprocess.SubprocessError as error:
        sys.exit(f"\nThe set-up failed: {error}")
    except OSError as error:
        sys.exit(f"\nThe set-up failed: {error.strerror}: {error.filename or ''}")
