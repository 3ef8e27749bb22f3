"""Writing the evidence library and evidence gaps. National staff write; people who can see the topic or site read."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, reject_unknown, save_changes
from impact.core.basics.words.slugs import free_slug
from impact.core.people.models import User
from sites.organisations.models import Organisation
from sites.progress.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from sites.registry.models import Site
from sites.topics.models import Topic

ITEM_FIELDS = frozenset({"title", "kind", "strength", "summary", "source", "year", "web_address", "formats"})
GAP_FIELDS = frozenset({"title", "why", "topic", "site", "raised_on"})
FEEDBACK_FIELDS = frozenset({"organisation", "role", "on", "said"})


# --- Evidence items ------------------------------------------------------------------------------
@transaction.atomic
def add_item(
    *,
    by: Actor,
    title: str,
    topics: Iterable[Topic] = (),
    sites: Iterable[Site] = (),
    slug: str = "",
    is_illustrative: bool = False,
    **details: Any,
) -> EvidenceItem:
    """Add one thing that is known to the library, for staff, with the topics and sites that it is about."""
    require(by, "sites.edit_topic")
    reject_unknown(details, ITEM_FIELDS)
    title = title.strip()
    item = EvidenceItem(
        title=title, slug=slug or free_slug(EvidenceItem, title), is_illustrative=is_illustrative, **details
    )
    item.full_clean()
    item.save()
    item.topics.set(topics)
    item.sites.set(sites)
    audit.record(by, "evidence.added", item, kind=item.kind)
    return item


@transaction.atomic
def update_item(
    *,
    by: Actor,
    item: EvidenceItem,
    expected: int | None = None,
    topics: Iterable[Topic] | None = None,
    sites: Iterable[Site] | None = None,
    **changes: Any,
) -> EvidenceItem:
    """Change an item, or the topics and sites that it is about, for staff. Its address stays."""
    require(by, "sites.edit_topic")
    reject_unknown(changes, ITEM_FIELDS)
    seen = item.version if expected is None else expected
    changed = save_changes(item, changes, expected=expected)
    links = [name for name, rows in (("topics", topics), ("sites", sites)) if _relink(item, name, rows)]
    if links and not changed:  # the links are rows of their own, so the version moves on here
        if not EvidenceItem.objects.filter(pk=item.pk, version=seen).update(version=seen + 1):
            raise Conflict(EvidenceItem.objects.get(pk=item.pk))
        item.version = seen + 1
    if changed or links:
        audit.record(by, "evidence.changed", item, fields=[*changed, *links])
    return item


def _relink(item: EvidenceItem, name: str, rows: Iterable[Topic] | Iterable[Site] | None) -> bool:
    """Make ``rows`` what an item is about. Whether that changed anything; None leaves it as it is."""
    if rows is None:
        return False
    links, wanted = getattr(item, name), {row.pk for row in rows}
    if wanted == set(links.values_list("pk", flat=True)):
        return False
    links.set(wanted)
    return True


# --- Evidence gaps -------------------------------------------------------------------------------
def _past_day(on: date | None, field: str, *, after: date | None = None) -> date:
    """The day something happened: today unless told, never in the future and not before the gap was raised."""
    found = on or clock.today()
    if found > clock.today():
        raise ValidationError({field: "Date cannot be in the future. Enter today or an earlier date."})
    if after and found < after:
        raise ValidationError({field: f"The gap was raised on {day(after)}. Enter that day or a later one."})
    return found


def _check_origin(topic: Topic | None, site: Site | None) -> None:
    if topic is None and site is None:
        raise ValidationError({"topic": "Choose the topic or the site that the gap comes from."})
    if topic is not None and site is not None:
        raise ValidationError({"topic": "Choose a topic or a site, and not both."})


def _locked(gap: EvidenceGap) -> EvidenceGap:
    return EvidenceGap.objects.select_for_update().get(pk=gap.pk)


def _require_open(gap: EvidenceGap) -> None:
    if not gap.is_open:
        raise StateConflict(f"This gap is {gap.get_state_display().lower()}. Reopen it first.")


@transaction.atomic
def raise_gap(
    *,
    by: Actor,
    title: str,
    why: str,
    topic: Topic | None = None,
    site: Site | None = None,
    raised_on: date | None = None,
    slug: str = "",
    is_illustrative: bool = False,
) -> EvidenceGap:
    """Record a question without a good answer yet, raised from one topic or one site. For staff."""
    require(by, "sites.edit_topic")
    _check_origin(topic, site)
    title = title.strip()
    gap = EvidenceGap(
        title=title,
        slug=slug or free_slug(EvidenceGap, title),
        why=why.strip(),
        topic=topic,
        site=site,
        raised_on=_past_day(raised_on, "raised_on"),
        raised_by=by if isinstance(by, User) else None,
        is_illustrative=is_illustrative,
    )
    gap.full_clean()
    gap.save()
    audit.record(by, "evidence_gap.raised", gap, raised_on=gap.raised_on.isoformat())
    return gap


@transaction.atomic
def update_gap(*, by: Actor, gap: EvidenceGap, expected: int | None = None, **changes: Any) -> EvidenceGap:
    """Correct a gap's question, why it matters, where it comes from or when it was raised. For staff."""
    require(by, "sites.edit_topic")
    reject_unknown(changes, GAP_FIELDS)
    _check_origin(changes.get("topic", gap.topic), changes.get("site", gap.site))
    raised_on = changes.get("raised_on")
    if raised_on and _past_day(raised_on, "raised_on") > gap.first_event_on:
        message = f"Something was recorded on {day(gap.first_event_on)} already. Enter that day or an earlier one."
        raise ValidationError({"raised_on": message})
    if changed := save_changes(gap, changes, expected=expected):
        audit.record(by, "evidence_gap.changed", gap, fields=changed)
    return gap


