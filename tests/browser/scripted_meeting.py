"""One real two-hour meeting, as a coordinator types it on a phone afterwards: nine members, two guests, twelve things
that were said, two decisions, four actions. Counts the taps and the letters that it takes."""

import time
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

GUESTS = [("An advocate from a self-advocacy group", "provider"), ("A support worker", "front_line")]
# Kind, words, the letters typed to find the theme, level, perspective, whether the speaker is noted.
SAID = [
    ("Enabler", "Someone asked me again after the summer, not only once.", "rel", "Human", "draws_on_care", True),
    ("Enabler", "Staff who know me well see what I want before I say it.", "rel", "Human", "carer", False),
    ("Enabler", "A trial week with my own things around me.", "inf", "Human", "draws_on_care", True),
    ("Enabler", "The council's new form has room for my own words.", "inf", "Systemic", "funder", False),
    ("Barrier", "The bus comes twice a day, so every choice is a long wait.", "place", "Systemic", "carer", True),
    ("Barrier", "There is one provider for forty miles.", "place", "Systemic", "funder", False),
    ("Barrier", "Rotas are set a month ahead, so plans cannot change.", "sys", "Systemic", "front_line", False),
    ("Barrier", "New staff every few weeks: we begin again each time.", "sys", "Systemic", "provider", False),
    ("Barrier", "No one told me that I could say no.", "inf", "Human", "draws_on_care", False),
    ("Experience", "We chose the flat together and it took nine months.", "rel", "Human", "carer", False),
    ("Solution", "Let people try a place for a week before they decide.", "place", "Systemic", "provider", False),
    ("Question", "Who pays while someone tries two places?", "", "Systemic", "funder", False),
]
DECISIONS = ["We start with travel next time.", "Papers go out ten days before."]
# What, who, by when, the entry that it comes from (its place in SAID).
TODO = [
    ("Ask the council for the bus plan", "The coordinator", "2023-02-10", 4),
    ("Write a one-page guide to saying no", "Two members", "2023-02-20", 8),
    ("Ask providers about trial weeks", "Provider member", "2023-02-24", 10),
    ("Find out who pays during a trial", "Funder member", "2023-03-01", 11),
]
NOTES = "A good meeting. Two people spoke for the first time.\n\n- The room was warm\n- The loop worked"

# Seconds that a person needs on a phone: to find and tap something, to type one letter. From studies of typing on
# phones (about 36 words a minute) and the keystroke-level model.
SECONDS_A_TAP = 1.3
SECONDS_A_LETTER = 0.33


@dataclass
class Effort:
    """What logging took."""

    taps: int = 0
    letters: int = 0
    machine_seconds: float = 0.0

    @property
    def seconds(self) -> float:
        """As long as a person would need, with the machine's own time on top of it."""
        return self.taps * SECONDS_A_TAP + self.letters * SECONDS_A_LETTER


class Hand:
    """Taps and types on a page, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.effort = page, Effort()

    def tap(self, where: Locator) -> None:
        where.tap()
        self.effort.taps += 1

    def type(self, where: Locator, words: str, *, is_focused: bool = False) -> None:
        if not is_focused:
            self.tap(where)
        self.page.keyboard.insert_text(words)
        self.effort.letters += len(words)

    def choose(self, where: Locator, value: str | None = None, *, place: int | None = None) -> None:
        """A list: one tap opens it, one chooses a value or the option in a place."""
        where.select_option(value, index=place)
        self.effort.taps += 2


def rows(page: Page, part: str) -> Locator:
    return page.locator(f"[data-repeat={part}] [data-repeat-rows] .log-row")  # folded ones too, so that places stay


def log_it(page: Page, *, finish: bool = True) -> Effort:
    """Log the whole meeting on an open, empty log page of a group with nine members."""
    hand, began = Hand(page), time.monotonic()
    hand.tap(page.get_by_role("button", name="Everyone came"))
    people = page.locator(".person")
    assert people.count() == 10  # nine members and the coordinator
    hand.tap(people.nth(3).get_by_label("Apologies"))
    hand.tap(people.nth(7).get_by_label("Did not come"))
    for n, (name, perspective) in enumerate(GUESTS):
        if n:
            hand.tap(page.get_by_role("button", name="Add a guest"))
        row = rows(page, "guests").nth(n)
        hand.type(row.get_by_label("Name, or what to call them"), name, is_focused=n > 0)
        hand.choose(row.get_by_label("Perspective"), perspective)
    kind_before = ""
    for n, (kind, words, theme, level, perspective, is_noted) in enumerate(SAID):
        if n:
            hand.tap(page.get_by_role("button", name="Add another"))
        row = rows(page, "said").nth(n)
        if kind != kind_before:
            hand.tap(row.get_by_label(kind, exact=True))
        hand.type(row.get_by_label("What was said"), words, is_focused=n > 0 and kind == kind_before)
        if theme:
            hand.type(row.get_by_role("combobox", name="Theme").or_(row.get_by_label("Theme")).first, theme)
            hand.tap(row.locator(".picker [role=option]").first)
        hand.choose(row.get_by_label("Perspective of the speaker"), perspective)
        hand.tap(row.get_by_label(level, exact=True))
        if is_noted:
            hand.choose(row.get_by_label("Who said it"), place=1 + n % 9)
        kind_before = kind
    for n, words in enumerate(DECISIONS):
        if n:
            hand.tap(page.get_by_role("button", name="Add a decision"))
        hand.type(rows(page, "decided").nth(n).get_by_label("What was decided"), words, is_focused=n > 0)
    for n, (what, owner, due_on, source) in enumerate(TODO):
        if n:
            hand.tap(page.get_by_role("button", name="Add an action"))
        row = rows(page, "todo").nth(n)
        hand.type(row.get_by_label("What will be done"), what, is_focused=n > 0)
        hand.type(row.get_by_label("Owner"), owner)
        row.get_by_label("Due date").fill(due_on)
        hand.effort.taps += 3  # open the calendar, the month, the day
        box = row.get_by_label("Source")
        box.focus()
        key = rows(page, "said").nth(source).locator("input[data-key]").input_value()
        hand.choose(box, key)
    hand.type(page.get_by_label("Anything else"), NOTES)
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=20_000)
    if finish:
        hand.tap(page.get_by_role("button", name="Finish the log"))
        expect(page.locator("main")).to_contain_text("The log is finished", timeout=20_000)
    hand.effort.machine_seconds = time.monotonic() - began
    return hand.effort
