"""The figures that stand beside a chapter while it is written, each with the page that it comes from."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from reports.writing.models import ReportSection

Key = ReportSection.Key
NETWORKS_SHOWN = 12  # beside the chapter on networks; the report itself holds all
Fact = tuple[str, str, str]


@dataclass(frozen=True)
class FactChange:
    """One figure that is not what it was; an empty ``was`` came in, an empty ``now`` is gone."""

    label: str
    was: str
    now: str
    href: str = ""


def as_seen(facts: Iterable[Fact]) -> list[list[str]]:
    """What is kept of a chapter's figures when its words are saved or confirmed."""
    return [[label, value] for label, value, _href in facts]


def mark_of(facts: Iterable[Fact]) -> str:
    """Hash the figures that a page showed, so that a change while it was open does not count as seen."""
    return hashlib.sha256(json.dumps(as_seen(facts)).encode()).hexdigest()[:16]


def changed_facts(seen: Iterable[Iterable[str]] | None, facts: Iterable[Fact]) -> list[FactChange]:
    """Which figures of a chapter have changed since they were seen: from what to what, come in, or gone."""
    if seen is None:
        return []
    then = [(label, value) for label, value in seen]
    now = [(label, value) for label, value, _href in facts]
    hrefs = {label: href for label, _value, href in facts}
    gone, new = list((Counter(then) - Counter(now)).elements()), list((Counter(now) - Counter(then)).elements())
    changes = []
    for label, value in new:
        same = next((pair for pair in gone if pair[0] == label), None)
        is_one = sum(pair[0] == label for pair in then) == sum(pair[0] == label for pair in now) == 1
        if same and is_one:
            gone.remove(same)
        changes.append(FactChange(label, same[1] if same and is_one else "", value, hrefs[label]))
    return changes + [FactChange(label, value, "") for label, value in gone]


def facts_for(key: str, figures: Mapping[str, Any]) -> list[Fact]:
    """(label, value, address) of every figure that belongs to a chapter; an empty address has no page of its own."""
    return {
        Key.SUMMARY: _summary,
        Key.FIGURES: _figures,
        Key.PROGRESS: _progress,
        Key.GOOD_PRACTICE: _good_practice,
        Key.DEVELOPMENT: _development,
        Key.CHARTER: _charter,
        Key.NETWORKS: _networks,
        Key.SITES: _sites,
        Key.METHOD: _method,
        Key.EQUALITY: _equality,
    }.get(Key(key), _none)(figures)


def _summary(figures: Mapping[str, Any]) -> list[Fact]:
    meetings, involvements, charter = figures["meetings"], figures["involvements"], figures["charter"]
    facts = [
        ("Sites", str(figures["sites"]["total"]), reverse("sites:list")),
        ("Meetings held", str(meetings["held"]), reverse("networks:list")),
        ("Contributions", str(figures["contributions"]["total"]), reverse("networks:list")),
        (
            "Led to a change",
            f"{involvements['led_to_change']} of {involvements['answered']} settled",
            reverse("coproduction:involvement-list"),
        ),
        ("Returns missing", str(len(meetings["missing_returns"])), reverse("networks:list")),
    ]
    if charter and charter["suggestions"]["made"]:
        answered = f"{charter['suggestions']['answered']} of {charter['suggestions']['made']}"
        facts.append(("Suggestions answered", answered, reverse("coproduction:suggestion-list")))
    return facts


def _figures(figures: Mapping[str, Any]) -> list[Fact]:
    facts = [
        (f"{row['label']}: meetings held", f"{row['held']} of {row['planned']}", reverse("networks:list"))
        for row in figures["meetings"]["by_kind"]
    ]
    facts += [
        (row["label"], f"{row['value']} contributions", reverse("networks:list"))
        for row in figures["contributions"]["by_nation"]
    ]
    actions = figures["actions"]
    return [*facts, ("Actions done", f"{actions['done']} of {actions['total']}", reverse("networks:list"))]


def _progress(figures: Mapping[str, Any]) -> list[Fact]:
    return [
        (row["label"], str(row["value"]), f"{reverse('coproduction:involvement-list')}?outcome={row['key']}")
        for row in figures["involvements"]["by_outcome"]
    ]


