"""Papers: files and versions, who may have them, used again, in good time, in the formats that people read."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.people.models import Person
from networks.documents.materials import papers, services
from networks.documents.materials.models import Material, MaterialFile
from networks.groups.models import Membership
from networks.meetings.models import Meeting
from tests import factories
from tests.factories import at
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def words(text: str = "First words.", name: str = "Summary.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), "text/plain")


def text(response) -> str:
    return html_of(response)


def body(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.fixture
def sent(circle, paper) -> Material:
    """The paper, announced with its meeting and sent."""
    circle.later.announced_at = at(2023, 1, 9)
    circle.later.save()
    return services.mark_material_sent(by=circle.coordinator, material=paper)


@pytest.fixture
def paper(circle) -> Material:
    """A paper of the meeting to come with a file, not sent yet; the meeting is still a draft."""
    circle.later.announced_at = None
    circle.later.save()
    return services.add_material(
        by=circle.coordinator, meeting=circle.later, title="Summary", evidence_kind="research", file=words()
    )


# --- Macros and JavaScript -------------------------------------------------------------------------
JAVASCRIPT = b"%PDF-1.7\n1 0 obj<</S/JavaScript/JS(1)>>endobj\n%%EOF\n"


def form_of_file(**more: object) -> dict[str, object]:
    return {"file": SimpleUploadedFile("Form.pdf", JAVASCRIPT), "format": "standard", **more}


def test_the_page_names_javascript_and_takes_the_file_once_its_sender_has_ticked(circle, paper, sign_in):
    client = sign_in(circle.coordinator)
    address = reverse("networks:material-version", args=[paper.pk])
    assert 'type="checkbox" name="send_anyway"' not in text(client.get(address))
    page = text(client.post(address, form_of_file(note="A form")))
    assert "This file holds JavaScript" in page and "Send it as it is" in page
    assert 'type="checkbox" name="send_anyway"' in page and paper.files.count() == 1
    client.post(address, form_of_file(note="A form", send_anyway="on"))
    assert paper.files.get(number=2).name == "Form.pdf"


def test_the_api_names_active_content_too(circle, paper, sign_in):
    client = sign_in(circle.coordinator)
    address = f"/api/v1/materials/{paper.pk}/files/"
    answer = client.post(address, form_of_file(note="A form"))
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["attr"], error["code"]) == ("file", "active_content")
    assert client.post(address, form_of_file(note="A form", send_anyway="true")).status_code == 201


# --- Versions --------------------------------------------------------------------------------------
def test_a_file_makes_its_format_available_without_ticking_it(paper):
    assert paper.formats == [] and paper.format_labels == ["Standard"]
    (file,) = paper.newest_files
    assert (file.number, file.name, file.kind, file.size) == (1, "Summary.txt", "TXT", 12)


def test_formats_come_from_files_and_from_ticks(circle, paper):
    services.change_material(
        by=circle.coordinator, material=paper, title="Summary", evidence_kind="research", formats=["audio", "standard"]
    )
    services.add_material_version(by=circle.coordinator, material=paper, file=words("Easy"), format="easy_read")
    assert Material.objects.get().available == ["standard", "easy_read", "audio"]


def test_a_new_version_says_what_changed_and_the_older_one_stays(circle, paper):
    with pytest.raises(ValidationError, match="what changed") as refusal:
        services.add_material_version(by=circle.coordinator, material=paper, file=words("Second"), format="standard")
    assert "note" in refusal.value.error_dict
    row = services.add_material_version(
        by=circle.coordinator, material=paper, file=words("Second"), format="standard", note=" Two figures "
    )
    assert (row.number, row.note) == (2, "Two figures")
    assert [f.number for f in Material.objects.get().newest_files] == [2] and paper.files.count() == 2
    event = AuditEvent.objects.get(type="meeting.material_version_added")
    assert event.facts == {"version": 2, "format": "Standard", "after_it_went_out": "no"}


def test_versions_are_counted_for_each_format(circle, paper):
    row = services.add_material_version(by=circle.coordinator, material=paper, file=words("Easy"), format="easy_read")
    assert row.number == 1


def test_the_same_file_again_is_no_new_version(circle, paper):
    with pytest.raises(ValidationError, match="same file as version 1"):
        services.add_material_version(
            by=circle.coordinator, material=paper, file=words(), format="standard", note="Again"
        )


def test_a_refused_file_leaves_no_paper_behind(circle):
    with pytest.raises(ValidationError, match="We cannot accept this kind of file") as refusal:
        services.add_material(
            by=circle.coordinator, meeting=circle.later, title="x", evidence_kind="research", file=words("<html>")
        )
    assert "file" in refusal.value.error_dict and not Material.objects.exists()


@pytest.mark.parametrize("url", ["ftp://example.org/a.pdf", "javascript:alert(1)"])
def test_a_web_address_is_one_that_browsers_open_safely(circle, paper, url):
    with pytest.raises(ValidationError, match=r"https://|valid URL"):
        services.change_material(
            by=circle.coordinator, material=paper, title="x", evidence_kind="research", formats=["standard"], url=url
        )


def test_papers_of_a_complete_meeting_are_settled(circle, paper):
    type(circle.later).objects.filter(pk=circle.later.pk).update(status="complete", logged_at=at(2023, 1, 31))
    for change in (
        lambda: services.add_material_version(
            by=circle.coordinator, material=paper, file=words("x"), format="standard", note="x"
        ),
        lambda: services.change_material(by=circle.coordinator, material=paper, title="x", evidence_kind="research"),
        lambda: services.add_material(
            by=circle.coordinator, meeting=circle.later, title="x", evidence_kind="research", formats=["standard"]
        ),
    ):
        with pytest.raises(ValidationError, match="Reopen it"):
            change()


@pytest.mark.parametrize("role", ["member", "supporter"])
def test_only_those_who_plan_the_meeting_change_its_papers(circle, paper, role):
    someone = factories.user_in(circle.group, role)
    for change in (
        lambda: services.add_material_version(by=someone, material=paper, file=words("x"), format="standard"),
        lambda: services.change_material(by=someone, material=paper, title="x", evidence_kind="research"),
        lambda: services.use_material_again(by=someone, material=paper, meeting=circle.meeting),
    ):
        with pytest.raises(PermissionDenied):
            change()


# --- Used again ------------------------------------------------------------------------------------
def test_a_paper_used_again_takes_the_newest_files_and_goes_on_counting(circle, paper):
    services.add_material_version(
        by=circle.coordinator, material=paper, file=words("Second"), format="standard", note="Shorter"
    )
    third = factories.MeetingFactory(group=circle.group, number=3, starts_at=at(2023, 1, 31))
    again = services.use_material_again(by=circle.coordinator, material=Material.objects.get(), meeting=third)
    assert again.lineage == paper.lineage and again.sent_on is None
    assert [(f.number, f.note) for f in again.files.all()] == [(2, "Shorter")]
    newer = services.add_material_version(
        by=circle.coordinator, material=again, file=words("Third"), format="standard", note="A new end"
    )
    assert newer.number == 3
    assert [f.number for f in Material.objects.get(pk=paper.pk).newest_files] == [2]  # the first meeting keeps its own


def test_a_paper_is_used_once_at_a_meeting(circle, paper):
    with pytest.raises(ValidationError, match="on its list already"):
        services.use_material_again(by=circle.coordinator, material=paper, meeting=circle.later)


def test_a_coordinator_cannot_take_a_paper_of_a_group_that_is_not_theirs(circle, sign_in):
    theirs = factories.MaterialFactory()
    with pytest.raises(PermissionDenied):
        services.use_material_again(by=circle.coordinator, material=theirs, meeting=circle.later)
    assert sign_in(circle.coordinator).get(theirs.get_absolute_url()).status_code == 404


def test_the_history_says_which_version_was_used_at_which_meeting(circle, paper, sign_in):
    client = sign_in(circle.coordinator)
    third = factories.MeetingFactory(group=circle.group, number=3, title="The third", starts_at=at(2023, 1, 31))
    page = text(client.get(f"/materials/{paper.pk}/use-again/"))
    assert "The third" in page and "Meeting 2</option>" not in page
    answer = client.post(f"/materials/{paper.pk}/use-again/", {"meeting": third.pk}, follow=True)
    assert "has been added to The third" in text(answer)
    again = Material.objects.latest("pk")
    client.post(f"/materials/{again.pk}/files/add/", {"file": words("New"), "format": "standard", "note": "Shorter"})
    page = text(client.get(f"/materials/{again.pk}/"))
    assert "Standard 1" in page and "Standard 2" in page and "Shorter" in page
    assert "Older versions" in page


# --- Who may have a file ---------------------------------------------------------------------------
def test_a_member_gets_a_paper_once_its_meeting_is_announced(circle, paper, sign_in):
    client = sign_in(factories.user_in(circle.group))
    (file,) = paper.newest_files
    assert client.get(file.get_absolute_url()).status_code == 404
    assert client.get(paper.get_absolute_url()).status_code == 404
    circle.later.announced_at = at(2023, 1, 9)
    circle.later.save()
    assert body(client.get(file.get_absolute_url())) == b"First words."
    assert "Summary" in text(client.get(circle.later.get_absolute_url()))


def test_a_file_is_handed_out_as_a_download_that_nothing_runs(circle, paper, sign_in):
    answer = sign_in(circle.coordinator).get(paper.newest_files[0].get_absolute_url())
    assert answer["Content-Disposition"] == 'attachment; filename="Summary.txt"'
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert body(answer) == b"First words."


def test_a_recording_is_played_from_where_the_listener_wants_on_page_and_api(circle, paper, sign_in):
    """Phones ask for parts of a recording, and play none that they cannot have in parts."""
    client, (file,) = sign_in(circle.coordinator), paper.newest_files
    for path in (file.get_absolute_url(), f"/api/v1/materials/{paper.pk}/files/{file.pk}/content/"):
        whole = client.get(path)
        assert whole["Accept-Ranges"] == "bytes" and body(whole) == b"First words."
        part = client.get(path, headers={"range": "bytes=6-10"})
        assert part.status_code == 206 and body(part) == b"words"
        assert part["Content-Range"] == "bytes 6-10/12" and part["X-Content-Type-Options"] == "nosniff"
        assert client.get(path, headers={"range": "bytes=99-"}).status_code == 416


def test_older_versions_are_for_those_who_keep_the_log(circle, paper, sent, sign_in, leader):
    services.add_material_version(
        by=circle.coordinator, material=paper, file=words("Second"), format="standard", note="Shorter"
    )
    older, newest = MaterialFile.objects.order_by("number")
    assert body(sign_in(circle.coordinator).get(older.get_absolute_url())) == b"First words."
    for user in (factories.user_in(circle.group), leader):
        client = sign_in(user)
        assert client.get(older.get_absolute_url()).status_code == 404
        assert body(client.get(newest.get_absolute_url())) == b"Second"
        assert "Older versions" not in text(client.get(paper.get_absolute_url()))


def test_a_file_is_unavailable_from_the_day_after_a_member_leaves(circle, paper, sent, sign_in):
    member = factories.user_in(circle.group)
    client, url = sign_in(member), paper.newest_files[0].get_absolute_url()
    assert body(client.get(url))
    Membership.objects.filter(person=member.person).update(ends_on=date(2023, 1, 15))
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("who", ["coordinator", "member"])
def test_no_one_of_another_group_gets_a_file(circle, paper, sent, sign_in, who):
    client = sign_in(factories.user_in(factories.GroupFactory(), who))
    assert client.get(paper.newest_files[0].get_absolute_url()).status_code == 404


def test_a_file_that_the_storage_lost_is_not_found_and_no_fault(circle, paper, sign_in):
    file = paper.newest_files[0]
    file.file.storage.delete(file.file.name)
    assert sign_in(circle.coordinator).get(file.get_absolute_url()).status_code == 404


# --- Pages -----------------------------------------------------------------------------------------
def test_a_paper_is_uploaded_from_the_page_and_a_refused_file_keeps_the_words(circle, sign_in):
    client, url = sign_in(circle.coordinator), f"/meetings/{circle.later.pk}/materials/add/"
    assert 'enctype="multipart/form-data"' in text(client.get(url))
    given = {"title": "<b>Story</b>", "evidence_kind": "lived_experience", "file_format": "easy_read"}
    page = text(client.post(url, given | {"file": words("MZ\x00program", "run.pdf")}))
    assert "We cannot accept this kind of file. Upload one of these:" in page and "&lt;b&gt;Story&lt;/b&gt;" in page
    client.post(url, given | {"file": words("Once upon a time.", "story.exe")})
    page = text(client.get(circle.later.get_absolute_url()))
    assert "Easy Read" in page and "(TXT, 17" in page and "<b>Story</b>" not in page


def test_a_paper_is_changed_from_the_page(circle, paper, sign_in):
    client, url = sign_in(circle.coordinator), f"/materials/{paper.pk}/change/"
    page = text(client.post(url, {"title": "", "evidence_kind": "research", "url": "https://a.example/"}))
    assert "Enter an answer" in page and 'value="https://a.example/"' in page
    client.post(url, {"title": "New title", "evidence_kind": "practice_knowledge", "formats": ["bsl"]})
    changed = Material.objects.get()
    assert (changed.title, changed.evidence_kind, changed.formats) == ("New title", "practice_knowledge", ["bsl"])


def test_a_paper_page_costs_the_same_with_many_versions_and_uses(circle, paper, sign_in):
    client = sign_in(circle.coordinator)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(paper.get_absolute_url()).status_code == 200
        return len(captured)

    queries()
    before = queries()
    for n in range(5):
        factories.MaterialFileFactory(material=paper, format="audio")
        use = factories.MaterialFactory(
            lineage=paper.lineage, meeting=factories.MeetingFactory(group=circle.group, number=10 + n)
        )
        factories.MaterialFileFactory(material=use)
    assert queries() == before


# --- On time, in every format, from all three kinds -------------------------------------------
def test_the_group_says_how_many_days_before_counts_as_in_good_time(circle, paper, today, sign_in):
    assert not paper.is_late  # 14 days before, and 7 are asked for
    circle.group.lead_days = 20
    circle.group.save()
    assert Material.objects.get().is_late
    page = text(sign_in(circle.coordinator).get(circle.later.get_absolute_url()))
    assert "10 January 2023, 20 days before" in page and "Late, not sent" in page


def test_the_pack_is_held_against_the_formats_that_members_read(circle, paper):
    Person.objects.filter(pk__in=circle.ids[:2]).update(preferred_format="easy_read")
    Person.objects.filter(pk=circle.ids[2]).update(preferred_language="cy")
    members = circle.group.memberships.select_related("person")
    needs = papers.format_needs(members, [paper])
    assert [(n.label, n.text) for n in needs] == [
        ("Easy Read", "2 people need it, none yet"),
        ("Welsh", "1 person needs it, none yet"),
    ]
    services.add_material_version(by=circle.coordinator, material=paper, file=words("Easy"), format="easy_read")
    other = factories.MaterialFactory(meeting=circle.later, title="Other")
    met, _welsh = papers.format_needs(members, [Material.objects.get(pk=paper.pk)])
    assert met.text == "2 people need it, every paper has it" and met.is_met
    partly, _welsh = papers.format_needs(members, [Material.objects.get(pk=paper.pk), other])
    assert partly.text == "2 people need it, 1 of 2 papers" and partly.lacking == ["Other"]
    assert papers.format_needs(members, [])[0].text == "2 people need it, no papers yet"


def test_a_group_shows_the_balance_of_its_evidence_and_counts_a_paper_once(circle, paper, sign_in):
    services.use_material_again(by=circle.coordinator, material=paper, meeting=circle.meeting)
    factories.MaterialFactory(meeting=circle.meeting, evidence_kind="lived_experience")
    gone = factories.MeetingFactory(group=circle.group, number=9, status="cancelled", status_reason="Snow")
    factories.MaterialFactory(meeting=gone)
    Meeting.objects.filter(pk=circle.meeting.pk).update(announced_at=clock.now())
    assert [row["value"] for row in papers.balance_of_group(circle.group, circle.coordinator)] == [1, 1, 0]
    assert "Balance of evidence" in text(sign_in(circle.coordinator).get("/groups/local-wales/"))


# --- Two people at once, and someone between two groups -------------------------------------------
def test_a_paper_that_went_out_a_moment_ago_is_not_taken_off_nor_sent_again(circle, paper):
    mine = Material.objects.get()
    services.mark_material_sent(by=circle.coordinator, material=paper, on=date(2023, 1, 12))
    with pytest.raises(ValidationError, match="It has already been sent to members, so it has to stay on the list"):
        services.remove_material(by=circle.coordinator, material=mine)
    mine.sent_on = None  # as it was read before
    with pytest.raises(ValidationError, match="already sent on 12 January"):
        services.mark_material_sent(by=circle.coordinator, material=mine)
    assert Material.objects.get().sent_on == date(2023, 1, 12)


def test_a_member_elsewhere_does_not_carry_papers_to_their_own_group(circle, sent):
    own = factories.GroupFactory()
    both = factories.user_in(own, "coordinator")
    factories.MembershipFactory(group=circle.group, person=both.person)
    meeting = factories.MeetingFactory(group=own, starts_at=at(2023, 2, 3), ends_at=at(2023, 2, 3, 16))
    assert sent in Material.objects.visible_to(both)
    with pytest.raises(PermissionDenied):
        services.use_material_again(by=both, material=sent, meeting=meeting)


def test_the_balance_of_a_group_does_not_count_papers_of_drafts(circle, paper):
    member = factories.user_in(circle.group)

    def counted():
        return [
            sum(row["value"] for row in papers.balance_of_group(circle.group, reader))
            for reader in (member, circle.coordinator)
        ]

    assert counted() == [0, 0]
    services.mark_material_sent(by=circle.coordinator, material=paper, on=date(2023, 1, 12))
    assert counted() == [0, 1]  # the member does not see the meeting yet
