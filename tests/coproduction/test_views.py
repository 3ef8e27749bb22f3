"""The pages of co-production: what each reader sees, and that a mistake keeps what was typed."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coproduction.agreement.models import Position
from coproduction.agreement.services import propose_version, withdraw_version
from coproduction.charter import services
from coproduction.charter.models import CharterSection, CharterVersion, SectionText
from coproduction.charter.writing.editing import mark_of
from coproduction.charter.writing.sections import add_section
from coproduction.group.views import course
from coproduction.involvements.models import Involvement
from coproduction.suggestions.models import Suggestion
from coproduction.suggestions.services import answer_suggestion, suggest_change
from coproduction.waypoints.models import Waypoint
from coproduction.waypoints.services import plan_waypoint, record_waypoint
from impact.core.basics import clock
from tests import factories
from tests.coproduction.conftest import stand
from tests.pages import html_of

pytestmark = pytest.mark.sqlite_only


def url(name, *args):
    return reverse(f"coproduction:{name}", args=args)


def read(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, response.status_code
    return html_of(response)


def send(client, address, status=302, **data):
    response = client.post(address, data)
    assert response.status_code == status, html_of(response)[:2000]
    return response


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


@pytest.fixture
def lead_client(world, sign_in):
    return sign_in(world.lead)


@pytest.fixture
def member_client(world, sign_in):
    return sign_in(world.member)


# --- The group's home
def test_home_shows_the_charter_the_round_the_course_and_what_changed(agreed, member_client):
    plan_waypoint(by=agreed.lead, charter=agreed.charter, title="Autumn stop", due_on=date(2022, 10, 1))
    involvement = factories.InvolvementFactory(
        group=agreed.group,
        said="Shorter.",
        said_on=date(2022, 7, 1),
        outcome="changed",
        changed="One page.",
        changed_on=date(2022, 8, 1),
    )
    page = read(member_client, url("index"))
    assert "The advisory group" in page and "agreed on 15 September 2022" in page
    assert "Autumn stop" in page and "1 October 2022" in page
    assert involvement.title in page and "One page." in page


def test_home_asks_a_member_to_say_where_they_stand(proposed, member_client, sign_in, leader):
    assert "Say where you stand on version 1" in read(member_client, url("index"))
    assert "Say where you stand" not in read(sign_in(leader), url("index"))
    stand(proposed, proposed.people[0])
    send(member_client, url("agreement", proposed.charter.pk), text_hash=proposed.version.text_hash, stance="agree")
    assert "Say where you stand" not in read(member_client, url("index"))


def test_home_tells_the_engagement_lead_what_waits(proposed, lead_client):
    suggest_change(by=proposed.member, section=proposed.section, version=proposed.version, words="Shorter")
    plan_waypoint(by=proposed.lead, charter=proposed.charter, title="Old stop", due_on=date(2022, 9, 1))
    factories.InvolvementFactory(group=proposed.group, said="Shorter.", said_on=date(2022, 7, 1))
    with clock.standing_on(date(2022, 10, 20)):
        page = read(lead_client, url("index"))
    assert "Answer 1 suggestion on the charter" in page
    assert "was due on 1 September 2022" in page
    assert "Close the agreement round on version 1" in page
    assert "from members waiting for an answer" in page


def test_home_explains_itself_to_those_who_may_see_nothing(world, sign_in, outsider, assessor):
    coordinator = factories.user_in(factories.GroupFactory(), "coordinator")
    for user in (outsider, assessor, coordinator):
        page = read(sign_in(user), url("index"))
        assert "There is nothing here for you to read" in page
        assert "The advisory group" not in page.replace("The advisory group of people", "")


def test_the_first_page_of_staff_tells_of_a_draft_only_once_it_is_proposed(agreed, staff, sign_in):
    draft = services.draft_version(by=agreed.lead, charter=agreed.charter)
    client, address = sign_in(staff), draft.get_absolute_url()
    assert client.get(address).status_code == 404 and address not in read(client, "/")
    services.write_section(by=agreed.lead, text=draft.texts.get(section=agreed.section), body="Shorter")
    propose_version(by=agreed.lead, version=draft, closes_on=date(2022, 10, 1), change_note="Shorter")
    draft.refresh_from_db()
    assert client.get(address).status_code == 200 and draft.get_absolute_url() in read(client, "/")


def test_home_offers_staff_to_add_the_group_when_there_is_none(staff, sign_in):
    assert "There is no advisory group yet" in read(sign_in(staff), url("index"))


def test_a_charter_is_started_from_the_empty_home(engagement_lead, sign_in):
    group = factories.AdvisoryGroupFactory()
    client = sign_in(engagement_lead)
    assert "Start the charter" in read(client, url("index"))
    start = url("charter-start", group.slug)
    assert "Our shared vision" in read(client, start)
    assert "Enter an answer" in html_of(send(client, start, status=200, title=""))
    response = send(client, start, title="How we work")
    assert response.url == url("charter-edit", group.charter.pk)
    assert "has a charter already" in html_of(send(client, start, status=200, title="Again"))


def test_members_do_not_start_charters_and_others_do_not_see_the_group(world, member_client, sign_in, outsider):
    assert member_client.get(url("charter-start", world.group.slug)).status_code == 403
    assert sign_in(outsider).get(url("charter-start", world.group.slug)).status_code == 404


# --- Reading
def test_the_reader_shows_the_text_in_force_with_what_is_known_and_what_is_open(agreed, member_client):
    page = read(member_client, agreed.charter.get_absolute_url())
    assert "About our Structure." in page and "About our Vision." in page
    assert "Known from the start" in page and "For the group to fill" in page
    assert 'href="#vision"' in page and 'id="vision"' in page
    assert page.count("<h1") == 1


def test_a_reader_finds_the_text_that_is_out_for_agreement(agreed, member_client):
    draft = services.draft_version(by=agreed.lead, charter=agreed.charter)
    services.write_section(by=agreed.lead, text=draft.texts.get(section=agreed.section), body="A newer vision.")
    propose_version(by=agreed.lead, version=draft, closes_on=date(2022, 10, 1), change_note="Newer")
    page = read(member_client, agreed.charter.get_absolute_url())
    assert "Version 2 is out for agreement until 1 October 2022" in page
    assert "A newer vision." not in page
    assert "A newer vision." in read(member_client, url("charter-version", agreed.charter.pk, 2))


def test_a_draft_is_for_the_engagement_lead_alone(world, member_client, lead_client, sign_in, leader, staff):
    version = url("charter-version", world.charter.pk, 1)
    for client in (member_client, sign_in(leader), sign_in(staff)):
        page = read(client, world.charter.get_absolute_url())
        assert "There is no text to read yet" in page and "About our Vision" not in page
        assert client.get(version).status_code == 404
        assert client.get(url("charter-edit", world.charter.pk)).status_code == 403
        assert client.get(url("charter-propose", world.charter.pk)).status_code == 403
    assert "This is a draft" in read(lead_client, version)
    assert "Continue the draft" in read(lead_client, world.charter.get_absolute_url())


def test_what_changed_is_marked_with_words_and_signs_and_not_by_colour_alone(agreed, member_client):
    draft = services.draft_version(by=agreed.lead, charter=agreed.charter)
    services.write_section(
        by=agreed.lead, text=draft.texts.get(section=agreed.section), body="About our common Vision."
    )
    propose_version(by=agreed.lead, version=draft, closes_on=date(2022, 10, 1), change_note="Common")
    page = read(member_client, url("charter-version", agreed.charter.pk, 2) + "?against=1")
    assert re.search(r'<ins><span class="visually-hidden">\s*added: </span>\s*common', page)
    assert "The same in both" in page and "Structure" in page
    assert "<del>" in read(member_client, url("charter-version", agreed.charter.pk, 1) + "?against=2")
    assert "There is no difference between these two versions." in read(
        member_client, url("charter-version", agreed.charter.pk, 1) + "?against=1"
    )


@pytest.mark.parametrize("against", ["99", "9" * 30, "x", "²", "-1", ""])
def test_an_invalid_comparison_does_not_break_the_page(agreed, member_client, against):
    status = member_client.get(url("charter-version", agreed.charter.pk, 1), {"against": against}).status_code
    assert status == (404 if against == "99" else 200)


def test_a_replaced_text_says_so(agreed, member_client):
    CharterVersion.objects.filter(pk=agreed.version.pk).update(status="superseded")
    page = read(member_client, url("charter-version", agreed.charter.pk, 1))
    assert "This text has been replaced" in page


def test_names_stay_in_the_group(proposed, member_client, lead_client, sign_in, leader, staff):
    suggest_change(
        by=proposed.lead,
        section=proposed.section,
        version=proposed.version,
        words="Shorter",
        person=proposed.people[0],
        told="phone",
    )
    stand(proposed, proposed.people[0], "reservation", "My own reason.")
    name = proposed.people[0].name
    suggestion = Suggestion.objects.get()
    pages = [
        proposed.charter.get_absolute_url(),
        url("charter-version", proposed.charter.pk, 1),
        url("agreement", proposed.charter.pk),
        url("suggestion-list"),
        suggestion.get_absolute_url(),
    ]
    for client in (member_client, lead_client):
        assert all(name in read(client, page) for page in [pages[0], pages[3], pages[4]])
    assert name not in read(member_client, pages[2])  # what someone answered is for the engagement lead and themselves
    assert name in read(lead_client, pages[2]) and "My own reason." in read(lead_client, pages[2])
    for client in (sign_in(leader), sign_in(staff)):
        for page in pages:
            text = read(client, page)
            assert name not in text and "My own reason." not in text, page
        assert "members have answered" not in read(client, pages[2])
        assert "Members are still answering" in read(client, pages[2])
        assert "A member" in read(client, pages[3])
        assert name not in b"".join(client.get(pages[3] + "?format=csv")).decode()


@pytest.mark.parametrize("name", ["charter-detail", "agreement", "waypoints", "charter-edit", "suggestion-add"])
def test_another_groups_charter_is_not_found(proposed, sign_in, outsider, name):
    other = factories.user_in(factories.AdvisoryGroupFactory())
    for user in (other, outsider):
        assert sign_in(user).get(url(name, proposed.charter.pk)).status_code == 404


# --- Suggestions
def test_a_member_suggests_from_the_section_they_read(proposed, member_client):
    page = read(member_client, proposed.charter.get_absolute_url())
    assert "Suggest a change" in page
    response = send(
        member_client,
        url("suggestion-add", proposed.charter.pk),
        section=proposed.section.pk,
        version=proposed.version.pk,
        words="Plainer words",
    )
    assert response.url.endswith("#vision")
    suggestion = Suggestion.objects.get()
    assert (suggestion.person, suggestion.section) == (proposed.member.person, proposed.section)
    page = read(member_client, proposed.charter.get_absolute_url())
    assert "Plainer words" in page and "1 waiting for an answer" in page


def test_a_suggestion_that_is_refused_keeps_what_was_typed(proposed, member_client):
    given = {"section": proposed.section.pk, "version": proposed.version.pk, "words": "Plainer words"}
    send(member_client, url("suggestion-add", proposed.charter.pk), **given)
    page = html_of(send(member_client, url("suggestion-add", proposed.charter.pk), status=200, **given))
    assert (
        "This suggestion has already been made and is waiting for an answer." in page
        and "Plainer words</textarea>" in page
    )
    empty = {**given, "words": ""}
    assert "Write what should change, and why." in html_of(
        send(member_client, url("suggestion-add", proposed.charter.pk), status=200, **empty)
    )
    assert Suggestion.objects.count() == 1


def test_the_engagement_lead_writes_down_a_members_words(proposed, lead_client):
    address = url("suggestion-add", proposed.charter.pk)
    member = proposed.people[0]
    page = read(lead_client, f"{address}?section={proposed.section.pk}&version={proposed.version.pk}")
    assert "Whose suggestion is it?" in page and member.name in page
    given = {"section": proposed.section.pk, "version": proposed.version.pk, "words": "Shorter"}
    page = html_of(send(lead_client, address, status=200, **given))
    assert "Choose a member" in page and "Shorter</pre>" in page
    page = read(lead_client, f"{address}?section={proposed.section.pk}&version={proposed.version.pk}&for={member.pk}")
    assert f"Send for {member.name}" in page and "About our Vision." in page
    page = html_of(send(lead_client, address, status=200, **given, **{"for": member.pk}))
    assert "Choose how the member told you." in page and "Shorter</textarea>" in page
    send(lead_client, address, told="phone", **given, **{"for": member.pk})
    suggestion = Suggestion.objects.get()
    assert (suggestion.person, suggestion.told, suggestion.recorded_by) == (member, "phone", proposed.lead)
    stranger = factories.PersonFactory()
    send(lead_client, address, status=404, told="phone", **given, **{"for": stranger.pk})
    assert Suggestion.objects.count() == 1


def test_a_section_or_version_of_another_charter_is_not_found(proposed, member_client):
    other = factories.CharterVersionFactory(number=1)
    address = url("suggestion-add", proposed.charter.pk)
    send(
        member_client,
        address,
        status=404,
        section=other.charter.sections.first().pk,
        version=proposed.version.pk,
        words="x",
    )
    send(member_client, address, status=404, section=proposed.section.pk, version=other.pk, words="x")
    send(member_client, address, status=404, section="²", version="x", words="x")


def test_leadership_cannot_suggest(proposed, sign_in, leader):
    client = sign_in(leader)
    assert client.post(url("suggestion-add", proposed.charter.pk), {}).status_code == 403
    assert "Suggest a change" not in read(client, proposed.charter.get_absolute_url())


def test_the_engagement_lead_answers_and_the_member_reads_it(proposed, lead_client, member_client):
    suggestion = suggest_change(by=proposed.member, section=proposed.section, version=proposed.version, words="Shorter")
    address = suggestion.get_absolute_url()
    assert "Shorter" in read(lead_client, address)
    page = html_of(send(lead_client, address, status=200, status_="", answer="Typed already"))
    assert "Typed already</textarea>" in page and "Choose an answer" in page
    response = lead_client.post(address, {"status": "taken_up", "answer": "Yes, we will."})
    assert response.status_code == 302
    assert "Yes, we will." in read(member_client, address)
    assert "Yes, we will." in read(member_client, proposed.charter.get_absolute_url())
    again = lead_client.post(address, {"status": "not_now", "answer": "No"})
    assert "This suggestion has already been answered." in html_of(again)
    assert member_client.post(address, {"status": "not_now", "answer": "No"}).status_code == 403


def test_suggestions_that_wait_come_first_and_can_be_filtered(proposed, lead_client, sign_in, outsider):
    for words in ("Old one", "New one"):
        suggest_change(by=proposed.member, section=proposed.section, version=proposed.version, words=words)
    answer_suggestion(
        by=proposed.lead, suggestion=Suggestion.objects.get(words="New one"), status="taken_up", answer="Yes."
    )
    page = read(lead_client, url("suggestion-list"))
    assert page.index("Old one") < page.index("New one") and "1 waiting" in page
    assert "New one" not in read(lead_client, url("suggestion-list") + "?status=waiting")
    assert "No suggestion matches" in read(lead_client, url("suggestion-list") + "?q=zebra")
    csv = b"".join(lead_client.get(url("suggestion-list") + "?format=csv")).decode()
    assert "Old one" in csv and "Taken in" in csv
    assert "Old one" not in read(sign_in(outsider), url("suggestion-list"))
    assert sign_in(outsider).get(Suggestion.objects.first().get_absolute_url()).status_code == 404


def test_the_list_of_suggestions_asks_the_database_as_often_for_thirty_as_for_one(proposed, lead_client, member_client):
    Suggestion.objects.create(section=proposed.section, version=proposed.version, person=proposed.people[0], words="0")
    for client in (lead_client, member_client):
        queries(client, url("suggestion-list"))
    before = [queries(client, url("suggestion-list")) for client in (lead_client, member_client)]
    for n in range(29):
        Suggestion.objects.create(
            section=proposed.section,
            version=proposed.version,
            person=proposed.people[n % 3],
            words=str(n),
            recorded_by=proposed.lead,
        )
    assert [queries(client, url("suggestion-list")) for client in (lead_client, member_client)] == before
    reader = proposed.charter.get_absolute_url()
    many = queries(member_client, reader)
    Suggestion.objects.exclude(words="0").delete()
    assert queries(member_client, reader) == many


# --- Writing
def typed(section, body, *, revision=1, shown=""):
    """What the editor's form sends of one section: its words, and what the page had shown."""
    prefix = f"s{section.pk}"
    return {f"{prefix}-body": body, f"{prefix}-revision": revision, f"{prefix}-seen": mark_of(shown)}


