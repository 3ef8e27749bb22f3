"""A member sees what is held about them, who looked, and downloads it: by keyboard alone, without scripts, at 400%."""

import json
import re
import zipfile

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP
from tests.browser.hands import AT_400, At400, Hands, Keyboard

NO_SCRIPTS = {"java_script_enabled": False}
WAYS: dict[str, tuple[type[Hands], dict, dict]] = {
    "by keyboard alone": (Keyboard, DESKTOP, {}),
    "without scripts": (Hands, DESKTOP, NO_SCRIPTS),
    "at 400%": (At400, AT_400, {}),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_member_sees_and_downloads_what_is_held_about_them(open_as, way: str):
    hands, viewport, options = WAYS[way]
    member = hands(open_as("member", viewport, **options))
    member.go("/account/")
    member.follow("See it all, see who looked at it, and download it")
    member.reads("What is held about you", "Memberships", "Who looked at it", "member@impact.example")
    member.press(re.compile("^Make (the|a new) download$"))
    ready = member.main.get_by_role("link", name=re.compile("^Download \\("))
    if options == NO_SCRIPTS:
        for _wait in range(60):
            if ready.count():
                break
            member.page.wait_for_timeout(1000)
            member.page.reload()
    expect(ready).to_be_visible(timeout=60_000)
    if hands is Keyboard:
        member.is_in = False  # the page has been loaded again
    with member.page.expect_download() as download:
        member.use(ready)
    with zipfile.ZipFile(download.value.path()) as packed:
        held = json.loads(packed.read("my-data.json"))["held"]
        assert {"Your record", "Your account", "Memberships"} <= {table["heading"] for table in held}
        page = packed.read("my-data.html").decode()
    alone = open_as("", viewport)
    alone.set_content(page)
    expect(alone.get_by_role("heading", level=1)).to_contain_text("What IMPACT holds about")


@pytest.mark.parametrize("way", ["by keyboard alone", "without scripts"])
def test_a_member_says_yes_and_takes_it_back(open_as, way: str):
    hands, viewport, options = WAYS[way]
    member = hands(open_as("member", viewport, **options))
    member.go("/account/consents/photos/")
    member.choose(re.compile("^Yes"))
    member.press("Save answer")
    photos = member.main.locator("#photos")
    expect(photos).to_contain_text("You said yes")
    member.open(photos.get_by_role("link", name=re.compile("^Take it back")))
    member.reads("If you take it back", "You need not say why")
    member.press("Take it back")
    expect(member.main.locator("#photos")).to_contain_text("You said no")
    expect(member.main.locator("#photos").get_by_role("link", name=re.compile("^Take it back"))).to_have_count(0)
    member.reads("Your answer is now no.")


def test_someone_without_an_account_is_told_the_same_whoever_they_are(open_as):
    for address in ("no.one@elsewhere.example", "member@impact.example"):
        visitor = Hands(open_as("", DESKTOP, **NO_SCRIPTS))
        visitor.go("/privacy/")
        visitor.follow("by a link to your mailbox")
        visitor.write(visitor.page.get_by_label("Your email address"), address)
        visitor.press("Send the link")
        visitor.reads("Check your email", "We have sent an email to the address that you gave.")
