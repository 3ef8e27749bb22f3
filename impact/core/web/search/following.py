"""Triggers that keep the index: each write to a thing that can be found, by whatever way, changes its entry in the same
transaction. Written once for SQLite and PostgreSQL.

They are made after ``manage.py migrate`` and not in a migration, because SQLite drops a table's triggers whenever a
migration rebuilds the table, and refuses to rebuild a table that another's trigger reads. So SQLite's are taken away
before a migration; what was missing or has changed afterwards is made again, with its entries (docs/decisions).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction

from impact.core.web.search.registry import BODY, KINDS, Searchable

ENTRY = "core_searchentry"
PREFIX = "search_of_"
BATCH = 2000
KIND_MARK, SCOPE_MARK = "zzk", "zzg"  # no word begins so


@dataclass(frozen=True)
class Trigger:
    """One trigger: its name, table and event, and what it does, with NEW and OLD."""

    name: str
    table: str
    event: str
    body: str
    when: str = "AFTER"


def table_of(kind: Searchable) -> tuple[str, str]:
    """The table of a kind, and its primary key's column."""
    meta = kind.model_class._meta
    return meta.db_table, meta.pk.column


def _source(kind: Searchable, condition: str, vendor: str, *, is_locking: bool = False) -> str:
    """An INSERT that brings the entries of some rows up to date."""
    table, pk = table_of(kind)
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    columns = ("scope", "day", "title", "body")
    lock = " FOR SHARE OF t" if is_locking and vendor == "postgresql" else ""  # so that no older words win a race
    day = f"date({kind.day})" if kind.day != "NULL" else "CAST(NULL AS date)"
    return (
        f"INSERT INTO {ENTRY} (kind, key, scope, day, title, body) "
        f"SELECT '{kind.kind}', CAST(t.{pk} AS varchar(36)), CAST({kind.scope} AS bigint), {day}, "
        f"COALESCE({kind.title}, ''), substr(COALESCE({kind.body}, ''), 1, {BODY}) "
        f"FROM {table} t {kind.joins} WHERE ({kind.where}) AND ({condition}) "
        f"ORDER BY {f't.{kind.order}, ' if kind.order else ''}t.{pk}{lock} "
        f"ON CONFLICT (kind, key) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in columns)} "
        f"WHERE {' OR '.join(f'{ENTRY}.{c} {differs} excluded.{c}' for c in columns)}"
    )


def _removal(kind: Searchable, condition: str) -> str:
    """A DELETE of the entries of rows that are no longer to be found."""
    table, pk = table_of(kind)
    return (
        f"DELETE FROM {ENTRY} WHERE kind = '{kind.kind}' AND key IN (SELECT CAST(t.{pk} AS varchar(36)) "
        f"FROM {table} t {kind.joins} WHERE ({condition}) AND NOT COALESCE({kind.where}, 1=0))"
    )


def triggers_of(kind: Searchable, vendor: str) -> list[Trigger]:
    """The triggers that keep a kind's entries."""
    table, pk = table_of(kind)
    name = f"{PREFIX}{kind.kind}"
    own = f"t.{pk} = NEW.{pk}"
    fresh = f"{_source(kind, own, vendor)};"
    gone = f"DELETE FROM {ENTRY} WHERE kind = '{kind.kind}' AND key = CAST(OLD.{pk} AS varchar(36));"
    leaves = f"{_removal(kind, own)};" if kind.where != "1=1" else ""
    found = [
        Trigger(f"{name}_insert", table, "INSERT", fresh),
        Trigger(f"{name}_update", table, "UPDATE", f"{leaves} {fresh}".strip()),
        Trigger(f"{name}_delete", table, "DELETE", gone),
    ]
    for number, other in enumerate(kind.follows):
        body = f"{_removal(kind, other.link)}; {_source(kind, other.link, vendor, is_locking=True)};"
        event = f"UPDATE OF {', '.join(other.columns)}"
        found.append(Trigger(f"{name}_follow_{number}", other.table, event, body))
        if other.comes_and_goes:
            found.append(Trigger(f"{name}_follow_{number}_insert", other.table, "INSERT", body))
            link = other.link.replace("NEW.", "OLD.")
            body = f"{_removal(kind, link)}; {_source(kind, link, vendor, is_locking=True)};"
            found.append(Trigger(f"{name}_follow_{number}_delete", other.table, "DELETE", body))
    return found


