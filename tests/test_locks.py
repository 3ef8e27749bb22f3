"""The two locks: all that pyproject.toml needs and nothing else, installed without a look at what was released since."""

import email
import hashlib
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import prepare  # noqa: E402

pytestmark = pytest.mark.sqlite_only
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NEEDED = {
    "requirements.lock": PROJECT["project"]["dependencies"],
    "requirements-dev.lock": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"],
}
LOCKS = sorted(NEEDED)
INSTALLS = re.compile(r"pip install [^\n&]*(?:\\\n[^\n&]*)*")


def entries(lock: str) -> Iterator[tuple[str, str, list[str]]]:
    """(requirement, version, hashes) of each entry, markers and all."""
    text = (ROOT / lock).read_text()
    for entry in re.findall(r"^[a-zA-Z0-9][^\n]*(?:\n[ \t]+[^\n]*)*", text, re.MULTILINE):
        requirement = entry.split("\\", 1)[0].split("    #", 1)[0].strip()
        yield requirement, entry, re.findall(r"--hash=(sha256:[0-9a-f]{64})", entry)


def pins(lock: str) -> dict[str, str]:
    """Name → version of what the lock installs here."""
    found = {}
    for text, _entry, _hashes in entries(lock):
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate():
            found[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_names_one_version_and_its_hashes(lock):
    assert len(list(entries(lock))) > 50
    for text, _entry, hashes in entries(lock):
        (specifier,) = Requirement(text).specifier
        assert specifier.operator == "==" and "*" not in specifier.version, text
        assert hashes, text


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_all_that_the_project_needs_extras_included_and_nothing_else(lock):
    """Followed from pyproject.toml through what each installed package asks for, as its own metadata has it."""
    locked = pins(lock)
    todo = [Requirement(text) for text in NEEDED[lock]]
    reached: dict[str, set[str]] = {}
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{requirement} is not in {lock}: make it again (CONTRIBUTING.md)"
        assert requirement.specifier.contains(locked[name], prereleases=True), f"{lock} has {name} {locked[name]}"
        extras = {"", *requirement.extras}
        if extras <= reached.get(name, set()):
            continue
        reached[name] = reached.get(name, set()) | extras
        assert metadata.version(name) == locked[name], f"{name} here is not as in {lock}"
        for text in metadata.requires(name) or []:
            more = Requirement(text)
            if more.marker is None or any(more.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(more)
    assert set(reached) == set(locked)


def test_the_two_locks_agree():
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


@pytest.mark.parametrize("path", ["Dockerfile", "scripts/prepare.py", ".ci/run", "run", "test"])
def test_nothing_is_installed_but_from_a_lock_without_its_dependencies(path):
    """prepare.py's own command line is run below; here is whether someone added another."""
    text = (ROOT / path).read_text()
    for command in INSTALLS.findall(text):
        assert {"--require-hashes", "--no-deps"} <= set(command.split()), command
    assert "pip check" in text or not INSTALLS.search(text)


# --- The environment, built from the lock in an empty folder -----------------------------------------
def wheel(folder: Path, name: str, version: str, requires: list[str] = (), extras: list[str] = ()) -> str:
    """A package with nothing in it but what it asks for, the same bytes each time; its hash."""
    stem = f"{name.replace('-', '_')}-{version}"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Provides-Extra: {extra}" for extra in extras] + [f"Requires-Dist: {text}" for text in requires]
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{stem}.dist-info/METADATA"), "\n".join(lines) + "\n")
        archive.writestr(
            zipfile.ZipInfo(f"{stem}.dist-info/WHEEL"), "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(zipfile.ZipInfo(f"{stem}.dist-info/RECORD"), "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index that has each locked package, asking for what it really asks for, and a newer release of each."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    for lock in LOCKS:
        lines = []
        for text, _entry, _hashes in entries(lock):
            name, version = canonicalize_name(Requirement(text).name), str(Requirement(text).specifier)[2:]
            try:
                message = metadata.metadata(name)
            except metadata.PackageNotFoundError:  # for another system
                message = email.message_from_string("")
            wanted, extras = (message.get_all(key) or [] for key in ("Requires-Dist", "Provides-Extra"))
            sha256 = wheel(folder, name, version, wanted, extras)
            wheel(folder, name, "9999")
            lines.append(f"{text} --hash=sha256:{sha256}")
        (tmp_path / lock).write_text("\n".join(lines) + "\n")
    return tmp_path


def installed(python: Path) -> dict[str, str]:
    command = [python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
    rows = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return {canonicalize_name(row["name"]): row["version"] for row in rows}


@pytest.mark.slow
def test_the_environment_is_built_from_the_lock_alone_though_newer_releases_are_there(index, monkeypatch):
    """With set-up's own code. Without --no-deps the same command looks for what an extra asks for, outside the lock."""
    for name, value in {
        "ROOT": index,
        "VENV": index / ".venv",
        "PYTHON": index / ".venv/bin/python",
        "UNFINISHED": index / ".venv-unfinished",
        "DATA_DIR": index / "var",
    }.items():
        monkeypatch.setattr(prepare, name, value)
    commands = []
    run_logged = prepare.run_logged
    monkeypatch.setattr(
        prepare, "run_logged", lambda command, line: commands.append(command) or run_logged(command, line)
    )
    prepare.create_venv("test")
    fresh = installed(prepare.PYTHON)
    prepare.install_python_packages("test")
    assert {name: version for name, version in installed(prepare.PYTHON).items() if name not in fresh} == {
        name: version for name, version in pins("requirements-dev.lock").items() if name not in fresh
    }
    (install,) = [command for command in commands if "install" in command]
    unguarded = [str(word) for word in install if word not in ("--no-deps", "--quiet")] + [
        "--dry-run",
        "--ignore-installed",
    ]
    answer = subprocess.run(unguarded, capture_output=True, text=True, check=False)
    assert answer.returncode != 0 and "must have their versions pinned" in answer.stderr
