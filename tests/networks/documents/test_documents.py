"""Packs and action plans as files: what they say and to whom, built once for the same state, drawn by a real worker."""

import json
import shutil
import subprocess
from datetime import date

import pikepdf
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from impact.core.access.models import AuditEvent
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from networks.actions.services import add_action, close_action, record_progress
from networks.documents import drawing, services
from networks.documents.models import Document
from networks.documents.pack import pack_contents
from networks.groups.models import Membership, Network
from networks.log.services import add_decision, finish_log, record_attendance
from networks.meetings.services import add_agenda_item, cancel_meeting, debrief_meeting, set_agenda, update_meeting
from tests import factories
from tests.factories import at
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    """Send no broker notifications; the tests run the jobs."""
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)


@pytest.fixture
def scotland(circle):
    """Another local network of the same network, which has met and said things."""
    group = factories.GroupFactory(site=circle.group.site, nation="scotland", name="Local network, Scotland")
    meeting = factories.LoggedMeetingFactory(group=group, number=1, title="First talk", starts_at=at(2023, 1, 9))
    theme = factories.ThemeFactory(name="Being asked")
    factories.ContributionFactory(
        meeting=meeting, theme=theme, words="Ask me twice.", quotable=True, perspective="carer"
    )
    factories.ContributionFactory(meeting=meeting, theme=theme, kind="barrier", words="A secret that stays here.")
    return group


def built(document: Document, job: Job) -> Document:
    """As a worker would leave it, without the drawing."""
    name = default_storage.save("documents/test.pdf", ContentFile(b"%PDF-1.7 test"))
    Document.objects.filter(pk=document.pk).update(file=name, pages=3, size=13, sha256="0" * 64)
    Job.objects.filter(pk=job.pk).update(state="succeeded", progress=100)
    document.refresh_from_db()
    return document


def text(response) -> str:
    return html_of(response)


def words_of(path: str) -> str:
    program = shutil.which("pdftotext")
    assert program, "pdftotext is missing; ./test installs it"
    out = subprocess.run([program, "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(out.split())


# --- What a pack says ------------------------------------------------------------------------------
def test_a_pack_says_what_others_said_in_words_that_may_be_quoted_and_never_who(circle, scotland):
    factories.MeetingFactory(group=scotland, number=2, starts_at=at(2023, 1, 12))
    contents = pack_contents(circle.later)
    (row,) = contents["others"]["rows"]
    assert (row["label"], row["title"], row["enablers"], row["barriers"]) == ("Scotland", "First talk", 1, 1)
    assert row["themes"] == [{"theme": "Being asked", "enablers": 1, "barriers": 1}]
    assert row["quotes"] == [{"words": "Ask me twice.", "kind": "Enabler", "theme": "Being asked"}]
    assert contents["others"]["missing"] == ["Scotland has not yet reported on meeting 2"]
    frozen = json.dumps(contents)
    assert "A secret that stays here" not in frozen and "carer" not in frozen


def test_words_taken_off_a_log_and_logs_not_finished_stay_out_of_a_pack(circle, scotland):
    scotland.meetings.get().contributions.update(removed_at=at(2023, 1, 10))
    assert "Ask me twice" not in json.dumps(pack_contents(circle.later))
    scotland.meetings.get().contributions.update(removed_at=None)
    scotland.meetings.update(status="planned")
    assert pack_contents(circle.later)["others"]["rows"] == []


def test_a_pack_holds_no_network_that_is_not_its_own_and_no_names_of_members(circle):
    elsewhere = factories.LoggedMeetingFactory(group=factories.GroupFactory(), starts_at=at(2023, 1, 9))
    factories.ContributionFactory(meeting=elsewhere, words="From another network.", quotable=True)
    frozen = json.dumps(pack_contents(circle.later))
    assert "From another network" not in frozen and "Member 1" not in frozen
    assert circle.coordinator.person.name in frozen  # whom to ask for another format


def test_agenda_times_follow_from_minutes_until_an_item_has_none(circle):
    set_agenda(
        by=circle.coordinator,
        meeting=circle.later,
        items=[
            {"title": "Welcome", "minutes": 20, "owner": "Everyone"},
            {"title": "Money"},
            {"title": "End", "minutes": 5},
        ],
    )
    agenda = pack_contents(circle.later)["agenda"]
    assert [(row["at"], row["title"]) for row in agenda] == [("2pm", "Welcome"), ("2:20pm", "Money"), ("", "End")]


def test_a_pack_tells_decisions_and_actions_of_last_time_and_not_the_debrief(circle):
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: "present"})
    add_decision(by=circle.coordinator, meeting=circle.meeting, words="We write one letter.")
    add_action(
        by=circle.coordinator, group=circle.group, meeting=circle.meeting, what="Draft it", due_on=date(2023, 2, 1)
    )
    finish_log(by=circle.coordinator, meeting=circle.meeting)
    debrief_meeting(
        by=circle.coordinator, meeting=circle.meeting, held_on=date(2023, 1, 12), went_well="Private", agreed_next="x"
    )
    last = pack_contents(circle.later)["last_time"]
    assert last["decisions"] == ["We write one letter."] and last["actions"][0]["what"] == "Draft it"
    assert "Private" not in json.dumps(pack_contents(circle.later))
    assert pack_contents(circle.meeting)["last_time"] is None


