"""Minor corrections of the text in force, and stopping them."""

import contextvars
import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connections, transaction
from django.urls import reverse

from coproduction.agreement.models import Position
from coproduction.agreement.services import propose_version, take_position
from coproduction.charter.corrections import services
from coproduction.charter.corrections.deciding import stop_correction
from coproduction.charter.corrections.models import CorrectionStop
from coproduction.charter.corrections.services import Fixed, correct_version
from coproduction.charter.models import CharterVersion, SectionText
from coproduction.charter.services import draft_version, write_section
from impact.core.access.audit import history, visible_to
from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.notices.models import Notice
from tests import factories
from tests.pages import html_of


def fixed(world, body="About our vision.", title="Vision"):
    return {world.section.pk: Fixed(title, body)}


def correct(world, body="About our vision.", note="A capital letter.", **given):
    return correct_version(by=world.lead, version=world.version, fixed=fixed(world, body), note=note, **given)


@pytest.fixture
def corrected(agreed):
    agreed.new = correct(agreed)
    agreed.version.refresh_from_db()
    return agreed


def url(name, *args):
    return reverse(f"coproduction:{name}", args=args)


def test_a_correction_is_a_version_of_its_own_in_force_with_the_positions(corrected):
    new, old = corrected.new, corrected.version
    assert (new.name, new.label, new.slug, str(new)) == ("1.1", "Version 1.1", "1.1", "Our charter, version 1.1")
    assert (new.status, old.status, new.agreed_on) == ("agreed", "superseded", old.agreed_on)
    assert new.texts.get(section=corrected.section).body == "About our vision."
    assert old.texts.get(section=corrected.section).body == "About our Vision."
    assert new.text_hash == new.hash_text() != old.text_hash == old.hash_text()
    carried = new.agreement_rounds.get()
    assert carried.carried_from == corrected.agreement and carried.tally().agree == 4
    assert set(carried.positions.values_list("person", "stance", "taken_on")) == set(
        corrected.agreement.positions.values_list("person", "stance", "taken_on")
    )


