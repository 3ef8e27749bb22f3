"""Which Easy Read and which recording go with the words of a version: those made from them, wherever they were made."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from coproduction.charter.models import CharterVersion, SectionText
from coproduction.charter.reading.models import EasyRead, EasyReadLine, Recording, hash_words

lines = Prefetch("lines", EasyReadLine.objects.order_by("position", "pk"))


@dataclass(frozen=True)
class Found:
    """An Easy Read or recording for a section, and whether the words have changed since it was made."""

    row: Any
    is_out_of_date: bool


@dataclass(frozen=True)
class Formats:
    """What there is of one version beside its text, by the id of the section; ``whole``: a recording of all of it."""

    easy_read: dict[int, Found]
    sound: dict[int, Found]
    whole: Recording | None

    @property
    def has_sound(self) -> bool:
        return bool(self.sound or self.whole)


def formats_of(
    versions: Collection[CharterVersion], *, texts: Iterable[SectionText] | None = None
) -> dict[int, Formats]:
    """What readers may have of each version, by its id. The same three queries however many versions there are.

    Made from exactly these words, in whichever version: up to date. Otherwise the newest that an earlier text had,
    which is out of date. ``texts``: those of the versions, where the caller has them.
    """
    charters = {version.charter_id for version in versions}
    easy, sound = defaultdict(list), defaultdict(list)
    reviewed = EasyRead.objects.reviewed().filter(text__version__charter__in=charters)
    for row in reviewed.select_related("text__version", "text__section").prefetch_related(lines):
        easy[row.text.section_id].append((row.text.version.number, row))
    whole: dict[int, Recording] = {}
    recordings = Recording.objects.filter(version__charter__in=charters)
    for recording in recordings.select_related("version", "text__section"):
        if recording.text is None:
            whole[recording.version_id] = recording
        else:
            sound[recording.text.section_id].append((recording.version.number, recording))
    rows: dict[int, list[SectionText]] = defaultdict(list)
    for text in texts if texts is not None else SectionText.objects.filter(version__in=versions):
        rows[text.version_id].append(text)
    return {
        version.pk: Formats(
            easy_read=_pick(version, rows[version.pk], easy),
            sound=_pick(version, rows[version.pk], sound),
            whole=whole.get(version.pk),
        )
        for version in versions
    }


def _pick(
    version: CharterVersion, texts: list[SectionText], rows: dict[int, list[tuple[int, Any]]]
) -> dict[int, Found]:
    found = {}
    for text in texts:
        mark = hash_words(text.title, text.body)
        made = sorted(rows.get(text.section_id, []), key=lambda row: row[0], reverse=True)
        fitting = next((row for _, row in made if row.words_hash == mark), None)
        earlier = next((row for number, row in made if number <= version.number), None)
        if fitting is not None:
            found[text.section_id] = Found(fitting, is_out_of_date=False)
        elif earlier is not None:
            found[text.section_id] = Found(earlier, is_out_of_date=True)
    return found
