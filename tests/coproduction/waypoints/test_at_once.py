"""A member and a helper who answer a waypoint at the same moment: the member's own word stays."""

import pytest

from coproduction.waypoints.answers.models import WaypointAnswer
from coproduction.waypoints.answers.services import save_answer
from coproduction.waypoints.services import open_waypoint, plan_waypoint
from tests.coproduction.at_once import at_once, meet, without_locks

pytestmark = [pytest.mark.postgresql_only, pytest.mark.database, pytest.mark.django_db(transaction=True)]
OWN, PROXY = "In my own words.", "As I understood it on the phone."


@pytest.fixture
def helped(world):
    """An open waypoint with a first answer, which the engagement lead wrote down for a member after a call."""
    waypoint = plan_waypoint(by=world.lead, charter=world.charter, title="Autumn", due_on=world.today)
    world.waypoint = open_waypoint(by=world.lead, waypoint=waypoint)
    write_down(world, "Good.")()
    return world


def write_down(world, words: str):
    return lambda: save_answer(
        by=world.lead, waypoint=world.waypoint, words=[words, ""], person=world.member.person, told="phone"
    )


def both_answer(world) -> list[object]:
    return at_once(
        lambda: save_answer(by=world.member, waypoint=world.waypoint, words=[OWN, ""]), write_down(world, PROXY)
    )


def test_without_the_lock_a_helper_writes_over_the_members_own_answer(helped, monkeypatch):
    """The fault: the helper still sees their own note when the member has just answered."""
    without_locks(monkeypatch)
    meet(monkeypatch, WaypointAnswer, "full_clean")
    found = both_answer(helped)
    assert all(isinstance(one, WaypointAnswer) for one in found), found
    assert WaypointAnswer.objects.get().version == 2  # one of the two is lost


def test_the_members_own_answer_stays_whoever_comes_first(helped, monkeypatch):
    meet(monkeypatch, WaypointAnswer, "full_clean")
    both_answer(helped)
    answer = WaypointAnswer.objects.get()
    assert answer.words[0] == OWN and not answer.told
