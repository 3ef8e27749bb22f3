"""Sending papers: each person's own format, links that end or are stopped, only what is new, and who has no address."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from impact.core.web.serving import logs
from networks.documents.materials import services
from networks.documents.materials.models import Material
from networks.documents.materials.sending.models import SentPaper
from networks.documents.materials.sending.plan import plan_of
from networks.documents.materials.sending.services import Sent, mark_materials_sent, send_papers, stop_paper_links
from networks.groups.models import Membership
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Meeting
from tests import factories
from tests.factories import at
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def words(text: str, name: str = "Summary.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), "text/plain")


def text(response) -> str:
    return html_of(response)


def body(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.fixture
def post(db) -> SimpleNamespace:
    """A meeting on 30 January 2023 with one paper in two formats, and four people: one without an address."""
    group = factories.GroupFactory(name="Local network, Wales", slug="local-wales", nation="wales")
    coordinator = factories.user_in(group, "coordinator")
    coordinator.person.email = "coordinator@people.example"
    coordinator.person.save()

    def member(name: str, email: str, **more: str) -> Membership:
        return factories.MembershipFactory(group=group, person=factories.PersonFactory(name=name, email=email, **more))

    meeting = factories.MeetingFactory(
        group=group, number=2, title="Choice", starts_at=at(2023, 1, 30), ends_at=at(2023, 1, 30, 16)
    )
    paper = services.add_material(
        by=coordinator, meeting=meeting, title="Summary", evidence_kind="research", file=words("Standard words")
    )
    services.add_material_version(by=coordinator, material=paper, file=words("Easy words"), format="easy_read")
    return SimpleNamespace(
        group=group,
        coordinator=coordinator,
        meeting=meeting,
        paper=paper,
        ann=member("Ann", "ann@people.example"),
        eve=member("Eve", "eve@people.example", preferred_format="easy_read"),
        lou=member("Lou", "lou@people.example", preferred_format="large_print"),
        pat=member("Pat", "", preferred_format="easy_read"),
    )


def send(post, **more) -> Sent:
    return send_papers(by=post.coordinator, meeting=post.meeting, **more)


def mail_to(name: str) -> str:
    return OutboxEmail.objects.filter(to=f"{name}@people.example").latest("pk").body


def path_in(mail: str) -> str:
    word = next(word for word in mail.split() if "/paper/" in word)
    return word[word.index("/paper/") :]


# --- Each person's own format ----------------------------------------------------------------------
def test_each_member_with_an_address_gets_the_paper_in_their_own_format_without_signing_in(post):
    sent = send(post)
    assert (sent.emails, sent.papers) == (4, 1)
    got = {name: body(Client().get(path_in(mail_to(name)))) for name in ("ann", "eve", "lou", "coordinator")}
    assert got == {
        "ann": b"Standard words",
        "eve": b"Easy words",
        "lou": b"Standard words",
        "coordinator": b"Standard words",
    }
    assert not OutboxEmail.objects.filter(to="").exists()


def test_the_email_says_plainly_which_paper_does_not_come_in_the_readers_format(post):
    send(post)
    assert "This paper is not available in Large print." in mail_to("lou")
    assert "does not come" not in mail_to("ann") and "does not come" not in mail_to("eve")
    assert "Easy Read (TXT, 10 bytes): http" in mail_to("eve") and "Standard (" not in mail_to("eve")


def test_a_reader_of_welsh_gets_welsh_beside_their_format_and_a_file_on_a_disc_is_named(post):
    services.change_material(
        by=post.coordinator, material=post.paper, title="Summary", evidence_kind="research", formats=["audio"]
    )
    services.add_material_version(by=post.coordinator, material=post.paper, file=words("Geiriau"), format="welsh")
    person = post.lou.person
    person.preferred_format, person.preferred_language = "audio", "cy"
    person.save()
    send(post)
    assert body(Client().get(path_in(mail_to("lou")))) == b"Geiriau"
    assert "It is also available in Audio, but not as a file here." in mail_to("lou")
    assert "does not come" not in mail_to("lou")


def test_a_reader_of_the_standard_format_gets_what_there_is_and_reads_that_it_is_not_theirs(post):
    only = services.add_material(
        by=post.coordinator,
        meeting=post.meeting,
        title="Story",
        evidence_kind="lived_experience",
        file=words("Easy story"),
        file_format="easy_read",
    )
    send(post, materials=[only])
    assert "1. Story (lived experience)" in mail_to("ann")
    assert "This paper is not available in Standard." in mail_to("ann")
    assert body(Client().get(path_in(mail_to("ann")))) == b"Easy story"


def test_a_web_address_is_sent_as_it_is_and_only_once(post):
    services.change_material(
        by=post.coordinator,
        material=post.paper,
        title="Summary",
        evidence_kind="research",
        url="https://papers.example/summary",
    )
    send(post)
    assert "On the web: https://papers.example/summary" in mail_to("ann")
    with pytest.raises(ValidationError, match="already has these papers"):
        send(post)


def test_the_subject_that_lights_up_on_a_locked_phone_names_neither_group_nor_paper(post):
    send(post)
    (subject,) = set(OutboxEmail.objects.values_list("subject", flat=True))
    assert subject == "Papers for the meeting on 30 January 2023"


# --- What the link does ----------------------------------------------------------------------------
def test_a_link_hands_out_a_download_that_nothing_runs_caches_or_passes_on(post):
    send(post)
    answer = Client().get(path_in(mail_to("ann")))
    assert answer["Content-Disposition"] == 'attachment; filename="Summary.txt"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer" and "noindex" in answer["X-Robots-Tag"]


def test_a_link_hands_out_the_part_of_a_recording_that_a_phone_asks_for(post):
    send(post)
    path = path_in(mail_to("ann"))
    answer = Client().get(path, headers={"range": "bytes=0-3"})
    assert answer.status_code == 206 and body(answer) == body(Client().get(path))[:4]
    assert "no-store" in answer["Cache-Control"] and answer["Referrer-Policy"] == "no-referrer"


def test_a_link_of_which_one_letter_differs_is_not_known(post):
    send(post)
    path = path_in(mail_to("ann"))
    changed = path[:-2] + ("a" if path[-2] != "a" else "b") + "/"
    assert Client().get(changed).status_code == 404
    key = SentPaper.objects.first().key.hex
    assert Client().get(f"/paper/{key}/").status_code == 404  # without a signature


def test_a_link_works_until_thirty_days_after_the_meeting(post):
    send(post)
    path = path_in(mail_to("ann"))
    assert "until 1 March 2023" in mail_to("ann")
    with clock.standing_on(date(2023, 3, 1)):
        assert body(Client().get(path)) == b"Standard words"
    with clock.standing_on(date(2023, 3, 2)):
        answer = Client().get(path)
    assert answer.status_code == 410 and "This link has expired" in text(answer)


def test_a_meeting_that_moves_away_takes_the_end_of_its_links_with_it_and_one_that_comes_closer_does_not(post):
    send(post)
    path = path_in(mail_to("ann"))
    Meeting.objects.filter(pk=post.meeting.pk).update(starts_at=at(2023, 2, 20), ends_at=at(2023, 2, 20, 16))
    with clock.standing_on(date(2023, 3, 20)):
        assert body(Client().get(path)) == b"Standard words"
    Meeting.objects.filter(pk=post.meeting.pk).update(starts_at=at(2023, 1, 20), ends_at=at(2023, 1, 20, 16))
    with clock.standing_on(date(2023, 2, 28)):
        assert body(Client().get(path)) == b"Standard words"


def test_a_link_ends_with_the_membership_and_names_no_one_when_it_is_opened(post):
    send(post)
    path = path_in(mail_to("ann"))
    Membership.objects.filter(pk=post.ann.pk).update(ends_on=date(2023, 1, 15))
    answer = Client().get(path)
    assert answer.status_code == 410
    assert not [word for word in ("Summary", "Ann", "Wales", "Choice") if word in text(answer)]
    assert body(Client().get(path_in(mail_to("eve")))) == b"Easy words"


def test_a_link_ends_with_the_membership_also_after_the_meeting(post):
    send(post)
    path = path_in(mail_to("ann"))
    Membership.objects.filter(pk=post.ann.pk).update(ends_on=date(2023, 2, 3))
    with clock.standing_on(date(2023, 2, 3)):
        assert body(Client().get(path))
    with clock.standing_on(date(2023, 2, 4)):
        assert Client().get(path).status_code == 410


def test_a_link_ends_when_the_invitation_is_withdrawn(post):
    send(post)
    invited = MeetingInvitation.objects.create(meeting=post.meeting, person=post.ann.person)
    path = path_in(mail_to("ann"))
    assert Client().get(path).status_code == 200
    invited.withdrawn_at = clock.now()
    invited.save()
    assert Client().get(path).status_code == 410


def test_a_link_ends_when_the_paper_is_removed(post):
    send(post)
    path = path_in(mail_to("ann"))
    Material.objects.filter(pk=post.paper.pk).delete()
    assert Client().get(path).status_code == 404


def test_stopped_links_hand_out_nothing_and_the_paper_is_not_sent_again_unless_it_is_chosen(post):
    send(post)
    old = path_in(mail_to("ann"))
    assert stop_paper_links(by=post.coordinator, material=post.paper) == 4
    assert Client().get(old).status_code == 410
    assert plan_of(post.meeting).materials == []
    with pytest.raises(ValidationError, match="No link"):
        stop_paper_links(by=post.coordinator, material=post.paper)
    assert send(post, materials=[post.paper]).emails == 4
    assert Client().get(path_in(mail_to("ann"))).status_code == 200
    assert Client().get(old).status_code == 410
    assert AuditEvent.objects.get(type="meeting.paper_links_stopped").facts == {"links": 4}


def test_an_old_link_gives_the_newest_version_as_the_pages_do(post):
    send(post)
    services.add_material_version(
        by=post.coordinator, material=post.paper, file=words("Corrected"), format="standard", note="Two figures"
    )
    assert body(Client().get(path_in(mail_to("ann")))) == b"Corrected"


def test_a_file_that_the_storage_lost_is_said_and_no_fault(post):
    send(post)
    file = post.paper.files.get(format="standard")
    file.file.storage.delete(file.file.name)
    answer = Client().get(path_in(mail_to("ann")))
    assert answer.status_code == 404 and "cannot find this paper" in text(answer)


def test_a_link_to_a_paper_is_kept_out_of_log_lines(post):
    send(post)
    path = path_in(mail_to("ann"))
    assert path.split("/")[2].split(".")[0] not in logs.redact(f"GET {path}")


# --- Sending twice ---------------------------------------------------------------------------------
def test_sending_twice_sends_only_what_is_new_to_those_who_do_not_have_it(post):
    send(post)
    OutboxEmail.objects.all().delete()
    factories.MembershipFactory(
        group=post.group, person=factories.PersonFactory(name="New", email="new@people.example")
    )
    plan = plan_of(post.meeting)
    assert [row.person.name for row in plan.emails] == ["New"]
    assert {row.person.name for row in plan.up_to_date} >= {"Ann", "Eve", "Lou"}
    assert send(post).emails == 1
    assert list(OutboxEmail.objects.values_list("to", flat=True)) == ["new@people.example"]


def test_a_new_version_goes_to_those_who_read_that_format_with_what_changed(post):
    send(post)
    OutboxEmail.objects.all().delete()
    services.add_material_version(
        by=post.coordinator, material=post.paper, file=words("Corrected"), format="easy_read", note="Two figures"
    )
    assert send(post).emails == 1
    assert "Here is what is new" in mail_to("eve")
    assert "A new version. What changed: Two figures" in mail_to("eve")


def test_a_format_that_comes_later_goes_to_those_who_waited_for_it(post):
    send(post)
    OutboxEmail.objects.all().delete()
    services.add_material_version(by=post.coordinator, material=post.paper, file=words("Large"), format="large_print")
    assert send(post).emails == 1
    assert body(Client().get(path_in(mail_to("lou")))) == b"Large"


def test_a_file_is_kept_once_for_a_person_whatever_happens(post):
    send(post)
    row = SentPaper.objects.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        SentPaper.objects.create(
            material=row.material, person=row.person, file=row.file, expires_at=clock.now() + timedelta(days=1)
        )


def test_nothing_is_sent_where_something_else_was_looked_at(post):
    looked_at = plan_of(post.meeting).mark
    factories.MembershipFactory(group=post.group, person=factories.PersonFactory(email="new@people.example"))
    with pytest.raises(ValidationError, match="changed since you looked"):
        send(post, expected=looked_at)
    assert not OutboxEmail.objects.exists() and not SentPaper.objects.exists()
    assert send(post, expected=plan_of(post.meeting).mark).emails == 5


# --- When and by whom ------------------------------------------------------------------------------
def test_sending_marks_the_paper_as_sent_and_says_whether_it_was_late(post, today):
    send(post)
    assert Material.objects.get().sent_on == today
    event = AuditEvent.objects.get(type="meeting.papers_sent")
    assert event.facts == {"emails": 4, "papers": 1, "late": "no"} and event.actor_id == post.coordinator.pk


def test_late_sending_stays_late_when_it_is_sent_again(post):
    with clock.standing_on(date(2023, 1, 29)):
        send(post)
        assert Material.objects.get().is_late
        services.add_material_version(
            by=post.coordinator, material=post.paper, file=words("New"), format="standard", note="Figures"
        )
        send(post)
    paper = Material.objects.get()
    assert paper.is_late and paper.sent_on == date(2023, 1, 29)
    assert {event.facts["late"] for event in AuditEvent.objects.filter(type="meeting.papers_sent")} == {"yes"}


def test_nothing_is_sent_about_a_draft_and_the_coordinator_may_still_have_sent_it_themselves(post, today):
    Meeting.objects.filter(pk=post.meeting.pk).update(announced_at=None)
    with pytest.raises(ValidationError, match="Announce it first"):
        send(post)
    mark_materials_sent(by=post.coordinator, meeting=post.meeting, materials=[post.paper])
    assert Material.objects.get().sent_on == today and not OutboxEmail.objects.exists()


@pytest.mark.parametrize("status", ["cancelled", "complete"])
def test_nothing_is_sent_of_a_meeting_that_is_settled(post, status):
    Meeting.objects.filter(pk=post.meeting.pk).update(status=status, status_reason="Snow", logged_at=at(2023, 1, 31))
    with pytest.raises(ValidationError, match=r"cancelled|complete"):
        send(post)
    assert not OutboxEmail.objects.exists()


@pytest.mark.parametrize("role", ["member", "supporter"])
def test_only_those_who_plan_the_meeting_send_or_stop_its_papers(post, role):
    someone = factories.user_in(post.group, role)
    for change in (
        lambda: send_papers(by=someone, meeting=post.meeting),
        lambda: mark_materials_sent(by=someone, meeting=post.meeting, materials=[post.paper]),
        lambda: stop_paper_links(by=someone, material=post.paper),
    ):
        with pytest.raises(PermissionDenied):
            change()


def test_what_the_coordinator_sent_is_left_out_until_it_is_chosen(post):
    mark_materials_sent(by=post.coordinator, meeting=post.meeting, materials=[post.paper], on=date(2023, 1, 12))
    with pytest.raises(ValidationError, match="Choose at least one paper"):
        send(post)
    assert send(post, materials=[post.paper]).emails == 4
    assert Material.objects.get().sent_on == date(2023, 1, 12)
    with pytest.raises(ValidationError, match="marked as sent already"):
        mark_materials_sent(by=post.coordinator, meeting=post.meeting, materials=[post.paper])


def test_a_paper_that_no_email_can_carry_is_not_marked_as_sent(post):
    disc = services.add_material(
        by=post.coordinator, meeting=post.meeting, title="Disc", evidence_kind="research", formats=["audio"]
    )
    send(post)
    disc.refresh_from_db()
    assert disc.sent_on is None
    assert "Not in this email, because they come another way: Disc." in mail_to("ann")
    with pytest.raises(ValidationError, match="has a file or a web address"):
        send(post, materials=[disc])


def test_a_paper_of_another_meeting_is_not_sent_along(post):
    other = factories.MaterialFileFactory().material
    with pytest.raises(ValidationError, match="Choose at least one paper"):
        send(post, materials=[other])


def test_the_plan_names_those_who_get_a_listed_format_by_hand_and_people_of_one_name_each(post):
    services.change_material(
        by=post.coordinator, material=post.paper, title="Summary", evidence_kind="research", formats=["audio"]
    )
    for person in (post.ann.person, post.lou.person):
        person.name, person.preferred_format = "Sam", "audio"
        person.save()
    assert plan_of(post.meeting).another_way == [(post.paper, [("Audio", ["Sam", "Sam"])])]
    assert plan_of(post.meeting).lacking == []


# --- The pages -------------------------------------------------------------------------------------
def test_the_page_shows_who_gets_what_before_anything_is_sent_and_then_sends_just_that(post, sign_in):
    client, address = sign_in(post.coordinator), f"/meetings/{post.meeting.pk}/materials/send/"
    page = text(client.get(address))
    assert "By email: 4" in page and "To hand over in person: 1" in page and "Pat" in page
    assert "not in Large print, which Lou reads" in page
    assert not OutboxEmail.objects.exists()
    mark = page.split('name="mark" value="')[1].split('"')[0]
    assert client.post(address, {"chosen": "yes", "paper": [post.paper.pk]}).status_code == 409
    assert client.post(address, {"chosen": "yes", "mark": mark, "paper": [post.paper.pk]}).status_code == 302
    assert OutboxEmail.objects.count() == 4
    page = text(client.get(address))
    assert "There is nothing new to email." in page and "Nothing new: 4" in page and "sent on 16 January 2023" in page


def test_a_second_press_of_the_button_sends_nothing_twice(post, sign_in):
    client, address = sign_in(post.coordinator), f"/meetings/{post.meeting.pk}/materials/send/"
    given = {"chosen": "yes", "mark": plan_of(post.meeting).mark, "paper": [post.paper.pk]}
    assert client.post(address, given).status_code == 302
    assert client.post(address, given).status_code == 409
    assert OutboxEmail.objects.count() == 4


def test_the_coordinator_says_that_they_sent_the_papers_and_when(post, sign_in):
    client = sign_in(post.coordinator)
    address = f"/meetings/{post.meeting.pk}/materials/sent/"
    given = {"chosen": "yes", "paper": [post.paper.pk]}
    assert "Date cannot be in the future" in text(client.post(address, given | {"on": "2023-02-01"}))
    assert client.post(address, given | {"on": "2023-01-14"}).status_code == 302
    assert Material.objects.get().sent_on == date(2023, 1, 14) and not OutboxEmail.objects.exists()


def test_members_read_on_which_day_a_paper_was_sent_and_not_to_whom(post, sign_in):
    send(post)
    factories.MembershipFactory(group=post.group, person=factories.PersonFactory(name="Newest", email="n@a.example"))
    page = text(sign_in(factories.user_in(post.group)).get(post.meeting.get_absolute_url()))
    assert "Sent on 16 January 2023" in page and "Send the papers" not in page and "Not sent to everybody" not in page
    page = text(sign_in(post.coordinator).get(post.meeting.get_absolute_url()))
    assert "Not sent to everyone yet: Newest" in page


def test_the_page_of_a_sent_paper_stops_its_links(post, sign_in):
    client = sign_in(post.coordinator)
    address = f"/materials/{post.paper.pk}/stop-links/"
    assert "Stop the links" not in text(client.get(post.paper.get_absolute_url()))
    send(post)
    assert "4 links" in text(client.get(post.paper.get_absolute_url()))
    client.post(address)
    assert Client().get(path_in(mail_to("eve"))).status_code == 410
    assert "Stop the links" not in text(client.get(post.paper.get_absolute_url()))


def test_looking_at_who_gets_which_format_is_put_on_record(post, sign_in):
    sign_in(post.coordinator).get(f"/meetings/{post.meeting.pk}/materials/send/")
    assert AuditEvent.objects.filter(type="read.needs", actor_id=post.coordinator.pk).exists()


def test_the_page_costs_the_same_with_many_people_and_papers(post, sign_in):
    client, address = sign_in(post.coordinator), f"/meetings/{post.meeting.pk}/materials/send/"

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    queries()
    before = queries()
    for n in range(5):
        person = factories.PersonFactory(email=f"more{n}@people.example", preferred_format="audio")
        factories.MembershipFactory(group=post.group, person=person)
        factories.MaterialFileFactory(material=factories.MaterialFactory(meeting=post.meeting))
    assert queries() == before


# --- The API ---------------------------------------------------------------------------------------
def test_the_api_shows_who_gets_what_sends_it_once_and_stops_the_links(post):
    api, base = APIClient(), f"/api/v1/meetings/{post.meeting.pk}/materials/"
    api.force_authenticate(post.coordinator)
    plan = api.get(base + "send/").json()
    assert (plan["emails"], plan["cannot_send_because"]) == (4, "")
    people = {row["name"]: row for row in plan["people"]}
    assert people["Pat"]["has_email"] is False
    assert people["Lou"]["papers"][0]["not_available_in"] == ["Large print"]
    assert api.post(base + "send/", {"expected": "another"}, format="json").status_code == 409
    for _again in range(2):
        answer = api.post(
            base + "send/", {"expected": plan["mark"]}, format="json", headers={"Idempotency-Key": "papers-1"}
        )
        assert (answer.status_code, answer.json()) == (200, {"emails": 4, "papers": 1})
    assert OutboxEmail.objects.count() == 4
    again = api.post(base + "send/", {}, format="json")
    assert again.status_code == 409 and again.json()["errors"][0]["code"] == "up_to_date"
    known = api.get(base + "send/").json()
    assert known["emails"] == 0 and known["people"][0]["papers"][0]["known"]
    stopped = api.post(f"{base}{post.paper.pk}/stop-links/")
    assert (stopped.status_code, stopped.json()) == (200, {"stopped": 4})
    assert api.get(base + "send/").json()["materials"] == []
    assert api.get(base + f"send/?material={post.paper.pk}").json()["emails"] == 4


def test_the_api_takes_papers_that_the_caller_may_see_alone(post):
    api = APIClient()
    api.force_authenticate(post.coordinator)
    hidden = factories.MaterialFactory()
    answer = api.post(f"/api/v1/meetings/{post.meeting.pk}/materials/send/", {"materials": [hidden.pk]}, format="json")
    assert answer.status_code == 400 and answer.json()["errors"][0]["attr"].startswith("materials")
