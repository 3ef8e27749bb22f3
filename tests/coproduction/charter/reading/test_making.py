"""Easy Read and recordings: written, reviewed, shown, and marked when the words have changed since."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coproduction.agreement.services import propose_version, withdraw_version
from coproduction.agreement.standing import who_answered
from coproduction.charter import services as charter_services
from coproduction.charter.reading.making import services
from coproduction.charter.reading.models import EasyRead, Recording
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.people.models import Consent
from impact.core.web.files import uploads
from tests import factories
from tests.coproduction.conftest import stand
from tests.pages import html_of

SENTENCES = ["We want a good life.", "You help us get there."]


def url(name, *args):
    return reverse(f"coproduction:{name}", args=args)


def read(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, response.status_code
    return html_of(response)


def picture(name="sun.png"):
    return uploads.accept_photo(SimpleUploadedFile(name, factories.picture(format="PNG")))


def text_of(world, key="vision", version=None):
    return (version or world.version).texts.get(section__key=key)


def write(world, sentences=SENTENCES, **kwargs):
    return services.write_easy_read(by=world.lead, text=text_of(world), sentences=sentences, **kwargs)


def reviewed(world, by="Easy Read panel"):
    easy = services.send_for_review(by=world.lead, easy_read=write(world))
    return services.review_easy_read(by=world.lead, easy_read=easy, reviewed_by=by, reviewed_on=world.today)


def next_version(world, body):
    withdraw_version(by=world.lead, version=world.version, reason="A word is missing.")
    draft = charter_services.draft_version(by=world.lead, charter=world.charter)
    charter_services.write_section(by=world.lead, text=text_of(world, version=draft), body=body)
    return propose_version(by=world.lead, version=draft, closes_on=date(2022, 10, 1), change_note="A word").version


# --- Easy Read -----------------------------------------------------------------------------------
def test_readers_see_easy_read_only_once_it_was_reviewed_and_are_told_by_whom(proposed, sign_in):
    client = sign_in(proposed.member)
    address = url("charter-version", proposed.charter.pk, 1) + "?format=easy_read"
    easy = write(proposed)
    assert SENTENCES[0] not in read(client, address)
    easy = services.send_for_review(by=proposed.lead, easy_read=easy)
    assert SENTENCES[0] not in read(client, address)
    services.review_easy_read(
        by=proposed.lead, easy_read=easy, reviewed_by="Easy Read panel", reviewed_on=proposed.today
    )
    page = read(client, address)
    assert SENTENCES[0] in page and "Reviewed by Easy Read panel on 15 September 2022" in page
    assert "This section is not in Easy Read yet" in page, "the other section says so"


def test_an_easy_read_is_out_of_date_once_the_words_change_in_a_later_version(proposed, sign_in):
    reviewed(proposed)
    later = next_version(proposed, "Something else altogether.")
    client = sign_in(proposed.member)
    page = read(client, url("charter-version", proposed.charter.pk, later.number) + "?format=easy_read")
    assert SENTENCES[0] in page and "The words have changed since this Easy Read was written" in page
    page = read(client, url("charter-version", proposed.charter.pk, 1) + "?format=easy_read")
    assert "The words have changed since" not in page, "the version that it was written for keeps it"


def test_a_later_version_with_the_same_words_keeps_the_easy_read(proposed, sign_in):
    reviewed(proposed)
    later = next_version(proposed, text_of(proposed).body)
    page = read(
        sign_in(proposed.member), url("charter-version", proposed.charter.pk, later.number) + "?format=easy_read"
    )
    assert SENTENCES[0] in page and "The words have changed since" not in page


def test_a_change_takes_a_reviewed_easy_read_back_to_draft(proposed):
    easy = reviewed(proposed)
    write(proposed, [*SENTENCES, "One more."])
    easy.refresh_from_db()
    assert (easy.status, easy.reviewed_by, easy.reviewed_on) == ("draft", "", None)


def test_saving_the_same_sentences_changes_nothing(proposed):
    easy = reviewed(proposed)
    write(proposed)
    easy.refresh_from_db()
    assert easy.status == "reviewed"


def test_pictures_stay_with_their_sentences_when_others_come_and_go(proposed):
    easy = write(proposed)
    second = easy.lines.all()[1]
    services.set_picture(by=proposed.lead, line=second, alt="A sun.", file=picture())
    write(proposed, ["A new first one.", *SENTENCES])
    lines = list(easy.lines.all())
    assert [bool(line.picture) for line in lines] == [False, False, True] and lines[2].alt == "A sun."
    write(proposed, ["A new first one.", SENTENCES[0], "You help us to get there."])
    assert easy.lines.all()[2].alt == "A sun.", "a corrected sentence keeps its picture"


def test_a_picture_needs_words_that_say_what_it_shows(proposed):
    line = write(proposed).lines.first()
    with pytest.raises(ValidationError, match="Say what the picture shows"):
        services.set_picture(by=proposed.lead, line=line, alt=" ", file=picture())


def test_a_draft_easy_read_of_words_that_have_changed_is_not_reviewed(world):
    easy = services.send_for_review(by=world.lead, easy_read=write(world))
    charter_services.write_section(by=world.lead, text=text_of(world), body="Other words.")
    with pytest.raises(StateConflict, match="has changed since"):
        services.review_easy_read(by=world.lead, easy_read=easy, reviewed_by="Panel", reviewed_on=world.today)
    write(world)
    easy.refresh_from_db()
    assert easy.status == "draft", "saving it again says that it fits the words as they are now"


def test_two_people_writing_the_same_easy_read_lose_nothing(proposed, sign_in):
    easy = write(proposed)
    with pytest.raises(Conflict):
        write(proposed, ["Mine."], expected=0)
    address = url("easy-read-edit", proposed.charter.pk, 1, "vision")
    response = sign_in(proposed.lead).post(address, {"sentences": "Mine.", "version": 0})
    page = html_of(response)
    assert response.status_code == 409 and "Mine." in page and SENTENCES[0] in page
    assert list(easy.lines.values_list("words", flat=True)) == SENTENCES


@pytest.mark.parametrize(
    ("sentences", "words"),
    [([], "at least one"), (["x" * 301], "Make this sentence shorter"), (["Short."] * 81, "at most 80")],
)
def test_easy_read_is_short(proposed, sentences, words):
    with pytest.raises(ValidationError, match=words):
        write(proposed, sentences)


def test_only_the_engagement_lead_makes_formats(proposed, staff):
    for person in (proposed.member, staff):
        with pytest.raises(PermissionDenied):
            services.write_easy_read(by=person, text=text_of(proposed), sentences=SENTENCES)
        with pytest.raises(PermissionDenied):
            services.add_recording(by=person, version=proposed.version, file=None)


def test_the_lead_writes_pictures_and_records_the_review_on_pages(proposed, sign_in, staff):
    client = sign_in(proposed.lead)
    address = url("easy-read-edit", proposed.charter.pk, 1, "vision")
    client.post(address, {"sentences": "One.\n\n  Two.  ", "version": 0})
    easy = EasyRead.objects.get()
    assert list(easy.lines.values_list("words", flat=True)) == ["One.", "Two."]
    line = easy.lines.first()
    file = SimpleUploadedFile("sun.png", factories.picture(format="PNG"))
    client.post(url("easy-read-line", line.pk), {"file": file, "alt": "A sun."})
    page = read(client, address)
    assert 'alt="A sun."' in page and "Change picture" in page
    assert client.get(url("easy-read-picture", line.pk)).status_code == 200
    assert sign_in(proposed.member).get(url("easy-read-picture", line.pk)).status_code == 404, "not reviewed yet"
    easy.refresh_from_db()
    client.post(url("easy-read-send", easy.pk), {"version": easy.version})
    easy.refresh_from_db()
    client.post(
        url("easy-read-review", easy.pk), {"reviewed_by": "Panel", "reviewed_on": "2022-09-15", "version": easy.version}
    )
    assert "By Panel, 15 September 2022" in read(client, url("charter-formats", proposed.charter.pk, 1))
    assert sign_in(staff).get(url("easy-read-picture", line.pk)).status_code == 200
    client.post(url("easy-read-line", line.pk), {"remove": "yes"})
    easy.refresh_from_db()
    assert easy.status == "draft" and not easy.lines.first().picture


# --- Recordings ----------------------------------------------------------------------------------
def sound(name="vision.mp3"):
    return SimpleUploadedFile(name, b"ID3\x03\x00\x00\x00\x00\x00\x00" + bytes(200))


def test_a_section_read_aloud_has_a_player_with_its_words_beneath(proposed, sign_in):
    recording = services.add_recording(
        by=proposed.lead, version=proposed.version, file=sound(), section_key="vision", read_by="A member"
    )
    client = sign_in(proposed.member)
    page = read(client, url("charter-version", proposed.charter.pk, 1) + "?format=audio")
    assert "<audio controls" in page and "Read by A member" in page and "About our Vision." in page
    response = client.get(recording.get_absolute_url())
    assert response["Content-Type"] == "audio/mpeg" and response["X-Content-Type-Options"] == "nosniff"


def test_a_recording_goes_out_of_date_with_the_words(proposed, sign_in):
    services.add_recording(by=proposed.lead, version=proposed.version, file=sound(), section_key="vision")
    later = next_version(proposed, "Something else altogether.")
    page = read(sign_in(proposed.member), url("charter-version", proposed.charter.pk, later.number) + "?format=audio")
    assert "The words have changed since this was recorded" in page and "Something else altogether." in page


def test_a_new_recording_takes_the_place_of_the_one_before_and_can_be_removed(proposed):
    for _ in range(2):
        services.add_recording(by=proposed.lead, version=proposed.version, file=sound())
    recording = Recording.objects.get()
    services.remove_recording(by=proposed.lead, recording=recording)
    assert not Recording.objects.exists()
    with pytest.raises(StateConflict):
        services.remove_recording(by=proposed.lead, recording=recording)


def test_only_sound_is_taken_as_a_recording(proposed):
    with pytest.raises(ValidationError, match="MP3 audio, M4A audio"):
        services.add_recording(
            by=proposed.lead, version=proposed.version, file=SimpleUploadedFile("a.mp3", b"Only words.")
        )


def test_a_draft_is_not_recorded(world):
    with pytest.raises(StateConflict, match="can still change"):
        services.add_recording(by=world.lead, version=world.version, file=sound())


# --- Who has answered ----------------------------------------------------------------------------
def test_members_see_the_names_of_those_who_agreed_to_it_and_others_see_none(proposed, leader):
    people = proposed.people
    for person in people[:3]:
        stand(proposed, person)
    for person, is_given in [(people[0], True), (people[1], False)]:
        Consent.objects.create(
            person=person,
            purpose=Consent.Purpose.ANSWERED,
            is_given=is_given,
            given_on=proposed.today,
            wording="May we?",
        )
    assert who_answered(proposed.agreement, proposed.member) == {"names": [people[0].name], "unnamed": 2}
    assert len(who_answered(proposed.agreement, proposed.lead)["names"]) == 3
    assert who_answered(proposed.agreement, leader) is None
