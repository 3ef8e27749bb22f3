"""Erasing a person: nothing of what is declared to go is left anywhere, and what groups agreed stays true."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, models, transaction
from django.db.utils import DatabaseError
from knox.models import AuthToken

from coproduction.agreement.models import Position
from coproduction.claims.models import Claim, PaymentBatch
from impact.core.access.models import AuditEvent, RoleGrant
from impact.core.access.permissions import SYSTEM, Role
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Delete
from impact.core.jobs import outbox
from impact.core.jobs.models import OutboxEmail
from impact.core.people.models import Consent, Person, User
from impact.core.people.rights.erasure import ledger, rows, services
from impact.core.people.rights.erasure.models import Erasure
from impact.core.people.rights.requests.models import RightsRequest
from impact.core.people.rights.requests.services import ask_for
from impact.core.people.services import record_consent
from networks.groups.models import Membership
from networks.log.models import Attendance
from tests import factories
from tests.permission_world import build_world

pytestmark = [pytest.mark.django_db, pytest.mark.database]
CANARY = "zq7canary"
TEXT = models.CharField | models.TextField


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


def give(model, said, person) -> bool:
    """Make a row of this model the person's, if there is one; False when there is none."""
    row = rows.rows_of(model, said, rows.subject_of(person)).first() or model._base_manager.order_by("pk").first()
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
        for pk in keys[:1]:
            words = f"{CANARY}{len(marked)}"[: field.max_length or None]
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
    outbox.send_later(to=person.email, subject=f"For {CANARY}", body="Words")
    record_consent(
        by=person.user, person=person, purpose="quotes", wording="May we?", is_given=True, given_on=clock.today()
    )
    ask_for(by=person.user, person=person, kind="erase", words=f"Please, {CANARY}")
    marked, kinds = [], set()
    for model, said in rows.personal_models():
        if isinstance(said.on_erasure, Delete | Blank) and give(model, said, person):
            kinds.add(model._meta.label)
            marked += mark(model, said, person)
    return SimpleNamespace(world=world, person=person, marked=marked, kinds=kinds)


def test_no_declared_word_is_left_in_any_column_of_any_table(full):
    kinds = {m._meta.label for m, said in rows.personal_models() if isinstance(said.on_erasure, Delete | Blank)}
    print("MISSING", sorted(kinds - full.kinds)); print(sorted(full.marked))
    assert len(full.marked) > 45 and len(full.kinds) > 25, (len(full.marked), sorted(full.kinds))
    assert set(full.marked) <= set(whole_database())
    erase(full.person)
    assert whole_database() == {}


def test_without_the_erasure_the_canaries_are_found(full, monkeypatch):
    monkeypatch.setattr(services, "_apply", lambda *args: set())
    erase(full.person)
    assert set(full.marked) & set(whole_database())


def test_the_page_says_what_will_happen(full):
    lines = rows.plan(rows.subject_of(full.person))
    apply, done = services._apply, {}
    def watched(said, found, counts):
        before = dict(counts); r = apply(said, found, counts); done[said.heading] = {k: counts[k]-before[k] for k in counts}; return r
    services._apply = watched
    deleted = sum(line.number for line in lines if line.what == "Deleted")
    emptied = sum(line.number for line in lines if line.what == "Emptied")
    erase(full.person)
    services._apply = apply
    print([(l.heading, l.what, l.number, done[l.heading]) for l in lines if l.what in ("Deleted","Emptied") and done[l.heading][l.what.lower()] != l.number])
    facts = AuditEvent.objects.get(type="person.erased").facts
    assert (facts["deleted"], facts["emptied"]) == (deleted, emptied)
