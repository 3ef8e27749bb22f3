"""The back-up text in docs/operations.md: each step is run as it is printed, and what comes back is whole."""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import test_servers  # noqa: E402
from terminal import Problem  # noqa: E402

pytestmark = [pytest.mark.sqlite_only, pytest.mark.slow]

TEXT = (ROOT / "docs" / "operations.md").read_text().split("## Back-up", 1)[1].split("\n## ", 1)[0]
ONE_MACHINE, COMPOSE = TEXT.split("### With Docker Compose")
WRITE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from impact.core.web.files import store
from impact.core.people.models import User
from django.core.files.storage import default_storage
from tests import factories
import hashlib
User.objects.create_user(email="{email}", password=None)
data = b"%PDF-1.7 {email}"
sha256 = hashlib.sha256(data).hexdigest()
name = store.keep(default_storage, data, name=f"reports/{{sha256}}.pdf", sha256=sha256, size=len(data))
factories.EditionFactory(file=name, sha256=sha256, size=len(data), report__year={year})
"""
ERASED_LATER = """
from impact.core.people.models import Person
print(Person.objects.create(name="Olwen Pretend").pk)
"""
PEOPLE = "SELECT email FROM core_user WHERE email LIKE 'person%' ORDER BY email"
# Stands in for Docker alone: what would run in a container runs here, on a real PostgreSQL.
DOCKER = """#!/bin/sh -e
[ "$1" = compose ] && shift
echo "$*" >> "$TREE/docker.log"
case "$1 $2" in
"up --detach") exec "$TREE/python" "$TREE/manage.py" migrate --noinput -v0;;
"exec -T") ;;
*) echo "docker compose $*?" >&2; exit 1;;
esac
service=$3; shift 3
if [ "$service" = web ]; then
    cd "$TREE"
    case $1 in
    tar) exec tar "$2" "$3" "$TREE/${4##*/}" $5;;
    python) shift; exec "$TREE/python" "$@";;
    esac
fi
exec "$@"
"""


def blocks(text: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


class Tree:
    """A checkout in a folder of its own, with its data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("impact", "sites", "networks", "coproduction", "reports", "templates", "static", "tests", ".venv"):
            (folder / name).symlink_to(ROOT / name)
        (folder / "manage.py").write_text((ROOT / "manage.py").read_text())
        (folder / "manage.py").chmod(0o755)
        (folder / "python").symlink_to(sys.executable)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "TREE": str(folder), "LOG_LEVEL": "ERROR"}

    def sh(self, script: str) -> str:
        command = ["sh", "-e", "-c", script]
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True, check=True).stdout

    def add(self, email: str, year: int) -> None:
        self.manage("shell", "--no-imports", "-c", WRITE.format(email=email, year=year))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tree"
    made.mkdir()
    return made


def test_a_back_up_of_one_machine_comes_back_whole(folder: Path, migrated_file: Path) -> None:
    tree = Tree(folder)
    tree.env |= {"IMPACT_DATA_DIR": str(folder / "var"), "IMPACT_DEMO": "1"}
    backup, restore, check = blocks(ONE_MACHINE)
    (folder / "var").mkdir()
    shutil.copy(migrated_file, folder / "var")
    (folder / "var" / "secret-key").write_text("our own key")
    tree.add("person-before@a.example", 2020)
    person = tree.manage("shell", "--no-imports", "-c", ERASED_LATER).split()[-1]
    tree.sh(backup)
    assert (folder / "backup").stat().st_mode & 0o077 == 0
    tree.add("person-after@a.example", 2021)
    tree.manage("erase", person, "--yes")
    (folder / "var" / "secret-key").unlink()
    tree.sh(restore)
    said = tree.sh(check)
    assert "1 person erased again." in said and "Checked 1 file: all present and intact." in said
    with contextlib.closing(sqlite3.connect(folder / "var" / "impact.sqlite3")) as database:
        assert database.execute(PEOPLE).fetchall() == [("person-before@a.example",)]
        assert database.execute("SELECT name FROM core_person").fetchall() == [(f"Former member {person}",)]
    assert (folder / "var" / "secret-key").read_text() == "our own key"
    assert len(list((folder / "var-before" / "files" / "reports").iterdir())) == 2  # nothing was lost on the way


@pytest.fixture
def postgres() -> Iterator[str]:
    try:
        with test_servers.postgresql() as (url, _words):
            yield url
    except Problem as problem:
        pytest.skip(str(problem))


def test_a_back_up_of_docker_compose_comes_back_whole(folder: Path, postgres: str) -> None:
    tree = Tree(folder)
    user, password, host, port = re.match(r"postgres://(\w+):([^@]+)@([^:]+):(\d+)/", postgres).groups()  # type: ignore[union-attr]
    (folder / "bin").mkdir()
    (folder / "bin" / "docker").write_text(DOCKER)
    (folder / "bin" / "docker").chmod(0o755)
    programs = test_servers.find_binaries(folder / "programs")
    tree.env |= {"DATABASE_URL": postgres, "MEDIA_ROOT": str(folder / "files"), "SECRET_KEY": "x" * 50}
    tree.env |= {"PGHOST": host, "PGPORT": port, "PGPASSWORD": password, "IMPACT_DATA_DIR": str(folder)}
    tree.env["PATH"] = f"{folder / 'bin'}:{programs}:{tree.env['PATH']}"
    (folder / ".env").write_text("SECRET_KEY=ours")
    (folder / "files").mkdir()
    (folder / "erasures").mkdir()
    backup, restore = blocks(COMPOSE)
    tree.add("person-before@a.example", 2020)
    tree.sh(backup)
    assert (folder / "backup" / "impact.dump").stat().st_mode & 0o077 == 0
    # Another machine: an empty database, no file, no .env.
    tree.sh(
        f"dropdb --username {user} --force impact && createdb --username {user} impact && rm -r files .env && mkdir files"
    )
    lines = restore.splitlines()
    start = lines.index("docker compose up --detach --wait postgres")
    said = tree.sh("\n".join([*lines[:start], *lines[start + 1 :]]))  # the server is there already
    assert "Checked 1 file: all present and intact." in said
    with contextlib.closing(psycopg2.connect(postgres)) as database, database.cursor() as cursor:
        cursor.execute(PEOPLE)
        assert cursor.fetchall() == [("person-before@a.example",)]
    assert (folder / ".env").read_text() == "SECRET_KEY=ours"


def test_what_the_containers_are_asked_for_is_in_the_image_and_the_volumes() -> None:
    assert "/data/files" in (ROOT / "docker-compose.yml").read_text()
    assert "/data/erasures" in (ROOT / "docker-compose.yml").read_text()
    services = set(re.findall(r"docker compose exec -T (\w+)", COMPOSE))
    assert services == {"web", "postgres"}
    assert all(f"\n  {name}:\n" in (ROOT / "docker-compose.yml").read_text() for name in services)
