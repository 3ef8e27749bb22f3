"""Themes are looked after: near names, renames, merges and their undoing, and logs that are open meanwhile."""

import uuid
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.core.access.models import AuditEvent
from impact.core.basics.versions import Conflict
from networks.log.models import Contribution
from networks.log.saving import LogConflict, LogInput, said_row, save_log
from networks.log.services import add_contribution, change_contribution
from networks.network.learning.models import SharedLearning
from networks.network.matrix import theme_matrix
from networks.themes import curate
from networks.themes.curate import MOVED
from networks.themes.models import Theme, ThemeChange
from networks.themes.services import find_or_add_theme, similar_pairs, similar_themes, theme_slug
from tests import factories

pytestmark = pytest.mark.database


def theme(name):
    return factories.ThemeFactory(name=name, slug=theme_slug(name))


def spoken_of(name):
    """A theme that an entry of a log has."""
    return factories.ContributionFactory(theme=theme(name)).theme


@pytest.fixture
def trust(db):
    return theme("Trust")


@pytest.fixture
def faith(db):
    return theme("Faith in each other")


# --- Near names ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("Relationship", "Relationships"),
        ("Budget and eligibility", "Budgets and eligibility"),
        ("Eligibility and budgets", "Budgets and eligibility"),
        ("Sharing of information", "Shared information"),
        ("Relatonships", "Relationships"),
    ],
)
def test_names_that_mean_the_same_are_near(db, typed, known):
    spoken_of(known)
    assert [t.name for t in similar_themes(typed)] == [known]


@pytest.mark.parametrize(("typed", "known"), [("Time", "Trust"), ("Risk", "Rights"), ("Local money", "Local homes")])
def test_names_that_mean_something_else_are_not(db, typed, known):
    spoken_of(known)
    assert similar_themes(typed) == []


def test_pairs_that_may_be_the_same_are_found_among_many(db):
    rows = [theme(name) for name in ("Relationships", "Time", "Relationship", "Risk", "Taking risks", "Money")]
    assert [(a.name, b.name) for a, b in similar_pairs(rows)] == [("Relationships", "Relationship")]


# --- Renaming and describing ---------------------------------------------------------------------
def test_a_renamed_theme_keeps_its_earlier_name_as_a_signpost(staff, trust):
    curate.rename_theme(by=staff, theme=trust, name="being  trusted")
    trust.refresh_from_db()
    assert (trust.name, trust.slug) == ("Being trusted", "being-trusted")
    assert find_or_add_theme(by=staff, name="TRUST") == trust
    assert Theme.objects.get(slug="trust").merged_into == trust
    change = trust.changes.get()
    assert (change.kind, change.was, change.now, change.by) == ("renamed", "Trust", "Being trusted", staff)


def test_a_theme_can_go_back_to_a_name_that_it_had(staff, trust):
    trust = curate.rename_theme(by=staff, theme=trust, name="Being trusted")
    trust = curate.rename_theme(by=staff, theme=trust, name="Trust")
    assert trust.slug == "trust" and find_or_add_theme(by=staff, name="being trusted") == trust
    assert Theme.objects.count() == 2 and trust.changes.count() == 2


def test_a_change_of_capitals_leaves_no_signpost(staff, trust):
    curate.rename_theme(by=staff, theme=trust, name="TRUST")
    assert Theme.objects.get().name == "TRUST"


def test_a_name_that_another_theme_has_is_refused(staff, trust, faith):
    with pytest.raises(ValidationError, match=r"already a theme “Trust”\. Merge"):
        curate.rename_theme(by=staff, theme=faith, name="trust")
    other = theme("Time")
    curate.merge_theme(by=staff, theme=faith, into=trust)
    with pytest.raises(ValidationError, match="leads to “Trust”"):
        curate.rename_theme(by=staff, theme=other, name="Faith in each other")
    trust.refresh_from_db()
    with pytest.raises(ValidationError, match="Undo that, then merge the other way round"):
        curate.rename_theme(by=staff, theme=trust, name="Faith in each other")
    with pytest.raises(ValidationError, match="in words"):
        curate.rename_theme(by=staff, theme=trust, name="!!")
    with pytest.raises(ValidationError, match="was merged into “Trust”"):
        curate.rename_theme(by=staff, theme=Theme.objects.get(pk=faith.pk), name="Anything")


