"""How a minor correction ends before its 14 days are over: changed, found fine by all members, or undone."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from coproduction.agreement.services import take_position
from coproduction.charter.corrections.deciding import confirm_correction, stop_correction, undo_correction
from coproduction.charter.corrections.models import CorrectionConfirmation
from coproduction.charter.corrections.services import Fixed, correct_version
from coproduction.group.people.services import name_supporter
from impact.core.access.audit import history, visible_to
from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.notices.models import Notice
from tests import factories
from tests.coproduction.agreement.test_api import post
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def correct(w, version, body, note="A capital letter.", **given):
    fixed = {w.section.pk: Fixed("Vision", body)}
    return correct_version(by=w.lead, version=version, fixed=fixed, note=note, **given)


@pytest.fixture
def corrected(agreed):
    agreed.new = correct(agreed, agreed.version, "About our vision.")
    agreed.version.refresh_from_db()
    return agreed


def url(w, name, version="1.1"):
    return reverse(f"coproduction:correction-{name}", args=[w.charter.pk, version])


def all_confirm(w):
    for person in w.people:
        confirm_correction(by=w.lead, version=w.new, person=person, told="phone")
    confirm_correction(by=w.member, version=w.new)
    w.new.refresh_from_db()


# --- Fine
def test_once_all_members_say_that_it_is_fine_it_can_no_longer_be_stopped(corrected):
    w = corrected
    all_confirm(w)
    assert w.new.confirmed_on == w.today and not w.new.can_be_stopped
    with pytest.raises(StateConflict, match="Every member had said by 15 September 2022"):
        stop_correction(by=w.member, version=w.new)
    told = Notice.objects.filter(key=f"charter-correction-confirmed:{w.new.pk}")
    assert told.count() == 5 and "All members" in told[0].title
    assert "All members said that the correction is fine" in str(history(w.new))
    again = correct(w, w.new, "About our vision!")
    assert (again.name, again.corrects) == ("1.2", w.new)


def test_a_member_who_said_that_it_is_fine_can_still_stop_it_while_others_have_not(corrected):
    w = corrected
    confirm_correction(by=w.member, version=w.new)
    w.new.refresh_from_db()
    assert w.new.confirmed_on is None
    stop_correction(by=w.member, version=w.new)
    with pytest.raises(StateConflict, match="stopped or undone already"):
        confirm_correction(by=w.lead, version=w.new, person=w.people[0], told="phone")


def test_saying_it_twice_is_said_once_and_a_supporter_does_not_take_it_over(corrected):
    w = corrected
    first = confirm_correction(by=w.member, version=w.new)
    assert confirm_correction(by=w.lead, version=w.new, person=w.member.person, told="phone") == first
    assert (first.recorded_by, first.told) == (w.member, "")
    assert CorrectionConfirmation.objects.count() == 1


def test_only_members_say_it_or_those_who_write_for_them(corrected, staff, leader):
    w = corrected
    for user in (staff, leader, factories.user_in(factories.AdvisoryGroupFactory())):
        with pytest.raises(PermissionDenied):
            confirm_correction(by=user, version=w.new)
    with pytest.raises(ValidationError, match="how the member told you"):
        confirm_correction(by=w.lead, version=w.new, person=w.people[0])
    with pytest.raises(StateConflict, match="not a minor correction"):
        confirm_correction(by=w.member, version=w.version)
    with clock.standing_on(w.today + timedelta(15)), pytest.raises(StateConflict, match="could be stopped until"):
        confirm_correction(by=w.member, version=w.new)


def test_who_said_that_it_is_fine_is_for_the_engagement_lead_alone(corrected, staff, leader, sign_in):
    w = corrected
    confirm_correction(by=w.member, version=w.new)
    events = AuditEvent.objects.filter(type="correction.confirmed")
    assert visible_to(w.lead, events).exists()
    for user in (staff, leader, w.member):
        assert not visible_to(user, events).exists()
    for user, shown in ((w.member, True), (w.lead, True), (staff, False), (leader, False)):
        page = html_of(sign_in(user).get(w.new.get_absolute_url()))
        assert ("So far 1 of 4 members say so" in page) is shown, user


# --- Undone
def test_the_engagement_lead_undoes_a_correction_with_the_reason(corrected, staff):
    w = corrected
    with pytest.raises(ValidationError, match="Say why"):
        undo_correction(by=w.lead, version=w.new, reason=" ")
    for user in (staff, w.member):
        with pytest.raises(PermissionDenied):
            undo_correction(by=user, version=w.new, reason="Mine.")
    with clock.standing_on(w.today + timedelta(3)):
        joiner = factories.user_in(w.group)
        joiner.person.memberships.update(starts_on=clock.today())
        carried = w.new.agreement_rounds.get()
        take_position(by=joiner, agreement=carried, text_hash=w.new.text_hash, stance="agree")
        undo_correction(by=w.lead, version=w.new, reason="The old spelling was right.")
    w.new.refresh_from_db()
    assert (w.new.status, w.new.status_reason) == ("withdrawn", "The old spelling was right.")
    assert w.charter.agreed_version == w.version
    assert w.agreement.positions.in_force().filter(person=joiner.person).exists()
    notice = Notice.objects.filter(key=f"charter-correction-undone:{w.new.pk}")[0]
    assert "The old spelling was right." in notice.words
    assert "Correction undone" in str(history(w.new))
    with pytest.raises(StateConflict):
        undo_correction(by=w.lead, version=w.new, reason="Again.")


def test_after_fourteen_days_a_correction_is_not_undone(corrected):
    with clock.standing_on(corrected.today + timedelta(15)), pytest.raises(StateConflict, match="could be stopped"):
        undo_correction(by=corrected.lead, version=corrected.new, reason="Late.")


# --- Changed
def test_a_correction_that_can_be_stopped_is_changed_and_stopping_leads_back_to_what_was_agreed(corrected):
    w = corrected
    with clock.standing_on(w.today + timedelta(10)):
        again = correct(w, w.new, "About our vision!")
    w.new.refresh_from_db()
    assert (again.name, again.corrects, again.status, w.new.status) == ("1.2", w.version, "agreed", "superseded")
    assert str(again.stop_until) == "2022-10-09"  # 14 days of its own
    assert again.agreement_rounds.get().tally().agree == 4
    assert "A small correction was changed" in Notice.objects.filter(key=f"charter-corrected:{again.pk}")[0].title
    with pytest.raises(StateConflict, match=r"Look at version 1\.2"):
        stop_correction(by=w.member, version=w.new)
    with clock.standing_on(w.today + timedelta(20)):
        stop_correction(by=w.member, version=again)
    w.version.refresh_from_db()
    assert w.charter.agreed_version == w.version and w.version.status == "agreed"


def test_small_steps_do_not_add_up_to_a_new_text(corrected):
    """A capital, twenty words and then twenty more are forty-one from what members agreed."""
    w = corrected
    new = correct(w, w.new, "About our vision. " + "one " * 20, is_sure=True)
    with pytest.raises(ValidationError, match="changes 41 words"):
        correct(w, new, "About our vision. " + "one " * 20 + "two " * 20, is_sure=True)
    with pytest.raises(ValidationError, match="Tick the box"):
        correct(w, new, "About our vision! " + "one " * 20)


def test_a_change_back_to_the_agreed_words_is_undone_instead(corrected):
    with pytest.raises(ValidationError, match="To go back to it, undo the correction"):
        correct(corrected, corrected.new, "About our Vision.")


# --- On the pages
def test_a_member_says_on_the_page_that_it_is_fine(corrected, sign_in):
    w, member = corrected, sign_in(corrected.member)
    page = html_of(member.get(w.new.get_absolute_url()))
    assert url(w, "confirm") in page and url(w, "stop") in page and url(w, "undo") not in page
    assert "Once all members say so" in html_of(member.get(url(w, "confirm")))
    page = html_of(member.post(url(w, "confirm"), follow=True))
    assert "It is saved: version 1.1 is fine." in page and "you are one of them" in " ".join(page.split())
    assert url(w, "confirm") not in page


def test_the_engagement_lead_undoes_and_changes_on_the_page(corrected, sign_in):
    w, lead = corrected, sign_in(corrected.lead)
    page = html_of(lead.get(w.new.get_absolute_url()))
    assert url(w, "undo") in page and "Change the correction" in page
    page = html_of(lead.get(reverse("coproduction:charter-correct", args=[w.charter.pk])))
    assert "Members can still stop version 1.1" in page
    assert "Say why" in html_of(lead.post(url(w, "undo"), {"reason": ""}))
    page = html_of(lead.post(url(w, "undo"), {"reason": "It was right."}, follow=True))
    assert "Version 1.1 is undone. Version 1 is in force again." in page
    page = html_of(lead.get(url(w, "undo"), follow=True))
    assert "stopped or undone already" in page


def test_a_supporter_of_two_members_says_for_whom_it_is_and_is_told_so(corrected, sign_in):
    w, supporter = corrected, factories.user_in(corrected.group, "supporter")
    for person in w.people[:2]:
        name_supporter(by=w.lead, group=w.group, member=person, supporter=supporter.person)
    client = sign_in(supporter)
    page = html_of(client.get(url(w, "confirm")))
    assert w.people[0].name in page and w.people[1].name in page and w.people[2].name not in page
    assert "Choose a member" in html_of(client.post(url(w, "confirm"), {"told": "phone"}))
    other = html_of(client.post(url(w, "confirm"), {"person": w.people[2].pk, "told": "phone"}))
    assert "There is a problem" in other and not CorrectionConfirmation.objects.exists()
    page = html_of(client.post(url(w, "confirm"), {"person": w.people[1].pk, "told": "phone"}, follow=True))
    assert f"It is saved for {w.people[1].name}" in page and f"for {w.people[0].name}" not in page
    said = CorrectionConfirmation.objects.get()
    assert (said.person, said.recorded_by, said.told) == (w.people[1], supporter, "phone")
    page = html_of(client.post(url(w, "stop"), {"person": w.people[0].pk, "told": "phone"}, follow=True))
    assert f"Version 1.1 is stopped for {w.people[0].name}" in page


# --- Over the API
def test_a_correction_is_decided_over_the_api(corrected, sign_in, staff, leader):
    w, path = corrected, f"charter-versions/{corrected.new.pk}"
    for user in (staff, leader):
        post(sign_in(user), f"{path}/confirm", 403)
        post(sign_in(user), f"{path}/undo", 403, reason="No.")
    post(sign_in(w.member), f"{path}/undo", 403, reason="No.")
    assert post(sign_in(w.member), f"{path}/confirm", 200)["confirmed_on"] is None
    lead = sign_in(w.lead)
    for person in w.people[:-1]:
        post(lead, f"{path}/confirm", 200, member=person.pk, told="phone")
    last = post(lead, f"{path}/confirm", 200, member=w.people[-1].pk, told="phone")
    assert last["confirmed_on"] == "2022-09-15"
    post(lead, f"{path}/undo", 409, reason="Too late.")
    fix = {"sections": [{"key": "vision", "body": "About our vision!"}], "note": "A sign."}
    new = post(lead, f"{path}/correct", **fix)
    undone = post(lead, f"charter-versions/{new['id']}/undo", 200, reason="Not that.")
    assert undone["status"] == "withdrawn"
