"""The columns of a spreadsheet: what each is called, what it takes, and how a cell is read. Refusals say how to mend the cell."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from impact.core.basics.vocabulary import Nation
from impact.core.web.files.tables import day_of

Read = Callable[[str], Any]  # a filled cell → what it means. Raises ValueError in words.
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 1, 1)
MOST_IN_A_CELL = 200  # names or words of a list


@dataclass(frozen=True)
class Column:
    """One column. ``also``: other headings for it. ``permission``: what it takes to bring it in. ``names``: the cell
    holds a person's name, their address, or several names with semicolons between them."""

    name: str
    heading: str
    takes: str
    read: Read
    example: str = ""
    also: tuple[str, ...] = ()
    is_needed: bool = False
    permission: str = ""
    names: str = ""


def plain(heading: str) -> str:
    """A heading for comparing: in lower case, only letters and digits, without accents."""
    letters = unicodedata.normalize("NFKD", heading.casefold())
    return re.sub(r"[^a-z0-9]", "", "".join(letter for letter in letters if not unicodedata.combining(letter)))


def place_columns(heading: Sequence[str], columns: Iterable[Column]) -> tuple[dict[int, Column], list[str]]:
    """Which column of a file is which of ours, and the headings that we do not know. Raises ValidationError."""
    known = {plain(word): column for column in columns for word in (column.heading, column.name, *column.also)}
    found: dict[int, Column] = {}
    unknown: list[str] = []
    seen: dict[str, str] = {}
    for place, words in enumerate(heading):
        if not (key := plain(words)):
            continue
        if key in seen or known.get(key) in found.values():
            other = seen.get(key) or next(heading[at] for at, column in found.items() if column is known[key])
            raise ValidationError(
                f"Two columns have one meaning: “{other[:60]}” and “{words[:60]}”. Remove one of them, or rename it."
            )
        seen[key] = words
        if key in known:
            found[place] = known[key]
        else:
            unknown.append(words[:60])
    return found, unknown


# --- Cells ---------------------------------------------------------------------------------------
def check_cell(text: str) -> str:
    """A cell without invisible characters. Raises ValueError for a formula and for control characters."""
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    if any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in text):
        raise ValueError("The cell has control characters, which cannot be seen. Type it again.")
    if text.startswith("="):
        raise ValueError("This is a formula. Enter what it shows.")
    return text


def line(most: int) -> Read:
    """Text in one line, of at most so many characters."""

    def read(text: str) -> str:
        text = " ".join(text.split())
        if len(text) > most:
            raise ValueError(f"This has {len(text):,} characters. Shorten it to {most:,}.")
        return text

    return read


def lines(most: int) -> Read:
    """Text with its line breaks."""

    def read(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"This has {len(text):,} characters. Shorten it to {most:,}.")
        return text

    return read


def choice(choices: Any, **also: str) -> Read:
    """One of a list, by its value or its label; ``also``: other words for one of them."""
    known = {plain(str(word)): value for value, label in choices.choices for word in (value, label)}
    known |= {plain(word.replace("_", " ")): value for word, value in also.items()}
    labels = ", ".join(str(label) for _value, label in choices.choices)

    def read(text: str) -> str:
        if plain(text) not in known:
            raise ValueError(f"This is not on the list. Use one of: {labels}.")
        return str(known[plain(text)])

    return read


def labels_of(choices: Any) -> str:
    """What a column with a list takes, in words."""
    return f"One of: {', '.join(str(label) for _value, label in choices.choices)}"


nation = choice(
    Nation,
    uk=Nation.UK,
    united_kingdom=Nation.UK,
    ni=Nation.NORTHERN_IRELAND,
    lloegr=Nation.ENGLAND,
    gogledd_iwerddon=Nation.NORTHERN_IRELAND,
    yr_alban=Nation.SCOTLAND,
    cymru=Nation.WALES,
)


def day(text: str) -> date:
    """A date between ``FIRST_DAY`` and ``LAST_DAY``."""
    found = day_of(text)
    if found is None or not FIRST_DAY <= found <= LAST_DAY:
        raise ValueError("Enter a date between 1990 and 2100, such as 24/07/2022. Check the year.")
    return found


def clock_time(text: str) -> time:
    """A time of day: 14:00, 14.00, 2pm or 2:30 pm."""
    found = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?(?:[:.]00)?\s*([ap]m)?", text.strip().lower())
    if found and (found[2] or found[3]):
        hour, minute = int(found[1]), int(found[2] or 0)
        if found[3] and 1 <= hour <= 12:
            hour = hour % 12 + (12 if found[3] == "pm" else 0)
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise ValueError("This is not a time of day. Write it as 14:00.")


def number(most: int) -> Read:
    """A whole number from 1."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
            raise ValueError(f"Enter a whole number from 1 to {most:,}.")
        return int(text)

    return read


def address(text: str) -> str:
    """An email address, in lower case."""
    try:
        validate_email(text)
    except ValidationError:
        raise ValueError(
            "This is not an email address. Write one, such as name@example.org, or leave it empty."
        ) from None
    if len(text) > 254:
        raise ValueError("This address is too long.")
    return text.lower()


def website(text: str) -> str:
    """A web address, with https:// where it is missing."""
    text = text if "://" in text else f"https://{text}"
    try:
        URLValidator(schemes=["http", "https"])(text)
    except ValidationError:
        raise ValueError("This is not a web address. Write it as https://example.org.") from None
    return line(200)(text)


def parts_of(cell: str) -> list[str]:
    """The parts of a list, with semicolons or line breaks between them. A comma does not separate them: names have commas."""
    return [part.strip() for part in re.split(r"[;\n]", cell) if part.strip()]


def several(read: Read) -> Read:
    """A list of what ``read`` takes."""

    def read_all(text: str) -> list[Any]:
        parts = [read(part) for part in parts_of(text)]
        if len(parts) > MOST_IN_A_CELL:
            raise ValueError(f"This lists more than {MOST_IN_A_CELL}. Shorten it.")
        return list(dict.fromkeys(parts))

    return read_all


def names(text: str) -> list[str]:
    """Names of people with semicolons between them: "Smith, Jo; Ali Khan" are two."""
    return several(line(120))(text)