def test_the_engagement_lead_writes_a_section(world, lead_client):
    address = url("charter-edit", world.charter.pk)
    assert "Write version 1" in read(lead_client, address)
    text = world.version.texts.get(section=world.section)
    response = send(lead_client, address, at="vision", **typed(world.section, "A good life."))
    assert response.url.endswith("#vision")
    page = read(lead_client, address)
    assert page.index('id="vision"') < page.index("Saved: “Vision”.") and page.count("Saved: “Vision”.") == 1
    text.refresh_from_db()
    assert text.body == "A good life."


def test_two_writers_see_both_texts_and_lose_nothing(world, lead_client):
    address = url("charter-edit", world.charter.pk)
    send(lead_client, address, **typed(world.section, "Theirs."))
    answer = send(lead_client, address, status=409, **typed(world.section, "Mine."))
    page = html_of(answer)
    assert "What is saved now" in page and "Theirs." in page and "Mine.</textarea>" in page
    assert SectionText.objects.get(version=world.version, section=world.section).body == "Theirs."
    send(lead_client, address, **typed(world.section, "Both.", revision=2, shown="Theirs."))
    assert SectionText.objects.get(version=world.version, section=world.section).body == "Both."


def test_saving_keeps_the_words_of_every_section(world, lead_client):
    address = url("charter-edit", world.charter.pk)
    first, second = world.charter.sections.all()[:2]
    send(lead_client, address, at=first.key, **typed(first, "First words."), **typed(second, "Second words."))
    bodies = dict(SectionText.objects.filter(version=world.version).values_list("section_id", "body"))
    assert (bodies[first.pk], bodies[second.pk]) == ("First words.", "Second words.")
    assert read(lead_client, address).count('<form method="post" novalidate id="charter"') == 1


