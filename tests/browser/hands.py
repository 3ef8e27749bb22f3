"""Ways of using a page: with a pointer, without scripts, at 400%, and by keyboard alone. A journey is told once for all."""

import re

from playwright.sync_api import Locator, Page, expect

AT_400 = {"width": 320, "height": 256}  # what is left of 1280 × 1024 at 400%
FOCUSED = "e => e === document.activeElement"
SHOWS_FOCUS = """e => { const style = getComputedStyle(e);
  return style.outlineStyle !== "none" || style.boxShadow !== "none"; }"""


class Hands:
    """With a pointer."""

    def __init__(self, page: Page) -> None:
        self.page, self.main = page, page.locator("main")

    def go(self, address: str) -> None:
        self.page.goto(address)
        self.look()

    def look(self) -> None:
        """Check the page that has come."""

    def follow(self, name: str | re.Pattern[str], exact: bool = False) -> None:
        self.open(self.main.get_by_role("link", name=name, exact=exact).first)

    def press(self, name: str | re.Pattern[str]) -> None:
        self.open(self.main.get_by_role("button", name=name).first)

    def open(self, target: Locator) -> None:
        with self.page.expect_navigation():
            self.use(target)
        self.look()

    def use(self, target: Locator) -> None:
        target.click()

    def choose(self, label: str | re.Pattern[str]) -> None:
        """One of several radio buttons."""
        self.main.get_by_label(label, exact=isinstance(label, str)).first.check()

    def write(self, target: Locator, words: str) -> None:
        target.fill(words)

    def date(self, target: Locator, day: int, year: int) -> None:
        """The day of the month that has the same number, such as 10 October: browsers differ in what they ask first."""
        target.fill(f"{year}-{day:02}-{day:02}")

    def change(self, target: Locator) -> None:
        """Another option of a list."""
        chosen = target.evaluate("e => e.selectedIndex")
        target.select_option(index=0 if chosen else 1)

    def reads(self, *words: str | re.Pattern[str]) -> None:
        for some in words:
            expect(self.main).to_contain_text(some)


class At400(Hands):
    """On a page at 400%: nothing scrolls sideways."""

    def look(self) -> None:
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(wide) <= 0, self.page.url


class Keyboard(Hands):
    """By keyboard alone, from the link that skips the menu; where the focus is can be seen."""

    def look(self) -> None:
        self.is_in = self.main.get_by_role("alert").count() > 0
        if self.is_in:
            expect(self.main.get_by_role("alert").first).to_be_focused()  # what is wrong is read first

    def reach(self, target: Locator) -> None:
        expect(target).to_be_visible()
        if not self.is_in:
            self.page.keyboard.press("Tab")
            if not self.page.locator("main :focus").count():  # an address that ends in #main begins there
                expect(self.page.locator(":focus")).to_have_text("Skip to main content")
                self.page.keyboard.press("Enter")
            self.is_in = True
        for _step in range(300):
            if target.evaluate(FOCUSED):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"The keyboard does not reach {target}")

    def use(self, target: Locator) -> None:
        self.reach(target)
        assert target.evaluate(SHOWS_FOCUS), f"The focus cannot be seen on {target}"
        self.page.keyboard.press("Enter")

    def choose(self, label: str | re.Pattern[str]) -> None:
        target = self.main.get_by_label(label, exact=isinstance(label, str)).first
        named = self.main.locator(f"[name='{target.get_attribute('name')}']")
        checked = named.and_(self.page.locator(":checked"))
        self.reach(checked if checked.count() else named.first)  # the keyboard stops once at a group of radio buttons
        for _step in range(named.count()):
            if target.evaluate(FOCUSED):
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Space")
        expect(target).to_be_checked()

    def write(self, target: Locator, words: str) -> None:
        self.reach(target)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(words)

    def date(self, target: Locator, day: int, year: int) -> None:
        self.reach(target)
        self.page.keyboard.type(f"{day:02}{day:02}{year}")

    def change(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("ArrowUp" if target.evaluate("e => e.selectedIndex") else "ArrowDown")
