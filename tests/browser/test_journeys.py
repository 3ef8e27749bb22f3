"""What each person comes for, done in a real browser on a phone or a laptop, with and without scripts.

The journeys share one platform and run in order; each works on rows of its own, and the report's comes last.
"""

import hashlib
import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE

NO_SCRIPTS = {"java_script_enabled": False}


def said(page: Page, index: int):
    """The fields of one contribution on the log."""
    return page.locator(f"#said-{index}")


def test_a_coordinator_logs_a_meeting_on_a_phone(open_as):
    page = open_as("coordinator.ni", PHONE)
    page.goto("/")
    page.get_by_role("link", name="Log meeting 1 of Choice and control, Northern Ireland").click()
    page.get_by_role("button", name="Everyone came").click()
    person = page.get_by_role("group", name=re.compile("Birch Pearl"))
    person.get_by_label("Apologies").check()
    guests = page.locator("[data-repeat=guests]")
    guests.get_by_label("Name, or what to call them").first.fill("A support worker")
    said(page, 0).get_by_label("Barrier", exact=True).check()
    said(page, 0).get_by_label("What was said").fill("The bus comes twice a day, so every choice is a long wait.")
    said(page, 0).get_by_label("Theme", exact=True).fill("place and availability")
    said(page, 0).get_by_label("Systemic", exact=True).check()
    page.get_by_role("button", name="Add another").click()
    second = page.locator("[data-repeat=said] .log-row").nth(1)
    second.get_by_label("Enabler", exact=True).check()
    second.get_by_label("What was said").fill("Someone asked me again after the summer.")
    second.get_by_label("Theme", exact=True).fill("Being asked")
    page.get_by_role("textbox", name="What was decided").first.fill("We start with travel next time.")
    page.get_by_role("textbox", name="What will be done").first.fill("Ask the council for the bus plan")
    page.get_by_label("Due date").first.fill("2023-02-10")
    page.get_by_label("Anything else").fill("A **good** first meeting.")
    expect(page.locator("#save-state")).to_contain_text("saved at", timeout=15_000)
    page.get_by_role("button", name="Finish the log").click()
    expect(page.locator("main")).to_contain_text("Logged")
    expect(page.locator("main")).to_contain_text("The bus comes twice a day")
    expect(page.locator("main")).to_contain_text("Ask the council for the bus plan")
    page.goto("/")
    expect(page.get_by_role("link", name="Log meeting 1 of Choice and control, Northern Ireland")).to_have_count(0)


def test_staff_see_at_once_what_the_meeting_means_across_nations(open_as):
    page = open_as("staff")
    page.goto("/networks/choice-and-control/")
    expect(page.locator("main")).not_to_contain_text("Northern Ireland has not yet reported on meeting 1")
    expect(page.locator("main")).to_contain_text("Northern Ireland has not yet reported on meeting")
    page.get_by_role("link", name="Place and availability").first.click()
    expect(page.locator("main")).to_contain_text("The bus comes twice a day")


def test_a_meeting_is_logged_without_scripts_and_a_mistake_loses_nothing(open_as):
    page = open_as("coordinator.wales", PHONE, **NO_SCRIPTS)
    page.goto("/")
    page.get_by_role("link", name="Log meeting 3 of Choice and control, Wales").click()
    page.get_by_role("button", name="Everyone came").click()
    row = said(page, 0)
    row.get_by_label("What was said").fill("A trial week showed that it works.")
    page.get_by_label("Anything else").fill("Notes that must not be lost.")
    page.get_by_role("button", name="Finish the log").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    expect(page.get_by_label("Anything else")).to_have_value(re.compile("Notes that must not be lost."))
    expect(page.locator("body")).to_contain_text("A trial week showed that it works.")
    said(page, 0).get_by_label("Solution", exact=True).check()
    page.get_by_role("button", name="Finish the log").click()
    expect(page.locator("main")).to_contain_text("Notes that must not be lost.")
    expect(page.locator("main")).to_contain_text("A trial week showed that it works.")


