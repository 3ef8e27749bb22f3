"""The chapters of a site's report, from its frozen data. Pure."""

from collections.abc import Mapping
from typing import Any

from impact.core.documents import charts
from reports.subjects.printing import parts
from reports.subjects.printing.parts import many, on

Data = Mapping[str, Any]


def figures(data: Data) -> list[dict[str, Any]]:
    """What stands at a glance, with what each figure counts."""
    coverage, milestones = data["coverage"], data["milestones"]
    measured = [part for part in data["outcomes"] if any(row["latest"] for row in part["rows"])]
    promised = [row for side in data["commitments"] for row in side["rows"]]
    kept = sum(side["kept"] for side in data["commitments"])
    found = []
    if coverage:
        found.append(
            parts.figure(
                "coverage",
                "Coverage",
                coverage["joined"],
                f"of {many(coverage['listed'], coverage['unit_name'])} take part ({coverage['percent']}%)",
                "Those that have joined, of the roster in force on the day.",
            )
        )
    return [
        *found,
        parts.figure(
            "milestones",
            "Milestones complete",
            milestones["done"],
            f"of {many(len(milestones['rows']), 'milestone')} complete",
            "Milestones with a day on which they were completed.",
        ),
        parts.figure(
            "commitments",
            "Promises kept",
            kept,
            f"of {many(len(promised), 'promise')} kept",
            "What the centre and the host promised each other.",
        ),
        parts.figure(
            "frames-measured",
            "Frames with a reading",
            len(measured),
            f"of {len(data['outcomes'])} frames have a reading",
            "Frames of outcomes in which at least one measure has been read.",
        ),
        parts.figure(
            "check-entries",
            "Co-production entries",
            data["check"]["total"],
            f"{parts.counted(data['check']['total'], 'entry', 'entries')} in the co-production check",
            "Times that people were involved, as the site recorded them.",
        ),
        parts.figure(
            "in-use-elsewhere",
            "In use elsewhere",
            data["spread"]["in_use"],
            "other place uses this work" if data["spread"]["in_use"] == 1 else "other places use this work",
            "Places that took up the work as it is, or adapted it.",
        ),
    ]


def chapters(data: Data, opening: str, closing: str) -> list[dict[str, Any]]:
    """Every chapter, in reading order."""
    return [
        parts.chapter(
            "summary",
            "In short",
            [
                parts.words(opening or data["summary"]),
                parts.stats(figures(data)),
                parts.table("About this site", ["About", "As it stands"], data["about"], columns="facts"),
            ],
        ),
        parts.chapter(
            "delivery", "What was planned and done", [*_coverage(data), *_milestones(data), *_promises(data)]
        ),
        parts.chapter("outcomes", "What has changed", _outcomes(data)),
        parts.chapter("together", "Working together", _together(data)),
        parts.chapter("learning", "What was learned", _learning(data)),
        *([parts.chapter("next", "What comes next", [parts.words(closing)])] if closing.strip() else []),
    ]


def coverage_parts(row: Data, name: str) -> list[Any]:
    """How far a site reaches: a sentence and a chart that says all of it."""
    if row["percent"] is None:
        return []
    verb = "takes" if row["joined"] == 1 else "take"
    partial = " Partial coverage means that some people cannot benefit yet." if row["percent"] < 100 else ""
    return [
        parts.paragraph(
            f"{row['joined']} of {many(row['listed'], row['unit_name'])} {verb} part: {row['percent']}%.{partial}",
            is_kept=True,
        ),
        parts.chart(
            name,
            charts.coverage(f"Coverage at {row['site']}", dict(row)),
            f"Where each {row['unit_name']} of {row['site']} stands",
        ),
    ]


def _coverage(data: Data) -> list[Any]:
    if not data["coverage"]:
        return []
    return [parts.heading("How far it reaches"), *coverage_parts(data["coverage"], "coverage")]


def _milestones(data: Data) -> list[Any]:
    rows = data["milestones"]["rows"]
    if not rows:
        return [parts.paragraph("No milestones have been recorded yet.")]
    return [
        parts.heading("Milestones"),
        parts.paragraph(f"{data['milestones']['words']}."),
        parts.table(
            "Milestones, with the day planned and the day reached",
            ["Milestone", "Planned", "Reached", "Against plan"],
            [
                (
                    row["title"],
                    on(row["planned_on"]),
                    on(row["actual_on"]) or ("Overdue" if row["is_overdue"] else "To come"),
                    row["slippage"],
                )
                for row in rows
            ],
            columns="milestones",
        ),
    ]


