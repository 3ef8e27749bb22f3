"""Whose word a position is: the member's own, or written down by someone who says how they were told."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from coproduction.agreement import services
from coproduction.agreement.models import Position
from coproduction.charter.services import draft_version, write_section
from coproduction.group.attention import attention_for
from coproduction.group.models import SupportLink
from coproduction.group.people.attention import supporting_attention
from coproduction.group.people.services import follow_supporter
from impact.core.access.acting.models import ActingFor, Duty
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from networks.groups.models import Membership
from tests import factories
from tests.coproduction.conftest import stand

pytestmark = pytest.mark.django_db


def answer(world, stance="agree", reason="", **kwargs):
    """What the member with an account answers."""
    given = {"by": world.member, "agreement": world.agreement, "text_hash": world.version.text_hash, **kwargs}
    return services.take_position(stance=stance, reason=reason, **given)


@pytest.fixture
def supporter(proposed):
    """Someone who writes things down for the first and the second member."""
    user = factories.user_in(proposed.group, "supporter")
    for person in proposed.people[:2]:
        SupportLink.objects.create(
            group=proposed.group, member=person, supporter=user.person, starts_on=proposed.today - timedelta(30)
        )
    return user


def test_a_supporter_for_everything_is_not_sent_to_a_page_that_refuses_them(proposed, supporter):
    """They are named once, although they were named for the group too, and asked for no position that is not theirs."""
    first, second = proposed.people[:2]
    more = {
        "helper": supporter.person,
        "kind": "support",
        "is_accepted": True,
        "ends_on": proposed.today + timedelta(9),
    }
    for person in (first, second):
        acting = ActingFor.objects.create(person=person, starts_on=proposed.today, **more)
        Duty.objects.create(acting=acting, sort="words")
        follow_supporter(supporter, acting)
    yesterday = proposed.today - timedelta(1)
    SupportLink.objects.filter(member=second, acting=None).update(ends_on=yesterday)
    said = [item["title"] for item in [*attention_for(supporter), *supporting_attention(supporter)]]
    names = " and ".join(sorted([first.name, second.name]))
    assert f"You support {names}" in said
    assert [title for title in said if title.startswith("Ask ")] == [
        f"Ask {first.name} where they stand on version 1 of the charter"
    ]


def test_whoever_writes_it_down_says_how_they_were_told(proposed):
    with pytest.raises(ValidationError, match="Choose how the member told you"):
        stand(proposed, proposed.people[0], told="")
    position = stand(proposed, proposed.people[0], told="meeting")
    assert (position.told, position.written_down_by) == ("meeting", proposed.lead.display_name)
    own = answer(proposed, told="phone")
    assert (own.told, own.written_down_by, own.is_own) == ("", "", True)


def test_a_proxy_does_not_change_what_the_member_answered(proposed):
    answer(proposed, "object", "It is too long.")
    with pytest.raises(StateConflict, match="has answered already, and only they can change it"):
        stand(proposed, proposed.member.person, "agree")
    assert Position.objects.in_force().get(person=proposed.member.person).stance == "object"


def test_a_members_own_word_wins_over_what_was_written_down_for_them(proposed):
    stand(proposed, proposed.member.person, "agree", told="proxy")
    answer(proposed, "stand_aside", "I do not know enough.")
    assert Position.objects.in_force().get(person=proposed.member.person).is_own
    with pytest.raises(StateConflict):
        stand(proposed, proposed.member.person, "agree", told="proxy")
    assert Position.objects.filter(person=proposed.member.person).count() == 2  # each change is kept


def test_the_same_answer_from_the_member_makes_it_their_own(proposed):
    stand(proposed, proposed.member.person, "agree", told="proxy")
    assert answer(proposed).is_own


def test_a_supporter_writes_for_the_members_who_chose_them_and_for_no_one_else(proposed, supporter):
    given = {"by": supporter, "agreement": proposed.agreement, "text_hash": proposed.version.text_hash}
    position = services.take_position(stance="agree", person=proposed.people[0], told="in_person", **given)
    assert position.written_down_by == supporter.display_name
    with pytest.raises(PermissionDenied):
        services.take_position(stance="agree", person=proposed.people[2], told="in_person", **given)
    with pytest.raises(PermissionDenied):
        services.take_position(stance="agree", person=proposed.member.person, told="in_person", **given)
    SupportLink.objects.update(ends_on=proposed.today - timedelta(1))
    with pytest.raises(PermissionDenied):
        services.take_position(stance="agree", person=proposed.people[1], told="in_person", **given)


def test_a_supporter_of_two_members_sees_each_name_in_title_button_and_confirmation(proposed, supporter, sign_in):
    client = sign_in(supporter)
    address = f"/co-production/charters/{proposed.charter.pk}/agreement/"
    page = client.get(address).content.decode()
    first, second, third = proposed.people
    assert first.name in page and second.name in page and third.name not in page
    for person in (first, second):
        here = f"{address}members/{person.pk}/"
        page = client.get(here).content.decode()
        assert f"<h1>Where {person.name} stands</h1>" in page and f"Save the answer of {person.name}" in page
        given = {"text_hash": proposed.version.text_hash, "stance": "agree", "told": "phone"}
        page = client.post(here, given, follow=True).content.decode()
        assert f"The answer of {person.name} is saved." in page
    assert client.get(f"{address}members/{third.pk}/").status_code == 404
    assert set(Position.objects.values_list("person", "recorded_by")) == {
        (first.pk, supporter.pk),
        (second.pk, supporter.pk),
    }


def test_an_answer_to_a_superseded_text_says_where_the_newest_is(proposed):
    old_round, old_hash = proposed.agreement, proposed.version.text_hash
    services.withdraw_version(by=proposed.lead, version=proposed.version, reason="More to change.")
    draft = draft_version(by=proposed.lead, charter=proposed.charter, start_from=proposed.version)
    text = draft.texts.get(section=proposed.section)
    write_section(by=proposed.lead, text=text, body="New words.")
    new = services.propose_version(
        by=proposed.lead, version=draft, closes_on=proposed.today + timedelta(9), change_note="New words."
    )
    with pytest.raises(StateConflict, match="Read version 2 on the agreement page") as refusal:
        answer(proposed, agreement=old_round)
    assert (refusal.value.state, refusal.value.current) == ("superseded", new)
    with pytest.raises(StateConflict, match="The text has changed since you read it") as refusal:
        answer(proposed, agreement=new, text_hash=old_hash)
    assert refusal.value.state == "superseded" and not Position.objects.exists()


def test_after_a_refusal_the_page_asks_about_the_text_that_it_shows(proposed, sign_in):
    client = sign_in(proposed.member)
    address = f"/co-production/charters/{proposed.charter.pk}/agreement/"
    page = client.post(address, {"text_hash": "0" * 64, "stance": "object", "reason": "Too long."}).content.decode()
    assert f'value="{proposed.version.text_hash}"' in page and "0" * 64 not in page
    assert "Too long." in page


def test_a_member_who_leaves_no_longer_counts_and_their_answer_is_kept(proposed):
    leaver, *stayers = proposed.people
    stand(proposed, leaver, "agree")
    for person in [*stayers, proposed.member.person]:
        stand(proposed, person)
    assert proposed.agreement.tally().agree == 4
    Membership.objects.filter(person=leaver).update(ends_on=proposed.today)
    with clock.standing_on(proposed.today + timedelta(1)):
        assert (proposed.agreement.tally().members, proposed.agreement.tally().agree) == (3, 3)
        services.agree_version(by=proposed.lead, version=proposed.version)
        proposed.agreement.refresh_from_db()
        assert (proposed.agreement.tally().members, proposed.agreement.tally().agree) == (3, 3)  # and afterwards
        assert Position.objects.in_force().filter(person=leaver).exists()
        with pytest.raises(ValidationError, match="Only people who are members"):
            stand(proposed, leaver, "object", "Now I object.")


def test_someone_who_joins_after_the_agreement_adds_to_the_count_once_they_have_answered(agreed):
    with clock.standing_on(agreed.today + timedelta(9)):
        joiner = factories.MembershipFactory(group=agreed.group, starts_on=clock.today()).person
        assert (agreed.agreement.tally().members, agreed.agreement.tally().agree) == (4, 4)
        stand(agreed, joiner)
        assert (agreed.agreement.tally().members, agreed.agreement.tally().agree) == (5, 5)
