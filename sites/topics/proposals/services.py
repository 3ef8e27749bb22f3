"""Proposals for a year's topics: recorded, merged where alike, taken on as a topic, or set aside with a reason."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, reject_unknown, save_changes
from impact.core.basics.vocabulary import Nation
from sites.topics import services as topics
from sites.topics.models import Topic
from sites.topics.proposals.models import Proposal, ProposalNation
from sites.topics.scoring.models import TopicYear

if TYPE_CHECKING:
    from networks.groups.models import Group
    from networks.meetings.models import Meeting

FIELDS = frozenset({"year", "title", "why", "source", "group", "meeting", "proposed_by", "proposed_on"})
Source = Proposal.Source


def require_source(by: Actor, source: str, group: "Group | None") -> None:
    """Staff record proposals from anywhere; a coordinator those of their own assembly."""
    if source == Source.ASSEMBLY and group is not None:
        require(by, "sites.propose_topic", group)
    else:
        require(by, "sites.edit_topic")


def check_year(year: int) -> None:
    """A year whose list is published takes no more proposals."""
    if TopicYear.objects.filter(year=year, stage=TopicYear.Stage.PUBLISHED).exists():
        raise ValidationError({"year": f"The list for {year} is published. Enter a later year."})


def check_origin(source: str, group: "Group | None", meeting: "Meeting | None", proposed_on: date) -> None:
    """An assembly's proposal names the assembly, and a meeting that has taken place by then."""
    if source == Source.ASSEMBLY and (group is None or group.kind != "assembly"):
        raise ValidationError({"group": "Choose the assembly that it comes from."})
    if source != Source.ASSEMBLY and (group or meeting):
        raise ValidationError(
            {"group": "Only a proposal from an assembly has a group and a meeting. Leave them empty."}
        )
    if group is not None and meeting is not None and meeting.group_id != group.pk:
        raise ValidationError({"meeting": f"This meeting is not one of {group}. Choose one that is, or none."})
    if meeting is not None and meeting.status == "cancelled":
        raise ValidationError({"meeting": "This meeting was cancelled. Choose another, or none."})
    if meeting is not None and meeting.starts_on > proposed_on:
        raise ValidationError(
            {"proposed_on": f"The meeting was on {day(meeting.starts_on)}. Enter that day or a later one."}
        )
    if proposed_on > clock.today():
        raise ValidationError({"proposed_on": "Date cannot be in the future. Enter today or an earlier date."})


@transaction.atomic
def record_proposal(
    *,
    by: Actor,
    year: int,
    title: str,
    source: str,
    nations: Iterable[str],
    why: str = "",
    group: "Group | None" = None,
    meeting: "Meeting | None" = None,
    proposed_by: str = "",
    proposed_on: date | None = None,
    is_illustrative: bool = False,
) -> Proposal:
    """Record what an assembly, the survey or staff propose for a year, for staff and the assembly's coordinator."""
    require_source(by, source, group)
    check_year(year)
    on = proposed_on or (meeting.starts_on if meeting else clock.today())
    check_origin(source, group, meeting, on)
    proposal = Proposal(
        year=year,
        title=" ".join(title.split()),
        why=why.strip(),
        source=source,
        group=group,
        meeting=meeting,
        proposed_by=" ".join(proposed_by.split()),
        proposed_on=on,
        recorded_by_id=by.pk,
        is_illustrative=is_illustrative,
    )
    proposal.full_clean()
    proposal.save()
    _set_nations(proposal, nations)
    audit.record(by, "proposal.recorded", proposal, source=proposal.source, year=proposal.year)
    return proposal


def _set_nations(proposal: Proposal, nations: Iterable[str]) -> bool:
    """Make ``nations``, or else the assembly's, what a proposal is about. Whether that changed anything."""
    wanted = set(nations) or ({proposal.group.nation} if proposal.group else set())
    if not wanted:
        raise ValidationError({"nations": "Choose at least one nation."})
    if unknown := wanted - set(Nation.values):
        raise ValidationError({"nations": f"Not a nation: {', '.join(sorted(unknown))}."})
    held = set(proposal.nation_rows.values_list("nation", flat=True))
    if wanted == held:
        return False
    proposal.nation_rows.exclude(nation__in=wanted).delete()
    ProposalNation.objects.bulk_create(ProposalNation(proposal=proposal, nation=n) for n in sorted(wanted - held))
    return True


@transaction.atomic
def change_proposal(
    *,
    by: Actor,
    proposal: Proposal,
    expected: int | None = None,
    nations: Iterable[str] | None = None,
    **changes: Any,
) -> Proposal:
    """Correct a proposal about which nothing is decided yet, for those who may record it."""
    reject_unknown(changes, FIELDS)
    require_source(by, proposal.source, proposal.group)
    new = {name: changes.get(name, getattr(proposal, name)) for name in FIELDS}
    require_source(by, new["source"], new["group"])
    seen = proposal.version if expected is None else expected
    current = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if current.version != seen:
        raise Conflict(current)
    _require_open(current)
    if current.source == Source.SURVEY and new["source"] != Source.SURVEY and current.survey_counts.exists():
        raise ValidationError({"source": "It has counts of the survey, so it stays a proposal of the survey."})
    if new["year"] != current.year:
        check_year(new["year"])
        if current.merged.exists():
            raise ValidationError({"year": "Other proposals of this year are merged into it. Undo that first."})
    check_origin(new["source"], new["group"], new["meeting"], new["proposed_on"])
    for name in ("title", "proposed_by"):
        if name in changes:
            changes[name] = " ".join(changes[name].split())
    changed = save_changes(proposal, changes, expected=expected)
    if nations is not None and _set_nations(proposal, nations):
        if not changed:  # the nations are rows of their own, so the version moves on here
            Proposal.objects.filter(pk=proposal.pk).update(version=seen + 1)
            proposal.version = seen + 1
        changed = [*changed, "nations"]
    if changed:
        audit.record(by, "proposal.changed", proposal, fields=changed)
    return proposal


