"""Erasing a person: nothing of what is declared to go is left anywhere, and what groups agreed stays true."""

import json
import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.utils import DatabaseError

from coproduction.agreement.models import Position
from coproduction.claims.models import Claim, PaymentBatch
from impact.core.access.models import ApiToken, AuditEvent, RoleGrant
from impact.core.access.permissions import SYSTEM, Role
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Delete
from impact.core.jobs import outbox, queue
from impact.core.jobs.models import OutboxEmail
from impact.core.jobs.webhooks.models import Webhook
from impact.core.people.accounts import invite_person
from impact.core.people.models import Consent, Person, User
from impact.core.people.rights.erasure import ledger, rows, services
from impact.core.people.rights.erasure.models import Erasure
from impact.core.people.rights.requests.services import ask_for
from impact.core.people.services import record_consent
from networks.groups.models import Membership
from networks.log.models import Attendance
from networks.members.services import end_membership
from tests import factories
from tests.pages import html_of
from tests.permission_world import build_world

pytestmark = [pytest.mark.django_db, pytest.mark.database]
CANARY = "zq7canary"
TEXT = models.CharField | models.TextField
# Tables whose rules take no row made up here; each only holds addresses, dates and links.
TAKE_NO_ROW = {"account.EmailConfirmation", "networks.JoinInvitation", "networks.SentPaper", "sites.NewsSent"}
TAKE_NO_ROW |= {"sites.Supervision", "core.PushMessage"}


def erase(person, by=SYSTEM, **more):
    return services.erase_person(by=by, person=person, name=Person.objects.get(pk=person.pk).name, **more)


@pytest.fixture
def lead():
    return factories.UserFactory(roles=["engagement_lead"])


@pytest.fixture
def member():
    user = factories.UserFactory()
    Person.objects.filter(user=user).update(name="Olwen Pretend", email="olwen@home.example")
    return Person.objects.get(user=user)


def whole_database() -> dict[str, str]:
    """Every column that holds the canary, of every table: "table.column" → what stands there."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for column in connection.introspection.get_table_description(cursor, table):
                name = connection.ops.quote_name(column.name)
                cursor.execute(
                    f"SELECT CAST({name} AS text) FROM {connection.ops.quote_name(table)} "
                    f"WHERE LOWER(CAST({name} AS text)) LIKE %s",
                    [f"%{CANARY}%"],
                )
                if row := cursor.fetchone():
                    found[f"{table}.{column.name}"] = row[0]
    return found


def make(model, person):
    """A row of a model that the world has none of, filled with whatever its columns take; None where rules forbid it."""
    values = {}
    for field in model._meta.concrete_fields:
        if field.has_default() or field.null or field.blank or isinstance(field, models.AutoField):
            continue
        if field.is_relation:
            to = field.related_model
            own = {Person: person.pk, User: person.user_id}.get(to)
            values[field.attname] = own or to._base_manager.order_by("pk").values_list("pk", flat=True).first()
        elif field.choices:
            values[field.name] = field.choices[0][0]
        elif isinstance(field, models.EmailField):
            values[field.name] = person.email
        elif isinstance(field, models.GenericIPAddressField):
            values[field.name] = "192.0.2.1"
        elif isinstance(field, TEXT):
            values[field.name] = "x"
        elif isinstance(field, models.DateTimeField):
            values[field.name] = clock.now()
        elif isinstance(field, models.DateField):
            values[field.name] = clock.today()
        else:
            values[field.name] = 1
    try:
        with transaction.atomic():
            return model._base_manager.bulk_create([model(**values)])[0]
    except (IntegrityError, DatabaseError):
        return None


def give(model, said, person) -> bool:
    """Make a row of this model the person's, if there is one; False when there is none."""
    row = rows.rows_of(model, said, rows.subject_of(person)).first() or model._base_manager.order_by("pk").first()
    row = row or make(model, person)
    if row is None:
        return False
    if model in (type(person), type(person.user)):
        return True
    for path in [path for path in said.of if "__" not in path][:1]:
        target = person.pk if rows.end_of(model, path).related_model is Person else person.user_id
        field = model._meta.get_field(path)
        try:
            with transaction.atomic():
                model._base_manager.filter(pk=row.pk).update(**{field.attname: target})
        except (IntegrityError, DatabaseError):
            return False
    if said.by_address and not said.of:
        path = said.by_address[0]
        if "__" not in path:
            model._base_manager.filter(pk=row.pk).update(**{path: person.email})
    return rows.rows_of(model, said, rows.subject_of(person)).exists()


