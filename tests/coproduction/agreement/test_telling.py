"""Members hear that they are asked, of the deadline, of more time, and of the result."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from coproduction.agreement import services
from coproduction.charter.services import draft_version, write_section
from impact.core.basics.states import StateConflict
from impact.core.notices.models import Notice
from networks.groups.models import Membership
from tests import factories
from tests.coproduction.conftest import stand

pytestmark = pytest.mark.django_db


def told(person):
    """The titles of what a person was told, newest first."""
    return list(Notice.objects.filter(person=person).values_list("title", flat=True))


def test_every_deciding_member_is_told_what_changed_and_until_when(agreed):
    supporter = factories.MembershipFactory(group=agreed.group, role=Membership.Role.SUPPORTER).person
    draft = draft_version(by=agreed.lead, charter=agreed.charter)
    text = draft.texts.get(section=agreed.section)
    write_section(by=agreed.lead, text=text, body="New words.")
    services.propose_version(
        by=agreed.lead, version=draft, closes_on=agreed.today + timedelta(20), change_note="A clearer vision."
    )
    for person in [*agreed.people, agreed.member.person]:
        notice = Notice.objects.filter(person=person).first()
        assert notice.title == "Say where you stand on version 2 of the charter"
        assert "What changed: A clearer vision." in notice.words and "Please answer by 5 October 2022" in notice.words
        assert notice.path == f"/co-production/charters/{agreed.charter.pk}/agreement/"
    assert told(supporter) == []


def test_more_time_and_the_result_are_told_once_each(proposed):
    services.extend_round(by=proposed.lead, agreement=proposed.agreement, closes_on=proposed.today + timedelta(30))
    assert told(proposed.people[0])[0] == "You have more time to answer about version 1"
    for person in [*proposed.people, proposed.member.person]:
        stand(proposed, person)
    services.agree_version(by=proposed.lead, version=proposed.version)
    assert told(proposed.people[0]) == [
        "Members agreed version 1 of the charter",
        "You have more time to answer about version 1",
        "Say where you stand on version 1 of the charter",
    ]


def test_members_are_told_why_a_text_was_withdrawn_and_of_a_draft_nothing(proposed):
    services.withdraw_version(by=proposed.lead, version=proposed.version, reason="Members asked for more.")
    notice = Notice.objects.filter(person=proposed.people[0]).first()
    assert notice.title == "Version 1 of the charter was withdrawn" and "Members asked for more." in notice.words
    before = Notice.objects.count()
    draft = draft_version(by=proposed.lead, charter=proposed.charter)
    services.withdraw_version(by=proposed.lead, version=draft, reason="Set aside.")
    assert Notice.objects.count() == before


def test_no_notice_names_another_member_or_gives_a_reason(proposed):
    stand(proposed, proposed.people[0], "object", "My private reason.")
    words = " ".join(f"{n.title} {n.words}" for n in Notice.objects.all())
    assert proposed.people[0].name not in words and "My private reason." not in words


def test_a_round_with_nobody_in_it_is_not_opened(world):
    Membership.objects.filter(group=world.group).update(role=Membership.Role.SUPPORTER)
    with pytest.raises(StateConflict, match="This group has no members who could answer"):
        services.propose_version(by=world.lead, version=world.version, closes_on=world.today + timedelta(14))
    assert not world.version.agreement_rounds.exists()


@pytest.mark.parametrize("days", [-30, -1, 0])
def test_a_deadline_that_has_passed_is_refused(world, days):
    with pytest.raises(ValidationError, match="Give members time to answer"):
        services.propose_version(by=world.lead, version=world.version, closes_on=world.today + timedelta(days))
    with pytest.raises(ValidationError, match="Give members time to answer"):
        services.propose_version(
            by=world.lead,
            version=world.version,
            closes_on=world.today + timedelta(days),
            on=world.today - timedelta(60),
        )
