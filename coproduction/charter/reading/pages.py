"""What the pages for reading a version share: its formats, its PDFs, and what changed."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from coproduction.charter.models import Charter, CharterVersion, SectionText
from coproduction.charter.reading.comparing import Comparison, Words, compare, sides
from coproduction.charter.reading.formats import Formats, formats_of
from coproduction.charter.reading.models import CharterPdf
from coproduction.charter.reading.printing import contents_of
from impact.core.access.permissions import has_perm
from impact.core.basics.vocabulary import Format
from impact.core.jobs.models import Job
from networks.documents.drawing import mark_of

OFFERED = [Format.STANDARD, Format.EASY_READ, Format.AUDIO, Format.LARGE_PRINT]


# --- Formats -------------------------------------------------------------------------------------
def preferred_format(user: Any) -> str:
    """How the reader likes to read papers, where a charter can be read like that; else standard."""
    person = getattr(user, "person", None)
    return person.preferred_format if person and person.preferred_format in OFFERED else Format.STANDARD


def format_context(request: HttpRequest, version: CharterVersion, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The formats of a version, the reader's own first, and what stands in each section in the one that was asked for.

    Each row gets ``easy`` and ``sound``: what there is (with ``is_out_of_date``), or None.
    """
    found = formats_of([version], texts=[row["text"] for row in rows])[version.pk]
    for row in rows:
        row["easy"] = found.easy_read.get(row["text"].section_id)
        row["sound"] = found.sound.get(row["text"].section_id)
    asked = request.GET.get("format", "")
    current = Format(asked) if asked in OFFERED else Format.STANDARD
    preferred = preferred_format(request.user)
    address = version.get_absolute_url()
    choices = [
        {
            "label": one.label,
            "note": _note(one, found, len(rows)),
            "href": address if one == Format.STANDARD else f"{address}?format={one.value}",
            "is_current": one == current,
            "is_preferred": one == preferred and preferred != Format.STANDARD,
        }
        for one in sorted(OFFERED, key=lambda one: one != preferred)
    ]
    is_offered = preferred != Format.STANDARD and not asked
    return {
        "format": current.value,
        "formats": choices,
        "offered": next((row for row in choices if row["is_preferred"]), None) if is_offered else None,
        "whole_recording": found.whole,
        "has_sound": found.has_sound,
        "has_easy_read": bool(found.easy_read),
        "may_make_formats": has_perm(request.user, "coproduction.edit_charter", version),
    }


def _note(one: Format, found: Formats, sections: int) -> str:
    """How much of a version comes in a format."""
    if one == Format.EASY_READ:
        return _of(len(found.easy_read), sections)
    if one == Format.AUDIO:
        return "The whole charter" if found.whole else _of(len(found.sound), sections)
    return ""


def _of(number: int, sections: int) -> str:
    return f"{number} of {sections} sections" if number else "None yet"


# --- PDFs ----------------------------------------------------------------------------------------
def pdf_context(request: HttpRequest, version: CharterVersion, texts: Iterable[SectionText]) -> dict[str, Any]:
    """The PDFs of these words that there are, the one being built, and what can be built."""
    texts = list(texts)
    known = {(row.form, row.contents_sha256): row for row in _pdfs_of(version)}
    rows, waiting = [], None
    for form in CharterPdf.Form:
        contents = contents_of(version, form, texts=texts)
        if form == CharterPdf.Form.EASY_READ and not any(section["lines"] for section in contents["sections"]):
            continue
        pdf = known.get((form.value, mark_of(contents)))
        is_open = pdf is not None and not pdf.file and pdf.job is not None and pdf.job.state != Job.State.SUCCEEDED
        waiting = waiting or (pdf if is_open else None)
        rows.append(
            {
                "form": form.value,
                "words": "Easy Read" if form == CharterPdf.Form.EASY_READ else form.label.lower(),
                "pdf": pdf if pdf and pdf.file else None,
                "is_building": bool(is_open and pdf and pdf.job and not pdf.job.is_finished),
            }
        )
    may_build = has_perm(request.user, "coproduction.build_pdf", version)
    return {"pdf_rows": rows, "may_build_pdf": may_build, **job_context(waiting, request.user)}


def _pdfs_of(version: CharterVersion) -> Any:
    return CharterPdf.objects.filter(version=version).select_related("job").defer("contents")


def job_context(pdf: CharterPdf | None, user: Any) -> dict[str, Any]:
    """A build that runs or failed, for the fragment that shows it."""
    job = pdf.job if pdf else None
    shown = job if job and job.state != Job.State.SUCCEEDED else None
    return {
        "pdf": pdf,
        "job": shown,
        "is_waiting": bool(shown and not shown.is_finished),
        "may_retry": bool(shown and shown.state == Job.State.FAILED and has_perm(user, "core.retry_job")),
    }


# --- What changed --------------------------------------------------------------------------------
def words_of(texts: Iterable[SectionText]) -> list[Words]:
    """The sections of a version, ready to be compared. Asks for each text's ``section``."""
    return [Words(text.section.key, text.title, text.body) for text in texts]


def compare_versions(old: CharterVersion, new: CharterVersion) -> Comparison:
    """What changed from one version to another."""
    return compare(*(words_of(version.texts.select_related("section")) for version in (old, new)))


def compare_context(request: HttpRequest, old: CharterVersion, new: CharterVersion) -> dict[str, Any]:
    """What a page shows of what changed: each change with what comes before and after it, in one text or side by side."""
    shown = compare_versions(old, new)
    changes = shown.changes
    rows = [
        {
            "change": change,
            "sides": sides(change.pieces),
            "is_long": change.is_retired or change.is_new or change.is_reworded,
            "before": changes[n - 1] if n else None,
            "after": changes[n + 1] if n + 1 < len(changes) else None,
        }
        for n, change in enumerate(changes)
    ]
    is_side_by_side = request.GET.get("view") == "side-by-side"
    address = f"{new.get_absolute_url()}?against={old.slug}"
    return {
        "comparison": shown,
        "changes": rows,
        "is_side_by_side": is_side_by_side,
        "views": [
            {"label": "In one text", "href": address, "current": not is_side_by_side},
            {"label": "Side by side", "href": f"{address}&view=side-by-side", "current": is_side_by_side},
        ],
    }


def section_steps(versions: list[CharterVersion], key: str) -> list[dict[str, Any]]:
    """The story of one section through versions given oldest first: what each did to it. Newest first; two queries."""
    texts: dict[int, list[SectionText]] = {version.pk: [] for version in versions}
    rows = SectionText.objects.filter(version__in=versions).select_related("section")
    for text in rows.order_by("position", "pk"):
        texts[text.version_id].append(text)
    steps: list[dict[str, Any]] = []
    before: list[Words] = []
    previous: CharterVersion | None = None
    for version in versions:
        # Only this section's words are compared; the others count for their places.
        now = [row if row.key == key else Words(row.key, "", "") for row in words_of(texts[version.pk])]
        change = next((row for row in compare(before, now).sections if row.key == key), None)
        if change is not None:
            found = next((row for row in texts[version.pk] if row.section.key == key), None)
            steps.append({"version": version, "previous": previous, "change": change, "text": found})
        before, previous = now, version
    return steps[::-1]


def address_of_section(charter: Charter, key: str) -> str:
    return reverse("coproduction:charter-section", args=[charter.pk, key])
