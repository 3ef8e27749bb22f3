"""Our lists of a round beside pretalx's on the same work, in turns in one run, each on a database of its own of one PostgreSQL:
1,000 applications or proposals with 2,000 assessments or reviews of four criteria. Ends with 1 when a bar is missed.

pretalx needs a Python of its own (3.13 for 2026.2.1), in which it is not part of this project:

    python3.13 -m venv /tmp/pretalx && /tmp/pretalx/bin/pip install pretalx==2026.2.1 psycopg2-binary
    .venv/bin/python benchmarks/rounds_beside_pretalx.py /tmp/pretalx/bin/python

Both sides go through all of their own Django, middleware and templates included, with debugging off and a signed-in member of
staff, and the first fetch of each page does not count. The pages do not show the same: pretalx's list has a proposal's title,
speakers, type and state, ours what a mix is chosen by. So this says how fast each does the same job, no more. pretalx's wheel has no
built schedule editor; its pages of proposals and reviews do not use it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts"), str(ROOT / "benchmarks")]

from rounds import SLUG, fetch, prepare  # noqa: E402

TURNS = 15
PAGES = [  # name, ours, times as fast as pretalx, most queries
    ("List of 50", f"/rounds/{SLUG}/applications/", 5.0, 10),
    ("Review dashboard", f"/rounds/{SLUG}/assessment/", 20.0, 12),
    ("API list of 50", f"/api/v1/applications/?round={SLUG}", 5.0, 8),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="the Python in which pretalx is installed")
    given = parser.parse_args()
    import processes
    from test_servers import servers

    processes.listen()
    try:
        with servers({}) as found, tempfile.TemporaryDirectory() as folder:
            print(f"{found['PostgreSQL']}, {found['Valkey']}", flush=True)
            peer = begin_peer(given.python, found, folder)
            prepare(found, folder)
            as_assessed()
            missed = measure(peer)
            peer.kill()
            from django.db import connections

            connections.close_all()
        print(f"\nMissed: {', '.join(missed)}." if missed else "\nAll bars are met.")
        return 1 if missed else 0
    finally:
        processes.sweep()


def begin_peer(python: str, found: dict[str, str], folder: str) -> subprocess.Popen[str]:
    """pretalx on a database of its own of the same server, filled and waiting for the names of pages."""
    import psycopg2

    with psycopg2.connect(found["DATABASE_URL"]) as server:
        where = server.get_dsn_parameters()
        password = server.info.password or ""
    server.close()
    server = psycopg2.connect(found["DATABASE_URL"])
    server.autocommit = True
    server.cursor().execute("CREATE DATABASE pretalx")
    server.close()
    env = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "PRETALX_DB_TYPE": "postgresql",
        "PRETALX_DB_NAME": "pretalx",
        "PRETALX_DB_USER": where["user"],
        "PRETALX_DB_PASS": password,
        "PRETALX_DB_HOST": where["host"],
        "PRETALX_DB_PORT": where["port"],
        "PRETALX_REDIS": found["REDIS_URL"],
        "PRETALX_FILESYSTEM_LOGS": f"{folder}/pretalx-logs",
        "PRETALX_FILESYSTEM_MEDIA": f"{folder}/pretalx-media",
        "PRETALX_FILESYSTEM_STATIC": str(
            Path(python).parent.parent / "measured-static"
        ),  # kept: compressing takes long
        "PRETALX_SITE_URL": "http://localhost",
        "PRETALX_DEBUG": "False",
    }
    return subprocess.Popen(
        [python, str(ROOT / "benchmarks" / "peer_pretalx.py")],
        env=env,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def as_assessed() -> None:
    """What scoring on the pages also writes: the value of each assessment, and who assesses in the round."""
    from django.db import connection

    from impact.core.people.models import User
    from sites.calls.assessment.models import Assessment, RoundAssessor
    from sites.calls.rounds.models import Round

    round = Round.objects.get(slug=SLUG)
    people = User.objects.filter(assignments__application__round=round).distinct()
    for n, user in enumerate(people):
        RoundAssessor.objects.create(round=round, user=user, has_lived_experience=n % 2 == 0)
    Assessment.objects.filter(assignment__application__round=round).update(value=50.0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def asked(peer: subprocess.Popen[str], name: str = "") -> dict[str, Any]:
    """One answer of the peer's."""
    assert peer.stdin and peer.stdout
    if name:
        peer.stdin.write(f"{name}\n")
        peer.stdin.flush()
    while line := peer.stdout.readline():
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    raise SystemExit("pretalx did not start. Its own words are above.")


def measure(peer: subprocess.Popen[str]) -> list[str]:
    """Measure and print everything; the names of what misses its bar."""
    from django.test import Client

    from impact.core.people.models import User

    version = asked(peer)["version"]
    client = Client()
    client.force_login(User.objects.get(email="staff@impact.example"))
    print(f"\n{'':<18}{'ours':>18}{'pretalx ' + version:>26}   ratio   bars", flush=True)
    missed = []
    for name, url, times, most in PAGES:
        fetch(client, url), asked(peer, name)
        turns = [(fetch(client, url), asked(peer, name)) for _ in range(TURNS)]
        ours = statistics.median(turn[0][0] for turn in turns)
        theirs = statistics.median(turn[1]["ms"] for turn in turns)
        busy = statistics.median(turn[1]["busy"] for turn in turns) / statistics.median(turn[0][1] for turn in turns)
        queries, their_queries = turns[-1][0][2], turns[-1][1]["queries"]
        assert turns[-1][1]["rows"] >= 50, "pretalx showed fewer rows than it was asked for"
        print(
            f"{name:<18}{ours:>7.1f} ms, {queries:>3} q{theirs:>16.1f} ms, {their_queries:>3} q   {theirs / ours:>5.1f} "
            f"({busy:.1f})   ≥ {times:g} ×, ≤ {most} q",
            flush=True,
        )
        if theirs / ours < times or queries > most:
            missed.append(name)
    return missed


if __name__ == "__main__":
    sys.exit(main())
