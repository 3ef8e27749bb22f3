"""What following lists costs: a page of 50 rows with and without it, and writing with and without the triggers.

Both sides stand in one run on the same rows, in turns, in a SQLite file of its own, and on PostgreSQL where DATABASE_URL
names one that is migrated and empty. "Without" is the list as it was before: no copy, no times, no ETag.

    .venv/bin/python benchmarks/lists.py [--rows 10000] [--rounds 60]
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Make the rows, measure both sides in turns, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/lists.sqlite3")
        os.environ |= {
            "IMPACT_DEMO": "1",
            "LOG_LEVEL": "ERROR",
            "IMPACT_DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "impact.settings",
        }
        import django

        django.setup()
        measure(given.rows, given.rounds)
    return 0


def in_turns(rounds: int, *acts: Callable[[], object]) -> list[float]:
    """The median milliseconds of each act."""
    times: list[list[float]] = [[] for _act in acts]
    for n in range(rounds + 3):
        for act, found in zip(acts, times, strict=True):
            start = time.perf_counter()
            act()
            if n >= 3:
                found.append((time.perf_counter() - start) * 1000)
    return [statistics.median(found) for found in times]


def measure(rows: int, rounds: int) -> None:
    """Print every ratio."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.test import Client
    from rest_framework.mixins import ListModelMixin
    from rest_framework.throttling import SimpleRateThrottle

    from impact.core.api.lists import answering, watching
    from networks.log.models import Contribution
    from networks.meetings.models import Meeting
    from tests import factories

    settings.ALLOWED_HOSTS, settings.TWO_STEP_REQUIRED = ["testserver"], False
    SimpleRateThrottle.THROTTLE_RATES = {"user": None, "anon": None}
    call_command("migrate", verbosity=0)
    group, theme = factories.GroupFactory(), factories.ThemeFactory()
    held = [factories.LoggedMeetingFactory(group=group, number=n + 1) for n in range(60)]
    made = [
        Contribution(meeting=held[n % 60], kind="barrier", level="systemic", theme=theme, words=f"Words {n}")
        for n in range(rows)
    ]
    client = Client()
    client.force_login(factories.UserFactory(roles=["staff"]))

    def one() -> None:
        Meeting.objects.filter(pk=held[0].pk).update(title="Written")

    def many() -> None:
        with transaction.atomic():
            Contribution.objects.bulk_create(
                [Contribution(meeting=held[0], kind="barrier", level="systemic", words="Row") for _n in range(500)]
            )
            transaction.set_rollback(True)

    tables = [watching.watched()[model._meta.db_table] for model in (Meeting, Contribution)]
    triggers = {k: v for table in tables for k, v in watching._statements(table, connection.vendor).items()}
    for name, act in (("1 row", one), ("500 rows", many)):
        times: dict[bool, list[float]] = {True: [], False: []}
        for _round in range(max(10, rounds // 2)):
            for is_on in (True, False):
                with connection.cursor() as cursor:
                    for trigger, statements in triggers.items():
                        if not is_on:
                            watching._drop(cursor, connection.vendor, trigger)
                        elif _round:
                            for statement in statements:
                                cursor.execute(statement)
                act()  # what the first after a change of the schema costs more is not counted
                start = time.perf_counter()
                act()
                times[is_on].append((time.perf_counter() - start) * 1000)
        now, before = statistics.median(times[True]), statistics.median(times[False])
        print(
            f"{connection.vendor}: writing {name}: {before:.2f} ms without triggers, {now:.2f} ms with, ×{now / before:.2f}"
        )
        watching.install("default")
    Contribution.objects.bulk_create(made, batch_size=1000)

    def plain(view: object) -> object:
        return ListModelMixin.list(view, view.request)  # type: ignore[arg-type, attr-defined]

    for path in ("meetings", "contributions"):
        address = f"/api/v1/{path}/"
        cursor = client.get(address).json()["next_changed_since"]

        def read(**query: str) -> None:
            assert client.get(address, query).status_code == 200  # noqa: B023

        def as_it_was() -> None:
            with mock.patch.object(answering, "answer", plain):
                read()

        def follow() -> None:
            read(changed_since=cursor)  # noqa: B023

        before, now, since = in_turns(rounds, as_it_was, read, follow)
        said = f"{before:.1f} ms before, {now:.1f} ms now, ×{now / before:.2f}; changed_since {since:.1f} ms"
        print(f"{connection.vendor}: {path}, 50 of {60 if path == 'meetings' else rows} rows: {said}")


if __name__ == "__main__":
    sys.exit(main())
