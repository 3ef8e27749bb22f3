"""Photographs of flip charts on the log: several at once, described, taken off and put back, shown to the right people."""

import io
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from networks.log.record import photos
from networks.log.record import photos as services
from networks.log.record.models import MeetingPhoto
from networks.log.services import finish_log, record_attendance
from networks.meetings.models import Meeting
from tests import factories
from tests.factories import picture
from tests.pages import html_of

pytestmark = pytest.mark.django_db
COLOURS = ["teal", "red", "blue", "green", "white", "black", "orange", "purple", "pink", "gold", "navy"]


def given(data: bytes | None = None, name: str = "IMG_1.JPG") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture() if data is None else data, "image/jpeg")


def text(response) -> str:
    return html_of(response)


@pytest.fixture
def photo(circle) -> MeetingPhoto:
    return services.add_photo(by=circle.coordinator, meeting=circle.meeting, file=given())


@pytest.fixture
def client(circle, sign_in):
    return sign_in(circle.coordinator)


def page_of(circle) -> str:
    return reverse("networks:photos-edit", args=[circle.meeting.pk])


def finish(circle) -> None:
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: "present"})
    finish_log(by=circle.coordinator, meeting=circle.meeting)


def test_a_photo_is_kept_with_a_small_copy_for_pages(circle):
    big = services.add_photo(by=circle.coordinator, meeting=circle.meeting, file=given(picture((3000, 2000))))
    assert (big.width, big.height) == (2400, 1600)
    with default_storage.open(photos.small_name(big)) as small, Image.open(small) as drawn:
        assert drawn.size == (800, 533)


def test_the_same_key_or_the_same_picture_is_one_photo(circle, photo):
    key = uuid.uuid4()
    one = services.add_photo(by=circle.coordinator, meeting=circle.meeting, file=given(picture(colour="red")), key=key)
    two = services.add_photo(by=circle.coordinator, meeting=circle.meeting, file=given(picture(colour="red")), key=key)
    assert one == two
    with pytest.raises(StateConflict, match="There is already a different photograph with this key"):
        services.add_photo(by=circle.coordinator, meeting=circle.meeting, file=given(picture(colour="blue")), key=key)
    services.remove_photo(by=circle.coordinator, photo=photo)
    again = services.add_photo(by=circle.coordinator, meeting=circle.meeting, file=given())
    assert again == photo and again.removed_at is None and MeetingPhoto.objects.count() == 2
    with pytest.raises(ValidationError, match="belongs to another meeting"):
        services.add_photo(by=circle.coordinator, meeting=circle.later, file=given(picture(colour="pink")), key=key)


def test_a_description_is_changed_by_version_and_kept_short(circle, photo):
    services.describe_photo(by=circle.coordinator, photo=photo, alt="  Three\n boxes ", expected=1)
    assert MeetingPhoto.objects.get().alt == "Three boxes"
    with pytest.raises(Conflict):
        services.describe_photo(by=circle.coordinator, photo=photo, alt="Other", expected=1)
    with pytest.raises(ValidationError, match="400 characters"):
        services.describe_photo(by=circle.coordinator, photo=photo, alt="x" * 401)


def test_a_photo_is_taken_off_and_put_back(circle, photo):
    services.remove_photo(by=circle.coordinator, photo=photo)
    assert not services.photos_for(circle.coordinator, circle.meeting)
    services.restore_photo(by=circle.coordinator, photo=photo)
    assert services.photos_for(circle.coordinator, circle.meeting) == [photo]


def test_a_closed_log_takes_no_photos_and_neither_does_a_member(circle, photo):
    member = factories.user_in(circle.group)
    acts = [
        lambda by: services.add_photo(by=by, meeting=circle.meeting, file=given()),
        lambda by: services.describe_photo(by=by, photo=photo, alt="x"),
        lambda by: services.remove_photo(by=by, photo=photo),
        lambda by: services.restore_photo(by=by, photo=photo),
    ]
    for act in acts:
        with pytest.raises(PermissionDenied):
            act(member)
    Meeting.objects.update(status="cancelled", status_reason="Snow")
    circle.meeting.refresh_from_db()
    for act in acts:
        with pytest.raises(ValidationError, match="cancelled"):
            act(circle.coordinator)


def test_a_log_has_room_for_sixty(circle, monkeypatch, photo):
    monkeypatch.setattr(photos, "MOST", 1)
    with pytest.raises(ValidationError, match="This log has 1 photographs"):
        services.add_photo(by=circle.coordinator, meeting=circle.meeting, file=given(picture(colour="red")))


# --- Pages ---------------------------------------------------------------------------------------
def test_ten_photos_are_added_at_once_and_asked_to_be_described(circle, client):
    files = [given(picture(colour=colour), f"IMG_{n}.JPG") for n, colour in enumerate(COLOURS[:10])]
    done = client.post(page_of(circle), {"photos": files}, follow=True)
    assert "10 photos have been added to the log." in text(done) and "10 photos need a description" in text(done)
    assert MeetingPhoto.objects.count() == 10
    too_many = client.post(page_of(circle), {"photos": [given(picture(colour=c)) for c in COLOURS]})
    assert "Send up to 10 at once" in text(too_many) and MeetingPhoto.objects.count() == 10


