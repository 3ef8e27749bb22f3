"""Who said something: noted by a coordinator, kept when others save the log, and merged entry by entry."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied

from networks.log.models import Contribution
from networks.log.saving import LogConflict, LogInput, LogRefused, Said, said_row, save_log
from tests import factories

pytestmark = pytest.mark.django_db


def entry(circle, **changes) -> Said:
    given = {"id": uuid.uuid4(), "kind": "barrier", "words": "No time", "speaker": str(circle.ids[0])}
    return Said(**{**given, **changes})


def save(circle, row: Said, by=None) -> None:
    save_log(by=by or circle.coordinator, meeting=circle.meeting, log=LogInput(said=[row]))


def test_the_national_team_changes_an_entry_without_seeing_or_losing_its_speaker(circle, staff):
    first = entry(circle)
    save(circle, first)
    shown = said_row(Contribution.objects.get())
    assert shown.speaker is None
    save(circle, Said(first.id, "barrier", "Too little time", was=shown.mark), by=staff)
    row = Contribution.objects.get()
    assert (row.words, row.speaker_id) == ("Too little time", circle.ids[0])


def test_two_coordinators_who_note_different_speakers_see_both(circle):
    other = factories.user_in(circle.group, "coordinator")
    first = entry(circle, speaker="")
    save(circle, first)
    shown = said_row(Contribution.objects.get(), with_speaker=True)
    save(circle, entry(circle, id=first.id, was=shown.mark, speaker=str(circle.ids[1])))
    with pytest.raises(LogConflict):
        save(circle, entry(circle, id=first.id, was=shown.mark, speaker=str(circle.ids[2])), by=other)
    assert Contribution.objects.get().speaker_id == circle.ids[1]


def test_only_a_coordinator_notes_a_speaker_and_only_someone_who_was_there(circle, staff):
    with pytest.raises(PermissionDenied):
        save(circle, entry(circle), by=staff)
    for stranger in (str(factories.PersonFactory().pk), "999999", "x"):
        with pytest.raises(LogRefused):
            save(circle, entry(circle, speaker=stranger))
    assert not Contribution.objects.exists()


def test_what_may_be_quoted_follows_the_newest_consent_of_the_speaker(circle):
    save(circle, entry(circle))
    assert not Contribution.objects.quotable().exists()
    person = factories.agreed_to_be_quoted(circle.members[0].person)
    assert Contribution.objects.quotable().exists() and Contribution.objects.with_quotable().get().is_quotable
    factories.agreed_to_be_quoted(person, is_given=False, given_on="2022-09-01")
    assert not Contribution.objects.quotable().exists()
