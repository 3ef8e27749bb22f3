"""Sending the papers of a meeting: each person's own format, by links that end, and only what they do not have yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.jobs import outbox
from impact.core.notices.services import tell
from networks.documents.materials.models import Material
from networks.documents.materials.sending.models import SentPaper
from networks.documents.materials.sending.plan import (
    PaperForPerson,
    PersonPlan,
    Plan,
    default_selection,
    link_ends_at,
    materials_to_send,
    paper_link,
    plan_of,
)
from networks.documents.materials.services import mark_material_sent
from networks.groups.models import GroupKind, Membership
from networks.meetings.invitations.emails import one_line
from networks.meetings.models import Meeting
from networks.meetings.services import locked, require_changeable


@dataclass(frozen=True)
class Sent:
    """What went out."""

    emails: int
    papers: int


def why_not_sent(meeting: Meeting) -> str:
    """Why the papers of a meeting cannot be sent to members yet; empty when they can."""
    if meeting.is_draft and not meeting.is_held:
        return "This meeting is a draft, so nothing is sent to members. Announce it first."
    return ""


@transaction.atomic
def send_papers(
    *, by: Actor, meeting: Meeting, materials: Sequence[Material] | None = None, expected: str = ""
) -> Sent:
    """Send each member the papers that they do not have yet, in the formats that they read, by links of their own.

    ``materials``: which papers; by default all but those that the coordinator sent, or stopped the links of.
    ``expected``: the mark of the plan that was looked at, so that nothing else is sent than what was shown.
    """
    require(by, "networks.plan_meeting", meeting)
    meeting = locked(meeting)
    require_changeable(meeting)
    if problem := why_not_sent(meeting):
        raise StateConflict(problem, code="draft")
    plan = plan_of(meeting, _chosen(meeting, materials))
    if expected and expected != plan.mark:
        raise StateConflict(
            "The papers or the members have changed since you looked, so nothing was sent. Check again who gets what.",
            code="changed",
        )
    if not plan.emails:
        raise _nothing_to_send(plan)
    coordinators = _coordinators(meeting)
    for row in plan.emails:
        _send(by, plan, row, coordinators)
    sent = _note_sent(plan)
    _note_on_site(plan)
    audit.record(
        by,
        "meeting.papers_sent",
        meeting,
        emails=len(plan.emails),
        papers=len(sent),
        late="yes" if any(material.is_late for material in sent) else "no",
    )
    return Sent(emails=len(plan.emails), papers=len(sent))


def _note_on_site(plan: Plan) -> None:
    """Members of an advisory group find the papers among their notices too, without a second email."""
    meeting = plan.meeting
    if meeting.group.kind == GroupKind.ADVISORY_GROUP:
        newest = SentPaper.objects.filter(material__meeting=meeting).latest("pk").pk
        tell(
            people=[row.person for row in plan.emails],
            event="papers-ready",
            title=f"Papers for the meeting on {day(meeting.starts_at)}",
            words="They are on the page of the meeting, and in an email to you.",
            path=meeting.get_absolute_url(),
            about=meeting,
            key=f"papers:{meeting.pk}:{newest}",
            is_emailed=False,
        )


def _chosen(meeting: Meeting, materials: Sequence[Material] | None) -> list[Material]:
    rows = materials_to_send(meeting)
    if materials is None:
        return default_selection(rows)
    wanted = {material.pk for material in materials}
    return [material for material in rows if material.pk in wanted]


def _nothing_to_send(plan: Plan) -> ValidationError:
    """Why there is no email to write."""
    if not plan.materials:
        return ValidationError({"materials": "Choose at least one paper."})
    if len(plan.unsendable) == len(plan.materials):
        return ValidationError(
            {"materials": "None of these papers has a file or a web address. Add one, or send them yourself."}
        )
    if not any(row.person.email for row in plan.people):
        return StateConflict("No member has an email address here. Give them the papers in person.", code="no_address")
    return StateConflict("Everyone with an email address already has these papers.", code="up_to_date")


def _coordinators(meeting: Meeting) -> list[str]:
    running = meeting.expected_members().filter(role=Membership.Role.COORDINATOR)
    return list(running.values_list("person__name", flat=True))


def _send(by: Actor, plan: Plan, row: PersonPlan, coordinators: Sequence[str]) -> None:
    """Write the rows behind one person's links, and the email that holds them."""
    meeting, until = plan.meeting, link_ends_at(plan.meeting)
    kept = {
        piece.key: SentPaper(
            material=piece.material,
            person=row.person,
            file=piece.file,
            url=piece.url,
            sent_at=clock.now(),
            sent_by_id=by.pk,
            expires_at=until,
        )
        for paper in row.new
        for piece in paper.new
    }
    SentPaper.objects.bulk_create(kept.values())
    context = {
        "person": row.person,
        "meeting": meeting,
        "title": one_line(meeting.title),
        "papers": [_in_email(paper, kept) for paper in row.new],
        "has_links": any(sent.file for sent in kept.values()),
        "is_more": bool(row.known) or any(paper.newer for paper in row.new),
        "until": until,
        "coordinators": coordinators,
        "unsendable": [one_line(material.title) for material in plan.unsendable],
    }
    outbox.send_later(
        event="papers-sent",
        to=row.person.email,
        subject=f"Papers for the meeting on {day(meeting.starts_at)}",  # on a locked phone: no group, no title
        body=render_to_string("emails/papers.txt", context).strip() + "\n",
    )


