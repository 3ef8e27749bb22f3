"""A member's place, needs and consents; coordinators and handing over; what is missing in a network."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.people.consents import WORDING, consent_states
from impact.core.people.models import Consent, Person
from networks.groups.models import GroupExplanation, Membership, Network
from networks.groups.services import explain_nations
from networks.meetings.invitations.services import announce_meeting
from networks.members import services
from networks.members.guard import guard, nations_caution
from networks.members.handover import open_things
from networks.network.learning.models import LearningReceipt, SharedLearning
from tests import factories
from tests.factories import at
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def page_of(response) -> str:
    return " ".join(html_of(response).split())


# --- Memberships ----------------------------------------------------------------------------------
def test_a_membership_is_corrected_and_the_second_editor_is_told(circle):
    first, second = (Membership.objects.get(pk=circle.members[0].pk) for _ in range(2))
    services.update_membership(
        by=circle.coordinator, membership=first, expected=1, perspective="funder", perspective_note="A funder"
    )
    with pytest.raises(Conflict):
        services.update_membership(by=circle.coordinator, membership=second, expected=1, perspective="carer")
    assert Membership.objects.get(pk=first.pk).perspective == "funder"
    event = AuditEvent.objects.get(type="group.membership_changed")
    assert event.fields == ["perspective", "perspective_note"] and "A funder" not in str(event.facts)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ends_on": date(2022, 1, 1)}, "last day is before the first"),
        ({"perspective": ""}, "Choose the perspective"),
        ({"role": "coordinator"}, "Appoint a coordinator instead, with a handover date."),
        ({"end_reason": "Moved away"}, "Enter the last day too"),
    ],
)
def test_a_membership_refuses_what_cannot_be(circle, changes, message):
    with pytest.raises(ValidationError, match=message):
        services.update_membership(by=circle.coordinator, membership=circle.members[0], **changes)


def test_no_one_belongs_to_a_group_twice_on_one_day(circle):
    member = circle.members[0]
    services.end_membership(by=circle.coordinator, membership=member, ends_on=date(2022, 10, 31), reason="A new job")
    again = services.add_member(by=circle.coordinator, group=circle.group, person=member.person, perspective="carer")
    with pytest.raises(ValidationError, match=r"already belongs to this group from 1 July 2022 to 31 October 2022"):
        services.update_membership(by=circle.coordinator, membership=again, starts_on=date(2022, 10, 1))
    with pytest.raises(ValidationError, match="already belongs"):
        services.update_membership(by=circle.coordinator, membership=member, ends_on=None, end_reason="")
    services.update_membership(by=circle.coordinator, membership=again, starts_on=date(2022, 11, 1))


def test_only_the_national_team_changes_a_coordinator_and_members_change_nothing(circle, staff):
    own = circle.coordinator_membership
    with pytest.raises(PermissionDenied):
        services.update_membership(by=circle.coordinator, membership=own, ends_on=date(2023, 1, 20))
    with pytest.raises(PermissionDenied):
        services.update_membership(by=factories.user_in(circle.group), membership=circle.members[0], role="chair")
    services.update_membership(by=staff, membership=own, ends_on=date(2023, 1, 20))


def test_the_form_of_a_membership_keeps_both_texts_in_a_conflict(circle, sign_in):
    member = circle.members[0]
    client, url = sign_in(circle.coordinator), reverse("networks:membership-edit", args=[member.pk])
    given = {
        "perspective": "funder", "perspective_note": "Mine", "role": "member", "starts_on": "2022-07-01",
        "ends_on": "2022-06-01", "end_reason": "", "version": 1,
    }  # fmt: skip
    assert "coordinator" not in page_of(client.get(url)).split("Role in the group")[1].split("First day")[0]
    page = page_of(client.post(url, given))
    assert "last day is before the first" in page and 'value="Mine"' in page
    services.update_membership(by=circle.coordinator, membership=member, perspective_note="Theirs")
    response = client.post(url, given | {"ends_on": ""})
    assert response.status_code == 409 and "Theirs" in page_of(response) and 'value="Mine"' in page_of(response)
    client.post(url, given | {"ends_on": "", "version": 2})
    assert Membership.objects.get(pk=member.pk).perspective_note == "Mine"


def test_past_memberships_are_listed_and_exported_with_why_they_ended(circle, leader, sign_in):
    member = circle.members[0]
    Person.objects.filter(pk=member.person_id).update(name="=cmd()")
    client = sign_in(circle.coordinator)
    url = reverse("networks:membership-end", args=[member.pk])
    client.post(url, {"ends_on": "2023-01-10", "reason": "A new job", "version": 1})
    page = page_of(client.get(circle.group.get_absolute_url()))
    assert "Former members: 1" in page and "1 July 2022 to 10 January 2023" in page and "A new job" in page
    csv = b"".join(client.get(reverse("networks:group-members-file", args=[circle.group.slug])))
    text = csv.decode("utf-8-sig")
    assert "'=cmd(),Member,Draws on care and support,,2022-07-01,2023-01-10,A new job" in text
    assert text.count("\n") == 11
    assert sign_in(leader).get(reverse("networks:group-members-file", args=[circle.group.slug])).status_code == 403


# --- Needs ----------------------------------------------------------------------------------------
def test_a_coordinator_writes_down_what_a_member_needs(circle, sign_in):
    member = circle.members[0]
    client, url = sign_in(circle.coordinator), reverse("networks:membership-needs", args=[member.pk])
    given = {"preferred_format": "easy_read", "preferred_language": "cy", "access_arrangements": "A lift", "version": 1}
    client.post(url, given)
    person = Person.objects.get(pk=member.person_id)
    assert person.needs == ["Easy Read", "Welsh", "A lift"]
    response = client.post(url, given | {"access_arrangements": "A ramp"})
    assert response.status_code == 409 and "A lift" in page_of(response) and "A ramp" in page_of(response)
    assert "A lift" not in str(AuditEvent.objects.get(type="person.changed").facts)


def test_needs_and_consents_are_for_those_who_run_the_persons_own_group(circle):
    member = circle.members[0]
    stranger = factories.user_in(factories.GroupFactory(), "coordinator")
    ask = {"purpose": "quotes", "is_given": True, "given_on": clock.today()}
    for by in (stranger, factories.user_in(circle.group), factories.UserFactory(roles=["leadership"])):
        with pytest.raises(PermissionDenied):
            services.update_needs(by=by, membership=member, access_arrangements="x")
        with pytest.raises(PermissionDenied):
            services.record_member_consent(by=by, membership=member, **ask)
    Membership.objects.filter(pk=member.pk).update(ends_on=clock.today() - timedelta(days=1))
    left = Membership.objects.get(pk=member.pk)
    with pytest.raises(ValidationError, match="does not belong to this group today"):
        services.update_needs(by=circle.coordinator, membership=left, access_arrangements="x")
    with pytest.raises(TypeError):
        services.update_needs(by=circle.coordinator, membership=circle.members[1], email="x@x.example")


def test_the_pages_of_needs_and_consents_close_when_someone_leaves(circle, sign_in):
    member, client = circle.members[0], sign_in(circle.coordinator)
    Person.objects.filter(pk=member.person_id).update(access_arrangements="A quiet room")
    pages = [
        reverse("networks:membership-needs", args=[member.pk]),
        reverse("networks:membership-consent", args=[member.pk, "quotes"]),
    ]
    assert [client.get(page).status_code for page in pages] == [200, 200]
    assert "A quiet room" in page_of(client.get(pages[0]))
    Membership.objects.filter(pk=member.pk).update(ends_on=clock.today() - timedelta(days=1))
    assert [client.get(page).status_code for page in pages] == [404, 404]
    assert [client.post(page, {"access_arrangements": ""}).status_code for page in pages] == [404, 404]


# --- Consent --------------------------------------------------------------------------------------
def test_a_consent_is_asked_in_exact_words_that_are_kept(circle, sign_in):
    member = circle.members[0]
    client, url = sign_in(circle.coordinator), reverse("networks:membership-consent", args=[member.pk, "quotes"])
    assert WORDING["quotes"] in page_of(client.get(url))
    page = page_of(client.post(url, {"given_on": "2023-02-01", "expires_on": "2024-01-01", "is_given": "yes"}))
    assert "Date cannot be in the future" in page and 'value="2024-01-01"' in page
    page = page_of(client.post(url, {"given_on": "2023-01-10", "expires_on": "2023-01-10", "is_given": "no"}))
    assert "Enter a date to ask again that is after this answer." in page
    client.post(url, {"given_on": "2023-01-10", "expires_on": "2024-01-10", "is_given": "no"})
    kept = Consent.objects.get(person=member.person)
    assert (kept.is_given, kept.wording, kept.recorded_by) == (False, WORDING["quotes"], circle.coordinator)
    assert f"Recorded by {circle.coordinator.display_name}" in page_of(client.get(url))
    assert client.get(url.replace("quotes", "everything")).status_code == 404


def test_the_state_of_a_consent_is_shown_in_plain_words():
    def given(days, is_given=True, on=date(2022, 1, 1)):
        return Consent(
            purpose="quotes", is_given=is_given, given_on=on, expires_on=date(2023, 1, 1) + timedelta(days=days)
        )

    today = date(2023, 1, 1)
    assert [s.words for s in consent_states([], today)] == ["Not asked yet"] * 3
    assert consent_states([given(0)], today)[0].words == "Ask again"
    assert consent_states([given(10)], today)[0].words == "Yes, ask again soon"
    assert consent_states([given(99)], today)[0].words == "Yes"
    newest = given(99, is_given=False, on=date(2022, 6, 1))
    newest.pk, older = 2, given(99)
    older.pk = 1
    assert consent_states([newest, older], today)[0].words == "No"


def test_missing_consents_show_on_the_list_of_members(circle, sign_in):
    page = page_of(sign_in(circle.coordinator).get(circle.group.get_absolute_url()))
    assert page.count("Ask about:") == 9 and "9 members have a consent question to answer" in page
    assert "Ask about" not in page_of(sign_in(factories.user_in(circle.group)).get(circle.group.get_absolute_url()))


def test_someone_whose_account_is_closed_is_not_made_coordinator(circle, staff):
    user = factories.UserFactory(is_active=False)
    with pytest.raises(StateConflict, match="account is closed"):
        services.appoint_coordinator(by=staff, group=circle.group, person=user.person)
    assert circle.group.memberships.get(role="coordinator") == circle.coordinator_membership


def test_the_group_page_costs_the_same_with_more_members(circle, sign_in):
    client, url = sign_in(circle.coordinator), circle.group.get_absolute_url()

    def cost():
        with CaptureQueriesContext(connection) as found:
            client.get(url)
        return len(found)

    client.get(url)  # the first reading within the hour is put on record
    before = cost()
    factories.MembershipFactory.create_batch(20, group=circle.group)
    assert cost() == before


# --- Coordinators and handing over ----------------------------------------------------------------
@pytest.fixture
def successor(circle, staff):
    services.write_handover(
        by=circle.coordinator, membership=circle.coordinator_membership, note="Call **Rowan** first. <script>x</script>"
    )
    user = factories.UserFactory()
    services.appoint_coordinator(by=staff, group=circle.group, person=user.person)
    return user


def test_the_next_coordinator_reads_the_note_until_it_is_put_away(circle, successor, sign_in):
    client, url = sign_in(successor), circle.group.get_absolute_url()
    page = page_of(client.get(url))
    name = circle.coordinator.display_name
    assert f"{name} left you a handover note" in page and "<strong>Rowan</strong>" in page and "<script>x" not in page
    assert f"Read the handover note from {name}" in page_of(client.get("/"))
    mine = Membership.objects.get(person=successor.person)
    client.post(reverse("networks:membership-put-away", args=[mine.pk]))
    page = page_of(client.get(url))
    assert "left you a handover note" not in page and "Handover note" in page
    assert "Read the handover note from" not in page_of(client.get("/"))


def test_the_note_is_shown_for_two_months_and_never_to_members(circle, successor, sign_in):
    member = factories.user_in(circle.group)
    page = page_of(sign_in(member).get(circle.group.get_absolute_url()))
    assert "Rowan" not in page and circle.coordinator.display_name in page  # members know who ran it
    with clock.standing_on(clock.today() + timedelta(days=61)):
        assert "left this for you" not in page_of(sign_in(successor).get(circle.group.get_absolute_url()))


def test_the_page_to_hand_over_lists_what_is_open(circle, sign_in):
    client, url = sign_in(circle.coordinator), reverse("networks:group-handover", args=[circle.group.slug])
    factories.ActionFactory(group=circle.group, what="Ring the council", owner="Birch", due_on=date(2023, 2, 1))
    factories.LoggedMeetingFactory(group=circle.group, number=7)
    learning = SharedLearning.objects.create(group=factories.GroupFactory(), title="Ask twice", words="x")
    LearningReceipt.objects.create(learning=learning, group=circle.group)
    assert [part["title"] for part in open_things(circle.group)] == [
        "Upcoming meetings", "Logs to write", "Debriefs to hold", "Open actions", "Learning from others, not answered",
    ]  # fmt: skip
    page = page_of(client.get(url))
    assert "Ring the council (Birch), by 1 February 2023" in page and "Ask twice" in page
    client.post(url, {"note": "Call Rowan", "version": 1})
    assert Membership.objects.get(pk=circle.coordinator_membership.pk).handover == "Call Rowan"
    response = client.post(url, {"note": "Call Birch", "version": 1})
    assert response.status_code == 409 and "Call Rowan" in page_of(response) and "Call Birch" in page_of(response)


def test_only_the_coordinator_or_the_national_team_writes_the_note(circle, staff):
    second = factories.user_in(circle.group, "coordinator")
    with pytest.raises(PermissionDenied):
        services.write_handover(by=second, membership=circle.coordinator_membership, note="x")
    with pytest.raises(PermissionDenied):
        services.dismiss_handover(by=second, membership=circle.coordinator_membership)
    with pytest.raises(ValidationError, match="Only a coordinator"):
        services.write_handover(by=staff, membership=circle.members[0], note="x")
    services.write_handover(by=staff, membership=circle.coordinator_membership, note="x")


def test_the_history_of_coordinators_has_dates(circle, successor, sign_in):
    page = page_of(sign_in(successor).get(circle.group.get_absolute_url()))
    assert "1 July 2022 to 15 January 2023" in page and "16 January 2023 to present" in page


# --- The guard ------------------------------------------------------------------------------------
def test_every_guard_of_a_local_network_warns_and_takes_a_reason(circle):
    for member in circle.members[:4]:
        member.delete()
    circle.coordinator_membership.delete()
    group = type(circle.group).objects.with_guard_data().get(pk=circle.group.pk)
    assert {c.guard for c in guard(group)} == set(GroupExplanation.Guard.values) - {"perspectives"}
    Membership.objects.filter(group=group, perspective="carer").delete()
    group = type(circle.group).objects.with_guard_data().get(pk=circle.group.pk)
    assert {c.guard for c in guard(group)} == set(GroupExplanation.Guard.values)


def test_a_network_that_is_not_in_all_nations_says_so_and_why(circle, staff, leader, sign_in):
    network = Network.objects.get(pk=circle.group.site_id)
    caution = nations_caution(network, [circle.group])
    assert caution.title == "1 of 4 nations" and "England, Northern Ireland or Scotland" in caution.detail
    client, url = sign_in(staff), reverse("networks:explain", args=[network.slug])
    assert "Explain why" in page_of(client.get(network.get_absolute_url()))
    client.post(url, {"reason": "Scotland <b>starts</b> in March."})
    page = page_of(client.get(network.get_absolute_url()))
    assert "Scotland &lt;b&gt;starts" in page and "Explained on 16 January 2023" in page
    with pytest.raises(PermissionDenied):
        explain_nations(by=circle.coordinator, network=network, reason="x")
    explain_nations(by=staff, network=network, reason=" ")
    assert not nations_caution(network, [circle.group]).is_explained
    for nation in ("england", "scotland", "northern_ireland"):
        factories.GroupFactory(site=circle.group.site, nation=nation)
    assert nations_caution(network, network.groups.all()) is None


def test_a_move_of_dates_in_a_membership_reaches_invitations(circle):
    meeting = circle.later
    meeting.announced_at = None
    meeting.save()
    announce_meeting(by=circle.coordinator, meeting=meeting)
    services.update_membership(by=circle.coordinator, membership=circle.members[0], ends_on=at(2023, 1, 29).date())
    assert meeting.invitations.get(person_id=circle.ids[0]).withdrawn_at
