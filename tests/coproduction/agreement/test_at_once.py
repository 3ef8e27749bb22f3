"""Two requests at the same moment: one position in force for a person, and none on a text that was taken back."""

import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from coproduction.agreement import services
from coproduction.agreement.models import AgreementRound, Position
from coproduction.agreement.objections.models import Objection
from coproduction.charter import services as charter_services
from coproduction.charter.models import CharterVersion, SectionText
from coproduction.charter.services import write_section
from impact.core.basics import clock
from tests import factories
from tests.coproduction.at_once import PATIENCE, at_once, meet, wait_for_a_lock, without_locks

pytestmark = [pytest.mark.postgresql_only, pytest.mark.database, pytest.mark.django_db(transaction=True)]
TODAY = date(2022, 9, 15)


@pytest.fixture
def draft():
    """A draft of a group of four, one of whom has an account; the tests stand on one day."""
    with clock.standing_on(TODAY):
        w = SimpleNamespace(lead=factories.UserFactory(roles=["engagement_lead"]))
        w.group = factories.AdvisoryGroupFactory()
        w.member = factories.user_in(w.group)
        w.people = [factories.MembershipFactory(group=w.group).person for _ in range(3)]
        w.charter = factories.CharterFactory(group=w.group)
        w.version = factories.CharterVersionFactory(charter=w.charter, number=1)
        yield w


def propose(w) -> AgreementRound:
    return services.propose_version(by=w.lead, version=w.version, closes_on=TODAY + timedelta(14))


@pytest.fixture
def asked(draft):
    draft.agreement = propose(draft)
    draft.version.refresh_from_db()
    return draft


def answer(w, stance: str) -> Callable[[], Position]:
    return lambda: services.take_position(
        by=w.member, agreement=w.agreement, text_hash=w.version.text_hash, stance=stance, reason=f"I {stance}."
    )


def all_agree(w) -> None:
    """Everyone has agreed, as the engagement lead wrote down."""
    said = {"agreement": w.agreement, "text_hash": w.version.text_hash, "stance": "agree", "told": "phone"}
    for person in [*w.people, w.member.person]:
        services.take_position(by=w.lead, person=person, **said)


def test_without_locks_two_answers_of_one_person_collide(asked, monkeypatch):
    """The fault: both find no earlier answer and both write one. Only the database's constraint then stops the second."""
    without_locks(monkeypatch)
    meet(monkeypatch, Position, "full_clean")
    found = at_once(answer(asked, "agree"), answer(asked, "object"))
    assert sum(isinstance(one, (IntegrityError, ValidationError)) for one in found) == 1


def test_two_answers_of_one_person_at_once_leave_one_in_force_and_one_kept(asked):
    found = at_once(*[answer(asked, stance) for stance in ("agree", "object", "reservation", "stand_aside")])
    assert all(isinstance(one, Position) for one in found), found
    assert Position.objects.count() == 4 and Position.objects.in_force().count() == 1
    last = Position.objects.in_force().get()
    assert last.pk == max(one.pk for one in found)
    still = Objection.objects.open()
    assert still.count() == (1 if last.stance == "object" else 0)


def test_without_locks_an_objection_and_closing_miss_each_other(asked, monkeypatch):
    """The fault: the round is closed as agreed while an objection is being saved."""
    all_agree(asked)
    without_locks(monkeypatch)
    saved, looked = threading.Event(), threading.Event()
    follow_position, obstacles = services.follow_position, services.obstacles

    def follow_after_the_look(*args, **kwargs):
        saved.set()
        assert looked.wait(PATIENCE)
        return follow_position(*args, **kwargs)

    def look_before_it_is_followed(*args):
        found = obstacles(*args)
        looked.set()
        assert saved.wait(PATIENCE)
        return found

    monkeypatch.setattr(services, "follow_position", follow_after_the_look)
    monkeypatch.setattr(services, "obstacles", look_before_it_is_followed)
    at_once(answer(asked, "object"), lambda: services.agree_version(by=asked.lead, version=asked.version))
    asked.version.refresh_from_db()
    assert asked.version.status == "agreed" and Position.objects.in_force().filter(stance="object").exists()


