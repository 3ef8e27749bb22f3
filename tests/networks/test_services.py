"""Groups, members, meetings and actions: what each service does, refuses, and writes down."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM, has_perm
from impact.core.basics.versions import Conflict
from impact.core.people.models import Person
from networks.actions.models import Action
from networks.actions.services import add_action, change_action, close_action, reopen_action
from networks.documents.materials.services import add_material, mark_material_sent, remove_material
from networks.groups.models import Group, Membership, Network
from networks.groups.services import add_group, explain_guard, update_group
from networks.log.services import add_contribution, add_decision, finish_log, record_attendance
from networks.meetings import services
from networks.meetings.models import AgendaItem, Meeting
from networks.members.services import add_member, appoint_coordinator, end_membership
from tests import factories
from tests.factories import at
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def events(obj) -> list[str]:
    return list(AuditEvent.objects.about(obj).values_list("type", flat=True))


# --- Groups --------------------------------------------------------------------------------------
def test_a_local_network_starts_with_the_settings_of_its_kind(staff):
    site = factories.SiteFactory()
    group = add_group(by=staff, kind="local_network", name="  Choice,  Wales ", nation="wales", site=site)
    assert (group.size_min, group.size_max, group.meetings_planned, group.months_planned) == (8, 10, 4, 6)
    assert (group.name, group.slug) == ("Choice, Wales", "choice-wales")
    assert events(group) == ["group.added"]


def test_settings_given_by_hand_win_over_the_defaults(staff):
    group = add_group(by=staff, kind="advisory_group", name="Learning circle", nation="uk", size_min=10, size_max=15)
    assert (group.size_min, group.size_max, group.meetings_planned) == (10, 15, 3)


def test_two_groups_of_nearly_the_same_name_get_addresses_of_their_own(staff):
    first = add_group(by=staff, kind="assembly", name="North!", nation="scotland")
    second = add_group(by=staff, kind="assembly", name="North", nation="scotland")
    assert (first.slug, second.slug) == ("north", "north-2")


def test_a_group_never_takes_the_address_of_the_form_that_starts_one(staff):
    assert add_group(by=staff, kind="assembly", name="New", nation="uk").slug != "new"


def test_a_local_network_needs_a_network_and_a_real_one(staff):
    with pytest.raises(ValidationError, match="Choose the network"):
        add_group(by=staff, kind="local_network", name="Lost", nation="wales")
    demonstrator = factories.SiteFactory(delivery_model="demonstrator")
    with pytest.raises(ValidationError, match="whose model is Network"):
        add_group(by=staff, kind="local_network", name="Lost", nation="wales", site=demonstrator)


def test_only_the_national_team_starts_groups(circle):
    with pytest.raises(PermissionDenied):
        add_group(by=circle.coordinator, kind="assembly", name="Mine", nation="wales")


def test_a_coordinator_changes_their_own_group_and_no_other(circle):
    update_group(by=circle.coordinator, group=circle.group, expected=1, place="Ceredigion")
    assert Group.objects.get(pk=circle.group.pk).place == "Ceredigion"
    with pytest.raises(PermissionDenied):
        update_group(by=circle.coordinator, group=factories.GroupFactory(), place="Elsewhere")


def test_the_second_of_two_changes_to_a_group_is_told(staff, circle):
    update_group(by=staff, group=Group.objects.get(pk=circle.group.pk), expected=1, place="First")
    with pytest.raises(Conflict):
        update_group(by=staff, group=Group.objects.get(pk=circle.group.pk), expected=1, place="Second")
    assert Group.objects.get(pk=circle.group.pk).place == "First"


def test_a_group_whose_last_day_is_before_its_first_is_refused(staff, circle):
    with pytest.raises(ValidationError, match="end date is before the start date"):
        update_group(by=staff, group=circle.group, ends_on=date(2022, 6, 1))


# --- Members -------------------------------------------------------------------------------------
def test_a_coordinator_adds_someone_new_with_what_they_need(circle):
    membership = add_member(
        by=circle.coordinator,
        group=circle.group,
        name="Hazel Umber",
        perspective="carer",
        access_arrangements="A break every hour",
    )
    person = membership.person
    assert (person.email, person.nation, person.access_arrangements) == ("", "wales", "A break every hour")
    assert "group.member_added" in events(circle.group) and events(person) == ["person.added"]


def test_no_record_is_opened_by_a_name_that_fits_it(circle):
    known = factories.PersonFactory(name="Hazel Umber", email="hazel@people.example", access_arrangements="Captions")
    membership = add_member(by=circle.coordinator, group=circle.group, name="Hazel Umber", perspective="carer")
    assert membership.person != known and membership.person.access_arrangements == ""


def test_no_one_belongs_twice_to_a_group(circle):
    with pytest.raises(ValidationError, match="already belongs"):
        add_member(by=SYSTEM, group=circle.group, person=circle.members[0].person, perspective="carer")


def test_someone_who_left_may_come_back_after_their_last_day(circle):
    end_membership(by=SYSTEM, membership=circle.members[0], ends_on=date(2023, 1, 31))
    with pytest.raises(ValidationError, match="until 31 January 2023"):
        add_member(by=SYSTEM, group=circle.group, person=circle.members[0].person, perspective="carer")
    again = add_member(
        by=SYSTEM, group=circle.group, person=circle.members[0].person, perspective="carer", starts_on=date(2023, 2, 1)
    )
    assert again.pk != circle.members[0].pk


def test_a_member_of_a_local_network_brings_a_perspective(circle):
    with pytest.raises(ValidationError, match="perspective"):
        add_member(by=circle.coordinator, group=circle.group, name="No one Yet")
    assert not Person.objects.filter(name="No one Yet").exists()


def test_a_coordinator_is_appointed_and_not_added(staff, circle):
    with pytest.raises(ValidationError, match="Appoint a coordinator"):
        add_member(by=staff, group=circle.group, name="New", role="coordinator")


def test_a_membership_ends_once_and_not_before_it_began(circle):
    with pytest.raises(ValidationError, match="end date is before the start date"):
        end_membership(by=circle.coordinator, membership=circle.members[0], ends_on=date(2022, 6, 30))
    membership = Membership.objects.get(pk=circle.members[0].pk)
    end_membership(by=circle.coordinator, membership=membership, ends_on=date(2023, 1, 15))
    assert not Membership.objects.current().filter(pk=membership.pk).exists()
    with pytest.raises(ValidationError, match="already ends on 15 January 2023"):
        end_membership(by=circle.coordinator, membership=membership, ends_on=date(2023, 1, 16))


def test_a_coordinator_cannot_end_the_membership_of_a_coordinator(circle):
    with pytest.raises(PermissionDenied):
        end_membership(by=circle.coordinator, membership=circle.coordinator_membership, ends_on=date(2023, 1, 16))


def test_appointing_a_coordinator_hands_the_group_over(staff, circle):
    successor = factories.UserFactory()
    appoint_coordinator(by=staff, group=circle.group, person=successor.person, starts_on=date(2023, 1, 16))
    circle.coordinator_membership.refresh_from_db()
    assert circle.coordinator_membership.ends_on == date(2023, 1, 15)
    group = Group.objects.get(pk=circle.group.pk)
    assert group.roles_of(successor) == {"coordinator", "member"} and group.roles_of(circle.coordinator) == frozenset()


def test_a_member_who_becomes_coordinator_leaves_their_place_as_a_member(staff, circle):
    person = circle.members[3].person
    appoint_coordinator(by=staff, group=circle.group, person=person, starts_on=date(2023, 2, 1))
    rows = Membership.objects.filter(group=circle.group, person=person).order_by("starts_on")
    assert [(r.role, r.ends_on) for r in rows] == [("member", date(2023, 1, 31)), ("coordinator", None)]


def test_appointing_the_same_coordinator_again_is_refused_and_a_coordinator_may_not_appoint(staff, circle):
    with pytest.raises(ValidationError, match="already coordinates"):
        appoint_coordinator(by=staff, group=circle.group, person=circle.coordinator.person)
    with pytest.raises(PermissionDenied):
        appoint_coordinator(by=circle.coordinator, group=circle.group, person=circle.members[0].person)


def test_the_database_itself_refuses_a_second_open_membership(circle):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(group=circle.group, person=circle.members[0].person)


def test_an_explanation_is_kept_changed_and_taken_back(circle):
    explain_guard(by=circle.coordinator, group=circle.group, guard="size", reason=" A funder starts in May. ")
    explain_guard(by=circle.coordinator, group=circle.group, guard="size", reason="A funder starts in June.")
    assert [e.reason for e in circle.group.explanations.all()] == ["A funder starts in June."]
    assert explain_guard(by=circle.coordinator, group=circle.group, guard="size", reason="  ") is None
    assert not circle.group.explanations.exists()
    with pytest.raises(ValidationError):
        explain_guard(by=circle.coordinator, group=circle.group, guard="mood", reason="x")
    with pytest.raises(PermissionDenied):
        explain_guard(by=factories.user_in(circle.group), group=circle.group, guard="size", reason="x")


# --- Meetings ------------------------------------------------------------------------------------
def plan(circle, **details):
    given = {"starts_at": at(2023, 1, 20), "ends_at": at(2023, 1, 20, 16)} | details
    return services.plan_meeting(by=circle.coordinator, group=circle.group, **given)


def test_a_planned_meeting_takes_the_next_number_and_a_name(circle):
    meeting = plan(circle)
    assert (meeting.number, meeting.title, meeting.status) == (3, "Meeting 3", "planned")
    assert events(meeting) == ["meeting.planned"]


@pytest.mark.parametrize(
    ("starts", "ends", "message"),
    [
        (at(2022, 6, 1), at(2022, 6, 1, 16), "starts on 1 July 2022"),
        (at(2023, 3, 1), at(2023, 3, 1, 16), "ends on 31 January 2023"),
        (at(2023, 1, 20, 16), at(2023, 1, 20, 14), "ends before it starts"),
    ],
)
def test_a_meeting_outside_the_groups_dates_or_out_of_order_is_refused(circle, starts, ends, message):
    with pytest.raises(ValidationError, match=message):
        plan(circle, starts_at=starts, ends_at=ends)
    assert circle.group.meetings.count() == 2


def test_a_member_cannot_plan_a_meeting(circle):
    with pytest.raises(PermissionDenied):
        services.plan_meeting(
            by=factories.user_in(circle.group),
            group=circle.group,
            starts_at=at(2023, 1, 20),
            ends_at=at(2023, 1, 20, 16),
        )


def test_a_meeting_is_moved_and_the_second_editor_is_told(circle):
    first, second = (Meeting.objects.get(pk=circle.later.pk) for _ in range(2))
    services.update_meeting(by=circle.coordinator, meeting=first, expected=1, place="Village hall")
    with pytest.raises(Conflict):
        services.update_meeting(by=circle.coordinator, meeting=second, expected=1, place="Town hall")
    assert Meeting.objects.get(pk=circle.later.pk).place == "Village hall"


@pytest.mark.parametrize("status", ["complete", "cancelled"])
def test_a_closed_meeting_is_not_changed(circle, status):
    Meeting.objects.filter(pk=circle.later.pk).update(status=status, status_reason="x", logged_at=at(2023, 1, 1))
    meeting = Meeting.objects.get(pk=circle.later.pk)
    for attempt in (
        lambda: services.update_meeting(by=circle.coordinator, meeting=meeting, place="x"),
        lambda: services.set_agenda(by=circle.coordinator, meeting=meeting, items=[{"title": "x"}]),
        lambda: services.add_agenda_item(by=circle.coordinator, meeting=meeting, title="x"),
        lambda: add_contribution(by=circle.coordinator, meeting=meeting, kind="enabler", words="x"),
        lambda: record_attendance(by=circle.coordinator, meeting=meeting, statuses={circle.ids[0]: "present"}),
        lambda: add_decision(by=circle.coordinator, meeting=meeting, words="x"),
        lambda: finish_log(by=circle.coordinator, meeting=meeting),
    ):
        with pytest.raises(ValidationError, match=r"Reopen it with a reason|was cancelled"):
            attempt()


def test_a_logged_meeting_cannot_move_into_the_future(circle):
    meeting = factories.LoggedMeetingFactory(group=circle.group, number=9)
    with pytest.raises(ValidationError, match="cannot be in the future"):
        services.update_meeting(
            by=circle.coordinator, meeting=meeting, starts_at=at(2023, 1, 28), ends_at=at(2023, 1, 28, 16)
        )


def test_a_meeting_is_cancelled_with_a_reason_only_while_it_is_planned(circle):
    with pytest.raises(ValidationError, match="Say why"):
        services.cancel_meeting(by=circle.coordinator, meeting=circle.later, reason=" ")
    services.cancel_meeting(by=circle.coordinator, meeting=circle.later, reason="Snow")
    assert (circle.later.status, circle.later.status_reason) == ("cancelled", "Snow")
    logged = factories.LoggedMeetingFactory(group=circle.group, number=9)
    with pytest.raises(ValidationError, match="Only a planned meeting"):
        services.cancel_meeting(by=circle.coordinator, meeting=logged, reason="Snow")


def test_an_agenda_is_replaced_and_keeps_the_rows_it_names(circle):
    first, second = services.set_agenda(
        by=circle.coordinator,
        meeting=circle.later,
        items=[{"title": "Welcome", "minutes": 10}, {"title": "Ideas", "minutes": 40, "owner": "Everyone"}],
    )
    rows = services.set_agenda(
        by=circle.coordinator, meeting=circle.later, items=[{"id": second.pk, "title": "Ideas first"}, {"title": "End"}]
    )
    assert rows[0].pk == second.pk
    assert [(i.position, i.title) for i in circle.later.agenda_items.all()] == [(1, "Ideas first"), (2, "End")]
    assert not AgendaItem.objects.filter(pk=first.pk).exists()
    services.add_agenda_item(by=circle.coordinator, meeting=circle.later, title="Questions", minutes=30)
    assert circle.later.agenda_items.last().position == 3


def test_the_agenda_of_another_meeting_is_never_taken_over(circle):
    theirs = AgendaItem.objects.create(meeting=factories.MeetingFactory(), position=1, title="Theirs")
    services.set_agenda(by=circle.coordinator, meeting=circle.later, items=[{"id": theirs.pk, "title": "Mine"}])
    theirs.refresh_from_db()
    assert theirs.title == "Theirs" and circle.later.agenda_items.count() == 1


def test_a_paper_sent_less_than_a_week_before_counts_as_late(circle, today):
    early = add_material(
        by=circle.coordinator,
        meeting=circle.later,
        title="Summary",
        evidence_kind="research",
        formats=["standard"],
        sent_on=today,
    )
    assert not early.is_late
    late = add_material(
        by=circle.coordinator, meeting=circle.meeting, title="Story", evidence_kind="lived_experience", formats=["easy_read"],
        sent_on=date(2023, 1, 4),
    )  # fmt: skip
    assert late.is_late and late.format_labels == ["Easy Read"]


def test_a_paper_is_marked_as_sent_once_and_stays_after_that(circle, today):
    paper = add_material(
        by=circle.coordinator, meeting=circle.later, title="Summary", evidence_kind="research", formats=["standard"]
    )
    mark_material_sent(by=circle.coordinator, material=paper)
    assert paper.sent_on == today
    with pytest.raises(ValidationError, match="It was already sent on"):
        mark_material_sent(by=circle.coordinator, material=paper)
    with pytest.raises(ValidationError, match="It has already been sent to members, so it has to stay on the list"):
        remove_material(by=circle.coordinator, material=paper)
    other = add_material(
        by=circle.coordinator, meeting=circle.later, title="Draft", evidence_kind="research", formats=["standard"]
    )
    remove_material(by=circle.coordinator, material=other)
    assert [m.title for m in circle.later.materials.all()] == ["Summary"]


def test_a_paper_needs_a_known_format_and_is_not_sent_tomorrow(circle, today):
    with pytest.raises(ValidationError, match="at least one format"):
        add_material(by=circle.coordinator, meeting=circle.later, title="x", evidence_kind="research", formats=[])
    with pytest.raises(ValidationError, match="Not a format: papyrus"):
        add_material(
            by=circle.coordinator, meeting=circle.later, title="x", evidence_kind="research", formats=["papyrus"]
        )
    with pytest.raises(ValidationError, match="cannot be in the future"):
        add_material(
            by=circle.coordinator, meeting=circle.later, title="x", evidence_kind="research", formats=["standard"],
            sent_on=today + timedelta(days=1),
        )  # fmt: skip


# --- Debrief -------------------------------------------------------------------------------------
def logged(circle):
    Meeting.objects.filter(pk=circle.meeting.pk).update(status="logged", logged_at=at(2023, 1, 11))
    return Meeting.objects.get(pk=circle.meeting.pk)


def debrief(circle, meeting, agreed="Start with a story", on=date(2023, 1, 12)):
    return services.debrief_meeting(by=circle.coordinator, meeting=meeting, held_on=on, agreed_next=agreed)


def test_a_debrief_completes_the_meeting_and_goes_on_the_next_agenda(circle):
    found = debrief(circle, logged(circle))
    assert Meeting.objects.get(pk=circle.meeting.pk).status == "complete"
    carried = circle.later.agenda_items.get()
    assert (carried.title, carried.carried_from) == ("Start with a story", found)


def test_what_was_agreed_waits_for_the_next_meeting_to_be_planned(circle):
    services.cancel_meeting(by=circle.coordinator, meeting=circle.later, reason="Snow")
    debrief(circle, logged(circle))
    planned = plan(circle)
    assert [i.title for i in planned.agenda_items.all()] == ["Start with a story"]
    after = plan(circle, starts_at=at(2023, 1, 25), ends_at=at(2023, 1, 25, 16))
    assert not after.agenda_items.exists()


def test_a_meeting_planned_before_the_one_that_an_item_was_carried_to_takes_it_unless_someone_worked_on_it(circle):
    found = debrief(circle, logged(circle))
    item = circle.later.agenda_items.get()
    starts = circle.later.starts_at - timedelta(days=7)
    sooner = services.plan_meeting(
        by=circle.coordinator, group=circle.group, title="Sooner", starts_at=starts, ends_at=starts + timedelta(hours=1)
    )
    assert not circle.later.agenda_items.exists() and sooner.agenda_items.get() == item and found.carried_to == sooner
    services.set_agenda(
        by=circle.coordinator, meeting=sooner, items=[{"id": item.pk, "title": item.title, "minutes": 10}]
    )
    starts -= timedelta(days=1)
    services.plan_meeting(
        by=circle.coordinator,
        group=circle.group,
        title="Soonest",
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
    )
    assert sooner.agenda_items.get() == item  # a time was given to it there


def test_what_was_carried_to_a_cancelled_meeting_goes_on_to_the_one_after(circle):
    debrief(circle, logged(circle))
    last = plan(circle, starts_at=at(2023, 1, 31), ends_at=at(2023, 1, 31, 16))
    services.cancel_meeting(by=circle.coordinator, meeting=Meeting.objects.get(pk=circle.later.pk), reason="Snow")
    assert [i.title for i in last.agenda_items.all()] == ["Start with a story"]


def test_what_was_agreed_never_goes_to_a_meeting_whose_day_has_passed(circle, sign_in):
    """The next meeting by number may be over and only not logged yet; what was agreed waits for one still to come."""
    past = circle.later
    Meeting.objects.filter(pk=past.pk).update(starts_at=at(2023, 1, 12), ends_at=at(2023, 1, 12, 16))
    found = debrief(circle, logged(circle), on=date(2023, 1, 13))
    assert not past.agenda_items.exists() and found.carried_to is None
    page = html_of(sign_in(circle.coordinator).get(circle.meeting.get_absolute_url()))
    assert "Waiting for the next meeting to be planned" in page
    planned = plan(circle, starts_at=at(2023, 1, 25), ends_at=at(2023, 1, 25, 16))
    assert [i.carried_from for i in planned.agenda_items.all()] == [found]
    page = html_of(sign_in(circle.coordinator).get(circle.meeting.get_absolute_url()))
    assert f"On the agenda of {planned.title}, 25 January 2023" in page


def test_waiting_items_are_carried_when_a_past_meeting_moves_to_a_future_day(circle):
    past = circle.later
    Meeting.objects.filter(pk=past.pk).update(starts_at=at(2023, 1, 12), ends_at=at(2023, 1, 12, 16))
    debrief(circle, logged(circle), on=date(2023, 1, 13))
    services.update_meeting(
        by=circle.coordinator,
        meeting=Meeting.objects.get(pk=past.pk),
        starts_at=at(2023, 1, 26),
        ends_at=at(2023, 1, 26, 16),
        reason="Snow",
    )
    assert [i.title for i in past.agenda_items.all()] == ["Start with a story"]


@pytest.mark.parametrize(
    ("agreed", "on", "message"),
    [
        (" ", date(2023, 1, 12), "Say what you agreed"),
        ("x", date(2023, 1, 9), "comes after it"),
        ("x", date(2023, 1, 17), "cannot be in the future"),
    ],
)
def test_a_debrief_needs_an_agreement_and_a_sensible_day(circle, agreed, on, message):
    with pytest.raises(ValidationError, match=message):
        debrief(circle, logged(circle), agreed, on)
    assert Meeting.objects.get(pk=circle.meeting.pk).status == "logged"


def test_a_meeting_that_is_not_logged_cannot_be_debriefed(circle):
    with pytest.raises(ValidationError, match="Finish the log"):
        debrief(circle, circle.meeting)


def test_a_complete_meeting_is_reopened_with_a_reason_and_completed_by_another_debrief(circle):
    debrief(circle, logged(circle))
    with pytest.raises(ValidationError, match="Say why"):
        services.reopen_log(by=circle.coordinator, meeting=circle.meeting, reason="")
    services.reopen_log(by=circle.coordinator, meeting=circle.meeting, reason="An action was missing")
    again = Meeting.objects.get(pk=circle.meeting.pk)
    assert (again.status, again.status_reason) == ("logged", "An action was missing")
    with pytest.raises(ValidationError, match="Only a complete meeting"):
        services.reopen_log(by=circle.coordinator, meeting=circle.meeting, reason="x")
    debrief(circle, again, "Start with two stories")
    assert [i.title for i in circle.later.agenda_items.all()] == ["Start with two stories"]


# --- Actions -------------------------------------------------------------------------------------
def test_an_action_traces_to_what_was_said_and_is_added_once_for_a_key(circle):
    said = factories.ContributionFactory(meeting=circle.meeting)
    key = said.pk
    rows = [
        add_action(
            by=circle.coordinator, group=circle.group, meeting=circle.meeting, contribution=said, what="Write a guide",
            owner="A carer member", due_on=date(2023, 2, 1), key=key,
        )
        for _ in range(2)
    ]  # fmt: skip
    assert rows[0] == rows[1] and Action.objects.count() == 1
    assert rows[0].contribution == said and not rows[0].is_overdue


def test_an_action_cannot_come_from_another_group_or_be_due_before_it_was_agreed(circle):
    elsewhere = factories.ContributionFactory()
    with pytest.raises(ValidationError, match="said in this group"):
        add_action(by=circle.coordinator, group=circle.group, what="x", contribution=elsewhere)
    with pytest.raises(ValidationError, match="Choose that day or a later one"):
        add_action(by=circle.coordinator, group=circle.group, meeting=circle.meeting, what="x", due_on=date(2023, 1, 9))


def test_an_action_is_closed_with_what_came_of_it_and_opened_again(circle, today):
    action = factories.ActionFactory(group=circle.group, due_on=date(2023, 1, 10))
    assert action in Action.objects.overdue()
    with pytest.raises(ValidationError, match="why the action was dropped"):
        close_action(by=circle.coordinator, action=action, status="dropped")
    with pytest.raises(ValidationError, match="done or dropped"):
        close_action(by=circle.coordinator, action=action, status="open")
    with pytest.raises(ValidationError, match="cannot be in the future"):
        close_action(by=circle.coordinator, action=action, status="done", on=today + timedelta(days=1))
    close_action(by=circle.coordinator, action=action, status="done", outcome="In use")
    assert (action.status, action.closed_on, action.is_overdue) == ("done", today, False)
    with pytest.raises(ValidationError, match="already done"):
        close_action(by=circle.coordinator, action=action, status="done")
    with pytest.raises(ValidationError, match="Reopen it"):
        change_action(by=circle.coordinator, action=action, what="Other")
    reopen_action(by=circle.coordinator, action=action)
    assert Action.objects.get(pk=action.pk).closed_on is None
    assert events(action) == ["action.reopened", "action.closed"]


def test_two_people_changing_one_action_do_not_overwrite_each_other(circle):
    action = factories.ActionFactory(group=circle.group)
    first, second = (Action.objects.get(pk=action.pk) for _ in range(2))
    change_action(by=circle.coordinator, action=first, expected=1, owner="A funder")
    with pytest.raises(Conflict):
        change_action(by=circle.coordinator, action=second, expected=1, owner="A carer")
    with pytest.raises(PermissionDenied):
        change_action(by=factories.user_in(circle.group), action=first, owner="Me")


# --- Who sees what -------------------------------------------------------------------------------
def test_groups_and_meetings_are_seen_by_those_who_belong_and_by_national_readers(
    circle, leader, administrator, outsider
):
    member = factories.user_in(circle.group)
    for user, sees in [
        (member, True),
        (circle.coordinator, True),
        (leader, True),
        (administrator, False),
        (outsider, False),
    ]:
        assert Group.objects.visible_to(user).filter(pk=circle.group.pk).exists() is sees
        assert Meeting.objects.visible_to(user).filter(pk=circle.meeting.pk).exists() is sees


def test_a_membership_that_ended_closes_the_group_from_the_next_request_on(circle):
    member = factories.user_in(circle.group)
    Membership.objects.filter(person__user=member).update(ends_on=date(2023, 1, 15))
    assert not Group.objects.visible_to(member).exists()


def test_a_network_is_seen_by_national_readers_and_by_its_own_coordinators(circle, leader, administrator, outsider):
    elsewhere = factories.user_in(factories.GroupFactory(), "coordinator")
    member = factories.user_in(circle.group)
    expected = [(leader, True), (administrator, True), (circle.coordinator, True), (elsewhere, False), (member, False), (outsider, False)]  # fmt: skip
    for user, sees in expected:
        assert Network.objects.visible_to(user).filter(pk=circle.group.site_id).exists() is sees


def test_permitted_answers_for_many_groups_what_has_perm_answers_for_one(circle, staff):
    other = factories.GroupFactory()
    for user in (circle.coordinator, factories.user_in(circle.group), staff):
        for permission in ("networks.view_people", "networks.log_meeting", "networks.appoint_coordinator"):
            for group in (circle.group, other):
                permitted = Group.objects.permitted(user, permission).filter(pk=group.pk).exists()
                assert permitted is has_perm(user, permission, group), (permission, group)
