"""The other side of rounds_beside_pretalx.py, run by the Python in which pretalx is installed: fills an event of its own with
1,000 proposals and 2,000 reviews, then fetches the page that each line of its input names, and prints the figures as JSON.
"""

import datetime as dt
import json
import os
import sys
import time
from typing import Any

PROPOSALS, REVIEWS_EACH, CATEGORIES = 1_000, 2, 4
SLUG = "measured"
PAGES = {
    "List of 50": f"/orga/event/{SLUG}/submissions/?page_size=50",
    "Review dashboard": f"/orga/event/{SLUG}/reviews/",
    "API list of 50": f"/api/events/{SLUG}/submissions/?page_size=50",
}


def fill() -> tuple[Any, str]:
    """An event with proposals, each with a speaker and two scored reviews; an organiser, and a token for the API."""
    from django_scopes import scope, scopes_disabled
    from pretalx.event.domain.event import create_event
    from pretalx.event.models import Team
    from pretalx.event.models.organiser import Organiser
    from pretalx.person.domain.user import create_user
    from pretalx.person.models import SpeakerProfile
    from pretalx.person.models.auth_token import ENDPOINTS, UserApiToken
    from pretalx.submission.models import Review, ReviewScore, ReviewScoreCategory, Submission

    with scopes_disabled():
        organiser = Organiser.objects.create(name="Measured", slug="measuredorg")
        day = dt.date.today() + dt.timedelta(days=60)
        event = create_event(
            organiser=organiser,
            locales=["en"],
            name="Measured",
            slug=SLUG,
            date_from=day,
            date_to=day,
            timezone="Europe/London",
            email="staff@measured.example",
            locale="en",
        )
        staff = create_user(email="staff@measured.example", name="Staff", locale="en", timezone="Europe/London")
        rights = {f.name: True for f in Team._meta.fields if f.name.startswith("can_") or f.name == "is_reviewer"}
        team = Team.objects.create(organiser=organiser, name="Everyone", all_events=True, **rights)
        team.members.add(staff)
    with scope(event=event):
        kind = event.cfp.default_type
        people = [
            create_user(
                email=f"speaker{n}@measured.example", name=f"Speaker {n}", locale="en", timezone="Europe/London"
            )
            for n in range(100)
        ]
        speakers = [SpeakerProfile.objects.create(user=user, event=event, biography="A carer.") for user in people]
        reviewers = people[:20]
        team.members.add(*reviewers)
        rows = []
        for n in range(PROPOSALS):
            row = Submission.objects.create(
                event=event,
                title=f"Organisation {n}",
                submission_type=kind,
                state="submitted",
                abstract="A shared diary for carers. " * 4,
                description="A shared diary for carers. " * 40,
                content_locale="en",
            )
            row.speakers.add(speakers[n % len(speakers)])
            rows.append(row)
        ReviewScoreCategory.objects.filter(event=event).delete()
        categories = [ReviewScoreCategory.objects.create(event=event, name=f"Criterion {n}") for n in range(CATEGORIES)]
        marks = [
            [ReviewScore.objects.create(category=each, value=value, label=f"{value}") for value in range(5)]
            for each in categories
        ]
        for n, row in enumerate(rows):
            for k in range(REVIEWS_EACH):
                values = [(n + k + order) % 5 for order in range(CATEGORIES)]
                review = Review.objects.create(
                    submission=row, user=reviewers[(n + k) % 20], text="Because.", score=sum(values)
                )
                review.scores.set([marks[order][value] for order, value in enumerate(values)])
        endpoints = {name: ["list", "retrieve"] for name in ENDPOINTS}
        token = UserApiToken.objects.create(name="Measured", user=staff, all_events=True, endpoints=endpoints)
    return staff, token.token


def fetch(client: Any, url: str, headers: dict[str, str]) -> dict[str, Any]:
    """Milliseconds by the clock and of the processor, queries and bytes of one page through all of Django."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    connection.queries_log.clear()
    with CaptureQueriesContext(connection):
        response = client.get(url, headers=headers)
        asked = len(connection.queries_log)
    assert response.status_code == 200, (url, response.status_code)
    began, used = time.perf_counter(), time.process_time()
    client.get(url, headers=headers)
    took, busy = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)
    rows = response.content.count(b"Organisation ")
    return {"ms": took, "busy": busy, "queries": asked, "rows": rows}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pretalx.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from pretalx import __version__

    call_command("migrate", verbosity=0, stdout=sys.stderr)
    if not (settings.STATIC_ROOT / "staticfiles.json").exists():
        call_command("collectstatic", interactive=False, verbosity=0, stdout=sys.stderr)
    staff, token = fill()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    client = Client()
    client.force_login(staff)
    print(json.dumps({"version": __version__}), flush=True)
    for line in sys.stdin:
        name = line.strip()
        headers = {"host": "localhost"}
        if name.startswith("API"):
            headers["Authorization"] = f"Token {token}"
        print(json.dumps(fetch(client, PAGES[name], headers)), flush=True)


if __name__ == "__main__":
    main()