def test_a_pack_costs_the_same_however_much_was_said(circle, scotland):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            pack_contents(circle.later)
        return len(captured)

    factories.MaterialFactory(meeting=circle.later)
    before = queries()
    for n in range(4):
        factories.MaterialFactory(meeting=circle.later)
        other = factories.GroupFactory(site=circle.group.site, nation="england", name=f"England {n}")
        factories.ContributionFactory.create_batch(
            5, meeting=factories.LoggedMeetingFactory(group=other, starts_at=at(2023, 1, 8))
        )
    assert queries() == before


# --- Asking for one --------------------------------------------------------------------------------
def test_the_same_state_is_built_once_and_a_change_makes_a_new_pack(circle):
    first, job = services.request_pack(by=circle.coordinator, meeting=circle.later)
    again, same_job = services.request_pack(by=circle.coordinator, meeting=circle.later)
    assert (again, same_job) == (first, job) and Job.objects.count() == 1
    add_agenda_item(by=circle.coordinator, meeting=circle.later, title="One more thing")
    second, other = services.request_pack(by=circle.coordinator, meeting=circle.later)
    assert (second.number, other == job) == (2, False)
    assert AuditEvent.objects.filter(type="meeting.pack_requested").count() == 2


def test_large_print_is_a_pack_of_its_own(circle):
    services.request_pack(by=circle.coordinator, meeting=circle.later)
    large, _job = services.request_pack(by=circle.coordinator, meeting=circle.later, is_large=True)
    assert large.number == 2 and large.is_large and large.file_name.endswith("-pack-2-large-print.pdf")


def test_a_pack_is_out_of_date_once_its_meeting_changed(circle):
    document, _job = services.request_pack(by=circle.coordinator, meeting=circle.later)
    assert not services.is_out_of_date(document)
    add_agenda_item(by=circle.coordinator, meeting=circle.later, title="One more thing")
    assert services.is_out_of_date(document)


def test_a_failed_build_is_tried_again_by_people_who_may_ask_for_it(circle):
    document, job = services.request_pack(by=circle.coordinator, meeting=circle.later)
    Job.objects.filter(pk=job.pk).update(state="failed", attempt=3, error="Short of memory")
    same, job = services.request_pack(by=circle.coordinator, meeting=circle.later)
    assert same == document and job.state == "queued" and job.attempts_allowed == 6


def test_a_cancelled_meeting_needs_no_pack_and_an_empty_plan_is_not_built(circle):
    cancel_meeting(by=circle.coordinator, meeting=circle.later, reason="Snow")
    with pytest.raises(ValidationError, match="needs no pack"):
        services.request_pack(by=circle.coordinator, meeting=circle.later)
    with pytest.raises(ValidationError, match="There are no actions yet"):
        services.request_action_plan(by=circle.coordinator, about=circle.group)


@pytest.mark.parametrize("who", ["member", "leader", "other"])
def test_only_those_who_run_the_group_have_a_pack_built(circle, leader, who):
    user = {
        "member": lambda: factories.user_in(circle.group),
        "leader": lambda: leader,
        "other": lambda: factories.user_in(factories.GroupFactory(), "coordinator"),
    }[who]()
    with pytest.raises(PermissionDenied):
        services.request_pack(by=user, meeting=circle.later)
    with pytest.raises(PermissionDenied):
        services.request_action_plan(by=user, about=circle.group)


def test_a_whole_networks_plan_is_for_those_who_read_across_groups(circle, staff):
    factories.ActionFactory(group=circle.group)
    network = Network.objects.get(pk=circle.group.site_id)
    with pytest.raises(PermissionDenied):
        services.request_action_plan(by=circle.coordinator, about=network)
    document, _job = services.request_action_plan(by=staff, about=network)
    assert Document.objects.visible_to(staff).get() == document
    assert not Document.objects.visible_to(circle.coordinator).exists()


# --- Who may have one ------------------------------------------------------------------------------
def test_a_member_gets_the_pack_once_the_meeting_is_announced_and_it_is_built(circle, sign_in):
    circle.later.announced_at = None
    circle.later.save()
    member = factories.user_in(circle.group)
    client = sign_in(member)
    document, job = services.request_pack(by=circle.coordinator, meeting=circle.later)
    url = document.get_absolute_url()
    assert client.get(url).status_code == 404
    document = built(document, job)
    assert client.get(url).status_code == 404  # still a draft
    circle.later.announced_at = at(2023, 1, 10)
    circle.later.save()
    answer = client.get(url)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 test"
    assert answer["Content-Disposition"] == 'attachment; filename="local-wales-meeting-2-pack-1.pdf"'
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    page = text(client.get(circle.later.get_absolute_url()))
    assert "Download pack 1" in page and "Build a new pack" not in page
    Membership.objects.filter(person=member.person).update(ends_on=date(2023, 1, 15))
    assert client.get(url).status_code == 404


