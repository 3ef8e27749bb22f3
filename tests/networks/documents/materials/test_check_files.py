"""manage.py check_files: what rows name is compared with what is stored, and people are told what to do."""

import os
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from impact.core.web.files import store
from networks.documents.materials import services
from networks.documents.materials.models import MaterialFile
from networks.log.record import photos
from networks.log.record.models import MeetingPhoto
from networks.log.record.photos import add_photo
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]


def words() -> SimpleUploadedFile:
    return SimpleUploadedFile("Summary.txt", b"First words.", "text/plain")


@pytest.fixture
def paper(circle) -> MaterialFile:
    material = services.add_material(
        by=circle.coordinator, meeting=circle.later, title="Summary", evidence_kind="research", file=words()
    )
    return material.files.get()


@pytest.fixture
def photo(circle) -> MeetingPhoto:
    file = SimpleUploadedFile("IMG_1.JPG", factories.picture(), "image/jpeg")
    return add_photo(by=circle.coordinator, meeting=circle.meeting, file=file)


def check(*arguments: str) -> str:
    out = StringIO()
    call_command("check_files", *arguments, stdout=out)
    return out.getvalue()


def complaint(*arguments: str) -> tuple[str, str]:
    """What the command says when it fails: its report, and its last line."""
    out = StringIO()
    with pytest.raises(CommandError) as problem:
        call_command("check_files", *arguments, stdout=out)
    return out.getvalue(), str(problem.value)


def overwrite(name: str, data: bytes) -> None:
    Path(default_storage.path(name)).write_bytes(data)


def test_every_model_that_keeps_a_file_under_its_hash_is_checked():
    keeping = {
        model._meta.label
        for model in apps.get_models()
        if {"file", "sha256"} <= {field.name for field in model._meta.get_fields()}
    }
    assert keeping == {
        *("networks.MaterialFile", "networks.MeetingPhoto", "networks.Document", "reports.Edition"),
        *("reports.EditionForm", "reports.SubjectFile", "core.DataArchive"),
        *("sites.ApplicationFile", "sites.ApplicationCopy", "sites.RoundReport"),
        *("coproduction.CharterPdf", "coproduction.Recording"),
    }
    kept = {"materials", "photos", "documents", "reports", "applications", "application-copies", "round-reports"}
    kept |= {"charter", "charter-pdfs", "report-forms", "receipts", "my-data", "subject-reports"}
    assert set(store.KEPT) == kept


def test_complete_files_are_reported_as_intact(paper, photo):
    assert check() == "Checked 3 files: all present and intact.\n"


def test_a_missing_file_is_named_with_its_meeting_and_what_to_do(paper, photo):
    default_storage.delete(paper.file.name)
    report, last = complaint()
    assert f"{paper.file.name}: “Summary.txt”, version 1, a paper of {paper.material.meeting}" in report
    assert "What to do: copy each from the backup to the same place in" in report and "upload the same paper" in report
    assert last == "Checked 3 files: 1 missing, 0 damaged."


@pytest.mark.parametrize("there", [b"First", b"First words!", b""])
def test_a_file_that_is_cut_off_or_altered_is_damaged(paper, there):
    overwrite(paper.file.name, there)
    report, last = complaint()
    assert "1 damaged: the size or contents differ from what was stored." in report and paper.file.name in report
    assert last == "Checked 1 file: 0 missing, 1 damaged."


def test_a_small_copy_that_is_cut_off_is_damaged_and_one_that_is_gone_is_done_without(photo):
    small = photos.small_name(photo)
    overwrite(small, Path(default_storage.path(small)).read_bytes()[:200])
    assert "Small copy of photograph" in complaint()[0]
    default_storage.delete(small)
    assert "all present and intact." in check()


def test_an_edition_and_a_document_without_their_file_are_named():
    edition = factories.EditionFactory()
    report, _last = complaint()
    assert str(edition) in report


def test_a_file_that_no_row_names_is_shown_and_removed_only_when_asked_and_old(paper):
    default_storage.save("photos/small/old.jpg", ContentFile(b"old"))
    default_storage.save("materials/new.pdf", ContentFile(b"new"))
    os.utime(default_storage.path("photos/small/old.jpg"), (0, 0))
    said = check()
    assert (
        "2 not in the database (6 bytes)" in said
        and "photos/small/old.jpg" in said
        and "all present and intact." in said
    )
    said = check("--remove-unreferenced")
    assert "1 removed that were not in the database." in said
    assert not default_storage.exists("photos/small/old.jpg") and default_storage.exists("materials/new.pdf")
    assert default_storage.exists(paper.file.name)


def test_the_same_paper_sent_again_mends_its_damaged_file(circle, paper):
    overwrite(paper.file.name, b"Fir")
    again = {"by": circle.coordinator, "material": paper.material, "file": words(), "format": "standard"}
    with pytest.raises(ValidationError, match=r"missing or damaged\. It is whole again now"):
        services.add_material_version(**again)
    assert "all present and intact." in check()
    with pytest.raises(ValidationError, match="This is the same file as version 1"):
        services.add_material_version(**again | {"file": words()})


def test_the_same_photograph_sent_again_mends_its_files(circle, photo):
    default_storage.delete(photo.file.name)
    overwrite(photos.small_name(photo), b"cut")
    complaint()
    file = SimpleUploadedFile("IMG_1.JPG", factories.picture(), "image/jpeg")
    assert add_photo(by=circle.coordinator, meeting=circle.meeting, file=file).pk == photo.pk
    assert "Checked 2 files: all present and intact" in check()