def test_a_clash_in_one_section_saves_the_others_and_leaves_untouched_ones_alone(world, lead_client):
    address = url("charter-edit", world.charter.pk)
    add_section(by=world.lead, charter=world.charter, title="How we rest", kind="open")
    one, two, three = world.charter.sections.all()
    shown = dict(SectionText.objects.filter(version=world.version).values_list("section_id", "body"))
    send(lead_client, address, **typed(one, "Theirs."), **typed(three, "Theirs too."))
    mine = (
        typed(one, "Mine.") | typed(two, "Also mine.") | typed(three, shown[three.pk], shown=shown[three.pk])
    )  # a page opened before; three not touched
    page = html_of(send(lead_client, address, status=409, **mine))
    bodies = dict(SectionText.objects.filter(version=world.version).values_list("section_id", "body"))
    assert [bodies[s.pk] for s in (one, two, three)] == ["Theirs.", "Also mine.", "Theirs too."]
    assert "Both texts are here" in page and f"Saved: “{two.title}”." in page and "Mine.</textarea>" in page


def test_words_typed_in_a_draft_that_was_proposed_meanwhile_are_given_back(world, lead_client):
    CharterVersion.objects.filter(pk=world.version.pk).update(
        status="withdrawn", status_reason="No", text_hash="ab" * 32
    )
    page = html_of(
        send(lead_client, url("charter-edit", world.charter.pk), status=409, **typed(world.section, "An hour of work."))
    )
    assert "Your text was not saved" in page and "An hour of work." in page


