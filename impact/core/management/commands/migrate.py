"""manage.py migrate, which says in a sentence what is the matter with a database that it cannot bring up to date."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DatabaseError, connections
from django.db.migrations.exceptions import InconsistentMigrationHistory, NodeNotFoundError
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from impact.core.management import migration_stamps


class Command(migrate.Command):
    def execute(self, *args: Any, **options: Any) -> Any:
        connection = connections[options["database"]]
        try:
            return super().execute(*args, **options)
        except (InconsistentMigrationHistory, NodeNotFoundError) as error:
            raise CommandError(another_version(connection, str(error).rstrip("."))) from error
        except DatabaseError as error:
            raise CommandError(in_words(connection, error)) from error

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        is_whole = not options["app_label"] and not options["fake"] and not options["check_unapplied"]
        if is_whole:
            refuse_another_version(connection)
            is_new = migration_stamps.has_waiting(connection)
        is_empty = is_whole and not MigrationRecorder(connection).applied_migrations()
        with first_time() if is_empty else nullcontext():
            super().handle(*args, **options)
        if is_whole and not options["plan"]:
            if is_new:
                refuse_another_version(connection)  # columns can be compared now that nothing waits
            migration_stamps.write(connection)


@contextmanager
def first_time() -> Iterator[None]:
    """Have Django render one model a step, as is enough for a database that holds no rows yet.

    After each step Django renders every model that the changed one is related to, however remotely: with two hundred
    models around Person that is nine tenths of the time of the first start. A database in use is migrated as Django does.
    """

    def only_itself(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
        return {(app_label, model_name)}

    place: Any = ProjectState
    usual = place._find_reload_model
    place._find_reload_model = only_itself
    try:
        yield
    finally:
        place._find_reload_model = usual


def refuse_another_version(connection: Any) -> None:
    """Stop before a database that another version of the migrations made."""
    if difference := migration_stamps.difference(connection):
        if unmade := migration_stamps.without_migration():
            names = " ".join(unmade)
            raise CommandError(
                f"The models of {', '.join(unmade)} have changes that no migration makes ({difference}). "
                f"Run: ./manage.py makemigrations {names}"
            )
        raise CommandError(another_version(connection, difference))


def another_version(connection: Any, difference: str) -> str:
    return (
        f"The database {where(connection)} was made by an earlier version of IMPACT: {difference}. "
        f"There is no release yet, so it cannot be brought up to date. {advice(connection)}"
    )


def in_words(connection: Any, error: DatabaseError) -> str:
    """Why a database could not be migrated, and what to do."""
    reason = " ".join(str(error).split()) or type(error).__name__
    place = where(connection)
    if "readonly database" in reason or "read-only" in reason or "unable to open database file" in reason:
        return f"The database {place} cannot be written to ({reason}). Make it and its folder writable for this user."
    if "not a database" in reason or "malformed" in reason:
        return f"The file {place} is not a database that can be read ({reason}). Restore a copy from a backup, or: {advice(connection)}"
    if "disk is full" in reason or "No space left" in reason:
        return f"There is no room for the database {place} ({reason}). Free some space and start again."
    if "could not connect" in reason or "connection to server" in reason or "Connection refused" in reason:
        return f"The database {place} cannot be reached ({reason})."
    return f"The database {place} could not be brought up to date ({reason}). {advice(connection)}"


def where(connection: Any) -> str:
    """A database as a person would point at it, without a password."""
    if connection.vendor == "sqlite":
        return str(connection.settings_dict["NAME"])
    return f"{connection.settings_dict['NAME']} at {connection.settings_dict['HOST'] or 'this machine'}"


def advice(connection: Any) -> str:
    """How to begin anew without losing what is there."""
    name = connection.settings_dict["NAME"]
    kept = "Nothing was changed or deleted."
    if connection.vendor == "sqlite" and Path(str(name)).parent == settings.DATA_DIR:
        folder = settings.DATA_DIR
        return f"Move the data folder away and start again: mv {folder} {folder}-old. {kept}"
    return f"Make a new, empty database and name it in DATABASE_URL. {kept}"
