"""Templates stay readable: short lines, and decisions made in Python."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
PAGES = sorted(TEMPLATES.rglob("*.html"))
OURS = [
    page for page in PAGES if page.relative_to(TEMPLATES).parts[0] not in {"account", "allauth", "mfa", "usersessions"}
]
LONGEST = 160


def test_no_line_of_a_template_is_longer_than_160_characters():
    long = [
        f"{page.relative_to(TEMPLATES)}:{number}"
        for page in PAGES
        for number, line in enumerate(page.read_text().split("\n"), start=1)
        if len(line) > LONGEST
    ]
    assert not long, f"break these lines where a space is already: {long}"


def test_no_template_of_ours_works_out_the_tone_of_a_component():
    """The tone comes from ``status_tone``, from ``yesno`` or from the view."""
    choice = re.compile(r'<c-[^>]*\btone="[^"]*{% if ')
    found = [str(page.relative_to(TEMPLATES)) for page in OURS if choice.search(page.read_text())]
    assert not found


def test_no_view_or_template_takes_the_name_that_the_menu_uses_for_its_reader():
    """``me`` is the account in the menu of every page (impact/core/web/context.py); a page's own ``me`` would replace it."""
    root = TEMPLATES.parent
    apps = [
        path
        for app in ("impact", "sites", "networks", "coproduction", "reports")
        for path in (root / app).rglob("*.py")
    ]
    taken = [path for path in apps if re.search(r'"me": (?!None)', path.read_text()) and path.name != "context.py"]
    taken += [page for page in PAGES if re.search(r"\bwith [^%]*\bme=|\bas me %}|\bfor me in\b", page.read_text())]
    assert not taken
