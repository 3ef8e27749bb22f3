"""A round from its first draft to a site: what staff do, what a helper of an applicant may do, what leadership reads.

The round that is chosen from is the test's own, so that the one of the demonstration stays as the other tests need it.
"""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Platform
from tests.browser.test_applying import PLAN, Person, ask_for_link, first_answers, stored, token  # noqa: F401

NAME = "A round of our own"
CHOOSING = "A round to choose from"
MADE = f"""
import json
from impact.core.people.models import User
from sites.calls.assessment.models import RoundAssessor
from sites.calls.rounds.models import Round
from tests.sites.calls.portfolios.build import weighed_round
staff = User.objects.get(email="staff@impact.example")
round, rows = weighed_round(staff, count=4, slug="to-choose-from", name="{CHOOSING}")
people = User.objects.filter(assessor_in__round__slug="2023-24").distinct().order_by("pk")[:2]
for n, user in enumerate(people):
    RoundAssessor.objects.create(round=round, user=user, has_lived_experience=n == 0, most=20)
print(json.dumps([row.reference for row in rows]))
"""


def confirm(page: Page, name: str) -> None:
    """Press the button of the question that stands before something that cannot be taken back."""
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


@pytest.fixture(scope="module")
def round_to_choose_from(own_platform: Platform) -> list[str]:
    """The references of a round whose four applications have been assessed and whose targets are locked."""
    return json.loads(own_platform.shell(MADE))


def test_staff_prepare_a_round_build_its_questions_and_announce_it(open_as):
    page = open_as("staff")
    page.goto("/rounds/")
    page.get_by_role("link", name="Prepare a round").click()
    page.get_by_label("Expressions of interest in hosting a site").check()
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_label("Opens on").fill("2022-12-01")
    page.get_by_label("Closes on").fill("2023-03-31")
    page.get_by_role("group", name=re.compile("Topics")).get_by_role("checkbox").first.check()
    page.get_by_label("Facilitator", exact=True).check()
    page.get_by_label("What we offer").fill("A coach for a year.")
    page.get_by_label("What we ask in return").fill("Share what you learn.")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.locator("main")).to_contain_text("Only staff can see it until it is announced.")

    page.get_by_role("link", name="Application questions", exact=True).click()
    page.get_by_role("button", name="Prepare the questions").click()
    for block in ("Can you apply?", "About your organisation", "Your plan"):
        page.get_by_role("button", name=f"Add {block}", exact=True).click()
        expect(page.get_by_role("heading", name=re.compile(re.escape(block)))).to_be_visible()
    page.get_by_role("link", name="Preview", exact=True).click()
    page.get_by_role("button", name="Check these answers").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    page.go_back()
    page.go_back()
    page.get_by_role("link", name="Publish version 1").click()
    page.get_by_role("button", name=re.compile("^Publish")).click()
    expect(page.get_by_role("link", name="Version 1", exact=True)).to_be_visible()

    page.get_by_role("link", name="Overview", exact=True).click()
    page.get_by_role("button", name="Announce the round").click()
    confirm(page, "Announce")
    expect(page.get_by_role("link", name="Apply", exact=True)).to_be_visible()
    visitor = open_as("", PHONE)
    visitor.goto("/rounds/")
    visitor.get_by_role("link", name=NAME).first.click()
    visitor.get_by_role("link", name="Apply", exact=True).first.click()
    visitor.get_by_role("link", name="Start now").click()
    expect(visitor.locator("main")).to_contain_text("Does your organisation work in adult social care in the UK?")


