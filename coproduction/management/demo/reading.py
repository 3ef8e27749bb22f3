"""Easy Read of the demonstration's charter: reviewed, waiting for review, and one that a newer text has left behind.

There is no recording: an invented voice would not be an honest example.
"""

from pathlib import Path

from django.core.files.base import ContentFile
from django.db import transaction

from coproduction.charter.models import SectionText
from coproduction.charter.reading.making import services
from coproduction.charter.reading.models import EasyRead
from coproduction.management.demo import shapes
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import User
from impact.core.web.files import uploads
from networks.groups.models import Group

PICTURES = Path(__file__).parent / "data" / "pictures"


@transaction.atomic
def build_easy_read(lead: User, group: Group) -> None:
    """Write the sections that easy_read.toml holds, where they are missing."""
    rows = read(__file__, "easy_read.toml", dict[int, dict[str, shapes.EasyRead]])
    for number, sections in rows.items():
        for key, row in sections.items():
            text = SectionText.objects.filter(
                version__charter__group=group, version__number=number, section__key=key
            ).first()
            if text is not None and not EasyRead.objects.filter(text=text).exists():
                _write(lead, text, row)


def _write(lead: User, text: SectionText, row: shapes.EasyRead) -> None:
    with clock.standing_on(row.written_on):
        easy = services.write_easy_read(by=lead, text=text, sentences=[line.words for line in row.lines])
        for line, wanted in zip(easy.lines.all(), row.lines, strict=True):
            if wanted.picture:
                file = ContentFile((PICTURES / wanted.picture).read_bytes(), name=wanted.picture)
                services.set_picture(by=lead, line=line, alt=wanted.alt, file=uploads.accept_photo(file))
    easy.refresh_from_db()
    if row.sent_on:
        with clock.standing_on(row.sent_on):
            easy = services.send_for_review(by=lead, easy_read=easy)
    if row.reviewed_on:
        with clock.standing_on(row.reviewed_on):
            services.review_easy_read(by=lead, easy_read=easy, reviewed_by=row.reviewed_by, reviewed_on=row.reviewed_on)
