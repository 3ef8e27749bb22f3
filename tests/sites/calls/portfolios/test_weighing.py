"""Targets, the lock before scores are seen, portfolios and suggestions: the services and what people see."""

import json
import re
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from impact.core.access.permissions import SYSTEM
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from sites.calls.applications.services import withdraw_application
from sites.calls.portfolios.characteristics import CHARACTERISTICS, groups_of, traits_of
from sites.calls.portfolios.models import Mix, Portfolio
from sites.calls.portfolios.weighing import services
from sites.calls.portfolios.weighing.candidates import candidates_of
from sites.calls.portfolios.weighing.figures import figures
from sites.calls.portfolios.weighing.suggesting import clash_of, suggest_for
from tests.pages import html_of
from tests.sites.calls.applications.build import open_round, submitted
from tests.sites.calls.portfolios.build import assessed, weighed_round

pytestmark = pytest.mark.django_db


def at(round, rest=""):
    return f"/rounds/{round.slug}/{rest}"


# --- Characteristics -----------------------------------------------------------------------------
def test_every_characteristic_has_values_in_a_round_and_an_application_has_traits(staff):
    round = open_round()
    application = submitted(round)
    assert [group.name for group in groups_of(round)] == list(CHARACTERISTICS)
    (row,) = candidates_of(round, with_values=False)
    topic = round.topics.first().slug
    assert {
        "nation:wales",
        "area:rural",
        "needs:carers",
        "needs:older",
        "is_first_time:yes",
        f"topic:{topic}",
    } <= row.traits
    assert {"is_under_pressure:no", "organisation_kind:carer_led", "delivery_model:demonstrator"} <= row.traits
    assert (row.reference, row.money, row.value) == (application.reference, Decimal(12_000), None)


def test_an_answer_that_was_not_given_is_no_trait():
    empty = dict.fromkeys(CHARACTERISTICS, "") | {"needs": [], "is_first_time": None}
    empty |= {"is_user_led": None, "is_under_pressure": False}
    assert traits_of(empty) == {"is_under_pressure:no"}


# --- Targets -------------------------------------------------------------------------------------
def test_targets_are_set_in_words_and_locked_for_good(staff):
    round = open_round()
    services.set_limits(by=staff, round=round, most=12, money=Decimal(150_000))
    services.add_target(by=staff, round=round, trait="nation:wales", bound="at_least", number=2)
    mix = services.lock_mix(by=staff, round=round)
    assert [each.words for each in services.wishes_of(mix).targets] == ["Nation: Wales, at least 2"]
    assert mix.locked_by == staff and mix.lock_reason == ""
    for change in (
        lambda: services.set_limits(by=staff, round=round, most=13, money=None),
        lambda: services.add_target(by=staff, round=round, trait="area:rural", bound="at_least", number=1),
        lambda: services.remove_target(by=staff, target=mix.targets.get()),
        lambda: services.lock_mix(by=staff, round=round),
    ):
        with pytest.raises(StateConflict, match="locked"):
            change()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"trait": "nation:france", "bound": "at_least", "number": 1}, "Choose what to count"),
        ({"trait": "nation:wales", "bound": "at_least", "number": 0}, "1 or more"),
        ({"trait": "nation:wales", "bound": "at_least", "number": 6}, "only 5 places"),
        ({"trait": "nation:england", "bound": "at_least", "number": 4}, "at least 4 and at most 3"),
        ({"trait": "nation:england", "bound": "at_most", "number": 2}, "target for this already"),
    ],
)
def test_a_target_that_cannot_be_is_refused_in_words(staff, given, message):
    round = open_round()
    services.set_limits(by=staff, round=round, most=5, money=None)
    services.add_target(by=staff, round=round, trait="nation:england", bound="at_most", number=3)
    with pytest.raises(ValidationError, match=message):
        services.add_target(by=staff, round=round, **given)