def test_the_database_refuses_to_change_a_corrected_text_or_its_name(corrected):
    for change in ({"number": 9}, {"correction": 9}, {"draft_number": 9}, {"status": "draft"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CharterVersion.objects.filter(pk=corrected.new.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        SectionText.objects.filter(version=corrected.version).update(body="Sly.")


def test_members_are_told_of_a_correction_and_of_its_stop(corrected):
    notices = Notice.objects.filter(key=f"charter-corrected:{corrected.new.pk}")
    assert set(notices.values_list("person", flat=True)) == {p.pk for p in [*corrected.people, corrected.member.person]}
    notice = notices[0]
    assert "29 September 2022" in notice.words and "A capital letter." in notice.words
    assert notice.path == corrected.new.get_absolute_url()
    stop_correction(by=corrected.member, version=corrected.new, reason="Private words.")
    told = Notice.objects.filter(key=f"charter-correction-stopped:{corrected.new.pk}")
    assert told.count() == 5  # four members and the engagement lead
    assert not any("Private words" in row.words or corrected.member.person.name in row.words for row in told)


def test_a_correction_stays_small(agreed):
    for body, words in (("", "would be left without words"), ("About our Vision.", "Nothing has changed")):
        with pytest.raises(ValidationError, match=words):
            correct(agreed, body)
    with pytest.raises(ValidationError, match="changes 40 words"):
        correct(agreed, "About our Vision. " + "more " * 40, is_sure=True)
    with pytest.raises(ValidationError, match="Tick the box"):
        correct(agreed, "About our Vision. One two three four five six.")
    assert correct(agreed, "About our Vision. One two three four five six.", is_sure=True).correction == 1


def test_a_correction_adds_no_section_and_needs_a_note_and_the_engagement_lead(agreed, staff):
    other = factories.CharterFactory().sections.first()
    with pytest.raises(ValidationError, match="not in the agreed text"):
        correct_version(by=agreed.lead, version=agreed.version, fixed={other.pk: Fixed("New", "New")}, note="New")
    with pytest.raises(ValidationError, match="Say what is corrected"):
        correct(agreed, note=" ")
    for user in (staff, agreed.member):
        with pytest.raises(PermissionDenied):
            correct_version(by=user, version=agreed.version, fixed=fixed(agreed), note="Mine")


def test_a_correction_waits_for_a_round(agreed):
    new = correct(agreed)
    with clock.standing_on(date(2022, 9, 30)):
        again = correct_version(by=agreed.lead, version=new, fixed=fixed(agreed, "About our vision!"), note="Again")
    assert again.name == "1.2"
    draft = draft_version(by=agreed.lead, charter=agreed.charter)
    assert draft.name == "2, draft a"
    write_section(by=agreed.lead, text=draft.texts.get(section=agreed.section), body="A new vision.")
    with clock.standing_on(date(2022, 10, 20)):
        propose_version(by=agreed.lead, version=draft, closes_on=date(2022, 11, 20), change_note="New")
        with pytest.raises(StateConflict, match="Version 2 is out for agreement"):
            correct_version(by=agreed.lead, version=again, fixed=fixed(agreed, "About."), note="No")


def test_an_open_draft_is_corrected_too_where_it_still_has_the_words(agreed):
    draft = draft_version(by=agreed.lead, charter=agreed.charter)
    known = draft.texts.get(section=agreed.known)
    write_section(by=agreed.lead, text=known, body="Written anew.")
    both = {
        agreed.section.pk: Fixed("Vision", "About our vision."),
        agreed.known.pk: Fixed("Structure", "About structure."),
    }
    correct_version(by=agreed.lead, version=agreed.version, fixed=both, note="Spelling")
    assert list(draft.texts.values_list("body", flat=True)) == ["Written anew.", "About our vision."]
    assert agreed.charter.versions.filter(status="draft").get() == draft


@pytest.mark.parametrize("days", [0, 14])
def test_a_member_stops_a_correction_and_the_text_before_is_in_force_again(corrected, days):
    with clock.standing_on(corrected.today + timedelta(days=days)):
        stop_correction(by=corrected.member, version=corrected.new)
    corrected.new.refresh_from_db()
    corrected.version.refresh_from_db()
    assert (corrected.new.status, corrected.version.status) == ("withdrawn", "agreed")
    assert corrected.charter.agreed_version == corrected.version
    assert draft_version(by=corrected.lead, charter=corrected.charter, start_from=corrected.new).name == "2, draft a"


def test_after_fourteen_days_a_correction_stays(corrected):
    with clock.standing_on(corrected.today + timedelta(days=15)):
        assert not corrected.new.can_be_stopped
        with pytest.raises(StateConflict, match="could be stopped until 29 September 2022"):
            stop_correction(by=corrected.member, version=corrected.new)


def test_only_a_correction_is_stopped_and_only_by_a_deciding_member(corrected, staff, leader):
    with pytest.raises(StateConflict, match="not a minor correction"):
        stop_correction(by=corrected.member, version=corrected.version)
    for user in (staff, leader, factories.user_in(factories.AdvisoryGroupFactory())):
        with pytest.raises(PermissionDenied):
            stop_correction(by=user, version=corrected.new)
    supporter = factories.user_in(corrected.group, "supporter")
    with pytest.raises(ValidationError, match="Only people who are members"):
        stop_correction(by=supporter, version=corrected.new)
    assert not CorrectionStop.objects.exists()


def test_the_engagement_lead_stops_it_for_a_member_and_says_how_the_member_told_them(corrected):
    person = corrected.people[0]
    with pytest.raises(ValidationError, match="how the member told you"):
        stop_correction(by=corrected.lead, version=corrected.new, person=person)
    stop = stop_correction(by=corrected.lead, version=corrected.new, person=person, told="phone")
    assert (stop.person, stop.recorded_by, stop.told) == (person, corrected.lead, "phone")


def test_who_joined_after_a_correction_keeps_their_position_when_it_is_stopped(corrected):
    with clock.standing_on(corrected.today + timedelta(days=3)):
        joiner = factories.UserFactory()
        factories.MembershipFactory(group=corrected.group, person=joiner.person, starts_on=clock.today())
        carried = corrected.new.agreement_rounds.get()
        take_position(by=joiner, agreement=carried, text_hash=corrected.new.text_hash, stance="agree")
        stop_correction(by=corrected.member, version=corrected.new)
    assert corrected.agreement.positions.in_force().filter(person=joiner.person).count() == 1
    assert Position.objects.in_force().filter(round=corrected.agreement).count() == 5


def test_who_stopped_a_correction_is_for_the_engagement_lead_alone(corrected, staff, leader, sign_in):
    stop_correction(by=corrected.member, version=corrected.new, reason="It changes who decides.")
    corrected.new.refresh_from_db()
    events = AuditEvent.objects.filter(type="correction.stopped")
    assert events.get().actor_id == corrected.member.pk
    for user in (staff, leader, corrected.member):
        assert not visible_to(user, events).exists()
    assert visible_to(corrected.lead, events).exists()
    assert corrected.member.person.name not in str(history(corrected.new))
    name, reason = corrected.member.person.name, "It changes who decides."
    for user, sees_reason in ((staff, False), (leader, False), (corrected.lead, True), (corrected.member, True)):
        page = html_of(sign_in(user).get(corrected.new.get_absolute_url()))
        main = page.split("<main")[1]
        assert "A member stopped this correction" in main and (reason in main) == sees_reason
        assert user in (corrected.member, corrected.lead) or name not in main  # the lead sees who answered


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_two_members_who_stop_it_at_once_stop_it_once(corrected):
    members = [corrected.member, factories.user_in(corrected.group)]
    start, outcomes = threading.Barrier(2), []

    def press(member):
        start.wait(10)
        try:
            stop_correction(by=member, version=corrected.new)
            outcomes.append("stopped")
        except StateConflict as error:
            outcomes.append(error.messages[0])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=contextvars.copy_context().run, args=(press, member)) for member in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == [
        "This correction has been stopped or undone already, so there is nothing left to do.",
        "stopped",
    ]
    assert CorrectionStop.objects.count() == 1
    assert list(corrected.charter.versions.values_list("correction", "status")) == [(1, "withdrawn"), (0, "agreed")]


# --- On the pages
def test_the_engagement_lead_corrects_on_the_page_and_a_member_stops_it(agreed, sign_in):
    lead, member = sign_in(agreed.lead), sign_in(agreed.member)
    address = url("charter-correct", agreed.charter.pk)
    assert address in html_of(lead.get(agreed.charter.get_absolute_url()))
    assert address not in html_of(member.get(agreed.charter.get_absolute_url()))
    data = {"text_hash": agreed.version.text_hash}
    for text in agreed.version.texts.all():
        data |= {f"s{text.section_id}-title": text.title, f"s{text.section_id}-body": text.body}
    assert "Nothing has changed yet" in html_of(lead.post(address, data | {"do": "check"}))
    data[f"s{agreed.section.pk}-body"] = "About our vision."
    page = html_of(lead.post(address, data | {"do": "check"}))
    assert "What would change" in page and "<ins" in page and not agreed.charter.versions.filter(correction=1).exists()
    page = html_of(lead.post(address, data | {"do": "confirm", "note": ""}))
    assert "Enter an answer" in page and not agreed.charter.versions.filter(correction=1).exists()
    assert lead.post(address, data | {"do": "confirm", "note": "A capital."}).status_code == 302
    page = html_of(member.get(agreed.charter.get_absolute_url()))
    stop = url("correction-stop", agreed.charter.pk, "1.1")
    assert "A small correction of version 1" in page and "29 September 2022" in page and stop in page
    page = html_of(member.get(stop))
    assert "Stop version 1.1" in page and "<del" in page
    assert member.post(stop, {"reason": ""}).status_code == 302
    assert agreed.charter.agreed_version == agreed.version
    assert member.get(stop).url == url("charter-version", agreed.charter.pk, "1.1")
    assert "cannot correct" not in html_of(lead.get(address))


def test_a_correction_of_a_text_that_was_replaced_meanwhile_is_a_conflict(agreed, sign_in):
    data = {"text_hash": "0" * 64, "do": "confirm", "note": "x"}
    for text in agreed.version.texts.all():
        data |= {f"s{text.section_id}-title": text.title, f"s{text.section_id}-body": text.body + " Mine."}
    response = sign_in(agreed.lead).post(url("charter-correct", agreed.charter.pk), data)
    assert response.status_code == 409 and "Mine." in html_of(response)
    assert agreed.charter.versions.count() == 1


def test_counting_words_takes_the_larger_side_and_knows_layout(agreed):
    (change,) = services.changes_of(agreed.version, fixed(agreed, "About **our** Vision."))
    assert change.is_layout_only and change.words == 0
    (change,) = services.changes_of(agreed.version, fixed(agreed, "Of one Vision."))
    assert not change.is_layout_only and change.words == 2
