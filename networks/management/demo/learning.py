"""What the demonstration's local networks learn from each other, and one theme that was merged."""

import uuid
from datetime import date

from django.db import transaction

from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from impact.core.people.models import User
from networks.groups.models import Group
from networks.learning import services
from networks.learning.models import LearningReceipt, SharedLearning
from networks.log.models import Contribution
from networks.management.demo import people
from networks.themes.curate import merge_theme
from networks.themes.models import Theme
from networks.themes.services import find_or_add_theme

SPACE = uuid.UUID("7d0c2f0e-6a53-4c1c-9d0e-5a1f3b8c2d11")
RED_TAPE = "Red tape"  # how Scotland's third meeting coded what others call systems and processes

# (from, the words it comes from, title, what it took, shared on, answers, when the giver read them)
LEARNING = [
    (
        Nation.ENGLAND,
        "Put a date for asking again",
        "Put a date for asking again into the plan",
        "Write the date for the next “is this still what you want?” into the support plan **on the day it is signed**.\n\n"
        "It takes a minute. What it needs: someone whose job it is to look at the dates once a month.",
        date(2022, 10, 10),
        [
            (
                Nation.WALES,
                LearningReceipt.Answer.TRIED,
                "Two plans have a date now. One person asked for a different day out when it came.",
                date(2022, 11, 14),
            ),
            (
                Nation.SCOTLAND,
                LearningReceipt.Answer.ADAPTED,
                "We tie it to the review every three months, so that no one has to keep a second list.",
                date(2022, 11, 7),
            ),
        ],
        date(2022, 11, 15),
    ),
    (
        Nation.SCOTLAND,
        "Start the form with one open question",
        "Start the review form with one open question",
        "One question at the top, with room to answer: “What matters to you just now?” The boxes come after it.\n\n"
        "People spoke about things that no box asks for. Reviews took about ten minutes longer.",
        date(2022, 12, 12),
        [
            (
                Nation.ENGLAND,
                LearningReceipt.Answer.NOT_FOR_US,
                "Our form belongs to the council, and we may not change it. We took the idea to them.",
                date(2023, 1, 9),
            ),
        ],
        None,
    ),
]


@transaction.atomic
def build(accounts: dict[str, User]) -> None:
    """Merge the theme that meant the same, and share what two local networks learned, where missing."""
    _merge(accounts["staff"])
    for row in LEARNING:
        _share(accounts, *row)  # type: ignore[arg-type]


def _merge(staff: User) -> None:
    theme = Theme.objects.in_use().filter(name=RED_TAPE).first()
    if theme is None or theme.changes.exists():
        return
    into = find_or_add_theme(by=staff, name="Systems and processes")
    with clock.standing_on(date(2022, 12, 7)):
        reason = "People use both for rules and forms that get in the way, and for those that help."
        merge_theme(by=staff, theme=theme, into=into, reason=reason)


def _group(nation: str) -> Group:
    return Group.objects.select_related("site").get(slug=f"choice-and-control-{nation.replace('_', '-')}")


def _share(
    accounts: dict[str, User],
    giver: str,
    source: str,
    title: str,
    text: str,
    on: date,
    answers: list[tuple[str, str, str, date]],
    seen_on: date | None,
) -> None:
    key = uuid.uuid5(SPACE, title)
    if SharedLearning.objects.filter(key=key).exists():
        return
    group = _group(giver)
    coordinator = accounts[people.NETWORKS[giver][1]]
    with clock.standing_on(on):
        learning = services.share_learning(
            by=coordinator,
            group=group,
            groups=[_group(nation) for nation in people.NETWORKS if nation != giver],
            title=title,
            words=text,
            contribution=Contribution.objects.select_related("meeting", "theme").get(
                meeting__group=group, words__startswith=source
            ),
            key=key,
        )
    for nation, answer, why, day in answers:
        receipt = learning.receipts.select_related("group").get(group=_group(nation))
        with clock.standing_on(day):
            services.answer_learning(by=accounts[people.NETWORKS[nation][1]], receipt=receipt, answer=answer, why=why)
    if seen_on:
        with clock.standing_on(seen_on):
            services.mark_answers_seen(by=coordinator, learning=learning)
