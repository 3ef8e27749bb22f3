"""Every page that anybody reaches by a link: it answers, its HTML is valid, axe finds nothing, nothing scrolls sideways."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import DESKTOP, NARROW, PHONE, launch
from tests.browser.crawl import ROLES, SENT_EMPTY, Visit, crawl, sent_empty

AXE = Path(__file__).parents[1] / "vendor/axe.min.js"


@pytest.fixture(scope="module")
def visits(platform, browser, cookies) -> list[Visit]:
    """What each role reaches, three roles at a time: the platform has two processes that answer."""
    for role in ROLES:
        if role and role not in cookies:
            context = browser.new_context(base_url=platform)
            page = context.new_page()
            page.goto("/accounts/login/")
            page.get_by_label("Email address").fill(f"{role}@impact.example")
            page.get_by_label("Password", exact=True).fill("impact-demo-2022")
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.wait_for_url("**/")
            cookies[role] = context.cookies()
            context.close()
    with ThreadPoolExecutor(3) as threads:
        shares = threads.map(lambda role: crawl(platform, role, cookies.get(role, [])), ROLES)
    return [visit for share in shares for visit in share]


@pytest.fixture(scope="module")
def mistakes(platform, visits, cookies) -> list[Visit]:
    """Forms as they come back with what is wrong with them."""
    return sent_empty(platform, visits, cookies)


def distinct(visits: list[Visit]) -> list[Visit]:
    """One page for each route, and every role's home page."""
    chosen: dict[tuple, Visit] = {}
    for visit in visits:
        if visit.html and visit.status == 200:
            key = (visit.route, visit.role if visit.route == "home" else "")
            chosen.setdefault(key, visit)
    return list(chosen.values())


def test_no_link_leads_nowhere(visits):
    broken = [
        f"{v.role or 'anybody'}: {v.url} is {v.status}, linked from {v.linked_from}" for v in visits if v.status >= 400
    ]
    assert not broken, "\n".join(broken)
    assert len({v.route for v in visits}) > 50


# A journey that ran on the same platform before may have answered or moved the only one that there was.
USED_UP = {"coproduction:involvement-reply", "coproduction:waypoint-move"}


def test_every_form_says_what_is_wrong(mistakes):
    found = {visit.route for visit in mistakes}
    assert set(SENT_EMPTY) - USED_UP <= found <= set(SENT_EMPTY)
    silent = [f"{v.role} {v.url}: {v.status}" for v in mistakes if "There is a problem" not in v.html]
    assert not silent, "\n".join(silent)


def test_every_page_is_valid_html(visits, mistakes, tmp_path):
    jar = os.environ.get("VNU_JAR")
    assert jar, "The Nu HTML checker is missing; ./test installs it"
    names = {}
    for n, visit in enumerate([*distinct(visits), *mistakes]):
        path = tmp_path / f"{n}.html"
        path.write_text(visit.html)
        names[path.name] = f"{visit.url} {visit.linked_from if visit in mistakes else ''}"
    result = subprocess.run(
        ["java", "-jar", jar, "--format", "json", *map(str, sorted(tmp_path.glob("*.html")))],
        capture_output=True,
        text=True,
        check=False,
    )
    messages = json.loads(result.stderr)["messages"]
    problems = [
        f"{names[Path(m['url']).name]} line {m.get('lastLine')}: {m['message']}"
        for m in messages
        if m["type"] == "error" or (m["type"] == "info" and m.get("subType") == "warning")
    ]
    assert not problems, "\n".join(sorted(set(problems)))


SEND_EMPTY = """() => { const form = document.querySelector("main form[method=post][novalidate]:not([action])");
  for (const field of form.elements) if (field.type === "radio" || field.type === "checkbox") field.checked = false;
    else if (field.type !== "hidden" && "value" in field && field.tagName !== "BUTTON") field.value = "";
  form.requestSubmit(); }"""
COLOUR_RULES = ["color-contrast", "link-in-text-block"]  # what a dark page can break that a light one has not


