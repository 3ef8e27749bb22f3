"""Applying as people do: on a phone with a bad line, without scripts, with a colleague; and every page looked at."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESKTOP, NARROW, PHONE, Platform

AXE = (Path(__file__).parents[1] / "vendor/axe.min.js").read_text()
ROUND = "/rounds/values-based-recruitment-places/"
THUMBS = 36 * 5  # characters that people type in a minute with two thumbs
PLAN = (
    "Two members who draw on care, two carers, three care workers, our commissioner and two other providers. We meet "
    "them already each month. Each would bring one thing about recruitment that they want to change."
)
STORED = """
import json
from sites.calls.applications.models import Application
a = Application.objects.get(email={email!r})
print(json.dumps([a.state, a.draft, [r.answers for r in a.revisions.all()]]))
"""
TOKEN = """
import re
from impact.core.jobs.models import OutboxEmail
print(re.search(r"/application/([\\w-]+)/", OutboxEmail.objects.filter(to={email!r}).latest("pk").body)[1])
"""


class Person:
    """Someone at a page, whose taps and letters are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps, self.letters = page, 0, 0

    def tap(self, there: Locator) -> None:
        there.click()
        self.taps += 1

    def write(self, label: str, text: str) -> None:
        self.tap(self.page.get_by_label(label, exact=True))
        self.page.get_by_label(label, exact=True).fill(text)
        self.letters += len(text)

    def choose(self, question: str, answer: str) -> None:
        self.tap(self.page.get_by_role("group", name=question).get_by_text(answer, exact=True))

    def press(self, name: str) -> None:
        self.tap(self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name: str) -> None:
        self.tap(self.page.get_by_role("link", name=name))


@pytest.fixture
def stored(own_platform: Platform):
    """``stored(email)`` is what the database holds of an application: state, draft, revisions."""
    return lambda email: json.loads(own_platform.shell(STORED.format(email=email)))


@pytest.fixture
def token(own_platform: Platform):
    """``token(email)`` is the end of the newest private link that was sent there."""
    return lambda email: own_platform.shell(TOKEN.format(email=email))


def ask_for_link(person: Person, email: str) -> None:
    """From the round's page to "Check your email"."""
    page = person.page
    page.goto(ROUND)
    person.tap(page.get_by_role("link", name="Apply", exact=True).first)
    person.follow("Start now")
    person.write("Your name", "Service manager")
    person.write("Email address", email)
    person.press("Send my link")
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()


def state(page: Page) -> Locator:
    return page.locator("#save-state")


def first_answers(person: Person) -> None:
    person.write("What is your organisation called?", "Harbour Carers")
    person.choose("What type of organisation is it?", "Carer-led organisation")
    person.choose("In which nation would the local network be?", "Wales")
    person.write("Which town, district or county?", "Llanfair")


def test_eight_questions_on_a_phone_with_a_lost_connection(open_as, line, token, stored):
    email = "phone@harbour.example"
    page = open_as("", PHONE, base_url=line.address)
    person = Person(page)
    ask_for_link(person, email)
    page.goto(f"/application/{token(email)}/")
    person.taps += 1  # the link in the email
    assert "/application/" not in page.url and token(email) not in page.content()
    person.follow("Hosting a local network")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    first_answers(person)
    expect(state(page)).to_contain_text("All changes saved", timeout=15_000)

    line.cut()
    person.write("Whom could you bring together?", PLAN)
    expect(state(page)).to_contain_text("kept on this device")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_label("Whom could you bring together?")).to_have_value(PLAN)  # the page is still there
    address, context = page.url, page.context
    page.close()
    assert "Whom" not in str(stored(email)) and PLAN not in str(stored(email)[1])
    person.page = page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(address)  # there is still no connection
    expect(page.get_by_label("Whom could you bring together?")).to_have_value(PLAN)
    expect(page.get_by_role("status").filter(has_text="Your words have been restored")).to_be_visible()
    line.mend()
    expect(state(page)).to_contain_text("All changes saved", timeout=45_000)
    assert PLAN in stored(email)[1].values()
    assert page.evaluate("Object.keys(localStorage)") == []

    expect(page.get_by_label("What would they bring?")).to_be_hidden()
    person.choose("Is there someone who could be the coordinator?", "Yes")
    person.write("What would they bring?", "She has run our carers' meetings for six years, in Welsh and English.")
    person.choose("How would people meet?", "Online")
    person.press("Save and continue")
    page.wait_for_url("**/check/")
    person.tap(page.get_by_label("I have read"))
    person.press("Submit application")
    page.wait_for_url("**/submitted/")
    reference = page.url.split("/")[-3]
    expect(page.get_by_text(f"Your reference is {reference}")).to_be_visible()
    kept, _draft, revisions = stored(email)
    assert kept == "submitted" and len(revisions) == 1 and len(revisions[0]) == 8
    minutes = person.letters / THUMBS
    print(
        f"\nEight questions: {person.taps} taps, {person.letters} letters, {minutes:.1f} minutes of typing with thumbs"
    )
    assert person.taps <= 24


