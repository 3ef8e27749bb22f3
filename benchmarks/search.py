"""How long a search takes among 10,000 and among 1,000,000 contributions, on both databases, for staff and for a member.

    python benchmarks/search.py [--small 10000] [--large 1000000] [--only sqlite|postgresql] [--seconds]

Prints the median and the 95th percentile of the whole search (every kind, the counts, one page with excerpts) and the
ratio of the two sizes. Bar: the 95th percentile among the most is at most 3 times that among the fewest. Ends with 1 when
it is missed. What people look for is a mixture: words that half of all contributions have, rare ones, several words,
filters, slips, the beginnings of titles. The rows are made without triggers; then the index is built as a rebuild does.
"""

import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BAR = 3.0
GROUPS, EACH, WORDS = 40, 100, 8000  # groups; contributions of a meeting; words that people use
SYLLABLES = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "ar", "en", "il")]


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--small", type=int, default=10_000)
    ask.add_argument("--large", type=int, default=1_000_000)
    ask.add_argument("--only", choices=["sqlite", "postgresql"])
    ask.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.inside:
        print(json.dumps(measure(given.inside)))
        return 0
    sizes = (given.small, given.large)
    found: dict[str, list[dict[str, Any]]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="impact-search-")))
        if given.only != "postgresql":
            found["SQLite"] = [run(sqlite_file(folder, size), size) for size in sizes]
        if given.only != "sqlite":
            sys.path.insert(0, str(ROOT / "scripts"))
            from test_servers import postgresql

            address, name = stack.enter_context(postgresql())
            found[name] = [run(postgresql_database(address, size), size) for size in sizes]
    missed = False
    print(
        f"\n{'':<34}{'contributions':>14}{'reader':>9}{'median':>10}{'p95':>10}{'ratio':>8}{'own CPU p95':>13}{'ratio':>8}{'index built':>13}"
    )
    for database, rows in found.items():
        for reader in ("staff", "member"):
            for row in rows:
                ratio = row[reader]["p95"] / rows[0][reader]["p95"]
                missed = missed or ratio > BAR
                print(
                    f"{database:<34}{row['size']:>14,}{reader:>9}{row[reader]['median']:>7.0f} ms{row[reader]['p95']:>7.0f} ms"
                    f"{ratio:>8.2f}{row[reader]['cpu95']:>10.0f} ms{row[reader]['cpu95'] / rows[0][reader]['cpu95']:>8.2f}"
                    f"{row['built']:>11.0f} s"
                )
                if row is rows[-1]:
                    for kind, slow in row[reader]["by_kind"].items():
                        print(f"{'':<34}{kind:>30}{slow:>10.0f} ms (median)")
    print(f"\nBar: the 95th percentile among the most is at most {BAR} times that among the fewest.")
    return int(missed)


def sqlite_file(folder: Path, size: int) -> str:
    """A migrated SQLite file."""
    first = folder / "first.sqlite3"
    if not first.exists():
        if kept := os.environ.get("IMPACT_TEST_FOLDER"):
            shutil.copy(Path(kept) / "migrated" / "impact.sqlite3", first)
        else:
            migrate(f"sqlite:///{first}")
        with sqlite3.connect(first) as database:
            database.execute("PRAGMA journal_mode=DELETE")
    file = folder / f"{size}.sqlite3"
    shutil.copy(first, file)
    return f"sqlite:///{file}"


def postgresql_database(address: str, size: int) -> str:
    """A migrated database of its own."""
    import psycopg2

    host = address.rsplit("/", 1)[0]
    server = psycopg2.connect(f"{host}/postgres".replace("postgres://", "postgresql://"))
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'first'")
        if not cursor.fetchone():
            cursor.execute("CREATE DATABASE first")
            migrate(f"{host}/first")
        cursor.execute(f"CREATE DATABASE size{size} TEMPLATE first")
    server.close()
    return f"{host}/size{size}"


def environment(address: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": address,
        "SECRET_KEY": "only-for-measuring",
        "IMPACT_HTTPS": "0",
        "LOG_LEVEL": "ERROR",
    }


def migrate(address: str) -> None:
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment(address), check=True)


def run(address: str, size: int) -> dict[str, Any]:
    """Measure in a process of its own, which knows one database alone."""
    print(f"{size:,} contributions on {address.split(':')[0]}", file=sys.stderr, flush=True)
    command = [sys.executable, __file__, "--inside", str(size)]
    done = subprocess.run(command, cwd=ROOT, env=environment(address), stdout=subprocess.PIPE, text=True, check=True)
    return {"size": size, **json.loads(done.stdout.splitlines()[-1])}


