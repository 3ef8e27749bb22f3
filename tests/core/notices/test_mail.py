"""Emails about notices from when they are written to when they leave: quiet hours, second thoughts, and what is in them."""

from datetime import date, datetime, time, timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from impact.core.basics import clock
from impact.core.jobs import outbox
from impact.core.jobs.models import OutboxEmail
from impact.core.notices import choices, services
from impact.core.notices.mail import digests, times
from impact.core.notices.models import Notice, NoticeChoices, Owed, Quiet
from impact.core.people.models import Person, User
from impact.core.people.rights.erasure.models import Erasure
from networks.groups.models import Membership
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
MONDAY = date(2022, 9, 19)


def tell(*people, event="agreement-asked", key="it", title="A text waits", **more):
    return services.tell(event=event, people=people, title=title, words="Read it.", path="/", key=key, **more)


def person(**fields):
    made = factories.UserFactory().person
    Person.objects.filter(pk=made.pk).update(**fields)
    return Person.objects.select_related("user").get(pk=made.pk)


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def leave() -> list:
    """Everything that waits leaves now; the messages that did."""
    OutboxEmail.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    mail.outbox = []
    outbox.send_due()
    return mail.outbox


# --- Quiet hours -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("quiet", "moment", "ends"),
    [
        ({}, at(20, 59), None),
        ({}, at(21), at(7, day=MONDAY + timedelta(days=1))),
        ({}, at(6, 59), at(7)),
        ({}, at(7), None),
        ({"quiet": Quiet.NONE}, at(23), None),
        ({"quiet": Quiet.OWN, "quiet_from": time(12), "quiet_until": time(14)}, at(13), at(14)),
        ({"quiet": Quiet.OWN, "quiet_from": time(12), "quiet_until": time(14)}, at(23), None),
        ({}, at(23, day=date(2022, 10, 29)), at(7, day=date(2022, 10, 30))),  # the clocks go back that night
    ],
)
def test_quiet_hours_end_where_a_person_is(settings, quiet, moment, ends):
    settings.QUIET_HOURS = "21:00-07:00"
    assert times.quiet_until(NoticeChoices(**quiet), moment) == ends


def test_at_night_only_what_cannot_wait_leaves(settings, monkeypatch):
    settings.QUIET_HOURS = "21:00-07:00"
    tonight = at(23, day=timezone.localdate())
    monkeypatch.setattr(clock, "now", lambda: tonight)
    asleep, awake = person(), person()
    choices.choose(by=awake.user, person=awake, quiet="none")
    tell(asleep, awake)
    tell(asleep, event="support-cancelled", key="now")
    waits = OutboxEmail.objects.get(to=asleep.user.email, event="agreement-asked")
    assert waits.due_at == at(7, day=timezone.localdate() + timedelta(days=1)) > timezone.now()
    for email in OutboxEmail.objects.exclude(pk=waits.pk):
        assert email.due_at <= timezone.now()
    assert outbox.send_due() == 2
    with pytest.raises(ValidationError, match="begins and when it ends"):
        choices.choose(by=awake.user, person=awake, quiet="own", quiet_from=time(9), quiet_until=time(9))
    choices.choose(by=awake.user, person=awake, quiet="own", quiet_from=time(6), quiet_until=time(9))
    assert digests.leaves_at(choices.choices_of(awake), MONDAY) == at(9)
    assert digests.leaves_at(choices.choices_of(asleep), MONDAY) == at(8)


