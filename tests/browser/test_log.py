"""The log on a phone: fast, by touch or keyboard, and without losing a word whatever goes wrong."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import scripted_meeting
from tests.browser.conftest import PASSWORD, PHONE, Platform

SAVED = re.compile("saved at")
TOUCH = {"has_touch": True, "is_mobile": False}
NEW_MEETING = """
from datetime import datetime, timedelta
from django.utils import timezone
from impact.core.access.permissions import SYSTEM
from networks.groups.models import Group
from networks.meetings.services import plan_meeting
group = Group.objects.get(slug={slug!r})
starts = timezone.make_aware(datetime(2023, 1, 12, 10))
meeting = plan_meeting(
    by=SYSTEM, group=group, starts_at=starts, ends_at=starts + timedelta(hours=2), title={title!r}
)
print(meeting.pk)
"""
HELD = """
import json
from networks.models import Meeting
m = Meeting.objects.get(pk={pk})
print(json.dumps({{
    "status": m.status,
    "notes": m.notes,
    "came": sorted(a.status for a in m.attendances.filter(is_guest=False)),
    "guests": sorted(a.guest_name for a in m.attendances.filter(is_guest=True)),
    "said": [[c.kind, c.words, c.theme.name if c.theme else "", c.level, c.perspective, c.may_quote]
             for c in m.contributions.filter(removed_at=None)],
    "decided": [d.words for d in m.decisions.all()],
    "todo": [[a.what, a.owner, str(a.due_on), a.contribution.words if a.contribution else ""]
             for a in m.actions.order_by("pk")],
}}))
"""


@pytest.fixture
def new_log(own_platform):
    """``new_log("Snow day")`` plans a meeting of the local network in England that is over and waits for its log."""

    def make(title: str, slug: str = "choice-and-control-england") -> str:
        pk = own_platform.shell(NEW_MEETING.format(slug=slug, title=title))
        return f"/meetings/{pk}/log/"

    return make


@pytest.fixture
def held(own_platform):
    """``held(address)`` is what the database holds of a log."""

    def read(address: str) -> dict:
        return json.loads(own_platform.shell(HELD.format(pk=re.search(r"\d+", address)[0])))

    return read


def open_log(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def say(page: Page, n: int, words: str, kind: str = "Barrier") -> None:
    row = scripted_meeting.rows(page, "said").nth(n)
    row.get_by_text(kind, exact=True).click()
    row.get_by_label("What was said").fill(words)


def state(page: Page):
    return page.locator("#save-state")


def test_a_real_meeting_is_logged_by_touch_in_under_ten_minutes(open_as, new_log, held):
    page = open_as("coordinator.england", PHONE, **TOUCH)
    address = new_log("A whole meeting")
    open_log(page, address)
    effort = scripted_meeting.log_it(page)
    found = held(address)
    assert found["status"] == "logged" and len(found["came"]) == 10 and found["came"].count("present") == 8
    assert found["guests"] == sorted(name for name, _perspective in scripted_meeting.GUESTS)
    expected = [
        (kind.lower(), words, level.lower(), perspective, quote)
        for kind, words, _theme, level, perspective, quote in scripted_meeting.SAID
    ]
    assert [(s[0], s[1], *s[3:]) for s in found["said"]] == expected
    assert [bool(s[2]) for s in found["said"]] == [bool(s[2]) for s in scripted_meeting.SAID]
    assert found["decided"] == scripted_meeting.DECISIONS
    assert [t[:3] for t in found["todo"]] == [list(t[:3]) for t in scripted_meeting.TODO]
    assert [t[3] for t in found["todo"]] == [scripted_meeting.SAID[t[3]][1] for t in scripted_meeting.TODO]
    assert found["notes"].replace("\r", "") == scripted_meeting.NOTES
    assert effort.taps < 160 and effort.seconds < 600
    assert page.evaluate("Object.keys(localStorage)") == []  # a finished log leaves nothing on the phone
    assert not page.evaluate("caches.keys().then((names) => names.some((name) => name.startsWith('impact-log-pages')))")


def test_words_typed_without_a_connection_survive_a_closed_tab_and_are_saved_later(open_as, new_log, held, line):
    page = open_as("coordinator.england", PHONE, base_url=line.address)
    address = new_log("In a village hall")
    open_log(page, address)
    say(page, 0, "Saved while there was a signal")
    expect(state(page)).to_contain_text(SAVED, timeout=15_000)
    line.cut()
    page.get_by_role("button", name="Everyone came").click()
    page.get_by_role("button", name="Add another").click()
    say(page, 1, "Typed with no signal", "Enabler")
    page.get_by_label("Anything else").fill("Notes with no signal")
    expect(state(page)).to_contain_text("kept on this device")
    page.get_by_role("button", name="Save and carry on").click()
    expect(page.get_by_label("Anything else")).to_have_value("Notes with no signal")  # the page is still there
    context = page.context
    page.close()
    assert [s[1] for s in held(address)["said"]] == ["Saved while there was a signal"]

    page = context.new_page()
    page.goto(line.address + address)  # there is still no connection
    expect(page.get_by_label("Anything else")).to_have_value("Notes with no signal")
    expect(page.get_by_role("status").filter(has_text="Your words have been restored")).to_be_visible()
    assert [s[1] for s in held(address)["said"]] == ["Saved while there was a signal"]
    line.mend()
    expect(state(page)).to_contain_text(SAVED, timeout=45_000)
    found = held(address)
    assert [s[1] for s in found["said"]] == ["Saved while there was a signal", "Typed with no signal"]
    assert found["notes"] == "Notes with no signal" and found["came"] == ["present"] * 10
    assert page.evaluate("Object.keys(localStorage)") == []


def test_an_ended_session_costs_nothing(open_as, new_log, held):
    page = open_as("coordinator.england", PHONE)
    address = new_log("A long lunch")
    open_log(page, address)
    page.context.clear_cookies(name="sessionid")
    say(page, 0, "Typed after the session had ended")
    page.get_by_label("Anything else").fill("And notes")
    expect(state(page)).to_contain_text("You are signed out", timeout=15_000)
    state(page).get_by_role("link", name="Sign in again").click()
    page.get_by_label("Email address").fill("coordinator.england@impact.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**{address}")
    expect(state(page)).to_contain_text(SAVED, timeout=15_000)
    found = held(address)
    assert [s[1] for s in found["said"]] == ["Typed after the session had ended"] and found["notes"] == "And notes"


def test_signing_in_again_elsewhere_lets_the_open_page_carry_on(open_as, new_log, held):
    page = open_as("coordinator.england", PHONE)
    address = new_log("Two tabs")
    open_log(page, address)
    page.context.clear_cookies()  # the session, and the secret that the form's token belongs to
    other = page.context.new_page()
    other.goto("/accounts/login/")
    other.get_by_label("Email address").fill("coordinator.england@impact.example")
    other.get_by_label("Password", exact=True).fill(PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.wait_for_url("**/")
    say(page, 0, "Typed on the old page")
    expect(state(page)).to_contain_text(SAVED, timeout=15_000)
    assert [s[1] for s in held(address)["said"]] == ["Typed on the old page"]


def test_a_restarted_server_costs_nothing(open_as, new_log, held, own_platform: Platform):
    page = open_as("coordinator.england", PHONE)
    address = new_log("A power cut")
    open_log(page, address)
    say(page, 0, "Before the server went away")
    expect(state(page)).to_contain_text(SAVED, timeout=15_000)
    own_platform.stop()
    page.get_by_role("button", name="Add another").click(delay=400)  # the entry above folds after the press, not in it
    say(page, 1, "While the server was away")
    expect(state(page)).to_contain_text("is not responding", timeout=15_000)
    page.get_by_role("button", name="Finish the log").click()
    expect(state(page)).to_contain_text("is not responding", timeout=15_000)
    own_platform.start()
    expect(state(page)).to_contain_text(SAVED, timeout=60_000)
    assert [s[1] for s in held(address)["said"]] == ["Before the server went away", "While the server was away"]


def test_two_people_in_one_log_are_merged_and_a_true_conflict_shows_both_texts(open_as, new_log, held):
    address = new_log("Two pens")
    one, two = open_as("coordinator.england", PHONE), open_as("staff")
    for page in (one, two):
        open_log(page, address)
    say(one, 0, "From the coordinator")
    expect(state(one)).to_contain_text(SAVED, timeout=15_000)
    say(two, 0, "From the manager", "Enabler")
    two.get_by_label("Anything else").fill("The manager's notes")
    expect(state(two)).to_contain_text("someone else added", timeout=15_000)
    assert sorted(s[1] for s in held(address)["said"]) == ["From the coordinator", "From the manager"]

    one.get_by_label("Anything else").fill("The coordinator's notes")
    expect(state(one)).to_contain_text("Someone else changed the same entry", timeout=15_000)
    one.get_by_role("button", name="Save and carry on").click()
    expect(one.get_by_label("Notes as they are saved now")).to_have_value("The manager's notes")
    expect(one.get_by_label("Anything else")).to_have_value("The coordinator's notes")
    assert held(address)["notes"] == "The manager's notes"  # nothing is overwritten by itself
    one.get_by_label("Anything else").fill("The manager's notes, and the coordinator's notes")
    one.get_by_role("button", name="Save and carry on").click()
    expect(one.locator("main")).to_contain_text("Everything is saved", timeout=15_000)
    assert held(address)["notes"] == "The manager's notes, and the coordinator's notes"


def test_the_keyboard_alone_logs_an_entry_and_takes_a_theme_from_the_list(open_as, new_log, held):
    page = open_as("coordinator.england")
    address = new_log("By keyboard")
    open_log(page, address)
    page.get_by_role("button", name="Everyone came").focus()
    page.keyboard.press("Enter")
    row = scripted_meeting.rows(page, "said").first
    row.get_by_role("radio", name="Enabler").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")  # the next kind: barrier
    page.keyboard.press("Tab")
    page.keyboard.type("Only keys were used")
    page.keyboard.press("Tab")
    page.keyboard.type("relat")
    theme = row.get_by_role("combobox", name="Theme")
    expect(theme).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(theme).to_have_attribute("aria-activedescendant", re.compile("picker-"))
    page.keyboard.press("Enter")
    expect(theme).to_have_value("Relationships")
    expect(state(page)).to_contain_text(SAVED, timeout=15_000)
    assert held(address)["said"] == [["barrier", "Only keys were used", "Relationships", "", "", False]]


def test_a_theme_that_is_nearly_the_same_is_offered_while_typing(open_as, new_log):
    page = open_as("coordinator.england", PHONE)
    open_log(page, new_log("Near themes"))
    page.get_by_label("Theme").first.press_sequentially("relationchip")
    expect(page.get_by_role("option", name=re.compile("Relationships.*nearly the same"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".picker:visible")).to_have_count(0)


def test_every_control_of_the_log_has_a_name_and_the_state_is_announced(open_as, new_log):
    page = open_as("coordinator.england", PHONE)
    open_log(page, new_log("Names for everything"))
    tree = page.locator("main").aria_snapshot()
    unnamed = re.findall(r"- (?:textbox|combobox|button|radio|checkbox|link)(?: \[[^\]]*\])*:?$", tree, flags=re.M)
    assert not unnamed, tree
    assert re.search(r'- group "Birch|- group "[A-Z]', tree) and "- status" in tree
    for name in ("What was said", "Theme", "What was decided", "What will be done", "Anything else"):
        assert name in tree


def test_the_board_is_moved_by_keyboard_and_shows_what_others_add(open_as, new_log, held):
    address = new_log("On the wall")
    wall, phone = open_as("coordinator.england"), open_as("staff", PHONE)
    for page in (wall, phone):
        page.goto(address.replace("/log/", "/board/"))
    for words in ("A trial week", "Being asked again"):
        wall.get_by_label("New card: what helps").fill(words)
        wall.keyboard.press("Enter")
        expect(wall.locator("#board-state")).to_contain_text("Added")
        expect(wall.get_by_label("New card: what helps")).to_have_value("")
    wall.get_by_role("button", name="Move up: Being asked again").press("Enter")
    expect(wall.locator("#board-state")).to_contain_text("Now number 1 of 2 in what helps")
    wall.get_by_role("button", name="Move to what gets in the way: A trial week").press("Enter")
    expect(wall.locator("#board-state")).to_contain_text("Now number 1 of 1 in what gets in the way")
    expect(wall.locator(":focus")).to_have_attribute("aria-label", "Move to what helps: A trial week")
    expect(phone.locator(".board__words", has_text="Being asked again")).to_be_visible(
        timeout=15_000
    )  # no one reloaded the phone's page
    assert sorted((s[0], s[1]) for s in held(address)["said"]) == [
        ("barrier", "A trial week"),
        ("enabler", "Being asked again"),
    ]


def test_signing_out_asks_before_it_deletes_words_that_are_not_saved(open_as, new_log, line):
    page = open_as("coordinator.england", PHONE, base_url=line.address)
    open_log(page, new_log("Leaving early"))
    line.cut()
    say(page, 0, "Not saved yet")
    expect(state(page)).to_contain_text("kept on this device")
    page.locator(".account summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog")).to_contain_text("Some text on this device is not saved yet")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert len(page.evaluate("Object.keys(localStorage)")) == 1


def test_a_save_leaves_the_words_of_someone_else_on_this_device_and_old_copies_go(open_as, new_log):
    page = open_as("coordinator.england", PHONE)
    open_log(page, new_log("A shared phone"))
    keep = "([name, at]) => localStorage.setItem(name, JSON.stringify({at, rows: {}}))"
    meeting = page.locator("[data-log]").get_attribute("data-meeting")
    theirs = f"impact-log:987654:{meeting}:tab"
    page.evaluate(keep, [theirs, page.evaluate("Date.now()")])
    page.evaluate(keep, ["impact-log:987654:1:tab", 0])
    say(page, 0, "Mine")
    page.get_by_role("button", name="Save and carry on").click()
    expect(page.get_by_text("Everything is saved.")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage)") == [theirs]


def test_a_saved_entry_folds_to_a_line_that_opens_again_and_text_boxes_grow(open_as, new_log):
    page, address = open_as("coordinator.england", PHONE, **TOUCH), new_log("Fold")
    open_log(page, address)
    entry = page.locator("#said-0")
    entry.get_by_text("Barrier", exact=True).click()
    words = entry.get_by_label("What was said")
    small = words.bounding_box()["height"]
    words.fill("The bus comes twice a day.\n" * 6)
    assert words.bounding_box()["height"] > small + 60
    page.get_by_label("Anything else").click()
    expect(state(page)).to_contain_text(SAVED, timeout=15_000)
    line = page.locator("details.log-entry > summary")
    expect(line).to_contain_text("Barrier The bus comes twice a day.")
    expect(words).to_be_hidden()
    line.click()
    words.fill("The bus comes once a day.")
    line.click()
    expect(state(page)).to_contain_text(SAVED, timeout=15_000)
    expect(line).to_contain_text("Barrier The bus comes once a day.")


def test_the_bar_goes_to_the_end_of_the_page_where_there_is_little_room(open_as, new_log):
    page, address = open_as("coordinator.england", PHONE, **TOUCH), new_log("Low")
    open_log(page, address)
    bar = page.locator(".log-actions")
    assert bar.evaluate("bar => getComputedStyle(bar).position") == "sticky"
    for width, height in ((844, 390), (320, 256)):  # a phone held sideways; 1280 × 1024 at 400 %
        page.set_viewport_size({"width": width, "height": height})
        assert bar.evaluate("bar => getComputedStyle(bar).position") == "static"


def test_a_partly_typed_theme_is_not_added_until_the_box_is_ticked(open_as, new_log, held):
    page, address = open_as("coordinator.england", PHONE, **TOUCH), new_log("Half a word")
    open_log(page, address)
    entry = page.locator("#said-0")
    entry.get_by_text("Barrier", exact=True).click()
    entry.get_by_label("What was said").fill("No one knows the form")
    theme = entry.get_by_label("Theme", exact=True)
    theme.fill("Paperw")
    expect(state(page)).to_contain_text("without a theme that is not there yet", timeout=15_000)
    assert held(address)["said"][0][2] == ""
    theme.fill("Paperwork")
    tick = entry.get_by_label("Add it as a new theme: “Paperwork”")
    assert tick.bounding_box()["y"] - theme.bounding_box()["y"] < 160  # right under its field
    entry.get_by_text("Add it as a new theme: “Paperwork”").click()
    expect(state(page)).to_contain_text(SAVED, timeout=15_000)
    assert held(address)["said"][0][2] == "Paperwork"


def test_on_the_board_half_a_word_makes_no_theme_and_stays_in_the_field_until_the_tick_says_so(open_as, new_log, held):
    address = new_log("Half a word on the wall")
    wall, other = open_as("coordinator.england"), open_as("staff")
    for page in (wall, other):
        page.goto(address.replace("/log/", "/board/"))
    side = wall.locator("#add-barrier")
    side.get_by_label("New card: what gets in the way").fill("The bus is late")
    side.locator("[data-theme]").fill("Rural tra")
    side.get_by_role("button", name="Add").click()
    expect(wall.locator("#board-state")).to_contain_text("There is no theme “Rural tra” yet")
    expect(side.get_by_label("New card: what gets in the way")).to_have_value("The bus is late")
    expect(side.locator("[data-theme]")).to_have_value("Rural tra")
    assert held(address)["said"] == []
    side.locator("[data-theme]").fill("Rural transport")
    side.get_by_text("Add it as a new theme: “Rural transport”").click()
    side.get_by_role("button", name="Add").click()
    expect(wall.locator("#board-state")).to_contain_text("Added")
    assert [s[2] for s in held(address)["said"]] == ["Rural transport"]
    card = other.locator("[data-card]", has_text="The bus is late")  # arrives on a page that does not offer its theme
    expect(card).to_be_visible(timeout=15_000)
    card.get_by_text("Change", exact=True).click()
    expect(card.locator("[data-theme]")).to_have_value("Rural transport")
    expect(card.get_by_text("Add it as a new theme")).to_be_hidden()