def test_what_is_typed_before_the_script_arrives_is_saved_too(open_as, token, stored):
    email = "early@harbour.example"
    person = Person(open_as("", PHONE))
    page = person.page
    ask_for_link(person, email)
    page.goto(f"/application/{token(email)}/")
    section = page.get_by_role("link", name="Hosting a local network").get_attribute("href")
    held = []
    page.route(re.compile(r"/js/application[^/]*\.js"), lambda route: held.append(route))
    page.goto(section, wait_until="commit")
    page.get_by_label("What is your organisation called?", exact=True).fill("Typed early")
    expect(state(page)).to_have_text("Everything is saved")  # what the server wrote: the script has not run
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(state(page)).to_contain_text("All changes saved", timeout=15_000)
    assert "Typed early" in stored(email)[1].values()


def test_eight_questions_without_scripts(open_as, token, stored):
    email = "plain@harbour.example"
    person = Person(open_as("", PHONE, java_script_enabled=False))
    page = person.page
    ask_for_link(person, email)
    page.goto(f"/application/{token(email)}/")
    person.follow("Hosting a local network")
    first_answers(person)
    person.press("Save and come back later")
    expect(page.get_by_text("Your answers are saved.")).to_be_visible()
    person.follow("Hosting a local network")
    expect(page.get_by_label("What is your organisation called?")).to_have_value("Harbour Carers")
    person.write("Whom could you bring together?", "word " * 301)
    person.choose("Is there someone who could be the coordinator?", "No")
    expect(page.get_by_text("Only if you answer “Yes” to").first).to_be_visible()
    person.choose("How would people meet?", "Online")
    person.press("Save and continue")
    expect(page.get_by_role("alert")).to_contain_text("Your answer has 301 words.")
    person.write("Whom could you bring together?", PLAN)
    person.press("Save and continue")
    page.wait_for_url("**/check/")
    person.tap(page.get_by_label("I have read"))
    person.press("Submit application")
    page.wait_for_url("**/submitted/")
    person.follow("Download a PDF copy")
    person.press("Make the PDF")
    for _ in range(40):
        if page.get_by_role("link", name="Download the PDF").count():
            break
        page.wait_for_timeout(500)
        page.goto(page.url)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    assert stored(email)[0] == "submitted"


def test_a_colleague_helps_and_two_people_write_at_once_without_loss(open_as, token, stored):
    email, colleague = "lead@harbour.example", "colleague@harbour.example"
    lead = Person(open_as("", DESKTOP))
    ask_for_link(lead, email)
    lead.page.goto(f"/application/{token(email)}/")
    lead.follow("Invite colleagues")
    lead.write("Your colleague’s email address", colleague)
    lead.press("Send link")
    expect(lead.page.get_by_text("Not opened yet.")).to_be_visible()
    helper = Person(open_as("", PHONE))
    helper.page.goto(f"/application/{token(colleague)}/")
    expect(helper.page.get_by_text("You are helping with this application")).to_be_visible()
    helper.follow("Hosting a local network")
    lead.page.goto(helper.page.url)
    helper.write("Whom could you bring together?", PLAN)
    expect(state(helper.page)).to_contain_text("All changes saved", timeout=15_000)
    lead.write("Which town, district or county?", "Llanfair")
    expect(state(lead.page)).to_contain_text("All changes saved", timeout=15_000)
    assert PLAN in stored(email)[1].values() and "Llanfair" in stored(email)[1].values()

    lead.write("Whom could you bring together?", "The lead's own words")
    expect(state(lead.page)).to_contain_text("Someone else changed the same answer", timeout=15_000)
    lead.press("Save and continue")
    expect(lead.page.get_by_text("Saved now, by someone else:")).to_be_visible()
    expect(lead.page.get_by_label("Whom could you bring together?")).to_have_value("The lead's own words")
    assert PLAN in stored(email)[1].values()
    lead.page.goto(lead.page.url.split("section/")[0] + "people/")
    lead.tap(lead.page.get_by_role("button", name=re.compile("End this link")))
    lead.tap(lead.page.get_by_role("dialog").get_by_role("button", name="End link"))
    expect(lead.page.get_by_text(f"{colleague} can no longer open this application")).to_be_visible()
    helper.page.reload()
    expect(helper.page.get_by_role("heading", name="This link was ended")).to_be_visible()


