"""The applicant's PDF: drawn by a worker from what was submitted, for its applicant alone."""

import pikepdf
import pytest

from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from sites.calls.applications import services
from sites.calls.applications.applying.copies.models import ApplicationCopy
from sites.calls.applications.applying.copies.services import request_copy
from tests.pages import html_of
from tests.sites.calls.applications.applying.conftest import COMPLETE, address

pytestmark = pytest.mark.django_db


@pytest.fixture
def submitted(start):
    client, application = start()
    services.save_draft(by=SYSTEM, application=application, answers={**COMPLETE, "what": "A shared diary <b>&amp;</b>"})
    services.submit_application(by=SYSTEM, application=application)
    return client, application


def test_before_submitting_there_is_nothing_to_copy(start):
    client, application = start()
    assert "There is a copy once you have submitted" in html_of(client.get(address(application, "copy/")))
    client.post(address(application, "copy/"))
    assert not Job.objects.exists()


def test_a_copy_is_drawn_once_and_holds_what_was_submitted(submitted, tmp_path):
    client, application = submitted
    for _ in range(2):
        client.post(address(application, "copy/"))
    job = Job.objects.get(kind="sites.build_application_copy")
    assert "Waiting to start" in html_of(client.get(address(application, "copy/")))
    assert queue.run(job.pk)
    assert "Download the PDF" in html_of(client.get(address(application, "copy/")))
    response = client.get(address(application, "copy/application.pdf"))
    (tmp_path / "copy.pdf").write_bytes(b"".join(response.streaming_content))
    with pikepdf.open(tmp_path / "copy.pdf") as pdf:
        assert application.reference in str(pdf.docinfo["/Title"]) and "/StructTreeRoot" in pdf.Root
    assert "attachment" in response["Content-Disposition"] and "no-store" in response["Cache-Control"]


def test_a_new_revision_has_a_copy_of_its_own(submitted):
    _client, application = submitted
    first = request_copy(by=SYSTEM, application=application)
    services.save_draft(by=SYSTEM, application=application, answers={"what": "Another plan"})
    services.submit_application(by=SYSTEM, application=application)
    assert request_copy(by=SYSTEM, application=application).pk != first.pk
    assert ApplicationCopy.objects.count() == 2


def test_copies_are_limited_for_each_application(submitted):
    client, application = submitted
    for _ in range(20):
        client.post(address(application, "copy/"))
    response = client.post(address(application, "copy/"))
    assert response.status_code == 429 and "You have asked for this many times" in html_of(response)


def test_no_one_else_gets_the_copy(submitted, start, staff, sign_in):
    _client, application = submitted
    queue.run(request_copy(by=SYSTEM, application=application).job_id)
    stranger, _own = start("other@elsewhere.example")
    for client in (stranger, sign_in(staff)):
        assert client.get(address(application, "copy/application.pdf")).status_code == 302
