"""People, invitations, roles: success, refusal, each rule."""

import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from impact.core.access.models import AuditEvent, RoleGrant
from impact.core.access.permissions import SYSTEM, Role, has_perm
from impact.core.basics.versions import Conflict
from impact.core.basics.words.mailboxes import same_mailbox
from impact.core.jobs.models import OutboxEmail
from impact.core.people import accounts, lookup
from impact.core.people.models import Consent, Invitation, Person, User
from impact.core.people.rights.holdings import links
from impact.core.people.rights.holdings.models import DataLink
from impact.core.people.services import add_person, record_consent, update_person
from networks.meetings.invitations import emails
from networks.meetings.invitations.models import MeetingInvitation
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
GOOD = "three quiet herons"


def invite(by, email="new@impact.example", **kwargs) -> str:
    """Invite and give the token from the email."""
    accounts.invite_person(by=by, email=email, name="New Person", **kwargs)
    return re.search(r"/invitation/([\w-]+)/", OutboxEmail.objects.latest("pk").body).group(1)


def test_staff_invite_someone_and_the_mail_waits_in_the_outbox(staff):
    invite(staff)
    mail = OutboxEmail.objects.get()
    assert mail.to == "new@impact.example"
    assert mail.sent_at is None
    assert AuditEvent.objects.filter(type="person.invited", actor_id=staff.pk).count() == 1


def test_only_a_hash_of_the_token_is_kept(staff):
    token = invite(staff)
    row = Invitation.objects.values().get()
    assert token not in str(row)


def test_a_coordinator_cannot_invite(db):
    coordinator = factories.user_in(factories.GroupFactory(), "coordinator")
    with pytest.raises(PermissionDenied):
        invite(coordinator)
    assert not OutboxEmail.objects.exists()


def test_staff_cannot_give_a_global_role_with_an_invitation(staff):
    with pytest.raises(PermissionDenied):
        invite(staff, role=Role.ADMINISTRATOR)
    assert not Invitation.objects.exists()


def test_an_existing_account_is_not_invited_again(staff):
    with pytest.raises(ValidationError, match="already an account"):
        invite(staff, email=staff.email.upper())


def test_a_second_invitation_ends_the_first(staff):
    first, second = invite(staff), invite(staff)
    assert accounts.find_invitation(first) is None
    assert accounts.find_invitation(second) is not None


def test_accepting_makes_a_verified_account_with_its_person_and_role(administrator):
    token = invite(administrator, role=Role.LEADERSHIP)
    user = accounts.accept_invitation(token=token, password=GOOD)
    assert user.check_password(GOOD)
    assert user.emailaddress_set.get().verified
    assert user.person.name == "New Person"
    assert user.global_roles == {Role.LEADERSHIP}


def test_accepting_joins_the_record_that_was_chosen(staff):
    person = factories.PersonFactory(email="new@impact.example")
    token = invite(staff, person=person)
    user = accounts.accept_invitation(token=token, password=GOOD)
    person.refresh_from_db()
    assert person.user == user
    assert Person.objects.filter(email="new@impact.example").count() == 1


def test_someone_who_has_an_account_by_now_gets_no_second_record(staff, client):
    """Invited at two addresses, or given an account since: the link says to sign in, and makes nothing."""
    person = factories.PersonFactory(email="new@impact.example")
    token, other = invite(staff, person=person), invite(staff, person=person, email="old@impact.example")
    stray = invite(staff, email="third@impact.example")
    user = accounts.accept_invitation(token=token, password=GOOD)
    factories.UserFactory(email="third@impact.example")
    before = set(Person.objects.values_list("pk", flat=True))
    for link in (other, stray):
        address = reverse("core:invitation-accept", args=[link])
        for page in (client.get(address), client.post(address, {"password1": GOOD, "password2": GOOD})):
            assert page.status_code == 409 and "You have an account already" in html_of(page)
        with pytest.raises(ValidationError):
            accounts.accept_invitation(token=link, password=GOOD)
    assert set(Person.objects.values_list("pk", flat=True)) == before and Person.objects.get(user=user) == person
    assert not User.objects.filter(email="old@impact.example").exists()
    assert not Invitation.objects.get(email="old@impact.example").is_open


def test_two_open_invitations_of_one_person_make_one_account(staff):
    """The second is accepted while both are open, as when two links are pressed at once."""
    person = factories.PersonFactory()
    token, other = invite(staff, person=person), invite(staff, person=person, email="old@impact.example")
    accounts.accept_invitation(token=token, password=GOOD)
    Invitation.objects.filter(accepted_at__isnull=True).update(withdrawn_at=None)
    with pytest.raises(ValidationError, match="have an account already"):
        accounts.accept_invitation(token=other, password=GOOD)
    assert User.objects.filter(person=person).count() == 1 and not User.objects.filter(email="old@impact.example")


@pytest.mark.postgresql_only
def test_the_person_is_locked_before_the_invitation(staff):
    """As where their address changes or their records are joined: else each of the two could wait for the other."""
    person = factories.PersonFactory()
    token = invite(staff, person=person)
    with CaptureQueriesContext(connection) as found:
        accounts.accept_invitation(token=token, password=GOOD)
    locked = [re.findall(r'FOR UPDATE OF "(\w+)"', query["sql"]) for query in found if "FOR UPDATE" in query["sql"]]
    assert locked[:2] == [["core_person"], ["core_invitation"]]


