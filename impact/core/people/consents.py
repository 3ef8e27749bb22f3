"""The words in which people are asked to agree, and where each of their answers stands ("ask, then ask again")."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery

from impact.core.access.permissions import Actor
from impact.core.basics import clock
from impact.core.basics.vocabulary import Format
from impact.core.people.models import Consent, Person


@dataclass(frozen=True)
class Wording:
    """The words of one question at one time: plain, and in Easy Read, one idea a line."""

    version: int
    words: str
    easy_read: str


# Each purpose with its wordings, the newest last. Shown to the person exactly so, and kept with the answer. New words go
# below the old, under the next number, and make no old answer wrong: each keeps its own.
WORDINGS: dict[Consent.Purpose, list[Wording]] = {
    Consent.Purpose.QUOTES: [
        Wording(
            1,
            "May we write down things that you say in meetings, and use your words in papers for other groups and"
            " in the annual report? We leave out your name. Before your words go into an annual report, we show "
            "them to you and ask again. You can say no. You can change your mind at any time, and then we stop "
            "using your words.",
            "We write down what you say in meetings.\n"
            "We would like to use your words.\n"
            "Your words can be in papers and in our yearly report.\n"
            "We do not write your name.\n"
            "Before your words go in a report, we show them to you and ask again.\n"
            "You can say no.\n"
            "You can change your mind.",
        )
    ],
    Consent.Purpose.CONTACT: [
        Wording(
            1,
            "May we write to you or call you between meetings about this work? You can say no and still come to "
            "meetings. You can change your mind at any time.",
            "We would like to write to you or call you.\n"
            "This is between meetings.\n"
            "You can say no. You can still come to meetings.\n"
            "You can change your mind.",
        )
    ],
    Consent.Purpose.PHOTOS: [
        Wording(
            1,
            "May we take photographs with you in them, and use them in reports and on the web? You can say no. "
            "You can change your mind at any time, and then we stop using them.",
            "We would like to take photos of you.\n"
            "We would like to use them in reports and on the web.\n"
            "You can say no.\n"
            "You can change your mind. Then we stop.",
        )
    ],
    Consent.Purpose.ANSWERED: [
        Wording(
            1,
            "When the group is asked to agree a text, may we show the other members that you have answered? They "
            "see your name, and not what you answered. You can say no. You can change your mind at any time.",
            "Sometimes the group agrees a text.\n"
            "We would like to show the others that you have answered.\n"
            "They see your name. They do not see your answer.\n"
            "You can say no.\n"
            "You can change your mind.",
        )
    ],
    Consent.Purpose.STRENGTHS: [
        Wording(
            1,
            "May we show the other members of the group the strengths and skills that you have told us about? You"
            " can say no. You can change your mind at any time, and then we stop showing them.",
            "You told us what you are good at.\n"
            "We would like to show this to the group.\n"
            "You can say no.\n"
            "You can change your mind. Then we stop.",
        )
    ],
}
WORDING = {purpose: wordings[-1].words for purpose, wordings in WORDINGS.items()}
SHORT = {
    Consent.Purpose.QUOTES: "Quotes",
    Consent.Purpose.CONTACT: "Contact",
    Consent.Purpose.PHOTOS: "Photos",
    Consent.Purpose.ANSWERED: "Answers",
    Consent.Purpose.STRENGTHS: "Strengths",
}
# What everyone is asked; the others are for members of a group with a charter.
FOR_EVERYONE = (Consent.Purpose.QUOTES, Consent.Purpose.CONTACT, Consent.Purpose.PHOTOS)
FOR_MEMBERS = (Consent.Purpose.ANSWERED, Consent.Purpose.STRENGTHS)
# Which of these people belong to a group with a charter (to this group, where one is given). An app adds its own.
MEMBERS_AMONG: list[Callable[[Collection[int], int | None], set[int]]] = []
# What follows an answer, in the transaction that keeps it. An app adds its own.
AFTERWARDS: list[Callable[[Consent, Actor], None]] = []
# What taking back a yes does, beside what is said for each purpose: for a person and a purpose. An app adds its own.
EFFECTS: list[Callable[[Person, str], list[str]]] = []
# The coordinators of these people's groups today, with where to ask again: person → (coordinator, path). An app adds its own.
ASKED_BY: list[Callable[[Collection[int]], dict[int, list[tuple[Person, str]]]]] = []
ASK_AGAIN_AFTER = timedelta(days=365)
SOON = timedelta(days=30)


def reads_easy(person: Person) -> bool:
    """Whether someone is asked in Easy Read unless they choose otherwise."""
    return person.preferred_format == Format.EASY_READ


def question_for(person: Person, purpose: Consent.Purpose, *, easy_read: bool | None = None) -> str:
    """The question as this person is asked it: in Easy Read, if they read that (None) or chose it."""
    wording = WORDINGS[purpose][-1]
    return wording.easy_read if (reads_easy(person) if easy_read is None else easy_read) else wording.words


@dataclass(frozen=True)
class ShownWords:
    """The words in which a question is shown, and how to get the others."""

    text: str
    is_easy_read: bool

    @property
    def other(self) -> tuple[str, str]:
        """The label and the query of a link to the other words."""
        return (
            ("Show the full words", "?words=full") if self.is_easy_read else ("Show in Easy Read", "?words=easy-read")
        )


def shown_words(person: Person, purpose: Consent.Purpose, wanted: str | None) -> ShownWords:
    """The question in Easy Read (``wanted`` is "easy-read"), in full ("full"), or as the person reads papers."""
    is_easy_read = wanted == "easy-read" or (wanted != "full" and reads_easy(person))
    return ShownWords(question_for(person, purpose, easy_read=is_easy_read), is_easy_read)


def version_of(purpose: str, words: str) -> tuple[int | None, bool | None]:
    """Which of our wordings these words are: its number, and whether it is the Easy Read. None: other words."""
    for wording in WORDINGS.get(purpose, []):  # type: ignore[call-overload]
        if words in (wording.words, wording.easy_read):
            return wording.version, words == wording.easy_read
    return None, None


def purposes_of(people: Collection[int], group: int | None = None) -> dict[int, tuple[Consent.Purpose, ...]]:
    """What each of these people is asked: all of it, or with ``group`` what is asked of its members there."""
    members: set[int] = set()
    for find in MEMBERS_AMONG:
        members |= find(people, group)
    return {pk: (*FOR_EVERYONE, *FOR_MEMBERS) if pk in members else FOR_EVERYONE for pk in people}


def live(purpose: Consent.Purpose, on: date | None = None) -> QuerySet[Consent]:
    """The answers that count on a day (today by default): yes, the person's newest to this question, and not expired."""
    newest = Consent.objects.filter(person=OuterRef("person"), purpose=purpose).order_by("-given_on", "-pk")
    not_expired = Q(expires_on__isnull=True) | Q(expires_on__gt=on or clock.today())
    return Consent.objects.filter(not_expired, pk=Subquery(newest.values("pk")[:1]), is_given=True).order_by()