def test_a_text_that_is_too_long_is_kept_on_the_page(world, lead_client):
    page = html_of(
        send(
            lead_client,
            url("charter-edit", world.charter.pk),
            status=200,
            **typed(world.section, "x" * 20_001),
        )
    )
    assert "There is a problem" in page and "x" * 20_001 in page


def test_a_section_is_added_to_the_draft(world, lead_client):
    address = url("section-add", world.charter.pk)
    assert "another title" in html_of(send(lead_client, address, status=200, title="Vision", kind="open"))
    send(lead_client, address, title="How we rest", kind="open")
    assert CharterSection.objects.filter(charter=world.charter, title="How we rest").exists()
    assert "How we rest" in read(lead_client, url("charter-edit", world.charter.pk))


def test_a_draft_is_opened_from_the_charter(agreed, lead_client, member_client):
    assert "Open a draft" in read(lead_client, agreed.charter.get_absolute_url())
    assert "No draft is open" in read(lead_client, url("charter-edit", agreed.charter.pk))
    assert member_client.post(url("draft-open", agreed.charter.pk)).status_code == 403
    response = send(lead_client, url("draft-open", agreed.charter.pk), start_from=agreed.version.pk)
    assert response.url == url("charter-edit", agreed.charter.pk)
    assert agreed.charter.versions.first().number == 2
    send(lead_client, url("draft-open", agreed.charter.pk), start_from=agreed.version.pk)
    assert agreed.charter.versions.count() == 2


