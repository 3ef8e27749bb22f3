"""The page on which a draft is written: autosave, preview, moving, and nothing typed that gets lost."""

import pytest
from django.urls import reverse

from coproduction.agreement.services import propose_version
from coproduction.charter.models import SectionText
from coproduction.charter.services import write_section
from coproduction.charter.writing.editing import mark_of
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.sqlite_only


def url(name, *args):
    return reverse(f"coproduction:{name}", args=args)


@pytest.fixture
def client(world, sign_in):
    return sign_in(world.lead)


@pytest.fixture
def address(world):
    return url("charter-edit", world.charter.pk)


def typed(text, body, title=None):
    """What the page sends of one section that it showed as it is now."""
    prefix = f"s{text.section_id}"
    return {
        f"{prefix}-body": body,
        f"{prefix}-title": text.title if title is None else title,
        f"{prefix}-revision": text.revision,
        f"{prefix}-seen": mark_of(text.body),
        f"{prefix}-was": text.title,
    }


def text_of(world, key="vision"):
    return SectionText.objects.get(version=world.version, section__key=key)


def test_autosave_stores_what_was_typed_and_answers_with_new_marks(world, client, address):
    text = text_of(world)
    answer = html_of(client.post(address, {"do": "autosave", **typed(text, "A good life.", "Our vision")}))
    saved = text_of(world)
    assert (saved.body, saved.title, saved.revision) == ("A good life.", "Our vision", 2)
    assert 'data-state="saved"' in answer and "All changes saved at" in answer and "<main" not in answer
    assert f'id="id_s{text.section_id}-revision" value="2"' in answer
    assert f'id="id_s{text.section_id}-seen" value="{mark_of("A good life.")}"' in answer
    assert 'data-state="saved"' in html_of(client.post(address, {"do": "autosave"}))


def test_autosave_never_hands_out_marks_for_words_that_the_page_does_not_show(world, client, address):
    text = text_of(world)
    write_section(by=world.lead, text=text, body="Theirs.")
    clash = html_of(client.post(address, {"do": "autosave", **typed(text, "Mine.")}))
    assert "Someone else changed the same section" in clash and "-seen" not in clash
    untouched = html_of(client.post(address, {"do": "autosave", **typed(text, text.body)}))
    assert "-seen" not in untouched and text_of(world).body == "Theirs."


def test_autosave_keeps_good_sections_beside_a_bad_one(world, client, address):
    vision, structure = text_of(world), text_of(world, "structure")
    sent = typed(vision, "x" * 150_000) | typed(structure, "Good.")
    answer = html_of(client.post(address, {"do": "autosave", **sent}))
    assert "150,000 characters" in answer and f"s{structure.section_id}-seen" in answer
    assert text_of(world, "structure").body == "Good." and text_of(world).body == vision.body
    page = html_of(client.post(address, sent | typed(text_of(world, "structure"), "Better.")))
    assert (
        "a section holds 20,000" in page
        and "x" * 150_000 in page
        and "maxlength" not in page.split("<textarea")[1].split(">")[0]
    )
    assert "Saved: “Structure”" in page and text_of(world, "structure").body == "Better."


def test_a_draft_that_went_to_the_members_is_refused_with_where_to_go(world, client, address):
    text = text_of(world)
    propose_version(by=world.lead, version=world.version, closes_on=world.today.replace(month=10))
    response = client.post(address, {"do": "autosave", **typed(text, "Late.")})
    assert response.status_code == 409 and 'data-state="error"' in html_of(response)
    response = client.post(address, typed(text, "Late words of mine. " * 2000))
    page = html_of(response)
    assert response.status_code == 409 and page.count("Late words of mine.") == 2000
    assert url("agreement", world.charter.pk) in page and url("version-withdraw", world.charter.pk, "1") in page


def test_preview_without_script_shows_the_text_and_saves_nothing(world, client, address):
    text = text_of(world)
    page = html_of(client.post(address, {"do": "preview:vision", **typed(text, "**Bold** <script>alert(1)</script>")}))
    assert "<strong>Bold</strong>" in page and "<script>alert" not in page and text_of(world).body == text.body
    assert "There is a problem" not in page and "Not saved yet" in page


def test_the_preview_that_follows_typing_cleans_hostile_text_and_is_for_writers(world, client, sign_in, staff):
    address = url("section-preview", world.charter.pk)
    hostile = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) " + "[" * 15_000
    page = html_of(client.post(address, {"body": hostile}))
    assert "<img" not in page and "javascript:" not in page.replace("[x](javascript:alert(1))", "")
    assert "preview stops there" in html_of(client.post(address, {"body": "x" * 20_001}))
    assert sign_in(staff).post(address, {"body": "x"}).status_code == 403
    assert sign_in(world.member).post(address, {"body": "x"}).status_code == 403


def test_moving_saves_what_was_typed_and_goes_back_to_the_button(world, client, address):
    text = text_of(world)
    response = client.post(address, {"do": "up:vision", **typed(text, "Typed before.")})
    assert response.url == f"{address}#down-vision"
    saved = text_of(world)
    assert (saved.body, saved.position) == ("Typed before.", 1)
    page = html_of(client.get(address))
    assert "“Vision” is now section 1 of 2." in page and 'id="down-vision"' in page and 'id="up-vision"' not in page


def test_a_section_is_taken_out_and_restored_on_the_page(world, client, address):
    text = text_of(world)
    response = client.post(address, {"do": "retire:vision", **typed(text, "Last words.")})
    assert response.url == url("section-retire", world.charter.pk, "vision")
    assert "Enter an answer" in html_of(client.post(response.url, {"reason": ""}))
    client.post(response.url, {"reason": "It says the same as another one."})
    page = html_of(client.get(address))
    assert "Not in this draft" in page and "It says the same as another one." in page
    client.post(url("section-restore", world.charter.pk, "vision"))
    assert text_of(world).body == "Last words."


def test_members_read_why_a_section_was_taken_out_and_the_questions_of_an_empty_one(world, sign_in, client, address):
    client.post(
        url("section-add", world.charter.pk), {"title": "Rest", "kind": "open", "questions": "When do we rest?"}
    )
    client.post(url("section-retire", world.charter.pk, "vision"), {"reason": "Another one says it."})
    propose_version(by=world.lead, version=world.version, closes_on=world.today.replace(month=10))
    page = html_of(sign_in(world.member).get(url("charter-version", world.charter.pk, "1")))
    assert "Taken out in this version" in page and "Another one says it." in page
    assert "Questions to the group:" in page and "When do we rest?" in page


def test_help_and_questions_stand_beside_each_section(engagement_lead, sign_in):
    group = factories.AdvisoryGroupFactory()
    client = sign_in(engagement_lead)
    start = url("charter-start", group.slug)
    assert "What we know already" in html_of(client.get(start))
    client.post(start, {"title": "How we work"})
    page = html_of(client.get(url("charter-edit", group.charter.pk)))
    assert "Practical tips for meetings on a screen" in page and "What should we work on first?" in page


def test_an_empty_title_and_a_title_of_another_section_keep_what_was_typed(world, client, address):
    text = text_of(world)
    for title, words in (("", "Enter a title for the section"), ("Structure", "already a section with this title")):
        page = html_of(client.post(address, typed(text, "Kept words.", title)))
        assert words in page and "Kept words." in page and "There is a problem" in page
    assert text_of(world).title == "Vision"
