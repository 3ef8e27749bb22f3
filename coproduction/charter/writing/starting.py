"""Starting a group's charter from a template: what is known comes from the group's settings, the rest are questions."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from coproduction.charter.models import Charter, CharterSection, SectionText
from coproduction.charter.services import draft_version
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from networks.groups.models import Group, Membership

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True, kw_only=True)
class Outline:
    """One section of the template."""

    title: str
    kind: CharterSection.Kind
    guidance: str
    body: str = ""
    questions: str = ""
    only_for: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return slugify(self.title)[:60]


@cache
def template() -> tuple[Outline, ...]:
    """The sections that a charter starts from, in order."""
    data = tomllib.loads((Path(__file__).parent / "template.toml").read_text())
    return tuple(
        Outline(
            title=row["title"],
            kind=CharterSection.Kind(row["kind"]),
            guidance=row["guidance"].strip(),
            body=row.get("body", "").strip(),
            questions=row.get("questions", "").strip(),
            only_for=tuple(row.get("only_for", ())),
        )
        for row in data["section"]
    )


def outline_for(group: Group) -> list[Outline]:
    """The sections that this group's charter would start from."""
    return [row for row in template() if not row.only_for or group.kind in row.only_for]


def guidance_for(section: CharterSection) -> str:
    """The template's help for the writer of a section; empty for one that the group added."""
    return next((row.guidance for row in template() if row.key == section.key), "")


def questions_for(section: CharterSection) -> list[str]:
    """What a section asks the group: its own questions, else the template's for a charter that is older than them."""
    if section.questions or section.is_known:
        return section.question_list
    found = next((row.questions for row in template() if row.key == section.key), "")
    return [line.strip() for line in found.splitlines() if line.strip()]


def _number(n: int) -> str:
    return NUMBERS[n] if n < len(NUMBERS) else str(n)


def known_of(group: Group) -> dict[str, str]:
    """What the group's settings say, in words for the template."""
    low, high = group.size_min, group.size_max
    size = f"{_number(low)} people" if low == high else f"{_number(low)} to {_number(high)} people"
    often = {1: "once", 2: "twice"}.get(group.meetings_planned, f"{_number(group.meetings_planned)} times")
    months = group.months_planned
    time = "a year" if months == 12 else f"in {_number(months)} month{'' if months == 1 else 's'}"
    has_coordinator = Membership.objects.current().filter(group=group, role=Membership.Role.COORDINATOR).exists()
    return {
        "group": group.name.removeprefix("The ").removeprefix("the "),
        "size": size,
        "meetings": f"{often} {time}",
        "lead": "Our coordinator" if has_coordinator else "The Lived Experience Engagement Lead",
    }


@transaction.atomic
def start_charter(*, by: Actor, group: Group, title: str, is_illustrative: bool = False) -> Charter:
    """Open a group's charter with the template's sections: the known ones written, the open ones as questions."""
    require(by, "coproduction.edit_charter", group)
    if Charter.objects.filter(group=group).exists():
        raise ValidationError("This group has a charter already. Open a draft of it instead.")
    charter = Charter(group=group, title=title.strip(), is_illustrative=is_illustrative)
    charter.full_clean()
    charter.save()
    known = known_of(group)
    outline = outline_for(group)
    for position, row in enumerate(outline, start=1):
        section = CharterSection(
            charter=charter, key=row.key, title=row.title, kind=row.kind, position=position, questions=row.questions
        )
        section.full_clean()
        section.save()
    audit.record(by, "charter.started", charter, sections=len(outline))
    draft = draft_version(by=by, charter=charter)
    bodies = {row.key: row.body.format(**known) for row in outline if row.body}
    for text in draft.texts.select_related("section"):
        if text.section.key in bodies:
            SectionText.objects.filter(pk=text.pk).update(body=bodies[text.section.key])
    return charter