def test_manager_and_coordinator_debrief_without_scripts(open_as):
    page = open_as("staff", **NO_SCRIPTS)
    page.goto("/")
    page.get_by_role("link", name="Debrief meeting 3 of Choice and control, Scotland").click()
    page.get_by_label("What went well").fill("Everybody spoke.")
    page.get_by_label("What you agreed for next time").fill("Begin with a story from a member.")
    page.get_by_role("button", name="Complete meeting").click()
    expect(page.locator("main")).to_contain_text("Complete")
    expect(page.locator("main")).to_contain_text("Begin with a story from a member.")


def test_a_member_says_where_they_stand_on_a_phone(open_as):
    page = open_as("member", PHONE)
    page.goto("/")
    page.get_by_role("link", name="Say where you stand on version 3 of the charter").click()
    page.get_by_label("Agree, with a reservation").check()
    page.get_by_role("button", name="Send my answer").click()
    expect(page.get_by_role("alert")).to_contain_text("why")
    page.get_by_label(re.compile("Your reason")).fill("The part on time should name evenings.")
    page.get_by_role("button", name="Send my answer").click()
    expect(page.locator("main")).to_contain_text("you said: Agree, with a reservation")
    page.goto("/")
    expect(page.locator("main")).not_to_contain_text("Say where you stand")


def test_a_member_suggests_a_change_without_scripts_and_gets_an_answer(open_as):
    words = "Please say that cameras may stay off."
    member = open_as("member", **NO_SCRIPTS)
    member.goto("/co-production/")
    member.get_by_role("link", name="Read the charter").first.click()
    member.get_by_text(re.compile(r"^\s*Suggest\s+a\s+change")).first.click()
    box = member.get_by_label("What should change, and why?").first
    box.fill(words)
    box.locator("xpath=ancestor::form").get_by_role("button", name="Send suggestion").click()
    expect(member.locator("main")).to_contain_text(words)

    lead = open_as("engagement", **NO_SCRIPTS)
    lead.goto("/")
    lead.get_by_role("link", name=re.compile("Answer .* on the charter")).click()
    lead.locator(".card").filter(has_text=words).locator("h2 a").click()
    lead.get_by_label(re.compile("^Taken in$")).check()
    lead.get_by_label("Answer to the member").fill("Yes. It is in the next draft.")
    lead.get_by_role("button", name="Save answer").click()
    expect(lead.locator("main")).to_contain_text("Yes. It is in the next draft.")

    member.reload()
    expect(member.locator("main")).to_contain_text("Yes. It is in the next draft.")


def test_a_charter_saves_itself_while_it_is_written_and_shows_a_preview(open_as):
    page = open_as("engagement")
    page.goto("/co-production/groups/coordinators-circle/start/")
    page.get_by_role("button", name="Start").click()
    boxes = page.locator("[data-charter-edit] textarea")
    page.locator("[data-preview-button]").first.click()
    boxes.nth(0).fill("We meet **each** month.")
    boxes.nth(1).fill("Everybody may speak.")
    expect(page.locator("[data-preview-text] strong").first).to_have_text("each")
    expect(page.locator("#save-state")).to_contain_text("All changes saved at")
    page.get_by_role("link", name="Add a section").click()
    expect(page).to_have_url(re.compile("edit/section/"))
    page.get_by_role("link", name="Cancel").click()
    expect(boxes.nth(0)).to_have_value("We meet **each** month.")
    expect(boxes.nth(1)).to_have_value("Everybody may speak.")
    page.locator("button[value^='down:']").first.click()
    expect(page.locator("main")).to_contain_text("is now section 2 of")
    expect(page.locator("button[value^='down:']").nth(1)).to_be_focused()


def test_an_assessor_reads_the_open_call_and_sees_no_meetings(open_as):
    page = open_as("assessor", PHONE)
    page.goto("/")
    page.locator("main").get_by_role("link", name=re.compile("Expressions of interest")).first.click()
    expect(page.locator("main")).to_contain_text("28 February 2023")
    expect(page.locator("main")).to_contain_text("co-production")
    response = page.goto("/meetings/1/")
    assert response.status == 404