def _in_email(paper: PaperForPerson, kept: Mapping[tuple[int, int, str], SentPaper]) -> dict[str, Any]:
    """One paper as the email shows it."""
    return {
        "title": one_line(paper.material.title),
        "kind": paper.material.get_evidence_kind_display(),
        "lines": [
            {
                "label": piece.label,
                "link": paper_link(kept[piece.key]) if piece.file else piece.url,
                "is_newer": piece in paper.newer,
                "note": one_line(piece.file.note) if piece.file else "",
            }
            for piece in paper.new
        ],
        "lacking": paper.lacking,
        "another_way": paper.another_way,
    }


def _note_sent(plan: Plan) -> list[Material]:
    """The papers of which something went out; those that had not gone out before were sent today."""
    gone = {paper.material.pk for row in plan.emails for paper in row.new}
    sent = [material for material in plan.materials if material.pk in gone]
    for material in sent:
        if material.sent_on is None:
            material.sent_on = clock.today()
            material.save(update_fields=["sent_on"])
    return sent


@transaction.atomic
def mark_materials_sent(
    *, by: Actor, meeting: Meeting, materials: Sequence[Material], on: date | None = None
) -> list[Material]:
    """Note that the coordinator sent some papers without the platform, and on which day."""
    require(by, "networks.plan_meeting", meeting)
    meeting = locked(meeting)
    require_changeable(meeting)
    rows = _chosen(meeting, materials)
    if not rows:
        raise ValidationError({"materials": "Choose at least one paper."})
    waiting = [material for material in rows if material.sent_on is None]
    if not waiting:
        raise StateConflict("These papers are marked as sent already.")
    return [mark_material_sent(by=by, material=material, on=on) for material in waiting]


@transaction.atomic
def stop_paper_links(*, by: Actor, material: Material) -> int:
    """Stop every link to a paper that was sent by email, such as a wrong file; how many there were."""
    require(by, "networks.plan_meeting", material.meeting)
    locked(material.meeting)
    stopped = working_links(material).update(stopped_at=clock.now())
    if not stopped:
        raise StateConflict("No link to this paper is working.", code="no_links")
    # What was sent as an address was no link of ours; it counts as sent no longer either.
    material.sent_rows.filter(file__isnull=True, stopped_at__isnull=True).update(stopped_at=clock.now())
    audit.record(by, "meeting.paper_links_stopped", material.meeting, links=stopped)
    return stopped


def working_links(material: Material) -> Any:
    """The links to a paper's files that have not been stopped."""
    return material.sent_rows.filter(file__isnull=False, stopped_at__isnull=True)
