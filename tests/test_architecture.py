"""The shape of the code base, kept by a machine: imports go one way, vocabulary stays where it belongs."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.sqlite_only

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["impact.core", "sites", "networks", "coproduction", "reports"]
# The packages of each app, in the order in which they may import: each one only those before it. A dot names a package
# within another, which may stand elsewhere in the order than the one it is in.
PACKAGES = {
    "impact.core": [
        *("basics", "access", "web", "jobs", "documents", "people", "notices", "api", "people.rights", "web.search"),
        *("jobs.webhooks", "notices.push"),
        "web.imports",
    ],
    "sites": [
        *(
            "organisations",
            "topics",
            "registry",
            "organisations.moving_in",
            "progress.delivery",
            "progress.evidence",
            "progress.outcomes",
        ),
        *("questions", "progress.units", "updates"),
        *("calls.rounds", "calls.applications", "calls.assessment", "calls.portfolios"),
    ],
    "networks": [
        *(
            "groups",
            "meetings.planning.directory",
            "meetings",
            "themes",
            "actions",
            "log",
            "documents.materials",
            "network.learning",
            "members",
            "meetings.planning.bookings",
            "meetings.planning.costs",
        ),
        *("network", "documents"),
    ],
    "coproduction": [
        *("group", "group.outside", "group.people", "charter", "group.meetings", "charter.writing", "suggestions"),
        *("agreement", "charter.corrections", "charter.reading", "waypoints", "waypoints.answers", "involvements"),
        *("involvements.taking_part", "claims", "reflections", "reflections.equality", "group.news"),
    ],
    "reports": [
        *("figures", "figures.rows", "writing", "quotes", "formats", "editions", "subjects", "group_reading"),
        *("formats.easy_read.answers", "approval.review", "writing.room", "approval", "writing.year"),
    ],
}
AT_THE_TOP, IN_A_FOLDER, LINES = 16, 10, 450  # things in an app, things in a package, lines in a module
UNCOUNTED = {"__init__.py", "__pycache__"}
# What Django looks for at an app's top; all else there is a package.
FURNITURE = {
    "models.py",
    "urls.py",
    "api.py",
    "apps.py",
    "admin.py",
    "migrations",
    "management",
    "templatetags",
}


def modules(package: str) -> list[Path]:
    folder = ROOT / package.replace(".", "/")
    return [p for p in folder.rglob("*.py") if "migrations" not in p.parts]


def imports_of(path: Path) -> set[str]:
    found = set()
    tree = ast.parse(path.read_text())
    only_for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in only_for_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def layer_of(module: str) -> int | None:
    for rank, package in enumerate(ORDER):
        if module == package or module.startswith(f"{package}."):
            return rank
    return None


@pytest.mark.parametrize("package", ORDER)
def test_imports_go_one_way(package):
    """core ← sites ← networks ← coproduction ← reports; nothing imports upwards, not even inside a function."""
    rank = ORDER.index(package)
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imports_of(path)
        if (layer := layer_of(name)) is not None and layer > rank
    ]
    assert not wrong


@pytest.mark.parametrize("package", ORDER)
def test_nothing_below_imports_the_top(package):
    """impact.home, impact.attention, impact.api and impact.urls put the apps together; no app knows them."""
    top = {"impact.home", "impact.attention", "impact.api", "impact.urls"}
    assert not [(p, n) for p in modules(package) for n in imports_of(p) if n in top]


def test_only_the_pdf_module_knows_weasyprint():
    users = {p.relative_to(ROOT).as_posix() for pkg in ORDER for p in modules(pkg) if "weasyprint" in imports_of(p)}
    assert users == {"impact/core/documents/pdf.py"}


def test_only_the_joining_child_knows_pikepdf_and_no_server_process_imports_it():
    found = {p.relative_to(ROOT).as_posix(): imports_of(p) for pkg in ORDER for p in modules(pkg)}
    assert {path for path, names in found.items() if any(n.split(".")[0] == "pikepdf" for n in names)} == {
        "impact/core/documents/join.py",
        *(f"impact/core/documents/chapters/{name}.py" for name in ("assemble", "numbers", "tags")),
    }
    joining = {"impact.core.documents.join", "impact.core.documents.chapters.assemble"}
    assert {path for path, names in found.items() if joining & names} <= {
        "impact/core/documents/render.py",
        "impact/core/documents/warm.py",  # in the parent of the processes that draw
    }


def test_indicators_do_not_import_django():
    """Figures come from rows, so indicators know neither the database nor Django."""
    assert not [n for n in imports_of(ROOT / "reports/figures/indicators.py") if n.startswith("django")]


def test_models_do_not_reach_for_views_forms_or_services():
    for package in ORDER:
        for path in (p for p in modules(package) if p.stem == "models" or p.parent.name == "models"):
            later = re.compile(r"\.(views|forms|services|api|tasks)(\.\w+)?$")
            assert not [n for n in imports_of(path) if later.search(n) and ".models" not in n], path


SURFACES = re.compile(r"(^|_)(views|pages|attention|api|forms|filters|serializers|admin|urls)$")


def is_surface(module: str) -> bool:
    """Whether a module is what people and programs meet: pages, forms, the API. A page may tell of any package."""
    return any(SURFACES.search(part) for part in module.split("."))


def test_packages_of_an_app_import_one_way():
    """Models, services and calculations import only packages before theirs, and no surface. Pages, forms and the API
    may tell of any package: a meeting's page shows its papers, its log and its actions.

    What stands at an app's top (apps, urls, admin, models, management …) puts the packages together.
    """
    wrong = []
    for app, names in PACKAGES.items():
        folder = ROOT / app.replace(".", "/")
        for path in (path for top in tops(app) for path in (folder / top).rglob("*.py")):
            own = package_of(app, ".".join([app, *path.relative_to(folder).with_suffix("").parts]))
            if own not in names:
                wrong += [str(path.relative_to(ROOT))] * (path.name != "__init__.py")
                continue
            if is_surface(".".join(path.relative_to(folder).with_suffix("").parts)) and not is_api_package(own):
                continue
            for module in imports_of(path):
                package = package_of(app, module)
                if package and (package not in names or names.index(package) > names.index(own)):
                    wrong.append(f"{path.relative_to(ROOT)} imports {module}")
                elif package and is_surface(module.removeprefix(f"{app}.")) and not is_api_package(package):
                    wrong.append(f"{path.relative_to(ROOT)} imports the page, form or API {module}")
    assert not wrong


def is_api_package(package: str) -> bool:
    """Whether this is core's package for all APIs, which is no API itself."""
    return package == "api"