def test_fewer_places_than_a_target_asks_for_are_refused(staff):
    round = open_round()
    services.add_target(by=staff, round=round, trait="nation:wales", bound="at_least", number=4)
    with pytest.raises(ValidationError, match="at least 4"):
        services.set_limits(by=staff, round=round, most=3, money=None)


def test_only_staff_set_targets(leader):
    round = open_round()
    with pytest.raises(PermissionDenied):
        services.add_target(by=leader, round=round, trait="nation:wales", bound="at_least", number=1)
    with pytest.raises(PermissionDenied):
        services.lock_mix(by=leader, round=round)


def test_a_lock_after_an_assessment_was_submitted_needs_a_reason_which_is_shown(staff, sign_in):
    round = open_round()
    assessed(submitted(round), 3)
    services.set_limits(by=staff, round=round, most=5, money=None)
    with pytest.raises(ValidationError, match="Say why you lock only now"):
        services.lock_mix(by=staff, round=round)
    client = sign_in(staff)
    assert "Scores may have been seen" in html_of(client.get(at(round, "mix/")))
    page = html_of(client.post(at(round, "mix/lock/"), {"is_sure": "on"}))
    assert "Say why the targets are locked only after an assessment was submitted" in page
    client.post(at(round, "mix/lock/"), {"is_sure": "on", "reason": "The panel met late."})
    assert "The panel met late." in html_of(client.get(at(round, "mix/")))


def test_the_page_of_targets_says_which_cannot_be_met_together_before_any_score(staff, sign_in):
    round = open_round()
    submitted(round, nation="wales")
    submitted(round, nation="scotland")
    client = sign_in(staff)
    client.post(at(round, "mix/"), {"limits": "yes", "most": "2", "money": "", "version": "1"})
    for nation in ("wales", "scotland"):
        client.post(
            at(round, "mix/"), {"target": "yes", "trait": f"nation:{nation}", "bound": "at_least", "number": "1"}
        )
    page = html_of(client.get(at(round, "mix/")))
    assert "All of these can be met" in page and "Nation: Wales, at least 1" in page
    client.post(
        at(round, "mix/"), {"limits": "yes", "most": "2", "money": "20000", "version": str(Mix.objects.get().version)}
    )
    page = html_of(client.get(at(round, "mix/")))
    assert "These cannot all be met with the 2 applications" in page
    assert clash_of(Mix.objects.get()) == [
        "Nation: Wales, at least 1",
        "Nation: Scotland, at least 1",
        "Money, at most £20,000",
    ] or set(clash_of(Mix.objects.get())) == {
        "Nation: Wales, at least 1",
        "Nation: Scotland, at least 1",
        "Money, at most £20,000",
    }


def test_the_second_of_two_who_change_the_limits_sees_both(staff, sign_in):
    round = open_round()
    services.set_limits(by=staff, round=round, most=5, money=None)
    version = Mix.objects.get().version
    services.set_limits(by=staff, round=round, most=6, money=None)
    response = sign_in(staff).post(at(round, "mix/"), {"limits": "yes", "most": "9", "money": "", "version": version})
    assert response.status_code == 409 and "What is saved now" in html_of(response)


# --- Portfolios ----------------------------------------------------------------------------------
def test_a_portfolio_is_saved_renamed_copied_and_removed(staff):
    round, rows = weighed_round(staff)
    portfolio = services.add_portfolio(by=staff, round=round, name=" First  try ", applications=[rows[0].pk])
    assert portfolio.name == "First try"
    with pytest.raises(ValidationError, match="portfolio of that name"):
        services.add_portfolio(by=staff, round=round, name="First try")
    services.update_portfolio(by=staff, portfolio=portfolio, name="Second try", applications=[rows[1].pk, rows[2].pk])
    withdraw_application(by=SYSTEM, application=rows[1])
    copied = services.copy_portfolio(by=staff, portfolio=portfolio, name="Copy")
    assert list(copied.applications.all()) == [rows[2]]  # what was withdrawn is not copied
    services.remove_portfolio(by=staff, portfolio=portfolio)
    assert Portfolio.objects.get() == copied


