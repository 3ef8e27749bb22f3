"""Opening and closing as moments in UK time: what is taken when, across the change of clocks, and when they move."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.jobs.models import OutboxEmail
from sites.calls.applications.services import withdraw_application
from sites.calls.portfolios.models import Release
from sites.calls.rounds import services
from sites.calls.rounds.forms import uk_time
from sites.calls.rounds.models import Round
from tests import factories
from tests.sites.calls.applications.build import open_round, started, submitted

pytestmark = pytest.mark.django_db
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def refusal(error) -> str:
    return " ".join(error.value.messages)


def test_answers_are_taken_until_closing_and_finished_for_a_quarter_of_an_hour_after():
    closes = factories.at(2023, 2, 28, 17)
    round = factories.RoundFactory(closes_at=closes)
    assert round.takes_answers(closes - SECOND) and not round.takes_answers(closes)
    assert round.takes_answers(closes + 15 * MINUTE - SECOND, begun=True)
    assert not round.takes_answers(closes + 15 * MINUTE, begun=True)
    assert not factories.RoundFactory(is_announced=False).takes_answers(closes - DAY, begun=True)


def test_a_round_that_closes_in_summer_time_closes_by_the_clock_on_the_wall():
    """It opens in winter time (UTC) and closes after the clocks went forward: 5pm is then 16:00 UTC."""
    round = factories.RoundFactory(
        opens_at=uk_time(date(2023, 3, 1), time(9)), closes_at=uk_time(date(2023, 3, 31), time(17))
    )
    assert (round.opens_at, round.closes_at) == (
        datetime(2023, 3, 1, 9, tzinfo=UTC),
        datetime(2023, 3, 31, 16, tzinfo=UTC),
    )
    assert round.closes_in_words == "31 March 2023, 5pm UK time"
    assert round.is_open(datetime(2023, 3, 31, 15, 59, tzinfo=UTC))
    assert not round.is_open(datetime(2023, 3, 31, 16, 0, tzinfo=UTC))


def test_days_left_are_counted_in_the_uk_on_both_sides_of_the_change_of_clocks():
    round = factories.RoundFactory(closes_at=uk_time(date(2023, 3, 27), time(0, 30)))
    with clock.standing_on(date(2023, 3, 24)):
        assert round.time_left == "3 days left"
    with clock.standing_on(date(2023, 3, 26)):
        assert round.time_left == "Closes tomorrow at 12:30am UK time"


@pytest.mark.parametrize(("day", "at"), [(date(2023, 3, 26), time(1, 30)), (date(2022, 10, 30), time(1, 30))])
def test_a_time_that_the_clocks_skip_or_have_twice_is_refused_with_what_to_do(day, at):
    with pytest.raises(ValidationError, match="Choose a time after 2am"):
        uk_time(day, at)


def test_how_long_is_left_is_said_only_while_it_matters():
    round = factories.RoundFactory()  # 1 December 2022, 9am to 28 February 2023, 5pm
    said = {}
    for day in (date(2022, 11, 28), date(2022, 11, 30), date(2023, 1, 16), date(2023, 2, 28), date(2023, 3, 1)):
        with clock.standing_on(day):
            said[day.isoformat()] = round.time_left
    assert list(said.values()) == [
        "Opens in 3 days",
        "Opens tomorrow at 9am UK time",
        "43 days left",
        "Closes today at 5pm UK time",
        "",
    ]


def test_a_round_does_not_close_at_midnight_which_people_read_in_two_ways(staff):
    with pytest.raises(ValidationError) as error:
        services.update_round(
            by=staff, round=factories.RoundFactory(is_announced=False), closes_at=factories.at(2023, 3, 1, 0)
        )
    assert "Choose 11:59pm on the last day instead." in refusal(error)


def test_the_database_refuses_a_round_that_closes_before_it_opens_and_a_network_of_a_round_for_sites():
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.RoundFactory(closes_at=factories.at(2022, 12, 1, 9))
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.RoundFactory(recruits_for=factories.SiteFactory())


# --- Moving the closing time ---------------------------------------------------------------------
def test_those_writing_an_application_get_an_email_when_the_closing_time_moves(staff):
    round = open_round(closes_at=factories.at(2099, 2, 28, 17), name="Spring round")
    writing, finished = started(round, email="one@harbour.example", contact_name="Sam"), submitted(round)
    gone = started(round, email="gone@harbour.example")
    withdraw_application(by=staff, application=gone)
    services.update_round(
        by=staff, round=round, closes_at=factories.at(2099, 2, 20, 12), reason="The panel meets earlier."
    )
    (mail,) = OutboxEmail.objects.all()
    assert mail.to == "one@harbour.example" != finished.email
    assert mail.subject == "Spring round now closes on 20 February 2099, midday UK time"
    for words in (
        writing.reference,
        "Hello Sam",
        "it is now earlier",
        "28 February 2099, 5pm",
        "The panel meets earlier.",
    ):
        assert words in mail.body
    assert "@" not in mail.body.replace("Hello", "")
    move = round.closing_moves.get()
    assert (move.before_in_words, move.reason) == ("28 February 2099, 5pm UK time", "The panel meets earlier.")
    event = AuditEvent.objects.get(type="round.closing_moved")
    assert event.facts["drafts"] == 1 and "one@" not in str(event.facts)


def test_a_later_closing_time_says_so_and_a_draft_round_tells_no_one(staff):
    round = open_round(closes_at=factories.at(2099, 2, 20, 12))
    started(round)
    services.update_round(by=staff, round=round, closes_at=factories.at(2099, 2, 28, 17))
    assert "it is now later" in OutboxEmail.objects.get().body and "Why:" not in OutboxEmail.objects.get().body
    quiet = factories.RoundFactory(is_announced=False)
    services.update_round(by=staff, round=quiet, closes_at=factories.at(2099, 2, 28, 17))
    assert not quiet.closing_moves.exists() and OutboxEmail.objects.count() == 1


def test_another_change_of_the_round_moves_no_closing_time(staff):
    round = open_round()
    started(round)
    services.update_round(by=staff, round=round, name="Another name", closes_at=round.closes_at)
    assert not OutboxEmail.objects.exists() and not round.closing_moves.exists()


def test_the_closing_time_of_an_announced_round_does_not_move_into_the_past(staff):
    with pytest.raises(ValidationError) as error:
        services.update_round(by=staff, round=open_round(), closes_at=clock.now() - MINUTE)
    assert "choose a time from now on" in refusal(error)


def test_a_round_is_reopened_before_results_are_out_and_never_after(staff):
    now = clock.now()
    round = open_round(opens_at=now - 9 * DAY, closes_at=now - DAY)
    services.update_round(by=staff, round=round, closes_at=now + DAY)
    assert round.stage == "Open"
    Release.objects.create(round=round, at=timezone.now())
    for closes in (now + 2 * DAY, now + MINUTE):
        with pytest.raises(StateConflict) as error:
            services.update_round(by=staff, round=Round.objects.get(pk=round.pk), closes_at=closes)
        assert "cannot be opened again" in refusal(error) and "Prepare a new round" in refusal(error)
    services.update_round(by=staff, round=Round.objects.get(pk=round.pk), name="Its name may change")


def test_a_round_does_not_open_later_once_applications_have_begun(staff):
    round = open_round()
    services.update_round(by=staff, round=round, opens_at=clock.now() + DAY)
    services.update_round(by=staff, round=round, opens_at=clock.now() - DAY)
    started(round)
    with pytest.raises(ValidationError, match="Applications have been started"):
        services.update_round(by=staff, round=round, opens_at=clock.now() + DAY)


def test_topics_and_delivery_models_are_added_but_not_taken_away_once_applications_have_begun(staff):
    round = open_round(delivery_models=["network"])
    more = [*round.topics.all(), factories.TopicFactory()]
    services.update_round(by=staff, round=round, topics=more[1:], delivery_models=["facilitator"])
    started(round)
    with pytest.raises(ValidationError, match="you can add topics but not take any away"):
        services.update_round(by=staff, round=round, topics=more[:1])
    with pytest.raises(ValidationError, match="you can add delivery models but not take any away"):
        services.update_round(by=staff, round=Round.objects.get(), delivery_models=["network"])
    services.update_round(by=staff, round=Round.objects.get(), topics=more, delivery_models=["facilitator", "network"])
    assert Round.objects.get().topics.count() == 2


# --- Recruitment ---------------------------------------------------------------------------------
def test_a_recruitment_round_is_for_a_network_and_needs_no_topics(staff):
    network = factories.SiteFactory(delivery_model="network")
    given = {"opens_at": clock.now() - DAY, "closes_at": clock.now() + DAY, "offered": "A fee", "asked": "Time"}
    round = services.add_round(by=staff, name="Coordinators", purpose="coordinators", recruits_for=network, **given)
    assert round.is_recruitment and services.announce_round(by=staff, round=round).stage == "Open"
    services.update_round(by=staff, round=Round.objects.get(), topics=[])
    other = factories.SiteFactory(delivery_model="demonstrator")
    with pytest.raises(ValidationError, match="Choose a network"):
        services.add_round(by=staff, name="Others", purpose="coordinators", recruits_for=other, **given)
    with pytest.raises(ValidationError, match="Only a recruitment round is for a network"):
        services.add_round(by=staff, name="Sites", delivery_models=["network"], recruits_for=network, **given)


def test_only_staff_move_times(leader, assessor):
    for user in (leader, assessor):
        with pytest.raises(PermissionDenied):
            services.update_round(by=user, round=open_round(), closes_at=clock.now() + 2 * DAY)