# --- Where the words stand -----------------------------------------------------------------------
SQLITE_TABLES = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS core_search_words USING "
    'fts5(text, detail=none, columnsize=0, tokenize="unicode61 remove_diacritics 2")',
    "CREATE VIRTUAL TABLE IF NOT EXISTS core_search_titles USING "
    "fts5(text, detail=none, columnsize=0, prefix='2 3', tokenize=\"unicode61 remove_diacritics 2\")",
    "CREATE VIRTUAL TABLE IF NOT EXISTS core_search_terms USING fts5vocab(core_search_words, 'row')",
)
POSTGRESQL_TABLES = (
    'CREATE TABLE IF NOT EXISTS core_search_terms (term text COLLATE "C" PRIMARY KEY)',
    # so that PostgreSQL knows how rare a word is: of the usual number it would read all entries from the newest on
    "ALTER TABLE core_searchentry ALTER COLUMN words SET STATISTICS 1000",
    "CREATE INDEX IF NOT EXISTS core_search_words ON core_searchentry USING gin (words)",
)
# Words as SQLite's tokenizer makes them: without accents and capitals, parted where there is no letter or digit.
SPLIT = (
    "CREATE OR REPLACE FUNCTION core_search_split(text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ "
    r"SELECT ARRAY(SELECT DISTINCT left(w, 60) FROM regexp_split_to_table(lower(regexp_replace(normalize($1, NFD), "
    r"'[\u0300-\u036f]', '', 'g')), '[^[:alnum:]]+') w WHERE w <> '') $$"
)
LOCK = 7_403_219_115  # held by the one transaction that adds terms; others leave them to a later write


def _marks(row: str) -> str:
    return f"' {KIND_MARK}' || {row}.kind || COALESCE(' {SCOPE_MARK}' || {row}.scope, '')"


def word_triggers(vendor: str) -> list[Trigger]:
    """The triggers on the index itself, which keep the words."""
    if vendor == "postgresql":
        body = (
            "DECLARE every text[] := core_search_split(NEW.title || ' ' || NEW.body); BEGIN "
            "NEW.words := array_to_tsvector(every "
            "|| ARRAY(SELECT 'T' || w FROM unnest(core_search_split(NEW.title)) w) "
            f"|| string_to_array(ltrim({_marks('NEW')}), ' ')); "
            "IF EXISTS (SELECT 1 FROM unnest(every) w WHERE NOT EXISTS (SELECT 1 FROM core_search_terms s WHERE s.term = w)) "
            f"AND pg_try_advisory_xact_lock({LOCK}) THEN "
            "INSERT INTO core_search_terms SELECT w FROM unnest(every) w ON CONFLICT DO NOTHING; END IF;"
        )
        event = "INSERT OR UPDATE OF kind, scope, title, body"
        return [Trigger(f"{PREFIX}words", ENTRY, event, body, when="BEFORE")]
    remove = "".join(
        f"DELETE FROM {table} WHERE rowid = OLD.id; " for table in ("core_search_words", "core_search_titles")
    )
    add = (
        "DELETE FROM core_search_words WHERE rowid = NEW.id; DELETE FROM core_search_titles WHERE rowid = NEW.id; "
        f"INSERT INTO core_search_words (rowid, text) VALUES (NEW.id, NEW.title || ' ' || NEW.body || {_marks('NEW')}); "
        f"INSERT INTO core_search_titles (rowid, text) SELECT NEW.id, NEW.title || {_marks('NEW')} WHERE NEW.title <> '';"
    )
    return [
        Trigger(f"{PREFIX}words_insert", ENTRY, "INSERT", add),
        Trigger(f"{PREFIX}words_update", ENTRY, "UPDATE OF kind, scope, title, body", remove + add),
        Trigger(f"{PREFIX}words_delete", ENTRY, "DELETE", remove.strip()),
    ]


# --- Making them ---------------------------------------------------------------------------------
def _statements(trigger: Trigger, vendor: str) -> list[str]:
    make = f"CREATE TRIGGER {trigger.name} {trigger.when} {trigger.event} ON {trigger.table} FOR EACH ROW "
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {trigger.name}", f"{make}BEGIN {trigger.body} END"]
    back = "OLD" if trigger.event == "DELETE" else "NEW"
    begin = "" if trigger.body.startswith("DECLARE") else "BEGIN "
    return [
        f"DROP TRIGGER IF EXISTS {trigger.name} ON {trigger.table}",
        f"CREATE OR REPLACE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"{begin}{trigger.body} RETURN {back}; END $$",
        f"{make}EXECUTE FUNCTION {trigger.name}()",
    ]