def test_proposing_shows_what_changes_and_keeps_what_was_typed(agreed, lead_client):
    draft = services.draft_version(by=agreed.lead, charter=agreed.charter)
    address = url("charter-propose", agreed.charter.pk)
    assert "Nothing has changed yet" in read(lead_client, address)
    send(
        lead_client,
        url("charter-edit", agreed.charter.pk),
        **typed(agreed.section, "A common vision.", shown=agreed.version.texts.get(section=agreed.section).body),
    )
    draft.refresh_from_db()
    assert "<ins>" in read(lead_client, address)
    given = {"version": draft.version, "closes_on": "2022-09-01", "change_note": "More in common"}
    page = html_of(send(lead_client, address, status=200, **given))
    assert "Give members time" in page and "More in common</textarea>" in page
    response = send(lead_client, address, **{**given, "closes_on": "2022-10-01"})
    assert response.url == url("agreement", agreed.charter.pk)
    draft.refresh_from_db()
    assert (draft.status, draft.change_note) == ("proposed", "More in common")
    assert send(lead_client, address).url == url("charter-edit", agreed.charter.pk)


def test_proposing_a_draft_that_someone_changed_is_a_conflict(world, lead_client):
    send(lead_client, url("charter-edit", world.charter.pk), **typed(world.section, "Changed."))
    page = html_of(
        send(
            lead_client,
            url("charter-propose", world.charter.pk),
            status=409,
            version=1,
            closes_on="2022-10-01",
            change_note="Typed",
        )
    )
    assert "Someone changed the draft" in page and "Typed</textarea>" in page
    assert not CharterVersion.objects.filter(status="proposed").exists()


def test_withdrawing_asks_why_first(proposed, lead_client, member_client):
    address = url("version-withdraw", proposed.charter.pk, 1)
    assert "Withdraw version 1" in read(lead_client, address)
    assert "Enter an answer" in html_of(send(lead_client, address, status=200, reason=""))
    assert member_client.post(address, {"reason": "No"}).status_code == 403
    send(lead_client, address, reason="Members asked for more.")
    assert "Members asked for more." in read(member_client, url("charter-version", proposed.charter.pk, 1))
    assert "is settled" in html_of(send(lead_client, address, status=200, reason="Again"))


