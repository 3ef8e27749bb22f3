"""H2: the pages of national staff at 100,000 meetings against the same pages at 100, and files in rows a second.

Both databases are made in one run, on a PostgreSQL of its own, and each page is fetched from both in turns, through
all of Django. "After a change" is the first view after something was recorded, when kept figures are counted again;
the bar of 3 is held against the usual view. Ends with 1 when a bar is missed.

    .venv/bin/python benchmarks/pages_at_scale.py [--scale 100] [--only /themes/]
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

ROUNDS, ROUNDS_AFTER = 15, 5
PAGE_BAR = 3.0  # × the same page at 100 meetings
ROWS_BAR = 10_000  # rows a second of a CSV file
PAGES = {
    "/": "Staff home",
    "/themes/": "Themes",
    "/networks/": "Networks",
    "/people/": "People",
    "/reports/2022/": "Report page",
    "/meetings/": "Meetings",
    "/sites/": "Sites",
    "/networks/choice-and-control/themes/": "Theme matrix",
}
FILES = {
    "/api/v1/meetings/?format=csv": "API meetings, CSV",
    "/api/v1/contributions/?format=csv": "API contributions, CSV",
    "/api/v1/groups/?format=csv": "API groups, CSV",
    "/meetings/?format=csv": "Meetings, CSV",
    "/people/?format=csv": "People, CSV",
    "/api/v1/contributions/?format=xlsx": "API contributions, Excel",
}


def main() -> int:
    """Make both sides, measure them in turns, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=int, default=100, help="N of demo --scale N for the large side")
    parser.add_argument("--only", help="one page, by its address")
    parser.add_argument("--side", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side is not None:
        Side(given.side).obey()
        return 0
    import processes
    import psycopg2
    from test_servers import servers

    processes.listen()
    try:
        with servers({}) as found, tempfile.TemporaryDirectory() as folder:
            print(f"{found['PostgreSQL']}, {found['Valkey']}, scale {given.scale}", flush=True)
            connection = psycopg2.connect(found["DATABASE_URL"])
            connection.autocommit = True
            sides = []
            for name, scale in (("small", 0), ("large", given.scale)):
                connection.cursor().execute(f"CREATE DATABASE {name}")
                sides.append(start(environment(found, name, folder), scale))
            connection.close()
            missed = pages(*sides, only=given.only) + ([] if given.only else files(sides[1]))
            for side in sides:
                ask(side, "stop")
                side.wait()
        print(f"\nBars: pages {PAGE_BAR:g} ×, CSV {ROWS_BAR:,} rows a second. ", end="")
        print(f"Missed: {', '.join(missed)}." if missed else "All met.")
        return 1 if missed else 0
    finally:
        processes.sweep()


def environment(found: dict[str, str], name: str, folder: str) -> dict[str, str]:
    """The environment of a side's processes."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("IMPACT_")}
    return env | {
        "DATABASE_URL": f"{found['DATABASE_URL'].rpartition('/')[0]}/{name}",
        "REDIS_URL": f"{found['REDIS_URL'].rpartition('/')[0]}/{1 if name == 'small' else 2}",
        "DJANGO_SETTINGS_MODULE": "impact.settings",
        "IMPACT_DATA_DIR": folder,
        "IMPACT_DEMO": "1",
        "SECRET_KEY": "only-for-measuring-" + "x" * 40,
        "LOG_LEVEL": "ERROR",
    }


def start(env: dict[str, str], scale: int) -> subprocess.Popen[str]:
    """A process with tables, the demonstration and the large estate, that measures what it is asked."""
    for arguments in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"], ["demo"]):
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    command = [sys.executable, __file__, "--side", str(scale)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    side = subprocess.Popen(command, env=env, cwd=ROOT, text=True, **pipes)
    ask(side, "ready")
    return side


def ask(side: subprocess.Popen[str], what: str) -> list[float]:
    """One order to a side, and the numbers that it answers."""
    assert side.stdin and side.stdout
    side.stdin.write(f"{what}\n")
    side.stdin.flush()
    return [float(number) for number in side.stdout.readline().split()]


class Side:
    """One database and a signed-in member of staff."""

    def __init__(self, scale: int) -> None:
        import django

        django.setup()
        from django.db import connection
        from django.test import Client

        from impact.core.people.models import User
        from networks.management.demo import scale as demo_scale

        if not scale:
            demo_scale.NETWORKS_PER_BLOCK = 2  # with the demonstration's own meetings about 100
        demo_scale.build_scale(scale or 1)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        self.user = User.objects.get(email="staff@impact.example")
        self.client = Client()
        self.client.force_login(self.user)

    def obey(self) -> None:
        """Run commands from standard input until the input ends."""
        for line in sys.stdin:
            verb, _, url = line.strip().partition(" ")
            answer = {"ready": self.count, "view": self.view, "changed": self.changed, "file": self.file}.get(verb)
            print(*(answer(*[url] if url else []) if answer else [0]), flush=True)
            if verb == "stop":
                return

    def count(self) -> list[float]:
        from networks.meetings.models import Meeting

        return [Meeting.objects.count()]

    def view(self, url: str) -> list[float]:
        """Milliseconds and queries."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            began = time.perf_counter()
            response = self.client.get(url, headers={"host": "127.0.0.1"})
            took = 1000 * (time.perf_counter() - began)
        assert response.status_code == 200, (url, response.status_code)
        return [took, len(queries)]

    def changed(self, url: str) -> list[float]:
        """The first view after a change."""
        from impact.core.access import audit

        audit.record(self.user, "person.changed", self.user.person)
        return self.view(url)

    def file(self, url: str) -> list[float]:
        """Bytes or lines, seconds, and by how many MB the process grew."""
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        response = self.client.get(url, headers={"host": "127.0.0.1"})
        lines = sum(chunk.count(b"\r\n") for chunk in response.streaming_content) - 1
        took = time.perf_counter() - began
        response.close()
        return [lines, took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024]


def pages(small: subprocess.Popen[str], large: subprocess.Popen[str], only: str | None) -> list[str]:
    """Measure and print the pages; the names of those that miss the bar."""
    counts = [ask(side, "ready")[0] for side in (small, large)]
    print(f"\n{'':16}{counts[0]:>9,.0f} meetings {counts[1]:>9,.0f} meetings   ratio   after a change   queries")
    missed = []
    for url, name in PAGES.items():
        if only and url != only:
            continue
        for side in (small, large):
            ask(side, f"view {url}")
        turns = [[ask(side, f"view {url}") for side in (small, large)] for _ in range(ROUNDS)]
        few, many = (statistics.median(turn[n][0] for turn in turns) for n in (0, 1))
        after = statistics.median(ask(large, f"changed {url}")[0] for _ in range(ROUNDS_AFTER))
        missed += [name] if many / few > PAGE_BAR else []
        queries = f"{turns[-1][0][1]:.0f} and {turns[-1][1][1]:.0f}"
        print(
            f"{name:<16}{few:>15.1f} ms {many:>15.1f} ms   {many / few:>5.2f}   {after:>11.1f} ms   {queries}",
            flush=True,
        )
    return missed


def files(large: subprocess.Popen[str]) -> list[str]:
    """Measure and print the files; the names of CSV files that miss the bar."""
    missed, rows_of_csv = [], {}
    for url, name in FILES.items():
        lines, seconds, grown = ask(large, f"file {url}")
        address, _, kind = url.partition("?format=")
        rows = rows_of_csv.setdefault(address, lines)  # an Excel file has the rows of the CSV file
        missed += [name] if kind == "csv" and rows / seconds < ROWS_BAR else []
        print(f"{name:<26}{rows:>9,.0f} rows, {rows / seconds:>8,.0f} a second, {grown:.0f} MB more memory", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())
