"""``manage.py build_report``: a worker builds, the terminal follows, the file is copied out."""

import hashlib
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.documents import drawing
from impact.core.documents.chapters import drawing as chapters
from impact.core.jobs import queue
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.web.files import store
from reports.editions import registry, services
from reports.editions.models import Edition
from reports.management.commands import build_report
from tests import factories
from tests.bucket import Bucket
from tests.reports.test_views import approved


@pytest.fixture
def worker(monkeypatch):
    """Rings reach a worker at once. Real workers in processes of their own are in tests/faults."""
    monkeypatch.setattr(queue, "notify_worker", queue.run)


@pytest.mark.django_db(transaction=True)
def test_the_command_waits_follows_the_job_and_copies_the_file(worker, tmp_path, capsys):
    factories.AnnualReportFactory(year=2022, is_illustrative=True)
    output = tmp_path / "out" / "report.pdf"
    call_command("build_report", 2022, wait=True, output=output)
    edition = Edition.objects.get()
    said = capsys.readouterr().out
    assert output.read_bytes()[:5] == b"%PDF-" and output.stat().st_size == edition.size
    assert f"edition 1, {edition.pages} pages" in said and "Building the 2022 report: " in said and str(output) in said
    assert [p.name for p in output.parent.iterdir()] == ["report.pdf"]
    assert AuditEvent.objects.filter(type="edition.built").count() == 1
    assert not OutboxEmail.objects.exists()  # no one asked: the platform did
    call_command("build_report", 2022, output=output)
    assert Edition.objects.count() == 1 and Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_person_who_asked_gets_an_email_that_says_where_to_read_it(worker, staff):
    services.request_edition(by=staff, report=factories.AnnualReportFactory(year=2022))
    email = OutboxEmail.objects.get()
    assert email.to == staff.email and "/reports/2022/" in email.body and "Edition 1" in email.subject


@pytest.mark.django_db
def test_without_waiting_it_says_which_job_it_is(monkeypatch, capsys):
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)
    factories.AnnualReportFactory(year=2022)
    call_command("build_report", 2022)
    assert str(Job.objects.get().pk) in capsys.readouterr().out


@pytest.mark.django_db
def test_when_no_worker_takes_it_it_says_how_to_start_one(monkeypatch):
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)
    monkeypatch.setattr(build_report, "LOOK_SECONDS", 0)
    factories.AnnualReportFactory(year=2022)
    with pytest.raises(CommandError, match="celery --app impact worker"):
        call_command("build_report", 2022, wait=True, patience=0)


@pytest.mark.django_db(transaction=True)
def test_a_failed_build_gives_its_reason(worker, monkeypatch):
    def fail(*args, **kwargs):
        raise queue.JobRefused("The cat sat on it.")

    monkeypatch.setattr(chapters, "draw", fail)
    factories.AnnualReportFactory(year=2022)
    with pytest.raises(CommandError, match="The 2022 report was not built: The cat sat on it"):
        call_command("build_report", 2022, wait=True)


@pytest.mark.django_db
def test_an_approved_report_is_copied_and_not_built(tmp_path, capsys):
    approved(factories.AnnualReportFactory(year=2022))
    call_command("build_report", 2022, wait=True, output=tmp_path / "r.pdf")
    assert (tmp_path / "r.pdf").read_bytes() == b"%PDF-1.7 test"
    assert "is approved: edition 1" in capsys.readouterr().out and not Job.objects.exists()


@pytest.mark.django_db
def test_a_year_without_a_report_is_said_so():
    with pytest.raises(CommandError, match="no report for 2031"):
        call_command("build_report", 2031)


@pytest.mark.django_db
def test_a_terminal_sees_a_bar(monkeypatch, capsys):
    import io
    import sys

    factories.AnnualReportFactory(year=2022)
    job = Job(kind=services.BUILD, progress=50, step="Setting page 9")
    command = build_report.Command()
    assert (
        command._line(job, "2022 report", True)
        == f"  Building the 2022 report  {'█' * 14}{'░' * 14}  50%  Setting page 9"
    )

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)
    _snapshot, waiting = services.request_edition(by=SYSTEM, report=factories.AnnualReportFactory(year=2023))
    Job.objects.filter(pk=waiting.pk).update(state="failed", error="No", progress=10)
    screen = io.StringIO()
    with pytest.raises(CommandError, match="No"):
        build_report.Command(stdout=screen)._follow(waiting, 2023, 1)
    assert "\r\033[K" in screen.getvalue()


# --- Other forms --------------------------------------------------------------------------------
@pytest.fixture
def poem(monkeypatch):
    """A form that another part of the platform registered."""

    def request(*, by, edition, language):
        return queue.enqueue(by=by, kind="test.poem", dedupe_key=f"{edition.pk}:{language}", payload={})

    def find(edition, language):
        default_storage.save("poem.txt", ContentFile(f"Poem of edition {edition.number} in {language}".encode()))
        return registry.MadeFile("poem.txt", "poem.txt", 20)

    monkeypatch.setattr(registry, "FORMS", {})
    monkeypatch.setitem(queue.HANDLERS, "test.poem", lambda claim: lambda job: {})
    return registry.register(registry.Form("poem", "Poem", request, find))


@pytest.mark.django_db(transaction=True)
def test_another_form_is_made_from_the_edition_and_copied(poem, worker, tmp_path, capsys):
    approved(factories.AnnualReportFactory(year=2022))
    call_command("build_report", 2022, form="poem", language="cy", output=tmp_path / "p.txt")
    assert (tmp_path / "p.txt").read_text() == "Poem of edition 1 in cy"
    assert "Poem of edition 1: poem.txt" in capsys.readouterr().out


@pytest.mark.django_db
def test_an_unknown_form_is_refused(tmp_path):
    factories.AnnualReportFactory(year=2022)
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("build_report", "2022", "--form", "song")
    assert not Job.objects.exists()


# --- Saving the file ----------------------------------------------------------------------------
def drawn(tmp_path: Path, data: bytes = b"%PDF-1.7 whole") -> drawing.Drawn:
    path = tmp_path / "report.pdf"
    path.write_bytes(data)
    return drawing.Drawn(path, hashlib.sha256(data).hexdigest(), len(data), 1)


def test_a_file_is_kept_under_its_hash_and_nothing_else_is_left(tmp_path, settings):
    made = drawn(tmp_path)
    name = drawing.keep(default_storage, made, under="reports")
    assert name == f"reports/{made.sha256}.pdf"
    assert drawing.keep(default_storage, drawn(tmp_path), under="reports") == name
    assert [p.name for p in (settings.MEDIA_ROOT / "reports").iterdir()] == [f"{made.sha256}.pdf"]


def test_a_crash_while_copying_leaves_no_file_under_the_final_name(tmp_path, settings, monkeypatch):
    def crash(*args):
        raise OSError("no space left")

    monkeypatch.setattr(store.os, "fsync", crash)
    with pytest.raises(queue.TryAgain, match="could not be saved"):
        drawing.keep(default_storage, drawn(tmp_path), under="reports")
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def test_a_storage_that_is_not_a_folder_keeps_it_too_and_keeps_it_once(tmp_path):
    bucket = Bucket()
    name = drawing.keep(bucket, drawn(tmp_path), under="reports")
    assert drawing.keep(bucket, drawn(tmp_path), under="reports") == name
    assert bucket.files == {name: b"%PDF-1.7 whole"}
