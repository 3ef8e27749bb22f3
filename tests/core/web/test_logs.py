"""No log line holds a secret, whichever way it comes, and no logger falls back on Python's handler of last resort."""

import io
import logging
import os
import subprocess
import sys

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from structlog.stdlib import ProcessorFormatter

from impact.core.people import accounts
from impact.core.web.serving import logs
from tests.test_permissions import walk

TOKEN = "N2-x_" + "dZq8Yw3vLr" * 4


@pytest.fixture
def written(capfd):
    """Everything that was logged, at the level at which most is, by our handler or past it."""
    root = logging.getLogger()
    (handler,) = [found for found in root.handlers if isinstance(found.formatter, ProcessorFormatter)]
    level, stream = root.level, io.StringIO()
    before = handler.setStream(stream)
    root.setLevel(logging.DEBUG)
    yield lambda: stream.getvalue() + "".join(capfd.readouterr())
    root.setLevel(level)
    handler.setStream(before)


@pytest.mark.parametrize(
    "text",
    [
        f"GET /invitation/{TOKEN}/ HTTP/1.1",
        f"Forbidden (CSRF cookie not set.): /reply/{TOKEN}/",
        "/reply/MTI:1rabcd:ZXhhbXBsZS1zaWduYXR1cmUtb2YtNDMtY2hhcmFjdGVycw/",
        "GET /accounts/password/reset/key/2-c7x1-0123456789abcdef0123456789abcdef/",
        f"/calendar/feed.ics?token={TOKEN}",
        f"Authorization: Token {TOKEN}",
        f"RuntimeError('cannot read {TOKEN}')",
        f"Referer: http://127.0.0.1/invitation/{TOKEN}/",
    ],
    ids=["line", "csrf", "reply", "reset", "query", "header", "error", "referer"],  # the same in every worker
)
def test_a_secret_is_taken_out_wherever_it_stands(text):
    cleaned = logs.redact(text)
    assert logs.HIDDEN in cleaned
    for secret in (TOKEN, "ZXhhbXBsZS1zaWduYXR1cmUtb2YtNDMtY2hhcmFjdGVycw", "0123456789abcdef0123456789abcdef"):
        assert secret not in cleaned


def test_ordinary_lines_stay_readable():
    line = "GET meetings/<int:pk>/log/ by 12, request 6f1d0c9e-0b1c-4a6e-9a2e-0f3a5a6d7c88: Token authentication failed"
    assert logs.redact(line) == line


def test_every_route_whose_address_holds_a_secret_is_known():
    """A new route with a token in its path must be added to SECRET_PATHS."""
    found = {
        route for _name, route, params in walk(get_resolver().url_patterns) if {"token", "key", "uidb36"} & set(params)
    }
    # The key of a chapter of the report, or of a section of the charter, is no secret.
    expected = [route for route in found if not route.startswith(("reports/", "co-production/charters/"))]
    assert len(expected) >= 5
    unknown = [route for route in expected if not route.replace("^", "").startswith(tuple(logs.SECRET_PATHS))]
    assert not unknown


SILENT = """
import django, logging
django.setup()
loggers = [log for log in logging.root.manager.loggerDict.values() if isinstance(log, logging.Logger)]
print(len(loggers) > 20, [log.name for log in loggers if not log.hasHandlers()])
logging.getLogger("django.request").error("Not Found: /reply/a-token/")
"""


def test_every_logger_ends_at_a_handler_of_ours():
    """In a process of its own, because pytest gives loggers handlers."""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "impact.settings"}
    done = subprocess.run([sys.executable, "-c", SILENT], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "True []\n" and done.stderr == ""


@pytest.mark.django_db
def test_links_with_tokens_leave_no_trace_in_the_log(written, staff, monkeypatch):
    """Unused and used, with the wrong method, without the CSRF token, and when the page breaks."""
    sent = {}
    monkeypatch.setattr("impact.core.jobs.outbox.send_later", lambda **mail: sent.update(mail))
    accounts.invite_person(by=staff, email="new@people.example", name="New Person")
    body = sent["body"]
    token = body.split("/invitation/")[1].split("/")[0]
    url = reverse("core:invitation-accept", args=[token])
    visitor = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for path in (url, f"/reply/{token}/"):
        visitor.head(path)
        visitor.get(path)
        visitor.post(path, {"answer": "yes"})
        visitor.delete(path)

    def broken(*args, **kwargs):
        raise RuntimeError(f"no such invitation: {url}")

    monkeypatch.setattr("impact.core.people.signing_in.views.render", broken)
    visitor.get(url, headers={"referer": f"http://127.0.0.1{url}"})
    lines = written()
    assert len(lines.splitlines()) > 5
    assert token not in lines and token[:20] not in lines
    assert all(line.startswith("{") for line in lines.splitlines() if line.strip())