def test_an_ended_session_costs_nothing(open_as, token, stored):
    email = "away@harbour.example"
    person = Person(open_as("", PHONE))
    ask_for_link(person, email)
    page = person.page
    page.goto(f"/application/{token(email)}/")
    person.follow("Hosting a local network")
    address = page.url
    page.context.clear_cookies(name="sessionid")
    person.write("Whom could you bring together?", PLAN)
    expect(state(page)).to_contain_text("Your words are kept on this device", timeout=15_000)
    expect(state(page).get_by_role("link", name="Ask for a new link")).to_be_visible()
    page.goto(f"/application/{token(email)}/")
    page.goto(address)
    expect(state(page)).to_contain_text("All changes saved", timeout=15_000)
    assert PLAN in stored(email)[1].values()


def test_counts_are_spoken_only_at_thresholds(open_as, token):
    email = "aloud@harbour.example"
    person = Person(open_as("", PHONE))
    ask_for_link(person, email)
    page = person.page
    page.goto(f"/application/{token(email)}/")
    person.follow("Hosting a local network")
    field = page.get_by_label("Whom could you bring together?")
    spoken = page.locator(f"[data-word-status='{field.get_attribute('id')}']")
    shown = page.locator(f"[data-word-count='{field.get_attribute('id')}']")
    field.fill("word " * 100)
    expect(shown).to_have_text("200 words left")
    page.wait_for_timeout(1500)
    expect(spoken).to_have_text("")
    field.fill("word " * 280)
    expect(spoken).to_have_text("20 words left", timeout=5000)
    field.fill("word " * 301)
    expect(spoken).to_have_text("1 word too many", timeout=5000)


# --- Every page ------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def pages_of_an_application(own_platform: Platform) -> tuple[str, list[str]]:
    """A private link to an application that has been submitted and changed since, and the ends of its pages."""
    made = own_platform.shell("""
import json
from impact.core.access.permissions import SYSTEM
from impact.core.jobs.models import OutboxEmail
from sites.calls.applications import services
from sites.calls.applications.applying import links
from sites.calls.applications.models import Application
from sites.calls.rounds.models import Round
round = Round.objects.get(slug="2023-24")
bodies = []
links.outbox.send_later = lambda **mail: bodies.append(mail["body"])
links.start_online(by=SYSTEM, round=round, email="look@harbour.example", contact_name="X", answers={})
application = Application.objects.get(email="look@harbour.example")
links.invite_helper(by=SYSTEM, application=application, email="other@harbour.example")
sections = list(dict.fromkeys(q.section_id for q in application.question_set.questions()))
token = bodies[0].split("/application/")[1].split("/")[0]
print(json.dumps([token, application.reference, sections]))
""")
    token, reference, sections = json.loads(made)
    base = f"/rounds/2023-24/apply/{reference}/"
    ends = ["", "check/", "people/", "answers/", "copy/", "withdraw/", "about-you/"]
    return token, [base + end for end in [*ends, *(f"section/{pk}/" for pk in sections)]]


def test_every_page_is_valid_accessible_and_fits(open_as, pages_of_an_application, tmp_path):
    token, addresses = pages_of_an_application
    page = open_as("", DESKTOP)
    page.goto(f"/application/{token}/")
    apply = "/rounds/2023-24/apply/"
    addresses = [apply, f"{apply}who-can-apply/", f"{apply}return/", f"{apply}check-your-email/", *addresses]
    problems = []
    for n, address in enumerate(addresses):
        page.set_viewport_size(DESKTOP)
        page.goto(address)
        (tmp_path / f"{n}.html").write_text(page.request.get(address).text())
        page.evaluate(AXE)
        for size in (DESKTOP, PHONE, NARROW):
            page.set_viewport_size(size)
            found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            problems += [f"{address} at {size['width']}: {v['id']} {v['nodes'][0]['html'][:160]}" for v in found]
            width = page.evaluate("document.documentElement.scrollWidth")
            problems += [f"{address}: {width} px"] if width > size["width"] else []
    jar = os.environ.get("VNU_JAR")
    assert jar, "The Nu HTML checker is missing; ./test installs it"
    checked = subprocess.run(
        ["java", "-jar", jar, "--format", "json", *map(str, sorted(tmp_path.glob("*.html")))],
        capture_output=True,
        text=True,
        check=False,
    )
    problems += [
        f"{addresses[int(Path(m['url']).stem)]}: {m['message']}" for m in json.loads(checked.stderr)["messages"]
    ]
    assert not problems, "\n".join(problems)
