"""What sites, organisations, topics and rounds may do: each rule, each refusal."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM, Role
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from sites.calls.rounds import services as rounds_services
from sites.calls.rounds.models import Round, RoundStatement
from sites.organisations.models import Organisation
from sites.organisations.services import add_organisation, update_organisation
from sites.progress.units import roster as units_roster
from sites.progress.units import services as roster
from sites.progress.units.models import Unit, UnitChange
from sites.registry import services
from sites.registry.models import OrganisationPart, Site, SiteRole, StatusChange
from sites.topics.models import Topic
from sites.topics.services import add_topic, score_topic, update_topic
from sites.updates.models import Update
from sites.updates.services import edit_update, publish_update, write_update
from tests import factories

pytestmark = pytest.mark.django_db
Status, State = Site.Status, UnitChange.State
JULY = date(2022, 7, 4)


def says(error: pytest.ExceptionInfo[ValidationError]) -> str:
    return " ".join(error.value.messages)


def types_about(obj) -> list[str]:
    return list(AuditEvent.objects.about(obj).values_list("type", flat=True))


# --- Organisations -------------------------------------------------------------------------------
def test_staff_add_an_organisation_with_an_address_of_its_own(staff):
    first = add_organisation(by=staff, name="Harbour Trust", kind="voluntary")
    assert first.slug == "harbour-trust"
    assert types_about(first) == ["organisation.added"]
    factories.OrganisationFactory(slug="harbour-trust-2")
    assert add_organisation(by=staff, name="Harbour  trust!", kind="voluntary").slug == "harbour-trust-3"


def test_an_address_is_never_a_word_that_the_pages_use(staff):
    assert add_organisation(by=staff, name="New", kind="voluntary").slug == "new-2"
    assert add_organisation(by=staff, name="???", kind="voluntary").slug == "organisation"


def test_an_organisation_needs_a_name_of_its_own(staff):
    add_organisation(by=staff, name="Harbour Trust", kind="voluntary")
    with pytest.raises(ValidationError) as error:
        add_organisation(by=staff, name="Harbour Trust", kind="voluntary")
    assert "already exists" in says(error)


def test_others_neither_add_nor_change_organisations(leader, outsider):
    row = factories.OrganisationFactory(name="As it was")
    for user in (leader, outsider, AnonymousUser()):
        with pytest.raises(PermissionDenied):
            add_organisation(by=user, name="X", kind="voluntary")
        with pytest.raises(PermissionDenied):
            update_organisation(by=user, organisation=row, name="X")
    assert Organisation.objects.get().name == "As it was"


def test_an_organisation_changes_once_and_a_stale_copy_is_told(staff):
    row = factories.OrganisationFactory(name="Before")
    stale = Organisation.objects.get(pk=row.pk)
    update_organisation(by=staff, organisation=row, expected=1, name="After")
    with pytest.raises(Conflict) as error:
        update_organisation(by=staff, organisation=stale, expected=1, name="Lost")
    assert error.value.current.name == "After"
    assert Organisation.objects.get().version == 2


def test_saving_without_a_change_writes_no_history(staff):
    row = factories.OrganisationFactory()
    update_organisation(by=staff, organisation=row, name=row.name)
    assert types_about(row) == []


def test_services_refuse_fields_that_have_a_function_of_their_own(staff):
    with pytest.raises(TypeError, match="status"):
        services.update_site(by=staff, site=factories.SiteFactory(), status=Status.COMPLETED)
    with pytest.raises(TypeError, match="version"):
        update_topic(by=staff, topic=factories.TopicFactory(), version=9)
    with pytest.raises(TypeError, match="is_announced"):
        rounds_services.update_round(by=staff, round=factories.RoundFactory(), is_announced=True)


def test_an_organisation_plays_each_part_once_at_a_site_and_once_overall(staff):
    row, site = factories.OrganisationFactory(), factories.SiteFactory()
    services.add_part(by=staff, organisation=row, site=site, part="funder")
    services.add_part(by=staff, organisation=row, part="funder")
    services.add_part(by=staff, organisation=row, site=site, part="partner")
    for where in (site, None):
        with pytest.raises(ValidationError) as error:
            services.add_part(by=staff, organisation=row, site=where, part="funder")
        assert "already recorded as a funder" in says(error)
    assert row.parts.count() == 3


def test_an_organisation_role_is_removed_and_stays_in_the_audit_trail(staff):
    site = factories.SiteFactory()
    part = services.add_part(by=staff, organisation=factories.OrganisationFactory(), site=site, part="funder")
    overall = services.add_part(by=staff, organisation=factories.OrganisationFactory(), part="consortium")
    services.remove_part(by=staff, part=part)
    services.remove_part(by=staff, part=overall)
    assert not OrganisationPart.objects.exists()
    assert types_about(site) == ["part.removed", "part.added"]


def test_a_team_names_partners_of_its_own_site_only():
    site = factories.SiteFactory()
    coach = factories.team_of(site)
    organisation = factories.OrganisationFactory()
    part = services.add_part(by=coach, organisation=organisation, site=site, part="partner")
    services.remove_part(by=coach, part=part)
    for where in (factories.SiteFactory(), None):
        with pytest.raises(PermissionDenied):
            services.add_part(by=coach, organisation=organisation, site=where, part="partner")
    overall = OrganisationPart.objects.create(organisation=organisation, part="funder")
    with pytest.raises(PermissionDenied):
        services.remove_part(by=coach, part=overall)


# --- Topics --------------------------------------------------------------------------------------
def test_a_topic_has_a_total_only_when_all_four_criteria_are_scored(staff):
    topic = add_topic(by=staff, name="Direct payments", proposed_for=2023)
    score_topic(by=staff, topic=topic, makes_a_difference=5, tackles_inequalities=4, good_use_of_resources=0)
    assert Topic.objects.with_scores().get().total is None
    score_topic(by=staff, topic=topic, enough_evidence=3)
    assert Topic.objects.with_scores().get().total == 12
    assert [score for _label, score in Topic.objects.with_scores().get().scores] == [5, 4, 0, 3]
    assert types_about(topic) == ["topic.scored", "topic.scored", "topic.added"]


def test_a_score_stays_between_0_and_5(staff):
    topic = factories.TopicFactory()
    for wrong in (6, -1):
        with pytest.raises(ValidationError):
            score_topic(by=staff, topic=Topic.objects.get(pk=topic.pk), enough_evidence=wrong)
    assert Topic.objects.get().enough_evidence is None


def test_the_database_itself_refuses_a_score_of_6():
    topic = factories.TopicFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Topic.objects.filter(pk=topic.pk).update(enough_evidence=6)


def test_a_score_can_be_taken_back(staff):
    topic = factories.TopicFactory(enough_evidence=3)
    score_topic(by=staff, topic=topic, enough_evidence=None)
    assert Topic.objects.get().enough_evidence is None


def test_only_staff_write_about_topics(leader, assessor):
    topic = factories.TopicFactory()
    for user in (leader, assessor):
        with pytest.raises(PermissionDenied):
            add_topic(by=user, name="X")
        with pytest.raises(PermissionDenied):
            update_topic(by=user, topic=topic, name="X")
        with pytest.raises(PermissionDenied):
            score_topic(by=user, topic=topic, enough_evidence=1)


def test_a_topic_is_reworded(staff):
    topic = factories.TopicFactory()
    update_topic(by=staff, topic=topic, summary="Plainer words")
    assert Topic.objects.get().summary == "Plainer words"
    assert types_about(topic) == ["topic.changed"]


# --- Sites ---------------------------------------------------------------------------------------
def add_site(by, **more):
    details = {
        "name": "A new site",
        "delivery_model": "network",
        "topic": factories.TopicFactory(),
        "nations": ["wales"],
    }
    return services.add_site(by=by, **(details | more))


def test_a_site_starts_as_a_proposal_with_its_first_step_recorded(staff):
    site = add_site(staff, nations=["wales", "england"], proposed_on=JULY, summary="About it")
    site = Site.objects.get(pk=site.pk)
    assert (site.status, site.status_on, site.slug) == (Status.PROPOSED, JULY, "a-new-site")
    assert site.places == "England, Wales"
    assert [(step.status, step.on) for step in site.status_changes.all()] == [(Status.PROPOSED, JULY)]
    assert types_about(site) == ["site.added"]


@pytest.mark.parametrize(
    ("nations", "words"),
    [([], "at least one"), (["uk", "wales"], "either UK-wide"), (["atlantis"], "Not a nation")],
)
def test_the_nations_of_a_site_must_make_sense_and_nothing_is_half_written(staff, nations, words):
    with pytest.raises(ValidationError, match=words):
        add_site(staff, nations=nations)
    assert not Site.objects.exists()
    assert not AuditEvent.objects.filter(type="site.added").exists()


def test_a_site_does_not_end_before_it_starts(staff):
    with pytest.raises(ValidationError) as error:
        add_site(staff, starts_on=JULY, ends_on=JULY - timedelta(days=1))
    assert "before the start date" in says(error)


def test_only_national_staff_propose_sites(leader, outsider, assessor):
    for user in (leader, outsider, assessor, factories.team_of(factories.SiteFactory())):
        with pytest.raises(PermissionDenied):
            add_site(user)


def test_a_team_keeps_its_own_site_up_to_date_and_no_other():
    site, other = factories.SiteFactory(), factories.SiteFactory()
    coach = factories.team_of(site)
    services.update_site(by=coach, site=site, place="Larne", nations=["northern_ireland"])
    fresh = Site.objects.get(pk=site.pk)
    assert (fresh.place, fresh.places, fresh.version) == ("Larne", "Northern Ireland", 2)
    assert AuditEvent.objects.about(site).get().fields == ["nations", "place"]
    with pytest.raises(PermissionDenied):
        services.update_site(by=coach, site=other, place="Larne")


def test_changing_only_the_nations_still_counts_as_a_new_version(staff):
    site = factories.SiteFactory()
    services.update_site(by=staff, site=Site.objects.get(pk=site.pk), expected=1, nations=["scotland"])
    assert Site.objects.get().version == 2
    with pytest.raises(Conflict):
        services.update_site(by=staff, site=Site.objects.get(pk=site.pk), expected=1, nations=["wales"])
    assert Site.objects.get().places == "Scotland"


def test_a_stale_edit_of_a_site_writes_nothing(staff):
    site = factories.SiteFactory(place="Before")
    stale = Site.objects.get(pk=site.pk)
    services.update_site(by=staff, site=site, place="First")
    with pytest.raises(Conflict):
        services.update_site(by=staff, site=stale, expected=1, place="Second", nations=["wales"])
    assert (Site.objects.get().place, Site.objects.get().places) == ("First", "England")


# --- Status --------------------------------------------------------------------------------------
ALLOWED = [(before, after) for before, nexts in Site.NEXT_STATUSES.items() for after in nexts]


def test_the_life_of_a_site_is_the_one_that_was_agreed():
    assert ALLOWED == [
        ("proposed", "setting_up"),
        ("setting_up", "active"),
        ("setting_up", "paused"),
        ("active", "paused"),
        ("active", "completed"),
        ("paused", "setting_up"),
        ("paused", "active"),
        ("paused", "completed"),
    ]


@pytest.mark.parametrize("before", Status.values)
@pytest.mark.parametrize("after", Status.values)
def test_a_site_moves_only_along_its_agreed_steps(staff, before, after):
    site = factories.SiteFactory(status=before, status_reason="x" if before == "paused" else "")
    if (before, after) in ALLOWED:
        services.change_status(by=staff, site=site, status=after, on=date(2022, 8, 1), reason="Because")
        site = Site.objects.get()
        assert (site.status, site.status_on, site.status_reason) == (after, date(2022, 8, 1), "Because")
        step = StatusChange.objects.get()
        assert (step.status, step.on, step.reason) == (after, date(2022, 8, 1), "Because")
    else:
        with pytest.raises(ValidationError) as error:
            services.change_status(by=staff, site=site, status=after, on=date(2022, 8, 1), reason="Because")
        assert "status" in error.value.message_dict
        assert Site.objects.get().status == before
        assert not StatusChange.objects.exists()


def test_a_refused_step_says_what_may_come_next(staff):
    site = factories.SiteFactory(status="proposed")
    with pytest.raises(ValidationError) as error:
        services.change_status(by=staff, site=site, status="completed")
    assert says(error) == "This site is proposed. It can change to “Setting up”."


def test_a_pause_needs_a_reason_and_so_does_a_step_back(staff):
    site = add_site(staff, proposed_on=JULY)
    site = services.change_status(by=staff, site=site, status="setting_up", on=JULY)  # forwards: no reason needed
    site = services.change_status(by=staff, site=site, status="active", on=JULY)
    for reason in ("", "   "):
        with pytest.raises(ValidationError) as error:
            services.change_status(by=staff, site=site, status="paused", on=JULY, reason=reason)
        assert "reason" in error.value.message_dict
    site = services.change_status(by=staff, site=site, status="paused", on=JULY, reason="COVID-19")
    with pytest.raises(ValidationError):
        services.change_status(by=staff, site=site, status="setting_up", on=JULY)
    site = services.change_status(by=staff, site=site, status="active", on=JULY)  # on again: no reason needed
    assert [s.status for s in site.status_changes.all()] == ["proposed", "setting_up", "active", "paused", "active"]


def test_going_on_setting_up_after_a_pause_is_no_step_back(staff):
    site = add_site(staff, proposed_on=JULY)
    site = services.change_status(by=staff, site=site, status="setting_up", on=JULY)
    site = services.change_status(by=staff, site=site, status="paused", on=JULY, reason="COVID-19")
    assert services.change_status(by=staff, site=site, status="setting_up", on=JULY).status == "setting_up"


def test_a_step_is_not_dated_in_the_future_nor_before_the_last_one(staff):
    site = factories.SiteFactory(status_on=JULY)
    for on in (clock.today() + timedelta(days=1), JULY - timedelta(days=1)):
        with pytest.raises(ValidationError) as error:
            services.change_status(by=staff, site=site, status="completed", on=on)
        assert "on" in error.value.message_dict
    assert "4 July 2022" in says(error)
    services.change_status(by=staff, site=site, status="completed", on=JULY)


def test_a_step_taken_from_a_stale_page_is_a_conflict(staff):
    site = factories.SiteFactory()
    services.change_status(by=staff, site=site, status="paused", reason="Flood", expected=1)
    with pytest.raises(Conflict):
        services.change_status(by=staff, site=site, status="active", expected=1)
    assert Site.objects.get().status == "paused"


def test_neither_the_team_nor_leadership_change_the_status(leader):
    site = factories.SiteFactory()
    for user in (leader, factories.team_of(site)):
        with pytest.raises(PermissionDenied):
            services.change_status(by=user, site=site, status="completed")


def test_the_database_itself_refuses_a_pause_without_a_reason():
    site = factories.SiteFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Site.objects.filter(pk=site.pk).update(status="paused", status_reason="")


# --- People in roles -----------------------------------------------------------------------------
def test_a_post_is_planned_advertised_filled_and_left(staff):
    site, person = factories.SiteFactory(), factories.UserFactory().person
    role = services.add_role(by=staff, site=site, kind="coach", employer=factories.OrganisationFactory())
    assert role.state == "planned"
    role = services.advertise_role(by=staff, role=role)
    assert role.state == "advertised"
    assert not Site.objects.get().roles_of(person.user)
    role = services.appoint_to_role(by=staff, role=role, person=person, starts_on=JULY, has_lived_experience=True)
    assert (role.state, role.has_lived_experience, role.has_practice_experience) == ("appointed", True, False)
    assert Site.objects.get().roles_of(person.user) == {Role.SITE_TEAM}
    services.end_role(by=staff, role=role, ends_on=date(2022, 9, 1))
    assert not Site.objects.get().roles_of(person.user)
    assert types_about(site) == ["role.ended", "role.appointed", "role.advertised", "role.planned"]


def test_an_appointment_counts_from_the_first_day_only(staff):
    site, person = factories.SiteFactory(), factories.UserFactory().person
    role = services.add_role(by=staff, site=site, kind="lead")
    services.appoint_to_role(by=staff, role=role, person=person, starts_on=clock.today() + timedelta(days=1))
    assert not Site.objects.get().roles_of(person.user)


def test_a_filled_post_is_neither_advertised_nor_filled_again(staff):
    role = factories.SiteRoleFactory()
    with pytest.raises(ValidationError, match="already appointed"):
        services.advertise_role(by=staff, role=role)
    with pytest.raises(ValidationError, match="already been appointed"):
        services.appoint_to_role(by=staff, role=role, person=factories.PersonFactory(), starts_on=JULY)


def test_a_last_day_needs_someone_in_post_and_comes_after_the_first(staff):
    empty = services.add_role(by=staff, site=factories.SiteFactory(), kind="lead")
    with pytest.raises(ValidationError, match="No one"):
        services.end_role(by=staff, role=empty, ends_on=JULY)
    with pytest.raises(ValidationError) as error:
        services.end_role(by=staff, role=factories.SiteRoleFactory(starts_on=JULY), ends_on=date(2022, 7, 1))
    assert "ends_on" in error.value.message_dict


def test_a_team_cannot_let_others_in(leader):
    site = factories.SiteFactory()
    coach = factories.team_of(site)
    role = SiteRole.objects.create(site=site, kind="lead")
    for user in (coach, leader):
        with pytest.raises(PermissionDenied):
            services.add_role(by=user, site=site, kind="lead")
        with pytest.raises(PermissionDenied):
            services.advertise_role(by=user, role=role)
        with pytest.raises(PermissionDenied):
            services.appoint_to_role(by=user, role=role, person=factories.PersonFactory(), starts_on=JULY)
        with pytest.raises(PermissionDenied):
            services.end_role(by=user, role=role, ends_on=JULY)


# --- Updates -------------------------------------------------------------------------------------
def test_a_team_drafts_and_staff_publish(staff):
    site = factories.SiteFactory()
    coach = factories.team_of(site)
    update = write_update(by=coach, site=site, title=" News ", body="It began.")
    assert (update.status, update.title) == ("draft", "News")
    with pytest.raises(PermissionDenied):
        publish_update(by=coach, update=update)
    update = publish_update(by=staff, update=update)
    assert Update.objects.published().get() == update
    assert update.published_at is not None
    with pytest.raises(ValidationError, match="already been published"):
        publish_update(by=staff, update=update)


def test_a_draft_is_edited_by_the_team_but_public_news_by_publishers_only(staff):
    site = factories.SiteFactory()
    coach = factories.team_of(site)
    update = write_update(by=coach, site=site, title="News", body="It began.")
    edit_update(by=coach, update=update, title="Good news", body="It began.")
    publish_update(by=staff, update=update)
    public = Update.objects.get()
    with pytest.raises(PermissionDenied):
        edit_update(by=coach, update=public, title="Other news", body="It began.")
    edit_update(by=staff, update=public, title="Best news", body="It began.")
    assert Update.objects.get().title == "Best news"


def test_news_is_not_published_ahead_of_time(staff):
    update = factories.UpdateFactory(status="draft", published_at=None)
    with pytest.raises(ValidationError, match="future"):
        publish_update(by=staff, update=update, at=clock.now() + timedelta(hours=1))
    publish_update(by=staff, update=update, at=factories.at(2022, 7, 4))
    assert Update.objects.get().published_at == factories.at(2022, 7, 4)


# --- Who sees what -------------------------------------------------------------------------------
def test_drafts_stay_inside_also_when_a_person_in_post_has_no_account(outsider, leader):
    draft = factories.UpdateFactory(status="draft", published_at=None)
    public = factories.UpdateFactory()
    factories.SiteRoleFactory(site=draft.site)  # someone without an account
    coach = factories.team_of(draft.site)
    assert set(Update.objects.visible_to(AnonymousUser())) == {public}
    assert set(Update.objects.visible_to(outsider)) == {public}
    for user in (coach, leader, SYSTEM):
        assert set(Update.objects.visible_to(user)) == {public, draft}


def test_a_site_shows_to_outsiders_once_it_has_published_news(outsider, leader):
    quiet = factories.SiteFactory()
    factories.UpdateFactory(site=quiet, status="draft", published_at=None)
    known = factories.UpdateFactory().site
    coach = factories.team_of(quiet)
    assert set(Site.objects.visible_to(outsider)) == {known}
    assert set(Site.objects.visible_to(coach)) == {known, quiet}
    assert set(Site.objects.visible_to(leader)) == {known, quiet}
    assert not Site.objects.visible_to(AnonymousUser()).exists()


def test_organisations_and_topics_show_as_far_as_one_sees_their_sites(outsider, leader):
    quiet, known = factories.SiteFactory(), factories.UpdateFactory().site
    partner = services.add_part(by=SYSTEM, organisation=factories.OrganisationFactory(), site=quiet, part="partner")
    asked_for = factories.TopicFactory()
    factories.RoundFactory().topics.add(asked_for)
    factories.RoundFactory(is_announced=False).topics.add(factories.TopicFactory())
    coach = factories.team_of(quiet)
    assert set(Organisation.objects.visible_to(coach)) == {quiet.host, partner.organisation}
    assert not Organisation.objects.visible_to(outsider).exists()
    assert Organisation.objects.visible_to(leader).count() == 3
    assert set(Topic.objects.visible_to(outsider)) == {known.topic, asked_for}
    assert set(Topic.objects.visible_to(coach)) == {known.topic, quiet.topic, asked_for}
    assert Topic.objects.visible_to(leader).count() == 4


# --- The roster ----------------------------------------------------------------------------------
@pytest.fixture
def antrim():
    return factories.SiteFactory(unit_name="general practice")


def record(unit: Unit, state: str, on: date, reason: str = "") -> UnitChange:
    return roster.record_unit_change(by=SYSTEM, unit=unit, state=state, on=on, reason=reason)


def test_coverage_is_of_the_roster_in_force_on_the_day_asked(antrim):
    joined, late, gone, _never = (
        roster.list_unit(by=SYSTEM, site=antrim, name=name, listed_from=since)
        for name, since in [
            ("Early", date(2022, 1, 1)),
            ("Late", date(2022, 6, 1)),
            ("Gone", date(2022, 1, 1)),
            ("Never asked", date(2022, 1, 1)),
        ]
    )
    record(joined, State.APPROACHED, date(2022, 2, 1))
    record(joined, State.JOINED, date(2022, 3, 1))
    record(gone, State.JOINED, date(2022, 2, 1))
    roster.delist_unit(by=SYSTEM, unit=gone, listed_to=date(2022, 4, 30))
    record(late, State.DECLINED, date(2022, 7, 1), "No time")
    on = {day: units_roster.coverage(antrim, day) for day in [
        date(2021, 12, 31), date(2022, 1, 1), date(2022, 2, 28), date(2022, 3, 1), date(2022, 4, 30), date(2022, 5, 1),
        date(2022, 7, 1),
    ]}  # fmt: skip
    assert list(on.values()) == [
        (0, 0, None),  # no one on the roster: no percentage, not 0%
        (0, 3, 0),
        (1, 3, 33),
        (2, 3, 67),
        (2, 3, 67),  # the last day on the roster still counts
        (1, 2, 50),
        (1, 3, 33),
    ]
    steps = units_roster.coverage_over_time(units_roster.with_changes(antrim.units.all()), date(2022, 12, 31))
    assert [(day, figure.percent) for day, figure in steps] == [
        (date(2022, 1, 1), 0),
        (date(2022, 2, 1), 33),
        (date(2022, 3, 1), 67),
        (date(2022, 5, 1), 50),
        (date(2022, 6, 1), 33),
    ]


def test_a_late_record_is_dated_on_the_day_it_happened(antrim):
    unit = factories.UnitFactory(site=antrim)
    record(unit, State.JOINED, date(2022, 6, 1))
    record(unit, State.APPROACHED, date(2022, 3, 1))  # remembered afterwards
    assert units_roster.coverage(antrim, date(2022, 4, 1)).joined == 0
    assert units_roster.coverage(antrim, date(2022, 6, 1)).joined == 1


def test_the_last_of_two_records_for_one_day_counts(antrim):
    unit = factories.UnitFactory(site=antrim)
    record(unit, State.APPROACHED, JULY)
    record(unit, State.JOINED, JULY)
    [row] = units_roster.roster(antrim, JULY)
    assert (row.state, row.since, row.label) == (State.JOINED, JULY, "Joined")


def test_declining_needs_a_reason(antrim):
    unit = factories.UnitFactory(site=antrim)
    with pytest.raises(ValidationError, match="Say why it declined"):
        record(unit, State.DECLINED, JULY)
    record(unit, State.DECLINED, JULY, "No room for meetings")
    [row] = units_roster.roster(antrim, JULY)
    assert row.reason == "No room for meetings"


def test_a_change_is_dated_within_the_time_on_the_roster(antrim):
    unit = factories.UnitFactory(site=antrim, listed_from=JULY)
    with pytest.raises(ValidationError, match="future"):
        record(unit, State.JOINED, clock.today() + timedelta(days=1))
    with pytest.raises(ValidationError, match="not on the roster yet"):
        record(unit, State.JOINED, JULY - timedelta(days=1))
    roster.delist_unit(by=SYSTEM, unit=unit, listed_to=date(2022, 8, 1))
    with pytest.raises(ValidationError, match="had left"):
        record(unit, State.JOINED, date(2022, 8, 2))
    assert not UnitChange.objects.exists()


def test_recording_an_unchanged_state_is_refused(antrim):
    unit = factories.UnitFactory(site=antrim)
    record(unit, State.JOINED, JULY)
    with pytest.raises(ValidationError, match="already recorded as “Joined”"):
        record(unit, State.JOINED, date(2022, 8, 1))


def test_a_unit_leaves_once_and_not_before_what_is_recorded(antrim):
    unit = factories.UnitFactory(site=antrim)
    record(unit, State.JOINED, JULY)
    with pytest.raises(ValidationError, match="Something was recorded"):
        roster.delist_unit(by=SYSTEM, unit=unit, listed_to=date(2022, 7, 1))
    with pytest.raises(ValidationError, match="future"):
        roster.delist_unit(by=SYSTEM, unit=unit, listed_to=clock.today() + timedelta(days=1))
    roster.delist_unit(by=SYSTEM, unit=unit, listed_to=JULY)
    with pytest.raises(ValidationError, match="already left"):
        roster.delist_unit(by=SYSTEM, unit=unit, listed_to=JULY)
    assert [row.unit for row in units_roster.roster(antrim, JULY)] == [unit]
    assert not units_roster.roster(antrim, date(2022, 7, 5))


def test_a_roster_needs_a_name_for_what_it_counts(staff):
    with pytest.raises(ValidationError, match="what the roster counts"):
        roster.list_unit(by=staff, site=factories.SiteFactory(), name="A practice", listed_from=JULY)


def test_the_team_keeps_the_roster_of_its_own_site_only(antrim, leader):
    coach = factories.team_of(antrim)
    unit = roster.list_unit(by=coach, site=antrim, name="A practice", listed_from=JULY)
    roster.record_unit_change(by=coach, unit=unit, state=State.JOINED, on=JULY)
    elsewhere = factories.UnitFactory()
    for user, row in [(coach, elsewhere), (leader, unit)]:
        with pytest.raises(PermissionDenied):
            roster.list_unit(by=user, site=row.site, name="X", listed_from=JULY)
        with pytest.raises(PermissionDenied):
            roster.record_unit_change(by=user, unit=row, state=State.APPROACHED, on=JULY)
        with pytest.raises(PermissionDenied):
            roster.delist_unit(by=user, unit=row, listed_to=JULY)
    assert types_about(antrim) == ["unit.changed", "unit.listed"]


def test_the_database_itself_refuses_a_refusal_without_a_reason(antrim):
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitChange.objects.create(unit=factories.UnitFactory(site=antrim), state=State.DECLINED, on=JULY)


# --- Rounds --------------------------------------------------------------------------------------
def add_round(by, **more) -> Round:
    details = {
        "name": "Round one",
        "opens_at": clock.now() - timedelta(hours=1),
        "closes_at": clock.now() + timedelta(days=30),
        "delivery_models": ["network"],
        "topics": [factories.TopicFactory()],
        "offered": "Money",
        "asked": "Sharing",
    }
    return rounds_services.add_round(by=by, **(details | more))


def test_a_round_is_a_draft_until_it_is_announced(staff, outsider, assessor):
    round = add_round(staff)
    assert round.stage == "Draft"
    assert not Round.objects.visible_to(outsider).exists()
    assert not Round.objects.visible_to(AnonymousUser()).exists()
    assert Round.objects.visible_to(assessor).get() == round
    round = rounds_services.announce_round(by=staff, round=round)
    assert Round.objects.visible_to(AnonymousUser()).get() == round
    assert (round.stage, round.is_open(clock.now())) == ("Open", True)
    with pytest.raises(ValidationError, match="already been announced"):
        rounds_services.announce_round(by=staff, round=round)
    assert types_about(round) == ["round.announced", "round.added"]


def test_a_round_is_open_from_its_opening_time_until_its_closing_time():
    opens, closes = factories.at(2022, 12, 1, 9), factories.at(2023, 2, 28, 17)
    round = factories.RoundFactory(opens_at=opens, closes_at=closes)
    second = timedelta(seconds=1)
    moments = (opens - second, opens, closes - second, closes)
    assert [round.is_open(at) for at in moments] == [False, True, True, False]


def test_the_stage_of_a_round_follows_the_clock():
    now, hour = clock.now(), timedelta(hours=1)
    assert factories.RoundFactory(opens_at=now + hour, closes_at=now + 2 * hour).stage == "Upcoming"
    assert factories.RoundFactory(opens_at=now - hour, closes_at=now + hour).stage == "Open"
    assert factories.RoundFactory(opens_at=now - 2 * hour, closes_at=now - hour).stage == "Closed"


def test_a_round_is_announced_only_when_it_says_everything(staff):
    with pytest.raises(ValidationError, match="needs at least one topic"):
        rounds_services.announce_round(by=staff, round=add_round(staff, topics=[]))
    bare = factories.RoundFactory(is_announced=False)
    with pytest.raises(ValidationError, match="at least one topic and a statement"):
        rounds_services.announce_round(by=staff, round=bare)
    assert not Round.objects.filter(is_announced=True).exists()


def test_a_round_that_is_over_is_not_announced(staff):
    past = clock.now() - timedelta(days=1)
    over = add_round(staff, opens_at=past - timedelta(days=1), closes_at=past)
    with pytest.raises(ValidationError, match="closing time has passed"):
        rounds_services.announce_round(by=staff, round=over)


def test_every_wording_of_what_is_offered_and_asked_is_kept(staff):
    round = add_round(staff)
    rounds_services.restate_round(by=staff, round=round, offered="More money", asked="Sharing", who_for="Small groups")
    assert [(s.number, s.offered) for s in round.statements.all()] == [(1, "Money"), (2, "More money")]
    assert round.statement.who_for == "Small groups"
    assert Round.objects.get().version == 2


def test_the_same_words_again_make_no_new_version(staff):
    round = add_round(staff)
    same = rounds_services.restate_round(by=staff, round=round, offered=" Money ", asked="Sharing")
    assert (same.number, RoundStatement.objects.count(), Round.objects.get().version) == (1, 1, 1)


def test_new_words_from_a_stale_page_are_a_conflict(staff):
    round = add_round(staff)
    stale = Round.objects.get()
    rounds_services.restate_round(by=staff, round=round, offered="A", asked="Sharing")
    with pytest.raises(Conflict):
        rounds_services.restate_round(by=staff, round=stale, offered="B", asked="Sharing")
    assert round.statement.offered == "A"


def test_the_text_of_a_closed_round_cannot_change(staff):
    past = clock.now() - timedelta(days=1)
    over = add_round(staff, opens_at=past - timedelta(days=1), closes_at=past)
    with pytest.raises(ValidationError, match="has closed"):
        rounds_services.restate_round(by=staff, round=over, offered="A", asked="B")


def test_a_round_does_not_close_before_it_opens_and_asks_for_known_models(staff):
    with pytest.raises(ValidationError) as error:
        add_round(staff, closes_at=clock.now() - timedelta(days=1))
    assert "closes before it opens" in says(error)
    with pytest.raises(ValidationError, match="Not a delivery model: magic"):
        add_round(staff, delivery_models=["magic"])
    with pytest.raises(ValidationError, match="Choose at least one delivery model"):
        add_round(staff, delivery_models=[])
    assert not Round.objects.exists()


def test_the_facts_and_topics_of_a_round_change(staff):
    round = add_round(staff)
    topic = factories.TopicFactory()
    rounds_services.update_round(by=staff, round=round, topics=[topic])
    fresh = Round.objects.get()
    assert (list(fresh.topics.all()), fresh.version) == ([topic], 2)
    rounds_services.update_round(by=staff, round=fresh, name="Round 1", topics=[topic])
    assert (Round.objects.get().name, Round.objects.get().version) == ("Round 1", 3)
    with pytest.raises(Conflict):
        rounds_services.update_round(by=staff, round=Round.objects.get(), expected=1, topics=[])


def test_an_announced_round_keeps_at_least_one_topic(staff):
    round = rounds_services.announce_round(by=staff, round=add_round(staff))
    with pytest.raises(ValidationError, match="at least one topic"):
        rounds_services.update_round(by=staff, round=round, topics=[])
    assert Round.objects.get().topics.count() == 1


def test_only_staff_run_rounds(leader, assessor):
    round = factories.RoundFactory(is_announced=False)
    for user in (leader, assessor):
        with pytest.raises(PermissionDenied):
            add_round(user)
        with pytest.raises(PermissionDenied):
            rounds_services.update_round(by=user, round=round, name="X")
        with pytest.raises(PermissionDenied):
            rounds_services.restate_round(by=user, round=round, offered="X", asked="Y")
        with pytest.raises(PermissionDenied):
            rounds_services.announce_round(by=user, round=round)


# --- A site's delivery model -----------------------------------------------------------------------
def test_a_site_team_cannot_change_the_delivery_model(sign_in):
    site = factories.SiteFactory(delivery_model="network")
    coach = factories.team_of(site)
    with pytest.raises(PermissionDenied):
        services.update_site(by=coach, site=site, delivery_model="facilitator")
    url = f"/sites/{site.slug}/edit/"
    page = sign_in(coach).get(url)
    assert "delivery_model" not in page.context["form"].fields
    sent = {**{k: v for k, v in page.context["form"].initial.items() if v is not None}, "delivery_model": "facilitator"}
    answer = sign_in(coach).post(url, {**sent, "name": "A new name"})
    assert answer.status_code == 302
    assert Site.objects.values_list("name", "delivery_model").get(pk=site.pk) == ("A new name", "network")


def test_a_network_with_groups_stays_a_network_and_says_which(staff, sign_in):
    site = factories.SiteFactory(delivery_model="network", slug="one-network")
    names = sorted(factories.GroupFactory(site=site).name for _ in range(4))
    with pytest.raises(ValidationError) as error:
        services.update_site(by=staff, site=site, delivery_model="facilitator")
    said = " ".join(error.value.message_dict["delivery_model"])
    assert "stays Network" in said and names[0] in said and "and 1 more" in said
    assert Site.objects.get(pk=site.pk).delivery_model == "network"
    client = sign_in(staff)
    form = client.get("/sites/one-network/edit/").context["form"]
    sent = {**{k: v for k, v in form.initial.items() if v is not None}, "delivery_model": "facilitator"}
    page = client.post("/sites/one-network/edit/", sent)
    assert page.status_code == 200 and names[0] in page.context["form"].errors["delivery_model"][0]
    assert client.get("/networks/one-network/").status_code == 200


def test_staff_change_the_model_of_a_site_on_which_nothing_depends(staff):
    site = factories.SiteFactory(delivery_model="network")
    services.update_site(by=staff, site=Site.objects.get(pk=site.pk), delivery_model="facilitator")
    assert Site.objects.get(pk=site.pk).delivery_model == "facilitator"
