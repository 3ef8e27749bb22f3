"""What members of the advisory group do: by keyboard alone, without scripts, at 400%, and through a supporter.

The journeys share one platform and run in order; each writes words of its own.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.hands import AT_400, At400, Hands, Keyboard

NO_SCRIPTS = {"java_script_enabled": False}
WAYS: dict[str, tuple[type[Hands], dict, dict]] = {
    "by keyboard alone": (Keyboard, DESKTOP, {}),
    "without scripts": (Hands, DESKTOP, NO_SCRIPTS),
    "at 400%": (At400, AT_400, {}),
}
POSITIONS = {
    "by keyboard alone": "Agree, with a reservation",
    "without scripts": "Stand aside",
    "at 400%": "Agree",
}


@pytest.fixture(params=WAYS)
def way(request) -> str:
    return request.param


@pytest.fixture
def member(open_as, way: str) -> Hands:
    """The member with an account, who uses the site in this way."""
    hands, viewport, options = WAYS[way]
    return hands(open_as("member", viewport, **options))


@pytest.fixture
def lead(open_as) -> Hands:
    return Hands(open_as("engagement", **NO_SCRIPTS))


@pytest.fixture
def report_to_read(lead: Hands) -> str:
    """The address of a report that is with the group."""
    lead.go("/reports/2023/reading/")
    if "not found" in lead.page.title().lower():
        lead.go("/reports/new/")
        lead.page.get_by_label("Year", exact=True).fill("2023")
        lead.main.get_by_role("button").last.click()
        for key in ("summary", "progress", "good_practice", "development"):
            lead.go(f"/reports/2023/sections/{key}/")
            lead.page.get_by_label("Text of this section").fill("What we did this year.")
            lead.press(re.compile("^Save"))
        lead.go("/reports/2023/send-to-group/")
        lead.page.get_by_label("Members can comment until").fill("2023-02-10")
        lead.main.get_by_role("button").last.click()
        lead.reads("The report is with the advisory group.")
    return "/reports/2023/reading/"


def test_a_member_suggests_a_change_to_a_passage_and_follows_the_answer(member: Hands, lead: Hands, way: str):
    words = f"Say that we may meet in the evening, {way}."
    member.go("/co-production/")
    member.follow("Read the charter")
    member.follow("Suggest a change in When we meet")
    member.choose(re.compile("^We meet three times a year"))
    member.press("Send suggestion")
    member.reads("There is a problem", "Write what should change, and why.")
    member.write(member.page.get_by_label("What should change, and why?"), words)
    member.press("Send suggestion")
    member.reads(words, "We meet three times a year")

    lead.go("/co-production/suggestions/?status=waiting")
    lead.main.locator(".card").filter(has_text=words).get_by_role("link").first.click()
    lead.choose("Adapted")
    lead.page.get_by_label("Answer to the member").fill(f"Some of them, {way}.")
    lead.press("Save answer")
    lead.reads("The answer is saved")

    member.go("/notices/")
    member.follow("Your suggestion has an answer")
    member.reads(words, "Adapted", f"Some of them, {way}.")


def test_a_member_says_where_they_stand_and_is_told_what_is_missing(member: Hands, way: str):
    member.go("/co-production/")
    member.follow("Agreement", exact=True)
    reason, send = member.page.get_by_label("Your reason"), re.compile(r"(Send|Change) my\s+answer")
    member.choose("Object")
    member.write(reason, "")
    member.press(send)
    member.reads("Say why, so that the group can think about it.")
    expect(member.page.get_by_label("Object", exact=True)).to_be_checked()
    member.choose(POSITIONS[way])
    member.write(reason, f"My reason, {way}.")
    member.press(send)
    member.reads(f"you said: {POSITIONS[way]}", f"My reason, {way}.")


def test_a_member_answers_a_waypoint_and_chooses_who_reads_it(member: Hands, way: str):
    member.go("/co-production/")
    member.follow("Working together online", exact=True)
    member.follow(re.compile(r"Answer the questions|Change\s+your answer"))
    member.write(member.main.get_by_role("textbox").first, f"We are on our way, {way}.")
    member.choose("Share it with the group")
    member.press("Save answer")
    member.reads("Your answer is saved and shared with the group.", f"We are on our way, {way}.")


def test_a_member_says_yes_to_an_invitation(member: Hands):
    member.go("/co-production/involvements/")
    member.follow("Names for the 2023 topics")
    member.follow(re.compile(r"Say yes or no|Change your\s+answer"))
    member.choose("Yes, I’ll take part")
    member.press("Save answer")
    member.reads("Thank you. You take part.")


def test_a_member_claims_an_expense_once_the_mistakes_are_put_right(member: Hands, way: str):
    page = member.page
    member.go("/co-production/pay/mine/")
    member.follow("Claim an expense")
    member.write(page.get_by_label("What it was for"), f"Bus, {way}")
    member.press("Send claim")
    member.reads("There is a problem")
    expect(page.get_by_label("What it was for")).to_have_value(f"Bus, {way}")
    member.choose("Travel")
    member.date(page.get_by_label("Day of the expense"), 10, 2022)
    member.write(page.get_by_label("Amount, in pounds"), "4.80")
    member.press("Send claim")
    member.reads("The claim is sent.", f"Bus, {way}", "£4.80")


def test_a_member_reads_the_report_with_the_group_comments_and_says_ready(report_to_read: str, member: Hands, way: str):
    member.go(report_to_read)
    member.follow("Summary for leadership")
    member.reads("What we did this year.")
    member.write(member.main.get_by_role("textbox").first, f"Shorter, please, {way}.")
    member.press("Save comment")
    member.reads(f"Shorter, please, {way}.")
    member.go(report_to_read)
    member.follow("I am ready")
    member.press("I am ready")
    member.reads("You are ready. This is saved.")
    member.follow("Not ready after all")
    member.press("I am not ready")
    member.reads("You are not ready any more.")


def test_a_member_changes_how_they_hear_of_waypoints(member: Hands):
    member.go("/account/notices/")
    chosen = member.page.get_by_label("Waypoints")
    before = chosen.input_value()
    member.change(chosen)
    member.press("Save choices")
    member.reads("Saved.")
    member.go("/account/notices/")
    assert chosen.input_value() != before


# --- Through a supporter
@pytest.fixture
def supporter(open_as) -> Hands:
    return Hands(open_as("supporter", PHONE))


def chosen(page: Page, supporter: Hands) -> list[str]:
    """The two members who chose this supporter."""
    supporter.go("/co-production/groups/advisory-group/supporting/")
    return [name for name in page.locator("main .card h2").all_inner_texts() if name != "Rowan Ash"]


def test_a_supporter_of_two_members_writes_for_each_and_never_mixes_them_up(supporter: Hands, report_to_read: str):
    page, main = supporter.page, supporter.main
    one, two = chosen(page, supporter)

    def about(name: str, other: str, button: str) -> None:
        """The page, its button and what it says afterwards name one member, and not the other."""
        expect(page).to_have_title(re.compile(name))
        expect(page).not_to_have_title(re.compile(other))
        supporter.press(button)
        done = page.get_by_text(re.compile("saved", re.IGNORECASE)).first
        expect(done).to_contain_text(name)
        expect(done).not_to_contain_text(other)

    for name, other in ((one, two), (two, one)):
        supporter.go("/co-production/groups/advisory-group/supporting/")
        supporter.follow(f"Write for {other}")
        supporter.follow(f"Switch to {name}")
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        supporter.go("/co-production/")
        supporter.follow("Agreement", exact=True)
        supporter.follow(re.compile(rf"answer of\s+{name}"))
        supporter.choose("Stand aside")
        supporter.write(page.get_by_label(re.compile("reason")), f"{name} needs more time.")
        page.get_by_label(re.compile("phone")).first.check()
        about(name, other, f"Save the answer of {name}")

        supporter.go("/co-production/")
        supporter.follow("Working together online", exact=True)
        supporter.follow(re.compile(rf"Write\s+down {name}’s answer"))
        supporter.write(main.get_by_role("textbox").first, f"{name} likes the new room.")
        page.get_by_label(f"How did {name} tell you?").select_option("phone")
        about(name, other, f"Save {name}’s answer")

        supporter.go(report_to_read)
        page.get_by_label(re.compile("member told you")).select_option(label=name)
        supporter.press("Choose this member")
        supporter.follow("Summary for leadership")
        supporter.write(main.get_by_role("textbox").first, f"{name} would like bigger print.")
        page.get_by_label("How did they tell you?").select_option("phone")
        about(name, other, f"Save comment of {name}")

    supporter.go("/co-production/")
    supporter.follow("Working together online", exact=True)
    for name, other in ((one, two), (two, one)):
        card = main.locator(".card").filter(has=page.get_by_role("heading", name=f"Written down for {name}"))
        expect(card).to_contain_text(f"{name} likes the new room.")
        expect(card).not_to_contain_text(other)
    supporter.go("/co-production/pay/mine/")
    expect(main).not_to_contain_text(re.compile(f"{one}|{two}"))  # neither has shared their pay


def test_a_supporter_does_not_answer_for_a_member_who_has_answered(open_as, supporter: Hands, lead: Hands):
    """The member names a supporter, who then finds the member's own answer in the way, and says so plainly."""
    member = Hands(open_as("member", PHONE))
    member.go("/co-production/")
    member.follow("My page")
    member.follow("Name a supporter")
    member.main.get_by_role("combobox").first.select_option(index=1)
    member.main.get_by_role("button").last.click()
    supporter.go("/co-production/")
    supporter.follow("Agreement", exact=True)
    supporter.follow(re.compile(r"Write down the\s+answer of Rowan Ash"))
    supporter.choose("Object")
    supporter.write(supporter.page.get_by_label(re.compile("reason")), "I think they would object.")
    supporter.page.get_by_label(re.compile("phone")).first.check()
    supporter.press("Save the answer of Rowan Ash")
    supporter.reads("There is a problem", "Rowan Ash has answered")
