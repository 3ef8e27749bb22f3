"""Our own small library of drawings for Easy Read: static/img/easy-read/, with names and words in drawings.toml."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Drawing:
    """One drawing: what writers choose it by, and what it shows for people who do not see it."""

    key: str
    name: str
    alt: str

    @property
    def path(self) -> str:
        """Where it is among the static files."""
        return f"img/easy-read/{self.key}.svg"


@lru_cache(maxsize=1)
def drawings() -> dict[str, Drawing]:
    """Every drawing by its key."""
    data = tomllib.loads(Path(__file__).with_name("drawings.toml").read_text(encoding="utf-8"))
    return {key: Drawing(key, **row) for key, row in data["drawings"].items()}
