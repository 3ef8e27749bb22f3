"""What someone should do next about choosing topics: for scorers, and for those who follow up thin evidence."""

from collections import defaultdict
from typing import Any

from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from sites.topics.models import Topic
from sites.topics.scoring.models import ScoreSheet, TopicYear, is_thin

FEW = 4  # the rest are a link away


def topics_to_score(user: Any) -> list[dict[str, str]]:
    """Items of ``<c-attention>`` for those who are asked to score topics and have not finished."""
    items = []
    for year in TopicYear.objects.scored_by(user).filter(stage=TopicYear.Stage.SCORING).order_by("year"):
        done = ScoreSheet.objects.complete().filter(scorer__year=year, scorer__user_id=user.pk)
        left = year.candidates.exclude(pk__in=done.values("topic_id")).count()
        if not left:
            continue
        is_late = year.score_by is not None and year.score_by < clock.today()
        items.append(
            {
                "title": f"Score {left} {'topic' if left == 1 else 'topics'} for {year.year}",
                "href": reverse("sites:topic-year-scores", args=[year.year]),
                "detail": f"By {day(year.score_by)}." if year.score_by else "Scoring is open.",
                "tone": "red" if is_late else "blue",
            }
        )
    return items


def thin_evidence(user: Any) -> list[dict[str, str]]:
    """Items of ``<c-attention>`` for topics on which several people found the evidence thin, and no gap was ever raised."""
    if not has_perm(user, "sites.edit_topic"):
        return []
    scores: dict[int, list[int]] = defaultdict(list)
    sheets = ScoreSheet.objects.filter(
        scorer__year__stage__in=TopicYear.CLOSED, enough_evidence__isnull=False, topic__evidence_gaps__isnull=True
    )
    for topic, score in sheets.order_by().values_list("topic_id", "enough_evidence"):
        scores[topic].append(score)
    thin = [topic for topic, given in scores.items() if is_thin(given)]
    return [
        {
            "title": f"Thin evidence: {topic.name}",
            "href": f"{reverse('sites:evidence-gap-add')}?topic={topic.slug}",
            "detail": "Several people who scored it found too little evidence. Raise a gap.",
            "tone": "yellow",
        }
        for topic in Topic.objects.filter(pk__in=thin).order_by("name")[:FEW]
    ]


def lists_to_agree(user: Any) -> list[dict[str, str]]:
    """Items of ``<c-attention>`` for lists that are written and wait for someone's agreement."""
    if not has_perm(user, "sites.agree_topics"):
        return []
    rows = TopicYear.objects.filter(stage=TopicYear.Stage.SCORED, entries__place__isnull=False).distinct()
    return [
        {
            "title": f"Agree the list of topics for {row.year}",
            "href": reverse("sites:topic-choice", args=[row.year]),
            "detail": "Read the list with its reasons, then agree it or ask for changes.",
            "tone": "blue",
        }
        for row in rows.order_by("year")
    ]
