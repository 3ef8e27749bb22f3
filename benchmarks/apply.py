"""What applying costs an applicant on a phone of 390 px: the weight of the public pages on the way, and the taps, letters
and minutes for eight questions. Run: ``python benchmarks/apply.py``. Ends with 1 when a bar is missed.

The weight is what Chromium received over the line, compressed: all of a first visit without fonts, and a second one. The
taps and letters are counted while Chromium does them; minutes are those counts times what a person needs for one
(tests/browser/scripted_meeting.py).
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from tests.browser.conftest import PHONE, Platform, launch  # noqa: E402
from tests.browser.scripted_meeting import SECONDS_A_LETTER, SECONDS_A_TAP  # noqa: E402
from tests.browser.test_applying import PLAN, ROUND, TOKEN, Person, ask_for_link, first_answers  # noqa: E402

FIRST_VISIT, LATER = 60, 15  # KB
MOST_TAPS = 24
EMAIL = "measured@harbour.example"
PAGES = [
    ("Front page", "/"),
    ("Rounds", "/rounds/"),
    ("A round", ROUND),
    ("Apply", f"{ROUND}apply/"),
    ("Your details", f"{ROUND}apply/your-details/"),
]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        platform = Platform(Path(folder))
        try:
            platform.start()
            browser = launch(playwright)
            is_light = weigh(browser, platform.address)
            person = apply(browser, platform)
            browser.close()
        finally:
            platform.stop()
    seconds = person.taps * SECONDS_A_TAP + person.letters * SECONDS_A_LETTER
    print(f"\nEight questions: {person.taps} taps, {person.letters} letters, about {seconds / 60:.1f} minutes")
    print(f"Bars: at most {MOST_TAPS} taps; {FIRST_VISIT} KB on a first visit, {LATER} KB later.")
    return 0 if is_light and person.taps <= MOST_TAPS else 1


def weigh(browser: Browser, address: str) -> bool:
    """Print what each page weighs; whether every one keeps to the bars."""
    print(f"\n{'':<16}{'first visit':>14}{'fonts':>10}{'requests':>10}{'later':>10}")
    is_light = True
    for name, path in PAGES:
        context = browser.new_context(viewport=PHONE, base_url=address, locale="en-GB", service_workers="block")
        page = context.new_page()
        first, fonts, requests = received(page, path)
        later, _fonts, _requests = received(page, path)
        context.close()
        print(f"{name:<16}{first:>11.1f} KB{fonts:>7.1f} KB{requests:>10}{later:>7.1f} KB", flush=True)
        is_light = is_light and first <= FIRST_VISIT and later <= LATER
    return is_light


def received(page: Any, path: str) -> tuple[float, float, int]:
    """Kilobytes over the line without fonts, those of fonts, and how many requests were answered from the server."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    fonts: set[str] = set()
    sizes: dict[str, float] = {}
    session.on("Network.responseReceived", lambda e: fonts.add(e["requestId"]) if e["type"] == "Font" else None)
    session.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    session.detach()
    of_fonts = sum(size for key, size in sizes.items() if key in fonts)
    whole = sum(sizes.values())
    return (whole - of_fonts) / 1000, of_fonts / 1000, sum(size > 0 for size in sizes.values())


def apply(browser: Browser, platform: Platform) -> Person:
    """Apply with eight questions, from the round's page to "submitted"."""
    page = browser.new_page(viewport=PHONE, base_url=platform.address, has_touch=True, locale="en-GB")
    person = Person(page)
    ask_for_link(person, EMAIL)
    page.goto(f"/application/{platform.shell(TOKEN.format(email=EMAIL))}/")
    person.taps += 1  # the link in the email
    person.follow("Hosting a local network")
    first_answers(person)
    person.write("Whom could you bring together?", PLAN)
    person.choose("Is there someone who could be the coordinator?", "Yes")
    person.write("What would they bring?", "She has run our carers' meetings for six years, in Welsh and English.")
    person.choose("How would people meet?", "Online")
    person.press("Save and continue")
    page.wait_for_url("**/check/")
    person.tap(page.get_by_label("I have read"))
    person.press("Submit application")
    page.wait_for_url("**/submitted/")
    return person


if __name__ == "__main__":
    sys.exit(main())
