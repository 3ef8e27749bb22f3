"""What the suite on SQLite would send to PostgreSQL, so that PostgreSQL can be asked about it without running the suite again.

    python -m pytest -p tests.statements --statements-to=FILE …       on SQLite: keeps statements, and chooses tests
    python -m pytest -p tests.statements --statements-from=FILE …     on PostgreSQL: runs the chosen tests, and asks

A statement is known by its shape: its SQL without the values, however many there are in a list. While the suite runs on
SQLite, the query behind each new shape is compiled for PostgreSQL too and kept with its values and its test's name. On
PostgreSQL, one test (tests/test_statements.py) lets the server plan each of them: it reads the syntax, looks up tables,
columns, functions and operators, and holds types and grouping against each other.

SQL that no query of Django's stands behind cannot be translated so. For that, the tests that together send every such
shape run again: the one that adds most new shapes for its time, then the next. So do all tests during which the database
refused something, and those that commit: rules among columns and rows, and their errors, have no shape. Tests marked
``database``, ``once`` or ``postgresql_only`` run on PostgreSQL in any case, for values, order and locks.
"""

import hashlib
import heapq
import io
import itertools
import json
import pickle
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import psycopg2
import pytest

LISTS = re.compile(r"\((?:%s(?:, )?)+\)(?:, \((?:%s(?:, )?)+\))*")
OF_SQLITE = re.compile(r" MATCH %s")  # its full text: the search asks PostgreSQL in words of its own
ABOUT_TRANSACTIONS = re.compile(r"(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT)\b")
ALWAYS = ("database", "once", "postgresql_only")
Sent = dict[str, tuple[float, list[str]]]  # by test: its seconds, and the shapes that it sent


def shape(sql: str) -> str:
    """A short name of a statement without its values."""
    return hashlib.blake2b(LISTS.sub("()", sql).encode(), digest_size=6).hexdigest()


def chosen(sent: Mapping[str, tuple[float, Iterable[str]]], *, covered: Iterable[str] = ()) -> list[str]:
    """Tests that together send every statement that is not ``covered``, cheap ones first: a greedy set cover."""
    left = {name: (max(seconds, 0.01), set(shapes) - set(covered)) for name, (seconds, shapes) in sent.items()}
    waiting = [(-len(shapes) / seconds, name) for name, (seconds, shapes) in left.items() if shapes]
    heapq.heapify(waiting)
    done: set[str] = set()
    found = []
    while waiting:
        worth, name = heapq.heappop(waiting)
        seconds, shapes = left[name]
        now = -len(shapes - done) / seconds
        if now == 0:
            continue
        if now > worth:  # others have covered some of it since
            heapq.heappush(waiting, (now, name))
            continue
        done |= shapes
        found.append(name)
    return found


# --- Compiling for PostgreSQL ------------------------------------------------------------------------------------
class Statement(NamedTuple):
    """A statement as PostgreSQL would get it, or why there is none."""

    test: str
    sql: str
    params: tuple[Any, ...]
    error: str = ""


class Translator:
    """Compiles Django's queries for a PostgreSQL to which it never connects."""

    def __init__(self) -> None:
        from django.db import connection
        from django.db.backends.postgresql.base import DatabaseWrapper

        settings = {**connection.settings_dict, "ENGINE": "django.db.backends.postgresql", "OPTIONS": {}}
        self.postgresql = DatabaseWrapper(settings, "default")
        oldest = self.postgresql.features.minimum_database_version[0]
        self.postgresql.__dict__["pg_version"] = oldest * 10_000  # what the oldest takes, all take
        self.postgresql.connect = self.refuse

    @staticmethod
    def refuse() -> None:
        raise AssertionError("compiling needs no connection")

    def compiled(self, compiler: Any) -> list[tuple[str, tuple[Any, ...]]]:
        """What a query's compiler for SQLite would have sent to PostgreSQL."""
        from django.db import connections

        query, real = compiler.query, connections["default"]
        self.postgresql.get_autocommit = real.get_autocommit  # SELECT … FOR UPDATE needs a transaction
        connections["default"] = self.postgresql  # some compilers make others by its name
        try:
            other = query.get_compiler("default", elide_empty=compiler.elide_empty)
            if not hasattr(query, "objs"):
                return [other.as_sql()]
            # An INSERT: two rows stand for many, and the values are there, as the first compiler made them.
            other.returning_fields = compiler.returning_fields
            other.pre_save_val = lambda field, row: getattr(row, field.attname)
            with mock.patch.object(query, "objs", query.objs[:2]):
                return other.as_sql()
        finally:
            connections["default"] = real


