"""The review list of a round: 250 rows of 1,000 applications with 2,000 assessments, against a textbook view.

The textbook view shows the same columns of the same rows from related objects, as a first Django view does: it asks for
each row's assignments, each assignment's assessment, each assessment's scores and each score's criterion. Both sides are
measured in turns in one run, on a PostgreSQL of its own; ours through all of Django, middleware included. Ends with 1
when a bar is missed.

    .venv/bin/python benchmarks/rounds_assessment.py [--applications 1000]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

BAR, MOST_QUERIES = 20.0, 12
OURS, TEXTBOOK = 15, 3  # times each is measured
EACH, CRITERIA, ROWS = 2, 5, 250
SLUG = "measured"


def main() -> int:
    """Start a database, fill it, measure both sides, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, default=1000)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return measure(given.applications)
    import processes
    from test_servers import servers

    processes.listen()
    try:
        with servers({}) as found, tempfile.TemporaryDirectory() as folder:
            print(f"{found['PostgreSQL']}, {given.applications:,} applications", flush=True)
            env = {key: value for key, value in os.environ.items() if not key.startswith("IMPACT_")}
            env |= {
                "DATABASE_URL": found["DATABASE_URL"],
                "REDIS_URL": found["REDIS_URL"],
                "DJANGO_SETTINGS_MODULE": "impact.settings",
                "IMPACT_DATA_DIR": folder,
                "IMPACT_DEMO": "1",
                "SECRET_KEY": "only-for-measuring-" + "x" * 40,
                "LOG_LEVEL": "ERROR",
            }
            for arguments in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"]):
                subprocess.run([sys.executable, "manage.py", *arguments], env=env, cwd=ROOT, check=True)
            command = [sys.executable, __file__, "--inside", "--applications", str(given.applications)]
            return subprocess.run(command, env=env, cwd=ROOT, check=False).returncode
    finally:
        processes.sweep()


def fill(number: int) -> Any:
    """A round with ``number`` applications, each assessed by two of ten assessors; its member of staff."""
    import random

    from django.utils import timezone

    from impact.core.access.models import RoleGrant
    from impact.core.people.models import Person, User
    from sites.calls.applications.models import Application, Revision
    from sites.calls.assessment.models import Assessment, Assignment, Criterion, RoundAssessor, Score
    from sites.calls.assessment.value import value_of_scores
    from sites.calls.rounds.models import RoundStatement
    from sites.calls.rounds.questions.models import QuestionSet
    from tests.factories import RoundFactory

    chance, now = random.Random(7), timezone.now()
    round = RoundFactory(slug=SLUG)
    questions = QuestionSet.objects.create(round=round, number=1, published_at=now)
    statement = RoundStatement.objects.create(round=round, number=1, offered="A coach.", asked="Share.")
    criteria = [
        Criterion.objects.create(round=round, order=n, name=f"Criterion {n}", weight=n + 1, score_words=list("abcde"))
        for n in range(CRITERIA)
    ]
    people = []
    for n in range(10):
        user = User.objects.create(email=f"assessor{n}@measured.example")
        Person.objects.create(user=user, name=f"Assessor {n}")
        RoundAssessor.objects.create(round=round, user=user, has_lived_experience=n % 2 == 0)
        people.append(user)
    applications = Application.objects.bulk_create(
        Application(
            round=round,
            reference=f"MEASURED-{n:05}",
            state="submitted",
            submitted_at=now,
            question_set=questions,
            statement=statement,
            organisation_name=f"Organisation {n}",
            nation=("england", "wales", "scotland", "northern_ireland")[n % 4],
        )
        for n in range(number)
    )
    revisions = Revision.objects.bulk_create(
        Revision(application=a, number=1, question_set=questions, statement=statement, answers={}, submitted_at=now)
        for a in applications
    )
    assignments = Assignment.objects.bulk_create(
        Assignment(application=a, assessor=user, conflict="none", declared_at=now)
        for a in applications
        for user in chance.sample(people, EACH)
    )
    pinned = {revision.application_id: revision for revision in revisions}
    weights = {criterion.pk: criterion.weight for criterion in criteria}
    given = [{pk: chance.randint(0, 4) for pk in weights} for _row in assignments]
    assessments = Assessment.objects.bulk_create(
        Assessment(
            assignment=row,
            revision=pinned[row.application_id],
            submitted_at=now,
            value=value_of_scores(scores, weights),
        )
        for row, scores in zip(assignments, given, strict=True)
    )
    Score.objects.bulk_create(
        Score(assessment=row, criterion_id=pk, value=value, reason="Because.")
        for row, scores in zip(assessments, given, strict=True)
        for pk, value in scores.items()
    )
    staff = User.objects.create(email="staff@measured.example")
    Person.objects.create(user=staff, name="Staff")
    RoleGrant.objects.create(user=staff, role="staff")
    return staff