def mark(model, said, person) -> list[str]:
    """Write the canary into each declared text column of the person's rows; the columns that took it."""
    action, marked = said.on_erasure, []
    if isinstance(action, Delete):
        names = [f.name for f in model._meta.concrete_fields if isinstance(f, TEXT) and not f.choices]
    elif isinstance(action, Blank):
        names = [*action.fields, *action.removed, *action.renamed]
    else:
        return []
    subject = rows.subject_of(person)
    keys = list(rows.rows_of(model, said, subject).values_list("pk", flat=True))
    for name in names:
        field = model._meta.get_field(name)
        if not isinstance(field, TEXT) or field.choices or name in ("email", *said.by_address) or field.primary_key:
            continue
        words = f"{CANARY}{len(marked)}"
        for pk in [] if field.max_length and field.max_length < len(words) else keys[:1]:
            try:
                with transaction.atomic():
                    model._base_manager.filter(pk=pk).update(**{name: words})
                    marked.append(f"{model._meta.db_table}.{field.column}")
            except (IntegrityError, DatabaseError):
                continue  # a rule of the row: it takes no free words
    return marked


@pytest.fixture
def full() -> SimpleNamespace:
    """A member with rows of as many kinds as there are, each declared text column of them holding a canary."""
    world = build_world()
    person = world.group.memberships.filter(role="member", person__user__isnull=False).first().person
    Claim.objects.filter(person=person).exclude(state="paid").update(state="withdrawn")
    PaymentBatch.objects.update(paid_on=clock.today() - timedelta(days=7 * 366))  # the six years are over
    Person.objects.filter(pk=person.pk).update(name=f"{CANARY} Name", email=f"{CANARY}@home.example")
    User.objects.filter(pk=person.user_id).update(email=f"{CANARY}@signin.example")
    EmailAddress.objects.filter(user=person.user_id).update(email=f"{CANARY}@signin.example")
    person = Person.objects.select_related("user").get(pk=person.pk)
    outbox.send_later(event="meeting-reminder", to=person.email, subject=f"For {CANARY}", body="Words")
    record_consent(
        by=person.user, person=person, purpose="quotes", wording="May we?", is_given=True, given_on=clock.today()
    )
    ask_for(by=person.user, person=person, kind="erase", words=f"Please, {CANARY}")
    staff = factories.UserFactory(roles=["engagement_lead"])
    services.lift_hold(by=staff, hold=services.place_hold(by=staff, person=person, reason="x"), reason="y")
    Webhook.objects.update(owner=person.user)  # and with it its messages and attempts
    marked, missing = [], []
    for model, said in rows.personal_models():
        if isinstance(said.on_erasure, Delete | Blank):
            if give(model, said, person):
                marked += mark(model, said, person)
            else:
                missing.append(model._meta.label)
    return SimpleNamespace(world=world, person=person, marked=marked, missing=missing)


def test_no_declared_word_is_left_in_any_column_of_any_table(full):
    assert set(full.missing) <= TAKE_NO_ROW and len(full.marked) >= 55, (full.missing, len(full.marked))
    assert set(full.marked) <= set(whole_database())
    erase(full.person)
    assert whole_database() == {}


def test_without_the_erasure_the_canaries_are_found(full, monkeypatch):
    monkeypatch.setattr(services, "_apply", lambda *args: set())
    erase(full.person)
    assert set(full.marked) & set(whole_database())


