"""The demonstration's data files: what is wrong in one is said with its name, the place and the key."""

from dataclasses import dataclass, field
from datetime import date

import pytest
from django.core.management.base import CommandError

from impact.core.basics.vocabulary import Nation
from impact.core.management import demo


@dataclass(frozen=True, kw_only=True)
class Saying:
    words: str
    on: date
    nation: Nation | None = None
    may_quote: bool = True


@dataclass(frozen=True, kw_only=True)
class Meeting:
    title: str
    said: list[Saying] = field(default_factory=list)


@pytest.fixture
def read(tmp_path):
    """Reads a file with these contents, as a module in the folder above it would."""
    (tmp_path / "data").mkdir()

    def read(name, contents, shape):
        (tmp_path / "data" / name).write_text(contents)
        return demo.read(str(tmp_path / "estate.py"), name, shape)

    return read


MEETINGS = """
[1]
title = "First"

[[1.said]]
words = "Ask me."
on = 2022-07-26
nation = "wales"
may_quote = false

[2]
title = "Second"
"""


def test_a_toml_file_becomes_what_the_code_beside_it_says(read):
    saying = Saying(words="Ask me.", on=date(2022, 7, 26), nation=Nation.WALES, may_quote=False)
    assert read("m.toml", MEETINGS, dict[int, Meeting]) == {
        1: Meeting(title="First", said=[saying]),
        2: Meeting(title="Second"),
    }


def test_an_empty_cell_is_a_key_left_out(read):
    table = "words,on,nation,may_quote\nAsk me.,2022-07-26,,no\n"
    (saying,) = read("said.csv", table, list[Saying])
    assert saying == Saying(words="Ask me.", on=date(2022, 7, 26), may_quote=False)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("words =", "wrods =", r"data/m\.toml, 1, said, 1: unknown: wrods\. Known here: words, on"),
        ('words = "Ask me."\n', "", r"data/m\.toml, 1, said, 1: missing: words\."),
        ('"wales"', '"whales"', r"data/m\.toml, 1, said, 1, nation: 'whales' is not one of england, .*wales"),
        ("2022-07-26", "2022", r"data/m\.toml, 1, said, 1, on: 2022 is not of the type date"),
        ("[2]", "[two]", r"data/m\.toml: 'two' is not of the type int"),
        ("[[1.said]]", "[1.said]", r"data/m\.toml, 1, said: \{.*\} is not of the type list"),
        ("[2]", "[2", r"data/m\.toml cannot be read: .*line 11"),
    ],
)
def test_a_toml_file_that_is_wrong_is_refused_by_name(read, before, after, message):
    with pytest.raises(CommandError, match=message):
        read("m.toml", MEETINGS.replace(before, after, 1), dict[int, Meeting])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("words,on,who\nAsk me.,2022-07-26,\n", r"data/said\.csv, 1: unknown: who"),
        ("words\nAsk me.\n", r"data/said\.csv, 1: missing: on\."),
        ("words,on\nAsk me.,2022-07-26,more\n", r"data/said\.csv, 1: unknown: a cell without a heading"),
        ("words,on,may_quote\nAsk me.,2022-07-26,perhaps\n", r"data/said\.csv, 1, may_quote: 'perhaps'"),
    ],
)
def test_a_table_that_is_wrong_is_refused_by_name(read, table, message):
    with pytest.raises(CommandError, match=message):
        read("said.csv", table, list[Saying])


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(CommandError, match=r"impact/core/management/data/none\.toml cannot be read"):
        demo.read(demo.__file__, "none.toml", dict[str, str])


def test_lines_of_a_paragraph_are_joined_as_someone_would_type_them():
    wrapped = "\nOne\ntwo.\n\n- a\n  b\n- c\n\n# H\n\n1. d\n2. e\n   f\n"
    assert demo.joined(wrapped) == "One two.\n\n- a b\n- c\n\n# H\n\n1. d\n2. e f"
    assert demo.joined(" One line stays as it is. ") == " One line stays as it is. "
