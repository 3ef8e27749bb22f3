"""A database made by an earlier version is reported in a sentence before anything is changed."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.state import ProjectState
from django.db.models import CharField

from impact.core.management import migration_stamps
from impact.core.management.commands import migrate

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ROOT = Path(__file__).resolve().parents[2]


def refusal() -> str:
    with pytest.raises(CommandError) as problem:
        call_command("migrate", verbosity=0)
    return str(problem.value)


def change(sql: str, *values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_a_database_of_this_version_is_accepted_and_has_a_stamp_for_each_migration():
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT app, name, sha256 FROM {migration_stamps.TABLE}")
        rows = {(app, name): sha256 for app, name, sha256 in cursor.fetchall()}
    files = {(path.parts[-3], path.stem) for path in ROOT.glob("*/migrations/0*.py")}
    files |= {("core", path.stem) for path in (ROOT / "impact/core/migrations").glob("0*.py")}
    assert set(rows) == files and all(len(sha256) == 64 for sha256 in rows.values())


@pytest.mark.sqlite_only
def test_the_first_migration_of_a_database_makes_what_the_usual_one_makes(tmp_path, migrated_file):
    """Of one app only, which is not done the quick way: all would take a minute and a half."""
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/usual.sqlite3"}
    subprocess.run([sys.executable, "manage.py", "migrate", "core", "-v0"], cwd=ROOT, env=env, check=True)
    usual, quick = (made_in(path) for path in (tmp_path / "usual.sqlite3", migrated_file))
    assert len([name for name in usual if name.startswith("core_")]) > 80
    assert {name: quick[name] for name in usual} == usual


def made_in(path: Path) -> dict[str, str]:
    """Every table, index and trigger of a SQLite file, with the statement that makes it."""
    with closing(sqlite3.connect(path)) as database:
        return dict(database.execute("SELECT name, sql FROM sqlite_master"))


def test_a_migration_that_changed_since_it_was_applied_is_named_with_what_to_do():
    change(f"UPDATE {migration_stamps.TABLE} SET sha256 = 'other' WHERE app = 'networks' AND name = '0001_initial'")
    words = refusal()
    assert "was made by an earlier version of IMPACT: the migration networks.0001_initial is not the one" in words
    assert "Nothing was changed or deleted." in words and "DATABASE_URL" in words


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("ALTER TABLE sites_site RENAME COLUMN place TO spot", "sites_site has no column place"),
        ("ALTER TABLE sites_site ADD COLUMN spot varchar(9)", "sites_site has a column spot that is no longer defined"),
        ("ALTER TABLE sites_site RENAME TO sites_place", "it has no table sites_site"),
    ],
)
def test_a_database_from_before_there_were_stamps_is_known_by_its_columns(sql, words):
    change(f"DROP TABLE {migration_stamps.TABLE}")
    change(sql)
    assert words in refusal()


def test_a_field_without_a_migration_is_named_as_that_and_not_as_an_old_database(monkeypatch):
    state = ProjectState.from_apps(apps)
    state.models["sites", "site"].fields["motto"] = CharField(max_length=9, default="")
    monkeypatch.setattr(migration_stamps.ProjectState, "from_apps", lambda apps: state)
    assert migration_stamps.without_migration() == ["sites"]
    change("ALTER TABLE sites_site RENAME COLUMN place TO spot")
    assert "./manage.py makemigrations sites" in refusal()


def test_a_comment_in_a_migration_changes_nothing(tmp_path, monkeypatch):
    stamp_of = migration_stamps.stamp_of.__wrapped__
    before = stamp_of("core", "0001_initial")
    read = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda self, **more: "# A remark\n\n" + read(self, **more))
    assert stamp_of("core", "0001_initial") == before
    monkeypatch.setattr(Path, "read_text", lambda self, **more: read(self, **more) + "\nx = 1\n")
    assert stamp_of("core", "0001_initial") != before


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("attempt to write a readonly database", "cannot be written to"),
        ("unable to open database file", "cannot be written to"),
        ("file is not a database", "is not a database that can be read"),
        ("database or disk is full", "There is no room for the database"),
        ('could not extend file "base/1": No space left on device', "There is no room for the database"),
        ("duplicate column name: place", "could not be brought up to date (duplicate column name: place)"),
    ],
)
def test_what_a_database_says_becomes_a_sentence_with_what_to_do(reason, words):
    assert words in migrate.in_words(connection, DatabaseError(reason))


def migrated(folder: Path) -> subprocess.CompletedProcess[str]:
    """manage.py migrate on a data folder, as ./run calls it."""
    env = {"PATH": os.environ["PATH"], "IMPACT_DATA_DIR": str(folder), "IMPACT_DEMO": "1"}
    command = [sys.executable, "manage.py", "migrate", "--noinput"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.sqlite_only
def test_a_data_folder_of_an_earlier_checkout_is_moved_away_by_its_owner_and_never_by_us(tmp_path):
    with sqlite3.connect(tmp_path / "impact.sqlite3") as old:
        old.executescript(
            "CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied datetime);"
            "INSERT INTO django_migrations (app, name, applied) VALUES ('sites', '0001_initial', '2026-01-01');"
            "CREATE TABLE sites_site (id integer, title text);"
        )
        before = list(old.iterdump())
    old.close()
    answer = migrated(tmp_path)
    assert answer.returncode == 1 and "Traceback" not in answer.stderr
    assert f"mv {tmp_path} {tmp_path}-old" in answer.stderr
    with sqlite3.connect(tmp_path / "impact.sqlite3") as still:
        assert list(still.iterdump()) == before
    still.close()


@pytest.mark.sqlite_only
def test_a_file_that_is_not_a_database_is_reported_in_a_sentence(tmp_path):
    (tmp_path / "impact.sqlite3").write_bytes(b"words " * 500)
    answer = migrated(tmp_path)
    assert answer.returncode == 1 and "Traceback" not in answer.stderr
    assert "is not a database that can be read" in answer.stderr