def _require_open(proposal: Proposal) -> None:
    if not proposal.is_open:
        state = proposal.get_state_display().lower()
        raise StateConflict(f"This proposal is {state}. Undo that first.", current=proposal)


def _locked(proposal: Proposal, expected: int | None) -> Proposal:
    """The row as it is now, held; a Conflict when it is no longer the one that was read."""
    row = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if expected is not None and row.version != expected:
        raise Conflict(row)
    return row


SETTLED = ("state", "topic", "merged_into", "set_aside_reason", "settled_on", "version")


def _settle(row: Proposal, **changes: Any) -> Proposal:
    for name, value in {**changes, "version": row.version + 1}.items():
        setattr(row, name, value)
    row.full_clean(exclude=["merged_into", "topic", "group", "meeting"])
    row.save(update_fields=SETTLED)
    return row


SOURCES = {frozenset({Source.SURVEY}): Topic.Source.SURVEY, frozenset({Source.ASSEMBLY}): Topic.Source.ASSEMBLY}


def source_of(proposal: Proposal) -> str:
    """Where a topic comes from that is made of a proposal and those merged into it."""
    found = {proposal.source, *proposal.merged.values_list("source", flat=True)}
    heard = found & {Source.SURVEY, Source.ASSEMBLY}
    if not heard:
        return Topic.Source.STAFF.value
    return SOURCES.get(frozenset(heard), Topic.Source.BOTH).value  # type: ignore[arg-type]


@transaction.atomic
def take_on_proposal(
    *, by: Actor, proposal: Proposal, topic: Topic | None = None, expected: int | None = None
) -> Proposal:
    """Take a proposal on: as a topic that exists, or as a new one, a candidate for the year. For staff."""
    require(by, "sites.edit_topic")
    row = _locked(proposal, expected)
    _require_open(row)
    if topic is None:
        name = row.title[:120]
        same = Topic.objects.filter(name__iexact=name).first()
        if same is not None:
            raise ValidationError({"topic": f"There is already a topic called {same}. Choose it from the list."})
        topic = topics.add_topic(
            by=by,
            name=name,
            summary=row.why[:400],
            source=source_of(row),
            proposed_for=row.year,
            is_illustrative=row.is_illustrative,
        )
    row = _settle(row, state=Proposal.State.TAKEN, topic=topic, settled_on=clock.today())
    audit.record(by, "proposal.taken_on", row, topic_id=topic.pk)
    return row


@transaction.atomic
def merge_proposal(*, by: Actor, proposal: Proposal, into: Proposal, expected: int | None = None) -> Proposal:
    """Merge a proposal into one of the same year that says much the same, for staff; its words and counts stay."""
    require(by, "sites.edit_topic")
    if proposal.pk == into.pk:
        raise ValidationError({"into": "Choose another proposal: this is the same one."})
    list(Proposal.objects.select_for_update().filter(pk__in=[proposal.pk, into.pk]).order_by("pk"))
    row, into = _locked(proposal, expected), Proposal.objects.get(pk=into.pk)
    _require_open(row)
    if into.year != row.year:
        raise ValidationError({"into": f"That proposal is for {into.year}. Choose one for {row.year}."})
    if into.state in (Proposal.State.MERGED, Proposal.State.SET_ASIDE):
        state = into.get_state_display().lower()
        raise ValidationError({"into": f"That proposal is {state}. Choose one that is open or taken on."})
    if row.merged.exists():
        raise ValidationError(
            {"into": "Others are merged into this one. Merge the other way round, or undo those first."}
        )
    row = _settle(row, state=Proposal.State.MERGED, merged_into=into, settled_on=clock.today())
    audit.record(by, "proposal.merged", row, into_id=into.pk)
    return row


@transaction.atomic
def set_aside_proposal(*, by: Actor, proposal: Proposal, reason: str, expected: int | None = None) -> Proposal:
    """Set a proposal aside with the reason that those who proposed it will read, for staff."""
    require(by, "sites.edit_topic")
    row = _locked(proposal, expected)
    _require_open(row)
    if row.merged.exists():
        raise ValidationError("Others are merged into this one. Undo that first, or set them aside one by one.")
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is set aside."})
    row = _settle(row, state=Proposal.State.SET_ASIDE, set_aside_reason=reason.strip(), settled_on=clock.today())
    audit.record(by, "proposal.set_aside", row)
    return row


@transaction.atomic
def reopen_proposal(*, by: Actor, proposal: Proposal, expected: int | None = None) -> Proposal:
    """Undo what was decided about a proposal, for staff. A topic that was made of it stays."""
    require(by, "sites.edit_topic")
    row = _locked(proposal, expected)
    if row.is_open:
        raise StateConflict("Nothing is decided about this proposal yet.")
    before = row.state
    row = _settle(row, state=Proposal.State.OPEN, topic=None, merged_into=None, set_aside_reason="", settled_on=None)
    audit.record(by, "proposal.reopened", row, before=before)
    return row
