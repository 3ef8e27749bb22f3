"""Which tests must run again on PostgreSQL, so that every statement that any test sends is sent there too.

    python -m pytest -p tests.statements --statements-to=FILE …       on SQLite: notes what each test sends, and chooses
    python -m pytest -p tests.statements --statements-from=FILE …     on PostgreSQL: runs the chosen tests

A statement is known by its shape: its SQL without the values, however many there are in a list. The choice takes the test
that adds most new statements for its time, then the next, until every statement is covered. Tests marked ``database``,
``once`` or ``postgresql_only`` run on PostgreSQL in any case: values, locks and constraints have no shape.
"""

import hashlib
import heapq
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

LISTS = re.compile(r"\((?:%s(?:, )?)+\)(?:, \((?:%s(?:, )?)+\))*")
NAMES = re.compile(r'SAVEPOINT .*|"?[sx]\d+_x\d+"?')
ALWAYS = ("database", "once", "postgresql_only")
Sent = dict[str, tuple[float, list[str]]]  # by test: its seconds, and the shapes that it sent


def shape(sql: str) -> str:
    """A short name of a statement without its values."""
    return hashlib.blake2b(NAMES.sub("", LISTS.sub("()", sql)).encode(), digest_size=6).hexdigest()


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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the two files from the command line."""
    parser.addoption("--statements-to", type=Path, help="write the names of the tests to run on PostgreSQL here")
    parser.addoption("--statements-from", type=Path, help="run the tests named here, and those marked for PostgreSQL")


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
        names = set(json.loads(path.read_text()))
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
        from django.db.backends.utils import CursorWrapper

        self.config, self.sent, self.now = config, Sent(), set[str]()
        execute, executemany, now = CursorWrapper.execute, CursorWrapper.executemany, self.now

        def noted(self: Any, sql: Any, params: Any = None) -> Any:
            now.add(str(sql))
            return execute(self, sql, params)

        def noted_many(self: Any, sql: Any, params: Any) -> Any:
            now.add(str(sql))
            return executemany(self, sql, params)

        CursorWrapper.execute, CursorWrapper.executemany = noted, noted_many  # type: ignore[method-assign]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.now.clear()
        began = time.process_time()
        result = yield
        if not any(item.get_closest_marker(mark) for mark in (*ALWAYS, "sqlite_only")):
            self.sent[item.nodeid] = (time.process_time() - began, sorted(set(map(shape, self.now))))
        return result

    def pytest_sessionfinish(self) -> None:
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["statements"] = json.dumps(self.sent)


class Gathering:
    """In the process that was called: bring together what all saw, and choose."""

    def __init__(self, config: pytest.Config, noting: Noting) -> None:
        self.config, self.noting = config, noting
        self.sent: Sent = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.sent |= json.loads((getattr(node, "workeroutput", None) or {}).get("statements", "{}"))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        sent = self.sent | self.noting.sent
        self.config.getoption("statements_to").write_text(json.dumps(chosen(sent)))