def test_an_administrator_invites_someone_and_they_come_in(open_as):
    page = open_as("admin")
    page.goto("/people/invite/")
    page.get_by_label("Full name").fill("Newcomer Finch")
    page.get_by_label("Email address").fill("finch@impact.example")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.locator("main")).to_contain_text("Invitation sent to finch@impact.example")
    page.get_by_role("button", name=re.compile("Withdraw the invitation to finch")).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.locator("main")).to_contain_text("finch@impact.example")


def test_signing_in_works_without_scripts_and_says_what_was_wrong(open_as):
    page = open_as("", PHONE, **NO_SCRIPTS)
    page.goto("/accounts/login/")
    page.get_by_label("Email address").fill("member@impact.example")
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("main")).to_contain_text("is incorrect")
    expect(page.get_by_label("Email address")).to_have_value("member@impact.example")
    page.get_by_label("Password", exact=True).fill("impact-demo-2022")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")


def test_the_keyboard_alone_reaches_the_content_and_signs_out(open_as):
    page = open_as("member")
    page.goto("/")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Skip to main content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_report_is_built_approved_published_and_downloaded(open_as):
    """Leadership sends back what it approved, staff write and build, a worker makes the edition while the page shows how
    far it is, leadership approves."""
    leader = open_as("leadership", PHONE)
    leader.goto("/reports/2022/")
    leader.get_by_role("link", name="Send it back").click()
    leader.locator("main form").get_by_label(re.compile("Why|What")).first.fill("One more paragraph.")
    leader.locator("main form").get_by_role("button").last.click()

    staff = open_as("staff")
    staff.goto("/reports/2022/")
    staff.get_by_role("link", name="Good practice").first.click()
    box = staff.locator("textarea").first
    box.fill(box.input_value() + "\n\nOne more practice worth telling: the quiet minute.")
    with staff.expect_navigation():
        staff.locator("main form").get_by_role("button", name=re.compile("Save")).first.click()
    staff.goto("/reports/2022/")
    staff.get_by_role("button", name="Build a new edition").click()
    expect(staff.locator("progress").or_(staff.get_by_text("Edition 2")).first).to_be_visible()
    expect(staff.locator("main")).to_contain_text("Edition 2", timeout=90_000)
    staff.goto("/reports/2022/")
    staff.get_by_role("link", name="Send to the leadership team").click()
    staff.locator("main form").get_by_role("button").last.click()

    leader.goto("/")
    with leader.expect_download() as download:
        leader.get_by_role("link", name=re.compile("Download the report")).click()
    data = download.value.path().read_bytes()
    assert data.startswith(b"%PDF-") and download.value.suggested_filename.endswith("2022-edition-2.pdf")
    leader.goto("/reports/2022/")
    leader.get_by_role("link", name=re.compile("Approve")).first.click()
    leader.locator("main form").get_by_role("button", name=re.compile("Approve")).click()
    expect(leader.locator("main")).to_contain_text("Approved")

    staff.goto("/reports/2022/")
    staff.get_by_role("link", name=re.compile("Publish")).first.click()
    staff.get_by_label("Why publish").fill("It is carried to next year.")  # a comment of the leadership team is open
    staff.locator("main form").get_by_role("button", name=re.compile("Publish")).click()

    public = open_as("", PHONE)
    public.goto("/reports/2022/")
    with public.expect_download() as download:
        public.get_by_role("link", name=re.compile("Download")).first.click()
    published = download.value.path().read_bytes()
    assert hashlib.sha256(published).digest() == hashlib.sha256(data).digest()


def test_the_keys_lead_to_search_from_any_page_and_leave_fields_alone(open_as):
    page = open_as("member")
    page.goto("/")
    box = page.locator("#find-q")
    for key in ("/", "Control+k"):
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press(key)
        expect(box).to_be_focused()
        expect(box).to_have_value("")
    page.keyboard.type("and/or")
    expect(box).to_have_value("and/or")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=and%2For")
    page.goto("/search/")
    page.get_by_role("button", name="Turn the / key off").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    expect(page.locator("[data-find-page] [name=q]")).not_to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("[data-find-page] [name=q]")).to_be_focused()
