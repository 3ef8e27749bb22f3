"""The log on a phone: fast, by touch or keyboard, with themes that no one adds by mistake."""

import re

from playwright.sync_api import expect

from tests.browser import scripted_meeting
from tests.browser.conftest import PHONE
from tests.browser.log_page import SAVED, TOUCH, open_log, state


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
    expect(page.get_by_role("option", name=re.compile("Relationships.*similar"))).to_be_visible()
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
    expect(state(page)).to_contain_text("Saved without the new theme", timeout=15_000)
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
