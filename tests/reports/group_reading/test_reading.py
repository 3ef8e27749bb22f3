"""The annual report is the group's: read, commented on and said ready before the leadership team has it."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from coproduction.group.models import SupportLink
from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from impact.core.notices.models import Notice
from networks.groups.models import Membership
from reports.approval import services as approval
from reports.group_reading import services
from reports.group_reading.models import GroupReading, ReadingComment
from reports.writing.models import AnnualReport
from reports.writing.services import MUST_BE_WRITTEN, start_report, write_section
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
TODAY = date(2023, 1, 16)
DEADLINE = TODAY + timedelta(days=14)


@pytest.fixture
def world(engagement_lead, staff):
    w = SimpleNamespace(lead=engagement_lead, staff=staff, leader=factories.UserFactory(roles=["leadership"]))
    with clock.standing_on(TODAY):
        w.group = factories.AdvisoryGroupFactory(slug="advisory-group", name="The advisory group")
        w.member = factories.user_in(w.group)
        w.others = [factories.MembershipFactory(group=w.group).person for _ in range(3)]
        w.outsider = factories.UserFactory()
        w.elsewhere = factories.user_in(factories.AdvisoryGroupFactory(slug="other-group", name="The other group"))
        w.report = start_report(by=engagement_lead, year=2022, title="Report")
        for section in w.report.sections.filter(key__in=MUST_BE_WRITTEN):
            write_section(by=engagement_lead, section=section, body=f"About {section.key}.")
        w.report.refresh_from_db()
        w.section = w.report.sections.get(key="progress")
        yield w


@pytest.fixture
def sent(world):
    world.reading = services.send_to_group(by=world.staff, report=world.report, group=world.group, deadline=DEADLINE)
    world.report.refresh_from_db()
    return world


def say(w, **more):
    return services.comment(
        by=more.pop("by", w.member), reading=w.reading, section=w.section, words=more.pop("words", "Too long"), **more
    )


def all_ready(w):
    services.say_ready(by=w.member, reading=w.reading)
    for person in w.others:
        services.say_ready(by=w.lead, reading=w.reading, person=person, told="phone")


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def statuses(w, path="/reports/2022/"):
    people = {
        "member": w.member,
        "elsewhere": w.elsewhere,
        "outsider": w.outsider,
        "staff": w.staff,
        "leader": w.leader,
    }
    found = {name: client_of(user).get(path).status_code for name, user in people.items()}
    return found | {"visitor": Client().get(path).status_code}


def submitted(w):
    report = approval.submit_for_approval(by=w.staff, report=w.report)
    return report, factories.EditionFactory(report=report)


# --- Who sees it ---------------------------------------------------------------------------------
def test_members_open_the_draft_once_it_is_with_them_and_no_one_else_gains_sight_of_it(world):
    before = {"member": 404, "elsewhere": 404, "outsider": 404, "staff": 200, "leader": 200, "visitor": 404}
    assert statuses(world) == before
    world.reading = services.send_to_group(by=world.staff, report=world.report, group=world.group, deadline=DEADLINE)
    assert statuses(world) == before | {"member": 200}
    for path in ("/reports/2022/reading/", "/reports/2022/reading/progress/", "/reports/2022/preview/"):
        assert statuses(world, path) == before | {"member": 200, "visitor": 302}, path
    services.end_reading(by=world.staff, reading=world.reading, reason="A chapter was missing.")
    assert statuses(world) == before


def test_a_figure_in_the_draft_is_a_link_for_those_who_write_and_only_printed_for_members(world, sign_in):
    section = world.report.sections.select_related("report").get(key="progress")
    write_section(by=world.staff, section=section, body="We have {{figure:sites}}.")
    services.send_to_group(by=world.staff, report=world.report, group=world.group, deadline=DEADLINE)
    for who, links in ((world.staff, 1), (world.member, 0)):
        page = html_of(sign_in(who).get("/reports/2022/reading/progress/"))
        assert "F1" in page and page.count('href="/f/F1/?year=2022"') == links


def test_members_keep_sight_of_the_report_while_it_is_revised_and_with_leadership(sent):
    all_ready(sent)
    services.end_reading(by=sent.staff, reading=sent.reading)
    assert client_of(sent.member).get("/reports/2022/").status_code == 200
    submitted(sent)
    assert client_of(sent.member).get("/reports/2022/").status_code == 200
    Membership.objects.filter(person=sent.member.person).update(
        ends_on=TODAY - timedelta(days=1), starts_on=date(2022, 1, 1)
    )
    assert client_of(sent.member).get("/reports/2022/").status_code == 404


def test_a_supporter_from_outside_the_group_reads_with_the_member_and_sees_no_other_comments(sent):
    supporter = factories.UserFactory()
    SupportLink.objects.create(group=sent.group, member=sent.others[0], supporter=supporter.person)
    say(sent, words="My private worry")
    say(sent, by=supporter, person=sent.others[0], told="in_person", words="Said through a supporter")
    page = html_of(client_of(supporter).get("/reports/2022/"))
    assert "Said through a supporter" in page and "My private worry" not in page
    assert f"You are writing for {sent.others[0].name}" in page


# --- Sending it ----------------------------------------------------------------------------------
def test_the_text_stands_still_and_members_are_told(sent):
    assert sent.report.status == "group"
    with pytest.raises(ValidationError, match="cannot be changed"):
        write_section(by=sent.staff, section=sent.section, body="Other words")
    assert Notice.objects.filter(kind="report").count() == 4
    assert OutboxEmail.objects.filter(to=sent.member.email, event="reading-opened").count() == 1


def test_sending_is_refused_for_a_deadline_in_the_past_an_empty_group_and_by_others(world):
    send = services.send_to_group
    with pytest.raises(PermissionDenied):
        send(by=world.member, report=world.report, group=world.group, deadline=DEADLINE)
    with pytest.raises(ValidationError, match="after today"):
        send(by=world.staff, report=world.report, group=world.group, deadline=TODAY)
    empty = factories.AdvisoryGroupFactory(slug="empty", name="Empty")
    with pytest.raises(ValidationError, match="no members"):
        send(by=world.staff, report=world.report, group=empty, deadline=DEADLINE)
    local = factories.user_in(factories.GroupFactory()).person.memberships.get().group
    with pytest.raises(ValidationError, match="advisory group"):
        send(by=world.staff, report=world.report, group=local, deadline=DEADLINE)
    send(by=world.staff, report=world.report, group=world.group, deadline=DEADLINE)
    with pytest.raises(ValidationError, match="already"):
        send(by=world.staff, report=world.report, group=world.group, deadline=DEADLINE)


def test_a_later_deadline_is_told_and_an_earlier_one_refused(sent):
    with pytest.raises(ValidationError):
        services.extend_reading(by=sent.staff, reading=sent.reading, deadline=DEADLINE)
    services.extend_reading(by=sent.staff, reading=sent.reading, deadline=DEADLINE + timedelta(days=7))
    assert Notice.objects.filter(person=sent.member.person, title__contains="more time").exists()


# --- What members say ----------------------------------------------------------------------------
def test_a_member_comments_and_others_write_down_for_members_on_their_word(sent):
    own = say(sent)
    assert (own.person, own.written_down_by, own.told) == (sent.member.person, "", "")
    with pytest.raises(ValidationError, match="how the member told you"):
        say(sent, by=sent.lead, person=sent.others[0])
    row = say(sent, by=sent.lead, person=sent.others[0], told="phone")
    assert row.written_down_by == sent.lead.display_name
    for by in (sent.staff, sent.leader, sent.outsider):
        with pytest.raises((PermissionDenied, ValidationError)):
            say(sent, by=by, person=sent.others[0], told="phone")
    with pytest.raises((PermissionDenied, ValidationError)):
        say(sent, by=sent.elsewhere)
    with pytest.raises(ValidationError, match="there already"):
        say(sent)


def test_comments_end_with_the_deadline_and_with_the_reading(sent):
    with clock.standing_on(DEADLINE):
        say(sent, words="On the last day")
    with clock.standing_on(DEADLINE + timedelta(days=1)):
        with pytest.raises(ValidationError, match="deadline has passed"):
            say(sent, words="Too late")
        services.end_reading(by=sent.staff, reading=sent.reading)
        with pytest.raises(ValidationError, match="no longer with the group"):
            say(sent, words="Far too late")


def test_two_people_answering_one_comment_and_an_answer_without_words(sent):
    row = say(sent)
    with pytest.raises(PermissionDenied):
        services.answer_comment(by=sent.member, comment=row, status="taken_in", answer="Yes")
    with pytest.raises(ValidationError, match="Write an answer"):
        services.answer_comment(by=sent.staff, comment=row, status="taken_in", answer=" ")
    services.answer_comment(by=sent.staff, comment=row, status="taken_in", answer="We made it shorter.")
    with pytest.raises(ValidationError, match="already been answered"):
        services.answer_comment(by=sent.lead, comment=row, status="not_taken_in", answer="No")
    assert Notice.objects.filter(person=sent.member.person, title__contains="has an answer").count() == 1
    page = html_of(client_of(sent.member).get("/reports/2022/reading/"))
    assert "We made it shorter." in page and "Taken in" in page


def test_ready_is_said_once_and_only_the_member_takes_back_their_own(sent):
    services.say_ready(by=sent.member, reading=sent.reading)
    with pytest.raises(ValidationError, match="ready"):
        services.say_ready(by=sent.member, reading=sent.reading)
    with pytest.raises(ValidationError, match="only they"):
        services.take_back_ready(by=sent.lead, reading=sent.reading, person=sent.member.person, told="phone")
    services.take_back_ready(by=sent.member, reading=sent.reading)
    services.say_ready(by=sent.member, reading=sent.reading)
    assert sent.reading.ready.count() == 2 and sent.reading.ready.in_force().count() == 1


# --- Leadership ----------------------------------------------------------------------------------
def test_leadership_sees_neither_comments_nor_names_nor_exact_figures(sent):
    say(sent, words="A frank remark")
    services.say_ready(by=sent.member, reading=sent.reading)
    for user in (sent.leader, sent.staff, sent.member):
        page = html_of(client_of(user).get("/reports/2022/reading/"))
        assert "Not shown, because the group is small" in page and sent.others[0].name not in page
        assert ("A frank remark" in page) == (user != sent.leader)
    row = ReadingComment.objects.get()
    assert client_of(sent.leader).get(f"/reports/comments/{row.pk}/").status_code == 404
    lead = html_of(client_of(sent.lead).get("/reports/2022/reading/"))
    assert "1 of 4" in lead and sent.others[0].name in lead
    assert sent.member.person.name not in html_of(client_of(sent.staff).get("/reports/2022/reading/"))


def test_comments_are_answered_before_the_report_goes_on(sent):
    row = say(sent)
    all_ready(sent)
    services.end_reading(by=sent.staff, reading=sent.reading)
    with pytest.raises(ValidationError, match="1 comment wait"):
        approval.submit_for_approval(by=sent.staff, report=sent.report)
    services.answer_comment(by=sent.staff, comment=row, status="not_taken_in", answer="It is needed here.")
    submitted(sent)


def test_approval_waits_for_the_group_or_is_explained(world):
    report, edition = submitted(world)
    with pytest.raises(ValidationError, match="has not had its say"):
        approval.approve_report(by=world.leader, report=report, edition=edition)
    report = approval.approve_report(by=world.leader, report=report, edition=edition, override="The law sets a date.")
    assert report.group_override == "The law sets a date."


def test_once_all_are_ready_approval_needs_no_reason(sent):
    all_ready(sent)
    services.end_reading(by=sent.staff, reading=sent.reading)
    report, edition = submitted(sent)
    report = approval.approve_report(by=sent.leader, report=report, edition=edition, override="Not needed")
    assert report.group_override == ""
    assert Notice.objects.filter(person=sent.member.person, title__contains="has approved").exists()


def test_once_the_deadline_has_passed_approval_needs_no_reason(sent):
    with clock.standing_on(DEADLINE + timedelta(days=1)):
        services.end_reading(by=sent.staff, reading=sent.reading)
        report, edition = submitted(sent)
        assert approval.approve_report(by=sent.leader, report=report, edition=edition).status == "approved"


def test_a_report_taken_back_early_has_not_been_heard(sent):
    with pytest.raises(ValidationError, match="Say why"):
        services.end_reading(by=sent.staff, reading=sent.reading)
    services.end_reading(by=sent.staff, reading=sent.reading, reason="A mistake.")
    assert Notice.objects.filter(title__contains="taken back").count() == 4
    with clock.standing_on(DEADLINE + timedelta(days=30)):
        assert not services.is_heard(AnnualReport.objects.get())


def test_a_member_who_leaves_is_not_waited_for_and_one_who_joins_is(sent):
    all_ready(sent)
    late = factories.MembershipFactory(group=sent.group)
    assert not services.is_heard(sent.report)
    Membership.objects.filter(pk=late.pk).update(starts_on=date(2022, 1, 1), ends_on=TODAY - timedelta(days=1))
    assert services.is_heard(sent.report)
    Membership.objects.update(starts_on=date(2022, 1, 1), ends_on=TODAY - timedelta(days=1))
    assert not services.is_heard(sent.report)  # no one is left to be ready; the deadline still ends it


def test_the_response_comes_back_to_members_and_to_no_stranger(sent):
    all_ready(sent)
    services.end_reading(by=sent.staff, reading=sent.reading)
    with pytest.raises(ValidationError, match="Approve the report first"):
        services.respond(by=sent.leader, report=sent.report, words="Thank you.")
    report, edition = submitted(sent)
    approval.approve_report(by=sent.leader, report=report, edition=edition)
    with pytest.raises(PermissionDenied):
        services.respond(by=sent.staff, report=sent.report, words="Thank you.")
    services.respond(by=sent.leader, report=sent.report, words="We will **pay** on time.")
    services.respond(by=sent.leader, report=sent.report, words="A person for each site.", area="Supporters")
    page = html_of(client_of(sent.member).get("/reports/2022/reading/"))
    assert "<strong>pay</strong>" in page and "Supporters" in page
    assert Notice.objects.filter(person=sent.member.person, title__contains="response").count() == 1  # once a day
    assert client_of(sent.outsider).get("/reports/2022/reading/").status_code == 404


# --- Pages ---------------------------------------------------------------------------------------
def test_a_member_reads_comments_and_says_ready_on_pages(sent):
    client = client_of(sent.member)
    page = html_of(client.get("/reports/2022/"))
    assert "Progress during the year" in page and "I am ready" in page
    page = html_of(client.post("/reports/2022/reading/progress/", {"words": ""}))
    assert "Enter an answer" in page
    page = html_of(client.post("/reports/2022/reading/progress/", {"words": "<script>x</script> shorter"}, follow=True))
    assert "Your comment is saved." in page and "&lt;script&gt;x&lt;/script&gt; shorter" in page
    page = html_of(client.post("/reports/2022/reading/ready/", follow=True))
    assert "You are ready. This is saved." in page and "Not ready after all" in page
    assert "You are not ready any more" in html_of(client.post("/reports/2022/reading/ready/?back", follow=True))


def test_a_supporter_of_two_members_chooses_one_who_is_named_throughout(sent):
    supporter = factories.UserFactory()
    first, second, _third = sent.others
    for person in (first, second):
        SupportLink.objects.create(group=sent.group, member=person, supporter=supporter.person)
    client = client_of(supporter)
    assert "Choose this member" in html_of(client.get("/reports/2022/"))
    assert client.post("/reports/2022/reading/progress/", {"words": "x", "told": "phone"}).status_code == 403
    path = f"/reports/2022/reading/progress/?for={second.pk}"
    assert f"Save comment of {second.name}" in html_of(client.get(path))
    page = html_of(client.post(path, {"words": "Their words", "told": "phone"}, follow=True))
    assert f"The comment of {second.name} is saved." in page
    assert ReadingComment.objects.get().person == second
    page = html_of(client.post(f"/reports/2022/reading/ready/?for={second.pk}", {"told": "phone"}, follow=True))
    assert f"{second.name} is ready." in page
    stranger = sent.member.person.pk
    assert client.post(f"/reports/2022/reading/ready/?for={stranger}", {"told": "phone"}).status_code == 403


def test_staff_send_extend_answer_and_take_back_on_pages(world):
    client = client_of(world.staff)
    assert "Send to the advisory group" in html_of(client.get("/reports/2022/"))
    GroupReading.objects.all().delete()
    data = {"group": world.group.pk, "deadline": TODAY.isoformat()}
    assert "Choose a day after today" in html_of(client.post("/reports/2022/send-to-group/", data))
    page = html_of(client.post("/reports/2022/send-to-group/", data | {"deadline": DEADLINE.isoformat()}, follow=True))
    assert "Its members have been told." in page and "With the advisory group" in page
    world.reading = GroupReading.objects.get()
    row = say(world)
    later = (DEADLINE + timedelta(days=5)).isoformat()
    stale = client.post("/reports/2022/reading/extend/", {"deadline": later, "version": 7})
    assert stale.status_code == 409
    assert client.post("/reports/2022/reading/extend/", {"deadline": later, "version": 1}).status_code == 302
    data = {"status": "taken_in", "answer": "Done.", "version": row.version}
    assert "The answer is saved." in html_of(client.post(f"/reports/comments/{row.pk}/", data, follow=True))
    assert "Say why you take it back" in html_of(client.post("/reports/2022/reading/end/", {"reason": ""}))
    page = html_of(client.post("/reports/2022/reading/end/", {"reason": "A mistake"}, follow=True))
    assert "The report can be changed again." in page


def test_leadership_explains_an_early_approval_on_the_page(world):
    report, edition = submitted(world)
    client = client_of(world.leader)
    assert "has not had its say yet" in html_of(client.get("/reports/2022/"))
    data = {"edition": edition.number, "override": ""}
    assert "Wait, send the report back" in html_of(client.post("/reports/2022/approve/", data))
    client.post("/reports/2022/approve/", data | {"override": "The law sets a date."})
    report.refresh_from_db()
    assert report.status == "approved"


def test_the_page_asks_the_same_number_of_questions_for_one_comment_and_for_many(sent, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = client_of(sent.member)
    say(sent)
    client.get("/reports/2022/")
    with CaptureQueriesContext(connection) as one:
        client.get("/reports/2022/")
    for number in range(12):
        say(sent, words=f"Comment {number}")
    client.get("/reports/2022/")
    with CaptureQueriesContext(connection) as many:
        client.get("/reports/2022/")
    assert len(many) == len(one)


def test_a_members_comment_that_is_carried_stands_beside_the_same_section_of_next_years_report(sent):
    row = say(sent, words="Say what it cost.")
    services.answer_comment(by=sent.staff, comment=row, status="carried", answer="The costs come in the spring.")
    assert (
        "Carried to next year: The costs come"
        in Notice.objects.get(person=row.person, event="reading-comment-answered").words
    )
    with clock.standing_on(date(2023, 12, 1)):
        later = start_report(by=sent.lead, year=2023, title="Report")
        later.sections.filter(key__in=MUST_BE_WRITTEN).update(body="Words.")
        room = html_of(client_of(sent.staff).get("/reports/2023/sections/progress/"))
        assert (
            "Carried from last year" in room and "Say what it cost." in room and "The costs come in the spring." in room
        )
        assert "Say what it cost." not in html_of(client_of(sent.leader).get("/reports/2023/sections/progress/"))
        assert "Say what it cost." not in html_of(client_of(sent.staff).get("/reports/2023/sections/sites/"))
        services.send_to_group(by=sent.staff, report=later, group=sent.group, deadline=date(2023, 12, 20))
        assert "Say what it cost." in html_of(client_of(sent.member).get("/reports/2023/reading/progress/"))
