"""manage.py migrate, which says in a sentence what is the matter with a database that it cannot bring up to date."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DatabaseError, connections
from django.db.migrations.exceptions import InconsistentMigrationHistory, NodeNotFoundError

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
        super().handle(*args, **options)
        if is_whole and not options["plan"]:
            if is_new:
                refuse_another_version(connection)  # columns can be compared now that nothing waits
            migration_stamps.write(connection)


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