def test_what_the_page_says_is_what_happens(full):
    lines = rows.plan(rows.subject_of(full.person))
    deleted = sum(line.number for line in lines if line.what == "Deleted")
    emptied = sum(line.number for line in lines if line.what == "Emptied")
    erase(full.person)
    facts = AuditEvent.objects.get(type="person.erased").facts
    assert (facts["deleted"], facts["emptied"]) == (deleted, emptied)


def test_what_groups_agreed_stays_true_under_a_pseudonym(full):
    group, person = full.world.group, full.person
    before = (
        Membership.objects.filter(person=person).count(),
        Attendance.objects.filter(person=person).values_list("meeting", "status").count(),
        sorted(Position.objects.filter(person=person).values_list("round", "stance")),
        Claim.objects.filter(person=person, state="paid").values_list("pence", flat=True).first(),
    )
    erase(full.person)
    assert before == (
        Membership.objects.filter(person=person).count(),
        Attendance.objects.filter(person=person).values_list("meeting", "status").count(),
        sorted(Position.objects.filter(person=person).values_list("round", "stance")),
        Claim.objects.filter(person=person, state="paid").values_list("pence", flat=True).first(),
    )
    person = Person.objects.get(pk=person.pk)
    assert person.name == f"Former member {person.pk}" and person.email == ""
    assert not group.memberships.current(clock.today()).filter(person=person).exists()


# --- The account ---------------------------------------------------------------------------------
def test_they_are_signed_out_and_can_do_nothing_any_more(member, client):
    client.force_login(member.user)
    assert client.get("/account/").status_code == 200
    _row, token = ApiToken.objects.create(member.user, scopes=ApiToken.Scope.values)
    assert client.get("/api/v1/notices/", headers={"Authorization": f"Token {token}"}).status_code == 200
    RoleGrant.objects.create(user=member.user, role=Role.LEADERSHIP)
    erase(member)
    assert client.get("/account/").status_code == 302
    assert client.get("/api/v1/notices/", headers={"Authorization": f"Token {token}"}).status_code == 401
    user = User.objects.get(pk=member.user_id)
    assert not user.is_active and not user.has_usable_password() and user.email == f"erased-{user.pk}@erased.invalid"
    assert not EmailAddress.objects.filter(user=user).exists() and not user.global_roles
    assert Person.objects.get(pk=member.pk).name == f"Former colleague {member.pk}"


def test_a_yes_is_taken_back_first_and_the_old_answer_stays(member):
    record_consent(
        by=member.user, person=member, purpose="photos", wording="May we?", is_given=True, given_on=clock.today()
    )
    erase(member)
    answers = list(Consent.objects.filter(person=member).order_by("pk").values_list("is_given", flat=True))
    assert answers == [True, False]


@pytest.mark.parametrize("change", ["DELETE FROM core_consent", "UPDATE core_consent SET expires_on = '2040-01-01'"])
def test_no_consent_is_deleted_or_prolonged_in_sql(member, change):
    record_consent(
        by=member.user, person=member, purpose="photos", wording="May we?", is_given=True, given_on=clock.today()
    )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


# --- Who may, and what stops it ------------------------------------------------------------------
def test_staff_without_the_grant_may_not(member):
    with pytest.raises(PermissionDenied):
        erase(member, by=factories.UserFactory(roles=["staff"]))
    with pytest.raises(PermissionDenied):
        erase(member, by=member.user)
    assert Person.objects.get(pk=member.pk).name == "Olwen Pretend"


def test_the_name_has_to_be_typed(member, lead):
    with pytest.raises(ValidationError, match="Type the name as it stands here: Olwen Pretend"):
        services.erase_person(by=lead, person=member, name="Olwen")


def refused(person) -> str:
    with pytest.raises(ValidationError) as error:
        erase(person)
    assert not Erasure.objects.exists()
    return " ".join(error.value.messages)


def test_the_only_coordinator_of_a_running_group_hands_over_first(member):
    group = factories.GroupFactory(name="Gwynedd circle", ends_on=None)
    factories.MembershipFactory(group=group, person=member, role="coordinator")
    assert refused(member) == "They are the only coordinator of Gwynedd circle. Appoint another one first."
    factories.MembershipFactory(group=group, role="coordinator")
    erase(member)
    assert Person.objects.get(pk=member.pk).name.startswith("Former")


