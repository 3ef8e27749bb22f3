"""Parts of a recording: what players ask for when someone jumps to a place, for those who may hear it."""

import pytest

from coproduction.charter.reading.making import services
from tests.coproduction.charter.reading.test_making import sound

pytestmark = pytest.mark.django_db
SIZE = 210


@pytest.fixture
def played(proposed, sign_in):
    recording = services.add_recording(by=proposed.lead, version=proposed.version, file=sound())
    assert recording.size == SIZE
    proposed.path, proposed.client = recording.get_absolute_url(), sign_in(proposed.member)
    return proposed


def body(response):
    return b"".join(response.streaming_content)


def test_the_whole_recording_says_that_parts_can_be_had(played):
    response = played.client.get(played.path)
    assert response.status_code == 200 and response["Accept-Ranges"] == "bytes" and len(body(response)) == SIZE


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("0-9", 0, 9), ("200-", 200, 209), ("-5", 205, 209), ("5-5", 5, 5), ("100-9999", 100, 209), ("-9999", 0, 209)],
)
def test_a_part_is_the_bytes_that_were_asked_for(played, asked, start, end):
    whole = body(played.client.get(played.path))
    response = played.client.get(played.path, headers={"range": f"bytes={asked}"})
    assert response.status_code == 206 and body(response) == whole[start : end + 1]
    assert response["Content-Range"] == f"bytes {start}-{end}/{SIZE}"
    assert response["Content-Length"] == str(end - start + 1)
    assert response["X-Content-Type-Options"] == "nosniff" and response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("asked", ["210-", "999-1000", "-0"])
def test_a_part_beyond_the_end_is_refused_with_the_size(played, asked):
    response = played.client.get(played.path, headers={"range": f"bytes={asked}"})
    assert response.status_code == 416 and response["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize("header", ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=-", "bytes=١-٢"])
def test_what_makes_no_sense_gets_the_whole_recording(played, header):
    response = played.client.get(played.path, headers={"range": header})
    assert response.status_code == 200 and len(body(response)) == SIZE


def test_a_part_with_a_condition_gets_the_whole_recording(played):
    response = played.client.get(played.path, headers={"range": "bytes=0-9", "if-range": '"x"'})
    assert response.status_code == 200 and len(body(response)) == SIZE


def test_parts_are_for_those_who_may_hear_it(played, sign_in, outsider):
    assert sign_in(outsider).get(played.path, headers={"range": "bytes=0-9"}).status_code == 404
