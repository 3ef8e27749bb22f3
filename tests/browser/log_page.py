"""The page of a log, as its browser tests use it."""

import json
import re

import pytest
from playwright.sync_api import Page

from tests.browser import scripted_meeting

SAVED = re.compile("saved at")
TOUCH = {"has_touch": True, "is_mobile": False}
NEW_MEETING = """
from datetime import datetime, timedelta
from django.utils import timezone
from impact.core.access.permissions import SYSTEM
from networks.groups.models import Group
from networks.meetings.services import plan_meeting
group = Group.objects.get(slug={slug!r})
starts = timezone.make_aware(datetime(2023, 1, 12, 10))
meeting = plan_meeting(
    by=SYSTEM, group=group, starts_at=starts, ends_at=starts + timedelta(hours=2), title={title!r}
)
print(meeting.pk)
"""
HELD = """
import json
from networks.models import Meeting
m = Meeting.objects.get(pk={pk})
print(json.dumps({{
    "status": m.status,
    "notes": m.notes,
    "came": sorted(a.status for a in m.attendances.filter(is_guest=False)),
    "guests": sorted(a.guest_name for a in m.attendances.filter(is_guest=True)),
    "said": [[c.kind, c.words, c.theme.name if c.theme else "", c.level, c.perspective, c.speaker_id is not None]
             for c in m.contributions.filter(removed_at=None)],
    "decided": [d.words for d in m.decisions.all()],
    "todo": [[a.what, a.owner, str(a.due_on), a.contribution.words if a.contribution else ""]
             for a in m.actions.order_by("pk")],
}}))
"""


@pytest.fixture
def new_log(own_platform):
    """``new_log("Snow day")`` plans a meeting of the local network in England that is over and waits for its log."""

    def make(title: str, slug: str = "choice-and-control-england") -> str:
        pk = own_platform.shell(NEW_MEETING.format(slug=slug, title=title))
        return f"/meetings/{pk}/log/"

    return make


@pytest.fixture
def held(own_platform):
    """``held(address)`` is what the database holds of a log."""

    def read(address: str) -> dict:
        return json.loads(own_platform.shell(HELD.format(pk=re.search(r"\d+", address)[0])))

    return read


def open_log(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def say(page: Page, n: int, words: str, kind: str = "Barrier") -> None:
    row = scripted_meeting.rows(page, "said").nth(n)
    row.get_by_text(kind, exact=True).click()
    row.get_by_label("What was said").fill(words)


def state(page: Page):
    return page.locator("#save-state")
