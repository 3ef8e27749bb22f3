"""What each model holds about people, declared on the model: for "My data", for erasing and for keeping no longer than needed.

A model says ``privacy = Personal(…)`` or ``privacy = NotPersonal("why")``; models of libraries are in ``LIBRARIES``.
tests/test_privacy.py fails for a model that says nothing, or that leaves out a column which can hold something personal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.apps import apps

PSEUDONYM = "A former member"  # instead of a name that is written into a row itself
REMOVED = "Removed when its writer’s data was erased."  # instead of words that a row cannot be without


class Part(Enum):
    """The parts of "My data", in their order."""

    YOU = "Who you are"
    NEEDS = "What you need"
    CONSENTS = "What you agreed to"
    GROUPS = "Groups and support"
    MEETINGS = "Meetings"
    WORDS = "What you said"
    CHARTER = "The charter"
    PAY = "Pay and claims"
    REPORT = "The annual report"
    WORK = "Your work here"
    ROUNDS = "Rounds and applications"
    SENT = "What we sent you"
    SIGN_IN = "Signing in"


@dataclass(frozen=True)
class Keep:
    """On erasure the row stays as it is; the person it points at goes by a pseudonym from then on."""

    why: str


@dataclass(frozen=True)
class Blank:
    """On erasure these fields are emptied where something stands in them, and the rest of the row stays.

    ``fields`` become empty text, null, or their default. ``removed`` are words that the row cannot be without: they become
    ``REMOVED``. ``renamed`` hold a name or an address, which become a pseudonym. An account is also closed.
    """

    fields: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delete:
    """On erasure the row is deleted, and its files with it."""


@dataclass(frozen=True)
class ByService:
    """On erasure a service does it that knows the parts: where it is, and what it does."""

    path: str
    why: str


@dataclass(frozen=True)
class Forever:
    """The row is kept until its person is erased."""

    why: str


@dataclass(frozen=True)
class After:
    """So long after the date in ``since`` (a lookup from the row) what ``on_erasure`` says is done by itself.

    ``is_owed``: the law or finance asks for the row until then, so erasing waits for it. ``by``: the task that does it
    already; without one the retention run does.
    """

    since: str
    why: str
    years: int = 0
    days: int = 0
    is_owed: bool = False
    by: str = ""

    @property
    def time(self) -> str:
        """How long, in words."""
        parts = [(self.years, "year"), (self.days, "day")]
        return " and ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in parts if number)


@dataclass(frozen=True)
class Personal:
    """Rows about a person.

    ``of``: lookups from the row to the Person or User (or account id) whom it is about; several: about each of them.
    ``by_address``: fields with an email address that says whose row it is, where no lookup does.
    ``recorders``: who wrote it down or acted; erasing such a person renames them and keeps the row.
    ``shown``: lookups whose values the person sees. Only what is theirs: no names of other people.
    ``withheld``: columns that they do not see, with the reason. ``files``: file columns, each with that of its name.
    """

    part: Part
    heading: str
    shown: tuple[str, ...]
    on_erasure: Keep | Blank | Delete | ByService
    keep: Forever | After
    of: tuple[str, ...] = ()
    by_address: tuple[str, ...] = ()
    recorders: tuple[str, ...] = ()
    withheld: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class NotPersonal:
    """Rows about the work. ``recorders``: who wrote them down, as in ``Personal``.

    ``may_name_people``: people can be named in the text, so staff who answer a request look there by hand.
    """

    why: str
    recorders: tuple[str, ...] = ()
    may_name_people: bool = False
    keep: After | None = None


_ACCOUNT = "It belongs to the account, and goes with it."

LIBRARIES: dict[str, Personal | NotPersonal] = {
    "account.emailaddress": Personal(
        of=("user",),
        part=Part.SIGN_IN,
        heading="Addresses you sign in with",
        shown=("email", "verified", "primary"),
        on_erasure=Delete(),
        keep=Forever(_ACCOUNT),
    ),
    "account.emailconfirmation": Personal(
        of=("email_address__user",),
        part=Part.SIGN_IN,
        heading="Addresses to be confirmed",
        shown=("email_address__email", "created", "sent"),
        withheld={"key": "It is half of a link, and worth nothing without the other half."},
        on_erasure=Delete(),
        keep=After(since="created", days=30, why="A link for an address works for three days."),
    ),
    "admin.logentry": Personal(
        of=("user",),
        part=Part.WORK,
        heading="Changes made in the admin pages",
        shown=("action_time", "object_repr", "change_message"),
        withheld={"object_id": "The number of a row."},
        on_erasure=Keep("It says what was changed; the account goes by a pseudonym."),
        keep=Forever("No page of the admin can change anything, so there are none today."),
    ),
    "auth.group": NotPersonal("The platform’s permissions do not use it."),
    "auth.permission": NotPersonal("A name that Django gives to an action."),
    "contenttypes.contenttype": NotPersonal("The name of a table."),
    "mfa.authenticator": Personal(
        of=("user",),
        part=Part.SIGN_IN,
        heading="Second steps and passkeys",
        shown=("type", "created_at", "last_used_at"),
        withheld={"data": "The secret that the second step is checked against."},
        on_erasure=Delete(),
        keep=Forever(_ACCOUNT),
    ),
    "sessions.session": NotPersonal(
        "The state of a browser that is signed in. Whose it is stands in the account’s devices; it ends with them."
    ),
    "usersessions.usersession": Personal(
        of=("user",),
        part=Part.SIGN_IN,
        heading="Devices and browsers",
        shown=("created_at", "last_seen_at", "ip", "user_agent"),
        withheld={"session_key": "It is what keeps you signed in.", "data": "Empty."},
        on_erasure=Delete(),
        keep=After(
            since="last_seen_at", days=90, why="A device that has not been used for so long has to sign in again."
        ),
    ),
}


def end_of(model: Any, path: str) -> Any:
    """The field that a lookup ends at."""
    found: Any = None
    for name in path.split("__"):
        found = model._meta.pk if name == "pk" else model._meta.get_field(name)
        model = found.related_model
    return found


def times_kept() -> list[tuple[str, str, str]]:
    """What is deleted or emptied after a time: what it is called, how long it is kept, and why. The soonest first."""
    found = []
    for model in apps.get_models():
        said = declared(model)
        if isinstance(said.keep, After):
            row = (heading_of(model), said.keep.time, said.keep.why)
            found.append((365 * said.keep.years + said.keep.days, row))
    return [row for _days, row in sorted(found)]


def heading_of(model: Any) -> str:
    """What the rows of a model are called on pages about what is held."""
    said = declared(model)
    return said.heading if isinstance(said, Personal) else str(model._meta.verbose_name_plural).capitalize()


def declared(model: Any) -> Personal | NotPersonal:
    """What a model holds about people. Raises LookupError for one that does not say."""
    found = model.__dict__.get("privacy") or LIBRARIES.get(model._meta.label_lower)
    if found is None:
        raise LookupError(f"{model._meta.label} does not say what it holds about people (``privacy = …``).")
    return found