def test_an_objection_and_closing_at_once_end_in_one_or_the_other(asked):
    all_agree(asked)
    at_once(answer(asked, "object"), lambda: services.agree_version(by=asked.lead, version=asked.version))
    asked.version.refresh_from_db()
    objects = Position.objects.in_force().filter(stance="object").exists()
    assert (asked.version.status == "agreed") != objects


def test_without_locks_an_answer_lands_on_a_text_that_was_just_withdrawn(asked, monkeypatch):
    """The fault: the answer was checked before the text was withdrawn, and is saved after it."""
    without_locks(monkeypatch)
    gone, checked = threading.Event(), threading.Event()
    clean = Position.full_clean

    def slowly(position, *args, **kwargs):
        checked.set()
        assert gone.wait(PATIENCE)
        return clean(position, *args, **kwargs)

    monkeypatch.setattr(Position, "full_clean", slowly)

    def withdraw():
        assert checked.wait(PATIENCE)
        services.withdraw_version(by=asked.lead, version=asked.version, reason="More to change.")

    def then_say_so():
        withdraw()
        gone.set()

    at_once(answer(asked, "agree"), then_say_so)
    asked.agreement.refresh_from_db()
    assert asked.agreement.closed_on is not None and Position.objects.count() == 1


def test_an_answer_and_a_withdrawal_at_once_follow_each_other(asked, monkeypatch):
    """With the locks the withdrawal waits until the answer is saved, so that what was asked is what was answered."""
    checked, order = threading.Event(), []
    clean, tell_result = Position.full_clean, services.tell_result

    def slowly(position, *args, **kwargs):
        checked.set()
        deadline = time.monotonic() + PATIENCE
        while not wait_for_a_lock() and "withdrawn" not in order and time.monotonic() < deadline:
            time.sleep(0.02)
        order.append("answered")
        return clean(position, *args, **kwargs)

    def told(agreement):
        order.append("withdrawn")
        return tell_result(agreement)

    monkeypatch.setattr(Position, "full_clean", slowly)
    monkeypatch.setattr(services, "tell_result", told)

    def withdraw():
        assert checked.wait(PATIENCE)
        services.withdraw_version(by=asked.lead, version=asked.version, reason="More to change.")

    at_once(answer(asked, "agree"), withdraw)
    assert order == ["answered", "withdrawn"] and Position.objects.count() == 1
    with pytest.raises(ValidationError, match="no longer the one to agree on"):
        answer(asked, "object")()


def test_without_the_lock_only_the_database_stops_an_edit_of_a_text_that_is_with_the_members(draft, monkeypatch):
    """The fault: the draft is still one when the writer looks, and their words arrive once members are asked."""
    text, read, asked = draft.version.texts.first(), threading.Event(), threading.Event()
    monkeypatch.setattr(charter_services, "lock_draft", lambda version: CharterVersion.objects.get(pk=version.pk))
    clean = SectionText.full_clean

    def slowly(row, *args, **kwargs):
        read.set()
        assert asked.wait(PATIENCE)
        return clean(row, *args, **kwargs)

    monkeypatch.setattr(SectionText, "full_clean", slowly)

    def ask():
        assert read.wait(PATIENCE)
        propose(draft)
        asked.set()

    wrote, _asked = at_once(lambda: write_section(by=draft.lead, text=text, body="Words at the last moment."), ask)
    assert isinstance(wrote, IntegrityError), wrote


def test_an_edit_and_a_proposal_at_once_never_put_other_words_to_the_members(draft):
    """The words whose check code members answer on are the words that are kept, whichever came first."""
    text = draft.version.texts.first()
    at_once(
        lambda: write_section(by=draft.lead, text=text, body="Words written at the last moment."),
        lambda: propose(draft),
    )
    version = CharterVersion.objects.get()
    assert version.status == "proposed" and version.text_hash == version.hash_text()