def _promises(data: Data) -> list[Any]:
    rows = [
        (
            row["text"],
            side["side"],
            on(row["due_on"]) or "No date",
            ("Overdue" if row["is_overdue"] else row["state"], row["outcome"]),
        )
        for side in data["commitments"]
        for row in side["rows"]
    ]
    if not rows:
        return [parts.paragraph("The centre and the host have not recorded any promises yet.")]
    return [
        parts.heading("What each side promised"),
        parts.table(
            "What the centre and the host promised each other",
            ["Promise", "By", "Due", "Where it stands"],
            rows,
            columns="promises",
        ),
    ]


def _outcomes(data: Data) -> list[Any]:
    measured = [part for part in data["outcomes"] if part["rows"]]
    if not measured:
        return [parts.paragraph("No outcomes have been measured at this site yet.")]
    found: list[Any] = [
        parts.paragraph("Every site is asked about the same five things, so that sites can be compared.")
    ]
    for part in measured:
        found += [
            parts.heading(part["frame"]),
            parts.table(
                f"{part['frame']}: {part['means'][0].lower()}{part['means'][1:].rstrip('.')}",
                ["Measure", "Before", "Latest", "Change"],
                [
                    (
                        (row["name"], f"Source: {row['source']}"),
                        (row["baseline"], on(row["baseline_on"])),
                        (row["latest"] or "No reading yet", on(row["latest_on"])),
                        row["change"],
                    )
                    for row in part["rows"]
                ],
                columns="measures",
            ),
        ]
    readings = [
        ((row["name"], reading["note"]), on(reading["on"]), reading["value"])
        for part in measured
        for row in part["rows"]
        if len(row["readings"]) > 1
        for reading in row["readings"]
    ]
    found.append(
        parts.table(
            "Measures that were read more than once, reading by reading",
            ["Measure", "Read on", "Value"],
            readings,
            columns="readings",
        )
    )
    missing = [part["frame"].lower() for part in data["outcomes"] if not part["rows"]]
    found.append(parts.note(f"Not measured at this site: {', '.join(missing)}.") if missing else None)
    return found


def _together(data: Data) -> list[Any]:
    check, evidence = data["check"], data["evidence"]
    found: list[Any] = []
    if check["rows"]:
        found.append(
            parts.table(
                "The co-production check: who was involved in what, and what changed",
                ["When", "Who and how", "Part of the work", "What changed"],
                [
                    (on(row["on"]), (row["who"], row["how"]), row["part"], row["what_changed"] or "Nothing yet")
                    for row in check["rows"]
                ],
                columns="check",
            )
        )
    else:
        found.append(parts.paragraph("The site has not recorded yet whom it involved."))
    if any(row["value"] for row in evidence["rows"]):
        balance = [(str(row["label"]), row["value"]) for row in evidence["rows"]]
        found += [
            parts.heading("The evidence behind it"),
            parts.chart(
                "evidence", charts.bars("Evidence of three kinds", balance), "Evidence of three kinds about this site"
            ),
        ]
    return found


def _learning(data: Data) -> list[Any]:
    found: list[Any] = []
    for row in data["notes"]:
        told = [("What worked:", row["worked"]), ("What did not work:", row["did_not_work"])]
        found.append(
            parts.story(
                f"For {row['for_whom']}", f"{row['setting']}, {on(row['on'])}", "", [one for one in told if one[1]]
            )
        )
    if not found:
        found.append(parts.paragraph("No notes on learning have been written yet."))
    spread = data["spread"]["rows"]
    found.append(parts.heading("Taken up elsewhere"))
    found.append(
        parts.table(
            "Places that took up this work",
            ["Place", "Nation", "How", "Since"],
            [((row["place"], row["what"]), row["nation"], row["how"], on(row["on"])) for row in spread],
            columns="spread",
        )
        or parts.paragraph("No other place has taken up this work yet.")
    )
    return found
