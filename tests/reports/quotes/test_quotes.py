"""Words of people in the report: asked for, approved word for word, withdrawn, and never printed without consent."""

import json
import re
from datetime import date
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs import queue
from impact.core.notices.models import Notice
from impact.core.people.services import record_consent
from networks.log.models import Attendance, Contribution
from reports.approval import services as approval
from reports.editions.models import Edition
from reports.editions.services import frozen, take_snapshot
from reports.formats import document
from reports.quotes import services
from reports.quotes.frozen import perspective_of
from reports.quotes.models import Quote, QuoteAnswer
from reports.writing.models import AnnualReport
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
TODAY = date(2023, 1, 16)
SAID = "Ask me, and ask me again next year."


@pytest.fixture(autouse=True)
def no_worker_notification(monkeypatch):
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)


@pytest.fixture
def w(staff, engagement_lead, leader):
    """A local network with a coordinator, a speaker who has an account and agreed to be quoted, and a report."""
    world = SimpleNamespace(staff=staff, lead=engagement_lead, leader=leader)
    with clock.standing_on(TODAY):
        world.group = factories.GroupFactory(slug="local-wales")
        world.coordinator = factories.user_in(world.group, "coordinator")
        world.speaker = factories.user_in(world.group)
        world.other = factories.user_in(world.group)
        world.person = factories.agreed_to_be_quoted(world.speaker.person)
        world.meeting = factories.LoggedMeetingFactory(group=world.group)
        world.said = factories.ContributionFactory(
            meeting=world.meeting, words=SAID, speaker=world.person, perspective="carer"
        )
        world.report = factories.AnnualReportFactory(year=2022)
        yield world


def offered(w, words: str = SAID) -> Quote:
    return services.offer_quote(by=w.staff, report=w.report, contribution=w.said, words=words)


def approved(w) -> Quote:
    quote = offered(w)
    return services.approve_quote(by=w.speaker, quote=quote, expected=quote.version)


def printed(w) -> list[str]:
    return [row["words"] for row in frozen(w.report)["quotes"]]


def say_no(w, by=None) -> None:
    record_consent(
        by=by or w.speaker, person=w.person, purpose="quotes", wording="May we?", is_given=False, given_on=TODAY
    )


# --- Asking ----------------------------------------------------------------------------------------
def test_words_are_printed_only_after_their_speaker_approves_exactly_these(w):
    quote = offered(w, "Ask me again next year.")
    assert printed(w) == []
    services.approve_quote(by=w.speaker, quote=quote, expected=quote.version)
    assert printed(w) == ["Ask me again next year."]
    (row,) = frozen(w.report)["quotes"]
    assert set(row) == {"id", "words", "theme", "kind", "perspective", "network"} and row["id"] == quote.pk
    assert row["network"] == ""  # fewer than five people who share the perspective came there
    answer = QuoteAnswer.objects.get()
    assert (answer.answer, answer.words, answer.told) == ("approved", "Ask me again next year.", "")


def test_words_without_a_live_consent_cannot_be_asked_for(w):
    unknown = factories.ContributionFactory(meeting=w.meeting, words="No one noted who said this.")
    with pytest.raises(ValidationError, match="has not agreed to be quoted"):
        services.offer_quote(by=w.staff, report=w.report, contribution=unknown, words="x")
    say_no(w)
    with pytest.raises(ValidationError, match="has not agreed to be quoted"):
        offered(w)


def test_a_consent_that_has_run_out_counts_no_more_and_renewing_it_brings_the_words_back(w):
    w.person.consents.model.objects.create(
        person=w.person, purpose="quotes", wording="May we?", is_given=True, given_on=date(2022, 8, 1), expires_on=TODAY
    )
    with pytest.raises(ValidationError, match="consent has run out"):
        offered(w)
    with clock.standing_on(date(2023, 1, 10)):
        approved(w)
        assert printed(w) == [SAID]
    assert printed(w) == []
    record_consent(by=w.speaker, person=w.person, purpose="quotes", wording="May we?", is_given=True, given_on=TODAY)
    assert printed(w) == [SAID]


def test_words_of_another_year_or_taken_off_the_log_stay_out(w):
    approved(w)
    Contribution.objects.filter(pk=w.said.pk).update(removed_at=clock.now())
    assert printed(w) == []
    later = factories.LoggedMeetingFactory(group=w.group, starts_at=factories.at(2023, 1, 5))
    said = factories.ContributionFactory(meeting=later, speaker=w.person)
    with pytest.raises(ValidationError):
        services.offer_quote(by=w.staff, report=w.report, contribution=said, words="x")


