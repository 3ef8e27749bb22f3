"""Sites side by side: the same figures as on their own pages, and a clear refusal of what cannot be compared."""

from datetime import date, timedelta

import pytest

from impact.core.basics import clock
from tests import factories
from tests.pages import html_of
from tests.sites.test_views import csv_text, text

pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]
JULY = date(2022, 7, 4)


def busy(name: str):
    """A site with something in each of its figures."""
    site = factories.SiteFactory(name=name, slug=name.lower(), unit_name="general practice")
    joined = factories.UnitFactory(site=site)
    joined.changes.create(state="joined", on=JULY)
    factories.UnitFactory(site=site)
    factories.MilestoneFactory(site=site, planned_on=JULY, actual_on=JULY)
    factories.MilestoneFactory(site=site, planned_on=JULY)
    factories.CommitmentFactory(site=site, state="kept", settled_on=JULY, outcome="Done.")
    factories.CommitmentFactory(site=site, due_on=JULY)
    factories.EvidenceItemFactory(sites=[site], kind="lived_experience")
    factories.CoproductionEntryFactory(site=site, on=clock.today() - timedelta(days=5), what_changed="Much.")
    factories.UptakeFactory(site=site)
    measure = factories.OutcomeMeasureFactory(site=site, name="Plans", baseline_value=10, baseline_on=date(2022, 6, 1))
    factories.ReadingFactory(measure=measure, on=JULY, value=12)
    factories.SiteRoleFactory(site=site)
    return site


def test_the_figures_agree_with_the_sites_own_pages(staff, sign_in):
    one, _two = busy("Harbour"), factories.SiteFactory(slug="quiet", name="Quiet")
    client = sign_in(staff)
    answer = client.get("/sites/compare/?site=harbour&site=quiet")
    cells = {
        row["label"]: [" / ".join(cell["lines"]) for cell in row["cells"]]
        for part in answer.context["table"]
        for row in part["rows"]
    }
    own = text(client.get(one.get_absolute_url()))
    assert cells["Coverage"] == ["1 of 2 joined (50%)", "No roster"]
    assert "50% 1 of 2 on the roster take part today" in own
    assert cells["Milestones"] == ["1 of 2 complete, 1 overdue", "None recorded"]
    delivery = own.split("Learning notes")[0]
    assert delivery.count(" Complete ") == 1 and "Overdue" in delivery
    assert cells["The host promises"] == ["1 of 2 kept, 1 overdue", "None recorded"]
    assert "The host promises 1 of 2 kept" in own
    for label in ("Co-production check", "Taken up elsewhere"):
        assert cells[label][0] in own
    assert cells["Evidence"][0].lower() in own.lower()
    assert cells["Reach"] == ["Plans: 12 people on 4 July 2022 (up 2 people, better)", "Not measured"]
    assert "Plans Reach 10 people 12 people 4 July 2022 Up 2 people, better" in own
    assert cells["Posts"] == ["1 appointed", "No posts"]
    assert cells["Perspectives involved"] == ["Carer", "None in this time"]


@pytest.mark.parametrize("number", [2, 3, 4])
def test_two_to_four_sites_stand_beside_each_other(number, staff, sign_in):
    slugs = [factories.SiteFactory(slug=f"site-no-{n}").slug for n in range(number)]
    answer = sign_in(staff).get("/sites/compare/", {"site": [*slugs, slugs[0], ""]})
    assert answer.status_code == 200 and [site.slug for site in answer.context["sites"]] == slugs


def test_more_than_four_and_unknown_and_hidden_sites_are_refused_in_words(staff, outsider, sign_in):
    slugs = [factories.SiteFactory().slug for _ in range(5)]
    client = sign_in(staff)
    answer = client.get("/sites/compare/", {"site": slugs})
    assert answer.status_code == 400 and "Choose at most 4 sites. You chose 5." in text(answer)
    for wrong in ("nowhere", "Ä b", "x" * 300):
        answer = client.get("/sites/compare/", {"site": [slugs[0], wrong]})
        assert answer.status_code == 400 and "does not exist" in text(answer)
    public = factories.UpdateFactory().site.slug
    answer = sign_in(outsider).get("/sites/compare/", {"site": [public, slugs[0]]})
    assert answer.status_code == 400 and not answer.context["sites"]
    assert public not in html_of(sign_in(outsider).get("/sites/compare/"))


def test_one_site_waits_for_another(staff, sign_in):
    slug = factories.SiteFactory(name="Harbour").slug
    answer = sign_in(staff).get("/sites/compare/", {"site": slug})
    assert answer.status_code == 200 and "Choose at least one more site above" in text(answer)
    assert f'value="{slug}" selected' in html_of(answer)


def test_the_comparison_is_a_file(staff, sign_in):
    busy("Harbour")
    factories.SiteFactory(slug="quiet", name="Quiet")
    lines = csv_text(sign_in(staff).get("/sites/compare/?site=harbour&site=quiet&format=csv")).splitlines()
    assert lines[0] == "Part,Figure,Harbour,Quiet"
    assert "Delivery,Coverage,1 of 2 joined (50%),No roster" in lines
