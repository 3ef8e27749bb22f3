"""What is held about someone is found, whole, by that person alone: on the page, in the archive and over the API."""

import io
import zipfile
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from impact.core.access import audit
from impact.core.basics import clock
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.jobs.queue import LABELS
from impact.core.people.models import Consent, Person
from impact.core.people.rights.holdings.archive import write_archive
from impact.core.people.rights.holdings.reading import held_about, personal_models, recorded_by, subject_of
from impact.core.people.services import keep_consent
from tests import factories
from tests.core.people.rights import rows

pytestmark = [pytest.mark.django_db]


def archive_of(person) -> zipfile.ZipFile:
    into = io.BytesIO()
    write_archive(subject_of(person), into)
    return zipfile.ZipFile(into)


def text_of(packed: zipfile.ZipFile) -> dict[str, str]:
    return {name: packed.read(name).decode() for name in packed.namelist() if not name.startswith("files/")}


@pytest.fixture
def two():
    """Two people with accounts."""
    return factories.UserFactory().person, factories.UserFactory().person


MODELS = [(model, said) for model, said in personal_models() if model._meta.label not in rows.NOT_OURS]


@pytest.mark.sqlite_only
def test_a_word_in_each_field_is_in_the_archive_of_its_person_and_in_no_other(two, no_checks):
    """A canary for every field that is shown, for two people: page, tables and data of each hold all of theirs, and
    nothing of the other's."""
    words = {
        person: {said.heading: rows.canaries_for(model, said, subject_of(person)) for model, said in MODELS}
        for person in two
    }
    assert sum(len(found) for found in words[two[0]].values()) >= 80
    for person, other in (two, two[::-1]):
        files = text_of(archive_of(person))
        held = {table.heading: table for table in held_about(subject_of(person))}
        assert [heading for heading in words[person] if heading not in held] == []
        for heading, theirs in words[person].items():
            for name in ("my-data.json", "my-data.html", f"tables/{held[heading].slug}.csv"):
                assert (heading, name, [word for word in theirs if word not in files[name]]) == (heading, name, [])
        foreign = [word for found in words[other].values() for word in found]
        assert [word for word in foreign if any(word in text for text in files.values())] == []
        assert not [text for text in files.values() if other.name in text or other.user.email in text]


def test_what_someone_recorded_of_others_is_told_as_a_number_and_what_is_their_own_in_full(two):
    writer, other = two
    for person in (writer, other):
        keep_consent(
            by=writer.user,
            person=person,
            purpose=Consent.Purpose.PHOTOS,
            wording=f"Asked of {person.name}",
            is_given=True,
            given_on=clock.today(),
        )
    assert recorded_by(subject_of(writer)) == [("Consents", 1)]
    files = text_of(archive_of(writer))
    assert f"Asked of {writer.name}" in files["my-data.html"]
    assert not [name for name, text in files.items() if f"Asked of {other.name}" in text]


def test_an_address_finds_nothing_unless_it_is_verified_and_no_one_elses(two):
    mine, other = two
    OutboxEmail.objects.create(message_id="<1@test>", to=mine.user.email, subject="A letter to me", body="")
    assert "Emails" in {table.heading for table in held_about(subject_of(mine))}
    EmailAddress.objects.filter(user=mine.user).update(verified=False)
    assert subject_of(mine).addresses == frozenset()
    EmailAddress.objects.filter(user=mine.user).update(verified=True)
    Person.objects.filter(pk=other.pk).update(email=mine.user.email.upper())
    assert subject_of(mine).shared == {mine.user.email}
    for person in (mine, other):
        assert "Emails" not in {table.heading for table in held_about(subject_of(person))}


def test_the_contact_address_that_others_wrote_on_a_record_with_an_account_finds_nothing(two):
    mine, _other = two
    Person.objects.filter(pk=mine.pk).update(email="someone@else.example")
    OutboxEmail.objects.create(message_id="<2@test>", to="someone@else.example", subject="For someone else", body="")
    mine.refresh_from_db()
    assert "For someone else" not in str(list(held_about(subject_of(mine))))


def test_steps_and_work_are_told_in_words_and_a_corrected_text_by_its_number(two):
    person = two[0]
    audit.record(person.user, "claim.claimed", person, fields=["enough_evidence", "told_how"])
    Job.objects.create(kind="core.make_my_data", dedupe_key="a", created_by=person.user)
    charter = factories.CharterFactory()
    agreed = factories.CharterVersionFactory(charter=charter, number=2)
    corrected = factories.CharterVersionFactory(charter=charter, number=2, correction=1, corrects=agreed)
    for version in (agreed, corrected):
        round = version.agreement_rounds.create(opened_on=clock.today(), closes_on=clock.today() + timedelta(7))
        round.positions.create(person=person, stance="agree")
    told = {table.heading: table.texts() for table in held_about(subject_of(person))}
    assert [pair for pair in told["What you did here"][-1] if pair[0] != "At"] == [
        ("Type", "Claim sent"),
        ("What changed", "enough evidence; told how"),
    ]
    assert told["Work you asked the platform for"][0][0] == ("Kind", LABELS["core.make_my_data"])
    stood = [dict(row) for row in told["Where you stood on a text"]]
    assert [(row["Version"], row.get("Correction")) for row in stood] == [("2", None), ("2", "1")]
