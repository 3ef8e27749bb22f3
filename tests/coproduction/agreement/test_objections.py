"""An objection is worked on until the member changes their answer, the text changes, or it is recorded."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from coproduction.agreement import services as agreement
from coproduction.agreement.models import Position
from coproduction.agreement.objections import services
from coproduction.agreement.objections.models import Objection
from coproduction.charter.services import draft_version
from coproduction.group.attention import attention_for
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.notices.models import Notice
from tests.coproduction.conftest import stand
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def objected(proposed):
    """All have answered, and the first member objects."""
    for person in [*proposed.people[1:], proposed.member.person]:
        stand(proposed, person)
    stand(proposed, proposed.people[0], "object", "Too long.")
    proposed.objection = Objection.objects.get()
    return proposed


def plan(w, days=5, **kwargs):
    given = {"talker": w.lead.person, "talk_by": w.today + timedelta(days), **kwargs}
    return services.plan_talk(by=w.lead, objection=w.objection, **given)


def titles(user):
    return [(item["title"], item["tone"]) for item in attention_for(user)]


def test_an_objection_asks_the_engagement_lead_to_plan_a_talk_and_then_to_hold_it(objected):
    assert ("Plan a talk about a concern on version 1", "yellow") in titles(objected.lead)
    assert Notice.objects.filter(person=objected.lead.person, title="A member has a concern about the charter").exists()
    plan(objected)
    assert ("A talk about a concern on version 1", "blue") in titles(objected.lead)
    assert Notice.objects.filter(person=objected.people[0], title__startswith="Someone will talk with you").exists()
    with clock.standing_on(objected.today + timedelta(6)):
        assert ("Overdue: a talk about a concern on version 1", "red") in titles(objected.lead)
    services.record_talk(by=objected.lead, objection=objected.objection, talked_on=objected.today, words="We talked.")
    assert ("Say how a concern on version 1 ended", "yellow") in titles(objected.lead)


def test_it_ends_when_the_member_changes_their_answer_and_the_text_can_then_be_agreed(objected):
    with pytest.raises(StateConflict, match="A member objects"):
        agreement.agree_version(by=objected.lead, version=objected.version)
    stand(objected, objected.people[0], "agree", "We talked it through.")
    objected.objection.refresh_from_db()
    assert (objected.objection.status, objected.objection.settled_on) == ("changed", objected.today)
    agreement.agree_version(by=objected.lead, version=objected.version)


def test_recording_a_disagreement_does_not_set_it_aside(objected):
    with pytest.raises(ValidationError, match="Say how it ended, and why"):
        services.settle_objection(by=objected.lead, objection=objected.objection, status="recorded", reason=" ")
    services.settle_objection(
        by=objected.lead, objection=objected.objection, status="recorded", reason="We see it differently."
    )
    with pytest.raises(StateConflict, match="A member objects"):
        agreement.agree_version(by=objected.lead, version=objected.version)
    with pytest.raises(StateConflict, match="This was settled on"):
        plan(objected)


def test_an_objection_that_changes_the_text_leads_to_the_draft(objected):
    with pytest.raises(ValidationError, match="Choose the draft or the suggestion"):
        services.settle_objection(
            by=objected.lead, objection=objected.objection, status="adapted", reason="It was right."
        )
    agreement.withdraw_version(by=objected.lead, version=objected.version, reason="It is too long.")
    draft = draft_version(by=objected.lead, charter=objected.charter, start_from=objected.version)
    with pytest.raises(ValidationError, match="Choose a later version"):
        services.settle_objection(
            by=objected.lead,
            objection=objected.objection,
            status="adapted",
            reason="It was right.",
            led_to_version=objected.version,
        )
    done = services.settle_objection(
        by=objected.lead, objection=objected.objection, status="adapted", reason="It was right.", led_to_version=draft
    )
    assert done.led_to_version == draft
    assert Notice.objects.filter(person=objected.people[0], title__startswith="How your concern").exists()


def test_a_new_objection_after_a_change_of_mind_is_worked_on_again(objected):
    stand(objected, objected.people[0], "agree")
    stand(objected, objected.people[0], "object", "No, after all.")
    assert list(Objection.objects.order_by("pk").values_list("status", flat=True)) == ["changed", "in_progress"]


def test_a_reservation_may_be_talked_through(objected):
    position = stand(objected, objected.people[1], "reservation", "Two hours is long.")
    row = services.work_on_reservation(by=objected.lead, position=position)
    assert row == services.work_on_reservation(by=objected.lead, position=position) and row.stance == "reservation"
    stand(objected, objected.people[1], "object", "It is too long.")
    row.refresh_from_db()
    assert (row.stance, row.is_open) == ("object", True)
    with pytest.raises(StateConflict):
        services.work_on_reservation(by=objected.lead, position=position)


def test_the_rules_of_a_talk(objected):
    for wrong, words in [
        ({"days": -1}, "This day is over"),
        ({"talker": objected.people[0]}, "other than the member"),
    ]:
        with pytest.raises(ValidationError, match=words):
            plan(objected, **wrong)
    with pytest.raises(ValidationError, match="cannot be in the future"):
        services.record_talk(
            by=objected.lead, objection=objected.objection, talked_on=objected.today + timedelta(1), words="Yes."
        )
    with pytest.raises(ValidationError, match="Write what was said"):
        services.add_note(by=objected.lead, objection=objected.objection, words="  ")
    plan(objected)
    with pytest.raises(Conflict):
        plan(objected, expected=1)


def test_only_the_engagement_lead_works_on_it_and_only_they_and_the_member_write_notes(objected, staff, leader):
    for user in (objected.member, staff, leader):
        with pytest.raises(PermissionDenied):
            plan_by = {"talker": objected.lead.person, "talk_by": objected.today}
            services.plan_talk(by=user, objection=objected.objection, **plan_by)
        with pytest.raises(PermissionDenied):
            services.add_note(by=user, objection=objected.objection, words="Mine.")
        with pytest.raises(PermissionDenied):
            services.settle_objection(by=user, objection=objected.objection, status="recorded", reason="No.")
        with pytest.raises(PermissionDenied):
            services.work_on_reservation(by=user, position=Position.objects.first())


def test_an_objection_is_carried_from_plan_to_end_on_its_pages(objected, sign_in):
    client = sign_in(objected.lead)
    here = objected.objection.get_absolute_url()
    assert here in html_of(client.get(f"{objected.charter.get_absolute_url()}agreement/"))

    def version():
        return Objection.objects.get().version

    given = {"talker": objected.lead.person.pk, "talk_by": "2022-09-20", "version": version()}
    page = html_of(client.post(f"{here}plan/", given, follow=True))
    assert "The talk is planned." in page and "20 September 2022" in page
    late = client.post(f"{here}plan/", {**given, "talk_by": "2022-09-25"})
    assert late.status_code == 409 and "Someone changed this while you were on the page" in html_of(late)
    given = {"talked_on": "2022-09-15", "words": "A break after each hour would do.", "version": version()}
    assert "A break after each hour would do." in html_of(client.post(f"{here}talked/", given, follow=True))
    given = {"status": "recorded", "reason": "We see it differently.", "version": version()}
    page = html_of(client.post(f"{here}settle/", given, follow=True))
    assert "Recorded as disagreement" in page and "We see it differently." in page
