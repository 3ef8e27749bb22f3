"""The API's lists as files: read straight from the database where they can be, and always with what the JSON holds."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from impact.core.api import files
from networks.log.models import Decision
from tests import factories
from tests.permission_world import build_world, kwargs_for
from tests.test_permissions import ROUTES

pytestmark = [pytest.mark.once, pytest.mark.django_db]

LISTS = [route for route in ROUTES if route.name.endswith("-list") and ":" not in route.name]
PERSONAS = ["member", "coordinator", "other_coordinator", "site_team", "leadership", "staff"]
LONG = {"meeting-list", "contribution-list", "group-list", "network-list", "learning-list"}
CSV = {"headers": {"accept": "text/csv"}}


@pytest.fixture
def world():
    w = build_world()
    factories.ContributionFactory(meeting=w.meeting, theme=None, words="=SUM(1), “quoted”\nand two lines")
    Decision.objects.create(meeting=w.meeting, words="To meet in the evening; and nearer the bus.")
    factories.ActionFactory(group=w.group, meeting=w.meeting)
    return w


def rows_of(client: Client, url: str) -> list[list[str]]:
    response = client.get(url, **CSV)
    if response.status_code != 200:
        return []
    return list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))


def is_list(url: str) -> bool:
    return hasattr(resolve(url).func, "cls") and "text/csv" in {
        renderer.media_type for renderer in _view(url).get_renderers()
    }


def _view(url: str):
    found = resolve(url).func
    view = found.cls(**found.initkwargs)
    view.action = found.actions["get"]
    return view


@pytest.mark.slow
def test_each_list_gives_every_persona_the_same_rows_with_and_without_objects(world, monkeypatch):
    """The streamed way must hide what the serializer hides: it is compared for each list and each persona."""
    streamed, seen, used = set(), 0, []
    original = files._streamed

    def noted(*args):
        used.append(original(*args))
        return used[-1]

    with monkeypatch.context() as patch:
        for route in LISTS:
            url = reverse(route.name, kwargs=kwargs_for(route.name, route.params, world))
            if not is_list(url):
                continue
            for name in PERSONAS:
                client = Client()
                client.force_login(world.people[name])
                patch.setattr(files, "_streamed", lambda *args: None)
                slow = rows_of(client, url)
                used.clear()
                patch.setattr(files, "_streamed", noted)
                assert rows_of(client, url) == slow, (route.name, name)
                seen += len(slow)
                streamed |= {route.name} if used and used[-1] else set()
    assert seen > 200
    assert streamed >= LONG


def test_a_long_list_takes_the_same_number_of_queries_whatever_its_length(world, sign_in, staff):
    client = sign_in(staff)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert len(rows_of(client, reverse("meeting-list"))) > 1
        return len(found)

    before = queries()
    for _ in range(12):
        factories.MeetingFactory(group=world.group)
    assert queries() == before


def test_a_serializer_that_hides_fields_of_some_rows_is_never_gone_round(world):
    """What members need is hidden once they have left, by the serializer itself."""
    from networks.groups.models import Membership
    from networks.members.api import MembershipSerializer

    assert files._streamed(MembershipSerializer(), Membership.objects.all()) is None