def tops(app: str) -> set[str]:
    """The packages at an app's top."""
    return {name.split(".")[0] for name in PACKAGES[app]}


def package_of(app: str, module: str) -> str:
    """The listed package that a module of an app stands in: of several, the innermost. Empty for another app's module,
    and the first name after the app's for one that no listed package holds."""
    if not module.startswith(f"{app}."):
        return ""
    inner = module.removeprefix(f"{app}.")
    held_by = [name for name in PACKAGES[app] if inner == name or inner.startswith(f"{name}.")]
    return max(held_by, key=len, default=inner.split(".")[0])


@pytest.mark.parametrize("app", PACKAGES)
def test_packages_hold_few_files(app):
    folder = ROOT / app.replace(".", "/")
    at_the_top = {p.name for p in folder.iterdir()} - UNCOUNTED
    assert at_the_top - FURNITURE == tops(app)
    assert len(at_the_top) <= AT_THE_TOP
    for package in (p for top in tops(app) for p in [folder / top, *(folder / top).rglob("*/")]):
        if package.is_dir() and package.name != "__pycache__":
            things = {p.name for p in package.iterdir()} - UNCOUNTED
            assert len(things) <= IN_A_FOLDER, (package, sorted(things))


@pytest.mark.parametrize("app", PACKAGES)
def test_modules_stay_short(app):
    assert not too_long(modules(app))


def test_scripts_stay_short():
    assert not too_long([p for folder in ("scripts", "deploy", "benchmarks") for p in (ROOT / folder).rglob("*.py")])


def too_long(paths: list[Path]) -> dict[str, int]:
    """Modules with more lines than a module may have, and how many."""
    return {p.relative_to(ROOT).as_posix(): n for p in paths if (n := len(p.read_text().splitlines())) > LINES}


def test_domain_dates_come_from_the_clock():
    """A demonstration stands on one day; timezone.localdate() would walk past it."""
    wrong = [
        str(path.relative_to(ROOT))
        for package in ORDER[1:]
        for path in modules(package)
        if "localdate" in path.read_text()
    ]
    assert not wrong


