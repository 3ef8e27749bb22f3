"""Every page that anybody reaches by a link: it answers, its HTML is valid, axe finds nothing, nothing scrolls sideways."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, NARROW, PHONE
from tests.browser.crawl import ROLES, Visit, crawl

AXE = (Path(__file__).parents[1] / "vendor/axe.min.js").read_text()


@pytest.fixture(scope="module")
def visits(platform, browser, cookies) -> list[Visit]:
    found = []
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
        found += crawl(platform, role, cookies.get(role, []))
    return found


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


def test_every_page_is_valid_html(visits, tmp_path):
    jar = os.environ.get("VNU_JAR")
    assert jar, "The Nu HTML checker is missing; ./test installs it"
    names = {}
    for n, visit in enumerate(distinct(visits)):
        path = tmp_path / f"{n}.html"
        path.write_text(visit.html)
        names[path.name] = visit.url
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


COLOUR_RULES = ["color-contrast", "link-in-text-block"]  # what a dark page can break that a light one has not


@pytest.fixture(scope="module")
def inspected(visits, platform, browser, cookies) -> dict[str, list[str]]:
    """What is wrong with each page, by how it was looked at. One visit for all: resizing is cheaper than loading."""
    found: dict[str, list[str]] = {"1280 px, light": [], "390 px, light": [], "1280 px, dark": [], "320 px": []}
    pages = {}

    def look(page: Page, visit: Visit, how: str, rules: str) -> None:
        options = f"{{resultTypes: ['violations']{rules}}}"
        result = page.evaluate(f"axe.run({{exclude: ['#swagger-ui']}}, {options})")
        found[how] += [
            f"{visit.role or 'anybody'} {visit.url}: {v['id']}, {v['help']}: {v['nodes'][0]['html'][:160]}"
            for v in result["violations"]
        ]

    for visit in distinct(visits):
        if visit.role not in pages:
            context = browser.new_context(base_url=platform, locale="en-GB", reduced_motion="reduce")
            context.add_cookies(cookies.get(visit.role, []))
            pages[visit.role] = context.new_page()
        page = pages[visit.role]
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light")
        page.goto(visit.url)
        page.evaluate(AXE)
        look(page, visit, "1280 px, light", "")
        page.emulate_media(color_scheme="dark")
        look(page, visit, "1280 px, dark", f", runOnly: {json.dumps(COLOUR_RULES)}")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(PHONE)
        look(page, visit, "390 px, light", "")
        page.set_viewport_size(NARROW)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            found["320 px"].append(f"{visit.role or 'anybody'} {visit.url}: {width} px")
    for page in pages.values():
        page.context.close()
    return found


@pytest.mark.parametrize("how", ["1280 px, light", "390 px, light", "1280 px, dark"])
def test_axe_finds_nothing(inspected, how):
    assert not inspected[how], "\n".join(inspected[how])


def test_nothing_scrolls_sideways_at_320_px(inspected):
    assert not inspected["320 px"], "\n".join(inspected["320 px"])