def test_an_invitation_that_moves_to_another_record_meanwhile_is_opened_again(staff, monkeypatch):
    """Between looking whose it is and locking it, their two records become one."""
    person, kept = factories.PersonFactory(), factories.PersonFactory()
    token, real = invite(staff, person=person), QuerySet.select_for_update

    def joined_first(rows, **given):
        if rows.model is Invitation:
            Invitation.objects.update(person=kept)
        return real(rows, **given)

    with monkeypatch.context() as patch, pytest.raises(ValidationError, match="Open the link in the email again"):
        patch.setattr(QuerySet, "select_for_update", joined_first)
        accounts.accept_invitation(token=token, password=GOOD)
    assert not User.objects.filter(email="new@impact.example").exists()
    Invitation.objects.update(person=kept)
    assert accounts.accept_invitation(token=token, password=GOOD).person == kept


def test_an_invitation_works_once(staff):
    token = invite(staff)
    accounts.accept_invitation(token=token, password=GOOD)
    with pytest.raises(ValidationError, match="already used"):
        accounts.accept_invitation(token=token, password=GOOD)


def test_an_expired_invitation_does_not_work(staff):
    token = invite(staff)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(ValidationError):
        accounts.accept_invitation(token=token, password=GOOD)
    assert not User.objects.filter(email="new@impact.example").exists()


def test_a_weak_password_is_refused_and_the_invitation_stays_open(staff):
    token = invite(staff)
    with pytest.raises(ValidationError) as refusal:
        accounts.accept_invitation(token=token, password="password1234")
    assert "password1" in refusal.value.message_dict
    assert accounts.find_invitation(token) is not None


def test_a_withdrawn_invitation_does_not_work(staff):
    token = invite(staff)
    accounts.withdraw_invitation(by=staff, invitation=Invitation.objects.get())
    assert accounts.find_invitation(token) is None
    with pytest.raises(ValidationError, match="already used or withdrawn"):
        accounts.withdraw_invitation(by=staff, invitation=Invitation.objects.get())


def test_a_role_counts_at_once_and_a_removed_one_no_longer(administrator, outsider):
    accounts.grant_role(by=administrator, user=outsider, role=Role.STAFF)
    assert has_perm(User.objects.get(pk=outsider.pk), "sites.view_all")
    accounts.revoke_role(by=administrator, user=outsider, role=Role.STAFF)
    assert not has_perm(User.objects.get(pk=outsider.pk), "sites.view_all")
    assert RoleGrant.objects.get(user=outsider).revoked_at is not None


def test_granting_twice_changes_nothing(administrator, outsider):
    for _ in range(2):
        accounts.grant_role(by=administrator, user=outsider, role=Role.STAFF)
    assert outsider.role_grants.count() == 1
    assert AuditEvent.objects.filter(type="role.granted").count() == 1


def test_staff_cannot_grant_roles(staff, outsider):
    with pytest.raises(PermissionDenied):
        accounts.grant_role(by=staff, user=outsider, role=Role.STAFF)


def test_an_administrator_cannot_lock_themselves_out(administrator):
    with pytest.raises(ValidationError, match="your own administrator role"):
        accounts.revoke_role(by=administrator, user=administrator, role=Role.ADMINISTRATOR)


def test_a_person_may_change_their_own_record_but_not_another(outsider):
    update_person(by=outsider, person=outsider.person, access_arrangements="Short breaks")
    outsider.person.refresh_from_db()
    assert outsider.person.access_arrangements == "Short breaks"
    with pytest.raises(PermissionDenied):
        update_person(by=outsider, person=factories.PersonFactory(), name="Taken over")


def test_the_second_of_two_edits_is_told_and_loses_nothing_of_the_first(staff):
    person = factories.PersonFactory(name="Before")
    update_person(by=staff, person=Person.objects.get(pk=person.pk), expected=1, name="First")
    with pytest.raises(Conflict) as conflict:
        update_person(by=staff, person=Person.objects.get(pk=person.pk), expected=1, name="Second")
    assert conflict.value.current.name == "First"
    assert Person.objects.get(pk=person.pk).name == "First"


def test_audit_keeps_names_of_fields_and_no_values(staff):
    person = factories.PersonFactory(name="Before")
    update_person(by=staff, person=person, access_arrangements="a private matter")
    event = AuditEvent.objects.get(type="person.changed")
    assert event.fields == ["access_arrangements"]
    assert "private" not in str(AuditEvent.objects.values().get(pk=event.pk))


def test_a_consent_is_a_row_for_each_answer(staff):
    person = factories.PersonFactory()
    for given, day in ((True, 1), (False, 2)):
        record_consent(
            by=staff,
            person=person,
            purpose=Consent.Purpose.QUOTES,
            wording="May we quote you?",
            is_given=given,
            given_on=date(2022, 7, day),
        )
    assert [c.is_given for c in person.consents.all()] == [False, True]


