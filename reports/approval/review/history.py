"""The history of a report as sentences: who did what, in the order in which it happened."""

from collections.abc import Callable
from typing import Any

from impact.core.access import audit
from impact.core.access.models import AuditEvent
from reports.writing.models import AnnualReport

Facts = dict[str, Any]
Phrase = str | Callable[[Facts], str]


def _on(facts: Facts) -> str:
    section = str(facts.get("section", ""))
    if not section or section == "The whole report":
        return " on the whole report" if section else ""
    return f" on “{section.strip('“”')}”"


def _until(facts: Facts) -> str:
    return f" until {facts['deadline']}" if facts.get("deadline") else ""


PHRASES: dict[str, Phrase] = {
    "report.started": "started the report",
    "report.section_written": lambda f: f"wrote “{f.get('section', 'a chapter')}”",
    "report.figures_confirmed": lambda f: f"checked “{f.get('section', 'a chapter')}” against new figures",
    "report.sent_to_group": lambda f: f"sent the report to the advisory group{_until(f)}",
    "report.reading_extended": lambda f: f"gave members more time{_until(f)}",
    "report.reading_ended": lambda f: (
        f"took the report back from the group{' before the group had had its say' if f.get('early') else ''}"
    ),
    "report.comment_answered": lambda f: f"answered a member’s comment{_on(f)}",
    "report.easy_read_answered": lambda f: f"answered what a member said about the Easy Read{_on(f)}",
    "report.edition_requested": "asked for an edition",
    "report.edition_built": lambda f: f"built edition {f.get('edition', '')}".strip(),
    "report.submitted": "sent the report to the leadership team",
    "report.sent_back": "sent the report back with reasons",
    "report.returned": "sent the report back",
    "report.taken_back": "took the report back to change it",
    "report.review_commented": lambda f: f"commented{_on(f)}",
    "report.review_resolved": lambda f: f"resolved a comment{_on(f)}",
    "report.review_carried": lambda f: f"carried a comment{_on(f)} to next year",
    "report.approved": "approved the report",
    "report.approved_before_group": "gave the reason for approving before the group had had its say",
    "report.published": "published the report",
    "report.correction_opened": lambda f: f"started a correction of edition {f.get('edition', '')}",
    "report.correction_changed": "changed what the correction is about",
    "report.correction_written": "changed words in the correction",
    "report.correction_sent": "sent the correction to the leadership team",
    "report.correction_returned": "sent the correction back",
    "report.correction_dropped": "dropped the correction",
    "report.correction_approved": "approved the correction",
    "report.correction_published": "published the correction",
    "report.corrected": lambda f: f"replaced edition {f.get('replaces', '')} with edition {f.get('edition', '')}",
    "report.response_given": lambda f: (
        f"answered {'a point of the report' if f.get('area') else 'the report as a whole'} for the leadership team"
    ),
    "report.quote_offered": "asked a speaker whether their words may be printed",
    "report.quote_reworded": "changed words of a speaker, who is asked again",
    "report.quote_left_out": "left words of a speaker out",
}
# What a member or a speaker did: their names are not for everyone who reads this.
NAMELESS: dict[str, Phrase] = {
    "report.commented": lambda f: f"A member commented{_on(f)}",
    "report.easy_read_said": lambda f: f"A member said whether the Easy Read is clear{_on(f)}",
    "report.easy_read_unsaid": lambda f: f"A member took back their answer about the Easy Read{_on(f)}",
    "report.ready_said": "A member said that they are ready",
    "report.ready_taken_back": "A member said that they are not ready after all",
    "report.quote_approved": "A speaker approved words of theirs",
    "report.quote_declined": "A speaker said no to the use of their words",
    "report.quote_withdrawn": "A speaker withdrew words of theirs",
}


def _say(phrase: Phrase, facts: Facts) -> str:
    return phrase(facts) if callable(phrase) else phrase


def history_of(report: AnnualReport, limit: int = 40) -> list[dict[str, Any]]:
    """The newest changes to a report, each as one sentence, for ``<c-timeline>``."""
    events = list(AuditEvent.objects.about(report).changes().order_by("-pk")[:limit])
    lines = audit.describe(events)
    for event, line in zip(events, lines, strict=True):
        if event.type in NAMELESS:
            line |= {"label": f"{_say(NAMELESS[event.type], event.facts)}.", "who": "", "detail": ""}
        elif event.type in PHRASES:
            line |= {"label": f"{line['who']} {_say(PHRASES[event.type], event.facts)}.", "who": "", "detail": ""}
    return lines
