"""What people may send, by mistake or in bad faith, to every page on which members write: nothing runs and nothing is lost."""

from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from coproduction.agreement import services as agreement
from coproduction.charter.services import draft_version, write_section
from coproduction.group.outside.services import add_outside_group
from coproduction.group.people.services import write_strengths
from coproduction.involvements.services import record_change, record_said
from coproduction.involvements.taking_part.services import invite_members, publish_summary, say_words
from coproduction.suggestions.discussion.services import add_comment
from coproduction.suggestions.services import answer_suggestion, suggest_change
from coproduction.waypoints.answers.services import save_answer
from coproduction.waypoints.services import open_waypoint, plan_waypoint, record_waypoint
from impact.core.basics import clock
from networks.groups.models import Membership
from tests import factories
from tests.coproduction.conftest import stand
from tests.pages import html_of

pytestmark = pytest.mark.django_db
HOSTILE = (
    'Hello <script>alert(1)</script> [press](javascript:alert(2)) ![x](x" onerror="alert(3)) '
    "<img src=x onerror=alert(4)> <a href='javascript:alert(5)'>here</a> </textarea><svg onload=alert(6)>"
)
FIFTY_PAGES = "A long story that begins again and again, because it was pasted. " * 2000


class Dangers(HTMLParser):
    """Collects what would run: scripts of a page's own, handlers, and addresses that are code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.is_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_script = tag == "script"
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        if self.is_script and "alert" in data:
            self.found.append(data)
        self.is_script = False


def url(name: str, *args: object) -> str:
    return reverse(f"coproduction:{name}", args=args)


@pytest.fixture
def hostile(agreed):
    """The same hostile words wherever members and the engagement lead write; the addresses that show them."""
    w = agreed
    own = {"by": w.member}
    waypoint = plan_waypoint(
        by=w.lead, charter=w.charter, title="Autumn", due_on=w.today, questions=f"How?\n{HOSTILE[:190]}"
    )
    waypoint = open_waypoint(by=w.lead, waypoint=waypoint)
    save_answer(**own, waypoint=waypoint, words=[HOSTILE, HOSTILE], is_shared=True)
    found = {"summary": [HOSTILE, HOSTILE], "no_change_reason": HOSTILE}
    record_waypoint(by=w.lead, waypoint=waypoint, held_on=w.today, finding="on_course", outcome="no_change", **found)
    suggestion = suggest_change(**own, section=w.section, version=w.version, words=HOSTILE)
    add_comment(**own, suggestion=suggestion, words=HOSTILE)
    answer_suggestion(by=w.lead, suggestion=suggestion, status="not_now", answer=HOSTILE)
    involvement = factories.InvolvementFactory(group=w.group, asked=HOSTILE, purpose=HOSTILE)
    invite_members(by=w.lead, involvement=involvement, people=[w.member.person])
    say_words(**own, involvement=involvement, words=HOSTILE)
    record_said(by=w.lead, involvement=involvement, said=HOSTILE, said_on=w.today)
    record_change(by=w.lead, involvement=involvement, outcome="changed", changed=HOSTILE, changed_on=w.today)
    publish_summary(by=w.lead, involvement=involvement, public_summary=HOSTILE)
    write_strengths(**own, group=w.group, words=HOSTILE)
    outside = add_outside_group(**own, group=w.group, name="Others", about=HOSTILE, known_since=w.today)
    draft = draft_version(by=w.lead, charter=w.charter)
    write_section(by=w.lead, text=draft.texts.get(section=w.section), body=HOSTILE)
    agreement.propose_version(
        by=w.lead, version=draft, closes_on=w.today + timedelta(14), change_note=HOSTILE[:400], on=w.today
    )
    own_page = Membership.objects.get(group=w.group, person=w.member.person)
    return [
        url("index"),
        url("waypoints", w.charter.pk),
        waypoint.get_absolute_url(),
        suggestion.get_absolute_url(),
        url("suggestion-list"),
        involvement.get_absolute_url(),
        url("involvement-list"),
        url("changes"),
        url("member-detail", own_page.pk),
        url("strengths-edit", own_page.pk),
        url("group-detail", w.group.slug),
        outside.get_absolute_url(),
        url("charter-version", w.charter.pk, "2"),
        url("charter-version", w.charter.pk, "2") + "?against=1",
        url("charter-section", w.charter.pk, w.section.key),
        url("agreement", w.charter.pk),
        "/",
    ]


def test_hostile_words_run_on_no_page(agreed, hostile, sign_in):
    shown = 0
    for user in (agreed.member, agreed.lead):
        client = sign_in(user)
        for address in hostile:
            response = client.get(address)
            assert response.status_code == 200, address
            page, dangers = html_of(response), Dangers()
            dangers.feed(page)
            assert not dangers.found, (address, dangers.found)
            shown += "alert(1)" in page
            assert "Hello 14" not in page, address
    assert shown > 20  # the words are there, as words


@pytest.fixture
def boxes(agreed, sign_in):
    """Every box in which a member writes: the address, and a name for what is pasted with what else the form asks."""
    w = agreed
    waypoint = plan_waypoint(by=w.lead, charter=w.charter, title="Autumn", due_on=w.today)
    open_waypoint(by=w.lead, waypoint=waypoint)
    suggestion = suggest_change(by=w.member, section=w.section, version=w.version, words="Shorter")
    involvement = factories.InvolvementFactory(group=w.group)
    invite_members(by=w.lead, involvement=involvement, people=[w.member.person])
    draft = draft_version(by=w.lead, charter=w.charter)
    answer_suggestion(by=w.lead, suggestion=suggestion, status="not_now", answer="Not now")
    write_section(by=w.lead, text=draft.texts.get(section=w.section), body="New words.")
    agreement.propose_version(by=w.lead, version=draft, closes_on=w.today + timedelta(14), change_note="New")
    draft.refresh_from_db()
    own = Membership.objects.get(group=w.group, person=w.member.person)
    about = {"section": w.section.pk, "version": draft.pk, "for": w.member.person.pk, "key": "k", "place": "whole"}
    expense = {"kind": "travel", "on": "2022-09-10", "amount": "4.80"}
    return {
        "a suggestion": (url("suggestion-add", w.charter.pk), "words", {**about, "do": "send"}),
        "a comment": (url("comment-add", suggestion.pk), "words", {}),
        "an answer at a waypoint": (url("waypoint-answer", waypoint.pk), "answer_0", {"sharing": "private"}),
        "words on an involvement": (url("involvement-words", involvement.pk), "words", {"version": "0"}),
        "strengths": (url("strengths-edit", own.pk), "words", {"version": "0"}),
        "a reason": (url("agreement", w.charter.pk), "reason", {"stance": "object", "text_hash": draft.text_hash}),
        "an expense": (url("claim-expense", w.member.person.pk, w.group.slug), "what", expense),
    }


@pytest.mark.parametrize(
    "box",
    [
        "a suggestion",
        "a comment",
        "an answer at a waypoint",
        "words on an involvement",
        "strengths",
        "a reason",
        "an expense",
    ],
)
def test_fifty_pasted_pages_are_refused_with_the_words_kept(agreed, boxes, sign_in, box):
    address, name, more = boxes[box]
    response = sign_in(agreed.member).post(address, {name: FIFTY_PAGES, **more})
    page = html_of(response)
    assert response.status_code == 200 and "There is a problem" in page
    assert FIFTY_PAGES.strip() in unescape(page)


def test_a_round_from_which_everyone_has_gone_is_shown_and_not_agreed(proposed, sign_in):
    """All members leave while the text is with them."""
    for person in proposed.people:
        stand(proposed, person)
    Membership.objects.filter(group=proposed.group).update(ends_on=proposed.today)
    with clock.standing_on(proposed.today + timedelta(20)):
        page = html_of(sign_in(proposed.lead).get(url("agreement", proposed.charter.pk)))
        assert "This text cannot be agreed yet" in page
        with pytest.raises(agreement.StateConflict):
            agreement.agree_version(by=proposed.lead, version=proposed.version)
    proposed.version.refresh_from_db()
    assert proposed.version.status == "proposed"
