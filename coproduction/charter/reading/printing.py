"""A version as a PDF: frozen when someone asks for it, and built by a worker from what was frozen alone."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from coproduction.charter.models import CharterVersion, SectionText
from coproduction.charter.reading.formats import formats_of
from coproduction.charter.reading.models import CharterPdf
from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.documents import charts, printing
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from networks.documents.drawing import mark_of

BUILD = "coproduction.build_charter_pdf"
STYLES = ("papers.css", "large.css", "charter-print.css")
Form = CharterPdf.Form


@transaction.atomic
def request_pdf(*, by: Actor, version: CharterVersion, form: str = Form.STANDARD) -> tuple[CharterPdf, Job]:
    """Freeze the words of a version and have a worker build a PDF of them. The same words are built once."""
    require(by, "coproduction.build_pdf", version)
    version = CharterVersion.objects.select_for_update(of=("self",)).select_related("charter__group").get(pk=version.pk)
    contents = contents_of(version, form)
    if form == Form.EASY_READ and not any(section["lines"] for section in contents["sections"]):
        raise StateConflict("No section of this version is in Easy Read yet.")
    mark = mark_of(contents)
    known = CharterPdf.objects.select_related("job").filter(version=version, form=form, contents_sha256=mark).first()
    if known and known.job and known.job.payload.get("renderer") == renderer():
        job = known.job
        if job.state == Job.State.FAILED:  # a person who may ask for it may ask again
            job = queue.retry(by=SYSTEM, job=job)
        return known, job
    pdf = known or CharterPdf(version=version, form=form, contents=contents, contents_sha256=mark)
    pdf.asked_by_id, pdf.asked_at = by.pk, clock.now()
    pdf.full_clean(exclude=["file"])
    pdf.save()
    pdf.job = queue.enqueue(
        by=by,
        kind=BUILD,
        dedupe_key=f"charter-pdf:{pdf.pk}:{mark}:{renderer()}",
        payload={"pdf": pdf.pk, "renderer": renderer()},
    )
    pdf.save(update_fields=["job"])
    audit.record(by, "charter_pdf.requested", version, version=version.name)
    return pdf, pdf.job


def contents_of(version: CharterVersion, form: str, *, texts: Sequence[SectionText] | None = None) -> dict[str, Any]:
    """Everything that the PDF of a version says, as plain JSON values. ``texts``: its sections, if they are read already."""
    texts = list(version.texts.all()) if texts is None else texts
    easy = formats_of([version], texts=texts)[version.pk].easy_read if form == Form.EASY_READ else {}
    sections = []
    for text in texts:
        found = easy.get(text.section_id)
        sections.append(
            {
                "title": text.title,
                "body": text.body,
                "lines": [
                    {"words": line.words, "picture": line.picture.name or "", "sha256": line.sha256, "alt": line.alt}
                    for line in (found.row.lines.all() if found else [])
                ],
                "is_out_of_date": bool(found and found.is_out_of_date),
                "reviewed_by": found.row.reviewed_by if found else "",
                "reviewed_on": found.row.reviewed_on.isoformat() if found else None,
            }
        )
    return {
        "format": 1,
        "form": form,
        "title": version.charter.title,
        "group": version.charter.group.name,
        "number": version.name,
        "status": version.status,
        "state": version.get_status_display(),
        "change_note": version.change_note,
        "proposed_on": version.proposed_on.isoformat() if version.proposed_on else None,
        "agreed_on": version.agreed_on.isoformat() if version.agreed_on else None,
        "text_hash": version.text_hash,
        "is_large": form != Form.STANDARD,
        "is_illustrative": version.charter.is_illustrative,
        "sections": sections,
    }


@lru_cache(maxsize=1)
def renderer() -> str:
    """What draws the PDF, as a short version: it changes with every file that shapes the page."""
    shaping = sorted((printing.ROOT / "templates" / "coproduction" / "charter" / "reading" / "pdf").rglob("*.html"))
    shaping += [printing.ROOT / "templates" / "networks" / "documents" / "pdf" / "_head.html"]
    shaping += [Path(__file__), *printing.files_on_disk(*STYLES).values()]
    return printing.fingerprint(shaping)


def compose(pdf: CharterPdf) -> tuple[str, dict[str, bytes]]:
    """The HTML of a PDF and the named assets that it uses: style sheets, typeface, mark, pictures."""
    contents: dict[str, Any] = pdf.contents
    assets = {name: path.read_bytes() for name, path in printing.files_on_disk(*STYLES).items()}
    assets["mark.svg"] = charts.mark().encode()
    assets["illustrative.css"] = printing.ILLUSTRATIVE.encode()
    sections = [_section(section, assets) for section in contents["sections"]]
    words = {
        **contents,
        "sections": sections,
        "proposed_on": _day(contents["proposed_on"]),
        "agreed_on": _day(contents["agreed_on"]),
        "made_on": timezone.localtime(pdf.asked_at).date(),
        "fingerprint": contents["text_hash"][:12],
        "is_easy": contents["form"] == Form.EASY_READ,
    }
    return render_to_string("coproduction/charter/reading/pdf/version.html", words), assets


def _section(section: dict[str, Any], assets: dict[str, bytes]) -> dict[str, Any]:
    """A section with the pictures of its Easy Read put among the assets."""
    lines = []
    for line in section["lines"]:
        asset = ""
        if line["picture"]:
            asset = f"picture-{line['sha256']}.jpg"
            if asset not in assets:
                with default_storage.open(line["picture"], "rb") as kept:
                    assets[asset] = kept.read()
        lines.append({**line, "asset": asset})
    return {**section, "lines": lines, "reviewed_on": _day(section["reviewed_on"])}


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
