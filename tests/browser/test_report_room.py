"""Writing a section of the report in a real browser: it saves itself, survives a lost connection, and places figures.

It comes before test_taking_part.py, which gives the same report to the group: then its text can no longer be changed.
"""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PLACE = "/reports/2023/sections/good_practice/"


def test_a_section_saves_itself_places_a_figure_and_keeps_its_words_without_a_connection(open_as):
    page = open_as("staff")
    page.goto(PLACE)
    text = page.locator("#id_body")
    text.fill("We asked people ")
    page.get_by_text("Figures (").click()
    page.locator("[data-put='{{figure:involvements}}']").click()
    expect(text).to_have_value("We asked people {{figure:involvements}}")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview .placed__code")).to_be_visible()
    expect(page.locator("#save-state")).to_contain_text("Saved at")
    page.context.set_offline(True)
    text.fill("Typed where there is no signal.")
    expect(page.locator("#save-state")).to_contain_text("kept on this device")
    page.wait_for_function("Object.values(localStorage).some((copy) => copy.includes('no signal'))")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(PLACE)
    expect(page.locator("#id_body")).to_have_value("Typed where there is no signal.")
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")


def test_sources_are_looked_for_without_leaving_what_is_written(open_as):
    page = open_as("staff")
    page.goto("/reports/2023/sections/looking_ahead/")
    text = page.locator("#id_body")
    text.fill("Half a sentence")
    look = page.get_by_label("Look for words")
    look.fill("quince jelly")
    look.press("Enter")
    expect(page.locator("#offers")).to_contain_text("None has these words.")
    expect(page.locator("#find-sources")).to_be_focused()
    look.fill("")
    look.press("Enter")
    expect(page.locator("#offers")).not_to_contain_text("None has these words.")
    expect(text).to_have_value("Half a sentence")
    page.locator("#offers summary").first.click()
    page.locator("#offers [data-put]").first.click()
    expect(text).to_have_value(re.compile("Half a sentence\\n\\n[^$]*Source:"))


def test_words_are_selected_to_comment_on_them(open_as):
    page = open_as("leadership")
    page.goto("/reports/2023/sections/charter/")
    page.evaluate(
        "() => { const range = document.createRange(); range.selectNodeContents(document.querySelector('[data-suggest] p'));"
        " getSelection().removeAllRanges(); getSelection().addRange(range); }"
    )
    page.get_by_role("link", name="Comment on these words").click()
    expect(page.get_by_label("About these words")).not_to_have_value("")
    page.get_by_label("Your comment").fill("Say what changed because of it.")
    page.get_by_role("button", name="Save comment").click()
    expect(page.get_by_text("Say what changed because of it.")).to_be_visible()