def test_the_database_refuses_to_change_or_delete_an_audit_event(staff):
    factories.PersonFactory()
    add_person(by=SYSTEM, name="Someone")
    event = AuditEvent.objects.get()
    for change in (lambda: AuditEvent.objects.update(type="nothing.happened"), lambda: event.delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert AuditEvent.objects.get().type == "person.added"


def test_the_database_refuses_to_rewrite_a_consent(staff):
    consent = record_consent(
        by=staff,
        person=factories.PersonFactory(),
        purpose=Consent.Purpose.QUOTES,
        wording="May we quote you?",
        is_given=False,
        given_on=date(2022, 7, 1),
    )
    rows = Consent.objects.filter(pk=consent.pk)
    other = {
        "person": factories.PersonFactory(),
        "purpose": "photos",
        "wording": "Else",
        "recorded_by": factories.UserFactory(),
    }
    days = {"given_on": date(2022, 6, 1), "expires_on": date(2032, 1, 1)}
    for name, value in {**other, **days, "is_given": True}.items():
        with pytest.raises(DatabaseError, match="never rewritten"), transaction.atomic():
            rows.update(**{name: value})
    rows.update(recorded_by=None)  # whose account was deleted


def test_the_database_refuses_to_delete_a_consent(staff):
    """By row, by SQL, and with the person whom it is about."""
    person = factories.PersonFactory()
    made = {"purpose": Consent.Purpose.QUOTES, "wording": "May we?", "is_given": True, "given_on": date(2022, 7, 1)}
    record_consent(by=staff, person=person, **made)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_consent")
    for gone in (Consent.objects.get(), person):
        with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
            gone.delete()
    assert Consent.objects.count() == 1


def test_e_mail_addresses_are_lower_case_in_the_database(db):
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.create(email="Upper@impact.example")
    assert connection.is_usable()


@pytest.mark.database
def test_a_new_address_by_staff_is_told_to_both_mailboxes_and_ends_what_the_earlier_one_could_open(staff):
    """Nothing that was sent to the earlier mailbox shows or opens what is the person's any more."""
    person = factories.PersonFactory(name="Ada Beech", email="old@home.example")
    membership = factories.MembershipFactory(person=person)
    meeting = factories.MeetingFactory(
        group=membership.group, starts_at=timezone.now() + timedelta(days=9), announced_at=timezone.now()
    )
    answer = MeetingInvitation.objects.create(meeting=meeting, person=person, sent_at=timezone.now())
    reply = emails.reply_token(answer)
    token = invite(staff, email="old@home.example", person=person)
    links._make("old@home.example", person)
    OutboxEmail.objects.all().delete()
    update_person(by=staff, person=person, email=" New@Home.example")
    sent = list(OutboxEmail.objects.order_by("pk").values_list("to", "subject", "body"))
    assert [to for to, subject, _body in sent if subject == "Where IMPACT writes to"] == [
        "old@home.example",
        "new@home.example",
    ]
    assert not any(
        "Ada Beech" in body or "new@home.example" in body for to, _subject, body in sent if to.startswith("old")
    )
    assert accounts.find_invitation(token) is None
    assert emails.invitation_of(reply) is None
    answer.refresh_from_db()
    assert any(emails.reply_token(answer) in body for to, _subject, body in sent if to == "new@home.example")
    assert not any(links._still_theirs(link) for link in DataLink.objects.all())
    assert person.email == "new@home.example"
    OutboxEmail.objects.all().delete()
    update_person(by=staff, person=person, name="Ada Birch")
    assert not OutboxEmail.objects.exists()  # nothing to tell where the address stays


@pytest.mark.database
@pytest.mark.parametrize("written", ["Ann@MÜLLER.example", "ann@müller.example", "ANN@mu\u0308ller.example "])
def test_one_mailbox_is_one_however_it_is_written(staff, written):
    """Signing in, inviting, choosing a record and links to what is held agree, on SQLite and PostgreSQL alike."""
    kept = factories.PersonFactory(email="ann@müller.example")
    earlier = factories.PersonFactory(email="Ann@MÜLLER.example")  # as a file wrote it long ago
    assert set(lookup.could_be(written)) == {kept, earlier}
    assert set(links.people_at(written)[0]) == {kept, earlier}
    assert accounts.invite_person(by=staff, email=written, name="Ann").email == kept.email
    user = User.objects.create_user(written)
    assert User.objects.get_by_natural_key(written) == user and user.email == kept.email
    with pytest.raises(ValidationError, match="already an account"):
        accounts.invite_person(by=staff, email=written, name="Ann")


def test_a_mailbox_that_only_looks_alike_is_another(db):
    """Capitals would make a dotless i and a long s the letters that they look like."""
    kim = factories.PersonFactory(email="kim@site.example")
    for alike in ("kım@site.example", "kim@ſite.example", "kim@sıte.example"):
        assert not Person.objects.filter(same_mailbox("email", alike)).exists()
        factories.PersonFactory(email=alike)
    assert Person.objects.filter(same_mailbox("email", "KIM@SITE.example")).get() == kim