def test_only_those_who_write_the_report_ask(w):
    for user in (w.leader, w.coordinator, w.other):
        with pytest.raises(PermissionDenied):
            services.offer_quote(by=user, report=w.report, contribution=w.said, words=SAID)


def test_a_change_of_words_asks_again(w):
    quote = approved(w)
    services.reword_quote(by=w.lead, quote=quote, words="Ask me again.", expected=quote.version)
    assert Quote.objects.get().state == "offered" and printed(w) == []
    assert Notice.objects.filter(person=w.person).count() == 2
    with pytest.raises(Conflict):
        services.approve_quote(by=w.speaker, quote=quote, expected=quote.version)  # the words that they read are gone
    fresh = Quote.objects.get()
    services.approve_quote(by=w.speaker, quote=fresh, expected=fresh.version)
    assert printed(w) == ["Ask me again."]
    assert [row.words for row in QuoteAnswer.objects.order_by("pk")] == [SAID, "Ask me again."]


# --- Answering -------------------------------------------------------------------------------------
def test_the_coordinator_answers_on_the_speakers_word_and_it_is_marked(w):
    quote = offered(w)
    with pytest.raises(ValidationError, match="how the member told you"):
        services.approve_quote(by=w.coordinator, quote=quote, expected=quote.version)
    services.approve_quote(by=w.coordinator, quote=quote, expected=quote.version, told="phone")
    answer = QuoteAnswer.objects.get()
    assert (answer.told, answer.recorded_by) == ("phone", w.coordinator)
    assert answer.written_down_by == w.coordinator.display_name


def test_no_one_else_answers_for_a_speaker(w):
    quote = offered(w)
    elsewhere = factories.user_in(factories.GroupFactory(), "coordinator")
    for user in (w.other, w.staff, w.lead, w.leader, elsewhere):
        with pytest.raises(PermissionDenied):
            services.approve_quote(by=user, quote=quote, expected=quote.version, told="phone")
    assert printed(w) == []


def test_a_speaker_without_an_account_is_asked_by_the_coordinator_and_no_one_else_hears_whose_words_they_are(w):
    w.said.speaker = factories.agreed_to_be_quoted(factories.MembershipFactory(group=w.group).person)
    w.said.save()
    offered(w)
    told = Notice.objects.get()
    assert told.person == w.coordinator.person and SAID not in told.words


def test_an_approval_counts_for_the_person_who_gave_it(w):
    approved(w)
    Contribution.objects.filter(pk=w.said.pk).update(speaker=factories.agreed_to_be_quoted(w.other.person))
    assert printed(w) == []


def test_what_a_speaker_answered_never_changes(w):
    approved(w)
    with pytest.raises(IntegrityError), transaction.atomic():
        QuoteAnswer.objects.update(words="Something else")
    with pytest.raises(IntegrityError), transaction.atomic():
        QuoteAnswer.objects.all().delete()


def test_a_person_whose_record_is_erased_is_not_quoted_any_more(w):
    person = factories.agreed_to_be_quoted()
    w.said.speaker = person
    w.said.save()
    quote = offered(w)
    services.approve_quote(by=w.coordinator, quote=quote, expected=quote.version, told="phone")
    assert printed(w) == [SAID]
    Contribution.objects.filter(pk=w.said.pk).update(speaker=None)  # what SET_NULL leaves of a person who is gone
    Quote.objects.update(person=None)
    assert printed(w) == []
    with pytest.raises(StateConflict, match="record of the speaker is gone"):
        services.withdraw_quote(by=w.coordinator, quote=quote, told="phone")


# --- Withdrawing -----------------------------------------------------------------------------------
def edition_of(w) -> Edition:
    snapshot = take_snapshot(by=w.staff, report=w.report)
    return factories.EditionFactory(report=w.report, snapshot=snapshot)


def test_a_withdrawal_leaves_the_words_out_and_tells_which_editions_hold_them(w):
    quote = approved(w)
    edition_of(w)
    services.note_writer(w.lead, w.report)
    Notice.objects.all().delete()
    services.withdraw_quote(by=w.speaker, quote=quote)
    assert printed(w) == []
    told = {notice.person: notice for notice in Notice.objects.all()}
    assert set(told) == {w.coordinator.person, w.staff.person, w.lead.person}
    for notice in told.values():
        assert "edition 1" in notice.words and SAID not in notice.words
        assert w.person.name not in notice.words + notice.title


