"""Detect a database that was made by an earlier version of the migrations, before changing it.

Until the first release the migrations change in place. A database made before such a change has them marked as applied
and other columns, and would fail page by page. So ``manage.py migrate`` keeps the hash of each migration that it applied
and, where there is none yet, compares the columns themselves.
"""

import ast
import hashlib
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

TABLE = "impact_migration_stamps"


def difference(connection: Any) -> str:
    """How this database differs from what the migrations would make, in words; "" when it does not, or is empty."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        applied = _applied(connection)
        if not applied:
            return ""
        if TABLE in tables:
            cursor.execute(f"SELECT app, name, sha256 FROM {TABLE}")  # noqa: S608  a name of our own
            for app, name, sha256 in cursor.fetchall():
                if (app, name) in applied and sha256 != stamp_of(app, name):
                    return f"the migration {app}.{name} is not the one that made it"
        if has_waiting(connection):
            return ""  # the columns may differ for now
        return _columns(connection, cursor, tables)


def write(connection: Any) -> None:
    """Keep the hash of every migration of ours that is applied and has none yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {TABLE}"
            " (app varchar(60) NOT NULL, name varchar(200) NOT NULL, sha256 varchar(64) NOT NULL, PRIMARY KEY (app, name))"
        )
        cursor.execute(f"SELECT app, name FROM {TABLE}")  # noqa: S608
        known = set(cursor.fetchall())
        for app, name in sorted(_applied(connection) - known):
            cursor.execute(f"INSERT INTO {TABLE} VALUES (%s, %s, %s)", [app, name, stamp_of(app, name)])  # noqa: S608


@cache
def stamp_of(app: str, name: str) -> str:
    """The hash of what a migration does; a comment or a line break changes nothing. "" for one that is gone."""
    try:
        module = import_module(f"{apps.get_app_config(app).name}.migrations.{name}")
    except ImportError:
        return ""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _ours() -> set[str]:
    """The labels of the apps in this checkout."""
    return {
        app.label
        for app in apps.get_app_configs()
        if Path(app.path).is_relative_to(settings.BASE_DIR / app.name.split(".")[0])
    }


def _applied(connection: Any) -> set[tuple[str, str]]:
    ours = _ours()
    return {key for key in MigrationRecorder(connection).applied_migrations() if key[0] in ours}


def has_waiting(connection: Any) -> bool:
    """Whether a migration is not applied yet."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def without_migration() -> list[str]:
    """The apps of ours whose models have changes that no migration makes."""
    loader = MigrationLoader(None)
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(graph=loader.graph)
    return sorted(set(changes) & _ours())


def _columns(connection: Any, cursor: Any, tables: set[str]) -> str:
    for label in sorted(_ours()):
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if model._meta.proxy or not model._meta.managed:
                continue
            table = model._meta.db_table
            if table not in tables:
                return f"it has no table {table}"
            there = {column.name for column in connection.introspection.get_table_description(cursor, table)}
            wanted = {str(field.column) for field in model._meta.local_concrete_fields}
            if wanted - there:
                return f"{table} has no column {min(wanted - there)}"
            if there - wanted:
                return f"{table} has a column {min(there - wanted)} that is no longer defined"
    return ""
