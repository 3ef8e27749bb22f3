"""A member answers about a text: by keyboard alone, without JavaScript, and with the page at 400%."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP

AT_400 = {"width": 320, "height": 256}  # what is left of 1280 × 1024 at 400%


def open_agreement(page: Page) -> None:
    """From the group's home to the agreement page."""
    page.goto("/co-production/")
    page.get_by_role("link", name="Agreement", exact=True).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/agreement/$"))


def test_a_member_answers_by_keyboard_alone(open_as):
    page = open_as("member", DESKTOP)
    open_agreement(page)
    page.get_by_label("Agree, with a reservation", exact=True).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Your reason")).to_be_focused()
    page.keyboard.type("I can live with it. Please keep the breaks.")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text(re.compile(r"(Send|Change) my\s+answer"))
    page.keyboard.press("Enter")
    done = page.locator("#stand [role=status]")
    expect(done).to_contain_text("Your position is saved. You can change it until the round closes.")
    expect(page.locator("#stand")).to_contain_text("Please keep the breaks.")


def test_a_member_answers_without_scripts_and_is_told_what_is_missing(open_as):
    page = open_as("member", DESKTOP, java_script_enabled=False)
    open_agreement(page)
    page.get_by_label("Object", exact=True).check()
    page.get_by_label("Your reason").fill("")
    page.get_by_role("button", name=re.compile("answer$")).click()
    expect(page.locator("main")).to_contain_text("Say why, so that the group can think about it.")
    expect(page.get_by_label("Object", exact=True)).to_be_checked()
    page.get_by_label("Agree", exact=True).check()
    page.get_by_role("button", name=re.compile("answer$")).click()
    expect(page.locator("#stand")).to_contain_text("you said: Agree")


def test_a_member_answers_at_400_percent_without_scrolling_sideways(open_as):
    page = open_as("member", AT_400)
    open_agreement(page)

    def overflow() -> int:
        return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert overflow() <= 0
    page.get_by_label("Stand aside", exact=True).check()
    page.get_by_label("Your reason").fill("I have missed a meeting.")
    page.get_by_role("button", name=re.compile("answer$")).click()
    expect(page.locator("#stand")).to_contain_text("you said: Stand aside")
    earlier = page.get_by_text(re.compile("Your earlier answers?$"))
    if earlier.count():
        earlier.click()
        expect(page.locator("#stand")).to_contain_text("Only you and the engagement lead can read this.")
    assert overflow() <= 0
