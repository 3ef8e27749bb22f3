"""Reports about one subject: a network at the end of its life, a site, or a quarter for funders.

An edition is the frozen record; its PDF and its other forms are files made from that record alone.
"""

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from impact.core.access.permissions import Role, has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from impact.core.basics.vocabulary import Nation
from impact.core.jobs.models import Job
from impact.core.people.models import User
from networks.groups.models import Group, Membership, Network
from networks.log.models import Contribution
from reports.formats.content.language import ENGLISH
from reports.formats.files.kinds import BOTH, KINDS, LANGUAGES, STANDARD, Kind
from sites.registry.models import Site, SiteNation, SiteRole

LONGEST_WORDS = 6_000  # characters
QUARTER = re.compile(r"(\d{4})Q([1-4])")
MONTHS = ("January to March", "April to June", "July to September", "October to December")
FORMS: dict[str, Kind] = {**KINDS, STANDARD: replace(KINDS[STANDARD], languages=BOTH)}  # the PDF is a file as well


def quarter_days(quarter: str) -> tuple[date, date]:
    """The first and the last day of "2022Q4"."""
    found = QUARTER.fullmatch(quarter)
    if found is None or not 2000 <= int(found[1]) <= 2200:
        raise ValidationError("Write a quarter as a year and its number, such as 2022Q4.")
    year, number = int(found[1]), int(found[2])
    after = date(year + (number == 4), number * 3 % 12 + 1, 1)
    return date(year, number * 3 - 2, 1), after - timedelta(days=1)


def quarter_in_words(quarter: str) -> str:
    """ "October to December 2022"."""
    first, _last = quarter_days(quarter)
    return f"{MONTHS[first.month // 3]} {first.year}"


class SubjectReportQuerySet(models.QuerySet["SubjectReport"]):
    def visible_to(self, user: Any) -> "SubjectReportQuerySet":
        """All for those who read unpublished reports. For others: a network's, for its coordinators, and for its members
        once it is finished; a site's for the people who work there."""
        if has_perm(user, "reports.view_unpublished"):
            return self
        return self.drafts_for(user) | self.filter(_finished_for(user))

    def in_nation(self, nation: str) -> "SubjectReportQuerySet":
        """Reports of networks and sites that work in a nation; UK-wide ones, and notes to funders, are about every nation."""
        sites = SiteNation.objects.filter(nation__in=[nation, Nation.UK]).values("site_id")
        return self.filter(Q(kind=SubjectReport.Kind.FUNDERS) | Q(site__in=sites))

    def of_year(self, year: int, user: Any) -> "SubjectReportQuerySet":
        """Notes about a quarter of a year, and reports with an edition that a user may read, of a day in it."""
        editions = SubjectEdition.objects.visible_to(user).filter(as_of__year=year).values("report_id")
        return self.filter(Q(quarter__startswith=f"{year}Q") | Q(site__isnull=False, pk__in=editions))

    def drafts_for(self, user: Any) -> "SubjectReportQuerySet":
        """Reports whose every edition ``user`` may read."""
        if has_perm(user, "reports.view_unpublished"):
            return self
        if not getattr(user, "is_authenticated", False):
            return self.none()
        run = Group.objects.local_networks().coordinated_by(user).order_by()
        network = Q(kind=SubjectReport.Kind.NETWORK, site__in=run.values("site_id"))
        worked_at = Site.objects.worked_at_by(user).values("pk")
        return self.filter(network | Q(kind=SubjectReport.Kind.SITE, site__in=worked_at))


def _finished_for(user: Any) -> Q:
    """Finished reports of networks to whose local networks someone belongs, or belonged until these ended. Never while
    words are in them that their speaker has withdrawn."""
    if not getattr(user, "is_authenticated", False):
        return Q(pk__in=[])
    mine = Membership.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=clock.today()) | Q(ends_on__gte=F("group__ends_on")),
        person__user_id=user.pk,
        starts_on__lte=clock.today(),
        group__in=Group.objects.local_networks(),
    )
    withdrawn = HeldWords.objects.exclude(contribution__in=Contribution.objects.counted().quotable().values("pk"))
    good = ~Q(finished_edition__in=withdrawn.values("edition"))
    is_network = Q(kind=SubjectReport.Kind.NETWORK, finished_edition__isnull=False)
    return is_network & good & Q(site__in=mine.values("group__site_id"))


