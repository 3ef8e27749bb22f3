"""The production files are as docs/operations.md describes them, and every setting is documented."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import buffering
from impact.core.documents import drawing
from impact.core.web.files import pictures

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import prepare  # noqa: E402  the set-up script knows how Docker Compose is called on this machine

pytestmark = pytest.mark.sqlite_only  # no database here: once is enough

COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
OUR_IMAGE = ("web", "worker", "scheduler", "migrate")
EXAMPLE = dict(
    line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")
)
DOCS = (ROOT / "docs" / "operations.md").read_text()
REQUIRED = ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "SITE_HOST", "EMAIL_URL", "DEFAULT_FROM_EMAIL")


def variables_read_in(path: str) -> set[str]:
    """The environment variables that a file of ours reads."""
    return set(re.findall(r"""(?:env(?:\.\w+)?|environ\.get)\(\s*"([A-Z][A-Z0-9_]+)\"""", (ROOT / path).read_text()))


SETTINGS = variables_read_in("impact/settings.py")
SERVER = variables_read_in("deploy/gunicorn.conf.py")


def test_every_part_of_production_is_there() -> None:
    assert set(SERVICES) == {"proxy", "web", "worker", "scheduler", "migrate", "postgres", "redis"}


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]
    assert not any(service.get("network_mode") or service.get("privileged") for service in SERVICES.values())
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_redis_keeps_its_messages_and_drops_none() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "--requirepass" in command
    assert "broker:/data" in SERVICES["redis"]["volumes"]


def test_what_must_survive_is_on_a_volume() -> None:
    assert "database:/var/lib/postgresql/data" in SERVICES["postgres"]["volumes"]
    for name in ("web", "worker"):
        assert "files:/data/files" in SERVICES[name]["volumes"]
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert set(COMPOSE["volumes"]) == {name for name in used if not name.startswith(".")}


def test_nothing_starts_before_what_it_needs() -> None:
    for name in ("web", "worker", "scheduler"):
        waits = {on: how["condition"] for on, how in SERVICES[name]["depends_on"].items()}
        assert waits == {"migrate": "service_completed_successfully", "redis": "service_healthy"}
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert SERVICES["proxy"]["depends_on"]["web"]["condition"] == "service_healthy"
    assert SERVICES["migrate"]["restart"] == "no"
    assert all(service["restart"] == "unless-stopped" for name, service in SERVICES.items() if name != "migrate")


def test_our_containers_cannot_change_themselves() -> None:
    for name in OUR_IMAGE:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert dockerfile.index("\nUSER impact") < dockerfile.index("\nCMD ")
    assert "--require-hashes --no-deps -r /tmp/requirements.lock" in dockerfile
    assert "requirements-dev" not in dockerfile


def test_every_image_can_be_named_by_its_digest() -> None:
    built = {
        name for name in OUR_IMAGE if SERVICES[name]["build"]["args"]["PYTHON_IMAGE"].startswith("${PYTHON_IMAGE:-")
    }
    assert built == set(OUR_IMAGE)
    for name in set(SERVICES) - set(OUR_IMAGE):
        assert re.fullmatch(r"\$\{[A-Z]+_IMAGE:-[a-z]+:[\w.-]+\}", SERVICES[name]["image"])
    sources = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert sources == ["${PYTHON_IMAGE}"] * 2


def megabytes(text: str) -> int:
    number, unit = int(text[:-1]), text[-1]
    return number * {"m": 1, "g": 1024}[unit]


def test_every_container_has_a_limit_of_memory_that_what_it_does_fits_into() -> None:
    limits = {name: megabytes(service["mem_limit"]) for name, service in SERVICES.items()}
    temporary = {}
    for name in OUR_IMAGE:
        (mount,) = SERVICES[name]["tmpfs"]
        folder, options = mount.split(":")
        assert folder == "/tmp"
        temporary[name] = megabytes(re.search(r"size=(\d+[mg])", options)[1])  # type: ignore[index]
    threads = int(EXAMPLE["IMPACT_WORKER_THREADS"])
    assert limits["worker"] >= threads * drawing.MEMORY_MB + temporary["worker"] + 300
    assert limits["web"] >= int(EXAMPLE["WEB_CONCURRENCY"]) * 200 + pictures.MEMORY_MB + temporary["web"]
    assert temporary["web"] * 1024**2 >= int(EXAMPLE["WEB_CONCURRENCY"]) * buffering.HELD_BYTES