def test_services_name_the_actor_first():
    """Every public service is keyword-only and begins with ``by`` (or is a read without an actor)."""
    for package in ORDER[1:]:
        folder = ROOT / package
        files = [folder / "services.py", *(folder / "services").glob("*.py")]
        for path in (p for p in files if p.exists()):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    is_write = any("atomic" in ast.unparse(d) for d in node.decorator_list)
                    names = [a.arg for a in node.args.kwonlyargs]
                    assert not is_write or (names and names[0] == "by"), f"{path.name}: {node.name}"
                    assert ast.get_docstring(node), f"{path.name}: {node.name} has no docstring"


def test_no_template_holds_inline_style_or_script():
    wrong = []
    for path in (ROOT / "templates").rglob("*.html"):
        if "pdf" in path.parts or "emails" in path.parts:  # mail programs read no style sheet
            continue
        if re.search(
            r'style="|<style|\son[a-z]+="|<script(?![^>]*\bsrc=)(?![^>]*type="(application|text)/)', path.read_text()
        ):
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong


def test_no_file_holds_the_marks_of_a_merge():
    """A browser drops the rule after one in a style sheet, and says nothing."""
    kept = ("static", "templates", "docs", "tests", "deploy", "impact", "sites", "networks", "coproduction", "reports")
    kinds = {".css", ".js", ".html", ".txt", ".md", ".toml", ".po", ".yml", ".csv", ".svg"}
    paths = [path for top in kept for path in (ROOT / top).rglob("*") if path.suffix in kinds]
    paths += [path for path in ROOT.iterdir() if path.suffix in kinds]
    marked = re.compile(rb"^(<{7}|>{7}) ", re.MULTILINE)
    assert len(paths) > 500 and not [str(path) for path in paths if marked.search(path.read_bytes())]


def test_the_compiled_design_system_holds_nothing_that_others_may_not_use():
    css = "".join(p.read_text() for p in (ROOT / "static/vendor/govuk-frontend").glob("*.css"))
    assert not re.search(r"crown|crest|GDS Transport|url\(", css)


def test_no_third_party_sites_app():
    """django.contrib.sites has our app's label."""
    assert "django.contrib.sites" not in (ROOT / "impact/settings.py").read_text()


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def manage(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": "/usr/bin:/bin", "LOG_LEVEL": "ERROR", **env}
    return subprocess.run(
        [sys.executable, "manage.py", *args],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


PRODUCTION = {
    "SECRET_KEY": "a-long-random-text-for-this-check-only-0123456789-abcdefghijklmnop",
    "ALLOWED_HOSTS": "impact.example",
    "DATABASE_URL": "postgres://impact:secret@127.0.0.1:5432/impact",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}


def test_production_settings_pass_the_deployment_check():
    result = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"DEBUG": "1"}, "DEBUG is on"),
        (
            {"DATABASE_URL": "sqlite:////tmp/x.sqlite3", "IMPACT_SEVERAL_HOSTS": "1"},
            "SQLite cannot serve several hosts",
        ),
    ],
)
def test_settings_refuse_to_start_insecurely(change, message):
    result = manage("check", **{**PRODUCTION, **change})
    assert result.returncode != 0
    assert message in result.stderr


def test_demo_accounts_are_refused_outside_a_demonstration(settings, db):
    from django.core.management.base import CommandError

    from impact.core.management import demo
    from impact.core.people.models import User

    settings.DEMO = False
    with pytest.raises(CommandError, match="IMPACT_DEMO=1"):
        demo.build()
    assert not User.objects.exists()


def test_the_api_looks_rows_up_with_a_function_that_knows_malformed_values():
    """Django's own ``get_object_or_404`` raises ValueError for "abc", which is a 500; REST framework's answers 404."""
    paths = [p for package in ORDER for p in modules(package) if p.stem.startswith("api") or p.parent.name == "api"]
    assert not [p for p in paths if "django.shortcuts.get_object_or_404" in imports_of(p)]


def test_who_is_expected_at_a_meeting_is_defined_once():
    """``Meeting.expected_members()``; no other module works it out from the day of a meeting."""
    again = re.compile(r"current\([^()]*\bstarts_on")
    found = [str(p.relative_to(ROOT)) for package in ORDER for p in modules(package) if again.search(p.read_text())]
    assert found == ["networks/meetings/models.py"]