def test_an_application_that_was_withdrawn_or_is_of_another_round_cannot_be_added(staff):
    round, rows = weighed_round(staff, 2)
    other = submitted(open_round(name="Another round", slug="another"))
    withdraw_application(by=SYSTEM, application=rows[0])
    for application in (rows[0], other):
        with pytest.raises(ValidationError, match="can no longer be chosen"):
            services.add_portfolio(by=staff, round=round, name="Mine", applications=[application.pk])


def test_ticks_show_the_mix_at_once_with_update_and_are_kept_with_save(staff, sign_in):
    round, rows = weighed_round(staff)
    portfolio = services.add_portfolio(by=staff, round=round, name="Mine")
    client = sign_in(staff)
    ticks = {"applications": [rows[0].pk, rows[2].pk, rows[3].pk], "version": portfolio.version}
    page = html_of(client.post(portfolio.get_absolute_url(), {**ticks, "update": "yes"}))
    assert "3 chosen, £30,000. 2 of 3 targets and limits met." in page
    assert "3 of 2" in page and "1 too many" in page  # places
    assert "£30,000 of £30,000" in page and "1 of 1" in page
    assert not portfolio.applications.exists()
    client.post(portfolio.get_absolute_url(), {**ticks, "save": "yes"})
    assert portfolio.applications.count() == 3


def test_filters_hide_rows_and_lose_no_tick(staff, sign_in):
    round, rows = weighed_round(staff)
    portfolio = services.add_portfolio(by=staff, round=round, name="Mine")
    data = {"applications": [rows[0].pk, rows[2].pk], "show_nation": "nation:scotland", "version": 1}
    page = html_of(sign_in(staff).post(portfolio.get_absolute_url(), {**data, "update": "yes"}))
    assert "Showing 1 of 6 applications." in page and "Group 3" in page and "Group 4" not in page
    assert re.search(rf'<input type="hidden" name="applications" value="{rows[0].pk}"', page)
    assert "2 chosen" in page


def test_the_second_of_two_who_save_ticks_sees_what_differs_and_keeps_their_own(staff, sign_in):
    round, rows = weighed_round(staff)
    portfolio = services.add_portfolio(by=staff, round=round, name="Mine")
    services.update_portfolio(by=staff, portfolio=portfolio, applications=[rows[0].pk])
    data = {"applications": [rows[1].pk], "version": 1, "save": "yes"}
    response = sign_in(staff).post(portfolio.get_absolute_url(), data)
    page = html_of(response)
    assert response.status_code == 409
    assert "Only in what is saved now: Group 1" in page and "Only in what you ticked: Group 2" in page
    assert list(portfolio.applications.all()) == [rows[0]]
    with pytest.raises(Conflict):
        services.update_portfolio(by=staff, portfolio=portfolio, expected=1, applications=[rows[2].pk])


def test_scores_are_hidden_until_the_targets_are_locked(staff, sign_in):
    round = open_round()
    application = submitted(round)
    assessed(application, 3, 2)  # 62.5
    portfolio = services.add_portfolio(by=staff, round=round, name="Mine", applications=[application.pk])
    client = sign_in(staff)
    for address in (portfolio.get_absolute_url(), at(round, "portfolios/"), at(round, "mix/")):
        page = html_of(client.get(address))
        assert "62.5" not in page and "6250" not in page, address
    assert client.get(at(round, "portfolios/suggest/")).status_code == 302
    services.set_limits(by=staff, round=round, most=3, money=None)
    services.lock_mix(by=staff, round=round, reason="Late.")
    assert "62.5" in html_of(client.get(portfolio.get_absolute_url()))


