"""Frozen data of reports about a network, a site and a quarter, made by hand: every kind of row, and numbers withheld."""

import copy
from datetime import datetime
from typing import Any

from django.utils import timezone

from reports.formats.content.language import ENGLISH
from reports.subjects.printing.document import SubjectSource

NATIONS = ["England", "Northern Ireland", "Scotland", "Wales"]
COVERAGE = {
    **{"site": "Site Canolog", "unit_name": "general practice", "listed": 14, "percent": 71},
    **{"joined": 10, "approached": 2, "declined": 1, "not_approached": 1},
}
FRAMES = [
    ("Reach", "How many people it came to, of those it is for."),
    ("Equity", "Whether it came to those who usually miss out."),
    ("Practice changed", "What people who work in care now do differently."),
    ("Sustained", "Whether it goes on once the project is over."),
    ("Cost", "What it takes in money and time."),
]


def _slots(*states: str) -> list[dict[str, Any]]:
    days = ("2022-07-26", "2022-09-27", "2022-11-29", "")
    return [{"number": n, "state": state, "on": days[n - 1]} for n, state in enumerate(states, start=1)]


def _network() -> dict[str, Any]:
    groups = [
        {
            **{"name": f"Llais, {nation}", "nation": nation, "place": f"Place {n}", "held": n, "planned": 4},
            **{"starts_on": "2022-07-25", "ends_on": "2023-01-31"},
        }
        for n, nation in enumerate(NATIONS)
    ]
    themes = [("Trust", [[2, 0, 1], [0, 0, 0], [0, 1, 0], [1, 1, 2]]), ("No theme yet", [[0, 0, 1]] * 4)]
    rows = [
        {
            **{"theme": theme, "cells": cells},
            **{key: sum(cell[n] for cell in cells) for n, key in enumerate(("enablers", "barriers", "others"))},
            "total": sum(map(sum, cells)),
        }
        for theme, cells in themes
    ]
    total = {key: sum(row[key] for row in rows) for key in ("enablers", "barriers", "others", "total")}
    total["cells"] = [[sum(row["cells"][n][k] for row in rows) for k in range(3)] for n in range(4)]
    states = [("done", "Done"), ("open", "To do"), ("overdue", "Overdue"), ("dropped", "Dropped")]
    return {
        "about": [["Status", "Active since 25 July 2022"], ["Topic", "Topic Gobaith"], ["Where", ", ".join(NATIONS)]],
        "groups": groups,
        "meetings": {
            **{"held": 6, "planned": 16, "missing": ["Northern Ireland has not yet reported on meetings 1, 2 and 3"]},
            "returns": {
                "label": "Llais",
                "rows": [
                    {"local_network": row["name"], "slots": _slots("returned", "missing", "planned", "none")}
                    for row in groups
                ],
            },
        },
        "people": {
            "rows": [
                {"key": "carer", "label": "Carer", "value": 10},
                {"key": "front_line", "label": "Front-line worker", "value": None},
                {"key": "provider", "label": "Service provider", "value": None},
            ],
            **{"total": 10, "is_withheld": True},
        },
        "themes": {"nations": NATIONS, "rows": rows, "total": total},
        "learning": [
            {
                **{
                    "title": "Gofyn eto",
                    "words": "Put a **date** for asking again.",
                    "from": "England",
                    "theme": "Trust",
                },
                **{
                    "on": "2022-10-10",
                    "sent_to": 4,
                    "answers": [["Tried it", 1], ["Adapted it", 1], ["Not for us", 1]],
                },
                "waiting": 1,
            }
        ],
        "actions": {
            "counts": {"total": 4, "done": 1, "open": 2, "overdue": 1, "dropped": 1},
            "rows": [
                {
                    **{"what": f"Cam {n}", "from": "Wales", "owner": "Member" if n else "", "state": state},
                    **{"due_on": "2022-12-01" if n else "", "state_label": label, "kind": "Enabler" if n else ""},
                    **{"theme": "Trust" if n else "", "words": "Dywedodd rhywun hyn." if n == 1 else ""},
                    **{"outcome": f"Daeth {n}." if n else "", "closed_on": ""},
                }
                for n, (state, label) in enumerate(states)
            ],
        },
        "held_words": ["canary-held"],
    }


def _outcomes(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"frame": f, "means": m, "rows": [row] if n < 3 else []} for n, (f, m) in enumerate(FRAMES)]


