"""How long a small centre takes to move in: its spreadsheets, made here, brought in by command and by page.

Run: ``python benchmarks/moving_in.py [FOLDER]``. With a folder the sheets are only written there, to be looked at. Four
nations, 30 sites, 120 organisations, 32 groups, 300 people and 200 meetings of past years. Ends with 1 when it takes more
than ten minutes, when bringing everything in again changes something, or when an email would go out.
"""

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NATIONS = ("England", "Northern Ireland", "Scotland", "Wales")
PLACES = ("Harbour", "Riverside", "Meadow", "Hilltop", "Orchard", "Mill", "Station", "Castle", "Lakeside", "Market")
FIRST = (
    "Alex",
    "Bryn",
    "Casey",
    "Dana",
    "Eilidh",
    "Fran",
    "Gwen",
    "Hamza",
    "Isla",
    "Jo",
    "Kit",
    "Lee",
    "Mina",
    "Noor",
    "Ola",
)
LAST = (
    "Ashworth",
    "Bevan",
    "Calder",
    "Drummond",
    "Elder",
    "Fairley",
    "Griffin",
    "Hale",
    "Innes",
    "Jarrow",
    "Kerr",
    "Lowe",
)
PERSPECTIVES = (
    "Draws on care and support",
    "Carer",
    "Front-line worker",
    "Funder or decision-maker",
    "Service provider",
)
TOPICS = ("Choice and control", "Staying at home", "Values in recruitment", "Direct payments", "Dementia and decisions")
THEMES = ("Relationships", "Communication", "Time", "Funding", "Training", "Trust", "Transport", "Paperwork")
KINDS = ("Enabler", "Barrier", "Experience", "Solution", "Question")
ORDER = ("organisations", "sites", "parts", "groups", "people", "meetings")
MOST_SECONDS = 600
Rows = list[dict[str, Any]]


# --- The sheets ----------------------------------------------------------------------------------
def sheets(seed: int = 7) -> dict[str, Rows]:
    """The spreadsheets of an invented centre, by name."""
    dice = random.Random(seed)
    organisations = _organisations(dice)
    sites = _sites(dice, organisations)
    parts = [
        {
            "Name": row["Name"],
            "Part": dice.choice(("Partner", "Funder", "Consortium member")),
            "Site": dice.choice(sites)["Name"],
        }
        for row in organisations[30:]
    ]
    groups = _groups(dice, sites)
    people = _people(dice, groups)
    meetings = _meetings(dice, groups, people)
    return {
        "organisations": organisations,
        "sites": sites,
        "parts": parts,
        "groups": groups,
        "people": people,
        "meetings": meetings,
    }


def _organisations(dice: random.Random) -> Rows:
    kinds = (
        "University",
        "Voluntary or community organisation",
        "User-led organisation",
        "Local authority",
        "Care provider",
    )
    return [
        {
            "Name": f"{PLACES[n % 10]} {('Carers', 'Council', 'Care', 'Voices', 'Trust', 'College')[n % 6]} {n // 10 + 1}",
            "Kind": dice.choice(kinds),
            "Nation": NATIONS[n % 4],
            "About it": "An invented organisation.",
            "Website": f"https://organisation{n}.example",
        }
        for n in range(120)
    ]


def _sites(dice: random.Random, organisations: Rows) -> Rows:
    rows = []
    for n in range(30):
        model = ("Demonstrator", "Facilitator", "Network", "Network", "Ask IMPACT")[n % 5]
        began = date(2021, 3, 1) + timedelta(days=20 * n)
        rows.append(
            {
                "Name": f"{PLACES[n % 10]} {model.lower()} {n + 1}",
                "Delivery model": model,
                "Topic": TOPICS[n % 5],
                "Nations": "; ".join(NATIONS) if model == "Network" else NATIONS[n % 4],
                "Place": PLACES[n % 10],
                "Host": organisations[n]["Name"],
                "Starts": began.strftime("%d/%m/%Y"),
                "Status": dice.choice(("Active", "Completed", "Setting up")),
                "Status since": (began + timedelta(days=90)).isoformat(),
            }
        )
    return rows


