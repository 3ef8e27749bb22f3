"""docs/api.md: each example is run as printed, with bash and curl, against the demonstration as ./run serves it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.networks.log.attendance.reports_as_sent import zoom

pytestmark = [pytest.mark.once, pytest.mark.slow, pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")]
ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SET_UP = """
import django, logging
django.setup()
logging.disable()
from django.core.management import call_command
from impact.core.people.models import User
from impact.core.access.models import ApiToken
call_command("demo", verbosity=0)
for name in ("coordinator.wales", "staff", "engagement", "member"):
    print(ApiToken.objects.create(User.objects.get(email=f"{name}@impact.example"), scopes=ApiToken.Scope.values)[1])
"""


@pytest.fixture
def demonstration(tmp_path, migrated_file) -> Iterator[tuple[str, list[str]]]:
    """The address of a demonstration's API and tokens of a coordinator, of staff, of the engagement lead and of a member, with
    nothing but what ./run would have loaded."""
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env |= {
        "IMPACT_DEMO": "1",
        "IMPACT_DATA_DIR": str(tmp_path / "var"),
        "LOG_LEVEL": "ERROR",
        "EMAIL_URL": "dummymail://",
        "DJANGO_SETTINGS_MODULE": "impact.settings",
    }
    (tmp_path / "var").mkdir()
    shutil.copy(migrated_file, tmp_path / "var")
    made = subprocess.run([sys.executable, "-c", SET_UP], env=env, cwd=ROOT, check=True, capture_output=True, text=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "manage.py", "runserver", "--noreload", "--insecure", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/api/v1", made.stdout.split()[-4:]
        finally:
            server.terminate()


def test_every_example_works_as_printed(demonstration, tmp_path):
    api, (token, staff, lead, member) = demonstration
    blocks = BLOCK.findall((ROOT / "docs" / "api.md").read_text())
    assert blocks[0][1].startswith("API=")
    (tmp_path / "story.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n")
    (tmp_path / "ticket.pdf").write_bytes(b"%PDF-1.7\n2 0 obj\n<<>>\nendobj\n%%EOF\n")
    (tmp_path / "zoom.csv").write_bytes(zoom([("Someone Invented", "", "50", "No")]))
    (tmp_path / ".curlrc").write_text('fail-with-body\nsilent\nshow-error\nwrite-out = "\\n<%{http_code}>\\n"\n')
    env = {"PATH": os.environ["PATH"], "CURL_HOME": str(tmp_path), "HOME": str(tmp_path)}
    start = f'set -eu\nAPI={api}\nTOKEN="Authorization: Token {token}"\nSTAFF="Authorization: Token {staff}"\n'
    start += f'LEAD="Authorization: Token {lead}"\nMEMBER="Authorization: Token {member}"\n'
    statuses: list[str] = []
    shared = ""  # functions that later examples use
    for n, (kind, text) in enumerate(blocks[1:], 1):
        if kind == "json":
            continue
        is_refusal = n + 1 < len(blocks) and blocks[n + 1][0] == "json"
        done = subprocess.run(
            ["bash", "-c", start + shared + text], cwd=tmp_path, env=env, capture_output=True, text=True
        )
        shared += "".join(line + "\n" for line in text.splitlines() if re.match(r"\w+\(\) {", line))
        statuses += re.findall(r"^<(\d{3})>$", done.stdout, re.MULTILINE)
        if is_refusal:
            assert json.loads(done.stdout.split("\n<")[0]) == json.loads(blocks[n + 1][1])
        else:
            assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}{done.stderr}"
    assert statuses == [
        "200",
        "200",
        "304",
        "200",
        "200",
        "200",
        "200",
        "200",
        "201",
        "201",
        "200",
        "200",
        "200",
        "200",
        "201",
        "200",
        "200",
        "200",
        "200",
        "201",
        "200",
        "200",
        "201",
        "200",
        "200",
        "200",
        "200",
        "200",
        "200",
        "200",
        "200",
        "200",
        "200",
        "200",
        "200",
        "201",
        "201",
        "200",
        "201",
        "200",
        "200",
        "202",
        "200",
        "200",
        "201",
        "200",
        "400",
        "200",
    ]
    assert (tmp_path / "actions.xlsx").read_bytes().startswith(b"PK")
    assert any(
        path.read_bytes().startswith(b"%PDF")
        for path in tmp_path.glob("*.pdf")
        if path.name not in ("story.pdf", "ticket.pdf")
    )
