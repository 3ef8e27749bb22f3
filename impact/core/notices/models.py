"""Notices: what one person is told about, and how each person chose to hear of it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now, StrIndex
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from impact.core.basics.privacy import After, Delete, Forever, Part, Personal
from impact.core.jobs.models import OutboxEmail
from impact.core.people.models import Person, User


class NoticeKind(models.TextChoices):
    """What notices are about. People choose for each kind how they hear of it."""

    CHARTER = "charter", "The charter: new texts and changes"
    AGREEMENT = "agreement", "Agreement: what waits for my answer, and deadlines"
    SUGGESTION = "suggestion", "Answers to what I suggested"
    WAYPOINT = "waypoint", "Waypoints"
    INVOLVEMENT = "involvement", "What I was asked to shape, and what changed"
    MEETING = "meeting", "Meetings, papers and support booked for me"
    CLAIM = "claim", "My hours, expenses and payments"
    REPORT = "report", "The annual report"
    RIGHTS = "rights", "What we hold about me, and what I agreed to"
    GROUP = "group", "The group: terms of office, and the monthly summary"
    WORK = "work", "What I run or promised: actions that are due, and what other groups learned"


class Timing(models.TextChoices):
    """When and where someone hears of a kind of thing."""

    AT_ONCE = "at_once", "By email, at once"
    DAILY = "daily", "By email, once a day"
    WEEKLY = "weekly", "By email, once a week, on Monday"
    SITE = "site", "On this site only, at once"
    SITE_DAILY = "site_daily", "On this site only, once a day"
    SITE_WEEKLY = "site_week", "On this site only, once a week, on Monday"
    NONE = "none", "Not at all"


BY_EMAIL = frozenset({Timing.AT_ONCE, Timing.DAILY, Timing.WEEKLY})
ON_SITE = {Timing.AT_ONCE: Timing.SITE, Timing.DAILY: Timing.SITE_DAILY, Timing.WEEKLY: Timing.SITE_WEEKLY}


class Quiet(models.TextChoices):
    """When no email comes, but for what cannot wait."""

    USUAL = "usual", "At night, as usual here"
    OWN = "own", "Between times that I choose"
    NONE = "none", "Never: email me at any hour"


def require_path_on_this_site(path: str) -> None:
    """A notice leads to a page of this site, never elsewhere."""
    if not path.startswith("/") or not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        raise ValidationError("Give the address of a page on this site, beginning with one slash.")


def _timing(default: Timing) -> Any:
    return models.CharField(max_length=10, choices=Timing, default=default)


class NoticeChoices(models.Model):
    """How one person hears from us: a field for each kind of notice. No row: the defaults."""

    said_no_to_contact = False  # between meetings; their newest answer to that question, from ``choices_of``

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="notice_choices")
    charter = _timing(Timing.DAILY)
    agreement = _timing(Timing.AT_ONCE)
    suggestion = _timing(Timing.AT_ONCE)
    waypoint = _timing(Timing.DAILY)
    involvement = _timing(Timing.WEEKLY)
    meeting = _timing(Timing.AT_ONCE)
    claim = _timing(Timing.AT_ONCE)
    report = _timing(Timing.AT_ONCE)
    group = _timing(Timing.AT_ONCE)
    rights = models.CharField(max_length=10, choices=Timing, default=Timing.AT_ONCE, db_default=Timing.AT_ONCE)
    work = models.CharField(max_length=10, choices=Timing, default=Timing.AT_ONCE, db_default=Timing.AT_ONCE)
    quiet = models.CharField(max_length=10, choices=Quiet, default=Quiet.USUAL, db_default=Quiet.USUAL)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who chose for the person, at their wish. Empty: the person.",
    )
    recorded_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.SENT,
        heading="How you want to hear from us",
        of=("person",),
        recorders=("recorded_by",),
        shown=(
            "charter",
            "agreement",
            "suggestion",
            "waypoint",
            "involvement",
            "meeting",
            "claim",
            "report",
            "rights",
            "group",
            "work",
            "quiet",
            "quiet_from",
            "quiet_until",
            "recorded_on",
        ),
        on_erasure=Delete(),
        keep=Forever("It goes with the person."),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(*((f"{kind}__in", Timing.values) for kind in NoticeKind.values)),
                name="notice_choices_are_known",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=False, quiet_until__isnull=False)
                & ~Q(quiet_from=models.F("quiet_until"))
                | Q(quiet__in=[Quiet.USUAL, Quiet.NONE]),
                name="own_quiet_hours_have_times",
                violation_error_message="Enter when the quiet time begins and when it ends. The two must differ.",
            ),
        ]

    def __str__(self) -> str:
        return f"How {self.person} hears from us"

    def timing_of(self, kind: str) -> Timing:
        return Timing(getattr(self, NoticeKind(kind).value))


class Owed(models.TextChoices):
    """How a notice still has to reach its person, beside the site."""

    EMAIL = "email", "By email"
    IN_PERSON = "in_person", "By phone or letter"


class ToldHow(models.TextChoices):
    """How someone told a person who has neither an account nor an email address."""

    PHONE = "phone", "By phone"
    LETTER = "letter", "By letter"
    IN_PERSON = "in_person", "Face to face"
    SUPPORTER = "supporter", "Through their supporter"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: Any) -> "NoticeQuerySet":
        """A notice is for one person, and for nobody else."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(person__user_id=user.pk)

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at__isnull=True)

    def shown(self) -> "NoticeQuerySet":
        """What the bell counts: unread, and not put off."""
        return self.unread().filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=Now()))

    def snoozed(self) -> "NoticeQuerySet":
        """Unread, and put off until later."""
        return self.unread().filter(snoozed_until__gt=Now())

    def waiting(self, owed: str) -> "NoticeQuerySet":
        """What has still to reach its person in this way. Who has read it on the site has heard of it."""
        return self.unread().filter(owed=owed, emailed_at__isnull=True, told_at__isnull=True)


