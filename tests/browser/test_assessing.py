"""An assessor's work by keyboard alone: the conflict question, five scores with reasons, a draft that saves itself."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE


def waiting(page: Page, state: str) -> None:
    """Open the first application in this state."""
    page.goto("/assessing/")
    row = page.get_by_role("row").filter(has_text=state).first
    row.get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/assessing/\d+/$"))


def test_an_assessor_assesses_an_application_by_keyboard(open_as):
    page = open_as("assessor")
    waiting(page, "Not opened")
    here = page.url
    page.get_by_label("No, I have no conflict").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Continue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your scores")).to_be_visible()
    expect(page.get_by_role("heading", name="Your plan")).to_be_visible()

    state, groups = page.locator("[data-save-state]"), page.locator("[data-criterion]")
    assert groups.count() == 5
    for n in range(5):
        groups.nth(n).get_by_role("radio").first.focus()
        page.keyboard.press(str(n % 5))
        expect(groups.nth(n).get_by_role("radio").nth(n % 5)).to_be_checked()
        page.keyboard.press("Tab")
        page.keyboard.type("It says 3 things.")
    expect(state).to_have_text("Draft saved.")
    page.reload()
    expect(groups.nth(2).get_by_role("radio").nth(2)).to_be_checked()
    expect(page.get_by_label("Reason for your score").nth(4)).to_have_value("It says 3 things.")

    page.get_by_label("Anything else for the panel").focus()
    page.keyboard.type("I would visit them.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("main")).to_contain_text("is submitted. This is the next one.")
    assert page.url != here
    page.goto(here)
    expect(page.locator("main")).to_contain_text("(you)")
    expect(page.locator("main")).to_contain_text("I would visit them.")


def test_an_assessor_works_on_a_phone_without_scripts(open_as):
    page = open_as("assessor", PHONE, java_script_enabled=False)
    page.goto("/assessing/")
    page.get_by_role("link", name=re.compile("2023-24-")).nth(1).click()
    if page.get_by_label("No, I have no conflict").count():
        page.get_by_label("No, I have no conflict").check()
        page.get_by_role("button", name="Continue").click()
    page.locator("[data-criterion]").first.get_by_role("radio").nth(3).check()
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("main")).to_contain_text("Draft saved.")
    expect(page.locator("[data-criterion]").first.get_by_role("radio").nth(3)).to_be_checked()
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page.locator("main")).to_contain_text("There is a problem")
    expect(page.locator("main")).to_contain_text("Give a reason for your score.")
