"""Who gets which paper of a meeting in which format, who has it already, and for how long a link works. Pure reads."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from impact.core.basics import clock
from impact.core.basics.vocabulary import Format
from impact.core.people.models import Person
from networks.documents.materials.models import Material, MaterialFile
from networks.documents.materials.papers import formats_read
from networks.documents.materials.sending.models import SentPaper
from networks.groups.models import Membership, MembershipQuerySet
from networks.meetings.models import Meeting

LINKS_WORK_FOR = timedelta(days=30)  # after the meeting, or after sending if that is later


# --- The link ------------------------------------------------------------------------------------
def _signer() -> Signer:
    return Signer(sep=".", salt="networks.paper")


def paper_link(row: SentPaper) -> str:
    """Where this one person gets this one file without an account."""
    return str(settings.SITE_URL) + reverse("networks:paper", args=[_signer().sign(row.key.hex)])


def sent_paper_of(token: str) -> SentPaper | None:
    """What was sent with a link, whatever its state; None when the link was not made by us."""
    try:
        key = UUID(hex=_signer().unsign(token))
    except (BadSignature, ValueError):
        return None
    rows = SentPaper.objects.filter(file__isnull=False).select_related("material__meeting__group", "file")
    return rows.filter(key=key).first()


def readers(meeting: Meeting) -> MembershipQuerySet:
    """Who may have the papers now: expected on the day, still in the group, and their invitation not withdrawn."""
    withdrawn = meeting.invitations.filter(withdrawn_at__isnull=False).values("person_id")
    belonging = Membership.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=clock.today()), group_id=meeting.group_id
    )
    expected: MembershipQuerySet = meeting.expected_members().filter(person_id__in=belonging.values("person_id"))
    return expected.exclude(person_id__in=withdrawn)


def link_ends_at(meeting: Meeting) -> datetime:
    """Until when links work that are sent now."""
    return max(meeting.ends_at, clock.now()) + LINKS_WORK_FOR


def why_no_file(row: SentPaper) -> str:
    """Why a link hands out nothing any more, as one word: "stopped" or "expired"; empty while it works."""
    meeting = row.material.meeting
    if row.stopped_at is not None or not readers(meeting).filter(person_id=row.person_id).exists():
        return "stopped"
    # A meeting that moved to a later day keeps its links working for longer, and an earlier day shortens none.
    return "expired" if clock.now() > max(row.expires_at, meeting.ends_at + LINKS_WORK_FOR) else ""


def file_behind(row: SentPaper) -> MaterialFile:
    """The newest version in the format that was sent: members do not read older ones."""
    assert row.file  # noqa: S101  links are made for files alone
    newest = row.material.files.filter(format=row.file.format).order_by("-number").first()
    return newest or row.file


# --- Who gets what -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Piece:
    """A file or a web address of a paper."""

    material: Material
    file: MaterialFile | None = None
    url: str = ""

    @property
    def key(self) -> tuple[int, int, str]:
        return self.material.pk, self.file.pk if self.file else 0, self.url

    @property
    def label(self) -> str:
        """ "Easy Read (PDF, 1.2 MB)"."""
        if not self.file:
            return "On the web"
        size = filesizeformat(self.file.size).replace("\xa0", " ")
        return f"{self.file.get_format_display()} ({self.file.kind}, {size})"

    @property
    def short(self) -> str:
        return str(self.file.get_format_display()) if self.file else "On the web"


@dataclass(frozen=True)
class PaperForPerson:
    """What one person gets of one paper."""

    material: Material
    new: list[Piece]
    known: list[Piece]
    known_since: datetime | None
    lacking: list[str]  # formats that this person reads and the paper does not come in
    another_way: list[str]  # formats that this person reads and gets another way, by post or on a disc
    newer: list[Piece]  # of the new ones, those of which they have an older version


@dataclass(frozen=True)
class PersonPlan:
    """What one person gets now, and what they have."""

    person: Person
    role: str
    papers: list[PaperForPerson]

    @property
    def new(self) -> list[PaperForPerson]:
        return [paper for paper in self.papers if paper.new]

    @property
    def known(self) -> list[PaperForPerson]:
        return [paper for paper in self.papers if paper.known]

    @property
    def needs(self) -> str:
        """ "Easy Read, Welsh"; empty for members who read the standard format."""
        return ", ".join(Format(value).label for value in formats_read(self.person) if value != Format.STANDARD)


@dataclass(frozen=True)
class Plan:
    """What sending the papers would do now."""

    meeting: Meeting
    materials: list[Material]
    people: list[PersonPlan]

    @property
    def emails(self) -> list[PersonPlan]:
        """Who gets an email."""
        return [row for row in self.people if row.person.email and row.new]

    @property
    def up_to_date(self) -> list[PersonPlan]:
        """Who has everything already."""
        return [row for row in self.people if row.person.email and row.known and not row.new]

    @property
    def in_person(self) -> list[PersonPlan]:
        """To whom the papers are handed in person, because we have no address."""
        return [row for row in self.people if not row.person.email]

    @property
    def unsendable(self) -> list[Material]:
        """Papers with neither a file nor a web address."""
        return [material for material in self.materials if not pieces_of(material)]

    @property
    def lacking(self) -> list[tuple[Material, list[tuple[str, list[str]]]]]:
        """Papers that someone cannot have in their format: for each the formats, and who reads them."""
        return self._without(lambda paper: paper.lacking)

    @property
    def another_way(self) -> list[tuple[Material, list[tuple[str, list[str]]]]]:
        """The same for formats that are listed without a file, so that the coordinator gives them to people."""
        return self._without(lambda paper: paper.another_way)

    def _without(
        self, formats: Callable[[PaperForPerson], list[str]]
    ) -> list[tuple[Material, list[tuple[str, list[str]]]]]:
        found: dict[int, dict[str, list[str]]] = {}
        for row in self.people:
            for paper in row.papers:
                for label in formats(paper):
                    found.setdefault(paper.material.pk, {}).setdefault(label, []).append(row.person.name)
        return [(m, list(found[m.pk].items())) for m in self.materials if m.pk in found]

    @property
    def mark(self) -> str:
        """What identifies this plan, so that what is sent is what was looked at."""
        said: list[Any] = [self.meeting.sequence, self.meeting.starts_at.isoformat()]
        said += [[m.pk, m.title, m.available] for m in self.materials]
        said += [
            [row.person.pk, row.person.email, [piece.key for paper in row.new for piece in paper.new]]
            for row in self.people
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def pieces_of(material: Material) -> list[Piece]:
    """Everything of a paper that can be sent."""
    files = [Piece(material, file) for file in material.newest_files]
    return [*files, Piece(material, url=material.url)] if material.url else files


def pieces_for(material: Material, wanted: Sequence[str]) -> list[Piece]:
    """What someone who reads ``wanted`` gets: those formats; else the standard one; else whatever there is."""
    files = {file.format: file for file in material.newest_files}
    chosen = [files[value] for value in wanted if value in files]
    if not chosen:
        chosen = [files[Format.STANDARD]] if Format.STANDARD in files else list(files.values())
    pieces = [Piece(material, file) for file in chosen]
    return [*pieces, Piece(material, url=material.url)] if material.url else pieces


def default_selection(materials: Iterable[Material]) -> list[Material]:
    """What is sent unless someone chooses: not what the coordinator sent, or stopped the links of."""
    rows = list(materials)
    sent: set[int] = set()
    stopped: set[int] = set()
    found = SentPaper.objects.filter(material__in=rows).values_list("material_id", "stopped_at")
    for material_id, stopped_at in found:
        (stopped if stopped_at else sent).add(material_id)
    return [m for m in rows if m.pk in sent or (m.pk not in stopped and not m.sent_on)]


def materials_to_send(meeting: Meeting) -> list[Material]:
    """Every paper of a meeting with its files."""
    rows = list(Material.objects.filter(meeting=meeting).prefetch_related("files"))
    for material in rows:
        material.meeting = meeting  # spares a query each
    return rows


def plan_of(meeting: Meeting, materials: Sequence[Material] | None = None) -> Plan:
    """Who would get what now. ``materials`` are of this meeting, from ``materials_to_send``; None: those chosen at first."""
    chosen = default_selection(materials_to_send(meeting)) if materials is None else list(materials)
    sent: dict[int, list[SentPaper]] = {}
    rows = SentPaper.objects.filter(material__in=chosen, stopped_at__isnull=True).select_related("file")
    for row in rows:
        sent.setdefault(row.person_id, []).append(row)
    people: dict[int, PersonPlan] = {}
    for member in readers(meeting):
        papers = [_paper_for(m, formats_read(member.person), sent.get(member.person_id, [])) for m in chosen]
        people.setdefault(member.person_id, PersonPlan(member.person, member.get_role_display(), papers))
    return Plan(meeting, chosen, list(people.values()))


def unsent_people(meeting: Meeting, materials: Sequence[Material]) -> list[str]:
    """Who has not been sent everything that went out to others by email, such as someone who joined since."""
    sent = SentPaper.objects.filter(material__in=materials, stopped_at__isnull=True).values_list(
        "material_id", flat=True
    )
    gone = set(sent)
    rows = plan_of(meeting, [material for material in materials if material.pk in gone]).emails if gone else []
    return [row.person.name for row in rows]


def _paper_for(material: Material, wanted: Sequence[str], sent: Sequence[SentPaper]) -> PaperForPerson:
    mine = [row for row in sent if row.material_id == material.pk]
    had = {(row.material_id, row.file_id or 0, row.url): row for row in mine}
    pieces = pieces_for(material, wanted)
    formats_had = {row.file.format for row in mine if row.file}
    new = [piece for piece in pieces if piece.key not in had]
    known = [piece for piece in pieces if piece.key in had]
    uploaded = {file.format for file in material.newest_files}
    another_way = [
        value
        for value in wanted
        if value in material.available and value not in uploaded and not (material.url and value == Format.STANDARD)
    ]
    return PaperForPerson(
        material=material,
        new=new,
        known=known,
        known_since=max((had[piece.key].sent_at for piece in known), default=None),
        lacking=[Format(value).label for value in wanted if value not in material.available and pieces],
        another_way=[Format(value).label for value in another_way],
        newer=[piece for piece in new if piece.file and piece.file.format in formats_had],
    )
