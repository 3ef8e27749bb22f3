"""Write involvements: what members were asked, what they said and what changed."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.group.members import deciding_members, people_with, require_past_day
from coproduction.involvements.models import Involvement
from impact.core.access import audit
from impact.core.access.permissions import Actor, Role, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, save_changes
from impact.core.notices.services import tell
from impact.core.people.models import Person
from networks.groups.models import Group
from sites.organisations.models import Organisation
from sites.progress.evidence.models import EvidenceItem
from sites.registry.models import Site, SiteRole


def locked(involvement: Involvement, expected: int | None = None) -> Involvement:
    """Lock the involvement and read it again. Raises Conflict when it is not as ``expected`` any more."""
    current = Involvement.objects.select_for_update(of=("self",)).with_asker().get(pk=involvement.pk)
    if expected is not None and current.version != expected:
        raise Conflict(current)
    involvement.refresh_from_db()
    return involvement


# --- You said, we did ----------------------------------------------------------------------------
@transaction.atomic
def add_involvement(
    *,
    by: Actor,
    group: Group,
    title: str,
    asked: str,
    asked_on: date,
    asked_by: str = "",
    site: Site | None = None,
    workstream: str = "",
    organisation: Organisation | None = None,
    purpose: str = "",
    wanted_by: date | None = None,
    time_needed: str = "",
    payment: str = "",
    is_illustrative: bool = False,
) -> Involvement:
    """Record that members were asked to shape something: by a site, a workstream or an organisation, or someone else."""
    require(by, "coproduction.edit_involvement", group)
    involvement = Involvement(
        group=group,
        title=title.strip(),
        asked_by=asked_by.strip(),
        site=site,
        workstream=workstream,
        organisation=organisation,
        asked=asked.strip(),
        asked_on=require_past_day(asked_on, "asked_on"),
        purpose=purpose.strip(),
        wanted_by=wanted_by,
        time_needed=time_needed.strip(),
        payment=payment,
        is_illustrative=is_illustrative,
    )
    involvement.full_clean()
    involvement.save()
    audit.record(by, "involvement.asked", involvement)
    return involvement


@transaction.atomic
def update_involvement(
    *,
    by: Actor,
    involvement: Involvement,
    expected: int | None = None,
    evidence: Iterable[EvidenceItem] | None = None,
    **changes: Any,
) -> Involvement:
    """Correct the record of an involvement, and the evidence items that show what changed."""
    require(by, "coproduction.edit_involvement", involvement)
    for name in ("asked_on", "said_on", "changed_on"):
        if changes.get(name):
            require_past_day(changes[name], name)
    changed = save_changes(involvement, changes, expected=expected)
    if evidence is not None and _set_evidence(involvement, evidence):
        changed = [*changed, "evidence"]
    if changed:
        audit.record(by, "involvement.changed", involvement, fields=changed)
    return involvement


def _set_evidence(involvement: Involvement, evidence: Iterable[EvidenceItem]) -> bool:
    """Link these items of the library and no others; whether anything changed."""
    before = set(involvement.evidence.values_list("pk", flat=True))
    after = {item.pk for item in evidence}
    involvement.evidence.set(after)
    return before != after


@transaction.atomic
def record_said(
    *, by: Actor, involvement: Involvement, said: str, said_on: date, expected: int | None = None
) -> Involvement:
    """Keep what the members said, and when."""
    require(by, "coproduction.edit_involvement", involvement)
    involvement = locked(involvement, expected)
    if involvement.outcome != Involvement.Outcome.WAITING:
        raise StateConflict("This is settled: what changed is recorded. Edit the words instead.", "settled")
    if not said.strip():
        raise ValidationError({"said": "Write down what the members said."})
    changes = {"said": said.strip(), "said_on": require_past_day(said_on, "said_on")}
    if save_changes(involvement, changes, expected=expected):
        audit.record(by, "involvement.said", involvement)
    return involvement


@transaction.atomic
def record_change(
    *,
    by: Actor,
    involvement: Involvement,
    outcome: str,
    changed: str,
    changed_on: date,
    evidence: Iterable[EvidenceItem] = (),
    evidence_link: str = "",
    expected: int | None = None,
) -> Involvement:
    """Keep what changed because of what members said, or why nothing did: the answer they are owed, which they are told."""
    require(by, "coproduction.edit_involvement", involvement)
    involvement = locked(involvement, expected)
    if involvement.outcome != Involvement.Outcome.WAITING:
        raise StateConflict("This is settled already: what changed is recorded. Edit the record instead.", "settled")
    if involvement.said_on is None:
        raise StateConflict("Record what the members said first; then what changed because of it.", "not_said")
    if outcome == Involvement.Outcome.WAITING:
        raise ValidationError({"outcome": "Choose whether something changed."})
    if not changed.strip():
        raise ValidationError({"changed": "Say what changed, or why nothing did."})
    changes = {
        "outcome": outcome,
        "changed": changed.strip(),
        "changed_on": require_past_day(changed_on, "changed_on"),
        "evidence_link": evidence_link.strip(),
    }
    save_changes(involvement, changes, expected=expected)
    _set_evidence(involvement, evidence)
    audit.record(by, "involvement.settled", involvement, outcome=involvement.get_outcome_display())
    tell(
        people=_took_part(involvement),
        event="involvement-settled",
        title=f"What happened with “{involvement.title}”"[:200],
        words=f"{involvement.get_outcome_display()}. Read on the page what was done with what members said, and why.",
        path=involvement.get_absolute_url(),
        about=involvement,
        key=f"involvement-settled:{involvement.pk}",
    )
    return involvement


def _took_part(involvement: Involvement) -> list[Person]:
    """Who hears what changed: those who took part, or all members where it is not recorded who did."""
    rows: Any = involvement.participations
    involved = Person.objects.filter(pk__in=rows.involved().values("person")).order_by("pk")
    members = deciding_members(involvement.group).select_related("person").order_by("pk")
    return list(involved) or [row.person for row in members]


@transaction.atomic
def mark_good_practice(
    *, by: Actor, involvement: Involvement, is_good_practice: bool, expected: int | None = None
) -> Involvement:
    """Mark or unmark an involvement as good practice; marked ones are shown in the annual report."""
    require(by, "coproduction.edit_involvement", involvement)
    if is_good_practice and involvement.outcome == Involvement.Outcome.WAITING:
        raise StateConflict("Record what changed first. Then it can be marked as good practice.", "waiting")
    if save_changes(involvement, {"is_good_practice": is_good_practice}, expected=expected):
        audit.record(by, "good_practice.marked" if is_good_practice else "good_practice.unmarked", involvement)
    return involvement


@transaction.atomic
def mark_development(
    *, by: Actor, involvement: Involvement, is_development: bool, expected: int | None = None
) -> Involvement:
    """Mark or unmark an involvement as an area for development, which the annual report names."""
    require(by, "coproduction.edit_involvement", involvement)
    if is_development and involvement.said_on is None:
        raise StateConflict("Record what the members said first. Then it can be marked.", "not_said")
    if save_changes(involvement, {"is_development": is_development}, expected=expected):
        audit.record(by, "development_area.marked" if is_development else "development_area.unmarked", involvement)
    return involvement


# --- No answer after so many days ----------------------------------------------------------------
@transaction.atomic
def remind_overdue(*, by: Actor, on: date) -> int:
    """Remind the team that owes members an answer, once for each time so many days have passed. How many were told.

    The team of a site is told, with its page; for all else national staff are. The engagement lead always hears.
    """
    require(by, "coproduction.edit_involvement")
    told = 0
    for row in Involvement.objects.overdue(on).with_asker().order_by("pk"):
        days = (on - row.said_on).days if row.said_on else 0
        key = f"involvement-overdue:{row.pk}:{days // settings.INVOLVEMENT_ANSWER_DAYS}"
        words = f"Members answered {days} days ago and have not heard what changed. "
        title = f"Members wait for an answer: {row.title}"[:200]
        about: dict[str, Any] = {"title": title, "key": key}
        roles = [Role.ENGAGEMENT_LEAD] if row.site else [Role.ENGAGEMENT_LEAD, Role.STAFF]
        record = words + "Ask the team, then record what changed or why nothing did."
        told += tell(
            event="involvement-overdue",
            people=people_with(roles).order_by("pk"),
            words=record,
            path=row.get_absolute_url(),
            about=row,
            **about,
        )
        if row.site:
            team = Person.objects.filter(pk__in=SiteRole.objects.current().filter(site=row.site).values("person"))
            say = words + "Tell the engagement lead what you did, or why nothing changed."
            told += tell(
                event="involvement-overdue-team",
                people=team.order_by("pk"),
                words=say,
                path=row.site.get_absolute_url(),
                about=row.site,
                **about,
            )
    return told
