"""Keys of very many rows: asked of the database as one text for each group of rows, and kept small."""

import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any
from uuid import UUID

from django.db.models import Aggregate, TextField

Key = int | UUID


class JoinedKeys(Aggregate):
    """The keys of a group of rows, joined by commas: a hundred times fewer values to bring over than rows."""

    function = "GROUP_CONCAT"
    output_field = TextField()
    name = "JoinedKeys"

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="STRING_AGG((%(expressions)s)::text, ',')", **extra)


def read(joined: str) -> list[int] | list[UUID]:
    """Keys from a joined text, in their order."""
    parts = joined.split(",")
    if parts[0].isdecimal() and len(parts[0]) < 20:
        return sorted(map(int, parts))
    return [UUID(int=number) for number in sorted(int(part.replace("-", ""), 16) for part in parts)]


def pack(joined: str) -> bytes:
    """A joined text made small: whole numbers as their differences, UUIDs as their 16 bytes."""
    parts = joined.split(",")
    if parts[0].isdecimal() and len(parts[0]) < 20:
        keys = sorted(map(int, parts))
        steps = array("Q", [keys[0], *(after - before for before, after in pairwise(keys))])
        return b"n" + zlib.compress(steps.tobytes(), 1)
    raw = bytes.fromhex(joined.replace(",", "").replace("-", ""))
    return b"u" + b"".join(sorted(raw[at : at + 16] for at in range(0, len(raw), 16)))


def unpack(kept: bytes) -> Sequence[Key]:
    """The keys again, in their order."""
    kind, rest = kept[:1], bytes(kept[1:])
    if kind == b"n":
        steps = array("Q")
        steps.frombytes(zlib.decompress(rest))
        return list(accumulate(steps))
    return [UUID(bytes=rest[at : at + 16]) for at in range(0, len(rest), 16)]
