"""Triggers that keep what must never change, written once for SQLite and PostgreSQL.

SQLite drops a table's triggers when a later migration rebuilds the table: such a migration must create them
again (tests/test_immutability.py fails until it does).
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def refuse(name: str, table: str, event: str, *, when: str = "1=1", message: str) -> migrations.RunPython:
    """A migration operation: refuse ``event`` (INSERT, UPDATE, DELETE) on ``table`` for rows where ``when`` is true.

    ``when`` is SQL over OLD and NEW that both databases read alike; it may hold sub-queries.
    """

    def create(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "sqlite":
            editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({when}) "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
            return
        row = "OLD" if event == "DELETE" else "NEW"
        editor.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF ({when}) THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
            f"RETURN {row}; END $$"
        )
        editor.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")

    def drop(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "sqlite":
            editor.execute(f"DROP TRIGGER IF EXISTS {name}")
        else:
            editor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")

    return migrations.RunPython(create, drop)