def test_a_helper_writes_without_scripts_and_submits_nothing(open_as, token, stored):  # noqa: F811
    email, colleague = "owner@harbour.example", "helps@harbour.example"
    owner = Person(open_as(""))
    ask_for_link(owner, email)
    owner.page.goto(f"/application/{token(email)}/")
    owner.follow("Invite colleagues")
    owner.write("Your colleague’s email address", colleague)
    owner.press("Send link")
    helper = Person(open_as("", PHONE, java_script_enabled=False))
    page = helper.page
    page.goto(f"/application/{token(colleague)}/")
    tasks = page.url
    expect(page.locator("main")).to_contain_text("The applicant submits it.")
    expect(page.get_by_role("link", name="Withdraw this application")).to_have_count(0)
    helper.follow("Hosting a local network")
    first_answers(helper)
    helper.write("Whom could you bring together?", PLAN)
    helper.choose("Is there someone who could be the coordinator?", "No")
    helper.choose("How would people meet?", "Online")
    helper.press("Save and continue")
    page.wait_for_url("**/check/")
    expect(page.get_by_role("button", name="Submit application")).to_have_count(0)
    page.goto(f"{tasks}withdraw/")
    expect(page.locator("main")).to_contain_text("Only the applicant")
    assert stored(email)[0] == "draft" and PLAN in stored(email)[1].values()
    owner.page.goto(f"{tasks}check/")
    owner.tap(owner.page.get_by_label("I have read"))
    owner.press("Submit application")
    owner.page.wait_for_url("**/submitted/")
    page.goto(tasks)
    expect(page.locator("main")).to_contain_text("You submitted this application on")


def test_staff_assign_choose_tell_everyone_and_make_a_site(open_as, round_to_choose_from):
    page, base = open_as("staff"), "/rounds/to-choose-from/"
    page.goto(f"{base}assessment/assign/")
    button = page.get_by_role("button", name=re.compile(r"^Make \d+ assignments$"))
    number = (button.text_content() or "").split()[1]
    button.click()
    expect(page.locator("main")).to_contain_text(f"{number} assignments made.")

    page.goto(f"{base}portfolios/")
    page.get_by_role("link", name="Start a portfolio").first.click()
    page.get_by_label("Name").fill("The best two")
    page.get_by_role("button", name="Start portfolio").click()
    boxes = page.locator("[data-row] input[name=applications]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    expect(page.locator("[data-summary]")).to_contain_text("2 chosen")
    page.get_by_role("button", name="Save portfolio").click()
    expect(page.locator("main")).to_contain_text("Saved.")

    page.goto(f"{base}decisions/begin/")
    page.get_by_label("Portfolio").select_option(label="The best two")
    page.get_by_label("Why these are chosen").fill("The highest scores, within the targets.")
    page.get_by_label("Why the others are not chosen").fill("Lower scores, and there are two places.")
    page.get_by_label("Feedback for those not chosen").fill("A clear idea. Say more about who would take part.")
    page.get_by_role("button", name="Make these decisions").click()
    expect(page.locator("main")).to_contain_text("Decided: 2 chosen, 2 not chosen.")
    page.get_by_role("link", name="Preview letters and release").click()
    expect(page.locator("main")).to_contain_text("A clear idea. Say more about who would take part.")
    page.get_by_label("Name of the round").fill(CHOOSING)
    page.get_by_role("button", name="Release all decisions").click()
    expect(page.locator("main")).to_contain_text("Released. 4 letters go out by email.")

    page.goto(f"{base}decisions/?outcome=chosen")
    page.locator("main table a, main .divided a").filter(has_text="Group").first.click()
    page.get_by_role("link", name="Make it a site").click()
    expect(page.get_by_label("What the centre promises")).to_have_value("A coach.")
    page.get_by_role("button", name="Make it a site").click()
    expect(page.locator("main")).to_contain_text("The application is now a site.")
    expect(page.locator("main")).to_contain_text("Group")


def test_leadership_reads_the_mix_and_the_report_of_a_round_and_changes_nothing(open_as, round_to_choose_from):
    page, base = open_as("leadership"), "/rounds/to-choose-from/"
    page.goto("/rounds/")
    page.get_by_role("link", name=CHOOSING).first.click()
    page.get_by_role("link", name="Choosing", exact=True).click()
    expect(page.locator("main")).to_contain_text("Nation: Wales, at least 1")
    expect(page.get_by_role("button", name="Add target")).to_have_count(0)
    page.get_by_role("link", name="Portfolios", exact=True).click()
    page.get_by_role("link", name="The best two", exact=True).click()
    expect(page.locator("[data-summary]")).to_contain_text("2 chosen")
    expect(page.get_by_role("button", name="Save portfolio")).to_have_count(0)
    page.goto(f"{base}decisions/")
    expect(page.locator("main")).to_contain_text("The highest scores, within the targets.")
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.locator("main")).to_contain_text("Sites that came of it")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("^Excel")).click()
    assert download.value.suggested_filename.endswith(".xlsx")
    page.goto(f"{base}applications/")
    expect(page.locator("main")).not_to_contain_text("carers@harbour.example")
