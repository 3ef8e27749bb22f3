"""Corrections made, stopped and proposed past at the same moment: first the fault without locks, then that they hold."""

import threading
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from coproduction.agreement import services as agreement
from coproduction.agreement.models import Position
from coproduction.charter.corrections import deciding, services
from coproduction.charter.corrections.deciding import confirm_correction, stop_correction
from coproduction.charter.corrections.models import CorrectionStop
from coproduction.charter.corrections.services import Fixed, correct_version
from coproduction.charter.models import CharterVersion
from impact.core.basics import clock
from tests import factories
from tests.coproduction.agreement.test_at_once import PATIENCE, TODAY, at_once, meet, propose, without_locks

pytestmark = [pytest.mark.postgresql_only, pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def in_force():
    """Version 1 agreed by both members."""
    with clock.standing_on(TODAY):
        w = SimpleNamespace(lead=factories.UserFactory(roles=["engagement_lead"]))
        w.group = factories.AdvisoryGroupFactory()
        w.members = [factories.user_in(w.group) for _ in range(2)]
        w.charter = factories.CharterFactory(group=w.group)
        w.version = factories.CharterVersionFactory(charter=w.charter, number=1)
        w.section = w.charter.sections.get(key="vision")
        w.agreement = propose(w)
        w.version.refresh_from_db()
        for user in w.members:
            agreement.take_position(by=user, agreement=w.agreement, text_hash=w.version.text_hash, stance="agree")
        agreement.agree_version(by=w.lead, version=w.version)
        w.version.refresh_from_db()
    return w


def correct(w, body="About our vision."):
    return lambda: correct_version(
        by=w.lead, version=w.version, fixed={w.section.pk: Fixed("Vision", body)}, note="A capital letter."
    )


def stop(w, user):
    return lambda: stop_correction(by=user, version=w.new)


@pytest.fixture
def corrected(in_force):
    with clock.standing_on(TODAY):
        in_force.new = correct(in_force)()
    return in_force


def together(*acts):
    """Each act at the same moment, on the day of the test."""
    with clock.standing_on(TODAY):
        return at_once(*acts)


def states(w):
    return list(w.charter.versions.order_by("pk").values_list("correction", "status"))


def test_without_locks_two_corrections_at_once_collide(in_force, monkeypatch):
    """The fault: both find the text in force and both make version 1.1. Only the database's constraint stops the second."""
    without_locks(monkeypatch)
    meet(monkeypatch, services, "changes_of")
    found = together(correct(in_force), correct(in_force, "About our Vision!"))
    refused = [one for one in found if not isinstance(one, CharterVersion)]
    assert len(refused) == 1 and "not in force any more" not in str(refused[0])
    assert states(in_force) == [(0, "superseded"), (1, "agreed")]


def test_of_two_corrections_at_once_one_is_made_and_the_other_is_told_why(in_force):
    found = together(correct(in_force), correct(in_force, "About our Vision!"))
    refused = [one for one in found if isinstance(one, ValidationError)]
    assert len(refused) == 1 and "not in force any more" in refused[0].messages[0]
    assert states(in_force) == [(0, "superseded"), (1, "agreed")]
    assert Position.objects.in_force().count() == 4  # two on the text before, two carried over


def test_without_locks_two_stops_at_once_collide(corrected, monkeypatch):
    """The fault: both members find a correction that can be stopped. Only the database's constraint stops the second."""
    without_locks(monkeypatch)
    meet(monkeypatch, deciding, "require_told")
    found = together(*[stop(corrected, user) for user in corrected.members])
    refused = [one for one in found if isinstance(one, Exception)]
    assert len(refused) == 1 and "nothing left to do" not in str(refused[0])


def test_a_stop_and_the_next_correction_at_once_leave_one_text_in_force(corrected):
    """Whichever comes first, there is one agreed text, and the other is told why not."""
    corrected.version = corrected.new
    found = together(stop(corrected, corrected.members[0]), correct(corrected, "About our Vision!"))
    refused = [one for one in found if isinstance(one, ValidationError)]
    assert len(refused) == 1 and not [one for one in found if isinstance(one, Exception) and one not in refused]
    stopped, changed = [(0, "agreed"), (1, "withdrawn")], [(0, "superseded"), (1, "superseded"), (2, "agreed")]
    assert states(corrected) == (stopped if CorrectionStop.objects.exists() else changed)


def confirm(w, user):
    return lambda: confirm_correction(by=user, version=w.new)


def confirmed_on(w):
    return CharterVersion.objects.get(pk=w.new.pk).confirmed_on


def test_without_locks_the_last_two_who_say_that_it_is_fine_miss_each_other(corrected, monkeypatch):
    """The fault: each of them still finds the other one missing, so it is never seen that all members said so."""
    without_locks(monkeypatch)
    both, look = threading.Barrier(2), deciding.all_have_confirmed

    def look_before_either_is_saved(version):
        found = look(version)
        both.wait(PATIENCE)
        return found

    monkeypatch.setattr(deciding, "all_have_confirmed", look_before_either_is_saved)
    together(*[confirm(corrected, user) for user in corrected.members])
    assert corrected.new.confirmations.count() == 2 and confirmed_on(corrected) is None


def test_the_last_two_who_say_that_it_is_fine_at_once_confirm_it(corrected):
    together(*[confirm(corrected, user) for user in corrected.members])
    assert corrected.new.confirmations.count() == 2 and confirmed_on(corrected) == TODAY


def test_a_stop_and_the_last_word_that_it_is_fine_at_once_leave_one_decision(corrected):
    with clock.standing_on(TODAY):
        confirm(corrected, corrected.members[0])()
    found = together(stop(corrected, corrected.members[0]), confirm(corrected, corrected.members[1]))
    assert sum(isinstance(one, ValidationError) for one in found) == 1
    assert (confirmed_on(corrected) is None) == CorrectionStop.objects.exists()