def _site() -> dict[str, Any]:
    measure = {
        **{
            "name": "Pobl â chynllun",
            "definition": "Canary definition.",
            "source": "Ffurflen fisol",
            "baseline": "40 pobl",
        },
        **{
            "baseline_on": "2022-06-01",
            "latest": "104 pobl",
            "latest_on": "2022-12-15",
            "change": "up 64 pobl, better",
        },
        "readings": [
            {"on": "2022-08-01", "value": "58 pobl", "note": "Nodyn."},
            {"on": "2022-12-15", "value": "104 pobl", "note": ""},
        ],
    }
    sides = [
        ("The centre", 1, [("Addo un", "", "Kept", False), ("Addo dau", "2022-12-01", "Open", True)]),
        ("The host", 0, [("Addo tri", "2023-03-31", "Not kept", False)]),
    ]
    steps = [("Carreg un", "2022-07-14", "14 days early", False), ("Carreg dau", "", "31 days late", True)]
    return {
        "about": [
            ["Delivery model", "Demonstrator"],
            ["Status", "Active since 20 June 2022"],
            ["Posts", "1 appointed"],
        ],
        "summary": "Crynodeb y safle.",
        "coverage": COVERAGE,
        "milestones": {
            **{"words": "1 of 2 complete, 1 overdue", "done": 1, "overdue": 1},
            "rows": [
                {
                    **{"title": title, "planned_on": "2022-07-28", "actual_on": reached, "slippage": slippage},
                    "is_overdue": is_late,
                }
                for title, reached, slippage, is_late in steps
            ],
        },
        "commitments": [
            {
                **{"side": side, "kept": kept},
                "rows": [
                    {"text": text, "due_on": due, "state": state, "is_overdue": late, "outcome": ""}
                    for text, due, state, late in rows
                ],
            }
            for side, kept, rows in sides
        ],
        "outcomes": _outcomes(measure),
        "check": {
            **{"total": 1, "perspectives": []},
            "rows": [
                {
                    **{"on": "2022-07-01", "part": "Planning how", "who": "Wyth o bobl", "how": "Mewn grŵp"},
                    "what_changed": "Newidiwyd y llythyr.",
                }
            ],
        },
        "evidence": {
            "words": "",
            "rows": [{"label": "Research", "value": 2}, {"label": "Lived experience", "value": 1}],
        },
        "notes": [
            {
                **{"worked": "Gofyn.", "did_not_work": "Llythyrau.", "for_whom": "pobl hŷn", "setting": "trefi bach"},
                "on": "2022-09-26",
            }
        ],
        "spread": {
            "in_use": 1,
            "rows": [{"place": "Bryn", "nation": "Wales", "how": "Adapted", "on": "2022-10-01", "what": "Y sgwrs."}],
        },
        "held_words": [],
    }


def _funders() -> dict[str, Any]:
    measure = {
        **{"site": "Site Canolog", "name": "Pobl â chynllun", "baseline": "40 pobl", "before": "58 pobl"},
        **{"latest": "96 pobl", "latest_on": "1 December 2022", "is_new": True, "change": "up 56 pobl, better"},
    }
    site = {"name": "Site Canolog", "model": "Demonstrator", "host": "Gwesteiwr", "status": "Active"}
    return {
        **{"first": "2022-10-01", "last": "2022-12-31", "is_over": False},
        "sites": [{**site, "nations": NATIONS}, {**site, "name": "Site Arall", "nations": ["Wales", "England"]}],
        "statuses": [["Setting up", 1], ["Active", 1]],
        "outcomes": _outcomes(measure),
        **{"readings": 3, "unmeasured": ["Site Arall"]},
        "milestones": {
            "done": [{"site": "Site Arall", "title": "Carreg", "on": "2022-11-01", "planned_on": "2022-11-03"}],
            "late": [{"site": "Site Arall", "title": "Carreg arall", "planned_on": "2022-11-03"}],
        },
        "networks": [{"name": "Llais", "held": 2, "said": 6}],
        "coverage": [COVERAGE],
        "spread": [
            {
                **{"site": "Site Canolog", "place": "Bryn", "nation": "Wales", "how": "Taken up as it is"},
                **{"on": "2022-10-01", "what": "Y sgwrs."},
            }
        ],
        **{"is_illustrative": True, "held_words": []},
    }


TITLES = {
    "network": ("Network report: Llais", "Llais", "The network’s report"),
    "site": ("Site report: Site Canolog", "Site Canolog", "The site’s report"),
    "funders": ("Note to funders, October to December 2022", "Note to funders", "October to December 2022"),
}
FIGURES = {"network": _network, "site": _site, "funders": _funders}


def source(kind: str, tongue: str = ENGLISH, opening: str = "Geiriau **agoriadol**.", **more: Any) -> SubjectSource:
    """What the forms of such a report are made from; no database knows it."""
    title, cover_title, cover_line = TITLES[kind]
    data = {
        "format": 1,
        "report": {
            **{"kind": kind, "slug": "canary-slug", "title": title, "subtitle": "", "is_illustrative": True},
            **{"cover_title": cover_title, "cover_line": cover_line},
        },
        **{"as_of": "2022-12-31", "opening": opening, "closing": "Geiriau *clo*."},
        "figures": copy.deepcopy(FIGURES[kind]()),
    }
    taken_at = timezone.make_aware(datetime(2023, 1, 16, 9))
    return SubjectSource(data=data, sha256="cd" * 32, taken_at=taken_at, number=1, language=tongue, **more)