LOOKS = ["1280 px, light", "390 px, light", "1280 px, dark", "320 px"]
Found = dict[str, list[str]]  # what is wrong, by how a page was looked at


class Inspector:
    """A browser of its own that looks at pages, each signed in as its role."""

    def __init__(self, chromium: Browser, platform: str, cookies: dict[str, list]) -> None:
        self.chromium, self.platform, self.cookies = chromium, platform, cookies
        self.pages: dict[str, Page] = {}
        self.found: Found = {how: [] for how in LOOKS}

    def page_of(self, role: str) -> Page:
        if role not in self.pages:
            context = self.chromium.new_context(base_url=self.platform, locale="en-GB", reduced_motion="reduce")
            context.add_cookies(self.cookies.get(role, []))
            context.add_init_script(path=AXE)  # sent once, and not half a megabyte for each page
            self.pages[role] = context.new_page()
        return self.pages[role]

    def run_axe(self, page: Page, visit: Visit, how: str, rules: str = "") -> None:
        # Of what axe would load again, no rule that is on needs the style sheets, and they take half of its time.
        options = f"{{resultTypes: ['violations'], preload: {{assets: ['media']}}{rules}}}"
        result = page.evaluate(f"axe.run({{exclude: ['#swagger-ui']}}, {options})")
        self.found[how] += [
            f"{visit.role or 'anybody'} {visit.url}: {v['id']}, {v['help']}: {v['nodes'][0]['html'][:160]}"
            for v in result["violations"]
        ]

    def hold_width(self, page: Page, visit: Visit, what: str = "") -> None:
        if (width := page.evaluate("document.documentElement.scrollWidth")) > NARROW["width"]:
            self.found["320 px"].append(f"{visit.role or 'anybody'} {visit.url}{what}: {width} px")

    def look(self, visit: Visit) -> None:
        """One visit for all: resizing is cheaper than loading."""
        page = self.page_of(visit.role)
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light")
        page.goto(visit.url)
        self.run_axe(page, visit, "1280 px, light")
        page.emulate_media(color_scheme="dark")
        self.run_axe(page, visit, "1280 px, dark", f", runOnly: {json.dumps(COLOUR_RULES)}")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(PHONE)
        self.run_axe(page, visit, "390 px, light")
        page.set_viewport_size(NARROW)
        self.hold_width(page, visit)

    def look_at_mistake(self, visit: Visit) -> None:
        page = self.page_of(visit.role)
        page.set_viewport_size(NARROW)
        page.goto(visit.url)
        with page.expect_navigation():
            page.evaluate(SEND_EMPTY)
        assert page.locator("[data-error-summary]").count(), f"{visit.url} says nothing of the mistake"
        self.hold_width(page, visit, ", sent empty")
        page.set_viewport_size(DESKTOP)
        self.run_axe(page, visit, "1280 px, light")


@pytest.fixture(scope="module")
def inspected(visits, mistakes, platform, cookies) -> Found:
    """What is wrong with each page. Two browsers share the pages: while one loads or draws, the other inspects."""
    steps = iter(
        [(Inspector.look, visit) for visit in distinct(visits)]
        + [(Inspector.look_at_mistake, visit) for visit in mistakes]
    )

    def work() -> Found:
        with sync_playwright() as playwright, launch(playwright) as chromium:
            inspector = Inspector(chromium, platform, cookies)
            for look, visit in steps:  # each takes the next one that is left
                look(inspector, visit)
            return inspector.found

    with ThreadPoolExecutor(2) as threads:
        shares = [share.result() for share in [threads.submit(work) for _ in range(2)]]
    return {how: [line for share in shares for line in share[how]] for how in LOOKS}


@pytest.mark.parametrize("how", LOOKS[:3])
def test_axe_finds_nothing(inspected, how):
    assert not inspected[how], "\n".join(inspected[how])


def test_nothing_scrolls_sideways_at_320_px(inspected):
    assert not inspected["320 px"], "\n".join(inspected["320 px"])