def test_the_page_shows_the_build_its_history_and_when_it_is_out_of_date(circle, sign_in):
    client, page_url = sign_in(circle.coordinator), circle.later.get_absolute_url()
    assert "Build the pack" in text(client.get(page_url))
    page = text(client.post(f"/meetings/{circle.later.pk}/pack/", follow=True))
    document = Document.objects.get()
    assert "Waiting to start" in page and f"/documents/{document.pk}/progress/" in page
    fragment = client.get(f"/documents/{document.pk}/progress/", headers={"HX-Request": "true"})
    assert "Waiting to start" in text(fragment) and "HX-Refresh" not in fragment
    built(document, document.job)
    fragment = client.get(f"/documents/{document.pk}/progress/", headers={"HX-Request": "true"})
    assert fragment["HX-Refresh"] == "true"
    page = text(client.get(page_url))
    assert "Download pack 1" in page and "16 January 2023" in page and circle.coordinator.display_name in page
    assert "Something has changed since" not in page
    add_agenda_item(by=circle.coordinator, meeting=circle.later, title="One more thing")
    assert "Something has changed since" in text(client.get(page_url))


def test_a_failed_build_says_why_and_loses_nothing(circle, sign_in):
    _document, job = services.request_pack(by=circle.coordinator, meeting=circle.later)
    Job.objects.filter(pk=job.pk).update(state="failed", error="Short of memory.")
    page = text(sign_in(circle.coordinator).get(circle.later.get_absolute_url()))
    assert "It was not built" in page and "Short of memory." in page and "Build the pack" in page


# --- The file itself -------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_worker_draws_a_tagged_pack_and_hostile_words_stay_words(circle, scotland):
    hostile = '<script>alert(1)</script> <img src="file:///etc/passwd"> {{ 7|add:"7" }}'
    update_meeting(by=circle.coordinator, meeting=circle.later, purpose=f"Talk. {hostile}")
    add_agenda_item(by=circle.coordinator, meeting=circle.later, title=hostile[:150], minutes=10)
    factories.MaterialFactory(meeting=circle.later, title="A & B <b>paper</b>")
    document, job = services.request_pack(by=circle.coordinator, meeting=circle.later)
    assert queue.run(job.pk)
    document.refresh_from_db()
    assert document.pages >= 2 and document.size == document.file.size
    with pikepdf.open(document.file.path) as pdf:
        assert pdf.Root.MarkInfo.Marked and pdf.Root.Lang == "en-GB" and "/StructTreeRoot" in pdf.Root
    words = words_of(document.file.path)
    for phrase in (
        "Meeting 2", "Monday 30 January 2023", "2pm to 4pm", "Ask me twice.", "A & B <b>paper</b>",
        "<script>alert(1)</script>", "Do you need this in another format?", "What the other nations said last time",
    ):  # fmt: skip
        assert phrase in words, phrase
    assert "root:" not in words and "A secret that stays here" not in words


@pytest.mark.slow
def test_large_print_has_no_words_below_eighteen_points(circle):
    document, job = services.request_pack(by=circle.coordinator, meeting=circle.later, is_large=True)
    assert queue.run(job.pk)
    document.refresh_from_db()
    program = shutil.which("pdftohtml")
    assert program
    xml = subprocess.run(
        [program, "-xml", "-stdout", "-i", "-zoom", "1", document.file.path], capture_output=True, text=True, check=True
    ).stdout
    sizes = {int(part.split('"')[0]) for part in xml.split(' size="')[1:]}
    assert min(sizes) >= 14 and {18} <= sizes, sizes  # 14: page numbers and running heads


@pytest.mark.slow
def test_a_worker_draws_an_action_plan_with_source_progress_and_outcome(circle):
    said = factories.ContributionFactory(
        meeting=factories.LoggedMeetingFactory(group=circle.group, number=7, starts_at=at(2023, 1, 3)),
        words="No one told us.",
    )
    action = add_action(
        by=circle.coordinator, group=circle.group, what="Write it down", owner="Coordinator", contribution=said,
        due_on=date(2023, 1, 10),
    )  # fmt: skip
    record_progress(by=circle.coordinator, action=action, words="Half of it is there")
    done = factories.ActionFactory(group=circle.group, what="Ask the council")
    close_action(by=circle.coordinator, action=done, status="done", outcome="They said yes")
    document, job = services.request_action_plan(by=circle.coordinator, about=circle.group)
    assert queue.run(job.pk)
    document.refresh_from_db()
    words = words_of(document.file.path)
    for phrase in ("Overdue", "Write it down", "No one told us.", "Half of it is there", "They said yes"):
        assert phrase in words, phrase


def test_a_build_asked_for_before_an_update_of_the_platform_says_to_ask_again(circle, monkeypatch):
    _document, job = services.request_pack(by=circle.coordinator, meeting=circle.later)
    monkeypatch.setattr(drawing, "renderer", lambda: "another")
    assert not queue.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed" and "Build it again" in job.error
