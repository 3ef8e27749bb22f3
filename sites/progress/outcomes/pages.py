"""What a site's page shows of its outcomes, its co-production check and its spread, and how sites are compared by it."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.vocabulary import Perspective
from sites.progress.delivery.models import Commitment
from sites.progress.delivery.pages import commitments_of, milestones_of
from sites.progress.evidence.pages import evidence_about
from sites.progress.outcomes.checks.models import RECENT_MONTHS, months_before
from sites.progress.outcomes.measures.models import Frame
from sites.progress.outcomes.measures.pages import measures_of
from sites.progress.outcomes.spread.models import Uptake
from sites.progress.units import roster
from sites.progress.units.models import UnitChange
from sites.registry.models import MODEL_FIELDS, DeliveryModel, Site, SiteRole

SHOWN = 3  # entries of the check, and measures, on a site's page; the rest are a link away


# --- Parts of a site's page ----------------------------------------------------------------------
def check_of(site: Site, on: date) -> dict[str, Any]:
    """The newest entries of a site's co-production check, and whom the site involved in the last months."""
    entries = list(site.coproduction_entries.all())
    since = months_before(on, RECENT_MONTHS)
    recent = [entry for entry in entries if entry.on >= since]
    involved = {entry.perspective for entry in recent}
    return {
        "entries": entries[:SHOWN],
        "total": len(entries),
        "recent": len(recent),
        "changed": sum(bool(entry.what_changed) for entry in recent),
        "perspectives": [str(p.label) for p in Perspective if p.value in involved],
        "months": RECENT_MONTHS,
    }


def check_in_words(found: dict[str, Any]) -> str:
    """ "3 entries in 6 months; something changed after 2"."""
    if not found["recent"]:
        return f"No entry in {found['months']} months"
    entries = "1 entry" if found["recent"] == 1 else f"{found['recent']} entries"
    changed = f"something changed after {found['changed']}" if found["changed"] else "nothing changed yet"
    return f"{entries} in {found['months']} months; {changed}"


def spread_of(site: Site) -> dict[str, Any]:
    """The places that took up a site's work, with how many of them in each way."""
    rows = list(site.uptakes.select_related("organisation"))
    counts = Counter(row.how for row in rows)
    return {"rows": rows, "in_use": counts[Uptake.How.ADOPTED] + counts[Uptake.How.ADAPTED], "counts": counts}


def spread_in_words(found: dict[str, Any]) -> str:
    """ "In use in 2 other places, 1 planned"."""
    if not found["rows"]:
        return "No other place yet"
    number, planned, ended = found["in_use"], found["counts"][Uptake.How.PLANNED], found["counts"][Uptake.How.ENDED]
    words = [f"In use in {number} other place{'' if number == 1 else 's'}"]
    words += [f"{planned} planned"] if planned else []
    words += [f"{ended} ended"] if ended else []
    return ", ".join(words)


def site_outcomes(site: Site, on: date) -> dict[str, Any]:
    """What a site's page shows of all three."""
    check, spread = check_of(site, on), spread_of(site)
    return {
        "measures": measures_of(site),
        "check": check,
        "check_words": check_in_words(check),
        "spread": spread,
        "spread_words": spread_in_words(spread),
    }


# --- Figures in words, the same on a site's page and where sites are compared ---------------------
def posts_in_words(roles: list[SiteRole], on: date) -> str:
    """ "2 appointed, 1 advertised"."""
    counts = Counter(role.state for role in roles if not role.ends_on or role.ends_on >= on)
    words = [f"{counts[state]} {state.label.lower()}" for state in reversed(SiteRole.State) if counts[state]]
    return ", ".join(words) or "No posts"


def milestones_in_words(rows: list[dict[str, Any]]) -> str:
    """ "2 of 5 complete, 1 overdue"."""
    if not rows:
        return "None recorded"
    late = sum(found["is_overdue"] for found in rows)
    done = sum(found["row"].actual_on is not None for found in rows)
    return f"{done} of {len(rows)} complete" + (f", {late} overdue" if late else "")


def commitments_in_words(part: dict[str, Any]) -> str:
    """ "1 of 3 kept, 1 overdue": of one side."""
    if not part["rows"]:
        return "None recorded"
    late = sum(found["is_overdue"] for found in part["rows"])
    return f"{part['kept']} of {len(part['rows'])} kept" + (f", {late} overdue" if late else "")


def coverage_in_words(site: Site, on: date) -> str:
    """ "10 of 14 take part (71%)"."""
    units = list(roster.with_changes(site.units.all()))
    if not units:
        return "No roster"
    figure = roster.coverage_of(roster.roster_of(units, on))
    share = "" if figure.percent is None else f" ({figure.percent}%)"
    return f"{figure.joined} of {figure.total} {UnitChange.State.JOINED.label.lower()}{share}"


