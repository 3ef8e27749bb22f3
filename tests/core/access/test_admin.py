"""The admin pages show records and write none, and tell administrators nothing that is kept from them."""

import pytest
from django.contrib import admin
from django.urls import reverse

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import GLOBAL_ROLES
from impact.core.jobs.models import OutboxEmail
from networks.log.record import restricted
from sites.organisations.models import Organisation
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]


@pytest.fixture
def administrator_staff(db):
    """Every global role at once: what the policy lets staff do by service must not open a form here."""
    return factories.UserFactory(roles=[role.value for role in GLOBAL_ROLES])


@pytest.mark.parametrize(
    "model", sorted(admin.site._registry, key=lambda m: m._meta.label), ids=lambda m: m._meta.label
)
def test_no_model_can_be_written_in_the_admin(model, administrator_staff, sign_in, rf):
    client, name = sign_in(administrator_staff), f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert client.get(reverse(f"{name}_changelist")).status_code == 200
    before = AuditEvent.objects.count()
    assert client.post(reverse(f"{name}_add"), {"name": "X"}).status_code == 403
    row = model.objects.first()
    if row is not None:
        assert client.post(reverse(f"{name}_change", args=[row.pk]), {"name": "X"}).status_code == 403
        assert client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        sent = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
        client.post(reverse(f"{name}_changelist"), sent)
        assert model.objects.filter(pk=row.pk).exists()
    assert AuditEvent.objects.count() == before


def test_staff_who_are_administrators_add_no_organisation_past_the_audit(administrator_staff, sign_in):
    sign_in(administrator_staff).post("/admin/sites/organisation/add/", {"name": "X", "slug": "x", "kind": "voluntary"})
    assert not Organisation.objects.exists()


def test_credentials_are_not_in_the_admin(administrator, sign_in):
    shown = {model._meta.label_lower for model in admin.site._registry}
    assert {"mfa.authenticator", "core.apitoken", "auth.group"}.isdisjoint(shown) and "core.user" in shown
    assert sign_in(administrator).get("/admin/mfa/authenticator/").status_code == 404


def test_passwords_change_and_people_leave_on_the_platforms_own_pages(administrator, sign_in):
    client = sign_in(administrator)
    assert client.get("/admin/password_change/")["Location"] == reverse("account_change_password")
    assert client.post("/admin/logout/")["Location"] == reverse("account_logout")


def test_administrators_learn_of_no_restricted_note_from_audit_or_outbox(administrator, staff, sign_in):
    meeting = factories.MeetingFactory()
    note = restricted.write_restricted_note(by=staff, meeting=meeting, words="Someone is afraid", is_safeguarding=True)
    restricted.read_restricted_notes(by=staff, meeting=meeting)
    event = AuditEvent.objects.get(type="restricted_note.written")
    client = sign_in(administrator)
    listed = html_of(client.get("/admin/core/auditevent/"))
    found = html_of(client.get("/admin/core/auditevent/", {"q": str(note.pk)}))
    mails = html_of(client.get("/admin/core/outboxemail/"))
    one = html_of(client.get(f"/admin/core/outboxemail/{OutboxEmail.objects.get().pk}/change/"))
    for page in (listed, found, mails, one):
        assert "restricted" not in page.lower() and "safeguarding" not in page.lower()
    assert client.get(f"/admin/core/auditevent/{event.pk}/change/").status_code == 302  # as if there were none
    both = factories.UserFactory(roles=["administrator", "staff"])
    assert "restricted_note.written" in html_of(sign_in(both).get("/admin/core/auditevent/"))


def test_reading_people_and_consents_in_the_admin_is_put_on_record(administrator, sign_in):
    person, client = factories.PersonFactory(), sign_in(administrator)
    for address in (
        "/admin/core/person/",
        f"/admin/core/person/{person.pk}/change/",
        "/admin/core/consent/",
        "/admin/core/job/",
    ):
        assert client.get(address).status_code == 200
    read = (
        AuditEvent.objects.filter(type__startswith="read.")
        .order_by("pk")
        .values_list("type", "object_type", "actor_id")
    )
    assert list(read) == [
        ("read.person_in_admin", "core.user", administrator.pk),
        ("read.person_in_admin", "core.person", administrator.pk),
        ("read.consent_in_admin", "core.user", administrator.pk),
    ]