def _good_practice(figures: Mapping[str, Any]) -> list[Fact]:
    return [
        ("Marked as good practice", row["title"], reverse("coproduction:involvement-detail", args=[row["pk"]]))
        for row in figures["involvements"]["rows"]
        if row["is_good_practice"]
    ]


def _development(figures: Mapping[str, Any]) -> list[Fact]:
    facts = [
        (
            "Return missing",
            f"{row['local_network']}, meeting {row['round']}",
            reverse("networks:group-detail", args=[row["slug"]]),
        )
        for row in figures["meetings"]["missing_returns"][:8]
    ]
    facts += [
        ("Area for development", row["title"], reverse("coproduction:involvement-detail", args=[row["pk"]]))
        for row in figures["involvements"]["rows"]
        if row.get("is_development")
    ]
    facts += [
        ("Waiting for an answer", row["title"], reverse("coproduction:involvement-detail", args=[row["pk"]]))
        for row in figures["involvements"]["rows"]
        if row["key"] == "waiting"
    ]
    facts += [
        ("Coverage", f"{row['site']}: {row['percent']}%", reverse("sites:detail", args=[row["slug"]]))
        for row in figures["coverage"]
        if row["percent"] is not None
    ]
    return facts


def _charter(figures: Mapping[str, Any]) -> list[Fact]:
    charter = figures["charter"]
    if charter is None:
        return [("Charter", "None yet", reverse("coproduction:index"))]
    agreed = (
        f"Version {charter['agreed'].get('name', charter['agreed']['number'])}" if charter["agreed"] else "None yet"
    )
    return [
        ("Agreed text", agreed, reverse("coproduction:index")),
        (
            "Suggestions answered",
            f"{charter['suggestions']['answered']} of {charter['suggestions']['made']}",
            reverse("coproduction:suggestion-list"),
        ),
        *((row["title"], row["state"].capitalize(), reverse("coproduction:index")) for row in charter["waypoints"]),
    ]


def _networks(figures: Mapping[str, Any]) -> list[Fact]:
    said = figures["contributions"]
    facts = [
        ("Enablers", str(said["enablers"]), reverse("networks:list")),
        ("Barriers", str(said["barriers"]), reverse("networks:list")),
    ]
    facts += [
        (
            row["local_network"],
            f"{row['held']} of {row['planned']} returns",
            reverse("networks:group-detail", args=[row["slug"]]),
        )
        for network in figures["meetings"]["networks"][:NETWORKS_SHOWN]
        for row in network["rows"][:8]
    ]
    facts += [
        (row["theme"], f"{_many(row['enablers'], 'enabler')}, {_many(row['barriers'], 'barrier')}", "")
        for row in said["themes"][:6]
    ]
    return facts


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _sites(figures: Mapping[str, Any]) -> list[Fact]:
    facts = [
        (row["label"], str(row["total"]), f"{reverse('sites:list')}?delivery_model={row['key']}")
        for row in figures["sites"]["by_model"]
    ]
    facts += [
        (
            f"Coverage at {row['site']}",
            f"{row['joined']} of {row['listed']}",
            reverse("sites:detail", args=[row["slug"]]),
        )
        for row in figures["coverage"]
    ]
    return facts


def _method(figures: Mapping[str, Any]) -> list[Fact]:
    withheld = "Some are withheld" if figures["attendance"]["is_withheld"] else "None is withheld"
    return [("Numbers of people", f"Rounded to 5. {withheld}.", "")]


def _equality(figures: Mapping[str, Any]) -> list[Fact]:
    rows = figures["attendance"]["rows"]
    facts = [(row["label"], "withheld" if row["value"] is None else f"about {row['value']}", "") for row in rows]
    if asked := figures.get("equality"):
        answered = "withheld" if asked["answered"] is None else f"about {asked['answered']} or more"
        facts.append(
            (
                "Answered the equality questions",
                f"{answered} of {asked['asked']}",
                reverse("coproduction:equality-list"),
            )
        )
    return facts


def _none(figures: Mapping[str, Any]) -> list[Fact]:
    return []
