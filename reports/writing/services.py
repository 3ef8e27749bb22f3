"""The annual report's life: written, frozen, built, submitted, approved, published. Every write, one function each."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from impact.core.access import audit
from impact.core.access.acting.models import Duty, Sort
from impact.core.access.models import RoleGrant
from impact.core.access.permissions import GRANTS, Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.versions import reject_unknown, save_changes, tidy
from impact.core.notices.models import NoticeKind
from impact.core.notices.services import tell
from impact.core.people.models import Person, User
from reports.figures.gather import gather_figures
from reports.writing.facts import as_seen, facts_for, mark_of
from reports.writing.models import LONGEST_SECTION, AnnualReport, ReportSection, ReportWriter, SectionVersion

Status = AnnualReport.Status
OPEN = (Status.WRITING, Status.GROUP, Status.SUBMITTED)

# Rule 14: what the advisory group reports on. These, and the summary, must be written before others read it.
MUST_BE_WRITTEN = [
    ReportSection.Key.SUMMARY,
    ReportSection.Key.PROGRESS,
    ReportSection.Key.GOOD_PRACTICE,
    ReportSection.Key.DEVELOPMENT,
]


# What belongs in each section, for its first writers. A report takes over what the year before made of it.
GUIDANCE: dict[str, str] = {
    ReportSection.Key.SUMMARY: "One page that can be read on its own: what went well, what did not, what we ask of the "
    "leadership team. Write it last.",
    ReportSection.Key.LAST_RESPONSE: "What the leadership team answered to last year’s report, and what has come of it "
    "since. Their words are printed here; add what members make of them.",
    ReportSection.Key.FIGURES: "What the figures mean and how to read them. The tables come by themselves.",
    ReportSection.Key.PROGRESS: "What changed during the year because people shaped it. Start from involvements that led "
    "to a change.",
    ReportSection.Key.GOOD_PRACTICE: "Ways of working that others could borrow, each with an example and where it came from.",
    ReportSection.Key.DEVELOPMENT: "What has to get better, and what we propose. Name each area so that the leadership "
    "team can answer it.",
    ReportSection.Key.EQUALITY: "Who took part and who did not, what kept people away, and what was done about it. Never "
    "say anything that could point at one person.",
    ReportSection.Key.CHARTER: "What changed in the charter, what suggestions led to, and what the waypoints found.",
    ReportSection.Key.NETWORKS: "What local networks said, what helps and what gets in the way, and what differs between "
    "nations.",
    ReportSection.Key.SITES: "What happened at sites under each delivery model, in a few sentences each.",
    ReportSection.Key.LOOKING_AHEAD: "What comes next year: what is planned, what members want to shape, and when they "
    "hear about it.",
    ReportSection.Key.METHOD: "Only what the fixed notes below do not say: gaps in the data, changes in how things are "
    "counted.",
}
SAME_VERSION = timedelta(minutes=15)  # what saves itself within it is one version


def writers() -> QuerySet[User]:
    """The accounts that may write reports, and so own a section."""
    grants = RoleGrant.objects.in_force().filter(role__in=GRANTS["reports.edit_report"])
    return (
        User.objects.filter(is_active=True, pk__in=grants.values("user_id")).select_related("person").order_by("email")
    )


@transaction.atomic
def start_report(
    *, by: Actor, year: int, title: str, subtitle: str = "", is_illustrative: bool = False
) -> AnnualReport:
    """Open a year's report with every section empty, for those who write it: with the owners and the guidance of the
    report before it."""
    require(by, "reports.edit_report")
    today = clock.today()
    if not 2022 <= year <= today.year:
        raise ValidationError({"year": f"Choose a year from 2022 to {today.year}: the report looks back on it."})
    if AnnualReport.objects.filter(year=year).exists():
        raise ValidationError({"year": f"There is already a report for {year}. Open it from the list of reports."})
    report = AnnualReport(year=year, title=title.strip(), subtitle=subtitle.strip(), is_illustrative=is_illustrative)
    report.full_clean()
    report.save()
    before = AnnualReport.objects.filter(year__lt=year).order_by("-year").first()
    frame = {row.key: row for row in before.sections.all()} if before else {}
    may_write = set(writers().values_list("pk", flat=True))
    for position, key in enumerate(ReportSection.Key.values, start=1):
        last = frame.get(key)
        owner = last.owner_id if last and last.owner_id in may_write else None
        guidance = last.guidance if last and last.guidance else GUIDANCE[key]
        ReportSection.objects.create(report=report, key=key, position=position, owner_id=owner, guidance=guidance)
    audit.record(by, "report.started", report, year=year)
    return report


def locked_report(report: AnnualReport) -> AnnualReport:
    return AnnualReport.objects.select_for_update().get(pk=report.pk)


def note_writer(by: Actor, report: AnnualReport) -> None:
    """Remember that someone wrote words of the report, so that someone else approves it."""
    if by.pk is not None:
        ReportWriter.objects.get_or_create(report=report, user_id=by.pk)


def writers_of(report: AnnualReport) -> list[Person]:
    """Those who wrote words of the report and have an account today."""
    users = ReportWriter.objects.filter(report=report, user__is_active=True).values("user")
    return list(Person.objects.filter(user__in=users).order_by("pk"))


def require_writing(report: AnnualReport) -> None:
    """Refuse to change a report that others read or have approved."""
    if report.status != Status.WRITING:
        raise ValidationError(
            f"The report is {report.get_status_display().lower()}, so its text cannot be changed. "
            "Take it back to edit first."
        )


@transaction.atomic
def write_section(
    *,
    by: Actor,
    section: ReportSection,
    body: str,
    expected: int | None = None,
    shown: str | None = None,
    restored: int | None = None,
    is_autosave: bool = False,
) -> ReportSection:
    """Save the words of one section, and keep them as a version. Raises Conflict when someone saved it in the meantime.

    The section's figures count as seen, unless ``shown``, the mark of those that the writer had before them, is of
    others. ``restored``: the number of the version whose words these are.
    """
    require(by, "reports.edit_report", section)
    report = locked_report(section.report)
    require_writing(report)
    body = body.replace("\r\n", "\n").strip()
    if len(body) > LONGEST_SECTION:
        raise ValidationError({"body": too_long(body)})
    before = section.body
    changes = {"body": body}
    if body and section.status == ReportSection.Status.NOT_BEGUN:
        changes["status"] = ReportSection.Status.WRITING
    # The same words, sent again after a lost answer or from another tab, are saved already, whatever their version.
    changed = save_changes(section, changes, expected=expected) if body != section.body else []
    if not changed and not is_autosave:
        SectionVersion.objects.filter(section=section, is_open=True).update(is_open=False)  # a save by hand ends it
    if "body" in changed:
        note_writer(by, report)
        is_new = _keep_version(by, section, before, restored, is_autosave)
        if is_new:
            audit.record(by, "section.written", section, fields=changed, characters=len(section.body))
            audit.record(by, "report.section_written", report, section=section.get_key_display())
    if not is_autosave or section.figures_seen is None:  # counting them is for a save by hand
        _see_figures(section, shown)
    return section


def too_long(body: str) -> str:
    """Why a text is refused for its length, and what to do."""
    return (
        f"This section has {len(body):,} characters, and {LONGEST_SECTION:,} is the most. Shorten it, or move part of it "
        "to another section. Nothing is lost: your text is still in the box."
    )


def _keep_version(by: Actor, section: ReportSection, before: str, restored: int | None, is_autosave: bool) -> bool:
    """Keep the words of a section as a version; False where they belong to the newest one, by the same writer."""
    newest = section.versions.first()
    if newest is None and before:
        newest = SectionVersion.objects.create(
            section=section, number=1, body=before
        )  # from before there were versions
    now = clock.now()
    is_ours = newest is not None and newest.is_open and newest.saved_by_id == by.pk and not restored
    if newest and is_ours and timedelta() <= now - newest.saved_at <= SAME_VERSION:
        newest.body, newest.is_open = section.body, is_autosave
        newest.save(update_fields=["body", "is_open"])
        return False
    number = newest.number + 1 if newest else 1
    SectionVersion.objects.create(
        section=section,
        number=number,
        body=section.body,
        saved_at=now,
        saved_by_id=by.pk,
        restored=restored,
        is_open=is_autosave,
    )
    return True


@transaction.atomic
def plan_section(
    *,
    by: Actor,
    section: ReportSection,
    owner: User | None,
    due_on: date | None,
    guidance: str,
    status: str,
    expected: int | None = None,
) -> ReportSection:
    """Say who sees that a section is written, by when, what belongs in it and how far it is. A new owner is told."""
    require(by, "reports.edit_report", section)
    report = locked_report(section.report)
    if report.status in (Status.APPROVED, Status.PUBLISHED):
        raise ValidationError("The report is approved, so there is nothing left to plan.")
    if owner is not None and not writers().filter(pk=owner.pk).exists():
        raise ValidationError({"owner": "Choose someone who may write the report."})
    if due_on is not None and due_on != section.due_on and due_on < clock.today():
        raise ValidationError({"due_on": "This day has passed. Enter today or a later day."})
    if status in (ReportSection.Status.REVIEW, ReportSection.Status.DONE) and not section.body:
        raise ValidationError({"status": "The section has no words yet. Write it first."})
    was = section.owner_id
    changes = {"owner": owner, "due_on": due_on, "guidance": tidy(guidance), "status": status}
    changed = save_changes(section, changes, expected=expected)
    if changed:
        facts = {"status": section.get_status_display()} if "status" in changed else {}
        audit.record(by, "section.planned", section, fields=changed, **facts)
        audit.record(by, "report.section_planned", report, section=section.get_key_display(), **facts)
    if owner is not None and owner.pk not in (was, by.pk):
        tell_owner(
            section,
            f"“{section.get_key_display()}” in the {report.year} report is yours",
            f"You see that this section is written{_by_when(section)}.",
            f"given:{section.version}",
        )
    return section


PLANNED = frozenset({"owner", "due_on", "guidance", "status"})


@transaction.atomic
def change_section(*, by: Actor, section: ReportSection, expected: int | None = None, **given: Any) -> ReportSection:
    """Change the words of a section, its plan, or both, for a caller who sends only what changes."""
    require(by, "reports.edit_report", section)
    reject_unknown(given, PLANNED | {"body"})
    if "body" in given:
        section = write_section(by=by, section=section, body=given.pop("body"), expected=expected)
        expected = section.version
    if given:
        plan = {name: getattr(section, name) for name in PLANNED} | given
        section = plan_section(by=by, section=section, expected=expected, **plan)
    return section


def _by_when(section: ReportSection) -> str:
    return f", by {day(section.due_on)}" if section.due_on else ""


def tell_owner(section: ReportSection, title: str, words: str, about: str) -> int:
    """Tell the owner of a section something about it, and who covers for them, once for each ``about``; how many."""
    person = Person.objects.filter(user_id=section.owner_id).first() if section.owner_id else None
    if person is None:
        return 0
    covers = Duty.objects.helpers(Sort.SECTION, [section.pk])
    return tell(
        people=[person, *(helper for helper, owner, _pk in covers if owner == person.pk)],
        kind=NoticeKind.REPORT,
        title=title[:200],
        words=words,
        path=section.get_absolute_url(),
        key=f"section:{section.pk}:{about}",
    )


def _see_figures(section: ReportSection, shown: str | None) -> bool:
    """Keep the figures of a chapter as seen by its writer, if those of today are the ones that the page showed."""
    facts = facts_for(section.key, gather_figures(section.report.year, is_live=True))
    if shown not in (None, mark_of(facts)):
        return False
    section.figures_seen = as_seen(facts)
    ReportSection.objects.filter(pk=section.pk).update(figures_seen=section.figures_seen)
    return True


@transaction.atomic
def confirm_figures(*, by: Actor, section: ReportSection, shown: str) -> ReportSection:
    """Record that a chapter's text is still correct for the figures that the page showed."""
    require(by, "reports.edit_report", section)
    report = locked_report(section.report)
    if report.status in (Status.APPROVED, Status.PUBLISHED):
        raise ValidationError("The report is approved, so its figures no longer change.")
    if not _see_figures(section, shown):
        raise ValidationError("The figures have changed again while you were reading. Check them again.")
    audit.record(by, "section.figures_confirmed", section)
    audit.record(by, "report.figures_confirmed", report, section=section.get_key_display())
    return section