class SubjectReport(models.Model):
    """One report about one subject, with the words that go before and after its figures."""

    class Kind(models.TextChoices):
        NETWORK = "network", "Network"
        SITE = "site", "Site"
        FUNDERS = "funders", "Note to funders"

    kind = models.CharField(max_length=10, choices=Kind)
    site = models.ForeignKey(
        Site,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="subject_reports",
        help_text="The network or site that it is about; empty for a note to funders.",
    )
    quarter = models.CharField(max_length=6, blank=True, help_text="Of a note to funders: 2022Q4.")
    opening = models.TextField(max_length=LONGEST_WORDS, blank=True, help_text="Markdown. Before the figures.")
    closing = models.TextField(max_length=LONGEST_WORDS, blank=True, help_text="Markdown. What comes next.")
    finished_edition = models.ForeignKey(
        "SubjectEdition", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    finished_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    privacy = NotPersonal(
        "The words around the figures of a report on a network, a site or a quarter.", may_name_people=True
    )

    objects = SubjectReportQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "site__name", "quarter"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["network", "site"], site__isnull=False, quarter="")
                | Q(kind="funders", site__isnull=True) & ~Q(quarter=""),
                name="subject_report_has_one_subject",
            ),
            models.UniqueConstraint(
                fields=["kind", "site"],
                condition=Q(site__isnull=False),
                name="subject_report_once_per_site",
                violation_error_message="This report has been started already. Open it.",
            ),
            models.UniqueConstraint(
                fields=["quarter"],
                condition=Q(site__isnull=True),
                name="funders_note_once_per_quarter",
                violation_error_message="The note for this quarter has been started already. Open it.",
            ),
            models.CheckConstraint(
                condition=Q(finished_edition__isnull=True, finished_on__isnull=True)
                | Q(finished_edition__isnull=False, finished_on__isnull=False),
                name="finished_subject_report_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def slug(self) -> str:
        """What stands in its address: the site's short name, or the quarter."""
        return self.site.slug if self.site else self.quarter

    @property
    def name(self) -> str:
        """What it is about, in words."""
        return self.site.name if self.site else quarter_in_words(self.quarter)

    @property
    def title(self) -> str:
        """ "Network report: Choice and control"."""
        if self.kind == self.Kind.FUNDERS:
            return f"Note to funders, {self.name}"
        return f"{self.get_kind_display()} report: {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("reports:subject", args=[self.kind, self.slug])

    def roles_of(self, user: Any) -> frozenset[str]:
        """COORDINATOR for who runs a local network of its network; SITE_TEAM for the lead of its site."""
        if self.site is None or not user.pk:
            return frozenset()
        if self.kind == self.Kind.NETWORK:
            return Network(pk=self.site_id).roles_of(user)
        leads = SiteRole.objects.current().filter(site=self.site_id, kind=SiteRole.Kind.LEAD, person__user_id=user.pk)
        return frozenset({Role.SITE_TEAM}) if leads.exists() else frozenset()


class SubjectEditionQuerySet(models.QuerySet["SubjectEdition"]):
    def visible_to(self, user: Any) -> "SubjectEditionQuerySet":
        """All of a report for those who may read its drafts; the finished one for the others who may see it."""
        drafts = SubjectReport.objects.drafts_for(user).values("pk")
        finished = SubjectReport.objects.visible_to(user).values("finished_edition")
        return self.filter(Q(report__in=drafts) | Q(pk__in=finished))


class SubjectEdition(models.Model):
    """What a report said at one moment, frozen. Never changed (a trigger refuses it)."""

    report = models.ForeignKey(SubjectReport, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    as_of = models.DateField(help_text="The day on which its figures stand.")
    data = models.JSONField()
    sha256 = models.CharField(max_length=64, help_text="Of the frozen data.")
    taken_at = models.DateTimeField(default=clock.now, editable=False)
    taken_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    privacy = NotPersonal(
        "What a report on a subject said at one moment.", recorders=("taken_by",), may_name_people=True
    )

    objects = SubjectEditionQuerySet.as_manager()

    class Meta:
        ordering = ["report", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="subject_edition_number_once"),
            models.UniqueConstraint(fields=["report", "sha256"], name="subject_edition_once_per_record"),
        ]

    def __str__(self) -> str:
        return f"{self.report}, edition {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("reports:subject-read", args=[self.report.kind, self.report.slug, self.number])


class HeldWords(models.Model):
    """Something that a person said, of which an edition holds the words: only while they agree to be quoted."""

    edition = models.ForeignKey(SubjectEdition, on_delete=models.CASCADE, related_name="holdings")
    contribution = models.ForeignKey(Contribution, on_delete=models.PROTECT, related_name="+")

    privacy = NotPersonal("Which words an edition holds.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["edition", "contribution"], name="words_once_per_edition")]

    def __str__(self) -> str:
        return f"Words in {self.edition}"


class SubjectFileQuerySet(models.QuerySet["SubjectFile"]):
    def visible_to(self, user: Any) -> "SubjectFileQuerySet":
        """Files of the editions that ``user`` may read; for readers of the finished one an Easy Read only once members
        have reviewed it."""
        drafts = Q(edition__report__in=SubjectReport.objects.drafts_for(user).values("pk"))
        return self.filter(drafts | Q(is_reviewed=True), edition__in=SubjectEdition.objects.visible_to(user))

    def newest_first(self) -> "SubjectFileQuerySet":
        return self.order_by("-pk")


class SubjectFile(models.Model):
    """One file made from an edition: its PDF, or another form. Never changed (a trigger refuses it)."""

    edition = models.ForeignKey(SubjectEdition, on_delete=models.PROTECT, related_name="files")
    form = models.CharField(max_length=16, choices=[(kind.key, kind.label) for kind in FORMS.values()])
    language = models.CharField(max_length=5, choices=list(LANGUAGES.items()), default=ENGLISH, db_default=ENGLISH)
    renderer = models.CharField(max_length=60, help_text="Version of what made it.")
    contents = models.JSONField(
        null=True, blank=True, help_text="What an Easy Read says, frozen; empty for other forms."
    )
    contents_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    is_reviewed = models.BooleanField(
        default=True, db_default=True, help_text="No for an Easy Read that members have not reviewed."
    )
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    file = models.CharField(max_length=200, help_text="Name in the file storage.")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField(help_text="Bytes.")
    pages = models.PositiveIntegerField(null=True, blank=True, help_text="Of a PDF.")
    made_at = models.DateTimeField(default=clock.now, editable=False)

    privacy = NotPersonal("A file of a report on a subject.")

    objects = SubjectFileQuerySet.as_manager()

    class Meta:
        ordering = ["edition", "form", "language", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "form", "language", "renderer", "contents_sha256"], name="subject_file_once"
            ),
            models.CheckConstraint(
                condition=Q(form="easy-read", contents__isnull=False) & ~Q(contents_sha256="")
                | ~Q(form="easy-read") & Q(contents__isnull=True, contents_sha256="", is_reviewed=True),
                name="subject_file_easy_read_holds_its_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition}, {self.label}"

    def get_absolute_url(self) -> str:
        report = self.edition.report
        where = [report.kind, report.slug, self.edition.number, self.form, self.language]
        return reverse("reports:subject-file", args=where)

    @property
    def label(self) -> str:
        """ "Large print", or "Large print, Welsh"."""
        form = FORMS[self.form].label
        return form if self.language == ENGLISH else f"{form}, {LANGUAGES[self.language]}"

    @property
    def kind(self) -> Kind:
        return FORMS[self.form]

    @property
    def file_name(self) -> str:
        """What the file is called when someone saves it: "impact-network-report-choice-edition-1-large-print.pdf"."""
        report, kind = self.edition.report, self.kind
        is_told = kind.extension in ("pdf", "zip") and self.form != STANDARD
        form = f"-{self.form}" if is_told else ""
        name = "note-to-funders" if report.kind == SubjectReport.Kind.FUNDERS else f"{report.kind}-report"
        tongue = "" if self.language == ENGLISH else f"-{self.language}"
        return f"impact-{name}-{report.slug}-edition-{self.edition.number}{form}{tongue}.{kind.extension}"