def test_a_bad_file_among_good_ones_is_named_and_the_good_ones_stay(circle, client):
    files = [given(), given(b"GIF89a....", "dance.gif"), given(b"<html>", "page.jpg"), given(b"", "nothing.jpg")]
    page = text(client.post(page_of(circle), {"photos": files}))
    assert "dance.gif: Send a photograph as JPEG, PNG or WebP." in page and "page.jpg: Send" in page
    assert "nothing.jpg: This file is empty" in page and MeetingPhoto.objects.count() == 1
    assert "Choose a photo first." in text(client.post(page_of(circle), {}))


def test_one_photo_straight_from_the_camera(circle, client):
    page = text(client.get(page_of(circle)))
    assert 'capture="environment"' in page and "multiple" in page and "No photos yet" in page
    assert "1 photo has been added to the log." in text(client.post(page_of(circle), {"camera": given()}, follow=True))


def test_descriptions_are_saved_together_and_a_conflict_keeps_what_was_typed(circle, client, photo):
    other = services.add_photo(by=circle.coordinator, meeting=circle.meeting, file=given(picture(colour="red")))
    services.describe_photo(by=circle.coordinator, photo=other, alt="Someone’s words")
    sent = {
        "do": "describe", f"alt-{photo.pk}": "<b>Boxes", f"version-{photo.pk}": "1",
        f"alt-{other.pk}": "My words", f"version-{other.pk}": "1",
    }  # fmt: skip
    page = text(client.post(page_of(circle), sent))
    assert "Someone else wrote: “Someone’s words”" in page and "My words" in page and "&lt;b&gt;Boxes" in page
    sent[f"version-{other.pk}"] = "2"
    client.post(page_of(circle), sent)
    assert set(MeetingPhoto.objects.values_list("alt", flat=True)) == {"<b>Boxes", "My words"}


def test_the_picture_is_handed_out_to_those_who_may_read_the_log_and_no_one_else(circle, photo, sign_in, leader):
    url = reverse("networks:photo-file", args=[photo.pk])
    member, stranger = factories.user_in(circle.group), factories.user_in(factories.GroupFactory())
    assert [sign_in(p).get(url).status_code for p in (circle.coordinator, member, leader, stranger)] == [
        200,
        404,
        404,
        404,
    ]
    finish(circle)
    assert [sign_in(p).get(url).status_code for p in (member, leader, stranger)] == [200, 200, 404]
    response = sign_in(member).get(url + "?size=small")
    assert response["Content-Type"] == "image/jpeg" and response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"] and response["Content-Disposition"].startswith("attachment")
    with Image.open(io.BytesIO(b"".join(response.streaming_content))) as drawn:
        assert drawn.size == (60, 40)
    services.remove_photo(by=circle.coordinator, photo=photo)
    assert [sign_in(p).get(url).status_code for p in (circle.coordinator, member)] == [200, 404]


def test_the_meeting_page_shows_photos_with_their_size_and_says_which_need_a_description(circle, photo, sign_in):
    finish(circle)
    member = sign_in(factories.user_in(circle.group))
    page = text(member.get(circle.meeting.get_absolute_url()))
    assert 'width="60" height="40"' in page and "Needs a description" in page and "Add or describe" not in page
    services.describe_photo(by=circle.coordinator, photo=photo, alt="Three boxes, joined by arrows")
    page = text(member.get(circle.meeting.get_absolute_url()))
    assert 'alt="Three boxes, joined by arrows"' in page and "Needs a description" not in page


def test_a_photo_is_removed_and_restored_from_the_page(circle, client, photo):
    gone = client.post(reverse("networks:photo-remove", args=[photo.pk]), follow=True)
    assert "Removed from the log: 1" in text(gone)
    back = client.post(reverse("networks:photo-put-back", args=[photo.pk]), follow=True)
    assert "Restored to the log." in text(back)


def test_a_file_that_is_missing_from_the_storage_is_not_an_error_of_the_server(circle, client, photo):
    photo.file.storage.delete(photo.file.name)
    assert client.get(reverse("networks:photo-file", args=[photo.pk])).status_code == 404


def test_the_page_costs_the_same_queries_for_one_photo_and_for_thirty(circle, client):
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get(page_of(circle))
            client.get(circle.meeting.get_absolute_url())
        return len(counted)

    factories.PhotoFactory(meeting=circle.meeting)
    queries()  # the first time, it is put on record who read what people agreed to
    few = queries()
    factories.PhotoFactory.create_batch(29, meeting=circle.meeting)
    assert queries() == few


@pytest.mark.parametrize("version", ["²", "9" * 5000, "-1", ""])
def test_a_version_that_no_browser_sends_does_not_break_the_page(circle, client, photo, version):
    page = client.post(page_of(circle), {"do": "describe", f"alt-{photo.pk}": "A list", f"version-{photo.pk}": version})
    assert page.status_code == 302 and MeetingPhoto.objects.get().alt == "A list"


def test_a_description_holds_no_sign_that_a_database_refuses(circle, client, photo):
    client.post(page_of(circle), {"do": "describe", f"alt-{photo.pk}": "A\0 list", f"version-{photo.pk}": "1"})
    assert MeetingPhoto.objects.get().alt == "A list"
