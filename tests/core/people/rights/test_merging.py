"""Joining two records of one person: nothing is lost, nothing that cannot be joined is, and every surface agrees."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from coproduction.agreement.models import AgreementRound, Position
from coproduction.group.models import SupportLink
from coproduction.reflections.models import Reflection
from impact.core.access import audit
from impact.core.access.acting import noting
from impact.core.access.acting.models import ActingFor
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from impact.core.people.models import Consent, Invitation, Person
from impact.core.people.rights.acting.leaving import close_account
from impact.core.people.rights.acting.services import done_in
from impact.core.people.rights.erasure import ledger
from impact.core.people.rights.erasure.models import Erasure
from impact.core.people.rights.erasure.services import erase_person, place_hold, replay
from impact.core.people.rights.holdings.looked import looked_at
from impact.core.people.rights.holdings.reading import held_about, subject_of
from impact.core.people.rights.merging import rules, services
from impact.core.people.rights.merging.models import MergedRecord
from impact.core.people.services import record_consent
from impact.core.web.search.models import SearchEntry
from networks.groups.models import Membership
from networks.log.models import Attendance
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from tests import factories
from tests.core.people.rights.rows import make
from tests.pages import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def staff():
    return factories.UserFactory(roles=["staff"])


def two(**more):
    """One person, added twice."""
    same = {"name": "Olwen Pretend", "nation": "wales"} | more
    return factories.PersonFactory(**same), factories.PersonFactory(**same)


def merge(by, kept, other, **says):
    seen = services.mark_of(kept, other, services.plan_of(kept, other))
    given = {name: values[0] for name, values in services.differences(kept, other).items()} | says
    return services.merge_people(by=by, kept=kept, other=other, seen=seen, says=given)


def why_not(kept, other):
    return " ".join(services.plan_of(kept, other).refusals)


@pytest.mark.sqlite_only
def test_every_link_to_a_person_is_followed_so_that_a_new_one_cannot_be_forgotten(staff, no_checks):
    """Each column of each table is found in the database itself, given a row of the record that goes, and led on."""
    kept, other = two()
    in_database = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for name, (_column, to) in connection.introspection.get_relations(cursor, table).items():
                in_database |= {(table, name)} if to == "core_person" else set()
    known = {(model._meta.db_table, column.column): (model, column) for model, column in rules.links()}
    assert in_database == set(known), "The links that joining follows are not those of the database."
    assert set(rules.JOINS) <= {model._meta.label for model, _column in known.values()}
    for model, column in known.values():
        list(rules.uniques(model, column))  # a constraint of a kind that joining cannot read is refused here
    rows = {}
    for key, (model, column) in known.items():
        if model._meta.label in rules.NOT_MOVED or model._meta.label in ("core.Erasure", "core.LegalHold"):
            continue  # gone on purpose; and both stop joining
        rows[key] = make(model, **{column.name: other})
    merge(staff, kept, other)
    for key, row in rows.items():
        model, column = known[key]
        assert model._base_manager.filter(pk=row.pk, **{column.name: kept.pk}).exists(), (
            f"{model._meta.label}.{column.name}"
        )
    assert not Person.objects.filter(pk=other.pk).exists()


def test_two_records_become_one_everywhere(client, staff):
    """Groups, attendance and answers of both; the page, the history, search, what is held, old addresses, email."""
    kept, other = two(email="olwen@one.example")
    Person.objects.filter(pk=other.pk).update(email="olwen@two.example", access_arrangements="A break every hour")
    other.refresh_from_db()
    here, there = factories.MembershipFactory(person=kept), factories.MembershipFactory(person=other)
    meeting = factories.MeetingFactory(group=there.group)
    Attendance.objects.create(meeting=meeting, person=other, status="present")
    words = {"wording": "May we quote you?", "purpose": "quotes"}
    record_consent(by=staff, person=kept, is_given=True, given_on=date(2022, 7, 1), **words)
    record_consent(by=staff, person=other, is_given=False, given_on=date(2022, 7, 2), **words)
    client.force_login(staff)

    found = html_of(client.get(reverse("core:person-merge-find", args=[kept.pk])))
    assert "olwen@two.example" in found
    address = reverse("core:person-merge", args=[kept.pk, other.pk])
    page = html_of(client.get(address))
    assert "cannot be undone" in page and "A break every hour" in page
    assert (
        here.group.name in page and there.group.name in page and "Quoting my words in reports: no, 2 July 2022" in page
    )
    assert client.post(address, {"seen": "x"}).status_code == 200  # nothing chosen: nothing happens
    assert Person.objects.filter(pk=other.pk).exists()
    seen = services.mark_of(kept, other, services.plan_of(kept, other))
    answer = client.post(address, {"seen": seen, "email": "olwen@two.example", "is_one": "on"})
    assert answer.status_code == 302 and answer["Location"] == reverse("core:person-detail", args=[kept.pk])

    kept.refresh_from_db()
    assert (kept.email, kept.access_arrangements) == ("olwen@two.example", "A break every hour")
    assert {row.group_id for row in kept.memberships.all()} == {here.group_id, there.group_id}
    assert kept.attendances.get().meeting_id == meeting.pk
    assert [row.is_given for row in kept.consents.all()] == [False, True]  # the newest answer counts
    for name, state in (("person-detail", 301), ("person-edit", 301)):
        old = client.get(reverse(f"core:{name}", args=[other.pk]))
        assert (old.status_code, old["Location"]) == (state, reverse(f"core:{name}", args=[kept.pk]))
    assert client.get(reverse("core:person-detail", args=[10**9])).status_code == 404
    assert "Another record of the person joined to this one" in html_of(client.get(kept_page(kept)))
    assert AuditEvent.objects.filter(type="person.merged_away", object_id=str(other.pk)).exists()
    assert not SearchEntry.objects.filter(kind="person", key=str(other.pk)).exists()
    held = {part.heading: part.total for part in held_about(subject_of(kept))}
    assert (held["Your answers"], held["Your record"]) == (2, 1)
    assert set(OutboxEmail.objects.values_list("to", flat=True)) == {"olwen@one.example", "olwen@two.example"}
    with pytest.raises(ValidationError, match="not two records any more"):
        services.merge_people(by=staff, kept=kept, other=other, seen=seen)


def kept_page(person):
    return reverse("core:person-detail", args=[person.pk])


def test_one_address_alone_makes_no_two_people_one(client, staff):
    """Couples share a mailbox: they are not offered to each other, and the page warns."""
    one = factories.PersonFactory(name="Ann Example", email="home@shared.example")
    partner = factories.PersonFactory(name="Ben Example", email="home@shared.example")
    assert services.could_be_one_with(one, "") == []
    client.force_login(staff)
    page = html_of(client.get(reverse("core:person-merge", args=[one.pk, partner.pk])))
    assert "same address and different names" in page


@pytest.mark.sqlite_only
def test_what_cannot_be_joined_is_refused_with_what_to_do(staff, no_checks):
    kept, other = two()
    group = factories.GroupFactory()
    ours = factories.MembershipFactory(group=group, person=kept, perspective="carer")
    theirs = factories.MembershipFactory(group=group, person=other, perspective="provider", starts_on=date(2022, 6, 1))
    assert "another role or perspective" in why_not(kept, other)
    Membership.objects.filter(pk=theirs.pk).update(perspective="carer")
    assert why_not(kept, other) == ""

    round = make(AgreementRound)
    mine = Position.objects.create(round=round, person=kept, stance="agree")
    his = Position.objects.create(round=round, person=other, stance="stand_aside", reason="Not for me")
    assert "said something different" in why_not(kept, other)
    with pytest.raises(ValidationError, match="said something different"):
        merge(staff, kept, other)
    assert Person.objects.filter(pk=other.pk).exists()
    Position.objects.filter(pk=his.pk).update(stance="agree", counted_at_closing=True)
    Position.objects.filter(pk=mine.pk).update(counted_at_closing=True)
    assert "What was counted then does not change" in why_not(kept, other)
    Position.objects.filter(pk=mine.pk).update(counted_at_closing=False)

    meeting = factories.MeetingFactory(group=group)
    for person, status in ((kept, "present"), (other, "absent")):
        Attendance.objects.create(meeting=meeting, person=person, status=status)
    assert "Make them say the same first" in why_not(kept, other)
    Attendance.objects.filter(person=other).update(status="present")

    merge(staff, kept, other)
    ours.refresh_from_db()
    assert kept.memberships.get() == ours and ours.starts_on == date(2022, 6, 1)
    assert meeting.attendances.count() == 1
    assert list(round.positions.filter(replaced_at__isnull=True)) == [his]  # the one that had counted
    assert round.positions.filter(person=kept).count() == 2


def test_helpers_holds_and_those_who_look_after_accounts(staff):
    kept, other = two()
    SupportLink.objects.create(group=factories.GroupFactory(), member=kept, supporter=other)
    assert "Are they two people?" in why_not(kept, other)
    kept, other = two()
    place_hold(by=factories.UserFactory(roles=["engagement_lead"]), person=other, reason="An inquiry")
    assert "legal hold" in why_not(kept, other)
    kept, _other = two()
    with pytest.raises(PermissionDenied):  # it would give them what the other record has
        merge(staff, staff.person, kept)
    administrator = factories.UserFactory(roles=["administrator"])
    with pytest.raises(PermissionDenied):
        merge(staff, administrator.person, kept)
    with pytest.raises(PermissionDenied):
        merge(administrator, *two())
    stale = services.mark_of(kept, _other, services.plan_of(kept, _other))
    factories.MembershipFactory(person=_other)
    with pytest.raises(ValidationError, match="changed since"):
        services.merge_people(by=staff, kept=kept, other=_other, seen=stale)


def test_of_two_accounts_one_is_closed_first_and_keeps_its_name_in_the_record(staff):
    in_use, unused, member = factories.UserFactory(), factories.UserFactory(roles=["staff"]), factories.PersonFactory()
    kept, other = in_use.person, unused.person
    Person.objects.filter(pk__in=[kept.pk, other.pk]).update(name="Olwen Pretend")
    kept.refresh_from_db()
    other.refresh_from_db()
    assert "Both have an account" in why_not(kept, other)
    did = audit.record(unused, "person.changed", other)
    audit.record_reading(unused, "needs", member)
    close_account(by=SYSTEM, person=other)
    kept, other = Person.objects.get(pk=kept.pk), Person.objects.get(pk=other.pk)
    assert services.in_order(other, kept) == (kept, other)
    merge(staff, kept, other)
    unused = type(unused).objects.get(pk=unused.pk)
    assert unused.display_name == "Olwen Pretend"
    assert audit.describe([did])[0]["who"] == "Olwen Pretend"
    assert [read.who for read in looked_at(subject_of(member))] == ["Olwen Pretend"]
    assert kept.accounts == [in_use.pk, unused.pk]
    erase_person(by=SYSTEM, person=kept, name="Olwen Pretend")
    assert type(unused).objects.get(pk=unused.pk).email == f"erased-{unused.pk}@erased.invalid"


def test_what_a_supporter_did_is_still_shown_when_the_record_is_joined(staff):
    kept, other = two()
    gwen, today = factories.UserFactory(), clock.today()
    acting = ActingFor.objects.create(
        **{"kind": "support", "person": other, "helper": gwen.person, "starts_on": today, "ends_on": today},
        **{"is_accepted": True, "answered_at": clock.now()},
    )
    with transaction.atomic():
        noting.note(gwen, other.pk, acting.pk)
        did = audit.record(gwen, "person.changed", other)
    assert done_in(acting) == [did]
    merge(staff, kept, other)
    assert done_in(ActingFor.objects.get()) == [did]


def test_the_address_that_someone_signs_in_with_is_told_as_well(staff, client):
    """Of someone whose record holds no other address, so that they hear of a record that was joined to theirs by mistake."""
    member = factories.UserFactory(email="olwen@signs-in.example").person
    Person.objects.filter(pk=member.pk).update(name="Olwen Pretend", email="")
    other = factories.PersonFactory(name="Olwen Pretend", nation=member.nation)
    kept = Person.objects.get(pk=member.pk)
    seen = services.mark_of(kept, other, services.plan_of(kept, other))
    client.force_login(staff)
    given = {"seen": seen, "is_one": "on"}
    page = html_of(client.post(reverse("core:person-merge", args=[kept.pk, other.pk]), given, follow=True))
    assert "We have told Olwen Pretend by email." in page
    told = set(OutboxEmail.objects.filter(event="record-merged").values_list("to", flat=True))
    assert told == {"olwen@signs-in.example", other.email}


def test_an_account_goes_with_its_record_and_an_open_invitation_ends(staff):
    kept, other = two()
    user = factories.UserFactory()
    invitation = Invitation.objects.create(email="x@y.example", name="Olwen", person=kept, token_hash="1")
    assert services.in_order(kept, user.person) == (user.person, kept)
    merge(staff, user.person, kept)
    invitation.refresh_from_db()
    assert invitation.withdrawn_at and invitation.person_id == user.person.pk
    assert not other.merged_records.exists()


@pytest.mark.django_db(transaction=True)
def test_erasing_after_joining_reaches_a_back_up_from_before(staff, settings, tmp_path):
    """The ledger names both records, so that a restore does not bring the one that went back for good."""
    settings.ERASURE_LEDGER = str(tmp_path)
    kept, other = two()
    before = Person.objects.filter(pk=other.pk).values().get()
    merge(staff, kept, other)
    erase_person(by=SYSTEM, person=Person.objects.get(pk=kept.pk), name="Olwen Pretend")
    assert {entry["person"] for entry in ledger.read()} == {kept.pk, other.pk}
    assert replay() == 0
    Person.objects.create(**before)  # as a back-up from before brings it back
    Person.objects.filter(pk=other.pk).update(created_at=before["created_at"])
    assert replay() == 1 and replay() == 0
    assert Person.objects.get(pk=other.pk).name.startswith("Former member")
    assert Erasure.objects.count() == 2


def test_an_answer_moves_only_where_a_record_says_so(staff):
    kept, other = two()
    consent = Consent.objects.create(
        person=other, purpose="quotes", wording="?", is_given=True, given_on=clock.today() - timedelta(days=1)
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.filter(pk=consent.pk).update(person=kept)
    merge(staff, kept, other)
    assert Consent.objects.get(pk=consent.pk).person_id == kept.pk
    for change in (lambda: MergedRecord.objects.all().delete(), lambda: MergedRecord.objects.update(old_id=1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_an_invitation_to_an_address_that_is_left_makes_no_account(staff):
    """Staff say which of two addresses is right: what went to the other one opens nothing of the joined record."""
    kept, other = two(email="right@one.example")
    Person.objects.filter(pk=other.pk).update(email="wrong@two.example")
    other.refresh_from_db()
    invitation = Invitation.objects.create(email="Wrong@two.example", name="Olwen", person=other, token_hash="1")
    merge(staff, kept, other, email="right@one.example")
    invitation.refresh_from_db()
    assert invitation.withdrawn_at and invitation.person_id == kept.pk
    assert AuditEvent.objects.filter(type="invitation.withdrawn", object_id=str(invitation.pk)).exists()


@pytest.mark.sqlite_only
def test_nothing_that_either_record_said_of_a_meeting_is_lost(staff, no_checks):
    """What someone needs there, that support is not right, and a note that was dismissed."""
    kept, other = two(email="olwen@one.example")
    group = factories.GroupFactory()
    ours = factories.MembershipFactory(group=group, person=kept, perspective="carer")
    theirs = factories.MembershipFactory(group=group, person=other, perspective="carer")
    Membership.objects.filter(pk=ours.pk).update(handover="Old", handover_put_away_on=date(2022, 6, 1))
    Membership.objects.filter(pk=theirs.pk).update(handover="Ring Sam first")
    meeting = factories.MeetingFactory(group=group)
    booking = make(Booking, meeting=meeting, kind="bsl")
    for person, more in ((kept, {}), (other, {"wrong": "The wrong day", "wrong_at": clock.now(), "worked": "no"})):
        BookingNeed.objects.create(meeting=meeting, person=person, kind="bsl", booking=booking, **more)
    said = {"meeting": meeting, "answer": "yes", "answered_at": clock.now(), "answered_via": "page"}
    MeetingInvitation.objects.create(person=kept, withdrawn_at=clock.now(), **said)
    MeetingInvitation.objects.create(person=other, access_needs="A hoist", **said)

    merge(staff, kept, other)
    assert Membership.objects.get(pk=ours.pk).handover == "Ring Sam first"
    assert Membership.objects.get(pk=ours.pk).handover_put_away_on is None
    need = BookingNeed.objects.get(meeting=meeting)
    assert (need.person_id, need.wrong, need.worked) == (kept.pk, "The wrong day", "no") and need.wrong_at
    row = MeetingInvitation.objects.get(meeting=meeting)
    assert (row.person_id, row.access_needs, row.withdrawn_at) == (kept.pk, "A hoist", None)


def test_what_both_records_say_differently_of_one_meeting_is_not_chosen_between(staff):
    kept, other = two()
    meeting = factories.MeetingFactory()
    said = {"meeting": meeting, "answer": "yes", "answered_at": clock.now(), "answered_via": "page"}
    for person, needs in ((kept, "A hoist"), (other, "A loop")):
        MeetingInvitation.objects.create(person=person, access_needs=needs, **said)
    assert "differ" in why_not(kept, other)


def test_no_one_answers_a_reflection_twice_by_being_two_records(staff):
    """Answers lead to no one, so those of the record that goes could not be found again."""
    kept, other = two()
    membership = factories.MembershipFactory(person=other, role="member")
    today = clock.today()
    reflection = make(Reflection, group=membership.group, opened_on=today, closes_on=today + timedelta(days=9))
    assert "no one may answer it twice" in why_not(kept, other)
    assert why_not(other, kept) == "", "the other way round the key to the answers stays"
    Membership.objects.filter(pk=membership.pk).update(starts_on=today - timedelta(days=9), ends_on=today)
    assert "no one may answer it twice" in why_not(kept, other)  # a link that was sent goes on working
    Reflection.objects.filter(pk=reflection.pk).update(opened_on=today - timedelta(9), closes_on=today - timedelta(1))
    assert why_not(kept, other) == ""
