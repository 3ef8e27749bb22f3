"""Clients made from our schema by two widely used generators: they compile, and they work."""

import importlib
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from impact.core.access.models import ApiToken
from tests import factories

pytestmark = [pytest.mark.once, pytest.mark.django_db]
HERE = Path(__file__).parent / "clients"


@pytest.fixture
def schema(tmp_path) -> Path:
    path = tmp_path / "schema.json"
    call_command("spectacular", "--format", "openapi-json", "--file", str(path))
    return path


@pytest.fixture
def python_client(schema, tmp_path, monkeypatch) -> str:
    """The name of a package that openapi-python-client wrote."""
    bin_path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it formats what it writes with ruff
    made = subprocess.run(
        [
            *[sys.executable, "-m", "openapi_python_client", "generate", "--path", schema, "--meta", "none"],
            *["--output-path", tmp_path / "impact_client", "--fail-on-warning"],
        ],
        env={**os.environ, "PATH": bin_path},
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    monkeypatch.syspath_prepend(tmp_path)
    for sign in (request_started, request_finished):
        sign.disconnect(close_old_connections)
    yield "impact_client"
    for sign in (request_started, request_finished):
        sign.connect(close_old_connections)
    for name in [name for name in sys.modules if name.split(".")[0] == "impact_client"]:
        del sys.modules[name]


def test_a_python_client_reads_writes_uploads_and_is_told_what_is_wrong(python_client):
    group = factories.GroupFactory()
    coordinator = factories.user_in(group, "coordinator")
    meeting = factories.MeetingFactory(group=group)
    paper = factories.MaterialFactory(meeting=meeting)
    _row, token = ApiToken.objects.create(coordinator, scopes=ApiToken.Scope.values)
    load = lambda path: importlib.import_module(f"{python_client}.{path}")  # noqa: E731
    client = load("client").AuthenticatedClient(
        base_url="http://testserver",
        token=token,
        prefix="Token",
        httpx_args={"transport": httpx.WSGITransport(app=get_wsgi_application())},
    )
    models = load("models")

    listed = load("api.meetings.meetings_list").sync(client=client, group=group.slug)
    assert [row.id for row in listed.results] == [meeting.pk] and listed.results[0].group.slug == group.slug
    status = load("models.meetings_list_status").MeetingsListStatus
    none = load("api.meetings.meetings_list").sync(client=client, status=status.CANCELLED)
    assert none.results == []

    follow = lambda since: load("api.meetings.meetings_list").sync(client=client, changed_since=since)  # noqa: E731
    later = factories.MeetingFactory(group=group, number=meeting.number + 1)
    start = load("api.meetings.meetings_list").sync(client=client)
    type(later).objects.filter(pk=later.pk).update(title="Moved on")
    news = follow(start.next_changed_since)
    moved = next(row for row in news.results if row.id == later.pk)
    assert moved.title == "Moved on" and moved.updated_at > listed.results[0].updated_at and news.deleted == []
    later.delete()
    gone = follow(news.next_changed_since)
    assert [row.id for row in gone.deleted] == [moved.id]
    refused = follow("last week")
    assert isinstance(refused, models.Problem) and refused.errors[0].attr == "changed_since"

    body = models.ActionInput(group=group.slug, what="Ask the council")
    made = load("api.actions.actions_create").sync(client=client, body=body, idempotency_key="k")
    assert made.what == "Ask the council"
    refused = load("api.actions.actions_create").sync(client=client, body=models.ActionInput(group="none", what="x"))
    assert isinstance(refused, models.Problem) and refused.errors[0].attr == "group"

    file = load("types").File(payload=io.BytesIO(b"%PDF-1.7\n%%EOF\n"), file_name="story.pdf")
    sent = load("api.materials.materials_files_create").sync(
        material=paper.pk, client=client, body=models.MaterialFileInput(file=file)
    )
    assert sent.name == "story.pdf", sent
    content = load("api.materials.materials_files_content_retrieve").sync(material=paper.pk, id=sent.id, client=client)
    assert content.payload.read().startswith(b"%PDF")

    csv = load("api.actions.actions_export_csv").sync(client=client, group=group.slug)
    assert "Ask the council" in csv
    xlsx = load("api.actions.actions_export_xlsx").sync(client=client)
    assert xlsx.payload.read(2) == b"PK"
    client.get_httpx_client().close()


def test_a_typescript_client_compiles_and_catches_slips(schema, tmp_path):
    tools = Path(os.environ.get("API_CLIENTS", ""))
    if not os.environ.get("API_CLIENTS") or not shutil.which("node"):
        pytest.skip("needs node and openapi-typescript, which ./test fetches with npm")
    modules = tools / "node_modules"
    (tmp_path / "node_modules").symlink_to(modules)
    shutil.copy(HERE / "try.ts", tmp_path)
    strict = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable"]
    for command in (
        ["node", modules / "openapi-typescript" / "bin" / "cli.js", schema, "-o", tmp_path / "schema.d.ts"],
        ["node", modules / "typescript" / "bin" / "tsc", *strict, tmp_path / "try.ts"],
    ):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