def test_the_second_of_two_curators_is_told(staff, trust):
    curate.describe_theme(by=staff, theme=trust, description=" Whether people  can rely on each other. ", expected=1)
    with pytest.raises(Conflict):
        curate.rename_theme(by=staff, theme=trust, name="Being trusted", expected=1)
    with pytest.raises(Conflict):
        curate.describe_theme(by=staff, theme=trust, description="Something else.", expected=1)
    assert Theme.objects.get().description == "Whether people can rely on each other."
    assert trust.changes.get().kind == "described"
    curate.describe_theme(
        by=staff,
        theme=trust,
        description="Whether people can rely on each other.",
        expected=Theme.objects.get().version,
    )
    assert trust.changes.count() == 1


def test_only_national_staff_curate(circle, trust, faith, leader):
    for user in (circle.coordinator, leader):
        with pytest.raises(PermissionDenied):
            curate.rename_theme(by=user, theme=trust, name="X")
        with pytest.raises(PermissionDenied):
            curate.describe_theme(by=user, theme=trust, description="X")
        with pytest.raises(PermissionDenied):
            curate.merge_theme(by=user, theme=trust, into=faith)
        with pytest.raises(PermissionDenied):
            curate.undo_merge(by=user, change=ThemeChange(theme=trust, kind="merged"))


# --- Merging -------------------------------------------------------------------------------------
def test_everything_that_points_to_a_theme_is_moved_by_a_merge():
    known = {rel.related_model.__name__ for rel in Theme._meta.related_objects}
    assert known == {*MOVED.values(), "Theme", "ThemeChange"}


def test_a_merge_moves_what_was_said_and_shared_and_its_name_leads_on(staff, trust, faith):
    said = factories.ContributionFactory(theme=faith)
    removed = factories.ContributionFactory(theme=faith, removed_at=factories.at(2022, 9, 1))
    learning = SharedLearning.objects.create(group=said.meeting.group, theme=faith, title="T", words="W")
    assert curate.merge_preview(faith) == curate.MergePreview(contributions=2, groups=2, learning=1)
    change = curate.merge_theme(by=staff, theme=faith, into=trust, reason="They mean the same.")
    for row in (said, removed, learning):
        row.refresh_from_db()
        assert row.theme == trust
    assert said.version == 1
    assert find_or_add_theme(by=staff, name="faith in each other") == trust
    assert (change.theme, change.other, change.reason, change.by) == (faith, trust, "They mean the same.", staff)
    assert AuditEvent.objects.get(type="theme.merged").facts["contributions"] == 2


def test_chains_are_flattened_and_each_merge_can_be_undone(staff, trust, faith):
    belief = theme("Belief")
    said = factories.ContributionFactory(theme=belief)
    first = curate.merge_theme(by=staff, theme=belief, into=faith)
    second = curate.merge_theme(by=staff, theme=faith, into=trust)
    belief.refresh_from_db(), said.refresh_from_db()
    assert belief.merged_into == trust and said.theme == trust
    curate.undo_merge(by=staff, change=second)
    belief.refresh_from_db(), said.refresh_from_db()
    assert belief.merged_into == faith and said.theme == faith
    curate.undo_merge(by=staff, change=first)
    belief.refresh_from_db(), said.refresh_from_db()
    assert belief.merged_into is None and said.theme == belief


