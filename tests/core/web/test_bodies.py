"""How much a request may send is decided from its headers, before anything of its body is read or kept."""

import errno

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client
from django.urls import reverse

from impact.core.access.models import ApiToken
from impact.core.web.files import bodies
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
MB = 1024 * 1024


class Unread:
    """A body that must not be read."""

    def read(self, *args: object) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def announce(client: Client, size: int, path: str = "/meetings/1/photos/", **more: object):
    """A request of this size whose body no one may read."""
    content = {"CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": str(size), "wsgi.input": Unread()}
    return client.post(path, data=b"", content_type=content["CONTENT_TYPE"], **(content | more))


@pytest.mark.parametrize("path", ["/meetings/1/photos/", "/accounts/login/", "/nowhere/", "/reply/abc/"])
def test_a_large_body_of_someone_who_is_not_signed_in_is_refused_unread(client, path):
    answer = announce(client, 3 * MB, path)
    assert answer.status_code == 413
    words = "Sign in first. Without signing in, the largest request we accept is 2.0 MB."
    assert words in html_of(answer) and "<h1>This is too large to send</h1>" in html_of(answer)


def test_the_api_refuses_a_large_body_as_json(client):
    answer = announce(client, 3 * MB, "/api/v1/materials/1/files/", HTTP_AUTHORIZATION="Token wrong")
    assert answer.status_code == 413
    (error,) = answer.json()["errors"]
    assert error["code"] == "too_large" and error["detail"].startswith("Sign in first.")


def test_no_one_sends_more_than_the_largest(sign_in, staff):
    answer = announce(sign_in(staff), 300 * MB)
    assert answer.status_code == 413
    assert "The largest request we accept is 160.0 MB. Send fewer files at a time." in html_of(answer)


def test_the_server_may_ask_before_the_body_comes(client, sign_in, staff):
    waits = {"impact.body_waits": True}
    assert announce(client, 3 * MB, **waits).status_code == 413
    assert announce(sign_in(staff), 3 * MB, **waits).status_code == 204
    _row, token = ApiToken.objects.create(user=staff, scopes=ApiToken.Scope.values)
    assert announce(client, 3 * MB, HTTP_AUTHORIZATION=f"Token {token}", **waits).status_code == 204
    staff.is_active = False
    staff.save()
    assert announce(client, 3 * MB, HTTP_AUTHORIZATION=f"Token {token}", **waits).status_code == 413


def test_a_caller_cannot_pretend_to_be_the_server_that_asks(client, sign_in, staff):
    answer = sign_in(staff).get("/", headers={"impact.body_waits": "1", "impact-body-waits": "1"})
    assert answer.status_code == 200


def test_a_disk_that_fills_while_an_upload_is_received_is_said_in_words(sign_in, monkeypatch):
    def full(self, raw_data, start):
        self.file.close()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", full)
    group = factories.GroupFactory()
    meeting = factories.MeetingFactory(group=group)
    client = sign_in(factories.user_in(group, "coordinator"))
    file = SimpleUploadedFile("large.jpg", bytes(3 * MB), "image/jpeg")
    answer = client.post(reverse("networks:photos-edit", args=[meeting.pk]), {"photos": file})
    assert (answer.status_code, answer["Retry-After"]) == (503, "600")
    assert "There is no space left to store this file, so nothing was saved." in html_of(answer)


def test_the_largest_is_the_same_at_the_proxy_the_web_server_and_the_application():
    from django.conf import settings

    from deploy import buffering

    assert bodies.LARGEST == buffering.LARGEST_BYTES
    assert buffering.UNASKED_BYTES == settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    caddy = (settings.BASE_DIR / "deploy" / "Caddyfile").read_text()
    assert f"max_size {bodies.LARGEST // MB}MiB" in caddy