def test_the_image_copies_every_app_and_the_builder_gets_nothing_else() -> None:
    allowed = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    copied = set(re.findall(r"^COPY (?!--from)(\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    assert copied == allowed
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"impact"}
    assert apps | {"templates", "static", "deploy", "manage.py"} <= copied


def test_no_secret_has_a_default() -> None:
    for name in REQUIRED:
        assert re.search(rf"\$\{{{name}:\?", COMPOSE_TEXT), f"{name} must be demanded"
        assert not re.search(rf"\$\{{{name}:?-", COMPOSE_TEXT), f"{name} must have no default"
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert EXAMPLE[name] == ""


def test_production_never_turns_the_demo_or_debugging_on() -> None:
    assert "IMPACT_DEMO" not in COMPOSE_TEXT
    assert "DEBUG" not in COMPOSE_TEXT
    for name in OUR_IMAGE:
        assert SERVICES[name]["environment"]["IMPACT_BEHIND_PROXY"] == "1"
        assert SERVICES[name]["environment"]["IMPACT_SEVERAL_HOSTS"] == "1"


def test_what_the_containers_are_told_is_read_by_the_settings() -> None:
    told = {variable for name in OUR_IMAGE for variable in SERVICES[name]["environment"]}
    assert told <= SETTINGS | SERVER


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    assert set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE_TEXT)) | {"COMPOSE_PROJECT_NAME"} == set(EXAMPLE)


@pytest.mark.parametrize("name", sorted(SETTINGS | SERVER | set(EXAMPLE)))
def test_every_environment_variable_is_documented(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", DOCS, re.MULTILINE), f"{name} is missing from docs/operations.md"


def test_no_variable_is_documented_that_nothing_reads() -> None:
    scripts = "".join(path.read_text() for path in (ROOT / "scripts").iterdir() if path.is_file())
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", DOCS, re.MULTILINE))
    unread = documented - SETTINGS - SERVER - set(EXAMPLE)
    assert not {name for name in unread if not re.search(rf"\b{name}\b", scripts)}


def compose(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Call Docker Compose on our file."""
    command = prepare.compose_command()
    if not command:
        pytest.skip("Docker Compose is not on this machine, so `config` could not check docker-compose.yml")
    return subprocess.run(
        [*command, "--file", str(ROOT / "docker-compose.yml"), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder)},
    )


def test_compose_accepts_the_file_with_the_example_filled_in(tmp_path: Path) -> None:
    filled = {name: value or "a-long-random-text" for name, value in EXAMPLE.items()}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in filled.items()))
    answer = compose("--env-file", str(tmp_path / ".env"), "config", folder=tmp_path)
    assert answer.returncode == 0, answer.stderr
    services = yaml.safe_load(answer.stdout)["services"]
    assert services["web"]["environment"]["DATABASE_URL"] == "postgres://impact:a-long-random-text@postgres:5432/impact"
    assert services["web"]["environment"]["WEB_CONCURRENCY"] == "2"
    assert "WARN" not in answer.stderr.upper()


@pytest.mark.parametrize("name", REQUIRED)
def test_compose_refuses_to_start_without(name: str, tmp_path: Path) -> None:
    filled = {key: "" if key == name else value or "a-long-random-text" for key, value in EXAMPLE.items()}
    (tmp_path / ".env").write_text("".join(f"{key}={value}\n" for key, value in filled.items()))
    answer = compose("--env-file", str(tmp_path / ".env"), "config", folder=tmp_path)
    assert answer.returncode != 0
    assert "set it in .env" in answer.stderr