class Notice(models.Model):
    """One thing that one person is told, kept on the site; email about it follows the person's choices."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, choices=NoticeKind)
    event = models.CharField(max_length=60, blank=True, db_default="", help_text="Its row in the catalogue.")
    about = models.CharField(
        max_length=120,
        blank=True,
        db_default="",
        help_text="What it is about, as app.Model:key, to ask again who may see it.",
    )
    title = models.CharField(max_length=200, help_text="A whole sentence, or the heading of an email.")
    words = models.TextField(max_length=2000, help_text="Plain text: what happened, and what the person can do.")
    path = models.CharField(
        max_length=300, help_text="Where on the site to read more or to answer.", validators=[require_path_on_this_site]
    )
    key = models.CharField(max_length=120, help_text="One person hears of one thing once.")
    made_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    letter = models.ForeignKey(OutboxEmail, null=True, blank=True, on_delete=models.SET_NULL, related_name="notices")
    owed = models.CharField(max_length=10, choices=Owed, blank=True, default="", db_default="")
    emailed_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    told_how = models.CharField(max_length=10, choices=ToldHow, blank=True, default="", db_default="")
    told_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    privacy = Personal(
        part=Part.SENT,
        heading="Notices",
        of=("person",),
        recorders=("told_by",),
        shown=("kind", "title", "words", "made_at", "read_at", "snoozed_until", "emailed_at", "told_at", "told_how"),
        withheld={
            "path": "The page that it led to.",
            "key": "What keeps it from being told twice.",
            "event": "Which of our notices it is. The title says so.",
            "about": "The same as the page that it led to.",
            "letter": "The email itself is listed under Emails.",
        },
        on_erasure=Delete(),
        keep=After(since="made_at", why="Notices are for a year.", days=365, by="core.tell_daily"),
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [
            models.Index(fields=["person"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(
                fields=["owed", "made_at"], condition=Q(read_at__isnull=True) & ~Q(owed=""), name="notice_owed"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="one_notice_per_person_and_thing"),
            models.CheckConstraint(
                condition=Q(Exact(StrIndex("path", Value("/")), 1)) & ~Q(Exact(StrIndex("path", Value("//")), 1)),
                name="notice_leads_to_this_site",
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True, told_how="") | (Q(told_at__isnull=False) & ~Q(told_how="")),
                name="told_notice_says_how",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("core:notice-open", args=[self.pk])