# --- Inside: one database, one size --------------------------------------------------------------
def measure(size: int) -> dict[str, Any]:
    """Make the rows and the index, then search as staff and as a member of one group."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "impact.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.db import connection

    from impact.core.web.search import following

    chance = random.Random(4)
    words = ["".join(chance.choices(SYLLABLES, k=chance.choice((2, 2, 3, 3, 4)))) for _ in range(WORDS)]
    following.remove("default")
    make(size, words, chance)
    begun = time.perf_counter()
    following.install("default")
    built = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    import_module("impact.urls")  # before the clock runs
    staff, member = readers()
    return {"built": built, "staff": timed(staff, words), "member": timed(member, words)}


def make(size: int, words: list[str], chance: random.Random) -> None:
    """Groups, meetings and ``size`` contributions, whose words are as unequal as those of a language."""
    import uuid

    from django.db import connection, transaction
    from django.utils import timezone

    from networks.groups.models import Group
    from networks.log.models import Contribution
    from networks.meetings.models import Meeting
    from tests import factories

    site = factories.SiteFactory(delivery_model="network")
    nations = ["england", "northern_ireland", "scotland", "wales"]
    groups = [
        factories.GroupFactory(site=site, name=f"{w.title()} network", nation=nations[n % 4])
        for n, w in enumerate(words[:GROUPS])
    ]
    assert isinstance(groups[0], Group)
    weights = [1 / (n + 3) for n in range(WORDS)]
    total = max(GROUPS, size // EACH)
    start = factories.at(2022, 1, 1)
    meetings = [
        Meeting(
            group=groups[n % GROUPS], number=n // GROUPS + 1, title=f"Meeting about {words[n % 500]}", status="logged",
            starts_at=start + timezone.timedelta(hours=n % 9000), ends_at=start + timezone.timedelta(hours=n % 9000 + 2),
            announced_at=start, logged_at=start,
        )
        for n in range(total)
    ]  # fmt: skip
    Meeting.objects.bulk_create(meetings, batch_size=500)
    pks = list(Meeting.objects.order_by("pk").values_list("pk", flat=True))
    columns = "id, meeting_id, kind, level, perspective, words, may_quote, position, recorded_at, version"
    one = "(" + ", ".join(["%s"] * 10) + ")"
    for first in range(0, size, 2000):
        rows: list[Any] = []
        many = min(2000, size - first)
        for n in range(first, first + many):
            said = " ".join(chance.choices(words, weights, k=14))
            key = uuid.UUID(int=chance.getrandbits(128))
            rows += [
                key.hex if connection.vendor == "sqlite" else str(key),
                pks[n // EACH % len(pks)],
                "barrier",
                "",
                "",
                said,
            ]
            rows += [False, n % EACH, start + timezone.timedelta(seconds=n), 1]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {Contribution._meta.db_table} ({columns}) VALUES {', '.join([one] * many)}", rows
            )


def readers() -> tuple[Any, Any]:
    from networks.groups.models import Group
    from tests import factories

    return factories.UserFactory(roles=["staff"]), factories.user_in(Group.objects.order_by("pk")[0])


def timed(user: Any, words: list[str]) -> dict[str, Any]:
    """Milliseconds of searches of several kinds, each of them several times with other words."""
    from datetime import date

    from impact.core.notices.accounts import AccountBackend
    from impact.core.web.search.finding import Asked, find, suggest

    def slip(word: str) -> str:
        return word[:2] + word[3] + word[2] + word[4:] if len(word) > 4 else word + "x"

    kinds = {
        "one common word": [Asked(words[n]) for n in range(1, 9)],
        "one usual word": [Asked(words[n]) for n in range(100, 900, 100)],
        "one rare word": [Asked(words[n]) for n in range(4000, 7200, 400)],
        "two words": [Asked(f"{words[n]} {words[n * 20]}") for n in range(2, 10)],
        "three common words": [Asked(f"{words[n]} {words[n + 1]} {words[n + 2]}") for n in range(8)],
        "a nation": [Asked(words[n], nation="wales") for n in range(20, 28)],
        "a month": [Asked(words[n], after=date(2022, 2, 1), before=date(2022, 2, 28)) for n in range(30, 38)],
        "a slip": [Asked(slip(words[n])) for n in range(3000, 3008)],
    }
    times: dict[str, list[float]] = {}
    processor: list[float] = []
    for kind, asked in kinds.items():
        for one in asked:
            fresh = AccountBackend().get_user(user.pk)  # as each request does, which knows that it acts for no one
            times.setdefault(kind, []).append(taken(lambda f=fresh, o=one: find(f, o), processor))
    for n in range(24):
        fresh = AccountBackend().get_user(user.pk)
        times.setdefault("suggestions", []).append(taken(lambda f=fresh, n=n: suggest(f, words[n][:3]), processor))
    processor.sort()
    every = sorted(ms for some in times.values() for ms in some)
    return {
        "median": every[len(every) // 2],
        "p95": every[int(len(every) * 0.95)],
        "cpu95": processor[int(len(processor) * 0.95)],
        "by_kind": {kind: sorted(some)[len(some) // 2] for kind, some in times.items()},
    }


def taken(search: Any, processor: list[float]) -> float:
    """Milliseconds by the clock; those of this process's processor time, which other programs do not lengthen, beside."""
    begun, own = time.perf_counter(), time.process_time()
    search()
    processor.append((time.process_time() - own) * 1000)
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    sys.exit(main())
