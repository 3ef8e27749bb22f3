"""Pages of proposals: what each reader finds there, and that a hidden meeting says no more than its name and day."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from impact.core.basics import clock
from sites.topics.proposals.models import Proposal
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with clock.standing_on(date(2023, 1, 16)):
        yield


@pytest.fixture
def assembly():
    return factories.AdvisoryGroupFactory(kind="assembly", name="Assembly in Wales", nation="wales")


@pytest.fixture
def heard(assembly):
    meeting = factories.MeetingFactory(group=assembly, title="The spring meeting", purpose="Behind closed doors")
    return factories.ProposalFactory(
        title="A break for carers", source="assembly", group=assembly, meeting=meeting, nations=["wales"]
    )


def test_staff_record_a_proposal_and_decide_about_it(staff, sign_in, assembly):
    client = sign_in(staff)
    meeting = factories.MeetingFactory(group=assembly)
    sent = {"year": "2024", "source": "assembly", "meeting": meeting.pk, "title": "A break", "why": "", "group": ""}
    assert "Choose an answer" in html_of(client.post("/topics/proposals/new/", {**sent, "source": ""}))
    client.post("/topics/proposals/new/", sent)
    proposal = Proposal.objects.get()
    assert proposal.group == assembly and proposal.proposed_on == meeting.starts_on
    url = proposal.get_absolute_url()
    assert "Decide what becomes of it" in html_of(client.get(url))
    client.post(f"{url}set-aside/", {"reason": "Others do it.", "version": "1"})
    assert "Others do it." in html_of(client.get(url))
    stale = client.post(f"{url}take-on/", {"topic": "", "version": "1"})
    assert stale.status_code == 409 and "it is set aside" in html_of(stale)
    client.post(f"{url}reopen/")
    client.post(f"{url}take-on/", {"topic": "", "version": "3"})
    page = html_of(client.get(url))
    assert "Taken on as" in page and "/topics/a-break/" in page
    assert "A break" in html_of(client.get("/topics/a-break/"))


def test_two_proposals_are_merged_on_a_page(staff, sign_in, heard):
    other = factories.ProposalFactory(title="Rest for carers", year=2024)
    url = heard.get_absolute_url()
    sign_in(staff).post(f"{url}merge/", {"into": other.pk, "version": "1"})
    assert "A break for carers" in html_of(sign_in(staff).get(other.get_absolute_url()))


def test_an_edit_that_lost_shows_both_texts(staff, sign_in, heard):
    client, url = sign_in(staff), f"{heard.get_absolute_url()}edit/"
    sent = {
        "year": "2024",
        "source": "assembly",
        "group": heard.group_id,
        "meeting": heard.meeting_id,
        "title": "Theirs",
        "why": "",
        "nations": ["wales"],
        "proposed_on": "2022-09-01",
        "version": "1",
    }
    assert client.post(url, sent).status_code == 302
    lost = client.post(url, {**sent, "title": "Mine"})
    assert lost.status_code == 409 and "Theirs" in html_of(lost) and "Mine" in html_of(lost)


def test_who_may_not_see_the_meeting_reads_its_name_and_day_and_finds_no_link(administrator, leader, heard, sign_in):
    url = heard.get_absolute_url()
    page = html_of(sign_in(administrator).get(url))
    assert "Assembly in Wales" in page and "The spring meeting" in page and "26 July 2022" in page
    assert heard.meeting.get_absolute_url() not in page and heard.group.get_absolute_url() not in page
    assert "Behind closed doors" not in page
    seen = html_of(sign_in(leader).get(url))
    assert heard.meeting.get_absolute_url() in seen and heard.group.get_absolute_url() in seen
    assert sign_in(administrator).get(heard.meeting.get_absolute_url()).status_code == 404
    api = sign_in(administrator).get(f"/api/v1/topic-proposals/{heard.pk}/").json()
    assert api["meeting"] == {"id": heard.meeting_id, "title": "The spring meeting", "on": "2022-07-26"}


def test_a_member_of_the_assembly_sees_what_became_of_its_proposals_and_no_others(heard, sign_in, assembly, staff):
    other = factories.ProposalFactory(title="Not theirs")
    client = sign_in(factories.user_in(assembly))
    page = html_of(client.get("/topics/proposals/"))
    assert "A break for carers" in page and "Not theirs" not in page
    shown = html_of(client.get(heard.get_absolute_url()))
    assert "History" not in shown and "Decide what becomes of it" not in shown
    assert client.get(other.get_absolute_url()).status_code == 404
    assert client.post(f"{heard.get_absolute_url()}set-aside/", {"reason": "No"}).status_code == 403


def test_a_coordinator_of_an_assembly_records_its_proposals_on_a_page(assembly, sign_in):
    client = sign_in(factories.user_in(assembly, "coordinator"))
    page = html_of(client.get("/topics/proposals/new/"))
    assert "Assembly in Wales" in page and "National survey" not in page
    client.post("/topics/proposals/new/", {"year": "2024", "source": "assembly", "group": assembly.pk, "title": "Ours"})
    assert Proposal.objects.get().places == "Wales"
    other = factories.AdvisoryGroupFactory(kind="assembly")
    refused = client.post(
        "/topics/proposals/new/", {"year": "2024", "source": "assembly", "group": other.pk, "title": "Theirs"}
    )
    assert refused.status_code == 200 and Proposal.objects.count() == 1


def test_the_list_is_filtered_and_had_as_a_file_that_runs_nothing(staff, sign_in, heard):
    factories.ProposalFactory(title="=cmd", year=2025, nations=["uk"])
    client = sign_in(staff)
    for query, found in (
        ({"year": "2025"}, {"=cmd"}),
        ({"nation": "wales"}, {"=cmd", "A break for carers"}),
        ({"nation": "scotland"}, {"=cmd"}),
        ({"group": heard.group.slug}, {"A break for carers"}),
        ({"q": "carers", "state": "open", "source": "assembly"}, {"A break for carers"}),
    ):
        page = client.get("/topics/proposals/", query)
        assert {row.title for row in page.context["listing"].page} == found, query
    csv = b"".join(client.get("/topics/proposals/", {"format": "csv"}).streaming_content).decode()
    assert ",'=cmd," in csv and "The spring meeting,2022-07-26" in csv


def test_lists_ask_the_database_as_often_for_one_proposal_as_for_thirty(staff, sign_in, assembly):
    client = sign_in(staff)

    def more() -> None:
        meeting = factories.MeetingFactory(group=assembly)
        row = factories.ProposalFactory(source="assembly", group=assembly, meeting=meeting)
        row.survey_counts.create(nation="wales", people=3)

    def count(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    addresses = ["/topics/proposals/", "/api/v1/topic-proposals/", "/api/v1/survey-counts/", "/topics/2024/survey/"]
    more()
    before = [count(address) for address in addresses]
    for _ in range(29):
        more()
    assert [count(address) for address in addresses] == before


def test_an_assembly_s_page_shows_what_it_proposed_and_begins_a_new_proposal_with_it(heard, assembly, staff, sign_in):
    client = sign_in(staff)
    page = html_of(client.get(assembly.get_absolute_url()))
    assert "A break for carers" in page and "To decide" in page
    address = f"/topics/proposals/new/?group={assembly.slug}"
    assert address in page
    assert client.get(address).context["form"].initial["group"] == assembly
    member = html_of(sign_in(factories.user_in(assembly)).get(assembly.get_absolute_url()))
    assert "A break for carers" in member and address not in member
    other = html_of(client.get(factories.GroupFactory().get_absolute_url()))
    assert "Topics that it proposed" not in other