def declined(purpose: Consent.Purpose, people: Collection[int]) -> set[int]:
    """Which of these people (ids) said no when they were last asked this."""
    newest = Consent.objects.filter(person=OuterRef("person"), purpose=purpose).order_by("-given_on", "-pk")
    rows = Consent.objects.filter(pk=Subquery(newest.values("pk")[:1]), is_given=False, person__in=people)
    return set(rows.order_by().values_list("person", flat=True))


def counts_today() -> ExpressionWrapper:
    """Whether an answer is a yes that counts today, to annotate answers with."""
    is_live = Q(pk__in=[])
    for purpose in Consent.Purpose:
        is_live |= Q(pk__in=live(purpose).values("pk"))
    return ExpressionWrapper(is_live, output_field=BooleanField())


@dataclass(frozen=True)
class ConsentState:
    """Where one purpose stands for one person today."""

    purpose: str
    label: str
    words: str
    tone: str
    consent: Consent | None = None

    @property
    def short(self) -> str:
        """The purpose in one word, for lists."""
        return SHORT[Consent.Purpose(self.purpose)]

    @property
    def needs_asking(self) -> bool:
        """Whether there is no answer that still counts."""
        return self.words in ("Not asked yet", "Ask again")


def consent_lines(states: Iterable[ConsentState]) -> list[tuple[str, list[ConsentState]]]:
    """The purposes of one answer together, for one calm line each: ("Ask about", [quotes, photos])."""
    lines: dict[str, list[ConsentState]] = {}
    for state in states:
        lead = {"Not asked yet": "Ask about", "Ask again": "Ask again about"}.get(state.words, state.words)
        lines.setdefault(lead, []).append(state)
    return list(lines.items())


def consent_states(
    consents: Iterable[Consent], on: date, purposes: Iterable[Consent.Purpose] = FOR_EVERYONE
) -> list[ConsentState]:
    """Each purpose with the newest answer to it: yes, no, to be asked again, or never asked."""
    newest: dict[str, Consent] = {}
    for consent in sorted(consents, key=lambda c: (c.given_on, c.pk)):
        newest[consent.purpose] = consent
    found = []
    for purpose in purposes:
        answer = newest.get(purpose)
        if answer is None:
            words, tone = "Not asked yet", "yellow"
        elif answer.expires_on and answer.expires_on <= on:
            words, tone = "Ask again", "yellow"
        elif answer.expires_on and answer.expires_on - on <= SOON:
            words, tone = f"{'Yes' if answer.is_given else 'No'}, ask again soon", "blue"
        else:
            words, tone = ("Yes", "green") if answer.is_given else ("No", "grey")
        found.append(ConsentState(purpose.value, str(purpose.label), words, tone, answer))
    return found