def test_a_claim_is_paid_first(full):
    claim = Claim.objects.filter(person=full.person).first()
    Claim.objects.filter(pk=claim.pk).update(state="approved", batch=None)
    assert "not paid yet. Pay or withdraw it first." in refused(full.person)


def test_the_last_administrator_cannot_go(member):
    RoleGrant.objects.create(user=member.user, role=Role.ADMINISTRATOR)
    assert "only administrator" in refused(member)


def test_an_administrator_is_erased_by_another_administrator_only(member, lead):
    other = factories.UserFactory(roles=["administrator"])
    RoleGrant.objects.create(user=member.user, role=Role.ADMINISTRATOR)
    with pytest.raises(PermissionDenied):
        erase(member, by=lead)
    assert Person.objects.get(pk=member.pk).name == "Olwen Pretend"
    erase(member, by=other)
    assert Person.objects.get(pk=member.pk).name.startswith("Former")


def test_a_hold_stops_it_until_it_is_lifted(member, lead):
    hold = services.place_hold(by=lead, person=member, reason="An inquiry")
    assert "legal hold" in refused(member)
    with pytest.raises(ValidationError, match="a hold on this person already"):
        services.place_hold(by=lead, person=member, reason="Another")
    services.lift_hold(by=lead, hold=hold, reason="The inquiry ended")
    erase(member)
    assert Erasure.objects.filter(person=member).exists()


def test_no_one_is_erased_twice(member):
    erase(member)
    person = Person.objects.get(pk=member.pk)
    with pytest.raises(ValidationError, match="erased before"):
        erase(person)


# --- Bad input -----------------------------------------------------------------------------------
def test_of_two_people_with_one_mailbox_the_other_keeps_their_emails(member):
    other = factories.PersonFactory(name="Emlyn Madeup", email=member.email)
    outbox.send_later(
        event="meeting-reminder", to=member.email, subject="For Olwen Pretend", body="Hello Olwen Pretend"
    )
    outbox.send_later(event="meeting-reminder", to=member.email, subject="For Emlyn Madeup", body="Hello Emlyn Madeup")
    erase(member)
    assert list(OutboxEmail.objects.filter(to=other.email).values_list("subject", flat=True)) == ["For Emlyn Madeup"]
    assert Person.objects.get(pk=other.pk).email == "olwen@home.example"


def test_an_address_that_was_never_proved_is_not_theirs_to_erase(member):
    """Anyone with an account can type a stranger's address into it."""
    EmailAddress.objects.create(user=member.user, email="stranger@home.example", verified=False)
    outbox.send_later(event="meeting-reminder", to="stranger@home.example", subject="For the stranger", body="Hello")
    outbox.send_later(event="meeting-reminder", to=member.user.email, subject="For Olwen", body="Hello")
    erase(member)
    assert list(OutboxEmail.objects.values_list("subject", flat=True)) == ["For the stranger"]


def test_someone_else_who_typed_the_address_keeps_nothing_from_being_erased(member):
    other = factories.UserFactory()
    EmailAddress.objects.create(user=other, email=member.email, verified=False)
    outbox.send_later(event="meeting-reminder", to=member.email, subject="Your papers", body="Hello")
    erase(member)
    assert not OutboxEmail.objects.filter(subject="Your papers").exists()


def test_an_address_is_theirs_in_capitals_too(member):
    outbox.send_later(event="meeting-reminder", to="Olwen@Home.Example", subject="Your papers", body="Hello")
    erase(member)
    assert not OutboxEmail.objects.filter(subject="Your papers").exists()


def test_leaving_one_of_two_groups_erases_nothing(member, lead):
    memberships = [
        factories.MembershipFactory(person=member, starts_on=clock.today() - timedelta(days=9)) for _ in "ab"
    ]
    end_membership(by=lead, membership=memberships[0], ends_on=clock.today())
    assert Person.objects.get(pk=member.pk).name == "Olwen Pretend"
    assert Membership.objects.get(pk=memberships[1].pk).ends_on is None