# --- Agreement
def test_a_member_answers_and_may_change_their_mind(proposed, member_client):
    address = url("agreement", proposed.charter.pk)
    assert "You have not answered yet" in read(member_client, address)
    given = {"text_hash": proposed.version.text_hash}
    page = html_of(send(member_client, address, status=200, stance="object", reason="", **given))
    assert "Say why" in page and re.search(r'<input[^>]*value="object"[^>]*checked', page)
    send(member_client, address, stance="object", reason="Too long.", **given)
    send(member_client, address, stance="agree", reason="", **given)
    assert list(Position.objects.order_by("pk").values_list("stance", flat=True)) == ["object", "agree"]
    page = read(member_client, address)
    assert "you said: <strong>Agree</strong>" in page and "15 September 2022: Object. “Too long.”" in page


def test_an_answer_to_another_text_is_refused_on_the_page(proposed, member_client):
    page = html_of(
        send(member_client, url("agreement", proposed.charter.pk), status=200, text_hash="0" * 64, stance="agree")
    )
    assert "The text has changed since you read it" in page
    assert not Position.objects.exists()


def test_the_engagement_lead_writes_down_an_answer(proposed, lead_client, member_client):
    person = proposed.people[0]
    address = url("position-for-member", proposed.charter.pk, person.pk)
    assert f"Save the answer of {person.name}" in read(lead_client, address)
    given = {"text_hash": proposed.version.text_hash, "stance": "agree"}
    assert "Choose an answer" in html_of(send(lead_client, address, status=200, **given))
    send(lead_client, address, told="meeting", **given)
    page = read(lead_client, url("agreement", proposed.charter.pk))
    assert f"Written down by {proposed.lead.display_name}: they said so in a meeting" in page
    assert member_client.get(address).status_code == 404


def test_readers_see_figures_and_cannot_answer(proposed, sign_in, leader, staff):
    for user in (leader, staff):
        client = sign_in(user)
        page = read(client, url("agreement", proposed.charter.pk))
        assert "members have answered" not in page and "Send my answer" not in page
        assert client.post(url("agreement", proposed.charter.pk), {"stance": "agree"}).status_code == 403
    assert not Position.objects.exists()


def test_the_engagement_lead_sees_what_is_in_the_way_and_then_ends_the_round(proposed, lead_client, member_client):
    address = url("agreement", proposed.charter.pk)
    assert "4 of 4 members have not answered yet" in read(lead_client, address)
    response = lead_client.post(url("agreement-close", proposed.charter.pk), follow=True)
    assert "members have not answered yet." in html_of(response)
    assert CharterVersion.objects.get().status == "proposed"
    for person in [*proposed.people, proposed.member.person]:
        stand(proposed, person)
    assert member_client.post(url("agreement-close", proposed.charter.pk)).status_code == 403
    assert "Put version 1 in force" in read(lead_client, address)
    send(lead_client, url("agreement-close", proposed.charter.pk))
    assert CharterVersion.objects.get().status == "agreed"
    assert "Members agreed this exact text on 15 September 2022" in read(member_client, address)
    assert lead_client.post(url("agreement-close", proposed.charter.pk)).status_code == 404


def test_members_get_more_time(proposed, lead_client, member_client):
    address = url("agreement-extend", proposed.charter.pk)
    assert member_client.post(address, {"closes_on": "2022-12-01"}).status_code == 403
    for closes_on in ("", "2022-09-16"):
        send(lead_client, address, closes_on=closes_on)
    proposed.agreement.refresh_from_db()
    assert proposed.agreement.closes_on == proposed.today + timedelta(days=14)
    send(lead_client, address, closes_on="2022-12-01")
    proposed.agreement.refresh_from_db()
    assert proposed.agreement.closes_on == date(2022, 12, 1)


def test_a_late_joiner_finds_a_place_and_the_others_find_the_round_closed(agreed, member_client, sign_in):
    address = url("agreement", agreed.charter.pk)
    assert "This round is closed" in read(member_client, address)
    late = factories.UserFactory()
    factories.MembershipFactory(group=agreed.group, person=late.person, starts_on=agreed.today + timedelta(days=5))
    with clock.standing_on(agreed.today + timedelta(days=10)):
        client = sign_in(late)
        assert "You joined after members were asked" in read(client, address)
        send(client, address, text_hash=agreed.version.text_hash, stance="reservation", reason="I would say more.")
        assert Position.objects.get(person=late.person).is_late
        assert "I would say more." in read(client, address)


def test_agreement_without_a_text_says_what_comes_next(world, member_client, lead_client):
    assert "No text has been put to the members" in read(member_client, url("agreement", world.charter.pk))
    assert "Write the charter" in read(lead_client, url("agreement", world.charter.pk))
    assert member_client.post(url("agreement", world.charter.pk), {"stance": "agree"}).status_code == 404


