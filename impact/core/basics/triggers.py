"""Triggers that keep what must never change, written once for SQLite and PostgreSQL.

SQLite drops a table's triggers when a later migration rebuilds the table: such a migration must create them
again (tests/test_immutability.py fails until it does).

Triggers that follow what the code declares, as those of the search do, are no part of a migration: see ``keep_in_step``.
"""

from collections.abc import Callable
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.signals import post_migrate, pre_migrate


class Refuse(Operation):
    """Create a trigger that refuses an event; see ``refuse``. No model has to be built for it, which saves seconds."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, name: str, table: str, event: str, when: str, message: str) -> None:
        self.name, self.table, self.event, self.when, self.message = name, table, event, when, message

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models know nothing of triggers."""

    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Create the trigger, and on PostgreSQL its function."""
        if editor.connection.vendor == "sqlite":
            editor.execute(
                f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW WHEN ({self.when}) "
                f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
            )
            return
        row = "OLD" if self.event == "DELETE" else "NEW"
        editor.execute(
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF ({self.when}) THEN RAISE EXCEPTION '{self.message}' "
            f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$"
        )
        editor.execute(
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.name}()"
        )

    def database_backwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop the trigger and its function."""
        if editor.connection.vendor == "sqlite":
            editor.execute(f"DROP TRIGGER IF EXISTS {self.name}")
        else:
            editor.execute(f"DROP FUNCTION IF EXISTS {self.name}() CASCADE")

    def describe(self) -> str:
        """One line for ``migrate --plan``."""
        return f"Refuse {self.event} on {self.table} ({self.name})"


class Lift(Refuse):
    """Remove a trigger that an earlier migration made, to replace it or to change its table. Reversing this makes it
    again."""

    def database_forwards(self, *args: Any) -> None:
        """Drop it."""
        super().database_backwards(*args)

    def database_backwards(self, *args: Any) -> None:
        """Create it again."""
        super().database_forwards(*args)

    def describe(self) -> str:
        """One line for ``migrate --plan``."""
        return f"Lift {self.name}"


def lift(name: str, table: str, event: str, *, when: str = "1=1", message: str) -> Lift:
    """A migration operation: the opposite of ``refuse``, with the same arguments."""
    return Lift(name, table, event, when, message)


def refuse(name: str, table: str, event: str, *, when: str = "1=1", message: str) -> Refuse:
    """A migration operation: refuse ``event`` (INSERT, UPDATE, DELETE) on ``table`` for rows where ``when`` is true.

    ``when`` is SQL over OLD and NEW that both databases read alike; it may hold sub-queries.
    """
    return Refuse(name, table, event, when, message)


def keep_in_step(app: AppConfig, name: str, *, install: Callable[[str], Any], remove: Callable[[str], Any]) -> None:
    """Have ``migrate`` make the triggers of ``name`` for the newest tables; with older ones (a migration undone) there are
    none. Both are given the database's alias. On SQLite they are taken away first, because it rebuilds tables and refuses
    while a trigger reads one or writes to it."""

    def before(sender: Any, plan: Any = (), using: str = "default", **more: Any) -> None:
        if plan and connections[using].vendor == "sqlite":
            remove(using)

    def after(sender: Any, using: str = "default", **more: Any) -> None:
        if "plan" not in more:
            return  # ``flush`` sends this signal too, and changes no table
        loader = MigrationExecutor(connections[using]).loader
        if set(loader.graph.leaf_nodes()) <= set(loader.applied_migrations):
            install(using)
        else:
            remove(using)

    pre_migrate.connect(before, sender=app, weak=False, dispatch_uid=name)
    post_migrate.connect(after, sender=app, weak=False, dispatch_uid=name)
