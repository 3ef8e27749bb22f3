"""The leadership team reads, comments, sends back, approves what others wrote, and answers point by point."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.notices.models import Notice
from reports.approval import services as approval
from reports.approval.review import services
from reports.approval.review.models import ReviewComment
from reports.approval.review.tasks import run_day
from reports.editions.services import frozen, take_snapshot
from reports.group_reading import services as group_reading
from reports.group_reading.models import LeadershipResponse
from reports.group_reading.points import TITLE, points_of
from reports.writing.models import AnnualReport
from reports.writing.services import write_section
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
TODAY = date(2023, 1, 16)
WHY = "No group reads it here."


@pytest.fixture
def w(staff, engagement_lead, leader):
    world = SimpleNamespace(staff=staff, lead=engagement_lead, leader=leader)
    with clock.standing_on(TODAY):
        world.report = factories.AnnualReportFactory(year=2022)
        for section in world.report.sections.all():
            write_section(by=engagement_lead, section=section, body=f"About {section.key}.")
        world.report.refresh_from_db()
        world.section = world.report.sections.get(key="progress")
        yield world


def with_leadership(w, **more):
    w.edition = factories.EditionFactory(report=w.report, snapshot=take_snapshot(by=w.staff, report=w.report))
    approval.submit_for_approval(by=w.staff, report=w.report, **more)
    w.report.refresh_from_db()
    return w


def approved(w):
    with_leadership(w)
    approval.approve_report(by=w.leader, report=w.report, edition=w.edition, override=WHY)
    w.report.refresh_from_db()
    return w


def comment(w, by=None, **more) -> ReviewComment:
    given = {"section": w.section, "words": "Say more about Wales.", **more}
    return services.comment_on_report(by=by or w.leader, report=w.report, **given)


def titles(user) -> list[str]:
    return list(Notice.objects.filter(person=user.person).order_by("pk").values_list("title", flat=True))


# --- The approver ------------------------------------------------------------------------------------
def test_whoever_wrote_a_word_or_sent_the_report_does_not_approve_it(w):
    both = factories.UserFactory(roles=["leadership", "staff"])
    sender = factories.UserFactory(roles=["leadership", "engagement_lead"])
    write_section(by=both, section=w.section, body="New words.")
    edition = factories.EditionFactory(report=w.report)
    approval.submit_for_approval(by=sender, report=w.report)
    with pytest.raises(StateConflict, match="You wrote part of this report"):
        approval.approve_report(by=both, report=w.report, edition=edition, override=WHY)
    with pytest.raises(StateConflict, match="You sent this report"):
        approval.approve_report(by=sender, report=w.report, edition=edition, override=WHY)
    approval.approve_report(by=w.leader, report=w.report, edition=edition, override=WHY)


def test_the_database_refuses_an_approval_by_the_sender(w):
    approved(w)
    with pytest.raises(IntegrityError), transaction.atomic():
        AnnualReport.objects.update(approved_by=w.staff)


def test_the_page_says_why_someone_cannot_approve(w, sign_in):
    both = factories.UserFactory(roles=["leadership", "staff"])
    write_section(by=both, section=w.section, body="New words.")
    with_leadership(w)
    page = html_of(sign_in(both).get("/reports/2022/"))
    assert "You wrote part of this report" in page and "Approve edition 1" not in page
    assert "Approve edition 1" in html_of(sign_in(w.leader).get("/reports/2022/"))


# --- Notices and due days ------------------------------------------------------------------------------
def test_those_concerned_are_told_at_each_step(w):
    with_leadership(w, due_on=TODAY + timedelta(days=14))
    assert titles(w.leader) == ["The 2022 report is with you to approve"]
    approval.return_to_writing(by=w.leader, report=w.report, note="Say more about Wales.")
    assert titles(w.lead) == titles(w.staff) == ["The 2022 report is being written again"]
    assert "Wales" in Notice.objects.get(person=w.lead.person).words
    write_section(by=w.lead, section=w.section, body="Wales, too.")
    with_leadership(w)
    approval.approve_report(by=w.leader, report=w.report, edition=w.edition, override=WHY)
    assert titles(w.staff)[-1] == "Edition 2 of the 2022 report is approved"
    approval.publish_report(by=w.staff, report=w.report)
    assert titles(w.leader)[-1] == titles(w.lead)[-1] == "The 2022 report is published"
    assert titles(w.staff)[-1] != "The 2022 report is published"  # they did it


def test_leadership_is_reminded_three_days_before_and_once_when_it_is_late(w):
    with_leadership(w, due_on=TODAY + timedelta(days=10))
    Notice.objects.all().delete()
    assert run_day(TODAY)["leaders"] == 0
    assert run_day(TODAY + timedelta(days=7))["leaders"] == 1
    assert run_day(TODAY + timedelta(days=8))["leaders"] == 0
    late = run_day(TODAY + timedelta(days=11))
    assert (late["leaders"], late["writers"]) == (1, 1)
    assert run_day(TODAY + timedelta(days=12)) == {"members": 0, "leaders": 0, "writers": 0}


def test_the_due_day_is_after_today(w):
    with pytest.raises(ValidationError, match="a day after today"):
        with_leadership(w, due_on=TODAY)


def test_members_who_are_not_ready_are_reminded_of_their_deadline(w):
    group = factories.AdvisoryGroupFactory()
    members = [factories.user_in(group) for _ in range(2)]
    reading = group_reading.send_to_group(by=w.staff, report=w.report, group=group, deadline=TODAY + timedelta(days=5))
    group_reading.say_ready(by=members[0], reading=reading)
    assert run_day(TODAY + timedelta(days=3))["members"] == 1
    assert len(titles(members[0])) == 1 and len(titles(members[1])) == 2


# --- Comments ------------------------------------------------------------------------------------------
def test_leadership_comments_on_a_section_and_the_writers_settle_it_with_a_word_why(w):
    with_leadership(w)
    row = comment(w, passage="About progress.")
    assert (row.status, row.passage) == ("open", "About progress.")
    assert titles(w.lead)[-1] == "The leadership team commented on the 2022 report"
    with pytest.raises(PermissionDenied):
        services.settle_comment(by=w.leader, comment=row, status="resolved", answer="Done")
    with pytest.raises(ValidationError, match="Say what you changed"):
        services.settle_comment(by=w.lead, comment=row, status="resolved", answer=" ")
    services.settle_comment(by=w.lead, comment=row, status="resolved", answer="Wales has a page now.")
    assert titles(w.leader)[-1] == "Your comment on the 2022 report has an answer"
    with pytest.raises(StateConflict, match="settled already"):
        services.settle_comment(by=w.staff, comment=row, status="carried", answer="Later")


def test_a_comment_that_changed_since_the_page_was_opened_is_not_settled_unseen(w):
    row = comment(w)
    with pytest.raises(Conflict):
        services.settle_comment(by=w.lead, comment=row, status="resolved", answer="Done", expected=7)


def test_members_and_others_neither_see_nor_make_these_comments(w, sign_in):
    row = comment(w)
    member = factories.user_in(factories.AdvisoryGroupFactory())
    assert not ReviewComment.objects.visible_to(member).exists()
    with pytest.raises(PermissionDenied):
        comment(w, by=member)
    assert sign_in(member).get(row.get_absolute_url()).status_code == 404


def test_no_comment_stays_open_at_publishing_without_a_word_why(w, sign_in):
    row = comment(w)
    approved(w)
    with pytest.raises(ValidationError, match="1 comment is still open"):
        approval.publish_report(by=w.staff, report=w.report)
    client = sign_in(w.staff)
    page = html_of(client.get("/reports/2022/publish/"))
    assert "Why publish now?" in page and "Why publish now? (optional)" not in page
    assert "Say why you publish while comments are open" in html_of(client.post("/reports/2022/publish/"))
    client.post("/reports/2022/publish/", {"carried_because": "The figures come in March."})
    row.refresh_from_db()
    assert (row.status, row.answer) == ("carried", "The figures come in March.")
    assert AnnualReport.objects.get().status == "published"
    assert "Why publish now?" not in html_of(client.get("/reports/2022/publish/"))


def test_comments_are_made_and_settled_on_pages(w, sign_in):
    with_leadership(w)
    client = sign_in(w.leader)
    page = html_of(client.post("/reports/2022/comments/", {"words": ""}))
    assert "Enter an answer" in page
    client.post("/reports/2022/comments/", {"section": w.section.pk, "words": "Shorter <b>please</b>"})
    page = html_of(client.get("/reports/2022/comments/"))
    assert "Shorter &lt;b&gt;please" in page and "Progress during the year" in page and "Resolve or carry" not in page
    row = ReviewComment.objects.get()
    writer = sign_in(w.staff)
    assert "Resolve or carry" in html_of(writer.get("/reports/2022/comments/"))
    given = {"status": "resolved", "answer": "It is shorter.", "version": row.version}
    page = html_of(writer.post(row.get_absolute_url(), given, follow=True))
    assert "It is shorter." in page and "Resolved" in page
    assert "1 comment" in html_of(client.get("/reports/2022/comments/?status=resolved"))


# --- Points and responses -------------------------------------------------------------------------------
DATA = {
    "sections": {
        "summary": "We did a lot.\n\nWe ask the leadership team to *plan* that room\ninto every project.",
        "development": "# More space\n\nWords.\n\n## Tell the **story** better\n\nWe asked before.",
        "progress": "# Not a point",
    },
    "figures": {"involvements": {"rows": [{"title": "Papers in time", "is_development": True}, {"title": "No"}]}},
}


def test_each_area_for_development_and_each_request_is_a_point():
    assert [(point.kind, point.title) for point in points_of(DATA)] == [
        ("request", "We ask the leadership team to plan that room into every project."),
        ("area", "More space"),
        ("area", "Tell the story better"),
        ("area", "Papers in time"),
    ]
    assert points_of({}) == []
    long = points_of({"sections": {"development": f"# {'x' * 500}\n\n# {'x' * 500}"}})
    assert len(long) == 1 and len(long[0].title) == TITLE


def test_leadership_answers_point_by_point_and_everyone_reads_it_beside_the_published_report(w, sign_in, client):
    development = w.report.sections.get(key="development")
    write_section(
        by=w.lead, section=development, body="# More space\n\nWords.\n\n# Tell the story better\n\nWe ask for a person."
    )
    approved(w)
    leader = sign_in(w.leader)
    page = html_of(leader.get("/reports/2022/responses/"))
    assert "0 of 3 points answered" in page and "Tell the story better" in page
    given = {"area": "More space", "decision": "will_do", "words": "One subject for **each** meeting."}
    assert "Say by when it will be done" in html_of(leader.post("/reports/2022/respond/", given))
    leader.post("/reports/2022/respond/", given | {"due_on": "2023-06-30"})
    page = html_of(leader.get("/reports/2022/responses/"))
    assert "1 of 3 points answered" in page and "We will do this" in page and "30 June 2023" in page
    assert "not one of the available choices" in html_of(
        leader.post("/reports/2022/respond/", {"area": "Something else", "words": "x"})
    )
    approval.publish_report(by=w.staff, report=w.report)
    page = html_of(client.get("/reports/2022/"))  # not signed in
    assert 'id="responses"' in page and "<strong>each</strong>" in page and "We will do this" in page
    assert LeadershipResponse.objects.get().get_absolute_url() == "/reports/2022/#responses"


def test_next_years_edition_prints_what_was_answered(w):
    approved(w)
    group_reading.respond(
        by=w.leader, report=w.report, area="More space", decision="will_do", due_on=date(2023, 6, 30), words="Yes."
    )
    following = factories.AnnualReportFactory(year=2023)
    assert frozen(following)["responses_last_year"] == []  # not published yet
    approval.publish_report(by=w.staff, report=w.report)
    assert frozen(following)["responses_last_year"] == [
        {"area": "More space", "decision": "We will do this", "words": "Yes.", "due_on": "2023-06-30"}
    ]


def test_two_leaders_who_change_one_response_lose_nothing(w):
    approved(w)
    group_reading.respond(by=w.leader, report=w.report, area="More space", words="Yes.")
    row = LeadershipResponse.objects.get()
    group_reading.respond(by=w.leader, report=w.report, area="More space", words="No.", expected=row.version)
    with pytest.raises(Conflict):
        group_reading.respond(by=w.leader, report=w.report, area="More space", words="Maybe.", expected=row.version)


# --- History -------------------------------------------------------------------------------------------
def test_the_history_is_sentences_and_does_not_name_members(w, sign_in):
    group = factories.AdvisoryGroupFactory()
    member = factories.user_in(group)
    reading = group_reading.send_to_group(by=w.staff, report=w.report, group=group, deadline=TODAY + timedelta(days=5))
    group_reading.comment(by=member, reading=reading, section=w.section, words="Shorter")
    page = html_of(sign_in(w.leader).get("/reports/2022/"))
    assert f"{w.staff.display_name} sent the report to the advisory group until 21 January 2023." in page
    assert f"{w.lead.display_name} wrote “Progress during the year”." in page
    assert "A member commented on “Progress during the year”." in page and member.person.name not in page
