"""What the demonstration's local networks learn from each other, and one theme that was merged."""

import uuid

from django.db import transaction

from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from impact.core.management.demo import read
from impact.core.people.models import User
from networks.groups.models import Group
from networks.log.models import Contribution
from networks.management.demo import shapes
from networks.network.learning import services
from networks.network.learning.models import LearningReceipt, SharedLearning
from networks.themes.curate import merge_theme
from networks.themes.models import Theme, ThemeChange
from networks.themes.services import find_or_add_theme

SPACE = uuid.UUID("7d0c2f0e-6a53-4c1c-9d0e-5a1f3b8c2d11")


@transaction.atomic
def build(accounts: dict[str, User], networks: dict[Nation, shapes.LocalNetwork]) -> None:
    """Merge the theme that meant the same, and share what two local networks learned, where missing."""
    data = read(__file__, "learning.toml", shapes.Learning)
    coordinators = {nation: accounts[network.coordinator] for nation, network in networks.items()}
    _merge(accounts["staff"], data.merged)
    for row in data.shared:
        _share(coordinators, row)


def _merge(staff: User, merged: shapes.Merged) -> None:
    theme = Theme.objects.in_use().filter(name=merged.theme).first()
    if theme is None or ThemeChange.objects.filter(theme=theme).exists():
        return
    into = find_or_add_theme(by=staff, name=merged.into)
    with clock.standing_on(merged.on):
        merge_theme(by=staff, theme=theme, into=into, reason=merged.reason)


def _group(nation: str) -> Group:
    return Group.objects.select_related("site").get(slug=f"choice-and-control-{nation.replace('_', '-')}")


def _share(coordinators: dict[Nation, User], row: shapes.Shared) -> None:
    key = uuid.uuid5(SPACE, row.title)
    if SharedLearning.objects.filter(key=key).exists():
        return
    group, giver = _group(row.giver), coordinators[row.giver]
    with clock.standing_on(row.on):
        learning = services.share_learning(
            by=giver,
            group=group,
            groups=[_group(nation) for nation in coordinators if nation != row.giver],
            title=row.title,
            words=row.words,
            contribution=Contribution.objects.select_related("meeting", "theme").get(
                meeting__group=group, words__startswith=row.said
            ),
            key=key,
        )
    for answer in row.answers:
        receipt = LearningReceipt.objects.select_related("group").get(learning=learning, group=_group(answer.nation))
        with clock.standing_on(answer.on):
            services.answer_learning(
                by=coordinators[answer.nation], receipt=receipt, answer=answer.answer, why=answer.why
            )
    if row.answers_read_on:
        with clock.standing_on(row.answers_read_on):
            services.mark_answers_seen(by=giver, learning=learning)
