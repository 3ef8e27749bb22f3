"""Terms, strengths, supporters, support at meetings, outside groups: what may be done, by whom and when."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from coproduction.agreement.services import propose_version
from coproduction.group.meetings import services as meetings
from coproduction.group.meetings.models import CharterBeforeMeeting, SupportBooking
from coproduction.group.members import DECIDING_ROLES, deciding_members, resolve_member
from coproduction.group.models import SupportLink
from coproduction.group.outside import services as outside
from coproduction.group.outside.models import Exchange, OutsideGroup
from coproduction.group.people import services
from coproduction.group.people.models import Strengths, Term
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.notices.models import Notice
from impact.core.people.consents import WORDING
from impact.core.people.models import Consent
from networks.groups.models import Membership
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings.needs import standing_of
from networks.meetings.planning.bookings.pages import bookings_attention
from networks.members.services import end_membership
from tests import factories


def membership(w, person):
    return Membership.objects.get(group=w.group, person=person)


def agree_to_show(person, *, is_given=True, on=date(2022, 9, 1), expires_on=None):
    purpose = Consent.Purpose.STRENGTHS
    return Consent.objects.create(
        person=person, purpose=purpose, wording=WORDING[purpose], is_given=is_given, given_on=on, expires_on=expires_on
    )


# --- Roles ---------------------------------------------------------------------------------------
def test_a_vice_chair_counts_and_decides_like_a_chair(world):
    factories.MembershipFactory(group=world.group, role="vice_chair")
    assert Membership.Role.VICE_CHAIR in DECIDING_ROLES and Membership.Role.VICE_CHAIR in Membership.COUNTED_ROLES
    assert deciding_members(world.group).count() == Membership.objects.counted().filter(group=world.group).count() == 5


# --- Terms ---------------------------------------------------------------------------------------
def test_a_reappointment_is_a_term_of_its_own_and_earlier_ones_are_kept(group_world):
    w = group_world
    row = membership(w, w.one)
    first = services.appoint_for_term(by=w.lead, membership=row, ends_on=date(2022, 12, 31))
    again = services.appoint_for_term(by=w.lead, membership=row, ends_on=date(2024, 12, 31), after=1)
    assert (first.starts_on, again.starts_on) == (row.starts_on, date(2023, 1, 1))
    assert list(row.terms.all()) == [first, again]
    kinds = ["term.added", "term.reappointed"]
    assert list(AuditEvent.objects.filter(type__in=kinds).order_by("pk").values_list("type", flat=True)) == kinds


def test_two_people_do_not_reappoint_a_member_twice(group_world):
    w = group_world
    row = membership(w, w.one)
    services.appoint_for_term(by=w.lead, membership=row, ends_on=date(2022, 12, 31), after=0)
    with pytest.raises(StateConflict, match="Someone else recorded a term"):
        services.appoint_for_term(by=w.lead, membership=row, ends_on=date(2024, 12, 31), after=0)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "words"),
    [
        (date(2022, 8, 1), date(2022, 7, 1), "before the first day"),
        (date(2022, 8, 1), date(2040, 1, 1), "at most ten years"),
        (date(2021, 1, 1), date(2023, 1, 1), "joined the group on 1 July 2022"),
        (date(2022, 12, 1), date(2023, 12, 1), "They have a term from 1 July 2022 to 31 December 2022"),
    ],
)
def test_a_term_has_days_that_make_sense(group_world, starts_on, ends_on, words):
    w = group_world
    row = membership(w, w.one)
    services.appoint_for_term(by=w.lead, membership=row, ends_on=date(2022, 12, 31))
    with pytest.raises(ValidationError, match=words):
        services.appoint_for_term(by=w.lead, membership=row, starts_on=starts_on, ends_on=ends_on)


def test_terms_are_for_members_of_today_and_recorded_by_the_engagement_lead(group_world, staff):
    w = group_world
    row = membership(w, w.one)
    for user in (staff, w.member, w.supporter):
        with pytest.raises(PermissionDenied):
            services.appoint_for_term(by=user, membership=row, ends_on=date(2023, 1, 1))
    with pytest.raises(ValidationError, match="Only members"):
        services.appoint_for_term(
            by=w.lead, membership=membership(w, w.supporter.person), starts_on=w.today, ends_on=date(2023, 1, 1)
        )
    end_membership(by=w.lead, membership=row, ends_on=w.today - timedelta(days=1))
    with pytest.raises(StateConflict, match="has left"):
        services.appoint_for_term(by=w.lead, membership=row, ends_on=date(2023, 1, 1))


def test_a_term_is_not_longer_than_its_membership(group_world):
    w = group_world
    row = membership(w, w.one)
    end_membership(by=w.lead, membership=row, ends_on=date(2022, 12, 1))
    with pytest.raises(ValidationError, match="Their last day is 1 December 2022"):
        services.appoint_for_term(by=w.lead, membership=row, ends_on=date(2023, 1, 1))


def test_a_term_is_corrected_and_removed(group_world):
    w = group_world
    row = membership(w, w.one)
    term = services.appoint_for_term(by=w.lead, membership=row, ends_on=date(2022, 12, 31))
    services.update_term(by=w.lead, term=term, starts_on=term.starts_on, ends_on=date(2023, 6, 30), expected=1)
    assert Term.objects.get().ends_on == date(2023, 6, 30)
    with pytest.raises(Conflict):
        services.update_term(by=w.lead, term=term, starts_on=term.starts_on, ends_on=date(2023, 7, 1), expected=1)
    with pytest.raises(PermissionDenied):
        services.remove_term(by=w.member, term=term)
    services.remove_term(by=w.lead, term=Term.objects.get())
    assert not Term.objects.exists()


def test_the_engagement_lead_is_reminded_once_before_a_term_ends(group_world, staff):
    w = group_world
    services.appoint_for_term(by=w.lead, membership=membership(w, w.one), ends_on=w.today + timedelta(days=59))
    services.appoint_for_term(by=w.lead, membership=membership(w, w.two), ends_on=w.today + timedelta(days=90))
    assert services.remind_of_terms(by=SYSTEM, on=w.today) == 1
    assert services.remind_of_terms(by=SYSTEM, on=w.today) == 0
    notice = Notice.objects.get(key__startswith="term-ends")
    assert notice.person == w.lead.person and "13 November 2022" in notice.title
    assert w.one.name not in notice.title + notice.words
    with pytest.raises(PermissionDenied):
        services.remind_of_terms(by=staff, on=w.today)


def test_no_reminder_of_a_member_who_was_reappointed_or_leaves_anyway(group_world):
    w = group_world
    near = w.today + timedelta(days=20)
    services.appoint_for_term(by=w.lead, membership=membership(w, w.one), ends_on=near)
    services.appoint_for_term(by=w.lead, membership=membership(w, w.one), ends_on=date(2025, 1, 1))
    leaver = membership(w, w.two)
    services.appoint_for_term(by=w.lead, membership=leaver, ends_on=near)
    end_membership(by=w.lead, membership=leaver, ends_on=near)
    assert services.remind_of_terms(by=SYSTEM, on=w.today) == 0


def test_the_database_refuses_a_term_that_ends_before_it_starts(group_world):
    w = group_world
    with pytest.raises(IntegrityError), transaction.atomic():
        Term.objects.create(membership=membership(w, w.one), starts_on=date(2022, 8, 2), ends_on=date(2022, 8, 1))


# --- Strengths -----------------------------------------------------------------------------------
def write(w, by, words="I listen.", **kwargs):
    return services.write_strengths(by=by, group=w.group, words=words, **kwargs)


def test_members_write_their_own_strengths_and_change_them(group_world):
    w = group_world
    row = write(w, w.member, expected=0)
    assert (row.person, row.told, row.written_down_by) == (w.member.person, "", "")
    write(w, w.member, "I count.", expected=1)
    assert Strengths.objects.get().words == "I count."
    with pytest.raises(Conflict):
        write(w, w.member, "I sing.", expected=1)
    with pytest.raises(Conflict):
        write(w, w.member, "I sing.", expected=0)
    write(w, w.member, "")
    assert Strengths.objects.get().words == ""


def test_a_supporter_writes_for_the_member_and_says_how_they_were_told(group_world):
    w = group_world
    with pytest.raises(ValidationError, match="how the member told you"):
        write(w, w.supporter, person=w.one)
    row = write(w, w.supporter, person=w.one, told="phone")
    assert row.written_down_by == w.supporter.display_name and row.told == "phone"
    assert not Strengths.objects.filter(person=w.two).exists()


def test_a_supporter_of_two_members_has_to_say_for_whom(group_world):
    w = group_world
    with pytest.raises(ValidationError, match="Choose a member"):
        write(w, w.supporter, told="phone")
    with pytest.raises(PermissionDenied):
        write(w, w.supporter, person=w.three, told="phone")


def test_no_one_decides_for_a_member_over_the_members_own_words(group_world):
    w = group_world
    write(w, w.member)
    with pytest.raises(ValidationError, match="wrote this"):
        write(w, w.lead, "Other words", person=w.member.person, told="proxy")
    assert write(w, w.lead, "Their newer words", person=w.member.person, told="phone").words == "Their newer words"


def test_strengths_need_words_and_membership(group_world, staff):
    w = group_world
    with pytest.raises(ValidationError, match="A few words are fine"):
        write(w, w.member, "  ")
    with pytest.raises(PermissionDenied):
        write(w, staff)
    assert not Strengths.objects.exists()


def seen_by(user, w):
    return Strengths.objects.visible_to(user).filter(person=w.one).exists()


def test_strengths_are_seen_by_the_group_only_with_consent(group_world, staff, leader):
    w = group_world
    write(w, w.supporter, person=w.one, told="phone")
    other_supporter = factories.user_in(w.group, "supporter")
    coordinator = factories.user_in(w.group, "coordinator")
    elsewhere = factories.user_in(factories.GroupFactory())
    assert seen_by(w.lead, w) and seen_by(w.supporter, w) and not seen_by(w.member, w)
    agree_to_show(w.one)
    assert seen_by(w.member, w)
    for user in (staff, leader, other_supporter, coordinator, elsewhere):
        assert not seen_by(user, w)
    agree_to_show(w.one, is_given=False, on=date(2022, 9, 2))
    assert not seen_by(w.member, w)
    agree_to_show(w.one, on=date(2022, 9, 3), expires_on=w.today)
    assert not seen_by(w.member, w)  # it is time to ask again
    agree_to_show(w.one, on=date(2022, 9, 4), expires_on=w.today + timedelta(days=1))
    assert seen_by(w.member, w)
    end_membership(by=w.lead, membership=membership(w, w.one), ends_on=w.today - timedelta(days=1))
    assert not seen_by(w.member, w)


# --- Supporters ----------------------------------------------------------------------------------
def test_a_member_names_a_supporter_and_either_can_end_it(group_world):
    w = group_world
    link = services.name_supporter(by=w.member, group=w.group, supporter=w.supporter.person)
    assert resolve_member(w.supporter, w.group, w.member.person, w.today) == w.member.person
    assert Notice.objects.filter(person=w.supporter.person, key=f"supporter-named:{link.pk}").exists()
    services.end_support(by=w.supporter, link=link)
    with pytest.raises(PermissionDenied):
        resolve_member(w.supporter, w.group, w.member.person, w.today)
    with pytest.raises(StateConflict, match="ended already"):
        services.end_support(by=w.member, link=link)
    again = services.name_supporter(by=w.member, group=w.group, supporter=w.supporter.person)
    services.end_support(by=w.member, link=again)
    assert not SupportLink.objects.in_force().filter(member=w.member.person).exists()


def test_support_that_began_earlier_ends_the_day_before(group_world):
    w = group_world
    link = SupportLink.objects.get(member=w.one)
    with clock.standing_on(date(2022, 10, 1)):
        services.end_support(by=w.lead, link=link)
    link.refresh_from_db()
    assert (link.starts_on, link.ends_on) == (w.today, date(2022, 9, 30))


def test_who_may_not_name_or_end_supporters(group_world, staff):
    w = group_world
    for user in (staff, w.supporter, w.member):
        with pytest.raises(PermissionDenied):
            services.name_supporter(by=user, group=w.group, member=w.three, supporter=w.supporter.person)
    link = SupportLink.objects.get(member=w.one)
    for user in (staff, w.member):
        with pytest.raises(PermissionDenied):
            services.end_support(by=user, link=link)


@pytest.mark.parametrize("role", ["coordinator", "nowhere", "self", "twice"])
def test_a_supporter_belongs_to_the_group_and_is_someone_else(group_world, role):
    w = group_world
    people = {
        "coordinator": lambda: factories.user_in(w.group, "coordinator").person,
        "nowhere": lambda: factories.UserFactory().person,
        "self": lambda: w.one,
        "twice": lambda: w.supporter.person,
    }
    with pytest.raises(ValidationError):
        services.name_supporter(by=w.lead, group=w.group, member=w.one, supporter=people[role]())


def test_only_members_have_supporters(group_world):
    w = group_world
    with pytest.raises(ValidationError, match="Only members"):
        services.name_supporter(by=w.supporter, group=w.group, supporter=w.member.person)
    account = factories.UserFactory(roles=["engagement_lead"])
    assert SupportLink.objects.visible_to(account).count() == 2
    assert SupportLink.objects.visible_to(w.member).count() == 0


# --- Support at meetings -------------------------------------------------------------------------
def ask(w, by=None, kind="bsl", **kwargs):
    return meetings.ask_for_support(by=by or w.member, meeting=w.meeting, kind=kind, **kwargs)


def test_support_that_a_member_asked_for_is_a_need_to_book_until_it_is_confirmed(group_world):
    w = group_world
    booking = ask(w, kind="transport", words="A taxi from the station")

    def travel() -> str:
        meeting = Meeting.objects.select_related("group", "venue").get(pk=w.meeting.pk)
        [line] = [line for line in standing_of(meeting).lines if line.kind == "travel"]
        return line.state

    assert travel() == "open"
    assert any("without a booking" in item["title"] for item in bookings_attention(w.lead))
    meetings.confirm_support(by=w.lead, booking=booking, arranged="A taxi at noon")
    assert travel() == "confirmed"


def test_support_goes_from_asked_to_arranged_to_confirmed_and_the_member_is_told(group_world):
    w = group_world
    booking = ask(w, words="A signer I know")
    assert booking.state == "asked" and booking.told == ""
    booking = meetings.arrange_support(by=w.lead, booking=booking, arranged_by=w.lead, arrange_by=w.soon)
    assert booking.state == "arranging" and not booking.is_late(w.soon) and booking.is_late(w.soon + timedelta(days=1))
    booking = meetings.confirm_support(by=w.lead, booking=booking, arranged="Two interpreters")
    assert booking.state == "confirmed" and not booking.is_late(w.soon + timedelta(days=1))
    notice = Notice.objects.get(key__startswith="support-confirmed")
    assert notice.person == w.member.person and notice.path == booking.get_absolute_url()
    assert "Two interpreters" not in notice.words and w.member.person.name not in notice.words
    with pytest.raises(StateConflict, match="confirmed already"):
        meetings.confirm_support(by=w.lead, booking=booking, arranged="Three")


def test_a_meeting_that_moves_makes_a_confirmed_booking_one_to_confirm_again(group_world):
    w = group_world
    booking = meetings.confirm_support(by=w.lead, booking=ask(w), arranged="Two interpreters")
    assert not SupportBooking.objects.to_arrange().exists()
    w.meeting.starts_at += timedelta(days=7)
    w.meeting.ends_at += timedelta(days=7)
    w.meeting.save()
    booking = SupportBooking.objects.get(pk=booking.pk)
    assert booking.state == "check" and SupportBooking.objects.to_arrange().count() == 1
    again = meetings.confirm_support(by=w.lead, booking=booking, arranged="The same, a week later")
    assert again.state == "confirmed" and Notice.objects.filter(key__startswith="support-confirmed").count() == 2


def test_a_supporter_and_who_arranges_ask_for_a_member_and_say_how_they_were_told(group_world):
    w = group_world
    for by in (w.supporter, w.lead):
        with pytest.raises(ValidationError, match="how the member told you"):
            ask(w, by, person=w.one)
    booking = ask(w, w.supporter, person=w.one, told="phone")
    assert booking.written_down_by == w.supporter.display_name
    assert ask(w, w.lead, kind="transport", person=w.three, told="meeting").person == w.three


def test_who_may_not_ask_for_support(group_world, staff):
    w = group_world
    with pytest.raises(PermissionDenied):
        ask(w, w.supporter, person=w.three, told="phone")
    with pytest.raises(PermissionDenied):
        ask(w, staff, person=w.three, told="phone")
    with pytest.raises(PermissionDenied):
        ask(w, w.member, person=w.one, told="phone")
    with pytest.raises(ValidationError, match="Only members"):
        ask(w, w.supporter)


def test_the_same_support_is_asked_for_once_until_it_is_cancelled(group_world):
    w = group_world
    booking = ask(w)
    with pytest.raises(ValidationError, match="asked for already"):
        ask(w)
    ask(w, kind="other", words="A quiet room")
    ask(w, kind="other", words="A parking space")
    meetings.cancel_support(by=w.member, booking=booking)
    assert ask(w).state == "asked"


def test_what_is_asked_for_makes_sense(group_world):
    w = group_world
    with pytest.raises(ValidationError, match="Write down what is needed"):
        ask(w, kind="other")
    with clock.standing_on(date(2022, 10, 1)), pytest.raises(StateConflict, match="over or was cancelled"):
        ask(w)


def test_what_is_needed_changes_until_it_is_confirmed(group_world):
    w = group_world
    booking = ask(w, words="Signs")
    booking = meetings.change_support(by=w.member, booking=booking, words="BSL", expected=1)
    with pytest.raises(Conflict):
        meetings.change_support(by=w.member, booking=booking, words="More", expected=1)
    with pytest.raises(PermissionDenied):
        meetings.change_support(by=w.supporter, booking=booking, words="More", told="phone")
    meetings.confirm_support(by=w.lead, booking=booking, arranged="Booked")
    with pytest.raises(StateConflict, match="This is confirmed"):
        meetings.change_support(by=w.member, booking=booking, words="Else")


def test_arranging_has_rules(group_world, staff):
    w = group_world
    booking = ask(w)
    for user in (staff, w.member, w.supporter):
        with pytest.raises(PermissionDenied):
            meetings.arrange_support(by=user, booking=booking, arranged_by=w.lead, arrange_by=w.soon)
        with pytest.raises(PermissionDenied):
            meetings.confirm_support(by=user, booking=booking, arranged="Booked")
    with pytest.raises(ValidationError, match="Choose a coordinator"):
        meetings.arrange_support(by=w.lead, booking=booking, arranged_by=staff, arrange_by=w.soon)
    with pytest.raises(ValidationError, match="has passed"):
        meetings.arrange_support(by=w.lead, booking=booking, arranged_by=w.lead, arrange_by=date(2022, 9, 1))
    with pytest.raises(ValidationError, match="The meeting is on 29 September 2022"):
        meetings.arrange_support(by=w.lead, booking=booking, arranged_by=w.lead, arrange_by=date(2022, 9, 30))
    with pytest.raises(ValidationError, match="Write down what is booked"):
        meetings.confirm_support(by=w.lead, booking=booking, arranged=" ")
    with pytest.raises(ValidationError, match="Date cannot be in the future"):
        meetings.confirm_support(by=w.lead, booking=booking, arranged="Yes", confirmed_on=date(2022, 9, 16))
    with pytest.raises(ValidationError, match="It was asked for on"):
        meetings.confirm_support(by=w.lead, booking=booking, arranged="Yes", confirmed_on=date(2022, 9, 1))


def test_a_coordinator_arranges_support_in_their_own_group(world):
    group = factories.GroupFactory()
    member, coordinator = factories.user_in(group), factories.user_in(group, "coordinator")
    elsewhere = factories.user_in(factories.GroupFactory(), "coordinator")
    meeting = factories.MeetingFactory(group=group, starts_at=factories.at(2022, 9, 29))
    booking = meetings.ask_for_support(by=member, meeting=meeting, kind="transport")
    assert list(SupportBooking.objects.visible_to(coordinator)) == [booking]
    assert not SupportBooking.objects.visible_to(elsewhere).exists()
    meetings.confirm_support(by=coordinator, booking=booking, arranged="A taxi")
    assert SupportBooking.objects.get().arranged_by == coordinator
    assert meetings.people_who_arrange(group) == sorted([coordinator, world.lead], key=lambda u: (u.display_name, u.pk))


def test_cancelling_tells_the_other_side_and_cannot_be_done_twice(group_world):
    w = group_world
    booking = meetings.arrange_support(by=w.lead, booking=ask(w), arranged_by=w.lead, arrange_by=w.soon)
    with pytest.raises(PermissionDenied):
        meetings.cancel_support(by=w.supporter, booking=booking)
    meetings.cancel_support(by=w.member, booking=booking)
    assert list(Notice.objects.filter(key__startswith="support-cancelled").values_list("person", flat=True)) == [
        w.lead.person.pk
    ]
    with pytest.raises(StateConflict, match="cancelled on 15 September 2022"):
        meetings.cancel_support(by=w.member, booking=booking)
    with pytest.raises(StateConflict):
        meetings.confirm_support(by=w.lead, booking=booking, arranged="Late")


def test_support_is_seen_by_the_member_their_supporter_and_who_arranges(group_world, staff, leader):
    w = group_world
    ask(w, w.supporter, person=w.one, told="phone")
    other_member, other_supporter = factories.user_in(w.group), factories.user_in(w.group, "supporter")
    for user in (w.supporter, w.lead):
        assert SupportBooking.objects.visible_to(user).count() == 1
    for user in (staff, leader, w.member, other_member, other_supporter):
        assert not SupportBooking.objects.visible_to(user).exists()
    services.end_support(by=w.lead, link=SupportLink.objects.get(member=w.one))
    assert not SupportBooking.objects.visible_to(w.supporter).exists()


# --- The charter before a meeting ----------------------------------------------------------------
def test_a_draft_is_put_before_the_induction_and_seen_by_members_once_it_is_proposed(group_world):
    w = group_world
    row = meetings.put_before_meeting(by=w.lead, version=w.version, meeting=w.meeting, is_induction=True)
    assert not CharterBeforeMeeting.objects.visible_to(w.member).exists()
    propose_version(by=w.lead, version=w.version, closes_on=w.soon)
    assert list(CharterBeforeMeeting.objects.visible_to(w.member)) == [row]
    meetings.take_off_meeting(by=w.lead, row=row)
    assert not CharterBeforeMeeting.objects.exists()


def test_a_text_goes_before_a_meeting_of_its_own_group_once(group_world, staff):
    w = group_world
    elsewhere = factories.MeetingFactory(starts_at=factories.at(2022, 9, 29))
    with pytest.raises(ValidationError, match="own group"):
        meetings.put_before_meeting(by=w.lead, version=w.version, meeting=elsewhere)
    with pytest.raises(PermissionDenied):
        meetings.put_before_meeting(by=staff, version=w.version, meeting=w.meeting)
    row = meetings.put_before_meeting(by=w.lead, version=w.version, meeting=w.meeting, is_induction=True)
    with pytest.raises(ValidationError, match="already"):
        meetings.put_before_meeting(by=w.lead, version=w.version, meeting=w.meeting)
    later = factories.MeetingFactory(group=w.group, number=2, starts_at=factories.at(2022, 10, 29))
    with pytest.raises(ValidationError, match="There is one"):
        meetings.put_before_meeting(by=w.lead, version=w.version, meeting=later, is_induction=True)
    with pytest.raises(PermissionDenied):
        meetings.take_off_meeting(by=w.member, row=row)


# --- Outside groups ------------------------------------------------------------------------------
def add_outside(w, by=None, **kwargs):
    values = {"name": "Another group", "about": "They listen.", "known_since": date(2022, 8, 1), **kwargs}
    return outside.add_outside_group(by=by or w.member, group=w.group, **values)


def test_members_write_down_groups_and_what_was_learned_both_ways(group_world):
    w = group_world
    row = add_outside(w)
    outside.add_exchange(by=w.member, outside_group=row, on=w.today, direction="from", words="To listen")
    one = outside.add_exchange(by=w.lead, outside_group=row, on=w.today, direction="to", words="To ask")
    outside.update_exchange(by=w.member, exchange=one, led_to="They ask now.", expected=1)
    assert sorted(Exchange.objects.values_list("direction", "led_to")) == [("from", ""), ("to", "They ask now.")]
    with pytest.raises(Conflict):
        outside.update_exchange(by=w.lead, exchange=one, led_to="Else", expected=1)
    outside.update_outside_group(by=w.lead, outside_group=row, ended_on=w.today, expected=1)
    with pytest.raises(Conflict):
        outside.update_outside_group(by=w.lead, outside_group=row, name="New", expected=1)
    assert OutsideGroup.objects.search("listen").count() == OutsideGroup.objects.search("to ask").count() == 1


def test_rules_of_outside_groups(group_world, staff):
    w = group_world
    with pytest.raises(PermissionDenied):
        add_outside(w, staff)
    with pytest.raises(ValidationError, match="future"):
        add_outside(w, known_since=date(2022, 9, 16))
    row = add_outside(w)
    with pytest.raises(ValidationError, match="on the list already"):
        add_outside(w)
    with pytest.raises(ValidationError, match="before the groups first talked"):
        outside.update_outside_group(by=w.lead, outside_group=row, ended_on=date(2022, 7, 1))
    row.refresh_from_db()
    with pytest.raises(ValidationError, match="before the two groups first talked"):
        outside.add_exchange(by=w.lead, outside_group=row, on=date(2022, 7, 1), direction="to", words="x")
    with pytest.raises(PermissionDenied):
        outside.add_exchange(by=staff, outside_group=row, on=w.today, direction="to", words="x")
    elsewhere = factories.user_in(factories.GroupFactory())
    assert not OutsideGroup.objects.visible_to(elsewhere).exists()
    assert OutsideGroup.objects.visible_to(staff).count() == 1
