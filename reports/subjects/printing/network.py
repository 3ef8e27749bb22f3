"""The chapters of a network's report, from its frozen data. Pure."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from impact.core.basics.markdown import render_markdown
from impact.core.documents import charts
from reports.formats.drawings import NETWORKS_DRAWN, slot_day
from reports.subjects.printing import parts
from reports.subjects.printing.parts import many, on

Data = Mapping[str, Any]
ABOUT = ("Status", "Topic", "Where", "Host")
MOST_THEMES = 14  # drawn; the table below holds all


def figures(data: Data) -> list[dict[str, Any]]:
    """What stands at a glance, with what each figure counts."""
    meetings, themes, counts = data["meetings"], data["themes"]["total"], data["actions"]["counts"]
    people = data["people"]["total"]
    return [
        parts.figure(
            "local-networks", "Local networks", len(data["groups"]), "local networks", "Local networks of this network."
        ),
        parts.figure(
            "meetings-held",
            "Meetings held",
            meetings["held"],
            f"of {meetings['planned']} planned meetings held",
            "Meetings of the local networks whose log is in.",
        ),
        parts.figure(
            "people",
            "People who took part",
            people,
            "people took part, to the nearest 5",
            "People who came to at least one meeting, rounded to the nearest 5. Numbers that could identify someone are withheld.",
        ),
        parts.figure(
            "contributions",
            "Contributions",
            themes["total"],
            f"{parts.counted(themes['total'], 'thing')} said: {many(themes['enablers'], 'enabler')}, {many(themes['barriers'], 'barrier')}",
            "What was said in logged meetings, with a theme or without.",
        ),
        parts.figure(
            "learning",
            "Learning shared",
            len(data["learning"]),
            f"{parts.counted(len(data['learning']), 'piece')} of learning shared",
            "Learning that these local networks sent to others, without what was withdrawn.",
        ),
        parts.figure(
            "actions-done",
            "Actions done",
            counts["done"],
            f"of {many(counts['total'], 'action')} done",
            "Actions of the plan with the outcome “done”.",
        ),
    ]


def chapters(data: Data, opening: str, closing: str) -> list[dict[str, Any]]:
    """Every chapter, in reading order."""
    return [
        parts.chapter(
            "summary",
            "In short",
            [
                parts.words(opening),
                parts.stats(figures(data)),
                parts.flag("Returns that are missing", [f"{row}." for row in data["meetings"]["missing"]]),
                _about(dict(data["about"])),
            ],
        ),
        parts.chapter("meetings", "Who met, and how often", _meetings(data)),
        parts.chapter("themes", "What people said", _themes(data)),
        parts.chapter("learning", "What was learned", _learning(data)),
        parts.chapter("plan", "The action plan", _plan(data)),
        *([parts.chapter("next", "What comes next", [parts.words(closing)])] if closing.strip() else []),
    ]


def _about(found: dict[str, str]) -> Any:
    """Since when it has been active, what it is about, and where."""
    rows = [(label, found[label]) for label in ABOUT if found.get(label)]
    return parts.table("About this network", ["About", "As it stands"], rows, columns="facts")


def _meetings(data: Data) -> list[Any]:
    if not data["groups"]:
        return [parts.paragraph("No local network has started yet.")]
    returns, people = data["meetings"]["returns"], data["people"]
    rows = [
        (
            row["name"],
            (row["nation"], row["place"]),
            row["held"],
            row["planned"],
            " to ".join(filter(None, [on(row["starts_on"]), on(row["ends_on"])])),
        )
        for row in data["groups"]
    ]
    total = ("All", "", data["meetings"]["held"], data["meetings"]["planned"], "")
    days = Counter(slot["on"][:4] for row in returns["rows"] for slot in row["slots"] if slot["on"])
    year = int(days.most_common(1)[0][0]) if days else 0
    drawn = charts.cadence(
        "Meetings of each local network",
        [
            (row["local_network"], [(slot["state"], slot_day(slot["on"], year)) for slot in row["slots"]])
            for row in returns["rows"][:NETWORKS_DRAWN]
        ],
    )
    return [
        parts.table(
            "Local networks and their meetings",
            ["Local network", "Nation", "Held", "Planned", "Runs"],
            [*rows, total],
            columns="groups",
            numbers=(2, 3),
            has_total=True,
        ),
        parts.chart("returns", drawn, "Meetings of each local network"),
        parts.heading("Who took part"),
        _people_table(people) or parts.paragraph("No attendance has been recorded yet."),
        parts.note(
            "Rounded to the nearest 5."
            + (
                " A number is withheld where it could identify someone, or would give away another that is withheld."
                if people["is_withheld"]
                else ""
            )
        )
        if people["rows"]
        else None,
    ]


def _people_table(people: Data) -> Any:
    if not people["rows"]:
        return None
    rows = [
        (row["label"], "withheld: too few" if row["value"] is None else f"about {row['value']}")
        for row in people["rows"]
    ]
    total = "withheld" if people["total"] is None else f"about {people['total']}"
    rows.append(("All shown" if people["is_withheld"] else "All", total))
    return parts.table(
        "People who came to at least one meeting, by perspective",
        ["Perspective", "People"],
        rows,
        columns="num-1",
        numbers=(1,),
        has_total=True,
    )


def _themes(data: Data) -> list[Any]:
    themes = data["themes"]
    if not themes["total"]["total"]:
        return [parts.paragraph("No contributions have been recorded yet.")]
    told = [row for row in themes["rows"] if row["enablers"] or row["barriers"]]
    drawn = charts.split(
        "What helps and what gets in the way, by theme",
        [(row["theme"], row["enablers"], row["barriers"]) for row in told[:MOST_THEMES]],
    )
    rows = [(row["theme"], *(_said(*cell) for cell in row["cells"]), row["total"]) for row in [*themes["rows"]]]
    total = themes["total"]
    last = ("All", *(_all(cell) for cell in total["cells"]), total["total"])
    return [
        parts.paragraph(
            f"{many(total['total'], 'thing')} said in meetings: {many(total['enablers'], 'enabler')}, "
            f"{many(total['barriers'], 'barrier')} and {total['others']} experiences, solutions and questions. Whether "
            "something helps or hinders belongs to what was said, not to its theme: the same theme can do both."
        ),
        parts.chart("themes", drawn, "Enablers and barriers by theme: barriers are striped and run to the left")
        if told
        else None,
        parts.table(
            "What was said, by theme and nation",
            ["Theme", *themes["nations"], "All"],
            [*rows, last],
            columns="themes-all",
            numbers=(len(themes["nations"]) + 1,),
            has_total=True,
        ),
    ]


def _said(enablers: int, barriers: int, others: int) -> str:
    found = [
        many(enablers, "enabler") if enablers else "",
        many(barriers, "barrier") if barriers else "",
        f"{others} other" if others else "",
    ]
    return ", ".join(filter(None, found)) or "none"


def _all(cell: list[int]) -> str:
    return str(sum(cell))


def _learning(data: Data) -> list[Any]:
    if not data["learning"]:
        return [parts.paragraph("The local networks have not shared any learning yet.")]
    found: list[Any] = [
        parts.paragraph("What one local network learned, in its own words, and what the others made of it.")
    ]
    for row in data["learning"]:
        answers = [f"{label.lower()}: {count}" for label, count in row["answers"] if count]
        answers += [f"no answer yet: {row['waiting']}"] if row["waiting"] else []
        small = f"{row['from']}, {on(row['on'])}" + (f". Theme: {row['theme']}" if row["theme"] else "")
        sent = f"Sent to {many(row['sent_to'], 'local network')}" + (f" ({'; '.join(answers)})." if answers else ".")
        html = render_markdown(row["words"], heading_offset=4)
        found.append(parts.story(row["title"], small, html, [("", sent)]))
    return found


def _plan(data: Data) -> list[Any]:
    counts, rows = data["actions"]["counts"], data["actions"]["rows"]
    if not rows:
        return [parts.paragraph("This network has no action plan yet: no action has been recorded.")]
    late = f", {counts['overdue']} of them overdue" if counts["overdue"] else ""
    return [
        parts.paragraph(
            f"The plan holds {many(counts['total'], 'action')}: {counts['done']} done, {counts['open']} open{late}, "
            f"and {counts['dropped']} dropped. Each comes from something that was said in a meeting, where one is named. "
            "Owners are named by role, and words stand here only where the person who said them agrees to be quoted."
        ),
        parts.table(
            "Every action, where it comes from, and what came of it",
            ["Action", "Comes from", "Owner", "Due", "What came of it"],
            [
                (
                    (row["what"], row["from"]),
                    _source(row),
                    row["owner"] or "No owner yet",
                    on(row["due_on"]) or "No date",
                    (row["state_label"], row["outcome"]),
                )
                for row in rows
            ],
            columns="plan",
        ),
    ]


def _source(row: Data) -> Any:
    if not row["kind"]:
        return "–"
    about = f"{row['kind']}: {row['theme']}" if row["theme"] else row["kind"]
    return (about, f"“{row['words']}”" if row["words"] else "")
