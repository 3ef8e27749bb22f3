"""Messages on a device, in a real browser: switched on with one press, shown without an open page, linking to this site only."""

import json

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.test_shared_device import enter, leave

# No push service is called: the address and the keys are made up, and kept from page to page as a browser keeps them.
SUBSCRIBE = """
  const made = () => JSON.parse(localStorage.getItem("test-subscription"));
  const whole = (said) => said && {
    endpoint: said.endpoint, toJSON: () => said,
    unsubscribe: async () => { localStorage.removeItem("test-subscription"); return true; },
  };
  PushManager.prototype.getSubscription = async () => whole(made());
  PushManager.prototype.subscribe = async (how) => {
    if (how.applicationServerKey.length !== 65 || !how.userVisibleOnly) throw new Error("no key");
    const keys = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
    const text = (raw) => btoa(String.fromCharCode(...new Uint8Array(raw)));
    const p256dh = text(await crypto.subtle.exportKey("raw", keys.publicKey)).replaceAll("+", "-").replaceAll("/", "_");
    const said = { endpoint: "https://push.invalid/" + Math.random(), keys: { p256dh, auth: btoa("sixteen letters.") } };
    localStorage.setItem("test-subscription", JSON.stringify(said));
    return whole(said);
  };
"""
SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map((one) => ({ title: one.title, body: one.body, tag: one.tag, path: one.data.path }))"""


def deliver(page: Page, data: str) -> None:
    """What the push service would hand to the browser."""
    devtools, found = page.context.new_cdp_session(page), []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    devtools.send("ServiceWorker.enable")
    for _ in range(50):
        if found:
            break
        page.wait_for_timeout(100)
    said = {"origin": page.url.split("/account")[0], "registrationId": found[0]["registrationId"], "data": data}
    devtools.send("ServiceWorker.deliverPushMessage", said)


def test_a_device_is_switched_on_with_one_press_shows_messages_and_stops_when_someone_else_signs_in(
    platform: str, browser: Browser
) -> None:
    context = browser.new_context(base_url=platform, viewport=PHONE, locale="en-GB", permissions=["notifications"])
    context.add_init_script(SUBSCRIBE)
    page = context.new_page()
    enter(page, "member")
    page.goto("/account/notices/")
    assert page.evaluate("localStorage.getItem('test-subscription')") is None  # nothing before the press
    page.get_by_role("button", name="Switch on for this device").click()
    expect(page.get_by_text("Messages are on for this device.")).to_be_visible()
    expect(page.get_by_text("This device shows messages.")).to_be_visible()
    expect(page.locator("#devices li").get_by_text("This one")).to_be_visible()
    deliver(page, json.dumps({"body": "Please say where you stand", "path": "/notices/", "tag": "notice-7"}))
    deliver(page, "no JSON at all")
    for _ in range(50):
        if len(shown := page.evaluate(SHOWN)) == 2:
            break
        page.wait_for_timeout(100)
    words = {one["tag"]: (one["title"], one["body"], one.get("path")) for one in shown}
    assert words["notice-7"] == ("IMPACT", "Please say where you stand", "/notices/")
    assert words[""][:2] == ("IMPACT", "There is something new for you")
    (worker,) = context.service_workers
    for elsewhere in ("https://elsewhere.example/x", "//elsewhere.example/x", "javascript:alert(1)", "https://[", None):
        led = worker.evaluate("path => ownAddress(path)", elsewhere)
        assert led.startswith(f"{platform}/")  # whatever a message says
    assert worker.evaluate("ownAddress('/notices/7/')") == f"{platform}/notices/7/"
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No device of yours shows messages.")).to_be_visible()
    page.get_by_role("button", name="Switch on for this device").click()
    expect(page.get_by_text("This device shows messages.")).to_be_visible()
    leave(page)
    enter(page, "staff")  # the browser stops listening once someone else is here
    for _ in range(50):
        if page.evaluate("localStorage.getItem('test-subscription')") is None:
            break
        page.wait_for_timeout(100)
    assert page.evaluate("localStorage.getItem('test-subscription')") is None
    enter_again = context.new_page()
    enter_again.goto("/account/notices/")
    expect(enter_again.get_by_text("No device of yours shows messages.")).to_be_visible()
    context.close()
