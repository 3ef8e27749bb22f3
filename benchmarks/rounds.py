"""Lists of a round with 1,000 applications and 2,000 assessments, each against a textbook version of the same page
(textbook.py), in turns in one run, on a PostgreSQL of its own. Ends with 1 when a bar is missed.

    .venv/bin/python benchmarks/rounds.py [--only "List of 50"]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts"), str(ROOT / "benchmarks")]

APPLICATIONS, ASSESSORS_EACH, CRITERIA = 1_000, 2, 4
TURNS = 25
SLUG = "measured"


@dataclass(frozen=True)
class Page:
    """A page of ours, the textbook's, how many times as fast ours must be, and the most queries that it may ask."""

    name: str
    ours: str
    textbook: str
    times: float
    queries: int


PAGES = [
    Page("List of 50", f"/rounds/{SLUG}/applications/", "/textbook/applications/", 5, 10),
    Page("API list of 50", f"/api/v1/applications/?round={SLUG}", "/textbook/api/", 5, 8),
]
# What is measured otherwise than as a page: each gives a line to print and whether it meets its bar.
OTHERS: dict[str, Callable[[], tuple[str, bool]]] = {}


def main() -> int:
    """Start the servers, make the rows, measure, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="one measurement, by its name")
    given = parser.parse_args()
    import processes
    from test_servers import servers

    processes.listen()
    try:
        with servers({}) as found, tempfile.TemporaryDirectory() as folder:
            print(f"{found['PostgreSQL']}, {found['Valkey']}", flush=True)
            prepare(found, folder)
            missed = measure(given.only)
            from django.db import connections

            connections.close_all()
        print(f"\nMissed: {', '.join(missed)}." if missed else "\nAll bars are met.")
        return 1 if missed else 0
    finally:
        processes.sweep()


def prepare(found: dict[str, str], folder: str) -> None:
    """Set Django up on the servers, with tables, static files and the rows to measure on."""
    os.environ |= {
        "DATABASE_URL": found["DATABASE_URL"],
        "REDIS_URL": found["REDIS_URL"],
        "DJANGO_SETTINGS_MODULE": "impact.settings",
        "IMPACT_DATA_DIR": folder,
        "IMPACT_DEMO": "1",
        "SECRET_KEY": "only-for-measuring-" + "x" * 40,
        "LOG_LEVEL": "ERROR",
        "DEBUG": "0",
    }
    for arguments in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    import django
    from django.conf import settings

    settings.ROOT_URLCONF = "textbook"
    django.setup()
    from impact.core.management import demo

    demo.build()
    fill()


def fill() -> None:
    """A closed round with applications, each with two submitted assessments of four criteria."""
    from django.db import connection
    from django.utils import timezone

    from impact.core.people.models import User
    from sites.calls.applications.models import Application, Revision
    from sites.calls.assessment.models import Assessment, Assignment, Criterion, Score

    round, questions, statement = make_round()
    topics = list(round.topics.all())
    begun = timezone.make_aware(datetime(2022, 12, 1, 9))
    kinds, sizes = ["voluntary", "user_led", "provider"], ["volunteers", "up_to_10", "over_250"]
    applications = Application.objects.bulk_create(
        Application(
            round=round,
            reference=f"MEASURED-{n:04}",
            state="submitted",
            source="paper" if n % 20 == 0 else "online",
            email=f"apply@organisation-{n}.example",
            question_set=questions,
            statement=statement,
            draft={"idea": "A shared diary for carers. " * 40},
            submitted_at=begun + timedelta(minutes=30 * n),
            organisation_name=f"Organisation {n}",
            organisation_kind=kinds[n % 3],
            organisation_size=sizes[n % 3],
            nation=["england", "scotland", "wales", "northern_ireland"][n % 4],
            region="london" if n % 4 == 0 else "",
            place=f"Place {n}",
            area="urban",
            needs=["carers", "older"],
            is_first_time=n % 2 == 0,
            is_user_led=n % 3 == 0,
            is_under_pressure=n % 5 == 0,
            topic=topics[n % 4],
            delivery_model="facilitator",
            money=Decimal(4000 + 13 * n),
        )
        for n in range(APPLICATIONS)
    )
    revisions = Revision.objects.bulk_create(
        Revision(
            application=row,
            number=1,
            question_set=questions,
            statement=statement,
            answers=row.draft,
            submitted_at=row.submitted_at,
        )
        for row in applications
    )
    criteria = [Criterion.objects.create(round=round, name=f"Criterion {n}", order=n) for n in range(CRITERIA)]
    assessors = [User.objects.create_user(f"assessor-{n}@impact.example") for n in range(20)]
    assignments = Assignment.objects.bulk_create(
        Assignment(application=row, assessor=assessors[(n + k) % 20], conflict="none", declared_at=begun)
        for n, row in enumerate(applications)
        for k in range(ASSESSORS_EACH)
    )
    assessments = Assessment.objects.bulk_create(
        Assessment(assignment=row, revision=revisions[n // ASSESSORS_EACH], submitted_at=begun)
        for n, row in enumerate(assignments)
    )
    Score.objects.bulk_create(
        Score(assessment=row, criterion=criterion, value=(n + criterion.order) % 5, reason="Because.")
        for n, row in enumerate(assessments)
        for criterion in criteria
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def make_round() -> tuple[Any, Any, Any]:
    """An announced round with topics, a statement and one published question: round, questions, statement."""
    from django.utils import timezone

    from impact.core.access.permissions import SYSTEM
    from sites.calls.rounds.models import Round
    from sites.calls.rounds.questions.models import Question, QuestionSet, Section
    from sites.calls.rounds.services import add_round
    from sites.topics.services import add_topic

    topics = [add_topic(by=SYSTEM, name=f"Topic {n}") for n in range(4)]
    round = add_round(
        by=SYSTEM,
        name="Measured",
        slug=SLUG,
        opens_at=timezone.make_aware(datetime(2022, 12, 1, 9)),
        closes_at=timezone.make_aware(datetime(2023, 2, 28, 17)),
        delivery_models=["facilitator"],
        topics=topics,
        offered="A coach.",
        asked="Share what you learn.",
    )
    Round.objects.filter(pk=round.pk).update(is_announced=True)
    questions = QuestionSet.objects.create(round=round, number=1)
    section = Section.objects.create(question_set=questions, title="Your idea")
    Question.objects.create(section=section, key="idea", kind="long", label="What would you try?")
    QuestionSet.objects.filter(pk=questions.pk).update(published_at=timezone.now())
    return round, questions, round.statement


def measure(only: str | None) -> list[str]:
    """Measure and print everything; the names of what misses its bar."""
    from django.test import Client

    from impact.core.people.models import User

    client = Client()
    client.force_login(User.objects.get(email="staff@impact.example"))
    missed = []
    print(f"\n{'':<18}{'ours':>18}{'textbook':>22}   ratio   bars", flush=True)
    for page in PAGES:
        if only in (None, page.name):
            missed += compare(client, page)
    for name, run in OTHERS.items():
        if only in (None, name):
            line, is_met = run()
            print(f"{name:<18}{line}", flush=True)
            missed += [] if is_met else [name]
    return missed


def compare(client: Any, page: Page) -> list[str]:
    """Fetch both versions in turns and print their medians; the page's name when it misses a bar.

    The ratio of processor time, in brackets, says the same where other work on the machine makes the clock unsteady.
    """
    for url in (page.ours, page.textbook):
        fetch(client, url)
    turns = [[fetch(client, url) for url in (page.ours, page.textbook)] for _ in range(TURNS)]
    ours, textbook = (statistics.median(turn[n][0] for turn in turns) for n in (0, 1))
    busy, busy_textbook = (statistics.median(turn[n][1] for turn in turns) for n in (0, 1))
    queries = [turns[-1][n][2] for n in (0, 1)]
    ratio = textbook / ours
    print(
        f"{page.name:<18}{ours:>7.1f} ms, {queries[0]:>3} q{textbook:>12.1f} ms, {queries[1]:>3} q   {ratio:>5.1f} "
        f"({busy_textbook / busy:.1f})   ≥ {page.times:g} ×, ≤ {page.queries} q",
        flush=True,
    )
    return [] if ratio >= page.times and queries[0] <= page.queries else [page.name]


def fetch(client: Any, url: str) -> tuple[float, float, int]:
    """Milliseconds by the clock and of the processor, and queries, of one page through all of Django."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    connection.queries_log.clear()
    with CaptureQueriesContext(connection):
        response = client.get(url, headers={"host": "127.0.0.1"})
        asked = len(connection.queries_log)
    assert response.status_code == 200, (url, response.status_code)
    began, used = time.perf_counter(), time.process_time()
    client.get(url, headers={"host": "127.0.0.1"})
    return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used), asked


if __name__ == "__main__":
    sys.exit(main())
