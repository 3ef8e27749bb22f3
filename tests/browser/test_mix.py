"""Ticking applications in a real browser: the bars follow at once, as the server works them out; also without scripts."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE

NO_SCRIPTS = {"java_script_enabled": False}
NAME = "Small and new organisations"


def open_portfolio(page: Page) -> None:
    page.goto("/rounds/2023-24/portfolios/")
    page.get_by_role("link", name=NAME, exact=True).click()
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()


def figures(page: Page) -> dict[str, str]:
    """Everything that the panel and the summary say, by what it is about."""
    found = {"summary": page.locator("[data-summary]").inner_text()}
    for bar in page.locator("[data-standing]").all():
        words = bar.locator(".mix-bar__words").text_content() or ""
        parts = [bar.locator(f"[data-{part}]").text_content() or "" for part in ("shown", "verdict")]
        width = bar.locator(".mix-bar__fill").get_attribute("width")
        found[words] = " ".join([*parts, str(width), str(bar.get_attribute("data-met"))])
    for tally in page.locator("[data-tally]").all():
        found[str(tally.get_attribute("data-tally"))] = tally.locator("[data-shown]").text_content() or ""
    for spot in page.locator("[data-sum]").all():
        found[str(spot.get_attribute("data-sum"))] = spot.text_content() or ""
    return found


def test_a_tick_moves_the_bars_at_once_and_the_server_says_the_same(open_as):
    page = open_as("staff")
    open_portfolio(page)
    saved = figures(page)
    boxes = page.locator("[data-row] input[name=applications]")
    for n in (0, 3, 20, 31, 40):
        boxes.nth(n).set_checked(not boxes.nth(n).is_checked())
    live = figures(page)
    assert live["summary"] != saved["summary"] and live != saved
    expect(page.locator("[data-unsaved]")).to_be_visible()
    page.locator("[name=update]").evaluate("button => button.form.requestSubmit(button)")  # what it is without scripts
    expect(page.locator("[data-unsaved]")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.locator("[name=update]").evaluate("button => button.form.requestSubmit(button)")
    drawn = answered.value.text()
    page.wait_for_load_state()
    assert figures(page) == live
    assert live["summary"] in re.sub(r"\s+", " ", drawn)  # the server's own words, before any script ran
    for words in ("count", "money", "value"):
        assert re.search(rf'data-sum="{words}">{re.escape(live[words])}<', drawn), words


def test_filters_narrow_the_table_and_keep_what_is_ticked(open_as):
    page = open_as("staff", PHONE)
    open_portfolio(page)
    before = figures(page)
    page.get_by_text("Filter and order the applications").click()
    page.get_by_label("Nation", exact=True).select_option(label="Wales")
    shown = page.locator("[data-row]:visible")
    expect(page.locator("[data-showing]")).to_have_text(re.compile(rf"Showing {shown.count()} of "))
    assert 0 < shown.count() < 12
    assert figures(page) == before


def test_without_scripts_update_works_the_mix_out_and_save_keeps_it(open_as):
    page = open_as("staff", **NO_SCRIPTS)
    page.goto("/rounds/2023-24/portfolios/new/")
    page.get_by_label("Name").fill("Without scripts")
    page.get_by_role("button", name="Start portfolio").click()
    expect(page.locator("[data-summary]")).to_contain_text("0 chosen, £0.")
    page.locator("[data-row] input[name=applications]").first.check()
    page.get_by_role("button", name="Update the mix").click()
    expect(page.locator("[data-summary]")).to_contain_text("1 chosen")
    page.get_by_role("button", name="Save portfolio").click()
    expect(page.locator("main")).to_contain_text("1 chosen")
    expect(page.locator("[data-row] input[name=applications]:checked")).to_have_count(1)