def _there(cursor: Any, vendor: str) -> dict[str, str]:
    """The triggers that the database has, by name, as they were made."""
    if vendor == "sqlite":
        cursor.execute(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{PREFIX}%'")
        return dict(cursor.fetchall())
    cursor.execute(
        "SELECT g.tgname, pg_get_triggerdef(g.oid) || p.prosrc FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid "
        f"WHERE NOT g.tgisinternal AND g.tgname LIKE '{PREFIX}%' AND g.tgrelid::regclass::text NOT LIKE 'pg_%'"
    )
    return dict(cursor.fetchall())


def _is_as_wanted(trigger: Trigger, there: dict[str, str], vendor: str) -> bool:
    made = there.get(trigger.name, "")
    if vendor == "sqlite":
        return made == _statements(trigger, vendor)[1]
    return trigger.body in made and f" {trigger.table} " in made.replace("public.", "")


def remove(using: str) -> None:
    """Take all triggers away."""
    vendor = connections[using].vendor
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for name in _there(cursor, vendor):
            cursor.execute(
                f"DROP TRIGGER {name}" if vendor == "sqlite" else f"DROP FUNCTION IF EXISTS {name}() CASCADE"
            )


def install(using: str) -> list[str]:
    """Make the triggers that are missing or have changed, with their entries; the kinds that this concerned."""
    connection = connections[using]
    vendor = connection.vendor
    wanted = {kind.kind: triggers_of(kind, vendor) for kind in KINDS.values()}
    words = word_triggers(vendor)
    known = {trigger.name for triggers in [words, *wanted.values()] for trigger in triggers}
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in SQLITE_TABLES if vendor == "sqlite" else (*POSTGRESQL_TABLES, SPLIT):
            cursor.execute(statement)
        there = _there(cursor, vendor)
        for name in set(there) - known:
            cursor.execute(f"DROP TRIGGER {name}" if vendor == "sqlite" else f"DROP FUNCTION {name}() CASCADE")
        new_words = [trigger for trigger in words if not _is_as_wanted(trigger, there, vendor)]
        changed = [
            kind for kind, triggers in wanted.items() if not all(_is_as_wanted(t, there, vendor) for t in triggers)
        ]
        for trigger in [*new_words, *(trigger for kind in changed for trigger in wanted[kind])]:
            for statement in _statements(trigger, vendor):
                cursor.execute(statement)
        cursor.execute(f"DELETE FROM {ENTRY} WHERE kind NOT IN ({', '.join(['%s'] * len(KINDS))})", list(KINDS))
    if new_words:
        with transaction.atomic(using=using), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {ENTRY} SET title = title")  # has each entry's words worked out again
        tidy_terms(using)
    for kind in changed:
        for _done in refresh(KINDS[kind], using=using):
            pass
    return changed


def refresh(kind: Searchable, *, using: str = "default", size: int = BATCH) -> Iterator[int]:
    """Bring all entries of a kind up to date while the platform runs, a batch of rows at a time; yields how many so far."""
    connection = connections[using]
    table, pk = table_of(kind)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {pk} FROM {table} ORDER BY {kind.order or pk}, {pk}")
        keys = [row[0] for row in cursor.fetchall()]
    for first in range(0, len(keys), size):
        batch = keys[first : first + size]
        condition = f"t.{pk} IN ({', '.join(['%s'] * len(batch))})"
        with transaction.atomic(using=using), connection.cursor() as cursor:
            for statement in (_removal(kind, condition), _source(kind, condition, connection.vendor, is_locking=True)):
                cursor.execute(statement, batch)
        yield first + len(batch)
    _remove_orphans(kind, using, size)


def _remove_orphans(kind: Searchable, using: str, size: int) -> None:
    """Delete the entries of rows that are gone."""
    connection = connections[using]
    table, pk = table_of(kind)
    field = kind.model_class._meta.pk.db_type(connection).split()[0]
    last = 0
    while True:
        with transaction.atomic(using=using), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM {ENTRY} WHERE kind = %s AND id > %s ORDER BY id LIMIT {size}", [kind.kind, last]
            )
            rows = [row[0] for row in cursor.fetchall()]
            if not rows:
                return
            cursor.execute(
                f"DELETE FROM {ENTRY} WHERE kind = %s AND id >= %s AND id <= %s AND NOT EXISTS "
                f"(SELECT 1 FROM {table} t WHERE t.{pk} = CAST({ENTRY}.key AS {field}))",
                [kind.kind, rows[0], rows[-1]],
            )
        last = rows[-1]


def tidy_terms(using: str = "default") -> None:
    """Forget the terms that stand in no entry any more, and learn those that were left out. SQLite does so itself."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for table in ("core_search_words", "core_search_titles"):
                cursor.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # leaves no deleted words behind
            return
        cursor.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        cursor.execute("DROP TABLE IF EXISTS terms_now")
        cursor.execute(
            'CREATE TEMP TABLE terms_now ON COMMIT DROP AS SELECT word COLLATE "C" AS term '
            f"FROM ts_stat('SELECT words FROM {ENTRY}') WHERE word ~ '^[^A-Z]' AND word NOT LIKE 'zz%'"
        )
        cursor.execute("DELETE FROM core_search_terms WHERE term NOT IN (SELECT term FROM terms_now)")
        cursor.execute("INSERT INTO core_search_terms SELECT term FROM terms_now ON CONFLICT DO NOTHING")


Report = Callable[[str, int], None]


def rebuild(*, using: str = "default", report: Report = lambda kind, rows: None) -> dict[str, int]:
    """Bring the whole index up to date, in batches, while the platform runs; how many rows of each kind were read."""
    install(using)
    found = {}
    for kind in KINDS.values():
        found[kind.kind] = 0
        for rows in refresh(kind, using=using):
            found[kind.kind] = rows
            report(kind.many, rows)
    tidy_terms(using)
    return found
