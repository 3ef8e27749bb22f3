"""What is asked, by nation and in which words: read from questions.toml, checked by the one function for answers."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

PREFER_NOT = "prefer_not"
UK = "uk"
WELSH_IN = ("wales", UK)  # where few are asked in Wales, they are asked what all of the UK are


@dataclass(frozen=True)
class Question:
    """One question as it is asked: its words and its choices, the last of which says nothing."""

    key: str
    label: str
    choices: tuple[tuple[str, str], ...]


@cache
def _read() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))


@cache
def questions(nation: str = UK, *, words: str = "") -> tuple[Question, ...]:
    """The questions of a nation, in their order; another value than the four nations' gets those for all of the UK.

    ``words``: "easy" for Easy Read, "cy" for Welsh, which the questions of Wales and of all of the UK have.
    """
    data = dict(_read())
    last = data.pop("words")
    known = {"england", "wales", "scotland", "northern_ireland"}
    nation = nation if nation in known else UK
    words = "" if words == "cy" and nation not in WELSH_IN else words
    found = []
    for key, one in data.items():
        if nation not in one.get("nations", (UK, *known)):
            continue
        choices = [
            (name, choice["cy"] if words == "cy" else choice["label"])
            for name, choice in one["choices"].items()
            if nation in choice.get("nations", (UK, *known))
        ]
        choices.append((PREFER_NOT, last["prefer_not_cy" if words == "cy" else "prefer_not"]))
        found.append(Question(key, one.get(words) or one["label"], tuple(choices)))
    return tuple(found)


@cache
def all_questions() -> dict[str, dict[str, str]]:
    """Every choice of every nation by question, with its words: for figures, which stand side by side."""
    data = dict(_read())
    last = data.pop("words")["prefer_not"]
    return {
        key: {**{name: choice["label"] for name, choice in one["choices"].items()}, PREFER_NOT: last}
        for key, one in data.items()
    }


def label_of(key: str) -> str:
    """The words of a question."""
    return str(_read()[key]["label"])


def counts_as(key: str, choice: str) -> str:
    """The choice as which another counts where figures of several nations stand together: itself, mostly."""
    return str(_read()[key]["choices"].get(choice, {}).get("as", choice))


def checked(answers: Mapping[str, str], nation: str = UK) -> dict[str, str]:
    """The answers that were given, without the questions that were left out. Raises ValidationError for any other."""
    asked = {one.key: dict(one.choices) for one in questions(nation)}
    given = {key: value for key, value in answers.items() if value}
    for key, value in given.items():
        if value not in asked.get(key, {}):
            raise ValidationError("Choose one of the answers, or leave the question out.")
    return given