# --- Waypoints
def test_waypoints_are_planned_and_recorded(agreed, lead_client, member_client):
    address = url("waypoints", agreed.charter.pk)
    assert "No waypoint yet" in read(member_client, address)
    assert member_client.post(address, {"title": "Mine", "due_on": "2022-10-01"}).status_code == 403
    page = html_of(send(lead_client, address, status=200, title="Autumn stop", due_on=""))
    assert "Enter a date" in page and 'value="Autumn stop"' in page
    send(lead_client, address, title="Autumn stop", due_on="2022-09-10")
    waypoint = Waypoint.objects.get()
    assert "Overdue" in read(member_client, address)
    detail = waypoint.get_absolute_url()
    assert "What the group will ask itself" in read(member_client, detail)
    assert member_client.post(detail, {}).status_code == 403
    given = {"held_on": "2022-09-15", "summary_0": "Half way.", "summary_1": "", "finding": "adjust"}
    given |= {"outcome": "new_version"}
    page = html_of(send(lead_client, detail, status=200, **given))
    assert "Half way.</textarea>" in page and "Write down what the group said" in page
    send(lead_client, detail, **{**given, "summary_1": "As we hoped."})
    waypoint.refresh_from_db()
    assert waypoint.led_to.number == 2
    page = read(member_client, detail)
    assert "Half way." in page and "has not been put to the members yet" in page
    assert "As we hoped." in read(member_client, address)
    again = html_of(send(lead_client, detail, status=200, **{**given, "summary_1": "Again"}))
    assert "was recorded on 15 September 2022" in again


def test_the_course_names_the_state_of_each_waypoint(agreed):
    plan = {"by": agreed.lead, "charter": agreed.charter}
    held = plan_waypoint(**plan, title="Held", due_on=date(2022, 8, 1))
    for title, due_on in (("Late", date(2022, 9, 1)), ("Soon", date(2022, 10, 1)), ("Far", date(2023, 3, 1))):
        plan_waypoint(**plan, title=title, due_on=due_on)
    record_waypoint(
        by=agreed.lead,
        waypoint=held,
        held_on=date(2022, 8, 1),
        summary=["x", "x"],
        finding="on_course",
        outcome="no_change",
        no_change_reason="x",
    )
    words = [(stop["state"], stop["words"]) for stop in course(list(agreed.charter.waypoints.all()))]
    assert words == [("done", "No change"), ("late", "Overdue since"), ("next", "Next"), ("none", "Planned")]


def test_another_groups_waypoint_is_not_found(agreed, sign_in, outsider):
    waypoint = plan_waypoint(by=agreed.lead, charter=agreed.charter, title="Stop", due_on=date(2022, 10, 1))
    assert sign_in(outsider).get(waypoint.get_absolute_url()).status_code == 404


# --- You said, we did
SAID = {"said": "Shorter.", "said_on": date(2022, 7, 1)}
DONE = {**SAID, "outcome": "changed", "changed": "One page.", "changed_on": date(2022, 8, 1)}


def test_the_register_filters_sorts_and_exports(world, member_client):
    factories.InvolvementFactory(group=world.group, title="Alpha", asked_by="=cmd()", **DONE, is_good_practice=True)
    factories.InvolvementFactory(group=world.group, title="Beta", **SAID)
    factories.InvolvementFactory(group=world.group, title="Gamma", asked_on=date(2021, 6, 1))
    address = url("involvement-list")

    def shown(query):
        page = read(member_client, address + query)
        return [title for title in ("Alpha", "Beta", "Gamma") if title in page]

    assert shown("") == ["Alpha", "Beta", "Gamma"]
    assert shown("?outcome=changed") == ["Alpha"]
    assert shown("?outcome=said") == ["Beta"]
    assert shown("?outcome=asked") == ["Gamma"]
    assert shown("?year=2021") == ["Gamma"]
    assert shown("?good_practice=on") == ["Alpha"]
    assert shown("?q=shorter") == ["Alpha", "Beta"]
    assert "Nothing matches" in read(member_client, address + "?q=zebra")
    page = read(member_client, address + "?sort=-title")
    assert page.index("Gamma") < page.index("Beta") < page.index("Alpha")
    csv = b"".join(member_client.get(address + "?format=csv&outcome=changed")).decode()
    assert "Alpha" in csv and "Beta" not in csv and "'=cmd()" in csv


def test_the_register_is_empty_for_those_outside(world, sign_in, outsider, lead_client):
    assert "The register is empty" in read(lead_client, url("involvement-list"))
    involvement = factories.InvolvementFactory(group=world.group, title="Alpha")
    client = sign_in(outsider)
    page = read(client, url("involvement-list"))
    assert "Alpha" not in page and "nothing here for you to read" in page
    for name in ("detail", "edit", "said", "changed"):
        assert client.get(url(f"involvement-{name}", involvement.pk)).status_code == 404
    assert client.post(url("involvement-good-practice", involvement.pk)).status_code == 404