def _check_receiver(organisation: Organisation | None, role: str) -> None:
    if organisation is None and not role:
        raise ValidationError({"organisation": "Choose an organisation, or give a person's role below."})
    if organisation is not None and role:
        raise ValidationError({"role": "Choose an organisation or give a role, and not both."})


@transaction.atomic
def record_feedback(
    *,
    by: Actor,
    gap: EvidenceGap,
    organisation: Organisation | None = None,
    role: str = "",
    on: date | None = None,
    said: str = "",
) -> GapFeedback:
    """Record that an open gap was fed back to an organisation or to someone named by role, and what they said. For staff."""
    require(by, "sites.edit_topic")
    gap = _locked(gap)
    _require_open(gap)
    role = role.strip()
    _check_receiver(organisation, role)
    on = _past_day(on, "on", after=gap.raised_on)
    row = GapFeedback(gap=gap, organisation=organisation, role=role, on=on, said=said.strip())
    row.full_clean()
    row.save()
    audit.record(by, "evidence_gap.fed_back", gap, **_feedback_facts(row))
    return row


@transaction.atomic
def update_feedback(*, by: Actor, feedback: GapFeedback, expected: int | None = None, **changes: Any) -> GapFeedback:
    """Correct a row of feedback, or add what they said later. For staff, whatever has become of the gap since."""
    require(by, "sites.edit_topic")
    reject_unknown(changes, FEEDBACK_FIELDS)
    _check_receiver(changes.get("organisation", feedback.organisation), changes.get("role", feedback.role))
    if "on" in changes:
        _past_day(changes["on"], "on", after=feedback.gap.raised_on)
    if changed := save_changes(feedback, changes, expected=expected):
        audit.record(by, "evidence_gap.feedback_changed", feedback.gap, fields=changed, **_feedback_facts(feedback))
    return feedback


def _feedback_facts(row: GapFeedback) -> dict[str, str]:
    """The day, and an organisation's name; a role is someone's own words and stays out of the record."""
    named = {"organisation": row.organisation.name} if row.organisation else {}
    return {"on": row.on.isoformat(), **named}


@transaction.atomic
def answer_gap(
    *,
    by: Actor,
    gap: EvidenceGap,
    answer: str,
    on: date | None = None,
    evidence: Iterable[EvidenceItem] = (),
    expected: int | None = None,
) -> EvidenceGap:
    """Answer an open gap, with the items that answer it where there are any. For staff."""
    require(by, "sites.edit_topic")
    expected, gap = gap.version if expected is None else expected, _locked(gap)
    _require_open(gap)
    if not answer.strip():
        raise ValidationError({"answer": "Write the answer."})
    on = _past_day(on, "on", after=gap.raised_on)
    changes = {"state": EvidenceGap.State.ANSWERED, "answer": answer.strip(), "closed_reason": "", "settled_on": on}
    save_changes(gap, changes, expected=expected)
    gap.evidence.set(evidence)
    audit.record(by, "evidence_gap.answered", gap, on=on.isoformat())
    return gap


@transaction.atomic
def close_gap(
    *, by: Actor, gap: EvidenceGap, reason: str, on: date | None = None, expected: int | None = None
) -> EvidenceGap:
    """Close an open gap without an answer, with the reason. For staff."""
    require(by, "sites.edit_topic")
    expected, gap = gap.version if expected is None else expected, _locked(gap)
    _require_open(gap)
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is closed."})
    on = _past_day(on, "on", after=gap.raised_on)
    changes = {"state": EvidenceGap.State.CLOSED, "closed_reason": reason.strip(), "settled_on": on}
    save_changes(gap, changes, expected=expected)
    audit.record(by, "evidence_gap.closed", gap, on=on.isoformat())
    return gap


@transaction.atomic
def reopen_gap(*, by: Actor, gap: EvidenceGap, expected: int | None = None) -> EvidenceGap:
    """Open a gap again that was answered or closed. Its earlier answer or reason stays readable. For staff."""
    require(by, "sites.edit_topic")
    expected, gap = gap.version if expected is None else expected, _locked(gap)
    if gap.is_open:
        raise StateConflict("This gap is open already.")
    before = gap.state
    save_changes(gap, {"state": EvidenceGap.State.OPEN, "settled_on": None}, expected=expected)
    audit.record(by, "evidence_gap.reopened", gap, before=before)
    return gap
