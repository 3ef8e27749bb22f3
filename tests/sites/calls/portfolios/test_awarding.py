"""A chosen application becomes a site in one step."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from impact.core.access.permissions import SYSTEM
from impact.core.basics.states import StateConflict
from sites.calls.applications.services import withdraw_application
from sites.calls.portfolios.deciding import services as deciding
from sites.calls.portfolios.deciding.awarding.services import award_application, near_organisations, promises_of
from sites.calls.portfolios.models import Award
from sites.organisations.models import Organisation
from sites.registry.models import Site
from tests import factories
from tests.pages import html_of
from tests.sites.calls.portfolios.build import released, weighed_round

pytestmark = pytest.mark.django_db


def given(application, **more):
    return {
        "organisation": None,
        "name": "Harbour Carers: shared diary",
        "delivery_model": "demonstrator",
        "topic": application.topic,
        "nations": ["wales"],
        "place": "Llanfair",
        "centre": ["A coach.", ""],
        "host": ["Share what you learn."],
        "money": Decimal(12_000),
        "in_kind": "Two days of coaching a week",
        **more,
    }


def test_a_statement_is_read_as_single_promises():
    text = "- **Funding** towards costs,\n  agreed with each\n- A coach\n\nWe also help\nwith words.\n\n1. And this"
    assert promises_of(text) == [
        "Funding towards costs, agreed with each",
        "A coach",
        "We also help with words.",
        "And this",
    ]


def test_an_award_makes_a_site_with_host_nation_commitments_and_money(staff):
    _round, rows = weighed_round(staff, 3)
    released(staff, rows)
    award = award_application(by=staff, application=rows[0], **given(rows[0]))
    site = award.site
    assert (site.host.name, site.host.kind, site.places, site.place) == ("Group 1", "carer_led", "Wales", "Llanfair")
    assert (site.origin, site.topic, site.delivery_model) == (Site.Origin.APPLICATION, rows[0].topic, "demonstrator")
    assert sorted(site.commitments.values_list("side", "text")) == [
        ("centre", "A coach."),
        ("host", "Share what you learn."),
    ]
    assert "£12,000 awarded" in site.origin_note and rows[0].reference in site.origin_note
    assert (award.money, award.in_kind) == (Decimal(12_000), "Two days of coaching a week")
    rows[0].refresh_from_db()
    assert rows[0].organisation == site.host


def test_an_application_from_a_region_of_england_becomes_a_site_on_the_map_there(staff, sign_in):
    round, rows = weighed_round(staff, 4)
    released(staff, [rows[3], *rows[:3]])
    client, address = sign_in(staff), f"/rounds/{round.slug}/decisions/{rows[3].reference}/award/"
    form = client.get(address).context["form"]
    assert form.initial["region"] == "london" and form.initial["nations"] == ["england"]
    sent = {name: value for name, value in form.initial.items() if value is not None}
    assert (
        client.post(address, {**sent, "organisation": "new", "nations": ["wales"]}).status_code == 200
    )  # not in Wales
    assert client.post(address, {**sent, "organisation": "new"}).status_code == 302
    assert Site.objects.get().region == "london"


def test_pressed_twice_there_is_one_site(staff, sign_in):
    round, rows = weighed_round(staff, 3)
    released(staff, rows)
    client = sign_in(staff)
    address = f"/rounds/{round.slug}/decisions/{rows[0].reference}/award/"
    page = html_of(client.get(address))
    assert "A coach." in page and "Share what you learn." in page and "They asked for £10,000." in page
    data = given(rows[0]) | {"organisation": "new", "topic": rows[0].topic_id, "centre": "A coach.", "host": "Share."}
    data["money"] = "10000"
    first = client.post(address, data)
    again = client.post(address, data)
    assert first["Location"] == again["Location"] == Award.objects.get().site.get_absolute_url()
    with pytest.raises(StateConflict, match="has become a site already"):
        award_application(by=staff, application=rows[0], **given(rows[0], name="Another name"))
    assert Site.objects.count() == 1


def test_an_organisation_with_a_similar_name_is_offered_and_the_same_name_never_doubled(staff):
    _round, rows = weighed_round(staff, 3)
    released(staff, rows)
    known = factories.OrganisationFactory(name="Group 1 Ltd")
    factories.OrganisationFactory(name="Something else entirely")
    assert near_organisations("Group 1") == [known]
    award = award_application(by=staff, application=rows[0], **given(rows[0], organisation=known))
    assert award.site.host == known and not Organisation.objects.filter(name="Group 1").exists()
    factories.OrganisationFactory(name="group 2")
    deciding.move_up(by=staff, decision=rows[1].decision, reason="A place is free.")
    with pytest.raises(ValidationError, match="on record already"):
        award_application(by=staff, application=rows[1], **given(rows[1], name="Another"))


def test_only_a_chosen_application_whose_applicant_was_told_becomes_a_site(staff):
    _round, rows = weighed_round(staff, 3)
    deciding.decide(by=staff, application=rows[0], outcome="chosen", reason="Best.")
    with pytest.raises(StateConflict, match="Release the decisions first"):
        award_application(by=staff, application=rows[0], **given(rows[0]))
    deciding.take_back(by=staff, decision=rows[0].decision)
    rows[0].refresh_from_db()
    released(staff, rows)
    with pytest.raises(StateConflict, match="Only an application that was chosen"):
        award_application(by=staff, application=rows[2], **given(rows[2]))
    withdraw_application(by=SYSTEM, application=rows[0])
    with pytest.raises(StateConflict, match="no longer in the running"):
        award_application(by=staff, application=rows[0], **given(rows[0]))
    assert not Site.objects.exists()


def test_a_commitment_that_is_too_long_is_named_by_its_line_and_nothing_is_made(staff, sign_in):
    _round, rows = weighed_round(staff, 3)
    released(staff, rows)
    with pytest.raises(ValidationError, match="Line 2 has 401 characters"):
        award_application(by=staff, application=rows[0], **given(rows[0], host=["Short.", "x" * 401]))
    factories.SiteFactory(name="Taken")
    with pytest.raises(ValidationError):
        award_application(by=staff, application=rows[0], **given(rows[0], name="Taken"))
    assert not Award.objects.exists() and not Organisation.objects.filter(name="Group 1").exists()
