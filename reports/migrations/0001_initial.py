import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import impact.core.basics.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("core", "__first__"),
        ("networks", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportingYear",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(unique=True)),
                ("opens_on", models.DateField(verbose_name="The report is opened")),
                ("sections_due_on", models.DateField(verbose_name="Sections are due")),
                ("group_on", models.DateField(verbose_name="It goes to the advisory group")),
                ("leadership_on", models.DateField(verbose_name="It goes to the leadership team")),
                ("publish_on", models.DateField(verbose_name="It is published")),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "ordering": ["-year"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("group_on__gte", models.F("sections_due_on")),
                            ("leadership_on__gt", models.F("group_on")),
                            ("publish_on__gte", models.F("leadership_on")),
                            ("sections_due_on__gt", models.F("opens_on")),
                        ),
                        name="steps_of_a_year_in_order",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AnnualReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(unique=True)),
                ("title", models.CharField(max_length=160)),
                ("subtitle", models.CharField(blank=True, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("writing", "Being written"),
                            ("group", "With the advisory group"),
                            ("submitted", "With the leadership team"),
                            ("approved", "Approved"),
                            ("published", "Published"),
                        ],
                        default="writing",
                        max_length=12,
                    ),
                ),
                (
                    "status_note",
                    models.CharField(
                        blank=True,
                        help_text="What to change, when it came back from the leadership team.",
                        max_length=400,
                    ),
                ),
                (
                    "review_due_on",
                    models.DateField(
                        blank=True,
                        help_text="Until when the leadership team is asked to approve it or send it back.",
                        null=True,
                    ),
                ),
                ("approved_on", models.DateField(blank=True, null=True)),
                ("published_on", models.DateField(blank=True, null=True)),
                (
                    "group_override",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Why it was approved before the group had had its say. Members read this.",
                        max_length=400,
                    ),
                ),
                (
                    "is_illustrative",
                    models.BooleanField(default=False, help_text="Parts are invented for the demonstration."),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who sent it to the leadership team the last time. They cannot approve it.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-year"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by__isnull", True),
                            ("sent_by__isnull", True),
                            models.Q(("approved_by", models.F("sent_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="report_approved_by_another_than_its_sender",
                        violation_error_message="Someone who did not send the report has to approve it.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_on", models.DateField(default=impact.core.basics.clock.today)),
                ("deadline", models.DateField()),
                ("closed_on", models.DateField(blank=True, null=True)),
                (
                    "taken_back_because",
                    models.CharField(
                        blank=True, help_text="Why it came back before the members had had their time.", max_length=400
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="networks.group"
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="readings", to="reports.annualreport"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_on__isnull", True)),
                        fields=("report",),
                        name="report_with_one_group_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("deadline__gt", models.F("opened_on"))), name="reading_gives_members_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("taken_back_because", ""), ("closed_on__isnull", False), _connector="OR"),
                        name="report_taken_back_is_closed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadershipResponse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "area",
                    models.CharField(
                        blank=True,
                        help_text="An area for further development. Empty: the whole report.",
                        max_length=160,
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, help_text="Place among the points of the report."
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("will_do", "We will do this"),
                            ("in_part", "We will do part of this"),
                            ("not_now", "Not this year"),
                            ("done", "Already done"),
                        ],
                        db_default="",
                        default="",
                        max_length=10,
                    ),
                ),
                ("due_on", models.DateField(blank=True, help_text="By when it will be done.", null=True)),
                ("words", models.TextField(help_text="Markdown.", max_length=6000)),
                ("given_on", models.DateField(default=impact.core.basics.clock.today)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="responses", to="reports.annualreport"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "area", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "area"),
                        name="one_response_per_area",
                        violation_error_message="There is a response to this already. Change that one.",
                    ),
                    models.CheckConstraint(condition=models.Q(("words", ""), _negated=True), name="response_has_words"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Quote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.TextField(max_length=600)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "Waiting for the speaker"),
                            ("approved", "Approved"),
                            ("declined", "Not to be used"),
                            ("withdrawn", "Withdrawn"),
                            ("left_out", "Left out by the writers"),
                        ],
                        default="offered",
                        max_length=10,
                    ),
                ),
                ("offered_on", models.DateField(default=impact.core.basics.clock.today)),
                ("answered_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "contribution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="quotes", to="networks.contribution"
                    ),
                ),
                (
                    "offered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who was asked. Only they and the group's coordinators see this.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="quotes",
                        to="core.person",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="quotes", to="reports.annualreport"
                    ),
                ),
            ],
            options={
                "ordering": ["report", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "contribution"),
                        name="words_offered_once_per_report",
                        violation_error_message="These words have been asked for already. Open them from the list.",
                    ),
                    models.CheckConstraint(condition=models.Q(("words", ""), _negated=True), name="quote_has_words"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["approved", "declined", "withdrawn"]), _negated=True),
                            ("answered_on__isnull", False),
                            _connector="OR",
                        ),
                        name="answered_quote_has_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuoteAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "told",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("in_person", "They said so, face to face"),
                            ("phone", "They said so by phone or video"),
                            ("written", "They wrote it: a letter, an email or a form"),
                            ("meeting", "They said so in a meeting"),
                            ("proxy", "They asked me to decide for them"),
                        ],
                        db_default="",
                        default="",
                        help_text="Empty: the member wrote it.",
                        max_length=12,
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        choices=[("approved", "Approved"), ("declined", "Not to be used"), ("withdrawn", "Withdrawn")],
                        max_length=10,
                    ),
                ),
                ("words", models.TextField(help_text="The exact words that the speaker saw.", max_length=600)),
                ("answered_at", models.DateTimeField(default=impact.core.basics.clock.now)),
                (
                    "quote",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="reports.quote"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Ready",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "told",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("in_person", "They said so, face to face"),
                            ("phone", "They said so by phone or video"),
                            ("written", "They wrote it: a letter, an email or a form"),
                            ("meeting", "They said so in a meeting"),
                            ("proxy", "They asked me to decide for them"),
                        ],
                        db_default="",
                        default="",
                        help_text="Empty: the member wrote it.",
                        max_length=12,
                    ),
                ),
                ("said_on", models.DateField(default=impact.core.basics.clock.today)),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.person"),
                ),
                (
                    "reading",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ready", to="reports.groupreading"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "ready",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("taken_back_at__isnull", True)),
                        fields=("reading", "person"),
                        name="member_ready_once",
                        violation_error_message="This member has said that they are ready.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportSection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        choices=[
                            ("summary", "Summary for leadership"),
                            ("last_response", "Leadership’s response last year"),
                            ("figures", "The year in figures"),
                            ("progress", "Progress during the year"),
                            ("good_practice", "Good practice"),
                            ("development", "Areas for further development"),
                            ("equality", "Equality and inclusion"),
                            ("charter", "The charter and its waypoints"),
                            ("networks", "Networks and what they said"),
                            ("sites", "Sites by delivery model and nation"),
                            ("looking_ahead", "Looking ahead"),
                            ("method", "Method and data notes"),
                        ],
                        max_length=20,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("body", models.TextField(blank=True, help_text="Markdown.", max_length=50000)),
                (
                    "due_on",
                    models.DateField(
                        blank=True,
                        help_text="The day by which its owner has written it.",
                        null=True,
                        verbose_name="due on",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("not_begun", "Not begun"),
                            ("writing", "Being written"),
                            ("review", "Ready for review"),
                            ("done", "Done"),
                        ],
                        db_default="not_begun",
                        default="not_begun",
                        max_length=12,
                    ),
                ),
                (
                    "guidance",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="What belongs in this section. Plain words.",
                        max_length=2000,
                    ),
                ),
                (
                    "figures_seen",
                    models.JSONField(
                        blank=True,
                        editable=False,
                        help_text="[label, value] of each figure when the words were last checked.",
                        null=True,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who sees that it is written.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sections", to="reports.annualreport"
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(fields=("report", "key"), name="section_once_per_report"),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["not_begun", "writing", "review", "done"])),
                        name="section_status_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReadingComment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "told",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("in_person", "They said so, face to face"),
                            ("phone", "They said so by phone or video"),
                            ("written", "They wrote it: a letter, an email or a form"),
                            ("meeting", "They said so in a meeting"),
                            ("proxy", "They asked me to decide for them"),
                        ],
                        db_default="",
                        default="",
                        help_text="Empty: the member wrote it.",
                        max_length=12,
                    ),
                ),
                ("words", models.TextField(max_length=4000)),
                (
                    "quote",
                    models.TextField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="The passage. Empty: the whole section.",
                        max_length=2000,
                    ),
                ),
                ("prefix", models.CharField(blank=True, db_default="", default="", max_length=32)),
                ("suffix", models.CharField(blank=True, db_default="", default="", max_length=32)),
                (
                    "is_only",
                    models.BooleanField(db_default=True, default=True, help_text="The passage stood in one place."),
                ),
                ("made_on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for an answer"),
                            ("taken_in", "Taken in"),
                            ("not_taken_in", "Not this time"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("answer", models.TextField(blank=True, max_length=4000)),
                ("answered_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.person"),
                ),
                (
                    "reading",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="reports.groupreading"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="comments", to="reports.reportsection"
                    ),
                ),
            ],
            options={
                "ordering": ["section__position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_on__isnull", True), ("status", "waiting")),
                            models.Q(
                                models.Q(("status", "waiting"), _negated=True),
                                models.Q(("answer", ""), _negated=True),
                                ("answered_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="answered_comment_says_why",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EasyReadSection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "words_hash",
                    models.CharField(help_text="Of the title and words that it puts in Easy Read.", max_length=64),
                ),
                (
                    "lines",
                    models.JSONField(
                        default=list, help_text="[{words, picture, alt}]; a picture is a drawing's key or empty."
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Being written"),
                            ("waiting", "Waiting for review"),
                            ("reviewed", "Reviewed"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("reviewed_by", models.CharField(blank=True, help_text="A name or a role.", max_length=160)),
                ("reviewed_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "written_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "section",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="easy_read",
                        to="reports.reportsection",
                    ),
                ),
            ],
            options={
                "ordering": ["section__position"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("reviewed_on__isnull", False),
                                ("status", "reviewed"),
                                models.Q(("reviewed_by", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("status", "reviewed"), _negated=True),
                                ("reviewed_by", ""),
                                ("reviewed_on__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="easy_read_section_reviewed_by_and_on",
                        violation_error_message="Say who reviewed it, and on which day.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportWriter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="writers", to="reports.annualreport"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("report", "user"), name="writer_once_per_report")],
            },
        ),
        migrations.CreateModel(
            name="ReviewComment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "passage",
                    models.CharField(
                        blank=True,
                        help_text="The words of the report that it is about. Empty: all of the section.",
                        max_length=2000,
                    ),
                ),
                ("prefix", models.CharField(blank=True, db_default="", default="", max_length=32)),
                ("suffix", models.CharField(blank=True, db_default="", default="", max_length=32)),
                (
                    "is_only",
                    models.BooleanField(db_default=True, default=True, help_text="The passage stood in one place."),
                ),
                ("words", models.TextField(max_length=4000)),
                ("made_on", models.DateField(default=impact.core.basics.clock.today)),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("resolved", "Resolved"), ("carried", "Carried to next year")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("answer", models.TextField(blank=True, max_length=4000)),
                ("answered_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="review_comments",
                        to="reports.annualreport",
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the whole report.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review_comments",
                        to="reports.reportsection",
                    ),
                ),
            ],
            options={
                "ordering": ["report", "section__position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_on__isnull", True), ("status", "open")),
                            models.Q(
                                models.Q(("status", "open"), _negated=True),
                                models.Q(("answer", ""), _negated=True),
                                ("answered_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="settled_comment_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True), name="review_comment_has_words"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SectionVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("body", models.TextField(blank=True, max_length=50000)),
                ("saved_at", models.DateTimeField(default=impact.core.basics.clock.now)),
                (
                    "is_open",
                    models.BooleanField(
                        db_default=False, default=False, help_text="The same writer's next save goes into it."
                    ),
                ),
                (
                    "restored",
                    models.PositiveIntegerField(
                        blank=True, help_text="The version that was put back with this one.", null=True
                    ),
                ),
                (
                    "saved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="reports.reportsection"
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("section", "number"), name="section_version_numbered_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64)),
                ("data", models.JSONField()),
                ("taken_at", models.DateTimeField(default=impact.core.basics.clock.now, editable=False)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="snapshots", to="reports.annualreport"
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [models.UniqueConstraint(fields=("report", "sha256"), name="snapshot_once_per_report")],
            },
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("renderer", models.CharField(help_text="Version of what drew it.", max_length=40)),
                ("file", models.CharField(help_text="Name in the file storage.", max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField(help_text="Bytes.")),
                ("pages", models.PositiveIntegerField()),
                ("seconds", models.FloatField(help_text="How long the build took.")),
                ("built_at", models.DateTimeField(default=impact.core.basics.clock.now, editable=False)),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="core.job"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="editions", to="reports.annualreport"
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="editions", to="reports.snapshot"
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("report", "number"), name="edition_number_once_per_report"),
                    models.UniqueConstraint(
                        fields=("snapshot", "renderer"), name="edition_once_per_snapshot_and_renderer"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EditionForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "form",
                    models.CharField(
                        choices=[
                            ("pdf", "PDF"),
                            ("large-print", "Large print"),
                            ("easy-read", "Easy Read"),
                            ("html", "Web page"),
                            ("docx", "Word"),
                            ("xlsx", "Excel"),
                            ("csv", "CSV"),
                            ("json", "JSON"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("cy", "Welsh")], default="en", max_length=5),
                ),
                ("renderer", models.CharField(help_text="Version of what made it.", max_length=60)),
                (
                    "contents",
                    models.JSONField(
                        blank=True, help_text="What an Easy Read says, frozen; empty for other forms.", null=True
                    ),
                ),
                ("contents_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "is_reviewed",
                    models.BooleanField(default=True, help_text="No for an Easy Read that members have not reviewed."),
                ),
                ("file", models.CharField(help_text="Name in the file storage.", max_length=200)),
                ("sha256", models.CharField(db_index=True, max_length=64)),
                ("size", models.PositiveIntegerField(help_text="Bytes.")),
                ("pages", models.PositiveIntegerField(blank=True, help_text="Of a PDF.", null=True)),
                ("made_at", models.DateTimeField(default=impact.core.basics.clock.now, editable=False)),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="forms", to="reports.edition"
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="core.job"
                    ),
                ),
            ],
            options={
                "ordering": ["edition", "form", "language", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("edition", "form", "language", "renderer", "contents_sha256"), name="edition_form_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("contents__isnull", False),
                                ("form", "easy-read"),
                                models.Q(("contents_sha256", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("form", "easy-read"), _negated=True),
                                ("contents__isnull", True),
                                ("contents_sha256", ""),
                                ("is_reviewed", True),
                            ),
                            _connector="OR",
                        ),
                        name="edition_form_easy_read_holds_its_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptRows",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                ("state", models.JSONField()),
                ("number", models.PositiveIntegerField(help_text="How many rows.")),
                ("keys", models.BinaryField(help_text="Their keys, packed (reports.figures.rows.ids).")),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="reports.snapshot"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["snapshot", "source"], name="kept_rows_of_a_source")],
            },
        ),
        migrations.CreateModel(
            name="HeldQuote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "quote",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holdings", to="reports.quote"
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="holdings", to="reports.snapshot"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("snapshot", "quote"), name="quote_once_per_snapshot")],
            },
        ),
        migrations.CreateModel(
            name="WritingHere",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen_at", models.DateTimeField()),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="writers", to="reports.reportsection"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("section", "user"), name="writer_once_per_section")],
            },
        ),
        migrations.AddField(
            model_name="AnnualReport",
            name="approved_edition",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reports.edition",
            ),
        ),
        migrations.AddConstraint(
            model_name="AnnualReport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["approved", "published"]), _negated=True),
                    models.Q(("approved_edition__isnull", False), ("approved_on__isnull", False)),
                    _connector="OR",
                ),
                name="approved_report_names_its_edition",
            ),
        ),
    ]