def test_a_link_used_after_the_erasure_leads_nowhere(member, client, lead):
    invited = factories.PersonFactory(name="Nia Invented", email="nia@home.example")
    invite_person(by=lead, email=invited.email, name=invited.name, person=invited)
    link = re.search(r"/invitation/[^\s]+", OutboxEmail.objects.get(to=invited.email).body).group()
    assert client.get(link).status_code == 200
    erase(invited)
    assert client.get(link).status_code == 404


# --- Files ---------------------------------------------------------------------------------------
def test_files_go_by_a_job_so_that_a_crash_after_the_commit_leaves_none(full):
    claim = Claim.objects.filter(person=full.person).first()
    default_storage.save("receipts/canary.pdf", ContentFile(b"%PDF"))
    Claim.objects.filter(pk=claim.pk).update(receipt="receipts/canary.pdf")
    erase(full.person)  # nothing that follows a commit is done in this test: the process died
    queue.run_due()
    assert not default_storage.exists("receipts/canary.pdf")


def test_a_file_that_another_row_names_stays(full):
    claim, other = Claim.objects.filter(person=full.person).first(), factories.PersonFactory()
    default_storage.save("receipts/shared.pdf", ContentFile(b"%PDF"))
    moved = Claim.objects.filter(person=full.person).exclude(pk=claim.pk).first()
    Claim.objects.filter(pk=moved.pk).update(person=other, receipt="receipts/shared.pdf")
    Claim.objects.filter(pk=claim.pk).update(receipt="receipts/shared.pdf")
    erase(full.person)
    queue.run_due()
    assert default_storage.exists("receipts/shared.pdf")


def test_one_file_that_the_disk_does_not_give_up_keeps_no_other(monkeypatch):
    names = [default_storage.save(f"receipts/{letter}.pdf", ContentFile(b"%PDF")) for letter in "abc"]
    delete = FileSystemStorage.delete

    def stubborn(storage, name):
        if name == names[1]:
            raise PermissionError(name)
        delete(storage, name)

    monkeypatch.setattr(FileSystemStorage, "delete", stubborn)
    services.delete_files({(Claim, "receipt", name) for name in names})
    assert [default_storage.exists(name) for name in names] == [False, True, False]


def test_a_fault_on_the_way_leaves_everything_as_it_was(full, monkeypatch, django_capture_on_commit_callbacks):
    before = whole_database()

    def fail(person):
        raise RuntimeError("power cut")

    monkeypatch.setattr(services, "AFTERWARDS", [fail])
    with pytest.raises(RuntimeError), django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        erase(full.person)
    assert whole_database() == before and not ledger.path().exists()


# --- The ledger ----------------------------------------------------------------------------------
def test_a_restored_back_up_is_erased_again_and_doing_it_twice_changes_nothing(
    member, django_capture_on_commit_callbacks
):
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # what the back-up does not have
        with django_capture_on_commit_callbacks(execute=True):
            erasure = erase(member)
        raise ZeroDivisionError
    assert Person.objects.get(pk=member.pk).name == "Olwen Pretend"  # restored
    assert services.replay() == 1
    again = Erasure.objects.get(person=member)
    assert (again.pk, again.pseudonym) == (erasure.pk, erasure.pseudonym)
    assert Person.objects.get(pk=member.pk).name == erasure.pseudonym
    assert services.replay() == 0


def test_one_erasure_that_cannot_be_done_again_keeps_no_other_back(
    member, monkeypatch, django_capture_on_commit_callbacks
):
    other = factories.PersonFactory(name="Emlyn Madeup")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        with django_capture_on_commit_callbacks(execute=True):
            erase(member)
        with django_capture_on_commit_callbacks(execute=True):
            erase(other)
        raise ZeroDivisionError

    def fails(by, person):
        if person.pk == member.pk:
            raise IntegrityError("A row that stands in the way")

    monkeypatch.setattr(services, "BEFORE", [*services.BEFORE, fails])
    with pytest.raises(services.NotErased, match=f"person {member.pk}"):
        services.replay()
    names = set(Person.objects.filter(pk__in=[member.pk, other.pk]).values_list("name", flat=True))
    assert names == {"Olwen Pretend", f"Former member {other.pk}"}


