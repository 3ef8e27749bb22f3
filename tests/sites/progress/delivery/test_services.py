"""Milestones, commitments and learning notes: each rule, each refusal."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from impact.core.access import audit
from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from sites.progress.delivery import services
from sites.progress.delivery.models import Commitment, EarlierWording, LearningNote, Milestone, Replan
from tests import factories

pytestmark = pytest.mark.django_db
JULY, AUGUST = date(2022, 7, 4), date(2022, 8, 4)
TOMORROW = clock.today() + timedelta(days=1)


@pytest.fixture
def site():
    return factories.SiteFactory()


@pytest.fixture
def coach(site):
    return factories.team_of(site)


def told(site) -> list[tuple[str, str]]:
    """What the history of a site says, newest first."""
    return [(row["label"], row["detail"]) for row in audit.history(site)]


# --- Who may -------------------------------------------------------------------------------------
def test_only_those_who_may_edit_the_site_write_about_its_delivery(site, leader, outsider):
    elsewhere = factories.team_of(factories.SiteFactory())
    milestone = factories.MilestoneFactory(site=site, planned_on=JULY)
    commitment = factories.CommitmentFactory(site=site)
    note = factories.LearningNoteFactory(site=site)
    for by in (leader, outsider, elsewhere):
        for refused in (
            lambda by=by: services.add_milestone(by=by, site=site, title="X"),
            lambda by=by: services.update_milestone(by=by, milestone=milestone, title="X"),
            lambda by=by: services.replan_milestone(by=by, milestone=milestone, planned_on=AUGUST, reason="X"),
            lambda by=by: services.complete_milestone(by=by, milestone=milestone, actual_on=JULY),
            lambda by=by: services.remove_milestone(by=by, milestone=milestone),
            lambda by=by: services.add_commitment(by=by, site=site, side="host", text="X"),
            lambda by=by: services.change_commitment(by=by, commitment=commitment, text="X", due_on=None),
            lambda by=by: services.settle_commitment(
                by=by, commitment=commitment, state="kept", settled_on=JULY, outcome="X"
            ),
            lambda by=by: services.reopen_commitment(by=by, commitment=commitment),
            lambda by=by: services.remove_commitment(by=by, commitment=commitment),
            lambda by=by: services.add_note(by=by, site=site, worked="X", for_whom="X", setting="X"),
            lambda by=by: services.update_note(by=by, note=note, worked="X"),
            lambda by=by: services.remove_note(by=by, note=note),
        ):
            with pytest.raises(PermissionDenied):
                refused()
    assert (Milestone.objects.count(), Commitment.objects.count(), LearningNote.objects.count()) == (1, 1, 1)
    assert told(site) == []


def test_commitments_and_notes_are_read_by_those_inside_the_site_only(site, coach, staff, leader, outsider):
    rows = factories.CommitmentFactory(site=site), factories.LearningNoteFactory(site=site)
    elsewhere = factories.team_of(factories.SiteFactory())
    for row in rows:
        found = type(row).objects.visible_to
        assert all(list(found(user)) == [row] for user in (coach, staff, leader))
        assert not any(found(user).exists() for user in (outsider, elsewhere))


# --- Milestones ----------------------------------------------------------------------------------
def test_a_milestone_is_completed_once_and_not_in_advance(site, coach):
    milestone = services.add_milestone(by=coach, site=site, title="Everybody asked", planned_on=JULY)
    assert milestone.is_overdue(date(2022, 7, 5)) and not milestone.is_overdue(JULY)
    with pytest.raises(ValidationError, match="future"):
        services.complete_milestone(by=coach, milestone=milestone, actual_on=TOMORROW)
    done = services.complete_milestone(by=coach, milestone=milestone, actual_on=date(2022, 7, 6))
    assert not done.is_overdue(clock.today())
    assert done.slippage_in_words(clock.today()) == "2 days late"
    with pytest.raises(StateConflict, match="6 July 2022"):
        services.complete_milestone(by=coach, milestone=milestone, actual_on=date(2022, 7, 7))
    assert told(site) == [
        ("Milestone completed", "Completed on 6 July 2022"),
        ("Milestone added", "Planned for 4 July 2022"),
    ]


def test_dates_and_title_of_a_milestone_are_edited_and_the_history_says_which(site, coach):
    milestone = services.add_milestone(by=coach, site=site, title="Begin", planned_on=JULY)
    services.update_milestone(by=coach, milestone=milestone, title="  Begin   well ", expected_on=AUGUST)
    milestone.refresh_from_db()
    assert (milestone.title, milestone.expected_on, milestone.planned_on) == ("Begin well", AUGUST, JULY)
    assert told(site)[0] == ("Milestone changed", "Expected on 4 August 2022")
    before = AuditEvent.objects.count()
    services.update_milestone(by=coach, milestone=milestone, title="Begin well")
    assert AuditEvent.objects.count() == before
    with pytest.raises(ValidationError, match="future"):
        services.update_milestone(by=coach, milestone=milestone, actual_on=TOMORROW)
    with pytest.raises(TypeError):
        services.update_milestone(by=coach, milestone=milestone, site=site)


def test_a_planned_date_is_set_once_and_then_moved_by_a_replan_only(site, coach):
    milestone = services.add_milestone(by=coach, site=site, title="Begin")
    with pytest.raises(StateConflict, match="no planned date"):
        services.replan_milestone(by=coach, milestone=milestone, planned_on=JULY, reason="It rained.")
    services.update_milestone(by=coach, milestone=milestone, planned_on=JULY)
    for other in (AUGUST, None):
        with pytest.raises(ValidationError, match="Re-plan"):
            services.update_milestone(by=coach, milestone=milestone, planned_on=other)
    milestone.refresh_from_db()
    with pytest.raises(ValidationError, match="already planned for 4 July 2022"):
        services.replan_milestone(by=coach, milestone=milestone, planned_on=JULY, reason="It rained.")
    with pytest.raises(ValidationError, match="why"):
        services.replan_milestone(by=coach, milestone=milestone, planned_on=AUGUST, reason=" \n ")
    services.replan_milestone(by=coach, milestone=milestone, planned_on=AUGUST, reason="It rained.")
    replan = Replan.objects.get()
    assert (replan.before, replan.after, replan.reason, replan.by) == (JULY, AUGUST, "It rained.", coach)
    assert told(site)[0] == ("Milestone re-planned", "From 4 July 2022 to 4 August 2022")
    assert "rained" not in str(AuditEvent.objects.values_list("facts", flat=True))


def test_a_complete_milestone_is_not_replanned(site, coach):
    milestone = factories.MilestoneFactory(site=site, planned_on=JULY, actual_on=JULY)
    with pytest.raises(StateConflict, match="complete"):
        services.replan_milestone(by=coach, milestone=milestone, planned_on=AUGUST, reason="It rained.")
    services.update_milestone(by=coach, milestone=milestone, actual_on=None)
    services.replan_milestone(by=coach, milestone=milestone, planned_on=AUGUST, reason="It rained.")
    assert Milestone.objects.get().planned_on == AUGUST


def test_a_refused_replan_leaves_nothing_behind(site, coach):
    milestone = factories.MilestoneFactory(site=site, planned_on=JULY, version=2)
    with pytest.raises(Conflict):
        services.replan_milestone(by=coach, milestone=milestone, planned_on=AUGUST, reason="It rained.", expected=1)
    milestone = Milestone.objects.get()
    with pytest.raises(ValidationError, match="future"):
        services.replan_milestone(by=coach, milestone=milestone, planned_on=AUGUST, reason="It rained.", on=TOMORROW)
    assert Milestone.objects.get().planned_on == JULY and not Replan.objects.exists()


def test_a_milestone_is_removed_with_its_replans_unless_someone_changed_it(site, coach):
    milestone = factories.ReplanFactory(milestone__site=site).milestone
    seen = milestone.version
    services.update_milestone(by=coach, milestone=Milestone.objects.get(), title="Another name")
    with pytest.raises(Conflict):
        services.remove_milestone(by=coach, milestone=milestone, expected=seen)
    services.remove_milestone(by=coach, milestone=Milestone.objects.get())
    assert not Milestone.objects.exists() and not Replan.objects.exists()
    assert told(site)[0] == ("Milestone removed", "Planned for 4 August 2022")


def test_milestones_stand_by_planned_date_and_those_without_one_last(site):
    names = {"c": None, "b": AUGUST, "a": JULY}
    for title, planned in names.items():
        factories.MilestoneFactory(site=site, title=title, planned_on=planned)
    assert [row.title for row in site.milestones.all()] == ["a", "b", "c"]


def test_two_people_who_edit_one_row_do_not_overwrite_each_other(site, coach, staff):
    milestone = factories.MilestoneFactory(site=site)
    commitment = factories.CommitmentFactory(site=site)
    note = factories.LearningNoteFactory(site=site)
    services.update_milestone(by=coach, milestone=milestone, title="First", expected=1)
    services.change_commitment(by=coach, commitment=commitment, text="First", due_on=None, expected=1)
    services.update_note(by=coach, note=note, worked="First", expected=1)
    with pytest.raises(Conflict):
        services.update_milestone(by=staff, milestone=Milestone.objects.get(), title="Second", expected=1)
    fresh = Commitment.objects.get()
    with pytest.raises(Conflict):
        services.change_commitment(by=staff, commitment=fresh, text="Second", due_on=None, expected=1)
    fresh = Commitment.objects.get()
    with pytest.raises(Conflict):
        services.settle_commitment(
            by=staff, commitment=fresh, state="kept", settled_on=JULY, outcome="Done.", expected=1
        )
    with pytest.raises(Conflict):
        services.update_note(by=staff, note=LearningNote.objects.get(), worked="Second", expected=1)
    assert (
        Milestone.objects.get().title == Commitment.objects.get().text == LearningNote.objects.get().worked == "First"
    )
    assert EarlierWording.objects.count() == 1


# --- Commitments ---------------------------------------------------------------------------------
def test_a_new_wording_marks_a_commitment_as_changed_and_keeps_the_old_one(site, coach):
    commitment = services.add_commitment(by=coach, site=site, side="host", text=" Find  a room ", due_on=JULY)
    assert (commitment.text, commitment.state) == ("Find a room", "open")
    services.change_commitment(by=coach, commitment=commitment, text="Find a room", due_on=AUGUST)
    assert Commitment.objects.get().state == "open" and not EarlierWording.objects.exists()
    services.change_commitment(by=coach, commitment=commitment, text="Find two rooms", due_on=AUGUST, on=JULY)
    commitment = Commitment.objects.get()
    assert (commitment.text, commitment.state) == ("Find two rooms", "changed")
    wording = EarlierWording.objects.get()
    assert (wording.text, wording.changed_on, wording.changed_by) == ("Find a room", JULY, coach)
    assert told(site) == [
        ("Commitment changed; the old wording is kept", "The host, due 4 August 2022"),
        ("Due date of a commitment changed", "The host, due 4 August 2022"),
        ("Commitment added", "The host, due 4 July 2022"),
    ]


@pytest.mark.parametrize(("state", "words"), [("kept", "how it was kept"), ("not_kept", "why it was not kept")])
def test_a_commitment_ends_with_a_day_and_how_or_why(site, coach, state, words):
    commitment = factories.CommitmentFactory(site=site, due_on=JULY)
    assert commitment.is_overdue(AUGUST) and list(Commitment.objects.overdue(AUGUST)) == [commitment]
    with pytest.raises(ValidationError, match=words):
        services.settle_commitment(by=coach, commitment=commitment, state=state, settled_on=JULY, outcome=" ")
    with pytest.raises(ValidationError, match="future"):
        services.settle_commitment(by=coach, commitment=commitment, state=state, settled_on=TOMORROW, outcome="So.")
    services.settle_commitment(by=coach, commitment=commitment, state=state, settled_on=JULY, outcome="So.")
    commitment = Commitment.objects.get()
    assert (commitment.state, commitment.settled_on, commitment.outcome) == (state, JULY, "So.")
    assert not commitment.is_overdue(AUGUST) and not Commitment.objects.overdue(AUGUST).exists()
    with pytest.raises(StateConflict, match="still open"):
        services.change_commitment(by=coach, commitment=commitment, text="Easier", due_on=None)


def test_a_commitment_is_settled_as_kept_or_not_kept_only(site, coach):
    commitment = factories.CommitmentFactory(site=site)
    for state in ("open", "changed", "forgotten"):
        with pytest.raises(ValidationError, match="kept or not"):
            services.settle_commitment(by=coach, commitment=commitment, state=state, settled_on=JULY, outcome="So.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.update(state="kept")


def test_a_mistake_about_how_a_commitment_ended_is_put_right(site, coach):
    plain, changed = factories.CommitmentFactory(site=site), factories.EarlierWordingFactory(commitment__site=site)
    for commitment, state in [(plain, "open"), (changed.commitment, "changed")]:
        with pytest.raises(StateConflict, match="still open"):
            services.reopen_commitment(by=coach, commitment=commitment)
        services.settle_commitment(by=coach, commitment=commitment, state="kept", settled_on=JULY, outcome="So.")
        services.settle_commitment(by=coach, commitment=commitment, state="not_kept", settled_on=JULY, outcome="No.")
        services.reopen_commitment(by=coach, commitment=commitment)
        commitment.refresh_from_db()
        assert (commitment.state, commitment.settled_on, commitment.outcome) == (state, None, "")
    assert told(site)[1] == ("How a commitment ended was recorded", "The host, not kept, 4 July 2022")


def test_a_commitment_is_removed(site, coach):
    commitment = factories.EarlierWordingFactory(commitment__site=site).commitment
    with pytest.raises(Conflict):
        services.remove_commitment(by=coach, commitment=commitment, expected=0)
    services.remove_commitment(by=coach, commitment=commitment)
    assert not Commitment.objects.exists() and not EarlierWording.objects.exists()
    assert told(site) == [("Commitment removed", "The host, changed")]


# --- Learning notes ------------------------------------------------------------------------------
def test_a_learning_note_says_what_worked_or_what_did_not_and_who_wrote_it(site, coach):
    with pytest.raises(ValidationError, match="what worked"):
        services.add_note(by=coach, site=site, worked=" ", for_whom="carers", setting="homes")
    with pytest.raises(ValidationError, match="future"):
        services.add_note(by=coach, site=site, worked="It", for_whom="carers", setting="homes", noted_on=TOMORROW)
    note = services.add_note(by=coach, site=site, did_not_work=" Letters. ", for_whom="carers", setting="homes")
    assert (note.did_not_work, note.author, note.noted_on) == ("Letters.", coach, clock.today())
    assert told(site) == [("Learning note added", "")]
    with pytest.raises(IntegrityError), transaction.atomic():
        LearningNote.objects.update(did_not_work="")


def test_a_learning_note_is_corrected_and_keeps_its_author(site, coach, staff):
    note = services.add_note(by=coach, site=site, worked="Calls.", for_whom="carers", setting="homes")
    with pytest.raises(ValidationError, match="what worked"):
        services.update_note(by=staff, note=LearningNote.objects.get(), worked="")
    with pytest.raises(ValidationError, match="future"):
        services.update_note(by=staff, note=LearningNote.objects.get(), noted_on=TOMORROW)
    services.update_note(by=staff, note=LearningNote.objects.get(), worked="", did_not_work="Calls.", setting="a  town")
    note.refresh_from_db()
    assert (note.worked, note.did_not_work, note.setting, note.author) == ("", "Calls.", "a town", coach)


def test_a_learning_note_is_removed_unless_someone_changed_it(site, coach):
    note = factories.LearningNoteFactory(site=site)
    services.update_note(by=coach, note=LearningNote.objects.get(), worked="More.")
    with pytest.raises(Conflict):
        services.remove_note(by=coach, note=note)
    services.remove_note(by=coach, note=LearningNote.objects.get())
    assert not LearningNote.objects.exists()
    assert told(site)[0] == ("Learning note removed", "")


@pytest.mark.database
def test_learning_notes_are_found_by_any_of_their_words(site):
    factories.LearningNoteFactory(
        site=site, worked="A visit", did_not_work="Letters", for_whom="carers", setting="towns"
    )
    for words in ("visit", "LETTERS", "carer", "town", site.name):
        assert LearningNote.objects.search(words).count() == 1, words
    assert LearningNote.objects.search("").count() == 1
    assert not LearningNote.objects.search("boats").exists()