# --- Second thoughts while an email waits ----------------------------------------------------------------------------------
def test_what_waits_is_asked_again_when_its_turn_comes():
    """Each has an email in the outbox, and something happens before it leaves."""
    group = factories.GroupFactory()
    people = {name: person() for name in ("goes", "reads", "daily", "stops", "leaves", "closed", "moves", "erased")}
    for one in people.values():
        factories.MembershipFactory(group=group, person=one)
    assert tell(*people.values(), about=group) == len(people) == OutboxEmail.objects.count()
    services.mark_read(by=people["reads"].user, notice=Notice.objects.get(person=people["reads"]))
    choices.choose(by=people["daily"].user, person=people["daily"], agreement="daily")
    token = OutboxEmail.objects.get(to=people["stops"].user.email).leave_url
    Client().post(token.removeprefix("http://127.0.0.1:8000"), {"List-Unsubscribe": "One-Click"})
    Membership.objects.filter(person=people["leaves"]).delete()
    User.objects.filter(pk=people["closed"].user.pk).update(is_active=False)
    Person.objects.filter(pk=people["closed"].pk).update(email="")
    User.objects.filter(pk=people["moves"].user.pk).update(email="moved@people.example")
    Notice.objects.filter(person=people["erased"]).delete()
    sent = {message.to[0] for message in leave()}
    assert sent == {people["goes"].user.email, "moved@people.example"}
    assert not OutboxEmail.objects.unsent().exists()  # what is not wanted does not wait for staff
    owed = {
        name: Notice.objects.filter(person=one).values_list("owed", flat=True).first() for name, one in people.items()
    }
    assert owed["daily"] == Owed.EMAIL and owed["closed"] == Owed.IN_PERSON
    assert (owed["reads"], owed["stops"], owed["leaves"], owed["erased"]) == ("", "", "", None)
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert digests.send_digests(tomorrow) == 1 and OutboxEmail.objects.unsent().get().to == people["daily"].user.email


def test_someone_who_was_erased_is_told_nothing():
    gone = factories.PersonFactory(email="")
    Erasure.objects.create(person=gone, pseudonym="A former member")
    assert tell(gone) == 0 and not Notice.objects.exists()


# --- Digests ---------------------------------------------------------------------------------------------------------------
def test_a_digest_is_worth_opening():
    """What needs its reader stands first, with dates; what is read or taken back before it leaves is not in it."""
    reader = person()
    choices.choose(by=reader.user, person=reader, agreement="daily", suggestion="daily")
    with clock.standing_on(MONDAY):
        tell(reader, event="suggestion-answered", key="a", title="Your suggestion has an answer")
        tell(reader, event="agreement-asked", key="b", title="Say where you stand")
        tell(reader, event="agreement-extended", key="c", title="You have more time")
        tell(reader, event="agreement-closed", key="d", title="Members agreed")
    assert digests.send_digests(MONDAY + timedelta(days=1)) == 1
    services.mark_read(by=reader.user, notice=Notice.objects.get(key="c"))
    Notice.objects.get(key="d").delete()
    (message,) = leave()
    assert message.subject == "2 things to tell you from IMPACT"
    html = message.alternatives[0][0]
    for text in (message.body, html):
        places = [text.index(part) for part in ("What needs you", "Say where", "What has changed", "Your suggestion")]
        assert places == sorted(places) and "19 September 2022" in text
        assert "more time" not in text and "Members agreed" not in text
    with clock.standing_on(MONDAY):
        tell(reader, event="agreement-asked", key="e", title="Another text")
    assert digests.send_digests(MONDAY + timedelta(days=1)) == 1
    services.mark_all_read(by=reader.user)
    assert leave() == [] and not OutboxEmail.objects.unsent().exists()  # never an empty one


# --- What is in an email ---------------------------------------------------------------------------------------------------
def test_every_email_is_text_and_html_in_the_size_that_its_reader_needs():
    normal, large = person(), person(preferred_format="large_print")
    tell(normal, large, title="A <b>bold</b> title")
    for one in (normal, large):
        outbox.send_later(
            event="meeting-invitation",
            to=one.user.email,
            subject="Hello",
            body="Come.\n\nAnswer here:\nhttps://impact.example/a?b=1&c=2\n",
            calendar="BEGIN:VCALENDAR",
            calendar_method="REQUEST",
        )
    messages = leave()
    assert len(messages) == 4
    for message in messages:
        html, kind = message.alternatives[0]
        size = "18pt" if message.to == [large.user.email] else "12pt"
        assert kind == "text/html" and f"font-size: {size}" in html and message.body and "<b>" not in html
        kinds = [part.get_content_type() for part in message.message().walk()]
        assert kinds.index("text/plain") < kinds.index("text/html")
        if message.subject == "Hello":
            assert '<a href="https://impact.example/a?b=1&amp;c=2"' in html
            assert kinds.index("text/html") < kinds.index("text/calendar")