def _groups(dice: random.Random, sites: Rows) -> Rows:
    networks = [site["Name"] for site in sites if site["Delivery model"] == "Network"]
    rows: Rows = [
        {
            "Name": f"{PLACES[n % 10]} group {n + 1}",
            "Kind": "Local network",
            "Nation": NATIONS[n % 4],
            "Network": networks[n // 4 % len(networks)],
            "Place": PLACES[n % 10],
            "Starts": "01/02/2021",
        }
        for n in range(31)
    ]
    return [
        *rows,
        {"Name": "Advisory group of the centre", "Kind": "Advisory group", "Nation": "UK-wide", "Starts": "01/01/2021"},
    ]


def _people(dice: random.Random, groups: Rows) -> Rows:
    rows: Rows = []
    for n in range(300):
        first, last = FIRST[n % 15], f"{LAST[n // 15 % 12]}{'' if n < 180 else '-' + LAST[n % 12]}"
        group = groups[n % 31]
        row = {
            "Name": f"{first} {last}" if n % 7 else f"{last}, {first}",
            "Email": f"person{n if n % 50 else 1}@people.example" if n % 5 else "",
            "Group": group["Name"],
            "Role": "Coordinator" if n < 31 else "Member",
            "Perspective": "" if n < 31 else PERSPECTIVES[n // 31 % 5],
            "From": (date(2021, 2, 1) + timedelta(days=dice.randrange(60))).strftime("%d/%m/%Y"),
            "To": "" if n % 9 else "31/12/2022",
            "Format": "Easy Read" if n % 20 == 3 else "",
        }
        rows.append(row)
        if n % 30 == 1:  # someone in two groups
            rows.append(row | {"Group": groups[31]["Name"], "Role": "Member", "Perspective": "Carer", "To": ""})
    return rows


def _meetings(dice: random.Random, groups: Rows, people: Rows) -> Rows:
    rows: Rows = []
    for n in range(200):
        group, on = groups[n % 31], date(2021, 5, 3) + timedelta(days=7 * (n // 31) * 8 + n % 31)
        members = [row["Name"] for row in people if row["Group"] == group["Name"] and not row["To"]]
        first = {
            "Group": group["Name"],
            "Date": on.strftime("%-d %B %Y") if n % 3 else on.isoformat(),
            "Starts": "14:00",
            "Ends": "16:00",
            "How it was held": "Online",
            "Who came": "; ".join(members),
            "How many came": len(members) + 1,
            "Decisions": "Meet again in two months; Ask the council",
            "Agreed for next time": "Begin with a story.",
        }
        said = [
            {
                "Kind": dice.choice(KINDS),
                "What was said": f"{theme}: what we heard at meeting {n + 1}, point {k + 1}.",
                "Theme": theme,
                "Level": dice.choice(("Systemic", "Human")),
                "Perspective": dice.choice(PERSPECTIVES),
            }
            for k, theme in enumerate(dice.sample(THEMES, 4))
        ]
        rows.append(first | said[0])
        rows += [{"Group": first["Group"], "Date": first["Date"], "Starts": "14:00"} | one for one in said[1:]]
    return rows


def write_sheets(folder: Path, made: dict[str, Rows]) -> dict[str, Path]:
    """Write each sheet as CSV; where each is."""
    folder.mkdir(parents=True, exist_ok=True)
    places = {}
    for name, rows in made.items():
        places[name] = folder / f"{name}.csv"
        headings = list(dict.fromkeys(heading for row in rows for heading in row))
        with places[name].open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.DictWriter(file, headings)
            writer.writeheader()
            writer.writerows(rows)
    return places


# --- Measuring -----------------------------------------------------------------------------------
def main() -> int:
    """Make the sheets, bring them in twice by command, then once by page, and print the seconds of each."""
    if len(sys.argv) > 1:
        write_sheets(Path(sys.argv[1]), sheets())
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = write_sheets(folder / "sheets", sheets())
        prepare(folder / "command")
        first = by_command(folder / "command", places)
        again = by_command(folder / "command", places)
        prepare(folder / "page")
        pages = by_page(folder / "page", places)
    total, total_pages = sum(row["seconds"] for row in first), sum(pages.values())
    changed = sum(row["new"] + row["changed"] for row in again)
    print(f"\n{'sheet':<16}{'rows':>6}{'by command':>12}{'again':>8}{'by page':>9}  seconds")
    for one, two in zip(first, again, strict=True):
        page = pages[one["sheet"]]
        print(f"{one['sheet']:<16}{one['rows']:>6}{one['seconds']:>12.1f}{two['seconds']:>8.1f}{page:>9.1f}")
    print(
        f"\nMoved in within {total / 60:.1f} minutes by command, {total_pages / 60:.1f} by page (work of the machine)."
    )
    print(f"Brought in again: {changed} rows changed something. Bar: {MOST_SECONDS} seconds, and 0.")
    return 0 if max(total, total_pages) < MOST_SECONDS and not changed else 1


def environment(folder: Path) -> dict[str, str]:
    """Where a platform of its own lives."""
    return os.environ | {
        "DATABASE_URL": f"sqlite:///{folder}/impact.sqlite3",
        "IMPACT_DATA_DIR": str(folder),
        "IMPACT_DEMO": "1",
    }


def manage(folder: Path, *words: str) -> str:
    """Run a command of the platform; what it printed."""
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environment(folder), check=True, capture_output=True, text=True).stdout


ADD_TOPICS = f"""
from impact.core.access.permissions import SYSTEM
from impact.core.people.models import User
from impact.core.access.models import RoleGrant
from sites.topics.services import add_topic
for name in {TOPICS!r}: add_topic(by=SYSTEM, name=name)
RoleGrant.objects.create(user=User.objects.create_user("staff@impact.example"), role="staff")
"""


def prepare(folder: Path) -> None:
    """An empty platform with the topics, which are added by hand, and one colleague."""
    folder.mkdir()
    manage(folder, "migrate", "-v0")
    manage(folder, "shell", "-v0", "-c", ADD_TOPICS)


def by_command(folder: Path, places: dict[str, Path]) -> list[dict[str, Any]]:
    """Bring in every sheet by its command: the answer of each, with its seconds."""
    answers = []
    for sheet in ORDER:
        began = time.perf_counter()
        kind = "organisations" if sheet == "parts" else sheet
        answer = json.loads(manage(folder, f"import_{kind}", str(places[sheet]), "--json"))
        answers.append(answer | {"sheet": sheet, "seconds": time.perf_counter() - began})
    return answers


def by_page(folder: Path, places: dict[str, Path]) -> dict[str, float]:
    """Bring in every sheet by its pages, as someone does who chooses the file, looks and saves: the seconds of each."""
    command = [sys.executable, __file__, "--pages", *(f"{sheet}={places[sheet]}" for sheet in ORDER)]
    done = subprocess.run(command, cwd=ROOT, env=environment(folder), check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def pages(sheets_at: list[str]) -> None:
    """In a process of its own: the pages through Django's client, and the worker where a sheet is large."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "impact.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from impact.core.jobs import queue
    from impact.core.jobs.models import OutboxEmail
    from impact.core.people.models import User
    from impact.core.web.imports.models import SheetImport

    settings.ALLOWED_HOSTS, settings.TWO_STEP_REQUIRED = ["*"], False
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    client, seconds = Client(), {}
    client.force_login(User.objects.get())
    for given in sheets_at:
        sheet, place = given.split("=", 1)
        began = time.perf_counter()
        kind = "organisations" if sheet == "parts" else sheet
        file = SimpleUploadedFile(f"{sheet}.csv", Path(place).read_bytes())
        answer = client.post(f"/imports/{kind}/", {"file": file})
        assert answer.get("Location", "").startswith("/imports/"), (answer.status_code, answer.get("Location"))
        client.get(answer["Location"])
        client.post(f"{answer['Location']}save/")
        while queue.run_due():
            pass
        assert SheetImport.objects.latest("pk").state == "done", sheet
        seconds[sheet] = time.perf_counter() - began
    assert not OutboxEmail.objects.exists()
    print(json.dumps(seconds))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--pages"]:
        pages(sys.argv[2:])
    else:
        sys.exit(main())
