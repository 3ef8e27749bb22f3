"""Writing topics and their scores."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import reject_unknown, save_changes
from impact.core.basics.words.slugs import free_slug
from sites.topics.models import Topic
from sites.topics.scoring.models import ScoreSheet, TopicYear

TOPIC_FIELDS = frozenset({"name", "summary", "source", "proposed_for"})
SCORES = frozenset(field for field, _label in Topic.CRITERIA)
SCORED_BY_SEVERAL = "Several people score this topic, so its scores are theirs and are not recorded here."


def is_scored_by_several(topic: Topic) -> bool:
    """Whether people were asked to score it as a candidate of a year."""
    in_scoring = TopicYear.objects.exclude(stage=TopicYear.Stage.COLLECTING).filter(year=topic.proposed_for or 0)
    return ScoreSheet.objects.filter(topic=topic).exists() or in_scoring.exists()


@transaction.atomic
def add_topic(*, by: Actor, name: str, is_illustrative: bool = False, **details: Any) -> Topic:
    """Record a topic from the survey or the assemblies, for staff; it is scored in a second step."""
    require(by, "sites.edit_topic")
    reject_unknown(details, TOPIC_FIELDS)
    name = name.strip()
    topic = Topic(name=name, slug=free_slug(Topic, name), is_illustrative=is_illustrative, **details)
    topic.full_clean()
    topic.save()
    audit.record(by, "topic.added", topic)
    return topic


@transaction.atomic
def update_topic(*, by: Actor, topic: Topic, expected: int | None = None, **changes: Any) -> Topic:
    """Change a topic's words or where it came from, for staff."""
    require(by, "sites.edit_topic")
    reject_unknown(changes, TOPIC_FIELDS)
    new_year = changes.get("proposed_for", topic.proposed_for)
    if new_year != topic.proposed_for and (topic.score_sheets.exists() or topic.list_entries.exists()):
        raise ValidationError(
            {"proposed_for": f"People have scored it for {topic.proposed_for}, so it stays a candidate of that year."}
        )
    if changed := save_changes(topic, changes, expected=expected):
        audit.record(by, "topic.changed", topic, fields=changed)
    return topic


@transaction.atomic
def score_topic(*, by: Actor, topic: Topic, expected: int | None = None, **scores: int | None) -> Topic:
    """Record one set of scores from 0 to 5 on the four criteria of rule 3, for staff; None takes a score back.

    Not for a topic that several people score, or have scored: its scores are theirs.
    """
    require(by, "sites.edit_topic")
    reject_unknown(scores, SCORES)
    if is_scored_by_several(topic):
        raise StateConflict(SCORED_BY_SEVERAL)
    if changed := save_changes(topic, scores, expected=expected):
        audit.record(by, "topic.scored", topic, fields=changed, **{name: getattr(topic, name) for name in changed})
    return topic
