"""Asking for a form of an edition, and where each form stands."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, has_perm, require
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from reports.editions.making.models import EditionForm
from reports.editions.models import Edition
from reports.formats.content.language import ENGLISH
from reports.formats.easy_read.services import contents_for
from reports.formats.files.kinds import EASY_READ, KINDS, LANGUAGES, STANDARD, Kind, renderer
from reports.writing.models import AnnualReport

MAKE = "reports.make_form"


def kind_of(form: str, language: str, kinds: Mapping[str, Kind] = KINDS) -> Kind:
    """A form that can be had in a language. ValidationError where it cannot."""
    kind = kinds.get(form)
    if kind is None:
        raise ValidationError({"form": f"Choose one of: {', '.join(kinds)}."})
    if language not in LANGUAGES:
        raise ValidationError({"language": "Choose en for English or cy for Welsh."})
    if language not in kind.languages:
        if form == STANDARD:
            raise ValidationError({"language": "The English PDF is the edition itself. Download the edition."})
        raise ValidationError({"language": f"{kind.label} is in English only: its sentences are written for it."})
    return kind


@transaction.atomic
def request_form(*, by: Actor, edition: Edition, form: str, language: str = ENGLISH) -> Job:
    """Have a worker make a form of an edition from its snapshot; the same form of the same data is made once.

    Asking again for one that failed tries it again. An Easy Read is frozen now, as its chapters stand.
    """
    require(by, "reports.build_edition", edition.report)
    kind_of(form, language)
    report = AnnualReport.objects.select_for_update().get(pk=edition.report_id)
    given: dict[str, Any] = {"edition": edition.pk, "form": form, "language": language, "renderer": renderer()}
    mark = ""
    if form == EASY_READ:
        contents = contents_for(report, edition.snapshot.data["sections"])
        mark = mark_of(contents)
        given |= {"contents": contents, "contents_sha256": mark}
    job = queue.enqueue(by=by, kind=MAKE, dedupe_key=_key(edition, form, language, mark), payload=given)
    if job.state == Job.State.FAILED:
        job = queue.retry(by=SYSTEM, job=job)  # a person who may ask for it may ask again
    elif job.state == Job.State.QUEUED and job.attempt == 0:
        label = f"{KINDS[form].label}, {LANGUAGES[language]}"
        audit.record(by, "edition.form_requested", edition, edition=edition.number, form=label)
    return job


def mark_of(contents: Mapping[str, Any]) -> str:
    """A hash of what an Easy Read says."""
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()


def _key(edition: Edition, form: str, language: str, mark: str) -> str:
    return f"edition-form:{edition.pk}:{form}:{language}:{renderer()}:{mark[:16]}"


# --- Where each form stands ----------------------------------------------------------------------
@dataclass(frozen=True)
class Standing:
    """One form in one language: its newest file that the reader may have, and the job that makes another, if one does."""

    kind: Kind
    language: str
    row: Any  # an EditionForm, or a file of another report
    job: Job | None
    made_by: str  # what makes this form now

    @property
    def state(self) -> str:
        """not_made, being_made, ready or failed."""
        if self.job is not None and not self.job.is_finished:
            return "being_made"
        if self.job is not None and self.job.state == Job.State.FAILED:
            return "failed"
        return "ready" if self.row else "not_made"

    @property
    def may_be_made_anew(self) -> bool:
        """Whether making it again could give another file: its words are its own, or what makes it has changed."""
        return self.row is not None and (self.kind.key == EASY_READ or self.row.renderer != self.made_by)

    @property
    def language_label(self) -> str:
        return LANGUAGES[self.language]


def standings(user: Any, edition: Edition) -> list[Standing]:
    """Every form in every language that it can be had in, with where it stands. Two queries, however many there are."""
    rows: dict[tuple[str, str], Any] = {}
    for row in EditionForm.objects.visible_to(user).filter(edition=edition).defer("contents").newest_first():
        row.edition = edition
        rows.setdefault((row.form, row.language), row)
    jobs = _jobs(edition) if has_perm(user, "reports.view_unpublished") else {}
    return standings_from(KINDS, rows, jobs, renderer())


def standings_from(
    kinds: Mapping[str, Kind], rows: Mapping[tuple[str, str], Any], jobs: Mapping[tuple[str, str], Job], made_by: str
) -> list[Standing]:
    """Where each form stands in each of its languages, by its newest file and its newest job."""
    found = []
    for kind in kinds.values():
        for language in kind.languages:
            held, job = rows.get((kind.key, language)), jobs.get((kind.key, language))
            if job is not None and job.state == Job.State.SUCCEEDED:
                job = None
            found.append(Standing(kind, language, held, job, made_by))
    return found


def _jobs(edition: Edition) -> dict[tuple[str, str], Job]:
    """The newest job of each form."""
    rows = Job.objects.filter(kind=MAKE, dedupe_key__startswith=f"edition-form:{edition.pk}:").defer("payload")
    found: dict[tuple[str, str], Job] = {}
    for job in rows.order_by("-created_at"):
        _word, _edition, form, language, *_rest = job.dedupe_key.split(":")
        found.setdefault((form, language), job)
    return found


def standing_of(user: Any, edition: Edition, form: str, language: str) -> Standing | None:
    """Where one form stands; None where there is no such form."""
    every: Iterable[Standing] = standings(user, edition)
    return next((one for one in every if (one.kind.key, one.language) == (form, language)), None)
