"""What the report of a round says: one plain structure from which the page, the Excel file and the PDF are drawn."""

from collections import Counter
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.utils import timezone

from sites.calls.applications.models import Application
from sites.calls.assessment.models import Assessment, EligibilityCheck
from sites.calls.portfolios.characteristics import groups_of, words_for
from sites.calls.portfolios.deciding.services import release_of
from sites.calls.portfolios.models import Award, Decision, Enquiry, SentLetter
from sites.calls.portfolios.reporting.fairness import fairness
from sites.calls.portfolios.weighing.candidates import candidates_of
from sites.calls.portfolios.weighing.figures import figures
from sites.calls.portfolios.weighing.services import mix_of, wishes_of
from sites.calls.rounds.models import Round

Outcome = Decision.Outcome
WITHHELD = "withheld"


def round_contents(round: Round) -> dict[str, Any]:
    """Counts, the mix against its targets, the decisions with their reasons, and the fairness note. No contact data.

    Everything is plain text and numbers, so that it can be frozen as it is.
    """
    mix = mix_of(round)
    groups = groups_of(round)
    candidates = candidates_of(round, with_values=mix.is_locked)
    decisions = list(
        Decision.objects.filter(application__round=round)
        .select_related("application")
        .order_by("reserve_place", "application__organisation_name", "application__reference")
    )
    running = {row.key: row for row in candidates}
    live = [row for row in decisions if row.application_id in running]
    chosen = [running[row.application_id] for row in live if row.outcome == Outcome.CHOSEN]
    release = release_of(round)
    standing = figures(chosen, wishes_of(mix), groups)
    return {
        "round": round.name,
        "is_illustrative": round.is_illustrative,
        "released_on": timezone.localtime(release.at).date().isoformat() if release else None,
        "counts": _counts(round, len(candidates)),
        "locked_on": timezone.localtime(mix.locked_at).date().isoformat() if mix.locked_at else None,
        "lock_reason": mix.lock_reason,
        "targets": [
            {"words": each.words, "shown": each.shown, "verdict": each.verdict, "is_met": each.is_met}
            for each in standing.standings
        ],
        "outcomes": [
            {
                "label": label,
                "count": sum(row.outcome == value for row in live),
                "money": str(
                    sum((running[row.application_id].money for row in live if row.outcome == value), Decimal(0))
                ),
            }
            for value, label in Outcome.choices
        ],
        "undecided": len(candidates) - len(live),
        "chosen": [_row(row, running, groups) for row in live if row.outcome == Outcome.CHOSEN],
        "reserve": [_row(row, running, groups) for row in live if row.outcome == Outcome.RESERVE],
        "fairness": [asdict(part) for part in fairness(candidates, {row.key for row in chosen}, groups)]
        if live
        else [],
    }


def _row(decision: Decision, running: dict[int, Any], groups: Any) -> dict[str, Any]:
    row = running[decision.application_id]
    words = words_for(groups)
    nation = next((words[trait].split(": ", 1)[1] for trait in row.traits if trait.startswith("nation:")), "")
    return {
        "reference": row.reference,
        "name": row.name or row.reference,
        "nation": nation,
        "money": str(row.money),
        "value": None if row.value is None else round(row.value, 1),
        "place": decision.reserve_place,
        "reason": decision.reason,
    }


def _counts(round: Round, running: int) -> list[dict[str, Any]]:
    """The figures at the top, each with its words."""
    states = Counter(Application.objects.filter(round=round).values_list("state", flat=True))
    assessments = Assessment.objects.filter(submitted_at__isnull=False, assignment__application__round=round)
    enquiries = Counter(
        (kind, answered is not None)
        for kind, answered in Enquiry.objects.filter(decision__application__round=round).values_list(
            "kind", "answered_on"
        )
    )
    found = [
        ("Applications that can be chosen", running),
        ("Applications found not eligible", states[Application.State.SUBMITTED] - running),
        ("Applications withdrawn", states[Application.State.WITHDRAWN]),
        ("Applications deleted at the applicant's request", states[Application.State.ERASED]),
        ("Applications begun and not submitted", states[Application.State.DRAFT]),
        ("Assessments submitted", assessments.count()),
        ("Assessors", assessments.values("assignment__assessor").distinct().count()),
        (
            "Letters sent",
            SentLetter.objects.filter(decision__application__round=round).count()
            + EligibilityCheck.objects.filter(application__round=round, told_at__isnull=False).count(),
        ),
        ("Questions", enquiries["question", True] + enquiries["question", False]),
        ("Appeals", enquiries["appeal", True] + enquiries["appeal", False]),
        ("Questions and appeals not answered yet", enquiries["question", False] + enquiries["appeal", False]),
        ("Sites that came of it", Award.objects.filter(application__round=round).count()),
    ]
    return [{"label": label, "number": number} for label, number in found]


def rows_of(contents: dict[str, Any]) -> list[tuple[str, str, Any, Any, Any, str]]:
    """The report as one table: part, what, figure, of, share in per cent, and words. None of it is worked out again."""
    rows: list[tuple[str, str, Any, Any, Any, str]] = []
    rows += [("Counts", each["label"], each["number"], None, None, "") for each in contents["counts"]]
    rows += [("Targets", each["words"], each["shown"], None, None, each["verdict"]) for each in contents["targets"]]
    rows += [
        ("Decisions", each["label"], each["count"], None, None, f"Asked for £{Decimal(each['money']):,.2f}")
        for each in contents["outcomes"]
    ]
    rows.append(("Decisions", "No decision yet", contents["undecided"], None, None, ""))
    for part in ("chosen", "reserve"):
        rows += [
            (
                "Chosen" if part == "chosen" else "Reserve list",
                f"{row['name']} ({row['reference']})",
                row["value"],
                None,
                None,
                row["reason"],
            )
            for row in contents[part]
        ]
    for part in contents["fairness"]:
        rows += [
            (
                f"Fairness: {part['label']}",
                rate["label"],
                WITHHELD if rate["chosen"] is None else rate["chosen"],
                WITHHELD if rate["applied"] is None else rate["applied"],
                rate["percent"],
                "",
            )
            for rate in part["rows"]
        ]
    return rows


COLUMNS = {
    "Part": lambda row: row[0],
    "What": lambda row: row[1],
    "Figure": lambda row: row[2],
    "Of": lambda row: row[3],
    "Per cent": lambda row: row[4],
    "In words": lambda row: row[5],
}
