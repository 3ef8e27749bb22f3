"""Databases that begin migrated: one is made in a run, and every process of the run starts with a copy.

Migrating takes more processor time than most files of tests, and each of pytest's processes, each part of ./test and
several tests of whole platforms need it.
"""

import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core import management
from django.db import connection, transaction

ROOT = Path(__file__).resolve().parent.parent
MADE_HERE: list[str] = []  # the template that this process made on PostgreSQL, and drops when it ends


def shared_folder(paths: pytest.TempPathFactory) -> Path:
    """A folder that all processes see: that of ./test if it called us, else that of this run of pytest."""
    if given := os.environ.get("IMPACT_TEST_FOLDER"):
        return Path(given)
    return paths.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else paths.getbasetemp()


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def migrated_file(folder: Path) -> Path:
    """A SQLite file as ``manage.py migrate`` leaves it. Copy it; do not open it."""
    made = folder / "migrated"
    with one_at_a_time(folder / "migrated.lock"):
        if not made.exists():
            making = folder / "migrating"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
            command = [sys.executable, "manage.py", "migrate", "-v0"]
            env["IMPACT_DATA_DIR"] = str(making)
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            with closing(sqlite3.connect(making / "impact.sqlite3")) as database:
                database.execute("PRAGMA journal_mode=DELETE")  # one file, which can be copied into memory too
            making.rename(made)
    return made / "impact.sqlite3"


@contextmanager
def copied(folder: Path) -> Iterator[None]:
    """Let Django begin its test databases with a copy of a migrated one while this lasts."""
    fill = from_file if connection.vendor == "sqlite" else from_template
    make, call = connection.creation.create_test_db, management.call_command

    def call_command(name: str, *args: Any, **options: Any) -> None:
        if name == "migrate":
            fill(folder, lambda: call(name, *args, **options))
        else:
            call(name, *args, **options)

    def create_test_db(*args: Any, **options: Any) -> str:
        with mock.patch.object(management, "call_command", call_command):
            return make(*args, **options)

    with mock.patch.object(connection.creation, "create_test_db", create_test_db):
        yield
    if MADE_HERE:
        with one_at_a_time(folder / "template.lock"), connection.creation._nodb_cursor() as cursor:
            (folder / "template").unlink()
            cursor.execute(f'DROP DATABASE "{MADE_HERE.pop()}"')


def from_file(folder: Path, migrate: Callable[[], None]) -> None:
    """Copy the migrated file into SQLite's memory."""
    connection.ensure_connection()
    with closing(sqlite3.connect(migrated_file(folder))) as file:
        file.backup(connection.connection)


def from_template(folder: Path, migrate: Callable[[], None]) -> None:
    """Migrate in the first process, and let PostgreSQL copy what that made for the others."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        migrate()
        return
    name = connection.settings_dict["NAME"]
    template = re.sub(r"_gw\d+$", "", name) + "_migrated"
    with one_at_a_time(folder / "template.lock"):
        if (folder / "template").exists():
            copy_database(template, to=name)
            return
        migrate()
        connection.close()
        copy_database(name, to=template)
        (folder / "template").touch()
        MADE_HERE.append(template)


def copy_database(name: str, *, to: str) -> None:
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{to}"')
        cursor.execute(f'CREATE DATABASE "{to}" TEMPLATE "{name}"')


def empty_quickly(patch: pytest.MonkeyPatch) -> None:
    """Replace how Django empties the database after a transactional test."""
    original = type(connection.ops).execute_sql_flush

    def on_sqlite(ops: Any, sql_list: list[str]) -> None:
        """Without the triggers that refuse DELETE; they come back at once."""
        with ops.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
        original(ops, sql_list)
        with ops.connection.cursor() as cursor:
            for _name, sql in triggers:
                cursor.execute(sql)

    def on_postgresql(ops: Any, sql_list: list[str]) -> None:
        """DELETE the few rows that there are: TRUNCATE makes new files for each of hundreds of tables and indexes.
        What Django itself would then write again, it finds there."""
        names = set(ops.connection.introspection.django_table_names(only_existing=True))
        tables = sorted(map(ops.quote_name, names - {"django_content_type", "auth_permission"}))
        with transaction.atomic(), ops.connection.cursor() as cursor:
            cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
            may_switch_triggers_off = cursor.fetchone()[0]
            if may_switch_triggers_off and not any("RESTART" in sql for sql in sql_list):
                cursor.execute(
                    " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)
                )
                filled = [table for (table,) in cursor.fetchall()]
                cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys
                for table in filled:
                    cursor.execute(f"DELETE FROM {table}")
                return
        original(ops, sql_list)

    patch.setattr(
        type(connection.ops), "execute_sql_flush", on_sqlite if connection.vendor == "sqlite" else on_postgresql
    )
