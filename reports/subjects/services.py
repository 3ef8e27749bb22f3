"""Starting a report about a subject, writing its words, freezing it, having its files made, and finishing it."""

import hashlib
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from impact.core.access import audit
from impact.core.access.models import AuditEvent, RoleGrant
from impact.core.access.permissions import SYSTEM, Actor, Role, has_perm, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes, tidy
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.notices.services import tell
from impact.core.people.models import Person
from networks.groups.models import Group, Membership, Network
from networks.log.models import Contribution
from reports.editions.making.services import Standing, kind_of, mark_of, standings_from
from reports.formats.content.language import ENGLISH
from reports.formats.files.kinds import EASY_READ, STANDARD
from reports.subjects.easy_read.services import contents_for
from reports.subjects.frozen import funders, network, site
from reports.subjects.models import FORMS, HeldWords, SubjectEdition, SubjectFile, SubjectReport, quarter_days
from reports.subjects.printing.document import renderer
from sites.registry.models import DeliveryModel, Site, SiteRole

EDITED = "subject_report.edited"
MAKE = "reports.make_subject_file"
WRITE = "reports.write_subject_report"
Kind = SubjectReport.Kind
COVER_LINES = {Kind.NETWORK: "The network’s report", Kind.SITE: "The site’s report"}


@transaction.atomic
def start_report(*, by: Actor, kind: str, site: Site | None = None, quarter: str = "") -> SubjectReport:
    """Start the report about a network, a site or a quarter. There is one for each."""
    report = SubjectReport(kind=kind, site=site, quarter=quarter.strip().upper())
    require(by, WRITE, report)
    if kind == Kind.NETWORK and site is not None and site.delivery_model != DeliveryModel.NETWORK:
        raise ValidationError("This site is not a network. Start a site report instead.")
    if kind == Kind.FUNDERS:
        first, _last = quarter_days(report.quarter)
        if first > clock.today():
            raise ValidationError({"quarter": "This quarter has not begun. Choose one that has."})
    report.full_clean()
    report.save()
    audit.record(by, "subject_report.started", report)
    return report


@transaction.atomic
def edit_words(
    *, by: Actor, report: SubjectReport, expected: int | None, is_autosave: bool = False, **changes: str
) -> SubjectReport:
    """Change the words before and after the figures. An edition keeps those from the moment it was asked for.

    The same words sent again after a lost answer are saved already. What saves itself while one person goes on writing
    is one entry in the history.
    """
    report = _locked(report)
    require(by, WRITE, report)
    unknown = changes.keys() - {"opening", "closing"}
    if unknown:
        raise ValidationError(f"These cannot be changed here: {', '.join(sorted(unknown))}.")
    given = {name: tidy(text) for name, text in changes.items()}
    is_saved = is_autosave and all(getattr(report, name) == text for name, text in given.items())
    if not is_saved and save_changes(report, given, expected=expected):
        newest = AuditEvent.objects.about(report).first()
        goes_on = is_autosave and newest is not None and (newest.type, newest.actor_id) == (EDITED, by.pk)
        if not goes_on:
            audit.record(by, EDITED, report)
    return report


def _locked(report: SubjectReport) -> SubjectReport:
    return SubjectReport.objects.select_for_update(of=("self",)).select_related("site").get(pk=report.pk)


