"""What several people made of a year's topics: the spread on each criterion, who is missing, where evidence is thin."""

from collections import Counter, defaultdict
from typing import Any, NamedTuple

from sites.topics.models import CRITERIA, HIGHEST, Topic
from sites.topics.scoring.models import ScoreSheet, Spread, TopicYear, is_thin, low_on_evidence, spread_of

# The strip of a criterion, in units of its drawing: a dot for each score, one above the other where they are the same.
LEFT, STEP, DOT, BASE = 14, 48, 6, 8
WIDTH = 2 * LEFT + HIGHEST * STEP


class Reason(NamedTuple):
    """What one person gave, and why."""

    name: str
    score: int
    why: str


class CriterionResult(NamedTuple):
    """One topic on one criterion."""

    key: str
    label: str
    spread: Spread
    reasons: list[Reason]

    @property
    def list_in_words(self) -> str:
        """ "2, 4, 4 and 5": every score, from the lowest."""
        scores = [str(score) for score in self.spread.scores]
        return " and ".join(filter(None, [", ".join(scores[:-1]), scores[-1]])) if scores else ""

    @property
    def is_split(self) -> bool:
        """Whether people see it so differently that it is worth talking about."""
        scores = self.spread.scores
        return bool(scores) and scores[-1] - scores[0] >= 3

    @property
    def strip(self) -> dict[str, Any]:
        """What the drawing needs."""
        seen: Counter[int] = Counter()
        tallest = max(Counter(self.spread.scores).values(), default=1)
        floor = BASE + tallest * 2 * (DOT + 1)
        dots = []
        for score in self.spread.scores:
            dots.append((LEFT + score * STEP, floor - DOT - 2 - seen[score] * 2 * (DOT + 1)))
            seen[score] += 1
        marks = [(LEFT + n * STEP, n) for n in range(HIGHEST + 1)]
        places = {"floor": floor, "tick": floor + 5, "label": floor + 19, "height": floor + 22}
        return {"dots": dots, "marks": marks, "width": WIDTH, "right": WIDTH - 6, "r": DOT, **places}


class TopicResult(NamedTuple):
    """One topic with the scores of everyone."""

    topic: Topic
    criteria: list[CriterionResult]
    people: int
    gaps: list[Any]

    @property
    def low(self) -> int:
        """How many people say that there is too little evidence."""
        return low_on_evidence(self._evidence)

    @property
    def is_thin(self) -> bool:
        return is_thin(self._evidence)

    @property
    def has_open_gap(self) -> bool:
        return any(gap.is_open for gap in self.gaps)

    @property
    def _evidence(self) -> list[int]:
        return next(result.spread.scores for result in self.criteria if result.key == "enough_evidence")

    @property
    def thin_in_words(self) -> str:
        """ "2 of 5 people": who say so."""
        return f"{self.low} of {self.people} people gave the evidence 2 or less out of {HIGHEST}."


def results_of(year: TopicYear, gaps: Any = None) -> list[TopicResult]:
    """Each candidate of a year whose scoring is closed, the highest total first. ``gaps``: those that the reader may see."""
    sheets: dict[int, list[ScoreSheet]] = defaultdict(list)
    rows = ScoreSheet.objects.filter(scorer__year=year).select_related("scorer__user__person").order_by("scorer_id")
    for sheet in rows:
        sheets[sheet.topic_id].append(sheet)
    raised: dict[int, list[Any]] = defaultdict(list)
    topics = list(year.candidates.with_scores().order_by("name"))  # type: ignore[attr-defined]
    if gaps is not None:
        for gap in gaps.filter(topic__in=[topic.pk for topic in topics]):
            raised[gap.topic_id].append(gap)
    topics.sort(key=lambda topic: -(topic.total or 0))
    return [_result(topic, sheets[topic.pk], raised[topic.pk]) for topic in topics]


def _result(topic: Topic, sheets: list[ScoreSheet], gaps: list[Any]) -> TopicResult:
    criteria = []
    for field, label in CRITERIA:
        given = [(sheet, getattr(sheet, field)) for sheet in sheets]
        reasons = [
            Reason(sheet.scorer.name, score, getattr(sheet, f"{field}_why"))
            for sheet, score in given
            if score is not None
        ]
        criteria.append(CriterionResult(field, label, spread_of(sheets, field), reasons))
    people = sum(any(getattr(sheet, field) is not None for field, _label in CRITERIA) for sheet in sheets)
    return TopicResult(topic, criteria, people, gaps)


def gap_words(topic: Topic) -> dict[str, str]:
    """How a gap begins that is raised because the evidence on a topic is thin; empty where it is not."""
    sheets = ScoreSheet.objects.filter(
        topic=topic, scorer__year__stage__in=TopicYear.CLOSED, enough_evidence__isnull=False
    ).order_by("enough_evidence", "pk")
    rows = list(sheets.values_list("enough_evidence", "enough_evidence_why"))
    scores = [score for score, _why in rows]
    if not is_thin(scores):
        return {}
    said = "\n".join(f"- {why}" for score, why in rows if low_on_evidence([score]))
    return {
        "title": f"What do we need to know about {topic.name[:1].lower()}{topic.name[1:]}?",
        "why": f"{low_on_evidence(scores)} of {len(scores)} people who scored this topic found too little evidence:\n{said}",
    }
