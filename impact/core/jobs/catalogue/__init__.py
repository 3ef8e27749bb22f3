"""The catalogue: every notice and every email that the platform sends, with who gets it, why, and how urgent it is."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db import models

DIGEST = "digest"  # the email that tells of several notices
ABOUT_MEETINGS_AND_OWN = frozenset(
    {"meeting", "claim", "rights"}
)  # kinds that come whether or not we may keep in touch
TABLE = Path(__file__).with_name("catalogue.toml")


class Urgency(models.TextChoices):
    """How soon someone should hear of a thing that they want to hear of at once."""

    NOW = "now", "At any hour"
    SOON = "soon", "The same day, but not at night"
    CALM = "calm", "It can wait"


@dataclass(frozen=True)
class Event:
    """One row of the catalogue.

    ``kind``: the choice that decides how people hear of it (NoticeKind); empty where it is always sent. ``fixed``: why
    it cannot be switched off, said to its reader. ``subject``: what the email about a notice is called; the screen of a
    locked phone shows it, so it is the same for everyone. ``asks``: whether its reader has something to do.
    ``is_own_email``: an email with words of its own, not a notice. ``gets_in``: a code or link that someone asked for, or
    that keeps an account safe; it is tried even at an address that takes no email. ``in_role``: its reader gets it for
    what they do for others, so it can be about someone else; no supporter of theirs reads it. ``is_sealed``: a link or code
    that opens something, or an email about a record with an address of its own: it goes to the mailbox that it was written
    to, and does not follow a person to another address.
    """

    name: str
    what: str
    who: str
    why: str
    subject: str
    kind: str = ""
    urgency: Urgency = Urgency.SOON
    asks: bool = False
    fixed: str = ""
    is_own_email: bool = False
    gets_in: bool = False
    in_role: bool = False
    is_sealed: bool = False

    @property
    def is_notice(self) -> bool:
        """Whether it is kept on the site as a notice, and emailed as its reader chose."""
        return self.name == DIGEST or (bool(self.kind) and not self.is_own_email)

    @property
    def is_optional(self) -> bool:
        """Whether people choose if they hear of it."""
        return not self.fixed

    @property
    def is_between_meetings(self) -> bool:
        """Whether it is what we mean when we ask people if we may keep in touch between meetings: not their work, their
        meetings, their money or their data."""
        return bool(self.kind) and self.is_optional and not self.in_role and self.kind not in ABOUT_MEETINGS_AND_OWN


@cache
def catalogue() -> dict[str, Event]:
    """All rows by name, in the order of the table."""
    rows = tomllib.loads(TABLE.read_text())
    return {
        name: Event(name=name, **{**row, "urgency": Urgency(row.get("urgency", Urgency.SOON))})
        for name, row in rows.items()
    }


def event_of(name: str) -> Event:
    """The row of a name. Nothing is sent that has none."""
    try:
        return catalogue()[name]
    except KeyError:
        raise LookupError(f"“{name}” is not in the catalogue. Add it to {TABLE.name}.") from None
