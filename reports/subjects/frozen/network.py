"""What a network's report freezes: its local networks, what they said, what they learned, and what came of it."""

from collections import Counter
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.suppression import people_by
from impact.core.basics.vocabulary import Nation, Perspective
from networks.actions.models import SOONEST
from networks.actions.plan import STATES, count_plan, plan_rows, source_contribution, state_of, theme_of
from networks.groups.models import Group, GroupKind, Network
from networks.log.models import Attendance, Contribution
from networks.meetings.models import Meeting
from networks.network import matrix
from networks.network.learning.models import LearningReceipt, SharedLearning
from reports.figures import indicators
from reports.figures.history import withheld_in_reports
from sites.progress.outcomes.pages import figures_of

PERSPECTIVES = dict(Perspective.choices) | {"": "Not recorded"}
NATIONS = dict(Nation.choices)
STATE_LABELS = dict(STATES)
Data = dict[str, Any]


def gather(network: Network, before: Data | None) -> Data:
    """Every figure and every word of a network's report, as plain JSON values.

    ``before`` is what its newest edition holds: numbers of people may not tell, together with it, what it withheld.
    """
    on = clock.today()
    groups = list(Group.objects.filter(site_id=network.pk).local_networks().order_by("nation", "name"))
    returns = matrix.returns_of(network)
    found = matrix.theme_matrix(network, returns=returns)
    actions, quoted = _actions(network)
    learning, shared = _learning(network)
    return {
        "about": [[label, "; ".join(lines)] for label, lines in figures_of(SYSTEM, network, on)[0][1]],
        "groups": [_group(group, returns) for group in groups],
        "meetings": {
            "held": len(returns.held),
            "planned": sum(group.meetings_planned for group in groups),
            "missing": [row.text for row in returns.missing],
            "returns": _returns(groups),
        },
        "people": _people(network, before),
        "themes": {
            "nations": found.nation_labels,
            "rows": [_theme(row) for row in [*found.rows, *([found.no_theme] if found.no_theme else [])]],
            "total": _theme(found.totals),
        },
        "learning": learning,
        "actions": {"counts": count_plan(plan_rows(network)), "rows": actions},
        "held_words": sorted({*quoted, *shared}),
    }


def _group(group: Group, returns: matrix.Returns) -> Data:
    return {
        "name": group.name,
        "nation": str(group.get_nation_display()),
        "place": group.place,
        "held": sum(row.group.pk == group.pk for row in returns.held),
        "planned": group.meetings_planned,
        "starts_on": group.starts_on.isoformat() if group.starts_on else "",
        "ends_on": group.ends_on.isoformat() if group.ends_on else "",
    }


def _returns(groups: list[Group]) -> Data | None:
    """Each local network's meetings, as the annual report draws them; None without local networks."""
    rows = [
        indicators.GroupRow(group.slug, group.name, group.kind, group.nation, "network", group.meetings_planned)
        for group in groups
    ]
    on = clock.today()
    meetings = Meeting.objects.filter(group__in=groups).exclude(
        status=Meeting.Status.PLANNED, ends_at__gte=clock.now(), announced_at__isnull=True
    )
    columns = meetings.values_list("group__slug", "number", "status", "starts_at", "ends_at")
    held = [
        indicators.MeetingRow(
            slug,
            number,
            status,
            timezone.localtime(starts_at).date(),
            not (status == Meeting.Status.PLANNED and ends_at >= clock.now()),
        )
        for slug, number, status, starts_at, ends_at in columns
    ]
    found = indicators.meetings(rows, held, on=on, kinds=dict(GroupKind.choices), nations=NATIONS)
    return found["networks"][0] if found["networks"] else None


def _people(network: Network, before: Data | None) -> Data:
    """People who came to at least one meeting, by perspective: safe to show beside earlier editions, and beside the
    annual reports of the same years."""
    came = Attendance.objects.filter(
        meeting__group__in=Group.objects.filter(site_id=network.pk).local_networks(),
        meeting__status__in=Meeting.HELD,
        status=Attendance.Status.PRESENT,
    )
    rows = (
        came.order_by()
        .values_list("perspective")
        .annotate(
            people=Count("person", distinct=True),
            guests=Count("guest_name", distinct=True, filter=Q(person__isnull=True)),
        )
    )
    counts = {key: people + guests for key, people, guests in rows}
    years = set(came.order_by().values_list("meeting__starts_at__year", flat=True).distinct())
    return withheld_in_reports(people_by(counts, PERSPECTIVES, before["people"] if before else None), years)


def _theme(row: matrix.Row) -> Data:
    return {
        "theme": row.theme,
        "cells": [[cell.enablers, cell.barriers, cell.others] for cell in row.cells],
        "enablers": row.enablers,
        "barriers": row.barriers,
        "others": row.others,
        "total": row.total,
    }


def _learning(network: Network) -> tuple[list[Data], list[str]]:
    """What the local networks sent to others and what became of it; and the entries of their logs that it quotes."""
    good = Contribution.objects.counted().quotable().values("pk")
    rows = (
        SharedLearning.objects.filter(group__site_id=network.pk, withdrawn_at__isnull=True)
        .filter(Q(contribution__isnull=True) | Q(contribution__in=good))
        .select_related("group", "theme__merged_into")
        .prefetch_related("receipts")
        .order_by("shared_at", "pk")
    )
    found: list[Data] = []
    quoted: list[str] = []
    for row in rows:
        answers = Counter(receipt.answer for receipt in row.receipts.all())
        theme = (row.theme.merged_into or row.theme).name if row.theme else ""
        found.append(
            {
                "title": row.title,
                "words": row.words,
                "from": str(row.group.get_nation_display()),
                "theme": theme,
                "on": timezone.localtime(row.shared_at).date().isoformat(),
                "sent_to": sum(answers.values()),
                "answers": [[str(answer.label), answers[answer]] for answer in LearningReceipt.Answer],
                "waiting": answers[""],
            }
        )
        if row.contribution_id:
            quoted.append(str(row.contribution_id))
    return found, quoted


def _actions(network: Network) -> tuple[list[Data], list[str]]:
    """The action plan, each action traced to what was said; and the entries of the log whose words it prints.

    The report is read across local networks, so an owner is named by role, and words stand only where their speaker's
    consent to be quoted counts today.
    """
    rows = list(plan_rows(network).order_by(SOONEST, "pk"))
    quotable = set(
        Contribution.objects.counted()
        .quotable()
        .filter(pk__in=[row.contribution_id for row in rows if row.contribution_id])
        .values_list("pk", flat=True)
    )
    found: list[Data] = []
    quoted: list[str] = []
    for row in rows:
        said = source_contribution(row)
        words = said.words if said and said.pk in quotable else ""
        if said and words:
            quoted.append(str(said.pk))
        found.append(
            {
                "what": row.what,
                "from": str(row.group.get_nation_display()),
                "owner": row.owner_label,
                "due_on": row.due_on.isoformat() if row.due_on else "",
                "state": state_of(row),
                "state_label": STATE_LABELS[state_of(row)],
                "kind": str(said.get_kind_display()) if said else "",
                "theme": theme_of(row) if said else "",
                "words": words,
                "outcome": row.outcome,
                "closed_on": row.closed_on.isoformat() if row.closed_on else "",
            }
        )
    return found, quoted