def test_the_first_of_two_merges_can_be_undone_alone(staff, trust, faith):
    belief = theme("Belief")
    said = factories.ContributionFactory(theme=belief)
    first = curate.merge_theme(by=staff, theme=belief, into=faith)
    second = curate.merge_theme(by=staff, theme=faith, into=trust)
    curate.undo_merge(by=staff, change=first)
    said.refresh_from_db()
    assert said.theme == belief
    curate.undo_merge(by=staff, change=second)
    belief.refresh_from_db(), said.refresh_from_db()
    assert belief.merged_into is None and said.theme == belief


def test_entries_recoded_since_the_merge_stay_where_they_are(staff, trust, faith):
    said, recoded = factories.ContributionFactory.create_batch(2, theme=faith)
    change = curate.merge_theme(by=staff, theme=faith, into=trust)
    later = factories.ContributionFactory(theme=trust)
    elsewhere = theme("Time")
    change_contribution(by=staff, contribution=Contribution.objects.get(pk=recoded.pk), theme=elsewhere)
    curate.undo_merge(by=staff, change=change, reason="They differ after all.")
    for row, expected in ((said, faith), (recoded, elsewhere), (later, trust)):
        row.refresh_from_db()
        assert row.theme == expected
    split = faith.changes.get(kind="split")
    assert split.moved == [["contribution", str(said.pk)]] and split.reason == "They differ after all."


def test_a_merge_is_refused_where_it_makes_no_sense(staff, trust, faith):
    with pytest.raises(ValidationError, match="the same one"):
        curate.merge_theme(by=staff, theme=trust, into=trust)
    change = curate.merge_theme(by=staff, theme=faith, into=trust)
    trust.refresh_from_db(), faith.refresh_from_db()
    with pytest.raises(ValidationError, match="was merged into “Trust”"):  # no cycles
        curate.merge_theme(by=staff, theme=trust, into=faith)
    with pytest.raises(ValidationError, match="was merged into “Trust”"):
        curate.merge_theme(by=staff, theme=faith, into=theme("Time"))
    with pytest.raises(ValidationError, match="Only a merge"):
        curate.undo_merge(by=staff, change=ThemeChange.objects.create(theme=faith, kind="described"))
    curate.undo_merge(by=staff, change=change)
    with pytest.raises(ValidationError, match="is already a separate theme"):
        curate.undo_merge(by=staff, change=change)
    faith.refresh_from_db()
    curate.merge_theme(by=staff, theme=faith, into=trust)
    with pytest.raises(ValidationError, match="merged again later"):
        curate.undo_merge(by=staff, change=change)


def test_a_merge_seen_with_an_old_name_is_refused(staff, trust, faith):
    curate.rename_theme(by=staff, theme=trust, name="Being trusted")
    with pytest.raises(Conflict):
        curate.merge_theme(by=staff, theme=faith, into=trust, expected=1, into_expected=1)
    assert not ThemeChange.objects.filter(kind="merged").exists()


def _state():
    return (
        {c.pk: c.theme_id for c in Contribution.objects.all()},
        {t.pk: t.merged_into_id for t in Theme.objects.all()},
        {s.pk: s.theme_id for s in SharedLearning.objects.all()},
    )


def _totals(site):
    cells = [cell for row in theme_matrix(site).rows for cell in row.cells]
    nations = {cell.nation for cell in cells}
    return {
        n: tuple(sum(getattr(c, k) for c in cells if c.nation == n) for k in ("enablers", "barriers", "others"))
        for n in nations
    }


