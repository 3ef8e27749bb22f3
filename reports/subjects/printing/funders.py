"""The chapters of a quarterly note to funders, from its frozen data. Pure."""

from collections.abc import Mapping
from typing import Any

from reports.subjects.printing import parts
from reports.subjects.printing.parts import many, on
from reports.subjects.printing.site import coverage_parts

Data = Mapping[str, Any]
FOUR = 4


def figures(data: Data) -> list[dict[str, Any]]:
    """What stands at a glance, with what each figure counts."""
    held = sum(row["held"] for row in data["networks"])
    said = sum(row["said"] for row in data["networks"])
    measures = sum(len(part["rows"]) for part in data["outcomes"])
    return [
        parts.figure(
            "sites",
            "Sites",
            len(data["sites"]),
            f"{parts.counted(len(data['sites']), 'site')} at the end of the quarter",
            "Sites that had begun, whatever their status.",
        ),
        parts.figure(
            "measures",
            "Measures",
            measures,
            f"{parts.counted(measures, 'measure')} of outcomes in use",
            "Measures with a baseline or a reading by the end of the quarter.",
        ),
        parts.figure(
            "readings",
            "New readings",
            data["readings"],
            f"new {parts.counted(data['readings'], 'reading')} in the quarter",
            "Readings of measures made in the quarter.",
        ),
        parts.figure(
            "milestones-done",
            "Milestones complete",
            len(data["milestones"]["done"]),
            f"{parts.counted(len(data['milestones']['done']), 'milestone')} completed; {len(data['milestones']['late'])} late",
            "Milestones whose day of completion is in the quarter; late: planned for before its end and not complete then.",
        ),
        parts.figure(
            "meetings-held",
            "Meetings held",
            held,
            f"{parts.counted(held, 'meeting')} of local networks held",
            "Meetings in the quarter whose log is in.",
        ),
        parts.figure(
            "contributions",
            "Contributions",
            said,
            f"{parts.counted(said, 'thing')} said in those meetings",
            "What was logged of what people said.",
        ),
    ]


def chapters(data: Data, opening: str, closing: str) -> list[dict[str, Any]]:
    """Every chapter, in reading order."""
    unfinished = (
        [] if data["is_over"] else ["The quarter is not over. Figures stand as they are today and will change."]
    )
    return [
        parts.chapter(
            "summary",
            "In short",
            [
                parts.words(opening),
                parts.stats(figures(data)),
                parts.flag("Please note", unfinished),
            ],
        ),
        parts.chapter("outcomes", "Outcomes against the frame", _outcomes(data)),
        parts.chapter("delivery", "What was done", _delivery(data)),
        parts.chapter("sites", "Every site", _sites(data)),
        *([parts.chapter("next", "What comes next", [parts.words(closing)])] if closing.strip() else []),
    ]


def _outcomes(data: Data) -> list[Any]:
    measured = [part for part in data["outcomes"] if part["rows"]]
    if not measured:
        return [parts.paragraph("No outcome had been measured at any site by the end of this quarter.")]
    found: list[Any] = [
        parts.paragraph(
            "Every site is asked about the same five things. Each measure is shown as it was before the work began, at "
            "the start of the quarter, and at its end. A change is counted from before the work began."
        )
    ]
    for part in measured:
        found += [
            parts.heading(part["frame"]),
            parts.table(
                f"{part['frame']}: {part['means'][0].lower()}{part['means'][1:].rstrip('.')}",
                ["Measure", "Before", "Quarter’s start", "Quarter’s end", "Change"],
                [
                    (
                        (row["name"], row["site"]),
                        row["baseline"],
                        row["before"],
                        (row["latest"] or "No reading yet", _when(row)),
                        row["change"],
                    )
                    for row in part["rows"]
                ],
                columns="quarter",
            ),
        ]
    missing = [part["frame"].lower() for part in data["outcomes"] if not part["rows"]]
    found.append(parts.note(f"Not measured at any site yet: {', '.join(missing)}.") if missing else None)
    if data["unmeasured"]:
        found.append(parts.paragraph(f"Without a measure so far: {parts.listed(data['unmeasured'])}."))
    return found


def _when(row: Data) -> str:
    if not row["latest"]:
        return ""
    return f"Read on {row['latest_on']}" if row["is_new"] else f"Not read this quarter; last on {row['latest_on']}"


def _delivery(data: Data) -> list[Any]:
    done, late = data["milestones"]["done"], data["milestones"]["late"]
    found: list[Any] = [
        parts.heading("Milestones"),
        parts.table(
            "Milestones completed in the quarter",
            ["Milestone", "Planned", "Reached"],
            [((row["title"], row["site"]), on(row["planned_on"]), on(row["on"])) for row in done],
            columns="done",
        )
        or parts.paragraph("No milestone was completed in this quarter."),
        parts.table(
            "Milestones that were late at the end of the quarter",
            ["Milestone", "Planned"],
            [((row["title"], row["site"]), on(row["planned_on"])) for row in late],
            columns="late",
        ),
        parts.heading("Networks"),
        parts.table(
            "Meetings of local networks in the quarter, and what was said in them",
            ["Network", "Meetings held", "Contributions"],
            [(row["name"], row["held"], row["said"]) for row in data["networks"]],
            columns="networks",
            numbers=(1, 2),
        )
        or parts.paragraph("No local network met in this quarter."),
    ]
    for number, row in enumerate(data["coverage"]):
        found += [parts.heading(f"How far {row['site']} reaches"), *coverage_parts(row, f"coverage-{number}")]
    if data["spread"]:
        found += [
            parts.heading("Taken up elsewhere"),
            parts.table(
                "Places that took up a site’s work in the quarter",
                ["Place", "Nation", "How", "Since"],
                [
                    ((row["place"], f"{row['site']}: {row['what']}"), row["nation"], row["how"], on(row["on"]))
                    for row in data["spread"]
                ],
                columns="spread",
            ),
        ]
    return found


def _sites(data: Data) -> list[Any]:
    if not data["sites"]:
        return [parts.paragraph("No site had begun by the end of this quarter.")]
    by_status = ", ".join(f"{label.lower()} {count}" for label, count in data["statuses"])
    return [
        parts.paragraph(f"{many(len(data['sites']), 'site')} on the last day: {by_status}."),
        parts.table(
            "Sites as they stood at the end of the quarter",
            ["Site", "Delivery model", "Nations", "Status"],
            [
                (
                    (row["name"], row["host"]),
                    row["model"],
                    "All four nations" if len(row["nations"]) == FOUR else ", ".join(row["nations"]),
                    row["status"],
                )
                for row in data["sites"]
            ],
            columns="sites",
        ),
    ]