def test_a_withdrawn_application_no_longer_counts_and_the_page_says_so(staff, sign_in):
    round, rows = weighed_round(staff, 3)
    portfolio = services.add_portfolio(by=staff, round=round, name="Mine", applications=[row.pk for row in rows])
    withdraw_application(by=SYSTEM, application=rows[0])
    page = html_of(sign_in(staff).get(portfolio.get_absolute_url()))
    assert "2 chosen" in page and f"{rows[0].reference} (withdrawn)" in page and "does not count any more" in page


def test_leadership_reads_portfolios_and_changes_nothing(leader, staff, sign_in):
    round, rows = weighed_round(staff, 2)
    portfolio = services.add_portfolio(by=staff, round=round, name="Mine", applications=[rows[0].pk])
    client = sign_in(leader)
    page = html_of(client.get(portfolio.get_absolute_url()))
    assert "Group 1" in page and "Save portfolio" not in page and "@" not in page.split("<main")[1].split("</main")[0]
    assert client.post(portfolio.get_absolute_url(), {"save": "yes", "version": 1}).status_code == 403
    assert portfolio.applications.count() == 1


def test_two_portfolios_side_by_side_say_what_is_only_in_one(staff, sign_in):
    round, rows = weighed_round(staff, 4)
    one = services.add_portfolio(by=staff, round=round, name="One", applications=[rows[0].pk, rows[1].pk])
    two = services.add_portfolio(by=staff, round=round, name="Two", applications=[rows[1].pk, rows[2].pk, rows[3].pk])
    client = sign_in(staff)
    page = html_of(client.get(at(round, f"portfolios/compare/?p={one.pk}&p={two.pk}")))
    only_one = page.split("Only in One")[1].split("Only in Two")[0]
    assert "Group 1" in only_one and "Group 2" not in only_one
    assert "Group 2" in page.split("In all of them")[1] and "1 too many" in page
    assert client.get(at(round, f"portfolios/compare/?p={one.pk}")).status_code == 302


@pytest.mark.parametrize("address", ["portfolios/", "portfolios/{pk}/", "decisions/", "report/"])
def test_pages_take_as_many_queries_for_one_application_as_for_many(staff, sign_in, address):
    def count(rows: int, slug: str) -> int:
        round, made = weighed_round(staff, rows, name=f"Round {slug}", slug=slug)
        portfolio = services.add_portfolio(by=staff, round=round, name="Mine", applications=[row.pk for row in made])
        client = sign_in(staff)
        url = at(round, address.format(pk=portfolio.pk))
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    assert count(1, "small") == count(8, "large")


# --- Suggestions ---------------------------------------------------------------------------------
def test_the_best_mix_within_the_targets_is_suggested_with_what_each_costs(staff):
    round, rows = weighed_round(staff)
    answer = suggest_for(services.mix_of(round))
    assert [row.name for row in answer.mixes[0].candidates] == sorted(
        ["Group 1", "Group 2"], key=lambda name: next(row.reference for row in rows if row.organisation_name == name)
    )
    assert answer.mixes[0].figures.value == 87.5 + 75.0
    values = [each.figures.value for each in answer.mixes]
    assert values == sorted(values, reverse=True) and len(values) == 3
    assert {cost.words: cost.value for cost in answer.costs} == {
        "Nation: Wales, at least 1": 0.0,
        "Money, at most £30,000": 0.0,
    }


def test_fixed_and_left_out_applications_are_kept_to_and_clashes_named(staff):
    round, rows = weighed_round(staff)
    answer = suggest_for(services.mix_of(round), picks=[rows[5].pk], left_out=[rows[0].pk], mixes=1)
    assert {row.name for row in answer.mixes[0].candidates} == {"Group 2", "Group 6"}
    answer = suggest_for(services.mix_of(round), left_out=[rows[0].pk, rows[1].pk])
    assert answer.clash == ["Nation: Wales, at least 1", "Never in: Group 1, Group 2"] or set(answer.clash) == {
        "Nation: Wales, at least 1",
        "Never in: Group 1, Group 2",
    }
    answer = suggest_for(services.mix_of(round), picks=[rows[0].pk], left_out=[rows[0].pk])
    assert answer.problem == "Group 1: always in and never in at once. Choose one of them."


