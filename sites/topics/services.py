"""Writing topics and their scores."""

from typing import Any

from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.slugs import free_slug
from impact.core.basics.versions import reject_unknown, save_changes
from sites.topics.models import Topic

TOPIC_FIELDS = frozenset({"name", "summary", "source", "proposed_for"})
SCORES = frozenset(field for field, _label in Topic.CRITERIA)


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
    if changed := save_changes(topic, changes, expected=expected):
        audit.record(by, "topic.changed", topic, fields=changed)
    return topic


@transaction.atomic
def score_topic(*, by: Actor, topic: Topic, expected: int | None = None, **scores: int | None) -> Topic:
    """Score a topic from 0 to 5 on the four criteria of rule 3, for staff; None takes a score back."""
    require(by, "sites.edit_topic")
    reject_unknown(scores, SCORES)
    if changed := save_changes(topic, scores, expected=expected):
        audit.record(by, "topic.scored", topic, fields=changed, **{name: getattr(topic, name) for name in changed})
    return topic
