"""A submitted application as HTML for the PDF, from its revision alone."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from impact.core.documents import charts, printing
from sites.calls.applications.models import ApplicationFile, Revision
from sites.calls.rounds.questions.answering import chapters_of, in_words
from sites.calls.rounds.questions.models import Kind

STYLE = "papers.css"
TEMPLATE = "sites/calls/applications/pdf/application.html"


@lru_cache(maxsize=1)
def renderer() -> str:
    """What draws a copy, as a short version: it changes with every file that shapes the page."""
    shaping = [printing.ROOT / "templates" / TEMPLATE, Path(__file__), *printing.files_on_disk(STYLE).values()]
    return printing.fingerprint(shaping)


def compose(revision: Revision) -> tuple[str, dict[str, bytes]]:
    """The HTML of a revision and the named assets it uses: style sheets, typeface, mark."""
    assets = {name: path.read_bytes() for name, path in printing.files_on_disk(STYLE).items()}
    assets["mark.svg"] = charts.mark().encode()
    assets["illustrative.css"] = printing.ILLUSTRATIVE.encode()
    application = revision.application
    words = {
        "application": application,
        "round": application.round,
        "revision": revision,
        "chapters": _chapters(revision),
        "made_on": timezone.localtime(revision.submitted_at).date(),
        "is_illustrative": application.is_illustrative,
    }
    return render_to_string(TEMPLATE, words), assets


def _chapters(revision: Revision) -> list[dict[str, Any]]:
    names = dict(ApplicationFile.objects.filter(application=revision.application_id).values_list("pk", "name"))
    revision.question_set.round = revision.application.round
    return [
        {
            "title": chapter.section.title,
            "rows": [
                (
                    question.label,
                    names.get(chapter.given.get(question.key) or 0, "")
                    if question.kind == Kind.FILE
                    else in_words(question, chapter.given.get(question.key)),
                )
                for question in chapter.questions
            ],
        }
        for chapter in chapters_of(revision.question_set, revision.answers)
    ]