def test_applications_that_no_one_assessed_are_left_aside_unless_fixed(staff):
    round, _rows = weighed_round(staff, 3)
    new = submitted(round, organisation_name="Late group", money="10000.00")
    answer = suggest_for(services.mix_of(round), mixes=1)
    assert answer.unassessed == 1 and "Late group" not in {row.name for row in answer.mixes[0].candidates}
    answer = suggest_for(services.mix_of(round), picks=[new.pk], mixes=1)
    assert "Late group" in {row.name for row in answer.mixes[0].candidates}


def test_a_suggestion_is_shown_and_kept_as_a_portfolio_marked_as_suggested(staff, sign_in):
    round, rows = weighed_round(staff)
    client = sign_in(staff)
    key = services.wishes_of(services.mix_of(round)).targets[0].key
    page = html_of(
        client.get(at(round, f"portfolios/suggest/?ask=yes&mixes=2&targets=places&targets=money&targets={key}"))
    )
    assert "Mix 1" in page and "Mix 2" in page and "Mix 3" not in page
    assert "Value 162.5. 2 applications, £20,000. 3 of 3 targets and limits met." in page
    assert "What each target costs" in page and "Nothing" in page
    assert not Portfolio.objects.exists()  # until someone keeps one
    data = {"applications": [rows[0].pk, rows[1].pk], "name": "Suggestion 1"}
    client.post(at(round, "portfolios/suggest/keep/"), data)
    kept = Portfolio.objects.get()
    assert kept.is_suggested and set(kept.applications.all()) == {rows[0], rows[1]}


def test_targets_that_cannot_all_be_met_are_named_on_the_page(staff, sign_in):
    round, rows = weighed_round(staff)
    left = "&".join(f"left_out={row.pk}" for row in rows[:2])
    key = services.wishes_of(services.mix_of(round)).targets[0].key
    page = html_of(sign_in(staff).get(at(round, f"portfolios/suggest/?ask=yes&targets=places&targets={key}&{left}")))
    assert "No mix can keep to all of this" in page
    assert "<li>Nation: Wales, at least 1</li>" in page and "<li>Never in: Group 1, Group 2</li>" in page


def test_the_command_prints_the_mixes_as_json_or_says_why_not(staff, capsys):
    round, rows = weighed_round(staff)
    call_command("suggest_mix", round.slug, "--json", "--mixes", "2")
    data = json.loads(capsys.readouterr().out)
    assert data["mixes"][0]["value"] == 162.5 and len(data["mixes"]) == 2
    assert set(data["mixes"][0]["applications"]) == {rows[0].reference, rows[1].reference}
    assert data["mixes"][0]["targets"][0]["is_met"] is True and data["clash"] == []
    call_command("suggest_mix", round.slug)
    assert "Mix 1: value 162.5, 2 applications, £20,000." in capsys.readouterr().out
    with pytest.raises(CommandError, match="no round with the slug none"):
        call_command("suggest_mix", "none")
    other = open_round(name="Another", slug="another")
    with pytest.raises(CommandError, match="Lock the targets first"):
        call_command("suggest_mix", other.slug)


def test_figures_count_each_trait_once_and_values_in_hundredths(staff):
    round, _rows = weighed_round(staff, 3)
    mix = services.mix_of(round)
    found = figures(candidates_of(round, with_values=True), services.wishes_of(mix), groups_of(round))
    spread = {tally.trait: tally.count for _group, tallies in found.spread for tally in tallies}
    assert (spread["nation:wales"], spread["nation:scotland"], spread["needs:carers"]) == (2, 1, 3)
    assert found.value == 87.5 + 75.0 + 62.5 and found.unassessed == 0
