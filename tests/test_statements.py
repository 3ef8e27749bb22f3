"""What PostgreSQL is asked about, and which tests are chosen to run again there."""

import pickle
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.statements import chosen, refused, shape, unpacked

shapes = st.frozensets(st.sampled_from("abcdefgh"), max_size=5)
sent = st.dictionaries(st.text("xyz", min_size=1), st.tuples(st.floats(0, 10), shapes), max_size=12)


@given(sent)
def test_every_statement_that_any_test_sends_is_sent_by_one_that_is_chosen(sent):
    picked = chosen(sent)
    assert {s for name in picked for s in sent[name][1]} == {s for _seconds, own in sent.values() for s in own}
    for n, name in enumerate(picked):  # none is there for nothing
        assert sent[name][1] - {s for earlier in picked[:n] for s in sent[earlier][1]}


def test_of_two_tests_that_send_the_same_the_quick_one_runs_again():
    assert chosen({"slow": (9.0, ["a", "b"]), "quick": (0.1, ["a", "b"])}) == ["quick"]
    assert chosen({"first": (1.0, ["a"]), "second": (1.0, ["b"])}, covered=["a"]) == ["second"]


def test_a_statement_is_known_by_its_shape_whatever_its_values_and_however_many():
    assert shape("SELECT 1 WHERE id IN (%s)") == shape("SELECT 1 WHERE id IN (%s, %s, %s)")
    assert shape("INSERT INTO t VALUES (%s, %s)") == shape("INSERT INTO t VALUES (%s, %s), (%s, %s)")
    assert shape("SELECT 1 WHERE a = %s") != shape("SELECT 1 WHERE b = %s")


def plan(sql: str, params: tuple[Any, ...]) -> None:
    """Let PostgreSQL plan a statement, which neither runs it nor locks a row."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


@pytest.mark.postgresql_only
@pytest.mark.django_db
def test_postgresql_takes_every_statement_that_the_suite_on_sqlite_sends(request):
    path = request.config.getoption("statements_from", None)
    if path is None:
        pytest.skip("./test keeps the statements while the suite runs on SQLite")
    statements = unpacked(pickle.loads(path.read_bytes())["statements"])
    assert len(statements) > 1000
    problems = refused(statements, plan)
    assert not problems, "\n\n".join([f"PostgreSQL refuses {len(problems)} statements:", *problems])