PAGE = """{% extends "base.html" %}{% block content %}<h1>Assessment</h1><p>{{ total }} applications</p><table class="table">
{% for row in rows %}<tr><th><a href="{{ row.application.get_absolute_url }}">{{ row.application.reference }}</a>
{{ row.application.organisation_name }}</th><td>{{ row.application.get_nation_display }}</td><td>{{ row.notes }}</td>
<td>{{ row.submitted }} of {{ row.assigned }}</td><td>{{ row.value|floatformat:0 }}</td><td>{{ row.spread|floatformat:0 }}</td>
</tr>{% endfor %}</table>{% endblock %}"""


def textbook(request: Any) -> Any:
    """The same list, from related objects."""
    from django.http import HttpResponse
    from django.template import engines

    from sites.calls.applications.models import Application
    from sites.calls.assessment.models import RoundAssessor
    from sites.calls.assessment.value import assessed_value, is_outlier, spread_of, value_of_scores

    every = Application.objects.filter(round__slug=SLUG, state="submitted").order_by("reference")
    rows = []
    for application in every[:ROWS]:
        notes = [] if hasattr(application, "eligibility") else ["Not checked"]
        values, assigned, lived = [], 0, False
        for assignment in application.assignments.all():
            assigned += 1
            member = RoundAssessor.objects.get(round=application.round, user=assignment.assessor)
            lived = lived or member.has_lived_experience
            assessment = assignment.assessment
            if assessment.submitted_at:
                scores = list(assessment.scores.all())
                weights = {score.criterion_id: score.criterion.weight for score in scores}
                values.append(value_of_scores({score.criterion_id: score.value for score in scores}, weights))
        if not lived:
            notes.append("No lived experience")
        if is_outlier(spread_of(values)):
            notes.append("Differs, moderated" if application.moderation_notes.exists() else "Differs much")
        rows.append(
            {
                "application": application,
                "notes": ", ".join(notes),
                "assigned": assigned,
                "submitted": len(values),
                "value": assessed_value(values),
                "spread": spread_of(values),
            }
        )
    context = {"rows": rows, "total": every.count()}
    return HttpResponse(engines["django"].from_string(PAGE).render(context, request))


def timed(what: Any) -> tuple[float, int, Any]:
    """Milliseconds, queries and the answer."""
    from django.db import connection

    number = 0

    def count(execute: Any, *args: Any) -> Any:
        nonlocal number
        number += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        began = time.perf_counter()
        answer = what()
        took = 1000 * (time.perf_counter() - began)
    return took, number, answer


def measure(number: int) -> int:
    """Both sides in turns; 1 when a bar is missed."""
    import django

    django.setup()
    from django.db import connection
    from django.test import Client, RequestFactory

    staff = fill(number)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    client = Client()
    client.force_login(staff)
    request = RequestFactory().get("/")
    request.user = staff

    def ours() -> Any:
        return client.get(f"/rounds/{SLUG}/assessment/", headers={"host": "127.0.0.1"})

    timed(ours), timed(lambda: textbook(request))
    quick, slow = [], []
    for _turn in range(TEXTBOOK):
        quick += [timed(ours) for _n in range(OURS // TEXTBOOK)]
        slow.append(timed(lambda: textbook(request)))
    answer = quick[-1][2]
    assert answer.status_code == 200 and answer.content.count(b"MEASURED-") >= min(ROWS, number)
    took, before = (statistics.median(run[0] for run in side) for side in (quick, slow))
    queries = quick[-1][1]
    ratio = before / took
    print(f"Textbook  {before:>8.0f} ms  {slow[-1][1]:>6,} queries")
    print(f"Ours      {took:>8.0f} ms  {queries:>6,} queries   {ratio:.1f} × as fast")
    has_missed = ratio < BAR or queries > MOST_QUERIES
    print(f"Bars: {BAR:g} × and at most {MOST_QUERIES} queries. {'Missed.' if has_missed else 'All met.'}")
    return 1 if has_missed else 0


if __name__ == "__main__":
    sys.exit(main())
