"""Every page that anybody reaches by a link: it answers, its HTML is valid, axe finds nothing, nothing scrolls sideways."""

import json
import os
import subprocess
from pathlib import Path

import pytest

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


def open_visit(open_as, visit: Visit, viewport: dict, **options):
    page = open_as(visit.role, viewport, **options)
    page.goto(visit.url)
    return page


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(DESKTOP, "light"), (PHONE, "light"), (DESKTOP, "dark")],
    ids=["1280 px, light", "390 px, light", "1280 px, dark"],
)
def test_axe_finds_nothing(visits, open_as, viewport, scheme):
    found = []
    pages = {}
    for visit in distinct(visits):
        page = pages.get(visit.role) or open_as(visit.role, viewport, color_scheme=scheme, reduced_motion="reduce")
        pages[visit.role] = page
        page.goto(visit.url)
        page.evaluate(AXE)
        result = page.evaluate("axe.run({exclude: ['#swagger-ui']}, {resultTypes: ['violations']})")
        found += [
            f"{visit.role or 'anybody'} {visit.url}: {v['id']}, {v['help']}: {v['nodes'][0]['html'][:160]}"
            for v in result["violations"]
        ]
    assert not found, "\n".join(found)


def test_nothing_scrolls_sideways_at_320_px(visits, open_as):
    wide, pages = [], {}
    for visit in distinct(visits):
        page = pages.get(visit.role) or open_as(visit.role, NARROW)
        pages[visit.role] = page
        page.goto(visit.url)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            wide.append(f"{visit.role or 'anybody'} {visit.url}: {width} px")
    assert not wide, "\n".join(wide)
