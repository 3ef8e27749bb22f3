"""What every test shares: a safe environment, a client that is signed in, rows to start from."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.contrib import auth
from django.contrib.auth.models import AnonymousUser
from django.core.cache.backends.locmem import LocMemCache
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.http import FileResponse, HttpRequest
from django.test import Client, override_settings
from rest_framework.throttling import SimpleRateThrottle

from impact.core.people.models import User
from tests import databases, factories

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("impact", deadline=None)
hypothesis.settings.load_profile("impact")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave tests that need PostgreSQL to the run on PostgreSQL; ./test always makes that run too.

    Begin with the slow ones, so that no process is left alone with one of them at the end; but those that empty the
    database stay behind the others, where pytest-django puts them.
    """
    browser = config.rootpath / "tests/browser"  # the only folder in which ./test looks for them
    if astray := [i.nodeid for i in items if i.get_closest_marker("browser") and not i.path.is_relative_to(browser)]:
        raise pytest.UsageError(f"tests marked browser belong in tests/browser: {', '.join(astray)}")
    if connection.vendor == "sqlite":
        apart = [item for item in items if item.get_closest_marker("postgresql_only")]
        config.hook.pytest_deselected(items=apart)
        items[:] = [item for item in items if item not in apart]
    items.sort(key=lambda item: not item.get_closest_marker("slow") or "transactional_db" in item.fixturenames)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix, django_db_blocker, tmp_path_factory
) -> Iterator[None]:
    """Begin with a copy of a migrated database; pytest-django calls this just before it makes its own."""
    folder = databases.shared_folder(tmp_path_factory)
    with django_db_blocker.unblock(), databases.copied(folder), django_db_blocker.block():
        yield


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory) -> Path:
    """A migrated SQLite file, for a test that gives a platform a data folder of its own; to be copied."""
    return databases.migrated_file(databases.shared_folder(tmp_path_factory))


@pytest.fixture(scope="module")
def one_for_the_file(django_db_setup, django_db_blocker, tmp_path_factory):
    """``with one_for_the_file() as files:`` around rows that a module builds once, and the folder of their files. Each
    test's own changes are rolled back before the next, and what was built at the end."""

    @contextmanager
    def build(**settings: Any) -> Iterator[Path]:
        files = tmp_path_factory.mktemp("files")
        quick = {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"], "TWO_STEP_REQUIRED": False}
        with (
            override_settings(MEDIA_ROOT=files, **quick, **settings),
            django_db_blocker.unblock(),
            transaction.atomic(),
        ):
            yield files
            transaction.set_rollback(True)

    return build


@pytest.fixture(autouse=True)
def safe_settings(settings, tmp_path) -> None:
    """Quick password hashing, plain static files, files under the test's own folder, no two-step gate."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ERASURE_LEDGER = tmp_path / "erasures"
    settings.STORAGES = {
        **django_settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.TWO_STEP_REQUIRED = False
    settings.QUIET_HOURS = ""  # emails leave at once, at whatever hour tests run


@pytest.fixture(autouse=True)
def no_hourly_limit_of_the_api(monkeypatch) -> None:
    """The limit counts by account, and thousands of tests use the same few account numbers within an hour. What it does
    is tested with a limit of its own (tests/core/test_plumbing.py)."""
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"user": None, "anon": None})


@pytest.fixture
def hourly_limit(monkeypatch) -> Callable[[str], None]:
    """``hourly_limit("2/hour")`` limits the API for this test. What it counts stands in a cache of its own: that of the
    process holds what other tests asked for, by the same account numbers, and drops entries when it is full."""

    def limit(user: str, anon: str = "") -> None:
        monkeypatch.setattr(SimpleRateThrottle, "cache", LocMemCache(f"limit-{uuid4()}", {}))
        monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"user": user, "anon": anon or user})

    return limit


@pytest.fixture(autouse=True)
def close_files_handed_out(monkeypatch) -> Iterator[None]:
    """Close what views opened for a download: a server does so after the last byte, which a test may never read."""
    answers: list[FileResponse] = []
    original = FileResponse.__init__

    def note(self: FileResponse, *args: Any, **kwargs: Any) -> None:
        answers.append(self)
        original(self, *args, **kwargs)

    monkeypatch.setattr(FileResponse, "__init__", note)
    yield
    for answer in answers:
        for close in answer._resource_closers:
            close()


@pytest.fixture(autouse=True, scope="session")
def quick_flush() -> Iterator[None]:
    """Let a transactional test empty its tables in spite of triggers that refuse DELETE, and only those that hold rows."""
    with pytest.MonkeyPatch.context() as patch:
        databases.empty_quickly(patch)
        yield


@pytest.fixture(autouse=True, scope="session")
def nothing_more_after_an_error() -> Iterator[None]:
    """Hold SQLite to what PostgreSQL asks: a statement that failed ends its transaction, or its savepoint, and nothing
    more can be sent before that is rolled back. SQLite by itself would go on."""
    if connection.vendor != "sqlite":
        yield
        return

    def ends_it(original: Any) -> Any:
        def execute(cursor: CursorWrapper, *args: Any) -> Any:
            try:
                return original(cursor, *args)
            except DatabaseError:
                if cursor.db.in_atomic_block:
                    cursor.db.needs_rollback = True
                raise

        return execute

    with pytest.MonkeyPatch.context() as patch:
        for name in ("_execute", "_executemany"):
            patch.setattr(CursorWrapper, name, ends_it(getattr(CursorWrapper, name)))
        yield


@pytest.fixture
def no_checks(db: None) -> Iterator[None]:
    """Let rows that break rules among their columns stand in SQLite's tables during a test, and no longer."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """``sign_in(user)`` gives a client that is signed in as ``user``."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def staff(db) -> User:
    return factories.UserFactory(roles=["staff"])


@pytest.fixture
def engagement_lead(db) -> User:
    return factories.UserFactory(roles=["engagement_lead"])


@pytest.fixture
def leader(db) -> User:
    return factories.UserFactory(roles=["leadership"])


@pytest.fixture
def administrator(db) -> User:
    return factories.UserFactory(roles=["administrator"])


@pytest.fixture
def assessor(db) -> User:
    return factories.UserFactory(roles=["assessor"])


@pytest.fixture
def outsider(db) -> User:
    """Signed in, but with no role and no group."""
    return factories.UserFactory()


@pytest.fixture(scope="module")
def accounts_at_hand() -> Iterator[None]:
    """Load the account behind each session once for the file: for thousands of requests that ask about something else.
    Each request gets a copy of its own."""
    original, known = auth.get_user, dict[str, User]()

    def get_user(request: HttpRequest) -> User | AnonymousUser:
        if auth.SESSION_KEY not in request.session:
            return AnonymousUser()
        key = request.session.session_key
        if key not in known:
            known[key] = original(request)
        return copy.copy(known[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "get_user", get_user)
        yield


@pytest.fixture
def is_sqlite() -> bool:
    return connection.vendor == "sqlite"