def _outcome_lines(rows: list[dict[str, Any]], frame: Frame) -> list[str]:
    """ "Older people with a plan: 96 people on 5 December 2022 (up 56 people, better)"."""
    lines = []
    for found in (found for found in rows if found["row"].frame == frame):
        if not found["latest"]:
            lines.append(f"{found['row'].name}: no reading yet")
            continue
        change = f" ({found['change']})" if found["change"] else ""
        lines.append(f"{found['row'].name}: {found['latest_words']} on {day(found['latest'].on)}{change}")
    return lines or ["Not measured"]


# --- Side by side --------------------------------------------------------------------------------
Figures = list[tuple[str, list[tuple[str, list[str]]]]]


def figures_of(user: Any, site: Site, on: date) -> Figures:
    """What a site's page says in figures, as (heading, [(label, lines)])."""
    delivered = milestones_of(site, on)
    promised = {part["side"]: commitments_in_words(part) for part in commitments_of(site, on)}
    check, spread, measures = check_of(site, on), spread_of(site), measures_of(site)
    newest = site.updates.published().order_by("-published_at").first()
    about = [
        ("Delivery model", [site.get_delivery_model_display()]),
        ("Status", [f"{site.get_status_display()} since {day(site.status_on)}"]),
        ("Topic", [site.topic.name]),
        ("Where", [site.where or "Not recorded"]),
        ("Host", [str(site.host or "Not chosen yet")]),
        ("Posts", [posts_in_words(list(site.roles.all()), on)]),
    ]
    delivery = [
        ("Coverage", [coverage_in_words(site, on)]),
        ("Milestones", [milestones_in_words(delivered)]),
        *((f"{side.label} promises", [promised[side]]) for side in Commitment.Side),
        ("Newest update", [day(newest.published_at) if newest else "None published"]),
    ]
    together = [
        ("Co-production check", [check_in_words(check)]),
        ("Perspectives involved", check["perspectives"] or ["None in this time"]),
        ("Evidence", [_sentence(evidence_about(user, site)["words"])]),
        ("Taken up elsewhere", [spread_in_words(spread)]),
    ]
    outcomes = [(str(frame.label), _outcome_lines(measures, frame)) for frame in Frame]
    return [("About", about), ("Delivery", delivery), ("Together", together), ("Outcomes", outcomes)]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def side_by_side(user: Any, sites: list[Site]) -> list[dict[str, Any]]:
    """The same figures of several sites, heading by heading and row by row."""
    on = clock.today()
    columns = [figures_of(user, site, on) for site in sites]
    table = []
    for place, (heading, rows) in enumerate(columns[0]):
        lines = [
            {
                "label": label,
                "cells": [
                    {"site": site, "lines": column[place][1][number][1]}
                    for site, column in zip(sites, columns, strict=True)
                ],
            }
            for number, (label, _lines) in enumerate(rows)
        ]
        table.append({"heading": heading, "rows": lines})
    return table


# --- What belongs to one delivery model ----------------------------------------------------------
def model_block(user: Any, site: Site, roles: list[SiteRole]) -> dict[str, Any]:
    """What the top of a site's page says about its own delivery model."""
    readers: dict[str, Callable[[], dict[str, Any]]] = {
        DeliveryModel.DEMONSTRATOR: lambda: {"coaches": _holders(roles, SiteRole.Kind.COACH)},
        DeliveryModel.FACILITATOR: lambda: {"facilitators": _holders(roles, SiteRole.Kind.FACILITATOR)},
        DeliveryModel.NETWORK: lambda: {"groups": _local_networks(user, site)},
        DeliveryModel.ASK_IMPACT: lambda: _queue(site),
    }
    return {"key": site.delivery_model, "label": site.get_delivery_model_display(), **readers[site.delivery_model]()}


def _holders(roles: list[SiteRole], kind: SiteRole.Kind) -> list[SiteRole]:
    today = clock.today()
    return [role for role in roles if role.kind == kind and (not role.ends_on or role.ends_on >= today)]


def _local_networks(user: Any, site: Site) -> QuerySet:
    """Through the relation that networks give to sites: sites know nothing of networks."""
    groups: Any = site.groups
    return groups.visible_to(user).local_networks().order_by("nation", "name")


def _queue(site: Site) -> dict[str, Any]:
    questions = site.questions.all()
    return {
        "waiting": questions.waiting().count(),
        "overdue": questions.overdue(clock.today()).count(),
        "all": questions.count(),
    }


def missing_of_model(site: Site) -> list[str]:
    """What a site of its model still lacks, as the names of what is to be filled in."""
    names = {
        "strategic_issue": "strategic issue",
        "evaluation_plan": "evaluation plan",
        "policy_links": "policy links",
        "host_service": "host service",
    }
    return [names[name] for name in MODEL_FIELDS[site.delivery_model] if not getattr(site, name)]