def test_another_person_who_was_given_the_number_after_a_restore_is_left_alone(
    member, django_capture_on_commit_callbacks
):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        with django_capture_on_commit_callbacks(execute=True):
            erase(member)
        raise ZeroDivisionError
    Person.objects.filter(pk=member.pk).update(created_at=clock.now() + timedelta(days=3), name="Someone Else")
    assert services.replay() == 0
    assert Person.objects.get(pk=member.pk).name == "Someone Else"


def test_the_ledger_names_no_one_and_a_line_cut_short_is_reported(member, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        erase(member)
    text = ledger.path().read_text()
    assert "Olwen" not in text and "home.example" not in text
    ledger.path().write_text(text + '{"id": "cut sho')
    assert ledger.damaged() == 1
    with django_capture_on_commit_callbacks(execute=True):
        erase(factories.PersonFactory(name="Nia Invented"))
    assert len(list(ledger.read())) == 2 and ledger.damaged() == 1


def test_an_erasure_that_the_disk_did_not_take_is_written_later(
    member, monkeypatch, django_capture_on_commit_callbacks
):
    def full_disk(line):
        raise OSError("no room")

    with monkeypatch.context() as patched, django_capture_on_commit_callbacks(execute=True):
        patched.setattr(ledger, "_append", full_disk)
        erase(member)
    assert not list(ledger.read()) and services.complete_ledger() == 1
    assert len(list(ledger.read())) == 1 and services.complete_ledger() == 0


@pytest.mark.parametrize("change", ["DELETE FROM core_erasure", "UPDATE core_erasure SET pseudonym = 'x'"])
def test_the_record_of_erasures_is_not_rewritten(member, change):
    erase(member)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


# --- The command ---------------------------------------------------------------------------------
def test_the_command_shows_and_erases(member, capsys):
    call_command("erase", str(member.pk), "--dry-run")
    assert "Your record" in capsys.readouterr().out
    assert Person.objects.get(pk=member.pk).name == "Olwen Pretend"
    call_command("erase", member.user.email, "--yes")
    assert f"Former member {member.pk}" in capsys.readouterr().out
    call_command("erase", "--replay", "--json")
    assert json.loads(capsys.readouterr().out) == {"erased_again": 0, "damaged_lines": 0}
    with pytest.raises(CommandError, match="No person has this number"):
        call_command("erase", "999999")


# --- The pages -----------------------------------------------------------------------------------
def test_a_hold_says_why_since_when_and_what_lifting_it_asks(member, lead, client, settings):
    settings.DEMO_TODAY = date(2023, 1, 16)
    services.place_hold(by=lead, person=member, reason="An insurance claim")
    client.force_login(lead)
    page = html_of(client.get(f"/people/{member.pk}/"))
    assert "on 16 January 2023: “An insurance claim”</p><p>Nothing about" in page
    assert "Why it is no longer needed" in html_of(client.get(f"/people/{member.pk}/hold/"))


def test_the_page_of_someone_erased_offers_nothing_to_do_with_them(member, lead, client):
    client.force_login(lead)
    offers = ["Change details", "Record a request", "Place a legal hold", "See what deleting would do", "How they hear"]
    before = html_of(client.get(f"/people/{member.pk}/"))
    assert all(offer in before for offer in offers)
    erase(member)
    page = html_of(client.get(f"/people/{member.pk}/"))
    assert "What we held about this person is deleted" in page
    assert not [offer for offer in [*offers, "to set up an account", "Ask, then ask again"] if offer in page]


def test_what_is_emptied_is_said_without_the_names_of_columns(full, lead, client):
    client.force_login(lead)
    page = html_of(client.get(f"/people/{full.person.pk}/erase/"))
    assert "how they read papers" in page and "why it was sent back" in page
    assert not [name for name in ("sha256", "identity how", "may quote", "needs recorded by") if name in page]
