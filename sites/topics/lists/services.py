"""A year's list of topics: drafted with a reason for each candidate, agreed, published, corrected by number."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from sites.topics.lists.models import ListEdition, ListEntry
from sites.topics.models import Topic
from sites.topics.scoring.models import TopicYear
from sites.topics.scoring.services import locked, move

Stage = TopicYear.Stage


class Choice(NamedTuple):
    """What is decided about one candidate."""

    topic: Topic
    place: int | None
    reason: str


def _write(row: TopicYear, choices: Iterable[Choice], introduction: str) -> None:
    """Replace a list's entries: each candidate at most once, each place once, without gaps."""
    choices = list(choices)
    candidates = set(row.candidates.values_list("pk", flat=True))
    held = set(row.entries.values_list("topic_id", flat=True))
    strange = [str(choice.topic) for choice in choices if choice.topic.pk not in candidates | held]
    if strange:
        raise ValidationError(f"Not a candidate for {row.year}: {', '.join(strange)}.")
    if len({choice.topic.pk for choice in choices}) < len(choices):
        raise ValidationError("A topic is on the list twice. Leave one of them out.")
    places = sorted(choice.place for choice in choices if choice.place)
    if places != list(range(1, len(places) + 1)):
        raise ValidationError("Number the chosen topics 1, 2, 3 and so on: each number once, without gaps.")
    row.entries.all().delete()
    entries = [ListEntry(year=row, topic=c.topic, place=c.place or None, reason=c.reason.strip()) for c in choices]
    for entry in entries:
        entry.clean_fields(exclude=["year", "topic"])
    ListEntry.objects.bulk_create(entries)
    row.introduction = introduction.strip()


def _require_whole(row: TopicYear) -> None:
    """Every candidate has an answer with its reason, and at least one is chosen."""
    entries = list(row.entries.select_related("topic"))
    if not any(entry.place for entry in entries):
        raise ValidationError("Choose at least one topic.")
    silent = [str(entry.topic) for entry in entries if not entry.reason]
    answered = {entry.topic_id for entry in entries}
    silent += [topic.name for topic in row.candidates if topic.pk not in answered]
    if silent:
        raise ValidationError(f"Give the reason for each topic, chosen or not. Missing: {', '.join(sorted(silent))}.")


@transaction.atomic
def draft_list(
    *,
    by: Actor,
    year: TopicYear,
    choices: Iterable[Choice],
    introduction: str = "",
    expected: int | None = None,
) -> TopicYear:
    """Write down which topics are chosen, in order, and why each is or is not, once scoring is closed. For staff."""
    require(by, "sites.edit_topic")
    row = locked(year, expected)
    if row.stage in TopicYear.SETTLED:
        raise StateConflict("The list is agreed. Withdraw the agreement first, or correct the published list.")
    if row.stage != Stage.SCORED:
        raise StateConflict("Close scoring first.")
    _write(row, choices, introduction)
    row = move(row, Stage.SCORED, introduction=row.introduction)
    audit.record(by, "topic_list.drafted", row, chosen=row.entries.filter(place__isnull=False).count())
    return row


@transaction.atomic
def agree_list(*, by: Actor, year: TopicYear, expected: int | None = None) -> TopicYear:
    """Agree a year's list as it stands, with one's name and today's date. For leadership and staff."""
    require(by, "sites.agree_topics")
    row = locked(year, expected)
    if row.stage != Stage.SCORED:
        raise StateConflict("Only a list that is drafted after scoring, and not agreed yet, can be agreed.")
    _require_whole(row)
    row = move(row, Stage.AGREED, agreed_by_id=by.pk, agreed_on=clock.today())
    audit.record(by, "topic_list.agreed", row, on=clock.today().isoformat())
    return row


@transaction.atomic
def withdraw_agreement(*, by: Actor, year: TopicYear, expected: int | None = None) -> TopicYear:
    """Take the agreement to a list back before it is published, so that it can be changed."""
    require(by, "sites.agree_topics")
    row = locked(year, expected)
    if row.stage != Stage.AGREED:
        raise StateConflict("Only a list that is agreed and not published can be taken back.")
    row = move(row, Stage.SCORED, agreed_by_id=None, agreed_on=None)
    audit.record(by, "topic_list.agreement_withdrawn", row)
    return row


def _publish(row: TopicYear, by: Actor, correction: str) -> ListEdition:
    """Keep the list as it is now for good, under the next number."""
    newest = row.editions.first()
    edition = ListEdition(
        year=row,
        number=newest.number + 1 if newest else 1,
        correction=correction,
        published_at=clock.now(),
        published_by_id=by.pk,
        contents=contents_of(row),
    )
    edition.full_clean(exclude=["year", "published_by"])
    edition.save()
    return edition


def contents_of(row: TopicYear) -> dict[str, Any]:
    """A list as everyone will read it. No names, no scores."""
    return {
        "introduction": row.introduction,
        "agreed_on": row.agreed_on.isoformat() if row.agreed_on else "",
        "entries": [
            {
                "slug": entry.topic.slug,
                "name": entry.topic.name,
                "summary": entry.topic.summary,
                "source": str(entry.topic.get_source_display()),
                "place": entry.place,
                "reason": entry.reason,
            }
            for entry in row.entries.select_related("topic")
        ],
    }


@transaction.atomic
def publish_list(*, by: Actor, year: TopicYear, expected: int | None = None) -> ListEdition:
    """Publish an agreed list with its reasons, for everyone to read; from then on it only changes by correction. For staff."""
    require(by, "sites.edit_topic")
    row = locked(year, expected)
    if row.stage != Stage.AGREED:
        raise StateConflict(
            "Agree the list first." if row.stage != Stage.PUBLISHED else "The list is published already."
        )
    _require_whole(row)
    row = move(row, Stage.PUBLISHED)
    edition = _publish(row, by, "")
    audit.record(by, "topic_list.published", row, number=edition.number)
    return edition


@transaction.atomic
def correct_list(
    *,
    by: Actor,
    year: TopicYear,
    choices: Iterable[Choice],
    introduction: str,
    correction: str,
    expected: int | None = None,
) -> ListEdition:
    """Publish a correction of a published list, saying what is corrected; what was published before stays. For staff."""
    require(by, "sites.edit_topic")
    row = locked(year, expected)
    if row.stage != Stage.PUBLISHED:
        raise StateConflict("The list is not published yet. Change the draft instead.")
    if not correction.strip():
        raise ValidationError({"correction": "Say what is corrected."})
    _write(row, choices, introduction)
    _require_whole(row)
    newest = row.editions.first()
    if newest and newest.contents == contents_of(row):
        raise ValidationError("Nothing is different from what is published.")
    row = move(row, Stage.PUBLISHED, introduction=row.introduction)
    edition = _publish(row, by, correction.strip())
    audit.record(by, "topic_list.corrected", row, number=edition.number)
    return edition
