"""How full the pages are: every printed form of every report in the database at hand, and the pages that are under 40% full.

A page under 40% full that does not end a part is a fault (the exit code says so); the others are listed to be looked at.

    .venv/bin/python benchmarks/page_fill.py [FOLDER for the files, to open them as pictures]
"""

import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("IMPACT_DEMO", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "impact.settings")

import django  # noqa: E402

django.setup()

from django.utils import timezone  # noqa: E402

from impact.core.basics.states import StateConflict  # noqa: E402
from impact.core.documents import pdf  # noqa: E402
from reports.editions.services import frozen  # noqa: E402
from reports.formats.content.language import ENGLISH  # noqa: E402
from reports.formats.content.source import Source  # noqa: E402
from reports.formats.easy_read.services import contents_for  # noqa: E402
from reports.formats.files.kinds import EASY_READ, KINDS, STANDARD  # noqa: E402
from reports.subjects.models import SubjectEdition  # noqa: E402
from reports.subjects.tasks import source_of  # noqa: E402
from reports.writing.models import AnnualReport  # noqa: E402
from tests.reports.formats.test_pdf import nearly_empty_pages, thin_pages  # noqa: E402

PRINTED = [kind for kind in KINDS.values() if kind.is_drawn]


def sources() -> Iterator[tuple[str, str, Source]]:
    """(name, form, source) of every printed form."""
    for report in AnnualReport.objects.filter(sections__key="summary", sections__body__gt=""):
        data = json.loads(json.dumps(frozen(report)))
        for kind in PRINTED:
            languages = (ENGLISH, *kind.languages) if kind.key == STANDARD else kind.languages
            for language in languages:
                given = {"data": data, "sha256": "ab" * 32, "taken_at": timezone.now(), "number": 1}
                if kind.key == EASY_READ:
                    try:
                        given["easy_read"] = contents_for(report, data["sections"])
                    except StateConflict:
                        continue
                yield f"annual-{report.year}-{kind.key}-{language}", kind.key, Source(**given, language=language)
    for edition in SubjectEdition.objects.select_related("report__site"):
        for kind in PRINTED:
            if kind.key != EASY_READ:
                name = f"{edition.report.kind}-{edition.report.slug}-{edition.number}-{kind.key}"
                yield name, kind.key, source_of(edition)


def main() -> int:
    """Draw and say."""
    logging.disable(logging.CRITICAL)
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    faults = 0
    for name, form, source in sources():
        html, assets = KINDS[form].load()(source)
        path = folder / f"{name}.pdf"
        drawn = pdf.render(html, assets, identifier=b"x" * 16, target=str(path), tell=lambda step, page: None)
        thin = thin_pages(path)
        faults += len(thin)
        said = f"under 40% full: {thin}" if thin else "full enough"
        if few := nearly_empty_pages(path):
            said += f", under 25%: {few}"
        print(f"{name:<50}{drawn.pages:>4} pages  {said}", flush=True)
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main())