def kinds(params: Iterable[Any]) -> tuple[type, ...]:
    """The types of values, as often as they change."""
    return tuple(kind for kind, _values in itertools.groupby(map(type, params)))


class BinaryAsBytes(pickle.Pickler):
    """psycopg2's own wrapper of bytes cannot be pickled; the bytes in it can."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, psycopg2.extensions.Binary):
            return psycopg2.Binary, (bytes(value.adapted),)
        if isinstance(value, memoryview):
            return bytes, (bytes(value),)
        return NotImplemented


def packed(statements: list[Statement]) -> bytes:
    out = io.BytesIO()
    BinaryAsBytes(out).dump([tuple(statement) for statement in statements])
    return out.getvalue()


def unpacked(data: bytes) -> list[Statement]:
    return [Statement(*each) for each in pickle.loads(data)]


def refused(statements: Iterable[Statement], execute: Callable[[str, tuple[Any, ...]], None]) -> list[str]:
    """Which statements could not be compiled, or are refused by a PostgreSQL that is asked to plan them, and why."""
    found = []
    for statement in statements:
        problem = statement.error
        if not problem:
            try:
                execute(f"EXPLAIN {statement.sql}", statement.params)
            except Exception as error:  # noqa: BLE001  whatever it is, it is what the platform would meet
                problem = " ".join(str(error).split())
        if problem:
            found.append(f"{problem}\n    sent by {statement.test}\n    {statement.sql[:1000]}")
    return found


# --- With pytest -------------------------------------------------------------------------------------------------
def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the two files from the command line."""
    parser.addoption("--statements-to", type=Path, help="write the tests and statements for PostgreSQL here")
    parser.addoption("--statements-from", type=Path, help="run the tests chosen here, and those marked for PostgreSQL")


