"""The log when things go wrong: no connection, an ended session, a restarted server, two people at once."""

from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, PHONE, Platform
from tests.browser.log_page import SAVED, open_log, say, state


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
