"""Triggers that note each change of a row that some list of the API shows, in the transaction that makes it.

What is watched is read from the lists themselves: their own tables, those that they load with them by ``select_related``
(the name of a group), and those whose rows belong to them by ``prefetch_related`` (the units of a site; a change there is
noted as one of the site). A view leaves out by ``unwatched`` what must not be noted. A model names in ``inside`` the columns
that not everyone who sees its rows may know of; their changes are noted apart. They are made after ``manage.py migrate`` for the reasons that search has (docs/decisions).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connections, transaction
from django.db.models import Model, QuerySet
from django.urls import URLResolver, get_resolver

LOG, COPY = "core_rowchange", "core_listcopy"
PREFIX = "change_of_"
INSIDE = "#inside"  # after a table’s name: a change of what only some of those who see a row may know (``inside``)
COUNTERS = {"version", "row_version", "updated_at"}  # columns that change with every other
NOT_SHOWN = {"core_user"}  # an account changes whenever someone signs in, and lists show its person instead
MARK = {
    "postgresql": "pg_current_xact_id()::text::bigint",
    # the number that the entry itself is about to get
    "sqlite": f"COALESCE((SELECT seq FROM sqlite_sequence WHERE name = '{LOG}'), 0) + 1",
}
NOW = {"postgresql": "clock_timestamp()", "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'"}


@dataclass
class Watched:
    """A table: its key, and by which of its columns its rows are part of rows of other tables.

    ``inside`` are the columns of its model’s ``inside``, ``outside`` all others that say something.
    """

    table: str
    pk: str
    inside: list[str]
    outside: list[str]
    parts_of: set[tuple[str, str]] = field(default_factory=set)


def list_views(resolver: URLResolver | None = None) -> Iterator[Any]:
    """The classes behind the lists of the API."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from list_views(pattern)
            continue
        view: Any = pattern.callback
        actions = getattr(view, "actions", None) or {}
        if actions.get("get") == "list" and getattr(view.cls, "queryset", None) is not None:
            yield view.cls


def paths_of(rows: QuerySet) -> dict[str, type[Model]]:
    """What rows load with them: ``{"meeting__group": Group}``."""
    found: dict[str, type[Model]] = {}

    def walk(model: Any, names: dict[str, Any], above: str) -> None:
        for name, below in names.items():
            other = model._meta.get_field(name).related_model
            if other._meta.db_table not in NOT_SHOWN:
                found[f"{above}{name}"] = other
            walk(other, below, f"{above}{name}__")

    if isinstance(rows.query.select_related, dict):
        walk(rows.model, rows.query.select_related, "")
    return found


def watched() -> dict[str, Watched]:
    """Every table that is watched, by name."""
    tables: dict[str, Watched] = {}

    def watch(model: Any) -> Watched:
        meta = model._meta
        hidden = getattr(model, "inside", ())
        inside = [meta.get_field(name).column for name in hidden]
        outside = [field.column for field in meta.concrete_fields if field.column not in {*inside, *COUNTERS}]
        return tables.setdefault(meta.db_table, Watched(meta.db_table, meta.pk.column, inside, outside))

    for view in set(list_views()):
        watch(view.queryset.model)
        for model in paths_of(view.queryset).values():
            watch(model)
        prefetched = (getattr(p, "prefetch_through", p) for p in view.queryset._prefetch_related_lookups)
        names = {*(path.split("__")[0] for path in prefetched), *getattr(view, "parts", ())}
        for name in names - set(getattr(view, "unwatched", ())):
            mark = INSIDE if name in getattr(view, "inside_parts", ()) else ""
            for model, column in parts_of(view.queryset.model, name):
                watch(model).parts_of.add((view.queryset.model._meta.db_table + mark, column))
    return tables


def parts_of(model: Any, name: str) -> Iterator[tuple[Any, str]]:
    """The table that holds what ``name`` gives of a row, and its column that points at the row."""
    try:
        relation = model._meta.get_field(name)
    except FieldDoesNotExist:
        relation = next((r for r in model._meta.related_objects if r.get_accessor_name() == name), None)
        if relation is None:
            return
    if relation.many_to_many:
        through = relation.remote_field.through
        pointing = next(f for f in through._meta.fields if f.related_model is model)
        yield through, pointing.column
    elif relation.one_to_many or (relation.one_to_one and relation.auto_created):
        yield relation.related_model, relation.field.column


# --- Triggers --------------------------------------------------------------------------------------
def _note(vendor: str, table: str, column: str, row: str) -> str:
    return (
        f"INSERT INTO {LOG} (source, key, at, mark) SELECT '{table}', CAST({row}.{column} AS varchar(36)), "
        f"{NOW[vendor]}, {MARK[vendor]} WHERE {row}.{column} IS NOT NULL;"
    )


