"""What PostgreSQL is asked about, and which tests are chosen to run again there."""

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.backends.postgresql.psycopg_any import Jsonb
from django.db.models import BigIntegerField, CharField, Count, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce
from django.db.models.sql import InsertQuery
from django.db.transaction import TransactionManagementError
from hypothesis import given
from hypothesis import strategies as st

from impact.core.people.models import Person
from tests.statements import Statement, Translator, chosen, packed, refused, shape, unpacked

ROOT = Path(__file__).resolve().parent.parent
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


class Ungrouped(RawSQL):
    """Beside a group, but not part of it."""

    def get_group_by_cols(self):
        return []


PEOPLE = Person.objects.order_by()
FAULTS = {  # queries that SQLite answers, and what PostgreSQL says of them
    "must appear in the GROUP BY": lambda: PEOPLE.values("name").annotate(n=Count("pk"), email=Ungrouped("email", [])),
    "operator does not exist": lambda: PEOPLE.filter(name=Cast("pk", BigIntegerField())),
    "cannot be matched": lambda: PEOPLE.annotate(n=Coalesce("name", Value(1), output_field=CharField())).values("n"),
    "UNION types": lambda: PEOPLE.values_list("name").union(PEOPLE.values_list("pk")),
    "not allowed with DISTINCT": lambda: PEOPLE.select_for_update().distinct(),
    "nullable side of an outer join": lambda: PEOPLE.select_related("user").select_for_update(),
}


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("words", FAULTS)
def test_a_query_that_only_postgresql_refuses_is_found_with_the_test_that_sends_it(words, is_sqlite):
    """Each one is answered by SQLite and compiled there; PostgreSQL, asked to plan it, says what is wrong."""
    query = FAULTS[words]().query
    with transaction.atomic():
        ((sql, params),) = Translator().compiled(query.get_compiler("default"))
    if is_sqlite:
        for_sqlite, values = query.get_compiler("default").as_sql()
        with connection.cursor() as cursor:
            assert cursor.execute(for_sqlite, values).fetchall() == []
    else:
        (found,) = refused(unpacked(packed([Statement("test_of_people", sql, params)])), plan)
        assert words in found and "sent by test_of_people" in found


@pytest.mark.django_db
def test_an_insert_is_compiled_with_the_values_that_the_row_has_already():
    row = Person(name="Ada")
    row.save()
    created = row.created_at
    query = InsertQuery(Person)
    query.insert_values(Person._meta.local_concrete_fields, [row] * 3)
    compiler = query.get_compiler("default")
    ((sql, params),) = Translator().compiled(compiler)
    assert 'INSERT INTO "core_person"' in sql and "UNNEST" in sql
    assert all(len(column) == 2 for column in params) and row.created_at == created


@pytest.mark.sqlite_only
@pytest.mark.django_db
def test_what_sqlite_leaves_out_is_there_for_postgresql():
    def compiled(rows: Any) -> str:
        with transaction.atomic():
            return Translator().compiled(rows.query.get_compiler("default"))[0][0]

    assert compiled(PEOPLE.select_for_update()).endswith("FOR UPDATE")
    assert "UPPER(" in compiled(PEOPLE.filter(name__icontains="a"))
    assert "UPPER(" not in compiled(PEOPLE.filter(name__contains="a"))


@pytest.mark.django_db
def test_bytes_and_json_reach_postgresql_as_they_were():
    values = (psycopg2.Binary(b"\0\1"), memoryview(b"two"), Jsonb({"a": 1}))
    ((_test, _sql, (first, second, third), _error),) = unpacked(packed([Statement("t", "SELECT 1", values)]))
    assert (bytes(first.adapted), second, third.adapted) == (b"\0\1", b"two", {"a": 1})


THREE_TESTS = """
import pytest
from django.db import IntegrityError, transaction
from impact.core.people.models import Person
from tests import factories

@pytest.mark.django_db
def test_nothing_is_refused():
    Person.objects.create(name="Ada")

@pytest.mark.django_db
def test_the_database_refuses():
    user = factories.UserFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=factories.UserFactory().person.pk).update(user=user)

@pytest.mark.django_db(transaction=True)
def test_it_commits():
    Person.objects.create(name="Ada")
"""


@pytest.mark.sqlite_only
def test_tests_in_which_the_database_refuses_something_and_those_that_commit_run_again(tmp_path, migrated_file):
    (tmp_path / "conftest.py").write_text("from tests.conftest import *")
    (tmp_path / "test_three.py").write_text(THREE_TESTS)
    options = [
        "-p",
        "tests.environment",
        "-p",
        "tests.statements",
        "-n0",
        "-c",
        ROOT / "pyproject.toml",
    ]
    command = [
        sys.executable,
        "-m",
        "pytest",
        *options,
        "--statements-to=kept",
        f"--rootdir={tmp_path}",
        "test_three.py",
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "IMPACT_TEST_FOLDER": str(migrated_file.parent.parent)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    again = [name.rpartition("::")[2] for name in pickle.loads((tmp_path / "kept").read_bytes())["refused"]]
    assert sorted(again) == ["test_it_commits", "test_the_database_refuses"]


@pytest.mark.sqlite_only
@pytest.mark.django_db
def test_sqlite_too_refuses_to_go_on_after_an_error():
    with pytest.raises(TransactionManagementError), transaction.atomic():
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column FROM core_person")
        Person.objects.count()
    assert Person.objects.count() == 0  # the savepoint is rolled back


@pytest.mark.postgresql_only
@pytest.mark.django_db
def test_postgresql_takes_every_statement_that_the_suite_on_sqlite_sends(request):
    path = request.config.getoption("statements_from", None)
    if path is None:
        pytest.skip("./test keeps the statements while the suite runs on SQLite")
    statements = unpacked(pickle.loads(path.read_bytes())["statements"])
    assert statements
    problems = refused(statements, plan)
    assert not problems, "\n\n".join([f"PostgreSQL refuses {len(problems)} statements:", *problems])