def pytest_configure(config: pytest.Config) -> None:
    """Note statements in each process that runs tests; gather them in the one that was called."""
    if config.getoption("statements_to"):
        noting = Noting(config)
        config.pluginmanager.register(noting)
        if not hasattr(config, "workeroutput"):
            config.pluginmanager.register(Gathering(config, noting))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what was not chosen."""
    if path := config.getoption("statements_from"):
        found = pickle.loads(path.read_bytes())
        names = {*found["tests"], *found["refused"]}
        apart = [
            item
            for item in items
            if item.nodeid not in names and not any(item.get_closest_marker(mark) for mark in ALWAYS)
        ]
        config.hook.pytest_deselected(items=apart)
        items[:] = [item for item in items if item not in set(apart)]


class Noting:
    """In a process that runs tests: what each one sends."""

    def __init__(self, config: pytest.Config) -> None:
        self.config, self.test = config, ""
        self.sent, self.raw = Sent(), set[str]()  # what no query stands behind: by test, and in this one
        self.refused, self.is_refused = (
            list[str](),
            False,
        )  # tests in which the database refused something, or that commit
        self.known: set[Any] = set()
        self.kept: dict[Any, Statement] = {}
        self.now = threading.local()  # .compiler: of the query that is being sent
        self.translator: Translator | None = None
        self.listen()

    def listen(self) -> None:
        """See every statement, and the query behind it."""
        from django.db import DatabaseError
        from django.db.backends.sqlite3.base import DatabaseWrapper
        from django.db.backends.utils import CursorWrapper
        from django.db.models.sql.compiler import SQLCompiler, SQLInsertCompiler

        def noted(original: Any) -> Any:
            def execute(cursor: Any, sql: Any, params: Any = None) -> Any:
                self.note(str(sql), params)
                try:
                    return original(cursor, sql, params)
                except DatabaseError:
                    self.is_refused = True
                    raise

            return execute

        def with_query(original: Any) -> Any:
            def execute_sql(compiler: Any, *args: Any, **kwargs: Any) -> Any:
                outer, self.now.compiler = getattr(self.now, "compiler", None), compiler
                try:
                    return original(compiler, *args, **kwargs)
                finally:
                    self.now.compiler = outer

            return execute_sql

        CursorWrapper.execute = noted(CursorWrapper.execute)  # type: ignore[method-assign]
        CursorWrapper.executemany = noted(CursorWrapper.executemany)  # type: ignore[method-assign]
        for kind in (SQLCompiler, SQLInsertCompiler):
            kind.execute_sql = with_query(kind.execute_sql)  # type: ignore[method-assign]
        # SQLite has one LIKE, whether or not capitals matter; a comment keeps the two apart.
        DatabaseWrapper.operators = {
            name: f"{sql} /* {name} */" if name.startswith("i") and "LIKE" in sql else sql
            for name, sql in DatabaseWrapper.operators.items()
        }

    def note(self, sql: str, params: Any) -> None:
        """Keep what is new."""
        compiler = getattr(self.now, "compiler", None)
        if compiler is None or OF_SQLITE.search(sql):
            if not ABOUT_TRANSACTIONS.match(sql):
                self.raw.add(sql)
            return
        query = compiler.query
        # What PostgreSQL is sent depends on the types of the values, and on what SQLite leaves out.
        types = () if hasattr(query, "objs") else kinds(params or ())
        lock = getattr(query, "select_for_update", False) and (
            query.select_for_update_nowait,
            query.select_for_update_skip_locked,
            query.select_for_update_of,
            query.select_for_no_key_update,
            compiler.connection.in_atomic_block,
        )
        if (sql, types, lock) in self.known:
            return
        short = (shape(sql), types, lock)
        is_new = short not in self.known
        self.known |= {(sql, types, lock), short}
        if not is_new:
            return
        self.translator = self.translator or Translator()
        try:
            for text, values in self.translator.compiled(compiler):
                self.kept.setdefault((shape(text), *kinds(values)), Statement(self.test, text, tuple(values)))
        except Exception as error:  # noqa: BLE001  reported when PostgreSQL is asked
            why = f"not compiled for PostgreSQL: {type(error).__name__}: {error}"
            self.kept[short] = Statement(self.test, sql, (), why)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.raw.clear()
        database = item.get_closest_marker("django_db")
        commits = "transactional_db" in item.fixturenames or (database and database.kwargs.get("transaction"))  # type: ignore[attr-defined]
        self.test, self.is_refused = item.nodeid, bool(commits)
        began = time.process_time()
        result = yield
        if not any(item.get_closest_marker(mark) for mark in (*ALWAYS, "sqlite_only")):
            if self.is_refused:
                self.refused.append(item.nodeid)
            elif self.raw:
                self.sent[item.nodeid] = (time.process_time() - began, sorted(set(map(shape, self.raw))))
        return result

    def pytest_sessionfinish(self) -> None:
        if hasattr(self.config, "workeroutput"):
            found = (json.dumps(self.sent), json.dumps(self.refused), packed(list(self.kept.values())))
            self.config.workeroutput["statements"] = found


class Gathering:
    """In the process that was called: bring together what all saw, and choose."""

    def __init__(self, config: pytest.Config, noting: Noting) -> None:
        self.config, self.noting = config, noting
        self.sent: Sent = {}
        self.refused: list[str] = []
        self.kept: dict[Any, Statement] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        output = getattr(node, "workeroutput", None) or {}
        sent, refused, kept = output.get("statements", ("{}", "[]", packed([])))
        self.sent |= json.loads(sent)
        self.refused += json.loads(refused)
        self.kept |= {(shape(each.sql), *kinds(each.params)): each for each in unpacked(kept)}

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        sent = self.sent | self.noting.sent
        kept = self.kept | self.noting.kept
        refused = self.refused + self.noting.refused
        found = {"tests": chosen(sent), "refused": refused, "statements": packed(list(kept.values()))}
        self.config.getoption("statements_to").write_bytes(pickle.dumps(found))