def test_the_subject_says_nothing_of_what_is_inside_and_one_press_stops_that_kind_alone():
    reader = person()
    tell(reader, event="claim-member", key="c", title="Your claim for travel was approved")
    tell(reader, event="rights-request", key="r", title="We have answered your request")
    choices.choose(by=reader.user, person=reader, rights="none")  # but the law says that this one is sent
    claim, request = leave()
    assert "laim" not in claim.subject and "travel" not in claim.subject and "approved" in claim.body
    url = claim.extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8000")
    assert claim.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "List-Unsubscribe" not in request.extra_headers and "The law says" in request.body
    before = NoticeChoices.objects.filter(person=reader).values().get()
    assert "My hours, expenses and payments" in html_of(Client().get(url))  # a scanner that opens links changes nothing
    assert NoticeChoices.objects.filter(person=reader).values().get() == before
    assert Client(enforce_csrf_checks=True).post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    after = NoticeChoices.objects.filter(person=reader).values().get()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"claim", "version"} and after["claim"] == "site"


# --- The bell --------------------------------------------------------------------------------------------------------------
def test_the_bell_is_silent_about_what_is_put_off(sign_in):
    """Until tomorrow, until next week, or for someone who hears on the site once a day; by page and API, without script."""
    reader, other = person(), person()
    tell(reader, key="a", title="The first")
    tell(reader, key="b", title="The second")
    choices.choose(by=reader.user, person=reader, suggestion="site_daily")
    tell(reader, event="suggestion-answered", key="c", title="The third")
    first, second, third = (Notice.objects.get(key=key) for key in "abc")
    client = sign_in(reader.user)
    assert services.unread_count(reader.user) == 2
    page = html_of(client.post(f"/notices/{first.pk}/snooze/", {"until": "tomorrow"}, follow=True))
    assert "“The first” is put off until" in page and 'class="bell"' in page and "1 unread, and 2 put off" in page
    first.refresh_from_db()
    assert first.snoozed_until == at(8, day=timezone.localdate() + timedelta(days=1))
    assert third.snoozed_until == first.snoozed_until
    assert "Choose until when." in html_of(
        client.post(f"/notices/{second.pk}/snooze/", {"until": "never"}, follow=True)
    )
    assert sign_in(other.user).post(f"/notices/{second.pk}/snooze/", {"until": "tomorrow"}).status_code == 404
    assert [n["title"] for n in client.get("/api/v1/notices/?is_snoozed=true").json()["results"]] == [
        "The third",
        "The first",
    ]
    api = {"content_type": "application/json"}
    answer = client.post(f"/api/v1/notices/{second.pk}/snooze/", {"until": "next_week"}, **api).json()
    monday = times.monday_after(timezone.now())
    assert datetime.fromisoformat(answer["snoozed_until"]) == monday and timezone.localtime(monday).weekday() == 0
    assert services.unread_count(reader.user) == 0 and "The second" not in html_of(client.get("/notices/?read=unread"))
    services.mark_all_read(by=reader.user)
    assert Notice.objects.snoozed().count() == 3  # what is put off is not lost
    Notice.objects.filter(pk=first.pk).update(snoozed_until=timezone.now() - timedelta(minutes=1))  # the morning comes
    assert services.unread_count(reader.user) == 1
    assert client.post(f"/api/v1/notices/{second.pk}/wake/", **api).json()["snoozed_until"] is None
    assert services.unread_count(reader.user) == 2
