"""What a site's report freezes: the words and figures of its own page."""

from typing import Any

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from sites.progress.delivery.pages import commitments_of, milestones_of
from sites.progress.evidence.models import EvidenceItem
from sites.progress.evidence.pages import balance_rows, evidence_about
from sites.progress.outcomes.measures.models import FRAME_MEANS
from sites.progress.outcomes.measures.pages import by_frame, measures_of
from sites.progress.outcomes.pages import check_of, figures_of, milestones_in_words, spread_of
from sites.progress.units import roster
from sites.progress.units.models import UnitChange
from sites.registry.models import Site

Data = dict[str, Any]
STATES = {
    "joined": UnitChange.State.JOINED,
    "approached": UnitChange.State.APPROACHED,
    "declined": UnitChange.State.DECLINED,
    "not_approached": UnitChange.State.NOT_APPROACHED,
}


def iso(on: Any) -> str:
    """A day as JSON has it; empty for none."""
    return on.isoformat() if on else ""


def gather(site: Site, before: Data | None) -> Data:
    """Every figure and every word of a site's report, as plain JSON values. It counts no people."""
    on = clock.today()
    parts = dict(figures_of(SYSTEM, site, on))
    milestones, measures, spread = milestones_of(site, on), measures_of(site), spread_of(site)
    balance = balance_rows(EvidenceItem.objects.filter(sites=site).balance())
    return {
        "about": [[label, "; ".join(lines)] for label, lines in parts["About"]],
        "delivery": [[label, "; ".join(lines)] for label, lines in parts["Delivery"]],
        "together": [[label, "; ".join(lines)] for label, lines in parts["Together"]],
        "summary": site.summary,
        "coverage": coverage_of(site, on),
        "milestones": {
            "words": milestones_in_words(milestones),
            "done": sum(found["row"].actual_on is not None for found in milestones),
            "overdue": sum(found["is_overdue"] for found in milestones),
            "rows": [
                {
                    "title": found["row"].title,
                    "planned_on": iso(found["row"].planned_on),
                    "actual_on": iso(found["row"].actual_on),
                    "expected_on": iso(found["row"].expected_on),
                    "slippage": found["slippage"],
                    "is_overdue": found["is_overdue"],
                }
                for found in milestones
            ],
        },
        "commitments": [
            {
                "side": str(part["side"].label),
                "kept": part["kept"],
                "rows": [
                    {
                        "text": found["row"].text,
                        "due_on": iso(found["row"].due_on),
                        "state": str(found["row"].get_state_display()),
                        "is_overdue": found["is_overdue"],
                        "outcome": found["row"].outcome,
                    }
                    for found in part["rows"]
                ],
            }
            for part in commitments_of(site, on)
        ],
        "outcomes": [
            {
                "frame": str(part["frame"].label),
                "means": FRAME_MEANS[part["frame"]],
                "rows": [_measure(found) for found in part["rows"]],
            }
            for part in by_frame(measures)
        ],
        "check": _check(site, on),
        "evidence": {"words": evidence_about(SYSTEM, site)["words"], "rows": balance},
        "notes": [
            {
                "worked": note.worked,
                "did_not_work": note.did_not_work,
                "for_whom": note.for_whom,
                "setting": note.setting,
                "on": iso(note.noted_on),
            }
            for note in site.learning_notes.order_by("noted_on", "pk")
        ],
        "spread": {
            "in_use": spread["in_use"],
            "rows": [
                {
                    "place": row.place,
                    "organisation": str(row.organisation or ""),
                    "nation": str(Nation(row.nation).label),
                    "how": str(row.get_how_display()),
                    "on": iso(row.on),
                    "what": row.what,
                }
                for row in spread["rows"]
            ],
        },
        "held_words": [],
    }


def coverage_of(site: Site, on: Any) -> Data | None:
    """How far a site reaches into the roster in force on a day, state by state; None without a roster."""
    rows = roster.roster(site, on)
    if not rows:
        return None
    figure = roster.coverage_of(rows)
    counts = {key: sum(row.state == state for row in rows) for key, state in STATES.items()}
    return {
        "site": site.name,
        "unit_name": site.unit_name or "unit",
        "listed": figure.total,
        "percent": figure.percent,
        **counts,
    }


def _measure(found: Data) -> Data:
    row = found["row"]
    return {
        "name": row.name,
        "definition": row.definition,
        "source": row.source,
        "baseline": found["baseline"],
        "baseline_on": iso(row.baseline_on),
        "latest": found["latest_words"],
        "latest_on": iso(found["latest"].on if found["latest"] else None),
        "change": found["change"],
        "readings": [
            {"on": iso(reading["row"].on), "value": reading["words"], "note": reading["row"].note}
            for reading in found["readings"]
        ],
    }


def _check(site: Site, on: Any) -> Data:
    found = check_of(site, on)
    return {
        "total": found["total"],
        "perspectives": found["perspectives"],
        "rows": [
            {
                "on": iso(row.on),
                "part": str(row.get_part_display()),
                "who": row.who,
                "how": row.how,
                "what_changed": row.what_changed,
            }
            for row in site.coproduction_entries.order_by("on", "pk")
        ],
    }