STEPS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, coding=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_whatever_is_merged_nothing_is_lost_and_an_undo_puts_everything_back(staff, steps, coding):
    with transaction.atomic():
        site = factories.SiteFactory()
        meetings = [
            factories.LoggedMeetingFactory(group=factories.GroupFactory(site=site, nation=nation))
            for nation in ("england", "wales")
        ]
        themes = factories.ThemeFactory.create_batch(5)
        kinds = Contribution.Kind.values
        Contribution.objects.bulk_create(
            Contribution(meeting=meetings[n % 2], theme=themes[t], kind=kinds[k], words=f"Thing {n}")
            for n, (t, k) in enumerate(coding)
        )
        before = _totals(site)
        for source, target, is_undone in steps:
            theme, into = (Theme.objects.get(pk=themes[n].pk) for n in (source, target))
            was = _state()
            try:
                change = curate.merge_theme(by=staff, theme=theme, into=into)
            except ValidationError:
                assert _state() == was
                continue
            if is_undone:
                curate.undo_merge(by=staff, change=change)
                assert _state() == was
            assert _totals(site) == before
            assert not Contribution.objects.filter(theme__merged_into__isnull=False).exists()
            assert not Theme.objects.filter(merged_into__merged_into__isnull=False).exists()
        for change in ThemeChange.objects.filter(kind="merged"):
            if curate.undoable_merge(Theme.objects.get(pk=change.theme_id)) == change:
                curate.undo_merge(by=staff, change=change)
        assert [Contribution.objects.get(words=f"Thing {n}").theme for n in range(len(coding))] == [
            themes[t] for t, _kind in coding
        ]
        assert _totals(site) == before
        transaction.set_rollback(True)


# --- A log that is open meanwhile ----------------------------------------------------------------
@pytest.fixture
def open_log(circle, trust):
    """An entry coded with Trust, as the coordinator's screen shows it."""
    said = add_contribution(
        by=circle.coordinator, meeting=circle.meeting, kind="enabler", words="We know each other.", theme=trust
    )
    other = factories.user_in(circle.group, "coordinator")
    on_screen = said_row(said)
    return said, replace(on_screen, was=on_screen.mark), other


def _send(by, meeting, row):
    return save_log(by=by, meeting=meeting, log=LogInput(said=[row]))


@pytest.mark.parametrize("what", ["rename", "merge", "rename and merge", "merge and rename"])
def test_curating_a_theme_is_no_conflict_for_a_log_that_is_open(circle, staff, trust, open_log, what):
    said, row, other = open_log
    target = trust
    for step in what.split(" and "):
        target.refresh_from_db()
        if step == "rename":
            curate.rename_theme(by=staff, theme=target, name=f"{target.name} anew")
        else:
            into = theme("Relationships")
            curate.merge_theme(by=staff, theme=target, into=into)
            target = into
    assert not _send(other, circle.meeting, row)  # untouched: nothing to write
    assert _send(other, circle.meeting, replace(row, words="We know each other by now."))
    said.refresh_from_db(), target.refresh_from_db()
    assert (said.words, said.theme) == ("We know each other by now.", target)
    # the same save again, because its answer was lost
    assert not _send(other, circle.meeting, replace(row, words="We know each other by now."))


def test_undoing_a_merge_is_no_conflict_either_and_stays_undone(circle, staff, trust, faith, open_log):
    said, _row, other = open_log
    change = curate.merge_theme(by=staff, theme=trust, into=faith)
    said.refresh_from_db()
    shown = said_row(said)
    curate.undo_merge(by=staff, change=change)
    assert _send(other, circle.meeting, replace(shown, was=shown.mark, words="Other words."))
    said.refresh_from_db()
    assert (said.words, said.theme) == ("Other words.", trust)


def test_a_true_conflict_about_the_theme_is_still_shown(circle, staff, trust, faith, open_log):
    said, row, other = open_log
    change_contribution(by=staff, contribution=said, theme=faith)
    with pytest.raises(LogConflict):
        _send(other, circle.meeting, replace(row, words="Mine."))


def test_an_entry_coded_with_a_merged_theme_lands_where_it_leads(circle, staff, trust, faith):
    curate.merge_theme(by=staff, theme=faith, into=trust)
    faith.refresh_from_db()
    said = add_contribution(by=staff, meeting=circle.meeting, kind="barrier", words="No.", theme=faith, id=uuid.uuid4())
    assert said.theme == trust
