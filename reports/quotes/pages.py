"""What pages about quotes share: where words stand, and which editions hold them."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.web.forms import Crumbs
from networks.groups.models import Group
from reports.quotes.models import Quote
from reports.quotes.services import editions_in_words
from reports.writing.services import OPEN

State = Quote.State


def words_link(user: Any, group: Group) -> Crumbs:
    """From a group's page to the words of the group, for its coordinators."""
    if not has_perm(user, "networks.view_speakers", group):
        return []
    return [
        ("Words of the group: who said what, and what is quoted", reverse("reports:group-words", args=[group.slug]))
    ]


def with_standing(quotes: Iterable[Quote]) -> list[Quote]:
    """Each quote with ``held_in`` (the editions that hold it, in words), ``is_printable`` and what may be done with it.

    Two queries, however many quotes there are.
    """
    rows = list(quotes)
    ids = [row.pk for row in rows]
    printable = set(Quote.objects.printable().filter(pk__in=ids).values_list("pk", flat=True))
    editions: dict[int, list[int]] = {}
    held: Any = Quote.objects.filter(pk__in=ids, holdings__snapshot__editions__isnull=False).order_by(
        "holdings__snapshot__editions__number"
    )
    for pk, number in held.values_list("pk", "holdings__snapshot__editions__number"):
        editions.setdefault(pk, []).append(number)
    for row in rows:
        found: Any = row
        is_open = row.report.status in OPEN
        found.held_in = editions_in_words(editions.get(row.pk, []))
        found.is_printable = row.pk in printable
        found.may_approve = is_open and row.state in (State.OFFERED, State.DECLINED, State.WITHDRAWN)
        found.may_decline = is_open and row.state == State.OFFERED
        found.may_withdraw = row.state == State.APPROVED
    return rows
