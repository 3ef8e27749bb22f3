"""One device, several people: what is left for the next one after signing out."""

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Error, Page, Playwright, expect

from tests.browser.conftest import PASSWORD, PHONE, launch

KEPT = """async () => { const found = []; for (const name of await caches.keys())
  if (name.startsWith('impact-log-pages')) for (const request of await (await caches.open(name)).keys())
    found.push([name.split(':')[1], new URL(request.url).pathname]); return found; }"""


@pytest.fixture
def shared(platform: str, playwright: Playwright) -> Iterator[Page]:
    """A page in a browser that keeps pages for the Back button, as people's browsers do and test browsers do not."""
    browser = launch(playwright, ignore_default_args=["--disable-back-forward-cache"])
    context = browser.new_context(base_url=platform, viewport=PHONE, locale="en-GB")
    yield context.new_page()
    browser.close()


def enter(page: Page, who: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email address").fill(f"{who}@impact.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/")


def leave(page: Page) -> None:
    page.locator(".account summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def wait_until_kept(page: Page, wanted: list[list[str]]) -> None:
    """The worker keeps and deletes pages beside the page, so this looks again for a few seconds."""
    for _ in range(100):
        if (found := page.evaluate(KEPT)) == wanted:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"kept: {found}, not {wanted}")


def go_back(page: Page) -> None:
    """Go back and wait until the page is whole. The look is a call each time: the pages' CSP refuses the eval that
    Playwright's wait_for_function polls with, so that one passes only when the first look succeeds."""
    page.go_back(wait_until="commit")
    for _ in range(100):
        with contextlib.suppress(Error):  # the page changes under the look
            if page.evaluate("document.readyState") == "complete":
                return
        page.wait_for_timeout(100)
    raise AssertionError(f"{page.url} did not load")


def test_going_back_after_signing_out_shows_no_names_and_nor_does_the_next_person(shared):
    enter(shared, "coordinator.england")
    shared.goto("/account/")
    mine = shared.locator("#id_name").input_value()
    shared.goto("/api/v1/groups/")
    group = shared.evaluate("JSON.parse(document.body.innerText).results[0].name")
    shared.goto("/account/")
    leave(shared)
    for _ in range(3):
        go_back(shared)
        words = shared.content()
        assert mine not in words and group not in words, shared.url
    enter(shared, "member")
    for _ in range(5):
        go_back(shared)
        assert mine not in shared.content(), shared.url


def test_a_log_page_kept_for_one_person_is_never_opened_for_another(shared, own_platform):
    enter(shared, "coordinator.ni")
    meeting = own_platform.shell(
        "from networks.models import Meeting; print(Meeting.objects.to_log()"
        ".filter(group__memberships__person__user__email='coordinator.ni@impact.example').first().pk)"
    )
    address = f"/meetings/{meeting}/log/"
    shared.goto(address)
    owner = shared.evaluate("document.documentElement.dataset.person")
    wait_until_kept(shared, [[owner, address]])
    # Their session ends without a sign-out, and someone else signs in.
    shared.context.clear_cookies()
    enter(shared, "member")
    wait_until_kept(shared, [])
    shared.context.set_offline(True)
    with pytest.raises(Exception, match="ERR_"):
        shared.goto(address)
    shared.context.set_offline(False)
    # The same again, with a sign-out.
    shared.goto("/")
    leave(shared)
    enter(shared, "coordinator.ni")
    shared.goto(address)
    wait_until_kept(shared, [[owner, address]])
    shared.goto("/")
    leave(shared)
    wait_until_kept(shared, [])
