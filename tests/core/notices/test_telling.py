"""Telling people: once, in the way each chose, and all of it kept with the news or not at all."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs import outbox, queue
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.notices import choices, services
from impact.core.notices.mail import digests, waiting
from impact.core.notices.mail.letters import easy_read
from impact.core.notices.models import Notice, NoticeChoices, NoticeKind, Owed, Timing
from impact.core.people.models import Person
from impact.core.people.services import keep_consent
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
MONDAY = date(2022, 9, 19)


OF = {"charter": "charter-corrected", "agreement": "agreement-asked", "meeting": "papers-ready"}


def tell(*people, kind="charter", key="it", title="A new text", words="Read it. Then say what you think.", **more):
    path = "/co-production/"
    return services.tell(event=OF[kind], people=people, title=title, words=words, path=path, key=key, **more)


def set_timing(person, **timings):
    return choices.choose_for(by=person.user or factories.UserFactory(), person=person, **timings)


@pytest.fixture
def member():
    return factories.UserFactory(email="me@impact.example").person


def test_a_kind_of_notice_has_a_field_of_choices():
    fields = {field.name for field in NoticeChoices._meta.fields}
    assert set(NoticeKind.values) <= fields


def test_each_hears_in_the_way_that_they_chose():
    people = {timing: factories.UserFactory().person for timing in Timing.values}
    for timing, person in people.items():
        set_timing(person, charter=timing)
    assert tell(*people.values()) == 6  # not the one who wants to hear nothing of the charter
    assert [email.to for email in OutboxEmail.objects.all()] == [people["at_once"].user.email]
    owed = dict(Notice.objects.values_list("person_id", "owed"))
    assert {timing: owed.get(person.pk) for timing, person in people.items()} == {
        "at_once": "email",
        "daily": "email",
        "weekly": "email",
        "site": "",
        "site_daily": "",
        "site_week": "",
        "none": None,
    }
    assert Notice.objects.get(person=people["at_once"]).emailed_at


def test_no_one_is_told_of_one_thing_twice(member):
    assert tell(member, kind="agreement") == 1
    assert tell(member, member, kind="agreement") == 0
    assert (Notice.objects.count(), OutboxEmail.objects.count()) == (1, 1)


def test_news_and_emails_are_kept_together_or_not_at_all(member):
    with pytest.raises(RuntimeError), transaction.atomic():
        tell(member, kind="agreement")
        raise RuntimeError
    assert not Notice.objects.exists() and not OutboxEmail.objects.exists()


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example/", "//elsewhere.example/x", "groups/", "/\\elsewhere.example"]
)
def test_a_notice_leads_to_this_site_only(member, path):
    with pytest.raises(ValidationError):
        services.tell(event="charter-corrected", people=[member], title="A", words="B", path=path, key="c")


def test_the_database_refuses_an_address_elsewhere(member):
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(person=member, kind="charter", title="A", words="B", path="//elsewhere.example", key="c")


def test_a_thousand_people_are_told_by_a_bounded_number_of_statements():
    people = Person.objects.bulk_create(
        Person(name=f"Person {n}", email=f"many{n}@people.example") for n in range(1000)
    )
    with CaptureQueriesContext(connection) as few:
        tell(*people[:10], kind="agreement")
    with CaptureQueriesContext(connection) as many:
        assert tell(*people, kind="agreement", key="other") == 1000
    assert OutboxEmail.objects.count() == 1010
    # SQLite takes 999 values a statement, so it needs some tens of them; none is asked for each person.
    assert len(few) <= 12 and len(many) <= 80


def test_someone_told_by_another_transaction_meanwhile_gets_no_second_email(member, monkeypatch):
    """The first read finds no one told; the row appears before ours is inserted."""
    other = factories.UserFactory().person
    original = Notice.objects.bulk_create
    calls = []

    def meanwhile(rows, *args, **kwargs):
        if not calls:
            calls.append(1)
            with transaction.atomic():
                made = original(rows[:1])
            assert made
        return original(rows, *args, **kwargs)

    monkeypatch.setattr(services.Notice.objects, "bulk_create", meanwhile)
    # The savepoint of the first try takes the other's row along; the second try asks again who has been told.
    assert tell(member, other, kind="agreement") == 2
    assert (Notice.objects.count(), OutboxEmail.objects.count()) == (2, 2)


# --- Those whom no email reaches -----------------------------------------------------------------
def test_a_person_without_account_and_address_is_told_in_person(engagement_lead, staff):
    person = factories.PersonFactory(email="")
    tell(person)
    notice = Notice.objects.get()
    assert notice.owed == Owed.IN_PERSON
    with pytest.raises(PermissionDenied):
        services.record_told(by=staff, person=person, notices=[notice.pk], how="phone")
    with pytest.raises(ValidationError, match="Choose how"):
        services.record_told(by=engagement_lead, person=person, notices=[notice.pk], how="")
    assert services.record_told(by=engagement_lead, person=person, notices=[notice.pk], how="phone") == 1
    assert not Notice.objects.waiting(Owed.IN_PERSON).exists()
    with pytest.raises(ValidationError, match="done already"):
        services.record_told(by=engagement_lead, person=person, notices=[notice.pk], how="phone")
    services.undo_told(by=engagement_lead, notice=notice)
    assert Notice.objects.waiting(Owed.IN_PERSON).exists()
    assert set(AuditEvent.objects.values_list("type", flat=True)) >= {"notices.told", "notices.told_undone"}


def test_a_person_without_account_gets_email_and_is_not_sent_to_a_site_they_cannot_open():
    person = factories.PersonFactory(email="no.account@people.example")
    tell(person, kind="agreement")
    email = OutboxEmail.objects.get()
    assert email.to == "no.account@people.example" and "You have no account" in email.body
    assert "/notices/" not in email.body.replace("/notices/stop/", "")


def test_a_closed_account_counts_as_none():
    user = factories.UserFactory()
    user.is_active = False
    user.save()
    Person.objects.filter(user=user).update(email="")
    tell(user.person)
    assert Notice.objects.get().owed == Owed.IN_PERSON


def test_what_another_email_tells_already_stands_on_the_site_without_a_second_one(member):
    stranger = factories.PersonFactory(email="")
    assert tell(member, stranger, kind="meeting", is_emailed=False) == 1
    assert not OutboxEmail.objects.exists() and Notice.objects.get().owed == ""


# --- Choices -------------------------------------------------------------------------------------
def test_people_choose_for_themselves_and_the_engagement_lead_for_those_who_ask(member, engagement_lead, staff):
    with pytest.raises(PermissionDenied):
        choices.choose(by=staff, person=member, charter="none")
    choices.choose(by=member.user, person=member, charter="weekly")
    assert choices.choices_of(member).recorded_by is None
    choices.choose(by=engagement_lead, person=member, charter="site")
    row = choices.choices_of(member)
    assert (row.charter, row.recorded_by) == ("site", engagement_lead)
    event = AuditEvent.objects.filter(type="notices.chosen").latest("pk")
    assert event.actor_id == engagement_lead.pk and event.facts["for_them"] is True
    choices.choose(by=member.user, person=member, charter="daily")
    assert choices.choices_of(member).recorded_by is None


def test_what_waits_follows_a_new_choice(member):
    tell(member)
    choices.choose(by=member.user, person=member, charter="none")
    assert Notice.objects.get().owed == ""
    assert digests.send_digests(date(2099, 1, 5)) == 0


def test_no_to_contact_between_meetings_leaves_meetings_and_ones_own_affairs(member, engagement_lead, sign_in):
    """Someone who takes back their yes gets no emails and is not on the list to phone, for what waits as well."""
    reader, stranger = factories.PersonFactory(), factories.PersonFactory(email="")
    for person in (member, reader, stranger):
        answer(person, is_given=True)
    tell(member, key="waits")  # once a day
    set_timing(member, charter="at_once")
    tell(member, reader, stranger, key="before")
    for person in (member, reader, stranger):
        answer(person, is_given=False)
    assert not Notice.objects.filter(person=member, key="waits").waiting(Owed.EMAIL).exists()
    assert [waiting.recheck(email) for email in OutboxEmail.objects.filter(event="charter-corrected")] == [False]
    tell(member, reader, stranger, key="after")
    tell(member, reader, kind="meeting", key="papers")
    owed = {(n.person_id, n.key): n.owed for n in Notice.objects.filter(key__in=["after", "papers"])}
    assert owed == {
        (member.pk, "after"): "",
        (reader.pk, "after"): Owed.IN_PERSON,  # no site, no email: at their next meeting
        (stranger.pk, "after"): Owed.IN_PERSON,
        (member.pk, "papers"): Owed.EMAIL,
        (reader.pk, "papers"): Owed.EMAIL,
    }
    page = html_of(sign_in(engagement_lead).get("/notices/in-person/"))
    assert page.count("Do not phone or write between meetings:") == 2
    assert "You said no to contact between meetings" in html_of(sign_in(member.user).get("/account/notices/"))
    assert sign_in(member.user).get("/api/v1/notices/choices/").json()["said_no_to_contact"] is True
    answer(member, is_given=True)
    tell(member, key="again")
    assert Notice.objects.get(person=member, key="again").owed == Owed.EMAIL


def answer(person, *, is_given):
    keep_consent(
        by=SYSTEM, person=person, purpose="contact", wording="May we?", is_given=is_given, given_on=clock.today()
    )


def test_an_unknown_timing_is_refused(member):
    with pytest.raises(ValidationError):
        choices.choose(by=member.user, person=member, charter="hourly")


# --- What is in the emails -----------------------------------------------------------------------
def test_easy_read_puts_one_idea_on_a_line():
    text = "The charter has a new text. Please read it before the meeting on Monday, and tell us what you think of it."
    assert easy_read(text).split("\n\n") == [
        "The charter has a new text.",
        "Please read it before the meeting on Monday.",
        "And tell us what you think of it.",
    ]
    assert easy_read("Bring pens, paper, and tea.") == "Bring pens, paper, and tea."


def test_needs_decide_the_form_of_an_email(member):
    large, easy = factories.UserFactory().person, factories.UserFactory().person
    Person.objects.filter(pk=large.pk).update(preferred_format="large_print")
    Person.objects.filter(pk=easy.pk).update(preferred_format="easy_read")
    tell(member, large, easy, kind="agreement", words="Read it. Then say <b>what</b> you think.")
    emails = {email.to: email for email in OutboxEmail.objects.all()}
    assert "font-size: 12pt" in emails[member.user.email].html and "Read it. Then say" in emails[member.user.email].body
    assert "Read it.\n\nThen say" in emails[easy.user.email].body
    html = emails[large.user.email].html
    assert "font-size: 18pt" in html and "say &lt;b&gt;what&lt;/b&gt; you" in html
    message = outbox.message_of(emails[large.user.email])
    assert [kind for _content, kind in message.alternatives] == ["text/html"]
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert outbox.send_due() == 3


def test_large_print_leaves_the_outbox_with_the_rest_of_a_sent_email(member, settings):
    settings.DEMO = False
    Person.objects.filter(pk=member.pk).update(preferred_format="large_print")
    tell(member, kind="agreement")
    outbox.send_due()
    email = OutboxEmail.objects.get()
    assert (email.body, email.html, email.leave_url) == ("", "", "")


# --- Digests -------------------------------------------------------------------------------------
def told_on(day, *people, **more):
    with clock.standing_on(day):
        return tell(*people, **more)


def test_a_daily_email_gathers_what_is_new_and_nothing_is_sent_when_nothing_is(member):
    told_on(MONDAY, member, key="one", title="The first thing")
    told_on(MONDAY, member, key="two", title="The second thing")
    assert digests.send_digests(MONDAY) == 0  # what came today goes tomorrow
    tuesday = MONDAY + timedelta(days=1)
    assert digests.send_digests(tuesday) == 1
    assert digests.send_digests(tuesday) == 0
    assert digests.send_digests(tuesday + timedelta(days=1)) == 0
    email = OutboxEmail.objects.get()
    assert email.subject == "2 things to tell you from IMPACT"
    assert email.body.index("The first thing") < email.body.index("The second thing")


def test_a_weekly_email_goes_on_monday(member):
    choices.choose(by=member.user, person=member, charter="weekly")
    told_on(MONDAY + timedelta(days=1), member)
    for days in range(2, 7):
        assert digests.send_digests(MONDAY + timedelta(days=days)) == 0
    assert digests.send_digests(MONDAY + timedelta(days=7)) == 1


def test_a_monday_on_which_no_worker_ran_is_made_up_for(member):
    choices.choose(by=member.user, person=member, charter="weekly")
    told_on(MONDAY, member, key="late")
    told_on(MONDAY - timedelta(days=1), member, key="early")
    assert digests.send_digests(MONDAY + timedelta(days=2)) == 1
    assert Notice.objects.get(key="late").emailed_at is None and Notice.objects.get(key="early").emailed_at


def test_what_was_read_on_the_site_is_not_emailed(member):
    told_on(MONDAY, member)
    services.mark_read(by=member.user, notice=Notice.objects.get())
    assert digests.send_digests(MONDAY + timedelta(days=1)) == 0


def test_a_digest_leaves_in_the_morning(member):
    day = timezone.localdate() + timedelta(days=3)
    told_on(day - timedelta(days=1), member)
    digests.send_digests(day)
    email = OutboxEmail.objects.get()
    assert timezone.localtime(email.due_at).hour == 8 and email.give_up_at > email.due_at
    assert outbox.send_due() == 0


class Killed(BaseException):
    """What a worker's process that is killed leaves behind: nothing that it had not committed."""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_two_emails_tells_no_one_twice_and_no_one_too_little(monkeypatch):
    people = [factories.UserFactory().person for _ in range(4)]
    told_on(MONDAY, *people)
    job = queue.enqueue(
        by=queue.SYSTEM, kind="core.notice_digests", dedupe_key="x", payload={"on": str(MONDAY + timedelta(days=1))}
    )
    original = outbox.send_all_later

    def killed_at_the_third(rows):
        original(rows)
        if OutboxEmail.objects.count() == 3:
            raise Killed

    monkeypatch.setattr(digests.outbox, "send_all_later", killed_at_the_third)
    with pytest.raises(Killed):
        queue.run(job.pk)
    assert OutboxEmail.objects.count() == 2 and Notice.objects.filter(emailed_at__isnull=False).count() == 2
    monkeypatch.setattr(digests.outbox, "send_all_later", original)
    assert queue.run(job.pk) is False  # the dead worker's lease still runs
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    assert queue.run(job.pk) is True
    assert sorted(OutboxEmail.objects.values_list("to", flat=True)) == sorted(p.user.email for p in people)
    assert not Notice.objects.filter(emailed_at__isnull=True).exists()


def test_digests_and_tidying_are_daily_work(member):
    assert {"core.notice_digests", "core.tidy_notices"} <= queue.DAILY


def test_notices_older_than_a_year_are_deleted(member):
    told_on(clock.today() - timedelta(days=366), member, key="old")
    told_on(clock.today() - timedelta(days=364), member, key="young")
    job = queue.enqueue(by=queue.SYSTEM, kind="core.tidy_notices", dedupe_key="t", payload={"on": "2022-01-01"})
    assert queue.run(job.pk)
    assert list(Notice.objects.values_list("key", flat=True)) == ["young"]