# --- Freezing ------------------------------------------------------------------------------------
def frozen(report: SubjectReport, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """What an edition of ``report`` asked for now would hold, as plain JSON values. ``before``: the newest one's figures."""
    about = report.site
    if about is None:
        first, last = quarter_days(report.quarter)
        figures = funders.gather(first, last)
        as_of, is_illustrative = min(last, clock.today()), figures["is_illustrative"]
        cover = {"cover_title": "Note to funders", "cover_line": report.name}
    else:
        if report.kind == Kind.NETWORK:
            figures = network.gather(Network.objects.get(pk=about.pk), before)
        else:
            figures = site.gather(about, before)
        as_of, is_illustrative = clock.today(), about.is_illustrative
        cover = {"cover_title": about.name, "cover_line": COVER_LINES[Kind(report.kind)]}
    return {
        "format": 1,
        "report": {
            "kind": report.kind,
            "slug": report.slug,
            "title": report.title,
            "subtitle": "",
            "is_illustrative": is_illustrative,
            **cover,
        },
        "as_of": as_of.isoformat(),
        "opening": report.opening,
        "closing": report.closing,
        "figures": figures,
    }


@transaction.atomic
def request_edition(*, by: Actor, report: SubjectReport) -> tuple[SubjectEdition, Job]:
    """Freeze the report as it is now and have a worker make its PDF. Nothing new to say gives the edition that is there."""
    report = _locked(report)
    require(by, WRITE, report)
    newest = report.editions.order_by("-number").first()
    data = frozen(report, newest.data["figures"] if newest else None)
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    edition = report.editions.filter(sha256=sha256).first()
    if edition is None:
        number = (report.editions.aggregate(newest=Max("number"))["newest"] or 0) + 1
        edition = SubjectEdition(
            report=report,
            number=number,
            as_of=data["as_of"],
            data=json.loads(text),
            sha256=sha256,
            taken_at=clock.now(),
            taken_by_id=by.pk,
        )
        edition.full_clean()
        edition.save()
        held = [HeldWords(edition=edition, contribution_id=pk) for pk in data["figures"]["held_words"]]
        HeldWords.objects.bulk_create(held)
        audit.record(by, "subject_report.edition_requested", report, edition=number)
    return edition, request_file(by=by, edition=edition, form=STANDARD)


@transaction.atomic
def request_file(*, by: Actor, edition: SubjectEdition, form: str, language: str = ENGLISH) -> Job:
    """Have a worker make a form of an edition; the same form of the same edition is made once.

    Asking again for one that failed or was cancelled tries it again. An Easy Read is frozen now, as its chapters stand.
    """
    report = _locked(edition.report)
    require(by, WRITE, report)
    kind_of(form, language, FORMS)
    given: dict[str, Any] = {"edition": edition.pk, "form": form, "language": language, "renderer": renderer()}
    mark = ""
    if form == EASY_READ:
        contents = contents_for(edition)
        mark = mark_of(contents)
        given |= {"contents": contents, "contents_sha256": mark}
    key = f"{_key(edition)}{form}:{language}:{renderer()}:{mark[:16]}"
    job = queue.enqueue(by=by, kind=MAKE, dedupe_key=key, payload=given)
    if job.may_run_again:
        job = queue.retry(by=SYSTEM, job=job)  # a person who may ask for it may ask again
    return job


def _key(edition: SubjectEdition) -> str:
    return f"subject-file:{edition.pk}:"


def jobs_of(edition: SubjectEdition) -> dict[tuple[str, str], Job]:
    """The newest job of each form of an edition in each language."""
    found: dict[tuple[str, str], Job] = {}
    rows = Job.objects.filter(kind=MAKE, dedupe_key__startswith=_key(edition)).defer("payload")
    for job in rows.order_by("-created_at"):
        _word, _edition, form, language, *_rest = job.dedupe_key.split(":")
        found.setdefault((form, language), job)
    return found


def build_of(edition: SubjectEdition | None) -> Job | None:
    """The job that makes an edition's PDF in English, which is what people call its build."""
    return jobs_of(edition).get((STANDARD, ENGLISH)) if edition else None


def standings(user: Any, edition: SubjectEdition) -> list[Standing]:
    """Every form in every language, with where it stands for someone."""
    rows: dict[tuple[str, str], Any] = {}
    for row in SubjectFile.objects.visible_to(user).filter(edition=edition).defer("contents").newest_first():
        row.edition = edition
        rows.setdefault((row.form, row.language), row)
    jobs = jobs_of(edition) if has_perm(user, WRITE, edition.report) else {}
    return standings_from(FORMS, rows, jobs, renderer())


def standing_of(user: Any, edition: SubjectEdition, form: str, language: str) -> Standing | None:
    """Where one form stands; None where there is no such form."""
    return next((one for one in standings(user, edition) if (one.kind.key, one.language) == (form, language)), None)


@transaction.atomic
def cancel_build(*, by: Actor, report: SubjectReport) -> Job:
    """Stop the build of the newest edition's PDF. Words, figures and earlier editions stay as they are."""
    require(by, WRITE, report)
    job = build_of(report.editions.order_by("-number").first())
    if job is None or job.is_finished:
        raise ValidationError("No build is running, so there is nothing to cancel. Reload the page.")
    job = queue.cancel(by=by, job=job)
    audit.record(by, "subject_report.build_cancelled", report)
    return job


# --- Finishing -----------------------------------------------------------------------------------
def withdrawn_words(edition: SubjectEdition) -> int:
    """How many quotes of an edition have no consent that counts today."""
    good = Contribution.objects.counted().quotable().values("pk")
    return edition.holdings.exclude(contribution__in=good).count()


@transaction.atomic
def finish_report(*, by: Actor, report: SubjectReport, edition: SubjectEdition) -> SubjectReport:
    """Give one exact edition to those whom the report is for, and tell them. A later edition can follow it."""
    report = _locked(report)
    require(by, WRITE, report)
    if edition.report_id != report.pk:
        raise ValidationError("This edition is of another report.")
    if not edition.files.filter(form=STANDARD, language=ENGLISH).exists():
        raise StateConflict("The PDF of this edition has not been made yet. Wait for it, then finish.", "not_built")
    if withdrawn_words(edition):
        raise StateConflict(
            "Someone quoted in this edition no longer agrees to it. Build a new edition, which leaves the words out.",
            "withdrawn",
        )
    if report.finished_edition_id == edition.pk:
        raise StateConflict(f"Edition {edition.number} is the finished one already.", "finished")
    save_changes(report, {"finished_edition": edition, "finished_on": clock.today()}, expected=None)
    audit.record(by, "subject_report.finished", report, edition=edition.number)
    tell(
        people=[person for person in readers_of(report) if person.user_id != by.pk or by.pk is None],
        event="subject-report-ready",
        title=f"Ready to read: {report.title}"[:160],
        words="Its figures and words are final now. It can be read and downloaded on the platform.",
        path=report.get_absolute_url(),
        about=report,
        key=f"subject-report:{report.pk}:{edition.number}",
    )
    return report


def readers_of(report: SubjectReport) -> list[Person]:
    """Whom a finished report is for: the members and coordinators of a network, the team of a site, the leadership team."""
    if report.kind == Kind.NETWORK:
        rows = Membership.objects.current().filter(group__in=Group.objects.local_networks(), group__site=report.site)
        return list(Person.objects.filter(pk__in=rows.values("person")).select_related("user"))
    if report.kind == Kind.SITE:
        team = SiteRole.objects.current().filter(site=report.site)
        return list(Person.objects.filter(pk__in=team.values("person")).select_related("user"))
    leaders = RoleGrant.objects.in_force().filter(role=Role.LEADERSHIP).values("user")
    return list(Person.objects.filter(user__in=leaders, user__is_active=True).select_related("user"))