def test_saying_no_to_quotes_withdraws_everything_of_that_person(w):
    quote = approved(w)
    say_no(w)
    quote.refresh_from_db()
    assert quote.state == "withdrawn" and printed(w) == []
    with pytest.raises(ValidationError, match="say yes to being quoted"):
        services.approve_quote(by=w.speaker, quote=quote, expected=quote.version)
    with pytest.raises(ValidationError):
        services.reword_quote(by=w.staff, quote=quote, words="Other words")


def test_an_older_no_written_down_late_withdraws_nothing(w):
    quote = approved(w)
    record_consent(
        by=w.speaker, person=w.person, purpose="quotes", wording="?", is_given=False, given_on=date(2022, 1, 1)
    )
    quote.refresh_from_db()
    assert quote.state == "approved" and printed(w) == [SAID]


def test_a_consent_withdrawn_between_snapshot_and_approval_stops_the_approval_and_says_what_to_do(w):
    approved(w)
    edition = edition_of(w)
    w.report.sections.update(body="Words.")
    approval.submit_for_approval(by=w.staff, report=w.report)
    say_no(w)
    with pytest.raises(
        StateConflict, match=r"Edition 1 holds words that may no longer be quoted.*Build the report again"
    ):
        approval.approve_report(by=w.leader, report=w.report, edition=edition, override="Why")
    assert AnnualReport.objects.get().status == "submitted"
    newer = edition_of(w)
    assert newer.snapshot.data["quotes"] == []
    approval.approve_report(by=w.leader, report=w.report, edition=newer, override="Why")


def test_a_consent_withdrawn_after_the_approval_stops_publishing_and_the_report_can_go_back(w):
    quote = approved(w)
    edition = edition_of(w)
    w.report.sections.update(body="Words.")
    approval.submit_for_approval(by=w.staff, report=w.report)
    approval.approve_report(by=w.leader, report=w.report, edition=edition, override="Why")
    services.withdraw_quote(by=w.speaker, quote=quote)
    with pytest.raises(StateConflict, match="may no longer be quoted"):
        approval.publish_report(by=w.staff, report=w.report)
    approval.return_to_writing(by=w.staff, report=w.report, note="A speaker withdrew words.")
    report = AnnualReport.objects.get()
    assert (report.status, report.approved_edition, report.approved_by) == ("writing", None, None)


# --- What is said about the speaker -----------------------------------------------------------------
@pytest.mark.parametrize(("value", "shown"), [(None, ""), (25, "Carers")])
def test_a_perspective_is_given_only_where_its_number_is_not_withheld(value, shown):
    figures = {"attendance": {"rows": [{"key": "carer", "label": "Carers", "value": value}]}}
    assert perspective_of(figures, "carer") == shown
    assert perspective_of(figures, "funder") == "" and perspective_of(figures, "") == ""


def test_words_stand_beside_their_network_only_where_many_there_share_the_speakers_perspective(w):
    approved(w)

    def came(perspective: str, number: int) -> None:
        for _person in range(number):
            Attendance.objects.create(
                meeting=w.meeting, person=factories.PersonFactory(), perspective=perspective, status="present"
            )

    came("carer", 4)
    came("provider", 20)
    assert [row["network"] for row in frozen(w.report)["quotes"]] == [""], "four carers: it could be any of few"
    came("carer", 1)
    data = frozen(w.report)
    assert [row["network"] for row in data["quotes"]] == [w.group.site.name]
    context = document.context(data, taken_on=TODAY, fingerprint="")
    ((network, _chart, _tiles),) = context["networks"]
    assert [row["words"] for row in network["voices"]] == [SAID] and context["other_quotes"] == []


def test_neither_the_frozen_data_nor_the_record_of_changes_names_the_speaker(w):
    approved(w)
    data = json.dumps(frozen(w.report))
    assert w.person.name not in data and "speaker" not in data
    report_events = AuditEvent.objects.filter(object_type="reports.annualreport", type__startswith="report.quote_")
    assert set(report_events.values_list("type", "actor_id")) == {
        ("report.quote_offered", w.staff.pk),
        ("report.quote_approved", None),
    }
    assert SAID not in json.dumps(list(AuditEvent.objects.values_list("facts", flat=True)))


