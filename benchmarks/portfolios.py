"""Choosing a mix out of 1,000 applications under 12 targets: solving it, and from a tick to updated bars in a browser.

Prints the seconds for the best mix and for a whole suggestion (three mixes and what each target costs), and the
milliseconds from a click on a box until the browser has painted the bars. Ends with 1 when a bar is missed.

    .venv/bin/python benchmarks/portfolios.py
"""

import os
import random
import statistics
import sys
import time
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

APPLICATIONS, ROUNDS, TICKS = 1_000, 9, 40
SOLVE_BAR, TICK_BAR = 1.0, 100.0  # seconds; milliseconds
PLACES, MONEY = 20, Decimal(250_000)
TARGETS = [
    *(("nation:northern_ireland", 2, True), ("nation:scotland", 2, True), ("nation:wales", 2, True)),
    *(("nation:england", 10, False), ("area:rural", 5, True), ("is_user_led:yes", 6, True)),
    *(("is_first_time:yes", 8, True), ("is_under_pressure:yes", 7, True), ("needs:autism", 4, True)),
    *(("organisation_kind:university", 3, False), ("organisation_size:volunteers", 4, True)),
    ("delivery_model:network", 5, True),
]


def applications(seed: int) -> list:
    """1,000 invented applications whose traits are as unevenly spread as real ones."""
    from sites.calls.portfolios.characteristics import Candidate
    from sites.calls.rounds.questions.facts import Area, Need, Size
    from sites.organisations.models import Organisation

    luck = random.Random(seed)
    nations = ["england", "northern_ireland", "scotland", "wales"]
    rows = []
    for key in range(1, APPLICATIONS + 1):
        traits = {
            f"nation:{luck.choices(nations, [7, 1, 1, 1])[0]}",
            f"area:{luck.choice(Area.values)}",
            f"organisation_kind:{luck.choice(Organisation.Kind.values)}",
            f"organisation_size:{luck.choice(Size.values)}",
            f"is_first_time:{luck.choice(['yes', 'no'])}",
            f"is_user_led:{luck.choices(['yes', 'no'], [1, 4])[0]}",
            f"is_under_pressure:{luck.choice(['yes', 'no'])}",
            f"delivery_model:{luck.choice(['demonstrator', 'facilitator', 'network'])}",
            *(f"needs:{need}" for need in luck.sample(Need.values, luck.randint(1, 3))),
        }
        scores = [luck.randint(0, 4) * weight for weight in (3, 2, 2, 1, 1) * 2]
        money = Decimal(luck.randint(5, 60) * 500 + luck.choice([0, 0, 0, 137]))
        value = 100 * sum(scores) / (4 * 18)
        rows.append(Candidate(key, f"R-{key:04}", f"Group {key}", "A place", value, money, frozenset(traits)))
    return rows


def solving() -> tuple[str, bool]:
    """The best mix of each of some rounds, and one whole suggestion."""
    from sites.calls.portfolios.optimising import Goal, Problem, Row, suggest

    goals = [Goal(f"goal {n}", *target) for n, target in enumerate(TARGETS)]
    best, busy, whole = [], [], []
    for seed in range(ROUNDS):
        rows = [Row(row.key, row.value, row.money, row.traits) for row in applications(seed)]
        problem = Problem(rows, goals, PLACES, MONEY)
        began, used = time.perf_counter(), time.process_time()
        assert suggest(problem, mixes=1, with_costs=False).is_proven
        best.append(time.perf_counter() - began)
        busy.append(time.process_time() - used)
        began = time.perf_counter()
        suggest(problem)
        whole.append(time.perf_counter() - began)
    line = (
        f"Best mix of {APPLICATIONS:,} under {len(TARGETS)} targets: {statistics.median(best):.2f} s (slowest of {ROUNDS}: "
        f"{max(best):.2f} s; processor time {statistics.median(busy):.2f} s); three mixes with costs: {statistics.median(whole):.2f} s"
    )
    return line, statistics.median(best) <= SOLVE_BAR


def page() -> str:
    """The page of a portfolio as the view gives it, over rows that are in no database."""
    from django.template.loader import render_to_string

    from sites.calls.portfolios.characteristics import CHARACTERISTICS, Group, Value
    from sites.calls.portfolios.weighing.figures import Wanted, Wishes
    from sites.calls.portfolios.weighing.forms import ShownForm
    from sites.calls.portfolios.weighing.portfolio_views import table_of

    rows = applications(1)
    found: dict[str, set[str]] = {}
    for row in rows:
        for trait in row.traits:
            found.setdefault(trait.split(":")[0], set()).add(trait)
    groups = [
        Group(name, CHARACTERISTICS[name].label, False, tuple(Value(trait, trait, trait) for trait in sorted(traits)))
        for name, traits in found.items()
    ]
    wishes = Wishes([Wanted(f"t{n}", trait, trait, *rest) for n, (trait, *rest) in enumerate(TARGETS)], PLACES, MONEY)
    form = ShownForm({}, groups=groups, has_values=True)
    form.is_valid()
    round = SimpleNamespace(slug="measured", name="Measured")
    portfolio = SimpleNamespace(pk=1, name="Measured", note="", version=1)
    context = {
        **{"round": round, "portfolio": portfolio, "version": 1, "mix": SimpleNamespace(is_locked=True)},
        **{"shown_form": form, "may_edit": True, "crumbs": [], "history": [], "gone": []},
        **table_of(rows, set(range(1, 13)), form, groups, wishes),
    }
    return render_to_string("sites/calls/portfolios/portfolio_detail.html", context)


CLICK = """async (key) => {
  const box = document.getElementById(`a-${key}`);
  const began = performance.now();
  box.click();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - began;
}"""


def ticking() -> tuple[str, bool]:
    """From a click to painted bars, on a page with every application, in Chromium."""
    import shutil

    from playwright.sync_api import Route, sync_playwright

    html = page()

    def answer(route: Route) -> None:
        path = route.request.url.split("://", 1)[1].partition("/")[2].partition("?")[0]
        file = ROOT / path
        if path == "":
            route.fulfill(body=html, content_type="text/html")
        elif file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(status=404)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.route("**/*", answer)
        tab.goto("http://measured.invalid/")
        tab.wait_for_timeout(500)
        before = tab.locator("[data-summary]").text_content()
        times = [tab.evaluate(CLICK, key) for key in range(100, 100 + TICKS)]
        assert tab.locator("[data-summary]").text_content() != before, "The bars did not move."
        browser.close()
    line = f"Tick to updated bars, {APPLICATIONS:,} applications: {statistics.median(times):.0f} ms (slowest: {max(times):.0f} ms)"
    return line, statistics.median(times) <= TICK_BAR


def main() -> int:
    """Measure both and say what was missed."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "impact.settings", "IMPACT_DEMO": "1", "DEBUG": "1"}
    import django

    django.setup()
    missed = []
    for measure in (solving, ticking):
        line, is_met = measure()
        print(f"{line}. {'Met' if is_met else 'MISSED'}.", flush=True)
        if not is_met:
            missed.append(measure.__name__)
    print(f"\nBars: {SOLVE_BAR:g} s, {TICK_BAR:g} ms. {'All met.' if not missed else 'Missed: ' + ', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
