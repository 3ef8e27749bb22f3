"""A report's frozen data made from plain rows, of any size, without a database; and a way to draw it."""

from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.core.files.storage import FileSystemStorage, Storage
from django.utils import timezone

from impact.core.basics.suppression import people_by
from impact.core.basics.vocabulary import EvidenceKind, Nation, Perspective
from impact.core.documents import drawing
from impact.core.documents.chapters import drawing as chapters
from networks.groups.models import GroupKind
from networks.log.models import Contribution
from reports.editions.models import Snapshot
from reports.figures import coproduction as figures_coproduction
from reports.figures import indicators
from reports.formats import document
from reports.writing.models import ReportSection
from sites.registry.models import DeliveryModel, Site

NATIONS = dict(Nation.choices)
FOUR = ["england", "northern_ireland", "scotland", "wales"]
DAY = date(2022, 12, 31)
WORDS = (
    "Working together was demanding and rewarding. Cyngor Llŷn and Tŷ Gŵyr were named with care.\n\n"
    "- **First** make room.\n- Then ask again.\n\n# What we learned\n\nTime is never wasted on people."
)


def rows(networks: int = 1, sites: int = 6, involvements: int = 3, meetings: int = 2) -> dict[str, Any]:
    """Figures of a year in which Northern Ireland has sent no return."""
    groups = [
        indicators.GroupRow(
            f"n{n}-{nation}", f"Network {n}, {NATIONS[nation]}", "local_network", nation, f"Network {n}", 4
        )
        for n in range(networks)
        for nation in FOUR
    ]
    meetings = [
        indicators.MeetingRow(
            g.slug, number, "planned" if g.nation == "northern_ireland" else "complete", date(2022, 7, 20 + number % 11)
        )
        for g in groups
        for number in range(1, meetings + 1)
    ]
    said = [
        indicators.SaidRow(f"Theme {t}", f"theme-{t}", nation, kind, "human", 1 + (t % 3))
        for t in range(8)
        for nation in FOUR
        if nation != "northern_ireland"
        for kind in ("enabler", "barrier")
    ]
    models = list(DeliveryModel.values)
    some_sites = [
        indicators.SiteRow(f"Site {n}", f"site-{n}", models[n % 3], "active", (FOUR[n % 4],), "Topic", "Host", "Place")
        for n in range(sites)
    ]
    asked = [
        figures_coproduction.InvolvementRow(
            n,
            f"Involvement {n}",
            "Networks team",
            "Is it clear?",
            "Use plain words.",
            "It is plain now.",
            "changed",
            n == 0,
        )
        for n in range(involvements)
    ]
    return {
        "sites": indicators.sites(
            some_sites, models=dict(DeliveryModel.choices), nations=NATIONS, statuses=dict(Site.Status.choices)
        ),
        "coverage": indicators.coverage(
            [
                indicators.UnitRow("Site 0", "site-0", "general practice", s, n)
                for s, n in [("joined", 9), ("declined", 1), ("not_approached", 4)]
            ]
        ),
        "meetings": indicators.meetings(groups, meetings, on=DAY, kinds=dict(GroupKind.choices), nations=NATIONS),
        "attendance": people_by({"carer": 12, "front_line": 2, "provider": 9}, dict(Perspective.choices)),
        "contributions": indicators.contributions(
            said, kinds=dict(Contribution.Kind.choices), nations=NATIONS, levels=dict(Contribution.Level.choices)
        ),
        "evidence": indicators.evidence_balance({"research": 3, "lived_experience": 4}, dict(EvidenceKind.choices)),
        "actions": indicators.actions({"done": 2, "open": 3}, 1),
        "charter": None,
        "involvements": figures_coproduction.involvements(asked, {"waiting": "Waiting", "changed": "Changed"}),
    }


def snapshot(body: str = WORDS, *, title: str = "Co-production annual report", **size: int) -> Snapshot:
    """A snapshot that no database knows."""
    data = {
        "format": 1,
        "report": {"year": 2022, "title": title, "subtitle": "What we did", "is_illustrative": True},
        "as_of": "2022-12-31",
        "sections": dict.fromkeys(ReportSection.Key.values, body),
        "figures": rows(**size),
        "quotes": [
            {
                "id": 1,
                "words": "Out here there is one provider.",
                "theme": "Theme 1",
                "kind": "Barrier",
                "perspective": "Carer",
            }
        ],
        "responses_last_year": [
            {
                "area": "More space",
                "decision": "We will do this",
                "words": "Each **meeting** has one subject.",
                "due_on": "2022-06-30",
            }
        ],
    }
    return Snapshot(sha256="ab" * 32, data=data, taken_at=timezone.make_aware(datetime(2023, 1, 16, 9)))


class Follower(SimpleNamespace):
    """Stands in for a claim where there is no job: remembers the progress it was told."""

    def progress(self, percent: int, step: str) -> None:
        self.__dict__.setdefault("told", []).append((percent, step))


def draw(
    one: Snapshot, folder: Path, follower: Follower | None = None, storage: Storage | None = None
) -> drawing.Drawn:
    """The PDF of a snapshot, drawn and joined as a worker does it. Pieces are kept in ``storage``, or beside it."""
    folder.mkdir(exist_ok=True)
    claim: Any = follower or Follower()
    return chapters.draw(
        claim, lambda: document.in_pieces(one), folder, storage or FileSystemStorage(location=folder / "kept")
    )