def test_words_that_no_one_answered_before_the_report_was_finished_are_not_asked_for_any_more(w, sign_in):
    offered(w)
    edition = edition_of(w)
    w.report.sections.update(body="Words.")
    approval.submit_for_approval(by=w.staff, report=w.report)
    approval.approve_report(by=w.leader, report=w.report, edition=edition, override="Why")
    page = html_of(sign_in(w.speaker).get("/your-words/"))
    assert "Waiting for your answer" not in page and "finished before this was answered" in page
    quote = Quote.objects.get()
    with pytest.raises(StateConflict, match="quotes no longer change"):
        services.approve_quote(by=w.speaker, quote=quote, expected=quote.version)


# --- Pages -----------------------------------------------------------------------------------------
def test_the_speaker_approves_and_withdraws_in_two_taps(w, sign_in):
    quote = offered(w)
    client = sign_in(w.speaker)
    page = html_of(client.get("/your-words/"))
    assert "Waiting for your answer" in page and SAID in page and "Use these words" in page
    client.post(f"/your-words/{quote.pk}/approve/", {"version": quote.version})
    page = html_of(client.get("/your-words/"))
    assert "In no edition yet" in page
    address = re.search(r'href="(/your-words/\d+/withdraw/)"', page).group(1)
    asked = html_of(client.get(address))
    quote.refresh_from_db()
    assert "The next edition leaves them out" in asked
    page = html_of(client.post(address, {"version": quote.version}, follow=True))
    assert "These words are withdrawn" in page and printed(w) == []


def test_words_that_changed_since_the_page_was_opened_are_read_again(w, sign_in):
    quote = offered(w)
    services.reword_quote(by=w.staff, quote=quote, words="Ask me again.")
    page = html_of(sign_in(w.speaker).post(f"/your-words/{quote.pk}/approve/", {"version": 1}))
    assert "The words have changed" in page and "Ask me again." in page and printed(w) == []


def test_the_coordinators_page_names_speakers_and_staff_do_not_see_it(w, sign_in):
    offered(w)
    page = html_of(sign_in(w.coordinator).get("/groups/local-wales/words/"))
    assert w.person.name in page and SAID in page and "They say yes" in page
    assert sign_in(w.staff).get("/groups/local-wales/words/").status_code == 403
    assert sign_in(w.other).get("/groups/local-wales/words/").status_code == 403
    assert AuditEvent.objects.filter(type="read.speakers", actor_id=w.coordinator.pk).exists()
    assert "Words of the group" in html_of(sign_in(w.coordinator).get("/groups/local-wales/"))


def test_the_writers_list_offers_words_and_never_names_their_speaker(w, sign_in):
    factories.ContributionFactory(meeting=w.meeting, words="Do not offer this")
    client = sign_in(w.staff)
    page = html_of(client.get("/reports/2022/quotes/"))
    assert SAID in page and "Ask for these words" in page and "Do not offer" not in page
    assert w.person.name not in page
    client.post(f"/reports/2022/quotes/{w.said.pk}/", {"words": "Ask me again."})
    page = html_of(client.get("/reports/2022/quotes/"))
    assert "Waiting for the speaker" in page and "Ask me again." in page
    quote = Quote.objects.get()
    page = html_of(client.post(quote.get_absolute_url(), {"words": "x", "version": 1, "leave_out": "yes"}, follow=True))
    assert "left out" in page and Quote.objects.get().state == "left_out"
    file = client.get("/reports/2022/quotes/?format=csv")
    assert b"Ask me again." in b"".join(file) and sign_in(w.leader).get("/reports/2022/quotes/").status_code == 403


def test_the_list_takes_as_many_queries_for_many_words_as_for_one(w, sign_in, django_assert_max_num_queries):
    client = sign_in(w.staff)
    client.get("/reports/2022/quotes/")
    for n in range(12):
        said = factories.ContributionFactory(meeting=w.meeting, words=f"Thing {n}", speaker=w.person)
        services.offer_quote(by=w.staff, report=w.report, contribution=said, words=f"Thing {n}")
    with django_assert_max_num_queries(24):
        client.get("/reports/2022/quotes/")


def test_no_one_else_sees_who_said_what_in_the_log(w, sign_in):
    planned = factories.MeetingFactory(group=w.group, number=9)
    factories.ContributionFactory(meeting=planned, speaker=w.person)
    own = html_of(sign_in(w.coordinator).get(f"/meetings/{planned.pk}/log/"))
    assert f"{w.person.name} (agreed to be quoted)" in own and "Who said it" in own
    assert "Who said it" not in html_of(sign_in(w.staff).get(f"/meetings/{planned.pk}/log/"))


def test_the_recent_changes_on_the_first_page_do_not_tell_who_answered(w, sign_in):
    approved(w)
    page = html_of(sign_in(w.staff).get("/"))
    assert "Words approved" not in page
