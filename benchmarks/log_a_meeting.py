"""Taps, letters and seconds to log one real meeting on a phone of 390 px: nine members, two guests, twelve
contributions, two decisions, four actions. Run: ``python benchmarks/log_a_meeting.py``.

The taps and letters are counted while Chromium does them. The seconds are those counts times what a person needs for
one (see tests/browser/scripted_meeting.py), and the ratio is against ten minutes.
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.browser import scripted_meeting  # noqa: E402
from tests.browser.conftest import PASSWORD, PHONE, Platform, launch  # noqa: E402
from tests.browser.log_page import NEW_MEETING  # noqa: E402

TEN_MINUTES = 600


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        platform = Platform(Path(folder))
        try:
            platform.start()
            pk = platform.shell(NEW_MEETING.format(slug="choice-and-control-england", title="Measured"))
            browser = launch(playwright)
            page = browser.new_page(viewport=PHONE, base_url=platform.address, has_touch=True, locale="en-GB")
            page.goto("/accounts/login/")
            page.get_by_label("Email address").fill("coordinator.england@impact.example")
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.wait_for_url("**/")
            page.goto(f"/meetings/{pk}/log/")
            effort = scripted_meeting.log_it(page)
            browser.close()
        finally:
            platform.stop()
    print(f"{effort.taps} taps, {effort.letters} letters")
    print(f"about {effort.seconds / 60:.1f} minutes for a person; {effort.machine_seconds:.0f} s for the machine alone")
    print(f"ratio to ten minutes: {effort.seconds / TEN_MINUTES:.2f}")


if __name__ == "__main__":
    main()
