"""What can go wrong around a build: no room, no storage, messages and presses that come twice, cancelling, odd years."""

import errno
import subprocess
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.documents import drawing
from impact.core.documents.chapters import drawing as chapters
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.web.files import store
from reports.editions import services
from reports.editions.models import Edition
from tests import factories
from tests.reports import sample

pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def job(monkeypatch) -> Job:
    """A build that was asked for and that no worker has taken."""
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)
    return services.request_edition(by=SYSTEM, report=factories.AnnualReportFactory(year=2022))[1]


def make_due(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now() - timedelta(seconds=1))


def assert_one_good_edition(job: Job) -> Edition:
    job.refresh_from_db()
    assert job.state == Job.State.SUCCEEDED, (job.state, job.error)
    edition = Edition.objects.get()
    assert store.fits(default_storage, edition.file, sha256=edition.sha256, size=edition.size)
    assert AuditEvent.objects.filter(type="edition.built").count() == 1
    return edition


def fails_for(folder: str, error: Exception, monkeypatch):
    """Make keeping a file under ``folder`` fail."""
    original = store.keep

    def keep(storage, source, *, name, **rest):
        if name.startswith(folder):
            raise error
        return original(storage, source, name=name, **rest)

    monkeypatch.setattr(store, "keep", keep)


# --- The storage ---------------------------------------------------------------------------------
def test_a_full_disk_ends_the_attempt_with_a_reason_and_a_later_one_builds_it(job, monkeypatch):
    with monkeypatch.context() as full:
        fails_for("reports/", OSError(errno.ENOSPC, "No space left on device"), full)
        assert queue.run(job.pk) is False
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED and "The disk is full" in job.error and not Edition.objects.exists()
    make_due(job)
    assert queue.run(job.pk) is True
    assert_one_good_edition(job)


def test_a_storage_that_is_away_fails_the_job_after_three_attempts_and_it_can_be_tried_again(job, staff, monkeypatch):
    with monkeypatch.context() as away:
        fails_for("reports/", ConnectionError("no route"), away)
        for _attempt in range(3):
            make_due(job)
            queue.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED and job.error.startswith("The file was made but could not be saved")
    assert not Edition.objects.exists() and not default_storage.exists("reports")
    queue.retry(by=staff, job=job)
    assert queue.run(job.pk) is True
    assert_one_good_edition(job)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), ConnectionError("no route")])
def test_chapters_that_cannot_be_kept_do_not_stop_the_build(job, monkeypatch, error):
    fails_for(chapters.FOLDER, error, monkeypatch)
    assert queue.run(job.pk) is True
    assert_one_good_edition(job)


class Away(FileSystemStorage):
    def open(self, *args, **kwargs):
        raise ConnectionError("no route")


def test_a_storage_that_does_not_answer_costs_only_the_kept_chapters(tmp_path):
    one = sample.snapshot()
    assert (
        sample.draw(one, tmp_path / "a", storage=Away(location=tmp_path / "away")).sha256
        == sample.draw(one, tmp_path / "b").sha256
    )


# --- Twice, and at the same time -------------------------------------------------------------------
def test_the_same_message_ten_times_builds_one_edition(job):
    assert [queue.run(job.pk) for _message in range(10)] == [True] + [False] * 9
    assert_one_good_edition(job)


def test_two_people_who_press_build_get_one_job_and_one_edition(job, staff):
    report = job_report()
    colleague = factories.UserFactory(roles=["staff"])
    assert services.request_edition(by=staff, report=report)[1].pk == job.pk
    assert services.request_edition(by=colleague, report=report)[1].pk == job.pk
    queue.run(job.pk)
    assert services.request_edition(by=colleague, report=report)[1].state == Job.State.SUCCEEDED
    assert_one_good_edition(job)


def job_report():
    from reports.writing.models import AnnualReport

    return AnnualReport.objects.get(year=2022)


# --- Cancelling ----------------------------------------------------------------------------------
def test_a_build_cancelled_while_it_runs_stops_records_nothing_and_can_be_built_again(job, staff, monkeypatch):
    children = []
    original = drawing._start

    def start_and_cancel(order, folder):
        children.append(original(order, folder))
        if len(children) == 1:
            services.cancel_edition(by=staff, report=job_report())
        return children[-1]

    monkeypatch.setattr(drawing, "_start", start_and_cancel)
    monkeypatch.setattr(drawing, "RENEW_SECONDS", 0)
    assert queue.run(job.pk) is False
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED and not Edition.objects.exists()
    assert queue.run(job.pk) is False  # a message that comes late
    _snapshot, again = services.request_edition(by=staff, report=job_report())
    assert again.pk == job.pk and queue.run(job.pk) is True
    assert_one_good_edition(job)


def test_a_build_that_has_ended_cannot_be_cancelled(job, staff):
    queue.run(job.pk)
    with pytest.raises(ValidationError, match="nothing to cancel"):
        services.cancel_edition(by=staff, report=job_report())
    with pytest.raises(ValidationError, match="has ended already"):
        queue.cancel(by=staff, job=job)
    assert_one_good_edition(job)


# --- Odd years -----------------------------------------------------------------------------------
def test_a_year_with_no_data_gives_a_short_edition_that_says_so(job):
    queue.run(job.pk)
    edition = assert_one_good_edition(job)
    path = default_storage.path(edition.file)
    words = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    assert "No network has started yet." in words and "No group has met yet." in words


@pytest.mark.slow
def test_ten_thousand_meetings_fit_into_a_report(tmp_path):
    drawn = sample.draw(sample.snapshot(networks=250, meetings=10), tmp_path / "large")
    checked = subprocess.run(["qpdf", "--check", drawn.path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    words = subprocess.run(["pdftotext", drawn.path, "-"], capture_output=True, text=True, check=True).stdout
    assert "Network 249, Wales" in " ".join(words.split())