def _bodies(found: Watched, vendor: str) -> dict[str, str]:
    """What is done on each event. What is gone leaves nothing behind: lists find that by themselves."""
    parts = sorted(found.parts_of)
    fresh = " ".join(
        [_note(vendor, found.table, found.pk, "NEW"), *(_note(vendor, t, column, "NEW") for t, column in parts)]
    )
    gone = " ".join(
        [
            f"DELETE FROM {LOG} WHERE source IN ('{found.table}', '{found.table}{INSIDE}') "
            f"AND key = CAST(OLD.{found.pk} AS varchar(36));",
            *(_note(vendor, table, column, "OLD") for table, column in parts),
        ]
    )
    inside = _note(vendor, found.table + INSIDE, found.pk, "NEW")
    return {"INSERT": fresh, "UPDATE": fresh, "DELETE": gone, "INSIDE": inside}


def _differ(columns: list[str], vendor: str) -> str:
    """SQL that tells whether one of some columns has another value than before."""
    is_other = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    return " OR ".join(f'OLD."{column}" {is_other} NEW."{column}"' for column in columns)


def _statements(found: Watched, vendor: str) -> dict[str, tuple[str, ...]]:
    """The SQL that makes a table's triggers, by their names."""
    name, bodies = f"{PREFIX}{found.table}", _bodies(found, vendor)
    inside = bodies.pop("INSIDE")
    outside_differs, inside_differs = (_differ(columns, vendor) for columns in (found.outside, found.inside))
    if vendor == "sqlite":
        when = f" WHEN {outside_differs}" if found.inside else ""
        made: dict[str, tuple[str, ...]] = {
            f"{name}_{event.lower()}": (
                f"CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON {found.table} FOR EACH ROW"
                f"{when if event == 'UPDATE' else ''} BEGIN {body} END",
            )
            for event, body in bodies.items()
        }
        if found.inside:
            made[f"{name}_inside"] = (
                f"CREATE TRIGGER {name}_inside AFTER UPDATE ON {found.table} FOR EACH ROW WHEN {inside_differs} "
                f"BEGIN {inside} END",
            )
        return made
    of_update = (
        f"IF TG_OP = 'UPDATE' THEN IF {inside_differs} THEN {inside} END IF; "
        f"IF NOT ({outside_differs}) THEN RETURN NEW; END IF; END IF; "
    )
    function = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN {bodies['DELETE']} RETURN OLD; END IF; "
        f"{of_update if found.inside else ''}{bodies['INSERT']} RETURN NEW; END $$"
    )
    trigger = (
        f"CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {found.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
    return {name: (function, trigger)}


def _there(cursor: Any, vendor: str) -> dict[str, str]:
    """The triggers that the database has, by name, as they were made."""
    if vendor == "sqlite":
        cursor.execute(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{PREFIX}%'")
    else:
        cursor.execute(
            "SELECT g.tgname, p.prosrc FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid "
            f"WHERE NOT g.tgisinternal AND g.tgname LIKE '{PREFIX}%'"
        )
    return dict(cursor.fetchall())


def _is_as_wanted(statements: tuple[str, ...], made: str | None) -> bool:
    return made is not None and (made == statements[0] or f"$${made}$$" in statements[0])


def install(using: str) -> None:
    """Make the triggers that are missing or have changed, and take away those that nothing needs."""
    vendor = connections[using].vendor
    wanted = {name: made for found in watched().values() for name, made in _statements(found, vendor).items()}
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        there = _there(cursor, vendor)
        for name in set(there) - set(wanted):
            _drop(cursor, vendor, name)
        for name, statements in wanted.items():
            if not _is_as_wanted(statements, there.get(name)):
                if name in there:
                    _drop(cursor, vendor, name)
                for statement in statements:
                    cursor.execute(statement)
        cursor.execute(f"SELECT 1 FROM {LOG} WHERE source = ''")
        if cursor.fetchone() is None:  # when the log began
            cursor.execute(f"INSERT INTO {LOG} (source, key, at, mark) VALUES ('', '', {NOW[vendor]}, 0)")
        if vendor == "postgresql":
            _mend_marks(cursor)


def _mend_marks(cursor: Any) -> None:
    """In a database that was restored elsewhere transactions count from lower numbers: programs then start again."""
    cursor.execute(f"UPDATE {LOG} SET mark = 0 WHERE mark > pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    if cursor.rowcount:
        cursor.execute(f"DELETE FROM core_copiedrow; DELETE FROM {COPY}")


def _drop(cursor: Any, vendor: str, name: str) -> None:
    cursor.execute(f"DROP TRIGGER {name}" if vendor == "sqlite" else f"DROP FUNCTION IF EXISTS {name}() CASCADE")


def remove(using: str) -> None:
    """Take all triggers away."""
    vendor = connections[using].vendor
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for name in _there(cursor, vendor):
            _drop(cursor, vendor, name)