def test_the_register_asks_the_database_as_often_for_thirty_as_for_one(world, member_client):
    factories.InvolvementFactory(group=world.group)
    address = url("involvement-list")
    queries(member_client, address)
    before = queries(member_client, address)
    factories.InvolvementFactory.create_batch(29, group=world.group)
    assert queries(member_client, address) == before


def test_an_involvement_is_carried_from_ask_to_change_on_its_pages(world, lead_client, member_client):
    factories.AdvisoryGroupFactory()
    add = url("involvement-add")
    given = {"title": "Papers", "asked_by": "Networks team", "asked": "What helps?"}
    page = html_of(send(lead_client, add, status=200, asked_on="2030-01-01", **given))
    assert "cannot be in the future" in page and "What helps?</textarea>" in page
    send(lead_client, add, asked_on="2022-06-01", **given)
    involvement = Involvement.objects.get()
    assert involvement.group == world.group
    detail = involvement.get_absolute_url()
    assert "Record what members said" in read(lead_client, detail)
    assert "Record what members said" not in read(member_client, detail)
    send(lead_client, url("involvement-said", involvement.pk), version=1, said="One page.", said_on="2022-07-01")
    assert "Record what changed" in read(lead_client, detail)
    changed = url("involvement-changed", involvement.pk)
    page = html_of(
        send(lead_client, changed, status=200, version=2, outcome="", changed="Half done", changed_on="2022-08-01")
    )
    assert "Half done</textarea>" in page and "Choose an answer" in page
    send(lead_client, changed, version=2, outcome="not_changed", changed="No money this year.", changed_on="2022-08-01")
    page = read(member_client, detail)
    assert "No money this year." in page and "Not changed" in page
    send(lead_client, url("involvement-good-practice", involvement.pk), good="1")
    assert "Good practice" in read(member_client, detail)
    send(lead_client, url("involvement-good-practice", involvement.pk), good="0")
    assert not Involvement.objects.get().is_good_practice


def test_an_unfinished_story_is_not_good_practice(world, lead_client):
    involvement = factories.InvolvementFactory(group=world.group)
    response = lead_client.post(url("involvement-good-practice", involvement.pk), {"good": "1"}, follow=True)
    assert "Record what changed first" in html_of(response)


def test_two_people_editing_an_involvement_see_both_texts(world, lead_client):
    involvement = factories.InvolvementFactory(group=world.group, title="Papers", **DONE)
    given = {
        "asked_by": "Networks team", "asked": "What helps?", "asked_on": "2022-06-01", "said": "Shorter.", "said_on": "2022-07-01",
        "outcome": "partly", "changed": "One page.", "changed_on": "2022-08-01",
    }  # fmt: skip
    address = url("involvement-edit", involvement.pk)
    send(lead_client, address, version=1, title="Packs", **given)
    page = html_of(send(lead_client, address, status=409, version=1, title="Bundles", **given))
    assert "What is saved now" in page and "Packs" in page and 'value="Bundles"' in page
    involvement.refresh_from_db()
    assert (involvement.title, involvement.outcome) == ("Packs", "partly")
    send(lead_client, address, version=2, title="Bundles", **given)
    involvement.refresh_from_db()
    assert involvement.title == "Bundles"


def test_members_read_the_register_and_do_not_write_it(world, member_client, sign_in, staff):
    involvement = factories.InvolvementFactory(group=world.group, **DONE)
    for client in (member_client, sign_in(staff)):
        assert "One page." in read(client, involvement.get_absolute_url())
        for name in ("edit", "said", "changed"):
            assert client.get(url(f"involvement-{name}", involvement.pk)).status_code == 403
        assert client.get(url("involvement-add")).status_code == 403
        assert client.post(url("involvement-good-practice", involvement.pk), {"good": "1"}).status_code == 403


def test_invented_data_says_so(world, member_client):
    involvement = factories.InvolvementFactory(group=world.group, is_illustrative=True)
    assert "Illustrative" in read(member_client, involvement.get_absolute_url())
    assert "Illustrative" in read(member_client, url("involvement-list"))


def test_words_that_look_like_markup_stay_words(proposed, lead_client, member_client):
    withdraw_version(by=proposed.lead, version=proposed.version, reason="<b>why</b>")
    draft = services.draft_version(by=proposed.lead, charter=proposed.charter)
    services.write_section(
        by=proposed.lead, text=draft.texts.get(section=proposed.section), body="<script>alert(1)</script>"
    )
    propose_version(by=proposed.lead, version=draft, closes_on=date(2022, 10, 1), change_note="x")
    for page in (
        read(member_client, url("charter-version", proposed.charter.pk, 2)),
        read(member_client, url("charter-version", proposed.charter.pk, 2) + "?against=1"),
        read(member_client, url("charter-version", proposed.charter.pk, 1)),
    ):
        assert "<script>alert" not in page and "<b>why" not in page
